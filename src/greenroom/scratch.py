"""Files that only save time: what is in them can be made again, so nobody minds if one cannot be written or has gone."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path


def keep(path: Path, raw: bytes) -> None:
    """Write ``raw`` whole or not at all, in a folder that may not be there yet. A full or read-only disk: nothing is kept."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            part.write_bytes(raw)
            part.replace(path)
        except OSError:
            part.unlink(missing_ok=True)


def thin(folder: Path, most: int) -> None:
    """Remove the oldest files of ``folder``, so that ``most`` are left; what a killed process had begun is among them."""
    with contextlib.suppress(OSError):  # another process may be thinning it too
        files = sorted((file for file in folder.iterdir() if file.is_file()), key=lambda file: file.stat().st_mtime)
        for file in files[: max(0, len(files) - most)]:
            file.unlink(missing_ok=True)
