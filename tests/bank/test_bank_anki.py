"""The deck for Anki: the same notes every time, updated where a question was edited; read by Anki's own library."""

from __future__ import annotations

import html
import importlib.util
import json
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from greenroom.bank.anki import Note, notes, weak_notes, write_deck
from greenroom.bank.bank import Bank
from greenroom.bank.load import load_bank
from greenroom.builtin import PACKS
from greenroom.errors import ConflictError, InputError
from greenroom.room import Parts

AT = datetime(2026, 11, 25, 12, tzinfo=UTC)
HOSTILE = "<script>alert(1)</script> [latex]\\input{x}[/latex] [sound:x.mp3] {{cloze:Front}} \x1f \x00 a & b\nnext"


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """A pack of one question."""
    folder = tmp_path / "pack"
    (folder / "attention").mkdir(parents=True)
    shutil.copy(PACKS / "core/attention/attention.yaml", folder / "attention/attention.yaml")
    shutil.copy(PACKS / "core/pack.yaml", folder / "pack.yaml")
    return folder


def deck(pack: Path, name: str, at: datetime = AT) -> Path:
    bank = load_bank([pack])
    assert bank.faults == ()
    path = pack.parent / name
    write_deck(notes(bank, bank.questions()), path, at, "about")
    return path


def rows(path: Path) -> dict[str, tuple[str, ...]]:
    """Fields by guid, straight from the database inside."""
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(path) as archive:
        archive.extract("collection.anki2", folder)
        connection = sqlite3.connect(Path(folder) / "collection.anki2")
        try:
            return {guid: tuple(fields.split("\x1f")) for guid, fields in connection.execute("SELECT guid, flds FROM notes")}
        finally:
            connection.close()


def edit(pack: Path, old: str, new: str) -> None:
    file = pack / "attention/attention.yaml"
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new))


def test_the_same_bank_is_the_same_notes_and_at_the_same_time_the_same_file(pack: Path) -> None:
    first, later = deck(pack, "a.apkg"), deck(pack, "b.apkg", AT + timedelta(days=3))
    assert rows(first) == rows(later)
    assert deck(pack, "c.apkg").read_bytes() == first.read_bytes()


def test_there_is_a_note_for_the_question_each_point_and_each_misconception(pack: Path) -> None:
    question = load_bank([pack]).get("attention")
    ids = {fields[0] for fields in rows(deck(pack, "a.apkg")).values()}
    parts = {f"attention/{part.id}" for part in (*question.key_points, *question.misconceptions)}
    assert ids == {"attention", *parts}
    assert question.model_answers.plain[:60] not in json.dumps([*rows(pack.parent / "a.apkg").values()])


def test_an_edited_question_keeps_its_notes_and_a_renamed_point_keeps_its_first(pack: Path) -> None:
    before = rows(deck(pack, "a.apkg"))
    edit(pack, "What is the role of attention in a large language model?", "What does attention do in an LLM?")
    after = rows(deck(pack, "b.apkg"))
    assert before.keys() == after.keys()
    changed = [guid for guid in before if before[guid] != after[guid]]
    assert {after[guid][2] for guid in changed if after[guid][0] == "attention"} == {"What does attention do in an LLM?"}
    edit(pack, "qkv", "query-key-value")
    (pack / "pack.yaml").write_text((pack / "pack.yaml").read_text() + "aliases:\n  attention/qkv: attention/query-key-value\n")
    assert rows(deck(pack, "c.apkg")).keys() == before.keys()


def test_control_without_the_alias_a_renamed_point_is_another_note(pack: Path) -> None:
    before = rows(deck(pack, "a.apkg"))
    edit(pack, "qkv", "query-key-value")
    assert rows(deck(pack, "b.apkg")).keys() != before.keys()


def hostile() -> Iterator[Note]:
    yield Note("q/hostile", "a-topic", ("greenroom",), HOSTILE, HOSTILE, (HOSTILE,), HOSTILE, HOSTILE)


def test_text_stays_text(tmp_path: Path) -> None:
    write_deck(hostile(), tmp_path / "x.apkg", AT)
    ((fields),) = rows(tmp_path / "x.apkg").values()
    assert len(fields) == 6 and not any(sign in field for sign in ("<s", "[latex", "[sound") for field in fields)


def test_control_unescaped_it_would_be_markup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("greenroom.bank.anki._html", lambda text: text)
    write_deck(hostile(), tmp_path / "x.apkg", AT)
    assert any("<script>" in field for fields in rows(tmp_path / "x.apkg").values() for field in fields)


def test_a_deck_is_whole_or_absent_and_overwrites_nothing(pack: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = deck(pack, "a.apkg")
    with pytest.raises(ConflictError):
        deck(pack, "a.apkg")
    with pytest.raises(InputError, match="no name of a deck"):
        deck(pack, "a.zip")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(zipfile.ZipFile, "writestr", full)
    with pytest.raises(InputError, match="No space left"):
        deck(pack, "b.apkg")
    for letters in (248, 300):  # too long for its part alone, and for itself
        with pytest.raises(InputError, match="cannot be written"):
            deck(pack, "x" * letters + ".apkg")
    assert sorted(p.name for p in pack.parent.iterdir()) == ["a.apkg", "pack"] and path.is_file()


def test_a_link_that_leads_nowhere_is_in_the_way_too(tmp_path: Path) -> None:
    """Else the deck would stand in its place."""
    path = tmp_path / "a.apkg"
    path.symlink_to(tmp_path / "nowhere")
    with pytest.raises(ConflictError, match="exists already"):
        write_deck(hostile(), path, AT)
    assert path.is_symlink() and [each.name for each in tmp_path.iterdir()] == ["a.apkg"]
    path.unlink()
    assert write_deck(hostile(), path, AT) == 1 and path.is_file(), "control"


def test_a_weak_point_is_known_by_its_name_of_today_and_keeps_the_note_of_its_first(pack: Path) -> None:
    edit(pack, "qkv", "query-key-value")
    (pack / "pack.yaml").write_text((pack / "pack.yaml").read_text() + "aliases:\n  attention/qkv: attention/query-key-value\n")
    bank = load_bank([pack])
    (weak,) = weak_notes(notes(bank, bank.questions()), bank, {"attention/query-key-value"})
    assert (weak.note_id, weak.tags[-2:]) == ("attention/qkv", ("greenroom::point", "greenroom::weak"))
    assert list(weak_notes(notes(bank, bank.questions()), bank, {"attention/qkv"})) == [], "control: nobody is weak in a name of yesterday"


def test_one_topic_or_level_by_the_room(literal_parts: Parts, tmp_path: Path) -> None:
    from greenroom.room import Room

    room = Room(literal_parts.settings, literal_parts)
    some = room.bank.export_anki(tmp_path / "some.apkg", "attention", "foundation")
    wanted = {q.id for q in literal_parts.bank.get().questions() if (q.topic, q.level) == ("attention", "foundation")}
    assert {fields[0].split("/")[0] for fields in rows(tmp_path / "some.apkg").values()} == wanted >= {"attention"}
    assert len(rows(tmp_path / "some.apkg")) == some
    with pytest.raises(InputError, match="No question"):
        room.bank.export_anki(tmp_path / "none.apkg", "nowhere")


def in_anki(folder: Path, *decks: Path) -> list[dict[str, Any]]:
    if importlib.util.find_spec("anki") is None:
        pytest.skip("Anki's library is not installed")
    script = Path(__file__).parent / "bank_anki.py"
    command = [sys.executable, str(script), str(folder / "collection.anki2"), *map(str, decks)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_ankis_own_library_takes_it_in_updates_it_and_keeps_what_was_learned(pack: Path, tmp_path: Path) -> None:
    first, again = deck(pack, "a.apkg"), deck(pack, "b.apkg", AT + timedelta(days=1))
    edit(pack, "What is the role of attention in a large language model?", "What does attention do in an LLM?")
    edited = deck(pack, "c.apkg", AT + timedelta(days=2))
    one, two, three = in_anki(tmp_path, first, again, edited)
    assert one["new"] == len(rows(first)) == len(one["notes"]) == one["cards"] and one["conflicting"] == 0
    assert (one["types"], "greenroom::Attention" in one["decks"]) == (["greenroom"], True)
    assert {guid: tuple(note["fields"].values()) for guid, note in one["notes"].items()} == rows(first)
    assert '<p class="front">' in one["shown"][0]
    assert two["new"] == three["new"] == 0
    assert {guid: tuple(note["fields"].values()) for guid, note in three["notes"].items()} == rows(edited)
    ids = [{guid: note["id"] for guid, note in each["notes"].items()} for each in (one, two, three)]
    assert ids[0] == ids[1] == ids[2], "the very notes that were there"
    assert three["reviewed"] == two["reviewed"] and len(three["reviewed"]) == 1
    assert three["cards"] == one["cards"]


def test_hostile_text_in_anki_is_shown_as_it_is(tmp_path: Path) -> None:
    bank = Bank([])
    assert list(notes(bank, ())) == []
    safe = HOSTILE.replace("\x00", "").replace("\x1f", "")
    write_deck([Note("q/h", "t", ("greenroom", "greenroom::point"), safe, safe, (safe,), safe, safe)], tmp_path / "x.apkg", AT)
    (found,) = in_anki(tmp_path, tmp_path / "x.apkg")
    assert "<script>" not in found["shown"][0] and "&lt;script&gt;" in found["shown"][0]
    assert "[anki:play" not in found["shown"][0] and "latex-image" not in found["shown"][0]


def test_in_anki_a_point_is_asked_by_its_follow_up_below_the_question(pack: Path, tmp_path: Path) -> None:
    """The question alone asks for all its points: nobody could know which of them this card wants."""
    question = load_bank([pack]).get("attention")
    (found,) = in_anki(tmp_path, deck(pack, "a.apkg"))
    guids = {note["fields"]["Id"]: guid for guid, note in found["notes"].items()}
    assert len(question.follow_ups) == len(question.key_points)
    for follow_up in question.follow_ups:
        asked = html.unescape(found["asked"][guids[f"attention/{follow_up.point_id}"]])
        assert f'<p class="front">{follow_up.ask}</p>' in asked and f'<p class="about">{question.ask}</p>' in asked
    whole = html.unescape(found["asked"][guids["attention"]])
    assert f'<p class="front">{question.ask}</p>' in whole and 'class="about"' not in whole
    wrong = question.misconceptions[0]
    assert f"“{wrong.claim}” What is wrong with that?" in html.unescape(found["asked"][guids[f"attention/{wrong.id}"]])


def test_without_a_follow_up_a_point_is_asked_by_the_question(pack: Path) -> None:
    bank = load_bank([pack])
    bare = bank.get("attention").model_copy(update={"follow_ups": ()})
    assert {note.front for note in notes(bank, [bare]) if "greenroom::point" in note.tags} == {bare.ask}


def test_what_is_said_of_a_deck_stays_text_in_anki(tmp_path: Path) -> None:
    write_deck(
        [Note("q/h", "t", ("greenroom", "greenroom::point"), "", "F", ("B",), "", "")],
        tmp_path / "x.apkg",
        AT,
        "R&D <script>alert(1)</script>",
    )
    (found,) = in_anki(tmp_path, tmp_path / "x.apkg")
    assert found["about"]["greenroom::T"] == "R&amp;D &lt;script&gt;alert(1)&lt;/script&gt;"
