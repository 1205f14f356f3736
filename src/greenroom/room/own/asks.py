"""``room.prep.asks``: the questions a person means to ask, looked at before they are asked, and practised."""

from __future__ import annotations

from collections.abc import Sequence

from greenroom.bank.question import Question, Round, Value
from greenroom.errors import InputError, NotFoundError
from greenroom.interview.attempt import Attempt
from greenroom.llm.words import content
from greenroom.prep.asks.ask import TEXT_LIMIT, WHY_LIMIT, Ask, Listed, Overview, asked_of, in_order, judge_asked, look_over, moved
from greenroom.prep.asks.judge import About, Judgement, judge
from greenroom.prep.asks.starters import starters
from greenroom.prep.company import gaps, known
from greenroom.room.answer import check_text
from greenroom.room.own.papers import PaperRoom
from greenroom.room.parts import Parts

CANONICAL = "your-questions"
ROUND_BY_POINT: dict[str, Round] = {"process": "recruiter", "success-measure": "manager", "daily-work": "peer", "direction": "executive"}
"""Of the canonical question's forms: the point that only one round's form adds tells whose it is."""


class AskList(Value):
    """One round's list. ``question_id``: the question of the bank by which it is practised."""

    round: Round
    items: tuple[Listed, ...]
    overview: Overview
    starters: tuple[str, ...]
    question_id: str | None


class Asked(Value):
    """What was asked in one practice: each question judged; of the list, what was asked and what was kept."""

    round: Round
    judgements: tuple[Judgement, ...]
    done: tuple[Ask, ...]
    left: tuple[Ask, ...]


class AskRoom:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def list(self, owner_id: str, round_: Round) -> AskList:
        """In the person's order, each question judged for this round; with beginnings that are not on the list yet."""
        about, asks = self._about(owner_id), in_order(self._parts.store.get().asks.list(owner_id), round_)
        said = [attempt.text for attempt in self._practices(owner_id, round_)]
        practised = {ask.ask_id: sum(ask in asked_of([ask], text, content)[0] for text in said) for ask in asks}
        listed = tuple(Listed(ask=ask, judgement=judge(ask.text, round_, about), practised=practised[ask.ask_id]) for ask in asks)
        have = {ask.text for ask in asks}
        unknown = {gap.part: gap.ask for gap in gaps(self._parts.store.get().papers.company(owner_id))}
        fresh = tuple(text for text in starters(round_, about, unknown, self._known(owner_id, round_)) if text not in have)
        question = self.question(round_)
        return AskList(
            round=round_, items=listed, overview=look_over(listed), starters=fresh, question_id=question.id if question else None
        )

    def get(self, owner_id: str, ask_id: str) -> Ask:
        """Raises NotFoundError."""
        return self._parts.store.get().asks.get(owner_id, ask_id)

    def about(self, owner_id: str) -> About:
        """What is known of the employer, from the person's profile."""
        return self._about(owner_id)

    def add(self, owner_id: str, round_: Round, text: str, why: str = "") -> Ask:
        """Raises InputError, TooLargeError, ConflictError."""
        now, store = self._parts.clock(), self._parts.store.get()
        text, why = _checked(text, why)
        store.ensure_owner(owner_id, now)
        return store.asks.add(owner_id, Ask(ask_id=self._parts.new_id(), round=round_, text=text, why=why, made_at=now))

    def edit(self, owner_id: str, ask_id: str, text: str, why: str = "") -> Ask:
        """Raises NotFoundError, InputError, TooLargeError."""
        text, why = _checked(text, why)
        given = {"text": text, "why": why}
        self._parts.store.get().asks.change(
            owner_id, ask_id, lambda asks: [ask.model_copy(update=given) for ask in asks if ask.ask_id == ask_id]
        )
        return self.get(owner_id, ask_id)

    def move(self, owner_id: str, ask_id: str, step: int) -> None:
        """``step`` places down the list (negative: up), as far as it goes. Raises NotFoundError."""
        self._parts.store.get().asks.change(owner_id, ask_id, lambda asks: moved(asks, ask_id, step))

    def delete(self, owner_id: str, ask_id: str) -> None:
        """Raises NotFoundError."""
        self._parts.store.get().asks.drop(owner_id, ask_id)

    def judge(self, owner_id: str, round_: Round, text: str) -> Sequence[Judgement]:
        """Each question in the text; nothing is stored. Raises InputError when it asks nothing."""
        check_text(text, self._parts.settings.answer_limit)
        found = judge_asked(text, round_, self._about(owner_id))
        if not found:
            raise InputError("There is no question in this.", "Write what you would ask, each with its question mark.")
        return found

    def question(self, round_: Round) -> Question | None:
        """The question of the bank that this round's interviewer asks: one for this round alone, else the canonical one."""
        bank = self._parts.bank.get()
        asks = [question for question in bank.questions() if question.kind == "asks"]
        return next((question for question in asks if question.round == (round_,)), None) or bank.find(CANONICAL)

    def asked(self, owner_id: str, question_id: str, form: str | None, text: str) -> Asked | None:
        """What an answer to "what questions do you have?" asked. None for other questions, and where the round is not known."""
        question = self._parts.bank.get().find(question_id)
        round_ = round_of(question, form) if question is not None and question.kind == "asks" else None
        if round_ is None:
            return None
        asks = in_order(self._parts.store.get().asks.list(owner_id), round_)
        done, left = asked_of(asks, text, content)
        return Asked(round=round_, judgements=tuple(judge_asked(text, round_, self._about(owner_id))), done=tuple(done), left=tuple(left))

    def _practices(self, owner_id: str, round_: Round) -> Sequence[Attempt]:
        """The answers in which this round's interviewer was asked something."""
        store = self._parts.store.get()
        asks = [question for question in self._parts.bank.get().questions() if question.kind == "asks"]
        found = [(question, attempt) for question in asks for attempt in store.list_attempts(owner_id, question_id=question.id, limit=50)]
        return [attempt for question, attempt in found if attempt.point_id is None and round_of(question, attempt.form) == round_]

    def _known(self, owner_id: str, round_: Round) -> dict[str, str]:
        """What the company page says; for the first talk also what the advert asks for most."""
        view = PaperRoom(self._parts).job(owner_id) if round_ == "recruiter" else None
        asked = next((topic.evidence[0].quote for topic in view.reading.topics if topic.topic != "behavioural"), None) if view else None
        return known(self._parts.store.get().papers.company(owner_id)) | ({"advert": asked} if asked else {})

    def _about(self, owner_id: str) -> About:
        profile = self._parts.store.get().get_profile(owner_id)
        return About(profile.company, profile.role)


def round_of(question: Question, form: str | None) -> Round | None:
    """Whose round a question to the candidate belongs to, in the wording that was used."""
    if len(question.round) == 1:
        return question.round[0]
    chosen = question.find_form(form) if form else None
    return next((ROUND_BY_POINT[point] for point in chosen.adds if point in ROUND_BY_POINT), None) if chosen else None


def check_round(name: str) -> Round:
    """Raises NotFoundError for what is no round."""
    from greenroom.prep.asks.ask import ROUNDS

    found = next((each for each in ROUNDS if each == name), None)
    if found is None:
        raise NotFoundError("round", name, ROUNDS, f"One of: {', '.join(ROUNDS)}.")
    return found


def _checked(text: str, why: str) -> tuple[str, str]:
    text, why = " ".join(text.split()), " ".join(why.split())
    check_text(text, TEXT_LIMIT)
    check_text(why, WHY_LIMIT)
    if not text:
        raise InputError("The question is empty.", "Write it as you would say it.")
    return text, why
