"""The lab *precision*: the live model in 32, 8, 4 and fewer bits a weight. What it takes, what it loses, what it writes, how fast its
products are without a kernel for them; and what becomes of a tuned model that is packed again.

The packing is ``packing.py``, what is shown and found is ``rounding.py``. The tuned model is that of *two-adapters*, from its kept file or
trained as there (which needs torch). All else is numpy.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from importlib.util import find_spec
from time import perf_counter
from typing import TYPE_CHECKING

from greenroom.errors import ExtraMissingError
from greenroom.labs import passage, tuning
from greenroom.labs.asked import Review, shipped
from greenroom.labs.few_shot import ITEMS, fingerprint
from greenroom.labs.lab import Bench, Card, Example, Expect, Part, Progress, Source, Values
from greenroom.labs.model import Model, opened
from greenroom.labs.packing import Format, packed, packed_table, size, squared_error, zeros
from greenroom.labs.parameter import choice, switch, text, whole
from greenroom.labs.rounding import (
    APART,
    BASE,
    FEW_ZEROS,
    FULL,
    MERGED,
    NEAR,
    RUINED,
    SAME,
    UNPACKED,
    Course,
    Packed,
    Repacked,
    figures_part,
    findings,
    loss_part,
    texts_part,
    times_part,
    tuned_findings,
    tuned_part,
    tuned_picture,
)  # fmt: skip
from greenroom.labs.schooling import take_threads, whole_text
from greenroom.labs.shown import written
from greenroom.labs.swapped import DESKS, Swap
from greenroom.labs.swapping import FOLDER, TwoAdapters, ask, earlier, note_of, school

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from greenroom.labs.adapter_file import Thin
    from greenroom.labs.transformer import Array, Look, Transformer

DESK = DESKS[1]
"""Whose words are learnt: “thank” and “refund”, which the base never says here."""
TOKENS, WRITTEN, TRIES = 400, 20, 5
SPOKEN = 240
"""Tokens of the passages that are read behind the text about a river."""
PROMPT = "The old lighthouse keeper climbed the stairs and"
AS_IT_IS, TUNED = "formats", "tuned"
FORMATS = (
    Format("8 bits (Q8_0)", kind="Q8_0"), Format("6 bits", bits=6), Format("5 bits", bits=5), Format("4 bits", bits=4),
    Format("3 bits", bits=3), Format("2 bits (three values)", bits=2), Format("4 bits, a scale a row", bits=4, block=0),
    Format("4 bits, Q4_0", kind="Q4_0"), Format("4 bits, Q4_1", kind="Q4_1"),
)  # fmt: skip
PACKED_AGAIN = (
    Format("8 bits (Q8_0)", kind="Q8_0"), Format("4 bits, Q4_1", kind="Q4_1"), Format("4 bits, Q4_0", kind="Q4_0"),
)  # fmt: skip
TIMED = (Format("8 bits (Q8_0)", kind="Q8_0"), Format("4 bits, Q4_0", kind="Q4_0"))

CARD = Card(
    name="precision",
    title="The same weights in fewer bits",
    topics=("future", "applications", "fine-tuning"),
    about="The matrices of the live model are rounded to 8, 6, 5, 4, 3 and 2 bits a weight, in blocks with a scale each, and it reads the "
    "same text and writes on from the same words. The rule is the plainest: each weight goes to the nearest step, one by one; methods "
    "that look at what a weight does (GPTQ, AWQ) lose less. 2 bits have only three values by it, -1, 0 and 1. The file that greenroom "
    "fetches is itself in 4 bits (Q4_1, a block format with a scale and a least value; its table of tokens in 8): what is called 32 "
    "bits here are its weights unpacked, and what its makers lost when they packed it is not seen. Of a model that stands on other "
    "steps the claims on Q4_1 are not told. A loss is in nats a token: minus the natural logarithm of the probability that the next "
    "token had. A kernel is a piece of program made for one kind of product. Set to a tuned model, the lab tunes it for the desk that "
    "acts, as two-adapters does (or takes the adapter which that lab keeps), adds the adapter into the weights and packs the sum "
    "again.",
    parameters=(
        choice("what", "What is packed", {AS_IT_IS: "the model as it is", TUNED: "a tuned model"}, "A tuned model needs torch, once."),
        text("prompt", "Prompt", PROMPT, 400, "What is written on.", lines=2),
        text("text", "Text that is read", "", 1500, "400 tokens at most. Empty: shipped texts, about a river and spoken.", lines=3),
        switch("timed", "Take times", True, "Of one product in three forms; they are this machine's."),
        whole("items", "Reviews that the tuned model is asked", ITEMS, (12, ITEMS), "Half of them positive."),
    ),
    expects=(
        Expect(
            id="size",
            see="“4 bits” are four and a half or five, for each block of 32 has a scale too; all in all the model takes less than a "
            "quarter of 32 bits.",
            falsified_by="A 4-bit format of such blocks takes less than four and a half bits a weight or more than five, or the model a "
            "quarter of 32 bits or more.",
            settles=(
                "quantisation/blocks-and-scales", "small-and-on-device-models/fewer-bits",
                "small-and-on-device-models/gigabytes-equal-billions",
            ),
        ),
        Expect(
            id="zeros",
            see=f"Fewer bits take no weight out. In 8 bits fewer than {100 * FEW_ZEROS:.0f} in 100 are rounded to 0; with three values "
            "more than half are, and they still stand in the file.",
            falsified_by=f"In 8 bits {100 * FEW_ZEROS:.0f} in 100 or more become 0, or with three values half or fewer.",
            settles=("quantisation/removes-weights",),
        ),
        Expect(
            id="eight",
            see=f"In 8 bits the loss is the same to within {NEAR} nats a token.",
            falsified_by="It is farther off, by more than two standard errors; within two it is not told.",
            settles=("quantisation/error-by-bits",),
        ),
        Expect(
            id="bits",
            see="Each bit less makes the squared error some four to six times as large, from 6 bits to 3. From 5 bits on each step costs "
            f"more loss than the one before; with 2 bits, three values, it is up by {RUINED:g} or more.",
            falsified_by="A step is less than four or more than six times, or costs no more loss than the one before, or with 2 bits the "
            f"loss is up by less than {RUINED:g}.",
            settles=("quantisation/error-by-bits", "small-and-on-device-models/quantise-anything"),
        ),
        Expect(
            id="scale",
            see="Small blocks keep the damage of a large weight small: with one scale for a whole row instead of for 32 weights, 4 bits "
            "have more than one and a half times the squared error, and a higher loss.",
            falsified_by="The error is less than one and a half times as large, or the loss no higher.",
            settles=("quantisation/outliers",),
        ),
        Expect(
            id="again",
            see="Packed again in the format in which the file was, nothing is lost: its weights stand on those steps already. In another "
            "format of 4 bits something is. So what 4 bits cost cannot be read off a model that was in 4 bits before.",
            falsified_by="In Q4_1 the loss moves by 0.003 or more or a likeliest token changes, or in Q4_0 the squared error is below a "
            "millionth. It is not told of a model that does not stand on the steps of Q4_1.",
        ),
        Expect(
            id="flips",
            see="The same loss is not the same model: with a format whose loss is about the unpacked model's, another token is the "
            "likeliest at some places.",
            falsified_by="At every place the likeliest token is the same.",
            settles=("quantisation/perplexity-proves", "quantisation/test-own-tasks"),
        ),
        Expect(
            id="speed",
            see="Fewer bytes are not faster by themselves: it takes a kernel that multiplies them. numpy has none, so a plain unpacker "
            "unpacks them for each product, and that takes at least twice as long as with the weights in 32 bits. It shows what is missing "
            "without a kernel; of an engine that has one nothing follows.",
            falsified_by="A product with packed weights takes less than twice as long.",
            settles=("quantisation/kernels-decide",),
        ),
        Expect(
            id="swallowed",
            see="Added into the weights of the base and packed again in the format in which the base was, the tuning is gone: the base "
            "stands on the steps of that format, and the rounding takes most of it back. In 8 bits nothing is lost of it.",
            falsified_by="In Q4_1 half or more of what was learnt is left, or as many answers are right as merged in 32 bits; or in 8 bits "
            "fewer are. It is not told of a model that does not stand on the steps of Q4_1.",
            settles=(
                "quantised-fine-tuning/no-rounding-again", "quantised-fine-tuning/any-base-fits", "lora-in-detail/requantise-merge",
                "quantised-fine-tuning/steps-vanish",
            ),
            set={"what": TUNED},
        ),
        Expect(
            id="apart",
            see="Kept apart, nothing of it is lost: the adapter beside the base answers at least as many right as merged in 32 bits.",
            falsified_by="Fewer answers are right with the adapter beside the base than merged, or the loss of the right word is no lower "
            "than merged and packed in 4 bits again.",
            settles=("quantised-fine-tuning/no-rounding-again",),
            set={"what": TUNED},
        ),
        Expect(
            id="steps",
            see="It is not the number of bits that takes it back, it is rounding to the steps on which the base stands. In Q4_0, 4 bits "
            "too, the steps lie elsewhere: the rounding changes the weights by many times as much as was learnt, but one way as often as "
            "the other, and most of what was learnt is still there below it. So what a merge costs is measured on the file itself.",
            falsified_by="In Q4_0 less than half of what was learnt is left, or no more answers are right than in Q4_1.",
            settles=("quantised-fine-tuning/diagnose-merge", "quantisation/order-of-steps"),
            set={"what": TUNED},
        ),
    ),
    examples=(
        Example(title="A tuned model, packed again", set={"what": TUNED}),
        Example(title="A sum", set={"prompt": "2 + 2 = 4, 3 + 4 = 7, 5 + 4 ="}),
    ),
    sources=(
        Source(title="Dettmers and Zettlemoyer 2022, The case for 4-bit precision", url="https://arxiv.org/abs/2212.09720"),
        Source(title="Dettmers et al. 2023, QLoRA", url="https://arxiv.org/abs/2305.14314"),
        Source(title="Dutta et al. 2024, Accuracy is Not All You Need", url="https://arxiv.org/abs/2407.09141"),
    ),
    seconds=1800,
    megabytes=6144,
)  # fmt: skip


class Precision:
    card = CARD

    def run(self, values: Values, bench: Bench) -> Iterator[Part]:
        model = yield from opened(bench)
        yield from self.parts(values, model, bench)

    def parts(self, values: Values, model: Model, bench: Bench) -> Iterator[Part]:
        """Of a model that is open."""
        if values.text("what") == TUNED:
            yield from tuned(values, model, bench)
        else:
            yield from formats(values, model)


# --- The model as it is ---


def formats(values: Values, model: Model) -> Iterator[Part]:
    texts, course = read_texts(model, values.text("text")), Course()
    prompt = model.tokenizer.prompt(values.text("prompt"))
    table = packed_table(model.transformer)
    for done, how in enumerate((None, *FORMATS)):
        yield Progress(says=f"Reading with {how.title if how else UNPACKED}", share=0.05 + 0.85 * done / (1 + len(FORMATS)))
        course.packed.append(look_at(model, how, table, texts, prompt))
        yield loss_part(course)
        yield figures_part(course)
        yield texts_part(course, values.text("prompt"))
    if values.yes("timed"):
        yield Progress(says="Taking times", share=0.92)
        course.times = list(take_times(model.transformer))
        yield times_part(course)
    yield from findings(course)


def read_texts(model: Model, own: str) -> list[list[int]]:
    if own.strip():
        return [passage.read(model, own, TOKENS, least=3).ids]  # two losses at least, or there is no standard error
    texts = (tuning.shipped().general, whole_text().held)
    return [model.tokenizer.prompt(each)[: min(SPOKEN, model.transformer.shape.context)] for each in texts]


def look_at(model: Model, how: Format | None, table: Array, texts: Sequence[Sequence[int]], prompt: Sequence[int]) -> Packed:
    import numpy as np

    from greenroom.labs.transformer import log_softmax

    base = model.transformer
    found = base if how is None else packed(base, how, table)
    losses: list[Array] = []
    likeliest: list[Array] = []
    for ids in texts:
        logits = found.forward(ids[:-1])
        losses.append(-log_softmax(logits)[np.arange(len(ids) - 1), ids[1:]])
        likeliest.append(logits.argmax(axis=1).astype(np.float32))
    wrote = written(model, list(found.write(prompt, WRITTEN, model.tokenizer.stops)))
    return Packed(
        how.key if how else FULL, how.title if how else UNPACKED,
        how.bits_a_weight(base.shape.width) if how else 32.0, size(base, how) / 1e6,
        squared_error(base, found), np.concatenate(losses), np.concatenate(likeliest), wrote, zeros(found),
    )  # fmt: skip


def take_times(model: Transformer) -> Iterator[tuple[str, float, float]]:
    """Of one product of the largest matrix of a layer with one token: how it is kept, kilobytes, milliseconds."""
    import numpy as np

    matrix = model.blocks[0].gate_up
    x = np.ones((1, matrix.shape[1]), np.float32)
    yield UNPACKED, matrix.nbytes / 1e3, milliseconds(lambda: x @ matrix.T)
    for how in TIMED:
        blocks = how.bytes_of(matrix)
        yield how.title, blocks.nbytes / 1e3, milliseconds(partial(unpack_and_multiply, x, how, blocks))


def unpack_and_multiply(x: Array, how: Format, blocks: NDArray[np.uint8]) -> Array:
    found: Array = x @ how.unpacked(blocks).T
    return found


def milliseconds(product: Callable[[], object]) -> float:
    """The middle one of several tries."""
    took = []
    for _ in range(TRIES):
        started = perf_counter()
        product()
        took.append(perf_counter() - started)
    return 1e3 * sorted(took)[TRIES // 2]


# --- A tuned model ---


def tuned(values: Values, model: Model, bench: Bench) -> Iterator[Part]:
    base, items = model.transformer, shipped()[1][: values.whole("items")]
    yield Progress(says="Hashing all weights", share=0.02)
    swap = Swap(base, fingerprint(base))
    for step in learn(model, swap, bench):
        yield Progress(says=f"Tuning: step {step}", share=0.05 + 0.004 * step)
    thin = swap.thin[DESK.name]
    found = [score(model, BASE, base, None, items), score(model, APART, base, thin.beside(base), items)]
    found[1] = found[1]._replace(megabytes=found[1].megabytes + 4 * thin.size / 1e6)  # the base and what stands beside it
    yield tuned_part(found)
    merged, table = thin.merged(base), packed_table(base)
    found.append(score(model, MERGED, merged, None, items))
    for how in PACKED_AGAIN:
        yield Progress(says=f"Packing in {how.title}")
        small = packed(merged, how, table)
        left, noise = still_there(thin, base, small)
        one = score(model, f"Merged, then {how.title}", small, None, items)
        found.append(one._replace(megabytes=size(base, how) / 1e6, left=left, noise=noise))
        yield tuned_picture(found)
        yield tuned_part(found)
    yield from tuned_findings(found, stands=squared_error(base, packed(base, Format("", kind="Q4_1"), table)) < SAME)


def learn(model: Model, swap: Swap, bench: Bench) -> Iterator[int]:
    """The adapter of the desk that acts, as *two-adapters* keeps it or trained as there. Yields the steps. Raises ExtraMissingError where
    it has to be trained and torch is missing."""
    values, folder = TwoAdapters.card.read({}), bench.home / FOLDER
    if (found := earlier(folder / DESK.file, swap, note_of(values))) is not None:
        swap.thin[DESK.name] = found
        return
    if find_spec("torch") is None:
        raise ExtraMissingError("torch", "labs")
    take_threads(bench)
    yield from school(values, model, DESK, swap, folder)


def score(model: Model, title: str, transformer: Transformer, look: Look | None, items: Sequence[Review]) -> Repacked:
    """The desk's questions put to the model in this form."""
    answers = list(ask(model._replace(transformer=transformer), look, items))
    wanted = [DESK.words[each.label] for each in items]
    tokens = {word: model.tokenizer.encode(f" {word}")[0] for word in DESK.words.values()}
    right = sum(each.word.strip() == word for each, word in zip(answers, wanted, strict=True))
    logs = [-math.log(max(float(each.p[tokens[word]]), 1e-12)) for each, word in zip(answers, wanted, strict=True)]
    own = sum(DESK.has(each.word) for each in answers)
    return Repacked(title, size(transformer, None) / 1e6, right, own, len(items), math.fsum(logs) / len(items))


def still_there(thin: Thin, base: Transformer, small: Transformer) -> tuple[float, float]:
    """Of what was learnt: the share that is still in the packed weights (the projection of their change on it), and the size of what else
    changed, in sizes of what was learnt. All matrices with an adapter are one long vector here."""
    along = whole = beside = 0.0
    for layer, place in thin.pairs:
        learnt = thin.change(layer, place)
        changed = getattr(small.blocks[layer], place) - getattr(base.blocks[layer], place)
        along += float((changed * learnt).sum(dtype=float))
        whole += float((learnt * learnt).sum(dtype=float))
        beside += float((changed * changed).sum(dtype=float))
    share = along / whole
    return share, math.sqrt(max(0.0, beside / whole - share * share))
