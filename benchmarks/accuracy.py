"""Against people, on questions never seen: SciEntsBank, Beetle, SAF and ArgKP, beside the blind baselines.

    python -m benchmarks accuracy [--split dev|test] [--rows N] [--write]

Scores come from ``greenroom.assess.grade.grade``; thresholds and the rising map to SAF's marks are chosen on train rows only, for every
grader alike. ``dev`` is a fifth of the train questions, which training/pairs.py keeps out: free to look at. ``test``
is meant to be run once a release. An answer on which the assessor abstains counts as 0; how many did is in the table.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from benchmarks import argkp
from benchmarks.graders import TfIdf, find_judge, find_plain, greenroom, length, named, shipped
from benchmarks.measures import best_cut, cut_points, interval, isotonic, macro_f1, pearson, rmse, wrmse
from benchmarks.public import DATA, SETS, Options, Row, fitting, measured, references, sample
from benchmarks.tables import Report, shown
from greenroom.assess.assessor import Assessor
from greenroom.assess.coverage import Coverage

FIT_ROWS = 800
"""Train rows of each set that thresholds are chosen on."""
CLASSES = ("correct", "contradictory", "incorrect")
OURS = "greenroom"
TWO_WAY = {
    ("SciEntsBank", "UA"): (".768; RoBERTa-large .830", ".83"),
    ("SciEntsBank", "UQ"): (".737", ".80"),
    ("SciEntsBank", "UD"): (".705", ".80"),
    ("Beetle", "UA"): (".833; RoBERTa-base .911", ".90"),
    ("Beetle", "UQ"): (".720", ".80"),
}
"""(published, aim): the best of SemEval 2013 task 7; the later models' epoch was picked on the test split."""
THREE_WAY = {
    ("SciEntsBank", "UA"): (".643; BERTs about .72", ".74"),
    ("SciEntsBank", "UQ"): (".469", ".62"),
    ("SciEntsBank", "UD"): (".487", ".62"),
}
MARKS = {("SAF", "UA"): ("RMSE .269; people .099", "RMSE .20"), ("SAF", "UQ"): ("RMSE .248; people .086", "RMSE .20")}
"""SAF: T5 with the question, on version 1 of the data."""


class Figures(NamedTuple):
    """One grader over some rows. ``against``: a second figure for *contradictory*; the score itself where a grader has no other."""

    score: Any
    against: Any
    abstained: float = 0.0


class Part(NamedTuple):
    """Rows of one split with what each grader made of them and of the rows that thresholds are chosen on."""

    name: str
    split: str
    rows: list[Row]
    fit_rows: list[Row]
    graders: dict[str, tuple[Figures, Figures]]
    """By name: (on the fitting rows, on the measured rows)."""


Grader = Callable[[Sequence[Row]], Figures]


def run(options: Options) -> Report:
    report = Report(f"accuracy-{options.split}")
    if not (DATA / "asag").exists():
        report.lack("all of accuracy: no folder asag in GREENROOM_BENCH_DATA (default ../shared/data)")
        return report
    if options.split == "test":
        report.say("Test splits: run once a release, after everything was decided on the development split.")
    else:
        report.say(
            "Development split: a fifth of the train questions, kept out of the training of reader and marker; the two weights of plain "
            "marks were fitted on up to 700 rows a set of it, and it was looked at while choosing: flattering."
        )
    coverage = Coverage.load()
    blind = _blind(report) | _judge(report, options)
    parts = [part for name in ("SciEntsBank", "Beetle", "SAF") for part in _parts(name, options, blind, coverage, report)]
    _classes(report, parts, "2-way macro-F1", TWO_WAY, two_way)
    _classes(report, [part for part in parts if part.name == "SciEntsBank"], "3-way macro-F1", THREE_WAY, three_way)
    _marks(report, parts)
    argkp.run(report, options, coverage, blind)
    return report


def _blind(report: Report) -> dict[str, Grader]:
    cosine, plain = shipped(), find_plain()
    found: dict[str, Grader] = {"length only": lambda rows: alone(length(rows)), "encoder's cosine": lambda rows: alone(cosine(rows))}
    if isinstance(plain, str):
        report.lack(f"accuracy: {plain}")
    else:
        found["plain encoder's cosine"] = lambda rows: alone(plain(rows))
    return found


def _judge(report: Report, options: Options) -> dict[str, Grader]:
    """The connected chat model as one more grader; in samples only, for it is asked several times about each sentence of each reference."""
    judge = find_judge()
    if isinstance(judge, str):
        report.lack(f"accuracy: {judge}")
        return {}
    if options.rows is None:
        report.lack("accuracy: a chat model is connected, but takes too long over all rows: use --rows N")
        return {}
    return {f"judge {named(judge)}": ours(judge)}


def alone(score: Any) -> Figures:
    return Figures(score, score)


def ours(assessor: Assessor, verdicts: bool = False) -> Grader:
    def call(rows: Sequence[Row]) -> Figures:
        print(f"    grading {len(rows)} rows …", file=sys.stderr, flush=True)
        held = greenroom(assessor, rows, verdicts)
        return Figures(np.array([g.score for g in held]), np.array([g.against for g in held]), float(np.mean([g.abstained for g in held])))

    return call


def _parts(name: str, options: Options, blind: dict[str, Grader], coverage: Coverage, report: Report) -> list[Part]:
    try:
        fit_rows = sample(fitting(name, options.split), options.rows or FIT_ROWS, f"{name}/fit")
        splits = {split: sample(rows, options.rows, f"{name}/{split}") for split, rows in measured(name, options.split).items()}
    except FileNotFoundError as error:
        report.lack(f"{name}: {SETS[name]}/{error.filename.rsplit('/', 1)[-1]} is missing")
        return []
    words = TfIdf(text for row in fit_rows for text in (row["answer"], *references(row)))
    graders: dict[str, Grader] = {
        OURS: ours(coverage, verdicts=name == "SciEntsBank"),
        **blind,
        "TF-IDF cosine": lambda rows: alone(words(rows)),
    }
    fitted = {label: grader(fit_rows) for label, grader in graders.items()}
    return [
        Part(name, split, rows, fit_rows, {label: (fitted[label], grader(rows)) for label, grader in graders.items()})
        for split, rows in splits.items()
    ]


def two_way(part: Part, fit: Figures, held: Figures) -> tuple[Any, Any, Sequence[Any]]:
    """(truth, guess, classes): correct or not, by one threshold."""
    want = np.array([row["label_2way"] == "correct" for row in part.fit_rows])
    cut = best_cut(fit.score, lambda t: macro_f1(want, fit.score >= t, (True, False)))
    return np.array([row["label_2way"] == "correct" for row in part.rows]), held.score >= cut, (True, False)


def three_way(part: Part, fit: Figures, held: Figures) -> tuple[Any, Any, Sequence[Any]]:
    """Correct by one threshold; below it contradictory by another, on ``against`` or on the score, whichever fits train rows better."""
    want = np.array([row["label_3way"] for row in part.fit_rows])
    best = (-1.0, 0.0, 0.0, False)
    for by_score in (False, True):
        other = fit.score if by_score else fit.against
        for high in cut_points(fit.score, 40):
            for low in cut_points(other, 40):
                best = max(best, (macro_f1(want, thirds(fit.score, other, high, low), CLASSES), high, low, by_score))
    _, high, low, by_score = best
    return np.array([r["label_3way"] for r in part.rows]), thirds(held.score, held.score if by_score else held.against, high, low), CLASSES


def thirds(score: Any, other: Any, high: float, low: float) -> Any:
    return np.where(score >= high, CLASSES[0], np.where(other >= low, CLASSES[1], CLASSES[2]))


def _classes(report: Report, parts: Sequence[Part], title: str, known: dict[tuple[str, str], tuple[str, str]], decide: Any) -> None:
    """A table with a line a split: ours with its interval, each baseline, always the commonest class, published, aim."""
    parts = [part for part in parts if part.name != "SAF"]
    if not parts:
        return
    names = list(parts[0].graders)
    report.say(f"### {title}")
    rows = []
    for part in parts:
        found: list[object] = []
        for label in names:
            truth, guess, classes = decide(part, *part.graders[label])
            value = macro_f1(truth, guess, classes)
            found.append(with_interval(part, value, truth, guess, classes) if label == OURS else value)
        common = max(classes, key=lambda name: (truth == name).sum())
        held = part.graders[OURS][1]
        published, aim = known.get((part.name, part.split), ("", ""))
        rows.append([part.name, part.split, len(part.rows), *found, macro_f1(truth, np.full(len(truth), common), classes),
                     held.abstained, published, aim])  # fmt: skip
    report.table(["set", "split", "rows", f"{names[0]} [95 %]", *names[1:], "commonest class", "abstained", "published", "aim"], rows)


def with_interval(part: Part, value: float, truth: Any, guess: Any, classes: Sequence[Any]) -> str:
    low, high = interval([row["question_id"] for row in part.rows], lambda k: macro_f1(truth[k], guess[k], classes))
    return f"**{shown(value)}** [{shown(low)}, {shown(high)}]"


def _marks(report: Report, parts: Sequence[Part]) -> None:
    """RMSE, wRMSE and Pearson of the marks, each grader through a rising map fitted on train rows; ours also as it is."""
    if not parts:
        return
    report.say("### Marks 0..1: RMSE, wRMSE and Pearson, through a rising map fitted on train rows")
    rows: list[list[object]] = []
    for part in parts:
        y, fit_y = (np.array([row["score"] for row in found], float) for found in (part.rows, part.fit_rows))
        guesses: dict[str, Any] = {"mean": np.full(len(y), fit_y.mean()), "constant .5": np.full(len(y), 0.5)}
        for label, (fit, held) in part.graders.items():
            guesses[label] = isotonic(fit.score, fit_y)(held.score)
        guesses[f"{OURS}, no map"] = part.graders[OURS][1].score
        groups = [row["question_id"] for row in part.rows]
        for label in sorted(guesses, key=lambda label: not label.startswith(OURS)):
            low, high = interval(groups, lambda k, g=guesses[label], y=y: rmse(y[k], g[k]))  # type: ignore[misc]
            published, aim = MARKS.get((part.name, part.split), ("", "")) if label == OURS else ("", "")
            error = f"{shown(rmse(y, guesses[label]))} [{shown(low)}, {shown(high)}]"
            rows.append([part.name, part.split, label, error, wrmse(y, guesses[label]), pearson(y, guesses[label]), published, aim])
    report.table(["set", "split", "grader", "RMSE [95 %]", "wRMSE", "Pearson", "published", "aim"], rows)
