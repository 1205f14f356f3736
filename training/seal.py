"""Write src/greenroom/weights/SHA256SUMS: the list that the program checks when it loads the weights. Run by the fits after they write.

python training/seal.py
"""

from __future__ import annotations

import hashlib
from pathlib import Path

WEIGHTS = Path(__file__).parent.parent / "src/greenroom/weights"
FILES = (
    "coefficients.json", "communication.json", "encoder.onnx", "flagger.onnx", "marker.onnx", "points.onnx", "reader.onnx",
    "tokenizer.json", "words.npz",
)  # fmt: skip


def seal(folder: Path = WEIGHTS) -> None:
    lines = [f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}" for name in FILES]
    (folder / "SHA256SUMS").write_text("\n".join(lines) + "\n", encoding="ascii")


if __name__ == "__main__":
    seal()
