"""The lab *rag*: questions about things that do not exist, answered by the live model with no passage, the right one, a wrong one, one in
which the answer was changed, and with what a search finds. Search and answers are scored apart.

The search is ``searching.py``; how a reply is judged, what is shown and what is found is ``grounded.py``. The facts are in
``invented.json``: no model can have read them, so what it gets right it has from the passage.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from greenroom.labs.grounded import (
    CHANGED,
    FOUND,
    NONE,
    RIGHT,
    WRONG,
    Asked,
    Fact,
    apart_part,
    findings,
    picture_part,
    replies_part,
    search_parts,
    shares_part,
    shipped,
)  # fmt: skip
from greenroom.labs.lab import Bench, Card, Example, Expect, Part, Progress, Source, Values
from greenroom.labs.model import Model, opened
from greenroom.labs.parameter import choice, switch, whole
from greenroom.labs.searching import SEARCHES, search

if TYPE_CHECKING:
    from greenroom.labs.replies import Reply

QUESTIONS, TOKENS = 20, 14
NEXT = 4
"""The wrong passage is that of the fact so many further on: another thing of another kind."""
DECLINE = " If the passage does not say it, answer: not given."

CARD = Card(
    name="rag",
    title="With and without the passage",
    topics=("robustness",),
    about="Twenty questions about bridges, firms and ferries that do not exist. The model answers each with no passage, with the right "
    "one, with a wrong one, with the right one in which the answer was changed, and with what a search among 34 passages finds. An "
    "answer is right if the true value stands in it, and exact if it is nothing else. Supported: each word that carries something, and "
    "each number, stands in the passages that the model was given. That is a crude measure: it sees words, not what is said with them.",
    parameters=(
        choice("search", "Search", SEARCHES),
        whole("passages", "Passages handed on", 3, (1, 4), "Of those that the search finds; the best comes first."),
        whole("questions", "Questions", QUESTIONS, (4, QUESTIONS), "Every other one says in other words what the passage says."),
        switch("decline", "Told to say “not given”", False, "The prompt then ends with: if the passage does not say it, answer: not "
        "given."),
    ),
    expects=(
        Expect(
            id="none",
            see="Without a passage the model cannot know, and answers nearly every question all the same, wrongly.",
            falsified_by="More than one answer in five is right without a passage, or it declines half of the questions.",
            settles=("hallucination/plausible", "generation/plausible-not-true"),
        ),
        Expect(
            id="grounded",
            see="With the right passage many more answers are right: the facts can be handed over, and no weight is changed for it.",
            falsified_by="Not more are right than without a passage, beyond what chance does (paired, p below 0.05).",
            settles=("robustness/grounding", "hallucination/ground", "applications/qa-documents"),
        ),
        Expect(
            id="rest",
            see="A rest stays: with the right passage in hand, and nothing else, some answers are wrong or say nothing to the question.",
            falsified_by="All answers with the right passage are right.",
            settles=("robustness/rag-ends-hallucination", "training-challenges/grounding"),
        ),
        Expect(
            id="wrong",
            see="Given a passage about another thing, the model answers and does not say that the answer is not there.",
            falsified_by="With the wrong passage it declines more than half of the questions.",
            settles=("rag-design/cite-or-abstain",),
        ),
        Expect(
            id="changed",
            see="Given a passage with a false value, it repeats the false value: supported by what it read, and not true.",
            falsified_by="The true value is given more often than the changed one, or no answer with the changed one is supported.",
            settles=("rag-design/faithful-is-correct", "rag-design/measure-faithfulness"),
        ),
        Expect(
            id="apart",
            see="Of the answers that came wrong out of the whole, some had the right passage and some had not: two faults with two cures, "
            "and the share of right answers alone tells neither.",
            falsified_by="All wrong answers are of one kind.",
            settles=("robustness/score-apart", "rag-design/measure-retrieval", "rag-design/trace-one-failure"),
            set={"passages": 1},
        ),
        Expect(
            id="more",
            see="More passages find more and do not make the answers better: where the right one is among several, fewer answers are "
            "right than with that one alone.",
            falsified_by="On the same questions as many are right with several passages.",
            settles=("rag-design/more-chunks-better", "rag-design/few-passages", "robustness/context-replaces-retrieval"),
        ),
        Expect(
            id="cites",
            see="A citation proves nothing by being there: asked for the number of the passage, the model names the right one beside some "
            "wrong answers too.",
            falsified_by="No wrong answer is cited from the right passage.",
            settles=("trust-and-explanations/cited-is-true", "trust-and-explanations/sources-at-hand"),
        ),
    ),
    examples=(
        Example(title="Search by meaning", set={"search": "meaning"}),
        Example(title="Told to say “not given”", set={"decline": True}),
        Example(title="One passage only", set={"passages": 1}),
    ),
    sources=(
        Source(title="Lewis et al. 2020, Retrieval-Augmented Generation", url="https://arxiv.org/abs/2005.11401"),
        Source(title="Es et al. 2023, RAGAS: retrieval and faithfulness scored apart", url="https://arxiv.org/abs/2309.15217"),
        Source(title="Robertson and Zaragoza 2009, BM25 and Beyond", url="https://doi.org/10.1561/1500000019"),
        Source(title="Cormack, Clarke and Büttcher 2009, Reciprocal Rank Fusion", url="https://doi.org/10.1145/1571941.1572114"),
    ),
    seconds=600,
    megabytes=3500,
)  # fmt: skip


class Rag:
    card = CARD

    def run(self, values: Values, bench: Bench) -> Iterator[Part]:
        model = yield from opened(bench)
        yield from self.parts(values, model)

    def parts(self, values: Values, model: Model) -> Iterator[Part]:
        """Of a model that is open."""
        facts, collection, orders = searched(values)
        every = shipped()[0]  # of few questions the one so many further on could be the same again, or one of the same kind
        k, found = values.whole("passages"), dict[str, list[Asked]]()
        yield from search_parts(facts, orders, k)
        given: dict[str, list[tuple[str, ...]]] = {
            NONE: [() for _ in facts],
            RIGHT: [(fact.passage,) for fact in facts],
            WRONG: [(every[(n + NEXT) % len(every)].passage,) for n in range(len(facts))],
            CHANGED: [(fact.changed,) for fact in facts],
            FOUND: [tuple(collection[n] for n in order[:k]) for order in orders],
        }
        for done, (how, passages) in enumerate(given.items()):
            yield Progress(says=f"Asking {how}", share=0.05 + 0.9 * done / len(given))
            found[how] = ask(model, facts, passages, decline=values.yes("decline"))
            yield picture_part(found)
        yield shares_part(found)
        yield apart_part(found)
        yield replies_part(found)
        yield from findings(found)


def searched(values: Values) -> tuple[list[Fact], list[str], list[list[int]]]:
    """The facts asked about, the passages of the whole collection (those of the facts first), and for each question their order."""
    facts, others = shipped()
    collection = [*(fact.passage for fact in facts), *others]
    some = facts[: values.whole("questions")]
    return some, collection, search(values.text("search"), [fact.question for fact in some], collection)


def said(question: str, passages: Sequence[str], *, decline: bool) -> str:
    """What the model is given to read."""
    if len(passages) > 1:
        told = "".join(f"Passage [{n}]: {each}\n" for n, each in enumerate(passages, 1)) + "\n"
    else:
        told = f"Passage: {passages[0]}\n\n" if passages else ""
    return f"{told}Question: {question} Answer in a few words.{DECLINE if decline else ''}"


def ask(model: Model, facts: Sequence[Fact], given: Sequence[tuple[str, ...]], *, decline: bool) -> list[Asked]:
    from greenroom.labs.replies import chat, replies

    prompts = [chat(model, said(fact.question, some, decline=decline), "Answer:") for fact, some in zip(facts, given, strict=True)]
    return [
        Asked(fact, some, reply.text.split("\n")[0].strip(), cited(model, reply, len(some)))
        for fact, some, reply in zip(facts, given, replies(model, prompts, TOKENS), strict=True)
    ]


def cited(model: Model, reply: Reply, count: int) -> int | None:
    """Behind its answer the model is made to say “ (from passage [”; the likeliest of the numbers there are is its citation, from 0."""
    if count < 2 or not reply.tokens:
        return None
    way = [*reply.tokens[-1 if reply.cut else len(reply.tokens) :], *model.tokenizer.encode(" (from passage [")]
    nodes = reply.branches.follow([(reply.node, way)])[0]
    digits = [model.tokenizer.encode(str(n))[0] for n in range(1, count + 1)]
    return int(reply.branches.logits[nodes[-1]][digits].argmax())
