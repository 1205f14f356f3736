"""The terminal's door when memory is short: two lines with the fix, whatever a library raised for it."""

from __future__ import annotations

import pytest

from greenroom.__main__ import main
from greenroom.errors import LowMemoryError


class PanicException(BaseException):
    """What a panic in Rust is in Python: no ``Exception``."""


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        LowMemoryError(),
        PanicException('ThreadPoolBuildError { kind: IOError(Os { code: 11, message: "Resource temporarily unavailable" }) }'),
        ImportError("libopenblas.so: failed to map segment from shared object"),
        OSError(12, "Cannot allocate memory"),
        RuntimeError("can't start new thread"),
    ],
)
def test_want_of_memory_is_two_lines_with_the_fix(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    monkeypatch.setattr("greenroom.cli.app.app", _raising(error))
    with pytest.raises(SystemExit) as caught:
        main()
    assert str(caught.value).splitlines() == [LowMemoryError().message, LowMemoryError.hint]


@pytest.mark.parametrize("error", [ValueError("odd"), KeyboardInterrupt(), SystemExit(3), PanicException("index out of bounds")])
def test_control_other_errors_stay_what_they_are(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    monkeypatch.setattr("greenroom.cli.app.app", _raising(error))
    with pytest.raises(type(error)) as caught:
        main()
    assert caught.value is error


def _raising(error: BaseException) -> object:
    def app(**_: object) -> None:
        raise error

    return app
