"""What the two forms of a file to import take for what: list items, lines that belong together, code, headings; ids and weights made up."""

from __future__ import annotations

from pathlib import Path

import pytest

from greenroom.bank.intake import take_in
from greenroom.bank.intake.csv_form import CsvForm
from greenroom.bank.intake.fill import SLUG_WORDS, slug
from greenroom.bank.intake.markdown_form import MarkdownForm
from greenroom.bank.question import Question
from greenroom.bank.read import read_pack
from greenroom.bank.scaffold import make_pack

HEAD = "# What is it?\ntopic: t\nlevel: foundation\n\n"
ROWS = "question,part,id,text,says,topic,level\nq,ask,,What is it?,,t,foundation\n"


def bring(tmp_path: Path, name: str, text: str) -> take_in.TakenIn:
    (tmp_path / name).write_bytes(text.encode())
    return take_in.take_in(tmp_path / name, tmp_path / "mine")


def made(tmp_path: Path, name: str, text: str) -> Question:
    """The only question of it."""
    assert [str(fault) for fault in bring(tmp_path, name, text).faults] == []
    ((question, _),) = read_pack(tmp_path / "mine").questions
    return question


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        ("- one two three\n- four five six", ("one two three", "four five six")),
        ("-  one two\n* three four\n• five six", ("one two", "three four", "five six")),
        ("• one two||- three four", ("one two", "three four")),
        ("- 4 bits are enough.\n- 4-bit weights are.", ("4 bits are enough.", "4-bit weights are.")),
        ("- one||two", ("one", "two")),
        ("- “Quoted” words.", ("“Quoted” words.",)),
        ("- Yes! It is.", ("Yes! It is.",)),
        ("- GPT-4 has it (a lot).", ("GPT-4 has it (a lot).",)),
        ("one - two\n\n  - three -\n", ("one - two", "three -")),
        ("one\n-two", ("one", "-two")),
    ],
)
def test_the_signs_of_a_list_in_a_cell_of_phrasings_are_taken_off(tmp_path: Path, cell: str, says: tuple[str, ...]) -> None:
    question = made(tmp_path, "q.csv", f'{ROWS},point,a,A point.,"{cell}",,\n')
    assert question.key_points[0].says == says


FORMULAS = [
    "-1+1", "- 1+1", "-A1", "- =HYPERLINK(A1)", "-  -1", "- +1", "- @SUM(1)", "- SUM(1)", "- A1+B2", "- $A$1:B2", "- 2 * 3",
    "- cmd|' /C calc'!A0", "- 1-cmd|' /C calc'!A0", "- Sheet1!A1", "=1", "+1", "@x", "-one two", "-", "- ", "-\t", "- -",
]  # fmt: skip


@pytest.mark.parametrize("cell", FORMULAS)
def test_formulas_stay_refused_in_a_cell_of_phrasings(cell: str) -> None:
    form = CsvForm("q.csv")
    form.read(f'{ROWS},point,a,A point.,"{cell}",,\n')
    assert [(fault.line, "like a formula" in fault.what) for fault in form.faults] == [(3, True)]


def test_in_a_cell_of_one_text_a_minus_is_no_sign_of_a_list() -> None:
    form = CsvForm("q.csv")
    form.read(f"{ROWS},point,a,- one two three,,,\n")
    assert ["“text” begins with “-”, like a formula" in fault.what for fault in form.faults] == [True]


@pytest.mark.parametrize("end", ["\r\n", "\r"], ids=["CRLF", "CR"])
@pytest.mark.parametrize("name", ["q.md", "q.csv"])
def test_files_with_other_line_ends_are_the_same_questions_and_faults_stand_in_the_same_lines(tmp_path: Path, name: str, end: str) -> None:
    text = {
        "q.md": f"{HEAD}## Plain answer\nOne\ntwo.\n\nThree.\n## Key points\n### A point.\n- It is\nso.\n",
        "q.csv": f'{ROWS},point,a,A point.,"one two\nthree four",,\n,plain,,"One\ntwo.",,,\n',
    }[name]
    (tmp_path / "plain").mkdir()
    (tmp_path / "other").mkdir()
    assert made(tmp_path / "plain", name, text) == made(tmp_path / "other", name, text.replace("\n", end))
    wrong = text + {"q.md": "sauce: x\n", "q.csv": ",sauce,,x,,,\n"}[name]
    lines = [[fault.line for fault in bring(tmp_path, name, each).faults] for each in (wrong, wrong.replace("\n", end))]
    assert lines[0] == lines[1] != []


def test_lines_of_a_paragraph_are_one_line_and_paragraphs_stay_apart(tmp_path: Path) -> None:
    question = made(
        tmp_path,
        "q.md",
        "# What is it?\ntopic: t\nlevel: foundation\nlistens for: This\n  and that.\n\n"
        "## Forms\n- And\n  this?\n## Key points\n### A point.\n"
        "- It is\n  so.\n- Or so.\nbecause:\n  of\n  that.\n## Plain answer\n\nOne\n two.\n\n\nThree\nfour.\n---\nFive: six.\n- seven\n\n"
        "## Technical answer\nEight.\n## Sources\n- A page,\n  https://a.example\n- Another.\n",
    )
    assert question.model_answers.plain == "One two.\n\nThree four.\n\nFive: six. - seven"
    assert question.model_answers.technical == "Eight."
    assert (question.listens_for, question.forms[0].ask) == ("This and that.", "And this?")
    assert (question.key_points[0].says, question.key_points[0].because) == (("It is so.", "Or so."), "of that.")
    assert question.sources == ("A page, https://a.example", "Another.")


def test_after_an_empty_line_nothing_goes_on() -> None:
    form = MarkdownForm("q.md")
    form.read(f"{HEAD}## Key points\n### A point.\n- It is\n\nso.\n")
    assert [(fault.line, "belongs to nothing" in fault.what) for fault in form.faults] == [(9, True)]


@pytest.mark.parametrize(
    ("heading", "ask"),
    [
        ("What is C#", "What is C#"),
        ("What is C# #", "What is C#"),
        ("What is it? ##", "What is it?"),
        ("Why C#? ###  ", "Why C#?"),
        ("F##", "F##"),
    ],
)
def test_signs_behind_a_heading_are_taken_off_and_a_name_keeps_its_own(heading: str, ask: str) -> None:
    form = MarkdownForm("q.md")
    form.read(f"# {heading}\n")
    assert [draft.data["ask"] for draft in form.drafts] == [ask]


@pytest.mark.parametrize(
    ("block", "lines"),
    [
        ("```\n# no question\n```", [5]),
        ("~~~\n# no question\n~~~", [5]),
        ("   ```python\n# no question\n   ```", [5]),
        ("```\n~~~\n# no question\n```", [5]),
        ("~~~\n```\n# no question\n~~~", [5]),
        ("```\n# no question\n```\n\n~~~\n# none either\n~~~", [5, 9]),
        ("```\n# never closed", [5]),
    ],
)
def test_a_block_of_code_is_one_fault_and_nothing_in_it_is_read(block: str, lines: list[int]) -> None:
    form = MarkdownForm("q.md")
    form.read(f"{HEAD}{block}\n")
    assert [fault.line for fault in form.faults] == lines and all("block of code" in fault.what for fault in form.faults)
    assert len(form.drafts) == 1


def test_control_what_stands_after_a_block_of_code_is_read() -> None:
    form = MarkdownForm("q.md")
    form.read(f"{HEAD}```\n~~~\n```\n# Another?\n")
    assert [draft.data["ask"] for draft in form.drafts] == ["What is it?", "Another?"] and len(form.faults) == 1


def test_an_id_is_made_of_the_first_six_words() -> None:
    assert slug("Why is a KV cache used, when a model generates?") == "why-is-a-kv-cache-used"
    assert SLUG_WORDS == 6 and slug("One, two: three") == "one-two-three" and slug("Où est-ce ?") == "ou-est-ce"
    assert len(slug("x" * 100)) == 64 and slug(f"{'x' * 63} y") == "x" * 63


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("q.md", f"{HEAD}## Key points\n### A.\n### B.\nweight: 3\n"),
        ("q.csv", f"{ROWS.replace('says', 'weight')},point,a,A.,,,\n,point,b,B.,3,,\n"),
    ],
)
def test_a_point_without_a_weight_is_expected_not_essential(tmp_path: Path, name: str, text: str) -> None:
    assert [point.weight for point in made(tmp_path, name, text).key_points] == [2, 3]


@pytest.mark.parametrize("given", ["id: same\n", ""], ids=["given", "made of the words"])
def test_a_point_and_a_misconception_have_not_the_same_id(tmp_path: Path, given: str) -> None:
    text = f"{HEAD}## Key points\n### It is so.\n{given}## Misconceptions\n### It is so.\n{given}"
    (fault,) = bring(tmp_path, "q.md", text).faults
    assert "used twice in this question (first in line 6)" in fault.what and fault.line == (9 if given else 8)
    assert made(tmp_path, "q.md", f"{text.removesuffix(given)}id: other\n").misconceptions[0].id == "other", "control"


def test_an_id_that_is_there_in_another_topic_is_taken(tmp_path: Path) -> None:
    make_pack(tmp_path / "mine", "what-is-it", "elsewhere")
    (fault,) = bring(tmp_path, "q.md", HEAD).faults
    assert "has a question “what-is-it” already" in fault.what and fault.line == 1
    assert not (tmp_path / "mine/t").exists()
    assert bring(tmp_path, "q.md", HEAD.replace("it?", "that?")).faults == (), "control: another id"


def test_a_file_in_the_way_that_is_no_question_yet_is_not_replaced(tmp_path: Path) -> None:
    """A link that leads nowhere counts: the file would be made where it points."""
    make_pack(tmp_path / "mine", "first", "t")
    (tmp_path / "mine/t/what-is-it.yaml").symlink_to(tmp_path / "nowhere")
    (fault,) = bring(tmp_path, "q.md", HEAD).faults
    assert "already" in fault.what and not (tmp_path / "nowhere").exists()


def test_files_that_cannot_be_read_back_are_not_written_and_it_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = take_in.as_yaml
    monkeypatch.setattr(take_in, "as_yaml", lambda question: honest(question) + "sauce: x\n")
    with pytest.raises(take_in.InputError, match=r"do not say what they should: .*sauce"):
        bring(tmp_path, "q.md", HEAD)
    assert [path.name for path in tmp_path.iterdir()] == ["q.md"]


def test_a_fault_in_reading_back_counts_also_where_all_questions_are_as_meant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(take_in, "header", lambda name: "schema: 1\n")
    with pytest.raises(take_in.InputError, match=r"pack\.yaml"):
        bring(tmp_path, "q.md", HEAD)
    assert [path.name for path in tmp_path.iterdir()] == ["q.md"]
