"""From what writers hand in to training/data/reworded.jsonl.

    python training/gather_reworded.py FILE.jsonl…    lines of {id, same, opposite}

An id is question/claim of the bank, or pack/question/claim. Adds to what is there; a line that breaks a rule is left out and named. Nothing
of a question held out, or shared with one, is kept.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from corpus import bank, claims, held_out, held_out_runs, in_a_row, shared_claims
from reworded import FILE
from small import SMALL, TRAIN_FIELDS

WORDS = range(4, 41)


def known() -> Iterator[tuple[str, str]]:
    """Every claim that may be trained on, by its id."""
    for question in bank().questions():
        if question.id not in held_out():
            named = {f"{question.id}/{name}": text for name, text in claims(question).items()}
            yield from ((name, text) for name, text in named.items() if name not in shared_claims())
    for path in sorted((SMALL / "packs").glob("*.json")):
        pack = json.loads(path.read_text(encoding="utf-8"))
        for question in pack["questions"] if pack["id"] in TRAIN_FIELDS else ():
            for name, text in (question["points"] | question.get("misconceptions", {})).items():
                yield f"{pack['id']}/{question['id']}/{name}", text


def main() -> None:
    texts, runs = dict(known()), held_out_runs()
    there = [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()] if FILE.exists() else []
    found = {row["claim"]: row for row in there}
    for path in map(Path, sys.argv[1:]):
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            claim, said = texts.get(row["id"]), [*row["same"], row["opposite"]]
            if claim is None or len({claim, *said}) != 4 or any(len(text.split()) not in WORDS or in_a_row(text) & runs for text in said):
                print(f"{path.name}: left out: {row['id']}")
            else:
                found[claim] = {"claim": claim, "same": row["same"], "opposite": row["opposite"]}
    lines = [json.dumps(row, ensure_ascii=False) + "\n" for _, row in sorted(found.items())]
    FILE.write_text("".join(lines), encoding="utf-8")
    print(f"{len(lines)} claims")


if __name__ == "__main__":
    main()
