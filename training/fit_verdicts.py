"""Fit the verdicts' coefficients and thresholds, and say how good they are on topics that were not fitted.

    python training/fit_verdicts.py [--write]

Fits on the topics outside ``labelled.CHECK``: the labelled answers (training/answers) and answers composed from the bank's phrasings.
Three logistic regressions for points (covered, hit given the same features, contradicts) and one for misconceptions, L2-regularised.
Thresholds are chosen on the fit topics by leave-one-topic-out predictions: the points' to maximise κ, the misconceptions' as the lowest
with precision ≥ .9. Then prints, for the check topics: κ of the points, precision and recall of misconceptions, overall against the
authored mark, with blind baselines. ``--write`` stores src/greenroom/weights/coefficients.json (keeping the part that fit_plain.py
writes).
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from labelled import CHECK, ROOT, Case, Store, composed, evidence, labelled
from measures import cohen, pearson, weighted_kappa
from scipy.optimize import minimize  # type: ignore[import-untyped]
from seal import seal
from sklearn.feature_extraction.text import TfidfVectorizer

from greenroom.assess import score
from greenroom.assess.assessment import PointVerdict, Verdict
from greenroom.assess.calibrate import Logistic
from greenroom.assess.clauses import Window, windows
from greenroom.assess.evidence import FEATURES, Finding
from greenroom.llm.words import refutes

OUT = ROOT / "src/greenroom/weights/coefficients.json"
COMPOSED_WEIGHT = 0.25
"""What a composed answer counts beside a labelled one: it is easier than life."""


AGAINST = FEATURES.index("against")


class Read(NamedTuple):
    case: Case
    points: list[Finding]
    claims: list[Finding]


class Table(NamedTuple):
    x: Any
    y: Any
    weight: Any
    topic: Any


def point_table(reads: Sequence[Read], positive: Sequence[str], among: Sequence[str]) -> Table:
    rows = [
        (f.features, r.case.labels[f.id] in positive, 1.0 if r.case.authored else COMPOSED_WEIGHT, r.case.topic)
        for r in reads for f in r.points if f.window is not None and r.case.labels[f.id] in among
    ]  # fmt: skip
    return _table(rows)


def claim_table(reads: Sequence[Read]) -> Table:
    rows = [
        (f.features, f.id in r.case.claims, 1.0 if r.case.authored else COMPOSED_WEIGHT, r.case.topic)
        for r in reads for f in r.claims if f.window is not None
    ]  # fmt: skip
    return _table(rows)


def _table(rows: list[tuple[Any, bool, float, str]]) -> Table:
    x, y, weight, topic = zip(*rows, strict=True)
    return Table(np.array(x), np.array(y), np.array(weight), np.array(topic))


RISING = ("cosine", "agreement", "second", "lexical", "vocabulary", "margin", "centred", "lead", "against", "share", "repeated")
FALLING = ("negation", "opposite", "denial")


def fit(table: Table, strength: float = 0.3, bound: bool = True) -> Logistic:
    """``strength``: inverse of the L2 penalty; small, for there are few topics. ``bound``: likeness may only raise and contradiction
    only lower the probability, so that no attack can gain by being unlike the rubric.
    """
    mean, scale = table.x.mean(axis=0), np.maximum(table.x.std(axis=0), 1e-6)
    z, sign = np.clip((table.x - mean) / scale, -4, 4), np.where(table.y, 1.0, -1.0)

    def loss(w: Any) -> tuple[float, Any]:
        margin = sign * (z @ w[:-1] + w[-1])
        slope = -table.weight * sign / (1 + np.exp(np.clip(margin, -30, 30)))
        value = (table.weight * np.logaddexp(0, -margin)).sum() + (w[:-1] ** 2).sum() / (2 * strength)
        return float(value), np.append(z.T @ slope + w[:-1] / strength, slope.sum())

    low = [0.0 if bound and f in RISING else -9.0 for f in FEATURES]
    high = [0.0 if bound and f in FALLING else 9.0 for f in FEATURES]
    bounds = [*zip(low, high, strict=True), (-20.0, 20.0)]
    found = minimize(loss, np.zeros(z.shape[1] + 1), jac=True, method="L-BFGS-B", bounds=bounds).x
    return Logistic(mean, scale, found[:-1], float(found[-1]), 0.5)


def apart(table: Table, bound: bool = True) -> Any:
    """Predictions for every row by a model that saw no row of its topic."""
    found = np.zeros(len(table.y))
    for topic in np.unique(table.topic):
        out = table.topic == topic
        model = fit(Table(table.x[~out], table.y[~out], table.weight[~out], table.topic[~out]), bound=bound)
        found[out] = [model(row) for row in table.x[out]]
    return found


def best(values: Any, loss: Callable[[float], float]) -> float:
    """The threshold on a grid of hundredths with the least loss; the middle one of equals."""
    grid = np.arange(0.05, 0.96, 0.01)
    losses = np.array([loss(t) for t in grid])
    good = grid[losses <= losses.min() + 1e-9]
    return round(float(good[len(good) // 2]), 2)


def fit_all(reads: Sequence[Read]) -> dict[str, Logistic]:
    every = ("hit", "partial", "missed", "wrong")
    covered = point_table(reads, ("hit", "partial", "wrong"), every)
    hit = point_table(reads, ("hit",), every)
    against = point_table(reads, ("wrong",), ("hit", "partial", "wrong"))
    claim = claim_table(reads)
    models = {"covered": fit(covered), "hit": fit(hit), "contradicts": fit(against, bound=False), "claim": fit(claim)}
    real = covered.weight == 1 if (covered.weight == 1).any() else covered.weight > 0
    guess_covered, guess_hit = apart(covered)[real], apart(hit)[real]
    truth = 1.0 * covered.y[real] + hit.y[real]

    def disagreement(low: float, high: float) -> float:
        given = 1.0 * (guess_covered >= low) + ((guess_covered >= low) & (guess_hit >= high))
        return -weighted_kappa(truth, given) - cohen(truth, given)

    low, high = 0.5, 0.5
    for _ in range(3):
        low = best(guess_covered, lambda t, h=high: disagreement(t, h))  # type: ignore[misc]
        high = best(guess_hit, lambda t, b=low: disagreement(b, t))  # type: ignore[misc]
    return {
        "covered": models["covered"]._replace(threshold=low), "hit": models["hit"]._replace(threshold=high),
        "contradicts": models["contradicts"]._replace(threshold=precise(against, 0.8, bound=False)), "claim": models["claim"]._replace(threshold=precise(claim, 0.9)),  # noqa: E501
    }  # fmt: skip


def precise(table: Table, wanted: float, bound: bool = True) -> float:
    """The lowest threshold from which on precision stays at ``wanted`` or above, over labelled rows and over all rows; .95 when there
    is none.
    """
    guess, grid = apart(table, bound), np.arange(0.1, 0.96, 0.01)
    highest = 0.1
    for rows in (table.weight == 1, table.weight > 0):
        for t in grid:
            marked = guess[rows] >= t
            if marked.sum() >= 3 and table.y[rows][marked].mean() < wanted:
                highest = max(highest, float(t) + 0.01)
    return round(min(highest, 0.95), 2)


def verdict(models: dict[str, Logistic], finding: Finding, mistaken: Sequence[Window], pieces: Sequence[Window]) -> Verdict:
    """As ``Coverage`` decides; ``mistaken``: windows that state a misconception."""
    covered = models["covered"](finding.features) if finding.window is not None else 0.0
    if covered < models["covered"].threshold:
        return Verdict.MISSED
    piece = pieces[finding.window or 0]
    spoilt = finding.features[AGAINST] < 0 and any(piece.start < m.end and m.start < piece.end for m in mistaken)
    refuted = refutes(piece.text) and not refutes(finding.nearest)
    if refuted or spoilt or models["contradicts"](finding.features) >= models["contradicts"].threshold:
        return Verdict.WRONG
    return Verdict.HIT if min(covered, models["hit"](finding.features)) >= models["hit"].threshold else Verdict.PARTIAL


def marks(models: dict[str, Logistic], read: Read) -> tuple[list[PointVerdict], int]:
    pieces = windows(read.case.answer)
    stated = [f for f in read.claims if f.window is not None and models["claim"](f.features) >= models["claim"].threshold]
    mistaken = [pieces[f.window] for f in stated if f.window is not None]
    return [PointVerdict(id=f.id, verdict=verdict(models, f, mistaken, pieces), decided_by="fit") for f in read.points], len(stated)


def report(models: dict[str, Logistic], reads: Sequence[Read], name: str) -> None:
    """Figures for labelled answers; nothing is printed for an empty list."""
    if not reads:
        return
    order = {"missed": 0, "wrong": 0, "partial": 1, "hit": 2}
    truth, given, flat, cosines = [], [], [], []
    claims: list[tuple[bool, bool]] = []
    for read in reads:
        verdicts, _ = marks(models, read)
        truth += [read.case.labels[v.id] for v in verdicts]
        given += [v.verdict.value for v in verdicts]
        cosines += [f.cosine for f in read.points]
        flat += [order[read.case.labels[v.id]] for v in verdicts]
        claims += [
            (f.id in read.case.claims, f.window is not None and models["claim"](f.features) >= models["claim"].threshold)
            for f in read.claims
        ]
    caught = sum(a and b for a, b in claims)
    print(f"\n{name}: {len(reads)} answers, {len(truth)} points")
    print(
        f"  points: κ (hit/partial/missed/wrong) {cohen(truth, given):.3f}, weighted κ {weighted_kappa(flat, [order[g] for g in given]):.3f}"  # noqa: E501
    )
    print(f"  plain max cosine, same number of hits and misses: κ {cohen(flat, quantiles(cosines, flat)):.3f}")
    print(f"  confusion (rows true): {confusion(truth, given)}")
    print(
        f"  misconceptions: precision {caught / max(sum(b for _, b in claims), 1):.3f} recall {caught / max(sum(a for a, _ in claims), 1):.3f} (stated {sum(a for a, _ in claims)}, flagged {sum(b for _, b in claims)})"  # noqa: E501
    )
    report_overall(models, [r for r in reads if r.case.overall is not None])


def report_overall(models: dict[str, Logistic], reads: Sequence[Read]) -> None:
    if len(reads) < 3:
        return
    want = [float(r.case.overall or 0) for r in reads]
    got = []
    for read in reads:
        verdicts, stated = marks(models, read)
        got.append(score.overall(read.case.rubric.points, verdicts, stated) or 0.0)
    lengths = [float(len(r.case.answer.split())) for r in reads]
    cosines = [float(np.mean([f.cosine for f in r.points])) for r in reads]
    bands = [score.band(w) for w in want]
    print(
        f"  overall: Pearson {pearson(want, got):.3f}, band QWK {weighted_kappa(bands, [score.band(g) for g in got]):.3f}, mean {np.mean(got):.1f} (authored {np.mean(want):.1f}), MAE {np.mean(np.abs(np.array(want) - got)):.1f}"  # noqa: E501
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    store = Store()
    reads = [Read(case, *evidence(case, store)[:2]) for case in [*labelled(), *composed(each=14)]]
    fitting = [r for r in reads if r.case.topic not in CHECK]
    models = fit_all(fitting)
    for name, model in models.items():
        print(
            name,
            f"threshold {model.threshold} bias {model.bias:.2f}",
            {n: round(float(w), 2) for n, w in zip(FEATURES, model.weights, strict=True)},
        )
    checking = [r for r in reads if r.case.topic in CHECK]
    report(models, [r for r in fitting if r.case.authored], "fit topics, labelled")
    report(models, [r for r in checking if r.case.authored], "CHECK topics, labelled")
    report(models, [r for r in checking if not r.case.authored], "check topics, composed")
    if options.write:
        write(models, sum(r.case.authored for r in fitting))


def write(models: dict[str, Logistic], count: int) -> None:
    data = json.loads(OUT.read_text(encoding="utf-8")) if OUT.exists() else {}
    for name, model in models.items():
        data[name] = {
            "features": list(FEATURES), "mean": rounded(model.mean), "scale": rounded(model.scale),
            "weights": rounded(model.weights), "bias": round(model.bias, 5), "threshold": model.threshold,
        }  # fmt: skip
    data["version"] = "1"
    data["fitted_on"] = f"{count} labelled answers of the fit topics and composed answers"
    OUT.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    seal()
    print("wrote", OUT.name)


def rounded(values: Any) -> list[float]:
    return [round(float(value), 5) for value in values]


if __name__ == "__main__":
    main()
