"""The questions of all packs that loaded, by id and by topic."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, ConfigDict, Field

from greenroom.bank.question import Id, KeyPoint, Many, Question, Text, Value, at_most
from greenroom.bank.wording import many
from greenroom.errors import NotFoundError

TOPICS = (
    "what-is-an-llm",
    "training",
    "architecture",
    "generation",
    "training-challenges",
    "applications",
    "attention",
    "fine-tuning",
    "ethics",
    "robustness",
    "future",
    "hci",
    "your-questions",
)
"""The thirteen topics, in the order people meet them. Packs may bring further topics; those come after."""

SCHEMA = 2
"""The newest schema of packs. Schema 1, without ids of forms, still loads: ``schema.py``."""
ALIASES_LIMIT = 500
"""Renamed points of one pack. Ours has renamed none."""


class PackHeader(Value):
    """``pack.yaml``. ``aliases`` maps the global id of a renamed point to its new one."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    schema_version: int = Field(alias="schema", ge=1, le=SCHEMA)
    id: Id
    version: Text
    language: Text
    licence: Text
    authors: Many[tuple[Text, ...]]
    aliases: Annotated[dict[str, str], Field(max_length=ALIASES_LIMIT), BeforeValidator(at_most(ALIASES_LIMIT))] = Field(
        default_factory=dict
    )


class Fault(Value):
    """What is wrong in a pack, where, and what to do about it."""

    file: str
    line: int
    what: str
    cure: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what} {self.cure}"


class Pack(Value):
    header: PackHeader
    folder: Path
    questions: tuple[Question, ...]


def name_of(folder: Path) -> str:
    """The name of a pack's folder itself, however it was reached: by ``.`` or a link. Never raises."""
    return Path(os.path.realpath(folder)).name or str(folder)


def _renamed(packs: Sequence[Pack]) -> dict[str, str]:
    """Old ids of points with what they are now. A person's progress and notes hang on them: no pack speaks for a question of another one,
    what lives leads nowhere else, and of two packs the first is believed.
    """
    owner = {question.id: pack for pack in packs for question in pack.questions}
    owned = [question for pack in packs for question in pack.questions]
    living = {f"{q.id}/{i}" for q in owned for i in (*(p.id for p in q.key_points), *(m.id for m in q.misconceptions))}
    found: dict[str, str] = {}
    for pack in packs:
        for old, new in pack.header.aliases.items():
            if old not in living and owner.get(old.partition("/")[0], pack) is pack:
                found.setdefault(old, new)
    return found


class Bank:
    """Read-only. Question ids are unique over all packs; a later pack with a used id is left out whole. ``left_out``: the folders of such
    packs, with the number of their faults.
    """

    def __init__(self, packs: Sequence[Pack], faults: Iterable[Fault] = (), left_out: Mapping[Path, int] | None = None) -> None:
        self.packs = tuple(packs)
        self.faults = tuple(faults)
        self.left_out = dict(left_out or {})
        self._by_id = {question.id: question for pack in packs for question in pack.questions}
        self._aliases = _renamed(self.packs)

    def get(self, question_id: str) -> Question:
        """Raises NotFoundError, naming the nearest ids."""
        question = self.find(question_id)
        if question is None:
            raise self._missing("question", question_id, self._by_id, "`greenroom bank list` shows all of them.")
        return question

    def check_topic(self, topic: str) -> None:
        """Raises NotFoundError, naming the nearest, for one that no question is of."""
        if topic not in self.topics():
            raise self._missing("topic", topic, self.topics(), f"Topics: {', '.join(self.topics())}.")

    def _missing(self, what: str, name: str, known: Iterable[str], hint: str) -> NotFoundError:
        """What is not found may stand in a pack that was left out."""
        error = NotFoundError(what, name, known, hint)
        error.hint = f"{error.hint} {'; '.join(self.whats_left_out())}".strip()
        return error

    def whats_left_out(self) -> list[str]:
        """Of each pack that was left out a sentence, with the command that says why."""
        said = []
        for folder, count in self.left_out.items():
            name, faults = name_of(folder), many(count, "fault")
            said.append(f"{name} is left out ({faults}): `greenroom bank check {shlex.quote(str(folder))}`")
        return said

    def taken_before(self, folder: Path, in_use: Sequence[Path]) -> dict[str, Pack]:
        """By the ids of their questions the packs that come before ``folder`` among those ``in_use``; all, where it is none of them."""
        places, own = [os.path.realpath(each) for each in in_use], os.path.realpath(folder)
        earlier = places[: places.index(own)] if own in places else places
        return {question.id: pack for pack in self.packs if os.path.realpath(pack.folder) in earlier for question in pack.questions}

    def find(self, question_id: str) -> Question | None:
        return self._by_id.get(question_id)

    def present_id(self, point_id: str) -> str:
        """The global id of a point today, whatever it was called before."""
        return self._aliases.get(point_id, point_id)

    def former_ids(self, point_id: str) -> list[str]:
        return [old for old, new in self._aliases.items() if new == point_id]

    def find_point(self, point_id: str) -> tuple[Question, KeyPoint] | None:
        """The point with a global id (``question_id/point_id``), renamed ones included."""
        question_id, _, local = self.present_id(point_id).partition("/")
        question = self.find(question_id)
        points = question.key_points if question else ()
        return next(((question, p) for p in points if question and p.id == local), None)

    def find_active_point(self, point_id: str) -> tuple[Question, KeyPoint] | None:
        """The same, but None for a retired point: its card is suspended, and nothing asks for it."""
        found = self.find_point(point_id)
        return None if found is None or found[1].retired else found

    def topics(self) -> tuple[str, ...]:
        found = dict.fromkeys(question.topic for question in self._by_id.values())
        known = [topic for topic in TOPICS if topic in found]
        return (*known, *sorted(topic for topic in found if topic not in TOPICS))

    def questions(self, topic: str | None = None) -> tuple[Question, ...]:
        """In the order of topics; in a topic the canonical question first, then by level and id."""
        order = {topic_id: n for n, topic_id in enumerate(self.topics())}
        levels = ("foundation", "practitioner", "expert")
        chosen = [q for q in self._by_id.values() if topic is None or q.topic == topic]
        return tuple(sorted(chosen, key=lambda q: (order[q.topic], q.id != q.topic, levels.index(q.level), q.id)))
