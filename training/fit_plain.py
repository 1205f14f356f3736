"""Fit the mark for rubrics without authored phrasings (``greenroom grade``) on graded answers that the reader did not learn from.

    python training/fit_plain.py [--write]      data: GREENROOM_BENCH_DATA, default ../shared/data

Of the public sets the fifth of the train split's questions that ``pairs.py`` keeps out; of the project's own, ``graded_dev``. Test splits
are never read. Ridge regression over standardised features that may only raise a mark; rows are weighted half as wRMSE weighs them (ten
bins of the mark, equal shares), sets equally. Reported: leaving one set out of this fit, with blind baselines. The marker itself has learnt
from other questions of each set: what it does on a set it never saw stands in docs/log.md.
"""

from __future__ import annotations

import argparse
import json
import random
from typing import Any

import numpy as np
from fit_verdicts import OUT, rounded
from labelled import ROOT
from measures import pearson
from pairs import SETS, graded_rows
from scipy.optimize import lsq_linear  # type: ignore[import-untyped]
from seal import seal

from greenroom.assess.gate import SHORT
from greenroom.assess.grade import RowIn, make_rubric
from greenroom.assess.reading.answer import hear_order, make_answer
from greenroom.assess.reading.clauses import windows
from greenroom.assess.reading.cleaned import clean
from greenroom.assess.reading.mark import MARK_FEATURES, creditable, mark_features
from greenroom.assess.reading.sheet import make_sheet
from greenroom.llm.encoder import OnnxEncoder
from greenroom.llm.reader import OnnxReader

OWN = ("computing", "subjects", "natural")
EACH = 700
PENALTY = 30.0


def rows() -> list[dict[str, Any]]:
    found = []
    for name in SETS:
        lines = graded_rows(name, dev=True)
        found += random.Random(name).sample(lines, min(EACH, len(lines)))
    for name in OWN:
        lines = [json.loads(line) for line in (ROOT / f"training/graded_dev/{name}.jsonl").open(encoding="utf-8")]
        found += [{**line, "dataset": name} for line in lines]
    return found


def features(data: list[dict[str, Any]]) -> Any:
    ear, marker, found = OnnxEncoder.load(), OnnxReader.marker(), []
    for number, r in enumerate(data):
        sheet = make_sheet(make_rubric(RowIn(id=str(number), question=r["question"], reference=r["reference"], answer=r["answer"])))
        cleaned = clean(r["answer"])
        pieces = windows(cleaned.text)
        said = make_answer(cleaned, pieces, hear_order(pieces, ear), SHORT.slack)
        found.append(mark_features(sheet, creditable(said, sheet), marker))
    return np.array(found)


def shares(y: Any) -> Any:
    """Weights of wRMSE: every non-empty bin of 0.1 gets the same share."""
    bins = np.minimum((y * 10).astype(int), 9)
    counts = np.bincount(bins, minlength=10)
    return 1 / counts[bins] / (counts > 0).sum()


def wrmse(y: Any, guess: Any) -> float:
    return float(np.sqrt((shares(y) * (y - guess) ** 2).sum()))


def fit(x: Any, y: Any, sets: Any) -> tuple[Any, Any, Any, float]:
    mean, scale = x.mean(axis=0), np.maximum(x.std(axis=0), 1e-6)
    z = np.clip((x - mean) / scale, -4, 4)
    weight = np.zeros(len(y))
    for name in np.unique(sets):
        part = sets == name
        weight[part] = 0.5 * shares(y[part]) + 0.5 / part.sum()
    weight *= len(y) / weight.sum()
    middle = (weight[:, None] * z).sum(axis=0) / weight.sum()
    level = float((weight * y).sum() / weight.sum())
    root = np.sqrt(weight)
    left = np.vstack([(z - middle) * root[:, None], np.sqrt(PENALTY) * np.eye(z.shape[1])])
    right = np.append((y - level) * root, np.zeros(z.shape[1]))
    w = lsq_linear(left, right, (0.0, np.inf)).x  # each may only raise a mark
    return mean, scale, w, level - float(middle @ w)


def predict(model: tuple[Any, Any, Any, float], x: Any) -> Any:
    mean, scale, w, bias = model
    return np.clip(np.clip((x - mean) / scale, -4, 4) @ w + bias, 0, 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    data = rows()
    x, y = features(data), np.array([r.get("asag2024_grade", r["score"]) for r in data])
    sets = np.array([r["dataset"] for r in data])
    for name in (*SETS, *OWN):
        part = sets == name
        show(f"without {name}", y[part], predict(fit(x[~part], y[~part], sets[~part]), x[part]), x[part])
    model = fit(x, y, sets)
    print({n: round(float(w), 3) for n, w in zip(MARK_FEATURES, model[2], strict=True)}, round(model[3], 3))
    if options.write:
        stored = json.loads(OUT.read_text(encoding="utf-8"))
        stored["plain"] = {
            "features": list(MARK_FEATURES), "mean": rounded(model[0]), "scale": rounded(model[1]), "weights": rounded(model[2]), "bias": round(model[3], 5),  # noqa: E501
            "fitted_on": f"a fifth of the train splits of {', '.join(SETS)}, and training/graded_dev: {len(y)} rows",
        }  # fmt: skip
        OUT.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")
        seal()


def show(name: str, y: Any, guess: Any, x: Any) -> None:
    def column(feature: str) -> Any:
        return x[:, MARK_FEATURES.index(feature)]

    blind = {f: pearson(y, column(f)) for f in MARK_FEATURES}
    print(f"{name}: n={len(y)} wRMSE {wrmse(y, guess):.3f} Pearson {pearson(y, guess):.3f} | constant .5 wRMSE {wrmse(y, np.full(len(y), 0.5)):.3f}; "  # noqa: E501
          f"Pearson of {', '.join(f'{f} {r:.3f}' for f, r in blind.items())}")  # fmt: skip


if __name__ == "__main__":
    main()
