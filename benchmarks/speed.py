"""``assess`` warm, beside the same model through sentence-transformers on torch: one answer of about 150 words, 8 points of 6
phrasings, 2 threads.

    GREENROOM_BENCH_MODEL=FOLDER python -m benchmarks assess_speed       FOLDER: all-MiniLM-L6-v2 as sentence-transformers keeps it

Both sides are given the same cached phrasings and need a vector for each window of the answer. The other side encodes them all; ours
encodes sentences and clauses, makes the pairs' vectors from them, and also decides, quotes and adds up. Without sentence-transformers
or the folder the comparison is not run, and says so. Prints p50 of ``RUNS`` runs each, taken alternately.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.pop("OPENBLAS_CORETYPE", None)
os.environ.pop("OPENBLAS_L2_SIZE", None)

import yaml

from greenroom.assess.coverage import Coverage
from greenroom.assess.reading.clauses import windows
from greenroom.bank.question import Question, Rubric

ROOT = Path(__file__).parent.parent
RUNS, THREADS = 15, 2


def rubric_and_answer() -> tuple[Rubric, str]:
    question = Question.model_validate(
        yaml.safe_load((ROOT / "src/greenroom/packs/core/generation/generation.yaml").read_text(encoding="utf-8"))
    )
    rubric = question.rubric()
    points = tuple(point.model_copy(update={"says": point.says[:6]}) for point in rubric.points[:8])
    return rubric.model_copy(update={"points": points}), " ".join(question.model_answers.technical.split()[:150])


def once(run: Callable[[], Any]) -> float:
    start = time.perf_counter()
    run()
    return 1000 * (time.perf_counter() - start)


def count(texts: list[str]) -> int:
    return sum(len(text.split()) for text in texts)


def torch_side(folder: Path | None, texts: list[str]) -> Callable[[], Any] | None:
    try:
        import torch
        from sentence_transformers import SentenceTransformer
    except ImportError:
        return None
    if folder is None:
        return None
    torch.set_num_threads(THREADS)
    model = SentenceTransformer(str(folder), device="cpu")
    return lambda: model.encode(texts, normalize_embeddings=True)


def run() -> None:
    folder = os.environ.get("GREENROOM_BENCH_MODEL")
    rubric, answer = rubric_and_answer()
    coverage = Coverage.load(threads=THREADS)
    pieces = windows(answer)
    texts = [piece.text for piece in pieces]
    single = [piece.text for piece in pieces if piece.kind != "pair"]
    other = torch_side(Path(folder) if folder else None, texts)
    for _ in range(2):
        coverage.assess(rubric, answer)
        if other:
            other()
    ours, encode, theirs = [], [], []
    for _ in range(RUNS):
        ours.append(once(lambda: coverage.assess(rubric, answer)))
        encode.append(once(lambda: coverage.read(answer)))
        if other:
            theirs.append(once(other))
    print(f"{len(answer.split())} words, {len(texts)} windows of {count(texts)} words ({count(single)} encoded by us)")
    print(f"{THREADS} threads, load {os.getloadavg()[0]:.1f}")
    print(f"greenroom assess, all of it: p50 {statistics.median(ours):.0f} ms (reading and encoding {statistics.median(encode):.0f} ms)")
    if theirs:
        middle = statistics.median(theirs)
        print(f"sentence-transformers on torch, encoding only: p50 {middle:.0f} ms, {middle / statistics.median(ours):.1f} times ours")
    else:
        print("NOT RUN: the comparison needs sentence-transformers and GREENROOM_BENCH_MODEL")


if __name__ == "__main__":
    run()
