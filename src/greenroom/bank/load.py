"""From folders to a bank. A pack with a fault, of form or against the editorial rules, is left out whole; the others load.

Whether the labs that a pack names are here is not asked: they may come with another plugin or an extra. The check says it, and a door
shows no link that leads nowhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from greenroom.bank.bank import Bank, Fault, Pack
from greenroom.bank.check import check_loaded
from greenroom.bank.read import read_pack
from greenroom.bank.source import Source


def load_bank(folders: Iterable[Path]) -> Bank:
    """The bank of all packs without a fault, in the order given; the faults of the others are kept with it."""
    packs: list[Pack] = []
    faults: list[Fault] = []
    used: set[str] = set()
    for folder in folders:
        loaded = read_pack(folder)
        found = [*check_loaded(loaded), *(_clash(source) for question, source in loaded.questions if question.id in used)]
        pack = loaded.pack()
        faults.extend(found)
        if pack is not None and not found:
            packs.append(pack)
            used.update(question.id for question in pack.questions)
    return Bank(packs, faults)


def _clash(source: Source) -> Fault:
    return source.fault(("id",), "This id belongs to a question of an earlier pack.", "Rename the question.")
