"""Who grades: greenroom through its own doors, and what a user would pick instead. Each maps rows to figures, one a row.

A row: question, reference (with ``references`` where there are several), answer. All graders see the same texts; of several references
the one that gives most counts, for every grader.
"""

from __future__ import annotations

import json
import math
import os
import re
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from benchmarks.public import Row, references
from greenroom.assess.assessment import Assessment, Verdict
from greenroom.assess.assessor import Assessor
from greenroom.assess.grade import grade
from greenroom.assess.judge import Judge
from greenroom.bank.question import Rubric
from greenroom.builtin import make_judge
from greenroom.llm.encoder import OnnxEncoder
from greenroom.settings import read_settings

WORD = re.compile(r"[a-z0-9]+")
SENTENCE = re.compile(r"(?<=[.!?])\s+")


class Graded(NamedTuple):
    """Of one row. ``score`` 0..1, 0 where the assessor abstained; ``against``: how sure it is that the answer contradicts, 0..1."""

    score: float
    against: float
    abstained: bool


class Recorder:
    """An ``Assessor`` that keeps what the one inside said: ``grade`` passes on the score only.

    Args:
        verdicts: ask for verdicts on the reference's sentences too, which ``grade`` has no use for.
    """

    def __init__(self, inside: Assessor, verdicts: bool) -> None:
        self.inside, self.verdicts = inside, verdicts
        self.last: Assessment | None = None

    def assess(self, rubric: Rubric, answer: str) -> Assessment:
        self.last = self.inside.assess(rubric.model_copy(update={"whole": False}) if self.verdicts else rubric, answer)
        return self.last


def greenroom(assessor: Assessor, rows: Sequence[Row], verdicts: bool = False) -> list[Graded]:
    """Each row through ``grade``, once for each of its references. ``verdicts``: for ``Graded.against``, which is 0 without."""
    recorder, found = Recorder(assessor, verdicts), []
    for number, row in enumerate(rows):
        lines = [_line(f"{number}-{k}", row, text) for k, text in enumerate(references(row))]
        held = []
        for result in grade(lines, recorder):
            if result.status == "error":
                raise SystemExit(f"grade refused a row: {result.reason}")
            held.append((result.score if result.status == "graded" else None, against(recorder.last)))
        scores = [score for score, _ in held if score is not None]
        found.append(Graded(max(scores, default=0.0), min(wrong for _, wrong in held), not scores))
    return found


def _line(name: str, row: Row, reference: str) -> str:
    return json.dumps({"id": name, "question": row["question"], "reference": reference, "answer": row["answer"]})


def against(held: Assessment | None) -> float:
    """The surest verdict *wrong* among the points; 0 where there is none."""
    return max((point.confidence or 0.0 for point in held.points if point.verdict is Verdict.WRONG), default=0.0) if held else 0.0


def length(rows: Sequence[Row]) -> Any:
    """Blind: words in the answer, on a scale of logarithms."""
    return np.log1p([len(row["answer"].split()) for row in rows])


class TfIdf:
    """Cosine of log-scaled word counts weighted by log((1 + n) / (1 + df)) + 1, as scikit-learn's sublinear TfidfVectorizer."""

    def __init__(self, texts: Iterable[str]) -> None:
        found = [set(_words(text)) for text in texts]
        self._count = len(found)
        self._in = Counter(word for words in found for word in words)

    def cosine(self, one: str, other: str) -> float:
        a, b = self._vector(one), self._vector(other)
        return sum(weight * b.get(word, 0.0) for word, weight in a.items())

    def _vector(self, text: str) -> dict[str, float]:
        raw = {w: (1 + math.log(n)) * (math.log((1 + self._count) / (1 + self._in[w])) + 1) for w, n in Counter(_words(text)).items()}
        size = math.sqrt(sum(weight * weight for weight in raw.values()))
        return {word: weight / size for word, weight in raw.items()} if size else {}

    def __call__(self, rows: Sequence[Row]) -> Any:
        return np.array([max(self.cosine(row["answer"], text) for text in references(row)) for row in rows])


def _words(text: str) -> list[str]:
    return WORD.findall(text.lower())


class Cosine:
    """A sentence encoder's cosine: what most people would build. Vectors are kept, each text is encoded once."""

    def __init__(self, encode: Any) -> None:
        self._encode = encode
        self._known: dict[str, Any] = {}

    def vectors(self, texts: Sequence[str]) -> Any:
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if new:
            self._known.update(zip(new, self._encode(new), strict=True))
        return np.stack([self._known[text] for text in texts])

    def __call__(self, rows: Sequence[Row]) -> Any:
        self.vectors([text for row in rows for text in (row["answer"], *references(row))])
        return np.array([float((self.vectors(references(row)) @ self.vectors([row["answer"]])[0]).max()) for row in rows])

    def of_points(self, rubric: Rubric, answer: str) -> list[float]:
        """For each key point the cosine of the sentence nearest to it."""
        said = self.vectors([piece for piece in SENTENCE.split(answer.strip()) if piece] or [answer])
        return [float(said_to.max()) for said_to in self.vectors([point.point for point in rubric.points]) @ said.T]


def shipped() -> Cosine:
    """The encoder that greenroom ships, alone."""
    return Cosine(OnnxEncoder.load().encode)


def find_judge() -> Judge | str:
    """The chat model of the settings (GREENROOM_JUDGE_URL and GREENROOM_JUDGE_MODEL, or GREENROOM_JUDGE_FILE); or why there is none."""
    settings = read_settings()
    if not settings.has_judge:
        return "a chat model: none is connected (GREENROOM_JUDGE_URL and GREENROOM_JUDGE_MODEL, or GREENROOM_JUDGE_FILE)"
    judge = make_judge(settings)
    fault = judge.find_fault()
    if fault is None:
        return judge
    print(f"    the judge: {fault}", file=sys.stderr, flush=True)  # may name a server, so it goes to the screen only
    return "a chat model: the one that the settings name does not answer"


def named(judge: Judge) -> str:
    """The model's name without its server's."""
    return judge.model.name.split(" at ")[0]


def find_plain() -> Cosine | str:
    """The untouched encoder in GREENROOM_BENCH_MODEL through sentence-transformers; or why there is none."""
    folder = os.environ.get("GREENROOM_BENCH_MODEL")
    if not folder:
        return "the plain encoder's cosine needs GREENROOM_BENCH_MODEL, a folder as sentence-transformers keeps all-MiniLM-L6-v2"
    try:
        from sentence_transformers import SentenceTransformer
    except ImportError:
        return "the plain encoder's cosine needs sentence-transformers and torch (pip install sentence-transformers)"
    model = SentenceTransformer(folder, device="cpu")
    return Cosine(lambda texts: model.encode(texts, normalize_embeddings=True))
