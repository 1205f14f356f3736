"""A small network that sorts pictures of digits, for the lab *classify-pictures*.

    picture (B, 1, 20, 20) ─ convolution ─► (B, 12, 10, 10) ─ convolution ─► (B, 24, 5, 5) ─ one layer ─► a logit a digit (B, 10)

Needs torch (the extra ``labs``): imported only by labs that run.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from greenroom.labs.digits import DIGITS, Array
from greenroom.labs.schooling import pace

BATCH, RATE, LOOKS = 64, 0.003, 10


class DigitNet(nn.Module):  # type: ignore[misc]  # torch is not installed where mypy runs
    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(1, 12, 3, 2, 1), nn.Conv2d(12, 24, 3, 2, 1)
        self.last = nn.Linear(24 * 5 * 5, len(DIGITS))

    def forward(self, pictures: Any) -> Any:
        """(B, 1, 20, 20) → (B, 10) logits."""
        x = functional.relu(self.second(functional.relu(self.first(pictures))))
        return self.last(x.flatten(1))

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def probabilities(self, pictures: Array) -> Array:
        """(n, 20, 20) → (n, 10)."""
        return np.asarray(self(torch.from_numpy(pictures)[:, None]).softmax(-1).numpy())

    @property
    def weights(self) -> int:
        return sum(each.numel() for each in self.parameters())


def train(pictures: Array, answers: Array, steps: int, seed: int) -> Iterator[tuple[int, DigitNet]]:
    """The network before the first step, some times on the way, and after the last. ``answers``: (n,) whole numbers, 0 to 9."""
    torch.manual_seed(seed)
    dice = torch.Generator().manual_seed(seed)
    net = DigitNet()
    optimizer = torch.optim.AdamW(net.parameters(), weight_decay=0.01)
    given, wanted = torch.from_numpy(pictures)[:, None], torch.from_numpy(answers)
    every = -(-steps // LOOKS)
    for step in range(steps):
        if step % every == 0:
            yield step, net
        optimizer.param_groups[0]["lr"] = RATE * pace(step, steps)
        drawn = torch.randint(len(given), (BATCH,), generator=dice)
        loss = functional.cross_entropy(net(given[drawn]), wanted[drawn])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    yield steps, net
