"""Training a tiny GPT, watched: every few steps the loss on text it is trained on and on text it never sees, and what it writes.

One step: some windows of the training text are drawn, the model predicts every next character of each, the loss is differentiated by every
weight, and AdamW moves each weight a little downhill (arXiv 1711.05101). The learning rate rises over the first twentieth of the steps and
falls to nothing by the end. Same plan, same threads, same result; on another number of threads the last digits may differ, and training
makes much of little.

The text is ``spoken.txt``: spoken answers from greenroom's own questions, a passage a line, in an order that has nothing to do with them
(by their hash); the last lines are held out.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, NamedTuple

from greenroom.labs.model import opened
from greenroom.labs.parameter import whole

if TYPE_CHECKING:
    from greenroom.labs.lab import Bench, Part, Values
    from greenroom.labs.model import Model
    from greenroom.labs.tiny_gpt import TinyGpt

FILE, HELD_OUT = "spoken.txt", 8
"""Passages that are never trained on."""
CONTEXT, BATCH, MEASURED = 64, 16, 96
"""Characters read at once; windows of a step; windows on which the loss is measured."""
WARM, SAMPLE = 0.05, 120
CHARACTERS, RATE = 81_220, 0.003
"""All of the training text; a learning rate that suits these models."""
HEADS = whole("heads", "Heads", 3, (1, 3), "Of 32 numbers each: the width of the model is 32 for each head.", group="The model")
LAYERS = whole("layers", "Layers", 3, (1, 4), "With three heads and four layers it has 0.46 million weights.", group="The model")


class Text(NamedTuple):
    """``alphabet``: its characters in order; the number of a character is its place."""

    train: str
    held: str
    alphabet: str

    def ids(self, text: str) -> list[int]:
        return [self.alphabet.index(char) for char in text]

    def text(self, ids: Sequence[int]) -> str:
        return "".join(self.alphabet[each] for each in ids)


class Plan(NamedTuple):
    """All that a training hangs on, beside the text. ``every``: steps from one look to the next."""

    width: int
    layers: int
    rate: float
    steps: int
    every: int
    seed: int


class Look(NamedTuple):
    """The training after ``step`` steps; losses in nats a character, infinite where they are no number any more."""

    step: int
    train: float
    held: float
    sample: str
    model: TinyGpt


def plan_of(values: Values) -> Plan:
    """By the parameters that the labs on tiny models share: heads, layers, rate, steps, looks, seed."""
    steps, width = values.whole("steps"), 32 * values.whole("heads")
    return Plan(width, values.whole("layers"), values.number("rate"), steps, -(-steps // values.whole("looks")), values.whole("seed"))


def opened_to_train(bench: Bench) -> Generator[Part, None, Model]:
    """The live model, to be trained beside: how a lab that tunes it begins."""
    model = yield from opened(bench)
    take_threads(bench)
    return model


def take_threads(bench: Bench) -> None:
    """Torch on as many threads as a lab may use, and the same numbers each time."""
    import torch

    torch.set_num_threads(bench.threads)
    torch.use_deterministic_algorithms(True)


@cache
def whole_text() -> Text:
    lines = files("greenroom.labs").joinpath(FILE).read_text(encoding="utf-8").splitlines(keepends=True)
    return Text("".join(lines[:-HELD_OUT]), "".join(lines[-HELD_OUT:]), "".join(sorted(set("".join(lines)))))


def shortened(text: Text, characters: int) -> Text:
    """Only so much of the training text, up to the end of a word."""
    if characters >= len(text.train):
        return text
    return text._replace(train=text.train[: text.train.rindex(" ", 0, max(characters, CONTEXT * 4))])


def school(text: Text, plan: Plan) -> Iterator[Look]:
    """A look before the first step, then one after every ``plan.every`` and after the last. Ends early where the loss is no number."""
    import torch

    from greenroom.labs.tiny_gpt import Size, TinyGpt

    torch.manual_seed(plan.seed)
    dice = torch.Generator().manual_seed(plan.seed)
    model = TinyGpt(Size(len(text.alphabet), plan.width, plan.layers, CONTEXT))
    optimizer = torch.optim.AdamW(model.parameters(), betas=(0.9, 0.95), weight_decay=0.1)
    train = torch.tensor(text.ids(text.train))
    looked = [windows(text.ids(part)) for part in (text.train, text.held)]
    for step in range(plan.steps + 1):
        if step % plan.every == 0 or step == plan.steps:
            yield (seen := look(model, text, looked, step, plan.seed))
            if math.isinf(seen.train) or step == plan.steps:
                return
        optimizer.param_groups[0]["lr"] = plan.rate * pace(step, plan.steps)
        starts = torch.randint(len(train) - CONTEXT, (BATCH,), generator=dice)
        batch = torch.stack([train[start : start + CONTEXT + 1] for start in starts])  # (B, T + 1)
        loss = model.surprise(batch).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def pace(step: int, steps: int) -> float:
    """The share of the learning rate: up to 1, then down to 0."""
    warm = max(1, round(WARM * steps))
    return min((step + 1) / warm, (steps - step) / max(1, steps - warm))


def windows(ids: Sequence[int]) -> Any:
    """(n, T + 1): windows at even distances over a text, on which a loss is measured."""
    import torch

    last = len(ids) - CONTEXT - 1
    starts = sorted({round(n * last / (MEASURED - 1)) for n in range(MEASURED)})
    return torch.tensor([ids[start : start + CONTEXT + 1] for start in starts])


def look(model: TinyGpt, text: Text, looked: Sequence[Any], step: int, seed: int) -> Look:
    import torch

    with torch.no_grad():
        trained, held = (float(model.surprise(each).mean()) for each in looked)
    if not (math.isfinite(trained) and math.isfinite(held)):
        return Look(step, math.inf, math.inf, "", model)
    wrote = model.write(text.ids("\n"), SAMPLE, torch.Generator().manual_seed(seed))
    return Look(step, trained, held, text.text(wrote), model)


# --- What a model is compared with ---


def counted(text: Text) -> tuple[float, float]:
    """Loss on the held-out text of two models that only count, in the training text: how often each character stands, and how often after
    which. One is added to each count, so that nothing is impossible."""
    v = len(text.alphabet)
    single, pairs = Counter(text.train), Counter(zip(text.train, text.train[1:], strict=False))
    before = Counter(text.train[:-1])
    after = list(zip(text.held, text.held[1:], strict=False))
    letters = -sum(math.log((single[char] + 1) / (len(text.train) + v)) for _, char in after)
    following = -sum(math.log((pairs[pair] + 1) / (before[pair[0]] + v)) for pair in after)
    return letters / len(after), following / len(after)


def words(text: str) -> list[str]:
    """Words of three letters and more, small; the last one may be cut off and is left out."""
    whole = text[: text.rfind(" ") + 1]
    found = "".join(char if char.isalpha() else " " for char in whole.lower()).split()
    return [word for word in found if len(word) >= 3]
