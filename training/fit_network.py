"""Train the one network (``network.py``), a stage at a time.

    python training/fit_network.py OUT --stage pairs [--minutes 90]    entailment, graded answers, statements (``pairs.py``)
    python training/fit_network.py OUT --stage answers --start FILE    the labelled answers of train, and packs

One pass for *pairs*, cut to what ``--minutes`` hold; ``--passes`` for *answers*. AdamW, warm-up and linear decay; batches by tokens, of
similar length; bfloat16. The loss of a claim is −log of the share of probability that its label allows, and a quarter of the cross-entropy
of where its quote begins and ends. Figures on dev are printed after every pass; OUT gets the weights.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import small
import torch
from backbones import LAYERS, tensors, tokenizer_json
from corpus import Answer, kappa, read_split
from measures import pearson
from network import NO_SPAN, Batch, Network, Said, batch_of
from pairs import training_pairs
from rows import LABELS, Claim, Row, make_row, pack_rows, rows_of
from tokenizers import Tokenizer
from torch.nn import functional

SEED, TOKENS, RATE, HEAD_RATE, WARM, QUOTE = 7, 2600, 1e-4, 5e-4, 0.08, 0.25
TOKENS_A_SECOND = 2200
"""On two cores, with ``MALLOC_MMAP_THRESHOLD_`` and ``MALLOC_TRIM_THRESHOLD_`` so high that large tensors are not given back each step."""
MOST_CLAIMS = 12
CREDIT = np.array([1.0, 0.5, 0.0, -0.35, 0.0])
"""What a label adds to the mark that is printed; a figure to compare trainings by, not the score of the product."""


def load_tokenizer() -> Tokenizer:
    tokenizer = Tokenizer.from_str(tokenizer_json().decode())
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def pair_rows(tokenizer: Tokenizer, minutes: float) -> list[Row]:
    """A row a passage with what is held against it."""
    held = defaultdict[str, list[Claim]](list)
    for pair in training_pairs(SEED):
        held[pair.passage].append(Claim(pair.statement, "point", (*pair.mask, 0.0)))
    found = [make_row(tokenizer, "", text, claims[:MOST_CLAIMS]) for text, claims in held.items()]
    random.Random(SEED).shuffle(found)
    room, kept = minutes * 60 * TOKENS_A_SECOND, list[Row]()
    for row in found:
        room -= len(row.ids)
        if room < 0:
            break
        kept.append(row)
    return kept


def batches(rows: Sequence[Row], rng: random.Random | None = None) -> list[list[Row]]:
    """Of similar length, at most ``TOKENS`` with padding; shuffled by ``rng``."""
    found, batch = list[list[Row]](), list[Row]()
    for row in sorted(rows, key=lambda row: len(row.ids) + (rng.random() * 40 if rng else 0)):
        if batch and (len(batch) + 1) * len(row.ids) > TOKENS:
            found.append(batch)
            batch = []
        batch.append(row)
    found += [batch] if batch else []
    if rng:
        rng.shuffle(found)
    return found


def loss_of(said: Said, batch: Batch) -> Any:
    allowed = (torch.softmax(said.labels, -1) * batch.allowed).sum(-1).clamp_min(1e-6)
    loss = -allowed.log().mean()
    if (batch.start != NO_SPAN).any():
        ends = zip((said.start, said.end), (batch.start, batch.end), strict=True)
        loss = loss + QUOTE * sum(functional.cross_entropy(logits, place, ignore_index=NO_SPAN) for logits, place in ends)
    return loss


def train(network: Network, rows: Sequence[Row], passes: int, after: Callable[[], None]) -> None:
    rng = random.Random(SEED)
    plan = [batches(rows, rng) for _ in range(passes)]
    steps = sum(map(len, plan))
    trunk = [p for name, p in network.named_parameters() if p.requires_grad and name.startswith(("layers", "norm", "places", "kinds"))]
    heads = [p for name, p in network.named_parameters() if p.requires_grad and not any(p is each for each in trunk)]
    rates = [{"params": trunk, "lr": RATE}, {"params": heads, "lr": HEAD_RATE}]
    optimiser = torch.optim.AdamW(rates, weight_decay=0.01)
    slope = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda n: min((n + 1) / (WARM * steps), max(0.02, 1 - n / steps)))
    step, begun = 0, time.monotonic()
    for each in plan:
        network.train()
        for members in each:
            batch = batch_of(members)
            with torch.autocast("cpu", dtype=torch.bfloat16):
                said = network(batch)
            loss = loss_of(said, batch)
            loss.backward()
            torch.nn.utils.clip_grad_norm_([*trunk, *heads], 1.0)
            optimiser.step()
            slope.step()
            optimiser.zero_grad()
            step += 1
            if step % 50 == 0:
                print(f"{step} of {steps}, loss {loss.item():.3f}, {time.monotonic() - begun:.0f} s", flush=True)
        after()


def read(network: Network, rows: Sequence[Row]) -> Iterator[tuple[Row, Any]]:
    """Each row with the probabilities of its claims, [claims, 5]."""
    network.eval()
    for members in batches(rows):
        batch = batch_of(members)
        with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
            given = torch.softmax(network(batch).labels, -1).numpy()
        for n, row in enumerate(members):
            yield row, given[batch.row.numpy() == n]


def measure(network: Network, rows: Sequence[Row], answers: Sequence[Answer]) -> None:
    """Verdicts, what contradicts, what is not asserted, misconceptions, and the mark: as ``benchmarks/natural.py``, without the product."""
    answer_of = {id(row): answer for row, answer in zip(rows, answers, strict=True)}
    want, given, middling, held, marks = list[str](), list[str](), list[bool](), list[tuple[bool, float]](), list[tuple[float, float]]()
    for row, found in read(network, rows):
        answer, credit = answer_of[id(row)], list[float]()
        for claim, shares in zip(row.claims, found, strict=True):
            if claim.job == "misconception":
                held.append((claim.allowed[0] == 1, float(shares[0])))
            else:
                want.append(LABELS[int(np.argmax(claim.allowed))])
                given.append(LABELS[int(shares.argmax())])
                middling.append(answer.kind == "middling")
                credit.append(float(shares @ CREDIT))
        marks.append((answer.label.overall, float(np.mean(credit))))
    same = np.array([_shown(a) == _shown(b) for a, b in zip(want, given, strict=True)])
    wrong = [g == "wrong" for w, g in zip(want, given, strict=True) if w == "wrong"]
    said = [w == "wrong" for w, g in zip(want, given, strict=True) if g == "wrong"]
    credited = {name: np.mean([g in ("hit", "partial") for w, g in zip(want, given, strict=True) if w == name]) for name in LABELS[3:]}
    flagged = [true for true, share in held if share > 0.5]
    print(
        f"verdicts {same.mean():.3f}, κ {kappa(list(map(_shown, want)), list(map(_shown, given))):.3f}, "
        f"middling {same[np.array(middling)].mean():.3f}; marks r {pearson(*zip(*marks, strict=True)):.3f}; "
        f"wrong: precision {np.mean(said or [False]):.3f}, recall {np.mean(wrong):.3f}; credited: "
        + ", ".join(f"{name} {share:.3f}" for name, share in credited.items())
        + f"; misconceptions: precision {np.mean(flagged or [False]):.3f}, recall {sum(flagged) / sum(true for true, _ in held):.3f}",
        flush=True,
    )


def _shown(label: str) -> str:
    return "missed" if label == "not asserted" else label


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--stage", choices=("pairs", "answers"), required=True)
    parser.add_argument("--start", type=Path)
    parser.add_argument("--backbone", choices=tuple(LAYERS), default="marco")
    parser.add_argument("--minutes", type=float, default=90)
    parser.add_argument("--passes", type=int, default=3)
    parser.add_argument("--few", type=int, help="a trial with so many rows")
    given = parser.parse_args()
    torch.manual_seed(SEED)
    tokenizer = load_tokenizer()
    network = Network(tensors(given.backbone), LAYERS[given.backbone])
    if given.start:
        network.load_state_dict(torch.load(given.start))
    dev = read_split("dev")[: given.few]
    dev_rows = rows_of(tokenizer, dev)
    if given.stage == "pairs":
        rows = pair_rows(tokenizer, given.minutes)
    else:
        rows = [*rows_of(tokenizer, read_split("train")), *pack_rows(tokenizer, small.read("packs", "train"))]
    rows = rows[: given.few]
    print(f"{len(rows)} rows, {sum(len(row.claims) for row in rows)} claims, {sum(len(row.ids) for row in rows)} tokens", flush=True)
    train(network, rows, 1 if given.stage == "pairs" else given.passes, lambda: measure(network, dev_rows, dev))
    given.out.parent.mkdir(parents=True, exist_ok=True)
    torch.save(network.state_dict(), given.out)


if __name__ == "__main__":
    main()
