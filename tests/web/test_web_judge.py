"""What the judge thinks is shown at both doors, whether it agrees or not, and as text whatever it quotes."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console
from web_serving import Served, answered, everything, serving

from greenroom.assess.judge import DECOYS, Judge
from greenroom.cli.screen.feedback import notes, second_opinion
from greenroom.errors import ChatAwayError
from greenroom.llm.chat import Absent, Ask, ChatModel, Scripted
from greenroom.room import LOCAL_OWNER, Room, parts

HOSTILE = "<script>alert(1)</script>"
TEXT = f"I would say {HOSTILE} weighs the tokens, each against all the others, and adds up what they hold in the end."


def differing(ask: Ask) -> str:
    asked = json.loads(ask.turns[0].text)["criterion"]
    menu = ask.schema["properties"]["verdict"]["enum"]
    if asked in DECOYS or "hit" not in menu:
        return json.dumps({"verdict": "missed" if "hit" in menu else "absent", "quote": ""})
    return json.dumps({"verdict": "hit", "quote": f"I would say {HOSTILE}"})


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Room]:
    model: ChatModel = request.param
    monkeypatch.setattr(parts, "make_judge", lambda settings: Judge(model, votes=1))
    made = everything(tmp_path / "home")
    settings = made.settings.model_copy(update={"judge_url": "http://127.0.0.1:1/v1", "judge_model": "scripted"})
    with Room(settings, parts.Parts(settings, given=made._parts.given)) as opened:
        yield opened


def page(served: Served) -> tuple[str, str]:
    """The feedback in the browser's HTML, and in the terminal."""
    view = answered(served, TEXT)
    with served.client() as client:
        html = client.get(f"/interview/{view.session.session_id}").text
    turn = served.room.interview.report(LOCAL_OWNER, view.session.session_id).questions[0].turns[0]
    console = Console(width=100, record=True, file=io.StringIO())
    for part in notes(turn):
        console.print(part)
    return html, " ".join(console.export_text().split())


@pytest.mark.parametrize("room", [Scripted(differing)], indirect=True, ids=["differing"])
def test_a_disagreement_is_shown_with_its_quote_as_text(room: Room) -> None:
    with serving(room) as served:
        html, terminal = page(served)
    assert "The judge differs: " in html and "The verdict stands." in html and "The judge agrees (1 of 1 votes)." in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html and HOSTILE not in html
    assert "The judge differs: " in terminal and f"for “I would say {HOSTILE}”" in terminal


@pytest.mark.parametrize("room", [Absent(ChatAwayError(f"The server says {HOSTILE}.", "Mend it."))], indirect=True, ids=["away"])
def test_a_judge_that_was_away_is_named_with_the_cure(room: Room) -> None:
    with serving(room) as served:
        html, terminal = page(served)
    assert "How it was judged" in html and "Mend it." in html and HOSTILE not in html
    assert "Mend it." in terminal and "the offline verdict stands" in terminal


def test_both_doors_say_it_in_the_same_words() -> None:
    """The page's macro and the terminal's function are two: their sentences are held against each other."""
    macro = (Path(__file__).parents[2] / "src/greenroom/web/templates/macros.html").read_text()
    from greenroom.assess.assessment import SecondOpinion, Verdict

    cases = ((True, False), (False, True), (False, False), (None, False))
    said = [second_opinion(SecondOpinion(verdict=Verdict.HIT, by="m", agrees=a, moved=m, votes=2, asked=3)) for a, m in cases]
    for sentence in (
        "The judge agrees",
        "The judge differs",
        "The judge gave no opinion",
        "went a step towards it.",
        "The verdict stands.",
    ):
        assert any(sentence in each for each in said) and sentence in macro
