"""Count which word classes follow which in the bank's own sentences, for the assessor's order check.

    python training/fit_order.py

Reads src/greenroom/packs/core, writes src/greenroom/weights/order.json. Deterministic. Prints how well sentences of the check topics (every
third topic, not counted from) are told from the same words shuffled.
"""

from __future__ import annotations

import collections
import itertools
import json
import math
import random
from pathlib import Path

import yaml
from seal import seal

from greenroom.llm.words import Order, classes

ROOT = Path(__file__).parent.parent
PACK = ROOT / "src/greenroom/packs/core"
OUT = ROOT / "src/greenroom/weights/order.json"
SMOOTHING = 0.5


def sentences(path: Path) -> list[str]:
    """Running text of one question: phrasings, reasons, corrections, model answers."""
    question = yaml.safe_load(path.read_text(encoding="utf-8"))
    texts = [question["listens_for"], *question["model_answers"].values()]
    for point in question["key_points"]:
        texts += [*point["says"], point["point"], point["because"]]
    for wrong in question["misconceptions"]:
        texts += [*wrong["says"], wrong["claim"], wrong["correction"]]
    return texts + [follow["ask"] for follow in question["follow_ups"]]


def count(texts: list[str]) -> tuple[dict[str, float], float]:
    """Log ratios of the pairs that were seen, and the ratio for one that was not."""
    single: collections.Counter[str] = collections.Counter()
    double: collections.Counter[tuple[str, str]] = collections.Counter()
    for text in texts:
        line = classes(text)
        single.update(line)
        double.update(itertools.pairwise(line))
    total, pairs = sum(single.values()), sum(double.values())
    ratios = {}
    for left in single:
        for right in single:
            expected = single[left] * single[right] / total
            seen = double[left, right]
            ratio = math.log((seen + SMOOTHING) / (expected * pairs / total + SMOOTHING))
            if abs(ratio) > 0.3:
                ratios[f"{left} {right}"] = round(max(-2.0, min(2.0, ratio)), 2)
    return ratios, 0.0


def auc(high: list[float], low: list[float]) -> float:
    """Chance that a member of ``high`` stands above one of ``low``."""
    return sum((a > b) + 0.5 * (a == b) for a in high for b in low) / (len(high) * len(low))


def main() -> None:
    files = sorted(PACK.glob("*/*.yaml"))
    held = [text for path in files[::3] for text in sentences(path)]
    ratios, unseen = count([text for path in files if path not in files[::3] for text in sentences(path)])
    order, rng = Order(ratios, unseen), random.Random(0)
    for size in (8, 15, 30):
        real, mixed = [], []
        for text in held:
            line = classes(text)
            if len(line) >= size:
                real.append(order.mean(line[:size]))
                inner = line[1:size]
                rng.shuffle(inner)
                mixed.append(order.mean([".", *inner]))
        print(f"{size} words: AUC of order against shuffle {auc(real[:400], mixed[:400]):.3f} (n={min(400, len(real))})")
    ratios, unseen = count([text for path in files for text in sentences(path)])
    OUT.write_text(json.dumps({"unseen": unseen, "pairs": ratios}, sort_keys=True, separators=(",", ":")) + "\n", encoding="utf-8")
    seal()
    print(f"{OUT.name}: {len(ratios)} pairs, {OUT.stat().st_size} bytes")


if __name__ == "__main__":
    main()
