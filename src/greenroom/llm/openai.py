"""A chat model behind any server that speaks OpenAI's protocol (Ollama, llama.cpp, vLLM, a cloud): ``POST …/chat/completions``.

What it sends goes to one origin, with the key of that origin or none. It does not stream, and follows no redirect: a key must not travel
to where nobody meant it to go.
"""

from __future__ import annotations

import json
import re
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr

from greenroom.errors import ChatAwayError, ChatError, OutboundError
from greenroom.llm.chat import Ask, Turn
from greenroom.outbound import Outbound, Reply
from greenroom.redact import hide, without_password

REPLY_LIMIT = 256_000
TRIES = 3
LONGEST_WAIT = 20.0
"""Seconds a server may ask to be left alone before it is taken for away."""
PARALLEL = 4
USUAL_PATH = "/v1"
OPTIONAL = {"temperature", "seed", "response_format"}
"""Left out for a server that refuses them by name; the token limit has a second name instead."""
BLIND = re.compile(r"image|vision|multi-?modal|mmproj", re.IGNORECASE)
REFUSED = (400, 415, 422)
"""What servers say of a picture for a model that cannot see, or of one they cannot read, and with what; llama.cpp says it with a 500."""


class OpenAIChat:
    """A ``ChatModel``.

    Args:
        url: up to and with ``/v1``.
        model: its name on that server.
        find_key: gives the key of an origin (``Keys.find``), or None; it is asked for this server's origin only, each time anew.
        outbound: carries the requests; its origin must be the one of ``url``.
        sleep: waits between tries.
    """

    parallel = PARALLEL

    def __init__(
        self,
        url: str,
        model: str,
        find_key: Callable[[str], SecretStr | None],
        outbound: Outbound | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._outbound = outbound or Outbound(url)
        self.origin = self._outbound.origin
        base = urlsplit(url).path.rstrip("/")
        self._path = base + "/chat/completions"
        self._model, self._find_key, self._sleep = model, find_key, sleep
        self._had_key = False
        self._refused: frozenset[str] = frozenset()
        self._lock = threading.Lock()
        # two paths of one origin may be two models: opinions are kept under the name
        self.name = f"{model} at {self.origin}{'' if base == USUAL_PATH else base or '/'}"

    def chat(self, ask: Ask) -> str:
        """See ``ChatModel``."""
        until = time.monotonic() + ask.seconds
        left = TRIES
        while True:
            left -= 1
            body = self._body(ask)
            try:
                reply = self._post(body, until - time.monotonic())
            except OutboundError as error:
                if error.passing and left:
                    continue
                raise ChatAwayError(error.message, error.hint) from error
            if reply.status == 400 and self._learn(reply, body):
                left += 1  # it comes to an end: each time one more is left out
                continue
            if ask.has_photos:
                self._check_sees(reply)
            if not left or not (reply.status == 429 or reply.status >= 500) or not self._waited(reply, TRIES - left - 1, until):
                return self._read(reply)

    def _check_sees(self, reply: Reply) -> None:
        """Raises ChatError when the reply is a refusal of the picture, with a 5xx too: asking again would not help."""
        said = self._said(reply)
        if (reply.status in REFUSED or reply.status >= 500) and BLIND.search(said):
            cure = "Set GREENROOM_JUDGE_MODEL to a model that can see, or take another picture."
            raise ChatError(f"{self.name} does not take the picture{said}.", cure)

    def _post(self, body: Mapping[str, Any], seconds: float) -> Reply:
        headers = {"content-type": "application/json", "accept": "application/json"}
        key = self._find_key(self.origin)
        self._had_key = key is not None
        if key is not None:
            hide(key.get_secret_value())  # a server may say it back in an error
            headers["authorization"] = f"Bearer {key.get_secret_value()}"
        return self._outbound.post(self._path, json.dumps(body).encode(), headers, seconds=max(0.1, seconds), limit=REPLY_LIMIT)

    def _body(self, ask: Ask) -> dict[str, Any]:
        body: dict[str, Any] = {
            "model": self._model,
            "messages": [
                {"role": "system", "content": ask.system},
                *({"role": turn.role, "content": _content(turn)} for turn in ask.turns),
            ],
            "temperature": ask.temperature,
            "seed": ask.seed,
            "max_completion_tokens" if "max_tokens" in self._refused else "max_tokens": ask.max_tokens,
            "response_format": {"type": "json_schema", "json_schema": {"name": "reply", "strict": True, "schema": dict(ask.schema)}},
        }
        return {name: value for name, value in body.items() if name not in self._refused}

    def _learn(self, reply: Reply, sent: Mapping[str, Any]) -> bool:
        """A 400 that names one of our optional parameters: that parameter is not sent again. False: it names none that ``sent`` has.

        By what was sent, not by what is known: asks under way at the same time are all refused for what one of them learns first.
        """
        text = reply.body[:4000].decode("utf-8", "replace")
        found = {name for name in (*OPTIONAL, "max_tokens") if name in sent and re.search(rf"\b{name}\b", text)}
        with self._lock:
            self._refused |= found
        return bool(found)

    def _waited(self, reply: Reply, again: int, until: float) -> bool:
        """Waits as long as the server asks for, else a little longer each time. False: that would be too long."""
        asked = _retry_after(reply.headers.get("retry-after", ""))
        wait = 0.5 * 2**again if asked is None else asked
        if wait > min(LONGEST_WAIT, until - time.monotonic()):
            return False
        self._sleep(wait)
        return True

    def _read(self, reply: Reply) -> str:
        if reply.status != 200:
            raise self._fault(reply)
        try:
            choice = json.loads(reply.body)["choices"][0]
            text, why = choice["message"]["content"], choice.get("finish_reason")
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            fault = f"{self.origin} did not reply in OpenAI's format."
            raise ChatAwayError(fault, "Check GREENROOM_JUDGE_URL: it ends in /v1 for most servers.") from None
        if why == "length":
            raise ChatError(
                f"{self.name} did not come to an end within the length it has.", "Choose a model that answers without thinking aloud."
            )
        if not isinstance(text, str) or not text:
            raise ChatError(f"{self.name} replied with nothing.", "Choose another model.")
        return text

    def _fault(self, reply: Reply) -> ChatError:
        status = reply.status
        if status in (401, 403):
            what = f"{self.origin} refuses the key." if self._had_key else f"{self.origin} wants a key."
            return ChatAwayError(what, f"Set it with `greenroom keys set {self.origin}`.")
        if 300 <= status < 400:
            return ChatAwayError(
                f"{self.origin} points to another address, which is not followed.", "Set GREENROOM_JUDGE_URL to the final one."
            )
        if status == 404:
            return ChatAwayError(
                f"{self.origin} knows no model “{self._model}” or no such path{self._said(reply)}.",
                "Check GREENROOM_JUDGE_MODEL, and that GREENROOM_JUDGE_URL ends as the server wants it (often in /v1).",
            )
        if status == 429:
            return ChatAwayError(
                f"{self.origin} has had too many requests (429){self._said(reply)}.", "Wait a while, or check your quota there."
            )
        if status >= 500:
            return ChatAwayError(
                f"{self.origin} has a fault of its own ({status}){self._said(reply)}.", "Try later, or look at that server's log."
            )
        return ChatError(f"{self.origin} refuses the request ({status}){self._said(reply)}.", "Check GREENROOM_JUDGE_MODEL.")

    def _said(self, reply: Reply) -> str:
        """What the server says about it, when it says so in OpenAI's format; short, on one line, without keys and without signs that no
        file or terminal takes (half surrogate pairs, control and direction marks)."""
        try:
            found = json.loads(reply.body)["error"]
            text = found["message"] if isinstance(found, Mapping) else found
        except (ValueError, LookupError, TypeError, RecursionError):
            return ""
        if not isinstance(text, str):
            return ""
        seen = "".join(char if char.isprintable() else " " for char in without_password(text))
        return f": {' '.join(seen.split())[:160]}".rstrip(": .")


def _content(turn: Turn) -> str | list[dict[str, Any]]:
    """The text; with pictures a list of parts, each picture as a ``data:`` URL, so that the server fetches nothing from anywhere."""
    if not turn.photos:
        return turn.text
    urls = (f"data:{photo.media_type};base64,{b64encode(photo.data).decode()}" for photo in turn.photos)
    return [{"type": "text", "text": turn.text}, *({"type": "image_url", "image_url": {"url": url}} for url in urls)]


def _retry_after(value: str) -> float | None:
    """Seconds from a Retry-After header: a number or a date; None when there is none that can be read."""
    try:
        return max(0.0, float(value)) if float(value) < 1e6 else None
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except (ValueError, TypeError, OverflowError):  # the last: a date that no calendar has
        return None
