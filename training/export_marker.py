"""Make the shipped marker: what ``fit_marker.py`` trained, as an ONNX file that borrows the reader's matrices.

    python training/export_marker.py RUN [--name flagger|points] [--share 0.6] [--out src/greenroom/weights]

RUN is the folder of ``fit_marker.py`` (marker.npz). ``marker.onnx`` holds the graph and the additions; each larger tensor that the reader
has too is named by its place in ``reader.onnx``, which has to lie beside it (ONNX's external data). So a second job costs its additions
and not another 21 MB. ``--share``: the additions are multiplied by it (points ship at 0.6: at full strength golden
answers fare worse; docs/log.md). Also writes
``tests/llm/NAME_parity.json``: authored pairs with the logit of the trained model, run by torch in float32.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from backbones import LAYERS
from claims import training_claims
from export_reader import build, shipped
from fit_marker import tokens_of, trained
from fit_reader import tensor
from labelled import ROOT
from onnx import TensorProto
from onnx.external_data_helper import set_external_data
from points import point_pairs
from seal import seal

from greenroom.llm.encode import COVER, MAKES

BORROWED = 1024
"""Bytes from which on a tensor is borrowed."""
PAIRS = 100


def borrow(model: onnx.ModelProto, reader: bytes, location: str = "reader.onnx") -> onnx.ModelProto:
    """Replaces the data of each tensor that stands in ``reader`` by its place there."""
    for each in model.graph.initializer:
        held = each.raw_data
        if len(held) >= BORROWED and (start := reader.find(held)) >= 0:
            set_external_data(each, location, offset=start, length=len(held))
            each.ClearField("raw_data")
            each.data_location = TensorProto.EXTERNAL
    return model


def additions(run: Path, share: float) -> dict[str, Any]:
    """What was trained, as arrays by name, at a share of its strength."""
    with np.load(run / "marker.npz") as held:
        return {name: (value * np.float32(share)).astype(value.dtype) if name.endswith(".up") else value for name, value in held.items()}


def parity(added: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """Authored pairs kept aside, with the trained model's logit of the mark (of *makes* too), one pair at a time: no padding."""
    if name == "points":
        rows = [(pair.passage, pair.statement, pair.cover) for pair in point_pairs(1, check=True)]
    elif name == "flagger":
        rows = [(mark.answer, mark.reference, mark.mark) for mark in training_claims(1, check=True)]
    else:
        files = [ROOT / f"training/graded_dev/{each}.jsonl" for each in ("computing", "natural")]
        graded = [json.loads(line) for file in files for line in file.open(encoding="utf-8")]
        rows = [(row["answer"], row["reference"], row["score"]) for row in graded]
    model, found = trained(added), []
    with torch.inference_mode():
        for passage, statement, mark in random.Random(1).sample(rows, PAIRS):
            logits = model(*tensor(tokens_of([(passage, statement)]), [0]))[0]
            row = {"passage": passage, "statement": statement, "mark": mark, "logit": round(float(logits[COVER]), 4)}
            found.append(row | ({"makes": round(float(logits[:COVER].softmax(0)[MAKES]), 4)} if name == "points" else {}))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("--name", choices=("marker", "flagger", "points"), default="marker")
    parser.add_argument("--share", type=float, default=1.0)
    parser.add_argument("--out", type=Path, default=ROOT / "src/greenroom/weights")
    options = parser.parse_args()
    added = additions(options.run, options.share)
    tensors = {name.removeprefix("body."): value.numpy() for name, value in shipped(options.out).items()}
    model = borrow(build(tensors, LAYERS["marco"], quantised=True, added=added), (options.out / "reader.onnx").read_bytes())
    path = options.out / f"{options.name}.onnx"
    path.write_bytes(model.SerializeToString(deterministic=True))
    if options.out == ROOT / "src/greenroom/weights":
        seal()
        made = ROOT / f"tests/llm/{options.name}_parity.json"
        made.write_text(json.dumps(parity(added, options.name), indent=0, ensure_ascii=False) + "\n", encoding="utf-8")
    print(hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_size, path)


if __name__ == "__main__":
    main()
