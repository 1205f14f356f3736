"""The small labelled sets of training/data/small: stories, questions to ask, how an answer is put, triples, and packs of other fields.

Their shapes and rules, and where they lie. Splits are by author, subject, pack or question, drawn before anything is written. GUIDE.md
says what the labels mean; ``gather_small.py`` puts them together.
"""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal, get_args

from corpus import DATA, SEALED, Reading, Verdict, point_faults
from corpus import splits as question_splits
from pydantic import Field

from greenroom.bank.question import Round, Value
from greenroom.prep.asks.signs import WeakId

SMALL = DATA / "small"
SEED = 7
Side = Literal["train", "dev", "sealed"]
Part = Literal["situation", "task", "action", "result", "reflection", "other"]
Told = Literal["situation", "task", "action", "own-part", "result", "proof", "reflection"]
Aspect = Literal["answer_first", "succinct", "plain", "example", "fits_company"]
Said = Literal["yes", "no", "unclear"]
Mark = Annotated[int, Field(ge=0, le=100)]
APART = 15
"""Marks between the three answers of a triple, by a reader who does not know which is which."""


class StoryLabel(Value):
    """``sentences``: the whole story in order, each with the part that it tells most of. ``parts``: how well each part is told."""

    sentences: tuple[tuple[str, Part], ...]
    parts: dict[Told, Verdict]
    overall: Mark


class AskLabel(Value):
    quality: Literal["good", "weak", "generic"]
    purpose: Said
    specific: Said
    fit: Said
    opens: Said
    weak: tuple[WeakId, ...] = ()


class MannerLabel(Value):
    """Each side, and the words that decide it where words do. *fits_company* only where a company is named."""

    sides: dict[Aspect, Said]
    quotes: dict[Aspect, str] = Field(default={})


class TripleLabel(Value):
    """The marks of the three answers, read one by one among others."""

    right: Mark
    half: Mark
    wrong: Mark


class Written(Value, ABC):
    """What all sets share. ``split_by`` names the field that decides the split."""

    split_by: ClassVar[str]
    id: str

    @property
    def group(self) -> str:
        return str(getattr(self, self.split_by))

    @abstractmethod
    def shown(self) -> list[tuple[str, str]]:
        """(id, text) of what a reader is to label."""

    @abstractmethod
    def faults(self, label: Any) -> Iterator[str]:
        """What ``label`` breaks of the rules."""


class Story(Written):
    split_by: ClassVar[str] = "author"
    labelled_as: ClassVar[type[Value]] = StoryLabel
    author: str
    asked: str
    story: str
    label: StoryLabel | None = None
    second: StoryLabel | None = None

    def shown(self) -> list[tuple[str, str]]:
        return [(self.id, f"Asked: {self.asked}\nStory:\n{self.story}")]

    def faults(self, label: StoryLabel) -> Iterator[str]:
        at = 0
        for sentence, _ in label.sentences:
            found = self.story.find(sentence, at)
            if found < 0 or self.story[at:found].strip():
                yield f"not the next sentence of the story: {sentence!r}"
                return
            at = found + len(sentence)
        if self.story[at:].strip():
            yield f"not labelled: {self.story[at:]!r}"
        if set(label.parts) != set(get_args(Told)):
            yield f"no verdict on {sorted(set(get_args(Told)) - set(label.parts))}"


class Ask(Written):
    split_by: ClassVar[str] = "author"
    labelled_as: ClassVar[type[Value]] = AskLabel
    author: str
    round: Round
    asked: str
    label: AskLabel | None = None
    second: AskLabel | None = None

    def shown(self) -> list[tuple[str, str]]:
        return [(self.id, f"Round: {self.round}\nAsked: {self.asked}")]

    def faults(self, label: AskLabel) -> Iterator[str]:
        if label.quality == "good" and label.weak:
            yield f"good, and {', '.join(label.weak)}"


class Manner(Written):
    """Written for a company and role, or (``company`` None, its id an answer's) taken from the natural answers."""

    split_by: ClassVar[str] = "question_id"
    labelled_as: ClassVar[type[Value]] = MannerLabel
    question_id: str
    asked: str
    company: str | None = None
    answer: str
    label: MannerLabel | None = None
    second: MannerLabel | None = None

    def shown(self) -> list[tuple[str, str]]:
        where = f"Company and role: {self.company}" if self.company else "No company."
        return [(self.id, f"Asked: {self.asked}\n{where}\nAnswer:\n{self.answer}")]

    def faults(self, label: MannerLabel) -> Iterator[str]:
        asked = set(get_args(Aspect)) - (set() if self.company else {"fits_company"})
        if set(label.sides) != asked:
            yield f"{sorted(set(label.sides) ^ asked)}: too many or too few"
        yield from (f"not in the answer: {quote!r}" for quote in label.quotes.values() if quote not in self.answer)


class Triple(Written):
    split_by: ClassVar[str] = "subject"
    subject: str
    question: str
    reference: str
    right: str
    half: str
    wrong: str
    label: TripleLabel | None = None
    second: TripleLabel | None = None

    def order(self) -> list[str]:
        """Names of the three as a reader sees them, numbered from 1."""
        return random.Random(f"{SEED}/{self.id}").sample(["right", "half", "wrong"], 3)

    def shown(self) -> list[tuple[str, str]]:
        head = f"Question: {self.question}\nReference: {self.reference}\nAnswer:"
        return [(f"{self.id}/{n}", f"{head}\n{getattr(self, name)}") for n, name in enumerate(self.order(), 1)]

    def faults(self, label: TripleLabel) -> Iterator[str]:
        apart = label.right >= label.half + APART >= label.wrong + 2 * APART
        if label is not self.second and not apart:  # a second reader may differ
            yield f"less than {APART} marks apart: {label.right}, {label.half}, {label.wrong}"


class PackAnswer(Written):
    """``claims`` and ``misconceptions``: those of its question, as its pack has them."""

    split_by: ClassVar[str] = "pack"
    pack: str
    question_id: str
    asked: str
    claims: dict[str, str]
    misconceptions: dict[str, str] = Field(default={})
    answer: str
    label: Reading | None = None
    second: Reading | None = None

    def shown(self) -> list[tuple[str, str]]:
        lines = [f"Asked: {self.asked}", "Points:", *(f"  {name}: {claim}" for name, claim in self.claims.items())]
        wrong = [f"  {name}: {claim}" for name, claim in self.misconceptions.items()]
        return [(self.id, "\n".join([*lines, *(["Misconceptions:", *wrong] if wrong else []), "Answer:", self.answer]))]

    def faults(self, label: Reading) -> Iterator[str]:
        if set(label.points) != set(self.claims):
            yield f"labels {sorted(set(label.points) ^ set(self.claims))} do not match the points"
        yield from point_faults(label.points, self.answer)
        yield from (f"no misconception of its question: {name}" for name in label.misconceptions if name not in self.misconceptions)
        yield from (f"not in the answer: {quote!r}" for quote in label.misconceptions.values() if quote not in self.answer)


SETS: Mapping[str, type[Written]] = {"stories": Story, "asks": Ask, "manner": Manner, "triples": Triple, "packs": PackAnswer}
AUTHORS = tuple(f"author-{n}" for n in range(1, 10))
SUBJECTS = (
    "first aid", "sailing", "bread baking", "bicycle repair", "beekeeping", "photography", "music theory", "pharmacology", "meteorology",
    "football tactics", "gardening", "electrical installation",
)  # fmt: skip
FIELDS = ("nursing", "espresso", "climbing", "sound", "horticulture", "accounting", "translation", "machining")
TRAIN_FIELDS = (
    "databases", "networking", "statistics", "operating-systems", "computer-vision", "web-security", "recommenders", "robotics",
    "signal-processing", "distributed-systems", "compilers", "experiments", "data-engineering", "human-factors", "product", "accessibility",
    "chemistry", "genetics", "astronomy", "geology", "economics", "supply-chain", "negotiation", "contracts", "veterinary", "carpentry",
    "brewing", "urban-planning", "archaeology", "linguistics", "scientific-method", "infection-control",
    # with full rubrics, and misconceptions
    "classical-ml", "deep-learning-basics", "gpu-programming", "numerical-computing", "time-series", "causal-inference",
    "reinforcement-learning", "speech-and-audio-ml", "site-reliability", "caching-and-queues", "kubernetes-and-containers", "api-design",
    "software-testing", "cryptography", "storage-engines", "stream-processing", "ml-operations", "data-labelling-and-quality",
    "privacy-and-data-protection", "web-search-engines", "probability-and-information-theory", "linear-algebra-in-practice",
    "algorithms-and-data-structures", "graphics-and-rendering", "mobile-and-embedded", "hardware-and-processors",
    "concurrency-and-memory-models", "incident-response-and-security-operations", "medical-statistics-and-trials",
    "finance-and-risk-models", "user-research-and-product-metrics", "engineering-management", "computer-networks-in-production",
    "data-warehousing", "recommendation-and-advertising", "robotics-and-perception", "bayesian-statistics", "sql-and-data-modelling",
    "compilers-and-interpreters", "operating-systems-internals", "cloud-cost-and-capacity", "release-engineering", "identity-and-access",
    "distributed-consensus", "operations-research", "geographic-information-systems", "bioinformatics", "electronics-and-measurement",
    "human-computer-interaction", "computer-vision-in-practice", "quality-control-in-manufacturing", "epidemiology",
)  # fmt: skip
"""Packs that came later, for training alone: claims of many kinds."""
GROUPS = {"stories": AUTHORS, "asks": AUTHORS, "triples": SUBJECTS, "packs": FIELDS}
SHARES: Mapping[Side, float] = {"train": 0.42, "dev": 0.2}
"""Of the groups; the rest is sealed."""


def groups(set_: str) -> Sequence[str]:
    """Authors, subjects, packs or questions of a set."""
    return tuple(question_splits()) if set_ == "manner" else (*GROUPS[set_], *(TRAIN_FIELDS if set_ == "packs" else ()))


def side(set_: str, group: str) -> Side:
    """The split of a group, drawn by seed; a question of the bank keeps the one it has. An author's stories and questions stay together."""
    if set_ == "manner":
        split = question_splits()[group]
        return "sealed" if split in SEALED else "dev" if split == "dev" else "train"
    if group in TRAIN_FIELDS:
        return "train"
    names = GROUPS[set_]
    drawn = random.Random(f"{SEED}/{names[0]}").sample(names, len(names))
    train, dev = (round(SHARES[each] * len(names)) for each in ("train", "dev"))
    at = drawn.index(group)
    return "train" if at < train else "dev" if at < train + dev else "sealed"


def read(set_: str, split: Literal["train", "dev"]) -> list[Any]:
    path = SMALL / set_ / f"{split}.jsonl"
    return parse(set_, path.read_text(encoding="utf-8")) if path.exists() else []


def parse(set_: str, text: str) -> list[Any]:
    return [SETS[set_].model_validate_json(line) for line in text.splitlines() if line.strip()]


def dump(written: Iterable[Written]) -> str:
    return "".join(row.model_dump_json(exclude_defaults=True) + "\n" for row in sorted(written, key=lambda row: row.id))


def faults(row: Any) -> list[str]:
    """What the labels of a row break of the rules."""
    return [f"{row.id}: {fault}" for label in (row.label, row.second) if label is not None for fault in row.faults(label)]
