"""BERT written out by hand as an ONNX graph, in eight bits: what the sentence encoder and the reader have in common.

Read top to bottom; shapes stand in the comments (B texts, S tokens, T = B·S, H = 384). The word embeddings are no part of the graph:
both models
read the same words from one table (``words.npz``, ``write_words``), so the program looks them up and hands them in.

Quantised: each weight matrix to int8 with one scale a column, the word embeddings with one scale a word, and at run time the activations
with one scale a token. onnxruntime's own quantiser takes one scale for the whole batch: the vector of a text then depends on its
neighbours (by up to .02 in a component) and is less exact (mean cosine with float32 .993, here .996). Weights use ``LIMIT`` = 63 of the 127
steps, so that the 16-bit sums of processors without VNNI cannot saturate: the same verdict on an old laptop as on a new server.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

HEADS, HIDDEN, EPSILON = 12, 384, 1e-12
LIMIT = 63
MS = "com.microsoft"
Array = NDArray[Any]


class Graph:
    """Collects nodes and initialisers; every method returns the name of what it made."""

    def __init__(self, quantised: bool, dice: np.random.Generator | None = None, added: Mapping[str, Array] | None = None) -> None:
        """``added``: what is added to the matrix of a name, x·W + x·A·B: ``NAME.down`` A [K,R] and ``NAME.up`` B [R,N].
        ``dice``: weights are rounded up or down by chance, as near as they are: for a model trained on from weights that were in eight
        bits already. All of them stand on steps, and what a short training adds is less than half a step: rounding to the nearest would
        take it all away (measured: docs/log.md).
        """
        self.quantised, self.dice, self.added = quantised, dice, added or {}
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []
        self.rounded: set[str] = set()

    def add(self, op: str, inputs: list[str], name: str, domain: str = "", **attributes: Any) -> str:
        self.nodes.append(helper.make_node(op, inputs, [name], name=f"{name}/{op}", domain=domain, **attributes))
        return name

    def constant(self, name: str, value: Array) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def rounding(self, steps: Array) -> Array:
        """Weights in steps, -LIMIT to LIMIT, as whole numbers."""
        whole = np.rint(steps) if self.dice is None else np.floor(steps + self.dice.random(steps.shape))
        return np.clip(whole, -LIMIT, LIMIT)

    def linear(self, x: str, weight: Array, bias: Array, name: str) -> str:
        """x [T,K] · weightᵀ [K,N] + bias [N], T = B·S; weight comes as torch keeps it, [N,K]."""
        if not self.quantised:
            product = self.add("MatMul", [x, self.constant(f"{name}.w", weight.T)], f"{name}.matmul")
        else:
            scale = np.maximum(np.abs(weight).max(axis=1), 1e-12) / LIMIT  # one a column
            packed = self.constant(f"{name}.w", self.rounding(weight / scale[:, None]).astype(np.int8).T)
            rows, unit = self.rows(x)
            columns = self.constant(f"{name}.scale", scale.astype(np.float32))
            whole = self.add("MatMulIntegerToFloat", [rows, packed, "one.f", columns, "middle"], f"{name}.matmul", MS)
            product = self.add("Mul", [whole, unit], f"{name}.scaled")
        return self.add("Add", [self.with_added(product, x, name), self.constant(f"{name}.b", bias)], name)

    def with_added(self, product: str, x: str, name: str, out: str | None = None) -> str:
        """product [T,N] + x [T,K]·A·B for a matrix that something is added to; kept in 16 bits. ``out``: what the sum is called."""
        if f"{name}.down" not in self.added:
            return product
        low = self.add("MatMul", [x, self.half(f"{name}.down")], f"{name}.low")  # [T,R]
        return self.add("Add", [product, self.add("MatMul", [low, self.half(f"{name}.up")], f"{name}.more")], out or f"{name}.added")

    def half(self, name: str) -> str:
        """A constant kept in 16 bits and used in 32."""
        return self.add("Cast", [self.constant(f"{name}.16", self.added[name].astype(np.float16))], name, to=TensorProto.FLOAT)

    def rows(self, x: str) -> tuple[str, str]:
        """x [T,K] in eight bits around 128, and its scales [T,1]: one a token. Made once for all that read x."""
        if x not in self.rounded:
            self.rounded.add(x)
            peak = self.add("ReduceMax", [self.add("Abs", [x], f"{x}.abs"), "last"], f"{x}.peak", keepdims=0)
            scale = self.add("Mul", [peak, "step"], f"{x}.step")  # [T]
            self.add("Unsqueeze", [scale, "last"], f"{x}.unit")
            self.add("QuantizeLinear", [x, scale, "middles"], f"{x}.rows", axis=0)
        return f"{x}.rows", f"{x}.unit"

    def norm(self, x: str, gamma: Array, beta: Array, name: str) -> str:
        scale, shift = self.constant(f"{name}.gamma", gamma), self.constant(f"{name}.beta", beta)
        return self.add("LayerNormalization", [x, scale, shift], name, axis=-1, epsilon=EPSILON)


def block(g: Graph, x: str, w: dict[str, Array], layer: int, seen: tuple[str, ...] = ("mask",)) -> str:
    """One transformer block: x [T,H] → [T,H]. ``seen``: the mask over tokens, or "" and what is added to the scores [1,1,S,S]."""
    at = f"encoder.layer.{layer}."

    def linear(source: str, part: str) -> str:
        return g.linear(source, w[f"{at}{part}.weight"], w[f"{at}{part}.bias"], f"l{layer}.{part}")

    def norm(source: str, part: str) -> str:
        return g.norm(source, w[f"{at}{part}.LayerNorm.weight"], w[f"{at}{part}.LayerNorm.bias"], f"l{layer}.{part}.norm")

    def texts(source: str) -> str:
        return g.add("Reshape", [source, "by.text"], f"{source}.by_text")  # [B,S,H]

    q, k, v = (texts(linear(x, f"attention.self.{name}")) for name in ("query", "key", "value"))
    mixed = g.add("MultiHeadAttention", [q, k, v, "", *seen], f"l{layer}.heads", MS, num_heads=HEADS)
    mixed = g.add("Reshape", [mixed, "by.token"], f"l{layer}.mixed")  # [T,H]
    x = norm(g.add("Add", [linear(mixed, "attention.output.dense"), x], f"l{layer}.sum1"), "attention.output")
    wide = g.add("Gelu", [linear(x, "intermediate.dense")], f"l{layer}.gelu", MS)  # [T,4H]
    return norm(g.add("Add", [linear(wide, "output.dense"), x], f"l{layer}.sum2"), "output")


def ready(g: Graph) -> None:
    """The constants and shapes that the blocks share."""
    for name, value in (("first", [0]), ("second", [1]), ("third", [2]), ("last", [-1]), ("hidden", [HIDDEN]), ("by.token", [-1, HIDDEN])):
        g.constant(name, np.array(value, np.int64))
    g.add("Shape", ["mask"], "shape")
    g.add("Slice", ["shape", "second", "third"], "length")
    g.add("Concat", ["shape", "hidden"], "by.text", axis=0)
    if g.quantised:
        g.constant("step", np.array(1 / 127, np.float32))
        g.constant("one.f", np.array(1, np.float32))
        g.constant("middle", np.array(128, np.uint8))
        g.add("Unsqueeze", [g.add("Size", ["mask"], "count"), "first"], "count.1d")
        g.add("Expand", ["middle", "count.1d"], "middles")  # [T]


def embedded(g: Graph, w: dict[str, Array], types: bool) -> str:
    """The words with their places and segments, normalised: [T,H]. ``types``: segments are an input; otherwise all are the first."""
    places, kinds = w["embeddings.position_embeddings.weight"], w["embeddings.token_type_embeddings.weight"]
    place = g.add("Slice", [g.constant("places", places + (0 if types else kinds[0])), "first", "length"], "place")  # [S,H]
    x = g.add("Add", ["words", place], "embedded")  # [B,S,H]
    if types:
        x = g.add("Add", [x, g.add("Gather", [g.constant("kinds", kinds), "types"], "kind")], "embedded.kind")
    x = g.add("Reshape", [x, "by.token"], "embedded.flat")
    return g.norm(x, w["embeddings.LayerNorm.weight"], w["embeddings.LayerNorm.bias"], "embedded.norm")


def model(g: Graph, name: str, inputs: list[Any], outputs: list[Any]) -> onnx.ModelProto:
    graph = helper.make_graph(g.nodes, name, inputs, outputs, g.constants)
    opsets = [helper.make_opsetid("", 21), helper.make_opsetid(MS, 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=10, producer_name="greenroom training/graph.py")


def words_input() -> Any:
    return helper.make_tensor_value_info("words", TensorProto.FLOAT, ["B", "S", HIDDEN])


def mask_input() -> Any:
    return helper.make_tensor_value_info("mask", TensorProto.INT32, ["B", "S"])


def write_words(path: Path, table: Array) -> None:
    """The word embeddings, one scale a word: ``words`` int8 (vocabulary, H) and ``scale`` float32 (vocabulary, 1). The same bytes each
    time."""
    scale = np.abs(table).max(axis=1, keepdims=True) / 127
    arrays = {"scale": scale.astype(np.float32), "words": np.rint(table / np.maximum(scale, 1e-12)).astype(np.int8)}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, array in arrays.items():
            held = io.BytesIO()
            np.save(held, array, allow_pickle=False)
            entry = zipfile.ZipInfo(f"{name}.npy")  # with a fixed date: no time in the file
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, held.getvalue())
