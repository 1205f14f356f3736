"""What is read of a text that somebody brought, and when it is refused. Loads only ``errors``, so that reading one file starts fast."""

from __future__ import annotations

import re
from typing import Literal

from greenroom.errors import InputError, TooLargeError

PaperKind = Literal["job", "cv"]
TEXT_LIMIT = 60_000
"""Characters. The longest job advertisements have about 15,000, the longest CVs 40,000."""
RAW_LIMIT = 4 * TEXT_LIMIT
"""The same before blanks at line ends and control characters are taken out."""
FILE_LIMIT = 10_000_000
"""Bytes of a file."""
LEAST_WORDS = 20
NAMES = {"job": "job text", "cv": "CV"}
PASTE = "Open it in a viewer, copy its text and paste it here."
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]")
"""Letters of languages that put no blank between words: such a text is read, and said to be in another language."""
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def tidy(text: str) -> str:
    """Line ends made one, control characters taken out, blanks at line ends and runs of empty lines closed up."""
    plain = _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n").replace("\u00a0", " "))
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"(?<![ \t])[ \t]++\n", "\n", plain)).strip()


def check_paper_text(text: str, kind: PaperKind) -> str:
    """The text tidied. Raises InputError when there is too little to read, TooLargeError above ``TEXT_LIMIT`` characters."""
    _check_length(text, RAW_LIMIT, kind)  # first: nothing is done with a text of any length
    plain = tidy(text)
    _check_length(plain, TEXT_LIMIT, kind)
    count = len(plain.split()) + len(_UNSPACED.findall(plain)) // 2
    if count < LEAST_WORDS:
        raise InputError(
            f"That is too short for a {NAMES[kind]}: {count} word{'' if count == 1 else 's'}.",
            "Paste the whole of it, or upload it as PDF, DOCX or text.",
        )
    return plain


def _check_length(text: str, limit: int, kind: PaperKind) -> None:
    if len(text) > limit:
        raise TooLargeError(
            f"The text has {len(text):,} characters; a {NAMES[kind]} may have {TEXT_LIMIT:,}.",
            "Keep the part that is about the role." if kind == "job" else "Keep the pages that say what you did.",
        )
