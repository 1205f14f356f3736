"""Rows of what a person brought and noted while preparing: papers, the company page, the choice of a plan, what was studied, which answer
is kept. Functions are steps inside the caller's transaction; ``Papers`` has one transaction a method.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import sqlalchemy as sa
from pydantic import BaseModel

from greenroom.errors import ConflictError, NotFoundError
from greenroom.prep.company import Company
from greenroom.prep.days import Choice
from greenroom.prep.papers.paper import Paper
from greenroom.prep.papers.text import PaperKind
from greenroom.prep.study import Kept, Studied
from greenroom.store.connect import Database
from greenroom.store.sessions import upsert
from greenroom.store.tables import answers, companies, day_plans, kept, papers, studied, to_body

MOST = 20
"""Papers of one kind. The newest is the one in use."""
T = TypeVar("T", bound=BaseModel)


class Papers:
    def __init__(self, database: Database) -> None:
        self._database = database

    def list(self, owner_id: str, kind: PaperKind | None = None) -> list[Paper]:
        """The newest first."""
        with self._database.read() as connection:
            return [each for each in list_papers(connection, owner_id) if kind in (None, each.kind)]

    def find(self, owner_id: str, kind: PaperKind) -> Paper | None:
        """The one in use: the newest."""
        with self._database.read() as connection:
            return next(iter(list_papers(connection, owner_id, kind, 1)), None)

    def get(self, owner_id: str, paper_id: str) -> Paper:
        """Raises NotFoundError, also for a paper of another owner."""
        with self._database.read() as connection:
            return _get(connection, owner_id, paper_id)

    def put(self, owner_id: str, paper: Paper) -> None:
        """Add it, or put it in the place of the one with its id. Raises ConflictError when there are as many as there may be."""
        with self._database.write(owner_id) as connection:
            others = [each for each in list_papers(connection, owner_id, paper.kind) if each.paper_id != paper.paper_id]
            if len(others) >= MOST:
                raise ConflictError(f"There are {MOST} of these already.", "Delete one that you no longer need, then add this one.")
            put_papers(connection, owner_id, [paper], replace=True)

    def drop(self, owner_id: str, paper_id: str) -> Paper:
        """The paper that was deleted. Raises NotFoundError."""
        with self._database.write(owner_id) as connection:
            found = _get(connection, owner_id, paper_id)
            connection.execute(sa.delete(papers).where(papers.c.owner_id == owner_id, papers.c.paper_id == paper_id))
            return found

    def company(self, owner_id: str) -> Company:
        """An empty one when none was written."""
        with self._database.read() as connection:
            return find_body(connection, companies, owner_id, Company) or Company()

    def save_company(self, owner_id: str, company: Company) -> None:
        with self._database.write(owner_id) as connection:
            put_body(connection, companies, owner_id, company)

    def choice(self, owner_id: str) -> Choice | None:
        with self._database.read() as connection:
            return find_body(connection, day_plans, owner_id, Choice)

    def save_choice(self, owner_id: str, choice: Choice) -> None:
        with self._database.write(owner_id) as connection:
            put_body(connection, day_plans, owner_id, choice)

    def studied(self, owner_id: str) -> dict[str, Studied]:
        """By question id; the first time each was studied."""
        with self._database.read() as connection:
            return {each.question_id: each for each in list_studied(connection, owner_id)}

    def note_studied(self, owner_id: str, mark: Studied) -> None:
        """The first time stays."""
        with self._database.write(owner_id) as connection:
            put_studied(connection, owner_id, [mark])

    def kept(self, owner_id: str) -> dict[str, Kept]:
        """By question id."""
        with self._database.read() as connection:
            return {each.question_id: each for each in list_kept(connection, owner_id)}

    def keep(self, owner_id: str, mark: Kept) -> None:
        """In the place of the one kept before. Raises NotFoundError for an answer that is not there, or is to another question."""
        with self._database.write(owner_id) as connection:
            if not put_kept(connection, owner_id, [mark], replace=True):
                raise NotFoundError("answer to that question", mark.answer_id, hint="The page of the question lists your answers to it.")


def list_papers(connection: sa.Connection, owner_id: str, kind: str | None = None, limit: int | None = None) -> list[Paper]:
    wanted = sa.select(papers.c.body).where(papers.c.owner_id == owner_id, *([papers.c.kind == kind] if kind else []))
    bodies = connection.scalars(wanted.order_by(papers.c.added_at.desc(), papers.c.paper_id).limit(limit))
    return [Paper.model_validate_json(body) for body in bodies]


def _get(connection: sa.Connection, owner_id: str, paper_id: str) -> Paper:
    found = next((each for each in list_papers(connection, owner_id) if each.paper_id == paper_id), None)
    if found is None:
        raise NotFoundError("paper", paper_id, hint="The page Prepare lists the ones there are.")
    return found


def put_papers(connection: sa.Connection, owner_id: str, values: Sequence[Paper], *, replace: bool = False) -> int:
    rows = [
        {"owner_id": owner_id, "paper_id": each.paper_id, "kind": each.kind, "added_at": each.added_at, "body": to_body(each)}
        for each in values
    ]
    return upsert(connection, papers, rows, replace=replace)


def find_body(connection: sa.Connection, table: sa.Table, owner_id: str, kind: type[T]) -> T | None:
    """The one value that a table holds for an owner."""
    body = connection.scalar(sa.select(table.c.body).where(table.c.owner_id == owner_id))
    return None if body is None else kind.model_validate_json(body)


def put_body(connection: sa.Connection, table: sa.Table, owner_id: str, value: BaseModel, *, replace: bool = True) -> int:
    return upsert(connection, table, [{"owner_id": owner_id, "body": to_body(value)}], replace=replace)


def list_studied(connection: sa.Connection, owner_id: str) -> list[Studied]:
    wanted = sa.select(studied.c.question_id, studied.c.studied_at).where(studied.c.owner_id == owner_id)
    return [Studied(**row._mapping) for row in connection.execute(wanted.order_by(studied.c.question_id))]


def put_studied(connection: sa.Connection, owner_id: str, values: Sequence[Studied]) -> int:
    return upsert(connection, studied, [{"owner_id": owner_id, **each.model_dump()} for each in values], replace=False)


def list_kept(connection: sa.Connection, owner_id: str) -> list[Kept]:
    wanted = sa.select(kept.c.question_id, kept.c.answer_id, kept.c.kept_at).where(kept.c.owner_id == owner_id)
    return [Kept(**row._mapping) for row in connection.execute(wanted.order_by(kept.c.question_id))]


def put_kept(connection: sa.Connection, owner_id: str, values: Sequence[Kept], *, replace: bool = False) -> int:
    """Those whose answer is there and is to that question. Returns how many were written."""
    pairs = sa.select(answers.c.answer_id, answers.c.question_id).where(answers.c.owner_id == owner_id, answers.c.point_id.is_(None))
    wanted = [each.answer_id for each in values]
    there = {tuple(row) for row in connection.execute(pairs.where(answers.c.answer_id.in_(wanted)))} if wanted else set()
    rows = [{"owner_id": owner_id, **each.model_dump()} for each in values if (each.answer_id, each.question_id) in there]
    return upsert(connection, kept, rows, replace=replace)
