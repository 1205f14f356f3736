"""Safetensors files, alone or in a folder with ``config.json`` (the format of the Hugging Face hub), read without trusting them; and
written, whole or not at all.

A file is a length (8 bytes), a header (JSON: name → type, shape, first and last byte) and the numbers. Nothing in it can be run. Its
claims are held against the size of the file before memory is set aside. Format: the README of the safetensors project.
"""

from __future__ import annotations

import json
import math
import mmap
import os
import struct
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from greenroom.errors import LabError, ModelFileError
from greenroom.wheel import sync

HEADER_LIMIT, JSON_LIMIT = 16_000_000, 32_000_000
MOST_FILES, MOST_TENSORS = 64, 20_000
WIDTHS = {"F32": 4, "F16": 2, "BF16": 2}
PREFIX, SWEEP_SECONDS = ".saving-", 3600
"""Of a file that is being written; what was left behind by one that was killed goes when it is so old."""


class Tensor(NamedTuple):
    """``start``: its first byte in ``file``."""

    shape: tuple[int, ...]
    kind: str
    start: int
    file: mmap.mmap


class SafetensorsFile:
    """One file: ``tensors`` by name; ``said``: what its header says beside them, unchecked.

    Raises:
        ModelFileError: it cannot be read, or claims what cannot be.
    """

    def __init__(self, file: Path) -> None:
        self.tensors, self.said = _read_header(file)

    def read(self, name: str) -> NDArray[np.float32]:
        """A tensor as fp32, copied out of the file."""
        return _numbers(self.tensors[name])


class SafetensorsFolder:
    """``config``: what config.json says. ``tensors``: what is in all files together, by name.

    Raises:
        ModelFileError: something cannot be read, or claims what cannot be.
    """

    def __init__(self, folder: Path) -> None:
        self.config = read_json(folder / "config.json")
        files = sorted(folder.glob("*.safetensors"))
        if not 1 <= len(files) <= MOST_FILES:
            raise ModelFileError(f"{folder} holds {len(files) or 'no'} safetensors files.")
        self.tensors: dict[str, Tensor] = {}
        for file in files:
            for name, tensor in SafetensorsFile(file).tensors.items():
                if name in self.tensors:
                    raise ModelFileError(f"{folder} cannot be used: {name[:80]!r} is in two files.")
                self.tensors[name] = tensor

    def __len__(self) -> int:
        """Bytes of all files."""
        return sum(len(file) for file in {id(each.file): each.file for each in self.tensors.values()}.values())

    def read(self, name: str) -> NDArray[np.float32]:
        """A tensor as fp32, copied out of the file."""
        return _numbers(self.tensors[name])


def _numbers(tensor: Tensor) -> NDArray[np.float32]:
    raw = np.frombuffer(tensor.file, np.uint8, math.prod(tensor.shape) * WIDTHS[tensor.kind], tensor.start)
    if tensor.kind == "BF16":  # the upper half of an fp32
        found = (raw.view("<u2").astype(np.uint32) << 16).view(np.float32)
    else:
        found = raw.view("<f4" if tensor.kind == "F32" else "<f2").astype(np.float32)
    return found.reshape(tensor.shape)


def read_json(file: Path) -> dict[str, Any]:
    """A JSON object of bounded size. Raises ModelFileError."""
    try:
        if file.stat().st_size > JSON_LIMIT:
            raise ModelFileError(f"{file.name} is larger than {JSON_LIMIT:,} bytes.")
        found = json.loads(file.read_bytes())
    except OSError as error:
        raise ModelFileError(f"{file} cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise ModelFileError(f"{file.name} is not JSON that can be read.") from error
    if not isinstance(found, dict):
        raise ModelFileError(f"{file.name} is not a JSON object.")
    return found


def _read_header(file: Path) -> tuple[dict[str, Tensor], Any]:
    try:
        with file.open("rb") as stream:
            held = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError) as error:  # ValueError: an empty file cannot be mapped
        raise ModelFileError(f"{file} cannot be read: {getattr(error, 'strerror', None) or error}.") from error
    size = struct.unpack("<Q", held[:8])[0] if len(held) >= 8 else 0
    if not 2 <= size <= min(HEADER_LIMIT, len(held) - 8):
        raise ModelFileError(f"{file.name} cannot be used: its header of {size} bytes does not fit; is it whole?")
    try:
        header = json.loads(held[8 : 8 + size])
        claims = {name: entry for name, entry in header.items() if name != "__metadata__"}
        if len(claims) > MOST_TENSORS:
            raise ModelFileError(f"{file.name} cannot be used: it claims {len(claims)} tensors.")
        found = {name: _place(entry, 8 + size, held) for name, entry in claims.items()}
        said = header.get("__metadata__", {})
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ModelFileError(f"{file.name} cannot be used: its header is not as the format has it ({type(error).__name__}).") from error
    _must_not_overlap(file.name, list(found.values()))
    return found, said


def _place(entry: Any, data: int, held: mmap.mmap) -> Tensor:
    """Raises ValueError and its like for a claim that cannot be."""
    kind, shape, (start, end) = entry["dtype"], tuple(entry["shape"]), entry["data_offsets"]
    if kind not in WIDTHS:
        raise ModelFileError(f"A tensor is of the type {str(kind)[:20]}; only {', '.join(WIDTHS)} can be read.")
    if len(shape) > 4 or not all(type(each) is int and each > 0 for each in (*shape, end)) or type(start) is not int or start < 0:
        raise ValueError("a shape or an offset that is no number")
    if end - start != math.prod(shape) * WIDTHS[kind] or data + end > len(held):
        raise ValueError("a tensor outside of the file or of another size than its shape")
    return Tensor(shape, kind, data + start, held)


def _must_not_overlap(name: str, tensors: list[Tensor]) -> None:
    end = 0
    for tensor in sorted(tensors, key=lambda each: each.start):
        if tensor.start < end:
            raise ModelFileError(f"{name} cannot be used: two of its tensors share bytes.")
        end = tensor.start + math.prod(tensor.shape) * WIDTHS[tensor.kind]


# --- Writing ---


def save(file: Path, tensors: Mapping[str, NDArray[np.float32]], said: Mapping[str, str]) -> None:
    """Whole or not at all: written beside its place, through to the disk, and only then given its name. Killed before that, the file of
    that name is what it was.

    Raises:
        LabError: it cannot be kept; there is nothing of it.
    """
    part: Path | None = None
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        _sweep(file.parent)
        handle, name = tempfile.mkstemp(prefix=PREFIX, dir=file.parent)
        part = Path(name)
        with os.fdopen(handle, "wb") as out:
            out.write(header_of(tensors, said))
            for each in tensors.values():
                out.write(np.ascontiguousarray(each, "<f4").data)
            out.flush()
            os.fsync(out.fileno())
        part.replace(file)
        part = None
        sync(file.parent)
    except OSError as error:
        raise LabError(f"{file.name} cannot be kept: {error.strerror or error}.", "Make room, or choose another GREENROOM_HOME.") from error
    finally:
        if part is not None:
            with suppress(OSError):
                part.unlink(missing_ok=True)


def header_of(tensors: Mapping[str, NDArray[np.float32]], said: Mapping[str, str]) -> bytes:
    """Length and header of a file with these tensors as fp32, filled up with blanks to a multiple of eight as the format has it."""
    header: dict[str, Any] = {"__metadata__": dict(said)}
    start = 0
    for name, each in tensors.items():
        header[name] = {"dtype": "F32", "shape": list(each.shape), "data_offsets": [start, start + 4 * each.size]}
        start += 4 * each.size
    raw = json.dumps(header, separators=(",", ":")).encode()
    raw += b" " * (-len(raw) % 8)
    return struct.pack("<Q", len(raw)) + raw


def _sweep(folder: Path) -> None:
    for left in folder.glob(f"{PREFIX}*"):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > SWEEP_SECONDS:  # a younger one may be at work
                left.unlink()
