"""Who is preparing, for what, until when, in which language. Everything is optional."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field, StringConstraints

from greenroom.bank.question import Level, Value

Name = Annotated[str, Field(max_length=120)]
LanguageCode = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")]
ENGLISH = "en"


class Profile(Value):
    """``language``: of the interview, as a code of two letters. Answers are judged in English only, so far."""

    role: Name = ""
    company: Name = ""
    level: Level | None = None
    interview_on: date | None = None
    language: LanguageCode = ENGLISH
