"""The sides of a question that a candidate would ask, against authored labels.

    python -m benchmarks asks [--rows N] [--write]

The questions (tests/prep/asks): those the rules were made with, those kept aside, and those on purpose in other words, also kept aside. One
author wrote questions, labels and rules: the agreement is with that author's reading. "Could not judge" counts as disagreement in the
first κ and is left out of the second; a label "?" (either would do) is left out of both.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import yaml

from benchmarks.measures import cohen
from benchmarks.public import ROOT, Options
from benchmarks.tables import Report
from greenroom.bank.question import Round
from greenroom.prep.asks.judge import SIDES, Judgement, Side, judge
from greenroom.prep.asks.signs import WeakId

FOLDER = ROOT / "tests/prep/asks"
SETS = {"made": "the rules were made with", "aside": "kept aside", "fresh": "in other words, kept aside"}
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
    report = Report("asks")
    report.say("Single author of questions, labels and rules: agreement with that author's reading.")
    found = {name: [(row, judge(row.ask, row.round)) for row in labelled(name)[: options.rows]] for name in SETS}
    _sides(report, found)
    _weak(report, found)
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
