"""The small labelled sets of training/data/small: stories, questions to ask, how an answer is put, triples, and packs of other fields.

    python training/small.py check SET FILE…    FILE.written.jsonl, and FILE.read.jsonl and FILE.second.jsonl where they are there;
                                                writes FILE.reading.md, for readers who see the text alone
    python training/small.py keep SET FILE…     into training/data/small, the sealed part encrypted
    python training/small.py shares             counts and agreement of the open part

Splits are by author, subject, pack or question, drawn before anything is written. GUIDE.md says what the labels mean; FILE.written.jsonl
has the fields of a set's class without the labels, FILE.read.jsonl those of its label with the id.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, get_args

import numpy as np
from corpus import DATA, SEALED, Reading, Verdict, open_sealed, point_faults, seal
from corpus import splits as question_splits
from gather import reading, rows
from pydantic import Field

from greenroom.assess.ruler.figures import cohen, pearson
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


class Written(Value):
    """What all sets share. ``group`` decides the split."""

    id: str

    @property
    def group(self) -> str:
        raise NotImplementedError

    def shown(self) -> list[tuple[str, str]]:
        """(id, text) of what a reader is to label."""
        raise NotImplementedError

    def faults(self, label: Any) -> Iterator[str]:
        """What ``label`` breaks of the rules."""
        raise NotImplementedError


class Story(Written):
    labelled_as: ClassVar[type[Value]] = StoryLabel
    author: str
    asked: str
    story: str
    label: StoryLabel | None = None
    second: StoryLabel | None = None

    @property
    def group(self) -> str:
        return self.author

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
    labelled_as: ClassVar[type[Value]] = AskLabel
    author: str
    round: Round
    asked: str
    label: AskLabel | None = None
    second: AskLabel | None = None

    @property
    def group(self) -> str:
        return self.author

    def shown(self) -> list[tuple[str, str]]:
        return [(self.id, f"Round: {self.round}\nAsked: {self.asked}")]

    def faults(self, label: AskLabel) -> Iterator[str]:
        if label.quality == "good" and label.weak:
            yield f"good, and {', '.join(label.weak)}"


class Manner(Written):
    """Written for a company and role, or (``company`` None, its id an answer's) taken from the natural answers."""

    labelled_as: ClassVar[type[Value]] = MannerLabel
    question_id: str
    asked: str
    company: str | None = None
    answer: str
    label: MannerLabel | None = None
    second: MannerLabel | None = None

    @property
    def group(self) -> str:
        return self.question_id

    def shown(self) -> list[tuple[str, str]]:
        return [
            (
                self.id,
                f"Asked: {self.asked}\n{f'Company and role: {self.company}' if self.company else 'No company.'}\nAnswer:\n{self.answer}",
            )
        ]

    def faults(self, label: MannerLabel) -> Iterator[str]:
        asked = set(get_args(Aspect)) - (set() if self.company else {"fits_company"})
        if set(label.sides) != asked:
            yield f"{sorted(set(label.sides) ^ asked)}: too many or too few"
        yield from (f"not in the answer: {quote!r}" for quote in label.quotes.values() if quote not in self.answer)


class Triple(Written):
    subject: str
    question: str
    reference: str
    right: str
    half: str
    wrong: str
    label: TripleLabel | None = None
    second: TripleLabel | None = None

    @property
    def group(self) -> str:
        return self.subject

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
    """``claims``: the points of its question, as its pack has them."""

    pack: str
    question_id: str
    asked: str
    claims: dict[str, str]
    answer: str
    label: Reading | None = None
    second: Reading | None = None

    @property
    def group(self) -> str:
        return self.pack

    def shown(self) -> list[tuple[str, str]]:
        points = "\n".join(f"  {name}: {claim}" for name, claim in self.claims.items())
        return [(self.id, f"Asked: {self.asked}\nPoints:\n{points}\nAnswer:\n{self.answer}")]

    def faults(self, label: Reading) -> Iterator[str]:
        if set(label.points) != set(self.claims):
            yield f"labels {sorted(set(label.points) ^ set(self.claims))} do not match the points"
        yield from point_faults(label.points, self.answer)


SETS: Mapping[str, type[Written]] = {"stories": Story, "asks": Ask, "manner": Manner, "triples": Triple, "packs": PackAnswer}
AUTHORS = tuple(f"author-{n}" for n in range(1, 10))
SUBJECTS = (
    "first aid", "sailing", "bread baking", "bicycle repair", "beekeeping", "photography", "music theory", "pharmacology", "meteorology",
    "football tactics", "gardening", "electrical installation",
)  # fmt: skip
FIELDS = ("nursing", "espresso", "climbing", "sound", "horticulture", "accounting", "translation", "machining")
GROUPS = {"stories": AUTHORS, "asks": AUTHORS, "triples": SUBJECTS, "packs": FIELDS}
SHARES: Mapping[Side, float] = {"train": 0.42, "dev": 0.2}
"""Of the groups; the rest is sealed."""


def side(set_: str, group: str) -> Side:
    """The split of a group, drawn by seed; a question of the bank keeps the one it has. An author's stories and questions stay together."""
    if set_ == "manner":
        split = question_splits()[group]
        return "sealed" if split in SEALED else "dev" if split == "dev" else "train"
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


def _label(row: Any, given: Mapping[str, dict[str, Any]]) -> Any:
    """A reader's line or lines as the label of ``row``; None where nothing was read."""
    if isinstance(row, Triple):
        marks = {name: given[f"{row.id}/{n}"]["mark"] for n, name in enumerate(row.order(), 1) if f"{row.id}/{n}" in given}
        return TripleLabel.model_validate(marks) if marks else None
    if row.id not in given:
        return None
    if isinstance(row, PackAnswer):
        return reading(given[row.id])
    fields = {name: value for name, value in given[row.id].items() if name != "id"}
    return row.labelled_as.model_validate(fields)


def gather(set_: str, file: Path) -> list[Any]:
    """The rows of a file with what readers found. Writes the readers' sheet."""
    written = [SETS[set_].model_validate(row) for row in rows(Path(f"{file}.written.jsonl")).values()]
    sheet = [item for row in written for item in row.shown()]
    if set_ == "triples":
        random.Random(SEED).shuffle(sheet)
    Path(f"{file}.reading.md").write_text("\n\n".join(f"### {name}\n{text}" for name, text in sheet) + "\n", encoding="utf-8")
    first, second = (rows(path) if (path := Path(f"{file}.{what}.jsonl")).exists() else {} for what in ("read", "second"))
    return [row.model_copy(update={"label": _label(row, first), "second": _label(row, second)}) for row in written]


def keep(set_: str, files: Sequence[Path]) -> None:
    """Adds the rows to what is there, the sealed ones encrypted. A triple whose marks are not apart is dropped, and counted."""
    found = [row for file in files for row in gather(set_, file)]
    if unread := [row.id for row in found if row.label is None]:
        raise SystemExit(f"not read: {', '.join(unread)}")
    bad = {row.id: faults(row) for row in found if faults(row)}
    if bad and set_ != "triples":
        raise SystemExit("\n".join(fault for each in bad.values() for fault in each))
    sound = [row for row in found if row.id not in bad]
    for split in get_args(Side):
        new = [row for row in sound if side(set_, row.group) == split]
        if split == "sealed" and new:
            there = parse(set_, open_sealed(f"small-{set_}", "rows added")) if (DATA / f"sealed/small-{set_}.jsonl.enc").exists() else []
            seal(f"small-{set_}", dump(_joined(there, new)))
        elif new:
            (SMALL / set_).mkdir(parents=True, exist_ok=True)
            (SMALL / set_ / f"{split}.jsonl").write_text(dump(_joined(read(set_, split), new)), encoding="utf-8")
        print(f"{set_}, {split}: {len(new)} added, {len({row.group for row in new})} groups")
    print(f"{len(bad)} dropped: {', '.join(bad)}" if bad else "none dropped")


def _joined(there: Iterable[Any], new: Iterable[Any]) -> list[Any]:
    return list({row.id: row for row in (*there, *new)}.values())


def opinions(row: Any, label: Any) -> dict[str, str]:
    """What a reader decided, as names, so that two readers can be compared."""
    if isinstance(label, StoryLabel):
        ends, at = dict[str, str](), 0
        for sentence, part in label.sentences:  # by the word, since readers may cut sentences differently
            for _ in sentence.split():
                ends[f"sentence {at}"], at = part, at + 1
        return {**ends, **{f"part {name}": verdict for name, verdict in label.parts.items()}}
    if isinstance(label, AskLabel):
        return {name: str(getattr(label, name)) for name in ("quality", "purpose", "specific", "fit", "opens")}
    if isinstance(label, MannerLabel):
        return {name: said for name, said in label.sides.items()}
    if isinstance(label, Reading):
        return {f"point {name}": point.verdict for name, point in label.points.items()}
    return {}


def agreement(labelled: Sequence[Any]) -> list[str]:
    """Cohen's κ of two readers, by what they decided on; for triples Pearson's r of the marks."""
    twice = [row for row in labelled if row.second is not None]
    pairs: dict[str, tuple[list[str], list[str]]] = {}
    for row in twice:
        one, other = opinions(row, row.label), opinions(row, row.second)
        for name in one.keys() & other.keys():
            kind = name.split()[0]
            for held, value in zip(pairs.setdefault(kind, ([], [])), (one[name], other[name]), strict=True):
                held.append(value)
    found = [f"  {name}: κ {_shown(cohen(*pair))}, alike {np.mean([a == b for a, b in zip(*pair, strict=True)]):.3f} of {len(pair[0])}"
             for name, pair in sorted(pairs.items())]  # fmt: skip
    if isinstance(next(iter(twice), None), Triple):
        marks = [(getattr(row.label, name), getattr(row.second, name)) for row in twice for name in ("right", "half", "wrong")]
        found.append(f"  marks: r {_shown(pearson(*zip(*marks, strict=True)))} of {len(marks)}")
    return [f"  labelled twice: {len(twice)}", *found] if twice else []


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def counts(row: Any) -> Iterator[str]:
    """What a row adds to the counts of its set."""
    label = row.label
    if isinstance(label, StoryLabel):
        yield from (f"sentence {part}" for _, part in label.sentences)
    elif isinstance(label, AskLabel):
        yield from (label.quality, f"{label.quality}, {row.round}")
    elif isinstance(label, MannerLabel):
        yield from (f"{name} {said}" for name, said in label.sides.items())
    elif isinstance(label, Reading):
        yield from (point.verdict for point in label.points.values())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("check", "keep", "shares"))
    parser.add_argument("set", nargs="?", choices=tuple(SETS))
    parser.add_argument("files", nargs="*", type=Path)
    given = parser.parse_args()
    if given.what == "shares":
        for set_ in SETS:
            found = {split: read(set_, split) for split in ("train", "dev")}
            every = [row for each in found.values() for row in each]
            groups = {split: len({row.group for row in each}) for split, each in found.items()}
            print(f"{set_}: {', '.join(f'{split} {len(each)} ({groups[split]} groups)' for split, each in found.items())}")
            total = Counter(name for row in every for name in counts(row))
            print("  " + ", ".join(f"{name} {count}" for name, count in sorted(total.items())))
            print("\n".join(agreement(every)))
    elif given.what == "keep":
        keep(given.set, given.files)
    else:
        for file in given.files:
            wrong = [fault for row in gather(given.set, file) for fault in faults(row)]
            print("\n".join(wrong) or f"{file.name}: fine")


if __name__ == "__main__":
    main()
