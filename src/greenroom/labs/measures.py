"""Measures of a text against a reference, written to be read: exact match, ROUGE-L, BLEU. Each is held in the tests against the library by
which it is usually computed.

ROUGE-L: Lin 2004, ROUGE: A Package for Automatic Evaluation of Summaries. BLEU: Papineni et al. 2002; smoothed for a single sentence as
mteval does it (Chen and Cherry 2014, method 3), which is sacrebleu's default (Post 2018).
"""

from __future__ import annotations

import math
import re
import string
from collections import Counter
from collections.abc import Sequence

ORDER = 4
"""Longest run of words that BLEU counts."""


def plain(text: str) -> str:
    """As for SQuAD's exact match: lower case, without punctuation (which parts no words: “U.S.” is “US”) and articles."""
    bare = text.lower().translate(str.maketrans("", "", string.punctuation))
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", bare).split())


def exact(text: str, reference: str) -> float:
    return float(plain(text) == plain(reference))


def rouge_l(text: str, reference: str) -> float:
    """0 to 1: from the longest row of words that stands in both in this order, gaps allowed; the harmonic mean of its share in either."""
    one, other = (re.findall(r"[a-z0-9]+", each.lower()) for each in (text, reference))
    common = longest_common(one, other)
    return 2 * common / (len(one) + len(other)) if one or other else 0.0


def longest_common(one: Sequence[str], other: Sequence[str]) -> int:
    """Words of the longest common subsequence."""
    row = [0] * (len(other) + 1)
    for a in one:
        before = 0
        for n, b in enumerate(other, 1):
            before, row[n] = row[n], before + 1 if a == b else max(row[n], row[n - 1])
    return row[-1]


def bleu_words(text: str) -> list[str]:
    """Words with their inner apostrophes and hyphens, numbers with their inner points, every other sign by itself."""
    return re.findall(r"\d+(?:[.,]\d+)*|\w+(?:['’-]\w+)*|[^\w\s]", text)


def bleu(text: str, reference: str) -> float:
    """0 to 1: how many of the text's runs of one to four words stand in the reference, the geometric mean, times a penalty for shortness.
    A length of run of which none is found counts half, a quarter, … of one hit. Runs longer than the text are left out."""
    one, other = bleu_words(text), bleu_words(reference)
    logs, missing = list[float](), 1.0
    for n in range(1, min(ORDER, len(one)) + 1):
        ours, theirs = runs(one, n), runs(other, n)
        hits = sum(min(count, theirs[run]) for run, count in ours.items())
        if hits == 0:
            missing *= 2
        logs.append(math.log((hits or 1 / missing) / ours.total()))
    if not logs or not set(one) & set(other):
        return 0.0
    short = min(0.0, 1 - len(other) / len(one))
    return math.exp(short + math.fsum(logs) / len(logs))


def runs(words: Sequence[str], n: int) -> Counter[tuple[str, ...]]:
    return Counter(tuple(words[i : i + n]) for i in range(len(words) - n + 1))
