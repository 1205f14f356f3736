"""Train the one network (``network.py``), a stage at a time.

    python training/fit_network.py OUT --stage pairs                   entailment, graded answers, statements (``pairs.py``), one pass
    python training/fit_network.py OUT --stage answers --start FILE    the labelled answers of train, and packs, with some of the pairs

AdamW, warm-up and linear decay; batches by tokens, of similar length; bfloat16. The loss of a claim is −log of the share of probability
that its label allows, a quarter of the cross-entropy of where its quote begins and ends, and half of that of its mark. Figures on dev
are printed after every pass.
OUT gets the weights; OUT.part, written every few hundred steps, is where a training that was cut off goes on.
"""

from __future__ import annotations

import argparse
import math
import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import small
import torch
from backbones import LAYERS, tensors, tokenizer_json
from corpus import Answer, kappa, read_split
from measures import pearson
from network import NO_SPAN, Batch, Network, Said, batch_of
from pairs import Pair, inferences, training_pairs
from planned import brief_samples, planned_samples
from planned import small_samples as planned_small
from remarks import UNCLEAR, ask_samples, manner_samples, story_samples
from reworded import reword
from rows import ANY, HELD, Claim, Row, Sample, make_row, model_samples, pack_samples, phrased_samples, samples_of, triple_samples, whole
from spoilt import spoilt
from tokenizers import Tokenizer
from torch.nn import functional

from greenroom.assess.reader import LABELS

SEED, TOKENS, RATE, HEAD_RATE, WARM, QUOTE, MARK, KEPT_EVERY = 7, 2600, 2e-4, 5e-4, 0.08, 0.25, 0.5, 500
SURE = 0.7
MOST_CLAIMS, DEV_PAIRS, SMALL_TIMES = 12, 2000, 2
CREDIT = np.array([1.0, 0.5, 0.0, -0.35, 0.0])
"""What a label adds to the mark that is printed; a figure to compare trainings by, not the score of the product."""


def load_tokenizer() -> Tokenizer:
    tokenizer = Tokenizer.from_str(tokenizer_json().decode())
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def pair_rows(tokenizer: Tokenizer, pairs: Iterable[Pair]) -> list[Row]:
    """A row a passage with what is held against it."""
    held = defaultdict[str, list[Claim]](list)
    for pair in pairs:
        held[pair.passage].append(Claim(pair.statement, "point", (*pair.mask, 0.0), mark=pair.cover))
    found = [make_row(tokenizer, Sample("", "", text, tuple(claims[:MOST_CLAIMS]))) for text, claims in held.items()]
    random.Random(SEED).shuffle(found)
    return found


def small_samples(split: Literal["train", "dev"]) -> list[Sample]:
    """Stories, questions to ask, and how an answer is put."""
    return [
        *story_samples(small.read("stories", split)), *ask_samples(small.read("asks", split)), *manner_samples(small.read("manner", split)),
    ]  # fmt: skip


def cut(rows: Sequence[Row], tokens: float) -> list[Row]:
    """The first of them that ``tokens`` hold."""
    held = np.cumsum([len(row.ids) for row in rows])
    return list(rows[: int(np.searchsorted(held, tokens, "right"))])


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
    if (known := ~batch.mark.isnan()).any():
        loss = loss + MARK * functional.binary_cross_entropy_with_logits(said.mark[known], batch.mark[known])
    return loss


def train(network: Network, plan: Sequence[Sequence[Sequence[Row]]], rate: float, after: Callable[[], None], part: Path) -> None:
    """``plan``: the batches of each pass. Goes on at ``part`` where that is there."""
    steps = sum(map(len, plan))
    trunk = [p for name, p in network.named_parameters() if p.requires_grad and name.startswith(("layers", "norm", "places", "kinds"))]
    heads = [p for name, p in network.named_parameters() if p.requires_grad and not any(p is each for each in trunk)]
    rates = [{"params": trunk, "lr": rate}, {"params": heads, "lr": HEAD_RATE}]
    optimiser = torch.optim.AdamW(rates, weight_decay=0.01, fused=True)
    slope = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda n: min((n + 1) / (WARM * steps), max(0.02, 1 - n / steps)))
    step, done, begun = 0, 0, time.monotonic()
    if part.exists():
        held = torch.load(part)
        network.load_state_dict(held["network"])
        optimiser.load_state_dict(held["optimiser"])
        slope.load_state_dict(held["slope"])
        done = held["step"]
    for each in plan:
        network.train()
        for members in each:
            step += 1
            if step <= done:
                continue
            batch = batch_of(members)
            with torch.autocast("cpu", dtype=torch.bfloat16):
                said = network(batch)
            loss = loss_of(said, batch)
            loss.backward()
            torch.nn.utils.clip_grad_norm_([*trunk, *heads], 1.0)
            optimiser.step()
            slope.step()
            optimiser.zero_grad()
            if step % 50 == 0:
                print(f"{step} of {steps}, loss {loss.item():.3f}, {time.monotonic() - begun:.0f} s", flush=True)
            if step % KEPT_EVERY == 0:
                states = {"network": network, "optimiser": optimiser, "slope": slope}
                torch.save({"step": step} | {name: state.state_dict() for name, state in states.items()}, part)
        if step > done:
            after()


def read(network: Network, rows: Sequence[Row]) -> Iterator[tuple[Row, Any, Any]]:
    """Each row with the probabilities of its claims, [claims, 5], and their marks [claims]."""
    network.eval()
    for members in batches(rows):
        batch = batch_of(members)
        with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
            said = network(batch)
        shares, marks = torch.softmax(said.labels, -1).numpy(), torch.sigmoid(said.mark).numpy()
        for n, row in enumerate(members):
            at = batch.row.numpy() == n
            yield row, shares[at], marks[at]


def measure(network: Network, rows: Sequence[Row], answers: Sequence[Answer]) -> None:
    """Verdicts, what contradicts, what is not asserted, misconceptions, and the mark: as ``benchmarks/natural.py``, without the product."""
    answer_of = {id(row): answer for row, answer in zip(rows, answers, strict=True)}
    want, given, sure, middling = list[str](), list[str](), list[float](), list[bool]()
    held, marks = list[tuple[bool, float]](), list[tuple[float, float]]()
    for row, found, _ in read(network, rows):
        answer, credit = answer_of[id(row)], list[float]()
        for claim, shares in zip(row.claims, found, strict=True):
            if claim.allowed == ANY:
                continue
            if claim.job == "misconception":
                held.append((claim.allowed[0] == 1, float(shares[0])))
            else:
                want.append(LABELS[int(np.argmax(claim.allowed))])
                given.append(LABELS[int(shares.argmax())])
                sure.append(float(shares.max()))
                middling.append(answer.kind == "middling")
                credit.append(float(shares @ CREDIT))
        marks.append((answer.label.overall, float(np.mean(credit))))
    same = np.array([_shown(a) == _shown(b) for a, b in zip(want, given, strict=True)])
    shown = np.array(sure) >= SURE
    wrong = [g == "wrong" for w, g in zip(want, given, strict=True) if w == "wrong"]
    said = [w == "wrong" for w, g in zip(want, given, strict=True) if g == "wrong"]
    credited = {name: np.mean([g in ("hit", "partial") for w, g in zip(want, given, strict=True) if w == name]) for name in LABELS[3:]}
    flagged = [true for true, share in held if share > 0.5]
    print(
        f"verdicts {same.mean():.3f}, κ {kappa(list(map(_shown, want)), list(map(_shown, given))):.3f}, "
        f"middling {same[np.array(middling)].mean():.3f}; marks r {pearson(*zip(*marks, strict=True)):.3f}; "
        f"wrong: precision {np.mean(said or [False]):.3f}, recall {np.mean(wrong):.3f}; credited: "
        + ", ".join(f"{name} {share:.3f}" for name, share in credited.items())
        + f"; sure {shown.mean():.3f}, of those right {same[shown].mean():.3f}; "
        f"misconceptions: precision {np.mean(flagged or [False]):.3f}, recall {sum(flagged) / sum(true for true, _ in held):.3f}",
        flush=True,
    )


def measure_pairs(network: Network, rows: Sequence[Row]) -> None:
    """How often the likeliest of the four labels is one that the pair allows; always saying one of them is printed beside it."""
    found = [(row.claims[0].allowed[:4], given[0, :4]) for row, given, _ in read(network, rows)]
    allowed, given = (np.array(each) for each in zip(*found, strict=True))
    right = allowed[np.arange(len(given)), given.argmax(1)] > 0.5  # allowed, more than not
    print(f"pairs held out: {right.mean():.3f} of {len(right)}; one label for all {(allowed > 0.5).mean(0).max():.3f}", flush=True)


def measure_small(network: Network, tokenizer: Tokenizer) -> None:
    """Of stories κ over their parts; of each remark how many hold, and precision and recall where the network is sure."""
    said, verdicts = defaultdict[str, list[tuple[bool, float]]](list), list[tuple[str, str]]()
    for row, found, _ in read(network, [make_row(tokenizer, sample) for sample in small_samples("dev")]):
        for claim, shares in zip(row.claims, found, strict=True):
            if claim.job == "point":
                verdicts.append((LABELS[int(np.argmax(claim.allowed))], LABELS[int(shares.argmax())]))
            elif claim.allowed != UNCLEAR:
                said[claim.text].append((claim.allowed == HELD, float(shares[0])))
    print(f"stories: κ {kappa(*map(list, zip(*[tuple(map(_shown, each)) for each in verdicts], strict=True))):.3f}", flush=True)
    for text, pairs in said.items():
        sides = []
        for side in (True, False):
            right = [held == side for held, share in pairs if (share > SURE if side else share < 1 - SURE)]
            all_ = sum(held == side for held, _ in pairs)
            sides.append(f"{'holds' if side else 'does not'} {all_}: said {len(right)}, right {sum(right)}")
        print(f"  {'; '.join(sides)}: {text}", flush=True)


def measure_marks(network: Network, tokenizer: Tokenizer) -> None:
    """Marks against bare references: Pearson on packs of other fields; triples in order (right, half right, wrong)."""
    packs, triples = list(pack_samples(small.read("packs", "dev"))), list(triple_samples(small.read("triples", "dev")))
    rows = [make_row(tokenizer, sample) for sample in (*packs, *triples)]
    given = {id(row): float(marks[-1]) for row, _, marks in read(network, rows)}
    want, marks = [sample.claims[-1].mark for sample in packs], [given[id(row)] for row in rows]
    threes = np.array(marks[len(packs) :]).reshape(-1, 3)
    ordered = ((threes[:, 0] > threes[:, 1]) & (threes[:, 1] > threes[:, 2])).mean()
    r = pearson(want, marks[: len(packs)])
    print(f"marks of packs: r {r:.3f} of {len(want)}; triples in order {ordered:.3f} of {len(threes)}", flush=True)


def _shown(label: str) -> str:
    return "missed" if label == "not asserted" else label


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--stage", choices=("pairs", "answers"), required=True)
    parser.add_argument("--start", type=Path)
    parser.add_argument("--backbone", choices=tuple(LAYERS), default="bge")
    parser.add_argument("--passes", type=float, default=2, help="over the answers; of the last one a share")
    parser.add_argument("--drop", type=float, default=0.1, help="dropout while answers are learnt")
    parser.add_argument("--rate", type=float, default=RATE, help="of the trunk")
    parser.add_argument("--replay", type=float, default=0.25, help="tokens of pairs beside those of answers")
    parser.add_argument("--few", type=int, help="a trial with so many rows")
    given = parser.parse_args()
    torch.manual_seed(SEED)
    tokenizer = load_tokenizer()
    network = Network(tensors(given.backbone), LAYERS[given.backbone], 0.0 if given.stage == "pairs" else given.drop)
    if given.start:
        network.load_state_dict(torch.load(given.start))
    dev = read_split("dev")[: given.few]
    dev_rows = [make_row(tokenizer, sample) for sample in samples_of(dev)]
    dev_pairs = pair_rows(tokenizer, random.Random(SEED).sample(list(inferences(dev=True)), DEV_PAIRS))[: given.few]
    pairs, rng = pair_rows(tokenizer, training_pairs(SEED))[: given.few], random.Random(SEED)
    if given.stage == "pairs":
        plan = [batches(pairs, rng)]
    else:
        labelled = [*samples_of(read_split("train")), *pack_samples(small.read("packs", "train"))]
        samples = [*labelled, *model_samples(), *phrased_samples(rng), *brief_samples(), *planned_samples()][: given.few]
        others = [*small_samples("train"), *triple_samples(small.read("triples", "train"))] * SMALL_TIMES + list(planned_small())
        plan = []
        for done in range(math.ceil(given.passes)):
            some = rng.sample(samples, round(min(1.0, given.passes - done) * len(samples)))
            worded = [reword(sample, rng) for sample in (*some, *spoilt(some, rng))]
            rows = [row for row in (make_row(tokenizer, sample) for sample in (*worded, *others)) if whole(row)]
            share = given.replay * sum(len(row.ids) for row in rows)
            plan.append(batches([*rows, *cut(rng.sample(pairs, len(pairs)), share)], rng))
    print(f"{sum(map(len, plan))} batches, {sum(len(row.ids) for each in plan for batch in each for row in batch)} tokens", flush=True)
    given.out.parent.mkdir(parents=True, exist_ok=True)

    def after() -> None:
        measure_pairs(network, dev_pairs)
        measure(network, dev_rows, dev)
        measure_small(network, tokenizer)
        measure_marks(network, tokenizer)

    train(network, plan, given.rate, after, given.out.with_suffix(".part"))
    torch.save(network.state_dict(), given.out)
    given.out.with_suffix(".part").unlink(missing_ok=True)


if __name__ == "__main__":
    main()
