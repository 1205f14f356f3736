"""A picture that somebody brought: what kind of file it is, by its content; how large it is; and what has to be left out before it leaves.

A photograph carries more than its pixels: where and when it was taken, with which camera, who edited it, a small copy of what it showed
before it was cropped. All of that is cut out; only the parts that the pixels need are kept (an allow-list). Pixels are not looked at: no
decoder runs here. Not protected: what can be seen in the picture itself.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from greenroom.errors import InputError, TooLargeError

FILE_LIMIT = 6_000_000
"""Bytes. As base64 they are 8 million."""
LEAST_SIDE, MOST_SIDE, MOST_PIXELS = 16, 12_000, 40_000_000
"""Sides and area: a small file of one colour can hold a picture that takes half a gigabyte to whoever unpacks it."""
PNG, JPEG, WEBP = "image/png", "image/jpeg", "image/webp"
SAVE = "Save it as PNG, JPEG or WebP."
ANEW = "Save it anew from the program it was made with."
_SIGNS = {b"\x89PNG\r\n\x1a\n": PNG, b"\xff\xd8\xff": JPEG}
_PNG_KEPT = {b"IHDR": 13, b"PLTE": 768, b"IDAT": FILE_LIMIT, b"IEND": 0, b"tRNS": 256, b"gAMA": 4, b"cHRM": 32, b"sRGB": 1, b"sBIT": 4,
             b"bKGD": 6}  # fmt: skip
"""And the most bytes that each holds when it holds what it is there for."""
_WEBP_HEAD = 10
MOST_PIECES = 20_000
"""Chunks or segments of a file. A photo of 6 MB has hundreds; millions would keep the processor busy for seconds."""
_WEBP_KEPT = {b"VP8 ", b"VP8L", b"ALPH"}
_JPEG_KEPT = {0xC0, 0xC1, 0xC2, 0xC4, 0xDB, 0xDD}
"""Frame headers (baseline, extended, progressive), Huffman and quantisation tables, restart interval."""
_ADOBE = b"Adobe\x00"
"""The one application segment that is needed: it says how the colours are meant. Twelve bytes, nothing of a person."""
_FILL, _MARKER = re.compile(rb"\xff+"), re.compile(rb"\xff[^\x00\xd0-\xd7\xff]", re.DOTALL)


class Sound(NamedTuple):
    """A picture fit to be sent: its kind, its sides in pixels, its bytes without anything but the picture."""

    media_type: str
    width: int
    height: int
    data: bytes
    cut: int
    """Bytes that were left out."""


def read_photo(data: bytes) -> Sound:
    """Raises InputError for what is no whole picture of a known kind, TooLargeError above the limits."""
    if len(data) > FILE_LIMIT:
        raise TooLargeError(f"The picture is larger than {FILE_LIMIT // 1_000_000} MB.", "Make it smaller first.")
    kind = kind_of(data)
    if kind is None:
        raise InputError("That is no picture that can be read here.", SAVE)
    try:
        width, height, kept = {PNG: _png, JPEG: _jpeg, WEBP: _webp}[kind](data)
    except (struct.error, LookupError, ValueError):
        raise InputError("The picture is damaged and cannot be read.", ANEW) from None
    if min(width, height) < LEAST_SIDE or max(width, height) > MOST_SIDE:
        raise InputError(
            f"The picture has {width:,} × {height:,} pixels; each side may have {LEAST_SIDE} to {MOST_SIDE:,}.", "Make it another size."
        )
    if width * height > MOST_PIXELS:
        raise InputError(
            f"The picture has {width * height / 1e6:,.0f} million pixels; it may have {MOST_PIXELS // 1_000_000}.", "Make it smaller."
        )
    return Sound(kind, width, height, kept, len(data) - len(kept))


def kind_of(data: bytes) -> str | None:
    """By the first bytes, whatever the file is called."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return WEBP
    return next((kind for sign, kind in _SIGNS.items() if data.startswith(sign)), None)


def _png(data: bytes) -> tuple[int, int, bytes]:
    kept, names = [data[:8]], list[bytes]()
    at = 8
    while not names or names[-1] != b"IEND":
        size, name = struct.unpack(">I4s", data[at : at + 8])
        chunk = data[at : at + size + 12]
        if len(chunk) != size + 12:
            raise ValueError("cut off")
        if size <= _PNG_KEPT.get(name, -1):
            kept.append(chunk)
        names.append(name)
        at += size + 12
        _count(len(names))
    if names[0] != b"IHDR" or names.count(b"IHDR") > 1 or len(kept[1]) != 25 or b"IDAT" not in names or data[at - 12 : at - 8] != bytes(4):
        raise ValueError("no picture in it")
    width, height = struct.unpack(">II", data[16:24])
    return width, height, b"".join(kept)


def _jpeg(data: bytes) -> tuple[int, int, bytes]:
    """Segments up to the first scan; from there on the scans, with the tables between them."""
    kept, size = [data[:2]], None
    for n, (marker, segment) in enumerate(_segments(data)):
        _count(n)
        if marker in _JPEG_KEPT or marker == 0xDA or (marker == 0xEE and segment[4:10] == _ADOBE and len(segment) == 16):
            kept.append(segment)
        if marker in (0xC0, 0xC1, 0xC2):
            if size is not None:
                raise ValueError("two sizes")
            high, wide = struct.unpack(">HH", segment[5:9])
            size = wide, high
    if size is None or not kept[-1].startswith(b"\xff\xda"):
        raise ValueError("no picture in it")
    return *size, b"".join([*kept, b"\xff\xd9"])


def _segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """(marker, bytes with it); a scan with all that is coded in it. It ends where the picture does: what stands behind is no part of it."""
    at = 2
    while True:
        if data[at] != 0xFF:
            raise ValueError("no marker")
        at = _FILL.match(data, at).end() - 1  # type: ignore[union-attr]
        marker = data[at + 1]
        if marker == 0xD9:
            return
        end = at + 2 + int(struct.unpack(">H", data[at + 2 : at + 4])[0])
        if end > len(data) or end < at + 4:
            raise ValueError("cut off")
        if marker == 0xDA:
            end = _end_of_scan(data, end)
        yield marker, data[at:end]
        at = end


def _end_of_scan(data: bytes, at: int) -> int:
    """Where the next marker stands that is none of those within a scan (a stuffed zero, a restart)."""
    found = _MARKER.search(data, at)
    if found is None:
        raise ValueError("cut off")
    return found.start()


def _count(pieces: int) -> None:
    if pieces > MOST_PIECES:
        raise ValueError("too many pieces")


def _webp(data: bytes) -> tuple[int, int, bytes]:
    kept, size, at, pieces = list[bytes](), None, 12, 0
    end = 8 + int(struct.unpack("<I", data[4:8])[0])
    if end > len(data):
        raise ValueError("cut off")
    while at + 8 <= end:
        name, length = struct.unpack("<4sI", data[at : at + 8])
        chunk = data[at : at + 8 + length + length % 2]
        if at + 8 + length > end or (name == b"VP8X" and length != _WEBP_HEAD):
            raise ValueError("cut off")
        pieces += 1
        _count(pieces)
        if name in (b"ANIM", b"ANMF"):
            raise InputError("The picture moves.", "Take a still one.")
        if name == b"VP8X":
            wide, high = (1 + int.from_bytes(chunk[n : n + 3], "little") for n in (12, 15))
            kept.append(chunk[:8] + bytes([chunk[8] & 0x10]) + chunk[9:])  # of the flags only “it has transparency”
            size = wide, high
        elif name in _WEBP_KEPT:
            kept.append(chunk)
            inner = _webp_size(name, chunk)
            if size and inner and inner != size:
                raise ValueError("two sizes")
            size = size or inner
        at += len(chunk)
    if size is None or not any(each[:4] in (b"VP8 ", b"VP8L") for each in kept):
        raise ValueError("no picture in it")
    body = b"WEBP" + b"".join(kept)
    return *size, b"RIFF" + struct.pack("<I", len(body)) + body


def _webp_size(name: bytes, chunk: bytes) -> tuple[int, int] | None:
    if name == b"VP8 ":
        wide, high = struct.unpack("<HH", chunk[14:18])
        return wide & 0x3FFF, high & 0x3FFF
    if name == b"VP8L":
        bits = int.from_bytes(chunk[9:13], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    return None


def png_of(width: int, height: int, pixels: bytes) -> bytes:
    """A PNG of pixels of three bytes, row by row."""
    row = 3 * width
    lines = b"".join(b"\0" + pixels[n : n + row] for n in range(0, len(pixels), row))
    chunks = ((b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)), (b"IDAT", zlib.compress(lines, 9)), (b"IEND", b""))
    body = (struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(body)
