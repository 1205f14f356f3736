"""What a file to import leaves out: topic and level from elsewhere, sections to write over; and files of another kind."""

from __future__ import annotations

from pathlib import Path

import pytest

from greenroom.bank.check import check_pack
from greenroom.bank.intake.take_in import DOCUMENTS, SPREADSHEETS, TakenIn, take_in
from greenroom.bank.question import Level, Question
from greenroom.bank.read import read_pack
from greenroom.bank.scaffold import add_question, make_pack
from greenroom.errors import ConflictError, InputError

BARE = {
    "bare.md": "# What is RAG?\n# What is LoRA?\n\n# What is MoE?\n",
    "bare.csv": "question,part,text\nrag,ask,What is RAG?\nlora,ask,What is LoRA?\nmoe,ask,What is MoE?\n",
}


def bring(tmp_path: Path, name: str, text: str, topic: str | None = None, level: Level | None = None) -> TakenIn:
    (tmp_path / name).write_text(text)
    return take_in(tmp_path / name, tmp_path / "mine", topic, level)


def questions(tmp_path: Path) -> dict[str, Question]:
    return {question.ask: question for question, _ in read_pack(tmp_path / "mine").questions}


@pytest.mark.parametrize("name", BARE)
def test_a_bare_list_becomes_a_pack_with_the_topic_and_level_given_for_all(tmp_path: Path, name: str) -> None:
    refused = bring(tmp_path, name, BARE[name])
    assert len(refused.faults) == 6 and not (tmp_path / "mine").exists()
    assert {option for fault in refused.faults for option in ("--topic", "--level") if option in fault.cure} == {"--topic", "--level"}
    assert len(bring(tmp_path, name, BARE[name], "serving", "expert").written) == 4
    assert [(q.topic, q.level) for q in questions(tmp_path).values()] == [("serving", "expert")] * 3


def test_what_the_file_says_comes_first(tmp_path: Path) -> None:
    bring(tmp_path, "q.md", "# What is RAG?\ntopic: search\n# What is LoRA?\nlevel: Expert\n", "serving", "foundation")
    said = {ask: (question.topic, question.level) for ask, question in questions(tmp_path).items()}
    assert said == {"What is RAG?": ("search", "foundation"), "What is LoRA?": ("serving", "expert")}


def test_the_only_topic_of_the_pack_is_that_of_questions_that_name_none(tmp_path: Path) -> None:
    make_pack(tmp_path / "mine", "first", "serving")
    assert bring(tmp_path, "a.md", "# What is RAG?\n", level="expert").written == (tmp_path / "mine/serving/what-is-rag.yaml",)
    add_question(tmp_path / "mine", "second", "training")
    (fault,) = bring(tmp_path, "b.md", "# What is LoRA?\n", level="expert").faults
    assert "no topic" in fault.what and "--topic" in fault.cure


@pytest.mark.parametrize("bad", ["", "../x", "A B", "\x1b[2J", "/etc"])
def test_a_topic_that_is_none_is_refused_before_anything_is_read(tmp_path: Path, bad: str) -> None:
    with pytest.raises(InputError, match="is no topic"):
        bring(tmp_path, "q.md", BARE["bare.md"], bad, "expert")
    assert not (tmp_path / "mine").exists()


def test_a_topic_given_for_all_that_leads_out_of_the_pack_is_not_followed(tmp_path: Path) -> None:
    make_pack(tmp_path / "mine", "first", "serving")
    (tmp_path / "outside").mkdir()
    (tmp_path / "mine/away").symlink_to(tmp_path / "outside")
    assert "leads out" in bring(tmp_path, "q.md", BARE["bare.md"], "away", "expert").faults[0].what
    assert list((tmp_path / "outside").iterdir()) == []


def test_sections_that_are_lacking_show_their_shape_and_the_check_names_them(tmp_path: Path) -> None:
    rows = "question,part,text\nkv,ask,Why a KV cache?\n,point,It keeps keys and values.\n"
    assert bring(tmp_path, "q.csv", rows, "serving", "expert").faults == ()
    (question,) = questions(tmp_path).values()
    assert [point.point for point in question.key_points] == ["It keeps keys and values."]
    assert (len(question.key_points[0].says), len(question.misconceptions[0].says)) == (4, 3)
    assert [follow_up.point_id for follow_up in question.follow_ups] == ["it-keeps-keys-and-values"]
    shown = [question.misconceptions[0].claim, question.follow_ups[0].ask, question.forms[0].ask, *question.key_points[0].says]
    assert all(text.startswith("REPLACE ") for text in shown)
    lines = (tmp_path / "mine/serving/kv.yaml").read_text().splitlines()
    (fault,) = (f for f in check_pack(tmp_path / "mine") if "placeholder" in f.what and f.file.endswith("kv.yaml"))
    places = [n for n, line in enumerate(lines, 1) if "REPLACE" in line]
    assert fault.line == places[0] and fault.what.startswith(f"{len(places)} placeholders")
    assert [key for key in ("forms:", "key_points:", "misconceptions:", "follow_ups:") if key not in lines] == []


def test_what_a_section_has_is_not_filled_up(tmp_path: Path) -> None:
    text = "# Why?\n## Forms\n- And why else?\n## Misconceptions\n### It stores answers.\n- It remembers old answers.\n"
    assert bring(tmp_path, "q.md", text, "serving", "expert").faults == ()
    (question,) = questions(tmp_path).values()
    assert [form.ask for form in question.forms] == ["And why else?"]
    assert [(wrong.claim, wrong.says) for wrong in question.misconceptions] == [("It stores answers.", ("It remembers old answers.",))]


def test_the_id_of_a_section_that_is_shown_is_none_that_the_file_has(tmp_path: Path) -> None:
    text = "# Why?\n## Key points\n### It keeps keys.\nid: wrong-1\n# Why not?\n## Misconceptions\n### It does not.\nid: point-1\n"
    assert bring(tmp_path, "q.md", text, "serving", "expert").faults == ()
    why, why_not = (questions(tmp_path)[ask] for ask in ("Why?", "Why not?"))
    assert (why.misconceptions[0].id, why_not.key_points[0].id) == ("wrong-2", "point-2")


def test_an_id_of_a_file_of_the_pack_that_cannot_be_read_is_taken(tmp_path: Path) -> None:
    make_pack(tmp_path / "mine", "first", "serving")
    (tmp_path / "mine/training").mkdir()
    (tmp_path / "mine/training/what-is-rag.yaml").write_text("[")
    (fault,) = bring(tmp_path, "q.md", "# What is RAG?\n", "serving", "expert").faults
    assert "already" in fault.what


@pytest.mark.parametrize(
    ("ending", "cure"), [*((e, "CSV (UTF-8)") for e in sorted(SPREADSHEETS)), *((e, ".md file") for e in sorted(DOCUMENTS))]
)
def test_a_file_of_another_program_says_how_to_make_one_that_can_be_read(tmp_path: Path, ending: str, cure: str) -> None:
    with pytest.raises(InputError, match="neither CSV nor Markdown") as refused:
        bring(tmp_path, f"q{ending.upper()}", "PK")
    assert cure in refused.value.hint and "renaming it is not enough" in refused.value.hint


def test_control_a_text_file_need_only_be_called_what_it_is(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="neither CSV nor Markdown") as refused:
        bring(tmp_path, "q.txt", BARE["bare.md"])
    assert refused.value.hint == "Call it .csv, .tsv or .md."


def test_a_pack_whose_header_is_a_link_is_no_pack(tmp_path: Path) -> None:
    make_pack(tmp_path / "else")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/pack.yaml").symlink_to(tmp_path / "else/pack.yaml")
    with pytest.raises(ConflictError, match="no pack"):
        bring(tmp_path, "q.md", BARE["bare.md"], "serving", "expert")


def test_the_bare_list_of_the_guide_is_taken_in_as_it_says_and_its_count_is_that_of_the_template(tmp_path: Path) -> None:
    guide = (Path(__file__).parents[2] / "docs/guide/bank.md").read_text()
    assert "--topic serving --level practitioner" in guide
    assert len(bring(tmp_path, "bare.md", guide.split("```markdown\n")[1].split("```")[0], "serving", "practitioner").written) == 4
    _, question = make_pack(tmp_path / "new")
    assert f"the template has {question.read_text().count('REPLACE')} places to fill in" in guide
