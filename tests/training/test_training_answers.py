"""The natural answers keep the rules of training/data/GUIDE.md, and the rules can be broken."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from pathlib import Path

import corpus
import draw
import gather
import pytest
from corpus import Answer, Plan, PointLabel, Reading

from greenroom.assess.selftest.report import alike_points
from greenroom.bank.bank import TOPICS
from greenroom.llm.encoder import OnnxEncoder

ROOT = Path(__file__).parents[2]
OPEN = [answer for split in ("train", "dev") for answer in corpus.read_split(split)]


def made(text: str, points: dict[str, PointLabel] | None = None, **given: object) -> Answer:
    """An answer to *attention* in which no point is made."""
    asked = {point.id: PointLabel(verdict="missed") for point in corpus.bank().get("attention").points()}
    plan = Plan(shape="vague", points=dict.fromkeys(asked, "omit"), words=60)
    label = Reading(points=asked | (points or {}), overall=10)
    row: dict[str, object] = {
        "id": "attention-01", "question_id": "attention", "form": None, "voice": "rambler", "spoken": False, "plan": plan,
        "answer": text, "label": label,
    }  # fmt: skip
    return Answer.model_validate(row | given)


LONG = " ".join(f"word{n}" for n in range(80))


def test_every_answer_keeps_the_rules() -> None:
    assert [fault for answer in OPEN for fault in corpus.faults(answer)] == []


def test_no_two_answers_repeat_each_other() -> None:
    assert corpus.repeats(OPEN) == []


def test_length_does_not_give_quality_away() -> None:
    assert abs(corpus.length_correlation(OPEN)) <= 0.3
    longer_is_better = [answer.model_copy(update={"answer": "word " * (60 + answer.label.overall)}) for answer in OPEN]
    assert corpus.length_correlation(longer_is_better) > 0.9, "control"


def test_the_set_is_balanced_by_its_labels() -> None:
    kinds = Counter(answer.kind for answer in OPEN)
    assert kinds["middling"] >= 0.35 * len(OPEN) and kinds["wrong"] >= 0.25 * len(OPEN)
    assert sum(answer.second is not None for answer in OPEN) >= 0.2 * len(OPEN)


def test_what_was_recognised_differs_from_what_was_read_aloud() -> None:
    heard = [answer for answer in OPEN if answer.written is not None]
    assert len(heard) >= 200 and all(answer.answer != answer.written and "recognised" in answer.plan.traits for answer in heard)
    assert all(answer.written is not None for answer in OPEN if "recognised" in answer.plan.traits)


def test_answers_lie_under_their_question_and_its_split() -> None:
    for split in ("train", "dev"):
        for path in (corpus.DATA / "answers" / split).glob("*.jsonl"):
            found = corpus.parse(path.read_text(encoding="utf-8"))
            assert {answer.question_id for answer in found} == {path.stem} and corpus.splits()[path.stem] == split
    assert len({answer.id for answer in OPEN}) == len(OPEN)


def test_the_splits_name_every_question_and_seal_no_canonical_one() -> None:
    assert set(corpus.splits()) == {question.id for question in corpus.bank().questions()}
    assert not corpus.sealed_questions() & set(TOPICS)
    counts = Counter(corpus.splits().values())
    assert counts["sealed-a"] >= 28 and counts["sealed-b"] >= 5


def test_questions_that_share_a_canonical_claim_are_on_the_same_side() -> None:
    pairs = alike_points(corpus.bank().questions(), OnnxEncoder.load(), draw.SAME_CLAIM)
    sides = corpus.splits()
    assert [pair for pair in pairs if len({sides[name.partition("/")[0]] for name in (pair.one, pair.other)}) > 1] == []


def test_other_claims_that_train_shares_with_a_question_held_out_are_named() -> None:
    assert set(draw.shared()) == corpus.shared_claims()
    assert "robustness/better-prompt" in corpus.shared_claims(), "word for word a point of a dev question"


INPUTS = ("answers", "graded", "graded_dev", "marks", "readings", "statements")


@pytest.fixture(scope="module")
def held_out_runs() -> set[tuple[str, ...]]:
    return corpus.held_out_runs()


def test_no_training_input_has_words_of_a_question_held_out(held_out_runs: set[tuple[str, ...]]) -> None:
    files = [path for name in INPUTS for path in sorted((ROOT / "training" / name).glob("*"))]
    files += [
        ROOT / "training/data" / name
        for name in ("framings.jsonl", "reworded.jsonl", "small/packs/train.jsonl", "planned.jsonl", "planned_small.jsonl", "brief.jsonl")
    ]
    assert len(files) > 50
    assert [path.name for path in files if path.stem in corpus.held_out()] == []
    assert {path.name for path in files if corpus.in_a_row(path.read_text(encoding="utf-8")) & held_out_runs} == set()
    stolen = corpus.bank().get(sorted(corpus.sealed_questions())[0]).points()[0].because
    assert corpus.in_a_row(stolen) & held_out_runs, "control"


def test_a_sealed_answer_is_nowhere_in_the_open(held_out_runs: set[tuple[str, ...]]) -> None:
    """The files are encrypted from their first commit on."""
    held = subprocess.run(["git", "ls-files", "training/data"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    assert all((ROOT / path).suffix in (".enc", ".md") for path in held if "/sealed/" in path)
    rows = [json.loads(line) for path in held if path.endswith(".jsonl") for line in (ROOT / path).read_text("utf-8").splitlines()]
    assert len(rows) > len(OPEN)
    assert {row.get("question_id") for row in rows} & corpus.sealed_questions() == set()


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (made("too short"), "2 words"),
        (made(LONG, {"nothing": PointLabel(verdict="missed")}), "do not match the rubric"),
        (made(LONG, {"qkv": PointLabel(verdict="hit")}), "hit without a quote"),
        (made(LONG, {"qkv": PointLabel(verdict="hit", quote="never said")}), "not in the answer"),
        (made(LONG, {"qkv": PointLabel(verdict="missed", quote="word1 word2")}), "missed, asserted, and quoted"),
        (made(LONG, {"qkv": PointLabel(verdict="hit", quote="word1", asserted=False)}), "not asserted, and not missed"),
    ],
)
def test_a_broken_rule_is_named(answer: Answer, fault: str) -> None:
    assert any(fault in found for found in corpus.faults(answer))


def test_a_sound_answer_has_no_fault() -> None:
    assert list(corpus.faults(made(LONG, {"qkv": PointLabel(verdict="hit", quote="word1 word2")}))) == []


def test_half_of_the_runs_in_common_is_a_repeat() -> None:
    same = " ".join(LONG.split()[:45]) + " " + " ".join(f"other{n}" for n in range(35))
    assert corpus.repeats([made(LONG), made(same, id="attention-02")]) == [("attention-01", "attention-02")]
    other = " ".join(LONG.split()[:30]) + " " + " ".join(f"other{n}" for n in range(50))
    assert corpus.repeats([made(LONG), made(other, id="attention-02")]) == []


def test_a_sealed_file_comes_back_and_the_opening_is_written_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corpus, "DATA", tmp_path)
    (tmp_path / "sealed").mkdir()
    path = corpus.seal("sealed-b", corpus.dump([made(LONG)]))
    assert b"word1" not in path.read_bytes()
    assert corpus.parse(corpus.open_sealed("sealed-b", "a test")) == [made(LONG)]
    assert "sealed-b" in (log := (tmp_path / "sealed/OPENED.md").read_text()) and log.endswith(": a test\n")
    with pytest.raises(PermissionError, match="open_sealed"):
        corpus.read_split("sealed-b")


def test_a_third_reader_is_asked_where_plan_and_label_differ() -> None:
    answer = made(LONG, {"qkv": PointLabel(verdict="hit", quote="word1")})
    assert list(gather.differences(answer)) == [("qkv", ["hit", "missed"])]
    assert list(gather.differences(made(LONG))) == []
