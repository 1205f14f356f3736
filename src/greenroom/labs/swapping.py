"""The lab *two-adapters*: one base in memory, two adapters trained on it for two desks that want other words, kept as files, read back and
swapped; what stays the same, what they take, and what must not be shared between them.

The training is that of the lab *lora*; the adapters run beside the weights by ``adapter_file.py``. What is shown and found is
``swapped.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from copy import copy
from pathlib import Path
from typing import TYPE_CHECKING

from greenroom.labs import swapped
from greenroom.labs.adapter_file import keep, take
from greenroom.labs.asked import Review, shipped
from greenroom.labs.few_shot import ITEMS, fingerprint, text_of
from greenroom.labs.lab import Bench, Card, Example, Expect, Part, Progress, Source, Values
from greenroom.labs.parameter import choice, number, whole
from greenroom.labs.schooling import opened_to_train
from greenroom.labs.swapped import DESKS, Answer, Desk, Swap

if TYPE_CHECKING:
    from greenroom.labs.adapter_file import Thin
    from greenroom.labs.model import Model
    from greenroom.labs.transformer import Cache, Look, Transformer

FOLDER = "adapters"
ROUNDS = 3
"""Times that the adapters are added into the weights and taken out again."""

CARD = Card(
    name="two-adapters",
    title="Two adapters on one base",
    topics=("future", "fine-tuning"),
    about="Two desks use the same model. One wants reviews marked as positive or negative, the other wants to know whether to thank or to "
    "refund. For each a LoRA adapter is trained beside the same frozen weights (on the shipped reviews, as in the lab lora), kept as a "
    "file in your data folder, read back and checked. Then the same prompts are put to the base, to it with the one, with the other, and "
    "to the base again. The next run takes the kept files if they were trained with the same values.",
    parameters=(
        whole("steps", "Training steps, each", 25, (1, 100), "4 reviews at each."),
        whole("rank", "Rank", 8, (1, 32), "Rows of the thin matrices."),
        number("rate", "Learning rate", 0.001, (0.000001, 0.1), "The highest; it rises at the start and falls to the end."),
        whole("reviews", "Reviews to learn from", 40, (2, 40), "Half of them positive."),
        whole("items", "Reviews that are asked", 8, (4, ITEMS), "Never trained on; half of them positive."),
        choice("kept", "Adapters of an earlier run", {"take": "take them if they fit", "anew": "train anew"}),
        whole("seed", "Seed", 0, (0, 2**31 - 1), "Draws the first adapters and the order of the reviews."),
    ),
    expects=(
        Expect(
            id="base",
            see="The base stands in memory once and is the same to the last bit after both trainings and all swaps; asked again without "
            "an adapter it gives the same scores as at first. To swap is to choose which thin matrices are added beside it.",
            falsified_by="The hash of the base differs afterwards, or a score of the base does.",
            settles=("fine-tuning/merge-or-swap", "serving-many-adapters/one-base", "serving-many-adapters/one-server-each"),
        ),
        Expect(
            id="answers",
            see="The same prompt, the same base, another adapter: on most reviews the likeliest next word is one of that desk's own two "
            "words. Whether it is the right one of the two is another matter; the table shows it.",
            falsified_by="With either adapter less than three quarters of the answers are that desk's words.",
            settles=("future/customisable", "lora-in-detail/many-adapters"),
        ),
        Expect(
            id="size",
            see="Both files together are less than a tenth of one more copy of the weights: that is what a second desk costs in memory "
            "and on the disk.",
            falsified_by="They are a tenth of it or more.",
            settles=("serving-many-adapters/one-base", "future/customisable", "serving-many-adapters/one-server-each"),
        ),
        Expect(
            id="merged",
            see="Added into a copy of the weights the adapter gives the same scores as beside them, but for the rounding of another order "
            "of adding: less than a hundredth apart.",
            falsified_by="A score differs by more.",
            settles=("lora-in-detail/merge-exactly",),
        ),
        Expect(
            id="adding",
            see="Who swaps by adding one adapter into the weights and subtracting it again does not get the base back: numbers of 32 bits "
            "are rounded at each step. A copy's hash is another one after the first swap, and stays so.",
            falsified_by="The weights are those of the base again, bit for bit.",
            settles=("serving-many-adapters/swap-by-adding",),
        ),
        Expect(
            id="cache",
            see="The same prompt has other keys and values under another adapter, so what is cached of it belongs to one desk. A desk "
            "that reads on from the other's cache gets other probabilities than from its own.",
            falsified_by="All keys and values are equal, or all probabilities are.",
            settles=("serving-many-adapters/cache-apart", "serving-many-adapters/shared-prefix"),
        ),
        Expect(
            id="pair",
            see="An adapter belongs to one base in one version: offered to the same model with one norm changed a little, the file is "
            "refused, though every size fits.",
            falsified_by="It is taken.",
            settles=("serving-many-adapters/version-pair",),
        ),
    ),
    examples=(
        Example(title="Rank 1", set={"rank": 1}),
        Example(title="Two steps are too few", set={"steps": 2}),
        Example(title="All reviews asked", set={"items": ITEMS}),
    ),
    sources=(
        Source(title="Hu et al. 2021, LoRA: Low-Rank Adaptation of Large Language Models", url="https://arxiv.org/abs/2106.09685"),
        Source(title="Sheng et al. 2023, S-LoRA: Serving Thousands of Concurrent LoRA Adapters", url="https://arxiv.org/abs/2311.03285"),
    ),
    extra="labs",
    seconds=1800,
    megabytes=6144,
)  # fmt: skip


class TwoAdapters:
    card = CARD

    def run(self, values: Values, bench: Bench) -> Iterator[Part]:
        model = yield from opened_to_train(bench)
        yield from self.parts(values, model, bench.home / FOLDER)

    def parts(self, values: Values, model: Model, folder: Path) -> Iterator[Part]:
        """Of a model that is open; the adapters are kept in ``folder``."""
        base, items = model.transformer, shipped()[1][: values.whole("items")]
        yield Progress(says="Hashing all weights", share=0.02)
        swap = Swap(base, fingerprint(base))
        swap.asked["base"] = list(ask(model, None, items))
        for n, desk in enumerate(DESKS):
            for look in school(values, model, desk, swap, folder):
                yield Progress(
                    says=f"{desk.title}: step {look} of {values.whole('steps')}",
                    share=0.05 + 0.35 * n + 0.35 * look / values.whole("steps"),
                )
            yield Progress(says=f"Asking {desk.title}", share=0.4 + 0.35 * n)
            swap.asked[desk.name] = list(ask(model, swap.thin[desk.name].beside(base), items))
            yield swapped.answers_part(swap, items)
        swap.asked["again"] = list(ask(model, None, items))
        yield swapped.answers_part(swap, items)
        yield swapped.words_part(swap)
        swap.other = refused(swap, folder)
        yield Progress(says="Adding and subtracting", share=0.8)
        first = swap.thin[DESKS[0].name]
        swap.apart = apart(model, swap, first.merged(base), items)
        swap.hashes = list(added_and_taken(swap))
        yield Progress(says="One prompt, two caches", share=0.9)
        swap.cached = shared_cache(model, swap, items)
        swap.after = fingerprint(base)
        yield swapped.sizes_part(swap)
        yield swapped.hashes_part(swap)
        yield swapped.cache_part(swap)
        yield from swapped.findings(swap)


def prompts(model: Model, items: Sequence[Review]) -> list[list[int]]:
    return [model.tokenizer.prompt(text_of((), each.text)) for each in items]


def ask(model: Model, look: Look | None, items: Sequence[Review]) -> Iterator[Answer]:
    """The likeliest next word after each prompt, and the scores of all."""
    for ids in prompts(model, items):
        scores = model.transformer.forward(ids, look=look, last=True)[0]
        yield Answer.of(scores, lambda token: model.tokenizer.pieces([token])[0])


def school(values: Values, model: Model, desk: Desk, swap: Swap, folder: Path) -> Iterator[int]:
    """The desk's adapter, from its file: that of an earlier run, or one that is trained now, kept, and read back. Yields the steps."""
    from greenroom.labs.adapters import PLACES, Tuned
    from greenroom.labs.lora import train

    file, note = folder / desk.file, note_of(values)
    if values.text("kept") == "take" and (found := earlier(file, swap, note)) is not None:
        swap.thin[desk.name], swap.bytes[desk.name], swap.kept[desk.name] = found, file.stat().st_size, True
        return
    tuned = Tuned(model.transformer, values.whole("rank"), PLACES["all"], values.whole("seed"))
    for look in train(values, model, tuned, values.number("rate"), desk.words):
        yield look.step
    made = tuned.thin(swap.before, note)
    keep(made, file)
    found = earlier(file, swap, note) or made  # another run may have put its own there meanwhile
    swap.thin[desk.name], swap.bytes[desk.name], swap.kept[desk.name] = found, file.stat().st_size, False


def note_of(values: Values) -> str:
    """What the adapter hangs on beside the base and the desk."""
    return " ".join(f"{name}={values[name]}" for name in ("steps", "rank", "rate", "reviews", "seed"))


def earlier(file: Path, swap: Swap, note: str) -> Thin | None:
    """The kept adapter, if it is whole, of this base and was trained with these values. What cannot be used is trained anew."""
    from greenroom.errors import ModelFileError

    with suppress(ModelFileError):
        found = take(file, swap.base, swap.before)
        return found if found.note == note else None
    return None


def refused(swap: Swap, folder: Path) -> str:
    """What is said to the first desk's file beside another version of the base. Empty: it was taken."""
    from greenroom.errors import ModelFileError

    other = copy(swap.base)
    other.final_norm = swap.base.final_norm.copy()
    other.final_norm[0] += 0.001
    try:
        take(folder / DESKS[0].file, other, fingerprint(other))
    except ModelFileError as error:
        return error.message
    return ""


def apart(model: Model, swap: Swap, merged: Transformer, items: Sequence[Review]) -> float:
    """The largest difference of a score, the first adapter beside the weights and in them."""
    beside = swap.asked[DESKS[0].name]
    return max(
        float(abs(merged.forward(ids, last=True)[0] - one.scores).max()) for ids, one in zip(prompts(model, items), beside, strict=True)
    )


def added_and_taken(swap: Swap) -> Iterator[tuple[str, float]]:
    """The hash of a copy and how far its farthest weight is from the base, after each adapter was added into it and taken out again."""
    weights = swap.base
    for _ in range(ROUNDS):
        for desk in DESKS:
            thin = swap.thin[desk.name]
            weights = thin.merged(thin.merged(weights), share=-1)
        yield fingerprint(weights), farthest(weights, swap.base)


def farthest(one: Transformer, other: Transformer) -> float:
    return max(
        float(abs(a - b).max()) for mine, theirs in zip(one.blocks, other.blocks, strict=True) for a, b in zip(mine, theirs, strict=True)
    )


def shared_cache(model: Model, swap: Swap, items: Sequence[Review]) -> swapped.Cached:
    """The first prompt, all but its last token cached under each desk; the second desk reads on from both."""
    import numpy as np

    from greenroom.labs.transformer import Cache

    ids = prompts(model, items)[0]
    caches: list[Cache] = []
    for desk in DESKS:
        cache = Cache(swap.base.shape)
        model.transformer.forward(ids[:-1], cache, swap.thin[desk.name].beside(swap.base), last=True)
        caches.append(cache)
    one, two = (each.kept for each in caches)
    changed, total = int((one != two).sum()), one.size
    look = swap.thin[DESKS[1].name].beside(swap.base)
    foreign, own = (
        Answer.of(model.transformer.forward(ids[-1:], cache, look, last=True)[0], lambda token: model.tokenizer.pieces([token])[0])
        for cache in caches
    )
    return swapped.Cached(changed, total, own, foreign, float(np.abs(own.p - foreign.p).max()))
