"""The labelled answers of training/answers/*.yaml, and evidence for them: shared by the fits and the benchmarks.

An answer: {id, question_id, form, strength, answer, points: {point_id: hit|partial|missed|wrong}, misconceptions: [ids], communication,
overall}. The labels are authored: written by the project's people with the rubric at hand, before any threshold was fitted. They are
not candidates' answers.
"""

from __future__ import annotations

import functools
import json
import random
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import yaml
from corpus import held_out

from greenroom.assess.reading.answer import hear, make_answer
from greenroom.assess.reading.clauses import windows
from greenroom.assess.reading.cleaned import clean
from greenroom.assess.reading.evidence import Finding, findings
from greenroom.assess.reading.sheet import make_sheet
from greenroom.bank.load import load_bank
from greenroom.bank.question import KeyPoint, Misconception, Question, Rubric
from greenroom.llm.encode import Hearing, Readings, Scores, Vectors
from greenroom.llm.encoder import OnnxEncoder
from greenroom.llm.reader import OnnxReader
from greenroom.llm.remember import RememberingReader
from greenroom.llm.weights import check_weights

ROOT = Path(__file__).parent.parent
PACK = ROOT / "src/greenroom/packs/core"
ANSWERS = ROOT / "training/answers"
CHECK = ("architecture", "ethics", "generation", "robustness", "your-questions")
"""Topics that the reader never learnt from. Chosen before any answer was scored, one of each flavour: structure, judgement, process,
practice, asking. The verdicts' coefficients are judged on each with all its answers left out (fit_verdicts.py).
"""

DENIALS = ("It is not true that ", "It is wrong to say that ", "I don't think that ", "It is false that ", "Nobody should believe that ")


class Case(NamedTuple):
    """One answer with its rubric and labels. ``labels``: point id → verdict; ``claims``: ids of the misconceptions it states."""

    id: str
    topic: str
    strength: str
    rubric: Rubric
    answer: str
    labels: dict[str, str]
    claims: frozenset[str]
    overall: float | None
    authored: bool
    communication: dict[str, bool] | None = None


class Store:
    """Vectors by text and readings by pair, so that nothing is encoded or read twice: an ``Ear`` and a ``Reader``.

    ``save`` keeps the readings in training/.cache under the reader's hash, and with them the next run's first minutes.
    """

    def __init__(self) -> None:
        self.encoder, self.reader = OnnxEncoder.load(), OnnxReader.points()
        self.flagger = RememberingReader(OnnxReader.flagger())
        self.version = self.encoder.version
        self._file = ROOT / f"training/.cache/{check_weights()['points.onnx'][:12]}.npz"
        self._known: dict[str, Any] = {}
        self._read: dict[tuple[str, str], Any] = self._kept()

    def encode(self, texts: Iterable[str]) -> Vectors:
        return self.hear(list(texts)).vectors

    def hear(self, texts: Sequence[str]) -> Hearing:
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        self._known.update(zip(new, zip(*self.encoder.hear(new), strict=True), strict=True))
        vectors = np.array([self._known[text][0] for text in texts], np.float32).reshape(-1, 384)
        return Hearing(vectors, np.array([self._known[text][1] for text in texts], np.float32))

    def order(self, texts: Sequence[str]) -> Scores:
        return self.hear(texts).order

    def read(self, pairs: Iterable[tuple[str, str]]) -> Readings:
        pairs = list(pairs)
        new = [pair for pair in dict.fromkeys(pairs) if pair not in self._read]
        if new:
            self._read.update(zip(new, self.reader.read(new), strict=True))
        return np.stack([self._read[pair] for pair in pairs]) if pairs else np.zeros((0, 5), np.float32)

    def save(self) -> None:
        self._file.parent.mkdir(exist_ok=True)
        pairs = np.array([json.dumps(pair) for pair in self._read])
        np.savez_compressed(self._file, pairs=pairs, readings=np.array(list(self._read.values()), np.float32))

    def _kept(self) -> dict[tuple[str, str], Any]:
        if not self._file.exists():
            return {}
        with np.load(self._file, allow_pickle=False) as held:
            return {tuple(json.loads(str(pair))): row for pair, row in zip(held["pairs"], held["readings"], strict=True)}


@functools.cache
def every_question() -> dict[str, Question]:
    """The core pack by id, without the questions held out: nothing of them enters any training."""
    return {question.id: question for question in load_bank([PACK]).questions() if question.id not in held_out()}


@functools.cache
def questions() -> dict[str, Question]:
    """The canonical question of each topic, by id: the answers, statements and golden answers are about these."""
    canonical = {path.stem for path in PACK.glob("*/*.yaml") if path.stem == path.parent.name}
    return {id_: question for id_, question in every_question().items() if id_ in canonical}


def labelled() -> list[Case]:
    """All labelled answers, each with the points that were there to be labelled and are still asked for. SystemExit names a label that
    fits no point.
    """
    bank = questions()
    cases = []
    for path in sorted(ANSWERS.glob("*.yaml")):
        for row in yaml.safe_load(path.read_text(encoding="utf-8")):
            question = bank[row["question_id"]]
            rubric = question.rubric(row.get("form"))
            if strange := set(row["points"]) - {point.id for point in question.key_points}:
                raise SystemExit(f"{path.name}: {row['id']}: labels of {sorted(strange)}, which are no points of {question.id}")
            rubric = rubric.model_copy(update={"points": tuple(point for point in rubric.points if point.id in row["points"])})
            row["points"] = {point.id: row["points"][point.id] for point in rubric.points}
            case = Case(
                row["id"], question.topic, row["strength"], rubric, row["answer"], row["points"], frozenset(row["misconceptions"]),
                row["overall"], True, row["communication"],
            )  # fmt: skip
            cases.append(case)
    return cases


def composed(seed: int = 0, each: int = 10) -> Iterator[Case]:
    """Answers put together from the bank's own phrasings, each left out of the rubric it is held against.

    A point whose phrasing is in the answer counts as hit (as wrong where the phrasing is denied), a misconception likewise as stated,
    all others as missed. Only of the check topics: the reader learnt the other topics' phrasings, so it would look better than it is.
    """
    for question in (q for q in questions().values() if q.topic in CHECK):
        rng = random.Random(f"{seed}/{question.id}")
        rubric = question.rubric()
        for turn in range(each):
            chosen = rng.sample(rubric.points, rng.randint(1, min(6, len(rubric.points))))
            wrong = rng.sample(rubric.misconceptions, rng.choice((0, 0, 1, 2)))
            items: list[KeyPoint | Misconception] = [*chosen, *wrong]
            said = {item.id: rng.choice(item.says) for item in items}
            denied = {p.id for p in chosen if rng.random() < 0.12}
            lines = [_denied(line, rng) if item in denied else line for item, line in said.items()]
            if rng.random() < 0.4:
                lines += _elsewhere(question.id, rng)
            rng.shuffle(lines)
            labels = {p.id: "wrong" if p.id in denied else "hit" if p.id in said else "missed" for p in rubric.points}
            held = _without(rubric, said)
            yield Case(
                f"{question.id}-{turn}",
                question.topic,
                "composed",
                held,
                " ".join(lines),
                labels,
                frozenset(w.id for w in wrong),
                None,
                False,
            )


def perfect() -> Iterator[Case]:
    """The model answers: written to make each point of the question and to state no misconception. A plain one may make a point in part."""
    for question in every_question().values():
        rubric = question.rubric()
        for kind, text in (("plain", question.model_answers.plain), ("technical", question.model_answers.technical)):
            labels = {point.id: "hit" for point in rubric.points}
            yield Case(f"{question.id}-{kind}", question.topic, "perfect", rubric, text, labels, frozenset(), 96.0, False)


KIN = (
    {"architecture", "attention", "generation", "what-is-an-llm"}, {"training", "training-challenges", "fine-tuning", "what-is-an-llm"},
    {"applications", "ethics", "robustness", "future", "hci"},
)  # fmt: skip
"""Topics whose questions share points: a good answer to the one may truly make some of the other's."""


def crossed(each: int = 3) -> Iterator[Case]:
    """Model answers held against questions of other topics that share nothing with theirs: good sentences about something else."""
    for question in every_question().values():
        rng = random.Random(f"crossed {question.id}")
        far = [
            q for q in every_question().values() if q.topic != question.topic and not any({q.topic, question.topic} <= kin for kin in KIN)
        ]
        for other in rng.sample(far, each):
            text = rng.choice((question.model_answers.plain, question.model_answers.technical))
            labels = {point.id: "missed" for point in other.rubric().points}
            yield Case(f"{question.id}-{other.id}", other.topic, "crossed", other.rubric(), text, labels, frozenset(), 2.0, False)


def alone() -> Iterator[Case]:
    """Each phrasing of each misconception between two of points, all three left out of the rubric: a false sentence among right ones.
    Only of the check topics, as ``composed``.
    """
    for question in (q for q in questions().values() if q.topic in CHECK):
        points, rubric = question.points(), question.rubric()
        for wrong in question.misconceptions:
            for number, said in enumerate(wrong.says):
                one, two = points[number % len(points)], points[(number + 1) % len(points)]
                before, after = one.says[number % len(one.says)], two.says[(number + 1) % len(two.says)]
                held = _without(rubric, {wrong.id: said, one.id: before, two.id: after})
                labels = {p.id: "hit" if p.id in (one.id, two.id) else "missed" for p in rubric.points}
                name, text = f"{question.id}-{wrong.id}-{number}", f"{before} {said} {after}"
                yield Case(name, question.topic, "alone", held, text, labels, frozenset((wrong.id,)), None, False)


def corrected() -> Iterator[Case]:
    """Each misconception's correction by itself: it speaks of the very thing, often with a *not*, and states none. Of every question of the
    check topics. Whether it makes a point is not labelled.
    """
    for question in (q for q in every_question().values() if q.topic in CHECK and q.kind == "knowledge"):
        rubric = question.rubric()
        for wrong in question.misconceptions:
            labels = dict.fromkeys((point.id for point in rubric.points), "missed")
            yield Case(f"{question.id}-{wrong.id}", question.topic, "corrected", rubric, wrong.correction, labels, frozenset(), None, False)


def golden() -> list[Case]:
    """The answers that the tests hold the assessor to (tests/assess/golden): never fitted on, only reported."""
    bank, cases = questions(), []
    for path in sorted((ROOT / "tests/assess/golden").glob("*.yaml")):
        question = bank[path.stem]
        for row in yaml.safe_load(path.read_text(encoding="utf-8")):
            stated = frozenset(row["misconceptions"])
            name = f"{path.stem}-{row['kind']}"
            cases.append(
                Case(name, question.topic, row["kind"], question.rubric(), row["answer"], row["points"], stated, row["overall"], True)
            )
    return cases


SAID = {"makes": "hit", "partly": "partial", "contradicts": "wrong", "near": "missed"}


def told(seed: int = 0, each: int = 24) -> Iterator[Case]:
    """Answers put together from the authored statements (training/statements) about the check topics' points and misconceptions: other
    people's words for a point, half a point, its contrary, and what is near it but is not it.
    """
    for question in (q for q in questions().values() if q.topic in CHECK):
        held = yaml.safe_load((ROOT / f"training/statements/{question.id}.yaml").read_text(encoding="utf-8"))
        rng, rubric = random.Random(f"told {seed}/{question.id}"), question.rubric()
        ids = [point.id for point in rubric.points]
        for turn in range(each):
            kinds = {
                i: rng.choice(("makes", "makes", "makes", "partly", "partly", "contradicts", "near"))
                for i in rng.sample(ids, rng.randint(2, 5))
            }
            kinds = {i: kind for i, kind in kinds.items() if (held["points"].get(i) or {}).get(kind)}
            lines = [rng.choice(held["points"][i][kind]) for i, kind in kinds.items()]
            claims = {m.id: rng.choice(("states", "avoids")) for m in rng.sample(rubric.misconceptions, rng.choice((0, 0, 1, 1, 2)))}
            claims = {i: kind for i, kind in claims.items() if (held["misconceptions"].get(i) or {}).get(kind)}
            lines += [rng.choice(held["misconceptions"][i][kind]) for i, kind in claims.items()]
            rng.shuffle(lines)
            labels = {i: SAID[kinds[i]] if i in kinds else "missed" for i in ids}
            stated = frozenset(i for i, kind in claims.items() if kind == "states") | _also_stated(held, lines)
            yield Case(f"{question.id}-told-{turn}", question.topic, "told", rubric, " ".join(lines), labels, stated, None, False)


def _also_stated(held: dict[str, Any], lines: Sequence[str]) -> set[str]:
    """Misconceptions that are stated by what contradicts a point."""
    places = {i: [at.split("/") for at in found] for i, found in (held.get("also_states") or {}).items()}
    return {i for i, found in places.items() if any(held["points"][point]["contradicts"][int(at)] in lines for point, at in found)}


def _elsewhere(question_id: str, rng: random.Random) -> list[str]:
    """Good sentences about something else: they make no point here."""
    other = rng.choice([q for q in questions().values() if q.id != question_id])
    return [rng.choice(point.says) for point in rng.sample(other.key_points, rng.randint(1, 3))]


def _denied(line: str, rng: random.Random) -> str:
    return rng.choice(DENIALS) + line[0].lower() + line[1:]


def _without(rubric: Rubric, said: dict[str, str]) -> Rubric:
    points = tuple(p.model_copy(update={"says": tuple(s for s in p.says if s != said.get(p.id))}) for p in rubric.points)
    claims = tuple(m.model_copy(update={"says": tuple(s for s in m.says if s != said.get(m.id))}) for m in rubric.misconceptions)
    return rubric.model_copy(update={"points": points, "misconceptions": claims})


def evidence(case: Case, store: Store) -> tuple[list[Finding], list[Finding], Any]:
    """Findings for points and misconceptions, and the answer made ready."""
    sheet = make_sheet(case.rubric)
    cleaned = clean(case.answer)
    pieces = windows(cleaned.text)
    asking = case.rubric.kind == "asks"
    said = make_answer(cleaned, pieces, hear(pieces, store), asking=asking)
    return (*findings(sheet, store.encode(sheet.texts), said, store, store.flagger), said)
