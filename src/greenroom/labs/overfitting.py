"""The lab *overfitting*: the same tiny model trained on little text and on much, and a sentence that stands in the text again and again."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from greenroom.labs.from_scratch import padded, shown
from greenroom.labs.lab import Bench, Card, Example, Expect, Finding, Part, Picture, Progress, Series, Source, Table, Values
from greenroom.labs.parameter import number, whole
from greenroom.labs.schooling import CHARACTERS, HEADS, LAYERS, RATE, Look, Text, plan_of, school, shortened, take_threads, whole_text

if TYPE_CHECKING:
    from greenroom.labs.schooling import Plan
    from greenroom.labs.tiny_gpt import TinyGpt

LITTLE, MUCH = "little text", "much text"
CODES, TURNED = 1000, 0.1
"""Numbers that the canary is compared with; nats a character by which a loss has clearly risen."""

CARD = Card(
    name="overfitting",
    title="What little text and many passes do",
    topics=("training-challenges", "training"),
    about="A tiny GPT is trained twice from the same first weights and with as many steps: on a few thousand characters, which it "
    "therefore sees over and over, and on eighty thousand. The loss is measured on what it is trained on and on passages that it never "
    "sees. Into both texts a canary is put: a sentence with an invented three-digit code, several times. Afterwards the code is ranked "
    "among all thousand codes by how likely the model holds the sentence with each.",
    parameters=(
        whole("characters", "Characters of the little text", 3000, (500, CHARACTERS)),
        whole("steps", "Training steps", 400, (10, 2000), "Of each of the two trainings."),
        whole("looks", "Looks on the way", 10, (2, 40), "How often the losses are measured."),
        whole("repeats", "Times the canary stands in each text", 10, (0, 50), "0: it stands in neither."),
        number("rate", "Learning rate", RATE, (0.00001, 1), "The highest; it rises at the start and falls to the end."),
        HEADS,
        LAYERS,
        whole("seed", "Seed", 0, (0, 2**31 - 1), "Draws the code, the first weights and the windows."),
    ),
    expects=(
        Expect(
            id="turns",
            see="On little text the two curves part: the loss on what it is trained on goes on falling, the loss on passages it never saw "
            "falls, turns and rises. From the turn on it learns this text by heart and no longer the language.",
            falsified_by=f"The held-out loss ends less than {TURNED} nats above its lowest, or the training loss rises with it.",
            settles=(
                "overfitting-and-generalising/two-curves", "overfitting-and-generalising/accident-learned", "training/held-out-evaluation",
                "training/training-loss-is-enough", "tokens-and-loss/held-out-too",
            ),
        ),
        Expect(
            id="more-text",
            see="It was not the number of steps, nor the number of weights: the same model with as many steps on much text ends with its "
            "held-out loss at its lowest, and lower than the little text ever allowed, although it has more weights than the text has "
            "characters.",
            falsified_by=f"On much text it too ends {TURNED} nats or more above its lowest, or no lower than on little text. It is not "
            "told of a model with no more weights than the text has characters.",
            settles=(
                "overfitting-and-generalising/only-training-too-long", "overfitting-and-generalising/more-weights-than-data",
                "overfitting-and-generalising/remedies",
            ),
        ),
        Expect(
            id="canary",
            see="The model on little text has the canary by heart: of all thousand codes it holds the true one the likeliest, which it did "
            "not before training. Whoever gives it the beginning gets the code.",
            falsified_by="Another code is likelier after training, the true one was the likeliest before, or given the beginning the "
            "model goes on otherwise.",
            settles=("training-challenges/data-rights", "cleaning-and-deduplicating/why-deduplicate"),
        ),
        Expect(
            id="by-heart",
            see="Remembering is not overfitting: the model on much text gets better on passages it never saw up to the end, and yet it "
            "remembers the repeated sentence: its code is among the ten likeliest of the thousand, even where the model would not say it "
            "unasked.",
            falsified_by="On much text the true code is not among the ten likeliest, or its held-out loss has turned.",
            settles=("overfitting-and-generalising/memory-is-not-it", "overfitting-and-generalising/memorised-means-overfitted"),
        ),
    ),
    examples=(
        Example(title="Ten times as much text", set={"characters": 30_000}),
        Example(title="The canary stands there once", set={"repeats": 1}),
        Example(title="No canary: the control", set={"repeats": 0}),
        Example(title="A smaller model", set={"heads": 1, "layers": 1}),
    ),
    sources=(
        Source(title="Carlini et al. 2019, The Secret Sharer (canaries and their rank)", url="https://arxiv.org/abs/1802.08232"),
        Source(title="Carlini et al. 2023, Quantifying Memorization Across Neural Language Models", url="https://arxiv.org/abs/2202.07646"),
        Source(title="Zhang et al. 2017, Understanding deep learning requires rethinking generalization", url="https://arxiv.org/abs/1611.03530"),
    ),
    extra="labs",
    seconds=900,
    megabytes=4096,
)  # fmt: skip


class Canary(NamedTuple):
    """``code``: three digits that nobody could guess."""

    code: str

    def sentence(self, code: str) -> str:
        return f"The code of the blue cabinet is {code}."


class Run(NamedTuple):
    """One training: what was seen, and the rank of the canary's code, before and after; 1: the likeliest of all."""

    title: str
    text: Text
    looks: list[Look]
    ranks: list[int]

    @property
    def lowest(self) -> Look:
        """Where the held-out loss was lowest."""
        return min(self.looks, key=lambda each: each.held)


class Overfitting:
    card = CARD

    def run(self, values: Values, bench: Bench) -> Iterator[Part]:
        yield Progress(says="Starting", share=0)
        take_threads(bench)
        dice = random.Random(values.whole("seed"))  # noqa: S311 - no secret
        canary, plan = Canary(f"{dice.randrange(CODES):03}"), plan_of(values)
        runs = list[Run]()
        for title, characters in ((LITTLE, values.whole("characters")), (MUCH, CHARACTERS)):
            text = with_canary(shortened(whole_text(), characters), canary, values.whole("repeats"), dice)
            runs.append(Run(title, text, [], []))
            yield from trained(runs, canary, plan)
        yield texts_part(runs, plan, values.whole("repeats"))
        yield from findings(runs, canary, values.whole("repeats"))


def trained(runs: Sequence[Run], canary: Canary, plan: Plan) -> Iterator[Part]:
    """The last of the runs, look by look."""
    run, done = runs[-1], (len(runs) - 1) / 2
    for seen in school(run.text, plan):
        run.looks.append(seen)
        yield losses_part(runs)
        yield Progress(says=f"On {run.title}: step {seen.step} of {plan.steps}", share=done + seen.step / plan.steps / 2)
        if seen.step == 0 or seen.step == plan.steps:
            run.ranks.append(rank(seen.model, run.text, canary))
            yield ranks_part(runs, canary)


def with_canary(text: Text, canary: Canary, repeats: int, dice: random.Random) -> Text:
    """The sentence between others, ``repeats`` times at places drawn by chance."""
    sentences = text.train.split(". ")
    for place in sorted((dice.randrange(1, max(2, len(sentences))) for _ in range(repeats)), reverse=True):
        sentences.insert(place, canary.sentence(canary.code).removesuffix("."))
    return text._replace(train=". ".join(sentences))


def rank(model: TinyGpt, text: Text, canary: Canary) -> int:
    """How many codes the model holds at least as likely as the true one, itself counted: 1 is the likeliest. Chance: about 500."""
    import torch

    codes = [f"{n:03}" for n in range(CODES)]
    with torch.no_grad():
        ids = torch.tensor([text.ids(canary.sentence(code)) for code in codes])  # (1000, T)
        nats = model.surprise(ids)[:, -4:].sum(dim=1)  # (1000,) of the code and the full stop
    return int((nats <= nats[int(canary.code)]).sum())


def goes_on(run: Run, canary: Canary) -> str:
    """What the trained model holds likeliest after the beginning of the canary, four characters."""
    begin = canary.sentence("").removesuffix(".")
    return run.text.text(run.looks[-1].model.write(run.text.ids(begin), 4, None))


# --- What is shown ---


def losses_part(runs: Sequence[Run]) -> Picture:
    labels = tuple(str(each.step) for each in max((run.looks for run in runs), key=len))
    series = []
    for run in runs:
        for title, losses in (("trained on", [each.train for each in run.looks]), ("held out", [each.held for each in run.looks])):
            series.append(Series(title=f"{run.title.capitalize()}, {title}", values=padded(losses, len(labels))))
    last = runs[-1].looks[-1]
    says = f"On {runs[-1].title} after step {last.step}: {shown(last.train)} on what it is trained on, {shown(last.held)} on held-out text."
    return Picture(
        name="loss", title="The loss, trained on and held out", chart="lines", label="Step", labels=labels, series=tuple(series),
        unit="nats a character", says=says,
        note="The held-out passages are the same for both. Where the canary stands often it takes some of the text's place.",
    )  # fmt: skip


def ranks_part(runs: Sequence[Run], canary: Canary) -> Table:
    rows = [(run.title, *[*run.ranks, None][:2], math.log2(CODES / run.ranks[1]) if len(run.ranks) > 1 else None) for run in runs]
    return Table(
        name="ranks", title=f"“{canary.sentence(canary.code)}” among {CODES:,} codes",
        columns=("Trained on", "Rank before", "Rank after", "Exposure, bits"), rows=tuple(rows),
        note=f"Rank 1: the likeliest of all. By chance: about 500. Exposure: the logarithm of {CODES:,} by the rank, at most "
        f"{math.log2(CODES):.1f}; by chance 1.4 on average.",
    )  # fmt: skip


def texts_part(runs: Sequence[Run], plan: Plan, repeats: int) -> Table:
    from greenroom.labs.schooling import BATCH, CONTEXT

    rows = []
    for run in runs:
        size, weights = len(run.text.train), run.looks[-1].model.weights
        rows.append((run.title, size, weights, weights / size, plan.steps * BATCH * CONTEXT / size, repeats))
    columns = ("Text", "Characters", "Weights of the model", "Weights a character", "Passes over the text", "Canary in it")
    return Table(name="texts", title="The two trainings", columns=columns, rows=tuple(rows))


# --- What is found ---


def findings(runs: Sequence[Run], canary: Canary, repeats: int) -> Iterator[Finding]:
    little, much = runs
    turn, end = little.lowest, little.looks[-1]
    says = (
        f"On little text the held-out loss was lowest at step {turn.step}, {shown(turn.held)}, and ended at {shown(end.held)}; "
        f"the training loss went from {shown(turn.train)} there to {shown(end.train)}."
    )
    yield Finding(id="turns", held=end.held > turn.held + TURNED and end.train < turn.train, found=says)
    best, last = much.lowest, much.looks[-1]
    says = (
        f"On much text it was lowest at step {best.step}, {shown(best.held)}, and ended at {shown(last.held)}; "
        f"lowest on little text: {shown(turn.held)}. The model has {last.model.weights / len(much.text.train):.1f} weights for each "
        "character of it."
    )
    stayed = last.held < best.held + TURNED
    many = last.model.weights > len(much.text.train)
    yield Finding(id="more-text", held=stayed and last.held < turn.held if many else None, found=says)
    yield from by_heart(runs, canary, repeats, stayed)


def by_heart(runs: Sequence[Run], canary: Canary, repeats: int, stayed: bool) -> Iterator[Finding]:
    little, much = runs
    if any(len(run.ranks) < 2 for run in runs):
        for name in ("canary", "by-heart"):
            yield Finding(id=name, held=None, found="A training broke off: its loss is no number any more.")
        return
    told = {
        run.title: f"On {run.title} the code {canary.code} had rank {run.ranks[0]} of {CODES:,} before training and {run.ranks[1]} after; "
        f"the model goes on with “{goes_on(run, canary)}”." for run in runs
    }  # fmt: skip
    if not repeats:
        yield Finding(id="canary", held=None, found=f"The canary stood in neither text. {told[LITTLE]}")
        yield Finding(id="by-heart", held=None, found=f"The canary stood in neither text. {told[MUCH]}")
        return
    known = little.ranks[1] == 1 < little.ranks[0] and goes_on(little, canary).startswith(canary.code)
    yield Finding(id="canary", held=known, found=told[LITTLE])
    yield Finding(id="by-heart", held=much.ranks[1] <= 10 and stayed, found=told[MUCH])
