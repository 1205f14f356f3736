"""The natural answers of training/data: their shape, where they lie, and the rules they keep (training/data/GUIDE.md).

An answer is composed by a writer who sees the claims and an assignment, and labelled by a reader who sees the text alone. Both are language
models at work for the project: the labels are "authored labels", never people's. The sealed splits lie encrypted: the key stands below,
so that the seal prevents accidents and not intent. Every opening is written down.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from greenroom.assess.star.parts import PARTS
from greenroom.bank.bank import Bank
from greenroom.bank.load import load_bank
from greenroom.bank.question import Question, Rubric, Value

ROOT = Path(__file__).parent.parent
DATA = ROOT / "training/data"
PACKS = ROOT / "src/greenroom/packs"
Split = Literal["train", "dev", "sealed-a", "sealed-b"]
OPEN: tuple[Split, ...] = ("train", "dev")
SEALED: tuple[Split, ...] = ("sealed-a", "sealed-b")
KEY = b"A9u15E3zjOTwJIaaMig1UtX3eIeYCrlIVNtVbEMLpTU="
"""Of the sealed files. It is here on purpose: ``open_sealed`` opens them, and says so in OPENED.md."""

Verdict = Literal["hit", "partial", "missed", "wrong"]
Action = Literal["make", "half", "contradict", "quote", "ask", "disown", "omit"]
Shape = Literal["excellent", "good", "middling", "wrong", "vague", "neighbour"]
Trait = Literal["analogy", "hedging", "refutes", "disowns", "recognised"]
Voice = Literal[
    "senior engineer", "researcher", "bootcamp graduate", "product manager", "fluent non-native", "hesitant non-native", "rambler",
    "note-taker",
]  # fmt: skip
CREDIT: Mapping[str, float] = {"hit": 2, "partial": 1, "missed": 0, "wrong": 0}
FAR = 2.0
"""Credit between a label and a verdict that says nothing."""
BANDS = (20, 40, 63, 85)
RUN = 4
"""Words of a run: two answers that share half of theirs are one answer too many."""


class PointLabel(Value):
    """``asserted`` false: the claim's words are there, but only quoted, asked or disowned; then the verdict is *missed* with its quote."""

    verdict: Verdict
    quote: str | None = None
    asserted: bool = True


class Reading(Value):
    """What one reader found. ``misconceptions``: id → quote. ``overall``: 0 to 100 on the bands."""

    points: dict[str, PointLabel]
    misconceptions: dict[str, str] = Field(default={})
    overall: Annotated[int, Field(ge=0, le=100)]


class Plan(Value):
    """What the writer was asked to do. ``neighbour``: the question that is answered in place of the one asked."""

    shape: Shape
    points: dict[str, Action]
    believes: tuple[str, ...] = ()
    refutes: tuple[str, ...] = ()
    traits: tuple[Trait, ...] = ()
    words: int
    neighbour: str | None = None


class Answer(Value):
    """``label``: the reading that counts; ``second``: an independent one; ``settled``: what the first reader said of the points that a
    third decided. ``written``: what was read aloud, where ``answer`` is what a recogniser heard.
    """

    id: str
    question_id: str
    form: str | None
    voice: Voice
    spoken: bool
    plan: Plan
    answer: str
    written: str | None = None
    label: Reading
    second: Reading | None = None
    settled: dict[str, PointLabel] = Field(default={})

    @property
    def words(self) -> int:
        return len(self.answer.split())

    @property
    def first(self) -> Reading:
        """The first reading, before a third reader decided anything."""
        return self.label.model_copy(update={"points": self.label.points | self.settled})

    @property
    def kind(self) -> str:
        """By its labels: excellent, middling, wrong (confidently) or other. *Wrong* leaves out those that hedge."""
        errors = sum(p.verdict == "wrong" for p in self.label.points.values()) + len(self.label.misconceptions)
        if self.label.overall >= 85:
            return "excellent"
        if 35 <= self.label.overall <= 70:
            return "middling"
        return "wrong" if self.label.overall <= 25 and errors >= 2 and "hedging" not in self.plan.traits else "other"


@cache
def bank() -> Bank:
    return load_bank([PACKS / "core", PACKS / "behavioural"])


@cache
def splits() -> dict[str, Split]:
    """The split of each question."""
    found: dict[str, Split] = json.loads((DATA / "splits.json").read_text(encoding="utf-8"))["questions"]
    return found


def held_out() -> frozenset[str]:
    """Questions of which nothing may enter any training: no claim, phrasing, misconception, model answer or answer."""
    return frozenset(question_id for question_id, split in splits().items() if split != "train")


def sealed_questions() -> frozenset[str]:
    return frozenset(question_id for question_id, split in splits().items() if split in SEALED)


@cache
def shared_claims() -> frozenset[str]:
    """``question_id/point_id`` of train whose claim a question held out has too: their labels enter no training. The splits were drawn by
    the claims of the canonical forms; those of other forms, and the misconceptions, were compared afterwards (``draw.py shared``).
    """
    return frozenset(json.loads((DATA / "shared.json").read_text(encoding="utf-8"))["claims"])


def claims(question: Question) -> dict[str, str]:
    """Every claim of a question by id: points of all its forms, then misconceptions. The parts of a story, which every behavioural question
    asks for, are left out.
    """
    points = [point for form in (None, *(form.id for form in question.forms)) for point in question.rubric(form).points]
    asked = {point.id: point.point for point in points if not (question.kind == "behavioural" and point.id in PARTS)}
    return asked | {wrong.id: wrong.claim for wrong in question.misconceptions}


def rubric(answer: Answer) -> Rubric:
    return bank().get(answer.question_id).rubric(answer.form)


def read_split(split: Split) -> list[Answer]:
    """The answers of an open split. The sealed ones are opened by ``open_sealed`` alone."""
    if split in SEALED:
        raise PermissionError("open_sealed opens the sealed splits, and writes it down")
    return [answer for path in sorted((DATA / "answers" / split).glob("*.jsonl")) for answer in parse(path.read_text(encoding="utf-8"))]


def parse(text: str) -> list[Answer]:
    return [Answer.model_validate_json(line) for line in text.splitlines() if line.strip()]


def dump(answers: Iterable[Answer]) -> str:
    return "".join(answer.model_dump_json(exclude_defaults=True) + "\n" for answer in answers)


def seal(name: str, text: str) -> Path:
    """Encrypt ``text`` into the sealed file of that name."""
    from cryptography.fernet import Fernet

    path = DATA / "sealed" / f"{name}.jsonl.enc"
    path.write_bytes(Fernet(KEY).encrypt(text.encode()))
    return path


def open_sealed(name: str, why: str) -> str:
    """What ``seal`` encrypted. ``why`` is appended to OPENED.md before it is returned, with date and commit."""
    import subprocess
    from datetime import UTC, datetime

    from cryptography.fernet import Fernet

    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    note_opening(f"- {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {name}, at {commit}: {why}")
    return Fernet(KEY).decrypt((DATA / "sealed" / f"{name}.jsonl.enc").read_bytes()).decode()


def note_opening(line: str) -> None:
    """What was seen of a sealed split, below its opening."""
    with (DATA / "sealed/OPENED.md").open("a", encoding="utf-8") as log:
        log.write(f"{line}\n")


def faults(answer: Answer) -> Iterator[str]:
    """What an answer or its labels break of the rules of GUIDE.md."""
    asked = {point.id for point in rubric(answer).points}
    known = {wrong.id for wrong in bank().get(answer.question_id).misconceptions}
    if not 55 <= answer.words <= 240:
        yield f"{answer.id}: {answer.words} words"
    for reading in (answer.label, answer.second):
        if reading is None:
            continue
        if set(reading.points) != asked:
            yield f"{answer.id}: labels {sorted(set(reading.points) ^ asked)} do not match the rubric"
        if strange := set(reading.misconceptions) - known:
            yield f"{answer.id}: no misconception {sorted(strange)}"
        yield from (f"{answer.id}/{fault}" for fault in point_faults(reading.points, answer.answer))
        yield from (f"{answer.id}: not in the answer: {quote!r}" for quote in reading.misconceptions.values() if quote not in answer.answer)


def point_faults(points: Mapping[str, PointLabel], text: str) -> Iterator[str]:
    for name, point in points.items():
        if (point.verdict != "missed" or not point.asserted) and not point.quote:
            yield f"{name}: {point.verdict} without a quote"
        if point.verdict == "missed" and point.asserted and point.quote:
            yield f"{name}: missed, asserted, and quoted"
        if not point.asserted and point.verdict != "missed":
            yield f"{name}: not asserted, and not missed"
        if point.quote and point.quote not in text:
            yield f"{name}: not in the answer: {point.quote!r}"


def runs(text: str) -> frozenset[tuple[str, ...]]:
    """Its runs of four words, lower case."""
    words = [word.strip(".,;:!?\"'()…").lower() for word in text.split()]
    return frozenset(tuple(words[n : n + RUN]) for n in range(len(words) - RUN + 1))


def repeats(answers: Sequence[Answer]) -> list[tuple[str, str]]:
    """Pairs of answers of which one shares half of its four-word runs with the other. Only answers with a run in common are compared."""
    known = [runs(answer.answer) for answer in answers]
    holders = defaultdict[tuple[str, ...], list[int]](list)
    for n, found in enumerate(known):
        for run in found:
            holders[run].append(n)
    shared = Counter(pair for numbers in holders.values() if len(numbers) > 1 for pair in combinations(numbers, 2))
    return [
        (answers[a].id, answers[b].id) for (a, b), count in shared.items() if count >= 0.5 * min(len(known[a]), len(known[b]))
    ]  # fmt: skip


def kappa(want: Sequence[str], given: Sequence[str]) -> float:
    """Linear weighted κ over credit. A verdict that says nothing is as far from every label as *missed* is from *hit*, by chance too."""
    import numpy as np

    a, b = (np.array([CREDIT.get(each, np.nan) for each in side]) for side in (want, given))
    by_chance = sum(np.mean(a == level) * np.mean(np.where(np.isnan(b), FAR, np.abs(b - level))) for level in sorted(set(CREDIT.values())))
    apart = np.where(np.isnan(b), FAR, np.abs(a - b)).mean()
    return float(1 - apart / by_chance) if by_chance else 1.0


def word_errors(said: str, heard: str) -> float:
    """Word error rate: Levenshtein distance of the words, by the words said. Case and marks do not count."""
    a, b = (re.findall(r"[a-z0-9']+", text.lower()) for text in (said, heard))
    row = list(range(len(b) + 1))
    for i, word in enumerate(a, 1):
        before, row[0] = row[0], i
        for j, other in enumerate(b, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (word != other))
    return row[-1] / max(1, len(a))


def length_correlation(answers: Sequence[Answer]) -> float:
    """Pearson's r between number of words and overall mark."""
    import numpy as np

    return float(np.corrcoef([a.words for a in answers], [a.label.overall for a in answers])[0, 1])


WORDS_IN_A_ROW = 8


def held_out_runs() -> set[tuple[str, ...]]:
    """Runs of words that only questions held out have: no training input may have one."""
    of: dict[bool, set[tuple[str, ...]]] = {True: set(), False: set()}
    for question in bank().questions():
        of[question.id in held_out()].update(run for text in _texts(question.model_dump()) for run in in_a_row(text))
    return of[True] - of[False]


def in_a_row(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"[a-z0-9']+", text.lower())
    return {tuple(words[n : n + WORDS_IN_A_ROW]) for n in range(len(words) - WORDS_IN_A_ROW + 1)}


def _texts(value: object) -> Iterator[str]:
    """Every text in it."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from (text for name, each in value.items() if name not in ("id", "source") for text in _texts(each))
    elif isinstance(value, list | tuple):
        yield from (text for each in value for text in _texts(each))
