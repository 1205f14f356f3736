"""A plugin, complete: one pack and one assessor. In its own project, pyproject.toml would hold

[project.entry-points.greenroom]
example = "greenroom_example"
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from greenroom.assess.assessor import Verbatim
from greenroom.plugins import AssessorMaker, hookimpl
from greenroom.settings import Settings


@hookimpl
def greenroom_packs() -> Sequence[Path]:
    return [Path(__file__).parent / "pack"]


@hookimpl
def greenroom_assessors(settings: Settings) -> Mapping[str, AssessorMaker]:
    return {"example": Verbatim}
