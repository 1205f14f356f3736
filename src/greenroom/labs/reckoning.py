"""What it takes to train a language model and to serve it: the arithmetic of the lab ``cost``.

Every formula is a function below, with its primary source; every constant in it is a parameter of the lab. What is left out is said:

- N·6·D counts a dense model's matrix products and leaves out attention's own (Kaplan et al. 2020, section 2.1); the lab counts these too,
  as PaLM does (Chowdhery et al. 2022, appendix B: 12·L·H·Q·T for each token, every token against the whole sequence).
- Activations are those of a GPT layer with 16-bit values on one device (Korthikanti et al. 2022, equations 2 and 6, table 2): a layer
  with a gated MLP, or one that drops nothing out, differs by some tens of percent.
- Memory leaves out buffers, fragmentation and what the framework itself takes. Money leaves out everything but the hours of the devices:
  failed runs, people, storage, data.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from greenroom.errors import InputError
from greenroom.labs.lab import Source, Values

GIGA = 1e9
KAPLAN = Source(title="Kaplan et al. 2020, Scaling Laws for Neural Language Models, section 2.1", url="https://arxiv.org/abs/2001.08361")
PALM = Source(title="Chowdhery et al. 2022, PaLM, appendix B", url="https://arxiv.org/abs/2204.02311")
ZERO = Source(title="Rajbhandari et al. 2019, ZeRO, section 3.1", url="https://arxiv.org/abs/1910.02054")
EIGHT = Source(title="Dettmers et al. 2021, 8-bit Optimizers via Block-wise Quantization", url="https://arxiv.org/abs/2110.02861")
ACTIVATIONS = Source(
    title="Korthikanti et al. 2022, Reducing Activation Recomputation, equations 2 and 6", url="https://arxiv.org/abs/2205.05198"
)
POPE = Source(title="Pope et al. 2022, Efficiently Scaling Transformer Inference", url="https://arxiv.org/abs/2211.05102")
GQA = Source(title="Ainslie et al. 2023, GQA", url="https://arxiv.org/abs/2305.13245")
CHINCHILLA = Source(title="Hoffmann et al. 2022, Training Compute-Optimal Large Language Models", url="https://arxiv.org/abs/2203.15556")

BYTES = {"mixed": (2, 2, 4), "full": (4, 4, 0), "half": (2, 2, 0)}
"""By precision: bytes a parameter of weights, gradients and the 32-bit copy that mixed precision keeps (ZeRO, section 3.1)."""
STATE = {"mixed": 4, "full": 4, "half": 2}
"""By precision: bytes of one optimiser state of one parameter."""
STATES = {"adam": 2, "adam8": 2, "momentum": 1, "sgd": 0}
"""Numbers that an optimiser keeps for each parameter. Those of 8-bit Adam take one byte (its scales, 4 bytes a block, are left out)."""


class Memory(NamedTuple):
    """Bytes for training."""

    weights: float
    gradients: float
    copy: float
    states: float
    activations: float

    @property
    def state(self) -> float:
        """Everything but the activations."""
        return sum(self) - self.activations


@dataclass(frozen=True)
class Shape:
    """A decoder of the llama kind: L layers of width W, H heads that ask and G that are asked, each of width D, m matrices of W × F in the
    MLP (3: gated), V tokens. Biases and learned positions are not counted."""

    layers: int
    width: int
    heads: int
    kv_heads: int
    head_size: int
    ff_width: int
    ff_matrices: int
    vocabulary: int
    tied: bool

    @property
    def in_layers(self) -> int:
        """Weights in the matrices of all layers: queries and output W·H·D each, keys and values W·G·D each, the MLP m·W·F."""
        attention = 2 * self.width * self.head_size * (self.heads + self.kv_heads)
        return self.layers * (attention + self.ff_matrices * self.width * self.ff_width)

    @property
    def parameters(self) -> int:
        """All of them: matrices, embedding and unembedding (one matrix if tied), two norms a layer and the last."""
        embeddings = self.vocabulary * self.width * (1 if self.tied else 2)
        return self.in_layers + embeddings + self.width * (2 * self.layers + 1)

    def operations(self, sequence: int) -> float:
        """Forward, for one token, matrix product by matrix product: 2 operations a weight (the embedding is looked up, the unembedding
        multiplied), and 4·H·D·T a layer for the attention to T tokens (PaLM, appendix B)."""
        return 2 * (self.in_layers + self.vocabulary * self.width) + 4 * self.layers * self.heads * self.head_size * sequence


def training_operations(parameters: float, tokens: float, per_weight: float = 6) -> float:
    """C = 6·N·D: two operations forward and four backward for each parameter and token. Source: Kaplan et al. 2020, section 2.1."""
    return per_weight * parameters * tokens


def bytes_per_parameter(precision: str, optimiser: str) -> tuple[float, float, float, float]:
    """Of weights, gradients, 32-bit copy and optimiser states. Mixed precision with Adam: 2 + 2 + 4 + 8 = 16. Source: ZeRO, section 3.1."""
    each = 1 if optimiser == "adam8" else STATE[precision]
    return (*BYTES[precision], float(STATES[optimiser] * each))


def activation_bytes(values: Values, shape: Shape) -> float:
    """Of all layers, for one batch. None recomputed: s·b·h·(34 + 5·a·s/h) a layer; attention's inner part recomputed (as FlashAttention
    does): 34·s·b·h; all of it: 2·s·b·h. Source: Korthikanti et al. 2022, equations 2 and 6 and table 2."""
    s, linear = values.whole("sequence"), values.number("activation_linear")
    a_layer = {
        "none": linear + values.number("activation_square") * shape.heads * s / shape.width,
        "selective": linear,
        "full": values.number("activation_inputs"),
    }[values.text("recompute")]
    return shape.layers * s * values.whole("batch") * shape.width * a_layer


def cache_bytes(shape: Shape, tokens: float, each: float, kv_heads: int) -> float:
    """Keys and values: 2·L·G·D·tokens numbers of ``each`` bytes. Sources: Pope et al. 2022; with G < H, Ainslie et al. 2023."""
    return 2 * shape.layers * kv_heads * shape.head_size * tokens * each


class Sum:
    """All the figures of one set of values. Raises InputError for a shape that cannot be."""

    def __init__(self, values: Values) -> None:
        self.values = values
        whole = values.whole
        self.shape = Shape(
            layers=whole("layers"), width=whole("width"), heads=whole("heads"), kv_heads=whole("kv_heads"), head_size=whole("head_size"),
            ff_width=whole("ff_width"), ff_matrices=whole("ff_matrices"), vocabulary=whole("vocabulary"), tied=values.yes("tied"),
        )  # fmt: skip
        if self.shape.heads % self.shape.kv_heads:
            what = f"{self.shape.heads} heads cannot share {self.shape.kv_heads} key-value heads evenly."
            raise InputError(what, "Give a number of key-value heads that divides the heads.")
        self.counted = values.number("parameters") == 0
        self.n: float = self.shape.parameters if self.counted else values.number("parameters") * GIGA
        self.d = values.number("tokens") * GIGA
        self.sequence = values.whole("sequence")

    @cached_property
    def memory(self) -> Memory:
        return self.memory_of(self.values.text("precision"), self.values.text("optimiser"), own=self.values.number("own_bytes"))

    def memory_of(self, precision: str, optimiser: str, own: float = 0) -> Memory:
        weights, gradients, copy, states = bytes_per_parameter(precision, optimiser)
        if own:
            weights, gradients, copy, states = min(weights, own), 0, 0, max(own - weights, 0)
        n = self.n
        return Memory(n * weights, n * gradients, n * copy, n * states, activation_bytes(self.values, self.shape))

    @cached_property
    def operations(self) -> float:
        return training_operations(self.n, self.d, self.values.number("operations"))

    @cached_property
    def executed(self) -> float:
        """With the layers computed a second time where all activations are recomputed: one more forward pass."""
        again = self.values.number("forward") if self.values.text("recompute") == "full" else 0
        return self.operations + training_operations(self.n, self.d, again)

    @cached_property
    def hours(self) -> float:
        """Of one device."""
        return self.executed / (self.values.number("peak") * 1e12 * self.values.number("utilisation") / 100) / 3600

    def cache(self, tokens: float, kv_heads: int | None = None) -> float:
        held = tokens * self.values.whole("requests")
        return cache_bytes(self.shape, held, self.values.number("cache_bytes"), kv_heads or self.shape.kv_heads)
