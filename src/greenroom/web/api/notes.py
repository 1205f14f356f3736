"""The JSON API of one's own words: stories with their parts and gaps, and the questions one means to ask, by round."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends
from pydantic import Field

from greenroom.bank.question import Round, Value
from greenroom.errors import NotFoundError
from greenroom.prep.asks.ask import TEXT_LIMIT as ASK_LIMIT
from greenroom.prep.asks.ask import WHY_LIMIT, Ask
from greenroom.prep.asks.judge import Judgement
from greenroom.prep.story import TEXT_LIMIT, Part
from greenroom.prep.use import ToldStory
from greenroom.room.own.asks import Asked, AskList
from greenroom.room.own.stories import StoryView
from greenroom.web.api.prep import DoneOut
from greenroom.web.api.shapes import make_router
from greenroom.web.deps import IdPath, OwnerDep, RoomDep
from greenroom.web.prep.notes import OwnNotes

router = make_router("/api/prep")
Words = Annotated[str, Field(max_length=4 * TEXT_LIMIT)]


class StoryIn(Value):
    text: Words
    title: Annotated[str, Field(max_length=400)] = ""
    tags: Annotated[tuple[Annotated[str, Field(max_length=100)], ...], Field(max_length=50)] = ()


class StoryEditIn(Value):
    """A title or tags that are left out stay as they are."""

    text: Words
    title: Annotated[str, Field(max_length=400)] | None = None
    tags: Annotated[tuple[Annotated[str, Field(max_length=100)], ...], Field(max_length=50)] | None = None


class MoveIn(Value):
    """The sentence belongs to ``part``."""

    sentence: Words
    part: Part


class FillIn(Value):
    """Words for a gap that the story has."""

    gap: Annotated[str, Field(max_length=40)]
    words: Words


class AskIn(Value):
    text: Annotated[str, Field(max_length=4 * ASK_LIMIT)]
    why: Annotated[str, Field(max_length=4 * WHY_LIMIT)] = ""


class AskEditIn(Value):
    """``why`` left out: as it was."""

    text: Annotated[str, Field(max_length=4 * ASK_LIMIT)]
    why: Annotated[str, Field(max_length=4 * WHY_LIMIT)] | None = None


class SaidIn(Value):
    """What would be asked, as it would be said."""

    text: Annotated[str, Field(max_length=100_000)]


class OwnOut(Value):
    """What an answer drew on: the story of one's own that it told, and what it asked. Null where there is none, or before the rating."""

    story: ToldStory | None
    asked: Asked | None


class StepIn(Value):
    """Up (negative) or down the list."""

    step: Annotated[int, Field(ge=-30, le=30)]


@router.get("/stories")
def stories(room: RoomDep, owner_id: OwnerDep) -> list[StoryView]:
    return list(room.prep.story.list(owner_id))


@router.post("/stories", status_code=201)
def add_story(room: RoomDep, owner_id: OwnerDep, given: StoryIn) -> StoryView:
    return room.prep.story.add(owner_id, given.text, given.title, given.tags)


@router.get("/stories/{story_id}")
def story(room: RoomDep, owner_id: OwnerDep, story_id: IdPath) -> StoryView:
    return room.prep.story.get(owner_id, story_id)


@router.put("/stories/{story_id}")
def edit_story(room: RoomDep, owner_id: OwnerDep, story_id: IdPath, given: StoryEditIn) -> StoryView:
    before = room.prep.story.get(owner_id, story_id).story
    title = before.title if given.title is None else given.title
    return room.prep.story.edit(owner_id, story_id, given.text, title, before.tags if given.tags is None else given.tags)


@router.post("/stories/{story_id}/move")
def move_sentence(room: RoomDep, owner_id: OwnerDep, story_id: IdPath, given: MoveIn) -> StoryView:
    return room.prep.story.move(owner_id, story_id, given.sentence, given.part)


@router.post("/stories/{story_id}/fill")
def fill_gap(room: RoomDep, owner_id: OwnerDep, story_id: IdPath, given: FillIn) -> StoryView:
    return room.prep.story.fill(owner_id, story_id, given.gap, given.words)


@router.delete("/stories/{story_id}")
def delete_story(room: RoomDep, owner_id: OwnerDep, story_id: IdPath) -> DoneOut:
    room.prep.story.delete(owner_id, story_id)
    return DoneOut()


@router.get("/asks/{round_name}")
def asks(room: RoomDep, owner_id: OwnerDep, round_name: Round) -> AskList:
    return room.prep.asks.list(owner_id, round_name)


@router.post("/asks/{round_name}", status_code=201)
def add_ask(room: RoomDep, owner_id: OwnerDep, round_name: Round, given: AskIn) -> Ask:
    """Practise a round by a drill of the list's ``question_id``."""
    return room.prep.asks.add(owner_id, round_name, given.text, given.why)


@router.post("/asks/{round_name}/judge")
def judge_asks(room: RoomDep, owner_id: OwnerDep, round_name: Round, given: SaidIn) -> list[Judgement]:
    """Each question in a text, as it would be asked in this round; nothing is stored."""
    return list(room.prep.asks.judge(owner_id, round_name, given.text))


def on_list(room: RoomDep, owner_id: OwnerDep, round_name: Round, ask_id: IdPath) -> Ask:
    """Raises NotFoundError, also for a question of another round's list."""
    ask = room.prep.asks.get(owner_id, ask_id)
    if ask.round != round_name:
        raise NotFoundError(f"question of yours for the {round_name}", ask_id, hint=f"It is on the list for the {ask.round}.")
    return ask


AskDep = Annotated[Ask, Depends(on_list)]


@router.put("/asks/{round_name}/{ask_id}")
def edit_ask(room: RoomDep, owner_id: OwnerDep, ask: AskDep, given: AskEditIn) -> Ask:
    return room.prep.asks.edit(owner_id, ask.ask_id, given.text, ask.why if given.why is None else given.why)


@router.post("/asks/{round_name}/{ask_id}/move")
def move_ask(room: RoomDep, owner_id: OwnerDep, ask: AskDep, given: StepIn) -> AskList:
    room.prep.asks.move(owner_id, ask.ask_id, given.step)
    return room.prep.asks.list(owner_id, ask.round)


@router.delete("/asks/{round_name}/{ask_id}")
def delete_ask(room: RoomDep, owner_id: OwnerDep, ask: AskDep) -> DoneOut:
    room.prep.asks.delete(owner_id, ask.ask_id)
    return DoneOut()


@router.get("/told/{answer_id}")
def told(room: RoomDep, owner_id: OwnerDep, answer_id: IdPath) -> OwnOut:
    """Beside the notes on an answer: which story of one's own it told and what it left out; what it asked, and what it did not."""
    attempt = room.interview.wait(owner_id, answer_id, 0.0)
    session = room.interview.get(owner_id, attempt.session_id).session
    turn = session.find_turn(attempt.turn_id)
    if turn is None or not session.may_show_score(turn):
        return OwnOut(story=None, asked=None)
    own = OwnNotes(room, owner_id)
    asked = own.asked(attempt.question_id, attempt.ask, attempt.text)
    return OwnOut(story=own.told(attempt.question_id, attempt.text), asked=asked)
