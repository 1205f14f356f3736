"""Packs as they were read last, for as long as their files stay as they were: reading and checking YAML takes longer than anything else
that a command does before its first line.

A pack is known again by what the file system says of each of its files (name, inode, size, times), and of the modules here that read and
check it. Only packs without a fault are kept, and none with a file that changed within ``SETTLED`` seconds: a second change in the same
tick of the clock could not be told from the first. A file is believed only where
nobody else can have written it. Not covered: a file changed under its old size and times, which takes intent.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from pydantic import ValidationError

from greenroom.bank.bank import Pack
from greenroom.bank.question import Value
from greenroom.bank.read import FILES_LIMIT, question_files
from greenroom.files import keep, open_plain, thin, trusted

MOST = 64
"""Packs kept, those longest unused go first; the core pack takes 3 MB."""
SETTLED = 3.0
"""Seconds. The coarsest clock of a file system in use (FAT) ticks every two."""
CODE = Path(__file__).parent


class _KeptPack(Value):
    mark: str
    pack: Pack


class KeptPacks:
    """Packs in ``folder``, one JSON file each. ``clock``: seconds since 1970."""

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time) -> None:
        self._folder, self._clock = folder, clock

    def mark(self, pack: Path) -> str | None:
        """What tells this state of the pack from any other; None: it changed just now, or is no pack to keep. Taken before it is read."""
        digest = sha256()
        try:
            files, strays = question_files(pack)
            if (
                strays
                or len(files) > FILES_LIMIT
                or not all(stat.S_ISDIR(topic.lstat().st_mode) for topic in {each.parent for each in files})
            ):
                return None
            for path in (*sorted(CODE.glob("*.py")), pack / "pack.yaml", *files):
                seen = path.lstat()
                if not stat.S_ISREG(seen.st_mode) or seen.st_mtime > self._clock() - SETTLED:
                    return None
                digest.update(f"{path}\0{seen.st_dev} {seen.st_ino} {seen.st_size} {seen.st_mtime_ns} {seen.st_ctime_ns}\n".encode())
        except (OSError, ValueError):  # gone meanwhile, or a name that cannot be encoded
            return None
        return digest.hexdigest()

    def find(self, pack: Path, mark: str | None) -> Pack | None:
        if mark is None:
            return None
        place = self._place(pack)
        try:
            raw = self._own_bytes(place)
            kept = _KeptPack.model_validate_json(raw) if raw is not None else None
            os.utime(place)  # what is in use is not what goes first
        except (OSError, ValidationError):
            return None
        return kept.pack if kept and kept.mark == mark else None

    def _own_bytes(self, place: Path) -> bytes | None:
        """None for what another person may have written: it would be believed unread. Asked of the open file."""
        if not trusted(self._folder.stat()):
            return None
        with open_plain(place) as file:
            return file.read() if trusted(os.fstat(file.fileno())) else None

    def put(self, pack: Pack, mark: str | None) -> None:
        if mark is None:
            return
        keep(self._place(pack.folder), _KeptPack(mark=mark, pack=pack).model_dump_json().encode())
        thin(self._folder, MOST)

    def _place(self, pack: Path) -> Path:
        return self._folder / f"{sha256(str(pack.absolute()).encode(errors='surrogateescape')).hexdigest()[:32]}.json"
