"""Make the shipped marker: what ``fit_marker.py`` trained, as an ONNX file that borrows the reader's matrices.

    python training/export_marker.py RUN [--out src/greenroom/weights]

RUN is the folder of ``fit_marker.py`` (marker.npz). ``marker.onnx`` holds the graph and the additions; each larger tensor that the reader
has too is named by its place in ``reader.onnx``, which has to lie beside it (ONNX's external data). So a second job costs its additions
and not another 21 MB. Also writes
``tests/llm/marker_parity.json``: authored pairs with the logit of the trained model, run by torch in float32.
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
from export_reader import build, shipped
from fit_marker import tokens_of, trained
from fit_reader import tensor
from labelled import ROOT
from onnx import TensorProto
from onnx.external_data_helper import set_external_data
from seal import seal

from greenroom.llm.encode import COVER

BORROWED = 1024
"""Bytes from which on a tensor is borrowed."""
PARITY = ROOT / "tests/llm/marker_parity.json"
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


def parity(run: Path) -> list[dict[str, Any]]:
    """Authored answers kept aside, with the trained model's logit of the mark, one pair at a time: no padding."""
    lines = [line for name in ("computing", "natural") for line in (ROOT / f"training/graded_dev/{name}.jsonl").open(encoding="utf-8")]
    some, model, found = random.Random(1).sample([json.loads(line) for line in lines], PAIRS), trained(run / "marker.npz"), []
    with torch.inference_mode():
        for row in some:
            logits = model(*tensor(tokens_of([(row["answer"], row["reference"])]), [0]))[0]
            found.append(
                {"passage": row["answer"], "statement": row["reference"], "mark": row["score"], "logit": round(float(logits[COVER]), 4)}
            )
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("--out", type=Path, default=ROOT / "src/greenroom/weights")
    options = parser.parse_args()
    with np.load(options.run / "marker.npz") as held:
        added = dict(held)
    tensors = {name.removeprefix("body."): value.numpy() for name, value in shipped(options.out).items()}
    model = borrow(build(tensors, LAYERS["marco"], quantised=True, added=added), (options.out / "reader.onnx").read_bytes())
    path = options.out / "marker.onnx"
    path.write_bytes(model.SerializeToString(deterministic=True))
    if options.out == ROOT / "src/greenroom/weights":
        seal()
        PARITY.write_text(json.dumps(parity(options.run), indent=0, ensure_ascii=False) + "\n", encoding="utf-8")
    print(hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_size, path)


if __name__ == "__main__":
    main()
