"""Make the shipped network: what ``fit_network.py`` trained as an int8 ONNX file, and the table of its words.

    python training/export_network.py WEIGHTS [--out src/greenroom/weights] [--backbone bge] [--float]

The graph reads one row (``greenroom.assess.reader``): words [S,H], places and kinds [S], bias [1,1,S,S] (0 where a token sees another, far
below 0 elsewhere), first [C] → points and held [C,5], the logits of a point's labels and of whether a misconception or remark holds; mark
[C,1], of how much of the claim the answer gives; start and end [C,S], of where the quote begins and ends.
"""

from __future__ import annotations

import argparse
import hashlib
import math
from pathlib import Path

import numpy as np
import onnx
import torch
from backbones import LAYERS, tensors
from corpus import ROOT
from graph import HIDDEN, Array, Graph, block, model, write_words
from network import Network
from onnx import TensorProto, helper


def named(network: Network) -> dict[str, Array]:
    """The weights by the names that ``graph.block`` knows."""
    held = {name: value.detach().numpy() for name, value in network.state_dict().items()}
    found = {name: value for name, value in held.items() if not name.startswith("layers")}
    for n in range(len(network.layers)):
        at, to = f"layers.{n}.", f"encoder.layer.{n}."
        for kind in ("weight", "bias"):
            parts = np.split(held[f"{at}seek.{kind}"], 3)
            found |= {f"{to}attention.self.{name}.{kind}": part for name, part in zip(("query", "key", "value"), parts, strict=True)}
            for ours, theirs in (
                ("out", "attention.output.dense"), ("up", "intermediate.dense"), ("down", "output.dense"),
                ("after_attention", "attention.output.LayerNorm"), ("after", "output.LayerNorm"),
            ):  # fmt: skip
                found[f"{to}{theirs}.{kind}"] = held[f"{at}{ours}.{kind}"]
    return found


def build(network: Network, quantised: bool) -> onnx.ModelProto:
    g, w = Graph(quantised), named(network)
    g.constant("last", np.array([-1], np.int64))
    g.constant("by.text", np.array([1, -1, HIDDEN], np.int64))
    g.constant("by.token", np.array([-1, HIDDEN], np.int64))
    if quantised:
        g.constant("step", np.array(1 / 127, np.float32))
        g.constant("one.f", np.array(1, np.float32))
        g.constant("middle", np.array(128, np.uint8))
        g.add("Expand", ["middle", g.add("Shape", ["places"], "size")], "middles")  # [S]
    place = g.add("Gather", [g.constant("places.table", w["places.weight"]), "places"], "place")
    kind = g.add("Gather", [g.constant("kinds.table", w["kinds.weight"]), "kinds"], "kind")
    x = g.norm(
        g.add("Add", [g.add("Add", ["words", place], "placed"), kind], "embedded"), w["norm.weight"], w["norm.bias"], "embedded.norm"
    )
    for layer in range(len(network.layers)):
        x = block(g, x, w, layer, ("", "bias"))
    heads = g.add("Gather", [x, "first"], "claims", axis=0)  # [C,H]
    pooled = g.add("Tanh", [_exact(g, heads, w, "pool.0", "pooling")], "pooled")
    for name in ("points", "held", "mark"):
        _exact(g, pooled, w, name, name)
    tokens = g.add("Transpose", [x], "tokens", perm=[1, 0])  # [H,S]
    for name in ("start", "end"):
        scale = g.constant(f"{name}.scale", np.array(1 / math.sqrt(HIDDEN), np.float32))
        sought = g.add("Mul", [_exact(g, heads, w, name, f"{name}.sought"), scale], f"{name}.scaled")
        g.add("MatMul", [sought, tokens], name)
    inputs = [
        helper.make_tensor_value_info(name, kind, shape)
        for name, kind, shape in (
            ("words", TensorProto.FLOAT, ["S", HIDDEN]), ("places", TensorProto.INT64, ["S"]), ("kinds", TensorProto.INT64, ["S"]),
            ("bias", TensorProto.FLOAT, [1, 1, "S", "S"]), ("first", TensorProto.INT64, ["C"]),
        )
    ]  # fmt: skip
    outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["C", 5]) for name in ("points", "held")]
    outputs.append(helper.make_tensor_value_info("mark", TensorProto.FLOAT, ["C", 1]))
    outputs += [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["C", "S"]) for name in ("start", "end")]
    return model(g, "greenroom reader", inputs, outputs)


def _exact(g: Graph, x: str, w: dict[str, Array], name: str, out: str) -> str:
    """x [C,H] · weightᵀ + bias in float32: the small matrices at the end are not rounded."""
    return g.add("Gemm", [x, g.constant(f"{name}.w", w[f"{name}.weight"]), g.constant(f"{name}.b", w[f"{name}.bias"])], out, transB=1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights", type=Path)
    parser.add_argument("--out", type=Path, default=ROOT / "src/greenroom/weights")
    parser.add_argument("--backbone", choices=tuple(LAYERS), default="bge")
    parser.add_argument("--float", action="store_true", help="write float32: not for shipping")
    given = parser.parse_args()
    network = Network(tensors(given.backbone), LAYERS[given.backbone])
    network.load_state_dict(torch.load(given.weights))
    network.eval()
    path = given.out / "claims.onnx"
    path.write_bytes(build(network, not given.float).SerializeToString(deterministic=True))
    write_words(given.out / "claims-words.npz", network.words.weight.numpy())
    print(hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_size, path)


if __name__ == "__main__":
    main()
