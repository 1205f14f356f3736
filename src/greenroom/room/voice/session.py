"""One take while it is spoken: sound comes in, words come out, a piece at a time.

The sound that is not settled yet is held in memory and listened to again whenever there is more of it; what is settled is let go of, unless
it is kept on request. A thread of its own does the listening: whoever brings sound never waits for it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from greenroom.bank.question import Value
from greenroom.errors import ConflictError, GreenroomError, InputError
from greenroom.room.voice.recordings import Tape
from greenroom.voice.cutting import cut_at, settled
from greenroom.voice.heard import BYTES_A_SECOND, LONGEST_SECONDS, Take, Word, moved, text_of
from greenroom.voice.listener import Listener

STEP_SECONDS = 1.0
"""So much new sound before it is listened to again."""
ABANDONED_SECONDS = 60.0
"""A take that brings nothing for so long has ended: the page is gone."""
CLIPPED_SHARE = 0.002
"""Share of samples at full scale from which on a recording is too loud."""
SILENT_PEAK = 330
"""Of 32,768: a recording that stays below is a microphone that is muted. About −40 dB."""
log = logging.getLogger(__name__)


class TakeView(Value):
    """How a take stands. ``received``: bytes of sound so far, which is where the next piece begins; ``settled``: bytes that need not be
    sent again whatever happens; ``text``: what will not change any more; ``open``: what was heard after it, which may."""

    take_id: str
    received: int = 0
    settled: int = 0
    text: str = ""
    open: str = ""
    ended: bool = False
    done: bool = False
    full: bool = False
    speech: bool = False
    silent: bool = False
    clipped: bool = False
    kept: bool = False
    error: str | None = None
    hint: str | None = None


@dataclass(frozen=True)
class Plan:
    """What a take is made with. ``keep``: its sound, if the person said so. ``done`` is called once, with what was heard."""

    owner_id: str
    take_id: str
    session_id: str
    turn_id: str
    begun_at: datetime
    prompt: str
    keep: Callable[[], Tape] | None
    done: Callable[[Take], None]


class Speaking:
    """A take in progress. Thread-safe."""

    def __init__(self, plan: Plan, listener: Callable[[], Listener]) -> None:
        self.plan, self._listener = plan, listener
        self._news = threading.Condition()
        self._sound = bytearray()  # from ``_settled`` on
        self._received = self._settled = self._listened = 0
        self._words: tuple[Word, ...] = ()
        self._open: tuple[Word, ...] = ()
        self._ended = self._done = self._full = self._speech = False
        self._peak = self._clipped = 0
        self._fault: GreenroomError | None = None
        self._name = ""
        self._tape = plan.keep() if plan.keep else None
        self.touched = time.monotonic()
        self._thread = threading.Thread(target=self._run, name="greenroom-voice", daemon=True)
        self._thread.start()

    @property
    def done(self) -> bool:
        return self._done

    def add(self, at: int, sound: bytes) -> TakeView:
        """Sound from byte ``at`` of the take on. What was received before is passed over, so a piece may be sent twice.

        Raises InputError for half a sample, ConflictError for a piece that would leave a hole.
        """
        if at % 2 or len(sound) % 2:
            raise InputError("The sound is not made of samples of 16 bits.", "Send an even number of bytes.")
        with self._news:
            if at > self._received:
                raise ConflictError(f"Sound is missing before byte {at}.", f"Send it from byte {self._received} on.")
            room = LONGEST_SECONDS * BYTES_A_SECOND - self._received
            new = b"" if self._ended else sound[self._received - at :][:room]
            if new:
                self._measure(new)
                self._sound += new
                self._received += len(new)
                if self._tape:
                    self._tape.add(new)
            if len(new) == room and not self._ended:
                self._full = self._ended = True
            self.touched = time.monotonic()
            self._news.notify_all()
            return self._view()

    def end(self) -> TakeView:
        """No more sound comes. What is there is still listened to."""
        with self._news:
            self._ended = True
            self.touched = time.monotonic()
            self._news.notify_all()
            return self._view()

    def look(self, seconds: float = 0.0) -> TakeView:
        """As it stands; with ``seconds``, once it is done or the time is up."""
        with self._news:
            self._news.wait_for(lambda: self._done, seconds)
            return self._view()

    def _measure(self, sound: bytes) -> None:
        import numpy as np

        loud = np.abs(np.frombuffer(sound, "<i2").astype(np.int32))
        self._peak = max(self._peak, int(loud.max(initial=0)))
        self._clipped += int((loud >= 32_700).sum())

    def _view(self) -> TakeView:
        samples = max(1, self._received // 2)
        return TakeView(
            take_id=self.plan.take_id,
            received=self._received,
            settled=self._settled,
            text=text_of(self._words),
            open=text_of(self._open),
            ended=self._ended,
            done=self._done,
            full=self._full,
            speech=self._speech,
            silent=self._received > 2 * BYTES_A_SECOND and self._peak < SILENT_PEAK,
            clipped=self._clipped / samples > CLIPPED_SHARE,
            kept=self._tape is not None,
            error=self._fault.message if self._fault else None,
            hint=self._fault.hint if self._fault else None,
        )

    # --- in the thread of the take ---

    def _run(self) -> None:
        try:
            while self._wait_for_sound():
                self._listen_once()
        except GreenroomError as error:
            self._fault = error
        except Exception as error:  # whatever goes wrong belongs to this take: it is told, and what was settled is kept
            log.exception("a take broke down")
            self._fault = GreenroomError(f"Listening broke down ({type(error).__name__}).", "Press the microphone again, or type.")
        finally:
            self._finish()

    def _wait_for_sound(self) -> bool:
        """Until there is enough to listen to. False when everything was."""
        step = int(STEP_SECONDS * BYTES_A_SECOND)
        with self._news:
            while not self._ended and self._received - self._listened < step:
                if not self._news.wait(ABANDONED_SECONDS):
                    self._ended = True
            return self._received > self._settled

    def _listen_once(self) -> None:
        with self._news:
            sound, ended = bytes(self._sound), self._ended
            self._listened = self._settled + len(sound)
        listener = self._listener()
        heard = listener.listen(sound, self.plan.prompt)
        seconds = len(sound) / BYTES_A_SECOND
        cut = cut_at(heard, seconds, ended=ended)
        before, after = settled(heard.words, cut) if not ended else (heard.words, ())
        with self._news:
            self._name = listener.name
            self._speech = self._speech or bool(heard.speech)
            self._words += moved(before, self._settled / BYTES_A_SECOND)
            self._open = after
            gone = len(sound) if ended else int(cut * BYTES_A_SECOND) // 2 * 2
            del self._sound[:gone]
            self._settled += gone
            self._news.notify_all()

    def _finish(self) -> None:
        try:
            if self._tape:
                self._tape.finish(keep=self._speech)
            if self._words:
                self.plan.done(self._take())
        except GreenroomError as error:
            self._fault = self._fault or error
        except Exception:  # the database may be closed by now: the words are in the text all the same
            log.exception("a take could not be kept")
        finally:
            with self._news:
                self._ended = self._done = True
                self._open = ()
                self._news.notify_all()

    def _take(self) -> Take:
        plan = self.plan
        seconds = round(self._received / BYTES_A_SECOND, 2)
        return Take(
            take_id=plan.take_id, session_id=plan.session_id, turn_id=plan.turn_id, begun_at=plan.begun_at, seconds=seconds,
            recogniser=self._name, words=self._words,
        )  # fmt: skip
