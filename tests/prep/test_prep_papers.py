"""Files of strangers: text comes out of PDF, DOCX and text; what is broken, locked, too large or hostile is a sentence with its cure."""

from __future__ import annotations

import contextlib
import random
import subprocess
import sys
import threading
import time
from pathlib import Path
from xml.etree import ElementTree

import pytest
from prep_papers import CV, ENTITY_BOMB, JOB, SPACE, bomb_pdf, docx, external_entity, locked_pdf, looping_pdf, pdf

from greenroom.errors import GreenroomError, InputError, ReadersBusyError, TooLargeError
from greenroom.prep.language import find_language
from greenroom.prep.papers import docx as docx_module
from greenroom.prep.papers import reader, text
from greenroom.prep.papers.child import read
from greenroom.prep.papers.pdf import unwrap
from greenroom.prep.papers.reader import Bounds, read_file
from greenroom.prep.papers.text import FILE_LIMIT, check_paper_text


def refused(data: bytes, bounds: Bounds = Bounds()) -> str:
    with pytest.raises(InputError) as caught:
        read_file(data, "job", bounds)
    assert caught.value.hint, "no cure"
    return caught.value.message


def test_the_same_words_come_out_of_every_kind() -> None:
    wanted = JOB.replace("-", " ").split()
    for data, pages in ((JOB.encode(), None), (docx(JOB), None), (pdf([JOB]), 1), (JOB.encode("utf-16"), None)):
        found = read_file(data, "job")
        assert found.text.replace("-", " ").split() == wanted and found.pages == pages


def test_a_cv_of_three_pages_and_old_text_files() -> None:
    assert read_file(pdf([CV, CV, CV]), "cv").pages == 3
    assert "Müller" in read_file(f"Müller {JOB}".encode("cp1252"), "cv").text
    assert "Müller" in read_file(b"\xef\xbb\xbf" + f"Müller {JOB}".encode(), "cv").text


def test_a_docx_keeps_lists_and_tables_and_drops_what_is_told_twice() -> None:
    space = SPACE + ' xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    twice = "<mc:AlternateContent><mc:Choice><w:p><w:r><w:t>once</w:t></w:r></w:p></mc:Choice>"
    twice += "<mc:Fallback><w:p><w:r><w:t>once</w:t></w:r></w:p></mc:Fallback></mc:AlternateContent>"
    table = "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>cell</w:t><w:tab/><w:t>two</w:t></w:r></w:p></w:tc></w:tr></w:tbl>"
    deleted = "<w:p><w:del><w:r><w:delText>gone</w:delText></w:r></w:del></w:p>"
    found = docx_module.read_docx(docx(xml=f"<w:document {space}><w:body>{twice}{table}{deleted}</w:body></w:document>"))
    assert found.split() == ["once", "cell", "two"]
    assert "- Fine-tune open" in docx_module.read_docx(docx(JOB))


def test_lines_that_a_page_broke_are_joined() -> None:
    assert unwrap("prompt\nengineering and\nretrieval-\naugmented text.\nNext\n- item") == (
        "prompt engineering and retrieval-augmented text.\nNext\n- item"
    )


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "is empty"),
        (b"%PDF-1.4\nthis is not one", "damaged"),
        (pdf([JOB])[:400], "damaged"),
        (pdf(["x"] * 200), "200 pages"),
        (pdf([""] * 3, content="q 100 0 0 100 0 0 cm Q"), "pictures of text"),
        (locked_pdf(JOB), "locked with a password"),
        (looping_pdf(), ""),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old Word file"),
        (b"{\\rtf1 hello}", "rich text"),
        (b"\x89PNG\r\n\x1a\n\0\0\0", "neither text nor"),
        (docx(JOB)[:-40], "damaged"),
        (docx(JOB, name="xl/workbook.xml"), "no Word document"),
        (docx(xml="<w:document><unclosed>"), "damaged"),
        (docx(xml=ENTITY_BOMB), "entities"),
        (docx(xml=f"<w:document {SPACE}><w:body>{'<w:p/>' * 3_000_000}</w:body></w:document>"), "far more"),
        (b"Too short.", "too short"),
        (("word " * 20_000).encode(), "characters"),
        (pdf(["word " * 900] * 29), "characters"),
    ],
    ids=lambda value: value if isinstance(value, str) else f"{len(value)} bytes",
)
def test_what_cannot_be_read_is_one_sentence_with_its_cure(data: bytes, says: str) -> None:
    assert says in refused(data)


def test_a_file_beyond_the_limit_is_not_even_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("greenroom.prep.papers.reader._begin", lambda: pytest.fail("a process was begun"))
    with pytest.raises(TooLargeError):
        read_file(b"x" * (FILE_LIMIT + 1), "job")


def test_a_pdf_that_anybody_may_open_is_opened() -> None:
    assert "Northvale" in read_file(locked_pdf(JOB, user=""), "job").text


def test_an_external_entity_reads_no_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("CANARY")
    assert "entities" in refused(docx(xml=external_entity(secret.as_uri())))


def test_control_without_the_refusal_entities_grow(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same entities, a few of them, with the defence off: they are put in the text (and a plain parser does the same)."""
    small = ENTITY_BOMB.replace("&i;", "&b;")
    assert ElementTree.fromstring(small).itertext
    monkeypatch.setattr(docx_module, "_refuse", lambda *_: 1)
    assert docx_module.read_docx(docx(xml=small)).count("lol") == 40


def test_a_bomb_is_stopped_by_its_bounds() -> None:
    refused(bomb_pdf(60), Bounds(cpu_seconds=4, megabytes=600))


def test_control_without_bounds_the_memory_is_taken() -> None:
    """The bomb is one: unpacked, it is a thousand times its size."""
    import zlib

    data = bomb_pdf(60)
    packed = data.split(b"stream\n", 1)[1].split(b"\nendstream")[0]
    assert len(zlib.decompress(packed)) > 300 * len(data)


def test_two_are_read_at_once_and_a_third_is_told_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    inside, leave, read_ = threading.Semaphore(0), threading.Event(), list[str]()

    def asked(data: bytes, bounds: Bounds) -> dict[str, object]:
        inside.release()
        assert leave.wait(20)
        if data == b"bad":
            raise InputError("It cannot be read.", "Paste it.")
        return {"text": JOB, "pages": None}

    def one(data: bytes) -> None:
        with contextlib.suppress(InputError):
            read_.append(read_file(data, "job").text)

    monkeypatch.setattr(reader, "_ask", asked)
    threads = [threading.Thread(target=one, args=(data,), daemon=True) for data in (b"good", b"bad")]
    for thread in threads:
        thread.start()
        assert inside.acquire(timeout=20)
    with pytest.raises(ReadersBusyError, match="2 files"):
        read_file(JOB.encode(), "job")
    leave.set()
    for thread in threads:
        thread.join(20)
    assert len(read_) == 1
    monkeypatch.undo()
    for _ in range(reader.AT_ONCE + 1):
        assert read_file(JOB.encode(), "job").text, "a place is given back, also after a file that could not be read"


def test_memory_and_time_are_bounded_in_the_process() -> None:
    code = "from greenroom.prep.papers.child import limit; limit(300, 5); x = bytearray(400_000_000)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 1
    control = code.replace("limit(300, 5); ", "")
    assert subprocess.run([sys.executable, "-c", control], capture_output=True, check=False).returncode == 0


def test_damaged_anywhere_it_says_so_and_never_breaks() -> None:
    """Two hundred files with a few bytes changed: text, or one of our errors."""
    dice = random.Random(7)
    for whole in (pdf([JOB]), docx(JOB)):
        for _ in range(100):
            data = bytearray(whole)
            for _ in range(dice.randint(1, 12)):
                data[dice.randrange(len(data))] = dice.randrange(256)
            try:
                read(bytes(data))
            except GreenroomError as error:
                assert error.hint


def test_blanks_without_end_cost_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """225 characters and 100,000 tabs once took 80 seconds; a text beyond every limit is refused before anything is done with it."""
    start = time.process_time()
    assert check_paper_text("word " * 45 + "\t" * 100_000, "job") == ("word " * 45).strip()
    assert time.process_time() - start < 2
    monkeypatch.setattr(text, "tidy", lambda given: pytest.fail(f"{len(given)} characters were tidied"))
    with pytest.raises(TooLargeError, match="1,000,225"):
        check_paper_text("word " * 45 + "\t" * 1_000_000, "cv")


def test_control_characters_go_and_the_limits_of_a_text_hold() -> None:
    assert check_paper_text("a\x00b\x07 " * 30 + "\r\n\r\n\r\n\r\nend", "job").endswith("ab\n\nend")
    with pytest.raises(InputError, match="too short"):
        check_paper_text(" \n ", "cv")
    with pytest.raises(InputError, match=r"CV: 1 word\.$"):
        check_paper_text("Engineer", "cv")


def test_a_text_without_blanks_between_its_words_is_not_taken_for_one_word() -> None:
    japanese = "大規模言語モデルのエンジニアを募集しています。RAGとLoRAの経験が必要です。日本語での勤務となります。"
    assert check_paper_text(japanese, "job") == japanese and find_language(japanese) == "ja"
    with pytest.raises(InputError, match="too short"):
        check_paper_text("エンジニア", "job")
