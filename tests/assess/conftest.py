"""The assessor with its shipped weights, loaded once, and one question of the bank."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from greenroom.assess.coverage import Coverage
from greenroom.bank.question import Question

PACK = Path(__file__).parents[2] / "src/greenroom/packs/core"


@pytest.fixture(scope="session")
def coverage() -> Coverage:
    return Coverage.load(threads=2)


@pytest.fixture(scope="session")
def question() -> Question:
    return Question.model_validate(yaml.safe_load((PACK / "generation/generation.yaml").read_text(encoding="utf-8")))
