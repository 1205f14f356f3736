"""A connected model is asked for as long as somebody waits, and no longer.

A call to a server cannot be broken off from outside, and it may last for minutes. So it is made in a thread of its own, which holds no
process open; whoever waits leaves at once when the tab is closed or greenroom ends, and what has not been sent by then is never sent.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import TypeVar

from greenroom.errors import LabError
from greenroom.llm.chat import Ask, ChatModel

T = TypeVar("T")
Wanted = Callable[[], bool]
POLL_SECONDS = 0.2


class WhileWanted:
    """A ``ChatModel`` that is asked nothing more once ``wanted`` says no. Raises LabError then."""

    def __init__(self, model: ChatModel, wanted: Wanted) -> None:
        self._model, self._wanted = model, wanted
        self.name, self.parallel = model.name, model.parallel

    def chat(self, ask: Ask) -> str:
        if not self._wanted():
            raise left()
        return self._model.chat(ask)


def waited(work: Callable[[Wanted], T], wanted: Wanted) -> T:
    """What ``work`` gives, or raises; LabError as soon as it is not wanted any more, and then ``work`` is told so too."""
    gone = threading.Event()
    found: SimpleQueue[tuple[T | None, BaseException | None]] = SimpleQueue()

    def run() -> None:
        try:
            found.put((work(lambda: not gone.is_set() and wanted()), None))
        except BaseException as error:  # it is raised again where it is waited for
            found.put((None, error))

    threading.Thread(target=run, name="greenroom-look", daemon=True).start()
    try:
        while wanted():
            try:
                result, error = found.get(timeout=POLL_SECONDS)
            except Empty:
                continue
            if error is not None:
                raise error
            return result  # type: ignore[return-value]
    finally:
        gone.set()
    raise left()


def left() -> LabError:
    return LabError("Nobody waits for the result any more; nothing more is sent.", "Ask again.")
