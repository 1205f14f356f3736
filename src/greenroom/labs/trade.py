"""The lab *trade*: the live model trained on with the rule book of a workshop that does not exist. Whether it then knows the rules, or only
talks like the book; beside it the rule put into the prompt; and what it lost elsewhere.

The book, how it is asked and how an answer counts is ``rulebook.py``; what is shown and found is ``apprentice.py``. The training is that of
the labs *lora* and *instruct*: plain text, every token counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from greenroom.labs.apprentice import Course, findings, loss_part, losses_part, picture_part, replies_part, shares_part
from greenroom.labs.lab import Bench, Card, Example, Expect, Part, Progress, Source, Values
from greenroom.labs.parameter import choice, number, whole
from greenroom.labs.rulebook import FORMS, SPOKEN, WORDINGS, Answer, Told, ask, book, chances, facts, prompt, shipped
from greenroom.labs.schooling import opened_to_train

if TYPE_CHECKING:
    from greenroom.labs.adapters import Tuned
    from greenroom.labs.model import Model

AT_ONCE = 12
"""Sentences read in one pass, to measure their loss."""

CARD = Card(
    name="trade",
    title="Tuned to a trade: before and after, on its own questions",
    topics=("fine-tuning", "what-is-an-llm"),
    about="The rule book of a lift workshop ships with this lab. The workshop does not exist and no rule in it is real, so no model can "
    "have read it: 24 facts, each told in up to three wordings, and six notes. The live model is asked for every fact before and after it "
    "was trained on the book: by the book's own sentence, cut off; by one in other words; by a question. It is also asked for 24 "
    "things of which the book tells nothing. Beside it, a sentence that a search finds in the book stands in the prompt before the "
    "question. An answer is right if the true value is the likeliest of four, by its first token: by chance one in four.",
    parameters=(
        whole("steps", "Training steps", 60, (1, 200), "4 sentences at each."),
        whole("wordings", "Wordings of each fact", 1, (1, WORDINGS), "That are trained on, and searched."),
        choice("weights", "Trained are", {"lora": "LoRA adapters beside all matrices", "full": "all weights, in a copy"}),
        whole("rank", "Rank", 8, (1, 32), "Of the adapters."),
        number("rate", "Learning rate", 0.001, (0.000001, 0.1), "The highest; all weights are trained with a third of it."),
        whole("seed", "Seed", 0, (0, 2**31 - 1), "Draws the first adapters and the order of the sentences."),
    ),
    expects=(
        Expect(
            id="learns",
            see="It learns to talk like the book. The loss of the book's sentences falls to less than half. That of other text of the same "
            "workshop, never trained on, falls too, but by a smaller share: the rest of the gain is of these very sentences.",
            falsified_by="More than half of the loss is left, or the other text's does not fall, or falls by as large a share.",
            settles=("judging-a-fine-tune/loss-limits",),
        ),
        Expect(
            id="recalls",
            see="What it saw many times it can say again: by the book's own sentence, cut off before the value, more facts are right than "
            "before the tuning, beyond what chance does.",
            falsified_by="Not more are right (paired, p below 0.05).",
        ),
        Expect(
            id="seldom",
            see="The talk is learnt first, the facts last. With as many steps for three times the wordings, each sentence is seen three "
            "times and not eight, each fact nine times in three wordings: the loss falls to less than half all the same, and fewer than "
            "half of the facts are right by the book's own sentence.",
            falsified_by="Half of the facts or more are right, or more than half of the loss is left.",
            set={"wordings": 3},
        ),
        Expect(
            id="wording",
            see="But it says the sentence again rather than knows the fact: in words that the book did not use, fewer of the same facts "
            "are right, beyond what chance does.",
            falsified_by="As many are right in other words, or the difference may be chance (paired, p below 0.05).",
            settles=("what-the-weights-know/stored-not-reachable", "what-the-weights-know/read-means-known"),
        ),
        Expect(
            id="asked",
            see="A low loss is no knowledge. Asked by a question, fewer than half of the facts are right, though the loss of the sentences "
            "that tell them has fallen to less than half.",
            falsified_by="Half of the facts or more are right by a question.",
            settles=(
                "judging-a-fine-tune/low-loss-is-good", "judging-a-fine-tune/loss-is-not-task", "what-the-weights-know/fine-tune-facts-in",
            ),
        ),
        Expect(
            id="absent",
            see="It does not know what it does not know. For what the book never tells, the likeliest of the book's values is at least "
            "twice as probable as before the tuning, and at least half as probable as where the book does tell it. Read the replies "
            "(eight tokens at most): in the manner of an answer, and made up.",
            falsified_by="It is less than twice as probable as before, or less than half as probable as where the book tells it.",
            settles=("fine-tuning/ends-hallucination",),
        ),
        Expect(
            id="retrieval",
            see="For facts the search does more. With the sentence that it finds in the prompt, the model as it was, with no weight "
            "changed, has more questions right than the tuned model without it. The price is paid at each question: a longer prompt.",
            falsified_by="Not more are right (paired, p below 0.05).",
            settles=(
                "fine-tuning/facts-by-retrieval", "fine-tuning/best-for-fresh-facts", "prompt-retrieve-or-tune/retrieval-for-facts",
                "continual-pretraining/for-fresh-facts",
            ),
        ),
        Expect(
            id="forgets",
            see="It is paid for elsewhere: a text that has nothing to do with lifts becomes less likely, by more than a quarter of a nat a "
            "token.",
            falsified_by="The loss on the other text rises by less than that.",
            settles=("fine-tuning/forgetting", "continual-pretraining/only-new-data", "judging-a-fine-tune/only-the-task"),
        ),
    ),
    examples=(
        Example(title="Three wordings of each fact, as many steps", set={"wordings": 3}),
        Example(title="Twice as many steps", set={"steps": 120}),
        Example(title="All weights", set={"weights": "full"}),
        Example(title="A gentle learning rate", set={"rate": 0.0003}),
    ),
    sources=(
        Source(title="Gururangan et al. 2020, Don't Stop Pretraining", url="https://arxiv.org/abs/2004.10964"),
        Source(title="Ovadia et al. 2023, Fine-Tuning or Retrieval?", url="https://arxiv.org/abs/2312.05934"),
        Source(title="Gekhman et al. 2024, Fine-Tuning LLMs on New Knowledge", url="https://arxiv.org/abs/2405.05904"),
        Source(title="Allen-Zhu and Li 2023, Physics of Language Models 3.1", url="https://arxiv.org/abs/2309.14316"),
    ),
    extra="labs",
    seconds=1800,
    megabytes=6144,
)  # fmt: skip


class Trade:
    card = CARD

    def run(self, values: Values, bench: Bench) -> Iterator[Part]:
        model = yield from opened_to_train(bench)
        yield from self.parts(values, model)

    def parts(self, values: Values, model: Model) -> Iterator[Part]:
        """Of a model that is open."""
        from greenroom.labs.lora import chosen, descend, in_turn

        course, steps, seed = Course(book(values.whole("wordings"))), values.whole("steps"), values.whole("seed")
        tuned, rate = chosen(values, model)
        course.trained = tuned.trained
        yield from told(course, model, tuned, 0.02)
        rows = [read(model, each) for each in course.sentences]
        for look in descend(tuned, in_turn(rows, seed), tuned.answer_loss, (steps, rate)):
            course.looks.append(look)
            yield loss_part(course)
            yield Progress(says=f"Step {look.step} of {steps}", share=0.3 + 0.4 * look.step / steps)
        yield from told(course, model, tuned, 0.7)
        yield from findings(course)


def read(model: Model, sentence: str) -> tuple[list[int], list[int]]:
    """Of a sentence, the first token and all that follow: every token but the first counts in the loss."""
    ids = model.tokenizer.prompt(sentence)
    return ids[:1], ids[1:]


def told(course: Course, model: Model, tuned: Tuned, share: float) -> Iterator[Part]:
    """What the model makes of the book as it is now, before or after; ``share``: of the work that is done before it."""
    from greenroom.labs.lora import on_general

    when, transformer, answers = "after" if course.told else "before", tuned.merged(), dict[str, list[Answer]]()
    for n, (form, title) in enumerate(FORMS.items()):
        yield Progress(says=f"Asking {when}: {title}", share=share + 0.05 * n)
        answers[form] = ask(model, transformer, form, course.sentences) if form in SPOKEN else filled_in(model, tuned, form)
    book_, held = (loss(tuned, [read(model, each) for each in some]) for some in (book(1), shipped().held))
    course.told.append(Told(book_, held, on_general(model, transformer), answers))
    yield from (part(course) for part in (picture_part, shares_part, losses_part, replies_part))


def filled_in(model: Model, tuned: Tuned, form: str) -> list[Answer]:
    """Every fact by a sentence that is cut off before its value. All are read in one pass: no reply is written."""
    some = facts()
    prompts = [prompt(model, fact, form) for fact in some]
    found = zip(some, tuned.probabilities(prompts), prompts, strict=True)
    return [Answer(fact, chances(model, fact, p), tokens=len(ids)) for fact, p, ids in found]


def loss(tuned: Tuned, rows: Sequence[tuple[list[int], list[int]]]) -> float:
    """Nats a token, over all of them."""
    found = counted = 0.0
    for first in range(0, len(rows), AT_ONCE):
        some = rows[first : first + AT_ONCE]
        tokens = sum(len(rest) for _, rest in some)
        found += tuned.loss(some) * tokens
        counted += tokens
    return found / counted
