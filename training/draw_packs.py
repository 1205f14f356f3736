"""Answers to packs that have full rubrics (points and misconceptions), for training alone: sheets for their writers.

    python training/draw_packs.py sheets PACK.json…     writes PACK.sheet.md
    python training/draw_packs.py written PACK.json…    PACK.texts.jsonl ({id, answer}) with the rubrics, as PACK.written.jsonl
                                                        (then gather_small.py check packs PACK, readers, gather_small.py keep packs PACK)

The shares of shapes, actions and traits are those of the bank's answers (``draw.py``). Readers see the text alone, and no plan is kept.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

from corpus import Shape, Trait, Voice
from draw import MIX, SAYS, SEED, SHAPES, TRAIT_SAYS, TRAITS, WORDS
from gather import rows

ANSWERS = 8
"""To a question."""


def sheet(pack: Mapping[str, Any]) -> Iterator[str]:
    """What the writer of a pack's answers sees, an answer each."""
    rng = random.Random(f"{SEED}/{pack['id']}")
    shapes = rng.choices(list(SHAPES), list(SHAPES.values()), k=ANSWERS * len(pack["questions"]))
    asked = [question for question in pack["questions"] for _ in range(ANSWERS)]
    for n, (question, shape) in enumerate(zip(asked, shapes, strict=True), 1):
        others = [each["ask"] for each in pack["questions"] if each is not question]
        yield "\n".join([f"### {pack['id']}-{n:02}", *_assignment(rng, question, shape, rng.choice(others))])


def _assignment(rng: random.Random, question: Mapping[str, Any], shape: Shape, other: str) -> Iterator[str]:
    points: dict[str, str] = question["points"]
    traits: list[Trait] = [trait for trait, share in TRAITS.items() if rng.random() < share]
    todo = {name: rng.choices(list(MIX[shape]), list(MIX[shape].values()))[0] for name in points}
    if shape == "wrong":
        todo |= dict.fromkeys(rng.sample(list(points), 2), "contradict")
    if "disowns" in traits and shape != "neighbour":
        todo |= {name: rng.choice(("quote", "ask", "disown")) for name in rng.sample(list(points), 3)}
    wrong = rng.sample(list(question["misconceptions"].values()), len(question["misconceptions"]))
    believes = wrong[: {"wrong": rng.choice((0, 1, 2)), "middling": rng.choice((0, 0, 1))}.get(shape, 0)]
    refutes = [each for each in wrong if each not in believes][:1] if "refutes" in traits and shape not in ("wrong", "neighbour") else []
    spoken = "recognised" in traits or rng.random() < 0.35
    yield f"Asked: {question['ask']}"
    yield f"Voice: {rng.choice(get_args(Voice))}, {'SPOKEN' if spoken else 'TYPED'}, about {rng.randrange(*WORDS, 10)} words"
    if shape == "neighbour":
        yield f"Answer, well and at length, this other question instead: {other}"
    for action, what in SAYS.items():
        named = [text for name, text in points.items() if todo[name] == action]
        yield from [f"{what}:", *(f"  - {text}" for text in named)] if named and shape != "neighbour" else []
    yield from (f"BELIEVE, and say so as your own view: {text}" for text in believes)
    yield from (f"MENTION AND REFUTE this common error: {text}" for text in refutes)
    yield from (TRAIT_SAYS[trait] for trait in traits if trait in TRAIT_SAYS and not (trait == "hedging" and shape == "wrong"))
    yield from ["Be confident: no hedging at all."] if shape == "wrong" else []
    yield from ["Stay vague: general remarks that would fit many questions."] if shape == "vague" else []


def written(pack: Mapping[str, Any], texts: Path) -> Iterator[dict[str, Any]]:
    """The lines that ``small.PackAnswer`` is read from. KeyError for an id that no sheet has."""
    said = rows(texts)
    for n, question in enumerate(question for question in pack["questions"] for _ in range(ANSWERS)):
        name = f"{pack['id']}-{n + 1:02}"
        given = {"asked": question["ask"], "claims": question["points"], "misconceptions": question["misconceptions"]}
        yield {"id": name, "pack": pack["id"], "question_id": question["id"], **given, "answer": said[name]["answer"]}


def main() -> None:
    what, *files = sys.argv[1:]
    for path in map(Path, files):
        pack = json.loads(path.read_text(encoding="utf-8"))
        if what == "sheets":
            path.with_suffix(".sheet.md").write_text("\n\n".join(sheet(pack)) + "\n", encoding="utf-8")
        else:
            lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in written(pack, path.with_suffix(".texts.jsonl"))]
            path.with_suffix(".written.jsonl").write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
