"""Weights in fewer bits: blocks of small whole numbers with a scale for each. The block formats of GGUF files, packed and unpacked by the
``gguf`` package, and the rule of Q8_0 for any number of bits, written out.

    Q8_0   a block of 32 weights: a scale d in 16 bits, 32 whole numbers q from -127 to 127     w = d q       8.5 bits a weight
    Q4_0   the same with q from -8 to 7                                                         w = d q       4.5
    Q4_1   a scale and a least value m, q from 0 to 15                                          w = d q + m   5

No weight is taken away: each is moved to the nearest value that its block can say. The norms, a few thousand numbers, stay as they are.
What comes back is unpacked again and computed with as before: what is seen of it is what the rounding does and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from greenroom.errors import InputError
from greenroom.labs.transformer import Array, Transformer

BLOCK, SCALE_BITS = 32, 16
"""Weights that share a scale, and what the scale takes."""
MATRICES = ("qkv", "output", "gate_up", "down")
"""Of a layer: what is packed."""


class Format(NamedTuple):
    """A way to pack. ``kind``: of a GGUF file's formats; without one it is the rule of Q8_0 with ``bits``, the scale for ``block`` weights
    or, if that is 0, for a whole row."""

    title: str
    kind: str = ""
    bits: int = 0
    block: int = BLOCK

    @property
    def key(self) -> str:
        """What it is found by, whatever its title says."""
        return self.kind or f"{self.bits} bits{'' if self.block else ' a row'}"

    def bits_a_weight(self, row: int) -> float:
        """With its share of the scale. ``row``: weights of a row."""
        if self.kind:
            from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType

            weights, packed = GGML_QUANT_SIZES[GGMLQuantizationType[self.kind]]
            return 8 * packed / weights
        return self.bits + SCALE_BITS / (self.block or row)

    def rounded(self, matrix: Array) -> Array:
        """What comes back of a matrix. Raises InputError where its rows are no whole blocks."""
        if self.block and matrix.shape[1] % BLOCK:
            raise InputError(
                f"Rows of {matrix.shape[1]} weights are no whole blocks of {BLOCK}.", "Use a model whose width is a multiple of it."
            )
        if self.kind:
            return self.unpacked(self.bytes_of(matrix))
        return by_scale(matrix, self.bits, self.block or matrix.shape[1])

    def bytes_of(self, matrix: Array) -> NDArray[np.uint8]:
        """The blocks as they would stand in a file. For a ``kind``."""
        from gguf.constants import GGMLQuantizationType
        from gguf.quants import quantize

        found: NDArray[np.uint8] = quantize(matrix, GGMLQuantizationType[self.kind])
        return found

    def unpacked(self, blocks: NDArray[np.uint8]) -> Array:
        """The same the other way round."""
        from gguf.constants import GGMLQuantizationType
        from gguf.quants import dequantize

        found: Array = dequantize(blocks, GGMLQuantizationType[self.kind]).astype(np.float32, copy=False)
        return found


TABLE = Format("8 bits", kind="Q8_0")


def by_scale(matrix: Array, bits: int, block: int) -> Array:
    """Q8_0's rule: the largest of a block, in size, is the largest whole number that the bits can say; all others by the same scale."""
    some, top = matrix.reshape(-1, block), np.float32(2 ** (bits - 1) - 1)
    scale = np.abs(some).max(axis=1, keepdims=True) / top  # (blocks, 1)
    with np.errstate(divide="ignore"):
        q = some * np.where(scale == 0, np.float32(0), 1 / scale)
    q = np.sign(q) * np.floor(np.abs(q) + np.float32(0.5))  # half goes away from zero
    found: Array = q * scale.astype(np.float16).astype(np.float32)  # the scale is kept in 16 bits
    return found.reshape(matrix.shape)


def packed(model: Transformer, how: Format, table: Array) -> Transformer:
    """A copy whose matrices are what comes back; ``table``: of ``packed_table``. The model itself is left as it is."""
    found = copy(model)
    found.blocks = [block._replace(**{name: how.rounded(getattr(block, name)) for name in MATRICES}) for block in model.blocks]
    found.embedding = table
    found.unembedding = table if model.unembedding is model.embedding else how.rounded(model.unembedding)
    return found


def packed_table(model: Transformer) -> Array:
    """The table of tokens in 8 bits, whatever the matrices are packed in: as in the fetched file."""
    return TABLE.rounded(model.embedding)


def matrices(model: Transformer) -> Iterator[Array]:
    """All that is packed beside the table, in one order."""
    if model.unembedding is not model.embedding:
        yield model.unembedding
    for block in model.blocks:
        yield from (getattr(block, name) for name in MATRICES)


def size(model: Transformer, how: Format | None) -> float:
    """Bytes of all weights: matrices and table packed, or in 32 bits; the norms in 32 bits."""
    norms = model.final_norm.size + sum(block.attention_norm.size + block.mlp_norm.size for block in model.blocks)
    table = model.embedding.size * (32 if how is None else TABLE.bits_a_weight(model.embedding.shape[1]))
    bits = sum(each.size * (32 if how is None else how.bits_a_weight(each.shape[1])) for each in matrices(model))
    return 4 * norms + (table + bits) / 8


def squared_error(model: Transformer, other: Transformer) -> float:
    """Of all matrices: the sum of the squared differences, as a share of the sum of the squares."""
    apart = whole = 0.0
    for one, two in zip(matrices(model), matrices(other), strict=True):
        apart += float(np.square(two - one).sum(dtype=np.float64))
        whole += float(np.square(one).sum(dtype=np.float64))
    return apart / whole


def zeros(model: Transformer) -> float:
    """Of all matrices: the share of weights that are 0."""
    none, whole = 0, 0
    for each in matrices(model):
        none, whole = none + int((each == 0).sum()), whole + each.size
    return none / whole
