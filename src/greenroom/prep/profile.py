"""Who is preparing, for what, until when. Everything is optional."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from greenroom.bank.question import Level, Value

Name = Annotated[str, Field(max_length=120)]


class Profile(Value):
    role: Name = ""
    company: Name = ""
    level: Level | None = None
    interview_on: date | None = None
