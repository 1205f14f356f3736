"""A GGUF file (the format of llama.cpp), read without trusting it.

Everything that the header claims is held against the size of the file before memory is set aside: counts, lengths, shapes, offsets, types,
overlaps. The ``gguf`` package knows the types and unpacks the numbers. Its own reader is not used: it believes a header's counts (one that
claims 2⁶⁰ items keeps it busy until memory is gone; a test shows that) and needs seconds for a vocabulary. Format: ggml's docs/gguf.md.
"""

from __future__ import annotations

import math
import mmap
import struct
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType
from gguf.quants import dequantize
from numpy.typing import NDArray

from greenroom.errors import ModelFileError

MAGIC, VERSIONS = b"GGUF", (2, 3)
ALIGNMENT = 32
MOST_FIELDS, MOST_TENSORS, MOST_ITEMS, MOST_DIMENSIONS = 4096, 20_000, 2_000_000, 4
LONGEST_NAME, LONGEST_TEXT = 512, 4_000_000
NUMBERS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
"""The format's number types by their code, as ``struct`` calls them."""
TEXT, LIST = 8, 9


class Tensor(NamedTuple):
    """``shape`` as numpy has it: the file names the fastest dimension first. ``start``: its first byte in the file."""

    shape: tuple[int, ...]
    kind: GGMLQuantizationType
    start: int
    size: int


class GgufFile:
    """``fields``: the metadata. ``tensors``: what is in the file, by name.

    Raises:
        ModelFileError: it cannot be read, or claims what cannot be.
    """

    def __init__(self, path: Path) -> None:
        try:
            with path.open("rb") as stream:
                self._bytes = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError) as error:  # ValueError: an empty file cannot be mapped
            raise ModelFileError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}.") from error
        self._name, self._at = path.name, 0
        if self._take(4) != MAGIC or self._number("I") not in VERSIONS:
            raise self._fault("it is not a GGUF file of version 2 or 3")
        tensors, fields = self._count(MOST_TENSORS, "tensors"), self._count(MOST_FIELDS, "fields")
        self.fields = self._read_fields(fields)
        self.tensors = self._read_tensors(tensors)

    def __len__(self) -> int:
        """Bytes of the whole file."""
        return len(self._bytes)

    def read(self, name: str) -> NDArray[np.float32]:
        """A tensor as fp32, copied out of the file. Raises ModelFileError."""
        tensor = self.tensors[name]
        rows = math.prod(tensor.shape[:-1])
        packed = np.frombuffer(self._bytes, np.uint8, tensor.size, tensor.start).reshape(rows, -1)
        try:
            found = np.array(dequantize(packed, tensor.kind), np.float32)
        except NotImplementedError:
            raise self._fault(f"{name} is packed as {tensor.kind.name}, which cannot be unpacked here") from None
        return found.reshape(tensor.shape)

    # --- The header, from its first byte on ---

    def _fault(self, what: str) -> ModelFileError:
        return ModelFileError(f"{self._name} cannot be used: {what}.")

    def _take(self, size: int) -> bytes:
        start, self._at = self._at, self._at + size
        if self._at > len(self._bytes):
            raise self._fault("it ends in the middle of its header")
        return self._bytes[start : self._at]

    def _number(self, kind: str) -> Any:
        return struct.unpack("<" + kind, self._take(struct.calcsize("<" + kind)))[0]

    def _count(self, most: int, what: str) -> int:
        count: int = self._number("Q")
        if count > most:
            raise self._fault(f"it claims {count} {what}, more than {most}")
        return count

    def _text(self, most: int) -> str:
        try:
            return self._take(self._count(most, "bytes of text")).decode("utf-8")
        except UnicodeDecodeError:
            raise self._fault("it holds text that is not UTF-8") from None

    def _read_fields(self, count: int) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        for _ in range(count):
            name = self._text(LONGEST_NAME)
            if name in fields:
                raise self._fault(f"it has the field {name!r} twice")
            fields[name] = self._value(self._number("I"))
        return fields

    def _value(self, kind: int) -> Any:
        if kind == TEXT:
            return self._text(LONGEST_TEXT)
        if kind == LIST:
            return self._list()
        if kind not in NUMBERS:
            raise self._fault(f"it has a field of the unknown type {kind}")
        return self._number(NUMBERS[kind])

    def _list(self) -> list[Any]:
        kind, count = self._number("I"), self._count(MOST_ITEMS, "items of a list")
        if kind == TEXT:
            return [self._text(LONGEST_TEXT) for _ in range(count)]  # each takes 8 bytes or more: the file's end bounds the list
        if kind not in NUMBERS:
            raise self._fault(f"it has a list of the type {kind}")
        one = "<" + NUMBERS[kind]
        return [each for (each,) in struct.iter_unpack(one, self._take(count * struct.calcsize(one)))]

    def _read_tensors(self, count: int) -> dict[str, Tensor]:
        claims: dict[str, tuple[tuple[int, ...], int, int]] = {}
        for _ in range(count):
            name, dimensions = self._text(LONGEST_NAME), self._number("I")
            if name in claims or not 1 <= dimensions <= MOST_DIMENSIONS:
                raise self._fault(f"its tensor {name!r} comes twice or has {dimensions} dimensions")
            claims[name] = (tuple(self._number("Q") for _ in range(dimensions))[::-1], self._number("I"), self._number("Q"))
        step = self.fields.get("general.alignment", ALIGNMENT)
        if type(step) is not int or not 1 <= step <= 65_536 or step & (step - 1):
            raise self._fault(f"its tensors are to be aligned to {str(step)[:20]}")
        start = -(-self._at // step) * step
        found = {name: self._place(name, *claim, start) for name, claim in claims.items()}
        self._must_not_overlap(list(found.values()))
        return found

    def _place(self, name: str, shape: tuple[int, ...], code: int, offset: int, start: int) -> Tensor:
        try:
            kind = GGMLQuantizationType(code)
            block, packed = GGML_QUANT_SIZES[kind]
        except (ValueError, KeyError):
            raise self._fault(f"{name} is of the unknown type {code}") from None
        if 0 in shape or shape[-1] % block:
            raise self._fault(f"{name} has the shape {shape}, which {kind.name} cannot have")
        size = math.prod(shape) // block * packed  # Python's integers do not overflow
        if start + offset + size > len(self._bytes):
            raise self._fault(f"{name} would end behind the end of the file; is it whole?")
        return Tensor(shape, kind, start + offset, size)

    def _must_not_overlap(self, tensors: list[Tensor]) -> None:
        end = 0
        for tensor in sorted(tensors, key=lambda each: each.start):
            if tensor.start < end:
                raise self._fault("two of its tensors share bytes")
            end = tensor.start + tensor.size
