"""The durable bounded queue of assessments. Its memory is the store: what is waiting survives any crash; this is only
the hand that takes it.

A worker claims an answer under a lease, assesses it outside any transaction, and stores the outcome if the claim still holds. After a
crash the lease runs out, the answer is marked interrupted and taken again; two processes on one database never both store an outcome.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from greenroom.errors import GreenroomError
from greenroom.interview.attempt import Attempt

if TYPE_CHECKING:
    from greenroom.store.store import Store

LEASE_SECONDS = 15.0
IDLE_SECONDS = 1.0
log = logging.getLogger(__name__)

Work = Callable[[str, Attempt, str], None]
"""(owner_id, attempt, worker): assess the attempt and store the outcome."""


def fault_text(error: Exception) -> str:
    """What the person reads; the log has the whole of it."""
    if isinstance(error, GreenroomError):
        return f"{error.message} {error.hint}".strip()
    return f"The assessor broke down ({type(error).__name__}). Your answer is kept; have it judged again, and if it stays so, report it."


class AssessmentQueue:
    """One thread: the encoder already uses the cores it is given. Two programs may share a database and have different question packs:
    ``knows`` says whether this one has a question, and answers to the others are left waiting.
    """

    def __init__(
        self,
        store: Callable[[], Store],
        work: Work,
        knows: Callable[[str], bool],
        clock: Callable[[], datetime],
        worker: str,
        lease_seconds: float = LEASE_SECONDS,
    ) -> None:
        self._store, self._work, self._knows, self._clock, self._lease = store, work, knows, clock, lease_seconds
        self.worker = f"{os.getpid()}-{worker}"
        self._wake = threading.Event()
        self._done = threading.Condition()
        self._stopping = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Idempotent."""
        with self._done:
            if self._thread is None and not self._stopping:
                self._thread = threading.Thread(target=self._run, name="greenroom-assess", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """Finishes what is being assessed; what waits stays in the store."""
        self._stopping = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join(timeout=LEASE_SECONDS)

    def wake(self) -> None:
        self._wake.set()

    def wait(self, ready: Callable[[], bool], seconds: float) -> bool:
        """Until ``ready()`` after some outcome was stored, or the time is up. Another process may store it:
        so it looks four times a second too."""
        deadline = time.monotonic() + seconds
        while not (done := ready()) and not self._stopping:
            left = deadline - time.monotonic()
            if left <= 0:
                break
            with self._done:
                self._done.wait(min(left, 0.25))
        return done

    def run_once(self) -> bool:
        """Take and finish one answer. False: nothing was waiting."""
        store = self._store()
        now = self._clock()
        store.recover(now)
        claimed = store.claim(self.worker, now, self._lease, self._knows)
        if claimed is None:
            return False
        owner_id, attempt = claimed
        try:
            self._work(owner_id, attempt, self.worker)
        except Exception as error:  # whatever goes wrong belongs to this one answer; the queue goes on
            log.exception("assessment of %s failed", attempt.answer_id)
            store.fail(owner_id, attempt.answer_id, self.worker, fault_text(error), self._clock())
        finally:
            with self._done:
                self._done.notify_all()
        return True

    def _run(self) -> None:
        while not self._stopping:
            try:
                busy = self.run_once()
            except Exception:  # the database may be locked, full or away for a while: try again
                log.exception("the assessment queue could not reach the database")
                busy = False
            if not busy:
                self._wake.wait(IDLE_SECONDS)
                self._wake.clear()
