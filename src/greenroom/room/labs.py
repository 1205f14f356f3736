"""``room.labs``: the labs there are, one run of one, and what leads to them from a verdict."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from importlib.util import find_spec

from greenroom.bank.check import LabCheck
from greenroom.bank.question import LabLink, LabValue
from greenroom.builtin import make_chat
from greenroom.errors import ExtraMissingError, InputError, LabsBusyError, ModelMissingError, NotFoundError
from greenroom.labs.lab import Bench, Card, Lab, Result
from greenroom.labs.parameter import find_fault
from greenroom.labs.photo import Sound, read_photo
from greenroom.labs.seeing import Look, labels_of, look
from greenroom.labs.waiting import Wanted, WhileWanted, waited
from greenroom.labs.worker import Worker
from greenroom.llm.chat import Absent, ChatModel
from greenroom.room.parts import Lazy, Parts

AT_ONCE = 2
"""Runs at the same time: each may use the threads of the settings."""


def lab_checks(labs: Mapping[str, Lab]) -> dict[str, LabCheck]:
    """By lab: what is wrong with values that a pack sets for it."""
    return {name: partial(find_fault, lab.card.parameters) for name, lab in labs.items()}


def find_extra(card: Card) -> ExtraMissingError | None:
    """Why the lab cannot run here, if its extra is not installed."""
    return ExtraMissingError("torch", card.extra) if card.extra and find_spec("torch") is None else None


def told(card: Card) -> Card:
    """The card, with what it lacks on this machine and the cure."""
    lack = find_extra(card)
    return card.model_copy(update={"lacks": f"{lack.message} {lack.hint}"}) if lack else card


class LabRoom:
    """Labs are the same for everybody and keep nothing: no owner. Safe to call from several threads."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._lock = threading.Lock()
        self._running: set[Worker] = set()
        self._taken = 0
        self._closed = False
        self._chat: Lazy[ChatModel] = Lazy(lambda: make_chat(parts.settings))

    def cards(self) -> tuple[Card, ...]:
        return tuple(told(lab.card) for lab in self._labs().values())

    def faults(self) -> list[str]:
        """Which plugins or labs were left out, and why."""
        self._labs()
        return list(self._parts.plugins.get().faults)

    def get(self, name: str) -> Card:
        """Raises NotFoundError with the nearest names."""
        return told(self._lab(name).card)

    def find_lack(self) -> ModelMissingError | None:
        """Why no lab can look into the live model, if it is not here. Whether it is whole is seen when it is opened."""
        from greenroom.labs.model import place_of

        try:
            place_of(self._parts.settings)
        except ModelMissingError as error:
            return error
        return None

    @contextmanager
    def run(self, name: str, given: Mapping[str, LabValue]) -> Iterator[Worker]:
        """One run, ended when the ``with`` is left. Raises NotFoundError, ExtraMissingError, InputError for a value out of bounds,
        LabsBusyError."""
        lab = self._lab(name)
        if lack := find_extra(lab.card):
            raise lack
        values = lab.card.read(given)
        self._take()
        try:
            settings = self._parts.settings
            with Worker(lab, values, Bench(settings.home, settings.threads, settings.labs_model)) as worker:
                self._running.add(worker)
                try:
                    yield worker
                finally:
                    self._running.discard(worker)
        finally:
            with self._lock:
                self._taken -= 1

    def result(self, name: str, given: Mapping[str, LabValue]) -> Result:
        """A whole run, waited for. Raises also LabError, and what the lab itself raises."""
        with self.run(name, given) as worker:
            return worker.result()

    def find_eye(self) -> str | None:
        """Which connected model pictures would be shown to, and where it is; None: none is connected, and nothing is sent anywhere."""
        model = self._chat.get() if self._parts.settings.has_judge else None
        return None if model is None or isinstance(model, Absent) else model.name

    def look(self, picture: bytes, labels: str = "", wanted: Wanted = lambda: True) -> Look:
        """What the connected model says of a person's own picture. Not a lab's run: those know no settings, keys or network, and this does
        nothing but wait. Nothing of it is kept. Its parts are in ``labs.seeing``. Once it is not ``wanted``, nothing more is sent.

        Raises InputError for what is no picture and where no model is connected, LabsBusyError, ChatError, LabError when it was left.
        """
        if not self._parts.settings.has_judge:
            cure = "Set GREENROOM_JUDGE_URL and GREENROOM_JUDGE_MODEL to a server with a model that can see."
            raise InputError("No model is connected that could be shown a picture.", cure)
        photo, menu = read_photo(picture), labels_of(labels)
        self._take()
        return waited(partial(self._look, photo, menu), lambda: not self._closed and wanted())

    def _look(self, photo: Sound, menu: Sequence[str], wanted: Wanted) -> Look:
        try:
            model = WhileWanted(self._chat.get(), wanted)
            return look(model, photo, menu, self._parts.settings.judge_seconds, time.monotonic)
        finally:
            with self._lock:
                self._taken -= 1

    def links(self) -> dict[str, LabLink]:
        """By key point or misconception (``question_id/point_id``): a lab with the values that show it, as the labs themselves say."""
        found: dict[str, LabLink] = {}
        for lab in self._labs().values():
            for target, link in lab.card.links().items():
                found.setdefault(target, link)
        return found

    def may_follow(self, link: LabLink | None) -> bool:
        """Whether a pack's link leads to a lab that can use its values."""
        lab = self._labs().get(link.name) if link else None
        if lab is None or link is None:
            return False
        try:
            lab.card.read(link.set)
        except InputError:
            return False
        return True

    def close(self) -> None:
        """End what runs; nothing more is begun."""
        with self._lock:
            self._closed = True
        for worker in tuple(self._running):
            worker.close()

    def _take(self) -> None:
        with self._lock:
            if self._closed or self._taken >= AT_ONCE:
                raise LabsBusyError(f"{self._taken} labs run already; more at once would slow down everything.")
            self._taken += 1

    def _labs(self) -> Mapping[str, Lab]:
        return self._parts.labs.get()

    def _lab(self, name: str) -> Lab:
        labs = self._labs()
        if name not in labs:
            raise NotFoundError("lab", name, labs, f"There are: {', '.join(labs) or 'none'}.")
        return labs[name]
