"""The sound of takes that a person asked to keep: one file a take, in their data folder, under names of ours."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import time
import wave
from pathlib import Path
from types import TracebackType

from greenroom.errors import NotFoundError, StoreFullError
from greenroom.voice.heard import RATE, TAKE_ID

SWEEP_SECONDS = 86_400


class Recordings:
    """Files of takes below ``folder``; an owner's are in a folder of their own, whose name is a hash."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, owner_id: str, take_id: str) -> Path | None:
        path = self._path(owner_id, take_id)
        return path if path.is_file() else None

    def get(self, owner_id: str, take_id: str) -> Path:
        """Raises NotFoundError, also for another owner's."""
        found = self.find(owner_id, take_id)
        if found is None:
            raise NotFoundError("recording", take_id, hint="It was deleted, or never kept.")
        return found

    def forget(self, owner_id: str, take_id: str) -> bool:
        """False: there was none."""
        found = self.find(owner_id, take_id)
        if found is not None:
            found.unlink(missing_ok=True)
        return found is not None

    def forget_all(self, owner_id: str) -> int:
        """Every recording of one owner, half-written ones too. Returns how many there were."""
        count = len(list(self._of(owner_id).glob("*.wav")))
        shutil.rmtree(self._of(owner_id), ignore_errors=True)
        return count

    def write(self, owner_id: str, take_id: str) -> Tape:
        """A file that has its name once it is whole. Raises StoreFullError."""
        path = self._path(owner_id, take_id)
        with _translated():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            for left in path.parent.glob("*.part"):  # of a process that died
                if time.time() - left.stat().st_mtime > SWEEP_SECONDS:
                    left.unlink(missing_ok=True)
            return Tape(path)

    def _of(self, owner_id: str) -> Path:
        return self._folder / hashlib.sha256(owner_id.encode()).hexdigest()[:16]

    def _path(self, owner_id: str, take_id: str) -> Path:
        if not re.fullmatch(TAKE_ID, take_id):
            raise NotFoundError("recording", take_id, hint="It was deleted, or never kept.")
        return self._of(owner_id) / f"{take_id}.wav"


class Tape:
    """One recording while it is made."""

    def __init__(self, path: Path) -> None:
        self._path, self._part = path, path.with_suffix(".part")
        self._file = os.fdopen(os.open(self._part, os.O_CREAT | os.O_TRUNC | os.O_RDWR, 0o600), "w+b")
        self._wave = wave.open(self._file, "wb")  # noqa: SIM115 (it stays open while somebody speaks)
        self._wave.setnchannels(1)
        self._wave.setsampwidth(2)
        self._wave.setframerate(RATE)

    def add(self, sound: bytes) -> None:
        with _translated():
            self._wave.writeframesraw(sound)

    def finish(self, *, keep: bool) -> None:
        """Give the file its name, or take it away."""
        try:
            with _translated():
                self._wave.close()
                self._file.flush()
                os.fsync(self._file.fileno())
                if keep:
                    self._part.replace(self._path)
        finally:
            self._file.close()
            self._part.unlink(missing_ok=True)


class _translated(contextlib.AbstractContextManager[None]):
    """Faults of the disk, in words."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if isinstance(error, OSError):
            raise StoreFullError(
                f"The recording cannot be kept: {error.strerror}.",
                "Free some space, or switch off “Keep my voice”; the words are in the text.",
            ) from error
