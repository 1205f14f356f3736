"""The lab *logit-lens*: what the live model would say after each of its layers, and which layers pushed for what it says in the end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from greenroom.labs import passage
from greenroom.labs.figures import about
from greenroom.labs.lab import Bench, Card, Cell, Example, Expect, Finding, Part, Picture, Progress, Series, Source, Table, Values
from greenroom.labs.model import Model, opened
from greenroom.labs.parameter import text, whole

if TYPE_CHECKING:
    from greenroom.labs.transformer import Array

MOST, MOST_NAMED = 30, 5

CARD = Card(
    name="logit-lens",
    title="Layer by layer: when does it know?",
    topics=("architecture",),
    about="The stream of the last token is taken out after every layer and read as if the model ended there: through the last norm and the "
    "unembedding. So one sees how the prediction is built up, and what each layer adds to it.",
    parameters=(
        text("text", "Text to go on", "The capital of France is", 300, f"At most {MOST} tokens."),
        whole("named", "Tokens named a layer", 3, (1, MOST_NAMED)),
    ),
    expects=(
        Expect(
            id="late",
            see="The answer is built up layer by layer: after the first half of them another token leads; near the end the answer climbs "
            "to the top.",
            falsified_by="The answer leads already after some layer of the first half.",
            settles=("architecture/stacked-blocks",),
        ),
        Expect(
            id="sum",
            see="Every layer only adds: what comes out at the end is the embedding plus what each attention and each MLP has added, "
            "nothing else.",
            falsified_by="The parts do not add up to the last stream, or their pushes not to the score of the answer.",
            settles=("architecture/residual-norm",),
        ),
    ),
    examples=(
        Example(title="A saying", set={"text": "The quick brown fox jumps over the lazy"}),
        Example(title="A sum it gets wrong", set={"text": "Two plus two equals"}),
        Example(title="Copied from the context", set={"text": "Anna has a cat called Willow. Tom has a dog called Bruno. Anna's cat is "
        "called"}),
    ),
    sources=(
        Source(
            title="nostalgebraist 2020, interpreting GPT: the logit lens",
            url="https://www.lesswrong.com/posts/AcKRB8wDpdaN6v6ru/interpreting-gpt-the-logit-lens",
        ),
        Source(title="Belrose et al. 2023, Eliciting Latent Predictions with the Tuned Lens", url="https://arxiv.org/abs/2303.08112"),
        Source(title="He et al. 2016, Deep Residual Learning", url="https://arxiv.org/abs/1512.03385"),
    ),
    seconds=600,
    megabytes=2048,
)  # fmt: skip


class LogitLens:
    card = CARD

    def run(self, values: Values, bench: Bench) -> Iterator[Part]:
        model = yield from opened(bench)
        yield from look_inside(values, model)


class Level(NamedTuple):
    """The last token after a layer (the first: before all of them). ``rank`` of the answer, 1 is the likeliest."""

    title: str
    likeliest: tuple[tuple[str, float], ...]
    rank: int
    share: float


def look_inside(values: Values, model: Model) -> Iterator[Part]:
    from greenroom.labs.looks import Record

    read = passage.read(model, values.text("text"), MOST, least=2)
    kept, layers = Record("embedding", "residual", "attention_out", "mlp_out"), model.transformer.shape.layers
    yield Progress(says="Reading the text", share=0.1)
    logits = model.transformer.forward(read.ids, look=kept)  # (T, V)
    answers = [int(row.argmax()) for row in logits]
    streams = [kept["embedding", -1], *(kept["residual", n] for n in range(layers))]
    levels, grid = list[Level](), list[tuple[float, ...]]()
    for n, stream in enumerate(streams):
        shares = as_if_it_ended(model, stream)  # (T, V)
        levels.append(_level(model, "embedding" if n == 0 else f"layer {n - 1}", shares[-1], answers[-1], values.whole("named")))
        grid.append(tuple(float(row[answer]) for row, answer in zip(shares, answers, strict=True)))
        if n % 5 == 0 or n == layers:
            yield Progress(says=f"After {levels[-1].title}", share=0.1 + 0.7 * n / layers)
            yield _climb(levels, layers, model.tokenizer.decode([answers[-1]]))
    yield _heat(grid, read.words, passage.words(model, answers))
    yield _table(levels, model.tokenizer.decode([answers[-1]]))
    yield late(levels, model.tokenizer.decode([answers[-1]]))
    attention, mlp = ([kept[part, n][-1] for n in range(layers)] for part in ("attention_out", "mlp_out"))
    begin, push = kept["embedding", -1][-1], direction(model, streams[-1][-1], answers[-1])
    yield _pushes([float(push @ each) for each in attention], [float(push @ each) for each in mlp], model.tokenizer.decode([answers[-1]]))
    yield added(begin, [*attention, *mlp], streams[-1][-1], push, float(logits[-1][answers[-1]] - logits[-1].mean()))


def as_if_it_ended(model: Model, stream: Array) -> Array:
    """(T, W) → probabilities (T, V): the last norm, the unembedding, softmax."""
    from greenroom.labs.transformer import rms_norm, softmax

    transformer = model.transformer
    return softmax(rms_norm(stream, transformer.final_norm, transformer.shape.epsilon) @ transformer.unembedding.T)


def direction(model: Model, last: Array, answer: int) -> Array:
    """(W,): its product with any part of the stream is what that part adds to the answer's score, over the mean score of all tokens. The
    norm divides every part by the same number, the size of the whole."""
    import numpy as np

    transformer = model.transformer
    size = np.sqrt(np.mean(last * last) + transformer.shape.epsilon)
    found: Array = (transformer.unembedding[answer] - transformer.unembedding.mean(0)) * transformer.final_norm / size
    return found


def _level(model: Model, title: str, shares: Array, answer: int, named: int) -> Level:
    best = [int(at) for at in (-shares).argsort(kind="stable")[:named]]
    likeliest = tuple((_shown(model.tokenizer.decode([at])), float(shares[at])) for at in best)
    return Level(title, likeliest, int((shares > shares[answer]).sum()) + 1, float(shares[answer]))


def _shown(token: str) -> str:
    return token.replace("\n", "⏎").replace(" ", "␣") if not token.strip() else token.strip()


def _climb(levels: list[Level], layers: int, said: str) -> Picture:
    missing = (None,) * (layers + 1 - len(levels))
    leads = next((level.title for level in levels if level.rank == 1), "")
    return Picture(
        name="climb", title="If the model ended here", chart="lines", label="After", unit="%",
        labels=("embedding", *(f"layer {n}" for n in range(layers))),
        series=(
            Series(title="The likeliest token there", values=(*(100 * level.likeliest[0][1] for level in levels), *missing)),
            Series(title=f"The answer, “{_shown(said)}”", values=(*(100 * level.share for level in levels), *missing)),
        ),
        says=f"“{_shown(said)}” " + (f"leads for the first time after {leads}." if leads else "does not lead yet."),
        note="The layers before the last were never trained to be read like this: where two lenses differ, neither is the truth.",
    )  # fmt: skip


def _heat(grid: list[tuple[float, ...]], words: tuple[str, ...], answers: tuple[str, ...]) -> Picture:
    """``grid``: for every level and token the probability of what is predicted there in the end."""
    half = len(grid) // 2
    return Picture(
        name="grid", title="The same for every token", chart="heat", label="Token, and what is predicted after it", across="layer (E: "
        "embedding)",
        labels=tuple(f"{word} → {answer}"[:80] for word, answer in zip(words, answers, strict=True)), full=1,
        series=tuple(Series(title="E" if n == 0 else str(n - 1), values=row) for n, row in enumerate(grid)),
        says=f"How likely the token that is predicted in the end was after each layer: {sum(grid[half]) / len(grid[half]):.0%} on average "
        f"after half of them, {sum(grid[-1]) / len(grid[-1]):.0%} after all.",
    )  # fmt: skip


def _table(levels: list[Level], said: str) -> Table:
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (level.title, " · ".join(f"{token} {share:.0%}" for token, share in level.likeliest)[:500], level.rank, 100 * level.share)
        for level in levels
    )
    columns = ("After", "Likeliest", f"Rank of “{_shown(said)[:60]}”", "Its share, %")
    return Table(name="levels", title="Layer by layer", columns=columns, rows=rows)


def late(levels: list[Level], said: str) -> Finding:
    half = (len(levels) - 1) // 2
    first = next(n for n, level in enumerate(levels) if level.rank == 1)
    ranks = ", ".join(
        f"{levels[n].rank:,} after {levels[n].title}" for n in sorted({1, half, (half + len(levels) - 1) // 2, len(levels) - 1})
    )
    says = f"Rank of “{_shown(said)}”: {ranks}. It leads for the first time after {levels[first].title}."
    return Finding(id="late", held=first > half, found=says)


def _pushes(attention: list[float], mlp: list[float], said: str) -> Picture:
    both = [(value, f"the {what} of layer {n}") for what, some in (("attention", attention), ("MLP", mlp)) for n, value in enumerate(some)]
    most, least = max(both), min(both)
    return Picture(
        name="pushes", title=f"Which layers push for “{_shown(said)}”"[:200], chart="lines", label="Layer",
        labels=tuple(map(str, range(len(mlp)))),
        series=(
            Series(title="Nothing", values=(0.0,) * len(mlp)), Series(title="Its attention", values=tuple(attention)),
            Series(title="Its MLP", values=tuple(mlp)),
        ),
        says=f"Most for it: {most[1]}, {most[0]:+.1f}; most against it: {least[1]}, {least[0]:+.1f}. Added up over all, with the "
        f"embedding, they are the score.",
        note="The score (logit) of the answer over the mean score of all tokens.",
    )  # fmt: skip


def added(begin: Array, parts: list[Array], last: Array, push: Array, score: float) -> Finding:
    """``begin``: the embedding, ``parts``: what each attention and MLP added, ``last``: the stream after the last layer."""
    import numpy as np

    total = np.sum([begin, *parts], axis=0, dtype=np.float64)
    off = float(np.abs(total - last).max() / np.abs(last).max())
    pushes = sum(float(push @ each) for each in (begin, *parts))
    says = (
        f"The embedding and {len(parts)} parts add up to the last stream within {about(off)} of its largest number; their pushes add up to "
        f"{pushes:.3f}, the score is {score:.3f}."
    )
    return Finding(id="sum", held=off < 1e-4 and abs(pushes - score) < 0.01 * max(1.0, abs(score)), found=says)
