"""The lab *lora*: the live model tuned with LoRA on short reviews, beside examples in its prompt; what becomes of its weights, and of what
it knew before. Other ranks, or all weights trained, can be set beside it. The adapters are ``adapters.py``, what is shown and found is
``tuning.py``. Nothing is saved: they end with the lab."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Any, TypeVar

from greenroom.labs import tuning
from greenroom.labs.asked import RAW, TRAINED, Review, labels, shipped
from greenroom.labs.few_shot import ITEMS, SHOTS, ask, fingerprint, text_of, ways_of
from greenroom.labs.lab import Bench, Card, Example, Expect, Part, Progress, Source, Values
from greenroom.labs.parameter import choice, number, whole
from greenroom.labs.schooling import opened_to_train
from greenroom.labs.tuning import GENTLE, LITTLE_SHARE, SLOWER, Course, Look, Way

if TYPE_CHECKING:
    from greenroom.labs.adapters import Tuned
    from greenroom.labs.model import Model
    from greenroom.labs.transformer import Transformer

Row = TypeVar("Row")
BATCH, WARM = 4, 0.1
"""Reviews of a step; the share of the steps over which the learning rate rises."""
RANKS, FULL_RATE = (1, 32), 1 / 3
"""Set beside the rank that was chosen; the learning rate of full tuning as a share of LoRA's."""

CARD = Card(
    name="lora",
    title="Fine-tuning with LoRA, beside examples in the prompt",
    topics=("fine-tuning", "training"),
    about="Reviews are to be sorted into positive and negative. First the live model (the fetched file, unpacked to full precision) is "
    "asked with no, one and five solved examples in its prompt. Then it is tuned: thin matrices beside its frozen weights are trained on "
    "forty other reviews. All base weights are hashed before and after each. Reviews that took part in nothing tell what it learnt, a "
    "text about a river what it lost. Seconds a step are this machine's; all else is the same each time.",
    parameters=(
        whole("steps", "Training steps", 30, (1, 200), f"{BATCH} reviews at each."),
        whole("rank", "Rank", 8, (1, 32), "Rows of the thin matrices."),
        choice("places", "Adapters beside", {"all": "all matrices of each layer", "attention": "those of the attention only"}),
        number("rate", "Learning rate", 0.0003, (0.000001, 0.1), "The highest; it rises at the start and falls to the end."),
        choice(
            "beside", "Beside it", {"nothing": "nothing", "full": "all weights trained", "ranks": "LoRA of rank 1 and of rank 32"},
            "All weights are trained with a third of the learning rate. It takes two to three times as long.",
        ),
        whole("reviews", "Reviews to learn from", 40, (2, 40), "Half of them positive."),
        whole("items", "Reviews that are asked", ITEMS, (4, ITEMS), "Never trained on; half of them positive."),
        whole("seed", "Seed", 0, (0, 2**31 - 1), "Draws the first adapters and the order of the reviews."),
    ),
    expects=(
        Expect(
            id="base",
            see="The base weights stay the same to the last bit: after prompts with examples, and after all LoRA steps too. What was "
            "learnt lies beside them. Only where it is added into a copy of the weights is the hash of that copy another one.",
            falsified_by="The hash of the base differs after prompting or after tuning, or that of the merged copy does not.",
            settles=(
                "fine-tuning/efficient-tuning", "fine-tuning/merge-or-swap", "prompt-retrieve-or-tune/few-shot-changes-model",
                "training/prompting-is-not-training", "training/few-shot-trains", "serving-many-adapters/one-base",
            ),
        ),
        Expect(
            id="share",
            see=f"Few weights are trained, below {LITTLE_SHARE:.0%} of the model's. They come on top: with them the model is a little "
            "larger and not smaller; merged, it is exactly as large as before.",
            falsified_by=f"{LITTLE_SHARE:.0%} or more are trained, or the merged model has another number of weights.",
            settles=(
                "fine-tuning/low-rank-arithmetic", "lora-in-detail/two-thin-matrices", "fine-tuning/lora-shrinks-model",
            ),
        ),
        Expect(
            id="start",
            see="Before the first step the adapters change nothing at all: one of the two matrices is zero, so the model with them gives "
            "the same scores as without, to the last digit.",
            falsified_by="A score differs.",
            settles=("lora-in-detail/start-at-zero", "lora-in-detail/random-start"),
        ),
        Expect(
            id="learns",
            see="With no example in its prompt the tuned model holds the right label of reviews that it never saw at least twice as likely "
            "as the base did. That stays, where examples in a prompt are gone with the prompt. It is the form above all that it learns so "
            "fast: to answer with one of the two words. Whether it sorts more of them right is another matter; with so few it may not.",
            falsified_by="The loss of the right label falls by less than the logarithm of 2.",
            settles=("fine-tuning/purpose", "fine-tuning/held-out-test", "training/supervised-fine-tuning"),
        ),
        Expect(
            id="merged",
            see="Beside the weights or added into them is the same model: the probabilities differ by less than a thousandth.",
            falsified_by="A probability differs by more.",
            settles=("lora-in-detail/merge-exactly",),
        ),
        Expect(
            id="forgets",
            see="It is paid for elsewhere, though the base is untouched: with the adapters on, a text that has nothing to do with reviews "
            f"becomes less likely. How much depends on the rate and the steps; here it is more than {GENTLE} nats a token.",
            falsified_by="The loss on the other text rises by less than that.",
            settles=("fine-tuning/forgetting", "judging-a-fine-tune/what-was-lost", "judging-a-fine-tune/only-the-task"),
            set={"rate": 0.003},
        ),
        Expect(
            id="full",
            see="All weights trained instead, in a copy: for each of them a gradient and two running means are kept, many times what LoRA "
            "keeps. But a step is not as many times slower, for the whole model is computed forth and back either way.",
            falsified_by=f"A step of it takes {SLOWER} times as long as one of LoRA, or longer.",
            settles=(
                "fine-tuning/full-tuning", "lora-in-detail/memory-saved", "lora-in-detail/still-runs-base",
                "lora-in-detail/speed-follows-share",
            ),
            set={"beside": "full"},
        ),
        Expect(
            id="ranks",
            see="A higher rank is not by itself a better one: on so small a task rank 1 sorts about as many right as rank 32, which trains "
            "32 times as many weights.",
            falsified_by="Rank 32 sorts at least an eighth of the reviews more right than rank 1.",
            settles=("fine-tuning/higher-rank-better",),
            set={"beside": "ranks"},
        ),
    ),
    examples=(
        Example(title="A learning rate that makes it forget", set={"rate": 0.003}),
        Example(title="A learning rate that ruins it", set={"rate": 0.01}),
        Example(title="All weights trained, beside it", set={"beside": "full"}),
        Example(title="Rank 1 and rank 32 beside it", set={"beside": "ranks"}),
        Example(title="Four reviews to learn from", set={"reviews": 4}),
        Example(title="Beside the attention only", set={"places": "attention"}),
    ),
    sources=(
        Source(title="Hu et al. 2021, LoRA: Low-Rank Adaptation of Large Language Models", url="https://arxiv.org/abs/2106.09685"),
        Source(title="Biderman et al. 2024, LoRA Learns Less and Forgets Less", url="https://arxiv.org/abs/2405.09673"),
        Source(title="Brown et al. 2020, Language Models are Few-Shot Learners", url="https://arxiv.org/abs/2005.14165"),
    ),
    extra="labs",
    seconds=1800,
    megabytes=6144,
)  # fmt: skip


class Lora:
    card = CARD

    def run(self, values: Values, bench: Bench) -> Iterator[Part]:
        model = yield from opened_to_train(bench)
        yield from self.parts(values, model)

    def parts(self, values: Values, model: Model) -> Iterator[Part]:
        """Of a model that is open."""
        from greenroom.labs.adapters import PLACES, Tuned

        items, course = shipped()[1][: values.whole("items")], Course(base=model.transformer)
        yield Progress(says="Hashing all weights", share=0.02)
        course.hashes["before"] = fingerprint(model.transformer)
        for n, shots in enumerate((0, 1, SHOTS)):
            course.asked.append(ask(model, model.transformer, RAW, shipped()[0][:shots], items))
            yield tuning.answers_part(course)
            yield Progress(says=f"Asked {course.asked[-1].title}", share=0.05 + 0.05 * n)
        course.hashes["prompted"] = fingerprint(model.transformer)
        course.general = on_general(model, model.transformer)
        tuned = Tuned(model.transformer, values.whole("rank"), PLACES[values.text("places")], values.whole("seed"))
        course.start = largest_change(tuned, [model.tokenizer.prompt(text_of((), each.text)) for each in items[:BATCH]])
        beside, steps = others(values, model), values.whole("steps")
        for look in train(values, model, tuned, values.number("rate")):
            course.looks.append(look)
            yield tuning.losses_part(course)
            yield Progress(says=f"Step {look.step} of {steps}", share=0.2 + 0.6 * look.step / steps / (1 + len(beside)))
        yield Progress(says="Merging and asking")
        course.merged = tuned.merged()
        course.hashes["merged"] = fingerprint(course.merged)
        course.asked.append(ask(model, course.merged, TRAINED, (), items))
        course.apart = apart(model, tuned, course, items)
        general = on_general(model, course.merged)
        course.ways.append(Way(named(values.whole("rank")), tuned.trained, course.looks, course.asked[-1], general))
        yield tuning.answers_part(course)
        yield tuning.ways_part(course, items)
        for n, (title, make, rate) in enumerate(beside, 1):
            other, looks = make(), list[Look]()
            for look in train(values, model, other, rate):
                looks.append(look)
                yield Progress(says=f"{title}: step {look.step} of {steps}", share=0.2 + 0.6 * (n + look.step / steps) / (1 + len(beside)))
            found = other.merged()
            course.ways.append(Way(title, other.trained, looks, ask(model, found, TRAINED, (), items), on_general(model, found)))
            yield tuning.ways_part(course, items)
        course.hashes["tuned"] = fingerprint(model.transformer)
        yield from tuning.closing(course, items)


def named(rank: int) -> str:
    return f"LoRA, rank {rank}"


def others(values: Values, model: Model) -> list[tuple[str, Callable[[], Tuned], float]]:
    """What is trained beside it: how it is called, what makes it, its learning rate."""
    from greenroom.labs.adapters import PLACES, Full, Tuned

    base, rate = model.transformer, values.number("rate")
    if values.text("beside") == "full":
        return [(tuning.ALL, partial(Full, base), FULL_RATE * rate)]
    ranks = [each for each in RANKS if each != values.whole("rank")] if values.text("beside") == "ranks" else []
    return [(named(rank), partial(Tuned, base, rank, PLACES[values.text("places")], values.whole("seed")), rate) for rank in ranks]


def chosen(values: Values, model: Model) -> tuple[Tuned, float]:
    """What other labs train by their parameter ``weights``, beside or in all matrices, and at what rate."""
    from greenroom.labs.adapters import PLACES, Full, Tuned

    if values.text("weights") == "full":
        return Full(model.transformer), FULL_RATE * values.number("rate")
    return Tuned(model.transformer, values.whole("rank"), PLACES["all"], values.whole("seed")), values.number("rate")


def train(values: Values, model: Model, tuned: Tuned, rate: float, words: Mapping[str, str] | None = None) -> Iterator[Look]:
    """Each step when it is done. The loss is that of the label after each review, with no example before it. ``words``: said for a label;
    by default the label itself."""
    import torch
    from torch.nn import functional

    def loss(batch: Sequence[Review]) -> Any:
        texts, targets = prepared(model, batch, words)
        return functional.cross_entropy(tuned(texts), torch.tensor(targets))

    rows = tuning.shipped().train[: values.whole("reviews")]
    yield from descend(tuned, in_turn(rows, values.whole("seed")), loss, (values.whole("steps"), rate))


def in_turn(rows: Sequence[Row], seed: int) -> Iterator[list[Row]]:
    """Batches without end: all rows before any comes again."""
    dice = random.Random(seed)  # noqa: S311 - no secret
    waiting: list[Row] = []
    while True:
        if len(waiting) < BATCH:
            waiting += dice.sample(rows, len(rows))
        yield waiting[:BATCH]
        waiting = waiting[BATCH:]


def descend(tuned: Tuned, batches: Iterator[list[Row]], loss_of: Callable[[list[Row]], Any], plan: tuple[int, float]) -> Iterator[Look]:
    """Each step when it is done; ``plan``: how many, and the highest learning rate."""
    import torch

    steps, rate = plan
    optimizer = torch.optim.AdamW(tuned.parameters(), weight_decay=0.0)
    for step in range(1, steps + 1):
        started = perf_counter()
        optimizer.param_groups[0]["lr"] = rate * min(step / max(1, WARM * steps), (steps + 1 - step) / steps)
        loss = loss_of(next(batches))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        yield Look(step, float(loss.detach()), perf_counter() - started)


def on_general(model: Model, transformer: Transformer) -> float:
    """Loss on the text that has nothing to do with reviews, in nats a token; as much of it as the model can read."""
    ids = model.tokenizer.prompt(tuning.shipped().general)[: transformer.shape.context]
    return float(transformer.surprise(ids).mean())


def prepared(model: Model, batch: Sequence[Review], words: Mapping[str, str] | None = None) -> tuple[list[list[int]], list[int]]:
    """What the model reads, and the first token of the label that is to follow, or of the word for it."""
    said = words or {each: each for each in labels()}
    return (
        [model.tokenizer.prompt(text_of((), each.text)) for each in batch],
        [model.tokenizer.encode(f" {said[each.label]}")[0] for each in batch],
    )


def largest_change(tuned: Tuned, texts: Sequence[Sequence[int]]) -> float:
    """By how much a score differs with the adapters on and off."""
    import torch

    scores: list[Any] = []
    with torch.no_grad():
        for on in (False, True):
            tuned.switch(on)
            scores.append(tuned(texts))
    return float((scores[0] - scores[1]).abs().max())


def apart(model: Model, tuned: Tuned, course: Course, items: Sequence[Review]) -> float:
    """The largest difference of a label's probability with the adapters beside the weights, and merged."""
    import torch

    ways = [ways_of(model, label) for label in labels()]
    texts, _ = prepared(model, items)
    with torch.no_grad():
        p = [tuned([each]).softmax(-1)[0] for each in texts]
    beside = [tuple(float(one[list(way)].sum()) for way in ways) for one in p]
    return max(abs(a - b) for one, two in zip(beside, course.asked[-1].p, strict=True) for a, b in zip(one, two, strict=True))
