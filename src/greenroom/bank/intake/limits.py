"""How much of a file to import is read: what is more is refused where it is met, so that no file takes long only to be turned down.

Not covered: the size of the file itself (``take_in.SIZE_LIMIT``) and the number of faults (``read.FAULTS_LIMIT``).
"""

from __future__ import annotations

from typing import Any

TEXT_LIMIT = 4_000
"""Characters of one text; as ``question.Text`` has it."""
ENTRIES_LIMIT = 2_000
"""Entries of all lists of one question together: points, phrasings, forms, ids that a form adds. Our largest question has 278."""
FILE_ENTRIES_LIMIT = 200_000
"""The same of a whole file. A file of the largest size, full of questions like ours, has a third of that."""
COLUMNS_LIMIT = 100
"""Columns of a CSV file. Fewer than twenty mean anything."""


class Budget:
    """What one file may still hold."""

    def __init__(self) -> None:
        self.entries = FILE_ENTRIES_LIMIT


class Growing:
    """A text of several lines, which stands at ``container[place]``. Its lines are put together once, by ``end``."""

    def __init__(self, container: Any, place: str | int, line: int) -> None:
        self._container, self._place, self.line = container, place, line
        self._pieces: list[str] = [container[place]] if container[place] else []
        self._length = sum(map(len, self._pieces))
        self._between = " "

    def break_here(self) -> None:
        """What follows is another paragraph."""
        self._between = "\n\n"

    def go_on(self, text: str) -> bool:
        """One more line. False where the text becomes too long by it; of such a text nothing more is kept."""
        before = self._length
        piece = f"{self._between}{text}" if self._pieces else text
        self._length, self._between = before + len(piece), " "
        if self._length <= TEXT_LIMIT:
            self._pieces.append(piece)
        return not before <= TEXT_LIMIT < self._length

    def end(self) -> None:
        self._container[self._place] = "".join(self._pieces)
