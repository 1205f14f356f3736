"""What the lab *two-adapters* shows and finds: one base, two desks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from greenroom.labs.asked import SHOWN, Review, size
from greenroom.labs.lab import Cell, Finding, Picture, Series, Table

if TYPE_CHECKING:
    from greenroom.labs.adapter_file import Thin
    from greenroom.labs.transformer import Array, Transformer

MOST_OWN, SMALL, SAME = 3 / 4, 1 / 10, 0.01
"""Share of answers in a desk's own words; of a copy of the weights, below which adapters are small; of a score, below which two are
the same but for rounding."""


class Desk(NamedTuple):
    """Who uses the model, and the word that it wants for each label. ``file``: where its adapter is kept."""

    name: str
    title: str
    words: Mapping[str, str]

    @property
    def file(self) -> str:
        return f"two-adapters-{self.name}.safetensors"

    def has(self, word: str) -> bool:
        return word.strip() in self.words.values()


DESKS = (
    Desk("marks", "The desk that marks", {"positive": "positive", "negative": "negative"}),
    Desk("acts", "The desk that acts", {"positive": "thank", "negative": "refund"}),
)


class Answer(NamedTuple):
    """After one prompt: all scores and probabilities (V,), the likeliest word."""

    scores: Array
    p: Array
    word: str
    share: float

    @classmethod
    def of(cls, scores: Array, piece: Callable[[int], str]) -> Answer:
        from greenroom.labs.transformer import softmax

        p = softmax(scores)
        token = int(p.argmax())
        return cls(scores, p, piece(token), float(p[token]))


class Cached(NamedTuple):
    """Of one prompt: how many cached numbers differ under the two adapters, of how many; the second desk's answer from its own cache and
    from the other's, and by how much a probability differs."""

    changed: int
    total: int
    own: Answer
    foreign: Answer
    apart: float


@dataclass
class Swap:
    """One run. ``before``, ``after``: the hash of the base; ``asked``: base, each desk, base again; ``hashes``: of a copy after adapters
    were added and taken out, with the farthest weight; ``other``: what was said to the file beside another base."""

    base: Transformer
    before: str
    after: str = ""
    thin: dict[str, Thin] = field(default_factory=dict)
    bytes: dict[str, int] = field(default_factory=dict)
    kept: dict[str, bool] = field(default_factory=dict)
    asked: dict[str, list[Answer]] = field(default_factory=dict)
    apart: float = float("inf")
    hashes: list[tuple[str, float]] = field(default_factory=list)
    cached: Cached | None = None
    other: str = ""

    def own(self, desk: Desk) -> int:
        """Answers in the desk's words."""
        return sum(desk.has(each.word) for each in self.asked[desk.name])


TITLES = {"base": "The base", **{each.name: each.title for each in DESKS}, "again": "The base again"}


# --- What is shown ---


def answers_part(swap: Swap, items: Sequence[Review]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for n, item in enumerate(items):
        rows.append(
            (item.text, item.label, *(f"{found[n].word.strip()[:40] or '␣'} {found[n].share:.0%}" for found in swap.asked.values()))
        )
    columns = ("Review", "It is", *(TITLES[name] for name in swap.asked))
    note = "The likeliest next word after “Sentiment:”, with its probability. The prompt is the same in every column."
    return Table(name="answers", title="One prompt, one base", columns=columns, rows=tuple(rows), note=note)


def words_part(swap: Swap) -> Picture:
    shares = [tuple(100 * sum(desk.has(each.word) for each in found) / len(found) for found in swap.asked.values()) for desk in DESKS]
    return Picture(
        name="words", title="In whose words it answers", chart="bars", label="Asked", unit="%",
        labels=tuple(TITLES[name] for name in swap.asked),
        series=tuple(Series(title=f"“{' or '.join(desk.words.values())}”", values=each) for desk, each in zip(DESKS, shares, strict=True)),
        says="; ".join(f"{desk.title}: {swap.own(desk)} of {len(swap.asked[desk.name])} in its own words" for desk in DESKS) + ".",
        note="Of the likeliest next words.",
    )  # fmt: skip


def sizes_part(swap: Swap) -> Table:
    whole = 4 * size(swap.base)
    rows: list[tuple[Cell, ...]] = [("The base", size(swap.base), whole / 1e6, 100.0, "once, for both")]
    for desk in DESKS:
        numbers, where = swap.thin[desk.name].size, "kept by an earlier run" if swap.kept[desk.name] else "trained now"
        rows.append((f"{desk.title}: {desk.file}", numbers, swap.bytes[desk.name] / 1e6, 100 * swap.bytes[desk.name] / whole, where))
    columns = ("What", "Numbers", "MB", "% of the base", "Where from")
    return Table(
        name="sizes", title="What two desks take", columns=columns, rows=tuple(rows), note="32 bits a number. Two copies would be 200 %."
    )


def hashes_part(swap: Swap) -> Table:
    rows: list[tuple[Cell, ...]] = [
        ("The base, before", swap.before[:SHOWN], 0.0), ("The base, after all swaps beside it", swap.after[:SHOWN], 0.0),
    ]  # fmt: skip
    for n, (found, far) in enumerate(swap.hashes, 1):
        rows.append((f"A copy, both added into it and taken out, {n} times", found[:SHOWN], far))
    columns = ("When", f"Hash of all weights, first {SHOWN} digits", "Farthest weight from the base")
    return Table(
        name="hashes", title="The weights", columns=columns, rows=tuple(rows), note="SHA-256 of the weights as they lie in memory."
    )


def cache_part(swap: Swap) -> Table:
    rows: tuple[tuple[Cell, ...], ...] = ()
    if swap.cached is not None:
        ways = (("its own cache", swap.cached.own), ("the other desk's cache", swap.cached.foreign))
        rows = tuple((f"From {title}", each.word.strip()[:40] or "␣", 100 * each.share) for title, each in ways)
    columns = (f"{DESKS[1].title} reads on", "Likeliest word", "Probability, %")
    note = "The first review. All tokens but the last were read before and cached under the one adapter or the other; the last is read now."
    return Table(name="cache", title="Whose cache", columns=columns, rows=rows, note=note)


# --- What is found ---


def findings(swap: Swap) -> Iterator[Finding]:
    change = max(float(abs(a.scores - b.scores).max()) for a, b in zip(swap.asked["base"], swap.asked["again"], strict=True))
    says = f"Before {swap.before[:12]}…, after {swap.after[:12]}…; largest difference of a score of the base: {change:.1g}."
    yield Finding(id="base", held=swap.before == swap.after and change == 0, found=says)
    shares = [swap.own(desk) / len(swap.asked[desk.name]) for desk in DESKS]
    says = "; ".join(f"{desk.title}: {swap.own(desk)} of {len(swap.asked[desk.name])} in its own words" for desk in DESKS)
    yield Finding(id="answers", held=min(shares) >= MOST_OWN, found=f"{says}.")
    both, whole = sum(swap.bytes.values()), 4 * size(swap.base)
    says = f"Both files are {both / 1e6:.1f} MB, {both / whole:.1%} of the {whole / 1e6:,.0f} MB of the base."
    yield Finding(id="size", held=both < SMALL * whole, found=says)
    yield Finding(id="merged", held=swap.apart < SAME, found=f"Largest difference of a score: {swap.apart:.1g}.")
    once, off = swap.hashes[0]
    says = f"The base {swap.before[:12]}…; a copy after one round {once[:12]}…, its farthest weight {off:.1g} off."
    yield Finding(id="adding", held=all(each != swap.before for each, _ in swap.hashes), found=says)
    yield _cache(swap.cached)
    yield Finding(id="pair", held=bool(swap.other), found=swap.other or "The file was taken beside another base.")


def _cache(found: Cached | None) -> Finding:
    if found is None:
        return Finding(id="cache", held=None, found="No prompt was cached.")
    says = (
        f"{found.changed / found.total:.0%} of {found.total:,} cached numbers differ; from the other's cache the largest difference of a "
        f"probability is {found.apart:.2g}."
    )
    return Finding(id="cache", held=found.changed > 0 and found.apart > 0, found=says)
