"""Files that were made to hide something in a picture, or to keep the processor busy."""

from __future__ import annotations

import contextlib
import os
import struct
import subprocess
import sys
import time
from pathlib import Path

import pytest
from labs_photos import FRAME, LARGE, LOSSY, PICTURE, SCAN, SECRET, chunk, riff, segment, with_chunks

from greenroom.errors import InputError
from greenroom.labs.photo import FILE_LIMIT, read_photo


def test_no_kept_part_carries_more_than_the_pixels_need() -> None:
    """A part with an allowed name and something else in it."""
    hidden = read_photo(with_chunks(chunk(b"gAMA", struct.pack(">I", 45_455)), chunk(b"cHRM", SECRET), chunk(b"sRGB", SECRET)))
    assert SECRET not in hidden.data and b"gAMA" in hidden.data
    for data in (PICTURE[:-12] + chunk(b"IEND", SECRET), riff((b"VP8X", LARGE + SECRET), (b"VP8 ", LOSSY))):
        with pytest.raises(InputError, match="damaged"):
            read_photo(data)


HUGE = struct.pack(">BHHB", 8, 12_000, 12_000, 1) + b"\x01\x11\x00"


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xd8" + segment(0xC0, HUGE) + FRAME + SCAN + b"\xff\xd9",
        riff((b"VP8X", LARGE), (b"VP8 ", LOSSY[:6] + struct.pack("<HH", 12_000, 12_000) + LOSSY[10:])),
        with_chunks(chunk(b"IHDR", struct.pack(">II", 12_000, 12_000) + PICTURE[24:29])),
    ],
    ids=["jpeg", "webp", "png"],
)
def test_a_picture_that_states_two_sizes_is_refused(data: bytes) -> None:
    """The small one would be held against the limits, and the large one unpacked by whoever it is sent to."""
    with pytest.raises(InputError, match="damaged"):
        read_photo(data)


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xd8" + FRAME + SCAN[:10] + b"\xff" * 5_900_000 + b"\xd9",
        b"\xff\xd8" + FRAME + SCAN[:10] + b"\xff\0" * 2_900_000 + b"\xff\xd9",
        b"\xff\xd8" + FRAME + b"\xff" * 5_900_000,
        b"\xff\xd8" + segment(0xDB, b"") * 1_400_000 + FRAME + SCAN + b"\xff\xd9",
        with_chunks(chunk(b"IDAT", b"") * 480_000), riff((b"VP8X", LARGE), (b"VP8 ", LOSSY), *[(b"EXIF", b"")] * 600_000),
    ],
    ids=["fill in a scan", "stuffed", "fill", "segments", "chunks", "riff"],
)  # fmt: skip
def test_no_file_keeps_the_processor_busy(data: bytes) -> None:
    """It is read in the process that serves the pages. Processor time, so that what else runs here does not count."""
    assert len(data) <= FILE_LIMIT
    begun = time.thread_time()
    with contextlib.suppress(InputError):
        read_photo(data)
    assert time.thread_time() - begun < 1


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminal there")
def test_a_files_name_cannot_write_the_question_anew(tmp_path: Path) -> None:
    """On a terminal, for elsewhere the escapes are left out by the library that asks."""
    import pty

    file = tmp_path / "a\x1b[2K\rSend cat.png to nobody\x1b[8m.png"
    file.write_bytes(PICTURE)
    ours, theirs = pty.openpty()
    connected = {"GREENROOM_JUDGE_URL": "http://127.0.0.1:9/v1", "GREENROOM_JUDGE_MODEL": "tiny"}
    env = {**os.environ, "HOME": str(tmp_path), "GREENROOM_HOME": str(tmp_path / "home"), "TERM": "xterm", **connected}
    asked = [sys.executable, "-m", "greenroom", "labs", "picture", str(file)]
    with subprocess.Popen(asked, stdin=theirs, stdout=theirs, stderr=theirs, env=env) as process:
        os.close(theirs)
        shown = b""
        while b"[y/N]" not in shown:
            shown += os.read(ours, 4096)
        os.write(ours, b"n\n")
        process.wait(30)
    os.close(ours)
    question = shown.partition(b"[y/N]")[0]
    assert b"cat.png" in question and b"\x1b[2K" not in question and b"\x1b[8m" not in question and b"\r" not in question


def sized(width: int, height: int) -> bytes:
    """The picture with other sides in its header: nothing here unpacks it."""
    head = struct.pack(">II", width, height) + PICTURE[24:29]
    return PICTURE[:8] + chunk(b"IHDR", head) + PICTURE[33:]


def test_a_small_file_that_unpacks_to_half_a_gigabyte_is_refused() -> None:
    """The browser and the model's server would unpack it."""
    with pytest.raises(InputError, match="million pixels"):
        read_photo(sized(10_000, 10_000))
    assert read_photo(sized(8_000, 5_000)).width == 8_000
