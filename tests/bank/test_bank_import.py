"""CSV and Markdown into a pack: what was meant is what is written; whatever is wrong is named with its line, and nothing is written."""

from __future__ import annotations

import os
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from bank_written import as_csv, as_markdown

from greenroom.bank.check import check_pack
from greenroom.bank.intake import take_in
from greenroom.bank.load import load_bank
from greenroom.bank.question import Question
from greenroom.bank.read import read_pack
from greenroom.bank.wording import text_fault
from greenroom.builtin import PACKS
from greenroom.errors import ConflictError, InputError

SOME = ("attention", "applications", "your-questions", "what-is-an-llm")


@pytest.fixture(scope="module")
def shipped() -> list[Question]:
    """Real questions, as far as the two forms can say them: no labs, and every form is the pack's own."""
    bank = load_bank([PACKS / "core"])
    return [_sayable(bank.get(each)) for each in SOME]


def _sayable(question: Question) -> Question:
    forms = tuple(form.model_copy(update={"source": "pack", "aliases": ()}) for form in question.forms)
    wrong = tuple(each.model_copy(update={"lab": None}) for each in question.misconceptions)
    points = question.active_points
    return question.model_copy(update={"forms": forms, "key_points": points, "misconceptions": wrong, "lab": None})


def bring(tmp_path: Path, name: str, content: str | bytes) -> take_in.TakenIn:
    file = tmp_path / name
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return take_in.take_in(file, tmp_path / "mine")


def nothing_written(tmp_path: Path) -> bool:
    return not (tmp_path / "mine").exists() and not [p for p in tmp_path.iterdir() if p.name.startswith(".")]


@pytest.mark.parametrize(
    ("name", "write"),
    [("q.csv", as_csv), ("q.tsv", lambda q: as_csv(q, "\t")), ("q.CSV", lambda q: "\ufeff" + as_csv(q, ";")), ("q.md", as_markdown)],
    ids=["comma", "tab", "semicolon and BOM", "Markdown"],
)
def test_real_questions_come_through_unchanged_and_the_check_accepts_them(
    shipped: list[Question], tmp_path: Path, name: str, write: Callable[[list[Question]], str]
) -> None:
    taken = bring(tmp_path, name, write(shipped))
    assert [str(fault) for fault in taken.faults] == []
    found = {question.id: question for question, _ in read_pack(tmp_path / "mine").questions}
    for question in shipped:
        same = found[question.id]
        assert same.model_answers.plain.split() == question.model_answers.plain.split()
        assert same.model_copy(update={"model_answers": question.model_answers}) == question
    (author,) = check_pack(tmp_path / "mine")
    assert author.file == "mine/pack.yaml" and "placeholder" in author.what
    header = tmp_path / "mine/pack.yaml"
    header.write_text(header.read_text().replace("REPLACE your name", "A. Nonymous"))
    assert [str(fault) for fault in check_pack(tmp_path / "mine")] == []
    assert {path.name for path in taken.written} == {"pack.yaml", *(f"{each}.yaml" for each in SOME)}


def test_complete_questions_stay_without_what_may_be_left_out(shipped: list[Question], tmp_path: Path) -> None:
    """Forms, and the misconceptions of a story: nothing is added to what is complete."""
    story = load_bank([PACKS / "behavioural"]).questions("behavioural")[0].model_copy(update={"misconceptions": ()})
    given = {q.id: _sayable(q.model_copy(update={"forms": ()})) for q in (shipped[0], story)}
    assert bring(tmp_path, "q.md", as_markdown(list(given.values()))).faults == ()
    for question, _ in read_pack(tmp_path / "mine").questions:
        assert question.model_copy(update={"model_answers": given[question.id].model_answers}) == given[question.id]


def test_a_bare_list_of_questions_is_a_beginning_and_what_is_lacking_is_named(tmp_path: Path) -> None:
    rows = "question,part,text,topic,level\nkv,ask,Why a KV cache?,serving,expert\nmoe,ask,What is MoE?,moe,Expert\n"
    taken = bring(tmp_path, "list.csv", rows)
    assert taken.faults == () and len(taken.written) == 3
    lacking = [fault for fault in check_pack(tmp_path / "mine") if fault.file == "mine/serving/kv.yaml"]
    assert any("1 key point " in fault.what for fault in lacking) and any("placeholder" in fault.what for fault in lacking)


FORM = "## Forms\n- And why else?\n  drops: nowhere\n"
SOUND = "# Why a KV cache?\ntopic: serving\nlevel: expert\n\n## Key points\n### It keeps keys.\n- We keep the old keys around.\nsource: https://a.example\n"
HEAD = "question,part,id,text,topic,level,says,weight\n"
ASK = "kv,ask,,Why a KV cache?,serving,expert,,\n"
BAD_MARKDOWN: list[tuple[str, str, int, str]] = [
    ("text before", f"Hello.\n{SOUND}", 1, "before the first question"),
    ("front matter", f"---\ntitle: x\n---\n{SOUND}", 2, "before the first question"),
    ("unknown part", SOUND.replace("## Key points", "## Key pionts"), 5, "“Key pionts” is no part"),
    ("unknown key", SOUND.replace("source:", "sauce:"), 8, "“sauce” is nothing"),
    ("key twice", SOUND.replace("level: expert", "level: expert\ntopic: other"), 4, "given twice (first in line 2)"),
    ("key of a point twice", f"{SOUND}source: https://b.example\n", 9, "said twice"),
    ("a key above its point", SOUND.replace("### It keeps keys.", "weight: 2"), 6, "belongs to nothing"),
    ("a loose line", SOUND.replace("### It", "It"), 6, "belongs to nothing"),
    ("a loose item", SOUND.replace("### It keeps keys.\n", ""), 6, "belongs to nothing"),
    ("a deep heading", SOUND.replace("### It", "#### It"), 6, "heading of depth 4"),
    ("code", f"{SOUND}```\n# not a question\n```\n", 9, "block of code"),
    ("no topic", SOUND.replace("topic: serving\n", ""), 1, "no topic"),
    ("unknown level", SOUND.replace("expert", "guru"), 3, "level: this is none of the values allowed"),
    ("unknown kind", SOUND.replace("level:", "kind: trivia\nlevel:"), 3, "kind"),
    ("a topic out of the pack", SOUND.replace("serving", "../../etc"), 2, "topic"),
    ("a weight that is none", f"{SOUND}weight: heavy\n", 9, "key_points, 1st, weight: this is no whole number"),
    ("a weight too large", f"{SOUND}weight: 9\n", 9, "key_points, 1st, weight: the number is too large"),
    ("HTML", SOUND.replace("- We", "- We <b>really</b>"), 7, "Markup: “<b>”"),
    ("a script", SOUND.replace("It keeps", "<script src=//a.example>It keeps"), 6, "Markup"),
    ("a comment", SOUND.replace("- We", "- <!-- We"), 7, "Markup"),
    ("ESC", SOUND.replace("- We", "- \x1b[2JWe"), 7, "U+001B"),
    ("NUL", SOUND.replace("- We", "- \x00We"), 7, "U+0000"),
    ("text turned round", SOUND.replace("- We", "- \u202eWe"), 7, "U+202E"),
    ("the same point twice", f"{SOUND}\n### It keeps keys.\n", 10, "used twice in this question (first in line 6)"),
    ("the same question twice", SOUND + SOUND, 9, "used twice (first in line 1)"),
    ("no such point", SOUND.replace("## Key points", f"{FORM}## Key points"), 6, "“nowhere” is no key point"),
    ("no id can be made", SOUND.replace("# Why a KV cache?", "# 为什么?"), 1, "id"),
    ("too long a text", SOUND.replace("We keep", "We keep" + " very" * 2000), 7, "4000"),
    ("nothing", "", 1, "no question"),
]  # fmt: skip
BAD_CSV: list[tuple[str, str, int, str]] = [
    ("no header", ASK, 1, "No column"),
    ("another delimiter", (HEAD + ASK).replace(",", "|"), 1, "No column"),
    ("mixed delimiters", HEAD + ASK.replace(",", ";"), 2, "no part"),
    ("an unknown column", HEAD.replace("weight", "wieght") + ASK, 1, "“wieght” is no column"),
    ("a column twice", HEAD.replace("weight", "text") + ASK, 1, "stands twice"),
    ("too many cells", f"{HEAD}{ASK}kv,point,,It keeps, them,,,,,x\n", 3, "cells"),
    ("an open quote", f'{HEAD}{ASK}kv,point,,"It keeps keys.,,,,\nkv,point,,And values.,,,,\n', 3, "cannot be read"),
    ("a quote within", f'{HEAD}{ASK}kv,point,,"It "keeps" keys.",,,,\n', 3, "cannot be read"),
    ("a huge cell", f"{HEAD}{ASK}kv,point,,{'x' * 140_000},,,,\n", 3, "cannot be read"),
    ("an unknown part", HEAD + ASK.replace("ask", "question"), 2, "“question” is no part"),
    ("no question named", HEAD + ASK.replace("kv,", ","), 2, "No question is named"),
    ("no text", f"{HEAD}{ASK}kv,point,,,,,,\n", 3, "no text"),
    ("a cell that says nothing", f"{HEAD}{ASK}kv,plain,,It keeps keys.,,,,3\n", 3, "A plain has no “weight”"),
    ("asked twice", f"{HEAD}{ASK}kv,ask,,Why?,serving,expert,,\n", 3, "given twice (first in line 2)"),
    ("never asked", f"{HEAD}kv,point,,It keeps keys.,,,,\n", 2, "question itself is missing"),
    ("the same point twice", f"{HEAD}{ASK}kv,point,,It keeps.,,,,\n,point,,It keeps.,,,,\n", 4, "first in line 3"),
    ("after a cell of two lines", f'{HEAD}{ASK}kv,point,a,It keeps.,,,"one two three\nfour five",\n,point,b,=1,,,,\n', 5, "like a formula"),
    ("a formula", f"{HEAD}{ASK}kv,point,,=HYPERLINK(A1),,,,\n", 3, "like a formula"),
    ("a command", f"{HEAD}{ASK}kv,point,,@SUM(1),,,,\n", 3, "like a formula"),
    ("a sum", f"{HEAD}{ASK}kv,point,,+1+cmd|' /C calc'!A0,,,,\n", 3, "like a formula"),
    ("an id out of the pack", HEAD + ASK.replace("kv", "../kv"), 2, "id"),
    ("HTML", HEAD + ASK.replace("Why", "<img src=x>Why"), 2, "Markup"),
    ("an entity", HEAD + ASK.replace("Why", "&nbsp;Why"), 2, "Markup"),
    ("ESC", HEAD + ASK.replace("Why", "\x1bWhy"), 2, "U+001B"),
    ("NUL", HEAD + ASK.replace("Why", "\x00Why"), 2, "U+0000"),
    ("nothing", "", 1, "no row"),
    ("only a header", HEAD, 1, "no question"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "text", "line", "what"),
    [("bad.md", *case[1:]) for case in BAD_MARKDOWN] + [("bad.csv", *case[1:]) for case in BAD_CSV],
    ids=[f"md: {case[0]}" for case in BAD_MARKDOWN] + [f"csv: {case[0]}" for case in BAD_CSV],
)
def test_what_is_wrong_is_named_with_its_line_and_cure_and_nothing_is_written(
    tmp_path: Path, name: str, text: str, line: int, what: str
) -> None:
    taken = bring(tmp_path, name, text)
    assert any(f.line == line and what in f.what for f in taken.faults), [str(fault) for fault in taken.faults]
    assert all(f.file == name and f.cure and len(str(f)) < 700 for f in taken.faults)
    assert taken.written == () and nothing_written(tmp_path)


def test_control_the_sound_files_have_none_of_these_faults(tmp_path: Path) -> None:
    assert bring(tmp_path, "good.md", SOUND).faults == ()
    assert take_in.take_in(_file(tmp_path, "good.csv", HEAD + ASK), tmp_path / "other").faults == ()


def _file(tmp_path: Path, name: str, text: str) -> Path:
    (tmp_path / name).write_text(text)
    return tmp_path / name


def test_all_faults_come_at_once_and_of_many_the_first(tmp_path: Path) -> None:
    text = SOUND.replace("expert", "guru").replace("We", "<b>We").replace("topic: serving", "topic: A B")
    assert {fault.line for fault in bring(tmp_path, "bad.md", text).faults} == {2, 3, 7}
    many = bring(tmp_path, "bad.csv", HEAD + ASK + "kv,point,,=1,,,,\n" * 5000).faults
    assert len(many) == 201 and "more faults" in many[-1].what


def test_a_formula_behind_an_apostrophe_is_text(tmp_path: Path) -> None:
    bring(tmp_path, "q.csv", f"{HEAD}{ASK}kv,point,minus,'-log p is the loss of one token.,,,,\n")
    (question,) = (question for question, _ in read_pack(tmp_path / "mine").questions)
    assert question.key_points[0].point == "-log p is the loss of one token."


PLAIN = ["the token <s>", "<think>…</think>", "<|im_start|>", "p < q and q > p", "R&D; AT&T", "List<int> a<b", "x<y>z"]


@pytest.mark.parametrize("text", PLAIN)
def test_signs_of_language_models_are_no_markup(text: str) -> None:
    assert text_fault(text) is None


@pytest.mark.parametrize("name", ["q.csv", "q.md"])
@pytest.mark.parametrize(
    ("content", "line", "what"),
    [(b"\xff\xfeq\x00", 1, "Not UTF-8"), (b"a\nb\ncaf\xe9\n", 3, "Not UTF-8"), (b"#" * 10_000_001, 1, "Larger than")],
    ids=["UTF-16", "Latin-1", "too large"],
)
def test_bytes_that_are_no_text_or_too_many(tmp_path: Path, name: str, content: bytes, line: int, what: str) -> None:
    (fault,) = bring(tmp_path, name, content).faults
    assert (fault.line, fault.cure != "") == (line, True) and what in fault.what
    assert nothing_written(tmp_path)


def test_a_hundred_megabytes_are_not_read(tmp_path: Path) -> None:
    file = tmp_path / "big.csv"
    with file.open("wb") as opened:
        opened.truncate(100_000_000)  # sparse
    tracemalloc.start()
    try:
        assert "Larger" in take_in.take_in(file, tmp_path / "mine").faults[0].what
        assert tracemalloc.get_traced_memory()[1] < 5 * take_in.SIZE_LIMIT
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("kind", ["pipe", "folder", "nothing"])
def test_only_a_plain_file_is_read(tmp_path: Path, kind: str) -> None:
    file = tmp_path / "q.md"
    if kind == "pipe":
        os.mkfifo(file)
    elif kind == "folder":
        file.mkdir()
    (fault,) = take_in.take_in(file, tmp_path / "mine").faults
    assert "Cannot be read" in fault.what and fault.cure
    assert nothing_written(tmp_path)


def test_another_kind_of_file_and_a_folder_that_is_no_pack_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="neither CSV nor Markdown"):
        bring(tmp_path, "q.xlsx", b"PK")
    (tmp_path / "mine").mkdir()
    with pytest.raises(ConflictError, match="no pack"):
        bring(tmp_path, "q.md", SOUND)


@pytest.mark.parametrize("name", ["2026", "null"])
def test_a_folder_may_be_called_what_yaml_takes_for_another_value(tmp_path: Path, name: str) -> None:
    (tmp_path / "q.md").write_text(SOUND)
    assert take_in.take_in(tmp_path / "q.md", tmp_path / name).faults == ()
    assert read_pack(tmp_path / name).pack() is not None


def test_a_folder_that_no_disk_can_name_is_refused(tmp_path: Path) -> None:
    (tmp_path / "q.md").write_text(SOUND)
    with pytest.raises(InputError, match="cannot be written"):
        take_in.take_in(tmp_path / "q.md", tmp_path / ("x" * 300))


def test_a_second_file_is_added_and_a_used_id_stops_it_whole(tmp_path: Path) -> None:
    bring(tmp_path, "a.md", SOUND)
    before = {path: path.read_text() for path in (tmp_path / "mine").rglob("*.yaml")}
    taken = bring(tmp_path, "b.md", SOUND.replace("KV cache", "mixture of experts") + SOUND)
    assert [(fault.line, "already" in fault.what) for fault in taken.faults] == [(9, True)]
    assert {path: path.read_text() for path in (tmp_path / "mine").rglob("*.yaml")} == before
    more = bring(tmp_path, "b.md", SOUND.replace("KV cache", "mixture of experts").replace("serving", "moe"))
    assert [path.name for path in more.written] == ["why-a-mixture-of-experts.yaml"]
    assert len(read_pack(tmp_path / "mine").questions) == 2
    assert [path.name for path in (tmp_path / "mine").iterdir() if path.name.startswith(".")] == []


def test_a_topic_that_leads_out_of_the_pack_is_not_followed(tmp_path: Path) -> None:
    bring(tmp_path, "a.md", SOUND)
    (tmp_path / "outside").mkdir()
    (tmp_path / "mine" / "away").symlink_to(tmp_path / "outside")
    taken = bring(tmp_path, "b.md", SOUND.replace("KV cache", "mask").replace("serving", "away"))
    assert "leads out" in taken.faults[0].what and list((tmp_path / "outside").iterdir()) == []


def test_what_was_moved_is_taken_back_when_the_rest_cannot_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bring(tmp_path, "a.md", SOUND)
    link, calls = os.link, list[Path]()

    def full(source: Path, target: Path) -> None:
        calls.append(target)
        if len(calls) == 2:
            raise OSError(28, "No space left on device")
        link(source, target)

    monkeypatch.setattr(take_in.os, "link", full)
    two = SOUND.replace("KV cache", "mask").replace("serving", "new") + SOUND.replace("KV cache", "head").replace("serving", "new")
    with pytest.raises(InputError, match="No space left"):
        bring(tmp_path, "b.md", two)
    assert [path.name for path in sorted((tmp_path / "mine").rglob("*"))] == ["pack.yaml", "serving", "why-a-kv-cache.yaml"]
    assert calls[0].name == "why-a-mask.yaml"


@pytest.mark.parametrize("number", sorted(take_in.NO_LINKS))
def test_a_file_system_without_hard_links_takes_it_in_too_and_replaces_nothing(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring(tmp_path, "a.md", SOUND)
    came = list[Path]()

    def linkless(source: Path, target: Path) -> None:
        if target in came:
            target.write_text("came in between")
        raise OSError(number, "no links here")

    monkeypatch.setattr(take_in.os, "link", linkless)
    mask, head = (SOUND.replace("KV cache", word).replace("serving", "new") for word in ("mask", "head"))
    (written,) = bring(tmp_path, "b.md", mask).written
    assert [question.id for question, _ in read_pack(tmp_path / "mine").questions if question.topic == "new"] == [written.stem]
    came.append(written.with_name("why-a-head.yaml"))
    with pytest.raises(InputError, match="cannot be written"):
        bring(tmp_path, "c.md", head)
    assert came[0].read_text() == "came in between" and written.exists()

    def full(path: Path) -> bytes:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(take_in.Path, "read_bytes", full)
    with pytest.raises(InputError, match="No space left"):
        bring(tmp_path, "d.md", head.replace("head", "tail"))
    assert [path.name for path in written.parent.iterdir() if path not in (written, came[0])] == []


def test_control_without_reading_back_a_changed_text_would_stand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = take_in.as_yaml
    monkeypatch.setattr(take_in, "as_yaml", lambda question: honest(question).replace("keeps", "loses"))
    with pytest.raises(InputError, match="do not say what they should"):
        bring(tmp_path, "q.md", SOUND)
    assert nothing_written(tmp_path)


def test_the_check_names_markup_and_hidden_characters_in_a_pack(tmp_path: Path) -> None:
    bring(tmp_path, "q.md", SOUND)
    file = tmp_path / "mine" / "serving" / "why-a-kv-cache.yaml"
    before = [str(fault) for fault in check_pack(tmp_path / "mine")]
    file.write_text(file.read_text().replace("It keeps keys.", '"It \\e[31mkeeps keys."').replace("We keep", "<i>We</i> keep"))
    new = [fault for fault in check_pack(tmp_path / "mine") if str(fault) not in before]
    lines = file.read_text().splitlines()
    assert sorted(f.what.split(" (")[0] for f in new) == ["A character that cannot be seen", "Markup: “<i>”."]
    assert all(("\\e[31m" in lines[f.line - 1]) or ("<i>" in lines[f.line - 1]) for f in new)


@pytest.mark.parametrize(("kind", "name"), [("markdown", "q.md"), ("csv", "q.csv")])
def test_the_examples_of_the_guide_are_taken_in(tmp_path: Path, kind: str, name: str) -> None:
    guide = (Path(__file__).parents[2] / "docs/guide/bank.md").read_text()
    taken = bring(tmp_path, name, guide.split(f"```{kind}\n")[-1].split("```")[0])
    assert taken.faults == () and len(taken.written) == 2
