"""What one would do without a language model, each in a few lines: counting words, a template, the first sentence, a dictionary, a search.

Naive Bayes: Manning, Raghavan and Schütze 2008, Introduction to Information Retrieval, chapter 13, with a word added to each count.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence

from greenroom.labs.grounded import EMPTY
from greenroom.labs.searching import bm25, order, words

Way = Callable[[str], str]
"""What is given in, what is replied out."""
TEMPLATE = "Everybody is welcome: {} on {} at {}, {}."
ORDER = 3
"""Words that are counted together."""


def bayes(examples: Mapping[str, Sequence[str]]) -> Way:
    """The class whose words fit best. Learned from labelled texts."""
    counts = {label: Counter(word for text in texts for word in words(text)) for label, texts in examples.items()}
    known = set().union(*counts.values())
    total = sum(map(len, examples.values()))

    def score(label: str, text: str) -> float:
        own = counts[label]
        size = own.total() + len(known)
        found = [math.log((own[word] + 1) / size) for word in words(text) if word in known]
        return math.log(len(examples[label]) / total) + math.fsum(found)

    return lambda text: max(examples, key=lambda label: score(label, text))


def counted(corpus: str) -> Way:
    """The word that stood most often behind the last two, else behind the last one, else anywhere."""
    after: defaultdict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    seen = words(corpus)
    for n, word in enumerate(seen):
        for length in range(min(ORDER, n + 1)):
            after[tuple(seen[n - length : n])][word] += 1

    def way(text: str) -> str:
        end = words(text)
        behind = next(tuple(end[len(end) - n :]) for n in (2, 1, 0) if tuple(end[len(end) - n :]) in after)
        return min(after[behind], key=lambda word: (-after[behind][word], word))

    return way


def template(given: str) -> str:
    """The values, each in its place."""
    return TEMPLATE.format(*given.split(" · "))


def lead(given: str) -> str:
    """The first sentence."""
    return re.split(r"(?<=[.!?])\s+(?=[A-Z])", given, maxsplit=1)[0]


def by_word(dictionary: Mapping[str, str]) -> Way:
    """Word by word, each in its only translation, in the order in which they stand."""
    return lambda given: " ".join(dictionary.get(word, word) for word in words(given))


def nearest(faq: Sequence[tuple[str, str]]) -> Callable[[str], int]:
    """Which entry of a list of questions and answers shares most words with what was asked (BM25, without the words that carry nothing)."""
    passages = [f"{question} {answer}" for question, answer in faq]

    def way(asked: str) -> int:
        return order(bm25(" ".join(word for word in words(asked) if word not in EMPTY), passages))[0]

    return way


def calculator(given: str) -> str:
    one, sign, other = given.split()
    a, b = int(one), int(other)
    return str({"+": a + b, "-": a - b, "×": a * b}[sign])
