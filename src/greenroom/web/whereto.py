"""Where what a person writes goes, for the foot of every page: a page must not say that all stays here where it does not.

Told from the settings and from the name a page was asked under, not from what was sent. Not known: where a name that stands for this
machine leads on to (a tunnel, a proxy), and what a server at the other end keeps.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from greenroom.errors import InputError
from greenroom.outbound import names_this_machine, parse_origin
from greenroom.settings import Settings


@dataclass(frozen=True)
class Whereto:
    model: str | None = None
    """Origin of the connected model, if it is on another machine."""
    database: str | None = None
    """Host of the database, if it is another machine."""
    here: bool = True
    """Whether the page is looked at on the machine that greenroom runs on."""

    @property
    def stays(self) -> bool:
        """Whether all of it stays on the machine that greenroom runs on."""
        return not (self.model or self.database)


_current: ContextVar[Whereto] = ContextVar("greenroom_whereto", default=Whereto())  # noqa: B039  (frozen)


def current() -> Whereto:
    return _current.get()


@contextmanager
def going(found: Whereto) -> Iterator[None]:
    token = _current.set(found)
    try:
        yield
    finally:
        _current.reset(token)


def find_model(settings: Settings) -> str | None:
    """A model that is half set up, or whose address is none, is sent nothing."""
    if settings.judge_file or not (settings.judge_url and settings.judge_model):
        return None
    try:
        origin = parse_origin(settings.judge_url)
    except InputError:
        return None
    return None if names_this_machine(urlsplit(origin).hostname or "") else origin


def find_database(settings: Settings) -> str | None:
    """Its host only: an address holds a password. A path is a socket of this machine."""
    parts = urlsplit(settings.url)
    hosts = [unquote(parts.hostname or ""), *parse_qs(parts.query).get("host", [])]
    away = [host for host in hosts if host and not host.startswith("/") and not names_this_machine(host)]
    return ", ".join(away) or None


class Foot:
    """Wrap ``app``: within a request, ``current()`` says where things go."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self._model, self._database = find_model(settings), find_database(settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        with going(Whereto(self._model, self._database, _names_here(Headers(scope=scope).get("host", "")))):
            await self.app(scope, receive, send)


def _names_here(host: str) -> bool:
    """Of a Host header: a name, a port perhaps, brackets around an address of IPv6."""
    name = host if host.endswith("]") else host.partition(":")[0] if host.count(":") < 2 else host.rpartition(":")[0]
    return names_this_machine(name.lower().strip("[]"))
