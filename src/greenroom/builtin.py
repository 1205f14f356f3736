"""What ships with greenroom, as a plugin like any other: the core pack and the offline assessor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from greenroom.assess.assessor import Assessor
from greenroom.plugins import AssessorMaker, hookimpl
from greenroom.settings import Settings

PACKS = Path(__file__).parent / "packs"


class Builtin:
    @hookimpl
    def greenroom_packs(self) -> Sequence[Path]:
        return sorted(folder for folder in PACKS.iterdir() if (folder / "pack.yaml").is_file())

    @hookimpl
    def greenroom_assessors(self, settings: Settings) -> Mapping[str, AssessorMaker]:
        def coverage() -> Assessor:
            from greenroom.assess.coverage import Coverage  # loads the encoder: only when something is assessed

            return Coverage.load(cache=settings.home / "cache", threads=settings.threads)

        return {"coverage": coverage}
