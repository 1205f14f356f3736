"""Fit what tells a story from an explanation: one direction in the encoder's space, for behavioural questions.

    python training/fit_told.py [--write]

Sentences of the bank: those of behavioural questions (model answers, phrasings of the parts) against those of questions of knowledge. An
answer's likelihood is the mean of its sentences' by their words. Reported on texts of questions that no fit saw (five folds by question),
and on labelled stories and golden answers, which no fit ever saw. The bar was set with the first two in view.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from hashlib import sha256
from typing import Any, NamedTuple

import numpy as np
import yaml
from corpus import held_out
from fit_verdicts import OUT, rounded
from labelled import ROOT
from seal import seal
from sklearn.linear_model import LogisticRegression

from greenroom.assess.calibrate import Direction
from greenroom.assess.reading.clauses import windows
from greenroom.bank.load import load_bank
from greenroom.bank.question import Question
from greenroom.llm.encoder import OnnxEncoder

PACKS = [ROOT / "src/greenroom/packs/core", ROOT / "src/greenroom/packs/behavioural"]
FOLDS = 5
BAR = 0.45
NO_STORY = ("waffle", "hypothetical", "opinion", "textbook", "self_praise", "ramble")
"""Kinds of labelled stories that tell of nothing that happened."""


class Text(NamedTuple):
    fold: int
    story: bool
    text: str


def fold(question_id: str) -> int:
    return int(sha256(question_id.encode()).hexdigest(), 16) % FOLDS


def answers(questions: Sequence[Question]) -> list[Text]:
    return [
        Text(fold(q.id), q.kind == "behavioural", text) for q in questions for text in (q.model_answers.plain, q.model_answers.technical)
    ]


def phrasings(questions: Sequence[Question]) -> list[Text]:
    return [Text(fold(q.id), q.kind == "behavioural", text) for q in questions for point in q.points() for text in point.says]


def sentences(texts: Sequence[Text]) -> list[Text]:
    return [text._replace(text=piece.text) for text in texts for piece in windows(text.text) if piece.kind == "sentence"]


def fit(x: Any, y: Any) -> Direction:
    model = LogisticRegression(C=1.0, class_weight="balanced", max_iter=1000).fit(x, y)
    return Direction(np.asarray(model.coef_[0], np.float64), float(model.intercept_[0]), BAR)


def told(direction: Direction, text: str, encoder: OnnxEncoder) -> float:
    pieces = [piece for piece in windows(text) if piece.kind == "sentence"]
    return direction(encoder.encode([piece.text for piece in pieces]), [piece.words for piece in pieces])


def show(name: str, values: Sequence[float], story: bool) -> None:
    found = np.array(values)
    right = int((found >= BAR).sum() if story else (found < BAR).sum())
    print(f"{name}: {right} of {len(found)} right; least {found.min():.2f}, median {np.median(found):.2f}, most {found.max():.2f}")


def explanations() -> list[str]:
    """Golden answers, without those that tell of something else and those that ask."""
    paths = [path for path in sorted((ROOT / "tests/assess/golden").glob("*.yaml")) if path.stem != "your-questions"]
    return [row["answer"] for path in paths for row in yaml.safe_load(path.read_text(encoding="utf-8")) if row["kind"] != "off-topic"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    encoder, questions = (
        OnnxEncoder.load(),
        [q for q in load_bank(PACKS).questions() if q.kind != "asks" and q.id not in held_out()],
    )
    whole = answers(questions)
    rows = [*sentences(whole), *phrasings(questions)]
    x, y, folds = encoder.encode([row.text for row in rows]), np.array([row.story for row in rows]), np.array([row.fold for row in rows])
    apart = [fit(x[folds != k], y[folds != k]) for k in range(FOLDS)]
    for story in (True, False):
        values = [told(apart[text.fold], text.text, encoder) for text in whole if text.story is story]
        show(f"model answers, {'stories' if story else 'explanations'}, by a fit without their question", values, story)
    for path in sorted((ROOT / "tests/assess/stories").glob("*.yaml")):
        held = yaml.safe_load(path.read_text(encoding="utf-8"))
        for story in (True, False):
            values = [told(apart[fold(r["question"])], r["answer"], encoder) for r in held if (r["kind"] not in NO_STORY) is story]
            if values:
                show(f"labelled {path.stem}, {'stories' if story else 'no stories'}, by a fit without their question", values, story)
    direction = fit(x, y)
    golden = [text for text in explanations() if windows(text)]
    show("golden answers, explanations, by the fit on all", [told(direction, text, encoder) for text in golden], False)
    if options.write:
        stored = json.loads(OUT.read_text(encoding="utf-8"))
        stored["told"] = {
            "weights": rounded(direction.weights), "bias": round(direction.bias, 5), "threshold": BAR,
            "fitted_on": f"{len(rows)} sentences of the bank, {int(y.sum())} of them of stories",
        }  # fmt: skip
        OUT.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")
        seal()


if __name__ == "__main__":
    main()
