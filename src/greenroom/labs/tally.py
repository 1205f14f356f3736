"""What the lab *tasks* asks, and how it is scored and shown: a reply is right if what has to stand in it stands in it; the model and the
small way beside it, task by task, with intervals."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from greenroom.labs.grounded import plain
from greenroom.labs.lab import Cell, Finding, Picture, Series, Table
from greenroom.labs.shares import COLUMNS, Share, paired
from greenroom.labs.shown import cell

FILE, DEMO, MORE, SURE = "tasks.json", 3, 4, 0.05
"""``DEMO``: items that are shown in a demo. ``MORE``: so many right beyond accident count as doing the task, so many
more than the other as a lead."""
SHUFFLES = 2000
CLASSIFY, ANSWER, ALONE = "classify", "answer", "alone"
FREE, FIXED = (CLASSIFY, "complete", "summarise", "translate"), ("generate", "count")
"""Tasks in which the wording is free (answering is not among them: the model is handed what the search found, and cannot be ahead of it);
in which the form, or the one right answer, is fixed."""


class Task(NamedTuple):
    """``small``: what stands beside the model; ``right``: what has to stand in a reply."""

    name: str
    title: str
    small: str
    right: str


TASKS = (
    Task("classify", "Classify", "naive Bayes over words", "the right one of four desks"),
    Task("complete", "Complete", "the commonest word behind the last two, of 17,000 words", "a word that fits, the first one written"),
    Task("generate", "Generate", "a template", "all four values: what, day, time, place"),
    Task("summarise", "Summarise", "the first sentence", "the three words without which it is not said"),
    Task("translate", "Translate", "word by word from a dictionary", "the words and turns that the sentence needs"),
    Task("answer", "Answer a customer", "the nearest of twenty ready answers (BM25)", "the value that was asked for"),
    Task(ALONE, "Answer, with nothing found", "the nearest of twenty ready answers (BM25)", "the value that was asked for"),
    Task("count", "Reckon", "a calculator", "the number"),
)


class Item(NamedTuple):
    """``needs``: of each list one has to stand in the reply, in whole words."""

    given: str
    needs: tuple[tuple[str, ...], ...]

    def right(self, reply: str) -> bool:
        said = f" {plain(reply)} "
        return all(any(f" {plain(one)} " in said for one in some) for some in self.needs)


class Scored(NamedTuple):
    """The replies to the items of a task, by the model and by the small way; ``tokens``: what the model read and wrote for them."""

    task: Task
    items: tuple[Item, ...]
    model: tuple[str, ...]
    small: tuple[str, ...]
    tokens: int = 0

    @property
    def marks(self) -> list[tuple[bool, bool]]:
        """Of each item, whether the model and the small way are right."""
        return [(i.right(a), i.right(b)) for i, a, b in zip(self.items, self.model, self.small, strict=True)]

    @property
    def shares(self) -> tuple[Share, Share]:
        one, other = (Share(sum(each), len(self.items)) for each in zip(*self.marks, strict=True))
        return one, other

    @property
    def mixed(self) -> float:
        """How many of the model's replies are right for another item, on average over all the others: what comes out right without having
        read the item."""
        pairs = [(item, reply) for i, item in enumerate(self.items) for j, reply in enumerate(self.model) if i != j]
        return sum(item.right(reply) for item, reply in pairs) / max(1, len(self.items) - 1)

    @property
    def lead(self) -> int:
        """By how many items the model is ahead; less than 0: behind."""
        return self.only[0] - self.only[1]

    @property
    def only(self) -> tuple[int, int]:
        """Items that only the model, and that only the small way has right."""
        return sum(a and not b for a, b in self.marks), sum(b and not a for a, b in self.marks)

    @property
    def p(self) -> float:
        return paired(*self.only)

    @property
    def demo(self) -> float:
        """How probable it is that so few items, drawn from these, all come out right by the model."""
        return math.comb(self.shares[0].cases, DEMO) / math.comb(len(self.items), DEMO)


@cache
def said() -> dict[str, Any]:
    """The items; what is asked without an answer found are the same questions."""
    found: dict[str, Any] = json.loads(files("greenroom.labs").joinpath(FILE).read_text(encoding="utf-8"))
    return found


def items_of(name: str, most: int) -> tuple[Item, ...]:
    return tuple(
        Item(each["given"], tuple(map(tuple, each["needs"]))) for each in said()["tasks"][ANSWER if name == ALONE else name][:most]
    )


# --- What is shown ---


def right_part(found: Sequence[Scored]) -> Picture:
    pairs = [each.shares for each in found]
    return Picture(
        name="right", title="Right, task by task", chart="bars", label="Task", unit="%", labels=tuple(each.task.title for each in found),
        series=(
            Series(title="The model", values=tuple(one.percent for one, _ in pairs)),
            Series(title="Beside it", values=tuple(other.percent for _, other in pairs)),
        ),
        says="; ".join(f"{e.task.title}: the model {a}, {e.task.small} {b}" for e, (a, b) in zip(found, pairs, strict=True)) + ".",
    )  # fmt: skip


def shares_part(found: Sequence[Scored]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for each in found:
        one, other = each.shares
        rows += [(f"{each.task.title}: the model", *one.cells), (f"{each.task.title}: {each.task.small}", *other.cells)]
    note = (
        "The intervals are Wilson's: of a hundred such intervals about 95 hold the share over all such items, if the items are a fair "
        "sample of them. Some ways of asking "
        "the model were tried on these items and the better one kept: on new ones it may have less right."
    )
    return Table(name="shares", title="With intervals", columns=("Way", *COLUMNS), rows=tuple(rows), note=note)


def beside_part(found: Sequence[Scored]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for each in found:
        rows.append((each.task.title, each.task.right, *each.only, each.p, 100 * each.demo, each.mixed, each.tokens / len(each.items)))
    columns = (
        "Task", "Right is", "Only the model", "Only the other", "p (paired)", f"{DEMO} drawn are all right, %", "Right by accident",
        "Tokens an item",
    )  # fmt: skip
    note = (
        "p: how probable so uneven a count is if neither is better (McNemar, exact). Right by accident: the model's replies held against "
        "the needs of the other items, on average over these. How often three drawn items are all right is worked out from the count of "
        "right ones. Tokens: what the model reads and writes; the other way needs none."
    )
    return Table(name="beside", title="Side by side", columns=columns, rows=tuple(rows), note=note)


def replies_part(found: Sequence[Scored]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for each in found:
        for item, one, other, (a, b) in zip(each.items, each.model, each.small, each.marks, strict=True):
            needs = cell(" + ".join(" / ".join(some) for some in item.needs))
            rows.append(
                (each.task.title, cell(item.given), needs, *(f"{'✓' if ok else '✗'} {cell(s)}"[:480] for s, ok in ((one, a), (other, b))))
            )
    columns = ("Task", "Given", "Has to stand in it", "The model", "Beside it")
    return Table(name="replies", title="Every reply", columns=columns, rows=tuple(rows))


# --- What is found ---


def findings(found: Sequence[Scored]) -> Iterator[Finding]:
    """Each needs its tasks: where they were not run, it could not be told."""
    by_name = {each.task.name: each for each in found}
    yield _many(found)
    yield _free([by_name[name] for name in FREE if name in by_name])
    yield _fixed([by_name[name] for name in FIXED if name in by_name])
    yield _handed(by_name.get(ANSWER), by_name.get(ALONE))
    yield _reckons(by_name.get("count"))
    yield _demo(found)
    yield _wide(found)


def _many(found: Sequence[Scored]) -> Finding:
    """Against the same replies held against other items: what would be right without reading."""
    some = [each for each in found if each.task.name != ALONE]
    does = [each.task.title for each in some if each.shares[0].cases - each.mixed >= MORE]
    told = "; ".join(f"{each.task.title} {each.shares[0].cases} of {len(each.items)}, by accident {each.mixed:.1f}" for each in some)
    return Finding(id="many", held=2 * len(does) > len(some) if len(some) > 1 else None, found=f"Right: {told}.")


def unlike(some: Sequence[tuple[int, int]]) -> float:
    """Of items that only one of two ways has right, by task: how probable tasks so unlike are, if who has it right had nothing to do with
    the task. Counted over shuffles, always the same ones; how unlike: the chi-square of the table."""
    all_ = [n for one, other in some for n in (1,) * one + (0,) * other]
    if not all_:
        return 1.0
    share, sizes = sum(all_) / len(all_), [one + other for one, other in some]

    def spread(marks: Sequence[int]) -> float:
        starts = [sum(sizes[:n]) for n in range(len(sizes))]
        return math.fsum((sum(marks[at : at + size]) - share * size) ** 2 / size for at, size in zip(starts, sizes, strict=True) if size)

    dice, own = random.Random(0), spread(all_)  # noqa: S311 - no secret
    as_much = sum(spread(dice.sample(all_, len(all_))) >= own - 1e-9 for _ in range(SHUFFLES))
    return (as_much + 1) / (SHUFFLES + 1)


def _over(some: Sequence[Scored]) -> tuple[str, int, int, float]:
    """Task by task; items that only one of the two has right, over all of them, and how probable so uneven a count is."""
    one, other = (sum(each.only[n] for each in some) for n in (0, 1))
    p = paired(one, other)
    told = "; ".join("{}: the model {}, beside it {}".format(each.task.title, *each.shares) for each in some)
    return f"{told}. Only the model right on {one}, only the other on {other} (p = {p:.2g}).", one, other, p


def _free(some: Sequence[Scored]) -> Finding:
    if len(some) < len(FREE):
        return Finding(id="free", held=None, found="It needs all four tasks.")
    told, *_ = _over(some)
    p, leads = unlike([each.only for each in some]), [each.lead for each in some]
    ways = ", ".join(f"{each.task.title} {each.lead:+d} (p = {each.p:.2g})" for each in some)
    told += f" By how many the model is ahead: {ways}. Tasks so unlike by chance: p = {p:.2g}."
    return Finding(id="free", held=max(leads) >= MORE and min(leads) <= -MORE and p < SURE, found=told)


def _fixed(some: Sequence[Scored]) -> Finding:
    if len(some) < len(FIXED):
        return Finding(id="fixed", held=None, found="It needs both tasks.")
    told, one, other, p = _over(some)
    return Finding(id="fixed", held=other > one and p < SURE, found=told)


def _handed(handed: Scored | None, alone: Scored | None) -> Finding:
    if not handed or not alone:
        return Finding(id="handed", held=None, found="It needs both ways of answering.")
    nothing, (own, search) = alone.shares[0], handed.shares
    told = f"Right with nothing handed over: {nothing}, with the answer that the search found: {own}. The search itself: {search}."
    return Finding(id="handed", held=5 * nothing.cases <= nothing.of and nothing.cases < own.cases < search.cases, found=told)


def _reckons(count: Scored | None) -> Finding:
    if not count:
        return Finding(id="reckons", held=None, found="Nothing was reckoned.")
    wrong = [f"{item.given} = {reply}" for item, reply in zip(count.items, count.model, strict=True) if not item.right(reply)]
    told = f"Right: {count.shares[0]}." + (f" Wrong for instance: {cell(wrong[0])}." if wrong else "")
    return Finding(id="reckons", held=count.shares[0].cases < len(count.items), found=told)


def _demo(found: Sequence[Scored]) -> Finding:
    """Of the tasks in which one reply in ten or more is wrong, the one in which a demo would hide it best."""
    weak = [each for each in found if 10 * each.shares[0].cases <= 9 * len(each.items)]
    if not weak:
        return Finding(id="demo", held=None, found="In no task is one reply in ten wrong.")
    most = max(weak, key=lambda each: each.demo)
    told = f"{most.task.title}: right {most.shares[0]}; of all draws of {DEMO} items {most.demo:.0%} are without an error (worked out)."
    return Finding(id="demo", held=4 * most.demo >= 1, found=told)


def _wide(found: Sequence[Scored]) -> Finding:
    """A lead that chance could have brought as well."""
    ahead = [each for each in found if abs(each.lead) >= MORE]
    if not ahead:
        return Finding(id="wide", held=None, found=f"In no task has one of the two {MORE} items more right than the other.")
    open_ = [each for each in ahead if each.p >= SURE]
    widths = [100 * (share.high - share.low) for each in found for share in each.shares]
    told = f"Of {len(ahead)} tasks with such a lead it cannot be told in " + (
        ", ".join(f"{each.task.title} (a lead of {abs(each.lead)} in {len(each.items)}, p = {each.p:.2g})" for each in open_) or "none"
    )
    told += f". The widest interval has {max(widths):.0f} points, which follows from the number of items."
    return Finding(id="wide", held=bool(open_), found=told)
