"""Labs that misbehave, each in its own way, for the tests of the process in which they run. Importable there: a module on the path."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from greenroom.errors import ConflictError, ModelMissingError
from greenroom.labs.lab import MOST_ROWS, Bench, Card, Expect, Finding, Part, Progress, Table, Values
from greenroom.labs.parameter import text, whole


def card(name: str, seconds: int = 30, megabytes: int = 256) -> Card:
    return Card(
        name=name, title=name, topics=(), about="A lab of the tests.", seconds=seconds, megabytes=megabytes,
        parameters=(whole("n", "N", 3, (0, 1000)), text("file", "A file", "", 500)),
        expects=(Expect(id="thing", see="It counts.", falsified_by="It does not."),),
    )  # fmt: skip


def row(*cells: str | float | None) -> Table:
    return Table(name="counted", title="Counted", columns=("n",), rows=tuple((cell,) for cell in cells))


class Counts:
    """Well behaved: a table that grows."""

    card = card("counts")

    def run(self, values: Values, bench: Bench) -> Iterator[Part]:
        for n in range(values.whole("n")):
            yield Progress(says=f"{n}", share=n / values.whole("n"))
            yield row(*range(n + 1))
        yield Finding(id="thing", held=True, found=f"{values.whole('n')} with {bench.threads} threads.")


class Prints:
    card = card("prints")

    def run(self, values: Values, bench: Bench) -> Iterator[Part]:
        print("noise on stdout")
        os.write(1, b'{"kind": "end"}\n')
        sys.stderr.write("noise on stderr\n")
        subprocess.run(["echo", "more noise"], check=True)
        yield row(1)


class Raises:
    card = card("raises")

    def run(self, values: Values, bench: Bench) -> Iterator[Part]:
        yield row(1)
        raise ZeroDivisionError("as asked")


class Refuses:
    card = card("refuses")

    def run(self, values: Values, bench: Bench) -> Iterator[Part]:
        if values.whole("n") == 1:
            raise ConflictError("It contradicts.", "Say it otherwise.")
        raise ModelMissingError("No model here.")
        yield


class Hangs:
    """``n`` seconds in C, holding the interpreter's lock; and a child of its own."""

    card = card("hangs", seconds=6)

    def run(self, values: Values, bench: Bench) -> Iterator[Part]:
        yield from _with_child(values)
        ctypes.PyDLL(None).usleep(30_000_000)


class Waits:
    """Until it is ended; and so does a child of its own."""

    card = card("waits", seconds=60)

    def run(self, values: Values, bench: Bench) -> Iterator[Part]:
        yield from _with_child(values)
        while True:
            time.sleep(0.05)
            yield Progress(says="waiting")


def _with_child(values: Values) -> Iterator[Part]:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
    if values.text("file"):
        Path(values.text("file")).write_text(f"{os.getpid()} {child.pid}")
    yield Progress(says="begun")


class Eats:
    card = card("eats", seconds=60, megabytes=256)

    def run(self, values: Values, bench: Bench) -> Iterator[Part]:
        yield row(1)
        held = []
        for _ in range(60):
            held.append(bytearray(10_000_000))
        yield row(len(held))


class Dies:
    card = card("dies")

    def run(self, values: Values, bench: Bench) -> Iterator[Part]:
        yield row(1)
        if values.whole("n") == 1:
            os._exit(7)
        os.kill(os.getpid(), signal.SIGKILL)


class Babbles:
    """Says what is no part: the bytes of the pipe are found as a hostile lab would find them."""

    card = card("babbles")

    def run(self, values: Values, bench: Bench) -> Iterator[Part]:
        pipe = next(
            n
            for n in range(3, 64)
            if Path(f"/proc/self/fd/{n}").exists() and str(Path(f"/proc/self/fd/{n}").readlink()).startswith("pipe:")
        )
        said = (b"garbage\n", b"[1]\n", b'{"kind": "table"}\n', b"x" * 5_000_000 + b"\n", b'{"kind": "finding"')[values.whole("n")]
        while said:
            said = said[os.write(pipe, said) :]
        if values.whole("n") == 4:
            os._exit(0)
        yield row(1)


class Strays:
    card = card("strays")

    def run(self, values: Values, bench: Bench) -> Iterator[Part]:
        yield Finding(id="nothing", held=True, found="Of what nobody expects.")


class Hoards:
    """Sends large tables: each of its own name, or, with a ``file``, each in place of the one before."""

    card = card("hoards")

    def run(self, values: Values, bench: Bench) -> Iterator[Part]:
        for number in range(100):
            name = "table" if values["file"] else f"table_{number}"
            yield Table(name=name, title="Large", columns=("Said",) * 4, rows=(("x" * 200,) * 4,) * MOST_ROWS)


class Floods:
    card = card("floods")

    def run(self, values: Values, bench: Bench) -> Iterator[Part]:
        while True:
            yield Progress(says="and on")
