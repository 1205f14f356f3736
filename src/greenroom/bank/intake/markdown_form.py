"""Questions out of a Markdown file: a heading a question, a heading a point, list items for phrasings, ``key: value`` lines for the rest.

    # Why is a KV cache used?
    topic: serving
    level: foundation

    ## Key points
    ### It keeps the keys and values of earlier tokens.
    - Past tokens are not worked out again.
    because: …

Only what is shown in the guide is read: headings, list items, paragraphs. Code blocks are refused, emphasis and links stay as typed.
"""

from __future__ import annotations

import io
import re
from typing import Any

from greenroom.bank.bank import Fault
from greenroom.bank.intake.draft import Draft, begin, names
from greenroom.bank.intake.limits import TEXT_LIMIT, Budget, Growing
from greenroom.bank.read import FAULTS_LIMIT
from greenroom.bank.source import short

HEADING = re.compile(r"(#{1,6})[ \t]+(.*)")
ITEM = re.compile(r"[ ]{0,3}(?:[-*+•]|\d{1,3}[.)])[ \t]+(.*)")
KEY = re.compile(r"([A-Za-z][A-Za-z _-]{0,24}?)[ \t]*:(?:[ \t]+(.*)|$)")
FENCE = re.compile(r"[ ]{0,3}(```|~~~)")
RULE = re.compile(r"[ ]{0,3}([-*_])(?:[ \t]*\1){2,}[ \t]*")
ANSWERS = ("plain", "technical")
LISTS = ("needs", "round", "adds", "drops")
HEAD = {"id", "topic", "level", "kind", "listens_for", "needs", "round"}
KEYS = {
    "": HEAD,
    "forms": {"id", "adds", "drops", "needs", "model_answer"},
    "key_points": {"id", "weight", "essential", "because", "source", "ask"},
    "misconceptions": {"id", "correction", "source"},
}
"""What a ``key: value`` line may say, by section; the first is the place under the question's heading."""
SECTIONS = {
    "forms": "forms", "other forms": "forms", "key points": "key_points", "misconceptions": "misconceptions",
    "plain answer": "plain", "technical answer": "technical", "sources": "sources",
}  # fmt: skip
TEXT_OF = {"forms": "ask", "key_points": "point", "misconceptions": "claim"}


class MarkdownForm:
    """Reads one file. ``drafts`` and ``faults`` hold what was found."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.drafts: list[Draft] = []
        self.faults: list[Fault] = []
        self._section = ""
        self._item: dict[str, Any] | None = None
        self._open: Growing | None = None  # the text that a further line goes on with
        self._fence = ""
        self._budget = Budget()

    def read(self, text: str) -> None:
        """Raises SourceFault."""
        for number, line in enumerate(io.StringIO(text, newline="\n"), 1):
            self._line(number, line.rstrip())
            if len(self.faults) > FAULTS_LIMIT:
                return
        self._end()
        if not self.drafts and not self.faults:
            self._fault(1, "There is no question.", "A question begins with a heading: “# Why is a KV cache used?”.")

    def _fault(self, number: int, what: str, cure: str) -> None:
        self.faults.append(Fault(file=self.file, line=number, what=short(what, 300), cure=cure))

    def _line(self, number: int, line: str) -> None:
        if (fence := FENCE.match(line)) or self._fence:
            self._code(number, fence[1] if fence else "")
        elif not line.strip() or RULE.fullmatch(line):
            self._blank()
        elif heading := HEADING.fullmatch(line):
            self._heading(number, len(heading[1]), _unclosed(heading[2]))
        elif not self.drafts:
            self._fault(number, "Text before the first question.", "Begin with a heading: “# Why is a KV cache used?”.")
        elif self._section in ANSWERS:
            self._paragraph(number, line.strip())
        elif item := ITEM.fullmatch(line):
            self._listed(number, item[1].strip())
        else:
            self._plain(number, line)

    def _code(self, number: int, fence: str) -> None:
        if not self._fence:
            self._fault(number, "A block of code.", "Say it in words, or write the code within a sentence.")
        self._fence = "" if fence == self._fence else self._fence or fence

    def _heading(self, number: int, depth: int, text: str) -> None:
        self._end()
        self._item = None
        if depth == 1:
            begin(self.drafts, self.file, number, {"ask": text}, self._budget)
            self._section = ""
        elif not self.drafts:
            self._fault(number, "A heading before the first question.", "A question begins with one #.")
        elif depth == 2:
            self._begin(number, text)
        elif depth == 3 and self._section in ("key_points", "misconceptions"):
            self._add(number, {TEXT_OF[self._section]: text, "says": []})
        else:
            self._fault(number, f"A heading of depth {depth} here.", "Points and misconceptions have ###, the parts of a question ##.")

    def _begin(self, number: int, text: str) -> None:
        section = SECTIONS.get(" ".join(text.lower().split()))
        if section is None:
            self._fault(number, f"“{short(text, 40)}” is no part of a question.", f"Parts: {', '.join(SECTIONS)}.")
        self._section = section or "unknown"
        if section in ANSWERS and (found := self.drafts[-1].put(section, "", number)):
            self.faults.append(found)

    def _add(self, number: int, item: dict[str, Any]) -> None:
        self.drafts[-1].add(self._section, item, number)
        self._item = item

    def _paragraph(self, number: int, text: str) -> None:
        """Lines of a paragraph are one line; paragraphs stay apart."""
        if self._open is None:
            self._grow(self.drafts[-1].data, self._section, number)
        self._more(text)

    def _blank(self) -> None:
        if self._section in ANSWERS and self._open is not None:
            self._open.break_here()
        else:
            self._end()

    def _grow(self, container: Any, place: str | int, number: int) -> None:
        """This is the text that further lines go on with."""
        self._end()
        self._open = Growing(container, place, number)

    def _more(self, text: str) -> None:
        if self._open is not None and not self._open.go_on(text):
            self._fault(self._open.line, f"The text that begins here is longer than {TEXT_LIMIT} characters.", "Shorten it.")

    def _end(self) -> None:
        if self._open is not None:
            self._open.end()
        self._open = None

    def _listed(self, number: int, text: str) -> None:
        draft = self.drafts[-1]
        if self._section == "forms":
            self._add(number, {"ask": text})
            self._grow(self._item, "ask", number)
        elif self._section == "sources":
            draft.add("sources", text, number)
            self._grow(draft.data["sources"], len(draft.data["sources"]) - 1, number)
        elif self._section in TEXT_OF and self._item is not None:
            draft.count(1, number)
            self._item["says"].append(text)
            n = len(draft.data[self._section]) - 1
            draft.lines[(self._section, n, "says", len(self._item["says"]) - 1)] = number
            self._grow(self._item["says"], len(self._item["says"]) - 1, number)
        elif self._section == "":
            self._plain(number, text)
        elif self._section != "unknown":
            self._fault(number, "A list item that belongs to nothing.", "Write the heading of its point (###) above it.")

    def _plain(self, number: int, line: str) -> None:
        key = KEY.fullmatch(line.strip())
        name = re.sub(r"[ -]+", "_", key[1].lower()) if key else ""
        allowed = KEYS.get(self._section, set[str]())
        if key and name in allowed:
            self._say(number, name, (key[2] or "").strip())
        elif key and allowed and not line.startswith(" "):
            self._fault(number, f"“{short(key[1], 40)}” is nothing that can be said here.", f"Here: {', '.join(sorted(allowed))}.")
        elif self._open is not None:
            self._more(line.strip())
        elif self._section != "unknown":
            self._fault(number, "This line belongs to nothing.", "Begin it with “- ”, with a key, or with a heading.")

    def _say(self, number: int, name: str, text: str) -> None:
        draft = self.drafts[-1]
        value: Any = names(text) if name in LISTS else text
        self._end()
        if self._section == "":
            found = draft.put(name, value, number)
            if found:
                self.faults.append(found)
            elif name not in LISTS:
                self._grow(draft.data, name, number)
        elif self._item is None:
            self._fault(number, f"“{name}” belongs to nothing.", "Write it below the point, misconception or form that it belongs to.")
        else:
            name = "follow_up" if name == "ask" else name
            if name in self._item:
                self._fault(number, f"“{name}” is said twice.", "Keep one.")
            draft.count(len(value) if name in LISTS else 0, number)
            self._item[name] = value
            draft.lines[(self._section, len(draft.data[self._section]) - 1, name)] = number
            if name not in LISTS:
                self._grow(self._item, name, number)


def _unclosed(heading: str) -> str:
    """Without the signs that some write behind a heading too; ``C#`` keeps its own."""
    left = heading.rstrip("#")
    return (left if not left or left[-1].isspace() else heading).strip()
