"""Inside the process that reads a file: bounds itself, reads the bytes from stdin, says the text or what is wrong as one line of JSON."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Mapping
from typing import Any

from greenroom.child import limit
from greenroom.errors import InputError
from greenroom.prep.papers.docx import read_docx
from greenroom.prep.papers.pdf import read_pdf
from greenroom.prep.papers.text import PASTE

OLD_WORD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
TEXT_ONLY = "Upload a PDF, a DOCX or a text file, or paste the text."


def main(request: Mapping[str, Any]) -> None:
    limit(request["megabytes"], request["seconds"], addresses=True)
    said: dict[str, object]
    try:
        text, pages = read(sys.stdin.buffer.read())
        said = {"text": text, "pages": pages}
    except InputError as error:
        said = {"error": error.message, "hint": error.hint}
    except MemoryError:
        said = {"error": "The file needs more memory than a document of words does.", "hint": PASTE}
    except Exception as error:  # a parser may raise anything: the person hears that the file is at fault
        said = {"error": f"The file cannot be read ({type(error).__name__}).", "hint": PASTE}
    sys.stdout.buffer.write(json.dumps(said).encode())
    sys.stdout.buffer.flush()


def read(data: bytes) -> tuple[str, int | None]:
    """(text, pages), by what the first bytes say. Raises InputError."""
    if b"%PDF-" in data[:1024]:
        return read_pdf(data)
    if data.startswith(b"PK\x03\x04"):
        return read_docx(data), None
    if data.startswith(OLD_WORD):
        raise InputError(
            "This is an old Word file, or one locked with a password.", "Save it as DOCX or PDF without a password, or paste its text."
        )
    if data.startswith(b"{\\rtf"):
        raise InputError("This is a rich text file.", "Save it as DOCX or PDF, or paste its text.")
    return _plain(data), None


def _plain(data: bytes) -> str:
    """UTF-8, UTF-16 with its mark, else the Windows code page that old editors write."""
    for mark, name in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            with contextlib.suppress(UnicodeDecodeError):
                return data.decode(name)
    if b"\0" in data:
        raise InputError("This is neither text nor a PDF or DOCX.", TEXT_ONLY)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")
