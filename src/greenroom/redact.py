"""Passwords of addresses and API keys stay out of what is shown and logged.

``scheme://user:password@``, ``password=…``, ``Bearer …`` and every key that was read in this process (``hide``) are masked wherever they
stand. Not protected: a secret that looks like none of them (another program's token, an answer's text): those must not be logged at all.
"""

from __future__ import annotations

import logging
import re
import threading
from typing import Any

MASK = "***"
# The bounds keep the time short. First to the last @ before a space; else (a password with a space in it) to the first @ of the line.
_ADDRESS = re.compile(r"://([^/@:\s]{0,200}):(?:\S{0,1000}@|[^@\n]{0,1000}@)")
_OPTION = re.compile(r"\b(password|passwd|pwd)=[^\s&'\"]+", re.IGNORECASE)
_BEARER = re.compile(r"\b(bearer\s+)[\w.~+/=:@$!*|-]{8,4096}", re.IGNORECASE)
_exceptions = logging.Formatter()
_hidden: frozenset[str] = frozenset()
_lock = threading.Lock()


def hide(secret: str) -> None:
    """From here on ``secret`` is masked in every log record of this process, and wherever ``without_password`` is asked."""
    global _hidden
    with _lock:
        _hidden = _hidden | {secret}


def without_password(text: str) -> str:
    """An address, or a text with addresses or keys in it, fit to be shown. Masks too much rather than too little."""
    for secret in sorted(_hidden, key=len, reverse=True):  # one may begin as another does: the rest of the longer must not stay
        text = text.replace(secret, MASK)
    text = _BEARER.sub(rf"\1{MASK}", text)
    return _OPTION.sub(rf"\1={MASK}", _ADDRESS.sub(rf"://\1:{MASK}@", text))


class Redaction(logging.Filter):
    """Masks passwords in the message, arguments, exception and stack of a record; lets every record pass."""

    def filter(self, record: logging.LogRecord) -> bool:
        self._message(record)
        if record.exc_info:
            text = record.exc_text or _exceptions.formatException(record.exc_info)
            clean = without_password(text)
            if clean != text:
                record.exc_text, record.exc_info = clean, None  # the error itself would be printed as it is
        elif record.exc_text:
            record.exc_text = without_password(record.exc_text)
        if record.stack_info:
            record.stack_info = without_password(record.stack_info)
        return True

    def _message(self, record: logging.LogRecord) -> None:
        try:
            message = record.getMessage()
        except Exception:  # logging would print the arguments as they are
            record.msg, record.args = f"A line that cannot be formatted: {without_password(str(record.msg))}", ()
            return
        clean = without_password(message)
        if clean == message:
            return
        if isinstance(record.args, tuple):  # some formatters take the arguments apart
            record.args = tuple(without_password(arg) if isinstance(arg, str) else arg for arg in record.args)
        if record.getMessage() != clean:
            record.msg, record.args = clean, ()


def install() -> None:
    """Every record of this process passes ``Redaction`` when it is made, whichever logger and handler it is for. Again: no change."""
    make = logging.getLogRecordFactory()
    if getattr(make, "redacts", False):
        return
    redaction = Redaction()

    def redacted(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = make(*args, **kwargs)
        redaction.filter(record)
        return record

    redacted.redacts = True  # type: ignore[attr-defined]
    logging.setLogRecordFactory(redacted)
