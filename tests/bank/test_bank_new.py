"""`bank new --question`: one more question to write over, and nothing that is there is touched."""

from __future__ import annotations

from pathlib import Path

import pytest

from greenroom.bank.check import check_pack
from greenroom.bank.read import read_pack
from greenroom.bank.scaffold import add_question, make_pack
from greenroom.errors import ConflictError, InputError


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    make_pack(tmp_path / "mine", "first", "serving")
    return tmp_path / "mine"


def held(folder: Path) -> dict[str, str]:
    return {str(path): path.read_text() if path.is_file() else "" for path in folder.rglob("*")}


def test_a_further_question_is_complete_full_of_placeholders_and_touches_nothing(pack: Path) -> None:
    before = held(pack)
    (file,) = add_question(pack, "second", level="expert")
    assert file == pack / "serving/second.yaml", "the only topic of the pack"
    question = next(q for q, _ in read_pack(pack).questions if q.id == "second")
    assert (question.topic, question.level) == ("serving", "expert")
    faults = check_pack(pack)
    assert all("placeholder" in fault.what for fault in faults), [str(fault) for fault in faults]
    lines = sum("REPLACE" in line for line in file.read_text().splitlines())
    (fault,) = (fault for fault in faults if fault.file == "mine/serving/second.yaml")
    assert fault.what.startswith(f"{lines} placeholders") and lines > 50
    assert {path: text for path, text in held(pack).items() if path != str(file)} == before


def test_with_several_topics_one_must_be_said_and_a_new_one_is_made(pack: Path) -> None:
    assert add_question(pack, "second", "training") == [pack / "training/second.yaml"]
    with pytest.raises(InputError, match="2 topics: serving, training") as refused:
        add_question(pack, "third")
    assert "--topic" in refused.value.hint
    assert add_question(pack, "third", "serving")


def test_a_pack_that_is_not_there_is_made_with_that_question(tmp_path: Path) -> None:
    files = add_question(tmp_path / "new", "kv-cache", "serving")
    assert files == [tmp_path / "new/pack.yaml", tmp_path / "new/serving/kv-cache.yaml"]
    assert read_pack(tmp_path / "new").pack() is not None


@pytest.mark.parametrize("name", ["null", "123", "1e5", "2026-01-01", "yes", "x" * 64])
def test_what_yaml_takes_for_another_value_may_be_an_id_and_a_topic(pack: Path, name: str) -> None:
    add_question(pack, name, name)
    assert read_pack(pack).faults == []


@pytest.mark.parametrize("bad", ["", "KV", "../x", "a/b", "-a", "a b", "a\n", "é", "x" * 65, "\x1b[2J", ".", "a_b", "{id}", "/etc"])
@pytest.mark.parametrize("which", ["id", "topic"])
def test_what_is_no_name_is_refused_with_its_cure(tmp_path: Path, pack: Path, bad: str, which: str) -> None:
    before = held(tmp_path)
    for folder in (pack, tmp_path / "new"):
        with pytest.raises(InputError, match=r"is no (?:id of a question|topic)\.") as refused:
            add_question(folder, *((bad, "serving") if which == "id" else ("good", bad)))
        assert "lower-case" in refused.value.hint
    assert held(tmp_path) == before


def test_an_id_that_the_pack_has_is_refused_wherever_it_stands(pack: Path) -> None:
    (pack / "training").mkdir()
    (pack / "training/broken.yaml").write_text("[")
    (pack / "serving/gone.yaml").symlink_to(pack / "nowhere")
    (pack / "training/renamed.yaml").write_text((pack / "serving/first.yaml").read_text().replace('"first"', '"inner"'))
    before = held(pack)
    for taken in ("first", "broken", "gone", "renamed", "inner"):
        with pytest.raises(ConflictError, match="already"):
            add_question(pack, taken, "serving")
    assert held(pack) == before
    assert add_question(pack, "free", "serving"), "control: the same pack takes another id"


def test_a_topic_that_is_a_link_or_a_file_is_not_followed(tmp_path: Path, pack: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/else.yaml").write_text("id: else\n")
    (pack / "away").symlink_to(tmp_path / "outside")
    (pack / "gone").symlink_to(tmp_path / "nowhere")
    (pack / "file").write_text("")
    for topic in ("away", "gone", "file"):
        with pytest.raises(InputError, match="no folder of the pack"):
            add_question(pack, "second", topic)
    assert [path.name for path in (tmp_path / "outside").iterdir()] == ["else.yaml"] and not (tmp_path / "nowhere").exists()
    assert add_question(pack, "second") == [pack / "serving/second.yaml"], "a link is no topic of the pack"


@pytest.mark.parametrize("kind", ["empty folder", "file", "link to nothing", "linked header"])
def test_what_is_no_pack_is_refused(tmp_path: Path, pack: Path, kind: str) -> None:
    other = tmp_path / "other"
    if kind == "file":
        other.write_text("mine")
    elif kind == "link to nothing":
        other.symlink_to(tmp_path / "nowhere")
    else:
        other.mkdir()
        if kind == "linked header":
            (other / "pack.yaml").symlink_to(pack / "pack.yaml")
    before = held(tmp_path)
    for make in (lambda: make_pack(other), lambda: add_question(other, "second", "serving")):
        with pytest.raises(ConflictError, match="no pack") as refused:
            make()
        assert refused.value.hint
    assert held(tmp_path) == before


def test_a_pack_that_is_there_says_how_a_question_is_added(pack: Path) -> None:
    with pytest.raises(ConflictError, match="a pack already") as refused:
        make_pack(pack)
    assert f"greenroom bank new {pack} --question ID" in refused.value.hint


def test_a_disk_that_is_full_leaves_nothing_half_written(pack: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = held(pack)

    def full(path: Path, *args: object, **more: object) -> object:
        path.touch()
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "open", full)
        with pytest.raises(InputError, match="No space left"):
            add_question(pack, "second", "new-topic")
    assert held(pack) == before


def test_a_file_that_came_in_between_is_not_overwritten(pack: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (pack / "serving/second.yaml").write_text("mine")
    monkeypatch.setattr("greenroom.bank.scaffold.ids_in", lambda folder: set[str]())
    with pytest.raises(ConflictError, match="exists already"):
        add_question(pack, "second")
    assert (pack / "serving/second.yaml").read_text() == "mine"
