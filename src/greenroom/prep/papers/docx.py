"""The text of a DOCX: its main part, read by expat with document types and entities refused. Nothing is fetched, run or unpacked to disk.

A DOCX is a zip of XML of a stranger. Only ``word/document.xml`` is opened; how large it may become is checked before a byte of it is read,
and again while it is; a document type ends the reading, so that no entity can grow or name a file.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from io import BytesIO
from typing import Any
from xml.parsers import expat

from greenroom.errors import InputError

PART = "word/document.xml"
XML_LIMIT = 20_000_000
RATIO_LIMIT, RATIO_FREE = 100, 1_000_000
"""How many times its packed size a part may have, above the size that may be as dense as it likes."""
ENTRIES_LIMIT = 2_000
BROKEN_CURE = "Open it in the program it was written with and save it again as DOCX or PDF, or paste its text."
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main "
_FALLBACK = "http://schemas.openxmlformats.org/markup-compatibility/2006 Fallback"


def read_docx(data: bytes) -> str:
    """Paragraphs as lines, list items with a dash. Raises InputError for whatever else a file can be."""
    return _text_of(_part(data))


def _part(data: bytes) -> bytes:
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            entries = archive.infolist()
            found = [entry for entry in entries if entry.filename == PART]
            if len(entries) > ENTRIES_LIMIT or len(found) != 1:
                raise InputError("This is a zip file, but no Word document.", "Upload a PDF, a DOCX or a text file, or paste the text.")
            if found[0].file_size > min(XML_LIMIT, max(RATIO_FREE, found[0].compress_size * RATIO_LIMIT)):
                raise InputError("The document unpacks to far more than a document of words does.", BROKEN_CURE)
            with archive.open(found[0]) as file:
                text = file.read(found[0].file_size + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError("The Word document is damaged and cannot be read.", BROKEN_CURE) from error
    if len(text) != found[0].file_size:
        raise InputError("The Word document is not as long as it says.", BROKEN_CURE)
    return text


class _Gatherer:
    """Builds lines while expat reads."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self._in_text = self._skipped = 0
        self._item = False

    def start(self, name: str, attributes: Any) -> None:
        if name == _FALLBACK:  # the same text once more, for older programs
            self._skipped += 1
        kind = name.removeprefix(_WORD)
        if kind == "t":
            self._in_text += 1
        elif kind == "p":
            self._item = False
        elif kind == "numPr" and not self._item and not self._skipped:
            self._item = True
            self.parts.append("- ")
        elif kind in ("br", "cr") and not self._skipped:
            self.parts.append("\n")
        elif kind == "tab" and not self._skipped:
            self.parts.append(" ")

    def end(self, name: str) -> None:
        if name == _FALLBACK:
            self._skipped -= 1
        elif name == _WORD + "t":
            self._in_text -= 1
        elif name == _WORD + "p" and not self._skipped:
            self.parts.append("\n")

    def text(self, data: str) -> None:
        if self._in_text and not self._skipped:
            self.parts.append(data)


def _text_of(xml: bytes) -> str:
    gatherer = _Gatherer()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = gatherer.start, gatherer.end, gatherer.text
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = _refuse
    parser.ExternalEntityRefHandler = _refuse
    try:
        parser.Parse(xml, True)
    except expat.ExpatError as error:
        raise InputError("The Word document is damaged and cannot be read.", BROKEN_CURE) from error
    return re.sub(r"\n(?:- )?(?=\n)", "\n", "".join(gatherer.parts))


def _refuse(*_: object) -> int:
    raise InputError("The document defines entities of its own, which no word processor does.", BROKEN_CURE)
