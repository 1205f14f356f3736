"""Fit the second look at a credited point (``assess/reading/belongs.py``). Runs after the verdicts, on what they credit.

    python training/fit_belongs.py [--write]

Credited points of labelled answers (right where the label is hit or partial), of the bank's model answers on their own questions (right)
and on questions of other topics (not right: a reading of 177 such points found 10 said and 17 said in part, docs/log.md). Of the other
topics' questions those after the first eight by the self-test's hash, which holds the first eight: no pair is in both. Reported: each
topic's answers by a fit without the topic; golden answers by the same, which no fit saw. The bar was chosen among six with both in view.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from corpus import held_out
from fit_verdicts import OUT, Table, fit, rounded
from labelled import ROOT, Case, Store, evidence, golden, labelled
from measures import cohen, pearson
from seal import seal

from greenroom.assess import score
from greenroom.assess.assessment import PointVerdict, Verdict
from greenroom.assess.calibrate import Fitted, Logistic, load_fitted
from greenroom.assess.reading.belongs import BELONGS, has_surroundings, surroundings
from greenroom.assess.reading.clauses import windows
from greenroom.assess.reading.cleaned import clean
from greenroom.assess.reading.decide import Stated, rule, stated
from greenroom.assess.reading.evidence import Finding
from greenroom.assess.selftest.trial import OTHER_AT_MOST, OWN_AT_LEAST, other_topics
from greenroom.bank.load import load_bank
from greenroom.bank.question import Question

PACKS = [ROOT / "src/greenroom/packs/core", ROOT / "src/greenroom/packs/behavioural"]
HELD, EACH = 8, 4
"""Questions of other topics that the self-test takes, and that are taken here after them."""
BAR = 0.3
BARS = (0.0, 0.1, 0.15, 0.2, 0.3, 0.4)
WEIGHTS = {"own": 0.5}
"""Model answers say what they say well: half a labelled answer's point."""


class Held(NamedTuple):
    """An answer with what is credited before the second look, and what that look sees. ``rows``: None where there is none."""

    case: Case
    points: list[Finding]
    before: list[Verdict]
    found: list[Stated]
    rows: list[Any] | None


def of_the_bank(questions: Sequence[Question]) -> list[Case]:
    known = [q for q in questions if q.kind == "knowledge"]
    cases = []
    for q in known:
        answers = {"plain": q.model_answers.plain, "technical": q.model_answers.technical}
        said = {point.id: "hit" for point in q.points()}
        cases += [Case(f"{q.id}-{k}", q.topic, "own", q.rubric(), text, said, frozenset(), None, False) for k, text in answers.items()]
        for other in other_topics(q, known, HELD + EACH)[HELD:]:
            not_said = {point.id: "missed" for point in other.points()}
            cases.append(
                Case(f"{q.id} on {other.id}", q.topic, "other", other.rubric(), answers["technical"], not_said, frozenset(), 0, False)
            )
    return cases


def hold(case: Case, ready: Fitted, store: Store) -> Held:
    points, claims, _ = evidence(case, store)
    pieces = windows(clean(case.answer).text)
    found = stated(ready, claims, points, pieces)
    before = [rule(ready, finding, pieces, found).verdict for finding in points]
    return Held(case, points, before, found, surroundings(points) if has_surroundings(points, pieces) else None)


def table(held: Sequence[Held]) -> Table:
    rows = [
        (row, each.case.labels[point.id] in ("hit", "partial"), WEIGHTS.get(each.case.strength, 1.0), each.case.topic)
        for each in held if each.rows is not None
        for point, verdict, row in zip(each.points, each.before, each.rows, strict=True) if verdict in (Verdict.HIT, Verdict.PARTIAL)
    ]  # fmt: skip
    return Table(*(np.array(column) for column in zip(*rows, strict=True)))


def after(each: Held, model: Logistic, bar: float) -> list[Verdict]:
    if each.rows is None:
        return each.before
    credited = (Verdict.HIT, Verdict.PARTIAL)
    return [
        Verdict.MISSED if verdict in credited and model(row) < bar else verdict
        for verdict, row in zip(each.before, each.rows, strict=True)
    ]  # fmt: skip


def overall(each: Held, verdicts: Sequence[Verdict]) -> float:
    given = [PointVerdict(id=point.id, verdict=verdict, decided_by="fit") for point, verdict in zip(each.points, verdicts, strict=True)]
    return score.overall(each.case.rubric.points, given, len(each.found)) or 0.0


def report(name: str, held: Sequence[Held], by_topic: Callable[[str], Logistic]) -> None:
    for bar in BARS:
        verdicts = [after(each, by_topic(each.case.topic), bar) for each in held]
        figures = np.array([overall(each, given) for each, given in zip(held, verdicts, strict=True)])
        if name in ("own", "other"):
            right = int((figures >= OWN_AT_LEAST).sum() if name == "own" else (figures <= OTHER_AT_MOST).sum())
            print(f"{name}, bar {bar}: {right} of {len(held)} as they should be")
            continue
        truth = [each.case.labels[point.id] for each in held for point in each.points]
        agreement = cohen(truth, [verdict.value for given in verdicts for verdict in given])
        wanted = np.array([each.case.overall for each in held], np.float64)
        print(f"{name}, bar {bar}: {len(held)} answers, κ {agreement:.3f}, overall Pearson {pearson(wanted, figures):.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    ready, store = load_fitted(OUT, "now"), Store()
    made = [
        hold(case, ready, store)
        for case in [*labelled(), *of_the_bank([q for q in load_bank(PACKS).questions() if q.id not in held_out()])]
    ]
    kept = [hold(case, ready, store) for case in golden()]
    store.save()
    data = table(made)
    model = fit(data, names=BELONGS)._replace(threshold=BAR)
    print({n: round(float(w), 2) for n, w in zip(BELONGS, model.weights, strict=True)}, f"bias {model.bias:.2f}", f"{len(data.y)} points")
    apart = {topic: fit(_only(data, data.topic != topic), names=BELONGS) for topic in np.unique(data.topic)}
    for strength in ("own", "other"):
        report(strength, [each for each in made if each.case.strength == strength], apart.__getitem__)
    report("labelled", [each for each in made if each.case.authored], apart.__getitem__)
    report("golden", kept, lambda topic: apart.get(topic, model))
    if options.write:
        stored = json.loads(OUT.read_text(encoding="utf-8"))
        stored["belongs"] = {
            "features": list(BELONGS), "mean": rounded(model.mean), "scale": rounded(model.scale), "weights": rounded(model.weights),
            "bias": round(model.bias, 5), "threshold": BAR, "fitted_on": f"{len(data.y)} credited points, {int((~data.y).sum())} wrongly",
        }  # fmt: skip
        OUT.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")
        seal()


def _only(data: Table, keep: Any) -> Table:
    return Table(data.x[keep], data.y[keep], data.weight[keep], data.topic[keep])


if __name__ == "__main__":
    main()
