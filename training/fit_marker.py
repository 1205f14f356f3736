"""Train the marker: what the reader is given on top so that its *cover* is the mark a person would give (``greenroom grade``).

    python training/fit_marker.py OUT [--job claims|points] [--without NAME …] [--rank 8] [--passes 2]

The reader stays as it ships, in the eight bits that it ships in; each of its matrices W gets a low-rank addition A·B (LoRA, Hu et al.
2021, https://arxiv.org/abs/2106.09685), and only these are trained. So jobs that pull against
each other (docs/log.md, "Winning back grade") share 21 MB. What is learnt from: ``marks.py``. Seeds are fixed; not resumable: it takes
about twenty minutes on two cores.

``--job claims`` trains the same kind of addition on another job, *does this passage state this misconception?* (``claims.py``), and prints
precision and recall on the check topics, beside the bare reader's: the flagger (``export_marker.py RUN --name flagger``).
``--job points`` goes on with the reader's own job, all five outputs, on what it was seen to get wrong (``points.py``).

Writes OUT/marker.npz (float16: ``NAME.down`` [K,rank], ``NAME.up`` [rank,N] for each matrix NAME of the graph) and prints wRMSE and Pearson
on the rows of ``fit_plain.py``, none of which it learnt from.
"""

from __future__ import annotations

import argparse
import math
import random
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from claims import precisions, training_claims
from export_reader import shipped
from fit_plain import rows as kept_aside
from fit_plain import wrmse
from fit_reader import DEVICE, Reader, batches, loss_of, rate, tensor
from fit_reader import examine as examine_reader
from labelled import ROOT
from marks import SHARES, Mark, mark_of, training_marks
from measures import pearson
from pairs import nearest
from points import point_pairs
from tokenizers import Tokenizer
from torch import nn

from greenroom.llm.encode import COVER, MAKES
from greenroom.llm.reader import MARK_TOKENS

RATE, ALPHA = 8e-4, 16.0


class Lora(nn.Module):  # type: ignore[misc]  # torch is not installed where mypy runs
    """x [*,K] → x·Wᵀ + bias + x·A·B·ALPHA/rank; W and bias stay as they are."""

    def __init__(self, inner: Any, rank: int) -> None:
        super().__init__()
        self.inner = inner
        self.a = nn.Parameter(torch.randn(inner.in_features, rank) / math.sqrt(inner.in_features))
        self.b = nn.Parameter(torch.zeros(rank, inner.out_features))
        self.scale = ALPHA / rank

    def forward(self, x: Any) -> Any:
        return self.inner(x) + (x @ self.a) @ self.b * self.scale


def adapt(model: Reader, rank: int) -> dict[str, Lora]:
    """Puts an addition beside every matrix of the reader, in place; by their names in the graph of ``export_reader.py``."""
    for value in model.parameters():
        value.requires_grad_(False)
    found = {}
    for number, layer in enumerate(model.body.encoder.layer):
        for name in ("query", "key", "value"):
            found[f"l{number}.attention.self.{name}"] = _put(layer.attention.self, name, rank)
        found[f"l{number}.attention.output.dense"] = _put(layer.attention.output, "dense", rank)
        found[f"l{number}.intermediate.dense"] = _put(layer.intermediate, "dense", rank)
        found[f"l{number}.output.dense"] = _put(layer.output, "dense", rank)
    found["pooler"] = _put(model.body.pooler, "dense", rank)
    found["heads"] = _put(model, "heads", rank)
    return found


def untrained(rank: int) -> tuple[Reader, dict[str, Lora]]:
    """The reader as it ships, with additions that add nothing yet."""
    model = Reader("marco", "minilm")
    model.load_state_dict(shipped(ROOT / "src/greenroom/weights"))
    return model, adapt(model, rank)


def trained(held: Mapping[str, Any]) -> Reader:
    """The reader as it ships, with the additions of a marker.npz: in float32, for comparison."""
    model, added = untrained(held["heads.down"].shape[1])
    for name, one in added.items():
        one.a.data, one.b.data = (torch.tensor(held[f"{name}.{part}"].astype(np.float32)) for part in ("down", "up"))
        one.scale = 1.0
    model.eval()
    return model


def _put(place: Any, name: str, rank: int) -> Lora:
    made = Lora(getattr(place, name), rank)
    setattr(place, name, made)
    return made


def tokens_of(pairs: list[tuple[str, str]]) -> list[tuple[list[int], list[int]]]:
    tokenizer = Tokenizer.from_file(str(ROOT / "src/greenroom/weights/tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MARK_TOKENS, strategy="longest_first")
    return [(e.ids, e.type_ids) for e in tokenizer.encode_batch([(reference, answer) for answer, reference in pairs])]


def mark_loss(out: Any, some: Sequence[Mark], places: Sequence[int]) -> Any:
    """Cross-entropy of *cover* with the mark."""
    wanted, weight = (torch.tensor([float(some[place][at]) for place in places], device=DEVICE) for at in (2, 3))
    return (nn.functional.binary_cross_entropy_with_logits(out[:, COVER], wanted, reduction="none") * weight).mean()


def train(model: Reader, seed: int, passes: int, learnt_from: Callable[[int], Sequence[Any]], loss_: Callable[..., Any]) -> None:
    """``learnt_from``: examples by seed, passage and statement first; ``loss_``: of outputs, examples and the places of those read."""
    plan = []
    rng = random.Random(seed)
    for number in range(passes):
        some = learnt_from(seed + number)
        tokens = tokens_of(_pairs(some))
        plan += [(tokens, some, places) for places in batches(tokens, rng)]
    print(f"{sum(len(places) for _, _, places in plan)} examples, {len(plan)} steps", flush=True)
    learnt = [value for value in model.parameters() if value.requires_grad]
    optimiser = torch.optim.AdamW(learnt, lr=RATE, weight_decay=0.01, fused=True)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: rate(step + 1, len(plan)))
    began, running = time.time(), 0.0
    model.train()
    for step, (tokens, some, places) in enumerate(plan):
        with torch.autocast(DEVICE, dtype=torch.bfloat16):
            out = model(*tensor(tokens, places)).float()
        loss = loss_(out, some, places)
        loss.backward()
        nn.utils.clip_grad_norm_(learnt, 1.0)
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        schedule.step()
        running = loss.item() if step == 0 else 0.98 * running + 0.02 * loss.item()
        if (step + 1) % 50 == 0:
            print(f"step {step + 1}/{len(plan)} loss {running:.3f} {(time.time() - began) / (step + 1):.2f} s/step", flush=True)


def examine(model: Reader) -> None:
    """wRMSE and Pearson of the bare mark on each set's rows kept aside."""
    data = kept_aside()
    y, sets = np.array([mark_of(row) for row in data]), np.array([row["dataset"] for row in data])
    guess = read(model, [(row["answer"], nearest(row)) for row in data])[:, 1]
    for name in dict.fromkeys(sets):
        part = sets == name
        print(f"{name}: n={part.sum()} wRMSE {wrmse(y[part], guess[part]):.3f} Pearson {pearson(y[part], guess[part]):.3f}")


def read(model: Reader, pairs: list[tuple[str, str]]) -> Any:
    """*Makes* and *cover* of each pair, shape (len(pairs), 2)."""
    tokens, found = tokens_of(pairs), np.zeros((len(pairs), 2))
    model.eval()
    with torch.inference_mode(), torch.autocast(DEVICE, dtype=torch.bfloat16):
        for places in batches(tokens, random.Random(0)):
            out = model(*tensor(tokens, places)).float()
            found[places] = torch.stack([out[:, :COVER].softmax(1)[:, MAKES], out[:, COVER].sigmoid()], 1).cpu().numpy()
    return found


def examine_claims(model: Reader, bare: Reader) -> None:
    data = training_claims(1, check=True)
    for name, figures in (("bare reader, makes", read(bare, _pairs(data))[:, 0]), ("flagger", read(model, _pairs(data))[:, 1])):
        rows = precisions((mark.mark for mark in data), figures, (0.3, 0.5, 0.7, 0.8))
        print(name, " ".join(f">{bar}: {precision:.2f}/{recall:.2f}" for bar, precision, recall in rows))


def _pairs(some: Sequence[Any]) -> list[tuple[str, str]]:
    return [(one[0], one[1]) for one in some]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--job", choices=("marks", "claims", "points"), default="marks")
    parser.add_argument("--without", nargs="*", default=[], choices=tuple(SHARES), help="sets to leave out of the marks")
    parser.add_argument("--rank", type=int, default=8)
    parser.add_argument("--passes", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    torch.manual_seed(options.seed)
    options.out.mkdir(parents=True, exist_ok=True)
    model, added = untrained(options.rank)
    for one in added.values():
        one.inner.to(torch.bfloat16)  # what autocast would make of it at every step
    model.to(DEVICE)
    learnt_from: dict[str, Callable[[int], Sequence[Any]]] = {
        "marks": lambda seed: training_marks(seed, options.without), "claims": training_claims, "points": point_pairs,
    }  # fmt: skip
    train(model, options.seed, options.passes, learnt_from[options.job], loss_of if options.job == "points" else mark_loss)
    held = {f"{name}.down": one.a.detach().cpu().numpy() for name, one in added.items()}
    held |= {f"{name}.up": (one.b * one.scale).detach().cpu().numpy() for name, one in added.items()}
    np.savez(options.out / "marker.npz", **{name: value.astype(np.float16) for name, value in held.items()})
    if options.job == "claims":
        examine_claims(model, untrained(options.rank)[0].to(DEVICE))
    elif options.job == "points":
        print(examine_reader(model))
    else:
        examine(model)


if __name__ == "__main__":
    main()
