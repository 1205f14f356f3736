"""What surrounds the measures: rows, pages, pictures, and that nothing is left out silently."""

from __future__ import annotations

import ast
import os
import random
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

sys.path.append(str(Path(__file__).parents[2]))  # benchmarks is no installed package

from benchmarks import argkp, attacks, authored, drawing, graders, junk, measures, public, tables
from benchmarks.arithmetic import product, stored_products

from greenroom.assess.assessment import Assessment
from greenroom.assess.assessor import Verbatim
from greenroom.bank.question import Rubric

ROOT = Path(__file__).parents[2]


def row(**given: object) -> public.Row:
    return {"question": "Why is the sky blue?", "reference": "Blue light scatters most.", "answer": "It scatters.", "score": 1.0, **given}


def test_the_check_topics_are_those_of_the_training() -> None:
    tree = ast.parse((ROOT / "training/labelled.py").read_text(encoding="utf-8"))
    found = [ast.literal_eval(node.value) for node in tree.body if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "CHECK"]
    assert found == [authored.CHECK]


def test_all_labelled_and_golden_answers_fit_the_bank() -> None:
    cases = authored.labelled()
    assert len(cases) > 100
    assert {case.topic for case in cases} >= set(authored.CHECK)
    assert all(0 <= case.overall <= 100 for case in [*cases, *authored.golden()])


def test_the_development_split_takes_whole_questions_and_about_a_fifth() -> None:
    assert 150 < sum(public.is_dev("SAF", f"question-{n}") for n in range(1000)) < 250


def test_training_keeps_the_same_questions_out() -> None:
    """The rule of training/pairs.py, run by itself (the module needs more than a test has)."""
    text = (ROOT / "training/pairs.py").read_text(encoding="utf-8")
    rule = next(ast.unparse(node) for node in ast.parse(text).body if isinstance(node, ast.FunctionDef) and node.name == "_dev")
    space: dict[str, Any] = {}
    exec(f"import hashlib\n{rule}", space)
    names = [f"question-{n}" for n in range(200)]
    assert [public.is_dev("Beetle", n) for n in names] == [space["_dev"](f"semeval2013_beetle/{n}", 5) for n in names]


def test_a_sample_is_the_same_every_time_and_keeps_the_order() -> None:
    rows = [row(n=n) for n in range(50)]
    once = public.sample(rows, 10, "seed")
    assert once == public.sample(rows, 10, "seed") != public.sample(rows, 10, "other")
    assert [r["n"] for r in once] == sorted(r["n"] for r in once)
    assert public.sample(rows, None, "seed") == rows


class Same(Verbatim):
    """Full marks for the reference itself."""

    def assess(self, rubric: Rubric, answer: str) -> Assessment:
        same = rubric.points[0].point == answer
        return super().assess(rubric, answer).model_copy(update={"overall": 100.0 if same else 0.0})


def test_rows_are_graded_through_grade_and_the_best_reference_counts() -> None:
    rows = [row(references=["Never said.", "It scatters."]), row(), row(answer="  ")]
    held = graders.greenroom(Same(), rows)
    assert [h.score for h in held] == [1, 0, 0]
    assert [h.abstained for h in held] == [False, False, True]


def test_tf_idf_likes_shared_rare_words_more_than_shared_common_ones() -> None:
    words = graders.TfIdf(["the light scatters", "the sky is the limit", "the sea"])
    assert words.cosine("the light", "light of day") > words.cosine("the light", "the sea of stones")
    assert words.cosine("the light", "the light") == pytest.approx(1)
    assert words.cosine("", "light") == 0


def test_tf_idf_is_what_scikit_learn_computes() -> None:
    text = pytest.importorskip("sklearn.feature_extraction.text")
    texts = ["the light scatters most in the sky", "the sky is the limit and the light", "blue sea"]
    matrix = text.TfidfVectorizer(sublinear_tf=True, token_pattern=r"[a-z0-9]+").fit(texts).transform(texts).toarray()
    assert graders.TfIdf(texts).cosine(texts[0], texts[1]) == pytest.approx(float(matrix[0] @ matrix[1]))


def test_a_judge_that_is_not_there_is_named_as_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "none is connected" in str(graders.find_judge())
    monkeypatch.setenv("GREENROOM_JUDGE_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("GREENROOM_JUDGE_MODEL", "nobody")
    assert str(graders.find_judge()).startswith("a chat model: ")


def pairs() -> list[public.Row]:
    """Two arguments and two key points; one pair was never decided by the raters."""
    known = [("a", "k", 1), ("a", "l", 0), ("b", "k", 0)]
    return [
        row(arg_id=a, key_point_id=k, score=float(s), question_id="topic|1", answer=f"argument {a}", reference=f"point {k}")
        for a, k, s in known
    ]


def test_undecided_pairs_are_no_match_when_strict_and_a_match_when_relaxed() -> None:
    every = argkp.every_pair(pairs())
    assert [(r["arg_id"], r["key_point_id"], r["score"]) for r in every] == [("a", "k", 1), ("a", "l", 0), ("b", "k", 0), ("b", "l", None)]
    assert every[-1]["reference"] == "point l"
    assert every[-1]["answer"] == "argument b"
    surest_undecided = [0.1, 0.2, 0.3, 0.9]
    assert argkp.shared_task(every, surest_undecided, 0.0) == 0
    assert argkp.shared_task(every, surest_undecided, 1.0) == 1
    assert argkp.shared_task(every, [0.9, 0.2, 0.3, 0.1], 0.0) == 1  # the surer half is the one right pair


@pytest.mark.parametrize("kind", junk.JUNK)
def test_junk_is_made_for_every_question(kind: str) -> None:
    one, other = authored.knowledge()[:2]
    assert len(junk.JUNK[kind](one, other, random.Random(0)).split()) > 3


def test_the_literal_grader_is_fooled_by_doubted_points_so_the_junk_is_junk() -> None:
    """Negative control: a grader that looks for words gives the points' own words full marks, asked or stated."""
    question = authored.knowledge()[0]
    plain = {"points": tuple(p.model_copy(update={"says": (junk.inside(p.point),)}) for p in question.rubric().points)}
    rubric = question.rubric().model_copy(update=plain)
    asked = junk.JUNK["asked: Is it so that …?"](question, question, random.Random(0))
    assert Verbatim().assess(rubric, asked).overall == 100


@pytest.mark.parametrize(
    ("place", "text"), [("before", "X. A. B. C."), ("after", "A. B. C. X."), ("inside", "A. X. B. C."), ("instead", "X.")]
)
def test_attacks_go_where_they_are_said_to_go(place: str, text: str) -> None:
    assert attacks.PLACES[place]("A. B. C.", "X.") == text


def test_products_are_counted_without_lookup_tables() -> None:
    assert stored_products(product(4, 6, 8)) == 48


def test_the_picture_is_sound_and_names_its_lines() -> None:
    sure, right = [0.55, 0.75, 0.95, 0.96], [True, False, True, True]
    series = {"golden & <more>": (measures.reliability(sure, right), measures.risk_coverage(sure, right, (1.0, 0.5)))}
    drawn = ElementTree.fromstring(drawing.picture(series))
    assert "golden & <more>" in [text.text for text in drawn.iter("{http://www.w3.org/2000/svg}text")]
    assert len(list(drawn.iter("{http://www.w3.org/2000/svg}circle"))) == 3


def test_a_section_is_replaced_whole_and_the_others_stay(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("top\n<!-- one -->\nold\n<!-- /one -->\n<!-- two -->\nkept\n<!-- /two -->\n")
    report = tables.Report("one")
    report.table(["a", "b"], [["x", 0.5]])
    report.lack("the rest: no data")
    tables.write(report, datetime(2030, 1, 2, tzinfo=UTC), "python -m benchmarks one", page)
    text = page.read_text()
    assert "| x | .500 |" in text
    assert "2030-01-02" in text
    assert "**Not run:** the rest" in text
    assert "kept" in text
    assert "old" not in text
    with pytest.raises(SystemExit, match="no section"):
        tables.write(tables.Report("three"), datetime(2030, 1, 2, tzinfo=UTC), "", page)


def test_every_benchmark_has_its_place_on_the_page() -> None:
    text = tables.PAGE.read_text(encoding="utf-8")
    for name in ("accuracy-dev", "accuracy-test", "golden", "stories", "attacks", "speed", "startup"):
        assert re.search(rf"<!-- {name} -->\n.*<!-- /{name} -->", text, re.DOTALL), name


@pytest.mark.parametrize(
    ("figure", "text"), [(0.5, ".500"), (-0.25, "-.250"), (-0.0001, ".000"), (1.0, "1.00"), (0.9999, "1.00"), (53.26, "53.3")]
)
def test_figures_are_shown_short(figure: float, text: str) -> None:
    assert tables.shown(figure) == text


def test_without_data_it_says_loudly_what_was_not_run(tmp_path: Path) -> None:
    path = os.pathsep.join([str(ROOT / "src"), os.environ.get("PYTHONPATH", "")])
    env = {**os.environ, "GREENROOM_BENCH_DATA": str(tmp_path), "PYTHONPATH": path}
    command = [sys.executable, "-m", "benchmarks", "accuracy"]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    assert "NOT RUN: all of accuracy" in done.stderr
    assert "1 parts were NOT RUN" in done.stderr
    assert subprocess.run([*command, "--rows", "0"], cwd=ROOT, env=env, capture_output=True, check=False).returncode == 2
    assert subprocess.run([*command[:-1], "nonsense"], cwd=ROOT, env=env, capture_output=True, check=False).returncode == 2
