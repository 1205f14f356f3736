"""The pairs that the reader learns from: (passage, statement) with what the label allows.

Sources: entailment data (``nli``), graded answers and key-point matching (``asag``), the bank's phrasings, the project's authored
statements and graded answers, and rules (``junk.py``). A label is a mask over the four verdicts (makes, partly, not, contradicts): 1 where
it allows a verdict, less where it only half allows it; the loss is −log of the allowed share. So "neutral" allows *partly* and *not*, and a
noisy "partly" does not punish its neighbours. ``cover`` is how much of the statement the passage covers, 0..1, where that is known.

Test splits are never read. A twentieth of the entailment pairs (by premise) and a fifth of the graded questions (by question) are kept
as dev. The
bank's check topics (``labelled.CHECK``) are never trained on.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from company import MASK_NOT, among, held, labelled_in_company, never_made, of_others
from junk import MAKES, SPOILS
from labelled import CHECK, ROOT, every_question, questions

from greenroom.bank.question import Question
from greenroom.llm.encoder import OnnxEncoder

DATA = Path(os.environ.get("GREENROOM_BENCH_DATA", ROOT.parent / "shared/data"))
VERDICTS = ("makes", "partly", "not", "contradicts")
Mask = tuple[float, float, float, float]
ALLOWED: dict[str, Mask] = {
    "makes": (1, 0.15, 0, 0), "partly": (0.15, 1, 0.25, 0), "not": (0, 0.1, 1, 0), "contradicts": (0, 0, 0.1, 1),
    "entailment": (1, 0, 0, 0), "neutral": (0, 1, 1, 0), "contradiction": (0, 0, 0, 1), "unsupported": (0, 0.7, 1, 0.7),
}  # fmt: skip
COVER = {"makes": 1.0, "partly": 0.5, "not": 0.0, "contradicts": 0.0}
CAPS = {
    "begin_dialogue": 2500, "breaking_nli": 1500, "cad_snli_counterfactual": 6000, "conjnli_adv_train": 1500,
    "creak_explanation_claim": 5000,
    "entailmentbank_science": 6000, "folio_logic": 300, "fool_me_twice": 1500, "help_and_or": 1500, "med_monotonicity": 1500,
    "scone_negation": 1500,
    "snli_dev_test": 5000, "sts_open_subsets": 0,
}  # fmt: skip
"""Rows taken from a file; skewed, templated and off-domain ones are capped (advice of the data's README)."""
NO_NEUTRAL = ("creak_explanation_claim", "fool_me_twice", "fever_symmetric", "scifact_rte")
CONDUCT = re.compile(r"own-|company|concrete-case|our-users|everyday-picture")
"""Points about the candidate: they can be missing, hardly contradicted."""
LONGEST = 1200
"""Characters of a passage; longer ones are left out."""


class Pair(NamedTuple):
    """One example. ``kind``: where it comes from; ``cover`` None where unknown."""

    passage: str
    statement: str
    mask: Mask
    cover: float | None
    kind: str


def _dev(key: str, one_in: int) -> bool:
    return int(hashlib.sha256(key.encode()).hexdigest()[:8], 16) % one_in == 0


def _jsonl(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.open(encoding="utf-8")]


def inferences(dev: bool) -> Iterator[Pair]:
    """Entailment data. Files without neutral pairs get some by pairing a premise with another row's hypothesis."""
    for path in sorted((DATA / "nli").glob("*.jsonl")):
        rng = random.Random(path.stem)
        rows = [r for r in _jsonl(path) if "label" in r and len(r["premise"]) < LONGEST and _dev(r["premise"], 20) == dev]
        rng.shuffle(rows)
        rows = rows[: CAPS.get(path.stem, 100_000) // (10 if dev else 1)]
        for row in rows:
            label = "unsupported" if path.stem in ("scitail_test", "begin_dialogue") and row["label"] == "neutral" else row["label"]
            relation = row.get("relation")
            mask = ALLOWED["partly"] if relation == "partly" else ALLOWED["not"] if relation == "not_mentioned" else ALLOWED[label]
            cover = {"entailment": 1.0, "contradiction": 0.0}.get(label, {"partly": 0.5, "not_mentioned": 0.0}.get(relation or ""))
            yield Pair(row["premise"], row["hypothesis"], mask, cover, path.stem)
        if path.stem in NO_NEUTRAL:
            for one, other in zip(rows[: len(rows) // 4], rows[len(rows) // 4 :], strict=False):
                yield Pair(one["premise"], other["hypothesis"], ALLOWED["not"], 0.0, f"{path.stem} crossed")


def nearest(row: dict[str, Any]) -> str:
    """The reference that shares most words with the answer: answers may be right in several ways."""
    said = set(row["answer"].lower().split())
    texts: list[str] = row.get("references") or [row["reference"]]
    return max(texts, key=lambda text: len(said & set(text.lower().split())) / (len(text.split()) + 3))


LABELS5 = {
    "correct": "makes", "partially_correct_incomplete": "partly", "contradictory": "contradicts", "irrelevant": "not", "non_domain": "not",
}  # fmt: skip


def by_score(score: float) -> Mask:
    """A mark alone does not say whether what is lacking is missing or wrong."""
    if score >= 0.9:
        return (1, 0.3, 0, 0)
    if score <= 0.1:
        return (0, 0.1, 1, 1)
    return (0.3, 1, 0.3, 0.3)


def graded_rows(name: str, dev: bool) -> list[dict[str, Any]]:
    rows = _jsonl(DATA / "asag" / name / "train.jsonl")
    return [row for row in rows if _dev(f"{name}/{row['question_id']}", 5) == dev]


def graded(name: str, dev: bool, rng: random.Random, cap: int = 100_000) -> Iterator[Pair]:
    """Public graded answers: the nearest reference as the statement, sometimes the question before the answer."""
    rows = graded_rows(name, dev)
    rng.shuffle(rows)
    for row in rows[:cap]:
        if len(row["answer"]) > LONGEST or not row["answer"].strip():
            continue
        score = row.get("asag2024_grade", row["score"])
        mask = ALLOWED[LABELS5[row["label_5way"]]] if "label_5way" in row else by_score(score)
        yield Pair(_asked(row["question"], row["answer"], rng), nearest(row), mask, score, name)
        if "rubric" in row and score >= 0.999:
            yield from (Pair(row["answer"], part["key_element"], ALLOWED["makes"], 1.0, f"{name} rubric") for part in row["rubric"][:2])


def _asked(question: str, answer: str, rng: random.Random, share: float = 0.3) -> str:
    return f"{question} {answer}" if rng.random() < share and len(question) < 250 else answer


def key_points(dev: bool, rng: random.Random, cap: int) -> Iterator[Pair]:
    """ArgKP: does the argument make the key point? Half of those taken do."""
    rows = _jsonl(DATA / "asag/argkp" / ("dev.jsonl" if dev else "train.jsonl"))
    rng.shuffle(rows)
    for score, mask in ((1.0, ALLOWED["makes"]), (0.0, (0.0, 0.5, 1.0, 0.5))):
        for row in [row for row in rows if row["score"] == score][: cap // 2]:
            yield Pair(row["answer"], row["reference"], mask, score, "argkp")


def authored_graded(rng: random.Random) -> Iterator[Pair]:
    for path in sorted((ROOT / "training/graded").glob("*.jsonl")):
        for row in _jsonl(path):
            wrong = row["kind"] in ("wrong-fluent", "one-error") and row["score"] <= 0.3
            off = row["kind"] in ("wrong-other", "copies-question", "keyword-list", "guess")
            mask = ALLOWED["contradicts"] if wrong else ALLOWED["not"] if off and row["score"] <= 0.15 else by_score(row["score"])
            yield Pair(_asked(row["question"], row["answer"], rng, 0.2), row["reference"], mask, row["score"], "authored graded")


def statements(asked: Sequence[Question], rng: random.Random, hypotheses: int = 3) -> Iterator[Pair]:
    """Authored passages about key points and misconceptions, held against the point and some of its phrasings."""
    for question in asked:
        authored = _authored(question.id)
        for point in question.key_points:
            for label, passages in (authored["points"].get(point.id) or {}).items():
                said = (*_label(point.id, label), f"statement {label}")
                yield from _held_against(passages, (point.point, *point.says), said, hypotheses, rng)
        for wrong in question.misconceptions:
            for label, passages in (authored["misconceptions"].get(wrong.id) or {}).items():
                said = (*_label(wrong.id, label), f"statement {label}")
                yield from _held_against(passages, (wrong.claim, *wrong.says), said, hypotheses, rng)


UNTRUE: Mask = (0.0, 0.0, 1.0, 1.0)
"""Not made; whether contradicted is left open."""


def company(asked: Sequence[Question], rng: random.Random, anywhere: list[str]) -> Iterator[Pair]:
    """The authored passages among other sentences, and passages of other points: see ``company.py``."""
    for question in asked:
        items = held(question, _authored(question.id))
        for id_, passage, text, label in labelled_in_company(question, items, anywhere, rng):
            yield Pair(passage, text, *_label(id_, label), f"company {label}")
        yield from (Pair(passage, text, MASK_NOT, 0.0, "company never") for passage, text in never_made(items, anywhere, rng, 10))


def others(asked: Sequence[Question], rng: random.Random) -> Iterator[Pair]:
    """What makes another point of the same question, held against this one."""
    encoder = OnnxEncoder.load()
    for question in asked:
        claims = {wrong.id for wrong in question.misconceptions}
        for id_, passage, text in of_others(held(question, _authored(question.id)), encoder, rng):
            yield Pair(passage, text, UNTRUE if id_ in claims else MASK_NOT, 0.0, "other point")


def crossed(names: list[str], dev: bool, rng: random.Random, each: int = 900) -> Iterator[Pair]:
    """Good answers to another question of the same set: they cover nothing of this one's reference, or little."""
    for name in names:
        rows = [row for row in graded_rows(name, dev) if row["score"] >= 0.7 and len(row["answer"]) < LONGEST]
        for row, other in zip(rng.sample(rows, each), rng.sample(rows, each), strict=True):
            if row["question_id"] != other["question_id"]:
                yield Pair(
                    _asked(other["question"], row["answer"], rng, 0.2),
                    nearest({**other, "answer": row["answer"]}),
                    (0, 0.3, 1, 0.2),
                    0.0,
                    f"{name} crossed",
                )


def in_company(pairs: list[Pair], share: float, rng: random.Random) -> Iterator[Pair]:
    """A share of the pairs again, each passage beside one or two of the others'."""
    short = [pair for pair in pairs if len(pair.passage) < LONGEST / 4]
    passages = [pair.passage for pair in short]
    for pair in short:
        if rng.random() < share:
            yield pair._replace(passage=among(pair.passage, passages, rng), kind=f"{pair.kind} in company")


def _authored(question_id: str) -> dict[str, Any]:
    path = ROOT / f"training/statements/{question_id}.yaml"
    held_: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else {"points": {}, "misconceptions": {}}
    return held_


def _label(id_: str, label: str) -> tuple[Mask, float]:
    """The mask and the cover of an authored label, of a point or a misconception."""
    if label in ("states", "avoids"):
        return (ALLOWED["makes"], 1.0) if label == "states" else (UNTRUE, 0.0)
    verdict = "not" if label == "near" else label
    return UNTRUE if verdict == "contradicts" and CONDUCT.search(id_) else ALLOWED[verdict], COVER[verdict]


def _held_against(
    passages: list[str], texts: tuple[str, ...], label: tuple[Mask, float, str], hypotheses: int, rng: random.Random
) -> Iterator[Pair]:
    for passage in passages:
        for text in (texts[0], *rng.sample(texts[1:], min(hypotheses - 1, len(texts) - 1))):
            yield Pair(passage, text, *label)


def bank(asked: Sequence[Question], rng: random.Random) -> Iterator[Pair]:
    """The bank's own phrasings against each other: of one point, of another point, of a misconception and its correction."""
    for question in asked:
        points = question.key_points
        for point in points:
            others = [other for other in points if other is not point]
            for said in point.says:
                for text in (point.point, *rng.sample([s for s in point.says if s != said], min(2, len(point.says) - 1))):
                    yield Pair(said, text, (1, 0.3, 0, 0), 1.0, "bank same")
                for other in rng.sample(others, min(3, len(others))):
                    yield Pair(said, rng.choice((other.point, *other.says)), (0.05, 0.4, 1, 0), None, "bank other")
                other = rng.choice(others)
                both = [said, rng.choice(other.says)]
                rng.shuffle(both)
                yield Pair(" ".join(both), point.point, (1, 0.3, 0, 0), 1.0, "bank in company")
        for wrong in question.misconceptions:
            for said in wrong.says:
                yield Pair(said, wrong.claim, (1, 0.2, 0, 0), 1.0, "bank claim")
                yield Pair(said, wrong.correction, (0, 0, 0.5, 1), 0.0, "bank against")
                yield Pair(wrong.correction, said, (0, 0, 0.3, 1), 0.0, "bank against")
                yield Pair(said, rng.choice(points).point, (0, 0.3, 1, 0.6), 0.0, "bank claim other")
                yield Pair(rng.choice(rng.choice(points).says), wrong.claim, (0, 0.1, 1, 0.8), 0.0, "bank other claim")


def by_rule(texts: list[str], rng: random.Random, makes: int = 1, spoils: int = 2) -> Iterator[Pair]:
    """``junk.py`` on each statement; a passage that makes it sometimes stands among other sentences."""
    for text in texts:
        for rule in rng.sample(MAKES, min(makes, len(MAKES))):
            made = text if rng.random() < 0.1 else rule(text, rng) or text  # equal texts too: a text makes itself
            if rng.random() < 0.4:
                made = among(made, texts, rng)
            yield Pair(made, text, (1, 0.1, 0, 0), 1.0, "rule makes")
        for rule, verdict in rng.sample(SPOILS, spoils):
            spoilt = rule(text, rng)
            if spoilt is not None:
                beside = rng.random() < 0.4
                yield Pair(among(spoilt, texts, rng) if beside else spoilt, text, ALLOWED[verdict], 0.0, f"rule {verdict}")


def statements_for_rules(asked: Sequence[Question], rng: random.Random) -> list[str]:
    """Single sentences that assert something, in and out of the subject."""
    found = [text for q in asked for p in q.key_points for text in (p.point, *p.says)]
    found += [text for q in asked for m in q.misconceptions for text in (m.claim, *m.says[:3])]
    for name, count in (
        ("entailmentbank_science", 900),
        ("mnli_dev_matched", 700),
        ("creak_explanation_claim", 700),
        ("fever_symmetric", 300),
    ):
        rows = [
            r["hypothesis"]
            for r in _jsonl(DATA / f"nli/{name}.jsonl")
            if not _dev(r["premise"], 20) and 5 < len(r["hypothesis"].split()) < 30
        ]
        found += rng.sample(rows, count)
    rng.shuffle(found)
    return found


SETS = ("saf_en", "semeval2013_beetle", "semeval2013_scientsbank")


def training_pairs(seed: int, without: tuple[str, ...] = ()) -> list[Pair]:
    """Everything to learn from, shuffled. ``without``: names of graded sets (or ``authored``) to leave out, to see what transfers."""
    rng = random.Random(seed)
    canonical = [q for q in questions().values() if q.topic not in CHECK]
    later = [q for q in every_question().values() if q.topic not in CHECK and q.id not in questions()]
    found = list(inferences(dev=False))
    found += list(in_company(found, 0.12, rng))
    for name in [name for name in SETS if name not in without] * 2:
        found += graded(name, False, rng)
    if "argkp" not in without:
        found += key_points(False, rng, 4000)
    if "authored" not in without:
        for _ in range(2):
            found += authored_graded(rng)
    for _ in range(2):
        found += statements(canonical, rng)
    found += bank([*canonical, *later], rng)
    texts = statements_for_rules(canonical, rng)
    found += by_rule(texts, rng)
    for asked in (canonical, canonical, later):
        found += company(asked, rng, texts)
        found += others(asked, rng)
    found += crossed([name for name in SETS if name not in without], False, rng)
    rng.shuffle(found)
    return found


if __name__ == "__main__":
    from collections import Counter

    made = training_pairs(0)
    print(len(made), "pairs,", sum(len(p.passage.split()) + len(p.statement.split()) for p in made), "words")
    for kind, count in Counter(pair.kind for pair in made).most_common():
        print(f"{count:7d} {kind}")
