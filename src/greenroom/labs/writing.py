"""Several continuations of one prompt, written at once: the engine of the labs on generation.

The prompt is read once. What follows it is a tree: each token hangs on the one before it, texts that begin alike share their beginning. The
newest tokens of all texts are read in one pass, for a matrix that is read from memory once serves them all. Two looks make that the same as
reading each text by itself: the positions count along a token's own branch, and the mask hides every other branch. (The same trick is
called tree attention where a draft is checked: Miao et al. 2023, SpecInfer, https://arxiv.org/abs/2305.09781.)

The rules are those of ``sampling.py``, over a whole vocabulary at once; a test holds the two against each other.
"""

from __future__ import annotations

import math
import random
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from greenroom.labs.sampling import ALMOST, COLD, Rules
from greenroom.labs.transformer import Array, Cache, Look, Transformer

Scores = NDArray[np.float64]
FEW = 1000
"""Among so many of the likeliest tokens the nucleus is looked for first: it is rarely larger."""


# --- The tree ------------------------------------------------------------------------------------------------------------------------


class Branches:
    """What was read behind a prompt. A node is a token on a branch; -1 is the prompt's end."""

    def __init__(self, model: Transformer, ids: Sequence[int]) -> None:
        """Raises InputError for no tokens, TooLargeError for more than the model can read."""
        self._model, self._prompt = model, len(ids)
        self._cache = Cache(model.shape, len(ids))
        self._lines: list[tuple[int, ...]] = []  # of each node: the nodes from the prompt to itself
        self._known: dict[tuple[int, int], int] = {}  # (node it hangs on, token) → node
        self.logits: dict[int, Array] = {-1: model.read(ids, self._cache)}

    def follow(self, ways: Iterable[tuple[int, Sequence[int]]], *, ends: bool = False) -> list[list[int]]:
        """Reads tokens one after the other behind a node, for several nodes in one pass: ``ways`` are (node, tokens). Returns the node of
        each token, for each way; what begins alike is read once. ``logits`` then holds what follows each new node; ``ends``: only the
        last of each way.

        Raises TooLargeError when the model can hold no more; the tree is not to be used afterwards.
        """
        found, first, tokens = list[list[int]](), len(self._lines), list[int]()
        for node, way in ways:
            nodes = [node]
            for token in way:
                step = (nodes[-1], token)
                if step not in self._known:
                    self._known[step] = len(self._lines)
                    self._lines.append((*(self._lines[step[0]] if step[0] >= 0 else ()), len(self._lines)))
                    tokens.append(token)
                nodes.append(self._known[step])
            found.append(nodes[1:])
        if tokens:
            wanted = sorted({nodes[-1] for nodes in found if nodes and nodes[-1] >= first} if ends else range(first, len(self._lines)))
            rows = self._model.forward(tokens, self._cache, self._look(self._lines[first:]), rows=[node - first for node in wanted])
            self.logits |= zip(wanted, rows, strict=True)
            if ends:
                self.forget(self.logits)
        return found

    def grow(self, steps: Iterable[tuple[int, int]]) -> list[int]:
        """Reads one token behind each node: ``steps`` are (node, token). Returns the node of each."""
        return [nodes[0] for nodes in self.follow((node, (token,)) for node, token in steps)]

    def forget(self, kept: Collection[int]) -> None:
        """Only these nodes' logits are needed again (each is as long as the vocabulary); another is read anew if it is come to again."""
        self.logits = {node: self.logits[node] for node in set(kept) & set(self.logits)}
        self._known = {step: node for step, node in self._known.items() if node in self.logits}

    def _look(self, lines: Sequence[tuple[int, ...]]) -> Look:
        def look(place: str, layer: int, value: Array) -> Array | None:
            if place == "rotation":
                angles = np.outer([self._prompt + len(line) - 1.0 for line in lines], self._model.frequencies)
                return np.stack([np.cos(angles), np.sin(angles)])
            if place != "mask":
                return None
            mask = np.full_like(value, -np.inf)
            mask[:, : self._prompt] = 0
            for row, line in zip(mask, lines, strict=True):
                row[[self._prompt + node for node in line]] = 0
            return mask

        return look


# --- The rules -----------------------------------------------------------------------------------------------------------------------


def probabilities(logits: Array | Scores) -> Scores:
    """Softmax in double precision: they add up to 1 to the last digits, and the least of them is not 0."""
    scores = logits.astype(np.float64)
    raised: Scores = np.exp(scores - scores.max())
    raised /= raised.sum()
    return raised


def entropy(p: Scores) -> float:
    """Bits."""
    some = p[p > 0]
    return abs(float(-(some * np.log2(some)).sum()))


def left(logits: Array, rules: Rules) -> Scores:
    """The probabilities from which a token is drawn, 0 for one that was cut: ``sampling.apply`` for a whole vocabulary."""
    scores = logits.astype(np.float64)
    written = list(rules.written)
    if written and rules.penalty != 1:
        scores[written] = np.where(scores[written] > 0, scores[written] / rules.penalty, scores[written] * rules.penalty)
    if not rules.cuts_first:
        scores = _temper(scores, rules.temperature)
    scores = _min_p(_top_p(_top_k(scores, rules.k), rules.p), rules.share)
    return probabilities(_temper(scores, rules.temperature) if rules.cuts_first else scores)


def _temper(scores: Scores, temperature: float) -> Scores:
    if temperature >= COLD:
        return scores / temperature
    best = int(scores.argmax())
    return np.where(np.arange(len(scores)) == best, scores, -np.inf)


def _top_k(scores: Scores, k: int) -> Scores:
    if k == 0 or k >= len(scores):
        return scores
    last = np.partition(scores, -k)[-k]
    return np.where(scores >= last, scores, -np.inf)


def _top_p(scores: Scores, p: float) -> Scores:
    if p >= 1:
        return scores
    share = probabilities(scores)
    for few in (min(FEW, len(scores)), len(scores)):
        some = np.flatnonzero(scores >= np.partition(scores, -few)[-few])
        order = some[np.argsort(-scores[some], kind="stable")]
        reached = np.cumsum(share[order]) >= p - ALMOST
        if reached.any():
            break
    kept = order[: int(reached.argmax()) + 1] if reached.any() else order
    found = np.full_like(scores, -np.inf)
    found[kept] = scores[kept]
    return found


def _min_p(scores: Scores, share: float) -> Scores:
    if share == 0:
        return scores
    p = probabilities(scores)
    return np.where(p >= share * p.max() * (1 - ALMOST), scores, -np.inf)


def draw(p: Scores, dice: random.Random) -> int:
    """A token by chance, by its probability."""
    if (only := int(np.count_nonzero(p))) == 1:
        return int(p.argmax())
    kept = np.flatnonzero(p)
    found = int(np.searchsorted(np.cumsum(p[kept]), dice.random(), side="right"))
    return int(kept[min(found, only - 1)])


# --- The texts -----------------------------------------------------------------------------------------------------------------------


class Step(NamedTuple):
    """One token of a text. ``p``: the model's own probability for it, before any rule; ``rank``: how many it held likelier; ``bits``: the
    entropy of what the model gave; ``kept``: how many tokens the rules left; ``others``: the likeliest with their probabilities."""

    token: int
    p: float
    rank: int
    bits: float
    kept: int
    others: tuple[tuple[int, float], ...] = ()


@dataclass
class Text:
    """A continuation. ``ended``: the token that ended it, of those that end a text; it is the last step. ``odds``: how many of the
    likeliest tokens each step keeps."""

    rules: Rules
    dice: random.Random
    odds: int = 0
    steps: list[Step] = field(default_factory=list)
    ended: int | None = None
    node: int = -1

    @property
    def tokens(self) -> tuple[int, ...]:
        """Without the one that ended it."""
        return tuple(step.token for step in self.steps if step.token != self.ended)

    @property
    def log(self) -> float:
        """The logarithm of the probability that the model gives to these tokens, one after the other."""
        return math.fsum(math.log(max(step.p, 1e-300)) for step in self.steps)

    def choose(self, logits: Array, own: Scores, bits: float) -> Step:
        """``own``: the model's probabilities and ``bits`` their entropy, of ``logits``; texts that stand at the same place share them."""
        rules = replace(self.rules, written=frozenset(self.tokens)) if self.rules.penalty != 1 else self.rules
        p = own if rules == Rules() else left(logits, rules)
        token = draw(p, self.dice)
        kept, rank = int(np.count_nonzero(p)), int((own > own[token]).sum())
        return Step(token, float(own[token]), rank, bits, kept, likeliest(own, self.odds))


def likeliest(p: Scores, count: int) -> tuple[tuple[int, float], ...]:
    """The likeliest tokens with their probabilities, in order."""
    if count == 0:
        return ()
    some = np.argpartition(-p, min(count, len(p) - 1))[:count]
    return tuple((int(token), float(p[token])) for token in sorted(some, key=lambda token: (-p[token], token)))


def texts(rules: Rules, count: int, seed: int, odds: int = 0) -> list[Text]:
    """So many texts to be written by the rules. The n-th throws the same dice whatever the rules."""
    return [Text(rules, random.Random(f"{seed} {n}"), odds) for n in range(count)]  # noqa: S311 - no secret


def write(branches: Branches, found: Sequence[Text], most: int, stop: Collection[int]) -> Iterator[int]:
    """Continues all texts by a token at a time, until each has ``most`` or has ended. Yields how many steps are done after each."""
    for done in range(most):
        going = [text for text in found if text.ended is None and len(text.steps) < most]
        if not going:
            return
        known = dict[int, tuple[Scores, float]]()
        for text in going:
            logits = branches.logits[text.node]
            if text.node not in known:
                own = probabilities(logits)
                known[text.node] = own, entropy(own)
            text.steps.append(text.choose(logits, *known[text.node]))
            if text.steps[-1].token in stop:
                text.ended = text.steps[-1].token
        going = [text for text in going if text.ended is None]
        if done + 1 < most:
            for text, node in zip(going, branches.grow([(text.node, text.steps[-1].token) for text in going]), strict=True):
                text.node = node
            branches.forget({-1, *(text.node for text in found)})
        yield done + 1


class Beam(NamedTuple):
    """``log``: the logarithm of the probability of its tokens."""

    tokens: tuple[int, ...]
    log: float
    node: int


def beams(branches: Branches, length: int, width: int, barred: Collection[int] = ()) -> list[Beam]:
    """Beam search: of all ways to go on from the ``width`` best beginnings, the ``width`` best are kept, until they have ``length``
    tokens. The best comes first. ``barred``: tokens that are not taken, such as those that end a text."""
    found = [Beam((), 0.0, -1)]
    for done in range(length):
        ways = []
        for beam in found:
            logs = np.log(np.maximum(probabilities(branches.logits[beam.node]), 1e-300))
            logs[list(barred)] = -np.inf
            ways += [(beam.log + float(logs[token]), beam, int(token)) for token in np.argpartition(-logs, width)[:width]]
        ways = sorted(ways, key=lambda way: (-way[0], way[1].tokens, way[2]))[:width]
        last = done + 1 == length
        nodes = [-1] * len(ways) if last else branches.grow([(beam.node, token) for _, beam, token in ways])
        found = [Beam((*beam.tokens, token), log, node) for (log, beam, token), node in zip(ways, nodes, strict=True)]
        if not last:
            branches.forget({-1, *nodes})
    return found
