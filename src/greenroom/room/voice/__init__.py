"""``room.voice``: answering aloud, and being asked aloud. Nothing leaves the machine; sound is kept only on request."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from greenroom.errors import ConflictError, ExtraMissingError, GreenroomError, NotFoundError, VoiceBusyError
from greenroom.room.parts import Lazy, Parts
from greenroom.room.voice.recordings import Recordings
from greenroom.room.voice.session import Plan, Speaking, TakeView
from greenroom.voice.delivery import Delivery, deliver
from greenroom.voice.doubt import Spoken, agreement, spoken
from greenroom.voice.glossary import glossary
from greenroom.voice.heard import BYTES_A_SECOND, Take, text_of
from greenroom.voice.listener import Listener
from greenroom.voice.model import Readiness, can_speak, check_extra, find_voice, readiness
from greenroom.voice.speaker import at_rate
from greenroom.voice.worker import VoiceWorker

__all__ = ["SpokenAnswer", "TakeView", "VoiceRoom"]

AT_ONCE = 8
"""Takes in progress. They are listened to in turn, by one process."""
KEPT_SECONDS = 120.0
"""A take that is done can be looked at for so long."""


CHECKED = "A large language model predicts the next token. Attention weighs the context, and the softmax makes the weights sum to one."
WELL_SHARE = 0.8


class SpokenAnswer(NamedTuple):
    """What is known of an answer that was given aloud. ``delivery``: None where too little was said to measure; ``kept``: ids of the takes
    whose sound is here."""

    said: Spoken
    delivery: Delivery | None
    takes: tuple[Take, ...]
    kept: tuple[str, ...]


class Check(NamedTuple):
    """One sentence, said by the program and heard by it. ``seconds``: how long it took, the model being loaded by then."""

    said: str
    heard: str
    share: float
    seconds: float
    sound_seconds: float
    recogniser: str

    @property
    def well(self) -> bool:
        return self.share >= WELL_SHARE


class VoiceRoom:
    """Safe to call from several threads."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self.recordings = Recordings(parts.settings.home / "voice")
        self._worker: Lazy[VoiceWorker] = Lazy(self._make_worker)
        self._lock = threading.Lock()
        self._takes: dict[tuple[str, str], Speaking] = {}
        self._closed = False

    def readiness(self, *, checked: bool = False) -> Readiness:
        """Whether a voice can be heard here; if not, why and what to do. ``checked``: the model's files are read."""
        if self._parts.listener is not None:
            return Readiness(True, self._parts.listener.name, "")
        return readiness(self._parts.settings, checked=checked)

    @property
    def speaks(self) -> bool:
        """Whether the interviewer has a voice here, for browsers that have none."""
        return can_speak()

    def begin(self, owner_id: str, session_id: str, turn_id: str, *, keep: bool = False) -> TakeView:
        """A take for an open question.

        Raises NotFoundError, ConflictError when the question is no longer open, VoiceBusyError, and where no voice can be heard:
        ExtraMissingError, VoiceMissingError, ModelFileError.
        """
        plan = self._plan(owner_id, session_id, turn_id, keep)
        self._check_ready()
        with self._lock:
            self._sweep()
            if self._closed or sum(not take.done for take in self._takes.values()) >= AT_ONCE:
                raise VoiceBusyError(f"{AT_ONCE} people speak already.")
            take = self._takes[owner_id, plan.take_id] = Speaking(plan, self._listener)
        if self._parts.listener is None:  # the model loads while the first words are spoken
            threading.Thread(target=self._warm, name="greenroom-voice-warm", daemon=True).start()
        return take.look()

    def add(self, owner_id: str, take_id: str, at: int, sound: bytes) -> TakeView:
        """More sound, from byte ``at`` on. Raises NotFoundError, InputError, ConflictError for a hole."""
        return self._get(owner_id, take_id).add(at, sound)

    def look(self, owner_id: str, take_id: str, seconds: float = 0.0) -> TakeView:
        return self._get(owner_id, take_id).look(seconds)

    def end(self, owner_id: str, take_id: str) -> TakeView:
        return self._get(owner_id, take_id).end()

    def forget(self, owner_id: str, take_id: str) -> bool:
        """Delete the sound of a take; its words and their times stay with the answer. False: there was none."""
        return self.recordings.forget(owner_id, take_id)

    def takes(self, owner_id: str, session_id: str, turn_id: str) -> Sequence[Take]:
        return self._parts.store.get().list_takes(owner_id, session_id, turn_id)

    def spoken(self, owner_id: str, session_id: str) -> Mapping[str, SpokenAnswer]:
        """By turn: the answers of a session that were given aloud. A typed one is not in it."""
        store = self._parts.store.get()
        by_turn: dict[str, list[Take]] = {}
        for take in store.list_takes(owner_id, session_id):
            by_turn.setdefault(take.turn_id, []).append(take)
        texts = {attempt.turn_id: attempt.text for attempt in store.list_attempts(owner_id, session_id=session_id)} if by_turn else {}
        said = {turn_id: spoken(texts.get(turn_id, ""), takes) for turn_id, takes in by_turn.items()}
        return {turn_id: self._answer(owner_id, by_turn[turn_id], each) for turn_id, each in said.items() if each.is_spoken}

    def say(self, text: str) -> bytes:
        """The interviewer's voice, as a WAV file. Raises ExtraMissingError, VoiceError."""
        if not can_speak():
            raise ExtraMissingError("hibari-tts", "voice")
        return self._worker.get().say(text)

    def check(self) -> Check:
        """Say a sentence and listen to it. Raises what keeps it from working: ExtraMissingError, VoiceMissingError, VoiceError…"""
        self._check_ready()
        sound = at_rate(self.say(CHECKED))
        listener = self._listener()
        listener.listen(sound[:BYTES_A_SECOND], "")
        begun = time.monotonic()
        heard = listener.listen(sound, "")
        seconds = round(time.monotonic() - begun, 2)
        text = text_of(heard.words)
        return Check(CHECKED, text, agreement(CHECKED, text), seconds, round(len(sound) / BYTES_A_SECOND, 1), listener.name)

    def close(self) -> None:
        with self._lock:
            self._closed = True
            takes = list(self._takes.values())
        for take in takes:
            take.end()
        for take in takes:
            take.look(5.0)
        worker = self._worker.peek()
        if worker is not None:
            worker.close()

    def _answer(self, owner_id: str, takes: Sequence[Take], said: Spoken) -> SpokenAnswer:
        kept = tuple(take.take_id for take in takes if self.recordings.find(owner_id, take.take_id))
        return SpokenAnswer(said, deliver(takes), tuple(takes), kept)

    def _check_ready(self) -> None:
        if self._parts.listener is None:
            check_extra()
            find_voice(self._parts.settings, checked=self._worker.peek() is None)

    def _plan(self, owner_id: str, session_id: str, turn_id: str, keep: bool) -> Plan:
        store = self._parts.store.get()
        session = store.get_session(owner_id, session_id)
        turn = session.find_turn(turn_id)
        if turn is None:
            raise NotFoundError("turn", turn_id, [t.turn_id for t in session.turns])
        if not turn.open:
            raise ConflictError("This question is answered or skipped already.", "Reload the page: it shows the one that is on.")
        take_id = self._parts.new_id()
        return Plan(
            owner_id=owner_id, take_id=take_id, session_id=session_id, turn_id=turn_id, begun_at=self._parts.clock(),
            prompt=glossary(self._parts.bank.get().find(turn.question_id)),
            keep=(lambda: self.recordings.write(owner_id, take_id)) if keep else None,
            done=lambda take: store.put_take(owner_id, take),
        )  # fmt: skip

    def _get(self, owner_id: str, take_id: str) -> Speaking:
        with self._lock:
            take = self._takes.get((owner_id, take_id))
        if take is None:
            raise NotFoundError("take", take_id, hint="Press the microphone again: what was heard is in the text.")
        return take

    def _sweep(self) -> None:
        now = time.monotonic()
        for key in [key for key, take in self._takes.items() if take.done and now - take.touched > KEPT_SECONDS]:
            del self._takes[key]

    def _listener(self) -> Listener:
        return self._parts.listener or self._worker.get()

    def _warm(self) -> None:
        with contextlib.suppress(GreenroomError):  # whoever listens next meets the same fault and tells it
            self._worker.get().warm()

    def _make_worker(self) -> VoiceWorker:
        """One that speaks even where nothing can be heard."""
        settings = self._parts.settings
        ready = readiness(settings).ready
        name, folder = find_voice(settings, checked=False) if ready else ("none", Path())
        return VoiceWorker(name, folder, settings.threads)
