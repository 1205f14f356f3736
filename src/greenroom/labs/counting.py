"""The third part of the lab *basics*: predicting the next piece by counting what followed before, beside the live model, on the same text.

The counts come from the training part of ``spoken.txt``, the figures from its held-out passages. Shorter beginnings fill in for longer ones
that were not seen (Witten and Bell's way): what was counted gets n of n + u parts, u being how many different pieces followed there.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from greenroom.labs.lab import Cell, Finding, Part, Picture, Progress, Series, Table
from greenroom.labs.schooling import whole_text
from greenroom.labs.shown import cell

if TYPE_CHECKING:
    from greenroom.labs.model import Model

LETTERS, TOKENS, SHARES = 6, 4, (16, 8, 4, 2, 1)
"""The longest runs that are counted, in characters and in tokens; a sixteenth of the text, an eighth …"""
WRITTEN, BEGIN = 40, "A language model"


class Counts:
    """How often what followed what, for beginnings of no to ``n - 1`` pieces. ``size``: different pieces there are."""

    def __init__(self, text: Sequence[int], n: int, size: int) -> None:
        self.n, self.size = n, size
        self._after: list[dict[tuple[int, ...], Counter[int]]] = [{} for _ in range(n)]
        for at, piece in enumerate(text):
            for length in range(min(n, at + 1)):
                self._after[length].setdefault(tuple(text[at - length : at]), Counter())[piece] += 1

    def p(self, before: Sequence[int], piece: int) -> float:
        """The probability of a piece after those before it."""
        p = 1 / self.size
        for length in range(min(self.n, len(before) + 1)):
            found = self._after[length].get(tuple(before[len(before) - length :]))
            if found is None:
                break
            p = (found[piece] + len(found) * p) / (found.total() + len(found))
        return p

    def knows(self, before: Sequence[int], piece: int) -> bool:
        """Whether the whole run stood in the text."""
        return piece in self._after[self.n - 1].get(tuple(before[len(before) - self.n + 1 :]), ())

    def draw(self, before: Sequence[int], dice: random.Random) -> int:
        """A piece by the probabilities of ``p``: of the longest beginning that was seen, or by its share of what is left for shorter ones
        of the next."""
        for length in range(min(self.n - 1, len(before)), -1, -1):
            found = self._after[length].get(tuple(before[len(before) - length :]))
            if found and dice.random() < found.total() / (found.total() + len(found)):
                return dice.choices(list(found), list(found.values()))[0]
        return dice.randrange(self.size)

    def nats(self, pieces: Sequence[Sequence[int]]) -> float:
        """The loss of passages, each by itself, their first piece included."""
        return -math.fsum(
            math.log(self.p(each[max(0, at - self.n + 1) : at], piece)) for each in pieces for at, piece in enumerate(each)
        )  # fmt: skip


class Row(NamedTuple):
    """A way to predict. ``pieces``: of the held-out text, in its units; ``known``: the share of its runs that stood in the counted text."""

    name: str
    unit: str
    n: int
    nats: float
    pieces: int
    known: float | None = None

    @property
    def perplexity(self) -> float:
        return math.exp(self.nats / self.pieces)


class Written(NamedTuple):
    """``copied``: tokens of its longest run that stands in the counted text."""

    text: str
    copied: int


class Seen(NamedTuple):
    """``more``: bits a character of the counts of three tokens on growing shares of the text, with its characters."""

    rows: list[Row]
    characters: int
    counted: int
    more: list[tuple[int, float]]
    written: tuple[Written, Written]

    def bits(self, row: Row) -> float:
        """Bits a character: the same unit for whatever pieces."""
        return row.nats / math.log(2) / self.characters

    def best(self, unit: str) -> Row:
        return min((row for row in self.rows if row.unit == unit and row.n), key=lambda row: row.nats)

    @property
    def model(self) -> Row:
        return next(row for row in self.rows if not row.n)


def see(model: Model, seed: int) -> Iterator[Progress | Seen]:
    text = whole_text()
    passages = text.held.splitlines(keepends=True)
    letters, held = text.ids(text.train), [text.ids(each) for each in passages]
    yield Progress(says="Counting letters", share=0.5)
    rows = [_row("letters", n, Counts(letters, n, len(text.alphabet)), held) for n in range(1, LETTERS + 1)]
    train, ids = model.tokenizer.encode(text.train), [model.tokenizer.encode(each) for each in passages]
    yield Progress(says="Counting tokens", share=0.6)
    rows += [_row("tokens", n, Counts(train, n, model.tokenizer.size), ids) for n in range(1, TOKENS + 1)]
    more = []
    for share in SHARES:
        counts = Counts(train[: max(3, len(train) // share)], 3, model.tokenizer.size)
        more.append((len(text.train) // share, counts.nats(ids) / math.log(2) / len(text.held)))
    before, nats = model.tokenizer.prompt("\n"), 0.0
    room = model.transformer.shape.context - len(before)  # a passage that does not fit is read in parts
    for n, each in enumerate(ids):
        yield Progress(says=f"The model reads passage {n + 1} of {len(ids)}", share=0.65 + 0.3 * n / len(ids))
        for start in range(0, len(each), room):
            some = each[start : start + room]
            nats += math.fsum(model.transformer.surprise([*before, *some])[-len(some) :].tolist())
    rows.append(Row(model.name[:60], "tokens", 0, nats, sum(map(len, ids))))
    yield Seen(rows, len(text.held), len(text.train), more, _write(model, train, seed))


def _row(unit: str, n: int, counts: Counts, held: Sequence[Sequence[int]]) -> Row:
    places = [(each[at - n + 1 : at], each[at]) for each in held for at in range(n - 1, len(each))]
    known = sum(counts.knows(before, piece) for before, piece in places) / len(places) if places else 0.0
    name = f"counting {unit}" if n == 1 else f"counting runs of {n} {unit}"
    return Row(name, unit, n, counts.nats(held), sum(map(len, held)), known)


def _write(model: Model, train: Sequence[int], seed: int) -> tuple[Written, Written]:
    """The same beginning, gone on with by counts of three tokens and by the model, each drawn with dice."""
    from greenroom.labs.writing import draw, probabilities

    counts = Counts(train, 3, model.tokenizer.size)
    dice, ids = random.Random(seed), model.tokenizer.encode(BEGIN)  # noqa: S311 - no secret
    found = list(ids)
    for _ in range(WRITTEN):
        found.append(counts.draw(found, dice))
    dice = random.Random(seed)  # noqa: S311 - no secret
    choose = lambda logits: draw(probabilities(logits), dice)  # noqa: E731
    theirs = model.transformer.write(model.tokenizer.prompt(BEGIN), WRITTEN, model.tokenizer.stops, choose)
    one, other = (Written(model.tokenizer.decode(each), copied(each, train)) for each in (found[len(ids) :], list(theirs)))
    return one, other


def copied(tokens: Sequence[int], text: Sequence[int]) -> int:
    """The longest run of tokens that stands in the text."""
    whole, best = f" {' '.join(map(str, text))} ", 0
    for start in range(len(tokens)):
        while start + best < len(tokens) and f" {' '.join(map(str, tokens[start : start + best + 1]))} " in whole:
            best += 1
    return best


# --- What is shown ---


def parts(seen: Seen) -> Iterator[Part]:
    yield _bars(seen)
    yield _table(seen)
    yield _more(seen)
    names = ("Counts of runs of three tokens", seen.model.name)
    rows = tuple((name, cell(each.text) or "(nothing)", each.copied) for name, each in zip(names, seen.written, strict=True))
    yield Table(
        name="written", title=f"What they write after “{BEGIN}”", rows=rows,
        columns=("By", "It goes on", "Longest run copied from the counted text, tokens"),
        note=f"{WRITTEN} tokens, each drawn by the probabilities that are scored above.",
    )  # fmt: skip


def _bars(seen: Seen) -> Picture:
    return Picture(
        name="bits", title="Bits a character of the held-out text", chart="bars", label="By", unit="bits",
        labels=tuple(row.name for row in seen.rows),
        series=(Series(title="Bits a character", values=tuple(seen.bits(row) for row in seen.rows)),),
        says=f"The best counts need {min(seen.bits(seen.best(unit)) for unit in ('letters', 'tokens')):.2f} bits a character, the model "
        f"{seen.bits(seen.model):.2f}.",
        note=f"{seen.characters:,} characters of spoken answers, after counts on {seen.counted:,}. Fewer bits: better expected.",
    )  # fmt: skip


def _table(seen: Seen) -> Table:
    rows = list[tuple[Cell, ...]]()
    for row in seen.rows:
        known = None if row.known is None else 100 * row.known
        rows.append((row.name, row.unit, row.pieces, row.perplexity, seen.bits(row), known))
    return Table(
        name="rows", title="Each way to predict", rows=tuple(rows),
        columns=("By", "In", "Pieces of the text", "Perplexity a piece", "Bits a character", "Runs seen before, %"),
        note="Perplexity is for a piece of each row's own kind: a letter is easier to guess than a token. Bits a character compare.",
    )  # fmt: skip


def _more(seen: Seen) -> Picture:
    return Picture(
        name="more", title="Counts of three tokens on more and more text", chart="lines", label="Characters counted",
        unit="bits a character", labels=tuple(f"{size:,}" for size, _ in seen.more),
        series=(
            Series(title="Counting runs of 3 tokens", values=tuple(bits for _, bits in seen.more)),
            Series(title="The model", values=(seen.bits(seen.model),) * len(seen.more)),
        ),
        says=f"{seen.more[0][1]:.2f} bits a character from {seen.more[0][0]:,} characters, {seen.more[-1][1]:.2f} from "
        f"{seen.more[-1][0]:,}.",
    )  # fmt: skip


# --- What is found ---


def findings(seen: Seen) -> Iterator[Finding]:
    best = min((seen.best(unit) for unit in ("letters", "tokens")), key=lambda row: row.nats)
    says = f"{seen.model.name}: {seen.bits(seen.model):.2f} bits a character; the best of the counts, {best.name}, {seen.bits(best):.2f}."
    yield Finding(id="better", held=seen.bits(seen.model) <= seen.bits(best) - 0.2, found=says)
    known = {row.n: row.known or 0.0 for row in seen.rows if row.unit == "tokens" and row.n}
    three, four, top = known[3], known[TOKENS], seen.best("tokens")
    says = f"Of the runs of two, three and four tokens, {known[2]:.0%}, {three:.0%} and {four:.1%} had been seen; best is {top.name}."
    yield Finding(id="unseen", held=three < 0.25 and four < 0.1 and top.n < TOKENS, found=says)
    steps = [after - before for (_, before), (_, after) in zip(seen.more, seen.more[1:], strict=False)]
    says = f"{seen.more[0][1]:.2f} bits a character on {seen.more[0][0]:,} characters, {seen.more[-1][1]:.2f} on {seen.more[-1][0]:,}; "
    says += f"the last doubling still gains {-steps[-1]:.2f}."
    yield Finding(id="more", held=all(step < 0 for step in steps) and -steps[-1] >= 0.03, found=says)
    letters = seen.best("letters")
    says = (
        f"Perplexity a piece: {letters.name} {letters.perplexity:.1f}, the model {seen.model.perplexity:.1f}. Bits a character: "
        f"{seen.bits(letters):.2f} and {seen.bits(seen.model):.2f}."
    )
    yield Finding(id="ruler", held=letters.perplexity < seen.model.perplexity and letters.nats > seen.model.nats, found=says)
