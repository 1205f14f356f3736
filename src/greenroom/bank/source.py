"""A YAML file with its line numbers: strict (no duplicate keys, no aliases, bounded size), and able to say where a value stands.

Not covered: comments and formatting; a pack is read, never rewritten.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from greenroom.bank.bank import Fault

SIZE_LIMIT = 1_000_000
"""Bytes. The largest question we wrote is below 60 kB."""

try:
    from yaml import CSafeLoader as SafeLoader
except ImportError:  # PyYAML built without libyaml: slower, same result
    from yaml import SafeLoader  # type: ignore[assignment]


class _StrictLoader(SafeLoader):
    """Refuses a key that stands twice in one mapping: YAML would silently keep the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(None, None, f"The key “{key.value}” stands twice.", key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


class SourceFault(Exception):
    """Internal to ``bank``: the file cannot be read as strict YAML. Carries the fault."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault


class Source:
    """One YAML file: ``data`` as plain Python values, ``line(path)`` for any value in it."""

    def __init__(self, path: Path, shown_as: str) -> None:
        self.path, self.shown_as = path, shown_as
        self._root: yaml.Node | None = None
        try:
            self.text = self._read()
            self.data = yaml.load(self.text, Loader=_StrictLoader)  # noqa: S506 a SafeLoader, made stricter
        except yaml.YAMLError as error:
            raise SourceFault(self._yaml_fault(error)) from error
        except RecursionError as error:
            raise SourceFault(self.fault((), "The file is nested too deeply.", "Flatten it.")) from error

    def _read(self) -> str:
        try:
            raw = self.path.read_bytes()
        except OSError as error:
            raise SourceFault(
                Fault(file=self.shown_as, line=1, what=f"Cannot be read: {error.strerror}.", cure="Check its rights.")
            ) from error
        if len(raw) > SIZE_LIMIT:
            raise SourceFault(Fault(file=self.shown_as, line=1, what=f"Larger than {SIZE_LIMIT} bytes.", cure="Split it."))
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError as error:
            line = raw[: error.start].count(b"\n") + 1
            raise SourceFault(Fault(file=self.shown_as, line=line, what="Not UTF-8.", cure="Save the file as UTF-8.")) from error
        if "&" in text or "*" in text:
            self._refuse_aliases(text)
        return text

    def _refuse_aliases(self, text: str) -> None:
        """Aliases let a small file unfold into a huge one."""
        for event in yaml.parse(text, Loader=SafeLoader):
            if isinstance(event, yaml.AliasEvent):
                mark = event.start_mark
                fault = Fault(
                    file=self.shown_as, line=mark.line + 1 if mark else 1, what="YAML aliases are refused.", cure="Write the value out."
                )
                raise SourceFault(fault)

    def _yaml_fault(self, error: yaml.YAMLError) -> Fault:
        mark = getattr(error, "problem_mark", None)
        problem = str(getattr(error, "problem", None) or error).rstrip(".")
        return Fault(
            file=self.shown_as,
            line=mark.line + 1 if mark else 1,
            what=f"Not valid YAML: {problem}.",
            cure="Quote text that holds “: ” or begins with a special character.",
        )

    def line(self, path: Sequence[str | int]) -> int:
        """The line (from 1) of the value at ``path``, or of the nearest thing above it that exists."""
        if self._root is None:
            self._root = yaml.compose(self.text, Loader=SafeLoader)
        node, line = self._root, 1
        for step in path:
            entry = _child(node, step)
            if entry is None:
                break
            node, line = entry
        return line

    def fault(self, path: Sequence[str | int], what: str, cure: str) -> Fault:
        return Fault(file=self.shown_as, line=self.line(path), what=what, cure=cure)


def _child(node: yaml.Node | None, step: str | int) -> tuple[yaml.Node, int] | None:
    if isinstance(node, yaml.MappingNode):
        return next(((v, k.start_mark.line + 1) for k, v in node.value if k.value == str(step)), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        child = node.value[step]
        return child, child.start_mark.line + 1
    return None
