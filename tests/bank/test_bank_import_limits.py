"""A file to import takes no longer to refuse than to read: work is counted, not timed; and broken off, it leaves nothing behind."""

from __future__ import annotations

import builtins
import os
from pathlib import Path

import pytest

from greenroom.bank.bank import Fault
from greenroom.bank.intake import draft, limits, take_in
from greenroom.bank.intake.csv_form import CsvForm
from greenroom.bank.intake.limits import COLUMNS_LIMIT, ENTRIES_LIMIT, TEXT_LIMIT
from greenroom.bank.intake.markdown_form import MarkdownForm
from greenroom.bank.question import MANY_LIMIT, Question
from greenroom.bank.read import FAULTS_LIMIT, FILES_LIMIT, read_pack
from greenroom.bank.source import SIZE_LIMIT as FILE_LIMIT
from greenroom.bank.source import SourceFault

HEAD = "# What is it?\ntopic: t\nlevel: foundation\n\n"
ROWS = "question,part,text,says,adds,topic,level\nq,ask,What is it?,,,t,foundation\n"


def bring(tmp_path: Path, name: str, text: str) -> tuple[Fault, ...]:
    (tmp_path / name).write_text(text)
    return take_in.take_in(tmp_path / name, tmp_path / "mine").faults


def only_question(tmp_path: Path) -> Question:
    ((question, _),) = read_pack(tmp_path / "mine").questions
    return question


LONG = {
    "an answer": "## Plain answer\n",
    "its paragraphs": "## Technical answer\n\n",
    "a point": "## Key points\n### A point.\nbecause: so\n",
    "a phrasing": "## Key points\n### A point.\n- It is\n",
    "a form": "## Forms\n- And\n",
    "a source": "## Sources\n- Here\n",
    "what is listened for": "listens for: all\n",
}


@pytest.mark.parametrize("before", LONG.values(), ids=LONG)
def test_of_a_text_of_too_many_lines_no_more_than_the_limit_is_kept_and_it_is_named_once(before: str) -> None:
    form = MarkdownForm("q.md")
    start = HEAD.rstrip("\n") + "\n" if before.startswith("listens") else HEAD
    lines = "a\n\n" if "Technical" in before else "a\n"
    form.read(start + before + lines * 20_000)
    (fault,) = form.faults
    assert f"longer than {TEXT_LIMIT}" in fault.what and fault.line == (start + before).count("\n") + ("answer" in before)
    kept = max(len(text) for _, text in draft.texts(form.drafts[0].data))
    assert TEXT_LIMIT - 10 < kept <= TEXT_LIMIT


def test_control_a_text_of_just_the_limit_is_taken_in(tmp_path: Path) -> None:
    lines = ["a" * 9] * (TEXT_LIMIT // 10)
    assert bring(tmp_path, "q.md", HEAD + "## Plain answer\n" + "\n".join(lines)) == ()
    assert only_question(tmp_path).model_answers.plain == " ".join(lines) and len(" ".join(lines)) == TEXT_LIMIT - 1
    longer = Question.model_json_schema()["$defs"]["ModelAnswers"]["properties"]["plain"]["maxLength"]
    assert longer == TEXT_LIMIT, "the limit is that of the question"


def test_the_lines_of_a_text_are_put_together_once(monkeypatch: pytest.MonkeyPatch) -> None:
    ends = list[int]()
    honest = limits.Growing.end
    monkeypatch.setattr(limits.Growing, "end", lambda self: ends.append(1) or honest(self))
    for count in (100, 200):
        MarkdownForm("q.md").read(HEAD + "## Plain answer\n" + "a\n\n" * count)
        assert len(ends) == 3 * count // 100, "topic, level, the answer"


def test_reading_stops_at_the_first_question_too_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = list[int]()
    line, row = MarkdownForm._line, CsvForm._row
    monkeypatch.setattr(MarkdownForm, "_line", lambda self, number, text: read.append(number) or line(self, number, text))
    monkeypatch.setattr(CsvForm, "_row", lambda self, number, columns, cells: read.append(number) or row(self, number, columns, cells))
    (fault,) = bring(tmp_path, "q.md", "# a\n" * 10_000)
    assert (fault.line, len(read)) == (FILES_LIMIT + 1, FILES_LIMIT + 1) and f"More than {FILES_LIMIT} questions" in fault.what
    read.clear()
    (fault,) = bring(tmp_path, "q.csv", "question,part,text\n" + "".join(f"q{n},ask,a\n" for n in range(10_000)))
    assert (fault.line, len(read)) == (FILES_LIMIT + 2, FILES_LIMIT + 1) and f"More than {FILES_LIMIT} questions" in fault.what
    assert not (tmp_path / "mine").exists()


@pytest.mark.parametrize(("name", "start", "one"), [("q.md", "", "# {n}\n"), ("q.csv", "question,part,text\n", "q{n},ask,a\n")])
def test_control_so_many_questions_as_a_pack_may_have_are_read(name: str, start: str, one: str) -> None:
    form = take_in.FORMS[Path(name).suffix](name)
    form.read(start + "".join(one.format(n=n) for n in range(FILES_LIMIT)))
    assert (len(form.drafts), form.faults) == (FILES_LIMIT, [])


MANY = {
    "phrasings": ("q.md", f"{HEAD}## Key points\n### A point.\n", "- a\n"),
    "points": ("q.md", f"{HEAD}## Key points\n", "### a\n"),
    "ids": ("q.md", f"{HEAD}## Forms\n- And?\n  adds: ", "a,"),
    "needs": ("q.md", f"{HEAD.rstrip()}\nneeds: ", "a "),
    "rows": ("q.csv", ROWS, ",point,a,,,,\n"),
    "phrasings of a cell": ("q.csv", f"{ROWS},point,a,", "a||"),
    "ids of a cell": ("q.csv", f"{ROWS},form,a,,", "a "),
}


@pytest.mark.parametrize(("name", "start", "one"), MANY.values(), ids=MANY)
def test_a_question_of_too_many_entries_is_refused_where_it_has_them(name: str, start: str, one: str) -> None:
    form = take_in.FORMS[Path(name).suffix](name)
    with pytest.raises(SourceFault, match=f"More than {ENTRIES_LIMIT}") as refused:
        form.read(start + one * (ENTRIES_LIMIT + 1))
    assert refused.value.fault.cure and start.count("\n") < refused.value.fault.line <= start.count("\n") + ENTRIES_LIMIT + 1
    take_in.FORMS[Path(name).suffix](name).read(start + one * (ENTRIES_LIMIT - 3))  # control


def test_a_file_of_too_many_entries_is_refused_also_where_no_question_has_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "FILE_ENTRIES_LIMIT", 30)
    for name, start, one in (
        ("q.md", "", "# a\n## Sources\n- a\n- a\n- a\n"),
        ("q.csv", "question,part,text\n", "q{n},source,a\n,source,a\n,source,a\n"),
    ):
        form = take_in.FORMS[Path(name).suffix](name)
        form.read(start + "".join(one.format(n=n) for n in range(10)))  # control
        with pytest.raises(SourceFault, match="in one file"):
            take_in.FORMS[Path(name).suffix](name).read(start + "".join(one.format(n=n) for n in range(11)))


def test_the_points_are_listed_once_however_many_ids_are_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = list[int]()

    def counted(items: set[str]) -> list[str]:
        calls.append(1)
        return builtins.sorted(items)

    monkeypatch.setattr(draft, "sorted", counted, raising=False)
    points = "".join(f"### a {n}\n" for n in range(MANY_LIMIT))
    for unknown in (MANY_LIMIT // 2, MANY_LIMIT):
        adds = " ".join(f"x{n}" for n in range(unknown))
        faults = bring(tmp_path, "q.md", f"{HEAD}## Key points\n{points}## Forms\n- And?\n  adds: {adds}\n")
        assert "“x0” is no key point" in faults[0].what and "a-0, a-1" in faults[0].cure
        assert len(faults) == unknown
    assert len(calls) == 2


def test_questions_after_the_most_faults_that_are_shown_are_not_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looked = list[int]()
    honest = take_in.finish
    monkeypatch.setattr(take_in, "finish", lambda *given: looked.append(1) or honest(*given))
    faults = bring(tmp_path, "q.md", "# a\n" * 1_000)
    assert len(looked) == FAULTS_LIMIT // 2 + 1, "each lacks its topic and its level"
    assert len(faults) == FAULTS_LIMIT + 1 and "more faults" in faults[-1].what and faults[-1].line == faults[-2].line


def test_more_columns_than_anybody_means_are_one_fault() -> None:
    for count, faults in ((10_000, 1), (COLUMNS_LIMIT + 1, 1), (COLUMNS_LIMIT, COLUMNS_LIMIT - 3)):
        form = CsvForm("q.csv")
        form.read("question,part,text," + ",".join(f"x{n}" for n in range(count - 3)) + "\n")
        assert len(form.faults) == faults and form.faults[0].line == 1


def test_a_question_too_large_for_a_file_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    said = "word " * 790
    points = [
        f"### Point {n}.\n" + "".join(f"- {said}{k}\n" for k in range(MANY_LIMIT)) for n in range(FILE_LIMIT // MANY_LIMIT // len(said) + 1)
    ]
    (fault,) = bring(tmp_path, "q.md", f"{HEAD}## Key points\n{''.join(points)}")
    assert f"larger than {FILE_LIMIT} bytes" in fault.what and fault.line == 1 and not (tmp_path / "mine").exists()
    assert bring(tmp_path, "q.md", f"{HEAD}## Key points\n{''.join(points[:-1])}") == (), "control: a little less is taken in"


def two(tmp_path: Path) -> str:
    """Two questions of a new topic, for a pack that is there."""
    assert bring(tmp_path, "first.md", HEAD) == ()
    return "# Why a mask?\ntopic: new\nlevel: expert\n# Why a head?\ntopic: new\nlevel: expert\n"


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("links", [True, False], ids=["links", "no links"])
def test_stopped_by_the_person_nothing_of_it_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, when: str, links: bool) -> None:
    """Also where the second file is in its place already, but nobody noted it yet."""
    text = two(tmp_path)
    there = sorted((tmp_path / "mine").rglob("*"))
    link, read, calls = os.link, Path.read_bytes, list[Path]()

    def stopped_link(source: Path, target: Path) -> None:
        calls.append(target)
        if not links:
            raise OSError(next(iter(take_in.NO_LINKS)), "no links here")
        if len(calls) == 1 or when == "after":
            link(source, target)
        if len(calls) == 2:
            raise KeyboardInterrupt

    def stopped_read(path: Path) -> bytes:
        if len(calls) == 2 and not links:
            raise KeyboardInterrupt
        return read(path)

    monkeypatch.setattr(take_in.os, "link", stopped_link)
    monkeypatch.setattr(take_in.Path, "read_bytes", stopped_read)
    with pytest.raises(KeyboardInterrupt):
        bring(tmp_path, "b.md", text)
    assert len(calls) == 2 and sorted((tmp_path / "mine").rglob("*")) == there


def test_what_is_taken_back_is_nothing_of_somebody_elses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text, link = two(tmp_path), os.link

    def came_between(source: Path, target: Path) -> None:
        if target.stem == "why-a-head":
            target.write_text("somebody else's")
        link(source, target)

    monkeypatch.setattr(take_in.os, "link", came_between)
    with pytest.raises(take_in.InputError, match="Nothing was changed"):
        bring(tmp_path, "b.md", text)
    assert [(path.name, path.read_text()) for path in (tmp_path / "mine/new").iterdir()] == [("why-a-head.yaml", "somebody else's")]


def test_stopped_while_a_new_pack_is_made_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(_: Question) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(take_in, "as_yaml", stopped)
    with pytest.raises(KeyboardInterrupt):
        bring(tmp_path, "q.md", HEAD)
    assert [path.name for path in tmp_path.iterdir()] == ["q.md"]
