"""`greenroom prep job`, `cv`, `plan`, `company`, `study`: what they read, show, keep and refuse; JSON that a script can read."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

sys.path.insert(0, str(Path(__file__).parents[1] / "prep"))

from prep_papers import CV, JOB, docx, locked_pdf, pdf

from greenroom.cli.app import app
from greenroom.errors import InputError, NotFoundError


def run(*words: str, data: bytes = b"") -> str:
    done = CliRunner().invoke(app, list(words), input=data, catch_exceptions=True)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.stdout


def test_a_job_text_from_a_file_and_from_standard_input(tmp_path: Path) -> None:
    assert "No job text yet" in run("prep", "job")
    file = tmp_path / "advert.pdf"
    file.write_bytes(pdf([JOB]))
    shown = run("prep", "job", str(file))
    for words in ("advert.pdf, 1 page", "“pgvector”", "“Prompt", "rag-design", "Level  expert", "Kubernetes, FHIR"):
        assert words in shown
    found = json.loads(run("prep", "job", "-", "--json", data=JOB.encode()))
    text, first = found["paper"]["text"], found["reading"]["topics"][0]
    assert first["topic"] == "robustness" and all(text[e["start"] : e["end"]] == e["quote"] for e in first["evidence"])
    assert "advert.pdf" in run("prep", "job", "--delete"), "the one before is used again"
    run("prep", "job", "--delete")
    assert "No job text yet" in run("prep", "job")


def test_what_cannot_be_read_keeps_what_was_there(tmp_path: Path) -> None:
    run("prep", "cv", "-", data=docx(CV))
    locked = tmp_path / "locked.pdf"
    locked.write_bytes(locked_pdf(CV))
    for wrong in (str(locked), str(tmp_path / "none.pdf")):
        with pytest.raises(InputError) as caught:
            run("prep", "cv", wrong)
        assert caught.value.hint
    shown = run("prep", "cv")
    assert "Built a RAG search" in shown and "worth a story" in shown and "how was that measured" in " ".join(shown.split())


def test_the_plan_day_by_day() -> None:
    run("prep", "job", "-", data=JOB.encode())
    by_job = json.loads(run("prep", "plan", "--json"))
    assert by_job["from_job"] and by_job["plan"]["days"][0]["new"][0] == "rag-design"
    chosen = json.loads(run("prep", "plan", "--order", "thirteen", "--per-day", "1", "--json"))
    assert chosen["begun"] and chosen["plan"]["days"][0]["new"] == ["what-is-an-llm"]
    shown = run("prep", "plan")
    assert "What is a large language model?" in shown and "Rest. Nothing is asked." in shown and shown.count("Mock interview") == 2
    assert "Training" not in run("prep", "plan", "--today")
    with pytest.raises(InputError):
        run("prep", "plan", "--order", "alphabet")


def test_the_company_is_written_shown_and_taken_back() -> None:
    run("prep", "--company", "Orrery Works")
    shown = run("prep", "company", "--does", "Lenses for telescopes.", "--stack", "Rust")
    assert (
        "Orrery Works" in shown
        and "Lenses for telescopes." in shown
        and "Where do language models help you today" in " ".join(shown.split())
    )
    assert json.loads(run("prep", "company", "--stack", "", "--json")) == {
        "does": "Lenses for telescopes.", "llms": "", "stack": "", "people": "", "links": "", "notes": "",
    }  # fmt: skip
    with pytest.raises(InputError):
        run("prep", "company", "--notes", "x" * 5000)


def test_studying_shows_the_points_and_marks_the_question() -> None:
    found = json.loads(run("prep", "study", "attention", "--json"))
    assert found["question_id"] == "attention" and found["points"] and found["misconceptions"] and found["mark"]["studied_at"]
    assert "greenroom interview --question attention" in run("prep", "study", "attention")
    with pytest.raises(NotFoundError) as caught:
        run("prep", "study", "atention")
    assert "attention" in caught.value.hint


def test_level_and_language_belong_to_the_profile() -> None:
    shown = run("prep", "--level", "expert", "--language", "de")
    assert "expert" in shown and "German (answers are judged in English only" in " ".join(shown.split())
    with pytest.raises(InputError):
        run("prep", "--level", "wizard")
