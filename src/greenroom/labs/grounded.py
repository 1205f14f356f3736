"""What the lab *rag* asks about and shows: the invented facts, whether a reply is right, exact, supported, what is found in the replies."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from greenroom.labs.lab import Cell, Finding, Picture, Series, Table
from greenroom.labs.searching import words
from greenroom.labs.shares import COLUMNS, Share, paired
from greenroom.labs.shown import cell

FILE = "invented.json"
NONE, RIGHT, WRONG, CHANGED, FOUND = (
    "with no passage", "with the right one", "with a wrong one", "with a changed one", "with what was found",
)  # fmt: skip
DECLINES = re.compile(
    r"\b(?:not given|not (?:mentioned|stated|specified|known|in the passage)|unknown|do(?:es)? not (?:say|know))\b|n't\b", re.IGNORECASE
)
EMPTY = frozenset(
    words(
        "a an and are as at be been by can did do does for from had has have he her his how i if in is it its may not of on or our per she "
        "so that the their them there they this to was we were what when where which who whose why will with you your answer"
    )
)
"""Words that carry nothing of an answer."""


class Fact(NamedTuple):
    """``turned``: the question says in other words what the passage says."""

    passage: str
    question: str
    answer: str
    poison: str
    turned: bool

    @property
    def changed(self) -> str:
        """The passage with the false value in the place of the true one."""
        return self.passage.replace(self.answer, self.poison)


class Asked(NamedTuple):
    """A question, what was given with it, and the first line of the reply. ``cited``: which of the passages, from 0, the model named."""

    fact: Fact
    passages: tuple[str, ...]
    said: str
    cited: int | None = None

    @property
    def right(self) -> bool:
        return says(self.said, self.fact.answer)

    @property
    def exact(self) -> bool:
        return plain(self.said) in {plain(each) for each in spellings(self.fact.answer)}

    @property
    def fooled(self) -> bool:
        return says(self.said, self.fact.poison) and not self.right

    @property
    def declines(self) -> bool:
        return not self.said or DECLINES.search(self.said) is not None

    @property
    def supported(self) -> bool:
        """Each word that carries something is in the passages. An empty reply and a declining one are not."""
        carried = [word for word in words(self.said) if word not in EMPTY]
        held = {word for each in self.passages for word in words(each)}
        return bool(carried) and not self.declines and all(word in held for word in carried)

    @property
    def had_it(self) -> bool:
        return self.fact.passage in self.passages


@cache
def shipped() -> tuple[list[Fact], list[str]]:
    """The facts, and passages that nothing is asked about. The title of a passage stands before it."""
    said = json.loads(files("greenroom.labs").joinpath(FILE).read_text(encoding="utf-8"))
    facts = [
        Fact(f"{each['title']}. {each['passage']}", each["question"], each["answer"], each["poison"], each["kind"] == "turned")
        for each in said["facts"]
    ]
    return facts, [f"{title}. {passage}" for title, passage in said["others"]]


def plain(text: str) -> str:
    """As for SQuAD's exact match: lower case, no punctuation, no articles, single blanks."""
    return " ".join(word for word in words(text) if word not in ("a", "an", "the"))


def spellings(answer: str) -> tuple[str, ...]:
    """“14 crowns” is also “14”."""
    return (answer, *re.findall(r"\d+", answer))


def says(reply: str, answer: str) -> bool:
    """Whether the reply holds the answer, in whole words."""
    return any(f" {plain(each)} " in f" {plain(reply)} " for each in spellings(answer))


# --- What is shown ---


def search_parts(facts: Sequence[Fact], orders: Sequence[Sequence[int]], k: int) -> Iterator[Picture | Table]:
    """The right passage of the n-th fact is the n-th of the collection."""
    ranks = [order.index(n) + 1 for n, order in enumerate(orders)]
    groups = {
        title: [rank for fact, rank in zip(facts, ranks, strict=True) if fact.turned == turned]
        for turned, title in ((False, "in the passage's words"), (True, "in other words"))
    }
    groups = {title: some for title, some in groups.items() if some} | {"all": ranks}
    first, among = ({name: Share(sum(r <= most for r in some), len(some)) for name, some in groups.items()} for most in (1, k))
    yield Picture(
        name="search", title="The search by itself: is the right passage found?", chart="bars", label="Asked", unit="%",
        labels=tuple(groups),
        series=(
            Series(title="It is the first", values=tuple(each.percent for each in first.values())),
            Series(title=f"It is among the first {k}", values=tuple(each.percent for each in among.values())),
        ),
        says=f"The first for {first['all']} questions, among the first {k} for {among['all']}.",
        note=f"Recall at 1 and at {k}. Mean of 1 / rank: {sum(1 / rank for rank in ranks) / len(ranks):.2f}.",
    )  # fmt: skip
    rows = tuple(
        (fact.question, fact.answer, "other" if fact.turned else "the same", rank) for fact, rank in zip(facts, ranks, strict=True)
    )
    columns = ("Question", "True answer", "Words", "Rank of the right passage")
    yield Table(name="questions", title="The questions", columns=columns, rows=rows)


def picture_part(found: Mapping[str, Sequence[Asked]]) -> Picture:
    shares = {how: _shares(some) for how, some in found.items()}
    last, right = next(reversed(shares)), {how: each[0] for how, each in shares.items()}
    return Picture(
        name="answers", title="The answers: right, exact, supported, the changed value", chart="bars", label="Asked", unit="%",
        labels=tuple(found),
        series=tuple(
            Series(title=title, values=tuple(each[n].percent for each in shares.values()))
            for n, title in enumerate(("Right", "Exact", "Supported", "The changed value", "Declined"))
        ),
        says=f"{last.capitalize()}: {right[last]} are right." if len(found) < 5 else
        "Right: " + "; ".join(f"{how} {each}" for how, each in right.items()) + ".",
    )  # fmt: skip


def _shares(some: Sequence[Asked]) -> tuple[Share, Share, Share, Share, Share]:
    kinds = (
        [e.right for e in some],
        [e.exact for e in some],
        [e.supported for e in some],
        [e.fooled for e in some],
        [e.declines for e in some],
    )
    one, two, three, four, five = (Share(sum(each), len(some)) for each in kinds)
    return one, two, three, four, five


def shares_part(found: Mapping[str, Sequence[Asked]]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for how, some in found.items():
        right, exact, supported, _, _ = _shares(some)
        rows += [(f"right {how}", *right.cells), (f"exact {how}", *exact.cells), (f"supported {how}", *supported.cells)]
    note = "The intervals are Wilson's: in them lies the share over all such questions, if these are a fair sample of them."
    return Table(name="shares", title="With intervals", columns=("Answers", *COLUMNS), rows=tuple(rows), note=note)


def apart_part(found: Mapping[str, Sequence[Asked]]) -> Table:
    some = found[FOUND]
    rows = tuple(
        (f"{'passage found' if had else 'passage missed'}, answer {'right' if right else 'wrong'}", count, cure)
        for had, right, count, cure in (
            (had, right, sum((each.had_it, each.right) == (had, right) for each in some), cure)
            for had, right, cure in (
                (True, True, "—"), (False, True, "luck, or another passage said it"), (False, False, "mend the search"),
                (True, False, "mend the reading: model, prompt, fewer passages"),
            )
        )
    )  # fmt: skip
    title = "Where the answers from the search come from"
    return Table(name="apart", title=title, columns=("Search and answer", "Questions", "What would help"), rows=rows)


def replies_part(found: Mapping[str, Sequence[Asked]]) -> Table:
    rows = []
    for each in zip(*found.values(), strict=True):
        fact = each[0].fact
        rows.append((fact.question, fact.answer, *(f"{'✓ ' if one.right else ''}{cell(one.said) or '(nothing)'}" for one in each)))
    columns = ("Question", "True answer", *(how.capitalize() for how in found))
    note = "✓: the true value stands in it. At most 14 tokens, the first line; the likeliest token each time."
    return Table(name="replies", title="Every answer", columns=columns, rows=tuple(rows), note=note)


# --- What is found ---


def findings(found: Mapping[str, Sequence[Asked]]) -> Iterator[Finding]:
    none, right, wrong, changed = (_shares(found[how]) for how in (NONE, RIGHT, WRONG, CHANGED))
    says_none = f"Right without a passage: {none[0]}; it declined {none[4].cases}."
    yield Finding(id="none", held=none[0].cases * 5 <= none[0].of and none[4].cases * 2 < none[4].of, found=says_none)
    better = sum(a.right and not b.right for a, b in zip(found[RIGHT], found[NONE], strict=True))
    worse = sum(b.right and not a.right for a, b in zip(found[RIGHT], found[NONE], strict=True))
    p = paired(better, worse)
    told = f"Right with the passage: {right[0]}, without: {none[0]}. {better} questions better, {worse} worse, p = {p:.2g}."
    yield Finding(id="grounded", held=better > worse and p < 0.05, found=told)
    missed = [each for each in found[RIGHT] if not each.right]
    told = f"Right with the right passage: {right[0]}." + (f" “{missed[0].fact.question}” – “{missed[0].said}”." if missed else "")
    yield Finding(id="rest", held=bool(missed), found=told)
    told = (
        f"With the wrong passage it declined {wrong[4].cases} of {wrong[4].of}; {wrong[0].cases} were right; {wrong[2].cases} "
        f"supported by it."
    )
    yield Finding(id="wrong", held=wrong[4].cases * 2 <= wrong[4].of, found=told)
    both = sum(each.fooled and each.supported for each in found[CHANGED])
    told = f"The changed value in {changed[3]}, the true one in {changed[0].cases}; {both} give the changed value and are supported."
    yield Finding(id="changed", held=changed[3].cases > changed[0].cases and both > 0, found=told)
    yield _apart(found[FOUND])
    yield _more(found)
    yield _cites(found[FOUND])


def _apart(some: Sequence[Asked]) -> Finding:
    missed, misread = (sum(not each.right and each.had_it == had for each in some) for had in (False, True))
    told = f"{sum(each.right for each in some)} of {len(some)} right. Wrong: {missed} without the right passage, {misread} with it."
    return Finding(id="apart", held=(missed > 0 and misread > 0) if missed + misread else None, found=told)


def _more(found: Mapping[str, Sequence[Asked]]) -> Finding:
    pairs = [(many, one) for many, one in zip(found[FOUND], found[RIGHT], strict=True) if many.had_it and len(many.passages) > 1]
    if not pairs:
        return Finding(id="more", held=None, found="It needs two passages or more.")
    many, one = (Share(sum(each.right for each in some), len(pairs)) for some in zip(*pairs, strict=True))
    told = (
        f"Of {len(pairs)} questions whose passage was found, right with {len(pairs[0][0].passages)} passages: {many}, with it alone: {one}."
    )
    return Finding(id="more", held=many.cases < one.cases, found=told)


def _cites(some: Sequence[Asked]) -> Finding:
    cited = [each for each in some if each.cited is not None and each.had_it]
    right, wrong = (
        Share(sum(each.passages[each.cited or 0] == each.fact.passage for each in cited if each.right == is_right), len(of))
        for is_right, of in ((True, [e for e in cited if e.right]), (False, [e for e in cited if not e.right]))
    )
    if not wrong.of:
        return Finding(id="cites", held=None, found="There is no wrong answer with the right passage among several.")
    told = f"Where the right passage was there: cited from it are {right} of the right answers and {wrong} of the wrong ones."
    return Finding(id="cites", held=wrong.cases > 0, found=told)
