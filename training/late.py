"""The other way to compare a passage with a statement: each is read by itself, and only their tokens' vectors meet (late interaction).

Kept to be measured beside the reader (``fit_reader.py --late``; figures in docs/log.md): phrasings could be encoded once for ever, but no
token of the passage ever sees the statement.
"""

from __future__ import annotations

from typing import Any

import torch
from backbones import body
from torch import nn

OUTPUTS, WIDE = 5, 256


class Late(nn.Module):  # type: ignore[misc]  # torch is not installed where mypy runs
    """Inputs and outputs as ``fit_reader.Reader``: a pair's tokens in one row, its two texts kept apart by the attention mask."""

    def __init__(self, backbone: str, words: str | None) -> None:
        super().__init__()
        self.body = body(backbone, words)
        self.body.embeddings.word_embeddings.requires_grad_(False)
        self.heads = nn.Sequential(nn.Linear(2 * 384 + 5, WIDE), nn.GELU(), nn.Linear(WIDE, OUTPUTS))

    def forward(self, ids: Any, types: Any, mask: Any) -> Any:
        held = mask.bool()
        together = (types[:, :, None] == types[:, None, :]) & held[:, None, :] & held[:, :, None]  # [B,S,S]
        together |= torch.eye(ids.shape[1], dtype=torch.bool, device=ids.device)  # padding sees itself: no row without a token
        bias = torch.zeros(together.shape, device=ids.device).masked_fill(~together, -1e4)[:, None]
        first = (types == 0).long() * mask
        places = torch.where(
            types == 1,
            torch.arange(ids.shape[1], device=ids.device) - first.sum(1, keepdim=True),
            torch.arange(ids.shape[1], device=ids.device),
        )
        tokens = self.body(input_ids=ids, attention_mask=bias, position_ids=places.clamp_min(0)).last_hidden_state.float()  # [B,S,H]
        return self.heads(_compared(tokens, first.bool(), held & (types == 1)))


def _compared(tokens: Any, left: Any, right: Any) -> Any:
    """[B,S,H] and two masks [B,S] → [B, 2H + 5]: the means' product and difference, and how well each side's tokens find a partner."""
    unit = nn.functional.normalize(tokens, dim=-1)
    similar = (unit @ unit.transpose(1, 2)).masked_fill(~(left[:, :, None] & right[:, None, :]), -1.0)  # [B,S,S]
    found, back = similar.max(2).values, similar.max(1).values
    one, other = _mean(tokens, left), _mean(tokens, right)
    figures = [
        _mean(found[..., None], left), found.masked_fill(~left, 1.0).min(1, keepdim=True).values,
        _mean(back[..., None], right), back.masked_fill(~right, 1.0).min(1, keepdim=True).values,
        nn.functional.cosine_similarity(one, other, dim=1)[:, None],
    ]  # fmt: skip
    return torch.cat([one * other, (one - other).abs(), *figures], dim=1)


def _mean(values: Any, mask: Any) -> Any:
    weight = mask[..., None].float()
    return (values * weight).sum(1) / weight.sum(1).clamp_min(1)
