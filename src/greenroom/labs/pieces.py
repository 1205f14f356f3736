"""The first part of the lab *basics*: how a text is cut into tokens. Characters, words and tokens; the list of merges, replayed in plain
code; frequent and rare words; the same word in capitals or after a blank.

The words are those of ``spoken.txt`` and how often they stand in it: English as it is spoken, a small sample of it.
"""

from __future__ import annotations

import re
import statistics
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from greenroom.labs import passage
from greenroom.labs.lab import Cell, Finding, Part, Picture, Series, Table
from greenroom.labs.likeness import shipped
from greenroom.labs.schooling import whole_text

if TYPE_CHECKING:
    from greenroom.labs.model import Model

FREQUENT, LONG = 300, 4
"""So many of the most frequent words; letters of a word of which two are swapped."""
ENDINGS = ("ing", "ed", "er")
WORD = re.compile(r"\w+|[^\w\s]+")
MOST_WORDS, MOST_STEPS = 60, 14
BLANK = "Ġ"
"""How a byte-pair vocabulary writes a blank."""
Ranks = Mapping[tuple[str, str], int]


class Cut(NamedTuple):
    """A word and its tokens, as it stands after a blank."""

    word: str
    ids: tuple[int, ...]
    pieces: tuple[str, ...]


class Seen(NamedTuple):
    """What the claims are measured on. ``replayed``: of the words of the text, how many the merges alone make into the same pieces, of how
    many; None: this tokenizer has no such list."""

    frequent: list[Cut]
    once: list[Cut]
    swapped: list[Cut]
    back: bool
    replayed: tuple[int, int] | None
    ended: list[tuple[Cut, bool]]
    dressed: list[tuple[str, list[tuple[int, ...]]]]


@cache
def counted() -> Counter[str]:
    """The words of the shipped text by how often they stand in it, small."""
    return Counter(re.findall(r"[a-z]+", whole_text().train.lower()))


def cut(model: Model, word: str) -> Cut:
    ids = model.tokenizer.encode(f" {word}")
    return Cut(word, tuple(ids), tuple(model.tokenizer.pieces(ids)))


def swap(word: str) -> str:
    """A slip of the pen: the second and the third letter change places."""
    return word[0] + word[2] + word[1] + word[3:]


def see(model: Model) -> Seen:
    words = [word for word, _ in counted().most_common()]
    top, ranks = words[:FREQUENT], ranks_of(model)
    slips = [swap(word) for word in top if len(word) >= LONG and word[1] != word[2]]
    swapped = [cut(model, word) for word in slips if word not in counted()]
    once = [cut(model, word) for word, times in counted().items() if times == 1]
    back = all(model.tokenizer.decode(each.ids).strip() == each.word for each in (*swapped, *once))
    same = [final(each.word, ranks) == each.pieces for each in map(lambda word: cut(model, word), words)] if ranks else []
    ended = [(cut(model, f"{verb}{end}"), len(verb)) for end in ENDINGS for verb in shipped()["verbs"]]
    found = [(each, at in _borders(each)) for each, at in ended if len(each.ids) > 1]
    return Seen([cut(model, word) for word in top], once, swapped, back, (sum(same), len(same)) if same else None, found,
                [(word, dress(model, word)) for word in top if len(word) >= LONG])  # fmt: skip


def _borders(each: Cut) -> set[int]:
    """After how many letters the word is cut."""
    found, length = set(), -1  # the blank
    for one in each.pieces:
        length += len(one)
        found.add(length)
    return found


def dress(model: Model, word: str) -> list[tuple[int, ...]]:
    """The tokens of a word after a blank, without it, with a capital, in capitals."""
    return [tuple(model.tokenizer.encode(each)) for each in (f" {word}", word, f" {word.capitalize()}", f" {word.upper()}")]


# --- The list of merges, replayed ---


def ranks_of(model: Model) -> Ranks:
    """The place of each pair in the model's list of merges; empty: none over bytes."""
    merges = model.tokenizer.merges
    return {pair: n for n, pair in enumerate(merges)} if any(BLANK in left for left, _ in merges) else {}


def replay(word: str, ranks: Ranks) -> list[list[str]]:
    """The word letter by letter, then after each merge: of all neighbours those that come first in the list are joined."""
    steps = [list(f"{BLANK}{word}")]
    while True:
        now = steps[-1]
        pairs = [pair for pair in pairwise(now) if pair in ranks]
        if not pairs:
            return steps
        best, joined, n = min(pairs, key=lambda pair: ranks[pair]), list[str](), 0
        while n < len(now):
            here = tuple(now[n : n + 2]) == best
            joined.append("".join(best) if here else now[n])
            n += 2 if here else 1
        steps.append(joined)


def final(word: str, ranks: Ranks) -> tuple[str, ...]:
    return tuple(each.replace(BLANK, " ") for each in replay(word, ranks)[-1])


# --- What is shown ---


def parts(model: Model, text: str, seen: Seen) -> Iterator[Part]:
    yield _text(model, text)
    yield from _steps(model, text)
    yield _bars(seen)
    yield _dressed(model, seen)


def _text(model: Model, text: str) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for found in list(WORD.finditer(text))[:MOST_WORDS]:
        blank = text[: found.start()].endswith(" ")
        ids = model.tokenizer.encode(f" {found[0]}" if blank else found[0])
        shown = " ".join(passage.words(model, ids))[:480]
        rows.append((found[0][:80], len(found[0]), len(found[0].encode()), len(ids), shown))
    whole = model.tokenizer.encode(text)
    more = "" if sum(1 for _ in WORD.finditer(text)) <= MOST_WORDS else f" Only the first {MOST_WORDS} words are shown."
    rows.append(("All of it", len(text), len(text.encode()), len(whole), ""))
    return Table(
        name="cut", title="Your text, word by word", rows=tuple(rows), columns=("Word", "Characters", "Bytes", "Tokens", "Cut into"),
        note="A blank goes with the word after it; all of it counts blanks and line breaks too. A dot: the token goes on the word before "
        f"it. �: a part of a character.{more}",
    )  # fmt: skip


def _steps(model: Model, text: str) -> Iterator[Part]:
    """The word of the text that takes the most tokens, put together by the merges."""
    ranks, words = ranks_of(model), [word for word in re.findall(r"[A-Za-z]{2,30}", text)]
    if not ranks or not words:
        return
    word = max(words, key=lambda each: (len(cut(model, each).ids), len(each)))
    steps = replay(word, ranks)
    kept = [*range(len(steps))] if len(steps) <= MOST_STEPS else [*range(MOST_STEPS - 1), len(steps) - 1]
    rows = []
    for n in kept:
        new = next((each for each in steps[n] if n and steps[n].count(each) > steps[n - 1].count(each)), None)
        place = next((place for pair, place in ranks.items() if "".join(pair) == new), None) if new else None
        rows.append((f"{n} merge{'' if n == 1 else 's'}", " ".join(steps[n]).replace(BLANK, "␣"), place))
    yield Table(
        name="merges", title=f"How “{word}” is put together", rows=tuple(rows),
        columns=("After", "Pieces", "Place of the merge in the list"),
        note="Of all neighbours that the list of merges knows, those that come first in it are joined; then again, until no pair is known.",
    )  # fmt: skip


def _bars(seen: Seen) -> Picture:
    bands = {"the 100 most frequent": seen.frequent[:100], f"the next {FREQUENT - 100}": seen.frequent[100:], "that stand once": seen.once,
             "frequent, two letters swapped": seen.swapped}  # fmt: skip
    means = {name: statistics.fmean(len(each.ids) for each in some) for name, some in bands.items() if some}
    return Picture(
        name="bands", title="Tokens a word", chart="bars", label="Words", labels=tuple(means), unit="tokens",
        series=(Series(title="Tokens a word", values=tuple(means.values())),),
        says="; ".join(f"{name}: {mean:.2f}" for name, mean in means.items()) + ".",
        note=f"Words of the shipped text of spoken answers, {len(counted()):,} different ones. Swapped: such as “{seen.swapped[0].word}”.",
    )  # fmt: skip


def _dressed(model: Model, seen: Seen) -> Table:
    rows = tuple(
        (word, *(f"{' '.join(map(str, ids))}: {' | '.join(model.tokenizer.pieces(ids))}" for ids in found))
        for word, found in seen.dressed[:6]
    )
    columns = ("Word", "After a blank", "Without", "With a capital", "In capitals")
    return Table(name="dressed", title="The same word, other numbers", columns=columns, rows=rows, note="The model gets the numbers.")


# --- What is found ---


def findings(seen: Seen) -> Iterator[Finding]:
    top = seen.frequent[:100]
    single, slips = sum(len(each.ids) == 1 for each in top), statistics.fmean(len(each.ids) for each in seen.swapped)
    says = (
        f"{single} of the {len(top)} most frequent words are one token. {len(seen.swapped)} frequent words with two letters swapped take "
        f"{slips:.2f} tokens on average; {'all' if seen.back else 'not all'} come back as they were."
    )
    yield Finding(id="pieces", held=single >= 0.9 * len(top) and slips >= 1.5 and seen.back, found=says)
    yield _replay(seen)
    yield _grammar(seen.ended)
    apart = sum(len(set(found)) == len(found) for _, found in seen.dressed)
    none = sum(not set(found[0]) & set(found[3]) for _, found in seen.dressed)
    says = (
        f"{apart} of {len(seen.dressed)} frequent words are four different lists of numbers; {none} have no number in common with the same "
        "letters in capitals."
    )
    yield Finding(id="numbers", held=min(apart, none) >= 0.9 * len(seen.dressed), found=says)


def _replay(seen: Seen) -> Finding:
    if seen.replayed is None:
        return Finding(id="replay", held=None, found="This tokenizer has no list of merges over bytes.")
    same, words = seen.replayed
    first, last = (_middle(some) for some in (seen.frequent[:100], seen.once))
    if first is None or last is None:
        return Finding(id="replay", held=None, found=f"{same:,} of {words:,} words come out the same; too few are one token.")
    says = (
        f"{same:,} of {words:,} words come out the same. Of words that are one token, the middle number is {first:,.0f} among the 100 most "
        f"frequent and {last:,.0f} among those that stand once: numbers are given in the order of the merges."
    )
    return Finding(id="replay", held=same == words and first < last, found=says)


def _middle(some: Sequence[Cut]) -> float | None:
    """Of the numbers of those words that are one token; None: none is."""
    numbers = [each.ids[0] for each in some if len(each.ids) == 1]
    return statistics.median(numbers) if numbers else None


def _grammar(ended: Sequence[tuple[Cut, bool]]) -> Finding:
    if not ended:
        return Finding(id="grammar", held=None, found="No word with an ending is cut.")
    right = sum(at for _, at in ended)
    other = ", ".join("".join(each.pieces[:1]).strip() + "".join(f"|{one}" for one in each.pieces[1:]) for each, at in ended if not at)
    says = (
        f"Of {len(ended)} words such as “{ended[0][0].word}” that are cut at all, {right} are cut before the ending. Not there: "
        f"{other[:400].rpartition(',')[0] or other} …"
    )
    return Finding(id="grammar", held=right <= 0.5 * len(ended), found=says)
