"""Questions out of a spreadsheet: one row a part of a question, one column a property; commas, semicolons or tabs between the cells.

The first row names the columns, in any order; ``question``, ``part`` and ``text`` are needed. ``USES`` says what each part may fill;
an ``ask`` needs its topic and level, unless they are given for all.
``question`` left empty is the same question as in the row above; ``says`` holds one phrasing a line of the cell (or ``||`` between them).

A cell that begins with = + - @ is refused: spreadsheets take it for a formula. Behind an apostrophe it is text, as in a spreadsheet; and
in ``says`` a “- ” before words is the sign of a list.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from typing import Any

from greenroom.bank.bank import Fault
from greenroom.bank.intake.draft import Draft, begin, names
from greenroom.bank.intake.limits import COLUMNS_LIMIT, Budget
from greenroom.bank.read import FAULTS_LIMIT
from greenroom.bank.source import short

USES: dict[str, tuple[str, ...]] = {
    "ask": ("topic", "level", "kind", "listens_for", "needs", "round"),
    "form": ("id", "adds", "drops", "needs", "model_answer"),
    "point": ("id", "says", "because", "source", "weight", "essential", "follow_up"),
    "misconception": ("id", "says", "correction", "source"),
    "plain": (),
    "technical": (),
    "source": (),
}
NEEDED = ("question", "part", "text")
COLUMNS = (*NEEDED, *dict.fromkeys(column for columns in USES.values() for column in columns))
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab"}
FORMULA = ("=", "+", "-", "@")
FORMULAS = r"[-=+@]|[\d.]+\s*[+*/^(]|\$?[A-Z]{1,3}\$?\d+[-+*/^:][\d$A-Z(]|[A-Z][A-Z0-9.]*\(|[^\s|]*[|!](?!\|)\S"
"""What makes a formula of a cell whose minus stands apart: a sign, a sum, cells, a call (``SUM(1)``), a command (``cmd|'…'``)."""
LISTED = re.compile(rf"-[ \t]+(?!{FORMULAS})(?=[\w\"'“‘(])")
"""A list item: “- ” and words."""
Row = tuple[int, list[str]]


class CsvForm:
    """Reads one file. ``drafts`` and ``faults`` hold what was found."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.drafts: list[Draft] = []
        self.faults: list[Fault] = []
        self._by_id: dict[str, Draft] = {}
        self._budget = Budget()
        self._last: Draft | None = None

    def read(self, text: str) -> None:
        """Raises SourceFault."""
        delimiter = _delimiter(text)
        rows = self._rows(text, delimiter)
        header = next(rows, None)
        if header is None:
            self._fault(1, "There is no row.", f"The first row names the columns: {', '.join(NEEDED)}, …")
            return
        columns = self._columns(header, delimiter)
        for line, cells in rows if columns else ():
            if any(cell.strip() for cell in cells):
                self._row(line, columns, cells)
            if len(self.faults) > FAULTS_LIMIT:
                break

    def _fault(self, line: int, what: str, cure: str) -> None:
        self.faults.append(Fault(file=self.file, line=line, what=short(what, 300), cure=cure))

    def _rows(self, text: str, delimiter: str) -> Iterator[Row]:
        """Each record with the line on which it begins."""
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        while True:
            line = reader.line_num + 1
            try:
                yield line, next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                cure = 'Close every quotation mark; inside a quoted cell write it twice (“""”).'
                self._fault(line, f"The row that begins here cannot be read: {error}.", cure)
                return

    def _columns(self, header: Row, delimiter: str) -> list[str]:
        line, cells = header
        if len(cells) > COLUMNS_LIMIT:
            self._fault(line, f"More than {COLUMNS_LIMIT} columns.", f"Columns: {', '.join(COLUMNS)}.")
            return []
        columns = [re.sub(r"[ _-]+", "_", cell.strip().lower()) for cell in cells]
        if missing := [name for name in NEEDED if name not in columns]:
            cure = "Separate the cells by commas, semicolons or tabs; the first row names the columns."
            self._fault(
                line, f"No column {' or '.join(f'“{name}”' for name in missing)} ({DELIMITERS[delimiter]} between the cells).", cure
            )
            return []
        for name in dict.fromkeys(columns):
            if name not in COLUMNS and (name or columns.count(name) == 1):
                self._fault(line, f"“{short(name, 40)}” is no column here.", f"Columns: {', '.join(COLUMNS)}.")
            elif name and columns.count(name) > 1:
                self._fault(line, f"The column “{name}” stands twice.", "Keep one.")
        return columns

    def _row(self, line: int, columns: list[str], cells: list[str]) -> None:
        if any(cell.strip() for cell in cells[len(columns) :]):
            cure = "Put a cell that holds the delimiter in quotation marks."
            self._fault(line, f"{len(cells)} cells, but {len(columns)} columns.", cure)
            return
        given = {name: self._text(line, name, cell) for name, cell in zip(columns, cells, strict=False) if name and cell.strip()}
        draft = self._draft(line, given.pop("question", ""))
        part = given.pop("part", "").lower().replace(" ", "_")
        if draft is None or part not in USES:
            if draft is not None:
                self._fault(line, f"“{short(part, 40)}” is no part of a question.", f"Parts: {', '.join(USES)}.")
            return
        for name in given:
            if name != "text" and name not in USES[part]:
                self._fault(line, f"A {part} has no “{name}”.", "Empty this cell, or move what it says to the row it belongs to.")
        self._take(draft, part, line, given)

    def _text(self, line: int, name: str, cell: str) -> str:
        text = cell.replace("\r\n", "\n").replace("\r", "\n").strip()
        if text.startswith(FORMULA) and not (name == "says" and LISTED.match(text)):
            cure = "Write the text itself. If it is the text, put an apostrophe before it."
            self._fault(line, f"The cell in “{name}” begins with “{text[0]}”, like a formula.", cure)
        return text[1:] if text[:1] == "'" and text[1:].startswith(FORMULA) else text

    def _draft(self, line: int, question_id: str) -> Draft | None:
        if not question_id:
            if self._last is None:
                self._fault(line, "No question is named.", "Write its id in the column “question”.")
            return self._last
        if question_id not in self._by_id:
            self._by_id[question_id] = begin(self.drafts, self.file, line, {"id": question_id}, self._budget)
        self._last = self._by_id[question_id]
        return self._last

    def _take(self, draft: Draft, part: str, line: int, given: dict[str, str]) -> None:
        text = given.pop("text", "")
        if not text:
            self._fault(line, f"This {part} has no text.", "Write it in the column “text”.")
            return
        if part in ("plain", "technical"):
            found = draft.put(part, text, line)
        elif part == "ask":
            found = draft.put("ask", text, line)
            for name in [] if found else given:
                draft.put(name, names(given[name]) if name in ("needs", "round") else given[name], line)
        else:
            found = None
            _add(draft, part, line, {**given, "text": text})
        if found:
            self.faults.append(found)


def _add(draft: Draft, part: str, line: int, given: dict[str, str]) -> None:
    text = given.pop("text")
    if part == "source":
        draft.add("sources", text, line)
        return
    item: dict[str, Any] = {**given}
    for name in ("adds", "drops", "needs"):
        if name in item:
            item[name] = names(item[name])
    if "says" in item:
        item["says"] = [said for phrase in re.split(r"\n|\|\|", item["says"]) if (said := re.sub(r"^[-*•]\s+", "", phrase.strip()))]
    key, inner = {"form": ("forms", "ask"), "point": ("key_points", "point"), "misconception": ("misconceptions", "claim")}[part]
    draft.add(key, {**item, inner: text}, line)


def _delimiter(text: str) -> str:
    """The one by which the first line falls apart into the most columns we know."""
    first = re.split(r"[\r\n]", text.lstrip("\r\n"), maxsplit=1)[0][:10_000]

    def known(delimiter: str) -> int:
        return sum(re.sub(r"[ _-]+", "_", name.strip().strip('"').lower()) in COLUMNS for name in first.split(delimiter))

    return max(DELIMITERS, key=known)
