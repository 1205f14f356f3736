"""A YAML file with its line numbers: strict (no duplicate keys, no aliases, bounded size), and able to say where a value stands.

A pack may come from a stranger: only plain files inside its folder are opened (no links, pipes or devices), and whatever a file holds ends
in a fault, never in another error. Not covered: hard links, which look like any file; comments and formatting (a pack is never rewritten).
"""

from __future__ import annotations

import errno
import math
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from greenroom.bank.bank import Fault, name_of
from greenroom.bank.cures import writing
from greenroom.bank.wording import CONTROL, text_fault
from greenroom.files import open_plain

SIZE_LIMIT = 1_000_000
"""Bytes. The largest question we wrote is below 60 kB."""

VALUES_LIMIT = 10_000
"""Keys, values and lists of a file: each may make a fault. The fullest question we wrote has fewer than a thousand."""

NUMBER_LIMIT = 64
"""Characters of a number or a date. Reading a long one takes time that grows with its square."""

SHOWN_LIMIT = 300
"""Characters of a fault's text: a file cannot fill the screen, nor show itself, through its faults."""

DIRECTIVE = re.compile(r"(?:^\ufeff*|[\n\r\x85\u2028\u2029])%")
"""Where YAML begins a line. Reading many ``%TAG`` takes libyaml time that grows with the square of their number."""

SIGNS = ",:-[{?"
"""Without one of them YAML begins no further value."""

UNREADABLE = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What PyYAML raises for scalars that look like a number, date or tag and are none (``2001-99-99``, ``!!int ""``)."""

try:
    from yaml import CSafeLoader as SafeLoader
except ImportError:  # PyYAML built without libyaml: slower, and it refuses a bare text with a “?” inside braces
    from yaml import SafeLoader  # type: ignore[assignment]


def short(text: str, limit: int = 80) -> str:
    """At most ``limit`` characters, all of which can be encoded."""
    text = text.encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def shown(path: Path, folder: Path) -> str:
    """A file of a pack as its faults name it: with the name of the pack's folder."""
    return short(f"{name_of(folder)}/{path.relative_to(folder).as_posix()}", SHOWN_LIMIT)


class _RefusedError(yaml.constructor.ConstructorError):
    """YAML, but none that a pack may hold. Carries the cure."""

    def __init__(self, node: yaml.Node, what: str, cure: str) -> None:
        super().__init__(None, None, what, node.start_mark)
        self.cure = cure


class _StrictLoader(SafeLoader):
    """Refuses a key that stands twice in one mapping (YAML would silently keep the last), a key that is no plain text, and values that
    PyYAML fails on."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: dict[str, int] = {}
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise _RefusedError(key, "a key that is a list or a mapping", "Write the key as plain text, in quotes if need be.")
            if key.value in seen:
                what = f"the key “{short(key.value)}” stands twice, first in line {seen[key.value]}"
                raise _RefusedError(key, what, "Keep one of the two.")
            seen[key.value] = key.start_mark.line + 1
        return super().construct_mapping(node, deep)

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        kind = node.tag.rpartition(":")[2]
        if isinstance(node, yaml.ScalarNode) and kind in ("int", "float", "timestamp") and len(node.value) > NUMBER_LIMIT:
            raise _RefusedError(node, f"a number or date of {len(node.value)} characters", "Shorten it, or put it in quotes.")
        try:
            value = super().construct_object(node, deep)
        except UNREADABLE as error:
            what = f"“{short(str(node.value), 40)}” is no {short(kind, 20)}"
            raise _RefusedError(node, what, "Correct it, or put it in quotes.") from error
        if isinstance(value, float) and not math.isfinite(value):  # JSON has none
            raise _RefusedError(node, f"“{short(str(node.value), 40)}” is no finite number", "Write a number, or put it in quotes.")
        return value


class SourceFault(Exception):
    """Internal to ``bank``: the file cannot be read as strict YAML. Carries the fault."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault


class Source:
    """One YAML file: ``data`` as plain Python values, ``line(path)`` for any value in it. It must lie inside ``folder``."""

    def __init__(self, path: Path, folder: Path) -> None:
        self.path, self.shown_as = path, shown(path, folder)
        self._folder = folder
        self._root: yaml.Node | None = None
        self._lines: dict[int, dict[str, tuple[yaml.Node, int]]] = {}
        try:
            self.text = self._read()
            self._look()
            self.data = yaml.load(self.text, Loader=_StrictLoader)  # noqa: S506 a SafeLoader, made stricter
        except yaml.YAMLError as error:
            raise SourceFault(self._yaml_fault(error)) from error
        except UNREADABLE as error:  # what the loader's own net does not hold
            raise SourceFault(Fault(file=self.shown_as, line=1, what="Not valid YAML.", cure="Quote unusual values.")) from error
        except RecursionError as error:
            raise SourceFault(self.fault((), "The file is nested too deeply.", "Flatten it.")) from error

    def _read(self) -> str:
        try:
            raw = self._plain_bytes()
        except FileNotFoundError as error:
            what, cure = "This file is gone.", "Look again: it was there a moment ago."
            raise SourceFault(Fault(file=self.shown_as, line=1, what=what, cure=cure)) from error
        except OSError as error:
            if error.errno in (errno.ELOOP, errno.EINVAL, errno.EISDIR, errno.ENXIO):
                what, cure = "Not a plain file inside the pack's folder.", "Put the file itself there: no link, folder, pipe or device."
            else:
                file = error.errno == errno.ENOTDIR
                what, cure = f"Cannot be read: {error.strerror}.", "Name the pack's folder." if file else "Check its rights."
            raise SourceFault(Fault(file=self.shown_as, line=1, what=what, cure=cure)) from error
        if len(raw) > SIZE_LIMIT:
            raise SourceFault(Fault(file=self.shown_as, line=1, what=f"Larger than {SIZE_LIMIT} bytes.", cure="Split it."))
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError as error:
            line = raw[: error.start].count(b"\n") + 1
            raise SourceFault(Fault(file=self.shown_as, line=line, what="Not UTF-8.", cure="Save the file as UTF-8.")) from error

    def _plain_bytes(self) -> bytes:
        """At most ``SIZE_LIMIT`` + 1 bytes. Raises OSError: EINVAL or ELOOP for what is not a plain file inside the folder."""
        if not Path(os.path.realpath(self.path.parent)).is_relative_to(os.path.realpath(self._folder)):
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
        with open_plain(self.path) as file:
            return file.read(SIZE_LIMIT + 1)

    def _look(self) -> None:
        """Refuses, before anything is made of it, what takes long to read: directives, very many values, and aliases, which let a small
        file unfold into a huge one. Each value has a sign of its own, but that a key alone in braces stands for two.
        """
        if found := DIRECTIVE.search(self.text):
            what, cure = "A line that begins with “%”.", "Indent it, or quote the text: a pack has no directives of YAML."
            line = self.text.count("\n", 0, found.end()) + 1
            raise SourceFault(Fault(file=self.shown_as, line=line, what=what, cure=cure))
        if "&" not in self.text and "*" not in self.text and 2 * sum(map(self.text.count, SIGNS)) < VALUES_LIMIT - 2:
            return
        values = 0
        for event in yaml.parse(self.text, Loader=SafeLoader):
            values += isinstance(event, yaml.NodeEvent)
            line = event.start_mark.line + 1 if event.start_mark else 1
            if isinstance(event, yaml.AliasEvent):
                raise SourceFault(Fault(file=self.shown_as, line=line, what="YAML aliases are refused.", cure="Write the value out."))
            if values > VALUES_LIMIT:
                what, cure = f"More than {VALUES_LIMIT} values in this file.", "Make several questions of it."
                raise SourceFault(Fault(file=self.shown_as, line=line, what=what, cure=cure))

    def _yaml_fault(self, error: yaml.YAMLError) -> Fault:
        hidden = CONTROL.search(self.text) if isinstance(error, yaml.reader.ReaderError) else None
        if hidden:
            what, cure = text_fault(hidden[0]) or ("", "")
            return Fault(file=self.shown_as, line=self.text.count("\n", 0, hidden.start()) + 1, what=what, cure=cure)
        mark = getattr(error, "problem_mark", None)
        problem = short(str(getattr(error, "problem", None) or error), SHOWN_LIMIT).rstrip(".")
        return Fault(
            file=self.shown_as,
            line=mark.line + 1 if mark else 1,
            what=f"Not valid YAML: {problem}.",
            cure=error.cure if isinstance(error, _RefusedError) else writing.cure(self.text, error),
        )

    def line(self, path: Sequence[str | int]) -> int:
        """The line (from 1) of the value at ``path``, or of the nearest thing above it that exists."""
        if self._root is None:
            self._root = yaml.compose(self.text, Loader=SafeLoader)
        node, line = self._root, 1
        for step in path:
            entry = self._child(node, step)
            if entry is None:
                break
            node, line = entry
        return line

    def fault(self, path: Sequence[str | int], what: str, cure: str) -> Fault:
        return Fault(file=self.shown_as, line=self.line(path), what=short(what, SHOWN_LIMIT), cure=cure)

    def _child(self, node: yaml.Node | None, step: str | int) -> tuple[yaml.Node, int] | None:
        if isinstance(node, yaml.MappingNode):
            return self._entries(node).get(str(step))
        if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            child = node.value[step]
            return child, child.start_mark.line + 1
        return None

    def _entries(self, node: yaml.MappingNode) -> dict[str, tuple[yaml.Node, int]]:
        """The values of a mapping with the lines of their keys, looked for once: many faults may stand in one mapping."""
        if id(node) not in self._lines:
            self._lines[id(node)] = {key.value: (value, key.start_mark.line + 1) for key, value in node.value}
        return self._lines[id(node)]
