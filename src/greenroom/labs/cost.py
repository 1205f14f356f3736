"""The lab *cost*: operations, memory, hours and money, from the shape of a model and the hardware. The arithmetic is ``reckoning.py``."""

from __future__ import annotations

import math
from collections.abc import Iterator

from greenroom.bank.question import LabValue
from greenroom.labs.figures import figure
from greenroom.labs.lab import Bench, Card, Cell, Example, Expect, Finding, Mark, Part, Picture, Progress, Series, Table, Values
from greenroom.labs.parameter import choice, number, switch, whole
from greenroom.labs.reckoning import ACTIVATIONS, CHINCHILLA, EIGHT, GIGA, GQA, KAPLAN, PALM, POPE, ZERO, Sum

RECIPES = (("full", "adam"), ("mixed", "adam"), ("mixed", "adam8"), ("mixed", "momentum"), ("half", "adam"), ("half", "sgd"))
"""Precision and optimiser, as the picture compares them."""
WITHIN = 0.2
"""6·N·D is called near what is counted if it is within this share of it."""

MODEL, TRAINING, HARDWARE, SERVING, CONSTANTS = "The model", "Training", "The hardware", "Serving", "Constants of the formulae"
LLAMA_2: dict[str, LabValue] = {
    "layers": 32, "width": 4096, "heads": 32, "kv_heads": 32, "head_size": 128, "ff_width": 11008, "vocabulary": 32000, "tokens": 2000,
}  # fmt: skip
SMOLLM: dict[str, LabValue] = {
    "layers": 30, "width": 576, "heads": 9, "kv_heads": 3, "head_size": 64, "ff_width": 1536, "vocabulary": 49152, "tied": True,
    "tokens": 2000, "context": 2048,
}  # fmt: skip
GPT_3: dict[str, LabValue] = {
    "layers": 96, "width": 12288, "heads": 96, "kv_heads": 96, "head_size": 128, "ff_width": 49152, "ff_matrices": 2, "vocabulary": 50257,
    "tied": True, "tokens": 300, "sequence": 2048, "context": 2048,
}  # fmt: skip
SEVEN: dict[str, LabValue] = {**LLAMA_2, "parameters": 7.0, "gpus": 1}

CARD = Card(
    name="cost",
    title="What a model costs",
    topics=("training-challenges", "fine-tuning", "architecture"),
    about="Operations, memory, hours and money for training a model, and memory for serving it, from its shape and your hardware. "
    "A calculation: no model is run. Every formula names its source.",
    parameters=(
        whole("layers", "Layers", 32, (1, 1000), group=MODEL),
        whole("width", "Width", 4096, (16, 131_072), "Numbers in the vector of one token.", group=MODEL),
        whole("heads", "Attention heads", 32, (1, 1024), group=MODEL),
        whole("kv_heads", "Key-value heads", 8, (1, 1024), "As many as heads: multi-head. Fewer: grouped. One: multi-query.", group=MODEL),
        whole("head_size", "Width of a head", 128, (1, 1024), group=MODEL),
        whole("ff_width", "Width inside the MLP", 14336, (16, 1_000_000), group=MODEL),
        whole("ff_matrices", "Matrices of the MLP", 3, (2, 3), "3 where it is gated (SwiGLU), else 2.", group=MODEL),
        whole("vocabulary", "Vocabulary", 128_256, (2, 4_000_000), group=MODEL, unit="tokens"),
        switch("tied", "One matrix embeds and unembeds", False, group=MODEL),
        number("parameters", "Parameters", 0, (0, 100_000), "0: counted from the shape above.", group=MODEL, unit="billion"),
        number("tokens", "Training tokens", 15_000, (1e-6, 1e8), group=TRAINING, unit="billion"),
        whole("sequence", "Length of a sequence", 2048, (1, 4_000_000), group=TRAINING, unit="tokens"),
        whole("batch", "Sequences at once on one device", 1, (1, 100_000), group=TRAINING),
        choice(
            "precision", "Precision", {"mixed": "16 bits, with a 32-bit copy", "full": "32 bits", "half": "16 bits only"}, group=TRAINING
        ),
        choice(
            "optimiser",
            "Optimiser",
            {"adam": "Adam", "adam8": "Adam, 8-bit states", "momentum": "SGD with momentum", "sgd": "SGD"},
            group=TRAINING,
        ),
        choice(
            "recompute",
            "Activations computed again",
            {"selective": "attention's inner part", "none": "none", "full": "all but each layer's input"},
            group=TRAINING,
        ),
        whole("gpus", "Devices", 1024, (1, 10_000_000), group=HARDWARE),
        number("gpu_memory", "Memory of one", 80, (0.1, 10_000), group=HARDWARE, unit="GB"),
        number("peak", "Peak of one", 989, (0.001, 1_000_000), "Dense 16-bit; 989: NVIDIA's figure for the H100 SXM.",
               group=HARDWARE, unit="10¹² operations/s"),
        number("utilisation", "Share of the peak reached", 40, (0.1, 100), "Of all operations done, recomputed ones too.",
               group=HARDWARE, unit="%"),
        number("price", "Price of one for an hour", 2, (0, 10_000), "An assumption to be replaced by yours, no quotation.", group=HARDWARE),
        whole("context", "Tokens in a context", 8192, (1, 10_000_000), group=SERVING),
        whole("requests", "Contexts at once", 1, (1, 100_000), group=SERVING),
        number("cache_bytes", "Bytes of a cached number", 2, (0.1, 8), group=SERVING),
        number("operations", "Operations a parameter and token, training", 6, (0.1, 100), group=CONSTANTS),
        number("forward", "The same, forward only", 2, (0.1, 100), group=CONSTANTS),
        number("own_bytes", "Bytes of state a parameter", 0, (0, 100), "0: as precision and optimiser say.", group=CONSTANTS),
        number("activation_linear", "34 in s·b·h·(34 + 5·a·s/h)", 34, (0, 1000), group=CONSTANTS),
        number("activation_square", "5 in s·b·h·(34 + 5·a·s/h)", 5, (0, 1000), group=CONSTANTS),
        number("activation_inputs", "2 in 2·s·b·h", 2, (0, 1000), group=CONSTANTS),
    ),
    expects=(
        Expect(
            id="state",
            see="Training needs several times the memory of the weights: with Adam in mixed precision 16 bytes a parameter against 2, "
            "before any activation. Weights that fit on a device need not be trainable there.",
            falsified_by="Gradients and optimiser states take less than the weights themselves.",
            settles=("training-challenges/memory", "training-challenges/memory-is-weights"),
            set=SEVEN,
        ),
        Expect(
            id="six",
            see="6·N·D is near the operations counted matrix by matrix: training costs about six operations a parameter and token.",
            falsified_by=f"The count is more than {WITHIN:.0%} away, as with very long sequences, where attention's own part grows.",
            settles=("training-challenges/compute-cost",),
        ),
        Expect(
            id="serving",
            see="Serving catches up with training once about three times the training tokens have been processed.",
            falsified_by="Serving a token costs as much as training on it, or next to nothing.",
            settles=("training-challenges/operating-cost",),
        ),
        Expect(
            id="cache",
            see="The cache of keys and values grows in step with the context; with fewer key-value heads it shrinks in their proportion.",
            falsified_by="Twice the context needs less than twice the cache, or grouped heads need as much as all of them.",
            settles=("generation/kv-cache",),
            set={"context": 131_072},
        ),
    ),
    examples=(
        Example(title="Llama 3 8B", set={}),
        Example(title="Seven billion on one 80 GB device", set=SEVEN),
        Example(title="GPT-3 175B", set=GPT_3),
        Example(title="SmolLM2-135M", set=SMOLLM),
    ),
    sources=(KAPLAN, PALM, ZERO, EIGHT, ACTIVATIONS, POPE, GQA, CHINCHILLA),
    seconds=20,
    megabytes=512,
)  # fmt: skip


class Cost:
    card = CARD

    def run(self, values: Values, bench: Bench) -> Iterator[Part]:
        found = Sum(values)
        yield Progress(says="Counting operations", share=0.1)
        yield _training(found)
        yield _six(found)
        yield _serving(found)
        yield Progress(says="Adding up memory", share=0.4)
        yield _memory_picture(found)
        yield _memory_table(found)
        yield _state(found)
        yield Progress(says="Measuring the cache", share=0.7)
        yield _cache_picture(found)
        yield _cache(found)


def _training(found: Sum) -> Table:
    v, n, d = found.values, found.n, found.d
    gpus, days = v.whole("gpus"), found.hours / v.whole("gpus") / 24
    rows: tuple[tuple[Cell, ...], ...] = (
        ("Parameters N", n, "", "V·W (+ V·W) + L·(2·W·D·(H + G) + m·W·F + 2·W) + W" if found.counted else "as given", "counted"),
        ("Training tokens D", d, "", "as given", ""),
        ("Tokens a parameter", d / n, "", "D / N", CHINCHILLA.title),
        ("Operations C", found.operations, "", f"{v.number('operations'):g} · N · D", KAPLAN.title),
        ("Counted by matrices", 3 * found.shape.operations(found.sequence) * d, "", "3 · (2 · matrices + 4·L·H·D·T) · D", PALM.title),
        ("Operations executed", found.executed, "", "C, and one forward pass more if all is recomputed", ACTIVATIONS.title),
        ("Device-hours", found.hours, "h", "executed / (peak · utilisation) / 3600", "arithmetic"),
        ("Time", days, "days", f"device-hours / {gpus:,} devices / 24", "arithmetic"),
        ("Money", found.hours * v.number("price"), "in the unit of the price", "device-hours · price", "arithmetic"),
    )
    note = "“Counted by matrices” follows the shape, also where the parameters are given."
    return Table(name="training", title="Training", columns=("What", "Figure", "Unit", "Formula", "Source"), rows=rows, note=note)


def _memory_picture(found: Sum) -> Picture:
    chosen = (found.values.text("precision"), found.values.text("optimiser"))
    recipes = [*RECIPES, *([chosen] if chosen not in RECIPES else [])]
    memories = [found.memory if recipe == chosen else found.memory_of(*recipe) for recipe in recipes]
    labels = [_recipe(*recipe) + (" (yours)" if recipe == chosen else "") for recipe in recipes]
    titles = ("Weights", "Gradients", "32-bit copy", "Optimiser states", "Activations")
    series = tuple(Series(title=title, values=tuple(memory[k] / GIGA for memory in memories)) for k, title in enumerate(titles))
    return Picture(
        name="memory", title="Memory for training, on one device", chart="stack", label="Recipe",
        labels=tuple(labels), series=series, unit="GB",
        says="For each recipe the weights, gradients, 32-bit copy, optimiser states and activations on top of each other, in gigabytes.",
        marks=(Mark(title="One device", value=found.values.number("gpu_memory")),),
        note="Unsharded, as ZeRO counts it. Activations: one batch, 16-bit values, a GPT layer.",
    )  # fmt: skip


def _recipe(precision: str, optimiser: str) -> str:
    named = {p.name: {option.value: option.title for option in p.options} for p in CARD.parameters}
    return f"{named['precision'][precision]}; {named['optimiser'][optimiser]}"


def _memory_table(found: Sum) -> Table:
    memory, v = found.memory, found.values
    total, one = sum(memory), v.number("gpu_memory") * GIGA
    again = {"none": "s·b·h·(34 + 5·a·s/h)·L", "selective": "34·s·b·h·L", "full": "2·s·b·h·L"}[v.text("recompute")]
    rows: tuple[tuple[Cell, ...], ...] = (
        ("Weights", memory.weights / GIGA, memory.weights / found.n, "N · bytes", ZERO.title),
        ("Gradients", memory.gradients / GIGA, memory.gradients / found.n, "N · bytes", ZERO.title),
        ("32-bit copy", memory.copy / GIGA, memory.copy / found.n, "N · 4 in mixed precision", ZERO.title),
        ("Optimiser states", memory.states / GIGA, memory.states / found.n, "N · states · bytes of each",
         EIGHT.title if v.text("optimiser") == "adam8" else ZERO.title),
        ("Activations", memory.activations / GIGA, None, again, ACTIVATIONS.title),
        ("Together", total / GIGA, total / found.n, "sum", ""),
    )  # fmt: skip
    columns = ("What", "GB", "Bytes a parameter", "Formula", "Source")
    room = one - memory.activations  # each device has its own batch: what ZeRO splits is all but the activations
    needed = f"it takes {math.ceil(memory.state / room):,} devices" if room > 0 else "no number is enough"
    note = f"Split perfectly (ZeRO, stage 3: all but the activations), {needed} of {one / GIGA:g} GB{' at least' if room > 0 else ''}."
    return Table(name="state", title="Memory for training, with your settings", columns=columns, rows=rows, note=note)


def _state(found: Sum) -> Finding:
    memory, one = found.memory, found.values.number("gpu_memory")
    times = memory.state / memory.weights
    fits = [
        f"{what} {'fit' if size / GIGA <= one else 'do not fit'}"
        for what, size in (("the weights", memory.weights), ("the states", memory.state))
    ]
    text = (
        f"Weights {memory.weights / GIGA:,.1f} GB; with gradients and optimiser {memory.state / GIGA:,.1f} GB, {times:.1f} times as much; "
        f"activations add {memory.activations / GIGA:,.1f} GB. On one device of {one:g} GB {fits[0]} and {fits[1]}."
    )
    return Finding(id="state", held=memory.state >= 2 * memory.weights, found=text)


def _six(found: Sum) -> Finding:
    if not found.counted:
        return Finding(id="six", held=None, found="The parameters are given, not counted: set them to 0 to compare.")
    counted, formula = 3 * found.shape.operations(found.sequence), 6 * found.n
    away = counted / formula - 1
    side = "above" if away > 0 else "below"
    text = f"Counted: {_billions(counted)} operations a token; 6·N: {_billions(formula)}. The count is {abs(away):.1%} {side}."
    return Finding(id="six", held=abs(away) <= WITHIN, found=text)


def _billions(value: float) -> str:
    return f"{figure(float(f'{value / GIGA:.4g}'))} billion"


def _serving(found: Sum) -> Finding:
    per_token = found.values.number("forward") * found.n
    tokens = found.operations / per_token
    times = tokens / found.d
    text = f"{_billions(per_token)} operations a token: training is equalled by {_billions(tokens)} tokens, {times:.2g} times its own."
    return Finding(id="serving", held=2 <= tokens / found.d <= 4, found=text)


def _cache_picture(found: Sum) -> Picture:
    context, shape = found.values.whole("context"), found.shape
    contexts = [max(1, round(context / 2**k)) for k in range(6, -2, -1)]
    kinds = {"All heads": shape.heads, f"{shape.kv_heads} key-value heads (yours)": shape.kv_heads, "One": 1}
    series = tuple(Series(title=title, values=tuple(found.cache(t, g) / GIGA for t in contexts)) for title, g in kinds.items())
    return Picture(
        name="cache", title="The cache of keys and values", chart="lines", label="Tokens in the context",
        labels=tuple(f"{t:,}" for t in contexts), series=series, unit="GB",
        says="Three curves that double with every doubling of the context: all heads highest, the grouped ones below in proportion.",
        note=f"2·L·G·D·tokens·bytes. {POPE.title}; {GQA.title}. Each step to the right doubles the context.",
    )  # fmt: skip


def _cache(found: Sum) -> Finding:
    context, shape = found.values.whole("context"), found.shape
    once, twice, all_heads = found.cache(context), found.cache(2 * context), found.cache(context, shape.heads)
    held = math.isclose(twice, 2 * once) and math.isclose(all_heads * shape.kv_heads, once * shape.heads)
    text = (
        f"{once / GIGA:,.3g} GB for {context:,} tokens, {twice / GIGA:,.3g} GB for twice as many; "
        f"with all {shape.heads} heads it would be {all_heads / GIGA:,.3g} GB."
    )
    if shape.kv_heads == shape.heads:
        return Finding(id="cache", held=None, found=f"{text} Here every head has its own: nothing is shared.")
    return Finding(id="cache", held=held, found=text)
