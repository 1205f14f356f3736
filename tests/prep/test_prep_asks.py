"""Questions looked at from four sides and for weak signs, against labels; lists in order; beginnings that invent nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from greenroom.assess.ruler.figures import cohen
from greenroom.bank.question import Round
from greenroom.llm.words import content
from greenroom.prep.asks.ask import ROUNDS, Ask, Listed, asked_of, in_order, judge_asked, look_over, moved, split_asks
from greenroom.prep.asks.judge import SIDES, About, Judgement, Side, judge
from greenroom.prep.asks.starters import starters
from greenroom.prep.company import Company, known

FOLDER = Path(__file__).parent / "asks"
NOON = datetime(2025, 3, 1, 12, tzinfo=UTC)
BARS = {
    "made": {"purpose": 0.9, "specific": 0.9, "fit": 0.95, "opens": 0.85},
    "aside": {"purpose": 0.9, "specific": 0.8, "fit": 0.85, "opens": 0.85},
    "fresh": {"purpose": 0.6, "specific": 0.6, "fit": 0.9, "opens": 0.85},
}
"""κ of what was judged. In other words most is left unjudged, which is the point of the third set."""


def rows(name: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    return found


def sign(said: Judgement, side: Side) -> str:
    verdict = said.side(side)
    return "?" if verdict is None or verdict.good is None else "y" if verdict.good else "n"


@pytest.mark.parametrize("name", BARS)
@pytest.mark.parametrize("side", SIDES)
def test_a_side_agrees_with_its_labels(name: str, side: Side) -> None:
    pairs = [(row[side], sign(judge(row["ask"], row["round"]), side)) for row in rows(name) if row[side] != "?"]  # type: ignore[arg-type]
    judged = [pair for pair in pairs if pair[1] != "?"]
    assert cohen([a for a, _ in judged], [b for _, b in judged]) >= BARS[name][side]
    assert len(judged) / len(pairs) >= (0.3 if name == "fresh" else 0.85)


@pytest.mark.parametrize("name", ["made", "aside"])
def test_weak_signs_are_found_and_seldom_cried(name: str) -> None:
    wanted = [(n, weak) for n, row in enumerate(rows(name)) for weak in row["weak"]]
    seen = [(n, weak.id) for n, row in enumerate(rows(name)) for weak in judge(row["ask"], row["round"]).weak]  # type: ignore[arg-type]
    both = set(wanted) & set(seen)
    assert len(both) / len(wanted) >= 0.9 and len(both) / len(seen) >= 0.85


@pytest.mark.parametrize("name", BARS)
def test_the_words_it_rests_on_stand_in_the_question(name: str) -> None:
    for row in rows(name):
        said = judge(row["ask"], row["round"], About("Kestrel Bank"))  # type: ignore[arg-type]
        quoted = [word for side in said.sides for word in side.words] + [weak.words for weak in said.weak]
        assert all(" ".join(word.split()) in " ".join(row["ask"].split()) for word in quoted), (row["ask"], quoted)


def test_the_same_question_fits_one_round_and_not_another() -> None:
    ask = "How is on-call shared, and how often does it wake somebody up?"
    assert {round_: sign(judge(ask, round_), "fit") for round_ in ROUNDS} == {
        "recruiter": "n", "manager": "?", "peer": "y", "executive": "n",
    }  # fmt: skip


def test_the_company_s_name_is_theirs_alone() -> None:
    ask = "How does kestrel bank decide that?"
    assert sign(judge(ask, "manager", About("Kestrel Bank")), "specific") == "y"
    assert sign(judge(ask, "manager"), "specific") != "y"


def test_what_asks_nothing_is_not_judged() -> None:
    found = judge("I like your logo.", "peer")
    assert found.sides == () and found.reason and found.mend is None


@pytest.mark.parametrize(
    ("said", "count"),
    [
        ("Yes, two. You mentioned legal reads every prompt; how does that work at night? And who decides?", 1),
        ("What surprised you most? How are code reviews done here?", 2),
        ("I ask because I come from search. Which part of the goal would be mine? Thank you very much.", 1),
        ("1. What worries you most?\n2. What would I have to achieve?\n3. I wonder how you measure quality.", 3),
        ("No, I think you have covered everything, thanks.", 0),
        ("", 0),
    ],
)
def test_an_answer_is_cut_into_its_questions(said: str, count: int) -> None:
    assert len(split_asks(said)) == count, split_asks(said)


def test_the_lead_up_belongs_to_the_question_after_it() -> None:
    found = judge_asked("I come from search, so I care about this. Who decides that an answer is good enough to ship?", "manager", About())
    assert [sign(each, "purpose") for each in found] == ["y"]


def ask(n: int, text: str = "", round_: Round = "peer", place: int | None = None) -> Ask:
    return Ask(ask_id=f"a{n}", round=round_, text=text or f"Question {n}?", place=n if place is None else place, made_at=NOON)


def test_a_question_moves_within_its_list() -> None:
    asks = [ask(n) for n in range(4)] + [ask(9, round_="manager")]
    assert [each.ask_id for each in in_order(moved(asks, "a3", -2))] == ["a0", "a3", "a1", "a2"]
    assert [each.ask_id for each in in_order(moved(asks, "a0", 99))] == ["a1", "a2", "a3", "a0"]
    assert [each.ask_id for each in moved(asks, "a0", -1)] == ["a0", "a1", "a2", "a3"]


def test_a_list_is_looked_over() -> None:
    poor = [ask(0, "What is the tech stack?"), ask(1, "Where does the board want to take the company?")]
    notes = look_over([Listed(ask=each, judgement=judge(each.text, "peer")) for each in poor]).notes
    assert (
        any("few" in note for note in notes)
        and any("only they have" in note for note in notes)
        and any("another round" in n for n in notes)
    )
    good = [
        "I come from search, so I wonder what surprised you most while you built the re-ranker.",
        "What did you do yesterday, from the first coffee until you went home?",
        "Which tool or habit of the team would you get rid of if you could?",
        "How did the team settle the last disagreement about a release?",
        "When somebody changes a prompt, which tests have to pass?",
    ]
    assert look_over([Listed(ask=ask(n, text), judgement=judge(text, "peer")) for n, text in enumerate(good)]).notes == ()
    assert look_over([]).notes == ()


def test_what_was_asked_of_a_list() -> None:
    asks = [ask(0, "What woke you up most recently on call?"), ask(1, "Which habit of the team would you get rid of?")]
    done, left = asked_of(asks, "Thanks! So, what was it that woke you up most recently when you were on call?", content)
    assert ([each.ask_id for each in done], [each.ask_id for each in left]) == (["a0"], ["a1"])


@pytest.mark.parametrize("round_", ROUNDS)
def test_beginnings_hold_only_what_the_person_wrote(round_: Round) -> None:
    bare, known = starters(round_, About()), starters(round_, About("Kestrel Bank", "Analyst"))
    assert len(bare) == len(known) >= 5
    assert not any("{" in text or "}" in text or "a this" in text for text in bare + known)
    assert any("Kestrel Bank" in text or "Analyst" in text for text in known)
    unknown = {"stack": "What do you run your models on?", "does": "What do your users do all day?"}
    more = starters(round_, About(), unknown)[len(bare) :]
    assert more == [unknown[part] for part in {"peer": ["stack"], "executive": ["does"]}.get(round_, [])]


@pytest.mark.parametrize("round_", ROUNDS)
def test_beginnings_are_good_questions_for_their_round(round_: Round) -> None:
    for text in starters(round_, About("Kestrel Bank", "Analyst")):
        said = judge(text, round_, About("Kestrel Bank", "Analyst"))
        assert said.weak == () and sign(said, "fit") != "n" and sign(said, "opens") != "n", (text, said)


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=300), st.sampled_from(get_args(Round)))
def test_nothing_that_is_typed_raises(text: str, round_: Round) -> None:
    judge(text, round_)
    judge_asked(text, round_, About())


PAGE = Company(
    does="They make software for discharge letters. More of it later.",
    llms="- They sort the mail with a small model, and nurses check it",
    stack="",
    people="Ana, who leads the platform team",
    links="https://www.example.org/blog/evals/",
    notes="Their pay is poor.",
)


def test_what_the_company_page_says_fills_the_blanks_in_the_persons_own_words() -> None:
    said = known(PAGE)
    assert said == {
        "does": "you make software for discharge letters",
        "llms": "you sort the mail with a small model, and nurses check it",
        "people": "Ana, who leads the platform team",
        "links": "example.org/blog/evals",
    }, "notes are one's own"
    assert "I looked at example.org/blog/evals; what surprised you" in "\n".join(starters("peer", About(), {}, said))
    assert "[a paper" not in "\n".join(starters("peer", About(), {}, said))
    assert any(
        "you sort the mail with a small model, and nurses check it. What did you" in text
        for text in starters("executive", About(), {}, said)
    )
    assert not any("[a decision" in text for text in starters("executive", About(), {}, said))
    assert any("with Ana, who leads" in text for text in starters("manager", About(), {}, said))
    assert any("“RAG”; what is behind" in text for text in starters("recruiter", About(), {}, {"advert": "RAG"}))


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("They help nurses with their notes; nurses say they like them.", "They help nurses with their notes; nurses say they like them"),
        ("They help nurses with notes.", "you help nurses with notes"),
        ("they've moved to vLLM.", "you've moved to vLLM"),
        ("Their search is their own.", "Their search is their own"),
        ("Nurses say they like it.", "Nurses say they like it"),
        ("Theirs is a search for nurses.", "Theirs is a search for nurses"),
    ],
)
def test_they_is_you_only_where_it_can_mean_nobody_else(written: str, said: str) -> None:
    assert known(Company(does=written)) == {"does": said}


def test_control_an_empty_page_leaves_the_blanks_and_a_name_for_a_link_is_taken() -> None:
    assert known(Company()) == {} and starters("peer", About()) == starters("peer", About(), {}, known(Company()))
    assert known(Company(links="Their talk on evals, https://example.org/t"))["links"] == "your talk on evals"
    assert known(Company(links="   \n")) == {}
    odd = starters("executive", About(), {}, known(Company(llms="{role} <b> {does}")))
    assert any("{role} <b> {does}" in text for text in odd), "their text is no template"
