"""The lab *few-shot*: reviews sorted by the live model with no, one and five solved examples in the prompt, as a text to be continued and
as a chat turn, with the hash of all weights before and after. Beside it a few real training steps on the same five examples.

The training is a small one without any library: gradient descent on the weights of the last norm alone; the gradient is written out below.
What is shown and found is ``asked.py``.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from greenroom.labs.asked import (
    AGAIN,
    CHAT,
    RAW,
    TRAINED,
    Asked,
    Review,
    answers_part,
    findings,
    hashes_part,
    items_part,
    labels,
    likelier,
    prompts_part,
    right_part,
    shipped,
)
from greenroom.labs.lab import Bench, Card, Example, Expect, Part, Progress, Source, Values
from greenroom.labs.model import Model, opened
from greenroom.labs.parameter import choice, whole

if TYPE_CHECKING:
    from greenroom.labs.transformer import Array, Transformer

ITEMS, SHOTS = 24, 5
RATE = 0.3
"""Of the gradient descent."""

CARD = Card(
    name="few-shot",
    title="Examples in the prompt train nothing",
    topics=("training",),
    about="Short reviews are to be sorted into positive and negative. The prompt holds none, one or more solved examples and ends with "
    "“Sentiment:”; the answer is the likelier of the two labels as the next word. The same text is given as it stands and as a message "
    "in the chat template. All weights are hashed before and after. At the end a few training steps are made on the same examples, and "
    "the reviews are asked again without any example in the prompt.",
    parameters=(
        whole("shots", "Examples, at most", SHOTS, (1, 8), "It is done with none, with one and with so many."),
        whole("items", "Reviews", ITEMS, (4, ITEMS), "Half of them positive."),
        choice("labels", "Labels of the examples", {"right": "right", "swapped": "swapped: positive for negative"}),
        whole("steps", "Training steps", 12, (1, 60), "On the weights of the last norm, all examples at each step."),
        whole("seed", "Seed", 0, (0, 2**31 - 1), "Which examples, and in which order."),
    ),
    expects=(
        Expect(
            id="unchanged",
            see="After all prompts the hash of the weights is what it was. After one training step it is another: it would have shown.",
            falsified_by="The hash differs after prompting, or is the same after training.",
            settles=("training/prompting-is-not-training", "training/few-shot-trains", "what-is-an-llm/learns-from-each-chat"),
        ),
        Expect(
            id="gone",
            see="Once the examples are out of the prompt, the model is what it was: asked again without any, it gives the same "
            "probabilities to the last digit.",
            falsified_by="A probability differs.",
            settles=("training/prompting-is-not-training", "training/few-shot-trains", "what-is-an-llm/learns-from-each-chat"),
        ),
        Expect(
            id="examples",
            see="And yet examples in the prompt change the answers: as a text to be continued, the two labels get far more of the "
            "probability with them. They show the form. Whether more answers are right is another matter: which examples, how many of "
            "each label and which comes last sway the model.",
            falsified_by="With the most examples the labels get less than twice the probability that they get with none.",
            settles=("generation/conditioning", "what-is-an-llm/many-tasks"),
        ),
        Expect(
            id="chat",
            see="In a chat turn this small model makes less of the examples: it answers as an assistant and not as the list goes on.",
            falsified_by="With the most examples the labels get as much of the probability in the chat turn as in the text.",
        ),
        Expect(
            id="stays",
            see="What training does stays: with no example in the prompt the trained model gives the labels more of the probability than "
            "before.",
            falsified_by="It gives them no more.",
            settles=("training/prompting-is-not-training",),
        ),
    ),
    examples=(Example(title="Wrong labels in the examples", set={"labels": "swapped"}), Example(title="Eight examples", set={"shots": 8})),
    sources=(
        Source(title="Brown et al. 2020, Language Models are Few-Shot Learners", url="https://arxiv.org/abs/2005.14165"),
        Source(title="Min et al. 2022, Rethinking the Role of Demonstrations (wrong labels)", url="https://arxiv.org/abs/2202.12837"),
        Source(title="Zhao et al. 2021, Calibrate Before Use", url="https://arxiv.org/abs/2102.09690"),
    ),
    seconds=300,
    megabytes=3500,
)


class FewShot:
    card = CARD

    def run(self, values: Values, bench: Bench) -> Iterator[Part]:
        yield prompts_part(chosen(values), values.whole("shots"))
        model = yield from opened(bench)
        yield from self.parts(values, model)

    def parts(self, values: Values, model: Model) -> Iterator[Part]:
        """Of a model that is open."""
        examples, items = chosen(values), shipped()[1][: values.whole("items")]
        ways = [(how, shots) for how in ((RAW, CHAT) if model.tokenizer.answers else (RAW,)) for shots in (0, 1, values.whole("shots"))]
        ways, found = [*dict.fromkeys(ways), (AGAIN, 0)], list[Asked]()
        yield Progress(says="Hashing all weights", share=0.05)
        before = fingerprint(model.transformer)
        for done, (how, shots) in enumerate(ways):
            found.append(ask(model, model.transformer, how, examples[:shots], items))
            yield answers_part(found)
            yield Progress(says=f"Asked {found[-1].title}", share=0.1 + 0.7 * (done + 1) / len(ways))
        after = fingerprint(model.transformer)
        yield Progress(says="Training", share=0.85)
        trained = train(model, examples[: values.whole("shots")], values.whole("steps"))
        found.append(ask(model, trained, TRAINED, (), items))
        yield answers_part(found)
        yield right_part(found)
        hashes = (before, after, fingerprint(trained))
        yield hashes_part(model, hashes, values.whole("steps"))
        yield items_part(found, items)
        yield from findings(found, hashes)


def chosen(values: Values) -> tuple[Review, ...]:
    """The examples in the order in which they stand in the prompt, with the labels that were asked for."""
    examples, dice = list(shipped()[0]), random.Random(values.whole("seed"))  # noqa: S311 - no secret
    if values.whole("seed"):
        dice.shuffle(examples)
    if values.text("labels") == "right":
        return tuple(examples)
    one, other = labels()
    return tuple(Review(each.text, other if each.label == one else one) for each in examples)


def text_of(examples: Sequence[Review], asked: str) -> str:
    """What the model reads: the examples, then the review that is asked, up to where the label is to stand."""
    solved = "".join(f"Review: {each.text}\nSentiment: {each.label}\n\n" for each in examples)
    return f"{solved}Review: {asked}\nSentiment:"


def ask(model: Model, transformer: Transformer, how: str, examples: Sequence[Review], items: Sequence[Review]) -> Asked:
    from greenroom.labs.beside import ends
    from greenroom.labs.shown import prompt

    ids = [prompt(model, text_of(examples, each.text), CHAT if how == CHAT else RAW) for each in items]
    ways = [ways_of(model, label) for label in labels()]
    p = [tuple(math.fsum(float(end.p[token]) for token in way) for way in ways) for end in ends(transformer, ids)]
    right = sum(labels()[likelier(pair)] == each.label for pair, each in zip(p, items, strict=True))
    return Asked(how, len(examples), tuple((one, other) for one, other in p), right)


def ways_of(model: Model, label: str) -> tuple[int, ...]:
    """The first tokens of a label, with and without a blank and a capital: a chat answers “Positive”, a text goes on with “ positive”."""
    spelt = (f"{blank}{word}" for blank in (" ", "") for word in (label, label.capitalize()))
    return tuple(dict.fromkeys(model.tokenizer.encode(each)[0] for each in spelt))


# --- The weights ---


def fingerprint(transformer: Transformer) -> str:
    """SHA-256 of all weights as they lie in memory, in their order: a single changed bit gives another one."""
    from hashlib import sha256

    import numpy as np

    blocks = [each for block in transformer.blocks for each in block]
    rest = [] if transformer.unembedding is transformer.embedding else [transformer.unembedding]
    found = sha256()
    for each in (transformer.embedding, *blocks, transformer.final_norm, *rest):
        found.update(np.ascontiguousarray(each).data)
    return found.hexdigest()


def train(model: Model, examples: Sequence[Review], steps: int, rate: float = RATE) -> Transformer:
    """Gradient descent on the last norm's weights w, the loss being that of the label after each example without examples before it.

    With n the normalised stream at the last token, U the unembedding and p the probabilities, the logits are U (w ⊙ n), and the gradient of
    the loss -log p(label) by w is n ⊙ Uᵀ (p - 1 at the label). The model itself is left as it is; a copy with the new w is returned.
    """
    from copy import copy

    import numpy as np

    from greenroom.labs.transformer import softmax

    trained, u = copy(model.transformer), model.transformer.unembedding  # (V, W)
    n: Array = np.stack([_normed(model, each) for each in examples])  # (B, W)
    targets = [model.tokenizer.encode(f" {each.label}")[0] for each in examples]
    w: Array = model.transformer.final_norm
    for _ in range(steps):
        x: Array = w * n  # (B, W)
        p = softmax(x @ u.T)  # (B, V)
        p[range(len(targets)), targets] -= 1
        slope: Array = (n * (p @ u)).mean(axis=0)  # (W,)
        w = w - np.float32(rate) * slope
    trained.final_norm = w
    return trained


def _normed(model: Model, example: Review) -> Array:
    """(W,): the stream at the last token, normalised, before the last norm's weights."""
    import numpy as np

    from greenroom.labs.looks import Record
    from greenroom.labs.transformer import rms_norm

    shape, kept = model.transformer.shape, Record("residual")
    model.transformer.forward(model.tokenizer.prompt(text_of((), example.text)), look=kept, last=True)
    found: Array = rms_norm(kept["residual", shape.layers - 1][-1:], np.ones(shape.width, np.float32), shape.epsilon)[0]
    return found
