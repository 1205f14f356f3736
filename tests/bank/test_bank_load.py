"""Packs: what loads, what is left out, and that every fault is named with its line and cure."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import yaml

from greenroom.bank.bank import TOPICS
from greenroom.bank.check import check_pack
from greenroom.bank.load import load_bank
from greenroom.bank.read import read_pack
from greenroom.bank.scaffold import make_pack
from greenroom.builtin import PACKS
from greenroom.errors import ConflictError, InputError, NotFoundError

CORE = PACKS / "core"
QUESTION = "attention/attention.yaml"


def edit(pack: Path, change: Callable[[str], str]) -> None:
    path = pack / QUESTION
    changed = change(path.read_text())
    assert changed != path.read_text()
    path.write_text(changed)


def data(pack: Path) -> dict:
    return yaml.safe_load((pack / QUESTION).read_text())


def write(pack: Path, value: object) -> None:
    (pack / QUESTION).write_text(yaml.safe_dump(value, sort_keys=False, allow_unicode=True))


def test_the_core_pack_has_no_fault() -> None:
    assert [str(fault) for fault in check_pack(CORE)] == []


def test_the_core_pack_asks_the_thirteen_topics_in_order() -> None:
    bank = load_bank([CORE])
    assert bank.topics() == TOPICS
    assert [bank.get(topic).topic for topic in TOPICS] == list(TOPICS)


def test_all_thirty_two_forms_of_the_article_are_there() -> None:
    expected = dict(zip(TOPICS, [2, 3, 2, 2, 3, 3, 3, 3, 3, 3, 3, 2, 0], strict=True))
    bank = load_bank([CORE])
    assert {t: sum(f.source == "article" for f in bank.get(t).forms) for t in TOPICS} == expected
    assert sum(expected.values()) == 32


def test_a_form_adds_and_drops_points() -> None:
    bank = load_bank([CORE])
    seen = 0
    for question in bank.questions():
        canonical = {p.id for p in question.points()}
        for form in question.forms:
            asked = {p.id for p in question.points(form.ask)}
            assert asked == (canonical | set(form.adds)) - set(form.drops)
            assert not set(form.adds) & canonical
            seen += len(form.adds) + len(form.drops)
    assert seen > 0


def test_an_unknown_id_names_the_nearest() -> None:
    with pytest.raises(NotFoundError) as caught:
        load_bank([CORE]).get("attentoin")
    assert "attention" in caught.value.hint


def test_a_pack_with_a_fault_is_left_out_whole_and_the_others_load(pack: Path) -> None:
    shutil.copytree(CORE / "ethics", pack / "ethics")
    edit(pack, lambda text: text.replace("weight: 3", "weight: 9", 1))
    bank = load_bank([pack, CORE])
    assert [p.folder for p in bank.packs] == [CORE]
    assert any("weight" in fault.what for fault in bank.faults)


def test_a_pack_against_the_editorial_rules_is_left_out_too(pack: Path) -> None:
    make_pack(pack.parent / "mine")
    bank = load_bank([pack.parent / "mine", pack])
    assert [p.folder for p in bank.packs] == [pack]
    assert any("placeholder" in fault.what for fault in bank.faults)


def test_a_clash_of_ids_leaves_the_later_pack_out(pack: Path) -> None:
    bank = load_bank([CORE, pack])
    assert [p.folder for p in bank.packs] == [CORE]
    assert "earlier pack" in bank.faults[0].what


def test_all_faults_come_at_once_with_their_lines(pack: Path) -> None:
    value = data(pack)
    value["key_points"][1]["weight"] = 7
    value["surprise"] = 1
    del value["listens_for"]
    write(pack, value)
    faults = check_pack(pack)
    text = (pack / QUESTION).read_text().splitlines()
    by_what = {fault.what.split(":")[0]: fault for fault in faults}
    assert set(by_what) == {"key_points, 2nd, weight", "surprise", "listens_for"}
    assert "weight: 7" in text[by_what["key_points, 2nd, weight"].line - 1]
    assert "surprise" in text[by_what["surprise"].line - 1]
    assert all(fault.cure for fault in faults)


RULES: list[tuple[str, Callable[[dict], object]]] = [
    ("key points for the canonical", lambda v: v["key_points"].__delitem__(slice(2, None))),
    ("1 misconception.", lambda v: v["misconceptions"].__delitem__(slice(1, None))),
    ("1 phrasing.", lambda v: v["key_points"][0]["says"].__delitem__(slice(1, None))),
    ("No follow-up", lambda v: v["follow_ups"].pop(0)),
    ("is no key point", lambda v: v["follow_ups"][0].__setitem__("point_id", "nowhere")),
    ("no key point of this question", lambda v: v["forms"][0].__setitem__("drops", ["nowhere"])),
    ("This wording stands twice", lambda v: v["forms"][0].__setitem__("ask", v["ask"])),
    ("The same words", lambda v: v["misconceptions"][0]["says"].__setitem__(0, v["key_points"][0]["says"][0])),
    ("used twice", lambda v: v["misconceptions"][0].__setitem__("id", v["key_points"][0]["id"])),
    ("No source", lambda v: v["key_points"][0].__setitem__("source", "everybody knows")),
    ("words.", lambda v: v["model_answers"].__setitem__("plain", "Too short.")),
    ("There is no lab", lambda v: v["misconceptions"][0].__setitem__("lab", {"name": "no-such-lab"})),
    ("A placeholder", lambda v: v.__setitem__("listens_for", "REPLACE this")),
    ("The file lies in", lambda v: v.__setitem__("topic", "elsewhere")),
    ("The file is named", lambda v: v.__setitem__("id", "elsewhere")),
]


@pytest.mark.parametrize(("what", "break_it"), RULES, ids=[what for what, _ in RULES])
def test_each_editorial_rule_is_enforced(pack: Path, what: str, break_it: Callable[[dict], object]) -> None:
    assert check_pack(pack) == []
    value = data(pack)
    break_it(value)
    write(pack, value)
    faults = check_pack(pack, labs={})
    assert any(what in fault.what for fault in faults), [str(f) for f in faults]


def test_a_link_to_a_lab_that_is_not_there_or_cannot_use_it_is_a_fault_with_its_line(pack: Path) -> None:
    value = data(pack)
    value["lab"] = {"name": "loss", "set": {"steps": 10, "rate": 99}}
    value["misconceptions"][0]["lab"] = {"name": "lose"}
    write(pack, value)
    assert check_pack(pack) == [], "not told which labs there are, it does not guess"

    def too_fast(given: Mapping[str, object]) -> tuple[str, str, str] | None:
        return ("rate", "“rate” takes a number from 0 to 1.", "Give a smaller one.") if given.get("rate") == 99 else None

    wrong, unknown = check_pack(pack, labs={"loss": too_fast})
    lines = (pack / QUESTION).read_text().splitlines()
    if unknown.what.startswith("“rate”"):
        wrong, unknown = unknown, wrong
    assert (wrong.what, wrong.cure) == ("“rate” takes a number from 0 to 1.", "Give a smaller one.")
    assert "rate: 99" in lines[wrong.line - 1]
    assert (unknown.what, unknown.cure) == ("There is no lab “lose”.", "Known labs: loss.")
    assert "name: lose" in lines[unknown.line - 1]


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"id: [1, 2", "Not valid YAML"),
        (b"id: a\nid: b\n", "stands twice"),
        (b"a: &x [1]\nb: *x\n", "aliases"),
        (b"\xff\xfe", "UTF-8"),
        (b"[" * 5000, "YAML"),
        (b"a: b: c\n", "Not valid YAML"),
        (b"x" * 1_000_001, "Larger"),
        (b"", "the file"),
        (b"!!python/object/apply:os.system ['true']", "YAML"),
    ],
)
def test_hostile_files_are_faults_not_crashes(pack: Path, content: bytes, what: str) -> None:
    (pack / QUESTION).write_bytes(content)
    faults = check_pack(pack)
    assert any(what.lower() in fault.what.lower() for fault in faults), [str(f) for f in faults]


def test_a_folder_without_a_header_says_so(tmp_path: Path) -> None:
    assert "pack.yaml" in str(check_pack(tmp_path)[0])


@pytest.mark.parametrize("name", ["mine", "2026", "yes", "null", "1e5", "2026-01-01"])
def test_a_new_pack_is_found_unfinished_and_nothing_else(tmp_path: Path, name: str) -> None:
    files = make_pack(tmp_path / name)
    assert read_pack(tmp_path / name).pack() is not None
    faults = check_pack(tmp_path / name)
    author, question = ([n for n, line in enumerate(file.read_text().splitlines(), 1) if "REPLACE" in line] for file in files)
    assert {(fault.line, fault.what) for fault in faults} == {
        (author[0], "A placeholder is left."),
        (question[0], f"{len(question)} placeholders are left, in lines {', '.join(map(str, question[:5]))}, …"),
    }
    with pytest.raises(ConflictError):
        make_pack(tmp_path / name)


def test_a_pack_that_no_disk_can_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be made"):
        make_pack(tmp_path / ("x" * 300))


def test_renamed_points_are_found_by_their_alias(pack: Path) -> None:
    new = f"attention/{data(pack)['key_points'][0]['id']}"
    header = (pack / "pack.yaml").read_text() + f"aliases:\n  attention/old-name: {new}\n"
    (pack / "pack.yaml").write_text(header)
    found = load_bank([pack]).find_point("attention/old-name")
    assert found is not None
    assert f"{found[0].id}/{found[1].id}" == new


def test_computed_sources_name_tests_that_exist() -> None:
    root = Path(__file__).parents[2]
    for question in load_bank([CORE]).questions():
        for text in [*(p.source for p in question.key_points), *(m.source for m in question.misconceptions)]:
            if text.startswith("computed: "):
                path, _, name = text.removeprefix("computed: ").split()[0].rstrip(";,.").partition("::")
                assert f"def {name}(" in (root / path).read_text(), text


@pytest.mark.parametrize("place", ["why.yml", "why.yaml", "attention/why.yml", "attention/more/why.yaml"])
def test_a_question_that_is_not_where_questions_stand_is_a_fault(pack: Path, place: str) -> None:
    (pack / place).parent.mkdir(exist_ok=True)
    (pack / QUESTION).rename(pack / place)
    (found,) = check_pack(pack)
    assert found.file == f"copy/{place}" and "not read" in found.what and "TOPIC/ID.yaml" in found.cure


def test_a_pack_without_a_question_says_so_and_hidden_files_are_none(pack: Path) -> None:
    (pack / QUESTION).rename(pack / "attention/.attention.yaml")
    (pack / ".pre-commit-config.yaml").write_text("repos: []")
    (found,) = check_pack(pack)
    assert "no question" in found.what and found.cure


def test_a_topic_that_may_not_be_looked_into_is_a_fault(pack: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the system would say to anybody but root, who may be running this."""
    monkeypatch.setattr("greenroom.bank.read.os.access", lambda path, mode: path.name != "attention")
    assert any("cannot be looked into" in fault.what for fault in check_pack(pack))


def aliased(pack: Path, aliases: str) -> list[str]:
    (pack / "pack.yaml").write_text(f"{(CORE / 'pack.yaml').read_text()}\naliases: {aliases}\n")
    return [f"{fault.what} {fault.line}" for fault in check_pack(pack)]


def test_an_old_id_leads_to_a_point_of_this_pack_and_is_none_itself(pack: Path) -> None:
    assert aliased(pack, "{attention/old: attention/qkv}") == []
    last = len((CORE / "pack.yaml").read_text().splitlines()) + 2
    (gone,) = aliased(pack, "{attention/old: attention/no-such}")
    assert "“attention/no-such” is no point of this pack." in gone and gone.endswith(str(last))
    (held,) = aliased(pack, f"{{attention/{data(pack)['misconceptions'][0]['id']}: attention/heads}}")
    assert "is still a misconception of this pack." in held
    (living,) = aliased(pack, "{attention/qkv: attention/heads}")
    assert "“attention/qkv” is still a point of this pack." in living
    (local,) = aliased(pack, "{old: attention/qkv}")
    assert "“old” is no id of a point." in local


def test_a_pack_cannot_take_the_points_of_another(pack: Path) -> None:
    value = data(pack)
    value["id"] = "mine"
    (pack / QUESTION).unlink()
    (pack / "attention/mine.yaml").write_text(yaml.safe_dump(value, sort_keys=False, allow_unicode=True))
    assert aliased(pack, "{nobody/gone: mine/qkv, mine/gone: mine/qkv}") == []
    bank = load_bank([CORE, pack])
    assert len(bank.packs) == 2 and bank.former_ids("mine/qkv") == ["nobody/gone", "mine/gone"], "control: nobody else's"
    wrong = f"attention/{value['misconceptions'][0]['id']}"
    for old in ("attention/qkv", "attention/gone", wrong):
        assert aliased(pack, f"{{{old}: mine/qkv}}") == []
        bank = load_bank([CORE, pack])
        (fault,) = bank.faults
        assert [p.folder for p in bank.packs] == [CORE] and bank.present_id(old) == old
        assert f"“{old}” is for another pack to rename: “core”" in fault.what and fault.cure
        assert (fault.file, fault.line) == ("copy/pack.yaml", len((pack / "pack.yaml").read_text().splitlines()))


def test_a_template_that_nobody_filled_in_has_placeholders_and_little_else(tmp_path: Path) -> None:
    make_pack(tmp_path / "new")
    faults = check_pack(tmp_path / "new")
    assert faults and all("placeholder" in fault.what for fault in faults), [str(f) for f in faults if "placeholder" not in f.what]


def test_a_pack_of_a_later_greenroom_and_a_file_that_is_no_mapping_say_what_to_do(pack: Path) -> None:
    (pack / "pack.yaml").write_text((CORE / "pack.yaml").read_text().replace("schema: 2", "schema: 3"))
    (pack / "attention/empty.yaml").write_text("")
    found = {fault.file: fault.cure for fault in check_pack(pack)}
    assert "update greenroom" in found["copy/pack.yaml"] and "bank new" in found["copy/attention/empty.yaml"]


def test_a_file_named_in_place_of_its_pack_is_told_apart(pack: Path) -> None:
    (found,) = check_pack(pack / QUESTION)
    assert "pack's folder" in found.cure
