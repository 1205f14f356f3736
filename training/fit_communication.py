"""Fit the sides of communication and say how far they agree with the authored labels.

    python training/fit_communication.py [--write]

A logistic regression a side (``assess/manner/sides.py`` names its features), L2-regularised, fitted on the topics outside
``labelled.CHECK``. Printed: agreement on the topics never fitted, and on all with each topic left out in turn, beside always saying the
commoner label and beside the number of words; once counting "could not tell" as not good, once over those that were judged. Then the
agreement of *fit* on the half of ``fit_cases.yaml`` that the rules were not made on. ``--write`` stores weights/communication.json.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import yaml
from labelled import CHECK, ROOT, Case, labelled
from measures import cohen
from seal import seal
from sklearn.linear_model import LogisticRegression

from greenroom.assess.calibrate import Logistic
from greenroom.assess.coverage import Coverage
from greenroom.assess.manner.fit import Situation, judge_fit
from greenroom.assess.manner.sides import FEATURES, FILE, UNSURE, load_sides, read_manner, row
from greenroom.assess.structure import SUCCINCT, judge_structure

OUT = ROOT / "src/greenroom/weights" / FILE
CASES = ROOT / "training/fit_cases.yaml"


class Read(NamedTuple):
    case: Case
    made: list[tuple[int, int]]
    figures: dict[str, float]


def read_all() -> list[Read]:
    if not OUT.exists():  # the assessor needs some file to run at all; what it says of communication is not read here
        store({side: blank(len(names)) for side, names in FEATURES.items()}, 0)
    coverage, found = Coverage.load(), []
    for case in labelled():
        points = coverage.assess(case.rubric, case.answer).points
        made = [p.span for p in points if p.span is not None and p.verdict in ("hit", "partial")]
        found.append(Read(case, made, dict(read_manner(case.answer, made).figures)))
    return found


def blank(features: int) -> Logistic:
    """Says .5 to everything."""
    return Logistic(np.zeros(features), np.ones(features), np.zeros(features), 0.0, 0.5)


def label(read: Read, side: str) -> bool:
    return bool((read.case.communication or {})[side])


def fit(reads: Sequence[Read], side: str) -> Logistic:
    x, y = np.array([row(side, r.figures) for r in reads]), np.array([label(r, side) for r in reads])
    mean, scale = x.mean(axis=0), np.maximum(x.std(axis=0), 1e-6)
    model = LogisticRegression().fit(np.clip((x - mean) / scale, -4, 4), y)
    return Logistic(mean, scale, model.coef_[0], float(model.intercept_[0]), 0.5)


def show(name: str, truth: Sequence[bool], sure: Sequence[float], lengths: Sequence[int]) -> None:
    want, guess = np.array(truth), np.array(sure)
    low, high = UNSURE
    judged, given = (guess <= low) | (guess >= high), guess >= high
    most = max(want.mean(), 1 - want.mean())
    print(
        f"  {name}: n={len(want)} κ {cohen(want, given):.2f} accuracy {(want == given).mean():.2f} (commoner label {most:.2f});"
        f" judged {judged.mean():.2f}, among them κ {cohen(want[judged], given[judged]):.2f}; number of words, best cut: κ {by_length(want, lengths):.2f}"  # noqa: E501
    )


def by_length(want: Any, lengths: Sequence[int]) -> float:
    """κ of the number of words with the cut and direction that suit these very labels best: a ruler that measures nothing, flattered."""
    said = np.array(lengths)
    return max(cohen(want, (said >= cut) == up) for cut in np.unique(said) for up in (True, False))


def report(reads: Sequence[Read]) -> None:
    lengths = [len(r.case.answer.split()) for r in reads]
    check = [r.case.topic in CHECK for r in reads]
    for side in FEATURES:
        print(side)
        truth = [label(r, side) for r in reads]
        model = fit([r for r, out in zip(reads, check, strict=True) if not out], side)
        fixed = [model(row(side, r.figures)) for r in reads]
        show("topics never fitted", *_only(check, truth, fixed, lengths))
        apart = [0.0] * len(reads)
        for topic in sorted({r.case.topic for r in reads}):
            model = fit([r for r in reads if r.case.topic != topic], side)
            for n, r in enumerate(reads):
                if r.case.topic == topic:
                    apart[n] = model(row(side, r.figures))
        show("each topic left out in turn", truth, apart, lengths)


def _only(keep: Sequence[bool], *columns: Sequence[Any]) -> list[list[Any]]:
    return [[value for value, kept in zip(column, keep, strict=True) if kept] for column in columns]


def report_shipped(reads: Sequence[Read]) -> None:
    """What the program says, its decided limits of length included, on the topics never fitted."""
    print(f"as shipped (limits of {SUCCINCT[0]} and {SUCCINCT[1]} words among them), topics never fitted")
    for side in FEATURES:
        held = [r for r in reads if r.case.topic in CHECK]
        given = [getattr(judge_structure(r.case.answer, r.made), side).good for r in held]
        truth = [label(r, side) for r in held]
        told = [(t, g) for t, g in zip(truth, given, strict=True) if g is not None]
        among = cohen([t for t, _ in told], [g for _, g in told])
        print(f"  {side}: κ {cohen(truth, [bool(g) for g in given]):.2f}")
        print(f"    not judged {len(given) - len(told)} of {len(given)}; κ among the judged {among:.2f}")


def report_fit() -> None:
    rows = [r for r in yaml.safe_load(CASES.read_text(encoding="utf-8")) if r["half"] == "b"]
    given = [judge_fit(r["answer"], Situation(r["company"], r["role"], r["job"]), r["ask"]) for r in rows]
    good = [bool(aspect and aspect.good) for aspect in given]
    truth = [bool(r["fit"]) for r in rows]
    unjudged = sum(aspect is None or aspect.good is None for aspect in given)
    within = [
        bool(r["words"] and a and a.quote and (r["words"] in a.quote or a.quote in r["words"])) for r, a in zip(rows, given, strict=True)
    ]
    print(f"fit, half b: n={len(rows)} κ {cohen(truth, good):.2f}, not judged {unjudged}")
    print(f"  the quote holds the labelled words, or they hold it: {sum(within)} of {sum(truth)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    reads = read_all()
    report(reads)
    if options.write:
        fitting = [r for r in reads if r.case.topic not in CHECK]
        store({side: fit(fitting, side) for side in FEATURES}, len(fitting))
        print("wrote", OUT.name)
    report_shipped(reads)
    report_fit()


def store(models: Mapping[str, Logistic], count: int) -> None:
    data: dict[str, object] = {side: _stored(model, FEATURES[side]) for side, model in models.items()}
    data["fitted_on"] = f"{count} labelled answers of the fit topics"
    OUT.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    seal()
    load_sides.cache_clear()


def _stored(model: Logistic, features: Sequence[str]) -> dict[str, object]:
    numbers = {name: [round(float(v), 5) for v in getattr(model, name)] for name in ("mean", "scale", "weights")}
    return {"features": list(features), **numbers, "bias": round(model.bias, 5)}


if __name__ == "__main__":
    main()
