"""A file from an address that somebody gave, resumed where it broke off: HTTP ranges (RFC 9110, section 14).

What has come lies in a folder of its own with a note of where from, and stays there when the download breaks off, so that the next try, in
this run or the next, asks for the rest only. A server that ignores that sends all of it again, and it is begun anew. Nothing takes its
place before its size and its hash are right; where neither was known beforehand, the server's word on the size is all there is.

It leaves by ``greenroom.outbound`` and so by its rules. Redirects, which that refuses, are followed here, for hubs keep large files
elsewhere: a few, from https to https only and never to an address within this machine or its network, or else within one origin. Nothing
is sent but the request: no key, no cookie. Not protected: an address says what its owner wants; a hash given with it does protect.
"""

from __future__ import annotations

import errno
import hashlib
import ipaddress
import json
import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urljoin, urlsplit

from greenroom.errors import InputError, ModelFetchError, OutboundError
from greenroom.outbound import Outbound, awake, parse_origin, resolve
from greenroom.wheel import Tell, sync

if TYPE_CHECKING:
    import httpx2

FOLDER, LOCK = ".partial", ".lock"
MOST_BYTES, MOST_JSON = 8_500_000_000, 4_000_000
"""Of a file: what the largest model that the labs open has in 32 bits, and some; of a listing."""
MOST_HOPS, TRIES = 5, 5
STALLED_SECONDS, LISTING_SECONDS, LONGEST_SECONDS, KEEP_SECONDS = 60, 60, 6 * 3600, 14 * 86_400
"""Without a byte; a listing; one file, and one model of many; what broke off and was never gone on with."""
PAUSE = 0.5
"""Seconds before another try, more each time."""
REDIRECTS, PASSING = (301, 302, 303, 307, 308), (408, 425, 429, 500, 502, 503, 504)
SPARE, LOOK_EACH = 50_000_000, 8_000_000
"""Bytes of the disk that stay free; after how many, fewer than these, another look is taken at what is free."""
NAT64, UNICAST = ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("2000::/3")
"""The second: all that is handed out to the internet. NAT64 of a network's own, site-local and the like lie elsewhere."""
RANGE = re.compile(r"bytes (\d{1,15})-(\d{1,15})/(\d{1,15})")


class Wanted(NamedTuple):
    """What the file must be, as far as it is known. ``sha1``: of git, which puts ``blob`` and the size before the bytes."""

    bytes: int | None = None
    sha256: str = ""
    sha1: str = ""

    @property
    def is_known(self) -> bool:
        """Whether there is a hash."""
        return bool(self.sha256 or self.sha1)

    def is_met(self, file: Path) -> bool:
        size = file.stat().st_size
        if self.bytes is not None and size != self.bytes:
            return False
        with file.open("rb") as stream:
            if self.sha256:
                return hashlib.file_digest(stream, "sha256").hexdigest() == self.sha256
            if self.sha1:
                found = hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)
                while piece := stream.read(1 << 20):
                    found.update(piece)
                return found.hexdigest() == self.sha1
        return True


class Begun(NamedTuple):
    """What is there of a file: ``part`` with its bytes, and beside it the note."""

    part: Path
    url: str

    @property
    def note(self) -> Path:
        return self.part.with_suffix(".json")

    @property
    def size(self) -> int:
        return self.part.stat().st_size if self.part.exists() else 0

    def read(self) -> dict[str, Any]:
        """The note, if it is of this address."""
        try:
            found = json.loads(self.note.read_text(encoding="utf-8"))
            return found if isinstance(found, dict) and found.get("url") == self.url else {}
        except (OSError, ValueError):
            return {}

    def write(self, etag: str, total: int | None) -> None:
        self.note.write_text(json.dumps({"url": self.url, "etag": etag, "total": total}), encoding="utf-8")

    def drop(self) -> None:
        self.part.unlink(missing_ok=True)
        self.note.unlink(missing_ok=True)


def only_public(host: str, port: int) -> list[str]:
    """The addresses of a host that somebody else named. None of them may lie within this machine or its network."""
    found = resolve(host, port)
    if not all(_is_public(ipaddress.ip_address(each)) for each in found):
        raise OSError("it lies within this machine or its network, and another server named it")
    return found


def _is_public(at: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Of an address that stands for one of IPv4 (mapped, 6to4 of RFC 3056, NAT64 of RFC 6052), that one is asked about."""
    if isinstance(at, ipaddress.IPv6Address):
        inner = at.ipv4_mapped or at.sixtofour or (ipaddress.IPv4Address(int(at) & 0xFFFF_FFFF) if at in NAT64 else None)
        if inner is None:
            return at in UNICAST and at.is_global
        at = inner
    return at.is_global and not at.is_multicast


@contextmanager
def opened(url: str, headers: dict[str, str]) -> Iterator[httpx2.Response]:
    """The reply at the end of the redirects. Raises OutboundError, and InputError for an address that cannot be used."""
    first = parse_origin(address(url).origin)
    find = resolve
    for _ in range(MOST_HOPS + 1):
        at = address(url)
        with Outbound(at.origin, find).get(at.path, headers, seconds=STALLED_SECONDS) as reply:
            if reply.status_code not in REDIRECTS:
                yield reply
                return
            url, to = _sent_on(url, reply.headers.get("location", ""), first)
        if to != first:
            find = only_public
    raise OutboundError(f"{first} sends on more than {MOST_HOPS} times.", "Give the address of the file itself.")


def _sent_on(url: str, location: str, first: str) -> tuple[str, str]:
    """Where a redirect leads, and the origin of that. Raises OutboundError where it is no address, or one that is not followed."""
    try:
        url = urljoin(url, location)
        origin = parse_origin(address(url).origin)
    except (ValueError, InputError):  # ValueError: brackets that hold no address
        url, origin = location, ""
    if origin != first and not (first.startswith("https:") and origin.startswith("https:")):
        raise OutboundError(f"{first} sends on to {url[:80]}, and that is not followed.", "Give the address of the file itself.")
    return url, origin


class Address(NamedTuple):
    origin: str
    path: str


def address(url: str) -> Address:
    """Origin, and path with its query: a redirect's may be signed there. The fragment is not sent."""
    parts = urlsplit(url)
    return Address(f"{parts.scheme}://{parts.netloc}", (parts.path or "/") + (f"?{parts.query}" if parts.query else ""))


def read_json(url: str) -> Any:
    """A listing. Raises OutboundError, ``passing`` or not, with the status where there is one."""
    until = time.monotonic() + LISTING_SECONDS
    with opened(url, {"accept": "application/json"}) as reply:
        if reply.status_code != 200:
            raise OutboundError(f"{url[:200]} answers with the status {reply.status_code}.", "Check the address.")
        found = bytearray()
        for piece in reply.iter_raw():
            awake(STALLED_SECONDS)
            found += piece
            if time.monotonic() > until:
                raise OutboundError(f"The listing at {url[:200]} took longer than {LISTING_SECONDS} seconds.", passing=True)
            if len(found) > MOST_JSON:
                raise OutboundError(f"The listing at {url[:200]} is longer than {MOST_JSON:,} bytes.", "Give the address of one file.")
    try:
        return json.loads(found)
    except (ValueError, RecursionError):
        raise OutboundError(f"{url[:200]} is no listing that can be read.", "Check the address.") from None


# --- One file ---


def begun_of(url: str, name: str, folder: Path) -> Begun:
    """Where a file that is to have ``name`` is put together."""
    return Begun(folder / f"{hashlib.sha256(f'{url} {name}'.encode()).hexdigest()[:24]}.part", url)


def pull(url: str, target: Path, wanted: Wanted, tell: Tell, folder: Path) -> None:
    """The file at ``url`` as ``target``, whole; what an earlier try has of it in ``folder`` is gone on with.
    Whoever calls it holds ``alone`` for the name.

    Raises:
        ModelFetchError: it could not be had, or is not what is wanted. What is right so far is kept for the next try.
        OSError: the disk.
    """
    folder.mkdir(parents=True, exist_ok=True)
    sweep(folder)
    begun = begun_of(url, target.name, folder)
    for anew in (False, True):
        resumed = _all_of_it(begun, wanted, lambda done, total: tell(target.name, done, total))
        if wanted.is_met(begun.part):
            begun.part.replace(target)
            begun.drop()
            sync(target.parent)
            return
        begun.drop()
        if not resumed or anew:  # two halves of different files are worth one whole try
            break
    raise ModelFetchError(f"What {address(url).origin} sent is not the file that was asked for: size or hash differ.", "Check the address.")


def _all_of_it(begun: Begun, wanted: Wanted, tell: Any) -> bool:
    """All bytes, in as many tries as it takes; tries that bring something do not count. Whether a part was there before."""
    resumed, failed, tell = begun.size > 0, 0, timed(tell)
    while True:
        had = begun.size
        try:
            if _some_of_it(begun, wanted, tell):
                return resumed
            raise OutboundError(f"{address(begun.url).origin} broke off.", passing=True)
        except OutboundError as error:
            failed = 1 if begun.size > had else failed + 1
            if not error.passing or failed >= TRIES:
                left = f" {begun.size / 1e6:.1f} MB are kept: the next try goes on from there." if begun.size else ""
                raise ModelFetchError(f"{error.message}{left}", error.hint) from error
        resumed = begun.size > 0
        time.sleep(PAUSE * failed)


def timed(tell: Any) -> Any:
    """Tells on, for so long: each piece that comes is told of."""
    until = time.monotonic() + LONGEST_SECONDS

    def told(*now: Any) -> None:
        if time.monotonic() > until:
            raise OutboundError(f"It took longer than {LONGEST_SECONDS // 3600} hours.", "Try again: what is kept is not fetched again.")
        tell(*now)

    return told


def _some_of_it(begun: Begun, wanted: Wanted, tell: Any) -> bool:
    """One request. Whether the file is complete afterwards, by what was wanted or by what the server says."""
    note, had = begun.read(), begun.size
    etag = _tag(note.get("etag"))
    if had and not (etag or wanted.is_known):  # nothing would tell another file from this one
        begun.drop()
        had = 0
    if had and had == (wanted.bytes or note.get("total")):
        return True
    asked = {"range": f"bytes={had}-"} if had else {}
    if had and etag and not wanted.is_known:
        asked["if-range"] = etag
    with opened(begun.url, asked) as reply:
        start, total = _place(reply, had, begun)
        expected = wanted.bytes if wanted.bytes is not None else total
        tag = _tag(reply.headers.get("etag"))
        if start and not wanted.is_known and tag != etag:
            begun.drop()
            raise OutboundError(f"{address(begun.url).origin} sends the rest of another file.", passing=True)
        if total is not None and expected is not None and total != expected:
            begun.drop()
            raise OutboundError(f"The file has {total:,} bytes there; {expected:,} were expected.", "Check the address.")
        if not start:  # before the note: killed between both, no tag stands beside the bytes of another file
            begun.drop()
        begun.write(tag, expected)
        return _take(reply, begun, start, expected, tell)


def _tag(said: Any) -> str:
    """An ETag that tells one file from another and can be sent back; else nothing."""
    return said if isinstance(said, str) and said.isascii() and len(said) <= 200 and not said.startswith("W/") else ""


def _place(reply: httpx2.Response, had: int, begun: Begun) -> tuple[int, int | None]:
    """Where what comes begins, and how long the whole file is, if that is said."""
    status, origin = reply.status_code, address(begun.url).origin
    if reply.headers.get("content-encoding", "identity") != "identity":
        raise OutboundError(f"{origin} compresses the file although it was asked not to.", "Give another address.")
    if status == 206 and had:
        found = RANGE.fullmatch(reply.headers.get("content-range", ""))
        if found and int(found[1]) == had and int(found[2]) + 1 == int(found[3]):
            return had, int(found[3])
    if status in (206, 416):  # a part that was not asked for, or there is none such: what we have is of no use
        begun.drop()
        raise OutboundError(f"{origin} sends another part than was asked for.", passing=True)
    if status != 200:
        raise OutboundError(f"{origin} answers with the status {status}.", "Check the address.", passing=status in PASSING)
    length = reply.headers.get("content-length", "")
    return 0, int(length) if re.fullmatch(r"\d{1,15}", length) else None


def _take(reply: httpx2.Response, begun: Begun, start: int, expected: int | None, tell: Any) -> bool:
    most = MOST_BYTES if expected is None else expected
    if most > MOST_BYTES:
        raise OutboundError(f"The file has {most / 1e9:.1f} GB, more than any model that the labs open.", "Give a smaller one.")
    try:
        _must_have_room(begun.part.parent, None if expected is None else expected - start)
        done = _written(reply, begun, start, (most, expected), tell)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            begun.drop()
            raise OutboundError(f"There is no more room at {begun.part.parent}.", "Free some space, and try again.") from error
        raise
    if done > most:
        begun.drop()
        raise OutboundError(f"{address(begun.url).origin} sends more than the {most:,} bytes of the file.", "Give another address.")
    return expected is None or done == expected


def _written(reply: httpx2.Response, begun: Begun, start: int, sizes: tuple[int, int | None], tell: Any) -> int:
    """How many bytes there are then. ``sizes``: the most there may be, and how many there should be, if that is known."""
    most, expected = sizes
    done = looked = start
    with begun.part.open("r+b" if begun.part.exists() else "wb") as out:
        out.truncate(start)
        out.seek(start)
        try:
            for piece in reply.iter_raw():
                awake(STALLED_SECONDS)
                done += len(piece)
                if done > most:
                    break
                if done - looked >= LOOK_EACH:
                    looked = done
                    _must_have_room(begun.part.parent, None if expected is None else 0)
                out.write(piece)
                tell(done, expected or done)
        finally:
            out.flush()
            os.fsync(out.fileno())
    return done


def _must_have_room(folder: Path, needed: int | None) -> None:
    """Raises OutboundError. ``needed``: None where nobody knows; then it is an OSError, and nothing is kept: it might never fit."""
    free = shutil.disk_usage(folder).free
    if free < SPARE + (needed or 0):
        if needed is None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        raise OutboundError(f"{free / 1e6:.0f} MB are free at {folder}; {SPARE / 1e6:.0f} stay free.", "Free some space, and try again.")


@contextmanager
def alone(folder: Path, name: str) -> Iterator[None]:
    """Two at once would put each other's files in place. The lock's file stays: removed while somebody waits, it would be two locks. Where
    the system knows no such lock, nothing is held."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{name.lower()}{LOCK}").open("w") as lock:
        with suppress(ImportError):
            import fcntl

            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise ModelFetchError("A model of that name is being fetched already.", "Wait for it, or end it.") from None
        yield


def sweep(folder: Path) -> None:
    """What broke off long ago."""
    for left in folder.glob("*"):
        with suppress(OSError):
            if left.suffix != LOCK and time.time() - left.stat().st_mtime > KEEP_SECONDS:
                shutil.rmtree(left) if left.is_dir() else left.unlink()


def unfinished(folder: Path) -> list[tuple[str, int, int | None]]:
    """Of each download that broke off: its address, bytes there, bytes in all."""
    found = []
    for part in sorted((folder / FOLDER).glob("*.part")) if folder.exists() else ():
        with suppress(OSError, ValueError, AttributeError):
            note = json.loads(part.with_suffix(".json").read_text(encoding="utf-8"))
            found.append((str(note.get("url", ""))[:300], part.stat().st_size, note.get("total")))
    return found
