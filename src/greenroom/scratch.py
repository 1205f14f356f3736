"""Files that only save time: what is in them can be made again, so nobody minds if one cannot be written or has gone. They are for one
person: nobody else may read or write them, whatever the umask says.
"""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path


def keep(path: Path, raw: bytes) -> None:
    """Write ``raw`` whole or not at all, in a folder that may not be there yet. A full or read-only disk: nothing is kept."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        if ours(path.parent.stat()):
            path.parent.chmod(0o700)
        try:
            part.unlink(missing_ok=True)
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600), "wb") as file:
                file.write(raw)
            part.replace(path)
        except OSError:
            part.unlink(missing_ok=True)


def thin(folder: Path, most: int) -> None:
    """Remove the oldest files of ``folder``, so that ``most`` are left; what a killed process had begun is among them."""
    with contextlib.suppress(OSError):  # another process may be thinning it too
        files = sorted((file for file in folder.iterdir() if file.is_file()), key=lambda file: file.stat().st_mtime)
        for file in files[: max(0, len(files) - most)]:
            file.unlink(missing_ok=True)


def ours(seen: os.stat_result) -> bool:
    """Whether a file or folder belongs to whom this process belongs to. Not known but on POSIX: then it does."""
    return os.name != "posix" or seen.st_uid == os.geteuid()


def trusted(seen: os.stat_result) -> bool:
    """Whether nobody else can have written it."""
    return ours(seen) and (os.name != "posix" or not seen.st_mode & (stat.S_IWGRP | stat.S_IWOTH))
