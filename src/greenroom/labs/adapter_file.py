"""Adapters (LoRA) apart from what trains them: thin matrices beside the weights of a llama-family model. Run beside it, merged into a copy
of it, saved whole or not at all, and read without being trusted. numpy only; ``adapters.py`` trains them.

    y = W x   becomes   y = W x + s B A x      W (out, in);  A (r, in);  B (out, r);  s = alpha / r

The file is a safetensors file: ``layers.3.qkv.a`` and ``layers.3.qkv.b`` for each matrix that has an adapter, by the names of
``transformer.Block``; its header says rank, alpha and the SHA-256 of the weights that it was trained beside. An adapter belongs to these
and to no others: of the right size, on other weights, it would give nonsense without a word. So a file with another hash is refused. A
hash says that the base is the same, not that the file is honest: whoever made it chose what the model says with it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from copy import copy
from pathlib import Path
from typing import NamedTuple

import numpy as np

from greenroom.errors import ModelFileError
from greenroom.labs.safetensors_file import SafetensorsFile, save
from greenroom.labs.transformer import Array, Look, Transformer, silu

FORMAT = "greenroom-adapter-1"
PLACES = ("qkv", "output", "gate_up", "down")
"""Matrices of a layer that may have an adapter."""
MOST_RANK, MOST_ALPHA, HEADER_ROOM = 256, 4096.0, 2_000_000
SAID_LIMIT = 200
"""Characters of each thing that the header says."""
NAME = re.compile(r"layers\.(0|[1-9]\d{0,3})\.([a-z_]{1,20})\.([ab])")
SHA256 = re.compile(r"[0-9a-f]{64}")


class Pair(NamedTuple):
    """Beside one matrix (out, in)."""

    a: Array  # (r, in)
    b: Array  # (out, r)


class Thin(NamedTuple):
    """An adapter as values. ``pairs``: by layer and place; ``base``: the SHA-256 of the weights that it belongs to; ``note``: what it was
    trained on and how, in the words of whoever trained it."""

    pairs: Mapping[tuple[int, str], Pair]
    rank: int
    alpha: float
    base: str
    note: str = ""

    @property
    def scale(self) -> float:
        return self.alpha / self.rank

    @property
    def size(self) -> int:
        """Its numbers."""
        return sum(a.size + b.size for a, b in self.pairs.values())

    def change(self, layer: int, place: str) -> Array:
        """(out, in): what merging adds to the matrix."""
        a, b = self.pairs[layer, place]
        found: Array = b @ a * self.scale
        return found

    def merged(self, base: Transformer, share: float = 1) -> Transformer:
        """A copy with this share of the adapter added in, -1 to take it out. The base is left as it is; matrices without an adapter are
        shared with it."""
        found, blocks = copy(base), list(base.blocks)
        for layer, place in self.pairs:
            matrix = getattr(blocks[layer], place) + share * self.change(layer, place)
            blocks[layer] = blocks[layer]._replace(**{place: matrix})
        found.blocks = blocks
        return found

    def beside(self, base: Transformer) -> Look:
        """A look with which ``base`` computes what ``merged(base)`` would: nothing of the base is touched, and the next text may be read
        with another one. For one text at a time; the MLP's first matrix is multiplied a second time, for its result passes a bend."""
        return _Beside(self, base)


class _Beside:
    """Remembers what each matrix reads, and adds to what it gives."""

    def __init__(self, thin: Thin, base: Transformer) -> None:
        self._thin, self._base, self._reads = thin, base, np.zeros((0, 0), np.float32)

    def __call__(self, place: str, layer: int, value: Array) -> Array | None:
        if place in ("attention_norm", "mlp_norm"):
            self._reads = value  # (T, W)
        elif place in ("queries", "keys", "values"):
            return self._heads(place, layer, value)
        elif place == "heads":
            self._found = value.transpose(1, 0, 2).reshape(value.shape[1], -1)  # (T, H D)
        elif place == "attention_out":
            return self._added(layer, "output", self._found, value)
        elif place == "mlp_hidden":
            self._hidden = self._bent(layer, value)  # (T, F)
            return self._hidden
        elif place == "mlp_out":
            return self._down(layer, value)
        return None

    def _by(self, layer: int, place: str, x: Array) -> Array | None:
        """s B A x, (T, out)."""
        pair = self._thin.pairs.get((layer, place))
        return None if pair is None else times(x, pair, self._thin.scale)

    def _added(self, layer: int, place: str, x: Array, value: Array) -> Array | None:
        more = self._by(layer, place, x)
        return None if more is None else value + more

    def _heads(self, place: str, layer: int, value: Array) -> Array | None:
        """(heads, T, D): the rows of ``qkv`` that make these."""
        pair, s = self._thin.pairs.get((layer, "qkv")), self._base.shape
        if pair is None:
            return None
        starts = {"queries": 0, "keys": s.heads, "values": s.heads + s.kv_heads}
        rows = slice(starts[place] * s.head_width, (starts[place] + len(value)) * s.head_width)
        more = times(self._reads, Pair(pair.a, pair.b[rows]), self._thin.scale)  # (T, heads D)
        return value + more.reshape(len(more), -1, s.head_width).transpose(1, 0, 2)

    def _bent(self, layer: int, value: Array) -> Array:
        more = self._by(layer, "gate_up", self._reads)
        if more is None:
            return value
        both, f = self._reads @ self._base.blocks[layer].gate_up.T + more, self._base.shape.hidden  # (T, 2 F)
        return silu(both[:, :f]) * both[:, f:]

    def _down(self, layer: int, value: Array) -> Array | None:
        return self._added(layer, "down", self._hidden, value)


def times(x: Array, pair: Pair, scale: float) -> Array:
    """s B A x: (T, in) → (T, out). The thin way round: B A is never made."""
    within: Array = x @ pair.a.T  # (T, r)
    found: Array = within @ pair.b.T
    np.multiply(found, np.float32(scale), out=found)
    return found


def beside_size(base: Transformer, rank: int, places: tuple[str, ...] = PLACES) -> int:
    """Numbers of an adapter of this rank beside these matrices."""
    return sum(rank * sum(getattr(block, place).shape) for block in base.blocks for place in places)


# --- The file ---


def keep(thin: Thin, file: Path) -> None:
    """Whole or not at all. Raises LabError if it cannot be kept."""
    said = {"format": FORMAT, "base_sha256": thin.base, "rank": str(thin.rank), "alpha": repr(float(thin.alpha)), "note": thin.note}
    tensors = {
        f"layers.{layer}.{place}.{n}": each for (layer, place), pair in thin.pairs.items() for n, each in zip("ab", pair, strict=True)
    }
    save(file, tensors, said)


def take(file: Path, base: Transformer, sha256: str) -> Thin:
    """The adapter in ``file``, if it belongs to ``base``, whose hash is ``sha256``.

    Raises:
        ModelFileError: it cannot be read, is of another base, or claims what cannot be. Nothing of it is used.
    """
    _must_be_small(file, base)
    found = SafetensorsFile(file)
    rank, alpha, note = _said(file.name, found.said, sha256)
    pairs: dict[tuple[int, str], Pair] = {}
    for name in found.tensors:
        layer, place = _place(file.name, name, base)
        if (layer, place) not in pairs:
            pairs[layer, place] = _pair(file.name, found, (layer, place), getattr(base.blocks[layer], place).shape, rank)
    if not pairs:
        raise _no(file.name, "it has no matrices")
    return Thin(pairs, rank, alpha, sha256, note)


def _no(name: str, why: str) -> ModelFileError:
    return ModelFileError(f"{name[:80]} cannot be used as an adapter: {why}.", "Remove the file; the lab trains it anew.")


def _must_be_small(file: Path, base: Transformer) -> None:
    """Before anything of it is mapped. A pipe or a device has no size that could be trusted."""
    try:
        regular, size = file.is_file(), file.stat().st_size
    except OSError as error:
        raise _no(file.name, f"{error.strerror}") from error
    if not regular:
        raise _no(file.name, "it is no plain file")
    if size > 4 * beside_size(base, MOST_RANK) + HEADER_ROOM:
        raise _no(file.name, f"it has {size:,} bytes, more than any adapter of this model")


def _said(name: str, said: object, sha256: str) -> tuple[int, float, str]:
    """Rank, alpha and note."""
    if not isinstance(said, dict) or not all(isinstance(each, str) and len(each) <= SAID_LIMIT for each in said.values()):
        raise _no(name, "its header is not that of an adapter")
    if said.get("format") != FORMAT:
        raise _no(name, f"it is of the format “{said.get('format', 'none')[:40]}”, not {FORMAT}")
    base, rank, alpha = (said.get(key, "") for key in ("base_sha256", "rank", "alpha"))
    if not SHA256.fullmatch(base):
        raise _no(name, "it does not say which weights it belongs to")
    if base != sha256:
        raise _no(name, f"it belongs to the weights {base[:12]}…, and these are {sha256[:12]}…")
    if not re.fullmatch(r"[1-9]\d{0,2}", rank) or int(rank) > MOST_RANK:
        raise _no(name, f"its rank is “{rank[:20]}”, not 1 to {MOST_RANK}")
    try:
        value = float(alpha)
    except ValueError:
        value = math.nan
    if not 0 < value <= MOST_ALPHA:
        raise _no(name, f"its alpha is “{alpha[:20]}”")
    return int(rank), value, said.get("note", "")


def _place(file: str, name: str, base: Transformer) -> tuple[int, str]:
    found = NAME.fullmatch(name)
    if found is None or found[2] not in PLACES or int(found[1]) >= len(base.blocks):
        raise _no(file, f"it has a tensor “{name[:60]}”, and the model no such matrix")
    return int(found[1]), found[2]


def _pair(name: str, file: SafetensorsFile, at: tuple[int, str], matrix: tuple[int, ...], rank: int) -> Pair:
    sizes, read = {"a": (rank, matrix[1]), "b": (matrix[0], rank)}, []
    for which, size in sizes.items():
        tensor = f"layers.{at[0]}.{at[1]}.{which}"
        if tensor not in file.tensors:
            raise _no(name, f"{tensor} is missing")
        if file.tensors[tensor].shape != size:
            raise _no(name, f"{tensor} has the shape {file.tensors[tensor].shape}; beside this model it should be {size}")
        read.append(file.read(tensor))
        if not np.isfinite(read[-1]).all():
            raise _no(name, f"{tensor} has numbers in it that are infinite or none")
    return Pair(*read)
