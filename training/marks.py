"""What the marker learns from: (answer, reference, mark) with a weight.

Graded answers of the train splits (the questions that ``pairs.py`` keeps out stay out) and the project's own (``graded``, ``marks``:
authored labels); answers to other questions of the same set; references and answers spoilt by rule (``junk.py``); some entailment data,
so that what the reader knows of the rest of the world stays. Test splits are never read.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from junk import SPOILS, renumbered, turned
from labelled import ROOT
from pairs import LONGEST, graded_rows, inferences, nearest

OWN = ("graded", "natural", "pointed")
SHARES = {"saf_en": 1.5, "semeval2013_beetle": 0.3, "semeval2013_scientsbank": 0.3, "graded": 1.0, "natural": 1.2, "pointed": 0.6}
"""How much a row of each set weighs. SAF has few and long ones, the SemEval sets many short ones of narrow subjects. *natural*: answers as
a class gives them; *pointed*: written so that neither length nor shared words tell the mark. With these at full weight marks on sets left
out got worse (docs/log.md).
"""
TIMES = {"graded": 2, "natural": 2, "pointed": 0.5}
"""How often a row is read in a pass; 1 where nothing is said."""
RULED = 10
"""One row in so many is also crossed with another question, and one spoilt by rule; a quarter as many echo the question, or the
reference.
"""
INFERENCES = 5000
KINDS = (
    "mnli_dev_matched", "cad_snli_counterfactual", "creak_explanation_claim", "entailmentbank_science", "scitail_test", "fever_symmetric",
    "negation_nli", "snli_dev_test",
)  # fmt: skip


class Mark(NamedTuple):
    """One example: ``mark`` 0..1 of the answer held against the reference, ``weight`` in the loss."""

    answer: str
    reference: str
    mark: float
    weight: float
    kind: str


def mark_of(row: dict[str, Any]) -> float:
    """The mark, 0..1: the finer one of ASAG2024 where the set has it."""
    return float(row.get("asag2024_grade", row["score"]))


def own_rows(name: str) -> list[dict[str, Any]]:
    """The project's authored answers with their authored marks; ``name``: one of OWN. A line of ``marks`` is a whole question."""
    paths = sorted((ROOT / "training").glob("graded/*.jsonl" if name == "graded" else f"marks/{name}-*.jsonl"))
    lines = [json.loads(line) for path in paths for line in path.open(encoding="utf-8")]
    return lines if name == "graded" else [{**line, **answer} for line in lines for answer in line["answers"]]


def evened(marks: Sequence[float]) -> Any:
    """Weights between one for all and an equal share for each tenth of the mark (as wRMSE weighs), at most four times the mean."""
    bins = np.minimum((np.array(marks) * 10).astype(int), 9)
    share = 1 / np.bincount(bins, minlength=10)[bins]
    return 0.5 * np.minimum(share / share.mean(), 4) + 0.5


def training_marks(seed: int, without: Sequence[str] = ()) -> list[Mark]:
    """Everything to learn from, shuffled. ``without``: sets to leave out, to see what transfers."""
    rng = random.Random(seed)
    found: list[Mark] = []
    for name in SHARES:
        if name not in without:
            rows = own_rows(name) if name in OWN else graded_rows(name, dev=False)
            rows = [row for row in rows if row["answer"].strip() and len(row["answer"]) < 2 * LONGEST]
            times = TIMES.get(name, 1)
            for _ in range(max(int(times), 1)):
                found += _of_set(name, rows if times >= 1 else rng.sample(rows, int(times * len(rows))), rng)
    known = [pair for pair in inferences(dev=False) if pair.cover in (0.0, 1.0) and pair.kind in KINDS]
    found += [Mark(pair.passage, pair.statement, float(pair.cover or 0), 0.3, "inference") for pair in rng.sample(known, INFERENCES)]
    rng.shuffle(found)
    return found


def _of_set(name: str, rows: list[dict[str, Any]], rng: random.Random) -> Iterator[Mark]:
    for row, weight in zip(rows, evened([mark_of(row) for row in rows]), strict=True):
        yield Mark(row["answer"], nearest(row), mark_of(row), SHARES[name] * float(weight), name)
    good = [row for row in rows if mark_of(row) >= 0.7]
    few = len(rows) // RULED
    for row, other in zip(rng.sample(good, min(few, len(good))), rng.sample(good, min(few, len(good))), strict=True):
        if row["question_id"] != other["question_id"]:
            yield Mark(row["answer"], nearest({**other, "answer": row["answer"]}), 0.0, 0.6, "crossed")
    for row in rng.sample(rows, few):
        rule = rng.choice([rule for rule, _ in SPOILS if rule not in (turned, renumbered)])  # these leave most of a long text right
        spoilt = rule(rng.choice((row["reference"], row["answer"])), rng)
        if spoilt:
            yield Mark(spoilt, row["reference"], 0.0, 0.6, "spoilt")
    for row in rng.sample(rows, few // 4):
        yield Mark(row["question"] or "I do not know.", row["reference"], 0.0, 0.5, "echo")
        yield Mark(row["reference"], row["reference"], 1.0, 0.5, "same")
