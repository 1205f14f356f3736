"""The text of a PDF, by pypdf. Called in a process of its own (``reader.py``): a hostile PDF can keep any parser busy."""

from __future__ import annotations

import logging
import re
from io import BytesIO
from typing import Any

from greenroom.errors import InputError
from greenroom.prep.papers.text import PASTE, TEXT_LIMIT

PAGES_LIMIT = 30
"""A job description has one to five pages, a long academic CV twenty."""
LEAST_LETTERS = 20
"""Of a whole document: fewer are page numbers, not text."""


def read_pdf(data: bytes) -> tuple[str, int]:
    """(text, pages). Raises InputError for a PDF that is encrypted, broken, too long or without text."""
    import pypdf
    from pypdf.errors import PyPdfError

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # what is wrong with a file is said once, to the person
    try:
        reader = pypdf.PdfReader(BytesIO(data))
        _unlock(reader)
        pages = len(reader.pages)
        if pages > PAGES_LIMIT:
            raise InputError(
                f"The PDF has {pages} pages; at most {PAGES_LIMIT} are read.",
                "Print the pages that matter into a PDF of their own, or paste them.",
            )
        text = _text_of(reader)
    except (PyPdfError, RecursionError, ArithmeticError, LookupError, TypeError, ValueError, AttributeError, OSError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(
            "The PDF is damaged and cannot be read.", f"Save it anew from the program it was made with. Or: {PASTE}"
        ) from error
    if sum(char.isalpha() for char in text) < LEAST_LETTERS:
        raise InputError(
            "The PDF holds pictures of text, no text.",
            "Export it from the program it was written with, or open it in a viewer that recognises text, copy that and paste it here.",
        )
    if _unreadable(text):
        raise InputError("The letters of the PDF have no meaning to a program: its fonts do not say which is which.", PASTE)
    return unwrap(text), pages


def _unlock(reader: Any) -> None:
    """A PDF that anybody may open has an empty password; any other one stays closed."""
    if not reader.is_encrypted:
        return
    from pypdf.errors import DependencyError

    try:
        opened = bool(reader.decrypt(""))
    except (DependencyError, NotImplementedError):
        opened = False
    if not opened:
        raise InputError("The PDF is locked with a password.", "Save a copy without the password (print it into a PDF), or paste its text.")


def _text_of(reader: Any) -> str:
    parts, length = [], 0
    for page in reader.pages:
        part = page.extract_text() or ""
        parts.append(part)
        length += len(part)
        if length > 2 * TEXT_LIMIT:  # too much for a paper; the check that says so sees enough of it
            break
    return "\n\n".join(parts)


def _unreadable(text: str) -> bool:
    """Mostly characters without a meaning: of a private area, or names of glyphs."""
    odd = sum(len(found) for found in re.findall(r"[\ue000-\uf8ff\ufffd]|\(cid:\d+\)|/g\d+", text))
    return odd * 4 > len(text)


def unwrap(text: str) -> str:
    """Lines that a page broke are joined: one that ends within a sentence and is followed by a small letter."""
    return re.sub(r"(?<=[^\W_]-)\n(?=[a-z])", "", re.sub(r"(?<=[\w,)])[ \t]*\n[ \t]*(?=[a-z(])", " ", text))
