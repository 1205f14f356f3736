"""The one network: BERT's layers over rows of an answer and its claims (``rows.py``), and small heads.

Written out, because the mask is what matters: a claim sees itself and the answer, the answer itself alone. Shapes: B rows, S tokens,
C claims of all rows, H = 384.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from rows import Row
from torch import nn

from greenroom.assess.reader import LABELS

HIDDEN, HEADS, EPSILON, FAR = 384, 12, 1e-12, -1e4
NO_SPAN = -100


class Batch(NamedTuple):
    """Tensors. ``sees`` [B,S,S]: which token sees which. ``row``, ``first``, ``point``, ``start``, ``end``, ``mark``
    [C]; ``allowed`` [C,5]. ``mark`` is NaN where nobody gave one."""

    ids: Any
    kinds: Any
    places: Any
    sees: Any
    answer: Any
    row: Any
    first: Any
    point: Any
    allowed: Any
    start: Any
    end: Any
    mark: Any


class Said(NamedTuple):
    """Logits. ``labels`` [C,5] by ``reader.LABELS``; ``start`` and ``end`` [C,S] of the quote; ``mark`` [C]."""

    labels: Any
    start: Any
    end: Any
    mark: Any


def batch_of(rows: Sequence[Row]) -> Batch:
    size = max(len(row.ids) for row in rows)
    ids, places, group = (torch.zeros(len(rows), size, dtype=torch.long) for _ in range(3))
    group -= 1
    answer = torch.zeros(len(rows), size, dtype=torch.bool)
    for n, row in enumerate(rows):
        held = slice(0, len(row.ids))
        ids[n, held], places[n, held], group[n, held] = (torch.tensor(each) for each in (row.ids, row.places, row.group))
        answer[n, slice(*row.answer)] = True
    seen, seeing = group[:, None, :], group[:, :, None]
    sees = (((seen == 0) | (seen == seeing)) & (seen >= 0)) | torch.eye(size, dtype=torch.bool)  # padding sees itself
    every = [
        (n, first, claim, span) for n, row in enumerate(rows) for first, claim, span in zip(row.first, row.claims, row.spans, strict=True)
    ]
    return Batch(
        ids, (group == 0).long(), places, sees, answer,
        torch.tensor([n for n, _, _, _ in every]), torch.tensor([first for _, first, _, _ in every]),
        torch.tensor([claim.job == "point" for _, _, claim, _ in every]), torch.tensor([claim.allowed for _, _, claim, _ in every]),
        torch.tensor([span[0] if span else NO_SPAN for _, _, _, span in every]),
        torch.tensor([span[1] if span else NO_SPAN for _, _, _, span in every]),
        torch.tensor([math.nan if claim.mark is None else claim.mark for _, _, claim, _ in every]),
    )  # fmt: skip


class Layer(nn.Module):  # type: ignore[misc]  # torch is not installed where mypy runs
    """One block of BERT: attention and feed-forward, each followed by its norm."""

    def __init__(self, held: Mapping[str, Any], at: str, drop: float) -> None:
        super().__init__()
        parts = [_linear(held, f"{at}attention.self.{name}") for name in ("query", "key", "value")]
        self.seek = nn.Linear(HIDDEN, 3 * HIDDEN)
        self.seek.weight.data = torch.cat([part.weight.data for part in parts])
        self.seek.bias.data = torch.cat([part.bias.data for part in parts])
        self.out, self.up, self.down = (
            _linear(held, at + name) for name in ("attention.output.dense", "intermediate.dense", "output.dense")
        )
        self.after_attention, self.after = _norm(held, f"{at}attention.output.LayerNorm"), _norm(held, f"{at}output.LayerNorm")
        self.drop = nn.Dropout(drop)

    def forward(self, x: Any, bias: Any) -> Any:
        rows, size, _ = x.shape
        query, key, value = self.seek(x).view(rows, size, 3, HEADS, HIDDEN // HEADS).permute(2, 0, 3, 1, 4)
        weights = torch.softmax(query @ key.transpose(-1, -2) / math.sqrt(HIDDEN // HEADS) + bias, -1)
        x = self.after_attention(x + self.drop(self.out((weights @ value).transpose(1, 2).reshape(rows, size, HIDDEN))))
        return self.after(x + self.drop(self.down(nn.functional.gelu(self.up(x)))))


class Network(nn.Module):  # type: ignore[misc]
    """``held``: a BERT's tensors by transformers' names (``backbones.tensors``). Its word embeddings stay as they are."""

    def __init__(self, held: Mapping[str, Any], layers: int = 12, drop: float = 0.0) -> None:
        super().__init__()
        words, places, kinds = (_tensor(held, f"embeddings.{name}_embeddings.weight") for name in ("word", "position", "token_type"))
        self.words = nn.Embedding.from_pretrained(words, freeze=True)
        self.places, self.kinds = (nn.Embedding.from_pretrained(each, freeze=False) for each in (places, kinds))
        self.norm = _norm(held, "embeddings.LayerNorm")
        self.layers = nn.ModuleList(Layer(held, f"encoder.layer.{n}.", drop) for n in range(layers))
        self.pool = nn.Sequential(nn.Linear(HIDDEN, HIDDEN), nn.Tanh(), nn.Dropout(drop))
        self.points, self.held = nn.Linear(HIDDEN, len(LABELS)), nn.Linear(HIDDEN, len(LABELS))
        self.mark = nn.Linear(HIDDEN, 1)
        self.start, self.end = nn.Linear(HIDDEN, HIDDEN), nn.Linear(HIDDEN, HIDDEN)

    def forward(self, batch: Batch) -> Said:
        x = self.norm(self.words(batch.ids) + self.places(batch.places) + self.kinds(batch.kinds))
        bias = torch.where(batch.sees, 0.0, FAR).to(x.dtype)[:, None]
        for layer in self.layers:
            x = layer(x, bias)
        claims, tokens = x[batch.row, batch.first], x[batch.row]
        pooled, outside = self.pool(claims), ~batch.answer[batch.row]
        start, end = (
            ((tokens @ head(claims)[:, :, None])[:, :, 0] / math.sqrt(HIDDEN)).float().masked_fill(outside, FAR)
            for head in (self.start, self.end)
        )
        labels = torch.where(batch.point[:, None], self.points(pooled), self.held(pooled)).float()
        return Said(labels, start, end, self.mark(pooled)[:, 0].float())


def _tensor(held: Mapping[str, Any], name: str) -> Any:
    return torch.tensor(np.asarray(held[name]))


def _linear(held: Mapping[str, Any], name: str) -> Any:
    weight = _tensor(held, f"{name}.weight")
    made = nn.Linear(weight.shape[1], weight.shape[0])
    made.weight.data, made.bias.data = weight, _tensor(held, f"{name}.bias")
    return made


def _norm(held: Mapping[str, Any], name: str) -> Any:
    made = nn.LayerNorm(HIDDEN, eps=EPSILON)
    made.weight.data, made.bias.data = _tensor(held, f"{name}.weight"), _tensor(held, f"{name}.bias")
    return made
