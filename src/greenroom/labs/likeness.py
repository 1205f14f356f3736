"""The second part of the lab *basics*: the vectors of tokens. The table at the entrance, and what the layers make of a word in a sentence.

The lists of words and the sentences are in ``senses.json``, written down before any vector was looked at.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from greenroom.labs.lab import Cell, Finding, Part, Picture, Progress, Series, Table, visible

if TYPE_CHECKING:
    from greenroom.labs.model import Model
    from greenroom.labs.transformer import Array

FILE, NEAREST, DRAWS, TURNS, LOOKED_UP = "senses.json", 8, 4000, 8, 8
"""``DRAWS``: pairs of tokens drawn from the whole vocabulary; ``TURNS``: of the whole space; ``LOOKED_UP``: words at most."""
NAMED, BEHIND = 0.05, 0.03
"""Shares of pairs: by so much the best single number would be ahead of that of a turned space if it had a name; behind the cosine it is
by more than the other."""


class Use(NamedTuple):
    """A word at the end of a sentence that gives it a sense. ``states``: its vector at the entrance and after each layer, of length 1."""

    word: str
    sense: str
    states: Array


class Layer(NamedTuple):
    """Cosines on average between uses of a word in one sense, of a word in its two, and of different words; ``right``: uses whose nearest
    use of the same word has the same sense."""

    same: float
    other: float
    apart: float
    right: int


class Alone(NamedTuple):
    """How well the members of a family are told from other words, as the share of pairs in the right order, on words that the number was
    not chosen on: by the best single number of the vectors as they stand, of turned ones (the mean of all turns), and by the cosine."""

    number: float
    turned: float
    cosine: float


class Seen(NamedTuple):
    """``level``: mean and standard deviation of the cosine of two tokens drawn at random; ``alone``: None where there are too few words."""

    families: list[tuple[str, str, str]]
    between: Array
    opposites: list[float]
    alike: list[float]
    any: float
    level: tuple[float, float]
    alone: Alone | None
    uses: list[Use]
    layers: list[Layer]


@cache
def shipped() -> dict:  # type: ignore[type-arg]
    found: dict = json.loads(files("greenroom.labs").joinpath(FILE).read_text(encoding="utf-8"))  # type: ignore[type-arg]
    return found


def directions(matrix: Array) -> Array:
    """Each row to length 1: the dot product of two is then their cosine."""
    found: Array = matrix / np.maximum(np.linalg.norm(matrix, axis=-1, keepdims=True), 1e-12)
    return found


def token_of(model: Model, word: str) -> int | None:
    """The token of a word after a blank; None: it takes several."""
    ids = model.tokenizer.encode(f" {word}")
    return ids[0] if len(ids) == 1 else None


def see(model: Model, seed: int) -> Iterator[Progress | Seen]:
    yield Progress(says="Comparing rows of the table", share=0.2)
    rows = directions(model.transformer.embedding)
    dice = np.random.default_rng(seed)
    families, between = _families(model, rows)
    pairs = {name: list(_pairs(model, name)) for name in ("opposites", "alike")}
    near = {name: [float(rows[a] @ rows[b]) for a, b in some] for name, some in pairs.items()}
    drawn = dice.integers(0, len(rows), (DRAWS, 2))
    common = {token for found in pairs.values() for pair in found for token in pair}
    some = sorted(common or {int(token) for token in drawn[:20].ravel()})  # a vocabulary without these words: any tokens
    cosines = rows[some] @ rows[some].T
    level = np.sum(rows[drawn[:, 0]] * rows[drawn[:, 1]], axis=1)
    alone = _alone(*_known(model, rows), dice)
    uses = []
    for n, entry in enumerate(shipped()["senses"]):
        yield Progress(says=f"Reading sentences with “{entry['word']}”", share=0.25 + 0.2 * n / len(shipped()["senses"]))
        uses += [_use(model, entry["word"], sense, each) for sense, sentences in entry["senses"] for each in sentences]
    yield Seen(
        families, between, near["opposites"], near["alike"], float(cosines[np.triu_indices(len(some), 1)].mean()),
        (float(level.mean()), float(level.std())), alone, uses, by_layer(uses),
    )  # fmt: skip


def _pairs(model: Model, name: str) -> Iterator[tuple[int, int]]:
    for one, other in shipped()[name]:
        a, b = token_of(model, one), token_of(model, other)
        if a is not None and b is not None:
            yield a, b


def _families(model: Model, rows: Array) -> tuple[list[tuple[str, str, str]], Array]:
    """For each word its family and that of its nearest; and the mean cosine between any two families."""
    words = _words(model)
    if len(words) < 2:
        return [], np.zeros((0, 0), np.float32)
    found = rows[[token for _, _, token in words]]
    cosines = found @ found.T
    np.fill_diagonal(cosines, np.nan)
    names = [name for name, _, _ in words]
    order = list(dict.fromkeys(names))
    held = {name: [n for n, each in enumerate(names) if each == name] for name in order}
    between = np.array(
        [[1 if a == b and len(held[a]) == 1 else np.nanmean(cosines[np.ix_(held[a], held[b])]) for b in order] for a in order]
    )
    nearest = [int(np.nanargmax(row)) for row in cosines]
    return [(name, word, names[at]) for (name, word, _), at in zip(words, nearest, strict=True)], between.astype(np.float32)


def _words(model: Model) -> list[tuple[str, str, int]]:
    """Family, word and token of all that are one token."""
    known = [(each["name"], word, token_of(model, word)) for each in shipped()["families"] for word in each["words"]]
    return [(name, word, token) for name, word, token in known if token is not None]


def _known(model: Model, rows: Array) -> tuple[list[str], Array]:
    """The families of the words and their vectors."""
    words = _words(model)
    return [name for name, _, _ in words], rows[[token for _, _, token in words]]


def _alone(names: Sequence[str], vectors: Array, dice: np.random.Generator) -> Alone | None:
    if not names or len(set(names)) < 2 or min(map(names.count, names)) < 4:
        return None
    number, cosine = by_halves(names, vectors)
    size = (vectors.shape[1], vectors.shape[1])
    turns = (np.linalg.qr(dice.standard_normal(size))[0].astype(np.float32) for _ in range(TURNS))
    return Alone(number, _mean([by_halves(names, vectors @ turn)[0] for turn in turns]), cosine)


def by_halves(names: Sequence[str], vectors: Array) -> tuple[float, float]:
    """By the single number that does best on half of the words, tried on the other half, and by the likeness to the family's first half;
    the mean over the families and over both ways round."""
    number, cosine = list[float](), list[float]()
    for name in dict.fromkeys(names):
        own = np.array([each == name for each in names])
        part = np.where(own, np.cumsum(own), np.cumsum(~own)) % 2 == 1
        for learned in (part, ~part):
            before, after = in_order(vectors[learned], own[learned]), in_order(vectors[~learned], own[~learned])
            best = int(np.abs(before - 0.5).argmax())
            number.append(float(after[best] if before[best] > 0.5 else 1 - after[best]))
            near = vectors[~learned] @ vectors[learned & own].mean(0)
            cosine.append(float(in_order(near[:, None], own[~learned])[0]))
    return _mean(number), _mean(cosine)


def in_order(values: Array, own: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Of each column the share of pairs, one of the family and one not, in which the family's is the larger; half is chance."""
    above = (values[own][:, None] > values[~own][None]).mean((0, 1))
    return np.asarray(above + (values[own][:, None] == values[~own][None]).mean((0, 1)) / 2)


def _use(model: Model, word: str, sense: str, sentence: str) -> Use:
    from greenroom.labs.looks import Record

    kept = Record("embedding", "residual")
    model.transformer.forward(model.tokenizer.prompt(sentence), look=kept, last=True)
    layers = [kept["embedding", -1], *(kept["residual", n] for n in range(model.transformer.shape.layers))]
    return Use(word, sense, directions(np.stack([each[-1] for each in layers])))


def by_layer(uses: Sequence[Use]) -> list[Layer]:
    pairs = [(a, b) for a in range(len(uses)) for b in range(len(uses)) if a != b]
    kinds = ["apart" if uses[a].word != uses[b].word else "same" if uses[a].sense == uses[b].sense else "other" for a, b in pairs]
    found = []
    for n in range(len(uses[0].states)):
        at = np.stack([use.states[n] for use in uses])
        cosines = at @ at.T
        sums = {kind: math.fsum(float(cosines[p]) for p, k in zip(pairs, kinds, strict=True) if k == kind) / max(1, kinds.count(kind))
                for kind in ("same", "other", "apart")}  # fmt: skip
        found.append(Layer(sums["same"], sums["other"], sums["apart"], _right(uses, cosines)))
    return found


def _right(uses: Sequence[Use], cosines: Array) -> int:
    right = 0
    for a, use in enumerate(uses):
        others = [b for b, other in enumerate(uses) if b != a and other.word == use.word]
        right += bool(others) and uses[max(others, key=lambda b: cosines[a, b])].sense == use.sense
    return right


# --- What is shown ---


def parts(model: Model, words: str, seen: Seen) -> Iterator[Part]:
    yield _neighbours(model, words)
    yield _heat(seen)
    yield _bars(seen)
    yield _lines(seen)


def _neighbours(model: Model, words: str) -> Table:
    rows, out = directions(model.transformer.embedding), list[tuple[Cell, ...]]()
    wanted = re.split(r"[\s,;]+", words.strip())
    for word in wanted[:LOOKED_UP]:
        token = token_of(model, word)
        if token is None:
            out.append((word[:80], "several tokens: it has no row of its own", None))
            continue
        cosines = rows @ rows[token]
        near = [int(each) for each in np.argsort(-cosines)[: NEAREST + 1] if each != token][:NEAREST]
        names = [visible(name) for name in model.tokenizer.pieces(near)]
        shown = " · ".join(f"{name} {cosines[n]:.2f}" for name, n in zip(names, near, strict=True))
        out.append((word[:80], shown[:480], float(cosines[near[0]])))
    return Table(
        name="neighbours", title="The nearest rows of the table", rows=tuple(out),
        columns=("Word", "Nearest tokens, with their cosine", "Cosine of the nearest"),
        note=f"Of {len(rows):,} rows. ␣ is a blank: each word is looked up as it stands after one."
        + (f" Not looked up, beyond the first {LOOKED_UP}: {', '.join(wanted[LOOKED_UP:])}." if len(wanted) > LOOKED_UP else ""),
    )  # fmt: skip


def _heat(seen: Seen) -> Picture:
    names = tuple(dict.fromkeys(name for name, _, _ in seen.families)) or ("none",)
    values = np.nan_to_num(seen.between) if len(seen.between) else np.zeros((1, 1))
    own = [float(values[n, n]) for n in range(len(names))]
    other = max((float(values[a, b]) for a in range(len(names)) for b in range(a)), default=0.0)
    return Picture(
        name="families", title="How near families of words are to each other", chart="heat", label="Words for", labels=names,
        series=tuple(Series(title=name, values=tuple(float(v) for v in values[:, n])) for n, name in enumerate(names)),
        across="Words for", full=1,
        says=f"Within a family the mean cosine is {min(own):.2f} to {max(own):.2f}, between two at most {other:.2f}.",
    )  # fmt: skip


def _bars(seen: Seen) -> Picture:
    bars = {"opposites": _mean(seen.opposites), "of like meaning": _mean(seen.alike), "any two of these words": seen.any,
            "any two tokens at all": seen.level[0]}  # fmt: skip
    return Picture(
        name="pairs", title="The cosine of two rows of the table", chart="bars", label="Pairs", labels=tuple(bars), unit="cosine",
        series=(Series(title="Mean", values=tuple(max(0.0, each) for each in bars.values())),),
        says="; ".join(f"{name}: {each:.2f}" for name, each in bars.items()) + ".",
        note="Any two tokens at all: drawn evenly from the whole table, parts of words and rare signs among them.",
    )  # fmt: skip


def _lines(seen: Seen) -> Picture:
    first, best = seen.layers[0], max(seen.layers, key=lambda each: each.right)
    series = [
        ("One word, the same sense", [each.same for each in seen.layers]),
        ("One word, its other sense", [each.other for each in seen.layers]),
        ("Different words", [each.apart for each in seen.layers]),
    ]
    return Picture(
        name="senses", title="The same word in two senses, layer by layer", chart="lines", label="Layer", unit="cosine",
        labels=("table", *(str(n) for n in range(1, len(seen.layers)))),
        series=tuple(Series(title=title, values=tuple(some)) for title, some in series),
        says=f"In the table a word is one vector, cosine {first.same:.2f}. At its best layer the nearest use has the same sense for "
        f"{best.right} of {len(seen.uses)}.",
        note="The word ends its sentence, so all that tells its sense stands before it: this model sees nothing that comes after.",
    )  # fmt: skip


def _mean(some: Sequence[float]) -> float:
    return math.fsum(some) / len(some) if some else 0.0


# --- What is found ---


def findings(seen: Seen) -> Iterator[Finding]:
    right = sum(name == near for name, _, near in seen.families)
    says = f"{right} of {len(seen.families)} words have one of their own family as the nearest of all these words."
    yield Finding(id="families", held=right >= 0.9 * len(seen.families) if seen.families else None, found=says)
    opposite, alike = _mean(seen.opposites), _mean(seen.alike)
    says = (
        f"Opposites {opposite:.2f} on average ({len(seen.opposites)} pairs), words of like meaning {alike:.2f} ({len(seen.alike)} pairs), "
        f"any two of these words {seen.any:.2f}."
    )
    near = opposite >= seen.any + 0.2 and opposite >= alike - 0.1
    yield Finding(id="opposites", held=near if seen.opposites and seen.alike else None, found=says)
    yield _turned(seen.alone)
    yield _level(seen)
    yield _senses(seen)


def _turned(alone: Alone | None) -> Finding:
    if alone is None:
        return Finding(id="turned", held=None, found="Too few of the words are one token here.")
    says = (
        f"Pairs in the right order, on words that it was not chosen on: by the best single number {alone.number:.2f}, by the best one "
        f"after a turn {alone.turned:.2f} (mean of {TURNS} turns), by the cosine {alone.cosine:.2f}. A turn leaves every cosine as it is."
    )
    return Finding(id="turned", held=alone.number - alone.turned < NAMED and alone.cosine - alone.number >= BEHIND, found=says)


def _level(seen: Seen) -> Finding:
    last = seen.layers[-1].apart
    says = (
        f"Two tokens drawn from the whole table have {seen.level[0]:.2f} on average, two common words {seen.any:.2f}, different words in "
        f"different sentences {last:.2f} after the last layer."
    )
    levels = (seen.level[0], seen.any, last)
    return Finding(id="level", held=max(levels) - min(levels) >= 0.2, found=says)


def _senses(seen: Seen) -> Finding:
    first, many = seen.layers[0], len(seen.uses)
    best = max(range(len(seen.layers)), key=lambda n: seen.layers[n].right)
    at = seen.layers[best]
    says = (
        f"In the table the cosine of a word with itself in its other sense is {first.other:.3f}. After layer {best}, the best of all, "
        f"it is {at.other:.2f}, and {at.same:.2f} in the same sense; the nearest use has the same sense for {at.right} of {many}, "
        f"where chance gives {round(many * 3 / 7)}."
    )
    held = first.other > 0.9999 and at.same > at.other and at.right >= 0.75 * many
    return Finding(id="senses", held=held, found=says)
