"""Search in a few passages, written to be read: by words (BM25), by meaning (the encoder that ships), and both lists merged by rank.

BM25 as in Robertson and Zaragoza 2009, The Probabilistic Relevance Framework, with the idf that is never negative (ln of 1 plus the odds).
Merging: Cormack, Clarke and Büttcher 2009, Reciprocal Rank Fusion, with their constant 60.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence

K1, B = 1.2, 0.75
"""How soon a repeated word counts no more, and how much a long passage is held back."""
MERGE = 60
SEARCHES = {"words": "by words (BM25)", "meaning": "by meaning (encoder)", "both": "both, merged by rank"}


def words(text: str) -> list[str]:
    """Lower case, letters and digits. No stemming: “return” does not find “returned”."""
    return re.findall(r"\w+", text.casefold())


def bm25(query: str, passages: Sequence[str]) -> list[float]:
    """The score of each passage. A word that occurs in few passages counts more; one that is in none counts nothing."""
    counts = [Counter(words(each)) for each in passages]
    lengths = [sum(each.values()) for each in counts]
    mean = sum(lengths) / len(lengths)
    found = [0.0] * len(passages)
    for word in words(query):
        holding = sum(word in each for each in counts)
        idf = math.log(1 + (len(passages) - holding + 0.5) / (holding + 0.5))
        for n, (count, length) in enumerate(zip(counts, lengths, strict=True)):
            f = count[word]
            found[n] += idf * f * (K1 + 1) / (f + K1 * (1 - B + B * length / mean))
    return found


def cosines(queries: Sequence[str], passages: Sequence[str]) -> list[list[float]]:
    """Of each query with each passage, by the encoder's vectors, which have length 1. Raises WeightsError where it cannot be loaded."""
    from greenroom.llm.encoder import OnnxEncoder

    encoder = OnnxEncoder.load(threads=1)
    return [[float(each) for each in row] for row in encoder.encode(queries) @ encoder.encode(passages).T]


def order(scores: Sequence[float]) -> list[int]:
    """The best first; equal ones as they stand."""
    return sorted(range(len(scores)), key=lambda n: (-scores[n], n))


def merged(orders: Sequence[Sequence[int]]) -> list[int]:
    """Several orders as one: each gives 1 / (60 + its rank)."""
    found = Counter[int]()
    for each in orders:
        found.update({n: 1 / (MERGE + rank) for rank, n in enumerate(each, 1)})
    return sorted(found, key=lambda n: (-found[n], n))


def search(how: str, queries: Sequence[str], passages: Sequence[str]) -> list[list[int]]:
    """For each query, the passages in order, the best first. ``how``: one of ``SEARCHES``."""
    by_words = [order(bm25(query, passages)) for query in queries]
    if how == "words":
        return by_words
    by_meaning = [order(row) for row in cosines(queries, passages)]
    return by_meaning if how == "meaning" else [merged(pair) for pair in zip(by_words, by_meaning, strict=True)]
