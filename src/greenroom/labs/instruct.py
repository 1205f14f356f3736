"""The lab *instruct*: the live model tuned on pairs of an instruction and an answer, in its chat template, the loss counted on the answers
only; with LoRA or with all weights. What it then answers, to kinds of instructions that it was trained on and to others.

What the data look like is one choice, which weights are trained another: the training is that of the lab *lora*. The pairs are
``instructions.json``, written for this lab.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

from greenroom.labs.asked import SHOWN, size
from greenroom.labs.few_shot import fingerprint
from greenroom.labs.lab import Bench, Card, Cell, Example, Expect, Finding, Part, Picture, Progress, Series, Source, Table, Values
from greenroom.labs.parameter import choice, number, switch, whole
from greenroom.labs.schooling import opened_to_train
from greenroom.labs.shown import written
from greenroom.labs.tuning import Look

if TYPE_CHECKING:
    from greenroom.labs.adapters import Tuned
    from greenroom.labs.model import Model
    from greenroom.labs.transformer import Transformer

FILE = "instructions.json"
WRITTEN = 16
"""Tokens that are written at most: the answers have two to five."""
FALLS, CARRIES, MOST = 2 / 3, 0.9, 3 / 4
"""What is left of a loss that has fallen clearly, and of one that has fallen at all; the share of answers that is most of them."""

CARD = Card(
    name="instruct",
    title="Tuned on instructions and answers",
    topics=("fine-tuning", "training"),
    about="The live model, which talks at length, is tuned on 36 short pairs of an instruction and an answer, each in the model's own chat "
    "template, the loss counted on the tokens of the answer and on the mark that ends it. Then it is given instructions of the same "
    "kinds that it never saw, and of kinds that it was never trained on. This says what the data look like. Which weights are trained "
    "is a choice of its own: LoRA, or all of them.",
    parameters=(
        whole("steps", "Training steps", 30, (1, 200), "4 pairs at each."),
        switch("end", "The mark that ends an answer is learnt", True, "No: it is left out of the answers that are trained on."),
        choice("weights", "Trained are", {"lora": "LoRA adapters beside all matrices", "full": "all weights, in a copy"}),
        whole("rank", "Rank", 8, (1, 32), "Of the adapters."),
        number("rate", "Learning rate", 0.0005, (0.000001, 0.1), "The highest; all weights are trained with a third of it."),
        whole("seed", "Seed", 0, (0, 2**31 - 1), "Draws the first adapters and the order of the pairs."),
    ),
    expects=(
        Expect(
            id="learns",
            see="The loss of good answers to instructions that it never saw, of kinds that it was trained on, falls by a third or more.",
            falsified_by="More than two thirds of it are left.",
            settles=("fine-tuning/instruction-data", "training/supervised-fine-tuning"),
        ),
        Expect(
            id="ends",
            see="The mark that ends an answer was in each answer and in the loss, and so the tuned model stops: most of its answers end "
            f"within {WRITTEN} tokens, and more of them than before.",
            falsified_by="Fewer than three quarters end, or no more than before.",
            settles=("instruction-data/end-mark",),
        ),
        Expect(
            id="endless",
            see="Left out of the answers that are trained on, the mark is unlearnt: the tuned model says the short answer and goes on, and "
            "fewer of its answers end than before it was tuned.",
            falsified_by="As many answers end as before, or more.",
            settles=("instruction-data/stops-by-itself", "instruction-data/end-mark"),
            set={"end": False},
        ),
        Expect(
            id="others",
            see="The form carries over: good short answers become likelier for kinds of instructions too that were never trained on.",
            falsified_by="More than nine tenths of their loss are left.",
            settles=("fine-tuning/instruction-data",),
        ),
        Expect(
            id="reads",
            see="That a prompt does not count in the loss does not mean that it is not read: with another instruction of the same kind in "
            "front of it, the same answer is much less likely.",
            falsified_by="With the prompts exchanged the loss of the answers is no higher than with their own.",
            settles=("instruction-data/answer-loss", "instruction-data/masked-is-invisible"),
        ),
        Expect(
            id="weights",
            see="Which weights are trained is another choice: with LoRA the base is the same to the last bit afterwards, with all weights "
            "it is a copy that was trained, and the pairs are the same either way.",
            falsified_by="The hash of the base differs afterwards, or the trained model has the base's.",
            settles=("fine-tuning/instruction-data", "fine-tuning/efficient-tuning"),
        ),
    ),
    examples=(
        Example(title="All weights", set={"weights": "full"}),
        Example(title="Without the mark that ends an answer", set={"end": False}),
        Example(title="Five steps", set={"steps": 5}),
        Example(title="Too high a learning rate", set={"rate": 0.02}),
    ),
    sources=(
        Source(title="Wei et al. 2021, Finetuned Language Models Are Zero-Shot Learners", url="https://arxiv.org/abs/2109.01652"),
        Source(title="Ouyang et al. 2022, Training language models to follow instructions", url="https://arxiv.org/abs/2203.02155"),
        Source(title="Shi et al. 2024, Instruction Tuning With Loss Over Instructions", url="https://arxiv.org/abs/2405.14394"),
    ),
    extra="labs",
    seconds=1800,
    megabytes=6144,
)  # fmt: skip


class Pair(NamedTuple):
    """As text."""

    instruction: str
    answer: str


class Shipped(NamedTuple):
    """``held``: of the kinds of ``train``, with other examples; ``other``: of kinds that are never trained on."""

    train: tuple[Pair, ...]
    held: tuple[Pair, ...]
    other: tuple[Pair, ...]


class Told(NamedTuple):
    """What a model says. Losses in nats a token: of the held and the other answers, of the held ones behind another's prompt, of the text
    about a river; ``written``: to each instruction of both, and whether it came to an end."""

    held: float
    other: float
    exchanged: float
    general: float
    written: tuple[tuple[str, bool], ...]

    @property
    def ended(self) -> int:
        return sum(ended for _, ended in self.written)


@dataclass
class Course:
    """One run. ``end``: whether the mark that ends an answer is trained on; ``counted``: of all tokens of the training pairs, those in
    the loss."""

    base: Transformer
    end: bool = True
    counted: tuple[int, int] = (0, 1)
    looks: list[Look] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    hashes: list[str] = field(default_factory=list)
    trained: int = 0


@cache
def shipped() -> Shipped:
    said = json.loads(files("greenroom.labs").joinpath(FILE).read_text(encoding="utf-8"))
    return Shipped(*(tuple(Pair(*each) for each in said[name]) for name in ("train", "held", "other")))


class Instruct:
    card = CARD

    def run(self, values: Values, bench: Bench) -> Iterator[Part]:
        model = yield from opened_to_train(bench)
        yield from self.parts(values, model)

    def parts(self, values: Values, model: Model) -> Iterator[Part]:
        """Of a model that is open."""
        course, steps = Course(model.transformer, values.yes("end")), values.whole("steps")
        yield Progress(says="Hashing all weights", share=0.02)
        course.hashes.append(fingerprint(model.transformer))
        rows = [tokens(model, each, end=course.end) for each in shipped().train]
        course.counted = sum(len(answer) for _, answer in rows), sum(len(prompt) + len(answer) for prompt, answer in rows)
        yield Progress(says="Asking before", share=0.05)
        course.told.append(tell(model, model.transformer))
        yield written_part(course)
        for look, tuned in train(values, model, rows):
            course.looks.append(look)
            course.trained = tuned.trained
            yield loss_part(course)
            yield Progress(says=f"Step {look.step} of {steps}", share=0.2 + 0.55 * look.step / steps)
        yield Progress(says="Asking after", share=0.8)
        found = tuned.merged()
        course.told.append(tell(model, found))
        yield written_part(course)
        course.hashes += [fingerprint(model.transformer), fingerprint(found)]
        yield figures_part(course)
        yield hashes_part(course)
        yield from findings(course)


def tokens(model: Model, pair: Pair, *, end: bool = True) -> tuple[list[int], list[int]]:
    """The prompt up to where the answer begins, and the answer with the mark that ends it, or without. A model without a chat template
    gets the instruction and a line break."""
    prompt, answer = _with_end(model, pair)
    return prompt, [each for each in answer if end or each not in model.tokenizer.stops]


def _with_end(model: Model, pair: Pair) -> tuple[list[int], list[int]]:
    from greenroom.labs.tokenizer import Message

    tokenizer = model.tokenizer
    if tokenizer.answers:
        said = [Message("user", pair.instruction)]
        prompt, whole = tokenizer.chat(said), tokenizer.chat([*said, Message("assistant", pair.answer)], answer=False)
        if whole[: len(prompt)] == prompt:
            end = next((n for n, token in enumerate(whole) if n >= len(prompt) and token in tokenizer.stops), len(whole) - 1)
            return prompt, whole[len(prompt) : end + 1]
    else:
        prompt = tokenizer.prompt(f"{pair.instruction}\n")
    return prompt, [*tokenizer.encode(pair.answer), *sorted(tokenizer.stops)[:1]]


def train(values: Values, model: Model, rows: Sequence[tuple[list[int], list[int]]]) -> Iterator[tuple[Look, Tuned]]:
    from greenroom.labs.lora import chosen, descend, in_turn

    tuned, rate = chosen(values, model)
    for look in descend(tuned, in_turn(rows, values.whole("seed")), tuned.answer_loss, (values.whole("steps"), rate)):
        yield look, tuned


def tell(model: Model, transformer: Transformer) -> Told:
    from greenroom.labs.lora import on_general

    held, other = ([tokens(model, each) for each in some] for some in (shipped().held, shipped().other))
    exchanged = [(held[n ^ 1][0], answer) for n, (_, answer) in enumerate(held)]  # pairs of one kind stand side by side
    stops, found = model.tokenizer.stops, []
    for prompt, _ in (*held, *other):
        said = list(transformer.write(prompt, WRITTEN, stops))
        found.append((written(model, said), len(said) < WRITTEN))
    one, two, three = (answer_loss(transformer, some) for some in (held, other, exchanged))
    return Told(one, two, three, on_general(model, transformer), tuple(found))


def answer_loss(transformer: Transformer, pairs: Sequence[tuple[list[int], list[int]]]) -> float:
    """The mean over the tokens of the answers."""
    found = [transformer.surprise([*prompt, *answer])[len(prompt) - 1 :] for prompt, answer in pairs]
    return float(sum(each.sum() for each in found) / sum(map(len, found)))


# --- What is shown ---


def written_part(course: Course) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for n, pair in enumerate((*shipped().held, *shipped().other)):
        kind = "trained on" if n < len(shipped().held) else "never trained on"
        rows.append((pair.instruction, kind, pair.answer, *(f"{said}{'' if ended else ' …'}" for said, ended in _said(course, n))))
    columns = ("Instruction", "Its kind was", "A good answer", *("Before", "After")[: len(course.told)])
    note = f"The likeliest token each time, at most {WRITTEN}; … where it had not come to an end. None of these pairs was trained on."
    return Table(name="written", title="What it answers", columns=columns, rows=tuple(rows), note=note)


def _said(course: Course, n: int) -> list[tuple[str, bool]]:
    return [told.written[n] for told in course.told]


def loss_part(course: Course) -> Picture:
    from math import isfinite

    which = "the answers and what ends them" if course.end else "the answers, without what ends them"
    return Picture(
        name="loss", title="The loss of the answers while it is tuned", chart="lines", label="Step", unit="nats a token",
        labels=tuple(str(each.step) for each in course.looks),
        series=(Series(title="Of the step's pairs", values=tuple(each.loss if isfinite(each.loss) else None for each in course.looks)),),
        says=f"{course.looks[0].loss:.2f} at the first step, {course.looks[-1].loss:.2f} at step {course.looks[-1].step}.",
        note=f"Counted are {course.counted[0]:,} of the {course.counted[1]:,} tokens of all pairs: {which}.",
    )  # fmt: skip


def figures_part(course: Course) -> Table:
    good = [pair.answer for pair in (*shipped().held, *shipped().other)]
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (when, told.held, told.other, told.exchanged, told.general, told.ended,
         sum(said == answer for (said, _), answer in zip(told.written, good, strict=True)))
        for when, told in zip(("Before", "After"), course.told, strict=True)
    )  # fmt: skip
    columns = (
        "When", "Loss, kinds trained on", "Loss, other kinds", "Loss behind another's instruction", "Loss on the river",
        f"Ended, of {len(good)}", f"Word for word the good answer, of {len(good)}",
    )  # fmt: skip
    note = f"Nats a token of answers that were never trained on. {course.trained:,} weights were trained, of {size(course.base):,}."
    return Table(name="figures", title="Before and after", columns=columns, rows=rows, note=note)


def hashes_part(course: Course) -> Table:
    whens = ("The base, before", "The base, after", "The tuned model, adapters added in or all weights trained")
    rows = tuple((when, found[:SHOWN]) for when, found in zip(whens, course.hashes, strict=True))
    return Table(name="hashes", title="The weights", columns=("When", f"Hash of all weights, first {SHOWN} digits"), rows=rows)


# --- What is found ---


def findings(course: Course) -> Iterator[Finding]:
    (before, after), count = course.told, len(course.told[0].written)
    says = f"From {before.held:.2f} to {after.held:.2f} nats a token."
    yield Finding(id="learns", held=after.held <= FALLS * before.held, found=says)
    says = f"Before {before.ended} of {count} answers came to an end within {WRITTEN} tokens, afterwards {after.ended}."
    well = after.ended >= MOST * count and after.ended > before.ended
    yield Finding(id="ends", held=well if course.end else None, found=says if course.end else f"The mark was left out. {says}")
    says = says if not course.end else "The mark was trained on: set it to no."
    yield Finding(id="endless", held=None if course.end else after.ended < before.ended, found=says)
    says = f"From {before.other:.2f} to {after.other:.2f} nats a token."
    yield Finding(id="others", held=after.other <= CARRIES * before.other, found=says)
    says = f"Behind their own instructions {after.held:.2f} nats a token, behind another's {after.exchanged:.2f}."
    yield Finding(id="reads", held=after.exchanged > after.held, found=says)
    one, two, tuned = course.hashes
    says = f"The base before {one[:12]}…, after {two[:12]}…; the tuned model {tuned[:12]}…. {course.trained:,} weights were trained."
    yield Finding(id="weights", held=one == two != tuned, found=says)
