"""Who is preparing, for what, until when. Everything is optional."""

from __future__ import annotations

from datetime import date

from greenroom.bank.question import Level, Value


class Profile(Value):
    role: str = ""
    company: str = ""
    level: Level | None = None
    interview_on: date | None = None
