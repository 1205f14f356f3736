"""Draws the splits of training/data, and the assignments of writers.

    python training/draw.py splits                        writes training/data/splits.json; refuses to draw twice
    python training/draw.py shared                        writes training/data/shared.json: claims of train that a question held out has too
    python training/draw.py sheets --split dev --out DIR [--more SHAPE NUMBER]
                                                          writes DIR/<batch>.md for writers and DIR/<batch>.plans.jsonl

A writer sees the question, its claims and the assignment; never phrasings, model answers, labels or another writer. A reader sees the
question, its claims and the answer; never the plan. Every answer keeps its plan: the shares below changed between batches, so drawing
again does not give the plans of the first ones.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import get_args

import numpy as np
from corpus import DATA, SEALED, Action, Plan, Shape, Split, Trait, Voice, bank, claims, held_out, splits

from greenroom.assess.selftest.report import alike_points
from greenroom.bank.bank import TOPICS
from greenroom.bank.question import Question, Rubric
from greenroom.llm.encoder import OnnxEncoder

SEED = 24
SAME_CLAIM = 0.8
"""Two points of different questions whose vectors have this cosine or more count as one claim, and their questions get the same split."""
COUNTS: dict[Split, int] = {"sealed-a": 30, "sealed-b": 6, "dev": 22}
"""Questions of each split; the rest is train."""
ANSWERS: dict[Split, int] = {"train": 14, "dev": 13, "sealed-a": 12, "sealed-b": 9}
"""Answers to a question."""
SHAPES: dict[Shape, float] = {"excellent": 0.09, "good": 0.05, "middling": 0.44, "wrong": 0.29, "vague": 0.03, "neighbour": 0.1}
"""Shares of the plans. The first batches were drawn with fewer middling and neighbouring ones; ``--more`` made up for them. The shares that
count are those of the labels (corpus.Answer.kind)."""
TRAITS: dict[Trait, float] = {"analogy": 0.16, "hedging": 0.16, "refutes": 0.16, "disowns": 0.14, "recognised": 0.12}
MIX: dict[Shape, dict[Action, float]] = {
    "excellent": {"make": 0.92, "half": 0.08},
    "good": {"make": 0.68, "half": 0.2, "omit": 0.12},
    "middling": {"make": 0.36, "half": 0.22, "contradict": 0.12, "omit": 0.3},
    "wrong": {"make": 0.06, "half": 0.06, "contradict": 0.5, "omit": 0.38},
    "vague": {"half": 0.3, "omit": 0.7},
    "neighbour": {"omit": 1.0},
}
WORDS = (60, 220)
BATCH = 32


def draw_splits() -> None:
    """Questions that share a claim on the same side; of the thirteen canonical ones none is sealed."""
    path = DATA / "splits.json"
    if path.exists():
        raise SystemExit(f"{path.name} is drawn already, and answers were written by it.")
    questions = bank().questions()
    groups = _groups(questions)
    rng = random.Random(SEED)
    rng.shuffle(groups)
    left, found = dict(COUNTS), dict[str, Split]()
    for group in sorted(groups, key=lambda each: bool(set(each) & set(TOPICS))):  # those without a canonical question are drawn first
        open_to = [split for split, room in left.items() if len(group) <= room and not (split in SEALED and set(group) & set(TOPICS))]
        split = max(open_to, key=lambda each: (each in SEALED, left[each])) if open_to and not set(group) & set(TOPICS) else "train"
        left[split] = left.get(split, 0) - len(group)
        found |= dict.fromkeys(group, split)
    shown = {question.id: found[question.id] for question in sorted(questions, key=lambda q: q.id)}
    path.write_text(json.dumps({"seed": SEED, "same_claim": SAME_CLAIM, "questions": shown}, indent=1) + "\n", encoding="utf-8")


def shared() -> list[str]:
    """Claims of train, by name, that a question held out has too."""
    named = [(question.id, name, text) for question in bank().questions() for name, text in claims(question).items()]
    vectors = OnnxEncoder.load().encode([text for _, _, text in named])
    close = vectors @ vectors.T >= SAME_CLAIM
    out = np.array([question_id in held_out() for question_id, _, _ in named])
    return sorted(f"{question_id}/{name}" for n, (question_id, name, _) in enumerate(named) if not out[n] and close[n][out].any())


def _groups(questions: Sequence[Question]) -> list[list[str]]:
    home = {question.id: question.id for question in questions}

    def find(name: str) -> str:
        while home[name] != name:
            name = home[name]
        return name

    for pair in alike_points(questions, OnnxEncoder.load(), SAME_CLAIM):
        home[find(pair.one.partition("/")[0])] = find(pair.other.partition("/")[0])
    groups: dict[str, list[str]] = {}
    for question in questions:
        groups.setdefault(find(question.id), []).append(question.id)
    return sorted(sorted(group) for group in groups.values())


def draw_more(split: Split, shape: Shape, number: int) -> Iterator[tuple[str, str, str | None, Voice, bool, Plan]]:
    """One more answer to each question, in one shape. ``number`` counts on from the answers that it has. Two in three of the plans called
    middling are labelled so: the set needs more of them than a first draw gives."""
    for question_id in sorted(name for name, each in splits().items() if each == split):
        first = number == ANSWERS[split] + 1
        rng, question = random.Random(f"{SEED}/{question_id}/{shape}{'' if first else f'/{number}'}"), bank().get(question_id)
        form = rng.choice([None, *(form.id for form in question.forms if not form.needs)])
        more: tuple[Trait, ...] = () if first or rng.random() > 0.3 else ("recognised",)
        traits: tuple[Trait, ...] = (*(trait for trait in ("analogy", "refutes") if rng.random() < TRAITS[trait]), *more)
        plan = _plan(rng, question.rubric(form), question, shape, traits)
        if plan.shape == shape:
            yield f"{question_id}-{number:02}", question_id, form, rng.choice(get_args(Voice)), bool(more) or rng.random() < 0.35, plan


def draw_plans(split: Split) -> Iterator[tuple[str, str, str | None, Voice, bool, Plan]]:
    """Id, question, form, voice, whether it is spoken, and the plan, question by question."""
    for question_id in sorted(name for name, each in splits().items() if each == split):
        rng, question = random.Random(f"{SEED}/{question_id}"), bank().get(question_id)
        shapes = _dealt(rng, SHAPES, ANSWERS[split])
        voices = rng.sample(get_args(Voice), 8) * 2
        forms = [None, *(form.id for form in question.forms if "company" not in form.needs)]
        for n, shape in enumerate(shapes):
            form = None if rng.random() < 0.4 else rng.choice(forms)
            rubric = question.rubric(form)
            traits: tuple[Trait, ...] = tuple(trait for trait, share in TRAITS.items() if rng.random() < share)
            spoken = "recognised" in traits or rng.random() < 0.35
            yield f"{question_id}-{n + 1:02}", question_id, form, voices[n], spoken, _plan(rng, rubric, question, shape, traits)


def _dealt(rng: random.Random, shares: dict[Shape, float], count: int) -> list[Shape]:
    """``count`` of them in proportion to their shares; what rounding leaves is drawn at random."""
    dealt = [name for name, share in shares.items() for _ in range(int(share * count))]
    dealt += rng.choices(list(shares), list(shares.values()), k=count - len(dealt))
    rng.shuffle(dealt)
    return dealt


def _plan(rng: random.Random, rubric: Rubric, question: Question, shape: Shape, traits: tuple[Trait, ...]) -> Plan:
    near = [q.id for q in bank().questions(question.topic) if q.id != question.id and splits()[q.id] == splits()[question.id]]
    shape = "vague" if shape == "neighbour" and not near else shape
    mix = MIX[shape]
    points: dict[str, Action] = {p.id: rng.choices(list(mix), list(mix.values()))[0] for p in rubric.points}
    if shape == "wrong" and sum(action == "contradict" for action in points.values()) < 2:
        points |= dict.fromkeys(rng.sample(list(points), 2), "contradict")
    if shape == "wrong" or "hedging" not in traits:
        traits = tuple(trait for trait in traits if shape != "wrong" or trait != "hedging")
    if "disowns" in traits:
        points |= {name: rng.choice(("quote", "ask", "disown", "disown")) for name in rng.sample(list(points), min(3, len(points)))}
    wrong = [each.id for each in rubric.misconceptions]
    rng.shuffle(wrong)
    many = {"wrong": rng.choice((0, 1, 2)), "middling": rng.choice((0, 0, 0, 1))}.get(shape, 0)
    believes = tuple(wrong[:many])
    refutes = tuple(wrong[many : many + rng.choice((1, 2))]) if "refutes" in traits and shape != "wrong" else ()
    return Plan(
        shape=shape, points=points, believes=believes, refutes=refutes, traits=traits, words=rng.randrange(*WORDS, 10),
        neighbour=rng.choice(near) if shape == "neighbour" else None,
    )  # fmt: skip


SAYS: dict[Action, str] = {
    "make": "MAKE, fully and clearly, in your own words",
    "half": "HALF-MAKE: come near it or say a part of it, and leave out what makes it right",
    "contradict": "CONTRADICT: state something that cannot be true if this is (its opposite, swapped roles or numbers, cause for effect, "
    "wrong scope, “always” for “sometimes”); never by just putting “not” into the claim",
    "quote": "QUOTE ONLY: give it as what somebody else says or what a book says, and do not adopt it",
    "ask": "ASK ONLY: raise it as a question or leave it open; do not assert it",
    "disown": "DISOWN: say it and take it back, or put it as what the interviewer probably wants to hear, and do not adopt it",
    "omit": "LEAVE OUT: neither make nor touch it",
}


TRAIT_SAYS: dict[Trait, str] = {
    "analogy": "Make at least two of the points by analogy or in terms of your own, without the textbook's words.",
    "hedging": "Hedge throughout: this person is unsure of everything.",
    "recognised": "It will be read aloud: no lists, no symbols.",
}


def sheet(name: str, question_id: str, form: str | None, voice: Voice, spoken: bool, plan: Plan) -> str:
    """What the writer of one answer sees."""
    question = bank().get(question_id)
    rubric = question.rubric(form)
    claims = {wrong.id: wrong.claim for wrong in question.misconceptions}
    lines = [f"### {name}", f"Asked: {rubric.ask}", f"Voice: {voice}, {'SPOKEN' if spoken else 'TYPED'}, about {plan.words} words"]
    if plan.neighbour:
        lines.append(f"Answer, well and at length, this other question instead: {bank().get(plan.neighbour).ask}")
    for action, what in SAYS.items():
        named = [point.point for point in rubric.points if plan.points[point.id] == action]
        lines += [f"{what}:", *(f"  - {each}" for each in named)] if named else []
    lines += [f"BELIEVE, and say so as your own view: {claims[each]}" for each in plan.believes]
    lines += [f"MENTION AND REFUTE this common error: {claims[each]}" for each in plan.refutes]
    lines += [TRAIT_SAYS[trait] for trait in plan.traits if trait in TRAIT_SAYS]
    lines += ["Be confident: no hedging at all."] if plan.shape == "wrong" else []
    lines += ["Stay vague: general remarks that would fit many questions."] if plan.shape == "vague" else []
    return "\n".join(lines) + "\n"


def reading_sheet(answer_id: str, question_id: str, form: str | None, text: str) -> str:
    """What the reader of one answer sees."""
    question = bank().get(question_id)
    rubric = question.rubric(form)
    lines = [f"### {answer_id}", f"Asked: {rubric.ask}", "Points (E: essential):"]
    lines += [f"  {point.id}{' (E)' if point.essential else ''}: {point.point}" for point in rubric.points]
    lines += ["Misconceptions:", *(f"  {wrong.id}: {wrong.claim}" for wrong in rubric.misconceptions)] if rubric.misconceptions else []
    return "\n".join([*lines, "Answer:", text, ""])


def write_sheets(split: Split, out: Path, more: tuple[Shape, int] | None = None) -> None:
    """Shuffled batches, so that a writer rarely meets a question twice."""
    plans = list(draw_more(split, *more) if more else draw_plans(split))
    random.Random(SEED).shuffle(plans)
    out.mkdir(parents=True, exist_ok=True)
    for n in range(0, len(plans), BATCH):
        batch, name = plans[n : n + BATCH], f"{split}{f'-{more[0]}-{more[1]}' if more else ''}-{n // BATCH + 1:02}"
        (out / f"{name}.md").write_text("\n".join(sheet(*each) for each in batch), encoding="utf-8")
        rows = [{"id": i, "question_id": q, "form": f, "voice": v, "spoken": s, "plan": p.model_dump()} for i, q, f, v, s, p in batch]
        (out / f"{name}.plans.jsonl").write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("splits", "shared", "sheets"))
    parser.add_argument("--split", choices=get_args(Split))
    parser.add_argument("--out", type=Path)
    parser.add_argument("--more", nargs=2, metavar=("SHAPE", "NUMBER"), help="one more answer to each question, such as: middling 19")
    given = parser.parse_args()
    if given.what == "splits":
        draw_splits()
    elif given.what == "shared":
        text = json.dumps({"same_claim": SAME_CLAIM, "claims": shared()}, indent=1)
        (DATA / "shared.json").write_text(f"{text}\n", encoding="utf-8")
    elif given.more and (given.more[0] not in get_args(Shape) or not given.more[1].isdigit()):
        parser.error(f"--more takes one of {', '.join(get_args(Shape))}, and a number")
    elif given.split and given.out:
        write_sheets(given.split, given.out, (given.more[0], int(given.more[1])) if given.more else None)
    else:
        parser.error("sheets needs --split and --out")


if __name__ == "__main__":
    main()
