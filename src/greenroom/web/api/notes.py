"""The JSON API of one's own words: stories with their parts and gaps, and the questions one means to ask, by round."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from greenroom.bank.question import Round, Value
from greenroom.prep.asks.ask import TEXT_LIMIT as ASK_LIMIT
from greenroom.prep.asks.ask import WHY_LIMIT, Ask
from greenroom.prep.story import TEXT_LIMIT, Part
from greenroom.room.own.asks import AskList
from greenroom.room.own.stories import StoryView
from greenroom.web.api.prep import DoneOut
from greenroom.web.api.shapes import make_router
from greenroom.web.deps import IdPath, OwnerDep, RoomDep

router = make_router("/api/prep")
Words = Annotated[str, Field(max_length=4 * TEXT_LIMIT)]


class StoryIn(Value):
    text: Words
    title: Annotated[str, Field(max_length=400)] = ""
    tags: Annotated[tuple[Annotated[str, Field(max_length=100)], ...], Field(max_length=50)] = ()


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
def edit_story(room: RoomDep, owner_id: OwnerDep, story_id: IdPath, given: StoryIn) -> StoryView:
    return room.prep.story.edit(owner_id, story_id, given.text, given.title, given.tags)


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


@router.put("/asks/{round_name}/{ask_id}")
def edit_ask(room: RoomDep, owner_id: OwnerDep, round_name: Round, ask_id: IdPath, given: AskIn) -> Ask:
    return room.prep.asks.edit(owner_id, ask_id, given.text, given.why)


@router.post("/asks/{round_name}/{ask_id}/move")
def move_ask(room: RoomDep, owner_id: OwnerDep, round_name: Round, ask_id: IdPath, given: StepIn) -> AskList:
    room.prep.asks.move(owner_id, ask_id, given.step)
    return room.prep.asks.list(owner_id, round_name)


@router.delete("/asks/{round_name}/{ask_id}")
def delete_ask(room: RoomDep, owner_id: OwnerDep, round_name: Round, ask_id: IdPath) -> DoneOut:
    room.prep.asks.delete(owner_id, ask_id)
    return DoneOut()
