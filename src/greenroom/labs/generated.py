"""What the lab *generation* shows of the texts it wrote, and what it finds in them. Every finding is a function of the texts alone."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from greenroom.labs.figures import figure
from greenroom.labs.lab import Cell, Finding, Part, Picture, Series, Table
from greenroom.labs.shown import piece, written

if TYPE_CHECKING:
    from greenroom.labs.model import Model
    from greenroom.labs.sampling import Rules
    from greenroom.labs.writing import Beam, Branches, Text

BARS, K, GRAM = 10, 10, 3
"""Tokens in the first picture; of the setting top-k; tokens in a group that may be repeated."""


class Setting(NamedTuple):
    """Texts written by the same rules."""

    title: str
    texts: list[Text]

    @property
    def different(self) -> int:
        return len({each.tokens for each in self.texts})

    def ways(self, length: int) -> int:
        """How many different beginnings of so many tokens there are."""
        return len({each.tokens[:length] for each in self.texts})

    @property
    def words(self) -> int:
        """How many different tokens the texts are made of."""
        return len({token for each in self.texts for token in each.tokens})

    @property
    def likelihood(self) -> float | None:
        """The geometric mean of the model's own probabilities of all tokens."""
        steps = sum(len(each.steps) for each in self.texts)
        return math.exp(math.fsum(each.log for each in self.texts) / steps) if steps else None

    @property
    def kept(self) -> list[int]:
        return [step.kept for each in self.texts for step in each.steps]

    @property
    def last_rank(self) -> int:
        """Of all tokens taken, the place of the least likely one: 1 is the likeliest."""
        return max((step.rank + 1 for each in self.texts for step in each.steps), default=0)

    @property
    def repeated(self) -> float:
        return repeated(self.texts[0].tokens)


class Fork(NamedTuple):
    """The text that follows a first token, ``apart``: how far the probabilities after it are from those after the likeliest one (the share
    of probability that lies elsewhere, 0 to 1)."""

    first: int
    p: float
    text: tuple[int, ...]
    apart: float


def repeated(tokens: Sequence[int]) -> float:
    """The share of a text's groups of three tokens that stood in it before, 0 to 1."""
    groups = [tuple(tokens[n : n + GRAM]) for n in range(len(tokens) - GRAM + 1)]
    return 1 - len(set(groups)) / len(groups) if groups else 0.0


# --- What is shown ---


def bars_part(model: Model, branches: Branches, rules: Rules) -> Picture:
    from greenroom.labs.writing import left, likeliest, probabilities

    p, after = probabilities(branches.logits[-1]), left(branches.logits[-1], rules)
    best = likeliest(p, BARS)
    others = (1 - math.fsum(q for _, q in best), 1 - math.fsum(float(after[token]) for token, _ in best))
    names = [piece(model, token).replace("\n", "⏎") for token, _ in best]
    labels = [name.strip(" ") if name.strip(" ") and names.count(name.strip(" ")) == 0 else name.replace(" ", "␣") for name in names]
    series = ([q for _, q in best], [float(after[token]) for token, _ in best])
    return Picture(
        name="bars", title="The first token", chart="bars", label="Token", unit="%",
        labels=(*labels, f"the other {len(p) - BARS:,}"),
        series=tuple(Series(title=title, values=tuple(100 * max(0.0, q) for q in (*some, rest)))
                     for title, some, rest in zip(("As the model gives it", "After your rules"), series, others, strict=True)),
        says=f"“{labels[0]}” is the likeliest with {best[0][1]:.1%}; your rules leave {int((after > 0).sum()):,} of {len(p):,} tokens.",
    )  # fmt: skip


def texts_part(model: Model, found: Mapping[str, Setting]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for each in found.values():
        percent = None if each.likelihood is None else 100 * each.likelihood
        ended = sum(one.ended is not None for one in each.texts)
        rows.append(
            (
                each.title,
                written(model, each.texts[0].tokens),
                f"{each.different} of {len(each.texts)}",
                percent,
                each.last_rank or None,
                ended,
            )
        )
    columns = ("Rules", "The first text", "Different texts", "Probability a token, %", "Farthest place taken", "Ended by themselves")
    note = (
        "Probability a token: the geometric mean of the model's own probabilities of the tokens that were taken. Farthest place: 1 is the "
        "likeliest token, 2 the next. The n-th text of each setting threw the same dice."
    )
    return Table(name="texts", title="The same model, other rules", columns=columns, rows=tuple(rows), note=note)  # fmt: skip


def pictures(found: Mapping[str, Setting], most: int) -> Iterator[Part]:
    drawn = [found[name] for name in ("cool", "plain", "hot", "top_k", "top_p")]
    ways = [tuple(float(each.ways(n + 1)) for n in range(most)) for each in drawn]
    of = len(drawn[0].texts)
    yield Picture(
        name="ways", title="How soon the texts part", chart="lines", label="After tokens", labels=tuple(str(n + 1) for n in range(most)),
        series=tuple(Series(title=each.title, values=line) for each, line in zip(drawn, ways, strict=True)), unit=f"different of {of}",
        says="How many different beginnings of so many tokens there are; "
        + ", ".join(f"{each.title.lower()}: {line[0]:.0f} after the first" for each, line in zip(drawn, ways, strict=True)) + ".",
    )  # fmt: skip
    lines = [_bits(found[name], most) for name in ("greedy", "plain", "hot")]
    yield Picture(
        name="bits", title="How undecided the model is, step by step", chart="lines", label="Token", unit="bits",
        labels=tuple(str(n + 1) for n in range(most)),
        series=tuple(Series(title=found[name].title, values=line) for name, line in zip(("greedy", "plain", "hot"), lines, strict=True)),
        says="Entropy of the probabilities that the model gave before any rule, the mean over the texts that still went on.",
    )  # fmt: skip
    rows = tuple((each.title, min(each.kept), max(each.kept), 100 * each.repeated) for each in found.values() if each.kept)
    columns = ("Rules", "Fewest tokens left", "Most tokens left", "Repeated groups of three, %")
    note = (
        "Tokens left: from how many the rules let a token be drawn, at the step with the fewest and with the most. Repeated: of the first "
        "text."
    )
    yield Table(name="left", title="What the rules leave to choose from", columns=columns, rows=rows, note=note)


def _bits(setting: Setting, most: int) -> tuple[float | None, ...]:
    at = [[each.steps[n].bits for each in setting.texts if n < len(each.steps)] for n in range(most)]
    return tuple(math.fsum(some) / len(some) if some else None for some in at)


def forks_part(model: Model, forks: Sequence[Fork]) -> Table:
    rows = tuple((piece(model, f.first).strip() or "␣", 100 * f.p, written(model, f.text), 100 * f.apart) for f in forks)
    columns = ("First token", "Probability, %", "The greedy text after it", "Probability that lies elsewhere, %")
    note = (
        "The last column compares the probabilities after this first token with those after the likeliest one: 0 is the same, 100 has "
        "nothing in common."
    )
    return Table(name="forks", title="Another first token, another text", columns=columns, rows=rows, note=note)


def beams_part(model: Model, beam: Sequence[Beam], width: int) -> Table:
    rows = tuple(
        (title, written(model, each.tokens), each.log / math.log(2), math.exp(min(each.log - beam[0].log, 700)))
        for title, each in zip(("Greedy", f"Beam search, {width} beams"), beam, strict=True)
    )
    columns = ("Search", "Text", "Logarithm of its probability, bits", "Times as probable as greedy")
    note = (
        "Both write the same number of tokens; those that end a text are barred, for a shorter text is more probable by being shorter. 1 "
        "bit less: half as probable."
    )
    return Table(name="beams", title="The likeliest text", columns=columns, rows=rows, note=note)


def samples_part(model: Model, found: Mapping[str, Setting]) -> Table:
    rows = tuple((f"{each.title} · {n}", written(model, one.tokens)) for each in found.values() for n, one in enumerate(each.texts, 1))
    return Table(name="samples", title="All texts", columns=("Rules", "Text"), rows=rows)


# --- What is found ---


def distribution(branches: Branches) -> Finding:
    from greenroom.labs.writing import probabilities

    rows = [probabilities(row) for row in branches.logits.values()]
    sums, least, size = [float(row.sum()) for row in rows], min(float(row.min()) for row in rows), len(rows[0])
    says = (
        f"{size:,} tokens, {len(rows)} steps looked at: the probabilities add up to 1 within {figure(max(abs(s - 1) for s in sums))}; "
        f"the least of all is {figure(least)}."
    )
    return Finding(id="distribution", held=all(abs(s - 1) <= 1e-6 for s in sums) and least > 0, found=says)


def findings(found: Mapping[str, Setting], forks: Sequence[Fork], beam: Sequence[Beam]) -> Iterator[Finding]:
    yield _one_by_one(forks)
    yield _selection(found["plain"], found["greedy"])
    yield _temperature(found["cool"], found["plain"], found["hot"])
    yield _cuts(found["top_k"], found["top_p"], found["plain"])
    yield _best(beam)
    yield _repeats(found["greedy"], found["penalty"])


def _one_by_one(forks: Sequence[Fork]) -> Finding:
    first, others = forks[0], forks[1:]
    same = [sum(a == b for a, b in zip(first.text, each.text, strict=False)) for each in others]
    says = [
        f"with the {rank} likeliest first token {each.apart:.0%} of the probability after it lies elsewhere, and {alike} of "
        f"{len(first.text)} tokens are those of the first text"
        for rank, each, alike in zip(("second", "third", "fourth"), others, same, strict=False)
    ]
    held = all(each.apart > 0.01 and each.text != first.text for each in others)
    return Finding(id="one-by-one", held=held, found=f"{'; '.join(says).capitalize()}.")


def _selection(plain: Setting, greedy: Setting) -> Finding:
    others = sum(each.tokens != greedy.texts[0].tokens for each in plain.texts)
    says = (
        f"{len(plain.texts)} draws gave {plain.different} different texts, {others} of them not the greedy one; all began from the same "
        "probabilities."
    )
    return Finding(id="selection", held=plain.different > 1 and others > 0, found=says)


def _temperature(cool: Setting, plain: Setting, hot: Setting) -> Finding:
    likely = [each.likelihood for each in (cool, plain, hot)]
    if None in likely:
        return Finding(id="temperature", held=None, found="A setting wrote nothing.")
    shares = ", ".join(f"{share:.2%}" for share in likely if share is not None)
    says = (
        f"Probability a token at temperature 0.5, 1 and 1.5: {shares}. Different tokens in {len(hot.texts)} texts: {cool.words}, "
        f"{plain.words} and {hot.words}."
    )
    held = likely[0] > likely[1] > likely[2] and cool.words < hot.words  # type: ignore[operator]
    return Finding(id="temperature", held=held, found=says)


def _cuts(top_k: Setting, top_p: Setting, plain: Setting) -> Finding:
    if not top_k.kept or not top_p.kept:
        return Finding(id="cuts", held=None, found="A setting wrote nothing.")
    says = (
        f"Top-k {K}: the farthest place taken is {top_k.last_rank} (without it {plain.last_rank:,}), and {min(top_k.kept)} to "
        f"{max(top_k.kept)} tokens are left at a step. Top-p 0.9: {min(top_p.kept):,} to {max(top_p.kept):,} are left."
    )
    return Finding(id="cuts", held=top_k.last_rank <= K and min(top_p.kept) < max(top_p.kept), found=says)


def _best(beam: Sequence[Beam]) -> Finding:
    greedy, best = beam
    times = math.exp(min(best.log - greedy.log, 700))
    return Finding(id="beams", held=best.log > greedy.log and best.tokens != greedy.tokens, found=f"The best beam is {times:,.2f} "
        f"times as probable as the greedy text of the same {len(best.tokens)} tokens.")  # fmt: skip


def _repeats(greedy: Setting, penalty: Setting) -> Finding:
    says = f"Of the groups of three tokens, {greedy.repeated:.0%} stood in the greedy text before; with the penalty {penalty.repeated:.0%}."
    if len(greedy.texts[0].tokens) < 2 * GRAM:
        return Finding(id="repeats", held=None, found="The text is too short to repeat itself.")
    return Finding(id="repeats", held=greedy.repeated > penalty.repeated, found=says)
