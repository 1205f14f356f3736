"""From folders to a bank. A pack with a fault, of form or against the editorial rules, is left out whole; the others load.

Whether the labs that a pack names are here is not asked: they may come with another plugin or an extra. The check says it, and a door
shows no link that leads nowhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from greenroom.bank.bank import Bank, Fault, Pack
from greenroom.bank.check import check_loaded
from greenroom.bank.kept import KeptPacks
from greenroom.bank.read import read_pack
from greenroom.bank.source import Source


def load_bank(folders: Iterable[Path], kept: KeptPacks | None = None) -> Bank:
    """The bank of all packs without a fault, in the order given; the faults of the others are kept with it.

    ``kept``: where packs that have not changed are found as they were read last; None reads them all.
    """
    packs: list[Pack] = []
    faults: list[Fault] = []
    used: set[str] = set()
    for folder in folders:
        pack, found = _load(folder, used, kept)
        faults.extend(found)
        if pack is not None and not found:
            packs.append(pack)
            used.update(question.id for question in pack.questions)
    return Bank(packs, faults)


def _load(folder: Path, used: set[str], kept: KeptPacks | None) -> tuple[Pack | None, list[Fault]]:
    mark = kept.mark(folder) if kept else None
    known = kept.find(folder, mark) if kept else None
    if known is not None and used.isdisjoint(question.id for question in known.questions):  # else the line of the clash is wanted
        return known, []
    loaded = read_pack(folder)
    pack, found = loaded.pack(), check_loaded(loaded)
    if kept and pack is not None and not found:
        kept.put(pack, mark)
    return pack, [*found, *(_clash(source) for question, source in loaded.questions if question.id in used)]


def _clash(source: Source) -> Fault:
    return source.fault(("id",), "This id belongs to a question of an earlier pack.", "Rename the question.")
