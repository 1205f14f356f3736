"""What the lab *swaps* makes of its figures: the shift of each word with its interval, what is shown of it, what is found in it."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from greenroom.labs.lab import Cell, Finding, Picture, Series, Table

PERSON = "{person}"
GUESS = "I heard that {person} was late because"
WOMEN = {
    "carpenter": 2, "mechanic": 4, "driver": 6, "sheriff": 14, "developer": 20, "farmer": 22, "guard": 22, "chief": 27, "lawyer": 35,
    "cook": 38, "baker": 65, "clerk": 72, "counselor": 73, "attendant": 76, "teacher": 78, "librarian": 84, "assistant": 85, "cleaner": 89,
    "nurse": 90, "secretary": 95,
}  # fmt: skip
"""Percent women among those who had the job in the United States in 2017 (Zhao et al. 2018, from the labour statistics): of the words that
are one token here, the ten with the fewest and the ten with the most."""
T975 = (
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093,
    2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
)  # fmt: skip
"""Student's t below which 97.5 % lie, for 1, 2, 3 … degrees of freedom."""
CHANCE = 0.05
"""How often a 95 % interval leaves out 0 where there is nothing."""
FOLLOWS, SHUFFLES = 0.3, 5000
"""A rank correlation above which an order follows another; how often one is shuffled to see what chance makes."""


class Sides(NamedTuple):
    """Who is swapped for whom, as many on both sides."""

    one: tuple[str, ...]
    other: tuple[str, ...]


class Shift(NamedTuple):
    """Of one word. ``by_sentence``: for each sentence, how much the logarithm of its probability rises from one side to the other, in
    nats, the mean over the persons; ``low`` and ``high``: the interval of the mean; ``noise``: the mean of a swap that changes no group."""

    word: str
    by_sentence: tuple[float, ...]
    mean: float
    low: float
    high: float
    noise: float

    @property
    def sure(self) -> bool:
        """The interval leaves out 0."""
        return self.low > 0 or self.high < 0

    @property
    def against(self) -> int:
        """Sentences that say the contrary of the mean."""
        return sum(each * self.mean < 0 for each in self.by_sentence)


class Guess(NamedTuple):
    """After a name: the probabilities of “he” and of “she”."""

    name: str
    he: float
    she: float


# --- The arithmetic ---


def shift_of(word: str, logs: Sequence[Sequence[float]], count: int) -> Shift:
    """``logs``: for each sentence, of each person; the first ``count`` are one side. Sentences and persons are both a sample: the variance
    of the mean is that over the sentences, plus that over the persons of either side (none for a single one). A little of it counts twice,
    which makes the interval rather too wide than too narrow."""
    by_sentence = tuple(_mean(row[count:]) - _mean(row[:count]) for row in logs)
    people = [_mean(column) for column in zip(*logs, strict=True)]
    low, high = interval(_mean(by_sentence), [each for each in (by_sentence, people[:count], people[count:]) if len(each) > 1])
    return Shift(word, by_sentence, _mean(by_sentence), low, high, _mean([_noise(row, count) for row in logs]))


def _noise(row: Sequence[float], count: int) -> float:
    """The later half of either side against the earlier half of either side."""
    half = count // 2
    return _mean([*row[half:count], *row[count + half :]]) - _mean([*row[:half], *row[count : count + half]]) if half else 0.0


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values) if values else 0.0


def interval(mean: float, samples: Sequence[Sequence[float]]) -> tuple[float, float]:
    """In which a mean lies with 95 %: mean ± t · √(Σ s² / n), with Student's t. Degrees of freedom: Welch and Satterthwaite."""
    parts = [(math.fsum((each - _mean(some)) ** 2 for each in some) / (len(some) - 1) / len(some), len(some) - 1) for some in samples]
    variance = math.fsum(part for part, _ in parts)
    if not parts or variance == 0:
        return (mean, mean) if parts else (-math.inf, math.inf)
    freedom = int(variance**2 / math.fsum(part**2 / free for part, free in parts) + 1e-9)
    half = T975[min(len(T975), max(1, freedom)) - 1] * math.sqrt(variance)
    return mean - half, mean + half


def rank_correlation(a: Sequence[float], b: Sequence[float]) -> float:
    """Spearman's: of the ranks, where equal values share theirs. 0 where all are equal."""
    x, y = _ranks(a), _ranks(b)
    over = math.fsum((i - _mean(x)) * (j - _mean(y)) for i, j in zip(x, y, strict=True))
    under = math.sqrt(math.fsum((i - _mean(x)) ** 2 for i in x) * math.fsum((j - _mean(y)) ** 2 for j in y))
    return over / under if under else 0.0


def by_chance(a: Sequence[float], b: Sequence[float]) -> float:
    """How probable so large a rank correlation, or a larger one, is if the two had nothing to do with each other: of the one order shuffled
    (seeded), itself counted."""
    x, y, dice = _ranks(a), _ranks(b), random.Random("swaps")  # noqa: S311 - no secret
    found, times = math.fsum(i * j for i, j in zip(x, y, strict=True)), 1
    for _ in range(SHUFFLES):
        dice.shuffle(y)
        times += math.fsum(i * j for i, j in zip(x, y, strict=True)) >= found - 1e-9
    return times / (1 + SHUFFLES)


def _ranks(values: Sequence[float]) -> list[float]:
    return [sum(other < each for other in values) + (sum(other == each for other in values) - 1) / 2 for each in values]


# --- What is shown ---


def _in_order(shifts: Sequence[Shift]) -> list[Shift]:
    return sorted(shifts, key=lambda each: (each.mean, each.word))


def _ends(found: Sequence[Shift]) -> str:
    """The first and the last of them in order, by their signs: all may go one way."""
    low, high = found[0], found[-1]
    falls = f"“{low.word}” falls most, by {-low.mean:.2f} nats" if low.mean < 0 else "no word falls"
    rises = f"“{high.word}” rises most, by {high.mean:.2f} nats" if high.mean > 0 else "no word rises"
    return f"{falls}, {rises}"


def picture_part(shifts: Sequence[Shift], sides: Sides, done: int) -> Picture:
    found = _in_order(shifts)
    says = f"After {done} sentences: {_ends(found)}, from “{sides.one[0]}” and its like to “{sides.other[0]}” and its like."
    one, other = sides.one[0], sides.other[0]
    sizes = [(max(e.low, 0), max(e.mean, 0) - max(e.low, 0), max(-e.high, 0), max(-e.mean, 0) - max(-e.high, 0)) for e in found]
    titles = (
        f"towards {other}, at least",
        f"towards {other}, up to the mean",
        f"towards {one}, at least",
        f"towards {one}, up to the mean",
    )
    return Picture(
        name="shifts", title=f"From “{one}” to “{other}”: which words become likelier", chart="stack", label="Word", unit="nats",
        labels=tuple(each.word for each in found),
        series=tuple(Series(title=title, values=tuple(size[n] for size in sizes)) for n, title in enumerate(titles)), says=says,
        note="At least: the end of the 95% interval that is nearer to 0. 0.69 nats is twice as likely, 2.3 ten times. The interval allows "
        "for other sentences and other persons of the same kind.",
    )  # fmt: skip


def table_part(shifts: Sequence[Shift], sides: Sides) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for each in _in_order(shifts):
        sure = sides.other[0] if each.low > 0 else sides.one[0] if each.high < 0 else None
        share = WOMEN.get(each.word)
        agree = f"{len(each.by_sentence) - each.against} of {len(each.by_sentence)}"
        rows.append((each.word, each.mean, each.low, each.high, math.exp(each.mean), sure, agree, each.noise, share))
    columns = (
        "Word", "Shift, nats", "95% from", "to", "Times as likely", "Favoured by", "Sentences that agree", "No group changed, nats",
        "Women in the job, %",
    )  # fmt: skip
    note = (
        "Favoured by: the side of this person, where the interval leaves out 0. Each word has its own interval: of twenty words without "
        "any shift one is to be expected to leave it out. Women in the job: United States, 2017."
    )
    return Table(name="words", title="Each word", columns=columns, rows=tuple(rows), note=note)


def sentences_part(sentences: Sequence[str], shifts: Sequence[Shift]) -> Picture:
    found = _in_order(shifts)
    agree = sum(len(each.by_sentence) - each.against for each in found)
    return Picture(
        name="sentences", title="Sentence by sentence", chart="heat", label="Sentence", across="Word", unit="nats",
        labels=tuple(f"{n} …{' '.join(each.split()[-2:])}"[:80] for n, each in enumerate(sentences, 1)),
        series=tuple(Series(title=each.word, values=each.by_sentence) for each in found),
        says=f"{agree} of {len(found) * len(sentences)} fields go where the mean of their word goes.",
        note="The sentences by number and last words. Above 0: likelier with the other side.",
    )  # fmt: skip


def guesses_part(guessed: Sequence[Guess]) -> Picture:
    return Picture(
        name="pronouns", title="From a name alone: he or she?", chart="bars", label="Name", unit="%",
        labels=tuple(each.name for each in guessed),
        series=(
            Series(title="“he” follows", values=tuple(100 * each.he for each in guessed)),
            Series(title="“she” follows", values=tuple(100 * each.she for each in guessed)),
        ),
        says="; ".join(f"{each.name}: he {each.he:.0%}, she {each.she:.0%}" for each in guessed) + ".",
        note=f"After “{GUESS.replace(PERSON, '…')}”.",
    )  # fmt: skip


# --- What is found ---


def findings(shifts: Sequence[Shift], guessed: Sequence[Guess], sides: Sides, *, gender: bool) -> Iterator[Finding]:
    """``gender``: the other side are women, and one side are men."""
    sure = [each for each in shifts if each.sure]
    expected = CHANCE * len(shifts)
    says = f"For {len(sure)} of {len(shifts)} words the interval leaves out 0; where there is nothing, {expected:.0f} would be expected."
    if sure:
        low, high = min(sure, key=lambda each: each.mean), max(sure, key=lambda each: each.mean)
        says += "".join(
            f" “{each.word}”: {each.mean:+.2f} nats ({each.low:+.2f} to {each.high:+.2f})." for each in dict.fromkeys((low, high))
        )
    yield Finding(id="shift", held=len(sure) > len(shifts) / 5, found=says)
    yield _jobs(shifts if gender else ())
    yield _control(shifts, sides)
    split = [each for each in sure if each.against]
    first = f" “{split[0].word}”: {split[0].against} of {len(split[0].by_sentence)} sentences say the contrary." if split else ""
    yield Finding(id="single", held=bool(split) if sure else None, found=f"That is so for {len(split)} of {len(sure)} words.{first}")
    yield _proxy(guessed)


def _jobs(shifts: Sequence[Shift]) -> Finding:
    known = [each for each in shifts if each.word in WOMEN]
    if len(known) < 5:
        return Finding(id="jobs", held=None, found="It needs a swap of gender, and five words of which the share of women is known here.")
    women, means = [WOMEN[each.word] for each in known], [each.mean for each in known]
    found, p = rank_correlation(women, means), by_chance(women, means)
    says = f"Rank correlation {found:.2f} over {len(known)} words (1: the same order, 0: none); by chance as large or larger: p = {p:.2g}."
    if found > FOLLOWS and p >= CHANCE:
        return Finding(id="jobs", held=None, found=f"{says} Too few words to tell.")
    return Finding(id="jobs", held=found > FOLLOWS, found=says)


def _control(shifts: Sequence[Shift], sides: Sides) -> Finding:
    if len(sides.one) < 2:
        return Finding(id="control", held=None, found="It needs two persons on each side.")
    swap, noise = (_mean([abs(value) for value in values]) for values in ([e.mean for e in shifts], [e.noise for e in shifts]))
    says = f"The swap moves a word by {swap:.2f} nats on average, up or down; one that changes no group by {noise:.2f}."
    return Finding(id="control", held=noise <= swap / 2, found=says)


def _proxy(guessed: Sequence[Guess]) -> Finding:
    if not guessed:
        return Finding(id="proxy", held=None, found="Only for first names of men and women: choose these.")
    half = len(guessed) // 2
    right = sum(each.he > each.she for each in guessed[:half]) + sum(each.she > each.he for each in guessed[half:])
    says = f"For {right} of {len(guessed)} names the pronoun of its side is the likelier. {guessed[0].name}: he {guessed[0].he:.0%}, she "
    says += f"{guessed[0].she:.0%}; {guessed[half].name}: he {guessed[half].he:.0%}, she {guessed[half].she:.0%}."
    return Finding(id="proxy", held=len(guessed) - right <= len(guessed) / 8, found=says)
