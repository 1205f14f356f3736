"""A step of LoRA in the lab beside peft alone: the same weights, reviews, rank, optimiser and threads.
Part of ``python -m benchmarks labs``.

Both train an adapter beside every matrix of every layer and learn the first token of a review's label. peft stands where one would put
it, over transformers' LlamaForCausalLM: seven matrices a layer (the lab's own pass has queries, keys and values in one, and the gate with
what it lets through), texts filled up on the left to one length, logits of the last place only.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.memory import resident
from benchmarks.tables import Report

ROUNDS, STEPS, WARM = 3, 12, 2
AIM = 1.1
NAMES = {"lora_ours": "greenroom, the lab *lora*", "lora_peft": "peft on transformers"}
Found = dict[str, Any]


def run(report: Report, child: Callable[[str], Found | None]) -> None:
    """``child``: what a side found, in a process of its own."""
    found: dict[str, list[Found]] = {side: [] for side in NAMES}
    for _ in range(ROUNDS):
        for side in NAMES:
            one = child(side)
            found[side] += [one] if one else []
    if not all(found.values()):
        return
    spent = {side: [statistics.median(one["steps"]) for one in each] for side, each in found.items()}
    base = statistics.median(spent["lora_peft"])
    report.say(
        f"### A step of LoRA, rank {found['lora_ours'][0]['rank']}, {found['lora_ours'][0]['batch']} reviews: {ROUNDS} processes a side"
    )
    rows: list[list[object]] = [
        [NAMES[side], statistics.median(each), min(each), statistics.median(each) / base, found[side][0]["trained"],
         min(one["memory"] for one in found[side]), f"≤ {AIM}" if side == "lora_ours" else None]
        for side, each in spent.items()
    ]  # fmt: skip
    report.table(["", "median, s", "least, s", "of peft's", "weights trained", "resident, MB", "aim"], rows)


def ours(file: Path, threads: int) -> Found:
    import torch

    from greenroom.labs import lora
    from greenroom.labs.adapters import PLACES, Tuned
    from greenroom.labs.model import load

    torch.set_num_threads(threads)
    model, values = load(file), lora.CARD.read({"steps": STEPS + WARM})
    tuned = Tuned(model.transformer, values.whole("rank"), PLACES["all"], 0)
    looks = list(lora.train(values, model, tuned, values.number("rate")))
    return _found([look.seconds for look in looks], tuned.trained, values.whole("rank"))


def peft(file: Path, threads: int, reference: Callable[[Any], Any]) -> Found:
    """``reference``: transformers' model with the weights of ours."""
    import torch
    from peft import LoraConfig, get_peft_model
    from torch.nn import functional

    from greenroom.labs import lora, tuning
    from greenroom.labs.adapters import ALPHA
    from greenroom.labs.model import load

    torch.set_num_threads(threads)
    model, values = load(file), lora.CARD.read({"steps": STEPS + WARM})
    rank = values.whole("rank")
    places = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
    tuned = get_peft_model(reference(model.transformer), LoraConfig(r=rank, lora_alpha=ALPHA, target_modules=places)).train()
    trained = [each for each in tuned.parameters() if each.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=values.number("rate"), weight_decay=0.0)
    batches, spent = lora.in_turn(tuning.shipped().train[: values.whole("reviews")], 0), []
    for _ in range(STEPS + WARM):
        begun = time.perf_counter()
        texts, targets = lora.prepared(model, next(batches))
        longest = max(map(len, texts))
        ids = torch.tensor([[0] * (longest - len(text)) + text for text in texts])
        there = torch.tensor([[0] * (longest - len(text)) + [1] * len(text) for text in texts])
        logits = tuned(
            input_ids=ids, attention_mask=there, position_ids=(there.cumsum(-1) - 1).clamp(min=0), logits_to_keep=1, use_cache=False
        ).logits[:, -1]
        loss = functional.cross_entropy(logits, torch.tensor(targets))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        spent.append(time.perf_counter() - begun)
    return _found(spent, sum(each.numel() for each in trained), rank)


def _found(spent: list[float], trained: int, rank: int) -> Found:
    from greenroom.labs.lora import BATCH

    return {"steps": spent[WARM:], "trained": trained, "rank": rank, "batch": BATCH, "memory": resident(os.getpid())}
