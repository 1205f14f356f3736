"""The hooks: how packs, assessors and labs reach greenroom. What ships uses them like any plugin (``builtin.py``).

A plugin is a Python package with an entry point in the group ``greenroom``. It runs with your rights, exactly as ``pip install`` of it
does: it is off until ``GREENROOM_PLUGINS=1``, is never installed from the web app, and one that fails is named and left out.
"""

from __future__ import annotations

import importlib.metadata
import logging
from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import pluggy

from greenroom.settings import Settings

if TYPE_CHECKING:
    from greenroom.assess.assessor import Assessor
    from greenroom.labs.lab import Lab

GROUP = "greenroom"
hookspec = pluggy.HookspecMarker(GROUP)
hookimpl = pluggy.HookimplMarker(GROUP)
AssessorMaker: TypeAlias = "Callable[[], Assessor]"
Answer = TypeVar("Answer")
log = logging.getLogger(__name__)


class Hooks:
    """What a plugin may implement; any part of it."""

    @hookspec
    def greenroom_packs(self) -> Sequence[Path]:
        """Folders of question packs."""
        return ()

    @hookspec
    def greenroom_assessors(self, settings: Settings) -> Mapping[str, AssessorMaker]:
        """Assessors by name (``GREENROOM_ASSESSOR`` chooses); each is made when it is first needed."""
        return {}

    @hookspec
    def greenroom_labs(self) -> Sequence[Lab]:
        """Labs. Each is of a class at the top of a module, made without arguments: it is made again in the process in which it runs."""
        return ()


class Plugins:
    """The plugins at work: those given, and the installed ones if ``settings.plugins``. ``faults``: what was left out and why."""

    def __init__(self, settings: Settings, given: Mapping[str, object]) -> None:
        self.settings = settings
        self.faults: list[str] = []
        self._manager = pluggy.PluginManager(GROUP)
        self._manager.add_hookspecs(Hooks)
        for name, plugin in given.items():
            self._manager.register(plugin, name=name)
        if settings.plugins:
            self._load_installed()

    def _load_installed(self) -> None:
        for entry in importlib.metadata.entry_points(group=GROUP):
            try:
                self._manager.register(entry.load(), name=entry.name)
            except Exception as error:  # a plugin may raise anything; it must not take the room down
                self._fault(entry.name, error)

    def _fault(self, name: str, error: Exception) -> None:
        fault = f"The plugin “{name}” was left out: {type(error).__name__}: {error}"
        if fault not in self.faults:  # hooks are asked again
            self.faults.append(fault)
            log.warning("%s", fault)

    def names(self) -> list[str]:
        return sorted(name for name, plugin in self._manager.list_name_plugin() if plugin is not None)

    def packs(self) -> list[Path]:
        """Pack folders in the order of registration, then those of the settings; each once."""
        answers = self._ask("greenroom_packs", lambda answer: [Path(folder) for folder in answer])
        return list(dict.fromkeys([*chain.from_iterable(answers), *self.settings.packs]))

    def assessors(self) -> dict[str, AssessorMaker]:
        """By name. Of two with one name the later stays: a plugin may put its own in the place of one that ships."""
        makers: dict[str, AssessorMaker] = {}
        for answer in self._ask("greenroom_assessors", dict[str, AssessorMaker], settings=self.settings):
            makers.update(answer)
        return makers

    def labs(self) -> dict[str, Lab]:
        """By name, those that ship first. Of two with one name the first stays; the other, and what is no lab, is named in ``faults``."""
        from greenroom.labs.lab import Card  # only where labs are asked for: the questions are listed without

        found: dict[str, Lab] = {}
        for lab in chain.from_iterable(self._ask("greenroom_labs", list)):
            try:
                if not isinstance(lab.card, Card):
                    raise TypeError(f"{type(lab).__name__}.card is no Card")
                if lab.card.name in found:
                    raise ValueError(f"there is a lab “{lab.card.name}” already")
                found[lab.card.name] = lab
            except Exception as error:  # as above
                self._fault(type(lab).__name__, error)
        return found

    def _ask(self, hook: str, read: Callable[[Any], Answer], **given: Any) -> list[Answer]:
        """One call a plugin, each answer ``read`` at once, so that one that crashes or gives another thing takes nothing else with it."""
        answers: list[Answer] = []
        for implementation in getattr(self._manager.hook, hook).get_hookimpls():
            wanted = {name: given[name] for name in implementation.argnames if name in given}
            try:
                answers.append(read(implementation.function(**wanted)))
            except Exception as error:  # as above
                self._fault(implementation.plugin_name, error)
        return answers
