"""From what writers and readers hand in to the answers of training/data. A step says what is wrong and exits with 1;
``keep`` keeps nothing then.

    python training/gather.py written BATCH   checks BATCH.written.jsonl; writes BATCH.reading.md for readers
    python training/gather.py read BATCH      checks BATCH.read.jsonl (BATCH.second.jsonl where there is one)
    python training/gather.py differ BATCH    writes BATCH.third.md: where plan and label, or two readers, differ and nobody has decided yet
    python training/gather.py keep BATCH…     checks BATCH.third.jsonl, and puts the answers into training/data
    python training/gather.py shares [--sealed]   counts what there is by its labels, in the open splits or in all

BATCH: a path without an ending, as ``draw.py sheets`` made it (DIR/dev-01). A line of *written*: {id, answer}. Of *read*: {id, points:
{point_id: [verdict, quote?]}, misconceptions: {id: quote}, overall}; *missed* with a quote: said, but not asserted. Of *third*: {id, point,
verdict, quote?}.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from corpus import (
    DATA,
    OPEN,
    SEALED,
    Action,
    Answer,
    Plan,
    PointLabel,
    Reading,
    Split,
    Verdict,
    dump,
    faults,
    kappa,
    length_correlation,
    open_sealed,
    parse,
    read_split,
    repeats,
    seal,
    splits,
    word_errors,
)  # fmt: skip
from draw import reading_sheet
from pydantic import ValidationError

from greenroom.assess.ruler.figures import pearson

WANTED: dict[Action, tuple[Verdict, bool]] = {
    "make": ("hit", True), "half": ("partial", True), "contradict": ("wrong", True), "omit": ("missed", True),
    "quote": ("missed", False), "ask": ("missed", False), "disown": ("missed", False),
}  # fmt: skip
"""What a plan comes to where the writer did as asked: verdict, and whether it is asserted."""
Rows = dict[str, dict[str, Any]]


def rows(path: Path) -> Rows:
    """By id. SystemExit for a file that is not there, a line that is no JSON or has no id, and an id that comes twice."""
    if not path.exists():
        raise SystemExit(f"{path} is not there.")
    found: Rows = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.strip():
            try:
                row = json.loads(line)
            except ValueError as error:
                raise SystemExit(f"{path.name}:{number}: {error}") from error
            name = row.get("id") if isinstance(row, dict) else None
            if not isinstance(name, str) or name in found:
                raise SystemExit(f"{path.name}:{number}: {f'{name} comes twice' if name else 'a line needs an id'}")
            found[name] = row
    return found


def written(batch: Path) -> list[str]:
    plans, texts = rows(Path(f"{batch}.plans.jsonl")), rows(Path(f"{batch}.written.jsonl"))
    wrong = [f"{each}: not asked for" for each in texts if each not in plans] + [
        f"{each}: is missing" for each in plans if each not in texts
    ]
    for name, row in texts.items():
        words = len(row["answer"].split())
        if not 55 <= words <= 240:
            wrong.append(f"{name}: {words} words, not 55 to 240")
    sheets = [reading_sheet(n, p["question_id"], p["form"], texts[n]["answer"]) for n, p in plans.items() if n in texts]
    Path(f"{batch}.reading.md").write_text("\n".join(sheets), encoding="utf-8")
    return wrong


def reading(row: dict[str, Any]) -> Reading:
    """A reader's line. SystemExit names the answer and what is wrong with it."""
    try:
        points = {name: _point(given) for name, given in row["points"].items()}
        return Reading(points=points, misconceptions=row.get("misconceptions") or {}, overall=row["overall"])
    except (KeyError, AttributeError) as error:
        raise SystemExit(f"{row['id']}: a reading has points, misconceptions and overall; see {error}") from error
    except ValidationError as error:
        raise SystemExit(f"{row['id']}: {what_is_wrong(error)}") from error


def what_is_wrong(error: ValidationError) -> str:
    """Field, fault and value of each."""
    return "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}, not {each['input']!r}" for each in error.errors())


def _point(given: Sequence[Any]) -> PointLabel:
    """[verdict], or [verdict, quote]; *missed* with a quote is said, but not asserted."""
    told: Any = [given] if isinstance(given, str) else given
    verdict, quote = told[0], told[1] if len(told) > 1 else None
    return PointLabel(verdict=verdict, quote=quote, asserted=not (verdict == "missed" and quote))


def answers(batch: Path) -> list[Answer]:
    """The answers of a batch as read; ``second`` where there is a second reading."""
    plans, texts, read = (rows(Path(f"{batch}.{what}.jsonl")) for what in ("plans", "written", "read"))
    second = rows(Path(f"{batch}.second.jsonl")) if Path(f"{batch}.second.jsonl").exists() else {}
    if gone := set(texts) - set(read):
        raise SystemExit(f"{batch.name}: not read: {', '.join(sorted(gone))}")
    if strange := (set(read) | set(second)) - set(texts):
        raise SystemExit(f"{batch.name}: read, and not written: {', '.join(sorted(strange))}")
    return [
        Answer(
            **{**plans[name], "plan": Plan.model_validate(plans[name]["plan"])}, answer=row["answer"], written=row.get("written"),
            label=reading(read[name]), second=reading(second[name]) if name in second else None,
        )
        for name, row in texts.items()
    ]  # fmt: skip


def differences(answer: Answer) -> Iterator[tuple[str, list[str]]]:
    """Points on which plan and label, or two readers, differ; with what each says."""
    for name, label in answer.label.points.items():
        want = WANTED[answer.plan.points[name]]
        said = {_shown(label), _told(*want)} | ({_shown(answer.second.points[name])} if answer.second else set())
        if len(said) > 1:
            yield name, sorted(said)


def _shown(label: PointLabel) -> str:
    return _told(label.verdict, label.asserted)


def _told(verdict: str, asserted: bool) -> str:
    return verdict if asserted else "missed, said but not asserted"


def differ(batch: Path) -> int:
    """Writes the sheet of the third reader, who does not know which opinion is whose."""
    parts, count, decided = list[str](), 0, decisions(batch)
    for answer in answers(batch):
        found = {name: said for name, said in differences(answer) if name not in decided[answer.id]}
        if not found:
            continue
        count += len(found)
        sheet = reading_sheet(answer.id, answer.question_id, answer.form, answer.answer).split("Misconceptions:")[0].split("Answer:")[0]
        claims = [line for line in sheet.splitlines() if line.strip().split(":")[0].removesuffix(" (E)") in found]
        open_ = [f"{line}\n      one of: {' | '.join(found[line.strip().split(':')[0].removesuffix(' (E)')])}" for line in claims]
        parts.append("\n".join([*sheet.splitlines()[:2], *open_, "Answer:", answer.answer, ""]))
    Path(f"{batch}.third.md").write_text("\n".join(parts), encoding="utf-8")
    return count


def decisions(batch: Path) -> dict[str, dict[str, PointLabel]]:
    """By answer and point: what a third reader has decided so far."""
    decided, path = defaultdict[str, dict[str, PointLabel]](dict), Path(f"{batch}.third.jsonl")
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        if line.strip():
            row = json.loads(line)
            decided[row["id"]][row["point"]] = _point([row["verdict"], row.get("quote") or None])
    return decided


def settled(batch: Path) -> list[Answer]:
    """The answers with the third reader's word where there is one. SystemExit where a difference was not decided."""
    decided = decisions(batch)
    found = []
    for answer in answers(batch):
        missing = [name for name, _ in differences(answer) if name not in decided[answer.id]]
        if missing:
            raise SystemExit(f"{answer.id}: not decided: {', '.join(missing)}")
        final = answer.label.model_copy(update={"points": answer.label.points | decided[answer.id]})
        first = {name: answer.label.points[name] for name in sorted(decided[answer.id])}
        found.append(answer.model_copy(update={"label": final, "settled": first}))
    return found


def keep(batches: Sequence[Path]) -> None:
    """Adds the batches to what is there. Of two answers that repeat each other the later one is dropped."""
    new = [answer for batch in batches for answer in settled(batch)]
    there = {answer.id: answer for split in OPEN for answer in read_split(split)}
    wrong = [fault for answer in new for fault in faults(answer)]
    wrong += [
        f"{a.id}: there is another answer of that id" for a in new if a.id in there and a.written is None and there[a.id].answer != a.answer
    ]
    if wrong:
        raise SystemExit("\n".join(wrong))
    others = [answer for name, answer in there.items() if name not in {each.id for each in new}]
    twins = {later for _, later in repeats([*others, *new])} & {answer.id for answer in new}
    by_split = defaultdict[Split, list[Answer]](list)
    for answer in new:
        if answer.id not in twins:
            by_split[splits()[answer.question_id]].append(answer)
    for split, found in by_split.items():
        _store(split, found)
        print(f"{split}: {len(found)} answers added")
    print(f"{len(twins)} dropped: they repeat others")


def _store(split: Split, new: Sequence[Answer]) -> None:
    if split in SEALED:
        there = parse(open_sealed(split, "answers added")) if (DATA / "sealed" / f"{split}.jsonl.enc").exists() else []
        seal(split, dump(_joined(there, new)))
        return
    by_question = defaultdict[str, list[Answer]](list)
    for answer in new:
        by_question[answer.question_id].append(answer)
    for question_id, found in by_question.items():
        path = DATA / "answers" / split / f"{question_id}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dump(_joined(parse(path.read_text(encoding="utf-8")) if path.exists() else [], found)), encoding="utf-8")


def _joined(there: Sequence[Answer], new: Sequence[Answer]) -> list[Answer]:
    return sorted({answer.id: answer for answer in (*there, *new)}.values(), key=lambda answer: answer.id)


def shares(found: Sequence[Answer]) -> list[str]:
    """What the rules of GUIDE.md ask of the whole set, a line each."""
    count = len(found)
    kinds, voices = Counter(answer.kind for answer in found), Counter(answer.voice for answer in found)
    traits = Counter[str](trait for answer in found for trait in answer.plan.traits)
    traits["neighbour"] = sum(answer.plan.neighbour is not None for answer in found)
    traits["recognised"] = sum(answer.written is not None for answer in found)
    traits["not asserted"] = sum(any(not point.asserted for point in answer.label.points.values()) for answer in found)
    verdicts = Counter(point.verdict for answer in found for point in answer.label.points.values())
    heard = sorted(word_errors(answer.written, answer.answer) for answer in found if answer.written)
    return [
        f"{count} answers, {len({answer.question_id for answer in found})} questions; spoken {sum(a.spoken for a in found)}",
        f"kinds: {_shares(kinds, count)}",
        f"traits: {_shares(traits, count)}",
        f"{verdicts.total()} verdicts: {_shares(verdicts, verdicts.total())}; "
        f"misconceptions held: {sum(len(a.label.misconceptions) for a in found)}",
        f"voices: {_shares(voices, count)}",
        f"length and mark: r = {length_correlation(found):.3f}; settled by a third reader: {sum(len(a.settled) for a in found)} verdicts",
        f"words misheard: {sum(heard) / len(heard):.3f} on average, {heard[0]:.3f} to {heard[-1]:.3f}" if heard else "none recognised",
        _agreement([answer for answer in found if answer.second]),
    ]


def _agreement(twice: Sequence[Answer]) -> str:
    """Of two readers, before a third decided."""
    pairs = [(point.verdict, a.second.points[name].verdict) for a in twice if a.second for name, point in a.first.points.items()]
    marks = pearson([a.label.overall for a in twice], [a.second.overall for a in twice if a.second])
    if not pairs or marks is None:
        return "labelled twice: none"
    alike = sum(one == other for one, other in pairs) / len(pairs)
    credit = kappa(*zip(*pairs, strict=True))
    return f"labelled twice: {len(twice)} answers; alike {alike:.3f} of {len(pairs)} verdicts, κ {credit:.3f}, marks r {marks:.3f}"


def _shares(counts: Mapping[Any, int], of: int) -> str:
    return ", ".join(f"{name} {count} ({count / of:.0%})" for name, count in sorted(counts.items(), key=lambda each: -each[1]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("written", "read", "differ", "keep", "shares"))
    parser.add_argument("batches", nargs="*", type=Path)
    parser.add_argument("--sealed", action="store_true", help="count the sealed answers too; written down in OPENED.md")
    given = parser.parse_args()
    if given.what == "shares":
        by_split: dict[str, list[Answer]] = {split: read_split(split) for split in OPEN}
        by_split |= {split: parse(open_sealed(split, "counted")) for split in SEALED if given.sealed}
        by_split["all of them"] = [answer for found in by_split.values() for answer in found]
        for split, found in by_split.items():
            print(f"\n{split}:", *shares(found), sep="\n")
        return
    if not given.batches:
        parser.error("name at least one batch: a path without an ending, such as DIR/dev-01")
    if given.what == "keep":
        keep(given.batches)
        return
    bad = False
    for batch in given.batches:
        if given.what == "differ":
            print(f"{batch.name}: {differ(batch)} differences")
            continue
        wrong = written(batch) if given.what == "written" else [fault for answer in answers(batch) for fault in faults(answer)]
        print("\n".join(wrong) or f"{batch.name}: fine")
        bad = bad or bool(wrong)
    raise SystemExit(int(bad))


if __name__ == "__main__":
    main()
