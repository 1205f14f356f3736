"""Answers to packs of questions, for training alone, that count as what their writers were asked to do: nobody read them.

    python training/planned.py sheets PACK.json…    writes PACK.sheet.md, two answers a question, and PACK.long.sheet.md, a long one
    python training/planned.py keep PACK.json…      PACK with PACK.texts.jsonl ({id, answer}), and PACK.long.jsonl, into data/planned.jsonl

A pack is {id, subject?, questions: [{id, ask, points: {id: claim}, misconceptions: {id: claim}}]}; the subject is its id where it has
none, and *bank* for questions of the bank. Where the answers to 52 such packs were read, the reader found what the plan says in .988 of
13,312 points and .985 of 4,992 misconceptions.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

from corpus import DATA, Action, PointLabel, Shape, Trait, Voice, bank, claims, held_out, held_out_runs, in_a_row
from draw import MIX, SAYS, SEED, SHAPES, TRAIT_SAYS, TRAITS, WORDS
from gather import WANTED, rows
from remarks import ASKED, MANNER, TOLD, WEAK, asked_at
from rows import ANY, HELD, NOT_HELD, UNMADE, UNSPOILT, Claim, Sample, only_label, point_claim

FILE, SMALL_FILE, BRIEF_FILE = DATA / "planned.jsonl", DATA / "planned_small.jsonl", DATA / "brief.jsonl"
ANSWERS = 2
"""To a question."""
LONG_SHAPES: dict[Shape, float] = {"excellent": 0.5, "good": 0.28, "middling": 0.22}
LONG_WORDS = (210, 290)
"""Two full minutes: what somebody says who knows it all."""
NEAR = 0.7
"""Claims of packs with this cosine or more to a claim held out are left out. The splits were drawn with .8."""
MARKS = {"right": 0.95, "half": 0.45, "wrong": 0.05}
"""Of the three answers of a triple: what readers give those of train, on the whole."""
Plan = dict[str, Any]


def plans(pack: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any], Plan]]:
    """The answers to write: id, question, and {shape, points: {id: action}, believes, refutes, traits, spoken, voice, words, other}."""
    rng, questions = random.Random(f"{SEED}/{pack['id']}"), pack["questions"]
    shapes = rng.choices(list(SHAPES), list(SHAPES.values()), k=ANSWERS * len(questions))
    asked = [question for question in questions for _ in range(ANSWERS)]
    for n, (question, shape) in enumerate(zip(asked, shapes, strict=True), 1):
        other = rng.choice([each["ask"] for each in questions if each is not question])
        yield f"{pack['id']}-{n:02}", question, _drawn(rng, question, shape) | {"other": other}


def long_plans(pack: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any], Plan]]:
    """As ``plans``: one long answer to each question."""
    rng = random.Random(f"{SEED}/long/{pack['id']}")
    for n, question in enumerate(pack["questions"], 1):
        shape = rng.choices(list(LONG_SHAPES), list(LONG_SHAPES.values()))[0]
        plan = _drawn(rng, question, shape)
        yield f"{pack['id']}-L{n}", question, plan | {"other": "", "words": rng.randrange(*LONG_WORDS, 10)}


def _drawn(rng: random.Random, question: Mapping[str, Any], shape: Shape) -> Plan:
    traits: list[Trait] = [trait for trait, share in TRAITS.items() if rng.random() < share]
    points: dict[str, Action] = {name: rng.choices(list(MIX[shape]), list(MIX[shape].values()))[0] for name in question["points"]}
    if shape == "wrong":
        points |= dict.fromkeys(rng.sample(list(points), 2), "contradict")
    if "disowns" in traits and shape != "neighbour":
        points |= {name: rng.choice(("quote", "ask", "disown")) for name in rng.sample(list(points), 3)}
    wrong = rng.sample(list(question["misconceptions"]), len(question["misconceptions"]))
    believes = wrong[: {"wrong": rng.choice((0, 1, 2)), "middling": rng.choice((0, 0, 1))}.get(shape, 0)]
    refutes = [each for each in wrong if each not in believes][:1] if "refutes" in traits and shape not in ("wrong", "neighbour") else []
    spoken = "recognised" in traits or rng.random() < 0.35
    voice, words = rng.choice(get_args(Voice)), rng.randrange(*WORDS, 10)
    return {
        "shape": shape, "points": points, "believes": believes, "refutes": refutes, "traits": traits, "spoken": spoken, "voice": voice,
        "words": words,
    }  # fmt: skip


def sheet(name: str, question: Mapping[str, Any], plan: Plan) -> str:
    """What the writer of one answer sees."""
    return "\n".join([f"### {name}", *_lines(question, plan)])


def _lines(question: Mapping[str, Any], plan: Plan) -> Iterator[str]:
    yield f"Asked: {question['ask']}"
    yield f"Voice: {plan['voice']}, {'SPOKEN' if plan['spoken'] else 'TYPED'}, about {plan['words']} words"
    if plan["shape"] == "neighbour":
        yield f"Answer, well and at length, this other question instead: {plan['other']}"
    for action, what in SAYS.items():
        named = [text for name, text in question["points"].items() if plan["points"][name] == action]
        yield from [f"{what}:", *(f"  - {text}" for text in named)] if named and plan["shape"] != "neighbour" else []
    yield from (f"BELIEVE, and say so as your own view: {question['misconceptions'][name]}" for name in plan["believes"])
    yield from (f"MENTION AND REFUTE this common error: {question['misconceptions'][name]}" for name in plan["refutes"])
    confident = plan["shape"] == "wrong"
    yield from (TRAIT_SAYS[trait] for trait in plan["traits"] if trait in TRAIT_SAYS and not (trait == "hedging" and confident))
    yield from ["Be confident: no hedging at all."] if confident else []
    yield from ["Stay vague: general remarks that would fit many questions."] if plan["shape"] == "vague" else []


def kept(pack: Mapping[str, Any], texts: Mapping[str, Mapping[str, str]], near: set[str]) -> Iterator[dict[str, Any]]:
    """A line a question: its claims without those in ``near``, and its answers with what was asked for; of the long ones, those
    that are written. KeyError for another id without text.
    """
    answers: dict[str, list[dict[str, Any]]] = {question["id"]: [] for question in pack["questions"]}
    for name, question, plan in (*plans(pack), *(each for each in long_plans(pack) if each[0] in texts)):
        wanted = {each: action for each, action in plan["points"].items() if question["points"][each] not in near}
        shown = {"points": wanted, "believes": plan["believes"], "refutes": plan["refutes"]}
        answers[question["id"]].append(shown | {"answer": texts[name]["answer"]})
    for question in pack["questions"]:
        said = {kind: {name: text for name, text in question[kind].items() if text not in near} for kind in ("points", "misconceptions")}
        asked = {"pack": pack.get("subject", pack["id"]), "question": question["id"], "ask": question["ask"]}
        yield asked | said | {"answers": answers[question["id"]]}


def planned_samples() -> Iterator[Sample]:
    for line in FILE.read_text(encoding="utf-8").splitlines():
        question = json.loads(line)
        for answer in question["answers"]:
            yield Sample(question["pack"], question["ask"], answer["answer"], tuple(_claims(question, answer)))


def _claims(question: Mapping[str, Any], answer: Mapping[str, Any]) -> Iterator[Claim]:
    """A misconception that no plan names may be held by whoever contradicts a point: then it is left out."""
    actions: Mapping[str, Action] = answer["points"]
    for name, action in actions.items():
        verdict, asserted = WANTED[action]
        yield point_claim(question["points"][name], PointLabel(verdict=verdict, asserted=asserted))
    wrong = "contradict" in actions.values() or bool(answer["believes"])
    for name, text in question["misconceptions"].items():
        if name in answer["believes"] or name in answer["refutes"] or not wrong:
            yield Claim(text, "misconception", HELD if name in answer["believes"] else NOT_HELD)


def brief_samples() -> Iterator[Sample]:
    """Answers of a sentence or two, each written to make, half make, contradict, believe or refute one claim of its question. What else it
    may touch is left open.
    """
    for line in BRIEF_FILE.read_text(encoding="utf-8").splitlines():
        question = json.loads(line)
        for answer in question["answers"]:
            yield Sample(question["pack"], question["ask"], answer["answer"], tuple(_beside(question, answer)))


def _beside(question: Mapping[str, Any], answer: Mapping[str, Any]) -> Iterator[Claim]:
    kind, aim = answer["kind"], answer["claim"]
    for name, text in question["points"].items():
        if name == aim:
            verdict, asserted = WANTED[kind]
            yield point_claim(text, PointLabel(verdict=verdict, asserted=asserted))
        else:
            yield Claim(text, "point", UNSPOILT if kind == "refute" else UNMADE)
    for name, text in question["misconceptions"].items():
        if name == aim or kind in ("make", "half"):
            yield Claim(text, "misconception", HELD if name == aim and kind == "believe" else NOT_HELD)


def small_samples() -> Iterator[Sample]:
    """Stories, answers put in some way, questions to ask, triples: a line {kind, asked, answer, …} each, labelled as asked for."""
    for line in SMALL_FILE.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["kind"] == "story":
            claims = [Claim(TOLD[part], "point", only_label(verdict)) for part, verdict in row["parts"].items()]
            yield Sample("stories", row["asked"], row["answer"], tuple(claims))
        elif row["kind"] == "manner":
            claims = [_remark(MANNER[side], holds) for side, holds in row["sides"].items()]
            yield Sample("manner", asked_at(row["asked"], row["company"]), row["answer"], tuple(claims))
        elif row["kind"] == "ask":
            claims = [_remark(ASKED[name], holds) for name, holds in row["said"].items()]
            claims += [_remark(text, name in row["weak"]) for name, text in WEAK.items()]
            yield Sample("asks", row["round"], row["answer"], tuple(claims))
        else:
            for name, mark in MARKS.items():
                yield Sample("triples", row["asked"], row[name], (Claim(row["reference"], "point", ANY, mark=mark),))


def _remark(text: str, holds: bool) -> Claim:
    return Claim(text, "remark", HELD if holds else NOT_HELD)


def near_held_out(texts: Sequence[str]) -> set[str]:
    """Those that a claim of a question held out comes near."""
    from greenroom.llm.encoder import OnnxEncoder

    encoder = OnnxEncoder.load()
    held = encoder.encode([text for question in bank().questions() if question.id in held_out() for text in claims(question).values()])
    return {text for text, best in zip(texts, (encoder.encode(texts) @ held.T).max(1), strict=True) if best >= NEAR}


def _texts(path: Path) -> dict[str, Any]:
    files = [path.with_suffix(suffix) for suffix in (".texts.jsonl", ".long.jsonl")]
    return {name: row for file in files if file.exists() for name, row in rows(file).items()}


def main() -> None:
    what, *files = sys.argv[1:]
    packs = {path: json.loads(path.read_text(encoding="utf-8")) for path in map(Path, files)}
    if what == "sheets":
        for path, pack in packs.items():
            for suffix, some in ((".sheet.md", plans(pack)), (".long.sheet.md", long_plans(pack))):
                path.with_suffix(suffix).write_text("\n\n".join(sheet(*each) for each in some) + "\n", encoding="utf-8")
        return
    questions = [question for pack in packs.values() for question in pack["questions"]]
    texts = [text for each in questions for kind in ("points", "misconceptions") for text in each[kind].values()]
    near, held = near_held_out(texts), held_out_runs()
    lines = [
        line
        for path, pack in packs.items()
        for row in kept(pack, _texts(path), near)
        if not in_a_row(line := json.dumps(row, ensure_ascii=False)) & held
    ]
    FILE.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    print(f"{len(lines)} of {len(questions)} questions; {len(near)} of {len(texts)} claims are near one held out")


if __name__ == "__main__":
    main()
