"""What a room is made of. Each part is made when first used: listing questions opens no database and loads no encoder."""

from __future__ import annotations

import secrets
import threading
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Generic, TypeVar

from greenroom.bank.bank import Bank
from greenroom.bank.kept import KeptPacks
from greenroom.bank.load import load_bank
from greenroom.builtin import Builtin, make_chat, make_judge
from greenroom.errors import NotFoundError, StoreReadOnlyError
from greenroom.plugins import Plugins
from greenroom.settings import Settings

if TYPE_CHECKING:
    from greenroom.assess.assessor import Assessor
    from greenroom.interview.wording.host import Host
    from greenroom.labs.lab import Lab
    from greenroom.review.past import Entry, Past, Reckoning
    from greenroom.store.store import Store
    from greenroom.voice.listener import Listener

T = TypeVar("T")
MOST_PASTS = 16
"""Persons whose past is held in memory: some three megabytes for five thousand answers."""


class Lazy(Generic[T]):
    """Made once, by the first thread that asks; a failure is not remembered."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make, self._lock, self._made = make, threading.Lock(), list[T]()

    def get(self) -> T:
        with self._lock:
            if not self._made:
                self._made.append(self._make())
            return self._made[0]

    def peek(self) -> T | None:
        """The part if it was made already."""
        return self._made[0] if self._made else None


class Pasts:
    """What the answers of the persons who looked last add up to, so that the next page adds only what is new. Thread-safe: one person
    after another is reckoned at the same time, each by themselves.
    """

    def __init__(self) -> None:
        self._lock, self._kept = threading.Lock(), dict[str, "Past"]()
        self._forgotten, self._reckoning = Counter[str](), defaultdict[str, threading.Lock](threading.Lock)

    def since(self, owner_id: str) -> int:
        """How often this past was forgotten: to be asked before the entries are read, and given to ``reach``."""
        with self._lock:
            return self._forgotten[owner_id]

    @contextmanager
    def reach(self, owner_id: str, by: Reckoning, entries: Sequence[Entry], sessions: int, since: int) -> Iterator[Past]:
        """One's past with just these entries in it, to be read in the block. It is not kept where it was forgotten ``since``."""
        from greenroom.review.past import Past

        with self._lock:
            mine = self._reckoning[owner_id]
        with mine:
            with self._lock:
                kept = self._kept.pop(owner_id, None)  # not there again if anything fails from here on
            past = (kept if kept and (kept.questions, kept.zone) == by else Past(*by)).reach(entries, sessions)
            yield past
            self._keep(owner_id, past, since)

    def _keep(self, owner_id: str, past: Past, since: int) -> None:
        with self._lock:
            if self._forgotten[owner_id] != since:
                return
            self._kept[owner_id] = past
            for oldest in list(self._kept)[:-MOST_PASTS]:
                del self._kept[oldest]

    def forget(self, owner_id: str) -> None:
        with self._lock:
            self._forgotten[owner_id] += 1
            self._kept.pop(owner_id, None)


def now() -> datetime:
    return datetime.now(UTC)


def new_id() -> str:
    return uuid.uuid4().hex


@dataclass(frozen=True)
class Parts:
    """``clock``, ``new_id`` and ``new_seed`` are arguments so that a test can pin a history; ``given``: the plugins at work
    besides installed ones."""

    settings: Settings
    clock: Callable[[], datetime] = now
    new_id: Callable[[], str] = new_id
    new_seed: Callable[[], int] = field(default=lambda: secrets.randbelow(2**31))
    given: Mapping[str, object] = field(default_factory=lambda: {"builtin": Builtin()})
    listener: Listener | None = None
    """What recognises speech; None: the process that ``room.voice`` begins."""
    plugins: Lazy[Plugins] = field(init=False)
    bank: Lazy[Bank] = field(init=False)
    labs: Lazy[dict[str, Lab]] = field(init=False)
    store: Lazy[Store] = field(init=False)
    offline: Lazy[Assessor] = field(init=False)
    host: Lazy[Host | None] = field(init=False)
    """The interviewer's words from a connected chat model; None: they are the authored ones."""
    assessor: Lazy[Assessor] = field(init=False)
    pasts: Pasts = field(init=False, default_factory=Pasts)

    def __post_init__(self) -> None:
        made: dict[str, object] = {
            "plugins": Lazy(lambda: Plugins(self.settings, self.given)),
            "bank": Lazy(self._load_bank),
            "labs": Lazy(lambda: self.plugins.get().labs()),
            "store": Lazy(self._open_store),
            "offline": Lazy(self._make_offline),
            "assessor": Lazy(self._make_assessor),
            "host": Lazy(self._make_host),
        }
        for name, part in made.items():
            object.__setattr__(self, name, part)

    def _load_bank(self) -> Bank:
        """Packs are kept where something is kept already: a look at the questions makes no folder."""
        home = self.settings.home
        return load_bank(self.plugins.get().packs(), KeptPacks(home / "cache" / "packs") if home.is_dir() else None)

    def _open_store(self) -> Store:
        from greenroom.store.store import Store  # loads SQLAlchemy: only when something is kept

        if self.settings.database_url is None:
            try:
                self.settings.home.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise StoreReadOnlyError(f"The folder {self.settings.home} cannot be made: {error.strerror}.") from error
        return Store.open(self.settings.url)

    def _make_assessor(self) -> Assessor:
        """The offline assessor; beside it the judge, where one is set up."""
        if not self.settings.has_judge:
            return self.offline.get()
        from greenroom.assess.panel import Panel

        return Panel(self.offline.get(), make_judge(self.settings))

    def _make_host(self) -> Host | None:
        if not (self.settings.has_judge and self.settings.interviewer):
            return None
        from greenroom.interview.wording.host import Host

        return Host(make_chat(self.settings), self.settings.interviewer_seconds)

    def _make_offline(self) -> Assessor:
        makers = self.plugins.get().assessors()
        maker = makers.get(self.settings.assessor)
        if maker is None:
            raise NotFoundError("assessor", self.settings.assessor, makers, f"Known: {', '.join(sorted(makers))}.")
        return maker()
