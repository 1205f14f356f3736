"""A GGUF file written anew with all its weights in fp32, for a while: the control of the lab *frameworks*. The same engine on the same
weights, once packed and once not, tells what comes of the packing and what of the engine."""

from __future__ import annotations

import contextlib
import os
import shutil
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

from greenroom.errors import LabError

if TYPE_CHECKING:
    from greenroom.labs.gguf_file import GgufFile

STEM, LEFT_OVER = "frameworks-", 3600
"""Files of that name were left by a run that was killed where their process is gone, or (where that cannot be told) when they are older
(seconds): they are removed."""
SPARE = 500_000_000
"""Bytes of the disk that stay free."""


@contextmanager
def unpacked(file: Path, folder: Path) -> Iterator[Path]:
    """The file in fp32, in ``folder``; gone afterwards (an engine that has mapped it keeps it until it ends). Raises LabError."""
    from greenroom.labs.checkpoint import open_checkpoint
    from greenroom.labs.gguf_file import GgufFile

    found = open_checkpoint(file).file
    if not isinstance(found, GgufFile):
        raise LabError("llama.cpp reads GGUF files, and this model is none.", "Take a model in a GGUF file.")
    made = folder / f"{STEM}{os.getpid()}.gguf"
    try:
        _make(found, made)
        yield made
    finally:
        with contextlib.suppress(OSError):  # Windows keeps a file that is mapped: the next run removes it
            made.unlink(missing_ok=True)


def _make(found: GgufFile, made: Path) -> None:
    size, folder = 4 * sum(prod(tensor.shape) for tensor in found.tensors.values()), made.parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _tidy(folder)
        if shutil.disk_usage(folder).free < size + SPARE:
            raise LabError(f"The disk has no room for {size / 1e6:,.0f} MB of unpacked weights.", "Make room on it.")
        write(found, made)
    except (struct.error, LookupError, ValueError) as error:
        raise LabError(f"The file's own notes cannot be written anew ({error}).", "Take another file, or leave the control out.") from error
    except OSError as error:
        raise LabError(f"The unpacked weights could not be written: {error.strerror}.", f"Is {folder} writable, with room?") from error


def write(found: GgufFile, made: Path) -> None:
    """All fields, and tensor by tensor the numbers in fp32."""
    import numpy as np
    from gguf import GGUFWriter

    writer = GGUFWriter(made, str(found.fields["general.architecture"]))

    def whole(key: str, value: int) -> None:
        (writer.add_int64 if value < 0 else writer.add_uint32 if value < 2**32 else writer.add_uint64)(key, value)

    add: dict[type, Any] = {
        bool: writer.add_bool, int: whole, float: writer.add_float32, str: writer.add_string, list: writer.add_array,
    }  # fmt: skip
    for key, value in found.fields.items():
        if key not in ("general.architecture", "general.alignment", "general.file_type"):
            add[type(value)](key, value)
    for name, tensor in found.tensors.items():
        writer.add_tensor_info(name, tensor.shape, np.dtype(np.float32), 4 * prod(tensor.shape))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    for name in found.tensors:
        writer.write_tensor_data(found.read(name))
    writer.close()


def _tidy(folder: Path) -> None:
    for old in folder.glob(f"{STEM}*.gguf"):
        with contextlib.suppress(OSError):
            if _ended(old.stem.removeprefix(STEM)) or time.time() - old.stat().st_mtime > LEFT_OVER:
                old.unlink()


def _ended(number: str) -> bool:
    """Whether the process of that number is gone. Not told on Windows, where asking is killing."""
    if os.name == "nt" or not number.isdecimal():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except (PermissionError, OverflowError):
        pass
    return False
