"""What can be set in a lab: a parameter with its kind, its bounds and its default, and reading a value that somebody gave for it.

A value comes from a form or a command line as text, from a pack or the API as a number: both are read the same way. Whatever is out of
bounds is an InputError that names the parameter, what it takes and what it got; nothing is silently clipped.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from greenroom.bank.question import LabValue, Value
from greenroom.errors import InputError, TooLargeError

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Short = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
Kind = Literal["whole", "number", "choice", "text", "switch"]
NUMBER_LIMIT = 40
"""Characters of a number as text."""
YES, NO = ("true", "yes", "on", "1"), ("false", "no", "off", "0")
_UNSHOWABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


class Option(Value):
    """One value of a choice, and how it is called on a page."""

    value: Name
    title: Short


class Parameter(Value):
    """One thing that can be set. ``low`` and ``high`` bound a number, both inclusive; ``longest`` and ``lines`` a text.

    Make one with ``whole``, ``number``, ``choice``, ``text`` or ``switch`` below. ``group``: parameters of one group stand together.
    """

    name: Name
    kind: Kind
    title: Short
    default: LabValue
    help: Annotated[str, StringConstraints(max_length=400)] = ""
    group: Annotated[str, StringConstraints(max_length=60)] = ""
    unit: Annotated[str, StringConstraints(max_length=30)] = ""
    low: float | None = None
    high: float | None = None
    options: tuple[Option, ...] = ()
    longest: int = Field(default=0, ge=0, le=20_000)
    lines: int = Field(default=1, ge=1, le=20)

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if self.kind in ("whole", "number") and (self.low is None or self.high is None or not self.low <= self.high):
            raise ValueError(f"{self.name}: a number needs low and high")
        if self.kind == "choice" and not self.options:
            raise ValueError(f"{self.name}: a choice needs options")
        if self.kind == "text" and not self.longest:
            raise ValueError(f"{self.name}: a text needs its longest length")
        try:
            read = self.read(self.default)
        except InputError as error:
            raise ValueError(f"{self.name}: the default is out of bounds: {error.message}") from None
        if read != self.default or type(read) is not type(self.default):
            raise ValueError(f"{self.name}: the default is a {type(self.default).__name__}, the parameter a {self.kind}")
        return self

    @property
    def takes(self) -> str:
        """What may be given, in words."""
        if self.kind == "whole":
            return f"a whole number from {plain_number(self.low)} to {plain_number(self.high)}"
        if self.kind == "number":
            return f"a number from {plain_number(self.low)} to {plain_number(self.high)}"
        if self.kind == "choice":
            return "one of " + ", ".join(option.value for option in self.options)
        return "yes or no" if self.kind == "switch" else f"a text of at most {self.longest:,} characters"

    def read(self, given: LabValue) -> LabValue:
        """The value, of the parameter's own type. Raises InputError (TooLargeError for a text) that says what it takes."""
        if self.kind == "text":
            return self._read_text(given)
        found = self._read_switch(given) if self.kind == "switch" else self._read_bounded(given)
        if found is None:
            shown = _UNSHOWABLE.sub("�", str(given))[:60]
            raise InputError(
                f"“{self.name}” takes {self.takes}; it got “{shown}”.", f"Leave it out for its default, {shown_value(self.default)}."
            )
        return found

    def _read_bounded(self, given: LabValue) -> LabValue | None:
        if self.kind == "choice":
            return given if isinstance(given, str) and any(option.value == given for option in self.options) else None
        value = _finite(given)
        if value is None or not (self.low is not None and self.high is not None and self.low <= value <= self.high):
            return None
        if self.kind == "whole":
            return int(value) if value.is_integer() else None
        return value

    def _read_switch(self, given: LabValue) -> bool | None:
        word = str(given).strip().lower()
        return given if isinstance(given, bool) else True if word in YES else False if word in NO else None

    def _read_text(self, given: LabValue) -> str:
        text = str(given).replace("\r\n", "\n")
        if len(text) > self.longest:
            raise TooLargeError(f"“{self.name}” has {len(text):,} characters; it takes {self.takes}.", "Shorten it.")
        if _UNSHOWABLE.search(text):
            raise InputError(f"“{self.name}” holds a control character or half of a character.", "Remove it; type the text anew.")
        return text


def whole(name: str, title: str, default: int, bounds: tuple[int, int], help: str = "", *, group: str = "", unit: str = "") -> Parameter:
    return Parameter(
        name=name, kind="whole", title=title, default=default, low=bounds[0], high=bounds[1], help=help, group=group, unit=unit
    )


def number(
    name: str, title: str, default: float, bounds: tuple[float, float], help: str = "", *, group: str = "", unit: str = ""
) -> Parameter:
    return Parameter(
        name=name, kind="number", title=title, default=float(default), low=bounds[0], high=bounds[1], help=help, group=group, unit=unit
    )


def choice(name: str, title: str, options: Mapping[str, str], help: str = "", *, group: str = "") -> Parameter:
    """``options``: title by value; the first is the default."""
    found = tuple(Option(value=value, title=shown) for value, shown in options.items())
    return Parameter(name=name, kind="choice", title=title, default=found[0].value, options=found, help=help, group=group)


def text(name: str, title: str, default: str, longest: int, help: str = "", *, group: str = "", lines: int = 1) -> Parameter:
    return Parameter(name=name, kind="text", title=title, default=default, longest=longest, help=help, group=group, lines=lines)


def switch(name: str, title: str, default: bool, help: str = "", *, group: str = "") -> Parameter:
    return Parameter(name=name, kind="switch", title=title, default=default, help=help, group=group)


def read_all(parameters: Iterable[Parameter], given: Mapping[str, LabValue]) -> dict[str, LabValue]:
    """A value for every parameter, in their order: what was given, else the default. Raises InputError, also for a name there is not."""
    known = {parameter.name: parameter for parameter in parameters}
    for name in given:
        if name not in known:
            nearest = get_close_matches(name, known, n=1, cutoff=0.5)
            shown = _UNSHOWABLE.sub("�", name)[:60]
            cure = f"Did you mean {nearest[0]}?" if nearest else f"It has: {', '.join(known) or 'none'}."
            raise InputError(f"This lab has no parameter “{shown}”.", cure)
    return {name: parameter.read(given[name]) if name in given else parameter.default for name, parameter in known.items()}


def find_fault(parameters: Iterable[Parameter], given: Mapping[str, LabValue]) -> tuple[str, str, str] | None:
    """The first value that cannot be used: its name, what is wrong, the cure. For whoever checks a pack."""
    known = tuple(parameters)
    for name, value in given.items():
        try:
            read_all(known, {name: value})
        except InputError as error:
            return name, error.message, error.hint
    return None


def shown_value(value: LabValue) -> str:
    """A value as it may be given again."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return plain_number(value) if isinstance(value, int | float) else value


def plain_number(value: float | None) -> str:
    """Short, and read back as the same number: ``8``, ``0.4``, ``1e+12``."""
    if value is None:
        return ""
    if isinstance(value, int) or (float(value).is_integer() and abs(value) < 1e15):
        return str(int(value))
    return repr(float(value))


def _finite(given: LabValue) -> float | None:
    if isinstance(given, bool) or (isinstance(given, str) and len(given) > NUMBER_LIMIT):
        return None
    try:
        value = float(given)
    except (ValueError, OverflowError):
        return None
    return value if math.isfinite(value) else None
