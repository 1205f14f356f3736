"""Sides for the tests of the lab *frameworks*: some like a library that is another one, some that fail in the ways in which sides fail."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import numpy as np

from greenroom.labs.engine_sides import Numpy, Said


class Twin(Numpy):
    """The same arithmetic once more, and a library that prints."""

    def read(self, ids: list[int]) -> float:
        print("a library that talks", flush=True)
        os.write(1, b"and past Python\n")
        return super().read(ids)


class Rough(Numpy):
    """Weights rounded to eighths, and no look inside."""

    def __init__(self, file: Path, threads: int) -> None:
        super().__init__(file, threads)
        self._model.blocks = [type(each)(*(np.round(x * 8) / 8 for x in each)) for each in self._model.blocks]

    def sees(self, ids: list[int]) -> Said:
        return {"next": 1, "everywhere": 0, "attention": 0, "layers": 0, "inside": 0, "changed": False, "first": [], "ends": []}

    def memory(self) -> float | None:
        return 1.0


class Missing(Numpy):
    @staticmethod
    def begin() -> str:
        import library_that_nobody_has  # type: ignore[import-not-found]

        return str(library_that_nobody_has)


class Raises(Numpy):
    def __init__(self, file: Path, threads: int) -> None:
        raise ValueError("seven is not a number of heads")


class Hangs(Numpy):
    def greedy(self, ids: list[int], most: int) -> list[int]:
        time.sleep(600)
        return []


class Dies(Numpy):
    def likeliest(self, ids: list[int], first: int) -> list[list[tuple[int, float]]]:
        os.kill(os.getpid(), signal.SIGKILL)
        return []
