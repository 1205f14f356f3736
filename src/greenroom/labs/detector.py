"""A small detector, for the lab *find-objects*: one look at the whole picture, cut into 8 × 8 cells of 4 pixels.

    picture (B, 3, 32, 32) ─ five convolutions ─► (B, 64, 8, 8) ─ one layer a cell ─► (B, 12, 8, 8)

Of each cell the twelve numbers say: whether the middle of a thing lies in it (1), where in it and how large the thing is (3), which shape
(4) and which colour (4) it has. Needs torch (the extra ``labs``): imported only by labs that run.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from greenroom.labs.boxes import Find
from greenroom.labs.drawing import COLOURS, SHAPES, SIDE, Box, Drawn
from greenroom.labs.schooling import pace

CELLS, CELL, UNIT = 8, SIDE // 8, 10
"""Cells a side; pixels of a cell; pixels in which a thing's size is counted."""
BATCH, RATE, LOOKS, LEAST, SAME = 32, 0.003, 8, 0.05, 0.4
"""``LEAST``: score of a find that is kept; ``SAME``: of two finds that overlap by more only the surer one is."""


class Detector(nn.Module):  # type: ignore[misc]  # torch is not installed where mypy runs
    def __init__(self) -> None:
        super().__init__()
        widths, strides = (3, 16, 32, 48, 64, 64), (1, 2, 2, 1, 1)
        self.layers = nn.ModuleList(nn.Conv2d(a, b, 3, s, 1) for a, b, s in zip(widths, widths[1:], strides, strict=False))
        self.last = nn.Conv2d(64, 12, 1)

    def forward(self, pictures: Any) -> Any:
        """(B, 3, 32, 32) → (B, 8, 8, 12)."""
        x = pictures
        for layer in self.layers:
            x = functional.relu(layer(x))
        return self.last(x).permute(0, 2, 3, 1)

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def find(self, drawn: Sequence[Drawn]) -> list[list[Find]]:
        """For each picture what it finds, the surest first."""
        seen = self(tensor(drawn))  # (n, 8, 8, 12)
        there, shapes = seen[..., 0].sigmoid(), seen[..., 4:8].softmax(-1)
        scores, places, colours = (there * shapes.amax(-1)).tolist(), seen[..., 1:4].tolist(), seen[..., 8:].argmax(-1).tolist()
        named, found = shapes.argmax(-1).tolist(), []
        for n in range(len(drawn)):
            cells = [(y, x) for y in range(CELLS) for x in range(CELLS) if scores[n][y][x] >= LEAST]
            finds = [
                Find(scores[n][y][x], SHAPES[named[n][y][x]], list(COLOURS)[colours[n][y][x]], box_of(x, y, *places[n][y][x]))
                for y, x in cells
            ]
            found.append(sifted(finds))
        return found

    @property
    def weights(self) -> int:
        return sum(each.numel() for each in self.parameters())


def box_of(x: int, y: int, right: float, down: float, size: float) -> Box:
    """The box in pixels, cut to the picture, of what a cell says."""
    middle, half = ((x + right) * CELL, (y + down) * CELL), max(0.0, size) * UNIT / 2
    edges = (middle[0] - half, middle[1] - half, middle[0] + half, middle[1] + half)
    return Box(*(min(float(SIDE), max(0.0, each)) for each in edges))


def sifted(finds: Sequence[Find]) -> list[Find]:
    """Neighbouring cells see the same thing: only the surest find of those that overlap stays."""
    kept = list[Find]()
    for find in sorted(finds, key=lambda each: -each.score):
        if all(find.box.overlap(other.box) <= SAME for other in kept):
            kept.append(find)
    return kept


def tensor(drawn: Sequence[Drawn]) -> Any:
    """(n, 3, 32, 32)."""
    return torch.from_numpy(np.ascontiguousarray(np.stack([each.pixels for each in drawn]).transpose(0, 3, 1, 2)))


def wanted(drawn: Sequence[Drawn]) -> Any:
    """(n, 8, 8, 6): what each cell should say: there, right, down, size, number of the shape, number of the colour."""
    found = np.zeros((len(drawn), CELLS, CELLS, 6), dtype=np.float32)
    for n, each in enumerate(drawn):
        for thing in each.things:
            across, down = (thing.left + thing.size / 2) / CELL, (thing.top + thing.size / 2) / CELL
            x, y = int(across), int(down)
            kinds = SHAPES.index(thing.shape), list(COLOURS).index(thing.colour)
            found[n, y, x] = (1, across - x, down - y, thing.size / UNIT, *kinds)
    return torch.from_numpy(found)


def loss_of(said: Any, want: Any) -> Any:
    """Every cell is asked whether something is there; the rest only those where something is."""
    there = want[..., 0] > 0
    sure = functional.binary_cross_entropy_with_logits(said[..., 0], want[..., 0], pos_weight=torch.tensor(3.0))
    at, kinds = said[there], want[there]
    place = functional.smooth_l1_loss(at[:, 1:4], kinds[:, 1:4])
    shape, colour = (functional.cross_entropy(at[:, first : first + 4], kinds[:, column].long()) for first, column in ((4, 4), (8, 5)))
    return 5 * sure + 5 * place + 2 * shape + colour


def train(drawn: Sequence[Drawn], steps: int, seed: int) -> Iterator[tuple[int, Detector]]:
    """The detector before the first step, some times on the way, and after the last."""
    torch.manual_seed(seed)
    dice = torch.Generator().manual_seed(seed)
    net = Detector()
    optimizer = torch.optim.AdamW(net.parameters(), weight_decay=0.01)
    given, want = tensor(drawn), wanted(drawn)
    every = -(-steps // LOOKS)
    for step in range(steps):
        if step % every == 0:
            yield step, net
        optimizer.param_groups[0]["lr"] = RATE * pace(step, steps)
        rows = torch.randint(len(given), (BATCH,), generator=dice)
        loss = loss_of(net(given[rows]), want[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    yield steps, net
