"""``Room``: the one object that the command line, the web app and a script talk to.

    room = Room(Settings())
    view = room.interview.start(LOCAL_OWNER, Setup(mode="drill"))

Each word of the product is an attribute; each method loads, calls the pure domain, saves.
"""

from __future__ import annotations

from greenroom.room.assess import AssessRoom
from greenroom.room.bank import BankRoom
from greenroom.room.data import DataRoom
from greenroom.room.interview import InterviewRoom
from greenroom.room.labs import LabRoom
from greenroom.room.parts import Parts
from greenroom.room.prep import PrepRoom
from greenroom.room.review import ReviewRoom
from greenroom.room.voice import VoiceRoom
from greenroom.settings import LOCAL_OWNER, Settings

__all__ = ["LOCAL_OWNER", "Parts", "Room"]


class Room:
    """Cheap to make: the database opens and the encoder loads when first needed. Close it, or use it in a ``with``.

    Args:
        assess: False for a look at the data: answers that wait are left to another process.
    """

    def __init__(self, settings: Settings, parts: Parts | None = None, *, assess: bool = True) -> None:
        self._parts = parts or Parts(settings)
        self.settings, self._assesses = settings, assess
        self.bank = BankRoom(self._parts)
        self.prep = PrepRoom(self._parts)
        self.interview = InterviewRoom(self._parts)
        self.assess = AssessRoom(self._parts)
        self.review = ReviewRoom(self._parts, self.prep.plan.agenda)
        self.labs = LabRoom(self._parts)
        self.voice = VoiceRoom(self._parts)
        self.data = DataRoom(self._parts)

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
        self.labs.close()
        self.voice.close()
        self.interview.queue.stop()
        store = self._parts.store.peek()
        if store is not None:
            store.close()

    def __enter__(self) -> Room:
        return self.open()

    def __exit__(self, *exc: object) -> None:
        self.close()
