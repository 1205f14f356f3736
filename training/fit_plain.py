"""Fit the mark for rubrics without authored phrasings (``greenroom grade``) on public short-answer data.

    python training/fit_plain.py [--write]      data: GREENROOM_BENCH_DATA, default ../shared/data

Train splits only. Each row is held against its reference, cut into sentences. Ridge regression over standardised features ; rows are
weighted as wRMSE weighs them (ten bins of the mark, equal shares). Reported twice: leaving one data set out (the honest case: another
subject, other markers), and leaving a fifth of the questions out; both with blind baselines.
"""

from __future__ import annotations

import argparse
import json
import os
import random
from pathlib import Path
from typing import Any

import numpy as np
from fit_verdicts import OUT, rounded
from labelled import ROOT, Store
from measures import pearson
from seal import seal

from greenroom.assess.gate import SHORT
from greenroom.assess.grade import RowIn, make_rubric
from greenroom.assess.reading.clauses import windows
from greenroom.assess.reading.evidence import MARK_FEATURES, creditable, make_answer, make_sheet, mark_features, read_windows
from greenroom.llm.words import load_order

DATA = Path(os.environ.get("GREENROOM_BENCH_DATA", ROOT.parent / "shared/data")) / "asag"
SETS = ("saf_en", "semeval2013_beetle", "semeval2013_scientsbank")
EACH = 1500
PENALTY = 30.0


def rows() -> list[dict[str, Any]]:
    found = []
    for name in SETS:
        lines = [json.loads(line) for line in (DATA / name / "train.jsonl").open(encoding="utf-8")]
        found += random.Random(name).sample(lines, min(EACH, len(lines)))
    return found


def features(data: list[dict[str, Any]]) -> Any:
    store, order = Store(), load_order()
    store.encode(sorted({w.text for r in data for side in ("answer", "reference") for w in windows(r[side])}))
    found = []
    for number, r in enumerate(data):
        rubric = make_rubric(RowIn(id=str(number), question=r["question"], reference=r["reference"], answer=r["answer"]))
        sheet = make_sheet(rubric)

        def read(text: str) -> Any:
            return make_answer(text, windows(text), read_windows(windows(text), store), order, SHORT.slack)

        text = creditable(read(r["answer"]), sheet)
        whole = store.encode([text, " ".join(p.point for p in rubric.points)])
        found.append(mark_features(sheet, store.encode(sheet.texts), read(text), whole))
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
    a = ((z - middle) * weight[:, None]).T @ (z - middle) + PENALTY * np.eye(z.shape[1])
    w = np.linalg.solve(a, ((z - middle) * weight[:, None]).T @ (y - level))
    return mean, scale, w, level - float(middle @ w)


def predict(model: tuple[Any, Any, Any, float], x: Any) -> Any:
    mean, scale, w, bias = model
    return np.clip(np.clip((x - mean) / scale, -4, 4) @ w + bias, 0, 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    if not DATA.exists():
        raise SystemExit(f"No data at {DATA}: set GREENROOM_BENCH_DATA. Nothing was fitted.")
    data = rows()
    x, y = features(data), np.array([r["score"] for r in data])
    sets = np.array([r["dataset"] for r in data])
    questions = np.array([f"{r['dataset']}/{r['question_id']}" for r in data])
    for name in SETS:
        part = sets == name
        guess = predict(fit(x[~part], y[~part], sets[~part]), x[part])
        show(f"without {name}", y[part], guess, x[part])
    fold = np.array([sum(q.encode()) % 5 for q in questions])
    guess = np.zeros(len(y))
    for k in range(5):
        guess[fold == k] = predict(fit(x[fold != k], y[fold != k], sets[fold != k]), x[fold == k])
    for name in SETS:
        show(f"other questions of {name}", y[sets == name], guess[sets == name], x[sets == name])
    model = fit(x, y, sets)
    print({n: round(float(w), 3) for n, w in zip(MARK_FEATURES, model[2], strict=True)}, round(model[3], 3))
    if options.write:
        stored = json.loads(OUT.read_text(encoding="utf-8"))
        stored["plain"] = {
            "features": list(MARK_FEATURES), "mean": rounded(model[0]), "scale": rounded(model[1]), "weights": rounded(model[2]), "bias": round(model[3], 5),  # noqa: E501
            "fitted_on": f"train splits of {', '.join(SETS)}, {len(y)} rows",
        }  # fmt: skip
        OUT.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")
        seal()


def show(name: str, y: Any, guess: Any, x: Any) -> None:
    def column(feature: str) -> Any:
        return x[:, MARK_FEATURES.index(feature)]

    blind = {f: pearson(y, column(f)) for f in ("ratio", "whole", "recall")}
    print(f"{name}: n={len(y)} wRMSE {wrmse(y, guess):.3f} Pearson {pearson(y, guess):.3f} | constant .5 wRMSE {wrmse(y, np.full(len(y), 0.5)):.3f}; "  # noqa: E501
          f"Pearson of length {blind['ratio']:.3f}, cosine {blind['whole']:.3f}, shared words {blind['recall']:.3f}")  # fmt: skip


if __name__ == "__main__":
    main()
