"""``Room``: the one object that the command line, the web app and a script talk to.

    room = Room(Settings())
    view = room.interview.start(LOCAL_OWNER, Setup(mode="drill"))

Each word of the product is an attribute; each method loads, calls the pure domain, saves.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ParamSpec, Protocol, TypeVar, cast, runtime_checkable

from greenroom.room.parts import Parts
from greenroom.settings import LOCAL_OWNER, Settings

if TYPE_CHECKING:
    from greenroom.room.assess import AssessRoom
    from greenroom.room.bank import BankRoom
    from greenroom.room.data import DataRoom
    from greenroom.room.interview import InterviewRoom
    from greenroom.room.labs import LabRoom
    from greenroom.room.prep import PrepRoom
    from greenroom.room.review import ReviewRoom
    from greenroom.room.voice import VoiceRoom

__all__ = ["LOCAL_OWNER", "Parts", "Room"]

P = ParamSpec("P")
R = TypeVar("R")


@runtime_checkable
class _Closing(Protocol):
    """A part of the room with something at work."""

    def close(self) -> None: ...


class Room:
    """Cheap to make: the database opens, the encoder loads and a word's module is imported when first needed. Close it, or use it in a
    ``with``.

    Args:
        assess: False for a look at the data: answers that wait are left to another process.
    """

    def __init__(self, settings: Settings, parts: Parts | None = None, *, assess: bool = True) -> None:
        self._parts = parts or Parts(settings)
        self.settings, self._assesses = settings, assess
        self._lock, self._made = threading.RLock(), dict[Callable[..., object], Any]()

    def _once(self, kind: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        with self._lock:
            if kind not in self._made:
                self._made[kind] = kind(*args, **kwargs)
            return cast("R", self._made[kind])

    @property
    def bank(self) -> BankRoom:
        from greenroom.room.bank import BankRoom

        return self._once(BankRoom, self._parts)

    @property
    def prep(self) -> PrepRoom:
        from greenroom.room.prep import PrepRoom

        return self._once(PrepRoom, self._parts)

    @property
    def interview(self) -> InterviewRoom:
        from greenroom.room.interview import InterviewRoom

        return self._once(InterviewRoom, self._parts)

    @property
    def assess(self) -> AssessRoom:
        from greenroom.room.assess import AssessRoom

        return self._once(AssessRoom, self._parts)

    @property
    def review(self) -> ReviewRoom:
        from greenroom.room.review import ReviewRoom

        return self._once(ReviewRoom, self._parts, self.prep.plan.agenda)

    @property
    def labs(self) -> LabRoom:
        from greenroom.room.labs import LabRoom

        return self._once(LabRoom, self._parts)

    @property
    def voice(self) -> VoiceRoom:
        from greenroom.room.voice import VoiceRoom

        return self._once(VoiceRoom, self._parts)

    @property
    def data(self) -> DataRoom:
        from greenroom.room.data import DataRoom

        return self._once(DataRoom, self._parts)

    @property
    def kept(self) -> bool:
        """Whether anything is kept yet: looking at a database makes one, so whoever only reads asks this first."""
        given = self.settings.database_url is not None or self._parts.store.peek() is not None
        return given or (self.settings.home / "greenroom.db").exists()

    def open(self) -> Room:
        """Open the store and, unless told otherwise, start assessing what waits. Raises StoreError."""
        self._parts.store.get().ensure_owner(LOCAL_OWNER, self._parts.clock())
        if self._assesses:
            self.interview.queue.start()
        return self

    def close(self) -> None:
        """End what was begun; what was never used is not begun for that."""
        with self._lock:
            made = list(self._made.values())
        for room in made:
            if isinstance(room, _Closing):
                room.close()
        store = self._parts.store.peek()
        if store is not None:
            store.close()

    def __enter__(self) -> Room:
        return self.open()

    def __exit__(self, *exc: object) -> None:
        self.close()
