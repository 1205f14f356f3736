"""What the captions of the lab *captions* came to: each kind of picture with its sentences, tables and pictures of them, the findings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from greenroom.labs.captions import (
    FILLER,
    KINDS,
    Caption,
    Marks,
    kind_of,
    marks,
    read,
    sentence,
    shares,
    truth,
    words_of,
)
from greenroom.labs.detecting import LIGHT, coded
from greenroom.labs.drawing import SIDE, Drawn
from greenroom.labs.lab import Cell, Finding, Picture, Series, Table
from greenroom.labs.measures import bleu
from greenroom.labs.scenes import Scene, Scenes
from greenroom.labs.shares import COLUMNS, Share

SAME, RINGS, EMPTY = "drawn the same way", "rings", "nothing drawn"
TOLD, AHEAD, FLUENT, SURE, LITTLE = 0.8, 0.25, 0.9, 0.75, 0.05
"""A captioner that gets fewer telling words right on what it learned says nothing about other pictures; by how much its captions are ahead
of those of another picture, the lower end of the interval counting; share of sentences that is nearly all; a mean probability
that warns nobody; by how much less may be right and still be as much as before."""
UNLEARNED = "It has not learned enough to tell: give it more steps or pictures."


class Written(NamedTuple):
    """``chances``: of each word, the end included, when it was written."""

    text: str
    chances: tuple[float, ...]


class Kind(NamedTuple):
    """Pictures of one kind, and what was written of each."""

    name: str
    drawn: Sequence[Drawn]
    written: Sequence[Written]

    @property
    def fluent(self) -> Share:
        return Share(sum(read(each.text) is not None for each in self.written), len(self.drawn))

    @property
    def silent(self) -> Share:
        """Of which nothing was said."""
        return Share(sum(not each.text for each in self.written), len(self.drawn))

    @property
    def marks(self) -> list[Marks]:
        return [marks(read(each.text), truth(drawn)) for each, drawn in zip(self.written, self.drawn, strict=True)]

    @property
    def whole(self) -> Share:
        """Captions in which everything is right."""
        return Share(sum(each.whole for each in self.marks), len(self.drawn))

    @property
    def right(self) -> Share:
        """Of all that is to be told: counts, colours, shapes, places."""
        each = shares(self.marks).values()
        return Share(sum(share.cases for share in each), sum(share.of for share in each))

    @property
    def sure(self) -> float:
        """The mean probability of its telling words when it wrote them."""
        pairs = (pair for each in self.written for pair in zip(words_of(each.text), each.chances, strict=False))
        chances = [chance for word, chance in pairs if kind_of(word) != FILLER]
        return sum(chances) / max(1, len(chances))

    @property
    def overlaps(self) -> list[float]:
        """BLEU of each caption against the one true sentence of its picture."""
        return [bleu(each.text, sentence(truth(drawn))) for each, drawn in zip(self.written, self.drawn, strict=True)]


class Found(NamedTuple):
    """``kinds``: by name. ``turned``: each picture with the caption of the next one; ``blank``: with that of an empty ground. ``guessed``:
    word by word of the true sentences, the true words before it given, with the picture and with an empty ground: (word, likeliest).
    ``taught``: what a copy wrote that was taught on with empty grounds among its pictures, by name."""

    kinds: Mapping[str, Kind]
    turned: Kind
    blank: Kind
    guessed: tuple[Sequence[tuple[str, str]], Sequence[tuple[str, str]]]
    taught: Mapping[str, Kind]


# --- What is shown ---


def course_part(course: Sequence[tuple[int, Kind]]) -> Picture:
    each = [shares(kind.marks) for _, kind in course]
    series = tuple(Series(title=name.capitalize(), values=tuple(share[name].percent for share in each)) for name in KINDS)
    last = ", ".join(f"{name} {each[-1][name].percent:.0f}%" for name in KINDS)
    return Picture(
        name="course", title="Right while it learns to write", chart="lines", label="Step", unit="%",
        labels=tuple(str(step) for step, _ in course), series=series,
        says=f"After step {course[-1][0]} it has right: {last}.",
        note="Of pictures that it does not learn from. The eye has learned before and stays as it is.",
    )  # fmt: skip


def scenes_part(found: Found) -> Scenes:
    """Of each kind the first two pictures."""
    scenes = [scene_of(kind, n) for kind in found.kinds.values() for n in range(min(2, len(kind.drawn)))]
    return Scenes(
        name="pictures", title="Pictures and captions", heads=("Drawn", "Written", "Probability"), scenes=tuple(scenes),
        says="Of each kind the first two pictures: the true sentence, the one that was written, and the probability of all of its words "
        "together.",
    )  # fmt: skip


def scene_of(kind: Kind, n: int) -> Scene:
    drawn, written = kind.drawn[n], kind.written[n]
    chance = 1.0
    for each in written.chances:
        chance *= each
    lines = sentence(truth(drawn)) if drawn.things else "nothing", written.text, f"{chance:.0%}" if chance >= 0.01 else "below 1%"
    return Scene(title=f"{kind.name} {n + 1}", width=SIDE, height=SIDE, pixels=coded(drawn), lines=lines)


def kinds_part(found: Found, weights: int) -> Table:
    rows = list[tuple[Cell, ...]]()
    control = [kind._replace(name=f"{kind.name}, by the copy") for kind in found.taught.values()]
    for kind in (*found.kinds.values(), *control):
        each, something = shares(kind.marks), any(drawn.things for drawn in kind.drawn)
        told = [each[name].percent if something else None for name in KINDS]
        whole = kind.whole if something else kind.silent
        rows.append((kind.name, len(kind.drawn), kind.fluent.percent, whole.percent, *told, 100 * kind.sure or None))
    return Table(
        name="kinds", title="Right, by kind of picture", rows=tuple(rows),
        columns=("Pictures", "Of them", "Sentences, %", "All of it right, %", *(f"{name.capitalize()}, %" for name in KINDS),
                 "Probability of its telling words, %"),
        note=f"It learned from the first kind only. Bridge and writer have {weights:,} weights. Telling words are counts, colours, shapes "
        "and places; the others only hold the sentence together. A drawn thing is held against the named one with which most comes out "
        "right. Of an empty ground it is right to say nothing. The copy was taught on with empty grounds among its pictures.",
    )  # fmt: skip


def shares_part(found: Found) -> Table:
    """The figures of the first kind with their intervals, beside captions that have nothing to do with the picture."""
    ways = (("its caption", found.kinds[SAME]), ("that of another picture", found.turned), ("that of an empty ground", found.blank))
    rows = tuple((f"{name}: {way}", *share.cells) for name in KINDS for way, kind in ways for share in (shares(kind.marks)[name],))
    return Table(
        name="shares", title=f"Right in pictures {SAME}", columns=("What, in which caption", *COLUMNS), rows=rows,
        note="Counts: of the pictures. The others: of the drawn things, those of one picture counted one by one. A caption of another "
        "picture is right by chance only; of several named things the one that fits best counts, so chance is above one in four.",
    )  # fmt: skip


def words_part(found: Found) -> Picture:
    with_it, without = (guessed(each) for each in found.guessed)
    names = (FILLER, *KINDS)
    labels = tuple(f"{'words in between' if name == FILLER else name} ({with_it[name].of})" for name in names)
    whole = [total(each) for each in (with_it, without)]
    return Picture(
        name="words", title="The next word of the true sentence, with and without the picture", chart="bars", label="Kind of word",
        unit="%", labels=labels,
        series=tuple(
            Series(title=title, values=tuple(each[name].percent for name in names))
            for title, each in (("With the picture", with_it), ("With an empty ground", without))
        ),
        says=f"Given the true words before, the likeliest word is the true one in {whole[0]} with the picture and in {whole[1]} without.",
        note="Without the picture: with one in which nothing is drawn. What is right there comes from the words alone.",
    )  # fmt: skip


def guessed(pairs: Sequence[tuple[str, str]]) -> dict[str, Share]:
    """By kind of word: how often the likeliest is the true one."""
    return {
        name: Share(sum(a == b for a, b in pairs if kind_of(a) == name), sum(kind_of(a) == name for a, _ in pairs))
        for name in (FILLER, *KINDS)
    }  # fmt: skip


def total(each: Mapping[str, Share]) -> Share:
    return Share(sum(share.cases for share in each.values()), sum(share.of for share in each.values()))


# --- Overlap with the true sentence ---


class Rivals(NamedTuple):
    """BLEU against the true sentence: of the same told from right to left, and of the same with one shape made wrong."""

    true: float
    false: float


def rivals(drawn: Sequence[Drawn]) -> list[Rivals]:
    """Of the pictures with two things or more that are not the same."""
    found = []
    for true in map(truth, drawn):
        turned = true._replace(things=true.things[::-1])
        if turned != true:
            found.append(Rivals(*(bleu(sentence(each), sentence(true)) for each in (turned, spoiled(true)))))
    return found


def spoiled(true: Caption) -> Caption:
    """With the first shape made wrong."""
    first, *rest = true.things
    return true._replace(things=(first._replace(shape="square" if first.shape == "circle" else "circle"), *rest))


def overlap_part(found: Found) -> Table:
    kind, pairs = found.kinds[SAME], rivals(found.kinds[SAME].drawn)
    whole = [each.whole for each in kind.marks]
    groups = (
        ("its captions in which all is right", [o for o, right in zip(kind.overlaps, whole, strict=True) if right]),
        ("its captions in which something is wrong", [o for o, right in zip(kind.overlaps, whole, strict=True) if not right]),
        ("captions of another picture", found.turned.overlaps),
        ("that of an empty ground", found.blank.overlaps),
        ("the true sentence, told from right to left", [each.true for each in pairs]),
        ("the true sentence with one shape made wrong", [each.false for each in pairs]),
    )
    return Table(
        name="overlap", title="BLEU against the true sentence", columns=("Of", "Sentences", "Mean BLEU"),
        rows=tuple((name, len(each), mean(each)) for name, each in groups),
        note="BLEU counts runs of one to four words that stand in the true sentence: 1 is word for word the same. It does not know which "
        "words matter.",
    )  # fmt: skip


def mean(each: Sequence[float]) -> float | None:
    return sum(each) / len(each) if each else None


# --- What is found ---


def findings(found: Found) -> Iterator[Finding]:
    same = found.kinds[SAME]
    learned = (same.right.value or 0) >= TOLD
    yield _reads(found)
    yield _false(found, learned)
    yield _nothing(found.kinds[EMPTY], learned)
    yield _taught(found, learned)
    yield _words(found, learned)
    yield _overlap(found)


def _reads(found: Found) -> Finding:
    mine, theirs = (shares(each.marks) for each in (found.kinds[SAME], found.turned))
    told = "; ".join(f"{name} {mine[name]}, with another picture's caption {theirs[name]}" for name in KINDS)
    held = all(mine[name].low >= AHEAD + (theirs[name].value or 0) for name in KINDS)
    return Finding(id="reads", held=held, found=f"Right in pictures {SAME}: {told}. All of it: {found.kinds[SAME].whole}.")


def _false(found: Found, learned: bool) -> Finding:
    kinds, half = [found.kinds[name] for name in (LIGHT, RINGS)], (found.kinds[SAME].whole.value or 0) / 2
    told = " ".join(
        f"{kind.name.capitalize()}: {kind.fluent} are sentences, {kind.whole} all right; of the telling words {kind.right} are right, at a "
        f"mean probability of {kind.sure:.0%}."
        for kind in (found.kinds[SAME], *kinds)
    )
    held = all((each.fluent.value or 0) >= FLUENT and (each.whole.value or 0) <= half and each.sure >= SURE for each in kinds)
    return Finding(id="fluent-false", held=held if learned else None, found=told if learned else f"{UNLEARNED} {told}")


def _nothing(kind: Kind, learned: bool) -> Finding:
    most = max((each.text for each in kind.written), key=[each.text for each in kind.written].count)
    times = Share(sum(each.text == most for each in kind.written), len(kind.written))
    told = (
        f"Of an empty ground it wrote a sentence in {kind.fluent}; “{most}” in {times}; its telling words have a mean of {kind.sure:.0%}."
    )
    return Finding(
        id="nothing-there", held=(kind.fluent.value or 0) >= FLUENT if learned else None, found=told if learned else f"{UNLEARNED} {told}"
    )


def _taught(found: Found, learned: bool) -> Finding:
    """The control: the same writer, once it has been shown that there can be nothing."""
    silent, after, before = found.taught[EMPTY].silent, found.taught[SAME].right, found.kinds[SAME].right
    told = (
        f"Taught on with empty grounds, it says nothing of {silent}; before, of {found.kinds[EMPTY].silent}. Of pictures {SAME} {after} of "
        f"all that is to be told is right, before {before}; it says nothing of {found.taught[SAME].silent} of them."
    )
    held = (silent.value or 0) >= FLUENT and (after.value or 0) >= (before.value or 0) - LITTLE
    return Finding(id="taught", held=held if learned else None, found=told if learned else f"{UNLEARNED} {told}")


def _words(found: Found, learned: bool) -> Finding:
    with_it, without = (guessed(each) for each in found.guessed)
    telling = total({name: without[name] for name in KINDS})
    seen = total({name: with_it[name] for name in KINDS})
    told = (
        f"Without the picture {total(without)} of all words are right, with it {total(with_it)}. Words in between: {without[FILLER]} "
        f"without; telling words {telling} without, {seen} with it."
    )
    held = (total(without).value or 0) >= 0.5 and (without[FILLER].value or 0) >= 0.85 and (telling.value or 0) <= 0.4
    return Finding(id="words-alone", held=held if learned else None, found=told if learned else f"{UNLEARNED} {told}")


def _overlap(found: Found) -> Finding:
    pairs = rivals(found.kinds[SAME].drawn)
    apart = [each for each in pairs if each.true != each.false]
    wrong = Share(sum(each.false > each.true for each in apart), len(apart))
    false, true = (mean(each) or 0.0 for each in ([pair.false for pair in pairs], [pair.true for pair in pairs]))
    told = (
        f"Of {len(pairs)} pictures with several things, BLEU puts the false sentence first in {wrong} of those where it tells them apart: "
        f"{false:.2f} for the false, {true:.2f} for the true one."
    )
    return Finding(id="overlap", held=wrong.low > 0.5 if apart else None, found=told)
