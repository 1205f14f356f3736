"""Fit the verdicts' coefficients and thresholds, and say how good they are on topics that were not fitted.

    python training/fit_verdicts.py [--write]

Fits on the labelled answers (training/answers) and on answers put together from authored statements and from the bank's phrasings; the
latter only of the topics in ``labelled.CHECK``, which the reader never learnt from.
Three logistic regressions for points (covered, hit given the same features, contradicts) and one for misconceptions, L2-regularised.
Thresholds are chosen by leave-one-topic-out predictions: the points' to maximise κ, the misconceptions' as ``claim_threshold`` says.
Prints, for each check topic by numbers fitted without it: κ of the points, precision and recall of misconceptions, calibration of the
confidence, overall against the authored mark, with blind baselines; the same for the golden answers of the tests, which no fit sees.
``--write`` stores src/greenroom/weights/coefficients.json, keeping what the other fits write there.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from labelled import (
    CHECK,
    ROOT,
    Case,
    Store,
    alone,
    composed,
    corrected,
    crossed,
    evidence,
    golden,
    labelled,
    perfect,
    questions,
    told,
)
from measures import cohen, weighted_kappa
from scipy.optimize import minimize  # type: ignore[import-untyped]
from seal import seal
from verdict_checks import Models, Read, fitted, report, report_own

from greenroom.assess.calibrate import SURE, VERDICTS, Logistic
from greenroom.assess.reading.clauses import windows
from greenroom.assess.reading.cleaned import clean
from greenroom.assess.reading.decide import rule, stated, sure_features
from greenroom.assess.reading.evidence import FEATURES

OUT = ROOT / "src/greenroom/weights/coefficients.json"
WEIGHTS = {"labelled": 1.0, "told": 1.0, "composed": 0.2, "alone": 0.1, "perfect": 0.7, "crossed": 0.3}
"""What an answer counts by how it came about: those put together are easier than life, and many."""
FOR_CLAIMS = ("alone", "corrected")
"""Answers that are there for misconceptions only; corrections teach nothing, they hold the bar to account."""
UNUSED = ("cohesion", "asked", "function", "length", "about")
"""Features that a misconception's probability leaves out: they tell how the bank's phrasings are written, not what was claimed."""
SLACK = 0.01
"""Of two kappas together, what the bars of *covered* and of *hit* may each lose to be lower."""
LEAST_SURE, LEAST_PRECISION, MOST_ACCUSED = 0.5, 0.8, 0.015
"""A misconception's bar: more likely stated than not; precision on labelled answers, and the share of the innocent that may be
flagged: model answers, and corrections given as answers.
"""


class Table(NamedTuple):
    x: Any
    y: Any
    weight: Any
    topic: Any


def kind(case: Case) -> str:
    return "labelled" if case.authored else case.strength


def point_table(reads: Sequence[Read], positive: Sequence[str]) -> Table:
    return _table([
        (f.features, r.case.labels[f.id] in positive, WEIGHTS[kind(r.case)], r.case.topic)
        for r in reads for f in r.points if f.window is not None
    ])  # fmt: skip


def wrong_table(reads: Sequence[Read]) -> Table:
    """The window that says the opposite most clearly, of each point: is the point wrong?"""
    return _table([
        (f.against.features, r.case.labels[f.id] == "wrong", WEIGHTS[kind(r.case)], r.case.topic)
        for r in reads for f in r.points if f.against is not None
    ])  # fmt: skip


def claim_table(reads: Sequence[Read]) -> Table:
    """Of the check topics, for the flagger learnt from the others' labelled answers; and every model answer, which states none."""
    return _table([
        (f.features, f.id in r.case.claims, WEIGHTS[kind(r.case)], r.case.topic)
        for r in reads if kind(r.case) in WEIGHTS and (r.case.topic in CHECK or kind(r.case) in ("perfect", "crossed"))
        for f in r.claims if f.window is not None
    ])  # fmt: skip


def _table(rows: list[tuple[Any, bool, float, str]]) -> Table:
    x, y, weight, topic = zip(*rows, strict=True)
    return Table(np.array(x), np.array(y), np.array(weight), np.array(topic))


RISING = (
    "cosine", "agreement", "lexical", "margin", "centred", "lead", "against", "share",
    "makes", "phrased", "cover", "told", "corrected", "about", "others", "next",
)  # fmt: skip
FALLING = ("negation", "opposite", "denial", "negators", "contradicts")


def fit(table: Table, strength: float = 0.3, bound: bool = True, unused: Sequence[str] = (), names: Sequence[str] = FEATURES) -> Logistic:
    """``strength``: inverse of the L2 penalty; small, for there are few topics. ``bound``: likeness may only raise and contradiction
    only lower the probability, so that no attack can gain by being unlike the rubric.
    """
    mean, spread = table.x.mean(axis=0), table.x.std(axis=0)
    scale = np.where(spread < 1e-4, 1.0, spread)
    z, sign = np.clip((table.x - mean) / scale, -4, 4), np.where(table.y, 1.0, -1.0)

    def loss(w: Any) -> tuple[float, Any]:
        margin = sign * (z @ w[:-1] + w[-1])
        slope = -table.weight * sign / (1 + np.exp(np.clip(margin, -30, 30)))
        value = (table.weight * np.logaddexp(0, -margin)).sum() + (w[:-1] ** 2).sum() / (2 * strength)
        return float(value), np.append(z.T @ slope + w[:-1] / strength, slope.sum())

    low = [0.0 if f in unused or (bound and f in RISING) else -9.0 for f in names]
    high = [0.0 if f in unused or (bound and f in FALLING) else 9.0 for f in names]
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


def best(values: Any, loss: Callable[[float], float], slack: float = 0.0) -> float:
    """The threshold on a grid of hundredths with the least loss; the middle one of equals. With ``slack`` the lowest that loses so little
    more: where the figures cannot tell, what was said is credited.
    """
    grid = np.arange(0.05, 0.96, 0.01)
    losses = np.array([loss(t) for t in grid])
    good = grid[losses <= losses.min() + slack + 1e-9]
    return round(float(good[0 if slack else len(good) // 2]), 2)


def fit_all(reads: Sequence[Read]) -> dict[str, Logistic]:
    whole = [r for r in reads if r.case.strength not in FOR_CLAIMS]
    covered, hit, against = point_table(whole, ("hit", "partial")), point_table(whole, ("hit",)), wrong_table(whole)
    models = {
        "covered": fit(covered),
        "hit": fit(hit),
        "contradicts": fit(against, bound=False),
        "claim": fit(claim_table(reads), unused=UNUSED),
    }
    real = covered.weight >= WEIGHTS["told"]
    guess_covered, guess_hit = apart(covered)[real], apart(hit)[real]
    truth = 1.0 * covered.y[real] + hit.y[real]

    def disagreement(low: float, high: float) -> float:
        given = 1.0 * (guess_covered >= low) + ((guess_covered >= low) & (guess_hit >= high))
        return -weighted_kappa(truth, given) - cohen(truth, given)

    low, high = 0.5, 0.5
    for _ in range(3):
        low = best(guess_covered, lambda t, h=high: disagreement(t, h), SLACK)  # type: ignore[misc]
        high = best(guess_hit, lambda t, b=low: disagreement(b, t), SLACK)  # type: ignore[misc]
    models = {
        "covered": models["covered"]._replace(threshold=low),
        "hit": models["hit"]._replace(threshold=high),
        "contradicts": models["contradicts"]._replace(threshold=precise(against, 0.65, bound=False)),
        "claim": models["claim"]._replace(threshold=claim_threshold(reads, models)),
    }
    return with_confidence(models, reads)


def with_confidence(models: Models, reads: Sequence[Read]) -> Models:
    """Adds, for each verdict, how sure it is: fitted on rulings about each topic by numbers fitted without it (same thresholds)."""
    rows: dict[str, list[tuple[Any, bool, float, str]]] = {verdict: [] for verdict in VERDICTS}
    for topic in sorted({r.case.topic for r in reads}):
        ready = fitted(_without(models, reads, topic))
        for read in (r for r in reads if r.case.topic == topic and r.case.strength not in FOR_CLAIMS):
            pieces = windows(clean(read.case.answer).text)
            found = stated(ready, read.claims, read.points, pieces)
            for finding in read.points:
                verdict = rule(ready, finding, pieces, found).verdict.value
                right = read.case.labels[finding.id] == verdict
                rows[verdict].append((sure_features(ready, finding), right, WEIGHTS[kind(read.case)], topic))
    return {**models, **{f"sure {verdict}": fit(_table(found), bound=False, names=SURE) for verdict, found in rows.items()}}


def _without(models: Models, reads: Sequence[Read], topic: str) -> Models:
    rest = [r for r in reads if r.case.topic != topic]
    whole = [r for r in rest if r.case.strength not in FOR_CLAIMS]
    again = {
        "covered": fit(point_table(whole, ("hit", "partial"))),
        "hit": fit(point_table(whole, ("hit",))),
        "contradicts": fit(wrong_table(whole), bound=False),
        "claim": fit(claim_table(rest), unused=UNUSED),
    }
    return {name: model._replace(threshold=models[name].threshold) for name, model in again.items()}


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


def claim_threshold(reads: Sequence[Read], models: dict[str, Logistic]) -> float:
    """The bar with the highest mean F0.5 over labelled, composed and one-false-sentence answers, each answer decided by a model that saw
    nothing of its topic. Only bars from ``LEAST_SURE`` on are looked at, with a precision of ``LEAST_PRECISION`` on the labelled ones, that
    flag no more than ``MOST_ACCUSED`` of the model answers (of all topics) and corrections.
    """
    kinds: dict[str, list[tuple[float, bool]]] = {"labelled": [], "told": [], "composed": [], "alone": []}
    total, accused = dict.fromkeys(kinds, 0), list[float]()
    for topic in sorted({r.case.topic for r in reads}):
        model = fit(claim_table([r for r in reads if r.case.topic != topic]), unused=UNUSED)._replace(threshold=0.0)
        ready = fitted({**models, "claim": model})
        for read in (r for r in reads if r.case.topic == topic):
            found = stated(ready, read.claims, read.points, windows(clean(read.case.answer).text))
            name = kind(read.case)
            if name in ("perfect", "corrected"):
                accused.append(max((item.sure for item in found), default=0.0))
            elif topic in CHECK:
                name = name if name in kinds else "composed"
                total[name] += len(read.case.claims)
                kinds[name] += [(item.sure, item.id in read.case.claims) for item in found]

    def figures(name: str, bar: float) -> tuple[float, float]:
        flagged = [right for sure, right in kinds[name] if sure >= bar]
        return sum(flagged) / max(len(flagged), 1), sum(flagged) / max(total[name], 1)

    def loss(bar: float) -> float:
        if bar < LEAST_SURE or figures("labelled", bar)[0] < LEAST_PRECISION or np.mean(np.array(accused) >= bar) > MOST_ACCUSED:
            return 2.0 - bar  # the highest, where none will do
        pairs = [figures(name, bar) for name in kinds]
        return -sum(1.25 * p * r / max(0.25 * p + r, 1e-9) for p, r in pairs) / len(pairs)

    bar = best([], loss)
    shown = {name: tuple(round(x, 2) for x in figures(name, bar)) for name in kinds}
    flagged = sum(sure >= bar for sure in accused)
    print(f"misconceptions, each topic left out, bar {bar}: precision and recall {shown}; {flagged} of {len(accused)} innocent flagged")
    return bar


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    store = Store()
    canonical, model_answers = questions(), [*perfect(), *crossed()]
    fitted_on = [case for case in model_answers if case.rubric.question_id in canonical]
    made = [*labelled(), *told(), *composed(), *fitted_on, *alone(), *corrected()]
    aside = [case for case in model_answers if case.rubric.question_id not in canonical]
    reads, own, held = ([Read(case, *evidence(case, store)[:2]) for case in cases] for cases in (made, aside, golden()))
    store.save()
    models = fit_all(reads)
    for name, model in models.items():
        print(
            name,
            f"threshold {model.threshold} bias {model.bias:.2f}",
            {n: round(float(w), 2) for n, w in zip(SURE if "sure" in name else FEATURES, model.weights, strict=True) if abs(w) > 0.05},
        )
    without = {topic: fit_all([r for r in reads if r.case.topic != topic]) for topic in CHECK}
    report(
        without.__getitem__,
        [r for r in reads if r.case.authored and r.case.topic in CHECK],
        "check topics, each by a fit without it: labelled",
    )
    report(without.__getitem__, [r for r in reads if r.case.strength == "told"], "the same: told")
    report(without.__getitem__, [r for r in reads if r.case.strength == "alone"], "the same: one false sentence among right ones")
    report(without.__getitem__, [r for r in held if r.case.topic in CHECK], "the same: golden")
    report_own(without.__getitem__, [r for r in own if r.case.topic in CHECK], "the same: model answers of later questions")
    report_own(lambda topic: models, own, "all topics, model answers of later questions (no fit saw them)")
    report(lambda topic: models, held, "all topics, golden (no fit saw these answers; the reader learnt from eight of the topics)")
    if options.write:
        write(models, sum(r.case.authored for r in reads))


def write(models: dict[str, Logistic], count: int) -> None:
    data = json.loads(OUT.read_text(encoding="utf-8")) if OUT.exists() else {}
    for name, model in models.items():
        verdict = name.removeprefix("sure ")
        held = {
            "features": list(FEATURES if verdict == name else SURE), "mean": rounded(model.mean), "scale": rounded(model.scale),
            "weights": rounded(model.weights), "bias": round(model.bias, 5), "threshold": model.threshold,
        }  # fmt: skip
        (data if verdict == name else data.setdefault("sure", {}))[verdict] = held
    data.pop("version", None)
    data["fitted_on"] = f"{count} labelled answers, and answers put together of the check topics"
    OUT.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    seal()
    print("wrote", OUT.name)


def rounded(values: Any) -> list[float]:
    return [round(float(value), 5) for value in values]


if __name__ == "__main__":
    main()
