"""LoRA, written out: thin matrices trained beside the frozen weights of a llama-family model (arXiv 2106.09685). Beside it, to compare
with, full fine-tuning: all weights of a copy. For the lab *lora*.

    y = W x   becomes   y = W x + (alpha / r) B A x      W (out, in) frozen;  A (r, in) random;  B (out, r) zero at first

At the start B A is zero, so the model is exactly the base model. Only A and B are trained. Afterwards (alpha / r) B A may be added into W.

The base is ``transformer.py``'s: the same memory, not a copy, so whatever changed a base weight would be seen there. The pass below is that
file's pass in torch, which can differentiate it; its letters are used here too, and B for the texts read at once.

Needs torch (the extra ``labs``): imported only by a lab that runs.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from copy import copy
from itertools import accumulate, pairwise
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from greenroom.labs.adapter_file import Pair, Thin
from greenroom.labs.transformer import Array, Block, Transformer

ALPHA = 16
PLACES = {"all": ("qkv", "output", "gate_up", "down"), "attention": ("qkv", "output")}
"""Beside which matrices of a layer adapters stand."""


def shared(array: Array) -> Any:
    """The same numbers in the same memory, for torch."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that the memory may be read-only is what we want: nobody writes there
        return torch.from_numpy(array)


def numbers(weight: Any) -> Array:
    """The same the other way round: a weight of torch for numpy."""
    found: Array = weight.detach().numpy()
    return found


class Adapter(nn.Module):  # type: ignore[misc]  # torch is not installed where mypy runs
    """Beside one frozen matrix (out, in)."""

    def __init__(self, matrix: Any, rank: int) -> None:
        super().__init__()
        self.frozen = matrix  # no parameter: nothing trains it
        out, into = matrix.shape
        self.a = nn.Parameter(torch.randn(rank, into) / math.sqrt(into))
        self.b = nn.Parameter(torch.zeros(out, rank))
        self.scale = ALPHA / rank
        self.on = True

    def forward(self, x: Any) -> Any:
        """(…, in) → (…, out)."""
        found = x @ self.frozen.T
        return found + (x @ self.a.T) @ self.b.T * self.scale if self.on else found

    def update(self) -> Array:
        """(out, in): what is added to the matrix when the adapter is merged."""
        return numbers(self.b @ self.a * self.scale)


class Tuned(nn.Module):  # type: ignore[misc]
    """A model with adapters. ``places``: of ``PLACES``."""

    def __init__(self, base: Transformer, rank: int, places: Sequence[str], seed: int) -> None:
        super().__init__()
        torch.manual_seed(seed)
        self.base, self.shape = base, base.shape
        self.blocks = [Block(*map(shared, block)) for block in base.blocks]
        self.layers = nn.ModuleList(
            nn.ModuleDict({place: Adapter(getattr(block, place), rank) for place in places}) for block in self.blocks
        )
        self.embedding, self.unembedding, self.final_norm = map(shared, (base.embedding, base.unembedding, base.final_norm))

    @property
    def trained(self) -> int:
        """How many weights are trained."""
        return sum(each.numel() for each in self.parameters() if each.requires_grad)

    def switch(self, on: bool) -> None:
        """Adapters on, or the base model alone."""
        for each in self.modules():
            if isinstance(each, Adapter):
                each.on = on

    def forward(self, texts: Sequence[Sequence[int]]) -> Any:
        """Logits for what comes after each text, (B, V)."""
        ends = list(accumulate(map(len, texts)))
        x = self._read(texts)[[end - 1 for end in ends]]  # (B, W)
        return self._norm(x, self.final_norm) @ self.unembedding.T

    def answer_loss(self, pairs: Sequence[tuple[Sequence[int], Sequence[int]]]) -> Any:
        """Of prompts and answers: the mean loss of the answers' tokens. Those of the prompts are read and not counted."""
        texts = [[*prompt, *answer] for prompt, answer in pairs]
        starts = accumulate(map(len, texts), initial=0)
        rows = [start + len(prompt) + k - 1 for start, (prompt, answer) in zip(starts, pairs, strict=False) for k in range(len(answer))]
        targets = torch.tensor([token for _, answer in pairs for token in answer])
        return functional.cross_entropy(self._norm(self._read(texts)[rows], self.final_norm) @ self.unembedding.T, targets)

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def probabilities(self, texts: Sequence[Sequence[int]]) -> Array:
        """Of all tokens after each text, (B, V); nothing is to be trained by it."""
        return numbers(self(texts).softmax(-1))

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def loss(self, pairs: Sequence[tuple[Sequence[int], Sequence[int]]]) -> float:
        """``answer_loss`` as a number; nothing is to be trained by it."""
        return float(self.answer_loss(pairs))

    def _read(self, texts: Sequence[Sequence[int]]) -> Any:
        """The stream after the last layer, (T, W), of the texts one behind the other: nothing is filled up."""
        spans = list(pairwise(accumulate(map(len, texts), initial=0)))
        x = self.embedding[torch.tensor([token for text in texts for token in text])]  # (T, W)
        places = torch.cat([torch.arange(end - start, dtype=torch.float32) for start, end in spans])
        angles = torch.outer(places, shared(self.base.frequencies))  # (T, D/2)
        rotation = angles.cos(), angles.sin()
        for block, adapters in zip(self.blocks, self.layers, strict=True):
            x = x + self._attend(self._norm(x, block.attention_norm), block, adapters, (rotation, spans))
            x = x + self._think(self._norm(x, block.mlp_norm), block, adapters)
        return x

    def thin(self, sha256: str, note: str = "") -> Thin:
        """The adapters as they are now, to be kept; ``sha256`` of the base."""
        pairs, rank = {}, 0
        for layer, adapters in enumerate(self.layers):
            for place, adapter in adapters.items():
                pairs[layer, place] = Pair(numbers(adapter.a).copy(), numbers(adapter.b).copy())
                rank = adapter.a.shape[0]
        return Thin(pairs, rank, ALPHA, sha256, note)

    def merged(self) -> Transformer:
        """A model of its own with the adapters added into its matrices. The base is left as it is."""
        found = copy(self.base)
        found.blocks = [
            block._replace(**{place: getattr(block, place) + adapter.update() for place, adapter in adapters.items()})
            for block, adapters in zip(self.base.blocks, self.layers, strict=True)
        ]
        return found

    def _norm(self, x: Any, weight: Any) -> Any:
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.shape.epsilon) * weight

    def _by(self, place: str, block: Block, adapters: Any, x: Any) -> Any:
        return adapters[place](x) if place in adapters else x @ getattr(block, place).T

    def _attend(self, x: Any, block: Block, adapters: Any, where: tuple[tuple[Any, Any], Sequence[tuple[int, int]]]) -> Any:
        s, (rotation, spans) = self.shape, where
        made = self._by("qkv", block, adapters, x).view(len(x), -1, s.head_width).transpose(0, 1)  # (H + 2 G, T, D)
        q, k, v = made.split([s.heads, s.kv_heads, s.kv_heads])
        q, k = rotate(q, rotation), rotate(k, rotation)
        k, v = (each.repeat_interleave(s.heads // s.kv_heads, dim=0) for each in (k, v))  # (H, T, D): heads share
        found = [_within(q[:, start:end], k[:, start:end], v[:, start:end]) for start, end in spans]  # no text sees another
        return self._by("output", block, adapters, torch.cat(found, dim=1).transpose(0, 1).reshape(len(x), -1))

    def _think(self, x: Any, block: Block, adapters: Any) -> Any:
        gate, up = self._by("gate_up", block, adapters, x).chunk(2, dim=-1)  # (T, F) each
        return self._by("down", block, adapters, functional.silu(gate) * up)


def _within(q: Any, k: Any, v: Any) -> Any:
    """Attention within a text, (H, T, D); torch has its quick way for four dimensions."""
    return functional.scaled_dot_product_attention(q[None], k[None], v[None], is_causal=True)[0]


def rotate(x: Any, rotation: tuple[Any, Any]) -> Any:
    """(heads, T, D) → the same, each pair turned by its position's angle."""
    (cos, sin), (a, b) = rotation, x.chunk(2, dim=-1)
    return torch.cat([a * cos - b * sin, b * cos + a * sin], dim=-1)


class Full(Tuned):
    """No adapters: every weight is trained, in a copy. The base is left as it is."""

    def __init__(self, base: Transformer) -> None:
        super().__init__(base, rank=1, places=(), seed=0)
        self.all = nn.ParameterList()
        self.blocks = [Block(*map(self._own, block)) for block in base.blocks]
        self.embedding, self.final_norm = self._own(base.embedding), self._own(base.final_norm)
        self.unembedding = self.embedding if base.unembedding is base.embedding else self._own(base.unembedding)

    def _own(self, array: Array) -> Any:
        self.all.append(nn.Parameter(shared(array).clone()))
        return self.all[-1]

    def merged(self) -> Transformer:
        """The copy as a model: the memory that was trained."""
        found = copy(self.base)
        found.blocks = [Block(*map(numbers, block)) for block in self.blocks]
        found.embedding, found.final_norm = numbers(self.embedding), numbers(self.final_norm)
        found.unembedding = found.embedding if self.unembedding is self.embedding else numbers(self.unembedding)
        return found
