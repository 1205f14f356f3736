"""Make the shipped reader: what ``fit_reader.py`` trained as an int8 ONNX file, and the figures that the parity test holds it to.

    python training/export_reader.py RUN [--out src/greenroom/weights] [--float] [--back]

RUN is the folder of ``fit_reader.py`` (reader.pt). The graph is that of ``graph.py``; then the first token through the pooler (tanh) and
the heads.
Also writes ``tests/llm/reader_parity.json``: some pairs with the logits of the trained model, run by torch in float32.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from backbones import LAYERS
from fit_reader import Reader, encode, load_tokenizer, tensor
from graph import Array, Graph, block, embedded, mask_input, model, ready, words_input
from labelled import CHECK, ROOT, questions
from onnx import TensorProto, helper, numpy_helper
from pairs import statements
from seal import seal

PARITY = ROOT / "tests/llm/reader_parity.json"
PAIRS = 120


def build(
    w: dict[str, Array], layers: int, quantised: bool, seed: int | None = None, added: Mapping[str, Array] | None = None
) -> onnx.ModelProto:
    """words [B,S,H], types [B,S] int64 (0 = statement, 1 = passage), mask [B,S] int32 → logits [B,5]: makes, partly, not, contradicts,
    cover. ``added``: see ``Graph``."""
    g = Graph(quantised, None if seed is None else np.random.default_rng(seed), added)
    ready(g)
    x = embedded(g, w, types=True)
    for layer in range(layers):
        x = block(g, x, w, layer)
    text = g.add("Reshape", [x, "by.text"], "tokens")  # [B,S,H]
    head = g.add("Squeeze", [g.add("Gather", [text, "first"], "heads", axis=1), "second"], "head")  # [B,H]
    last = g.add("Tanh", [_exact(g, head, (w["pooler.dense.weight"], w["pooler.dense.bias"]), "pooler", "pooled")], "last.state")
    _exact(g, last, (w["heads.weight"], w["heads.bias"]), "heads", "logits")
    types = helper.make_tensor_value_info("types", TensorProto.INT64, ["B", "S"])
    logits = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["B", 5])
    return model(g, "greenroom reader", [words_input(), types, mask_input()], [logits])


def _exact(g: Graph, x: str, matrix: tuple[Array, Array], name: str, out: str) -> str:
    """x [B,K] · weightᵀ + bias in float32: the two small matrices at the end are not rounded."""
    more = f"{name}.down" in g.added
    made = [x, g.constant(f"{name}.w", matrix[0]), g.constant(f"{name}.b", matrix[1])]
    return g.with_added(g.add("Gemm", made, f"{out}.bare" if more else out, transB=1), x, name, out)


def shipped(folder: Path) -> dict[str, Any]:
    """The state of ``fit_reader.Reader`` from reader.onnx and words.npz, less what eight bits lost: where a second stage can start."""
    held = {tensor.name: numpy_helper.to_array(tensor) for tensor in onnx.load(folder / "reader.onnx").graph.initializer}
    with np.load(folder / "words.npz") as words:
        found = {"body.embeddings.word_embeddings.weight": words["words"] * words["scale"]}
    found["body.embeddings.position_embeddings.weight"] = held["places"]
    found["body.embeddings.token_type_embeddings.weight"] = held["kinds"]
    for ours, theirs in (("pooler", "body.pooler.dense"), ("heads", "heads")):
        found |= {f"{theirs}.weight": held[f"{ours}.w"], f"{theirs}.bias": held[f"{ours}.b"]}
    for name, value in held.items():
        layer, _, part = name.partition(".")
        at = f"body.encoder.layer.{layer[1:]}." if layer[1:].isdigit() else "body.embeddings."
        if name.endswith(".scale"):
            base = part.removesuffix(".scale")
            found[f"{at}{base}.weight"] = (held[f"{layer}.{base}.w"] * value).T
            found[f"{at}{base}.bias"] = held[f"{layer}.{base}.b"]
        elif name.endswith((".gamma", ".beta")):
            base = part.rsplit(".", 1)[0].removesuffix("norm").rstrip(".")
            kind = "weight" if name.endswith(".gamma") else "bias"
            found[f"{at}{base}.LayerNorm.{kind}" if base else f"{at}LayerNorm.{kind}"] = value
    return {name: torch.tensor(np.ascontiguousarray(value)) for name, value in found.items()}


def parity(trained: Any) -> list[dict[str, Any]]:
    """Pairs of the check topics with the trained model's logits, one pair at a time: no padding."""
    asked = [question for question in questions().values() if question.topic in CHECK]
    found = [(p.passage, p.statement) for p in statements(asked, random.Random(0), hypotheses=1)]
    some, rows = random.Random(1).sample(found, PAIRS), []
    tokenizer = load_tokenizer()
    with torch.inference_mode():
        for passage, statement in some:
            logits = trained(*tensor(encode(tokenizer, [(passage, statement)]), [0]))[0]
            rows.append({"passage": passage, "statement": statement, "logits": [round(float(value), 4) for value in logits]})
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("--back", action="store_true", help="the other way: write RUN/reader.pt from the shipped files")
    parser.add_argument("--backbone", default="marco")
    parser.add_argument("--words", default="minilm")
    parser.add_argument("--out", type=Path, default=ROOT / "src/greenroom/weights")
    parser.add_argument("--dice", type=int, default=None, metavar="SEED", help="round by chance: after a stage that began with --back")
    parser.add_argument("--float", action="store_true", help="write float32: not for shipping")
    options = parser.parse_args()
    trained = Reader(options.backbone, options.words)
    if options.back:
        trained.load_state_dict(shipped(options.out))
        options.run.mkdir(parents=True, exist_ok=True)
        torch.save({"model": trained.state_dict()}, options.run / "reader.pt")
        return
    trained.load_state_dict(torch.load(options.run / "reader.pt", weights_only=True, map_location="cpu")["model"])
    trained.eval()
    tensors = {name.removeprefix("body."): value.detach().numpy() for name, value in trained.state_dict().items()}
    path = options.out / "reader.onnx"
    path.write_bytes(build(tensors, LAYERS[options.backbone], not options.float, options.dice).SerializeToString(deterministic=True))
    if options.out == ROOT / "src/greenroom/weights":
        seal()
    print(hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_size, path)
    if not options.float:
        PARITY.write_text(json.dumps(parity(trained), indent=0, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
