"""The arithmetic of the score, in the open: monotone, bounded, and aimed where it should be."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from greenroom.assess import scale, score
from greenroom.assess.assessment import FoundMisconception, PointVerdict, Verdict
from greenroom.bank.question import FollowUp, KeyPoint, Rubric

JUDGED = [Verdict.WRONG, Verdict.MISSED, Verdict.PARTIAL, Verdict.HIT]


POINTS = tuple(
    KeyPoint.model_construct(id=f"p{n}", point=f"Point {n}.", weight=w, says=(), because="b", source="s")
    for n, w in enumerate((3, 2, 1, 3))
)


def verdicts(*given: Verdict) -> list[PointVerdict]:
    return [PointVerdict(id=p.id, verdict=v, confidence=0.8, decided_by="test") for p, v in zip(POINTS, given, strict=True)]


@given(st.lists(st.sampled_from(JUDGED), min_size=4, max_size=4), st.integers(0, 3), st.integers(0, 4))
def test_a_better_verdict_never_lowers_and_a_misconception_never_raises(given: list[Verdict], place: int, wrong: int) -> None:
    before = score.overall(POINTS, verdicts(*given), wrong)
    assert before is not None and 0 <= before <= 100
    better = list(given)
    better[place] = JUDGED[min(JUDGED.index(given[place]) + 1, 3)]
    after = score.overall(POINTS, verdicts(*better), wrong)
    more = score.overall(POINTS, verdicts(*given), wrong + 1)
    assert after is not None and more is not None and after >= before >= more


def test_the_ends_and_the_bands() -> None:
    assert score.overall(POINTS, verdicts(*[Verdict.HIT] * 4), 0) == 96.0
    assert score.overall(POINTS, verdicts(*[Verdict.MISSED] * 4), 0) == 5.0
    assert score.overall(POINTS, verdicts(*[Verdict.WRONG] * 4), 3) == 0.0
    assert score.overall(POINTS, verdicts(*[Verdict.UNSCORED] * 4), 0) is None
    assert [scale.band(x) for x in (0, 19.9, 20, 39.9, 40, 62.9, 63, 84.9, 85, 100)] == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]


def test_what_could_not_be_judged_does_not_count() -> None:
    assert score.overall(POINTS, verdicts(Verdict.HIT, Verdict.UNSCORED, Verdict.UNSCORED, Verdict.HIT), 0) == 96.0


def rubric() -> Rubric:
    asks = tuple(FollowUp(point_id=p.id, ask=f"Ask {p.id}?") for p in POINTS)
    return Rubric(question_id="q", ask="Q?", points=POINTS, follow_ups=asks)


def test_the_follow_up_goes_to_the_wrong_point_then_to_the_heaviest_missed() -> None:
    ask = score.follow_up(rubric(), verdicts(Verdict.MISSED, Verdict.HIT, Verdict.WRONG, Verdict.MISSED))
    assert ask is not None and ask.point_id == "p2"
    ask = score.follow_up(rubric(), verdicts(Verdict.PARTIAL, Verdict.MISSED, Verdict.MISSED, Verdict.MISSED))
    assert ask is not None and ask.point_id == "p3"
    assert score.follow_up(rubric(), verdicts(*[Verdict.HIT] * 4)) is None


def test_two_strengths_two_fixes_one_drill() -> None:
    given = verdicts(Verdict.HIT, Verdict.HIT, Verdict.HIT, Verdict.MISSED)
    assert score.strengths(POINTS, given) == ("Point 0.", "Point 1.")
    mistake = FoundMisconception(id="m", quote="x", span=(0, 1), correction="Really otherwise.")
    assert score.fixes(POINTS, given, [mistake]) == ("Not so: Really otherwise.", "Add: Point 3.")
    drill = score.drill(POINTS, given)
    assert drill is not None and drill.point_id == "p3"
    assert score.drill(POINTS, verdicts(*[Verdict.HIT] * 4)) is None
