"""What the tests of the labs share: a tiny random model, made here, and the real one where it is on this machine."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import labs_tiny

from greenroom.labs.fetch import SMOLLM2, is_whole
from greenroom.labs.model import Model, load
from greenroom.settings import default_home

HOME = Path(os.environ.get("GREENROOM_HOME") or default_home())  # of whoever runs the tests; read before the tests get homes of their own
REAL = Path(os.environ.get("GREENROOM_TEST_LABS_MODEL") or HOME / "models" / SMOLLM2.name)


@pytest.fixture(scope="session")
def real_file() -> Path:
    if not is_whole(REAL):
        pytest.skip(f"NOT RUN: the real model ({SMOLLM2.name}). `greenroom labs fetch`, or set GREENROOM_TEST_LABS_MODEL to the file.")
    return REAL


@pytest.fixture(scope="session")
def real(real_file: Path) -> Model:
    return load(real_file)


@pytest.fixture(scope="session")
def tiny_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return labs_tiny.write_gguf(tmp_path_factory.mktemp("tiny") / "tiny.gguf")


@pytest.fixture(scope="session")
def tiny(tiny_file: Path) -> Model:
    return load(tiny_file)


@pytest.fixture
def torch() -> Any:
    return pytest.importorskip("torch", reason="NOT RUN: what trains (pip install 'greenroom[labs]')")
