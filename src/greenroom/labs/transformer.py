"""A large language model, opened up: the llama family (SmolLM2, Llama, Mistral, TinyLlama …) in numpy, fp32, to be read from top to bottom.

A language model turns a list of token numbers into a probability for every token that could come next. The way there:

    token numbers ─ embedding ─► a vector for each token: the *residual stream*
                                       │
                  ┌────────────────────┤  × layers
                  │ norm ─ attention ──►+   each token looks at itself and the tokens before it and adds what it found
                  │ norm ─ MLP ────────►+   each token by itself adds what a small network makes of it
                  └────────────────────┤
                                       ▼
                              norm ─ unembedding ─► a logit for each token of the vocabulary ─ softmax ─► probabilities

Letters in the comments on shapes:

    T  tokens that are read now          S  tokens seen so far, those of now included (T = S where nothing was read before)
    W  width of the residual stream      D  width of one head           F  width inside the MLP
    H  heads that ask (queries)          G  heads that are asked (keys, values); H / G heads share one
    V  size of the vocabulary            L  layers

Everything on the way can be looked at and changed: see ``Look``. The arithmetic is that of the models' own publications (RMSNorm:
arXiv 1910.07467, rotary positions: 2104.09864, grouped queries: 2305.13245, SwiGLU: 2002.05202, the family: 2302.13971), and the tests hold
it against transformers' LlamaForCausalLM, against a plain loop without numpy, and against llama.cpp.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from greenroom.errors import InputError, TooLargeError

Array = NDArray[np.float32]
CHUNK = 256
"""Tokens of a long prompt that are read at once: attention needs H × T × S numbers at a time."""


# --- What is looked at ---------------------------------------------------------------------------------------------------------------

Look = Callable[[str, int, Array], Array | None]
"""``look(place, layer, value)`` is called at every place below; what it returns takes the value's place, ``None`` leaves it as it is.

A value that is changed is changed by returning another array, never in place. Places in the order of a pass, with their shapes; the layer
is -1 where there is none:

    rotation         (2, T, D/2)  cosine and sine of each position's angles       (1 and 0: no positions at all)
    mask             (T, S)       0 where a token may look, -inf where it may not (all 0: it sees what comes after it)
    embedding        (T, W)       the residual stream before the first layer

    attention_norm   (T, W)       the stream, normalised, as the attention of the layer reads it
    queries          (H, T, D)    before the rotation; so are the keys
    keys             (G, T, D)
    values           (G, T, D)
    scores           (H, T, S)    queries · keys / √D, before the mask
    attention        (H, T, S)    after mask and softmax: rows add up to 1
    heads            (H, T, D)    what each head found                            (a head of zeros: knocked out)
    attention_out    (T, W)       what the attention adds to the stream           (zeros: the layer without attention)
    mlp_norm         (T, W)       the stream, normalised, as the MLP reads it
    mlp_hidden       (T, F)       inside the MLP
    mlp_out          (T, W)       what the MLP adds to the stream                 (zeros: the layer without its MLP)
    residual         (T, W)       the stream after the layer

    final_norm       (T, W)
    logits           (T, V)
"""
PLACES = (
    "rotation", "mask", "embedding", "attention_norm", "queries", "keys", "values", "scores", "attention", "heads", "attention_out",
    "mlp_norm", "mlp_hidden", "mlp_out", "residual", "final_norm", "logits",
)  # fmt: skip


def _see(look: Look | None, place: str, layer: int, value: Array) -> Array:
    changed = None if look is None else look(place, layer, value)
    if changed is None:
        return value
    if changed.shape != value.shape:
        raise InputError(f"At {place} of layer {layer} a value of shape {value.shape} was to be replaced by one of {changed.shape}.")
    return changed.astype(np.float32, copy=False)


# --- The weights ---------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Shape:
    """The sizes of a model; the letters are those above."""

    layers: int  # L
    width: int  # W
    heads: int  # H
    kv_heads: int  # G
    head_width: int  # D
    hidden: int  # F
    vocabulary: int  # V
    context: int  # the most tokens it was made to read
    epsilon: float  # keeps the norms from dividing by zero
    tied: bool  # the unembedding is the embedding


class Block(NamedTuple):
    """The weights of one layer. A matrix has a row for each of its outputs: ``x @ matrix.T``."""

    attention_norm: Array  # (W,)
    qkv: Array  # ((H + 2 G) D, W)   queries, keys and values in one matrix: one product instead of three
    output: Array  # (W, H D)        brings the heads' findings together
    mlp_norm: Array  # (W,)
    gate_up: Array  # (2 F, W)       two matrices in one, likewise
    down: Array  # (W, F)


class Source(Protocol):
    """Where weights come from: a checked model file (``checkpoint.py``)."""

    shape: Shape
    frequencies: Array  # (D/2,) radians that each pair of a head turns from one position to the next

    def read(self, part: str, layer: int, size: tuple[int, ...]) -> Array:
        """A tensor as fp32, of that size or an error. Parts: attention_norm, query, key, value, output, mlp_norm, gate, up, down of a
        layer; embedding, final_norm, unembedding (layer -1). Queries and keys come so that the two numbers of a pair stand D/2 apart."""


def _block(source: Source, n: int) -> Block:
    s = source.shape
    q, kv = s.heads * s.head_width, s.kv_heads * s.head_width
    return Block(
        attention_norm=source.read("attention_norm", n, (s.width,)),
        qkv=np.concatenate([source.read(part, n, (size, s.width)) for part, size in (("query", q), ("key", kv), ("value", kv))]),
        output=source.read("output", n, (s.width, q)),
        mlp_norm=source.read("mlp_norm", n, (s.width,)),
        gate_up=np.concatenate([source.read(part, n, (s.hidden, s.width)) for part in ("gate", "up")]),
        down=source.read("down", n, (s.width, s.hidden)),
    )


# --- The arithmetic ------------------------------------------------------------------------------------------------------------------


def rms_norm(x: Array, weight: Array, epsilon: float) -> Array:
    """Each token's vector to length √W, then each of its numbers times a learned weight. (T, W) → (T, W)."""
    size = np.sqrt(np.mean(x * x, axis=-1, keepdims=True) + np.float32(epsilon))  # (T, 1)
    found: Array = x / size * weight
    return found


def softmax(x: Array) -> Array:
    """Numbers into shares that add up to 1 along the last axis. The largest is taken off first: e to a large number overflows."""
    raised: Array = x - x.max(axis=-1, keepdims=True)
    np.exp(raised, out=raised)  # in place: the maps of a long text are large
    raised /= raised.sum(axis=-1, keepdims=True)
    return raised


def log_softmax(x: Array) -> Array:
    """The logarithms of ``softmax(x)``, exact where the share itself would be 0."""
    lowered = x - x.max(axis=-1, keepdims=True)
    found: Array = lowered - np.log(np.exp(lowered).sum(axis=-1, keepdims=True))
    return found


def silu(x: Array) -> Array:
    """x times its sigmoid: lets large numbers pass and closes on negative ones."""
    with np.errstate(over="ignore"):  # e to a large number is infinite, and x / infinity is the 0 that is meant
        found: Array = np.exp(-x)
    found += 1
    return np.divide(x, found, out=found)


def rotate(x: Array, rotation: Array) -> Array:
    """Rotary positions: the numbers i and i + D/2 of a head are a point in a plane, turned by an angle that grows with the position.
    The product of a query and a key then depends on how far apart they stand, not on where. (heads, T, D) → (heads, T, D)."""
    cos, sin = rotation  # (T, D/2) each
    half = x.shape[-1] // 2
    a, b = x[..., :half], x[..., half:]
    return np.concatenate([a * cos - b * sin, b * cos + a * sin], axis=-1)


def causal_mask(tokens: int, seen: int) -> Array:
    """(T, S): 0 where a token looks at itself or at one before it, -inf where it would see what it is to predict."""
    return np.triu(np.full((tokens, seen), -np.inf, np.float32), k=1 + seen - tokens)


# --- The memory of what was read -----------------------------------------------------------------------------------------------------


class Cache:
    """Keys and values of the tokens read so far. They do not change when more text follows, so each is computed once: that is what
    makes the next token cost as much as one token and not as much as the whole text. Grows as needed."""

    def __init__(self, shape: Shape, room: int = CHUNK) -> None:
        self._kept = np.zeros((2, shape.layers, shape.kv_heads, room, shape.head_width), np.float32)  # keys, values
        self.length = 0

    def put(self, layer: int, keys: Array, values: Array) -> tuple[Array, Array]:
        """Those of T tokens of one layer, behind the others. Returns all of the layer: (G, S, D) each."""
        end = self.length + keys.shape[1]
        if end > self._kept.shape[3]:
            more = np.zeros_like(self._kept, shape=(*self._kept.shape[:3], max(end, 2 * self._kept.shape[3]), self._kept.shape[4]))
            more[:, :, :, : self._kept.shape[3]] = self._kept
            self._kept = more
        self._kept[0, layer, :, self.length : end] = keys
        self._kept[1, layer, :, self.length : end] = values
        return self._kept[0, layer, :, :end], self._kept[1, layer, :, :end]

    @property
    def kept(self) -> Array:
        """All keys and values, (2, L, G, S, D)."""
        return self._kept[:, :, :, : self.length]

    def cut(self, length: int) -> None:
        """Forget all but the first tokens."""
        self.length = min(self.length, length)

    def copy(self) -> Cache:
        """The same memory, to go on in two ways from here."""
        twin = object.__new__(Cache)
        twin._kept, twin.length = self._kept.copy(), self.length
        return twin


# --- The model -----------------------------------------------------------------------------------------------------------------------


class Transformer:
    """A model in memory. Reading it changes nothing in it: threads may share one; each text needs a ``Cache`` of its own."""

    def __init__(self, source: Source) -> None:
        self.shape = s = source.shape
        self.frequencies = source.frequencies  # (D/2,)
        self.embedding = source.read("embedding", -1, (s.vocabulary, s.width))  # (V, W)
        self.blocks = [_block(source, n) for n in range(s.layers)]
        self.final_norm = source.read("final_norm", -1, (s.width,))  # (W,)
        self.unembedding = self.embedding if s.tied else source.read("unembedding", -1, (s.vocabulary, s.width))  # (V, W)

    def forward(
        self,
        ids: Sequence[int],
        cache: Cache | None = None,
        look: Look | None = None,
        *,
        last: bool = False,
        rows: Sequence[int] | None = None,
    ) -> Array:
        """One pass: logits (T, V), row t of them for the token after ``ids[t]``.

        Args:
            ids: the T tokens to read, behind those in the cache.
            cache: what was read before; takes up what is read now.
            look: see ``Look``.
            last: only the last token's logits, (1, V).
            rows: only those of these tokens, by their places in ``ids``.

        Raises:
            InputError: no tokens, a number that is no token, or a look that returned another shape.
            TooLargeError: more tokens than the model was made to read.
        """
        cache = Cache(self.shape, len(ids)) if cache is None else cache
        seen = self._check(ids, cache)  # S
        angles = np.outer(np.arange(cache.length, seen, dtype=np.float32), self.frequencies)  # (T, D/2)
        rotation = _see(look, "rotation", -1, np.stack([np.cos(angles), np.sin(angles)]))
        mask = _see(look, "mask", -1, causal_mask(len(ids), seen))
        x = _see(look, "embedding", -1, self.embedding[np.asarray(ids)])  # (T, W)
        for layer, block in enumerate(self.blocks):
            normed = _see(look, "attention_norm", layer, rms_norm(x, block.attention_norm, self.shape.epsilon))
            x = x + self._attend(normed, layer, (rotation, mask), cache, look)
            normed = _see(look, "mlp_norm", layer, rms_norm(x, block.mlp_norm, self.shape.epsilon))
            x = _see(look, "residual", layer, x + self._think(normed, layer, look))
        cache.length = seen
        x = x[-1:] if last else x if rows is None else x[list(rows)]
        x = _see(look, "final_norm", -1, rms_norm(x, self.final_norm, self.shape.epsilon))
        return _see(look, "logits", -1, x @ self.unembedding.T)

    def _attend(self, x: Array, layer: int, where: tuple[Array, Array], cache: Cache, look: Look | None) -> Array:
        """Attention: each head of each token asks (query), is answered by the tokens whose keys fit, and takes in their values."""
        s, block, (rotation, mask) = self.shape, self.blocks[layer], where
        made = (x @ block.qkv.T).reshape(len(x), -1, s.head_width).transpose(1, 0, 2)  # (H + 2 G, T, D)
        q = _see(look, "queries", layer, made[: s.heads])  # (H, T, D)
        k = _see(look, "keys", layer, made[s.heads : s.heads + s.kv_heads])  # (G, T, D)
        v = _see(look, "values", layer, made[s.heads + s.kv_heads :])  # (G, T, D)
        q, k = rotate(q, rotation), rotate(k, rotation)
        k, v = cache.put(layer, k, v)  # (G, S, D) each: from here on all that was read
        q = q.reshape(s.kv_heads, -1, s.head_width)  # (G, H/G · T, D): the heads that share keys, one behind the other
        scores = (q @ k.transpose(0, 2, 1) * np.float32(s.head_width**-0.5)).reshape(s.heads, len(x), -1)  # (H, T, S)
        scores = _see(look, "scores", layer, scores) + mask
        attention = _see(look, "attention", layer, softmax(scores))  # (H, T, S)
        found = attention.reshape(s.kv_heads, -1, attention.shape[-1]) @ v  # (G, H/G · T, D)
        found = _see(look, "heads", layer, found.reshape(s.heads, len(x), s.head_width))  # (H, T, D)
        joined = found.transpose(1, 0, 2).reshape(len(x), -1)  # (T, H D)
        return _see(look, "attention_out", layer, joined @ block.output.T)  # (T, W)

    def _think(self, x: Array, layer: int, look: Look | None) -> Array:
        """The MLP (SwiGLU): one half of the widened vector decides how much of the other half passes."""
        block, f = self.blocks[layer], self.shape.hidden
        both = x @ block.gate_up.T  # (T, 2 F)
        gate, up = both[:, :f], both[:, f:]
        hidden = _see(look, "mlp_hidden", layer, silu(gate) * up)
        return _see(look, "mlp_out", layer, hidden @ block.down.T)  # (T, W)

    def _check(self, ids: Sequence[int], cache: Cache) -> int:
        if not len(ids):
            raise InputError("There is nothing to read.", "Give the model at least one token.")
        if min(ids) < 0 or max(ids) >= self.shape.vocabulary:
            raise InputError(f"The model knows the tokens 0 to {self.shape.vocabulary - 1} only.", "Use its own tokenizer.")
        seen = cache.length + len(ids)
        if seen > self.shape.context:
            raise TooLargeError(f"{seen} tokens are more than the {self.shape.context} that the model can read.", "Shorten the text.")
        return seen

    # --- What is done with it --------------------------------------------------------------------------------------------------------

    def read(self, ids: Sequence[int], cache: Cache, look: Look | None = None) -> Array:
        """Reads a prompt of any length piece by piece. Returns the logits for what comes next, (V,)."""
        if not len(ids):
            raise InputError("There is nothing to read.", "Give the model at least one token.")
        rest = iter(ids)
        while piece := list(islice(rest, CHUNK)):
            logits = self.forward(piece, cache, look, last=True)
        found: Array = logits[-1]
        return found

    def write(
        self,
        ids: Sequence[int],
        most: int,
        stop: Collection[int] = (),
        choose: Callable[[Array], int] | None = None,
        look: Look | None = None,
    ) -> Iterator[int]:
        """Continues a prompt, token by token, until ``most``, a token of ``stop`` (not given out) or the end of what it can read.

        Args:
            choose: takes the logits (V,) and returns the token; by default the likeliest, always.
        """
        cache = Cache(self.shape)
        logits = self.read(ids, cache, look)
        for n in range(most):
            token = int(np.argmax(logits)) if choose is None else choose(logits)
            if token in stop:
                return
            yield token
            if n + 1 == most or cache.length == self.shape.context:
                return
            logits = self.read([token], cache, look)

    def surprise(self, ids: Sequence[int], look: Look | None = None) -> Array:
        """How little each token was expected: -log of the probability that those before it gave it, in nats, (T - 1,). The mean is the
        loss that training lowers; e to the mean is the perplexity."""
        cache, found = Cache(self.shape), []
        for start in range(0, len(ids) - 1, CHUNK):  # (T, V) of a long text at once would not fit
            after = np.asarray(ids[start + 1 : start + CHUNK + 1])
            logits = self.forward(ids[start : start + len(after)], cache, look)
            found.append(-log_softmax(logits)[np.arange(len(after)), after])
        return np.concatenate([np.zeros(0, np.float32), *found])
