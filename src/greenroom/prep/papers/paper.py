"""A text that a person brought: a job description or a CV, as it was read."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from greenroom.bank.question import Value
from greenroom.prep.papers.text import TEXT_LIMIT, PaperKind


class Paper(Value):
    """``name``: the file's, empty for what was pasted. ``pages`` None: no pages. ``language``: its code where it is sure."""

    paper_id: Annotated[str, Field(pattern=r"^[0-9a-zA-Z-]{8,64}$")]
    kind: PaperKind
    name: Annotated[str, Field(max_length=200)] = ""
    text: Annotated[str, Field(min_length=1, max_length=TEXT_LIMIT)]
    pages: int | None = None
    language: Annotated[str, Field(max_length=8)] | None = None
    added_at: datetime
