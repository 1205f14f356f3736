"""From what authors and readers of the small sets hand in to training/data/small (``small.py``).

    python training/gather_small.py check SET FILE…    FILE.written.jsonl, and FILE.read.jsonl and FILE.second.jsonl where they are there;
                                                       writes FILE.reading.md, for readers who see the text alone
    python training/gather_small.py keep SET FILE…     into training/data/small, the sealed part encrypted
    python training/gather_small.py shares [--sealed]  counts and agreement, of the open part or of all

FILE.written.jsonl has the fields of a set's class without the labels, FILE.read.jsonl those of its label with the id. Of *triples* a line
has an id with the number of the answer, and its mark. Beside a FILE of *packs* lies its pack, FILE.json.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

import numpy as np
import small
from corpus import DATA, Reading, open_sealed, seal
from gather import reading, rows, what_is_wrong
from pydantic import ValidationError
from small import SETS, AskLabel, MannerLabel, PackAnswer, Side, StoryLabel, Triple, TripleLabel, dump, faults, parse, read, side

from greenroom.assess.ruler.figures import cohen, pearson


def _label(row: Any, given: Mapping[str, dict[str, Any]]) -> Any:
    """A reader's line or lines as the label of ``row``; None where nothing was read."""
    if isinstance(row, Triple):
        marks = {name: given[f"{row.id}/{n}"]["mark"] for n, name in enumerate(row.order(), 1) if f"{row.id}/{n}" in given}
        return _valid(TripleLabel, marks, row.id) if marks else None
    if row.id not in given:
        return None
    if isinstance(row, PackAnswer):
        return reading(given[row.id])
    return _valid(row.labelled_as, {name: value for name, value in given[row.id].items() if name != "id"}, row.id)


def _valid(kind: Any, fields: Mapping[str, Any], name: str) -> Any:
    """SystemExit names the row and what is wrong with it."""
    try:
        return kind.model_validate(fields)
    except ValidationError as error:
        raise SystemExit(f"{name}: {what_is_wrong(error)}") from error


def gather(set_: str, file: Path) -> list[Any]:
    """The rows of a file with what readers found. Writes the readers' sheet."""
    written = [_valid(SETS[set_], row, name) for name, row in rows(Path(f"{file}.written.jsonl")).items()]
    if strange := sorted({row.group for row in written} - set(small.groups(set_))):
        raise SystemExit(f"{file.name}: unknown {', '.join(strange)}; {set_} have {', '.join(small.groups(set_)[:12])} …")
    sheet = [item for row in written for item in row.shown()]
    if set_ == "triples":
        random.Random(small.SEED).shuffle(sheet)
    Path(f"{file}.reading.md").write_text("\n\n".join(f"### {name}\n{text}" for name, text in sheet) + "\n", encoding="utf-8")
    first, second = (rows(path) if (path := Path(f"{file}.{what}.jsonl")).exists() else {} for what in ("read", "second"))
    if strange := sorted({*first, *second} - {name for name, _ in sheet}):
        raise SystemExit(f"{file.name}: read, and not written: {', '.join(strange)}")
    return [row.model_copy(update={"label": _label(row, first), "second": _label(row, second)}) for row in written]


def keep(set_: str, files: Sequence[Path]) -> None:
    """Adds the rows to what is there, the sealed ones encrypted. A triple whose marks are not apart is dropped, and counted."""
    found = [row for file in files for row in gather(set_, file)]
    if unread := [row.id for row in found if row.label is None]:
        raise SystemExit(f"not read: {', '.join(unread)}")
    bad = {row.id: faults(row) for row in found if faults(row)}
    if bad and set_ != "triples":
        raise SystemExit("\n".join(fault for each in bad.values() for fault in each))
    sound = [row for row in found if row.id not in bad]
    for split in get_args(Side):
        new = [row for row in sound if side(set_, row.group) == split]
        if split == "sealed" and new:
            sealed = DATA / f"sealed/small-{set_}.jsonl.enc"
            there = parse(set_, open_sealed(f"small-{set_}", "rows added")) if sealed.exists() else []
            seal(f"small-{set_}", dump(_joined(there, new)))
        elif new:
            (small.SMALL / set_).mkdir(parents=True, exist_ok=True)
            (small.SMALL / set_ / f"{split}.jsonl").write_text(dump(_joined(read(set_, split), new)), encoding="utf-8")
        print(f"{set_}, {split}: {len(new)} added, {len({row.group for row in new})} groups")
    print(f"{len(bad)} dropped: {', '.join(bad)}" if bad else "none dropped")
    for file in files if set_ == "packs" else ():
        _keep_pack(Path(f"{file}.json").read_text(encoding="utf-8"))


def _keep_pack(text: str) -> None:
    """The questions, points and references of a pack."""
    name = json.loads(text)["id"]
    if side("packs", name) == "sealed":
        seal(f"pack-{name}", text)
    else:
        (small.SMALL / f"packs/{name}.json").write_text(text, encoding="utf-8")


def _joined(there: Iterable[Any], new: Iterable[Any]) -> list[Any]:
    return list({row.id: row for row in (*there, *new)}.values())


def opinions(row: Any, label: Any) -> dict[str, str]:
    """What a reader decided, as names, so that two readers can be compared."""
    if isinstance(label, StoryLabel):
        found, at = dict[str, str](), 0
        for sentence, part in label.sentences:  # by where it begins, since readers may cut sentences differently
            found[f"sentence {at}"], at = part, at + len(sentence.split())
        return {**found, **{f"part {name}": verdict for name, verdict in label.parts.items()}}
    if isinstance(label, AskLabel):
        return {name: str(getattr(label, name)) for name in ("quality", "purpose", "specific", "fit", "opens")}
    if isinstance(label, MannerLabel):
        return {name: said for name, said in label.sides.items()}
    if isinstance(label, Reading):
        return {f"point {name}": point.verdict for name, point in label.points.items()}
    return {}


def agreement(labelled: Sequence[Any]) -> list[str]:
    """Cohen's κ of two readers, by what they decided on; for triples Pearson's r of the marks."""
    twice = [row for row in labelled if row.second is not None]
    pairs: dict[str, tuple[list[str], list[str]]] = {}
    for row in twice:
        one, other = opinions(row, row.label), opinions(row, row.second)
        for name in one.keys() & other.keys():
            kind = name.split()[0]
            for held, value in zip(pairs.setdefault(kind, ([], [])), (one[name], other[name]), strict=True):
                held.append(value)
    found = [f"  {name}: κ {_shown(cohen(*pair))}, alike {np.mean([a == b for a, b in zip(*pair, strict=True)]):.3f} of {len(pair[0])}"
             for name, pair in sorted(pairs.items())]  # fmt: skip
    if isinstance(next(iter(twice), None), Triple):
        marks = [(getattr(row.label, name), getattr(row.second, name)) for row in twice for name in ("right", "half", "wrong")]
        found.append(f"  marks: r {_shown(pearson(*zip(*marks, strict=True)))} of {len(marks)}")
    return [f"  labelled twice: {len(twice)}", *found] if twice else []


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def counts(row: Any) -> Iterator[str]:
    """What a row adds to the counts of its set."""
    label = row.label
    if isinstance(label, StoryLabel):
        yield from (f"sentence {part}" for _, part in label.sentences)
    elif isinstance(label, AskLabel):
        yield from (label.quality, f"{label.quality}, {row.round}")
    elif isinstance(label, MannerLabel):
        yield from (f"{name} {said}" for name, said in label.sides.items())
    elif isinstance(label, Reading):
        yield from (point.verdict for point in label.points.values())


def shares(set_: str, labelled: Sequence[Any]) -> list[str]:
    """What there is of a set, a line each."""
    rows_of = Counter(side(set_, row.group) for row in labelled)
    groups_of = Counter(side(set_, name) for name in {row.group for row in labelled})
    total = Counter(name for row in labelled for name in counts(row))
    return [
        f"{set_}: {len(labelled)}; " + ", ".join(f"{split} {count} ({groups_of[split]} groups)" for split, count in rows_of.items()),
        *(["  " + ", ".join(f"{name} {count}" for name, count in sorted(total.items()))] if total else []),
        *agreement(labelled),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("check", "keep", "shares"))
    parser.add_argument("set", nargs="?", choices=tuple(SETS))
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--sealed", action="store_true", help="count the sealed rows too; written down in OPENED.md")
    given = parser.parse_args()
    if given.what != "shares" and not given.files:
        parser.error("name a set and at least one file, without its ending")
    if given.what == "shares":
        for set_ in SETS:
            sealed = parse(set_, open_sealed(f"small-{set_}", "counted")) if given.sealed else []
            print("\n".join(shares(set_, [*read(set_, "train"), *read(set_, "dev"), *sealed])))
    elif given.what == "keep":
        keep(given.set, given.files)
    else:
        found = [(file, gather(given.set, file)) for file in given.files]
        for file, written in found:
            unread = sum(row.label is None for row in written)
            lines = [fault for row in written for fault in faults(row)]
            print(*lines, f"{file.name}: {len(written)} rows{f', {unread} not read yet' if unread else ''}", sep="\n")
        raise SystemExit(int(any(faults(row) for _, written in found for row in written)))


if __name__ == "__main__":
    main()
