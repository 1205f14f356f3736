"""The lab *tasks*: the language tasks that one uses a model for, by the live model and by something small beside it: the same items for
both, and a check in code of what has to stand in a reply.

The small ways are ``classical.py``; how it is scored and shown is ``tally.py``; the items are ``tasks.json``. The model's weights are the
same in every task: only the text before the item changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.resources import files

from greenroom.labs.classical import Way, bayes, by_word, calculator, counted, lead, nearest, template
from greenroom.labs.lab import Bench, Card, Example, Expect, Part, Progress, Source, Values
from greenroom.labs.model import Model, opened
from greenroom.labs.parameter import choice, whole
from greenroom.labs.tally import (
    ALONE,
    ANSWER,
    CLASSIFY,
    DEMO,
    TASKS,
    Item,
    Scored,
    Task,
    beside_part,
    findings,
    items_of,
    replies_part,
    right_part,
    said,
    shares_part,
)  # fmt: skip

ITEMS, LABELLED = 20, 6
MOST = {"complete": 3, "generate": 24, "summarise": 32, "translate": 12, ANSWER: 20, ALONE: 16, "count": 6}
"""Tokens that the model may write, by task."""
EXAMPLES = {
    "generate": "What: spring concert\nDay: Monday\nTime: 6 pm\nPlace: parish hall\nInvitation: Come to the spring concert on Monday at 6 "
    "pm in the parish hall!\n\nWhat: dance class\nDay: Friday\nTime: 3 pm\nPlace: riverside gym\nInvitation: Join us for a dance class at "
    "the riverside gym on Friday at 3 pm.\n\n",
    "translate": "Spanish: Buenos días.\nEnglish: Good morning.\n\nSpanish: Ella come una manzana.\nEnglish: She eats an apple.\n\n",
    "count": "3 + 4 = 7\n20 - 5 = 15\n3 × 5 = 15\n",
}
"""Solved examples before the item: without them this small model does not keep to the form."""

CARD = Card(
    name="tasks",
    title="Seven tasks, the model and something small",
    topics=("applications",),
    about="One sorts messages to a shop, completes sentences, writes an invitation from four values, sums up, translates from Spanish and "
    "answers customers; and reckons. Each is done by the live model and by something small beside it, on the same 16 or 20 items. Code "
    "checks what has to stand in a reply. The items were written for this lab; of the texts to be summed up half have the point at the "
    "beginning and half at the end. A model of 135 million parameters is a small one: larger ones do much better, and who wins at what "
    "has to be counted for each. The small way of completing has counted 17,000 words of talk and none of these sentences. A check of "
    "words does not see what else a reply says, nor how well. p is how probable so uneven a count would be if neither were better.",
    parameters=(
        choice("task", "Task", {"all": "all", **{each.name: each.title for each in TASKS}}),
        whole("items", "Items of each task, at most", ITEMS, (12, ITEMS)),
        whole("labelled", "Labelled examples for each desk", LABELLED, (1, LABELLED), "For naive Bayes; the model sees one of each."),
    ),
    expects=(
        Expect(
            id="many",
            see="One set of weights does several tasks: only the text before the item changes, and in most tasks four replies more, "
            "or still more, are right than when they are held against other items. Beside it stand seven different programs.",
            falsified_by="In half of the tasks or more fewer than four replies more are right than by accident.",
            settles=("applications/one-model-many", "what-is-an-llm/many-tasks"),
        ),
        Expect(
            id="free",
            see="That the wording is free does not say who wins: of sorting, completing, summing up and translating the model is ahead in "
            "some and behind in others, by four items or more. It has to be counted for each.",
            falsified_by="It is ahead in none of the four by four items, or behind in none, or by chance the tasks come out so unlike in "
            "one shuffle of twenty or more.",
            settles=("applications/why-llm", "applications/fits-everything", "applications/classify-extract"),
        ),
        Expect(
            id="fixed",
            see="Where the form is fixed (an invitation from four values) or one answer is right (a sum), the rule wins: a template never "
            "forgets the place, a calculator never errs, and neither needs a model. Only the model can fall short here.",
            falsified_by="Over both tasks together the rule has not more right beyond what chance does (paired, p below 0.05).",
            settles=("applications/fits-everything", "applications/why-llm"),
        ),
        Expect(
            id="handed",
            see="Asked about a shop that it has never heard of, the model answers and knows nothing. With the answer handed over that a "
            "search has found it gets some right, and fewer than the search by itself: here the ready answer is better shown as it stands.",
            falsified_by="More than one in five is right with nothing, or the answer handed over brings no more, or as many as the search.",
            settles=("applications/qa-documents", "applications/weak-spots"),
        ),
        Expect(
            id="reckons",
            see="It runs on a computer and does not reckon like one: of sums that a calculator gets right, it gets some wrong.",
            falsified_by="All sums are right.",
            settles=("applications/exact-arithmetic", "applications/weak-spots"),
            set={"task": "count"},
        ),
        Expect(
            id="demo",
            see=f"A demo proves little: there is a task in which one reply in ten or more is wrong, and {DEMO} items drawn by chance still "
            "come out all right in a quarter of the draws. The draws are worked out from the count of right replies, not made.",
            falsified_by="In each task in which one reply in ten is wrong, fewer than a quarter of the draws are flawless.",
            settles=("applications/demo-proves", "applications/metric"),
        ),
        Expect(
            id="wide",
            see="Twenty items are few: a lead that looks clear, four items or more, can be chance. In one task or more it cannot be told.",
            falsified_by="Each lead of four items or more goes beyond what chance does (paired, p below 0.05).",
            settles=("applications/metric",),
        ),
    ),
    examples=(
        Example(title="Two labelled examples for each desk", set={"task": "classify", "labelled": 2}),
        Example(title="Translating only", set={"task": "translate"}),
        Example(title="Summing up only", set={"task": "summarise"}),
    ),
    sources=(
        Source(title="Raffel et al. 2020, one model, every task as text", url="https://arxiv.org/abs/1910.10683"),
        Source(title="Bucher and Martini 2024, small tuned models against prompted ones", url="https://arxiv.org/abs/2406.08660"),
        Source(title="Dziri et al. 2023, Faith and Fate (multiplication)", url="https://arxiv.org/abs/2305.18654"),
        Source(title="Zhao et al. 2021, Calibrate Before Use", url="https://arxiv.org/abs/2102.09690"),
    ),
    seconds=600,
    megabytes=3500,
)  # fmt: skip


class Tasks:
    card = CARD

    def run(self, values: Values, bench: Bench) -> Iterator[Part]:
        model = yield from opened(bench)
        yield from self.parts(values, model)

    def parts(self, values: Values, model: Model) -> Iterator[Part]:
        """Of a model that is open."""
        chosen, found = values.text("task"), list[Scored]()
        tasks = [each for each in TASKS if chosen in ("all", each.name)]
        for done, task in enumerate(tasks):
            yield Progress(says=task.title, share=0.05 + 0.9 * done / len(tasks))
            found.append(scored(model, task, items_of(task.name, values.whole("items")), values))
            yield right_part(found)
        yield shares_part(found)
        yield beside_part(found)
        yield replies_part(found)
        yield from findings(found)


def scored(model: Model, task: Task, items: tuple[Item, ...], values: Values) -> Scored:
    given = [each.given for each in items]
    small = small_way(task.name, values.whole("labelled"))
    texts, tokens = classified(model, given) if task.name == CLASSIFY else replied(model, task.name, given)
    return Scored(named(task, values.whole("labelled")), items, texts, tuple(map(small, given)), tokens)


# --- The small ways ---


def named(task: Task, labelled: int) -> Task:
    """With the number of examples that were learned from."""
    return task._replace(small=f"{task.small}, {labelled * len(said()['examples'])} examples") if task.name == CLASSIFY else task


def small_way(task: str, labelled: int) -> Way:
    if task == CLASSIFY:
        return bayes({label: texts[:labelled] for label, texts in said()["examples"].items()})
    if task == "complete":
        return counted(files("greenroom.labs").joinpath("spoken.txt").read_text(encoding="utf-8"))
    if task in (ANSWER, ALONE):
        find = nearest(faq())
        return lambda asked: faq()[find(asked)][1]
    ways: dict[str, Way] = {"generate": template, "summarise": lead, "translate": by_word(said()["dictionary"]), "count": calculator}
    return ways[task]


def faq() -> list[tuple[str, str]]:
    return [(question, answer) for question, answer in said()["faq"]]


# --- The model ---


def asked(task: str, given: str) -> tuple[str, str]:
    """What the model is asked as a message, and how its answer is begun."""
    if task == "summarise":
        return f"{given}\n\nSummarize the most important point of this text in one short sentence.", ""
    question = f"Question: {given} Answer in one short sentence."
    return (question if task == ALONE else f"{small_way(ANSWER, 0)(given)}\n\n{question}"), "Answer:"


def continued(task: str, given: str) -> str:
    """What the model goes on with, as a text: the solved examples, then the item."""
    if task == "generate":
        what, day, time, place = given.split(" · ")
        return f"{EXAMPLES[task]}What: {what}\nDay: {day}\nTime: {time}\nPlace: {place}\nInvitation:"
    if task == "translate":
        return f"{EXAMPLES[task]}Spanish: {given}\nEnglish:"
    return f"{EXAMPLES[task]}{given} =" if task == "count" else given


def replied(model: Model, task: str, given: Sequence[str]) -> tuple[tuple[str, ...], int]:
    """The first lines of the replies, and how many tokens were read and written for them. Of a completion the first word."""
    from greenroom.labs.replies import chat, replies

    if task in ("summarise", ANSWER, ALONE):
        prompts = [chat(model, *asked(task, each)) for each in given]
    else:
        prompts = [model.tokenizer.prompt(continued(task, each)) for each in given]
    found = list(replies(model, prompts, MOST[task], line=True, at_once=ITEMS))
    texts = [each.text.split("\n")[0].strip() for each in found]
    if task == "complete":
        texts = [(each.split() or [""])[0] for each in texts]
    return tuple(texts), sum(map(len, prompts)) + sum(len(each.tokens) for each in found)


def classified(model: Model, given: Sequence[str]) -> tuple[tuple[str, ...], int]:
    """The desk that becomes likelier through the message than it is after “Hello.”: what the model prefers anyway is taken out (Zhao et
    al. 2021). Before it stands one solved example of each desk."""
    from greenroom.labs.beside import ends

    desks: dict[str, list[str]] = said()["examples"]
    solved = "".join(f'Message: "{texts[0]}"\nTopic: {desk}\n\n' for desk, texts in desks.items())
    prompts = [model.tokenizer.prompt(f'{solved}Message: "{each}"\nTopic:') for each in ("Hello.", *given)]
    ways = [model.tokenizer.encode(f" {desk}") for desk in desks]
    rows = [[end.log(way) for way in ways] for end in ends(model.transformer, prompts, at_once=4)]
    gains = [[after - before for after, before in zip(row, rows[0], strict=True)] for row in rows[1:]]
    return tuple(list(desks)[row.index(max(row))] for row in gains), sum(map(len, prompts[1:]))
