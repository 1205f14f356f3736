"""The network that judges: one reading of every claim beside the whole answer, with how likely each label is and the words that decide.

The answer and its claims lie in one row of tokens: `[CLS] question [SEP] answer [SEP]`, then `[CLS] claim [SEP]` for each claim. A claim
sees itself and the answer; the answer sees itself alone. So no reading depends on which other claims are asked about, and the answer is
read once for all of them. int8 ONNX weights in the package; trained by training/fit_network.py, which lays its rows out by this file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from greenroom.assess.reading.clauses import sentences
from greenroom.llm.weights import WEIGHTS, Words, open_network, sound

LABELS = ("hit", "partial", "missed", "wrong", "not asserted")
Kind = Literal["point", "misconception", "remark"]
CLS, SEP = 101, 102
"""Of the vocabulary."""
ANSWER_FROM = 64
"""The first place of the answer. Places begin anew with every claim, as a cross-encoder's first text's do; few claims reach beyond."""
QUESTION_TOKENS, ANSWER_TOKENS, CLAIM_TOKENS = 60, 380, 150
AROUND_TOKENS = 60
"""Of the window before, repeated where an answer is read in several."""
ROW_TOKENS = 700
"""Claims beyond go into another row; nothing depends on it but memory."""
FAR = -1e4
Floats = NDArray[np.float32]


class Row(NamedTuple):
    """``group``: 0 for question and answer, n for the n-th claim. ``answer``: the answer's first token and the one after its last.
    ``first``: where each claim's [CLS] stands.
    """

    ids: list[int]
    group: list[int]
    places: list[int]
    answer: tuple[int, int]
    first: list[int]


class Window(NamedTuple):
    """Tokens of a stretch of the answer. ``offsets``: the first character of each and the one after its last, in the answer."""

    ids: Sequence[int]
    offsets: Sequence[tuple[int, int]]


class Reading(NamedTuple):
    """``shares``: how likely each of LABELS is, shape (5,); for a misconception *hit* is that it is held. ``span``: the characters that
    decide, wherever the label has any. ``mark``: how much of the claim the answer gives, 0 to 1.
    """

    shares: Floats
    span: tuple[int, int]
    mark: float


def lay_out(question: Sequence[int], answer: Sequence[int], claims: Sequence[Sequence[int]]) -> Row:
    """All as tokens without [CLS] and [SEP]. A question and claims that are longer than the network reads are cut; the answer must fit."""
    ids = [CLS, *question[:QUESTION_TOKENS], SEP]
    start = len(ids)
    ids += [*answer, SEP]
    end = len(ids) - 1
    group, places, first = [0] * len(ids), list(range(ANSWER_FROM, ANSWER_FROM + len(ids))), list[int]()
    for number, claim in enumerate(claims, 1):
        first.append(len(ids))
        tokens = [CLS, *claim[:CLAIM_TOKENS], SEP]
        ids += tokens
        group += [number] * len(tokens)
        places += range(len(tokens))
    return Row(ids, group, places, (start, end), first)


class Runs(Protocol):
    """What ``Network`` does: the named outputs of each batch."""

    def run(self, outputs: Sequence[str], batches: Iterable[Mapping[str, Any]]) -> Iterator[list[Any]]: ...


class Reader:
    """Safe to use from several threads."""

    def __init__(self, network: Runs, words: Words) -> None:
        self._network, self._words = network, words

    @classmethod
    def load(cls, folder: Path = WEIGHTS, threads: int = 2) -> Reader:
        """Raises WeightsError, LowMemoryError. The folder is not checked against its list: see ``check_weights``."""
        return cls(open_network(folder / "claims.onnx", threads), Words.load(folder, "claims-words.npz"))

    def read(self, question: str, answer: str, claims: Sequence[tuple[str, Kind]]) -> list[Reading]:
        """A reading of each claim. Of an answer that is read in several windows, the one counts where the claim is least likely missed."""
        asked, *texts = self._words.split([question, *(text for text, _ in claims)])
        windows = self._windows(answer)
        jobs = [(window, part) for window in windows for part in _parts(len(window.ids), [ids[1:-1] for ids in texts])]
        rows = [lay_out(asked[1:-1], window.ids, [texts[place][1:-1] for place in part]) for window, part in jobs]
        given = self._network.run(["points", "held", "mark", "start", "end"], (self._fed(row) for row in rows))
        found: list[list[Reading]] = [[] for _ in claims]
        for (window, part), row, outputs in zip(jobs, rows, given, strict=True):
            for n, place in enumerate(part):
                points, held, mark, start, end = (each[n] for each in outputs)
                logits = points if claims[place][1] == "point" else held
                found[place].append(Reading(_softmax(logits), _span(start, end, row, window), float(1 / (1 + np.exp(-mark[0])))))
        return [min(each, key=lambda reading: float(reading.shares[LABELS.index("missed")])) for each in found]

    def _windows(self, answer: str) -> list[Window]:
        """The whole answer, or windows of whole sentences, each beginning with the last of the one before."""
        said = self._words.tokenizer.encode(sound(answer))
        whole = Window(said.ids[1:-1], said.offsets[1:-1])
        if len(whole.ids) <= ANSWER_TOKENS:
            return [whole]
        ends = [line.end for line in sentences(answer)]
        cuts = [0, *(n + 1 for n, ((_, end), (start, _)) in enumerate(pairwise(whole.offsets)) if any(end <= at <= start for at in ends))]
        return [Window(whole.ids[a:b], whole.offsets[a:b]) for a, b in _stretches([*cuts, len(whole.ids)])]

    def _fed(self, row: Row) -> dict[str, Any]:
        group = np.array(row.group)
        sees = (group[None, :] == 0) | (group[None, :] == group[:, None])
        return {
            "words": self._words.look_up(np.array(row.ids)), "places": np.array(row.places), "kinds": (group == 0).astype(np.int64),
            "bias": np.where(sees, 0, FAR).astype(np.float32)[None, None], "first": np.array(row.first),
        }  # fmt: skip


def _parts(answer: int, claims: Sequence[Sequence[int]]) -> Iterator[list[int]]:
    """Places of the claims that share a row with an answer of so many tokens."""
    part, room = list[int](), ROW_TOKENS - answer
    for place, claim in enumerate(claims):
        if part and len(claim) + 2 > room:
            yield part
            part, room = [], ROW_TOKENS - answer
        part.append(place)
        room -= min(len(claim), CLAIM_TOKENS) + 2
    yield part


def _stretches(cuts: Sequence[int]) -> Iterator[tuple[int, int]]:
    """From the places where sentences begin, and the end: stretches of at most ANSWER_TOKENS; a longer sentence is cut."""
    start, end = 0, cuts[-1]
    while end - start > ANSWER_TOKENS:
        stop = max((at for at in cuts if start + AROUND_TOKENS < at <= start + ANSWER_TOKENS), default=start + ANSWER_TOKENS)
        yield start, stop
        start = min((at for at in cuts if stop - AROUND_TOKENS <= at < stop), default=stop - AROUND_TOKENS)
    yield start, end


def _softmax(logits: Floats) -> Floats:
    high = np.exp(logits - logits.max())
    shares: Floats = high / high.sum()
    return shares


def _span(start: Floats, end: Floats, row: Row, window: Window) -> tuple[int, int]:
    """The likeliest stretch of the answer that begins before it ends, as characters; (0, 0) where nothing is said."""
    begin, stop = row.answer
    if begin == stop:
        return 0, 0
    both = np.triu(start[begin:stop, None] + end[None, begin:stop]) + np.tril(np.full((stop - begin, stop - begin), FAR), -1)
    first, last = divmod(int(both.argmax()), stop - begin)
    return window.offsets[first][0], window.offsets[last][1]
