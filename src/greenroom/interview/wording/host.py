"""The interviewer with a chat model behind it. It asks the model, holds the reply against the guard, and falls back to what was authored.

A fallback is never silent: the note says which model it was, what it did, and that the authored words stand. A line that does more than
lead over is given up alone: the question after it has passed the guard. A model that cannot be reached
is left alone for a while, so that an interview does not wait for it at every question.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from greenroom.errors import ChatAwayError, GreenroomError
from greenroom.interview.session import Wording
from greenroom.interview.wording.brief import Brief, make_ask, read_reply
from greenroom.interview.wording.guard import find_fault
from greenroom.interview.wording.leads import only_leads_over
from greenroom.llm.chat import ChatModel, ask_json

REST_SECONDS = 60.0
NAME_LIMIT = 200
LINE_GIVEN_UP = "Authored words before the question: the model {name} said more there than what leads over to it."

Guard = Callable[[str, str, Brief], str]
Lead = Callable[[str, str, Brief], bool]


class Host:
    """Words turns. Safe to use from several threads.

    Args:
        model: is asked.
        seconds: longest that a person waits for it.
        clock: seconds, monotonic.
        guard, lead: find the fault of a reply, and whether its line only leads over; others only to show what they are good for.
    """

    def __init__(
        self,
        model: ChatModel,
        seconds: float,
        clock: Callable[[], float] = time.monotonic,
        guard: Guard = find_fault,
        lead: Lead = only_leads_over,
    ) -> None:
        self.name = model.name[:NAME_LIMIT]
        self._model, self._seconds, self._clock, self._guard, self._lead = model, seconds, clock, guard, lead
        self._rests_until, self._away = float("-inf"), ""

    def word(self, brief: Brief, seed: int) -> Wording:
        """The turn in the model's words, or an empty wording with a note. Never raises for what the model or its server does."""
        began = self._clock()
        if began < self._rests_until:
            return self._authored(self._away)
        try:
            line, question = ask_json(self._model, make_ask(brief, self._seconds, seed), read_reply, self._clock)
        except ChatAwayError as error:
            self._rests_until, self._away = self._clock() + REST_SECONDS, f"could not be asked: {error.message} {error.hint}"
            return self._authored(self._away)
        except GreenroomError as error:
            return self._authored(f"gave no line that can be used: {error.message}")
        if self._clock() - began > self._seconds + 1.0:
            return self._authored(f"took longer than {self._seconds:.0f} seconds.")
        fault = self._guard(line, question, brief)
        if fault:
            return self._authored(f"{fault}.")
        if self._lead(line, question, brief):
            return Wording(by=self.name, line=line, ask=question)
        return Wording(by=self.name, ask=question, note=LINE_GIVEN_UP.format(name=self.name))

    def _authored(self, why: str) -> Wording:
        note = f"Authored words: the model {self.name} {why}"
        return Wording(by=self.name, note=note if len(note) <= 600 else f"{note[:599]}…")
