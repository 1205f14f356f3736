"""No regular expression takes long over a hostile text: each under src/greenroom is held against repeats of up to 10⁵ characters."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator

import contracts_patterns as patterns
import pytest

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGVTALRM"), reason="NOT RUN: patterns that hang (no timer of processor time here)")


@pytest.fixture
def stopped() -> Iterator[None]:
    before = signal.signal(signal.SIGVTALRM, patterns.stop)
    yield
    signal.signal(signal.SIGVTALRM, before)


def test_every_pattern_is_linear_in_what_it_reads() -> None:
    run = subprocess.run([sys.executable, patterns.__file__], capture_output=True, text=True, check=True)
    seen = json.loads(run.stdout)
    assert seen["slow"] == []
    assert set(seen["missing"]) == patterns.PLAIN, "made while in use: make it at import, or say why it is harmless"
    assert seen["count"] > 400


@pytest.mark.usefixtures("stopped")
@pytest.mark.parametrize(
    "bad",
    [r"[ \t]+\n", r"“(.+)”", r",?\s+(?:now|next)$", r"[\w.+-]+@[\w-]+", r"^(\s*)[-+]", r"(?<![\w./-])\d[\d,.]*\s?%",
     r".+?(?:[.!?]+(?=\s|$)|$)", r"coach\w*\s", r"(?:a+)+b"],
)  # fmt: skip
def test_control_a_slow_pattern_is_seen(bad: str) -> None:
    found = re.compile(bad, re.MULTILINE | re.DOTALL)
    assert "over and over" in patterns.slow(patterns.Written("here", found, frozenset({"finditer"})))


@pytest.mark.usefixtures("stopped")
def test_control_a_plain_pattern_is_not() -> None:
    assert patterns.slow(patterns.Written("here", re.compile(r"(?<![ \t])[ \t]++\n"), frozenset({"finditer"}))) == ""
