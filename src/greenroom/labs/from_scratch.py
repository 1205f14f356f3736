"""The lab *from-scratch*: a tiny language model trained from nothing while one watches; and what too high a learning rate does to it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from greenroom.labs.lab import Bench, Card, Cell, Example, Expect, Finding, Part, Picture, Progress, Series, Source, Table, Values
from greenroom.labs.parameter import number, whole
from greenroom.labs.schooling import (
    CHARACTERS,
    CONTEXT,
    HEADS,
    LAYERS,
    RATE,
    Look,
    Plan,
    Text,
    counted,
    plan_of,
    school,
    shortened,
    take_threads,
    whole_text,
    words,
)

RUINOUS, CLEARLY = 0.3, 0.2
"""``CLEARLY``: nats a character by which one run is worse than another."""

CARD = Card(
    name="from-scratch",
    title="A language model learns from nothing",
    topics=("training", "training-challenges"),
    about="A tiny GPT, its weights drawn by chance, is trained on 80,000 characters of spoken answers about language models (they ship "
    "with greenroom and were written for it). Every few steps its loss is measured on text that it is trained on and on text that it never "
    "sees, and it writes a little. A second run with another learning rate can be set beside it. It reads characters, not tokens, so that "
    "its vocabulary is small; real models are trained in the same way on text many million times as long.",
    parameters=(
        whole("steps", "Training steps", 500, (10, 3000), f"16 windows of {CONTEXT} characters at each."),
        whole("looks", "Looks on the way", 10, (2, 40), "How often the losses are measured and it writes."),
        number("rate", "Learning rate", RATE, (0.00001, 1), "The highest; it rises at the start and falls to the end."),
        number("beside", "Learning rate of a second run", 0, (0, 1), "All else the same. 0: no second run."),
        HEADS,
        LAYERS,
        whole("characters", "Characters of training text", CHARACTERS, (1000, CHARACTERS)),
        whole("seed", "Seed", 0, (0, 2**31 - 1), "Draws the first weights, the windows and what it writes."),
    ),
    expects=(
        Expect(
            id="begins",
            see="Before the first step it knows nothing: its loss is that of guessing evenly among all characters, the logarithm of how "
            "many there are.",
            falsified_by="The first loss is more than 0.2 nats away from it.",
            settles=("tokens-and-loss/floor", "training/fine-tuning-from-random-weights"),
        ),
        Expect(
            id="learns",
            see="Nobody labelled anything: each next character is the answer to all before it. That is enough for the loss on text it "
            "never saw to fall below what counting characters gives, and below counting which character follows which.",
            falsified_by="At the end it is no better on the held-out text than counting pairs.",
            settles=("training/next-token-loss", "training/labels-from-text", "training/pretraining-needs-labels",
                     "what-is-an-llm/self-supervision"),
        ),
        Expect(
            id="words",
            see="What it writes goes from noise to words: at the end more of its words are real ones than at the start. Sense it makes "
            "none: it is far too small, and so is the text.",
            falsified_by="At the end no more of its words stand in the text than at the start.",
            settles=("what-is-an-llm/next-token",),
        ),
        Expect(
            id="ruined",
            see="A higher learning rate is not faster but, beyond a point, ruin: with a hundred times the rate, the same weights, the same "
            f"windows, the second run ends at least {CLEARLY} nats worse.",
            falsified_by="The second run, at a higher rate, ends as well as the first.",
            settles=(
                "training-challenges/higher-rate-faster", "training-challenges/stability", "loss-spikes/small-proxies",
                "learning-rate-and-batch-size/higher-is-faster", "learning-rate-and-batch-size/too-much-too-little",
            ),
            set={"beside": RUINOUS, "steps": 200},
        ),
    ),
    examples=(
        Example(title="A learning rate that ruins it", set={"beside": RUINOUS, "steps": 200}),
        Example(title="A learning rate far too low", set={"beside": 0.00003, "steps": 200}),
        Example(title="Twice as many steps", set={"steps": 1000}),
        Example(title="One layer", set={"layers": 1}),
    ),
    sources=(
        Source(title="Vaswani et al. 2017, Attention Is All You Need", url="https://arxiv.org/abs/1706.03762"),
        Source(title="Loshchilov and Hutter 2017, Decoupled Weight Decay Regularization (AdamW)", url="https://arxiv.org/abs/1711.05101"),
        Source(title="Wortsman et al. 2023, Small-scale proxies for Transformer training instabilities", url="https://arxiv.org/abs/2309.14322"),
    ),
    extra="labs",
    seconds=900,
    megabytes=4096,
)  # fmt: skip


class Run(NamedTuple):
    """One training and what was seen of it so far."""

    plan: Plan
    looks: list[Look]

    @property
    def end(self) -> float:
        """The last loss on held-out text; without bound where it is no number any more."""
        return self.looks[-1].held


class FromScratch:
    card = CARD

    def run(self, values: Values, bench: Bench) -> Iterator[Part]:
        yield Progress(says="Starting", share=0)
        take_threads(bench)
        text, steps = shortened(whole_text(), values.whole("characters")), values.whole("steps")
        first = plan_of(values)
        plans = [first, first._replace(rate=values.number("beside"))][: 2 if values.number("beside") else 1]
        counts, runs = counted(text), list[Run]()
        for n, plan in enumerate(plans):
            runs.append(Run(plan, []))
            for seen in school(text, plan):
                runs[-1].looks.append(seen)
                yield losses_part(runs, counts)
                yield samples_part(runs, text)
                yield Progress(says=f"Run {n + 1}: step {seen.step} of {steps}", share=(n + seen.step / steps) / len(plans))
        yield runs_part(runs)
        yield from findings(runs, text, counts)


# --- What is shown ---


def losses_part(runs: Sequence[Run], counts: tuple[float, float]) -> Picture:
    last = runs[-1].looks[-1]
    labels = tuple(str(each.step) for each in max((run.looks for run in runs), key=len))
    series = [Series(title="Trained on", values=padded([each.train for each in runs[0].looks], len(labels)))]
    series += [
        Series(title=f"Held out, rate {run.plan.rate:g}", values=padded([each.held for each in run.looks], len(labels))) for run in runs
    ]
    series += [
        Series(title=title, values=(count,) * len(labels))
        for title, count in zip(("Counting characters", "Counting pairs"), counts, strict=True)
    ]
    return Picture(
        name="loss", title="The loss while it learns", chart="lines", label="Step", labels=labels, series=tuple(series),
        unit="nats a character", says=f"After step {last.step} of run {len(runs)}: {shown(last.held)} on held-out text. "
        f"Counting characters gives {counts[0]:.2f}, counting pairs {counts[1]:.2f}.",
        note="e to the minus loss is the probability that the right character was given, in the geometric mean. A gap: no number any more.",
    )  # fmt: skip


def padded(losses: Sequence[float], length: int) -> tuple[float | None, ...]:
    """As a picture wants them: a gap where there is no number."""
    return (*(loss if math.isfinite(loss) else None for loss in losses), *(None,) * (length - len(losses)))


def shown(loss: float) -> str:
    return "no number any more" if math.isinf(loss) else f"{loss:.2f} nats a character"


def samples_part(runs: Sequence[Run], text: Text) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for n, run in enumerate(runs, 1):
        for each in run.looks:
            rows.append((f"run {n}, step {each.step}", each.sample.replace("\n", " ⏎ ") or "(nothing)", 100 * real_words(each, text)))
    return Table(
        name="samples", title="What it writes", columns=("After", "It writes", "Real words, %"), rows=tuple(rows),
        note="Drawn at temperature 0.8, with the same dice each time. Real: a word of three letters and more that stands in the text.",
    )  # fmt: skip


def real_words(seen: Look, text: Text) -> float:
    known, found = set(words(text.train)), words(seen.sample)
    return sum(word in known for word in found) / len(found) if found else 0.0


def runs_part(runs: Sequence[Run]) -> Table:
    rows = []
    for n, run in enumerate(runs, 1):
        last = run.looks[-1]
        rows.append((f"run {n}", run.plan.rate, last.model.weights, last.step, *padded([last.train, last.held], 2)))
    columns = ("Run", "Learning rate", "Weights", "Steps", "Loss, trained on", "Loss, held out")
    return Table(name="runs", title="The runs", columns=columns, rows=tuple(rows))


# --- What is found ---


def findings(runs: Sequence[Run], text: Text, counts: tuple[float, float]) -> Iterator[Finding]:
    looks, even = runs[0].looks, math.log(len(text.alphabet))
    first = looks[0].held
    says = f"{shown(first)} before the first step; guessing evenly among {len(text.alphabet)} characters costs {even:.2f}."
    yield Finding(id="begins", held=abs(first - even) < 0.2, found=says)
    says = f"{shown(runs[0].end)} on held-out text at the end; counting characters {counts[0]:.2f}, counting pairs {counts[1]:.2f}."
    yield Finding(id="learns", held=runs[0].end < counts[1] < counts[0], found=says)
    shares = real_words(looks[0], text), real_words(looks[-1], text)
    wrote = looks[-1].sample.strip().replace("\n", " ")[:80] or "nothing"
    says = f"{shares[0]:.0%} of its words were real before the first step, {shares[1]:.0%} at the end: “{wrote}”."
    yield Finding(id="words", held=shares[1] > shares[0], found=says)
    yield ruined(runs)


def ruined(runs: Sequence[Run]) -> Finding:
    if len(runs) < 2 or runs[1].plan.rate <= runs[0].plan.rate:
        return Finding(id="ruined", held=None, found="There was no second run at a higher rate: set one, such as 0.3.")
    one, other = runs[0], runs[1]
    says = f"At {one.plan.rate:g} it ends at {shown(one.end)} on held-out text, at {other.plan.rate:g} at {shown(other.end)}."
    return Finding(id="ruined", held=other.end > one.end + CLEARLY, found=says)
