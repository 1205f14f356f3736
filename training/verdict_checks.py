"""How good fitted verdicts are: agreement with authored labels, calibration and blind baselines, for ``fit_verdicts.py``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from labelled import Case
from measures import cohen, pearson, weighted_kappa
from sklearn.feature_extraction.text import TfidfVectorizer

from greenroom.assess import scale, score
from greenroom.assess.assessment import PointVerdict
from greenroom.assess.calibrate import Direction, Fitted, Linear, Logistic
from greenroom.assess.reading.belongs import BELONGS
from greenroom.assess.reading.clauses import windows
from greenroom.assess.reading.cleaned import clean
from greenroom.assess.reading.decide import Stated, confidence, rulings, stated
from greenroom.assess.reading.evidence import Finding


class Read(NamedTuple):
    case: Case
    points: list[Finding]
    claims: list[Finding]


Models = dict[str, Logistic]


ANY = Logistic(np.zeros(len(BELONGS)), np.ones(len(BELONGS)), np.zeros(len(BELONGS)), 0.0, 0.0)
"""No second look: ``fit_belongs.py`` runs after the verdicts, on what they credit."""


def fitted(models: Models) -> Fitted:
    nothing = np.zeros(0)
    own = {name: models[name] for name in ("covered", "hit", "contradicts", "claim")}
    sure = {name.removeprefix("sure "): model for name, model in models.items() if name not in own}
    return Fitted(
        version="fit", plain=Linear(nothing, nothing, nothing, 0.0), sure=sure, told=Direction(nothing, 0.0, 0.5), belongs=ANY, **own
    )


def marks(models: dict[str, Logistic], read: Read) -> tuple[list[PointVerdict], list[Stated]]:
    """What ``Coverage`` would say before the second look: the same ``decide``."""
    pieces, ready = windows(clean(read.case.answer).text), fitted(models)
    found = stated(ready, read.claims, read.points, pieces)
    ruled = rulings(ready, read.points, pieces, found)
    verdicts = [
        PointVerdict(id=f.id, verdict=r.verdict, confidence=round(confidence(ready, f, r.verdict), 3), decided_by="fit")
        for f, r in zip(read.points, ruled, strict=True)
    ]
    return verdicts, found


def report(by_topic: Callable[[str], Models], reads: Sequence[Read], name: str) -> None:
    """Figures for labelled answers; nothing is printed for an empty list. ``by_topic``: the numbers to judge a topic's answers with."""
    if not reads:
        return
    order = {"missed": 0, "wrong": 0, "partial": 1, "hit": 2}
    truth, given, flat, cosines, sure = [], [], [], [], []
    claims: list[tuple[bool, bool]] = []
    for read in reads:
        verdicts, found = marks(by_topic(read.case.topic), read)
        truth += [read.case.labels[v.id] for v in verdicts]
        given += [v.verdict.value for v in verdicts]
        sure += [v.confidence or 0.0 for v in verdicts]
        cosines += [f.cosine for f in read.points]
        flat += [order[read.case.labels[v.id]] for v in verdicts]
        claims += [(f.id in read.case.claims, f.id in {item.id for item in found}) for f in read.claims]
    caught = sum(a and b for a, b in claims)
    print(f"\n{name}: {len(reads)} answers, {len(truth)} points")
    print(
        f"  points: κ (hit/partial/missed/wrong) {cohen(truth, given):.3f}, weighted κ {weighted_kappa(flat, [order[g] for g in given]):.3f}"  # noqa: E501
    )
    print(f"  plain max cosine, same number of hits and misses: κ {cohen(flat, quantiles(cosines, flat)):.3f}")
    right = [a == b for a, b in zip(truth, given, strict=True)]
    print(f"  confidence: ECE {reliability(sure, right):.3f}, mean {np.mean(sure):.3f}, right {np.mean(right):.3f}")
    print(f"  confusion (rows true): {confusion(truth, given)}")
    print(
        f"  misconceptions: precision {caught / max(sum(b for _, b in claims), 1):.3f} recall {caught / max(sum(a for a, _ in claims), 1):.3f} (stated {sum(a for a, _ in claims)}, flagged {sum(b for _, b in claims)})"  # noqa: E501
    )
    report_overall(by_topic, [r for r in reads if r.case.overall is not None])


def reliability(sure: Sequence[float], right: Sequence[bool], bins: int = 10) -> float:
    """Expected calibration error: mean gap between confidence and share of right verdicts over ten bins of confidence, by their size."""
    place = np.minimum((np.array(sure) * bins).astype(int), bins - 1)
    gaps = [(place == b).sum() * abs(np.array(sure)[place == b].mean() - np.array(right)[place == b].mean()) for b in set(place.tolist())]
    return float(sum(gaps) / len(sure))


def report_overall(by_topic: Callable[[str], Models], reads: Sequence[Read]) -> None:
    if len(reads) < 3:
        return
    want = [float(r.case.overall or 0) for r in reads]
    got = []
    for read in reads:
        verdicts, found = marks(by_topic(read.case.topic), read)
        got.append(score.overall(read.case.rubric.points, verdicts, len(found)) or 0.0)
    lengths = [float(len(r.case.answer.split())) for r in reads]
    cosines = [float(np.mean([f.cosine for f in r.points])) for r in reads]
    bands = [scale.band(w) for w in want]
    print(
        f"  overall: Pearson {pearson(want, got):.3f}, band QWK {weighted_kappa(bands, [scale.band(g) for g in got]):.3f}, mean {np.mean(got):.1f} (authored {np.mean(want):.1f}), MAE {np.mean(np.abs(np.array(want) - got)):.1f}"  # noqa: E501
    )
    print(
        f"  blind: length only Pearson {pearson(want, lengths):.3f}, TF-IDF {pearson(want, tfidf(reads)):.3f}, plain max cosine {pearson(want, cosines):.3f}"  # noqa: E501
    )


def tfidf(reads: Sequence[Read]) -> list[float]:
    """Cosine between the answer and all of its rubric's points as one text."""
    answers = [r.case.answer for r in reads]
    points = [" ".join(p.point for p in r.case.rubric.points) for r in reads]
    matrix = TfidfVectorizer(sublinear_tf=True).fit(points + answers)
    return [float((matrix.transform([a]) @ matrix.transform([p]).T).toarray()[0, 0]) for a, p in zip(answers, points, strict=True)]


def quantiles(values: Sequence[float], truth: Sequence[int]) -> list[int]:
    """The baseline is even told how many hits and misses there are."""
    rank = np.argsort(np.argsort(values))
    low = sum(t == 0 for t in truth)
    middle = low + sum(t == 1 for t in truth)
    return [0 if r < low else 1 if r < middle else 2 for r in rank]


def confusion(truth: Sequence[str], given: Sequence[str]) -> dict[str, dict[str, int]]:
    names = ("hit", "partial", "missed", "wrong")
    return {a: {b: sum(t == a and g == b for t, g in zip(truth, given, strict=True)) for b in names} for a in names}


def report_own(by_topic: Callable[[str], Models], reads: Sequence[Read], name: str) -> None:
    """Model answers on their own questions (``perfect``) and on other topics' (``crossed``)."""
    own, other, accused = list[float](), list[float](), 0
    for read in reads:
        verdicts, found = marks(by_topic(read.case.topic), read)
        overall = score.overall(read.case.rubric.points, verdicts, len(found)) or 0.0
        (own if read.case.strength == "perfect" else other).append(overall)
        accused += bool(found) and read.case.strength == "perfect"
    good, foreign = np.array(own), np.array(other)
    print(
        f"\n{name}: {len(own)} on their own question, at least 80 {np.mean(good >= 80):.2f}, at least 75 {np.mean(good >= 75):.2f}, mean {good.mean():.1f}, accused {accused}; {len(other)} on another's, at most 15 {np.mean(foreign <= 15):.2f}, at most 25 {np.mean(foreign <= 25):.2f}, mean {foreign.mean():.1f}"  # noqa: E501
    )
