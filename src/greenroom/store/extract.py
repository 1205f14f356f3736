"""Reading an archive of a stranger: a zip, wholly in memory, against a list of the names it must hold.

Nothing is written, so there is no path to escape to. Every limit is checked before the bytes it guards are read: the file's size, the
number of entries (read from the end record before ``zipfile`` builds its list), kinds, names, sizes and ratios. Does not protect: what the
JSON inside says (``archive.py`` checks that).
"""

from __future__ import annotations

import stat
import struct
import zipfile
import zlib
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

from greenroom.errors import ArchiveError

ARCHIVE_LIMIT = 64_000_000
TOTAL_LIMIT = 256_000_000
RATIO_LIMIT = 200
RATIO_FREE = 1_000_000
"""Below this size an entry may be as dense as it likes: short files of equal lines are."""
ENTRIES_LIMIT = 32
_END = struct.Struct("<4s4H2LH")
_END_SIGN, _ZIP64_SIGN, _LOCATOR_SIZE = b"PK\x05\x06", b"PK\x06\x07", 20
_LOCAL_HEADER = 30


def read_zip(path: Path, names: frozenset[str], newer: frozenset[str] = frozenset()) -> Mapping[str, bytes]:
    """name -> content; exactly ``names``, of which those of ``newer`` may be missing.

    Raises ArchiveError for everything else that a file can be.
    """
    data = _read_file(path)
    _check_end(data)
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            entries = archive.infolist()
            _check_entries(entries, names, newer)
            return {entry.filename: _read_entry(archive, entry) for entry in entries}
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError, struct.error) as error:
        raise ArchiveError(f"The archive is damaged: {str(error)[:200]}.") from error


def _read_file(path: Path) -> bytes:
    try:
        state = path.stat()
        if not stat.S_ISREG(state.st_mode):
            raise ArchiveError(f"{path} is not a file.")
        if state.st_size > ARCHIVE_LIMIT:
            raise ArchiveError(f"The archive has {state.st_size:,} bytes; at most {ARCHIVE_LIMIT:,} are read.")
        with path.open("rb") as file:
            return file.read(ARCHIVE_LIMIT)
    except OSError as error:
        raise ArchiveError(f"{path} cannot be read: {error.strerror}.") from error


def _check_end(data: bytes) -> None:
    """The end record must close the file, without a comment, and name few entries; no zip64."""
    if len(data) < _END.size or not data.startswith(b"PK\x03\x04"):
        raise ArchiveError("This is not a zip file.")
    sign, disk, start_disk, here, total, size, offset, comment = _END.unpack(data[-_END.size :])
    locator = data[-_END.size - _LOCATOR_SIZE :][:4]
    if sign != _END_SIGN or comment or disk or start_disk or here != total or locator == _ZIP64_SIGN:
        raise ArchiveError("The archive has an unusual end: it was not written by greenroom, or bytes were added to it.")
    if total > ENTRIES_LIMIT or size + offset + _END.size != len(data):
        raise ArchiveError(f"The archive names {total} entries and does not add up.")


def _check_entries(entries: list[zipfile.ZipInfo], names: frozenset[str], newer: frozenset[str]) -> None:
    found = [entry.filename for entry in entries]
    if len(set(found)) != len(found) or not names - newer <= set(found) <= names:
        raise ArchiveError("The archive does not hold the files of an export, each once.")
    if sum(entry.file_size for entry in entries) > TOTAL_LIMIT:
        raise ArchiveError(f"The archive unpacks to more than {TOTAL_LIMIT:,} bytes.")
    end = 0
    for entry in sorted(entries, key=lambda entry: entry.header_offset):
        _check_entry(entry)
        if entry.header_offset < end:
            raise ArchiveError("Entries of the archive overlap.")
        end = entry.header_offset + _LOCAL_HEADER + len(entry.orig_filename) + entry.compress_size


def _check_entry(entry: zipfile.ZipInfo) -> None:
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if entry.orig_filename != entry.filename or kind not in (0, stat.S_IFREG) or entry.is_dir():
        raise ArchiveError(f"“{entry.filename}” is not a plain file of an export.")
    if entry.flag_bits & 0x1 or entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ArchiveError(f"“{entry.filename}” is encrypted, or packed in an unusual way.")
    if entry.file_size > max(RATIO_FREE, entry.compress_size * RATIO_LIMIT):
        raise ArchiveError(f"“{entry.filename}” unpacks to more than {RATIO_LIMIT} times its size.")


def _read_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """``zipfile`` stops at the stated size and checks the sum, so a lie about the size is an error, not memory."""
    with archive.open(entry) as file:
        data = file.read(entry.file_size + 1)
    if len(data) != entry.file_size:
        raise ArchiveError(f"“{entry.filename}” is not as long as it says.")
    return data
