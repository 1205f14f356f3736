"""The lab *cache*: the same text written with the keys and values of earlier tokens kept, and with everything computed anew at every step.

Its figures are times: they are this machine's, at this moment, and differ from run to run. The tokens do not.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from time import perf_counter
from typing import NamedTuple

from greenroom.labs.lab import Bench, Card, Expect, Finding, Part, Picture, Progress, Series, Source, Table, Values
from greenroom.labs.model import Model, opened
from greenroom.labs.parameter import text, whole
from greenroom.labs.shown import prompt, written

EVERY, READS = 4, 3
"""Steps between two pictures; how often the prompt is read for the best time."""
STORY = (
    "The night train left the coast at nine, and for the first hour nobody in the compartment spoke. Then the woman by the window took "
    "out a map, unfolded it on her knees and asked whether anybody had ever been further east than the end of the line. The old man said"
)

CARD = Card(
    name="cache",
    title="What the KV cache saves",
    topics=("generation",),
    about="The keys and values of a token do not change when more text follows: kept, they need not be computed again. Here the same "
    "text is written with them kept and without, one after the other at each step, and the time of every token is taken. Times are this "
    "machine's and differ from run to run; whatever else runs on it shows in them.",
    parameters=(
        text("prompt", "Prompt", STORY, 3000, lines=4),
        whole("tokens", "Tokens to write", 32, (8, 96)),
    ),
    expects=(
        Expect(
            id="same",
            see="With and without the cache the same tokens are written: it changes the cost, not the text.",
            falsified_by="A token differs.",
            settles=("generation/kv-cache",),
        ),
        Expect(
            id="cost",
            see="Without it every token costs a pass over the whole text so far; with it, a pass over one token.",
            falsified_by="The text takes as long with the cache as without.",
            settles=("generation/kv-cache",),
        ),
        Expect(
            id="prefill",
            see="Reading the prompt in one pass takes less time a token than writing, although a token that is read costs most of the "
            "arithmetic of one that is written (all but its logits).",
            falsified_by="A token of the prompt takes as long to read as one takes to write.",
            settles=("generation/prefill-decode",),
        ),
    ),
    sources=(
        Source(title="Pope et al. 2022, Efficiently Scaling Transformer Inference", url="https://arxiv.org/abs/2211.05102"),
        Source(title="Shazeer 2019, Fast Transformer Decoding", url="https://arxiv.org/abs/1911.02150"),
    ),
    seconds=300,
    megabytes=3000,
)


class Timed(NamedTuple):
    """``kept`` and ``anew``: seconds of each token with the cache and without. ``read``: the best time for the prompt in one pass."""

    prompt: int
    read: float
    kept: list[float]
    anew: list[float]
    tokens: tuple[list[int], list[int]]


class Caching:
    card = CARD

    def run(self, values: Values, bench: Bench) -> Iterator[Part]:
        model = yield from opened(bench)
        yield from self.parts(values, model)

    def parts(self, values: Values, model: Model) -> Iterator[Part]:
        """Of a model that is open."""
        import numpy as np

        from greenroom.labs.transformer import Cache

        most = values.whole("tokens")
        ids, forward = prompt(model, values.text("prompt"), "raw"), model.transformer.forward
        reads = []
        for _ in range(READS):
            cache, started = Cache(model.transformer.shape, len(ids) + most), perf_counter()
            rows = forward(ids, cache, last=True)
            reads.append(perf_counter() - started)
        found = Timed(len(ids), min(reads), [], [], ([], []))
        first = int(np.argmax(rows[-1]))
        kept, anew = [first], [first]
        for done in range(1, most):
            started = perf_counter()
            kept.append(int(np.argmax(forward([kept[-1]], cache, last=True)[-1])))
            between = perf_counter()
            anew.append(int(np.argmax(forward([*ids, *anew], last=True)[-1])))
            found.kept.append(between - started)
            found.anew.append(perf_counter() - between)
            yield Progress(says=f"Token {done + 1} of {most}", share=0.1 + 0.85 * done / most)
            if done % EVERY == 0 or done + 1 == most:
                yield _lines(found)
        found = found._replace(tokens=(kept, anew))
        yield _table(model, found)
        yield _memory(model, found)
        yield from findings(found)


def _lines(found: Timed) -> Picture:
    return Picture(
        name="times", title="The time of each token", chart="lines", label="Token", unit="ms",
        labels=tuple(str(n + 2) for n in range(len(found.kept))),
        series=(
            Series(title="Everything anew", values=tuple(1000 * each for each in found.anew)),
            Series(title="Keys and values kept", values=tuple(1000 * each for each in found.kept)),
        ),
        says=f"{len(found.kept)} tokens took {sum(found.anew):.2f} s without the cache and {sum(found.kept):.2f} s with it.",
    )  # fmt: skip


def _table(model: Model, found: Timed) -> Table:
    steps = len(found.kept)
    passed = sum(found.prompt + n + 1 for n in range(steps))
    rows = (
        ("The prompt, in one pass", found.prompt, found.read, found.prompt / found.read, None),
        ("Written, keys and values kept", steps, sum(found.kept), steps / sum(found.kept), steps),
        ("Written, everything anew", steps, sum(found.anew), steps / sum(found.anew), passed),
    )
    columns = ("What", "Tokens", "Seconds", "Tokens a second", "Tokens passed through the network")
    note = f"The text: {written(model, found.tokens[0])}"
    return Table(name="sums", title="Together", columns=columns, rows=rows, note=note)


def _memory(model: Model, found: Timed) -> Table:
    s = model.transformer.shape
    each = 2 * s.layers * s.kv_heads * s.head_width * 4
    rows = (
        ("A token", 1, each / 1e6),
        ("This text", found.prompt + len(found.kept), (found.prompt + len(found.kept)) * each / 1e6),
        ("As long a text as the model can read", s.context, s.context * each / 1e6),
    )
    note = f"2 (keys, values) × {s.layers} layers × {s.kv_heads} heads × {s.head_width} numbers × 4 bytes."
    return Table(name="memory", title="What is kept instead", columns=("Of", "Tokens", "Memory, MB"), rows=rows, note=note)


def findings(found: Timed) -> Iterator[Finding]:
    kept, anew = found.tokens
    differ = next((n for n, (a, b) in enumerate(zip(kept, anew, strict=True), 1) if a != b), None)
    says = f"All {len(kept)} tokens are the same." if differ is None else f"Token {differ} of {len(kept)} is the first that differs."
    yield Finding(id="same", held=differ is None, found=says)
    times = sum(found.anew) / sum(found.kept)
    yield Finding(
        id="cost", held=times > 1, found=f"Without the cache it took {times:.1f} times as long. {_growth(found.anew, found.kept)}"
    )
    ratio = (sum(found.kept) / len(found.kept)) / (found.read / found.prompt)
    says = (
        f"{1000 * found.read / found.prompt:.2f} ms a token read, {1000 * sum(found.kept) / len(found.kept):.2f} ms a token written: "
        f"{ratio:.1f} times."
    )
    yield Finding(id="prefill", held=ratio > 1, found=says)


def _growth(anew: Sequence[float], kept: Sequence[float]) -> str:
    quarter = math.ceil(len(anew) / 4)
    slow, fast = (sorted(each[-quarter:])[quarter // 2] / sorted(each[:quarter])[quarter // 2] for each in (anew, kept))
    return f"A token of the last quarter took {slow:.2f} times the time of one of the first without it, {fast:.2f} times with it (medians)."
