"""Picture files made by hand, with a secret beside the pixels, for the tests of a person's own picture."""

from __future__ import annotations

import struct
import zlib

from greenroom.labs.photo import png_of

SECRET = b"GPSLatitude 48.8584 taken by M. Mustermann"
PICTURE = png_of(40, 30, bytes([200, 40, 40] * 40 * 30))


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def with_chunks(*chunks: bytes) -> bytes:
    """The picture with more chunks after its first one, as programs put them there."""
    return PICTURE[:33] + b"".join(chunks) + PICTURE[33:]


def segment(marker: int, data: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(data) + 2) + data


FRAME = segment(0xC0, struct.pack(">BHHB", 8, 30, 40, 1) + b"\x01\x11\x00")
TABLES = segment(0xDB, b"\x00" + bytes(range(64))) + segment(0xC4, b"\x00" + bytes(16))
SCAN = segment(0xDA, b"\x01\x01\x00\x00\x3f\x00") + b"\x12\xff\x00\x34\xff\xd0\x56"
ADOBE = segment(0xEE, b"Adobe\x00\x64\x00\x00\x00\x00\x01")
PHOTO = b"\xff\xd8" + segment(0xE1, b"Exif\x00\x00" + SECRET) + ADOBE + TABLES + FRAME + SCAN + b"\xff\xd9" + SECRET


def riff(*chunks: tuple[bytes, bytes]) -> bytes:
    body = b"WEBP" + b"".join(name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2) for name, data in chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


LOSSY = b"\x30\x01\x00\x9d\x01\x2a" + struct.pack("<HH", 40, 30) + b"\x00" * 9
LARGE = bytes([0x2C, 0, 0, 0]) + (39).to_bytes(3, "little") + (29).to_bytes(3, "little")
PHOTO_WEBP = riff((b"VP8X", LARGE), (b"VP8 ", LOSSY), (b"EXIF", SECRET), (b"XMP ", SECRET))
