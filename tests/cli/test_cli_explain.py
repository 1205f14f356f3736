"""Why a verdict fell, as the terminal shows it: the nearest wording, the score on its scale with the bar, who decided; at any width."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from greenroom.assess.assessment import Aspect, Communication, SecondOpinion, Verdict, Why
from greenroom.cli.screen import feedback, terminal
from greenroom.interview.debrief import PointRow


def row(verdict: Verdict, why: Why | None, second: SecondOpinion | None = None) -> PointRow:
    return PointRow(
        point_id="q/p", id="p", point="Each position takes from the others what is relevant to it.", weight=2, verdict=verdict,
        confidence=0.8, decided_by="coverage", quote=None, span=None, because="It is the point of attention.", source="src", why=why,
        second=second, before=None, change=None, disputes=(),
    )  # fmt: skip


def shown(point: PointRow, explain: bool = True) -> str:
    return "\n".join(text.plain for text in feedback._point(1, point, explain=explain))


def rod(text: str) -> str:
    return next(part for part in text.split() if "┿" in part)


def test_the_scale_is_filled_to_the_score_and_marked_at_the_bar() -> None:
    below = shown(row(Verdict.MISSED, Why(nearest="looks at the others", score=0.2, threshold=0.5)))
    above = shown(row(Verdict.HIT, Why(nearest="looks at the others", score=0.9, threshold=0.5)))
    assert rod(below) == "━" * 4 + "─" * 6 + "┿" + "─" * 9 and rod(above) == "━" * 10 + "┿" + "━" * 7 + "─" * 2
    for text in (below, above):
        assert "nearest wording: “looks at the others”" in text and "the bar is 0.50; by coverage, 80% sure" in text


@pytest.mark.parametrize(("score", "bar"), [(-1.0, 2.0), (0.0, 0.0), (1.0, 1.0), (7.5, 0.999)])
def test_figures_beyond_the_scale_stay_on_it(score: float, bar: float) -> None:
    found = rod(shown(row(Verdict.PARTIAL, Why(nearest="x", score=score, threshold=bar))))
    assert len(found) == feedback.ROD and found.count("┿") == 1


def test_nothing_near_says_so_and_without_explain_nothing_is_said() -> None:
    assert "Nothing in the answer came near. Decided by coverage, 80% sure." in shown(row(Verdict.MISSED, None))
    assert "coverage" not in shown(row(Verdict.MISSED, None), explain=False)


def test_a_judge_that_differs_is_shown_with_what_became_of_it() -> None:
    second = SecondOpinion(verdict=Verdict.HIT, by="judge", agrees=False, moved=False, votes=2, asked=3)
    assert "The judge differs: made (2 of 3 votes). The verdict stands." in shown(row(Verdict.MISSED, None, second), explain=False)


def test_communication_quotes_what_it_rests_on(monkeypatch: pytest.MonkeyPatch) -> None:
    good = Aspect(good=True, note="The answer comes first.", quote="It predicts tokens.", span=(0, 19))
    long = Aspect(good=False, note="Too long.", quote="word " * 60, span=(0, 300))
    talk = Communication(answer_first=good, succinct=long, plain=Aspect(good=None, note="On the edge."), example=good)
    told = "\n".join(text.plain for text in feedback._communication(talk, explain=True))
    assert "“It predicts tokens.”" in told and "…”" in told
    assert "“" not in "\n".join(text.plain for text in feedback._communication(talk, explain=False))


@pytest.mark.parametrize("columns", [40, 80])
def test_lines_stay_within_the_terminal(monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    monkeypatch.setattr(terminal.console, "_width", columns)
    why = Why(nearest="looks at all the others and takes from each of them by how relevant it is", score=0.31, threshold=0.47)
    assert max(cell_len(line) for line in shown(row(Verdict.MISSED, why)).splitlines()) <= columns
