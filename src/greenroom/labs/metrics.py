"""The lab *metrics*: pairs of answers of which people would accept one, and what five measures make of them: exact match, ROUGE-L, BLEU,
the cosine of two vectors, the live model's perplexity.

The first three are ``measures.py``; the vectors are of the encoder that ships; the perplexity is that of the answer after its question.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from greenroom.labs.lab import Bench, Card, Cell, Example, Expect, Finding, Part, Picture, Progress, Series, Source, Table, Values
from greenroom.labs.measures import bleu, exact, rouge_l
from greenroom.labs.model import Model, opened
from greenroom.labs.parameter import choice, switch, text
from greenroom.labs.shares import Share, paired
from greenroom.labs.shown import cell

FILE, PLAIN, NEGATED, TURNED = "scored.json", "plain", "negation", "who and whom"
"""The last three are kinds of pairs."""
EVEN, SURE = 1e-9, 0.05
"""Scores that differ by less are the same; a difference with a p below ``SURE`` is more than chance."""
TITLES = {
    "exact": "Exact match",
    "rouge": "ROUGE-L",
    "bleu": "BLEU",
    "cosine": "Cosine",
    "perplexity": "Perplexity (lower is better)",
}

CARD = Card(
    name="metrics",
    title="Measures and meaning",
    topics=("robustness", "training-challenges"),
    about="To each of 24 references there is an answer that people would accept and one that they would not, for instance because of one "
    "“not”. Five measures score both; a measure is right where it puts the accepted one first. Six pairs are plain, eighteen were chosen "
    "because measures of words are likely to fail on them: the shares are no estimate of how often they fail on ordinary text. Which "
    "answer is acceptable was said by the authors of the pairs.",
    parameters=(
        choice("kind", "Pairs", {"all": "all", "hard": "only the awkward ones", "plain": "only the plain ones"}),
        switch("live", "Perplexity by the live model", True),
        text("reference", "A reference of your own", "", 300, group="Your own pair"),
        text("good", "An answer you would accept", "", 300, group="Your own pair"),
        text("bad", "One you would not", "", 300, group="Your own pair"),
    ),
    expects=(
        Expect(
            id="plain",
            see="Where the other answer is about something else, ROUGE-L, BLEU and the cosine put the accepted one first each time.",
            falsified_by="One of them fails on a plain pair.",
        ),
        Expect(
            id="hard",
            see="Where one word turns the meaning, the measures that count words put the wrong answer first nearly every time: it shares "
            "more words with the reference.",
            falsified_by="ROUGE-L or BLEU puts it first on fewer than nine in ten of the awkward pairs; the same score for both is not "
            "first.",
            settles=("training-challenges/evaluation", "applications/metric"),
        ),
        Expect(
            id="cosine",
            see="Vectors are not safe either: the cosine puts the wrong answer first on some pairs, for “not” and for who did it to whom.",
            falsified_by="The cosine is right on all pairs with a “not”, or on all with who did it to whom.",
            settles=("training-challenges/evaluation",),
        ),
        Expect(
            id="ahead",
            see="Vectors are right on more of the awkward pairs than measures that count words.",
            falsified_by=f"ROUGE-L or BLEU is right on more of them than the cosine (McNemar's exact test, p below {SURE / 2} for either). "
            f"It is seen only if the cosine is ahead of both with p below {SURE}; anything between is undecided.",
        ),
        Expect(
            id="perplexity",
            see="Perplexity says how expected a text is and has not seen the reference: it puts the false answer first on some pairs.",
            falsified_by="It is right on all pairs.",
            settles=("hallucination/plausible", "training-challenges/low-loss-means-good"),
        ),
        Expect(
            id="slices",
            see="One figure hides it: over all pairs together a measure looks passable or poor, kind by kind it is right on all of "
            "one and on none of another.",
            falsified_by="No measure is right on all pairs of one kind and on none of another.",
            settles=("robustness/one-number",),
        ),
        Expect(
            id="together",
            see="That measures agree proves nothing: on most awkward pairs ROUGE-L, BLEU and the cosine agree, and put the wrong answer "
            "first. They see the same thing, and it is not the meaning.",
            falsified_by="They are wrong together on fewer than half of them.",
            settles=("robustness/define-failure", "training-challenges/evaluation"),
        ),
    ),
    examples=(
        Example(title="Only the awkward ones", set={"kind": "hard"}),
        Example(
            title="A pair of your own",
            set={"reference": "The meeting was moved to Friday.", "good": "They meet on Friday instead.", "bad": "The meeting was "
            "moved to Monday.", "live": False},
        ),
    ),
    sources=(
        Source(title="Lin 2004, ROUGE", url="https://aclanthology.org/W04-1013/"),
        Source(title="Papineni et al. 2002, BLEU", url="https://aclanthology.org/P02-1040/"),
        Source(title="Post 2018, A Call for Clarity in Reporting BLEU Scores", url="https://arxiv.org/abs/1804.08771"),
        Source(title="Reiter 2018, A Structured Review of the Validity of BLEU", url="https://aclanthology.org/J18-3002/"),
    ),
    seconds=300,
    megabytes=3000,
)  # fmt: skip


class Item(NamedTuple):
    """``good``: the answer that people would accept; ``bad``: the one they would not."""

    kind: str
    asked: str
    reference: str
    good: str
    bad: str


class Scored(NamedTuple):
    """By measure: the score of the accepted answer and of the other, the larger the better (perplexity: its negative)."""

    item: Item
    scores: dict[str, tuple[float, float]]

    def verdict(self, measure: str) -> int:
        """1: the accepted one first, -1: the other, 0: it cannot tell."""
        good, bad = self.scores[measure]
        return 0 if abs(good - bad) < EVEN else 1 if good > bad else -1


class Metrics:
    card = CARD

    def run(self, values: Values, bench: Bench) -> Iterator[Part]:
        model = (yield from opened(bench)) if values.yes("live") else None
        yield from self.parts(values, model)

    def parts(self, values: Values, model: Model | None) -> Iterator[Part]:
        """Of a model that is open; None: no perplexity."""
        items = given(values)
        yield Progress(says="Counting words, making vectors", share=0.1)
        found = scored(items)
        if model:
            for n, each in enumerate(found):
                yield Progress(says=f"Perplexity of pair {n + 1} of {len(found)}", share=0.15 + 0.8 * n / len(found))
                good, bad = (-perplexity(model, each.item.asked, text) for text in (each.item.good, each.item.bad))
                each.scores["perplexity"] = good, bad
        yield right_part(found)
        yield kinds_part(found)
        yield shares_part(found)
        yield items_part(found)
        yield from findings(found)


@cache
def shipped() -> tuple[Item, ...]:
    said = json.loads(files("greenroom.labs").joinpath(FILE).read_text(encoding="utf-8"))
    return tuple(Item(**each) for each in said["items"])


def given(values: Values) -> list[Item]:
    """A pair of one's own stands alone, if all three of its texts are there."""
    own = Item("your own", "", *(values.text(name).strip() for name in ("reference", "good", "bad")))
    if all(own[2:]):
        return [own]
    kind = values.text("kind")
    return [each for each in shipped() if kind == "all" or (each.kind == PLAIN) == (kind == PLAIN)]


def scored(items: Sequence[Item]) -> list[Scored]:
    """By all measures but perplexity. Raises WeightsError where the encoder cannot be loaded."""
    from greenroom.llm.encoder import OnnxEncoder

    vectors = OnnxEncoder.load(threads=1).encode([text for each in items for text in (each.reference, each.good, each.bad)])
    found = []
    for n, each in enumerate(items):
        reference, good, bad = vectors[3 * n : 3 * n + 3]
        scores = {
            name: (measure(each.good, each.reference), measure(each.bad, each.reference))
            for name, measure in (("exact", exact), ("rouge", rouge_l), ("bleu", bleu))
        }
        found.append(Scored(each, scores | {"cosine": (float(reference @ good), float(reference @ bad))}))
    return found


def perplexity(model: Model, asked: str, text: str) -> float:
    """Of the text's tokens, behind its question: e to their mean surprise."""
    before = model.tokenizer.prompt(f"Question: {asked}\nAnswer:") if asked else model.tokenizer.prompt("Answer:")
    ids = [*before, *model.tokenizer.encode(f" {text}")]
    return math.exp(float(model.transformer.surprise(ids)[len(before) - 1 :].mean()))


# --- What is shown ---


def measures(found: Sequence[Scored]) -> list[str]:
    return [name for name in TITLES if all(name in each.scores for each in found)]


def right(found: Sequence[Scored], measure: str) -> Share:
    return Share(sum(each.verdict(measure) == 1 for each in found), len(found))


def kinds(found: Sequence[Scored]) -> dict[str, list[Scored]]:
    names = dict.fromkeys(each.item.kind for each in found)
    return {name: [each for each in found if each.item.kind == name] for name in names}


def right_part(found: Sequence[Scored]) -> Picture:
    groups = {"awkward pairs": [e for e in found if e.item.kind != PLAIN], "plain pairs": [e for e in found if e.item.kind == PLAIN]}
    some = {title: each for title, each in groups.items() if each}
    names = measures(found)
    return Picture(
        name="right", title="The accepted answer is put first", chart="bars", label="Measure", unit="%", 
        labels=tuple(TITLES[n] for n in names),
        series=tuple(Series(title=title.capitalize(), values=tuple(right(each, n).percent for n in names)) for title, each in some.items()),
        says="; ".join(f"{TITLES[n]}: {right(found, n)}" for n in names) + ".",
        note="A measure that gives both the same score is not right.",
    )  # fmt: skip


def kinds_part(found: Sequence[Scored]) -> Picture:
    names, groups = measures(found), kinds(found)
    return Picture(
        name="kinds", title="Kind by kind", chart="heat", label="Kind of pair", across="Measure", unit="%", labels=tuple(groups), full=100,
        series=tuple(Series(title=TITLES[n], values=tuple(right(some, n).percent for some in groups.values())) for n in names),
        says="; ".join(_told(kind, some, names) for kind, some in groups.items())[:2000],
    )  # fmt: skip


def _told(kind: str, some: Sequence[Scored], names: Sequence[str]) -> str:
    return f"{kind}: " + ", ".join(f"{n} {right(some, n).cases} of {len(some)}" for n in names)


def shares_part(found: Sequence[Scored]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for n in measures(found):
        wrong = sum(each.verdict(n) == -1 for each in found)
        share = right(found, n)
        rows.append((TITLES[n], share.cases, wrong, len(found) - share.cases - wrong, 100 * share.low, 100 * share.high))
    columns = ("Measure", "Accepted one first", "The other first", "Cannot tell", "Right %, 95% from", "to")
    return Table(name="shares", title="All pairs", columns=columns, rows=tuple(rows))


def items_part(found: Sequence[Scored]) -> Table:
    names = measures(found)
    rows: list[tuple[Cell, ...]] = []
    for each in found:
        marks = []
        for n in names:
            good, bad = (abs(score) for score in each.scores[n])
            marks.append(f"{'✓' if each.verdict(n) == 1 else '✗' if each.verdict(n) == -1 else '='} {good:.2f} · {bad:.2f}")
        rows.append((each.item.kind, cell(each.item.reference), cell(each.item.good), cell(each.item.bad), *marks))
    columns = ("Kind", "Reference", "Accepted", "Not accepted", *(TITLES[n] for n in names))
    note = "Score of the accepted answer · of the other. ✓: the accepted one is first, ✗: the other, =: the same."
    return Table(name="items", title="Every pair", columns=columns, rows=tuple(rows), note=note)


# --- What is found ---


def findings(found: Sequence[Scored]) -> Iterator[Finding]:
    plain, hard = [e for e in found if e.item.kind == PLAIN], [e for e in found if e.item.kind not in (PLAIN, "your own")]
    yield _plain(plain)
    if hard:
        r, b = (right(hard, n) for n in ("rouge", "bleu"))
        first = {n: Share(sum(e.verdict(n) == -1 for e in hard), len(hard)) for n in ("rouge", "bleu")}
        told = f"Right on the awkward pairs: ROUGE-L {r}, BLEU {b}. The wrong answer first: {first['rouge']} and {first['bleu']}."
        yield Finding(id="hard", held=all(10 * each.cases >= 9 * each.of for each in first.values()), found=told)
        wrong = [e.item for e in hard if e.verdict("cosine") == -1]
        told = f"The cosine is right on {right(hard, 'cosine')} of the awkward pairs."
        told += f" Wrong for instance: “{wrong[0].bad}”." if wrong else ""
        yield Finding(id="cosine", held={NEGATED, TURNED} <= {each.kind for each in wrong}, found=told)
        yield _ahead(hard)
    else:
        for name in ("hard", "cosine", "ahead"):
            yield Finding(id=name, held=None, found="There are no awkward pairs among these.")
    yield _perplexity(found)
    yield _slices(found)
    yield _together(hard)


def _ahead(hard: Sequence[Scored]) -> Finding:
    """The cosine against each measure of words, pair by pair: only the pairs count on which one is right and the other is not."""
    better, worse, told = [], [], []
    for n in ("rouge", "bleu"):
        marks = [(e.verdict("cosine") == 1, e.verdict(n) == 1) for e in hard]
        wins, losses = marks.count((True, False)), marks.count((False, True))
        p = paired(wins, losses)
        better.append(wins > losses and p < SURE)
        worse.append(losses > wins and p < SURE / 2)
        told.append(f"only the cosine is right on {wins}, only {TITLES[n]} on {losses} (p = {p:.2g})")
    held = True if all(better) else False if any(worse) else None
    undecided = "Undecided: so few differences can be chance. " if held is None else ""
    says = f"{undecided}Of {len(hard)} awkward pairs, {'; '.join(told)}. McNemar's exact test."
    return Finding(id="ahead", held=held, found=says)


def _plain(plain: Sequence[Scored]) -> Finding:
    if not plain:
        return Finding(id="plain", held=None, found="There are no plain pairs among these.")
    shares = {n: right(plain, n) for n in ("rouge", "bleu", "cosine")}
    told = "; ".join(f"{TITLES[n]} {share}" for n, share in shares.items()) + "."
    return Finding(id="plain", held=all(share.cases == share.of for share in shares.values()), found=told)


def _perplexity(found: Sequence[Scored]) -> Finding:
    if "perplexity" not in measures(found):
        return Finding(id="perplexity", held=None, found="The live model was not asked.")
    share = right(found, "perplexity")
    return Finding(id="perplexity", held=share.cases < share.of, found=f"Right on {share} of the pairs.")


def _slices(found: Sequence[Scored]) -> Finding:
    groups = kinds(found)
    if len(groups) < 2:
        return Finding(id="slices", held=None, found="There is one kind of pair only.")
    for n in measures(found):
        shares = {kind: right(some, n) for kind, some in groups.items()}
        best, worst = (pick(shares, key=lambda kind: shares[kind].value or 0) for pick in (max, min))
        if shares[best].cases == shares[best].of and shares[worst].cases == 0:
            told = f"{TITLES[n]}: {right(found, n)} over all, {shares[best]} on “{best}”, {shares[worst]} on “{worst}”."
            return Finding(id="slices", held=True, found=told)
    return Finding(id="slices", held=False, found="No measure is right on all of one kind and none of another.")


def _together(hard: Sequence[Scored]) -> Finding:
    if not hard:
        return Finding(id="together", held=None, found="There are no awkward pairs among these.")
    wrong = Share(sum({each.verdict(n) for n in ("rouge", "bleu", "cosine")} == {-1} for each in hard), len(hard))
    apart = sum({1, -1} <= {each.verdict(n) for n in measures(hard)} for each in hard)
    told = f"All three wrong on {wrong} of the awkward pairs; on {apart} two of all measures contradict each other."
    return Finding(id="together", held=2 * wrong.cases >= wrong.of, found=told)
