"""Forty-odd hostile archives, each made from a good export; and a careless importer for the negative control."""

from __future__ import annotations

import json
import struct
import zipfile
from collections.abc import Callable, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

Files = dict[str, bytes]
MADE: dict[str, Callable[[Files], bytes]] = {}


def make_zip(files: Mapping[str, bytes] | list[tuple[Any, bytes]], *, method: int = zipfile.ZIP_DEFLATED, comment: bytes = b"") -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in files.items() if isinstance(files, Mapping) else files:
            archive.writestr(name if isinstance(name, zipfile.ZipInfo) else zipfile.ZipInfo(name), data, method)
        archive.comment = comment
    return buffer.getvalue()


def hostile(name: str) -> Callable[[Callable[[Files], bytes]], Callable[[Files], bytes]]:
    def keep(make: Callable[[Files], bytes]) -> Callable[[Files], bytes]:
        MADE[name] = make
        return make

    return keep


def more(name: str, data: bytes = b"owned") -> None:
    """One more entry of this name, beside the good ones."""
    MADE[f"entry {name!r}"[:70]] = lambda files: make_zip([*files.items(), (name, data)])


for extra in (
    "../../outside.txt",
    "/tmp/outside.txt",
    "..\\..\\outside.txt",
    "C:\\outside.txt",
    "a/../../outside.txt",
    "outside.txt",
    "folder/",
):
    more(extra)


def linked(name: str, files: Files) -> bytes:
    info = zipfile.ZipInfo(name)
    info.create_system, info.external_attr = 3, 0o120777 << 16
    rest = [(n, d) for n, d in files.items() if n != name]
    return make_zip([*rest, (info, b"/etc/passwd")])


MADE["a link more"] = lambda files: linked("link.jsonl", files)
MADE["a link in place of the answers"] = lambda files: linked("answers.jsonl", files)


@hostile("a device in place of the answers")
def _device(files: Files) -> bytes:
    info = zipfile.ZipInfo("answers.jsonl")
    info.create_system, info.external_attr = 3, 0o020666 << 16
    return make_zip([*((n, d) for n, d in files.items() if n != "answers.jsonl"), (info, files["answers.jsonl"])])


@hostile("NUL in a name")
def _nul(files: Files) -> bytes:
    return make_zip(files).replace(b"answers.jsonl", b"answers\0jsonl")


@hostile("NUL after a good name")
def _nul_after(files: Files) -> bytes:
    renamed = {("cards.jsonlXXXX" if n == "cards.jsonl" else n): d for n, d in files.items()}
    return make_zip(renamed).replace(b"cards.jsonlXXXX", b"cards.jsonl\0.sh")


@hostile("the same name twice")
def _twice(files: Files) -> bytes:
    return make_zip({**files, "Answers.jsonl": b""}).replace(b"Answers.jsonl", b"answers.jsonl")


MADE["a name in other case"] = lambda files: make_zip({("Cards.jsonl" if n == "cards.jsonl" else n): d for n, d in files.items()})
MADE["a file missing"] = lambda files: make_zip({n: d for n, d in files.items() if n != "drafts.jsonl"})
MADE["a bomb of one line"] = lambda files: make_zip(files | {"drafts.jsonl": b" " * 300_000_000})
MADE["a dense bomb below the total"] = lambda files: make_zip(files | {"drafts.jsonl": b"\n" * 20_000_000})
MADE["too many lines"] = lambda files: make_zip(files | {"drafts.jsonl": b"\n" * 250_000})
MADE["a zip in the zip"] = lambda files: make_zip(files | {"answers.jsonl": make_zip(files)})
MADE["thousands of entries"] = lambda files: make_zip([*files.items(), *((f"n{n}.jsonl", b"") for n in range(3000))])
MADE["a comment at the end"] = lambda files: make_zip(files, comment=b"#!/bin/sh")
MADE["bytes before the zip"] = lambda files: b"#!/bin/sh\nrm -rf ~\n" + make_zip(files)
MADE["bytes after the zip"] = lambda files: make_zip(files) + b"and more"
MADE["cut short"] = lambda files: make_zip(files)[:-100]
MADE["empty"] = lambda files: b""
MADE["not a zip"] = lambda files: b"\x1f\x8b\x08" + b"x" * 999
MADE["packed in an unusual way"] = lambda files: make_zip(files, method=zipfile.ZIP_BZIP2)


@hostile("encrypted")
def _encrypted(files: Files) -> bytes:
    data = bytearray(make_zip(files))
    for sign, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = data.find(sign)
        while place >= 0:
            data[place + at] |= 1
            place = data.find(sign, place + 4)
    return bytes(data)


def central(data: bytes, field: int, value: int, entry: int = 0) -> bytes:
    """Overwrite a 32-bit field of the directory's record number ``entry``."""
    out, place = bytearray(data), -1
    for _ in range(entry + 1):
        place = data.index(b"PK\x01\x02", place + 1)
    out[place + field : place + field + 4] = struct.pack("<L", value)
    return bytes(out)


MADE["a size that lies low"] = lambda files: central(make_zip(files), 24, 3, 1)
MADE["a size that lies high"] = lambda files: central(make_zip(files), 24, 900_000, 1)
MADE["a wrong checksum"] = lambda files: central(make_zip(files), 16, 1, 1)
MADE["entries that overlap"] = lambda files: central(make_zip(files), 42, 0, 2)


@hostile("zip64 trailer")
def _zip64(files: Files) -> bytes:
    data = make_zip(files)
    return data[:-22] + struct.pack("<4sLQL", b"PK\x06\x07", 0, 0, 1) + data[-22:]


def lines(files: Files, name: str) -> list[Any]:
    return [json.loads(line) for line in files[f"{name}.jsonl"].splitlines()]


def with_lines(files: Files, name: str, values: list[Any], *, count: bool = True) -> bytes:
    manifest = json.loads(files["manifest.json"])
    if count:
        manifest["counts"][name] = len(values)
    text = b"".join((v if isinstance(v, bytes) else json.dumps(v).encode()) + b"\n" for v in values)
    return make_zip(files | {f"{name}.jsonl": text, "manifest.json": json.dumps(manifest).encode()})


def edit(name: str, label: str, **fields: Any) -> None:
    """The first value of a kind, with other fields."""
    MADE[label] = lambda files: with_lines(files, name, [lines(files, name)[0] | fields, *lines(files, name)[1:]])


def raw(name: str, label: str, line: bytes) -> None:
    MADE[label] = lambda files: with_lines(files, name, [*lines(files, name), line])


edit("answers", "an unknown field", rights="admin")
edit("answers", "an unknown status", status="root")
edit("answers", "an answer of no session", session_id="none")
edit("answers", "a NUL in a text", text="a\0b")
edit("answers", "a time without a zone", answered_at="2025-01-01T00:00:00")
edit("answers", "a time of another age", answered_at="0001-01-01T00:00:00Z")
edit("answers", "a text of two million characters", text="x" * 9_000_000)
edit("answers", "an id too long to index", answer_id="x" * 5000)
edit(
    "sessions",
    "a turn of no answer",
    turns=[{"turn_id": "t", "kind": "question", "question_id": "q", "ask": "a", "asked_at": "2025-01-01T00:00:00Z", "answer_id": "zz"}],
)
edit("events", "a review of no answer", answer_id="none")
edit("disputes", "a dispute of no answer", answer_id="none")
raw("answers", "not JSON", b"{'a': 1}")
raw("answers", "NaN", b'{"answer_id": NaN}')
raw("answers", "a number too large", b'{"seconds": 1e999}')
raw("answers", "a half character in JSON", rb'{"answer_id": "\ud800"}')
raw("answers", "bytes that are no text", b'{"answer_id": "\xff\xfe"}')
raw("answers", "very deep", b"[" * 100_000 + b"]" * 100_000)
raw("answers", "a very long integer", b"9" * 100_000)
raw("answers", "an empty line", b"")
MADE["one answer twice"] = lambda files: with_lines(files, "answers", lines(files, "answers") * 2)
MADE["wrong counts"] = lambda files: with_lines(files, "answers", lines(files, "answers")[:-1], count=False)
MADE["another format"] = lambda files: make_zip(
    files | {"manifest.json": files["manifest.json"].replace(b"greenroom-export", b"greenroom-import")}
)
MADE["a newer format"] = lambda files: make_zip(files | {"manifest.json": files["manifest.json"].replace(b'"version": 1', b'"version": 2')})
MADE["no last line end"] = lambda files: make_zip(files | {"answers.jsonl": files["answers.jsonl"][:-1]})
MADE["two profiles"] = lambda files: with_lines(files, "profile", [{"role": "a"}, {"role": "b"}])
MADE["an answer of a session that is missing"] = lambda files: with_lines(files, "sessions", [])


def careless_extract(path: Path, folder: Path) -> None:
    """What a first attempt looks like: names are trusted."""
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            target = folder / entry.filename
            if not entry.is_dir():
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(archive.read(entry))


def inside(name: str, label: str, *path: str | int, to: Any) -> None:
    """The first value of a kind, with another value deep inside; named ``inside …``: whole in form, but broken for the pages."""

    def made(files: Files) -> bytes:
        first, *rest = lines(files, name)
        place = first
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = to
        return with_lines(files, name, [first, *rest])

    MADE[f"inside: {label}"] = made


inside("sessions", "a session without turns", "turns", to=[])
inside("sessions", "a session that begins with a redo", "turns", 0, "kind", to="redo")
inside("sessions", "a turn twice", "turns", 1, "turn_id", to="t0")
inside("sessions", "an id that breaks a header", "turns", 3, "turn_id", to="t\r\nx: y")
inside("sessions", "a question's id that is none", "turns", 3, "question_id", to="../../x")
inside("answers", "an answer of another turn", "turn_id", to="t3")
inside("answers", "an answer to another question", "question_id", to="ethics")
inside("answers", "an answer that took forever", "seconds", to=1e300)
for field, value in (("confidence", 1e308), ("confidence", -0.1), ("confidence", 2)):
    inside("answers", f"{field} {value}", "assessment", "points", 0, field, to=value)
inside("answers", "a score beyond all", "assessment", "points", 0, "why", to={"nearest": "a", "score": 1e308, "threshold": 0})
inside("answers", "a drill on no day", "assessment", "drill", to={"point_id": "p1", "do": "a", "due_on": "someday"})
inside("answers", "a drill of another age", "assessment", "drill", to={"point_id": "p1", "do": "a", "due_on": "0001-01-01"})
for span in ([-3, 9], [9, 3], [3, 3], [3, 900_000], [2, 8]):
    inside("answers", f"a span {span}", "assessment", "points", 0, "span", to=span)
inside("answers", "a quote that was not said", "assessment", "points", 0, "quote", to="eighed")
inside("answers", "a point's id that is none", "assessment", "points", 0, "id", to="<b>")
inside("answers", "a judgement of another question", "assessment", "question_id", to="ethics")
inside("cards", "a card of no memory", "fsrs", to={"card_id": 1})
inside("cards", "a card of no day", "fsrs", "due", to="0001-01-01T00:00:00+00:00")
inside("cards", "a memory beyond all", "fsrs", "stability", to=1e308)
inside("cards", "no memory at all", "fsrs", "stability", to=0)
inside("cards", "a card of no point", "point_id", to="x")
inside("profile", "an interview of another age", "interview_on", to="0001-01-01")
inside("profile", "a role without end", "role", to="x" * 121)
