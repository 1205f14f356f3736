"""The recogniser's model: found and checked. ``fetch`` brings it; GREENROOM_VOICE_MODEL names the other one, or a folder of one's own."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import NamedTuple

from greenroom.errors import ExtraMissingError, GreenroomError, ModelFileError, VoiceMissingError
from greenroom.settings import Settings
from greenroom.voice.fetch import MODELS, TINY

NEEDED_FILES = ("model.bin", "config.json", "tokenizer.json")
"""Of a folder of one's own. With all of them there nothing is looked for elsewhere."""


class Readiness(NamedTuple):
    """Whether a voice can be heard here, for the doors: ``says`` what is there or missing, ``cure`` what to do about it."""

    ready: bool
    says: str
    cure: str


def models_of(settings: Settings) -> Path:
    return settings.home / "models"


def find_voice(settings: Settings, *, checked: bool = True) -> tuple[str, Path]:
    """The model's name and folder. ``checked``: its files are read and held against their hashes, a tenth of a second.

    Raises:
        VoiceMissingError: it is not there; the hint says what to do.
        ModelFileError: it is damaged, or no model in this form.
    """
    weights = MODELS.get(settings.voice_model)
    if weights is None:
        return _own(Path(settings.voice_model))
    folder = models_of(settings) / weights.folder
    if not weights.is_there(folder):
        command = "greenroom voice fetch" + ("" if weights is TINY else f" --model {weights.name}")
        hint = f"Run `{command}`: it is fetched once ({weights.bytes / 1e6:.0f} MB), checked, and used offline from then on."
        raise VoiceMissingError(f"Speech is recognised by Whisper {weights.name}, which is not on this machine yet.", hint)
    if checked and not weights.is_whole(folder):
        raise ModelFileError(f"{folder} is damaged: it is not what was fetched.", "Run `greenroom voice fetch`: it is fetched anew.")
    return weights.name, folder


def _own(folder: Path) -> tuple[str, Path]:
    if not folder.is_dir():
        raise VoiceMissingError(
            f"GREENROOM_VOICE_MODEL names {folder}, which is no folder.", f"Give a CTranslate2 folder, or one of {', '.join(MODELS)}."
        )
    missing = [name for name in NEEDED_FILES if not (folder / name).is_file()]
    if missing:
        raise ModelFileError(f"{folder} lacks {', '.join(missing)}.", "Give a whole Whisper model in the form of CTranslate2.")
    return folder.name[:60], folder


def check_extra() -> None:
    """Raises ExtraMissingError without the packages that recognise speech."""
    if importlib.util.find_spec("faster_whisper") is None:
        raise ExtraMissingError("faster-whisper", "voice")


def can_speak() -> bool:
    """Whether the interviewer's own voice is installed, for browsers that have none."""
    return importlib.util.find_spec("hibari") is not None


def readiness(settings: Settings, *, checked: bool = False) -> Readiness:
    """What a door says before anybody speaks."""
    try:
        check_extra()
        name, folder = find_voice(settings, checked=checked)
    except GreenroomError as error:
        return Readiness(False, error.message, error.hint)
    whole = "whole" if checked and name in MODELS else "there" if name in MODELS else "yours, not checked"
    return Readiness(True, f"Whisper {name}, {whole}: {folder}", "")
