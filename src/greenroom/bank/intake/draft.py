"""A question as it stands in a file that is no pack: plain data and its lines. It becomes a question, or faults with their lines.

What the file leaves out is filled (``fill.py``) with the placeholder that ``bank check`` asks for; what it says wrongly is a fault.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from greenroom.bank.bank import Fault
from greenroom.bank.cures.values import place, value_faults
from greenroom.bank.intake.fill import fill_sections, fill_texts
from greenroom.bank.intake.limits import ENTRIES_LIMIT, FILE_ENTRIES_LIMIT, Budget
from greenroom.bank.question import Level, Question, Value
from greenroom.bank.read import FILES_LIMIT
from greenroom.bank.source import SourceFault, short
from greenroom.bank.wording import Path, text_fault, texts

AN_ID = "Give it an `id`: lower-case letters, digits and hyphens, 64 at most."


@dataclass
class Draft:
    """``data``: keys as in a question's file, but ``plain`` and ``technical`` at the top and ``follow_up`` within its point.

    ``lines``: where each part stands; the line of the nearest known part stands for one that is not known.
    ``entries``: those of all its lists; ``budget``: what its file may still hold, shared with the other drafts of it.
    """

    file: str
    line: int
    data: dict[str, Any] = field(default_factory=dict)
    lines: dict[Path, int] = field(default_factory=dict)
    budget: Budget = field(default_factory=Budget)
    entries: int = 0

    def put(self, key: str, value: object, line: int) -> Fault | None:
        """A value that may stand once."""
        if key in self.data:
            return self.fault((), f"“{key.replace('_', ' ')}” is given twice (first in line {self.line_of((key,))}).", "Keep one.", line)
        self.count(len(value) if isinstance(value, list) else 0, line)
        self.data[key], self.lines[(key,)] = value, line
        return None

    def add(self, key: str, value: Any, line: int) -> None:
        """One more of a list, with the lists in it. Raises SourceFault."""
        inner = value.values() if isinstance(value, dict) else ()
        self.count(1 + sum(len(each) for each in inner if isinstance(each, list)), line)
        kept: list[Any] = self.data.setdefault(key, [])
        self.lines[(key, len(kept))] = line
        kept.append(value)

    def count(self, more: int, line: int) -> None:
        """So many more entries of its lists. Raises SourceFault where they are too many of the question or of the file."""
        self.entries += more
        self.budget.entries -= more
        if self.entries > ENTRIES_LIMIT:
            what = f"More than {ENTRIES_LIMIT} points, phrasings and other entries in one question."
            raise SourceFault(self.fault((), what, "Make several questions of it.", line))
        if self.budget.entries < 0:
            what = f"More than {FILE_ENTRIES_LIMIT} points, phrasings and other entries in one file."
            raise SourceFault(self.fault((), what, "Split it into several files.", line))

    def line_of(self, path: Path) -> int:
        return next((self.lines[path[:n]] for n in range(len(path), 0, -1) if path[:n] in self.lines), self.line)

    def fault(self, path: Path, what: str, cure: str, line: int | None = None) -> Fault:
        return Fault(file=self.file, line=line or self.line_of(path), what=short(what, 300), cure=cure)


def begin(drafts: list[Draft], file: str, line: int, data: dict[str, Any], budget: Budget) -> Draft:
    """One more draft, where its ``data`` stand in one line. Raises SourceFault where a pack may have no more questions."""
    if len(drafts) >= FILES_LIMIT:
        raise SourceFault(Fault(file=file, line=line, what=f"More than {FILES_LIMIT} questions.", cure="Make several packs of it."))
    drafts.append(Draft(file, line, data, {(key,): line for key in data}, budget))
    return drafts[-1]


def names(text: str) -> list[str]:
    """The ids in ``a, b c``."""
    return [name for name in re.split(r"[,;\s]+", text) if name]


class Defaults(Value):
    """What stands for a question that does not say it; None: the file has to."""

    topic: str | None = None
    level: Level | None = None


def finish(draft: Draft, defaults: Defaults) -> tuple[Question | None, list[Fault]]:
    """The question that a draft makes, or every fault of it."""
    faults = list(_needed(draft, defaults))
    fill_texts(draft.data)
    faults += [draft.fault(path, *found) for path, text in texts(draft.data) if (found := text_fault(text))]
    faults += _ids(draft)
    fill_sections(draft.data)
    try:
        question = Question.model_validate(_shaped(draft))
    except ValidationError as error:
        return None, [*faults, *_shape_faults(draft, error)]
    return (None if faults else question), faults


def _needed(draft: Draft, defaults: Defaults) -> Iterator[Fault]:
    if not draft.data.get("ask"):
        yield draft.fault((), "The question itself is missing.", "Say how an interviewer asks it.")
    for key, given, shape in (
        ("topic", defaults.topic, "a short name like `serving`"),
        ("level", defaults.level, "foundation, practitioner or expert"),
    ):
        if not draft.data.get(key):
            if given is None:
                cure = f"Say it in the file, or for all questions that name none: --{key} {key.upper()} ({shape})."
                yield draft.fault((), f"It has no {key}.", cure)
            draft.data[key] = given or {"topic": "none", "level": "foundation"}[key]


def _ids(draft: Draft) -> Iterator[Fault]:
    """Ids used twice in the question, and forms that name none of its points."""
    seen: dict[str, Path] = {}
    for key in ("key_points", "misconceptions"):
        for n, item in enumerate(draft.data.get(key, [])):
            name, first = item["id"], seen.setdefault(item["id"], (key, n))
            if first != (key, n):
                what = f"The id “{name}” is used twice in this question (first in line {draft.line_of(first)})."
                yield draft.fault((key, n), what, "Give it an `id` of its own.")
    points = {item["id"] for item in draft.data.get("key_points", [])}
    cure = f"Its points: {short(', '.join(sorted(points)), 200) or 'none'}."
    for n, form in enumerate(draft.data.get("forms", [])):
        for unknown in (i for key in ("adds", "drops") for i in form.get(key, []) if i not in points):
            yield draft.fault(("forms", n), f"“{unknown}” is no key point of this question.", cure)


def _shaped(draft: Draft) -> dict[str, Any]:
    """The data as a question's file has it, in the order of one."""
    data = dict(draft.data)
    points, wrong = data.pop("key_points", []), data.pop("misconceptions", [])
    made: dict[str, Any] = {key: data.pop(key) for key in ("id", "topic", "level", "kind", "ask", "listens_for") if key in data}
    made["forms"] = [{"id": form["id"], "ask": form["ask"], "source": "pack", **form} for form in data.pop("forms", [])]
    made["key_points"] = [_in_order(item, ("id", "point", "weight", "essential", "says", "because", "source")) for item in points]
    made["misconceptions"] = [_in_order(item, ("id", "claim", "says", "correction", "source")) for item in wrong]
    made["follow_ups"] = [{"point_id": point["id"], "ask": point["follow_up"]} for point in points if point.get("follow_up")]
    made["model_answers"] = {key: data.pop(key) for key in ("plain", "technical")}
    return {**made, **data}


def _in_order(item: dict[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    return {key: item[key] for key in keys if key in item}


def _shape_faults(draft: Draft, error: ValidationError) -> Iterator[Fault]:
    for found, what, cure in value_faults(Question, error):
        path = found[1:] if found[:1] == ("model_answers",) else found
        yield draft.fault(path, f"{place(path)}: {what}", AN_ID if path[-1:] == ("id",) else cure)
