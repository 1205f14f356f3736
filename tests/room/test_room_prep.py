"""Preparing through the room: papers, a plan that follows what was answered, the company in fit and follow-ups, study, one's best."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from room_steps import ME, says, send

sys.path.insert(0, str(Path(__file__).parents[1] / "prep"))

from prep_papers import CV, JOB, docx, locked_pdf, pdf

from greenroom.assess.assessment import Assessment
from greenroom.assess.assessor import Verbatim
from greenroom.assess.manner.fit import Situation, judge_fit
from greenroom.assess.structure import judge_structure
from greenroom.bank.question import Rubric
from greenroom.errors import InputError, NotFoundError
from greenroom.interview.session import Setup
from greenroom.prep.company import Company
from greenroom.prep.profile import Profile
from greenroom.room import Parts, Room

GERMAN = (
    "Wir suchen eine erfahrene Entwicklerin für große Sprachmodelle. Sie bauen Suchsysteme mit RAG, passen Modelle mit LoRA an und "
    "betreuen unser Team in Berlin. Wir bieten ein freundliches Umfeld und viel Freiheit."
)


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 2, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


class Talking:
    """The literal fake, with how it was said."""

    def assess(self, rubric: Rubric, answer: str) -> Assessment:
        found = Verbatim().assess(rubric, answer)
        return found.model_copy(update={"communication": judge_structure(answer, [p.span for p in found.points if p.span])})


@pytest.fixture
def clock(literal_parts: Parts) -> Clock:
    made = Clock()
    object.__setattr__(literal_parts, "clock", made)
    return made


def drill(room: Room, question_id: str, text: str) -> str:
    view = room.interview.start(ME, Setup(mode="drill", question_ids=(question_id,)))
    receipt = send(room, view, text)
    room.interview.wait(ME, receipt.answer_id, 20)
    room.interview.rate(ME, view.session.session_id, view.session.turns[0].turn_id, 3)
    return receipt.answer_id


def whole(room: Room, question_id: str) -> str:
    return " ".join(says(room, n, question_id) for n in range(len(room.bank.get(question_id).points())))


def test_a_job_text_in_every_form_and_the_same_one_again(literal_room: Room) -> None:
    papers = literal_room.prep.papers
    assert papers.job(ME) is None
    papers.upload(ME, "job", pdf([JOB]), "advert.pdf")
    view = papers.job(ME)
    assert view is not None and view.paper.name == "advert.pdf" and view.paper.pages == 1 and view.reading.topics[0].topic == "robustness"
    papers.paste(ME, "job", JOB)
    papers.paste(ME, "job", JOB)
    papers.upload(ME, "job", docx(JOB), "advert.docx")
    assert len(papers.list(ME, "job")) == 2  # the same words are one paper; the DOCX breaks its lines otherwise
    oldest = papers.list(ME, "job")[-1]
    papers.use(ME, oldest.paper_id)
    assert papers.list(ME, "job")[0].paper_id == oldest.paper_id
    papers.delete(ME, oldest.paper_id)
    assert len(papers.list(ME, "job")) == 1


def test_what_cannot_be_read_changes_nothing(literal_room: Room) -> None:
    papers = literal_room.prep.papers
    papers.paste(ME, "job", JOB)
    before = papers.list(ME, "job")
    for act in (lambda: papers.upload(ME, "job", locked_pdf(JOB), "x.pdf"), lambda: papers.paste(ME, "job", "Engineer.")):
        with pytest.raises(InputError) as caught:
            act()
        assert caught.value.hint
    assert papers.list(ME, "job") == before


def test_a_text_in_another_language_says_so_and_how_to_go_on(literal_room: Room) -> None:
    literal_room.prep.papers.paste(ME, "job", GERMAN)
    view = literal_room.prep.papers.job(ME)
    assert view is not None and "German" in view.note and "English version" in view.note
    assert {each.quote for each in view.reading.evidence} == {"RAG", "LoRA"}
    assert view.reading.unknown == (), "its nouns are no vocabulary"
    literal_room.prep.papers.paste(ME, "job", JOB)
    english = literal_room.prep.papers.job(ME)
    assert english is not None and english.note == ""


def test_a_cv_is_held_against_the_bank(literal_room: Room) -> None:
    literal_room.prep.papers.upload(ME, "cv", docx(CV), "cv.docx")
    view = literal_room.prep.papers.cv(ME)
    assert view is not None and [claim.story for claim in view.claims].count(True) == 2


def test_the_level_is_taken_from_the_text_only_when_asked(literal_room: Room) -> None:
    literal_room.prep.papers.paste(ME, "job", JOB)
    assert literal_room.prep.profile(ME).level is None
    assert literal_room.prep.papers.take_level(ME) == "expert" and literal_room.prep.profile(ME).level == "expert"


def test_the_forecast_goes_by_the_days_of_the_plan_once_one_is_begun(literal_parts: Parts, clock: Clock) -> None:
    with Room(literal_parts.settings, literal_parts) as room:
        room.prep.save(ME, Profile(interview_on=clock.now.date() + timedelta(days=14)))
        for question_id in ("what-is-an-llm", "training", "attention"):
            drill(room, question_id, whole(room, question_id))
            clock.now += timedelta(days=2)
        plainly = room.review.progress(ME)
        assert plainly.forecast.plan_days is None and plainly.forecast.assumes.startswith("No plan is begun")
        room.prep.plan.choose(ME, "thirteen")
        found = room.review.progress(ME)
        assert found.forecast.plan_days == sum(each.kind == "work" for each in room.prep.plan.get(ME).plan.days)
        assert found.forecast.says != plainly.forecast.says and found.forecast.now == plainly.forecast.now
        assert found.model_copy(update={"forecast": plainly.forecast}) == plainly, "nothing else changes"
        room.prep.papers.paste(ME, "job", JOB)
        room.prep.plan.choose(ME, "job")
        wider = room.review.progress(ME)
        assert wider.forecast.now < found.forecast.now, "what the job asks for beside the thirteen is in its scope"
        clock.now += timedelta(days=30)
        assert room.review.progress(ME).forecast.says == "The day of the interview has passed."


def test_the_plan_follows_what_was_answered_and_skipped(literal_parts: Parts, clock: Clock) -> None:
    with Room(literal_parts.settings, literal_parts) as room:
        today = clock.now.astimezone().date()
        room.prep.save(ME, Profile(interview_on=today + timedelta(days=14)))
        room.prep.papers.paste(ME, "job", JOB)
        first = room.prep.plan.choose(ME, "job")
        assert first.from_job and first.now is not None and first.now.new[0] == "rag-design"
        thirteen = room.prep.plan.choose(ME, "thirteen")
        assert thirteen.now is not None and thirteen.now.new == ("what-is-an-llm", "training")
        drill(room, "what-is-an-llm", whole(room, "what-is-an-llm"))
        drill(room, "training", f"{says(room, 0, 'training')} That is all I know of this today.")
        after = room.prep.plan.get(ME)
        assert after.plan.held == ("what-is-an-llm",) and after.now is not None and not after.now.new
        clock.now += timedelta(days=1)
        tomorrow = room.prep.plan.get(ME)
        assert tomorrow.now is not None and tomorrow.now.again == ("training",) and tomorrow.now.reviews > 0
        assert tomorrow.choice.begun_on == today
        clock.now += timedelta(days=3)
        assert sum(len(day.new) for day in room.prep.plan.get(ME).plan.days) == 11  # nothing was lost by three days off


def test_a_mock_that_was_finished_counts_and_a_sealed_score_does_not_leak(literal_parts: Parts, clock: Clock) -> None:
    with Room(literal_parts.settings, literal_parts) as room:
        today = clock.now.astimezone().date()
        room.prep.save(ME, Profile(interview_on=today + timedelta(days=14)))
        room.prep.plan.choose(ME, "thirteen")
        assert sum(day.mock for day in room.prep.plan.get(ME).plan.days) == 2
        view = room.interview.start(ME, Setup(mode="mock", question_ids=("what-is-an-llm",)))
        receipt = send(room, view, whole(room, "what-is-an-llm"))
        room.interview.wait(ME, receipt.answer_id, 20)
        assert room.prep.plan.get(ME).plan.held == ()
        room.interview.end(ME, view.session.session_id)
        assert sum(day.mock for day in room.prep.plan.get(ME).plan.days) == 1


def test_a_plan_for_whoever_looks_around_is_not_begun(literal_room: Room) -> None:
    assert literal_room.prep.plan.today(ME) is None and not literal_room.prep.plan.get(ME).begun
    literal_room.prep.plan.choose(ME, "thirteen", 1)
    found = literal_room.prep.plan.today(ME)
    assert found is not None and found.begun and found.now is not None and len(found.now.new) == 1


def rehearsed(parts: Parts, text: str, company: Company | None) -> tuple[Assessment, str]:
    """(assessment, the follow-up that would be asked) of one answer."""
    parts.assessor._make = Talking  # type: ignore[assignment]
    with Room(parts.settings, parts) as room:
        room.prep.save(ME, Profile(company="Orrery Works"))
        if company is not None:
            room.prep.company.save(ME, company)
        answer_id = drill(room, "attention", f"{says(room)} {text}")
        found = room.interview.wait(ME, answer_id, 10)
        view = room.interview.get(ME, found.session_id)
        assert found.assessment is not None
        return found.assessment, view.session.turns[0].next_ask.ask if view.session.turns[0].next_ask else ""


LENSES = Company(does="They grind lenses for telescopes.", llms="A model drafts reports on lenses for observatories.")
SAID = "When we grind lenses, a telescope report has to name the glass."


def test_the_company_page_decides_the_fit(literal_parts: Parts) -> None:
    found, _ = rehearsed(literal_parts, SAID, LENSES)
    assert found.communication is not None and found.communication.fit is not None
    assert found.communication.fit.good and "lenses" in found.communication.fit.note


def test_control_without_the_page_nothing_is_known_of_them(literal_parts: Parts) -> None:
    found, ask = rehearsed(literal_parts, SAID, None)
    assert found.communication is not None and found.communication.fit is not None and found.communication.fit.good is None
    assert "Orrery" not in ask


def test_a_follow_up_leads_to_the_company_when_the_answer_did_not(literal_parts: Parts) -> None:
    _, ask = rehearsed(literal_parts, "It is used in many places by many people every day.", LENSES)
    assert ask.startswith("Think of Orrery Works: A model drafts reports on lenses for observatories.")


def test_control_a_fitting_answer_gets_the_plain_follow_up(literal_parts: Parts) -> None:
    _, ask = rehearsed(literal_parts, SAID, LENSES)
    assert ask and "Think of" not in ask


def test_words_of_any_good_answer_make_no_fit(literal_room: Room) -> None:
    """The raw job text would make two thirds of the model answers fit a hospital; what is handed on makes next to none."""
    literal_room.prep.save(ME, Profile(company="Northvale Health", role="LLM Engineer"))
    literal_room.prep.papers.paste(ME, "job", JOB)
    given = literal_room.prep.company.situation(ME)
    answers = [(q.ask, q.model_answers.technical) for q in literal_room.bank.questions() if q.kind == "knowledge"]

    def share(situation: Situation) -> float:
        found = [judge_fit(text, situation, ask) for ask, text in answers]
        return sum(each is not None and each.good is True for each in found) / len(found)

    assert share(given) < 0.1 < 0.4 < share(given._replace(job=JOB))


def test_studying_marks_the_question_once_and_only_that_one(literal_parts: Parts, clock: Clock) -> None:
    with Room(literal_parts.settings, literal_parts) as room:
        assert room.prep.study.get(ME, "attention").mark is None
        assert room.prep.study.all(ME) == []  # looking marks nothing
        first = room.prep.study.begin(ME, "attention").mark
        clock.now += timedelta(days=2)
        view = room.prep.study.begin(ME, "attention")
        assert view.mark == first and [each.question_id for each in room.prep.study.all(ME)] == ["attention"]
        assert view.labs and any("1706.03762" in line for line in view.reading) and not view.attempted
        assert room.prep.plan.get(ME).studied == {"attention"}
        with pytest.raises(NotFoundError):
            room.prep.study.begin(ME, "atention")


def test_the_best_answer_is_the_highest_until_another_is_kept(literal_room: Room) -> None:
    study = literal_room.prep.study
    assert study.best(ME, "attention") is None
    weak = drill(literal_room, "attention", f"{says(literal_room)} That is all I can say about it.")
    good = drill(literal_room, "attention", whole(literal_room, "attention"))
    best = study.best(ME, "attention")
    assert best is not None and best.attempt.answer_id == good and not best.chosen
    study.keep(ME, "attention", weak)
    kept = study.best(ME, "attention")
    assert kept is not None and kept.attempt.answer_id == weak and kept.chosen
    with pytest.raises(NotFoundError):
        study.keep(ME, "training", weak)
    with pytest.raises(NotFoundError):
        study.keep("mallory", "attention", weak)
