"""What a person prepares with of their own, against authored labels: questions looked at, sentences of stories put into parts, which
question a story serves, which story an answer told.

    python -m benchmarks own [--rows N] [--write]

Questions (tests/prep/asks): those the rules were made with, those kept aside, and those on purpose in other words, also kept aside; "could
not judge" counts as disagreement in the first κ and is left out of the second, a label "?" (either would do) is left out of both. Stories
are those of tests/assess/stories, labelled sentence by sentence in tests/prep/placed.yaml and told again freely in tests/prep/retold.yaml.
One author wrote questions, stories, labels and rules: the agreement is with that author's reading.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import yaml

from benchmarks.measures import cohen
from benchmarks.public import ROOT, Options
from benchmarks.tables import Report
from greenroom.assess.reading.clauses import sentences
from greenroom.assess.star.telling import read_line
from greenroom.bank.load import load_bank
from greenroom.bank.question import Round
from greenroom.llm.words import content
from greenroom.prep.asks.judge import SIDES, Judgement, Side, judge
from greenroom.prep.asks.signs import WeakId
from greenroom.prep.story import ORDER, Part, Story, place
from greenroom.prep.use import Matcher, find_told

FOLDER, STORIES, OWN = ROOT / "tests/prep/asks", ROOT / "tests/assess/stories", ROOT / "tests/prep"
PACK = ROOT / "src/greenroom/packs/behavioural"
SETS = {"made": "the rules were made with", "aside": "kept aside", "fresh": "in other words, kept aside"}
STORY_SETS = {
    "made": "looked at while it was made",
    "aside": "kept aside",
    "later": "in other words",
    "fresh": "in other words, kept aside",
}
LETTERS: dict[str, Part] = {"S": "situation", "T": "task", "A": "action", "R": "result", "L": "reflection"}
NONE = ("waffle", "hypothetical", "off_question", "opinion", "textbook", "self_praise", "ramble", "weak")
"""Kinds that tell nothing, or of nothing of the field: they serve no question."""
NOON = datetime(2025, 3, 1, 12, tzinfo=UTC)
WEAK: tuple[WeakId, ...] = ("pay", "searchable", "yes-no", "several", "self", "trap", "verdict")


class Labelled(NamedTuple):
    round: Round
    ask: str
    sides: dict[Side, str]
    weak: tuple[str, ...]


def labelled(name: str) -> list[Labelled]:
    rows = yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    return [Labelled(row["round"], row["ask"], {side: row[side] for side in SIDES}, tuple(row["weak"])) for row in rows]


def run(options: Options) -> Report:
    report = Report("own")
    report.say("Single author of questions, labels and rules: agreement with that author's reading.")
    found = {name: [(row, judge(row.ask, row.round)) for row in labelled(name)[: options.rows]] for name in SETS}
    _sides(report, found)
    _weak(report, found)
    _placing(report)
    _serving(report)
    _telling(report)
    return report


def given(said: Judgement, side: Side) -> str:
    verdict = said.side(side)
    return "?" if verdict is None or verdict.good is None else "y" if verdict.good else "n"


def kappa(pairs: Sequence[tuple[str, str]]) -> float | None:
    """None where everything has one label on both sides: there is nothing to agree on."""
    return float(cohen([a for a, _ in pairs], [b for _, b in pairs])) if len({x for pair in pairs for x in pair}) > 1 else None


def _sides(report: Report, found: dict[str, list[tuple[Labelled, Judgement]]]) -> None:
    report.say("### Agreement by side")
    rows: list[list[object]] = []
    for name, held in found.items():
        for side in SIDES:
            pairs = [(row.sides[side], given(said, side)) for row, said in held if row.sides[side] != "?"]
            judged = [(a, b) for a, b in pairs if b != "?"]
            commonest = max(sum(a == label for a, _ in pairs) for label in "yn") / max(len(pairs), 1)
            same = sum(a == b for a, b in pairs) / max(len(pairs), 1)
            rows.append([SETS[name], side, len(pairs), same, commonest, kappa(pairs), len(judged) / max(len(pairs), 1), kappa(judged)])
    report.table(["questions", "side", "n", "same", "always the commonest label", "κ", "share judged", "κ of the judged"], rows)


def _weak(report: Report, found: dict[str, list[tuple[Labelled, Judgement]]]) -> None:
    report.say("### Weak signs")
    rows: list[list[object]] = []
    for name, held in found.items():
        for sign in WEAK:
            there = [sign in row.weak for row, _ in held]
            seen = [sign in {weak.id for weak in said.weak} for _, said in held]
            both = sum(a and b for a, b in zip(there, seen, strict=True))
            pairs = [(str(a), str(b)) for a, b in zip(there, seen, strict=True)]
            rows.append([SETS[name], sign, sum(there), sum(seen), both, kappa(pairs)])
    report.table(["questions", "sign", "labelled", "seen", "both", "κ"], rows)


def _stories(name: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = yaml.safe_load((STORIES / f"{name}.yaml").read_text(encoding="utf-8"))
    return rows


def _placing(report: Report) -> None:
    report.say("### Sentences of stories in their parts")
    labels = yaml.safe_load((OWN / "placed.yaml").read_text(encoding="utf-8"))
    rows: list[list[object]] = []
    for name, what in STORY_SETS.items():
        told = _stories(name)
        pairs: list[tuple[str, str]] = []
        blind: list[tuple[str, str]] = []
        for entry in labels[name]:
            lines = [read_line(piece) for piece in sentences(told[entry["story"]]["answer"])]
            for n, (label, part) in enumerate(zip(entry["parts"], place(lines), strict=True)):
                if label != "?":
                    pairs.append((LETTERS[label], part))
                    blind.append((LETTERS[label], ORDER[min(4, round(4 * n / max(len(lines) - 1, 1)))]))
        rows.append([what, len(pairs), sum(a == b for a, b in pairs) / len(pairs), kappa(pairs), kappa(blind)])
    report.table(["stories", "sentences", "same", "κ", "κ by place alone"], rows)


def _serving(report: Report) -> None:
    report.say("### The question that a story was written for, among those it is said to serve")
    matcher = Matcher(load_bank([PACK]).questions(), content)
    rows: list[list[object]] = []
    for name, what in STORY_SETS.items():
        good = [row for row in _stories(name) if row["kind"] not in NONE]
        found = [([each.question_id for each in matcher.serves(row["answer"])], row["question"]) for row in good]
        shares = [sum(own in ids[:most] for ids, own in found) / len(found) for most in (1, 3, 5)]
        rows.append([what, len(good), *shares, sum(len(ids) for ids, _ in found) / len(found)])
    report.table(["stories", "n", "first", "of three", "of five", "named, on average"], rows)


def _telling(report: Report) -> None:
    report.say("### Which story an answer told")
    every = {f"{name}{n}": row["answer"] for name in STORY_SETS for n, row in enumerate(_stories(name))}
    kept = [Story(story_id=key, title=key, text=text, made_at=NOON, changed_at=NOON) for key, text in every.items()]
    again = yaml.safe_load((OWN / "retold.yaml").read_text(encoding="utf-8"))
    found = [(f"{row['set']}{row['story']}", set(row["left"]), find_told(row["text"], kept, content)) for row in again]
    right = sum(told is not None and told.story_id == key for key, _, told in found)
    parts = sum(told is not None and set(told.left_parts) == left for _, left, told in found)
    false = sum(find_told(story.text, [other for other in kept if other is not story], content) is not None for story in kept)
    head = ["told again", "the right story of all", "exactly the parts left out", "stories given as answers", "another one seen in them"]
    report.table(head, [[len(found), right, parts, len(kept), false]])
