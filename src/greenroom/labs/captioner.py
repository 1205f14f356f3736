"""A small network that writes a sentence about a picture, for the lab *captions*: an eye, a bridge, and a tiny language model.

    picture (B, 3, 32, 32) ─ the detector ─► twelve numbers a cell (B, 8, 8, 12) ─ 2 × 2 neighbours joined ─► (B, 16, 48)
    ─ bridge, two layers ─► (B, 16, W) ─┐
    words (B, T) ─ embedding ───────────┴─► + positions ─► layers of the tiny GPT ─► norm ─► a logit a word (B, 1 + T, V)

The sixteen vectors of the picture stand before the words like words, as in a language model with eyes. The eye has learned to frame things
(``detector.py``) and does not go on learning: it looks at each picture once. Needs torch (the extra ``labs``): imported only by labs that
run.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import deepcopy
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from greenroom.labs.captioned import Written
from greenroom.labs.captions import END, LONGEST, WORDS, sentence, text_of, truth, words_of
from greenroom.labs.detector import CELLS, Detector, tensor
from greenroom.labs.drawing import Drawn
from greenroom.labs.schooling import pace
from greenroom.labs.tiny_gpt import Size, TinyGpt

WIDTH, LAYERS, PATCH = 64, 2, 2
SEEN = (CELLS // PATCH) ** 2
"""Vectors of a picture."""
BATCH, RATE, LOOKS, PAD = 32, 0.003, 8, -1
LOUD, PLACED = 4, 0.5
"""What the eye's numbers are divided by, so that they are about as large as those of words; spread of the first weights that say where in
the picture a vector is from: they must stand out beside what is seen there."""


class Captioner(nn.Module):  # type: ignore[misc]  # torch is not installed where mypy runs
    def __init__(self, eye: Detector) -> None:
        super().__init__()
        self.eye = eye.requires_grad_(False)
        self.bridge = nn.Sequential(nn.Linear(12 * PATCH**2, 2 * WIDTH), nn.GELU(), nn.Linear(2 * WIDTH, WIDTH))
        self.tongue = TinyGpt(Size(len(WORDS), WIDTH, LAYERS, SEEN + LONGEST))
        nn.init.normal_(self.tongue.positions.weight[:SEEN], std=PLACED)

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def look(self, drawn: Sequence[Drawn]) -> Any:
        """(n, 16, 48): what the eye makes of the pictures."""
        side = CELLS // PATCH
        cells = self.eye(tensor(drawn)) / LOUD  # (n, 8, 8, 12)
        return cells.reshape(len(drawn), side, PATCH, side, PATCH, -1).transpose(2, 3).reshape(len(drawn), SEEN, -1)

    def forward(self, seen: Any, ids: Any) -> Any:
        """(B, 16, 48), (B, T) → (B, 1 + T, V): for the first word, and for the word after each."""
        x = torch.cat([self.bridge(seen), self.tongue.embedding(ids)], dim=1)  # (B, 16 + T, W)
        x = x + self.tongue.positions.weight[: x.shape[1]]
        for layer in self.tongue.layers:
            x = layer(x)
        return self.tongue.norm(x[:, SEEN - 1 :]) @ self.tongue.embedding.weight.T

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def write(self, seen: Any) -> list[Written]:
        """The likeliest word each time, until the end or ``LONGEST`` words."""
        ids, chances = torch.zeros(len(seen), 0, dtype=torch.long), list[Any]()
        for _ in range(LONGEST):
            chance, word = self(seen, ids)[:, -1].softmax(-1).max(-1)
            ids, chances = torch.cat([ids, word[:, None]], dim=1), [*chances, chance]
        rows = zip(ids.tolist(), torch.stack(chances, dim=1).tolist(), strict=True)
        return [_written([WORDS[each] for each in row], each) for row, each in rows]

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def guess(self, seen: Any, drawn: Sequence[Drawn]) -> list[list[tuple[str, str]]]:
        """For each word of the true sentence, given the true words before it: the word, and what is likeliest there."""
        wanted = numbers(drawn)
        best = self(seen, wanted[:, :-1].clamp(min=0)).argmax(-1)
        pairs = zip(wanted.tolist(), best.tolist(), strict=True)
        return [[(WORDS[a], WORDS[b]) for a, b in zip(row, said, strict=True) if a != PAD] for row, said in pairs]

    @property
    def weights(self) -> int:
        """Without the eye's."""
        return sum(each.numel() for part in (self.bridge, self.tongue) for each in part.parameters())


def _written(words: Sequence[str], chances: Sequence[float]) -> Written:
    kept = words.index(END) if END in words else len(words)
    return Written(text_of(words[:kept]), tuple(chances[: kept + 1]))


def numbers(drawn: Sequence[Drawn]) -> Any:
    """(n, LONGEST): the true sentences as numbers of words, PAD after the end."""
    found = torch.full((len(drawn), LONGEST), PAD)
    for n, each in enumerate(drawn):
        ids = [WORDS.index(word) for word in words_of(sentence(truth(each)))]
        found[n, : len(ids)] = torch.tensor(ids)
    return found


def train(eye: Detector, drawn: Sequence[Drawn], steps: int, seed: int) -> Iterator[tuple[int, Captioner]]:
    """The captioner before the first step, some times on the way, and after the last."""
    torch.manual_seed(seed)
    yield from taught(Captioner(eye), drawn, steps, seed)


def taught_on(net: Captioner, drawn: Sequence[Drawn], steps: int, seed: int) -> Captioner:
    """A copy of it, trained so many steps more, on other pictures."""
    *_, (_, found) = taught(deepcopy(net), drawn, steps, seed)
    return found


def taught(net: Captioner, drawn: Sequence[Drawn], steps: int, seed: int) -> Iterator[tuple[int, Captioner]]:
    dice = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.AdamW([each for each in net.parameters() if each.requires_grad], betas=(0.9, 0.98), weight_decay=0.01)
    seen, wanted = net.look(drawn), numbers(drawn)
    every = -(-steps // LOOKS)
    for step in range(steps):
        if step % every == 0:
            yield step, net
        optimizer.param_groups[0]["lr"] = RATE * pace(step, steps)
        rows = torch.randint(len(drawn), (BATCH,), generator=dice)
        want = wanted[rows]
        said = net(seen[rows], want[:, :-1].clamp(min=0))
        loss = functional.cross_entropy(said.transpose(1, 2), want, ignore_index=PAD)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
    yield steps, net
