"""How often a misconception is flagged when it is stated by itself in an answer that is right otherwise, over the whole bank.

    python training/claim_recall.py

Each of a question's ``says`` of each misconception stands once between the first two sentences of two points (their ``says``). Counted
twice: with the phrasing in the rubric, and with it taken out (a candidate's own words). Control: the same answers without it.
"""

from __future__ import annotations

from collections.abc import Iterator

from labelled import CHECK, questions

from greenroom.assess.coverage import Coverage
from greenroom.bank.question import Question, Rubric


def answers() -> Iterator[tuple[Question, str, str, str]]:
    """(question, misconception's id, phrasing, answer with the phrasing)."""
    for question in questions().values():
        points = question.points()
        for wrong in question.misconceptions:
            for number, said in enumerate(wrong.says):
                one, two = points[number % len(points)], points[(number + 1) % len(points)]
                yield question, wrong.id, said, f"{one.says[0]} {said} {two.says[0]}"


def without(rubric: Rubric, said: str) -> Rubric:
    claims = tuple(m.model_copy(update={"says": tuple(s for s in m.says if s != said)}) for m in rubric.misconceptions)
    return rubric.model_copy(update={"misconceptions": claims})


def main() -> None:
    coverage = Coverage.load()
    counts = {name: {"known": 0, "own": 0, "right": 0, "false": 0, "answers": 0} for name in ("fit", "check")}
    for question, wrong, said, answer in answers():
        count = counts["check" if question.topic in CHECK else "fit"]
        rubric = question.rubric()
        own = {found.id for found in coverage.assess(without(rubric, said), answer).misconceptions}
        count["answers"] += 1
        count["known"] += wrong in {found.id for found in coverage.assess(rubric, answer).misconceptions}
        count["own"] += wrong in own
        count["false"] += len(own - {wrong})
        count["right"] += len(coverage.assess(rubric, answer.replace(f"{said} ", "")).misconceptions)
    for name, count in counts.items():
        total = count["answers"]
        print(
            f"{name} topics, {total} phrasings: flagged {count['known'] / total:.2f} when the rubric holds the phrasing, "
            f"{count['own'] / total:.2f} when it does not; "
            f"another one flagged {count['false'] / total:.2f}; control without it {count['right'] / total:.2f}"
        )


if __name__ == "__main__":
    main()
