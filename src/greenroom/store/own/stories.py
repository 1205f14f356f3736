"""Rows of a person's stories, and which answer told which. Functions are steps inside the caller's transaction; ``Stories`` has one
transaction a method.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from greenroom.errors import ConflictError, NotFoundError
from greenroom.prep.story import Story
from greenroom.prep.use import StoryUse
from greenroom.store.connect import Database
from greenroom.store.sessions import upsert
from greenroom.store.tables import answers, stories, story_uses, to_body

MOST = 200
"""Stories of one person."""


class Stories:
    def __init__(self, database: Database) -> None:
        self._database = database

    def list(self, owner_id: str) -> Sequence[Story]:
        """The latest changed first."""
        with self._database.read() as connection:
            return list_stories(connection, owner_id)

    def get(self, owner_id: str, story_id: str) -> Story:
        """Raises NotFoundError, also for a story of another owner; names the owner's similar ids."""
        with self._database.read() as connection:
            return get_story(connection, owner_id, story_id)

    def add(self, owner_id: str, story: Story) -> None:
        """Raises ConflictError when there are as many as there may be."""
        with self._database.write(owner_id) as connection:
            count = connection.scalar(sa.select(sa.func.count()).select_from(stories).where(stories.c.owner_id == owner_id)) or 0
            if count >= MOST:
                raise ConflictError(f"There are {count} stories already.", "Delete one that you no longer tell, then add this one.")
            put_stories(connection, owner_id, [story])

    def change(self, owner_id: str, story: Story) -> None:
        """Raises NotFoundError for a story that is gone."""
        with self._database.write(owner_id) as connection:
            get_story(connection, owner_id, story.story_id)
            put_stories(connection, owner_id, [story])

    def drop(self, owner_id: str, story_id: str) -> None:
        """With its uses. Raises NotFoundError."""
        with self._database.write(owner_id) as connection:
            get_story(connection, owner_id, story_id)
            for table in (story_uses, stories):
                connection.execute(sa.delete(table).where(table.c.owner_id == owner_id, table.c.story_id == story_id))

    def note_use(self, owner_id: str, use: StoryUse) -> None:
        """The last word about an answer counts. Nothing is noted when the story or the answer is gone."""
        with self._database.write(owner_id) as connection:
            put_uses(connection, owner_id, [use], replace=True)

    def uses(self, owner_id: str) -> Sequence[StoryUse]:
        """The latest first."""
        with self._database.read() as connection:
            return list_uses(connection, owner_id)


def list_stories(connection: sa.Connection, owner_id: str) -> list[Story]:
    wanted = sa.select(stories.c.body).where(stories.c.owner_id == owner_id)
    bodies = connection.scalars(wanted.order_by(stories.c.changed_at.desc(), stories.c.story_id))
    return [Story.model_validate_json(body) for body in bodies]


def get_story(connection: sa.Connection, owner_id: str, story_id: str) -> Story:
    body = connection.scalar(sa.select(stories.c.body).where(stories.c.owner_id == owner_id, stories.c.story_id == story_id))
    if body is None:
        known = connection.scalars(sa.select(stories.c.story_id).where(stories.c.owner_id == owner_id).limit(MOST))
        raise NotFoundError("story", story_id, known, "The list of your stories shows the ones there are: greenroom prep story list.")
    return Story.model_validate_json(body)


def put_stories(connection: sa.Connection, owner_id: str, values: Sequence[Story], *, replace: bool = True) -> int:
    rows = [{"owner_id": owner_id, "story_id": each.story_id, "changed_at": each.changed_at, "body": to_body(each)} for each in values]
    return upsert(connection, stories, rows, replace=replace)


def list_uses(connection: sa.Connection, owner_id: str) -> list[StoryUse]:
    wanted = sa.select(*(story_uses.c[name] for name in StoryUse.model_fields)).where(story_uses.c.owner_id == owner_id)
    rows = connection.execute(wanted.order_by(story_uses.c.used_at.desc(), story_uses.c.answer_id))
    return [StoryUse.model_validate(dict(row._mapping)) for row in rows]


def put_uses(connection: sa.Connection, owner_id: str, values: Sequence[StoryUse], *, replace: bool = False) -> int:
    """Those whose story and answer are there. Returns how many were written."""
    there = {*connection.scalars(sa.select(stories.c.story_id).where(stories.c.owner_id == owner_id))}
    wanted = [use for use in values if use.story_id in there]
    ids = [use.answer_id for use in wanted]
    given = (
        {*connection.scalars(sa.select(answers.c.answer_id).where(answers.c.owner_id == owner_id, answers.c.answer_id.in_(ids)))}
        if ids
        else set()
    )
    rows = [{"owner_id": owner_id, **use.model_dump()} for use in wanted if use.answer_id in given]
    return upsert(connection, story_uses, rows, replace=replace)
