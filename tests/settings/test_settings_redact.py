"""Passwords of addresses in log records: masked wherever they stand, seen with the mask off."""

from __future__ import annotations

import io
import logging
import time
from collections.abc import Iterator

import pytest

from greenroom import redact
from greenroom.redact import Redaction, without_password

PASSWORD = "canary-in-an-address"
URL = f"postgresql+psycopg://me:{PASSWORD}@host:5432/db"


@pytest.fixture
def out() -> Iterator[io.StringIO]:
    """What a handler writes that was there before."""
    written, log = io.StringIO(), logging.getLogger("elsewhere.library")
    handler = logging.StreamHandler(written)
    log.addHandler(handler)
    log.propagate = False
    yield written
    log.removeHandler(handler)


@pytest.fixture(autouse=True)
def plain() -> Iterator[None]:
    """Records as Python makes them, whatever an earlier test installed."""
    before = logging.getLogRecordFactory()
    logging.setLogRecordFactory(logging.LogRecord)
    yield
    logging.setLogRecordFactory(before)


@pytest.fixture
def installed(plain: None) -> None:
    redact.install()
    redact.install()


def tell_everywhere() -> None:
    log = logging.getLogger("elsewhere.library")
    log.warning(f"message {URL}")
    log.warning("argument %s of %d", URL, 2)
    log.warning("mapping %(url)s", {"url": URL})
    log.warning("object %s", ValueError(URL))
    log.warning("option postgresql:///db?password=%s&x=1", PASSWORD)
    try:
        raise RuntimeError(f"cause {URL}")
    except RuntimeError as error:
        try:
            raise ValueError("effect") from error
        except ValueError:
            log.exception("exception")


def test_no_password_is_logged(installed: None, out: io.StringIO) -> None:
    tell_everywhere()
    text = out.getvalue()
    assert PASSWORD not in text
    for kept in ("message postgresql+psycopg://me:***@host:5432/db", "of 2", "mapping", "object", "effect", "RuntimeError: cause"):
        assert kept in text


def test_control_without_it_they_are_seen(out: io.StringIO) -> None:
    tell_everywhere()
    assert out.getvalue().count(PASSWORD) == 6


@pytest.mark.parametrize("masked", [True, False])
def test_a_line_that_cannot_be_formatted(masked: bool, capsys: pytest.CaptureFixture[str]) -> None:
    """logging itself would print its arguments."""
    record = logging.LogRecord("n", 30, "f", 1, f"{URL} %d", (URL,), None)
    handler = logging.StreamHandler(io.StringIO())
    if masked:
        handler.addFilter(Redaction())
    handler.handle(record)
    assert (PASSWORD in handler.stream.getvalue() + capsys.readouterr().err) is not masked


def test_as_a_filter_of_one_handler(out: io.StringIO) -> None:
    log = logging.getLogger("elsewhere.library")
    log.handlers[0].addFilter(Redaction())
    log.warning("%s and 100%%", URL)
    log.warning(f"100% {URL}")
    assert out.getvalue().splitlines() == [
        "postgresql+psycopg://me:***@host:5432/db and 100%",
        "100% postgresql+psycopg://me:***@host:5432/db",
    ]


def test_arguments_keep_their_shape() -> None:
    record = logging.LogRecord("n", 20, "f", 1, "%s %s %d", ("GET", f"/x?u={URL}", 200), None)
    assert Redaction().filter(record)
    assert isinstance(record.args, tuple) and len(record.args) == 3 and PASSWORD not in record.getMessage()


@pytest.mark.parametrize("password", ["plain", "s3cr:et", "sla/sh", "a@b", "a b", "per%20cent", "ü", "://"])
def test_any_password_is_masked(password: str) -> None:
    assert without_password(f"at postgresql://me:{password}@host/db now").startswith("at postgresql://me:***@host/db")


@pytest.mark.parametrize("text", ["sqlite:////srv/a.db", "http://127.0.0.1:8713 is open", "me@example.org", "postgresql:///db", "a: b@c"])
def test_what_holds_none_stays(text: str) -> None:
    assert without_password(text) == text


def test_a_long_text_takes_little_time() -> None:
    started = time.perf_counter()
    without_password("://a:" * 20_000)
    assert time.perf_counter() - started < 5
