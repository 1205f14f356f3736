"""The panel: the rule between the offline verdict and the judge's, line by line; what it shows; and that no fault of a judge is ours."""

from __future__ import annotations

import json

import pytest

from greenroom.assess import score
from greenroom.assess.assessment import Assessment, FoundMisconception, Grader, PointVerdict, Verdict
from greenroom.assess.assessor import Verbatim
from greenroom.assess.judge import DECOYS, Judge
from greenroom.assess.panel import BAR, Panel
from greenroom.bank.question import KeyPoint, Misconception, Rubric
from greenroom.errors import ChatAwayError
from greenroom.llm.chat import Absent, Ask, Scripted

ANSWER = "Each token looks at the others and weighs them. Order comes from positions."
SEEN = "weighs them"
POINT = KeyPoint(id="a", point="Tokens weigh each other.", weight=1, says=("Tokens weigh each other.",), because="b", source="s")
OTHER = POINT.model_copy(update={"id": "b", "point": "Positions are added."})
WRONG = Misconception(id="w", claim="Attention is conscious.", says=("It is.",), correction="It is not.", source="s")
RUBRIC = Rubric(question_id="q", ask="What is attention?", points=(POINT, OTHER), misconceptions=(WRONG,))
HIT, PARTIAL, MISSED, WRONG_ = Verdict.HIT, Verdict.PARTIAL, Verdict.MISSED, Verdict.WRONG
VERDICT = {verdict.value: verdict for verdict in Verdict}


class Fixed:
    """An offline assessor that says for the first point what it is told, and misses the second for sure."""

    grader = Grader(name="fixed", version="1")

    def __init__(self, verdict: str, confidence: float | None, *, flagged: bool = False, abstains: bool = False) -> None:
        self.verdict, self.confidence, self.flagged, self.abstains = VERDICT[verdict], confidence, flagged, abstains

    def assess(self, rubric: Rubric, answer: str) -> Assessment:
        span = None if self.verdict in (MISSED, Verdict.UNSCORED) else (0, 10)
        first = PointVerdict(
            id="a", verdict=self.verdict, confidence=self.confidence, decided_by="fixed", quote=answer[:10] if span else None, span=span
        )
        points = (first, PointVerdict(id="b", verdict=MISSED, confidence=0.99, decided_by="fixed"))
        flags = (FoundMisconception(id="w", quote=answer[:10], span=(0, 10), correction="c"),) if self.flagged else ()
        if self.abstains:
            return Assessment(question_id="q", status="abstained", reason="no", rubric_hash=rubric.hash, grader=self.grader)
        overall = score.overall(rubric.points, points, len(flags))
        return Assessment(
            question_id="q", status="assessed", rubric_hash=rubric.hash, grader=self.grader, overall=overall, band=1, points=points,
            misconceptions=flags, confidence=0.5,
        )  # fmt: skip


def judging(votes: list[str], quote: str = SEEN, claim: str = "absent") -> Scripted:
    """Votes on the first point; the second is missed."""

    def chat(ask: Ask) -> str:
        text = json.loads(ask.turns[0].text)["criterion"]
        if text in DECOYS or text == OTHER.point:
            return json.dumps({"verdict": "missed", "quote": ""})
        if text == WRONG.claim:
            return json.dumps({"verdict": claim, "quote": quote})
        verdict = votes[ask.seed % len(votes)]
        return json.dumps({"verdict": verdict, "quote": "" if verdict == "missed" else quote})

    return Scripted(chat)


def sit(first: Fixed, model: Scripted | Absent) -> Assessment:
    return Panel(first, Judge(model)).assess(RUBRIC, ANSWER)


def test_where_both_agree_the_confidence_rises() -> None:
    found = sit(Fixed("hit", 0.5), judging(["hit"])).points[0]
    assert (found.verdict, found.confidence, found.decided_by, found.quote) == (HIT, 0.75, "fixed, judge", ANSWER[:10])
    assert found.second and found.second.agrees and found.second.votes == 3


@pytest.mark.parametrize(
    ("offline", "votes", "verdict"),
    [
        ("missed", ["hit"], PARTIAL), ("missed", ["partial"], PARTIAL), ("partial", ["hit"], HIT), ("hit", ["partial"], PARTIAL),
        ("hit", ["wrong"], PARTIAL), ("missed", ["wrong"], WRONG_), ("wrong", ["hit"], MISSED), ("partial", ["wrong"], MISSED),
    ],
)  # fmt: skip
def test_where_it_is_unsure_and_the_judge_is_not_the_verdict_goes_one_step(offline: str, votes: list[str], verdict: Verdict) -> None:
    found = sit(Fixed(offline, 0.4), judging(votes)).points[0]
    assert (found.verdict, found.decided_by, found.confidence) == (verdict, "panel", 0.8)
    assert found.quote == (None if verdict is MISSED else SEEN)
    assert found.span is None or ANSWER[slice(*found.span)] == found.quote
    assert found.second and found.second.moved and found.second.verdict is VERDICT[votes[0]]


@pytest.mark.parametrize(
    ("sure", "votes", "quote"),
    [
        (BAR, ["hit"], SEEN),
        (0.95, ["hit"], SEEN),
        (None, ["hit"], SEEN),
        (0.4, ["hit", "hit", "missed"], SEEN),
        (0.4, ["hit"], "words that are not there"),
        (0.4, ["splendid"], SEEN),
    ],
    ids=["at the bar", "sure", "no confidence", "not unanimous", "invented quote", "off the menu"],
)
def test_else_the_offline_verdict_stands_and_the_other_is_shown(sure: float | None, votes: list[str], quote: str) -> None:
    found = sit(Fixed("missed", sure), judging(votes, quote))
    point = found.points[0]
    assert (point.verdict, point.confidence, point.decided_by) == (MISSED, sure, "fixed")
    assert point.second and not point.second.agrees and not point.second.moved
    assert found.overall == Fixed("missed", sure).assess(RUBRIC, ANSWER).overall


def test_a_point_that_the_offline_assessor_left_unscored_stays_so() -> None:
    """It stands on no step, whatever confidence a plugin gives it."""
    point = sit(Fixed("unscored", 0.1), judging(["hit"])).points[0]
    assert point.verdict is Verdict.UNSCORED and point.second and not point.second.moved


def test_that_the_judge_misses_something_takes_nothing_away() -> None:
    point = sit(Fixed("hit", 0.1), judging(["missed"])).points[0]
    assert point.verdict is HIT and point.second and point.second.agrees is False


def test_the_figure_is_arithmetic_over_the_verdicts_that_stand() -> None:
    found = sit(Fixed("missed", 0.4), judging(["hit"]))
    assert found.overall == score.overall(RUBRIC.points, found.points, 0) and found.overall != score.overall(
        RUBRIC.points, Fixed("missed", 0.4).assess(RUBRIC, ANSWER).points, 0
    )
    assert found.fixes and "Say fully" in " ".join(found.fixes)


def test_who_graded_says_that_a_judge_was_heard() -> None:
    panel = Panel(Fixed("missed", 0.4), Judge(judging(["hit"])))
    assert panel.assess(RUBRIC, ANSWER).grader == panel.grader
    assert panel.grader.name == "fixed+judge" and "scripted" in panel.grader.version


@pytest.mark.parametrize("flagged", [True, False])
@pytest.mark.parametrize("claim", ["stated", "absent"])
def test_on_misconceptions_the_judge_is_quoted_and_not_followed(flagged: bool, claim: str) -> None:
    found = sit(Fixed("missed", 0.9, flagged=flagged), judging(["missed"], claim=claim))
    assert len(found.misconceptions) == flagged
    assert bool(found.notes) is (flagged is (claim == "absent"))


def test_where_a_mark_would_do_the_judge_still_hears_of_points() -> None:
    asked: list[bool] = []

    class Noting(Fixed):
        def assess(self, rubric: Rubric, answer: str) -> Assessment:
            asked.append(rubric.whole)
            return super().assess(rubric, answer)

    panel = Panel(Noting("partial", 0.3), Judge(judging(["hit", "hit", "hit"])))
    found = panel.assess(RUBRIC.model_copy(update={"whole": True}), ANSWER)
    assert asked == [False] and found.points[0].second is not None


def test_what_abstained_is_not_shown_to_the_judge() -> None:
    model = judging(["hit"])
    assert sit(Fixed("hit", 0.4, abstains=True), model).status == "abstained" and model.asks == []


def test_a_judge_that_cannot_be_asked_changes_nothing_and_is_named() -> None:
    offline = Fixed("missed", 0.4).assess(RUBRIC, ANSWER)
    found = sit(Fixed("missed", 0.4), Absent(ChatAwayError("The server refuses the key.", "Set it again.")))
    assert found.points == offline.points and found.overall == offline.overall
    assert found.grader == offline.grader, "so that a later run asks again"
    (note,) = found.notes
    assert "The server refuses the key. Set it again." in note and "the offline verdict stands" in note


def test_an_assessment_stored_before_there_was_a_judge_is_still_read() -> None:
    old = Verbatim().assess(RUBRIC, ANSWER).model_dump(mode="json")
    del old["notes"]
    for point in old["points"]:
        del point["second"]
    assert Assessment.model_validate(old).points[0].second is None
    new = sit(Fixed("missed", 0.4), judging(["hit"]))
    assert Assessment.model_validate_json(new.model_dump_json()) == new
