"""Train the reader: a cross-encoder that reads a statement and a passage together and says what the passage does with the statement.

    python training/fit_reader.py OUT [--start FOLDER …] [--stage NAME] [--backbone marco] [--words minilm] [--without NAME …] [--pairs N]

Five outputs from the first token: logits of *makes, partly, not, contradicts*, and of *cover* (how much of the statement is covered). One
pass over ``pairs.py``; AdamW, warm-up and linear decay; batches by number of tokens, of similar length. Seeds are fixed. Every
``SAVE`` steps the state goes to OUT/state.pt: the same command goes on from there. A GPU is used when there is one; on two cores the
shipped weights take an hour. The word embeddings are frozen: with ``--words minilm`` they are the sentence encoder's, so that both share
one table.

Printed at the end, on data kept out of training: accuracy on entailment by source, the check topics' statements, graded answers (Pearson of
*cover*, with and without the question), and junk made by rule from the check topics' points.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from backbones import body, tokenizer_json
from junk import SPOILS
from labelled import CHECK, questions
from late import Late
from measures import pearson
from pairs import (
    SETS,
    VERDICTS,
    Pair,
    company,
    graded_rows,
    inferences,
    key_points,
    others,
    statements,
    statements_for_rules,
    training_pairs,
)
from tokenizers import Tokenizer
from torch import nn

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
BATCH_TOKENS, MAX_TOKENS, RATE, HEAD_RATE, WARM, SAVE = 2400, 192, 7e-5, 1e-3, 0.06, 200
COVER_WEIGHT = 1.0


class Reader(nn.Module):  # type: ignore[misc]  # torch is not installed where mypy runs
    """The first token's state through the pooler (tanh) and one linear layer: [B,S] tokens → [B,5]."""

    def __init__(self, backbone: str, words: str | None) -> None:
        super().__init__()
        self.body = body(backbone, words)
        self.body.embeddings.word_embeddings.requires_grad_(False)
        self.heads = nn.Linear(384, len(VERDICTS) + 1)
        nn.init.normal_(self.heads.weight, std=0.02)
        nn.init.zeros_(self.heads.bias)

    def forward(self, ids: Any, types: Any, mask: Any) -> Any:
        return self.heads(self.body(input_ids=ids, token_type_ids=types, attention_mask=mask).pooler_output.float())


def load_tokenizer() -> Tokenizer:
    tokenizer = Tokenizer.from_str(tokenizer_json().decode())
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS, strategy="longest_first")
    return tokenizer


def encode(tokenizer: Tokenizer, pairs: Sequence[tuple[str, str]]) -> list[tuple[list[int], list[int]]]:
    """Token ids and segments: the statement first, as the backbone learnt queries, then the passage."""
    return [(e.ids, e.type_ids) for e in tokenizer.encode_batch([(statement, passage) for passage, statement in pairs])]


def batches(tokens: Sequence[Any], rng: random.Random) -> list[list[int]]:
    """Places in batches of similar length and at most BATCH_TOKENS tokens, the batches in random order."""
    order = sorted(range(len(tokens)), key=lambda place: (len(tokens[place][0]) // 4, rng.random()))
    found: list[list[int]] = [[]]
    for place in order:
        width = len(tokens[place][0])
        if found[-1] and (len(found[-1]) + 1) * width > BATCH_TOKENS:
            found.append([])
        found[-1].append(place)
    rng.shuffle(found)
    return found


def tensor(tokens: Sequence[Any], places: Sequence[int]) -> tuple[Any, Any, Any]:
    width = max(len(tokens[place][0]) for place in places)
    ids, types, mask = (torch.zeros((len(places), width), dtype=torch.long) for _ in range(3))
    for row, place in enumerate(places):
        one, kind = tokens[place]
        ids[row, : len(one)], types[row, : len(one)], mask[row, : len(one)] = torch.tensor(one), torch.tensor(kind), 1
    return ids.to(DEVICE), types.to(DEVICE), mask.to(DEVICE)


def loss_of(out: Any, pairs: Sequence[Pair], places: Sequence[int]) -> Any:
    allowed = torch.tensor([pairs[place].mask for place in places], device=DEVICE)
    logp = torch.log_softmax(out[:, :4], dim=1)
    verdict = -torch.logsumexp(logp + torch.log(allowed.clamp_min(1e-4)), dim=1).mean()
    known = [row for row, place in enumerate(places) if pairs[place].cover is not None]
    if not known:
        return verdict
    wanted = torch.tensor([float(pairs[places[row]].cover or 0) for row in known], device=DEVICE)
    return verdict + COVER_WEIGHT * nn.functional.binary_cross_entropy_with_logits(out[known, 4], wanted)


def rate(step: int, steps: int) -> float:
    warm = max(1, int(WARM * steps))
    return step / warm if step < warm else max(0.0, (steps - step) / max(1, steps - warm))


def train(model: Reader, pairs: list[Pair], folder: Path, seed: int, speed: float = 1.0) -> None:
    tokenizer, rng = load_tokenizer(), random.Random(seed)
    tokens = encode(tokenizer, [(pair.passage, pair.statement) for pair in pairs])
    plan = batches(tokens, rng)
    optimiser = torch.optim.AdamW(
        [
            {"params": [p for p in model.body.parameters() if p.requires_grad], "lr": RATE * speed},
            {"params": model.heads.parameters(), "lr": HEAD_RATE * speed},
        ],
        weight_decay=0.01, fused=True,
    )  # fmt: skip
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: rate(step + 1, len(plan)))
    state, first = folder / "state.pt", 0
    if state.exists():
        held = torch.load(state, weights_only=True)
        model.load_state_dict(held["model"])
        optimiser.load_state_dict(held["optimiser"])
        schedule.load_state_dict(held["schedule"])
        first = held["step"]
    model.train()
    began, seen, running = time.time(), 0, 0.0
    for step in range(first, len(plan)):
        ids, types, mask = tensor(tokens, plan[step])
        with torch.autocast(DEVICE, dtype=torch.bfloat16):
            out = model(ids, types, mask)
        loss = loss_of(out.float(), pairs, plan[step])
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        schedule.step()
        seen += ids.numel()
        running = loss.item() if step == first else 0.98 * running + 0.02 * loss.item()
        if (step + 1) % 50 == 0:
            print(f"step {step + 1}/{len(plan)} loss {running:.3f} {seen / (time.time() - began):.0f} tokens/s", flush=True)
        if (step + 1) % SAVE == 0:
            parts = {"model": model, "optimiser": optimiser, "schedule": schedule}
            torch.save({**{name: part.state_dict() for name, part in parts.items()}, "step": step + 1}, state)
    torch.save({"model": model.state_dict()}, folder / "reader.pt")
    state.unlink(missing_ok=True)


def read(model: Reader, pairs: Sequence[tuple[str, str]]) -> Any:
    """Probabilities of the four verdicts, then cover: shape (len(pairs), 5). Pairs are (passage, statement)."""
    tokenizer = load_tokenizer()
    tokens = encode(tokenizer, pairs)
    found = np.zeros((len(pairs), 5))
    model.eval()
    with torch.inference_mode():
        for places in batches(tokens, random.Random(0)):
            with torch.autocast(DEVICE, dtype=torch.bfloat16):
                out = model(*tensor(tokens, places)).float()
            found[places] = torch.cat([out[:, :4].softmax(1), out[:, 4:].sigmoid()], 1).cpu().numpy()
    return found


def examine(model: Reader) -> dict[str, Any]:
    """All figures on data kept out of training."""
    return {**_on_inferences(model), **_on_graded(model), **_on_statements(model), **_on_junk(model)}


def _on_inferences(model: Reader) -> dict[str, Any]:
    rng = random.Random(1)
    by_kind: dict[str, list[Pair]] = defaultdict(list)
    for pair in inferences(dev=True):
        by_kind[pair.kind].append(pair)
    report = {}
    for kind in (
        "mnli_dev_matched",
        "cad_snli_counterfactual",
        "creak_explanation_claim",
        "entailmentbank_science",
        "negation_nli",
        "fever_symmetric",
    ):
        some = rng.sample(by_kind[kind], min(250, len(by_kind[kind])))
        out = read(model, [(pair.passage, pair.statement) for pair in some])
        three = np.stack([out[:, 0], out[:, 1] + out[:, 2], out[:, 3]], 1)
        wanted = [0 if pair.mask[0] == 1 else 2 if pair.mask[3] == 1 else 1 for pair in some]
        report[f"nli {kind}"] = round(float((three.argmax(1) == np.array(wanted)).mean()), 3)
    return report


def _on_graded(model: Reader) -> dict[str, Any]:
    report: dict[str, Any] = {}
    for name in SETS:
        for asked in (False, True):
            rows = random.Random(2).sample(graded_rows(name, True), 300)
            pairs = [(f"{row['question']} {row['answer']}" if asked else row["answer"], row["reference"]) for row in rows]
            out = read(model, pairs)
            y = np.array([row.get("asag2024_grade", row["score"]) for row in rows])
            report[f"graded {name}{' with question' if asked else ''}"] = (
                round(pearson(y, out[:, 4]), 3), round(pearson(y, out[:, 0] + 0.5 * out[:, 1]), 3)
            )  # fmt: skip
    rng = random.Random(3)
    some = list(key_points(True, rng, 300))
    out = read(model, [(pair.passage, pair.statement) for pair in some])
    report["argkp"] = round(pearson(np.array([pair.cover for pair in some], float), out[:, 4]), 3)
    return report


def _on_statements(model: Reader) -> dict[str, Any]:
    """The check topics' authored passages, alone and among other sentences, and what makes another point of the same question."""
    asked = [question for question in questions().values() if question.topic in CHECK]
    alone = list(statements(asked, random.Random(4), hypotheses=1))
    beside = list(company(asked, random.Random(4), statements_for_rules(asked, random.Random(4))))
    if not alone:
        return {}
    some = alone + beside + list(others(asked, random.Random(4)))
    out = read(model, [(pair.passage, pair.statement) for pair in some])
    report = {}
    for kind in dict.fromkeys(pair.kind for pair in some):
        rows = np.array([pair.kind == kind for pair in some])
        report[f"check {kind}"] = [round(float(v), 2) for v in out[rows].mean(0)]
        report[f"check {kind} argmax"] = [round(float((out[rows, :4].argmax(1) == k).mean()), 2) for k in range(4)]
    return report


def _on_junk(model: Reader) -> dict[str, Any]:
    texts = [point.point for q in questions().values() if q.topic in CHECK for point in q.key_points]
    report = {}
    for place, (rule, verdict) in enumerate(SPOILS):
        rng = random.Random(5)
        made = [(spoilt, text) for text in texts if (spoilt := rule(text, rng)) is not None]
        if made:
            out = read(model, made).mean(0)
            report[f"junk {place} {verdict} {made[0][0][:30]}"] = [round(float(v), 2) for v in out]
    return report


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--start", nargs="+", metavar="FOLDER", help="go on from FOLDER/reader.pt, or from the mean: FOLDER FOLDER SHARE")
    parser.add_argument("--backbone", default="marco")
    parser.add_argument("--words", default=None, help="whose word embeddings; default: the backbone's own")
    parser.add_argument(
        "--without", nargs="*", default=[], help="sets to leave out: saf_en, semeval2013_beetle, semeval2013_scientsbank, argkp, authored"
    )
    parser.add_argument("--stage", choices=sorted(STAGES), help="a later stage: a part of the pairs")
    parser.add_argument("--late", action="store_true", help="late interaction in place of the cross-encoder (late.py)")
    parser.add_argument("--pairs", type=int, default=None, help="only so many")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--speed", type=float, default=1.0, help="times the learning rate")
    parser.add_argument("--examine", action="store_true", help="no training: print the figures of OUT/reader.pt")
    return parser.parse_args()


STAGES = {
    "company": {"statement": 1.0, "rule": 1.0, "bank": 1.0, "company": 1.0, "in company": 1.0, "other": 1.0, "": 0.3},
    "balanced": {
        "other point": 1.0, "statement": 0.7, "company": 0.6, "rule": 0.3, "bank same": 0.5, "bank": 0.6, "saf_en rubric": 0.4,
        "saf_en": 0.6, "semeval": 0.65, "authored": 0.5, "argkp": 0.25, "": 0.1,
    },
}  # fmt: skip
"""Later stages: which share of the pairs is read again, by how their kind begins (or ends); the first that fits counts."""


def again(pairs: list[Pair], stage: str, rng: random.Random) -> list[Pair]:
    """A part of the pairs, so that what was learnt before is not lost."""

    def share(kind: str) -> float:
        return next(share for name, share in STAGES[stage].items() if kind.startswith(name) or (name and kind.endswith(f" {name}")))

    return [pair for pair in pairs if rng.random() < share(pair.kind)]


def started(model: Reader, start: list[str]) -> None:
    """Loads FOLDER/reader.pt; of two folders and a share, the mean of both, the second's share as given."""
    one, *more = [torch.load(Path(folder) / "reader.pt", weights_only=True)["model"] for folder in start[:2]]
    share = float(start[2]) if more else 0.0
    model.load_state_dict({name: (1 - share) * value + share * (more[0][name] if more else value) for name, value in one.items()})


def chosen(options: argparse.Namespace) -> Iterator[Pair]:
    pairs = training_pairs(options.seed, tuple(options.without))
    if options.stage:
        pairs = again(pairs, options.stage, random.Random(options.seed))
    yield from pairs[: options.pairs]


def main() -> None:
    options = _options()
    torch.manual_seed(options.seed)
    options.out.mkdir(parents=True, exist_ok=True)
    model = (Late if options.late else Reader)(options.backbone, options.words).to(DEVICE)
    if options.start or options.examine:
        started(model, options.start or [options.out])
    if not options.examine:
        pairs = list(chosen(options))
        print(f"{len(pairs)} pairs, {math.ceil(sum(len(p.passage) + len(p.statement) for p in pairs) / 1e6)} MB of text", flush=True)
        train(model, pairs, options.out, options.seed, options.speed)
    report = examine(model)
    (options.out / "report.json").write_text(json.dumps(report, indent=1), encoding="utf-8")
    for name, value in report.items():
        print(f"{name}: {value}")


if __name__ == "__main__":
    main()
