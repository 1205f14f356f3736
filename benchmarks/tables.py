"""What a benchmark found: Markdown tables on the screen and, when asked, in docs/measurements.md between the benchmark's markers.

A figure without a run behind it does not get in: a section is replaced whole, with the date, commit and machine of the run. Whether the
machine was busy is not known here beyond its load, which is written down.
"""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs/measurements.md"
WORTH_NAMING = ("avx2", "avx512_vnni", "avx_vnni", "amx_int8", "asimddp", "i8mm")
"""Processor features that decide how fast eight-bit products are."""


@dataclass
class Report:
    """Parts of one section, printed as they come. ``missing``: what was not run, and why. ``page``: where the section stands."""

    name: str
    parts: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    page: Path = PAGE

    def say(self, text: str) -> None:
        self.parts.append(text)
        print(text, flush=True)
        print(flush=True)

    def table(self, head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        lines = [head, ["---"] * len(head), *rows]
        self.say("\n".join("| " + " | ".join(shown(cell) for cell in line) + " |" for line in lines))

    def lack(self, what: str) -> None:
        self.missing.append(what)
        print(f"!!! NOT RUN: {what}", file=sys.stderr, flush=True)

    def text(self) -> str:
        absent = "\n".join(f"- **Not run:** {what}" for what in self.missing)
        return "\n\n".join([*self.parts, *([absent] if absent else [])])


def shown(cell: object) -> str:
    """Figures between -1 and 1 without the leading zero and to three places, larger ones to two or one."""
    if isinstance(cell, float):
        cell = round(cell, 3) + 0.0  # no minus before a zero
        return f"{cell:.3f}".replace("0.", ".", 1) if abs(cell) < 1 else f"{cell:.2f}" if abs(cell) < 10 else f"{cell:.1f}"
    return "" if cell is None else str(cell)


def machine() -> str:
    """Cores, architecture and what decides the speed; never a name of a host."""
    try:
        flags = set(Path("/proc/cpuinfo").read_text(encoding="utf-8").split())
    except OSError:
        flags = set()
    named = [flag for flag in WORTH_NAMING if flag in flags]
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    kind = f"{platform.machine()} ({', '.join(named)})" if named else platform.machine()
    return f"{os.cpu_count()} cores, {kind}, Python {platform.python_version()}{load}"


def commit() -> str:
    """The commit that was measured; marked where the working tree of the code differed from it."""
    try:
        head = _git("rev-parse", "--short", "HEAD").strip()
        changed = _git("status", "--porcelain", "--", "src", "benchmarks", "training/answers", "tests/assess/golden").strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown commit"
    return f"commit {head}{' with uncommitted changes' if changed else ''}"


def _git(*words: str) -> str:
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True).stdout


def write(report: Report, now: datetime, how: str, page: Path | None = None) -> None:
    """Replaces the section between ``<!-- NAME -->`` and ``<!-- /NAME -->``. SystemExit when the page has no such markers."""
    page = page or report.page
    text = page.read_text(encoding="utf-8")
    pattern = re.compile(rf"(<!-- {re.escape(report.name)} -->\n).*?(<!-- /{re.escape(report.name)} -->)", re.DOTALL)
    if not pattern.search(text):
        raise SystemExit(f"{page.name} has no section <!-- {report.name} --> … <!-- /{report.name} -->: add the two markers.")
    stamp = f"*{now.date().isoformat()}, {commit()}, {machine()}; `{how}`*"
    page.write_text(pattern.sub(lambda found: f"{found[1]}\n{stamp}\n\n{report.text()}\n\n{found[2]}", text), encoding="utf-8")
    print(f"Written to {page.relative_to(ROOT) if page.is_relative_to(ROOT) else page.name}, section {report.name}.")
