"""A language model of the GPT family, as small as one can be, to be trained from nothing: for the labs *from-scratch* and *overfitting*.

    characters ─ embedding + position ─► layers × (norm ─ attention ─► + ; norm ─ MLP ─► +) ─► norm ─ unembedding ─► a logit a character

Letters in the comments on shapes:

    B  texts read side by side      T  characters of each      W  width      H  heads      V  characters in the alphabet

Needs torch (the extra ``labs``): imported only by labs that run. How it is trained is ``schooling.py``; a large model of the same build,
every number of it open, is ``transformer.py``.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import torch
from torch import nn
from torch.nn import functional

HEAD_WIDTH = 32


class Size(NamedTuple):
    """``alphabet``: V. ``context``: the most characters it reads at once."""

    alphabet: int
    width: int
    layers: int
    context: int


class Layer(nn.Module):  # type: ignore[misc]  # torch is not installed where mypy runs
    """Attention carries findings from earlier characters to later ones; the MLP works on each character by itself. Both add."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.heads = width // HEAD_WIDTH
        self.attention_norm, self.mlp_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.output = nn.Linear(width, width, bias=False)
        self.up, self.down = nn.Linear(width, 4 * width, bias=False), nn.Linear(4 * width, width, bias=False)

    def forward(self, x: Any) -> Any:
        """(B, T, W) → (B, T, W)."""
        x = x + self.attend(self.attention_norm(x))
        return x + self.down(functional.gelu(self.up(self.mlp_norm(x))))

    def attend(self, x: Any) -> Any:
        texts, length, width = x.shape
        made = self.qkv(x).view(texts, length, 3, self.heads, HEAD_WIDTH)  # (B, T, 3, H, 32)
        q, k, v = made.permute(2, 0, 3, 1, 4)  # (B, H, T, 32) each
        scores = q @ k.transpose(-1, -2) / math.sqrt(HEAD_WIDTH)  # (B, H, T, T)
        later = torch.ones(length, length, dtype=torch.bool).triu(1)  # nobody sees what it is to predict
        found = scores.masked_fill(later, -math.inf).softmax(-1) @ v  # (B, H, T, 32)
        return self.output(found.transpose(1, 2).reshape(texts, length, width))


class TinyGpt(nn.Module):  # type: ignore[misc]
    """The unembedding is the embedding: one table says what a character means and when it is due."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        self.size = size
        self.embedding = nn.Embedding(size.alphabet, size.width)
        self.positions = nn.Embedding(size.context, size.width)
        self.layers = nn.ModuleList(Layer(size.width) for _ in range(size.layers))
        self.norm = nn.LayerNorm(size.width)
        for name, weight in self.named_parameters():
            if weight.dim() == 2:
                nn.init.normal_(weight, std=self.spread(name, weight.shape[1]))

    def spread(self, name: str, width: int) -> float:
        """Of the first weights. Tables: so small that all characters are about equally likely. What adds to the stream: so small that the
        characters stand out in it. The rest: so that the size of what is read stays about the same."""
        if name.startswith(("embedding", "positions")):
            return 0.04
        return 0.02 / math.sqrt(2 * self.size.layers) if name.endswith(("output.weight", "down.weight")) else 1 / math.sqrt(width)

    def forward(self, ids: Any) -> Any:
        """(B, T) numbers of characters → (B, T, V) logits, those at t for the character after t."""
        x = self.embedding(ids) + self.positions.weight[: ids.shape[1]]  # (B, T, W)
        for layer in self.layers:
            x = layer(x)
        return self.norm(x) @ self.embedding.weight.T

    def surprise(self, windows: Any) -> Any:
        """(B, T + 1) → (B, T): -log of the probability of each character but the first, in nats. The mean is the loss."""
        logits = self(windows[:, :-1])  # (B, T, V)
        return functional.cross_entropy(logits.transpose(1, 2), windows[:, 1:], reduction="none")

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def write(self, begin: list[int], most: int, dice: Any, temperature: float = 0.8) -> list[int]:
        """Goes on after ``begin``, character by character, each drawn by its probability; ``dice`` None: the likeliest each time."""
        ids = list(begin)
        for _ in range(most):
            logits = self(torch.tensor([ids[-self.size.context :]]))[0, -1]  # (V,)
            if dice is None:
                ids.append(int(logits.argmax()))
            else:
                ids.append(int(torch.multinomial((logits / temperature).softmax(0), 1, generator=dice)))
        return ids[len(begin) :]

    @property
    def weights(self) -> int:
        return sum(each.numel() for each in self.parameters())
