"""Files opened and written with care: only a plain file is opened, and what only saves time is for one person.

What ``keep`` writes can be made again, so nobody minds if it cannot be written or has gone; nobody else may read or write it, whatever the
umask says.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from pathlib import Path
from typing import IO


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


def open_plain(path: Path, flags: int = os.O_RDONLY, *, links: bool = False) -> IO[bytes]:
    """The bytes of a plain file. ``flags``: as for ``os.open`` (they say what is cut or appended); what is made is its owner's only.

    The kind is asked of the open file, so that nobody can change it in between; a pipe is opened without waiting for its other end.
    ``links``: whether a link is followed. Where the system cannot refuse one (Windows), it is followed; hard links look like any file.

    Raises:
        OSError: EINVAL for what is no plain file, ELOOP for a link, and whatever opening raises.
    """
    flags |= getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | (0 if links else getattr(os, "O_NOFOLLOW", 0))
    handle = os.open(path, flags, 0o600)
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(errno.EINVAL, "it is no plain file")
        return os.fdopen(handle, "r+b" if flags & os.O_RDWR else "wb" if flags & os.O_WRONLY else "rb")
    except OSError:
        os.close(handle)
        raise
