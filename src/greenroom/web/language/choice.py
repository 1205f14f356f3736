"""Which language a request is answered in: the one that was chosen on this browser, else the first of the browser's own that there is.

A plain ASGI class around everything, the guard included, so that its refusals are understood too. What a browser says is compared with the
languages there are and never used otherwise: not as a path, not in a page, not in a header.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from greenroom.web.language.catalogue import ENGLISH, LANGUAGES, speaking

COOKIE = "greenroom_language"
KEPT_SECONDS = 365 * 24 * 3600
LONGEST = 1000
"""Characters of the browser's list that are looked at."""
VARY = "Accept-Language, Cookie"


class Tongue:
    """Wrap ``app``."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith("/static/"):
            await self.app(scope, receive, send)
            return
        code = choose(Headers(scope=scope))

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.add_vary_header(VARY)
                headers["content-language"] = code
            await send(message)

        with speaking(code):
            await self.app(scope, receive, sending)


def choose(headers: Headers) -> str:
    """A cookie that names no language there is counts for nothing."""
    chosen = cookie_parser(headers.get("cookie", "")).get(COOKIE)
    return chosen if chosen in LANGUAGES else accepted(headers.get("accept-language", ""))


def accepted(header: str) -> str:
    """The language of the browser's list (RFC 9110, 12.5.4) that weighs most and that there is; of equal ones the first. English otherwise.

    ``de-AT`` is served with ``de``. What cannot be read is passed over; ``q=0`` is a refusal.
    """
    best, weight = ENGLISH, 0.0
    for part in header[:LONGEST].split(","):
        name, _, parameters = part.partition(";")
        code = name.strip().lower().split("-")[0]
        code = ENGLISH if code == "*" else code
        if code in LANGUAGES and (given := _weight(parameters)) > weight:
            best, weight = code, given
    return best


def _weight(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if not name:
        return 1.0
    digits = value.strip()
    sound = name.strip().lower() == "q" and len(digits) <= 5 and digits.replace(".", "", 1).isdecimal() and digits.isascii()
    return min(1.0, float(digits)) if sound else 0.0


def back(referer: str | None, host: str) -> str:
    """The page of this very room that a form came from, as a path; the first page where that cannot be told."""
    try:
        found = urlsplit(referer or "")
    except ValueError:
        return "/"
    inside = found.netloc.lower() == host.lower() and found.path.startswith("/") and not found.path.startswith(("//", "/\\", "/api/"))
    return (found.path + (f"?{found.query}" if found.query else "")) if inside else "/"
