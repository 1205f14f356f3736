"""What the lab *frameworks* shows of its sides and what it finds: tables, pictures, claims."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from greenroom.labs.lab import Cell, Finding, Picture, Series, Table

CLOSE = 1e-3
"""fp32 sums in another order: so far two log-probabilities may be apart and still be the same arithmetic."""
ALIKE, MORE, HALF, FEW = 0.85, 1.25, 0.5, 0.25
"""Places with the same likeliest token in llama.cpp; how much more packing gains in writing than in reading; the memory that it leaves; the
part of the difference that is left without it."""
ENOUGH = 0.6
"""So much of the processors that its threads could use a side must have had in a round, else the round tells nothing."""
SHOWN = 12
Place = list[tuple[int, float]]


@dataclass
class Ran:
    """What one side gave. ``away``: why it could not be run, or not to its end; what it did not give is empty or None, never 0.
    ``reads``, ``writes``: tokens a second of each round; ``had``: how many processors it had in it."""

    title: str
    weights: str
    away: str = ""
    version: str = ""
    imports: float | None = None
    load: float | None = None
    before: float | None = None
    memory: float | None = None
    reads: list[float] = field(default_factory=list)
    writes: list[float] = field(default_factory=list)
    had: list[float] = field(default_factory=list)
    greedy: list[int] = field(default_factory=list)
    likeliest: list[Place] = field(default_factory=list)
    sees: dict[str, Any] = field(default_factory=dict)

    @property
    def read(self) -> float | None:
        return max(self.reads, default=None)

    @property
    def write(self) -> float | None:
        return max(self.writes, default=None)


@dataclass
class Course:
    """``sides``: numpy, transformers, llama.cpp on the packed file, the same unpacked. ``words``, ``piece``: the text of tokens, of one.
    ``first``: tokens of the shortest beginning. ``looked``: tokens of what was looked into. ``megabytes``: of the weights in fp32."""

    sides: tuple[Ran, Ran, Ran, Ran]
    words: Callable[[Sequence[int]], str]
    piece: Callable[[int], str]
    read_ids: list[int]
    first: int
    looked: int
    megabytes: float
    threads: int


# --- Tables and pictures ---


def sides_part(course: Course) -> Table:
    rows = tuple((each.title, each.version, each.weights, each.away or "ran") for each in course.sides)
    note = (
        "A side that could not be run has no figures below, which is not the same as 0. The lab goes on with the others; claims that need "
        "a missing side are not told."
    )
    return Table(name="sides", title="Who takes part", columns=("Side", "Version", "Weights", "State"), rows=rows, note=note)


def texts_part(course: Course) -> Table:
    ours = course.sides[0].greedy
    rows: list[tuple[Cell, ...]] = []
    for each in course.sides:
        rows.append((each.title, course.words(each.greedy), common(ours, each.greedy)) if each.greedy else (each.title, None, None))
    note = f"The likeliest token each time, {len(ours)} tokens. Same: how many from the start are those of numpy."
    return Table(name="texts", title="What they write", columns=("Side", "Text", "Same tokens from the start"), rows=tuple(rows), note=note)


def places_part(course: Course) -> Table:
    ours = course.sides[0]
    rows: list[tuple[Cell, ...]] = []
    for each in course.sides[1:]:
        apart, both = differences(ours, each), told(ours, each)
        figures = (len(both), same(both), statistics.mean(apart), max(apart)) if apart else (None,) * 4
        rows.append((each.title, *figures))
    columns = ("Beside numpy", "Places", "Same likeliest token", "Log-probability apart, mean", "At most")
    note = (
        "After each beginning of the text, the likeliest next token by numpy, and how far the logarithm of its probability is off on the "
        "other side. 0.05 is a probability some 5% larger or smaller."
    )
    return Table(name="places", title="The same text, place by place", columns=columns, rows=tuple(rows), note=note)


def parted_part(course: Course) -> Table | None:
    """Places at which llama.cpp holds another token likeliest. In percent."""
    ours, _, llama, _ = course.sides
    rows: list[tuple[Cell, ...]] = []
    for n, (a, b) in enumerate(zip(ours.likeliest, llama.likeliest, strict=False)):
        if b and a[0][0] != b[0][0] and len(rows) < SHOWN:
            end = course.first + n
            before = course.words(course.read_ids[max(0, end - 8) : end])
            mine, his = dict(a), dict(b)
            rows.append((
                f"… {before}", course.piece(a[0][0]), percent(mine.get(a[0][0])), percent(his.get(a[0][0])),
                course.piece(b[0][0]), percent(mine.get(b[0][0])), percent(his.get(b[0][0])),
            ))  # fmt: skip
    if not rows:
        return None
    columns = ("After", "Numpy's likeliest", "by numpy, %", "by llama.cpp, %", "llama.cpp's likeliest", "by numpy, % ", "by llama.cpp, % ")
    note = "Where they part, the two tokens are about as likely as each other. Blank: not among the ten likeliest there."
    return Table(name="parted", title="Where another token is the likeliest", columns=columns, rows=tuple(rows), note=note)


def times_part(course: Course) -> Table:
    ours = course.sides[0]
    rows: list[tuple[Cell, ...]] = [
        (
            each.title,
            each.imports,
            each.load,
            each.read,
            each.write,
            ratio(each.read, ours.read),
            ratio(each.write, ours.write),
            statistics.mean(each.had) if each.had else None,
        )
        for each in course.sides
    ]
    columns = (
        "Side", "Libraries, s", "Load, s", "Reading, tokens/s", "Writing, tokens/s", "Reads so many times as fast as numpy",
        "Writes so many times as fast", "Processors it had",
    )  # fmt: skip
    note = (
        f"The best of {len(ours.reads)} rounds in which the sides took turns, {course.threads} thread{'s' * (course.threads != 1)} each. "
        "Times are this machine's; where a side had far fewer processors than threads, other programs took them and its times say little."
        " Load of transformers is by greenroom's reader, which unpacks the file for both; its own way from a GGUF file is not timed."
    )
    return Table(name="times", title="How long it takes", columns=columns, rows=tuple(rows), note=note)


def speed_part(course: Course) -> Picture | None:
    ours = course.sides[0]
    ran = [each for each in course.sides if each.reads and each.writes]
    if len(ran) < 2 or ours not in ran:
        return None
    read, write = ([ratio(getattr(each, what), getattr(ours, what)) for each in ran] for what in ("read", "write"))
    said = "; ".join(f"{each.title}: reads {a:.2f}, writes {b:.2f} times" for each, a, b in zip(ran, read, write, strict=True))
    return Picture(
        name="speed", title="Speed beside numpy (1 is as fast)", chart="bars", label="Side", labels=tuple(each.title for each in ran),
        series=(Series(title="Reading a prompt", values=tuple(read)), Series(title="Writing", values=tuple(write))), says=f"{said}.",
    )  # fmt: skip


def memory_part(course: Course) -> Picture | None:
    ran = [each for each in course.sides if each.memory is not None and each.before is not None]
    if not ran:
        return None
    more = [max(0.0, (each.memory or 0) - (each.before or 0)) for each in ran]
    return Picture(
        name="memory", title="Memory of each process", chart="stack", label="Side", unit="MB", labels=tuple(each.title for each in ran),
        series=(
            Series(title="Python and libraries", values=tuple(each.before for each in ran)),
            Series(title="The model, and what reading and writing took", values=tuple(more)),
        ),
        says="; ".join(f"{each.title}: {each.memory:.0f} MB" for each in ran) + ".",
        note=f"Resident, after reading and writing. The weights in fp32 alone are {course.megabytes:.0f} MB.",
    )  # fmt: skip


def sees_part(course: Course) -> Table:
    keys = ("next", "everywhere", "layers", "attention", "inside")
    rows: list[tuple[Cell, ...]] = []
    for each in course.sides:
        if each.sees:
            rows.append((each.title, *(each.sees[key] for key in keys), "yes" if each.sees["changed"] else "no"))
        else:
            rows.append((each.title, *[None] * len(keys), None))
    columns = (
        "Side", "Scores of the next token", "Scores at each place", "States between layers", "Attention weights", "Inside the layers",
        "Can be changed on the way",
    )  # fmt: skip
    default = course.sides[1].sees.get("default")
    by_default = f"As it is loaded by default (sdpa) it gave {default} attention weights: it has to be set to “eager”. "
    note = (
        f"Numbers that were had of one pass over {course.looked} tokens. transformers gives attention and states by arguments, the rest by "
        "hooks on its modules, which are cut otherwise than ours. "
        + ("" if default is None else by_default)
        + "Of llama.cpp this is what a completion of its server tells. Not tried: it can give the last layer's states as embeddings and "
        "add a vector to layers that is named at loading; in C it has a callback for every step, which the server does not pass on."
    )
    return Table(name="sees", title="What each lets you see", columns=columns, rows=tuple(rows), note=note)


# --- What is found ---


def findings(course: Course) -> Iterator[Finding]:
    yield _same(course)
    yield _near(course)
    yield _rounding(course)
    yield _order(course)
    yield _memory(course)
    yield _sees(course)


def _same(course: Course) -> Finding:
    ours, theirs, *_ = course.sides
    apart, both = differences(ours, theirs), told(ours, theirs)
    if not (apart and theirs.greedy):
        return untold("same", theirs)
    differ, written = len(both) - same(both), common(ours.greedy, theirs.greedy)
    says = (
        f"{written} of {len(ours.greedy)} tokens written are the same; at {differ} of {len(both)} places another token is the likeliest; a "
        f"log-probability is {max(apart):.1g} off at most."
    )
    return Finding(id="same", held=written == len(ours.greedy) and differ == 0 and max(apart) < CLOSE, found=says)


def _near(course: Course) -> Finding:
    ours, _, llama, _ = course.sides
    apart, both = differences(ours, llama), told(ours, llama)
    if not (apart and llama.greedy):
        return untold("near", llama)
    share, written = same(both) / len(both), common(ours.greedy, llama.greedy)
    says = (
        f"At {same(both)} of {len(both)} places ({share:.0%}) the same token is the likeliest; its log-probability is "
        f"{statistics.mean(apart):.3f} off on average, {max(apart):.2f} at most. Of {len(ours.greedy)} tokens written the first {written} "
        "are the same."
    )
    return Finding(id="near", held=ALIKE <= share < 1 and statistics.mean(apart) > CLOSE, found=says)


def _rounding(course: Course) -> Finding:
    ours, _, llama, control = course.sides
    packed, plain = differences(ours, llama), differences(ours, control)
    if not (packed and plain):
        return untold("rounding", control if packed else llama)
    one, other = statistics.mean(packed), statistics.mean(plain)
    both = told(ours, control)
    says = (
        f"Log-probabilities are {one:.4f} off on average with the packed file and {other:.4f} with its weights unpacked; there the same "
        f"token is the likeliest at {same(both)} of {len(both)} places."
    )
    return Finding(id="rounding", held=other < FEW * one, found=says)


def _order(course: Course) -> Finding:
    *_, llama, control = course.sides
    ran = [each for each in course.sides if each.reads and each.writes]
    if llama not in ran or control not in ran:
        away = llama if llama.away else control
        return untold("order", away) if away.away else Finding(id="order", held=None, found="No times were taken: set the rounds to 3.")
    reads, writes = ratio(llama.read, control.read) or 0, ratio(llama.write, control.write) or 0
    first = max(ran, key=lambda each: each.read or 0).title
    last = max(ran, key=lambda each: each.write or 0).title
    says = (
        f"In llama.cpp the packed file is read with {reads:.2f} times the speed of the unpacked one and written with {writes:.2f} times. "
        f"Of all sides {first} is fastest in reading and {last} in writing."
    )
    rounds = zip(llama.writes, control.writes, llama.reads, control.reads, llama.had, control.had, strict=False)
    gains = [(a / b) / (c / d) for a, b, c, d, *had in rounds if min(had) >= ENOUGH * course.threads]
    if not gains:
        return Finding(id="order", held=None, found=f"Other programs took the processors in every round, so times tell nothing. {says}")
    says += f" The gain in writing beside that in reading, by rounds: {', '.join(f'{each:.1f}' for each in gains)} times."
    agree = {each >= MORE for each in gains}
    return Finding(id="order", held=agree.pop() if len(agree) == 1 else None, found=says)


def _memory(course: Course) -> Finding:
    *_, llama, control = course.sides
    ran = [each for each in course.sides if each.memory is not None]
    if course.sides[0] not in ran:
        return Finding(id="memory", held=None, found="This system does not say how much memory a process has (no /proc).")
    if llama.memory is None or control.memory is None:
        return untold("memory", llama if llama.memory is None else control)
    says = ", ".join(f"{each.title} {each.memory:.0f} MB (libraries {each.before or 0:.0f})" for each in ran)
    return Finding(id="memory", held=llama.memory < HALF * control.memory, found=f"{says}.")


def _sees(course: Course) -> Finding:
    ours, theirs, llama, _ = (each.sees for each in course.sides)
    if not theirs or not llama:
        return untold("sees", course.sides[1] if not theirs else course.sides[2])
    apart = max((abs(a - b) for a, b in zip(ours["first"], theirs["first"], strict=False)), default=math.inf)
    states = max((abs(a / b - 1) for a, b in zip(ours["ends"], theirs["ends"], strict=False)), default=math.inf)
    says = (
        f"Attention: {ours['attention']:,} numbers in numpy, {theirs['attention']:,} in transformers ({apart:.1g} apart at most in what "
        f"the last token takes from the first), {llama['attention']} in llama.cpp's server. States between layers: {ours['layers']:,}, "
        f"{theirs['layers']:,} (their size {states:.1g} apart), {llama['layers']}. Scores of the next token: {llama['next']:,} there too."
    )
    alike = ours["attention"] == theirs["attention"] > 0 and apart < CLOSE and states < CLOSE and theirs["changed"] and ours["changed"]
    return Finding(id="sees", held=alike and not llama["attention"] and not llama["layers"] and llama["next"] > 0, found=says)


def untold(name: str, side: Ran) -> Finding:
    return Finding(id=name, held=None, found=f"{side.title} gave no figures for it. {side.away}"[:2000].strip())


# --- Reckoning ---


def told(ours: Ran, other: Ran) -> list[tuple[Place, Place]]:
    """Places of which both tell."""
    return [(a, b) for a, b in zip(ours.likeliest, other.likeliest, strict=False) if a and b]


def same(both: Sequence[tuple[Place, Place]]) -> int:
    """At how many places the likeliest token is the same."""
    return sum(a[0][0] == b[0][0] for a, b in both)


def differences(ours: Ran, other: Ran) -> list[float]:
    """Of the log-probability of our likeliest token, where the other tells it."""
    return [abs(dict(b)[a[0][0]] - a[0][1]) for a, b in told(ours, other) if a[0][0] in dict(b)]


def common(one: Sequence[int], other: Sequence[int]) -> int:
    """Tokens from the start that are the same."""
    return next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def ratio(one: float | None, other: float | None) -> float | None:
    return one / other if one is not None and other else None


def percent(log: float | None) -> float | None:
    return None if log is None else 100 * math.exp(log)
