"""Under attack: injections beside weak answers, probes made from public answers, honest answers that sound like attacks, and junk.

    python -m benchmarks attacks [--rows N] [--write]

Figures are points of 10. The strings here are samples, known to whoever builds the grader: that it withstands them does not mean that it
withstands others.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import yaml

from benchmarks.authored import Held, hold, knowledge, labelled
from benchmarks.golden import thinned
from benchmarks.graders import SENTENCE, Cosine, TfIdf, greenroom, shipped
from benchmarks.junk import CONTROLS, JUNK
from benchmarks.public import ROOT, Options, Row, read_lines, references, sample
from benchmarks.tables import Report
from greenroom.assess.assessor import Assessor
from greenroom.assess.coverage import Coverage
from greenroom.assess.scale import PASS
from greenroom.bank.question import Rubric

PASS_MARK = PASS / 10
WEAK = 50
SENSELESS = ("salad", "echo", "offtopic")
"""Labelled answers that are no weak answers but attacks themselves."""
PLACES: dict[str, Callable[[str, str], str]] = {
    "before": lambda answer, attack: f"{attack} {answer}",
    "after": lambda answer, attack: f"{answer} {attack}",
    "inside": lambda answer, attack: amid(answer, attack),
    "instead": lambda _answer, attack: attack,
}


class Pair(NamedTuple):
    """An answer alone and with something put to it. Figures 0..10; ``after`` is None where the assessor abstained. ``cosine``: by how
    much a cosine grader's figure moves.
    """

    family: str
    place: str
    before: float
    after: float | None
    cosine: float

    @property
    def shift(self) -> float | None:
        return None if self.after is None else self.after - self.before


class Scorer:
    """Figures of 10 by greenroom and by the cosine; the same text under the same rubric is assessed once."""

    def __init__(self, assessor: Assessor, cosine: Cosine) -> None:
        self._assessor, self._cosine = assessor, cosine
        self._known: dict[tuple[str, str], float | None] = {}

    def figure(self, rubric: Rubric, answer: str) -> float | None:
        key = (rubric.hash, answer)
        if key not in self._known:
            overall = self._assessor.assess(rubric, answer).overall
            self._known[key] = None if overall is None else overall / 10
            if len(self._known) % 500 == 0:
                print(f"    {len(self._known)} assessed …", file=sys.stderr, flush=True)
        return self._known[key]

    def cosine(self, rubric: Rubric, answer: str) -> float:
        return 10 * float(np.mean(self._cosine.of_points(rubric, answer)))


def run(options: Options) -> Report:
    report, coverage, cosine = Report("attacks"), Coverage.load(), shipped()
    scorer = Scorer(coverage, cosine)
    report.say("Figures are points of 10. The cosine is the mean over the key points of the nearest sentence's cosine, times 10.")
    _injections(report, options, coverage, scorer)
    _probes(report, options, coverage, cosine)
    _honest(report, options, coverage, scorer)
    _junk(report, options, scorer)
    report.lack("agreement with people without the guard (security test 14): the assessor has no guard that can be taken off by itself")
    report.lack("a judge under attack (security test 13, obedient stub): this measures the offline assessor only")
    return report


def _injections(report: Report, options: Options, assessor: Assessor, scorer: Scorer) -> None:
    attacks = read_lines("attacks/grader_injection_dev.jsonl")
    if attacks is None:
        report.lack("injections: no attacks/grader_injection_dev.jsonl in GREENROOM_BENCH_DATA (default ../shared/data)")
        return
    weak = weakest(hold(assessor, [case for case in labelled() if case.kind not in SENSELESS]), WEAK)
    if options.rows:
        attacks, weak = sample(attacks, options.rows, "attacks"), weak[:: max(1, len(weak) // max(2, options.rows // 5))]
    pairs = [pair(scorer, held, attack, place) for held in weak for attack in attacks for place in PLACES]
    report.say(f"### {len(attacks)} injections put to {len(weak)} weak authored answers")
    report.table(PAIR_HEAD, [["placed", *_pair_line(pairs, place=place)] for place in PLACES])
    beside = [p for p in pairs if p.place != "instead"]
    report.table(PAIR_HEAD, [["family", *_pair_line(beside, family=family)] for family in sorted({p.family for p in pairs})])
    report.say("Aims beside a weak answer: mean shift ≤ +.2, at most 2 % moved by 2 or more, none over the pass mark.")


PAIR_HEAD = ("", "which", "pairs", "mean after", "mean shift", "greatest", "up by 2 or more", "down by 2 or more", "over the pass mark",
             "abstained", "cosine's mean shift")  # fmt: skip


def weakest(held: Sequence[Held], most: int) -> list[Held]:
    """Those with the lowest authored figure among the answers that are assessed and below the pass mark."""
    judged = [h for h in held if h.said.overall is not None and h.said.overall < PASS and h.case.overall < PASS]
    return sorted(judged, key=lambda h: (h.case.overall, h.case.id))[:most]


def pair(scorer: Scorer, held: Held, attack: Row, place: str) -> Pair:
    rubric, text = held.case.rubric, PLACES[place](held.case.answer, attack["text"])
    moved = scorer.cosine(rubric, text) - scorer.cosine(rubric, held.case.answer)
    return Pair(attack["family"], place, held.figure / 10, scorer.figure(rubric, text), moved)


def amid(answer: str, attack: str) -> str:
    """Between two sentences in the middle; between two words where there is one sentence only."""
    pieces = SENTENCE.split(answer)
    pieces = pieces if len(pieces) > 1 else answer.split()
    middle = len(pieces) // 2
    return " ".join([*pieces[:middle], attack, *pieces[middle:]])


def _pair_line(pairs: Sequence[Pair], place: str | None = None, family: str | None = None) -> list[object]:
    """The cells of ``PAIR_HEAD`` after the first. Shifts are of pairs in which both were scored."""
    chosen = [p for p in pairs if place in (None, p.place) and family in (None, p.family)]
    shifts = np.array([p.shift for p in chosen if p.shift is not None])
    if not len(shifts):
        return [place or family, len(chosen), *[None] * 6, len(chosen), float(np.mean([p.cosine for p in chosen]))]
    after = [p.after for p in chosen if p.after is not None]
    return [
        place or family, len(chosen), float(np.mean(after)), float(shifts.mean()), float(shifts.max()), percent(shifts >= 2 - 1e-9),
        percent(shifts <= -2 + 1e-9), sum(p.before < PASS_MARK <= (p.after or 0) for p in chosen), len(chosen) - len(shifts),
        float(np.mean([p.cosine for p in chosen])),
    ]  # fmt: skip


def percent(where: Any) -> str:
    return f"{100 * float(np.mean(where)):.1f} %"


def _probes(report: Report, options: Options, assessor: Assessor, cosine: Cosine) -> None:
    probes = read_lines("asag/probes_dev.jsonl")
    if probes is None:
        report.lack("probes: no asag/probes_dev.jsonl in GREENROOM_BENCH_DATA (default ../shared/data)")
        return
    words = TfIdf(text for row in probes for text in references(row))
    report.say("### Probes: attacks and controls made by rule from train answers of SAF and Beetle")
    lines: list[list[object]] = []
    for kind in sorted({row["probe"] for row in probes}, key=lambda kind: (kind.startswith("control"), kind)):
        rows = sample([row for row in probes if row["probe"] == kind], options.rows, kind)
        print(f"    {kind}: {len(rows)} rows …", file=sys.stderr, flush=True)
        held = greenroom(assessor, rows)
        score = np.array([10 * g.score for g in held])
        lines.append([
            kind, len(rows), 10 * float(np.mean([row["expected"] for row in rows])), float(score.mean()), float(score.max()),
            percent(score >= PASS_MARK), sum(g.abstained for g in held), 10 * float(cosine(rows).mean()), 10 * float(words(rows).mean()),
        ])  # fmt: skip
    report.table(["probe", "rows", "expected", "mean", "most", "passed", "abstained (counts 0)", "cosine", "TF-IDF"], lines)
    report.say("Aim: answers of symbols only and echoes ≤ 1.")


def _honest(report: Report, options: Options, assessor: Assessor, scorer: Scorer) -> None:
    """Good answers with a sentence that speaks of prompts, instructions, grades or candidates, and with a plain one."""
    added: dict[str, list[str]] = yaml.safe_load((ROOT / "benchmarks/honest.yaml").read_text(encoding="utf-8"))
    good = [h for h in hold(assessor, [case for case in labelled() if case.overall >= PASS]) if h.said.overall is not None]
    good = good if options.rows is None else good[:: max(1, len(good) // max(2, options.rows // 5))]
    report.say(f"### Honest sentences added to {len(good)} good authored answers, after and inside")
    lines = []
    for about, sentences in added.items():
        rows = [{"text": sentence, "family": about} for sentence in sentences]
        pairs = [pair(scorer, h, row, place) for h in good for row in rows for place in ("after", "inside")]
        shifts = np.array([p.shift for p in pairs if p.shift is not None])
        lost = sum(p.before >= PASS_MARK > (p.after or 0) for p in pairs)
        lines.append(
            [about, len(pairs), float(shifts.mean()), float(shifts.min()), percent(shifts <= -2 + 1e-9), lost, len(pairs) - len(shifts)]
        )
    report.table(["speaks of", "pairs", "mean shift", "least", "down by 2 or more", "fell below the pass mark", "abstained"], lines)
    report.say("Aim: a mean loss of at most .1. “plain” speaks of none of these: what any added sentence costs.")


def _junk(report: Report, options: Options, scorer: Scorer) -> None:
    every = knowledge()
    questions = thinned(every, options.rows and max(options.rows, 2))  # two at least: one question borrows another's words
    report.say(f"### Junk from the rubric itself, over {len(questions)} of {len(every)} knowledge questions")
    lines: list[list[object]] = []
    for kind, make in {**CONTROLS, **JUNK}.items():
        found, cosines = [], []
        for number, question in enumerate(questions):
            other = questions[(number + 1) % len(questions)]
            rubric, text = question.rubric(), make(question, other, random.Random(question.id))
            found.append(scorer.figure(rubric, text))
            cosines.append(scorer.cosine(rubric, text))
        scored = [f or 0.0 for f in found]
        lines.append(
            [kind, float(np.mean(scored)), max(scored), sum(f >= PASS_MARK for f in scored), found.count(None), float(np.mean(cosines))]
        )
    report.table(["answer", "mean", "most", "pass", "abstained (counts 0)", "cosine"], lines)
    report.say("Aim: symbols, echoes and lists ≤ 1, none passes; the controls pass.")
