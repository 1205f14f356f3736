"""Natural answers to bank questions against authored labels (training/data): the case that counts.

    python -m benchmarks natural [--split dev|sealed-a] [--rows N] [--write]

Questions of *dev* and *sealed-a* are kept out of every training; the reader of 0.1 came before and has learnt from some of them. Opening
sealed-a is written down in training/data/sealed/OPENED.md. *Unsure* and *unscored* count as errors in accuracy and κ; the figures without
them stand beside, with their coverage. κ is linear over credit (wrong and missed 0, partial 1, hit 2). Intervals: 95 %, whole questions
drawn with replacement.
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from benchmarks.graders import TfIdf, shipped
from benchmarks.measures import interval, pearson
from benchmarks.public import ROOT, Options
from benchmarks.tables import Report, shown
from greenroom.assess.assessment import Assessment
from greenroom.assess.coverage import Coverage

sys.path.append(str(ROOT / "training"))

import corpus

if TYPE_CHECKING:
    from corpus import Answer

kappa = corpus.kappa
NOTHING = frozenset({"unsure", "unscored"})
CUTS = 24
"""Quantiles tried as cut-offs of a baseline."""
Rows = Sequence[int]


class Point(NamedTuple):
    """One key point of one answer. ``want``: the label; ``given``: the verdict; ``cues``: what the baselines see, by name."""

    answer: int
    question_id: str
    want: str
    asserted: bool
    given: str
    cues: dict[str, float]


class Held(NamedTuple):
    answers: list[Answer]
    said: list[Assessment]
    points: list[Point]


def run(options: Options) -> Report:
    split = options.split
    if split == "test":
        raise SystemExit("natural answers have the splits dev and sealed-a")
    if split == "sealed-a" and options.rows:
        raise SystemExit("sealed-a is opened for all of it, not for --rows")
    report = Report(f"natural-{split}")
    answers = corpus.parse(corpus.open_sealed("sealed-a", "benchmarks natural")) if split == "sealed-a" else corpus.read_split("dev")
    if options.rows:
        answers = answers[:: max(1, len(answers) // options.rows)]
    if not answers:
        report.lack("natural answers: there are none in this checkout")
        return report
    held = hold(answers)
    questions = len({answer.question_id for answer in answers})
    report.say(f"{split}: {len(answers)} answers, {questions} questions, {len(held.points)} verdicts; labels are authored.")
    figures = _agreement(report, held)
    if split == "sealed-a":
        corpus.note_opening(f"  {figures}")
    _errors(report, held)
    _groups(report, "kind", held, [answer.kind for answer in answers])
    _groups(report, "voice", held, [answer.voice for answer in answers])
    _groups(report, "trait", held, [", ".join(answer.plan.traits) or "none" for answer in answers], split=", ")
    return report


def hold(answers: Sequence[Answer]) -> Held:
    """Every answer assessed, and what the baselines see of each point."""
    print(f"    assessing {len(answers)} answers …", file=sys.stderr, flush=True)
    assessor, cosine, points, said = Coverage.load(), shipped(), list[Point](), list[Assessment]()
    words = TfIdf(text for a in answers for text in (a.answer, *(p.point for p in corpus.rubric(a).points)))
    for n, answer in enumerate(answers):
        rubric = corpus.rubric(answer)
        found = assessor.assess(rubric, answer.answer)
        said.append(found)
        verdicts = {point.id: point.verdict.value for point in found.points}
        for point, near in zip(rubric.points, cosine.of_points(rubric, answer.answer), strict=True):
            label = answer.label.points[point.id]
            cues = {
                "shared words": _shared(point.point, answer.answer), "TF-IDF": words.cosine(point.point, answer.answer), "cosine": near,
            }  # fmt: skip
            given = verdicts.get(point.id, "unscored")
            points.append(Point(n, answer.question_id, label.verdict, label.asserted, given, cues))
    return Held(list(answers), said, points)


def _shared(point: str, answer: str) -> float:
    """The share of the point's longer words that the answer has."""
    wanted = {word for word in point.lower().split() if len(word) > 3}
    return len(wanted & set(answer.lower().split())) / max(len(wanted), 1)


def accuracy(want: Sequence[str], given: Sequence[str]) -> float:
    return float(np.mean([a == b for a, b in zip(want, given, strict=True)])) if want else float("nan")


def _agreement(report: Report, held: Held) -> str:
    """Overall and verdicts: greenroom, the blind baselines, and the second reader where there is one. Returns greenroom's, in a line."""
    answers, points = held.answers, held.points
    want = [p.want for p in points]
    groups, group_of = [a.question_id for a in answers], [p.question_id for p in points]
    overall = np.array([answer.label.overall for answer in answers], float)
    middling = [n for n, p in enumerate(points) if answers[p.answer].kind == "middling"]
    rows: list[tuple[object, ...]] = []

    def row(name: str, figure: Any, given: Sequence[str]) -> None:
        r = _with(pearson, list(overall), list(figure), groups) if figure is not None else ""
        acc, kap = _with(accuracy, want, given, group_of), _with(kappa, want, given, group_of)
        rows.append((name, r, acc, kap, _with(accuracy, _at(want, middling), _at(given, middling), _at(group_of, middling))))

    row("greenroom", np.array([found.overall or 0.0 for found in held.said]), [p.given for p in points])
    lengths = np.log1p([answer.words for answer in answers])
    commonest = Counter(want).most_common(1)[0][0]
    row(f"always *{commonest}*", None, [commonest] * len(points))
    row("length only, best cut-offs", lengths, cut([lengths[p.answer] for p in points], want))
    for cue in ("shared words", "TF-IDF", "cosine"):
        values = [p.cues[cue] for p in points]
        row(
            f"{cue}, best cut-offs",
            [np.mean([p.cues[cue] for p in points if p.answer == n]) for n in range(len(answers))],
            cut(values, want),
        )
    right = f"right on middling answers ({len(middling)} verdicts)"
    report.table(("", "overall, Pearson", "verdicts right, four ways", "κ, linear", right), rows)
    known = [n for n, p in enumerate(points) if p.given not in NOTHING]
    left = _at(want, known), _at([p.given for p in points], known)
    sure = f"{shown(accuracy(*left))}, κ {shown(kappa(*left))}"
    report.say(f"Without *unsure* and *unscored*: {sure}, on {len(known) / len(points):.1%} of the verdicts.")
    _second(report, answers)
    return f"overall, Pearson {rows[0][1]}; verdicts {rows[0][2]}; κ {rows[0][3]}; middling {rows[0][4]}; without unsure {sure}"


def _second(report: Report, answers: Sequence[Answer]) -> None:
    """The ceiling: a second, independent reader of a part of the answers."""
    twice = [(a.first, a.second) for a in answers if a.second is not None]
    if not twice:
        report.lack("the second reader: none of these answers was read twice")
        return
    one = [first.points[name].verdict for first, second in twice for name in first.points]
    two = [second.points[name].verdict for first, second in twice for name in first.points]
    r = pearson([first.overall for first, _ in twice], [second.overall for _, second in twice])
    report.say(
        f"Two readers of {len(twice)} of them, before a third decided: Pearson {r:.3f}, "
        f"verdicts {accuracy(one, two):.3f}, κ {kappa(one, two):.3f} "
        f"({len(one)} verdicts)."
    )


def _errors(report: Report, held: Held) -> None:
    """What people complain of: credit for the opposite, what was said and not found, misconceptions."""
    points, answers = held.points, held.answers
    own = [p for p in points if "analogy" in answers[p.answer].plan.traits and p.want == "hit"]
    named = [(set(a.label.misconceptions), {m.id for m in found.misconceptions}) for a, found in zip(answers, held.said, strict=True)]
    both = sum(len(want & given) for want, given in named)
    credited = {"hit", "partial"}
    rows = [
        ("*wrong*: precision", *_share([p.want == "wrong" for p in points if p.given == "wrong"])),
        ("*wrong*: recall", *_share([p.given == "wrong" for p in points if p.want == "wrong"])),
        ("contradicted points credited", *_share([p.given in credited for p in points if p.want == "wrong"])),
        ("not asserted, credited", *_share([p.given in credited for p in points if not p.asserted])),
        ("points made in answers with own terms and analogies: found", *_share([p.given in credited for p in own])),
        ("*partial*: recall", *_share([p.given == "partial" for p in points if p.want == "partial"])),
        ("misconceptions: precision", both / max(sum(len(given) for _, given in named), 1), sum(len(given) for _, given in named)),
        ("misconceptions: recall", both / max(sum(len(want) for want, _ in named), 1), sum(len(want) for want, _ in named)),
    ]
    report.table(("", "share", "of"), rows)


def _groups(report: Report, what: str, held: Held, names: Sequence[str], split: str | None = None) -> None:
    members = defaultdict[str, list[int]](list)
    for n, name in enumerate(names):
        for each in name.split(split) if split else [name]:
            members[each].append(n)
    rows = []
    for name, numbers in sorted(members.items()):
        inside = set(numbers)
        points = [p for p in held.points if p.answer in inside]
        want, given = [p.want for p in points], [p.given for p in points]
        marks = [held.answers[n].label.overall for n in numbers], [held.said[n].overall or 0.0 for n in numbers]
        rows.append((name, len(numbers), float(np.mean(marks[0])), float(np.mean(marks[1])), accuracy(want, given), kappa(want, given)))
    report.table((what, "answers", "mean mark", "mean score", "verdicts right", "κ"), rows)


def cut(values: Sequence[float], want: Sequence[str]) -> list[str]:
    """Missed, partial and hit by the two cut-offs that give the highest κ on these very points: flattering."""
    tried = np.unique(np.quantile(values, np.linspace(0, 1, CUTS)))
    best = max(((a, b) for n, a in enumerate(tried) for b in tried[n:]), key=lambda pair: kappa(want, _named(values, *pair)))
    return _named(values, *best)


def _named(values: Iterable[float], low: float, high: float) -> list[str]:
    return ["hit" if value >= high else "partial" if value >= low else "missed" for value in values]


def _share(found: Sequence[bool]) -> tuple[float, int]:
    return (float(np.mean(found)) if found else float("nan")), len(found)


def _at(values: Sequence[Any], rows: Rows) -> list[Any]:
    return [values[n] for n in rows]


def _with(measure: Callable[[Any, Any], float], a: Sequence[Any], b: Sequence[Any], groups: Sequence[str]) -> str:
    """The figure with its interval."""
    low, high = interval(groups, partial(_drawn, measure, a, b))
    return f"{shown(measure(a, b))} ({shown(low)} to {shown(high)})"


def _drawn(measure: Callable[[Any, Any], float], a: Sequence[Any], b: Sequence[Any], rows: Rows) -> float:
    return measure(_at(a, rows), _at(b, rows))
