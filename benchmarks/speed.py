"""How fast, beside the same model through sentence-transformers and a CrossEncoder on torch, and how much memory.

    python -m benchmarks speed [--rows N] [--write]      GREENROOM_BENCH_MODEL: all-MiniLM-L6-v2 as sentence-transformers keeps it

Timings mean something on an idle machine only; alternating runs make the ratio hold up better than the milliseconds. The phrasings'
vectors are ready on both sides. The other side encodes the answer's sentences and pairs of neighbours, and a CrossEncoder of the reader's
size (random weights, for only its time counts) reads the very pairs that ours reads; ours also decides, quotes and adds up.
"""

from __future__ import annotations

import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks import memory
from benchmarks.arithmetic import Counted, rate
from benchmarks.authored import bank, knowledge
from benchmarks.graders import SENTENCE
from benchmarks.public import Options, Row, environment, rows, sample
from benchmarks.tables import Report
from greenroom.assess.calibrate import load_fitted
from greenroom.assess.coverage import Coverage
from greenroom.bank.question import Rubric
from greenroom.llm.encode import Reader, Readers, Readings
from greenroom.llm.encoder import OnnxEncoder
from greenroom.llm.reader import OnnxReader
from greenroom.llm.weights import WEIGHTS

RUNS, WARM, THREADS, GRADED, CROSSED = 15, 2, 2, 10_000, 500
"""``CROSSED``: rows that the CrossEncoder on torch reads, which tell its rows a second."""
LAYERS, OUTPUTS = 12, 5
"""Of the reader."""
Work = Callable[[], Any]


def run(options: Options) -> Report:
    report = Report("speed")
    model = os.environ.get("GREENROOM_BENCH_MODEL")
    encoder, cross = _torch(report, model)
    report.say(f"Both sides: {THREADS} threads, the same machine, alternating runs in one process; p50 of {RUNS}.")
    _assess(report, encoder, cross)
    _grade(report, options, encoder, cross)
    memory.run(report, model)
    return report


def _torch(report: Report, model: str | None) -> tuple[Any, Any]:
    """The encoder's weights, and a CrossEncoder as large as the reader; None for what is not there."""
    try:
        import torch
        from sentence_transformers import CrossEncoder, SentenceTransformer
    except ImportError:
        report.lack("the comparisons on torch: they need torch and sentence-transformers (pip install sentence-transformers)")
        return None, None
    if model is None:
        report.lack("the comparisons on torch: GREENROOM_BENCH_MODEL names no folder")
        return None, None
    torch.set_num_threads(THREADS)
    with tempfile.TemporaryDirectory() as folder:
        _as_large(Path(model), Path(folder))
        return SentenceTransformer(model, device="cpu"), CrossEncoder(folder, device="cpu")


def _as_large(model: Path, folder: Path) -> None:
    """A model of the encoder's kind with the reader's layers and outputs, and random weights."""
    from transformers import AutoConfig, AutoModelForSequenceClassification, AutoTokenizer

    config = AutoConfig.from_pretrained(model, num_hidden_layers=LAYERS, num_labels=OUTPUTS)
    AutoModelForSequenceClassification.from_config(config).save_pretrained(folder)
    AutoTokenizer.from_pretrained(model).save_pretrained(folder)


class Recording:
    """A ``Reader`` that keeps the pairs it is given."""

    def __init__(self, reader: Reader) -> None:
        self.pairs: list[tuple[str, str]] = []
        self._reader = reader

    def read(self, pairs: Sequence[tuple[str, str]]) -> Readings:
        self.pairs = list(pairs)
        return self._reader.read(pairs)


def rubric_and_answer() -> tuple[Rubric, str]:
    """8 key points of 6 phrasings, and 150 words."""
    question = bank()["generation"]
    rubric = question.rubric()
    points = tuple(point.model_copy(update={"says": point.says[:6]}) for point in rubric.points[:8])
    return rubric.model_copy(update={"points": points}), " ".join(question.model_answers.technical.split()[:150])


def pieces(answer: str) -> list[str]:
    """Sentences and pairs of neighbours: what the other side encodes."""
    single = [piece for piece in SENTENCE.split(answer) if piece]
    return [*single, *(f"{one} {two}" for one, two in itertools.pairwise(single))]


def _assess(report: Report, encoder: Any, cross: Any) -> None:
    rubric, answer = rubric_and_answer()
    with Counted() as counted:
        reader, flagger = (Recording(make(threads=THREADS)) for make in (OnnxReader.points, OnnxReader.flagger))
        parts = Readers(reader, OnnxReader.marker(threads=THREADS), flagger)
        encoder_, fitted = OnnxEncoder.load(threads=THREADS), load_fitted(WEIGHTS / "coefficients.json", "measured")

        def fresh() -> Coverage:
            """Knows the rubric's vectors and has seen no answer: what is read twice is remembered."""
            made = Coverage(encoder_, parts, fitted)
            made.prepare(rubric)
            return made

        fresh().assess(rubric, answer)  # the networks are opened now
        counting = fresh()
        counted.total = 0
        counting.assess(rubric, answer)
        products = counted.total
    texts, pairs = pieces(answer), [*reader.pairs, *flagger.pairs]
    ready = [fresh() for _ in range(RUNS + WARM)]
    works: dict[str, Work] = {"`assess`, all of it": lambda: ready.pop().assess(rubric, answer)}
    if encoder is not None:
        works[f"torch: sentence-transformers encoding {len(texts)} pieces, CrossEncoder reading {len(pairs)} pairs"] = lambda: (
            encoder.encode(texts, normalize_embeddings=True),
            cross.predict([(statement, passage) for passage, statement in pairs], activation_fn=None),
        )
        works[f"sentence-transformers on torch, encoding {len(texts)} pieces"] = lambda: encoder.encode(texts, normalize_embeddings=True)
    spent = _alternate(works)
    ours = spent["`assess`, all of it"]
    lines: list[list[object]] = [[name, took, took / ours, "≥ 4" if took != ours else None] for name, took in spent.items()]
    if products:
        limit = 1000 * products / rate(THREADS)
        lines.append([f"arithmetic limit: {products / 1e6:.0f} million products in eight bits", limit, limit / ours, "≥ .50"])
    else:
        report.lack("the arithmetic limit: no run of an onnxruntime session was seen")
    report.say(f"### One answer of {len(answer.split())} words against {len(rubric.points)} key points of 6 phrasings, warm")
    report.table(["", "p50, ms", "times ours", "aim"], lines)


def _alternate(works: dict[str, Work]) -> dict[str, float]:
    """Median milliseconds of each, in rounds, so that a drift of the machine meets all alike; ``WARM`` rounds more to warm up."""
    spent: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(RUNS + WARM):
        for name, work in works.items():
            begun = time.perf_counter()
            work()
            spent[name].append(1000 * (time.perf_counter() - begun))
    return {name: statistics.median(times[WARM:]) for name, times in spent.items()}


def _grade(report: Report, options: Options, encoder: Any, cross: Any) -> None:
    data, source = _graded(options.rows or GRADED)
    lines = [json.dumps({"id": n, **{key: row[key] for key in ("question", "reference", "answer")}}) for n, row in enumerate(data)]
    one, _ = _command(lines[:1])
    whole, peak = _command(lines)
    table: list[list[object]] = [[f"`greenroom grade`, the whole command ({one:.1f} s of it for starting)", len(data) / whole, None, peak]]
    if encoder is not None:
        begun = time.perf_counter()
        encoder.encode([row["answer"] for row in data], normalize_embeddings=True)
        encoder.encode(list(dict.fromkeys(row["reference"] for row in data)), normalize_embeddings=True)
        other = len(data) / (time.perf_counter() - begun)
        table.append(["sentence-transformers on torch, encoding answers and references", other, len(data) / whole / other, None])
        some = data[:CROSSED]
        begun = time.perf_counter()
        cross.predict([(row["reference"], row["answer"]) for row in some], activation_fn=None)
        read = len(some) / (time.perf_counter() - begun)
        table.append(
            [f"CrossEncoder of the reader's size on torch, {len(some)} answers beside references", read, len(data) / whole / read, None]
        )
    report.say(f"### Grading {len(data)} rows ({source})")
    report.table(["", "rows a second", "ours is so many times as fast (aim ≥ 4)", "highest resident memory, MB"], table)


def _graded(most: int) -> tuple[list[Row], str]:
    """Rows to grade: public ones, or made from the bank where there are none."""
    try:
        found = [row for name in ("SciEntsBank", "Beetle", "SAF") for row in rows(name, "train")]
        return sample(found, most, "speed"), "train rows of SciEntsBank, Beetle and SAF"
    except FileNotFoundError:
        made = [
            {"question": q.ask, "reference": point.point, "answer": said}
            for q in knowledge()
            for point in q.key_points
            for said in point.says
        ]
        return [made[n % len(made)] for n in range(most)], "made from the bank's phrasings: no public data here"


def _command(lines: list[str]) -> tuple[float, float]:
    """(seconds, highest resident megabytes) of ``greenroom grade`` over the lines, as a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        rows_in, out = Path(folder, "rows.jsonl"), Path(folder, "scored.jsonl")
        rows_in.write_text("\n".join(lines) + "\n", encoding="utf-8")
        env = environment(Path(folder, "home"))
        command = [sys.executable, "-m", "greenroom", "grade", "--in", str(rows_in), "--out", str(out)]
        begun = time.perf_counter()
        with subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            peak = memory.highest(process.pid, process.wait)
        if process.returncode:
            raise SystemExit(f"greenroom grade left with {process.returncode}.")
        return time.perf_counter() - begun, peak
