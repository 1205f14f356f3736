"""A document as Markdown. What a person or a pack wrote cannot become markup, a link or HTML wherever it is shown."""

from __future__ import annotations

import re
from collections.abc import Iterator

from greenroom.paper.document import Block, Document, Heading, Listing, Paragraph, Quote, Table, shown

_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~$])")
_LINE_MARK = re.compile(r"^([^\S\n]*)([-+=:]|\d{1,9}(?=[.)]))", re.MULTILINE)
_SCHEME = re.compile(r"(?<=[a-z])(:)(?=//)|(?<=www)(\.)", re.IGNORECASE)


def to_markdown(document: Document) -> str:
    return "\n\n".join(piece for block in document.blocks for piece in _block(block)) + "\n"


def _block(block: Block) -> Iterator[str]:
    match block:
        case Heading(level, text):
            yield f"{'#' * level} {_line(text)}"
        case Paragraph(text, quiet):
            yield f"<sub>{_line(text)}</sub>" if quiet else _line(text)
        case Quote(text):
            yield "\n".join(_quoted(text)) or ">"
        case Listing(items):
            yield "\n".join(f"- {_line(item)}" + (f"  \n  {_line(more)}" if more else "") for item, more in items)
        case Table(head, rows):
            lines = [head, ("---",) * len(head), *(tuple(_line(cell) for cell in row) for row in rows)]
            yield "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _quoted(text: str) -> Iterator[str]:
    """Two blanks at the end of a line keep its break."""
    lines = [line.rstrip() for line in escaped(text).splitlines()]
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        yield f"> {line}{'  ' if following else ''}" if line else ">"


def _line(text: str) -> str:
    return " ".join(escaped(text).split())


def escaped(text: str) -> str:
    """Backslashes before what could be markup; addresses are no links; control characters are shown as �."""
    text = _MARKUP.sub(r"\\\1", shown(text))
    text = _LINE_MARK.sub(lambda m: f"{m[1]}{m[2]}\\" if m[2].isdigit() else f"{m[1]}\\{m[2]}", text)
    return _SCHEME.sub(lambda m: f"\\{m[0]}", text).replace("&", "&amp;").replace("@", "\\@")
