"""From folders to a bank. A pack with a fault, of form or against the editorial rules, is left out whole; the others load.

Whether the labs that a pack names are here is not asked: they may come with another plugin or an extra. The check says it, and a door
shows no link that leads nowhere.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from greenroom.bank.bank import Bank, Fault, Pack
from greenroom.bank.check import check_loaded, clashes, foreign
from greenroom.bank.kept import KeptPacks
from greenroom.bank.read import read_pack


def load_bank(folders: Iterable[Path], kept: KeptPacks | None = None) -> Bank:
    """The bank of all packs without a fault, in the order given; the faults of the others are kept with it.

    ``kept``: where packs that have not changed are found as they were read last; None reads them all.
    """
    packs: list[Pack] = []
    faults: list[Fault] = []
    left_out: dict[Path, int] = {}
    taken: dict[str, Pack] = {}
    for folder in each_once(folders):
        pack, found = _load(folder, taken, kept)
        faults.extend(found)
        if pack is not None and not found:
            packs.append(pack)
            taken.update(dict.fromkeys((question.id for question in pack.questions), pack))
        else:
            left_out[folder] = len(found)
    return Bank(packs, faults, left_out)


def each_once(folders: Iterable[Path]) -> list[Path]:
    """A pack named twice, by two paths or a link, is one pack: it does not clash with itself."""
    found: dict[str, Path] = {}
    for folder in folders:
        found.setdefault(os.path.realpath(folder), folder)
    return list(found.values())


def _load(folder: Path, taken: Mapping[str, Pack], kept: KeptPacks | None) -> tuple[Pack | None, list[Fault]]:
    mark = kept.mark(folder) if kept else None
    known = kept.find(folder, mark) if kept else None
    if known is not None and not _clashes(known, taken):  # else the line of the clash is wanted
        return known, []
    loaded = read_pack(folder)
    pack, found = loaded.pack(), check_loaded(loaded)
    if kept and pack is not None and not found:
        kept.put(pack, mark)
    return pack, [*found, *clashes(loaded, taken)]


def _clashes(pack: Pack, taken: Mapping[str, Pack]) -> bool:
    own = {question.id for question in pack.questions}
    return not taken.keys().isdisjoint(own) or any(foreign(pack.header.aliases, own, taken))
