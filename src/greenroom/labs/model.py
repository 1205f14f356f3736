"""The model that the labs look into: found, checked, opened. ``fetch`` brings it; GREENROOM_LABS_MODEL names another one."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from greenroom.errors import ModelFileError, ModelMissingError
from greenroom.labs.fetch import SMOLLM2, is_whole
from greenroom.settings import Settings

if TYPE_CHECKING:
    from greenroom.labs.lab import Bench, Part
    from greenroom.labs.tokenizer import Tokenizer
    from greenroom.labs.transformer import Transformer


class Model(NamedTuple):
    """A model ready to be looked into. ``name``: as its file is called."""

    name: str
    transformer: Transformer
    tokenizer: Tokenizer


def folder_of(settings: Settings) -> Path:
    """Where the fetched model is kept."""
    return settings.home / "models"


def place_of(settings: Settings) -> Path:
    """Where the model lies. Raises ModelMissingError if nothing is there; the hint says what to do."""
    if settings.labs_model:
        if not settings.labs_model.exists():
            raise ModelMissingError(
                f"GREENROOM_LABS_MODEL names {settings.labs_model}, which is not there.",
                "Correct it, or unset it and run `greenroom labs fetch`.",
            )
        return settings.labs_model
    file = folder_of(settings) / SMOLLM2.name
    if not file.exists():
        raise ModelMissingError("The labs run on a small language model, SmolLM2-135M-Instruct, which is not on this machine yet.")
    return file


def find_model(settings: Settings) -> Path:
    """The model's file or folder, there and, if it is the fetched one, whole.

    Raises:
        ModelMissingError: it is not there; the hint says what to do.
        ModelFileError: the fetched one is damaged.
    """
    file = place_of(settings)
    if not settings.labs_model and not is_whole(file):
        raise ModelFileError(f"{file} is damaged: it is not the file that was fetched.", "Run `greenroom labs fetch`: it is fetched anew.")
    return file


def open_model(settings: Settings) -> Model:
    """Loads the model, which takes four bytes of memory for each of its parameters. Raises what ``find_model`` and ``load`` raise."""
    return load(find_model(settings))


def opened(bench: Bench) -> Generator[Part, None, Model]:
    """How a lab that looks into the model begins: ``model = yield from opened(bench)``. Raises what ``open_model`` raises; the hint of a
    missing one names ``greenroom labs fetch``."""
    from greenroom.labs.lab import Progress

    yield Progress(says="Opening the model", share=0)
    return open_model(Settings(home=bench.home, labs_model=bench.labs_model))


def load(path: Path) -> Model:
    """Any llama-family model: a GGUF file, or a folder with config.json, safetensors and tokenizer.json.

    Raises:
        ModelFileError: it is damaged, hostile, or no model of the family.
    """
    from greenroom.labs.checkpoint import open_checkpoint
    from greenroom.labs.gguf_file import GgufFile
    from greenroom.labs.tokenizer import Tokenizer
    from greenroom.labs.transformer import Transformer

    checkpoint = open_checkpoint(path)
    file = checkpoint.file
    if isinstance(file, GgufFile):
        tokenizer = Tokenizer.from_gguf(file.fields)
    else:
        tokenizer = Tokenizer.from_folder(path if path.is_dir() else path.parent)
    if tokenizer.size > checkpoint.shape.vocabulary:
        raise ModelFileError(
            f"The tokenizer has {tokenizer.size} tokens, the model {checkpoint.shape.vocabulary}: they do not belong together."
        )
    try:
        return Model(path.stem if path.is_file() else path.name, Transformer(checkpoint), tokenizer)
    except MemoryError as error:
        raise ModelFileError(f"There is not enough memory for {path.name}.", "Choose a smaller model.") from error
