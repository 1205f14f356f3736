"""Ways to look into the model and to change what goes on in it: each is a ``transformer.Look``; ``together`` joins several."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import numpy as np

from greenroom.labs.transformer import Array, Look


class Record:
    """Keeps copies of what it sees, by place and layer; of a text that is read in several passes, one after the other.

    Args:
        places: what to keep; everything of a long text is much.
    """

    def __init__(self, *places: str) -> None:
        self._places = frozenset(places)
        self.seen: dict[tuple[str, int], list[Array]] = {}

    def __call__(self, place: str, layer: int, value: Array) -> None:
        if place in self._places:
            self.seen.setdefault((place, layer), []).append(value.copy())

    def __getitem__(self, at: tuple[str, int]) -> Array:
        """What was seen last at (place, layer)."""
        return self.seen[at][-1]


def together(*looks: Look) -> Look:
    """One after the other; each sees what the one before it made of the value."""

    def look(place: str, layer: int, value: Array) -> Array | None:
        first = value
        for each in looks:
            changed = each(place, layer, value)
            value = value if changed is None else changed
        return None if value is first else value

    return look


def without_heads(heads: Collection[tuple[int, int]]) -> Look:
    """Heads, as (layer, head), find nothing."""

    def look(place: str, layer: int, value: Array) -> Array | None:
        gone = [head for at, head in heads if at == layer] if place == "heads" else []
        if not gone:
            return None
        value = value.copy()
        value[gone] = 0
        return value

    return look


def without(part: str, layers: Iterable[int]) -> Look:
    """Layers whose ``part`` (attention_out or mlp_out) adds nothing to the stream."""
    gone = frozenset(layers)
    return lambda place, layer, value: np.zeros_like(value) if place == part and layer in gone else None


def without_positions(place: str, layer: int, value: Array) -> Array | None:
    """No token knows where it stands."""
    return np.stack([np.ones_like(value[0]), np.zeros_like(value[1])]) if place == "rotation" else None


def without_mask(place: str, layer: int, value: Array) -> Array | None:
    """Every token sees those after it too, as far as they are read in the same pass."""
    return np.zeros_like(value) if place == "mask" else None
