"""Facts behind the question `what-is-an-llm`, computed from first principles."""

from itertools import pairwise

import numpy as np


def test_next_token_scores_become_a_distribution_over_the_whole_vocabulary():
    """A small neural language model gives every vocabulary entry a probability that depends on the text before."""
    rng = np.random.default_rng(0)
    vocabulary, width = 50, 16
    embed = rng.normal(size=(vocabulary, width))
    hidden = rng.normal(size=(2 * width, width)) / np.sqrt(2 * width)
    head = rng.normal(size=(width, vocabulary)) / np.sqrt(width)

    def next_token(previous: list[int]) -> np.ndarray:
        features = np.tanh(np.concatenate([embed[token] for token in previous]) @ hidden)
        logits = features @ head
        exp = np.exp(logits - logits.max())
        return exp / exp.sum()

    first, second = next_token([3, 7]), next_token([7, 3])
    assert first.shape == (vocabulary,)
    assert np.isclose(first.sum(), 1.0)
    assert (first > 0).all()  # nothing is excluded; unlikely is not impossible
    assert not np.allclose(first, second)  # it depends on what came before, order included


def test_plain_text_supplies_its_own_labels():
    """A text of n tokens holds n - 1 (context, next token) pairs, and a model that counts them beats chance with no annotation."""
    text = ("the cat sat on the mat and the dog sat on the rug " * 20).split()
    train, held_out = text[:200], text[200:]
    pairs = [(train[:i], train[i]) for i in range(1, len(train))]
    assert len(pairs) == len(train) - 1

    vocabulary = sorted(set(train))
    counts = {a: {b: 1e-3 for b in vocabulary} for a in vocabulary}
    for context, target in pairs:
        counts[context[-1]][target] += 1
    losses = [-np.log(counts[a][b] / sum(counts[a].values())) for a, b in pairwise(held_out)]
    assert np.mean(losses) < 0.5 * np.log(len(vocabulary))


def test_merging_frequent_pairs_yields_pieces_smaller_and_larger_than_a_letter():
    """Byte-pair encoding: the frequent word becomes one token, a rare word falls into several pieces, none is unknown."""
    corpus = ["lower"] * 30 + ["low"] * 30 + ["newest"] * 3 + ["widest"] * 3
    words = [tuple(word) for word in corpus]
    merges: list[tuple[str, str]] = []

    def merge(word: tuple[str, ...], pair: tuple[str, str]) -> tuple[str, ...]:
        out: list[str] = []
        for piece in word:
            if out and (out[-1], piece) == pair:
                out[-1] += piece
            else:
                out.append(piece)
        return tuple(out)

    for _ in range(4):
        seen: dict[tuple[str, str], int] = {}
        for word in words:
            for pair in pairwise(word):
                seen[pair] = seen.get(pair, 0) + 1
        best = max(sorted(seen), key=lambda pair: seen[pair])
        merges.append(best)
        words = [merge(word, best) for word in words]

    def tokens(text: str) -> tuple[str, ...]:
        word = tuple(text)
        for pair in merges:
            word = merge(word, pair)
        return word

    assert tokens("lower") == ("lower",)
    assert 1 < len(tokens("lowest")) < len("lowest")
    assert "".join(tokens("swirl")) == "swirl"  # never seen, still spelt from pieces


def test_the_weights_are_far_smaller_than_the_text_they_were_trained_on():
    """7e9 weights at 2 bytes against 2e12 tokens, packed into the fewest whole bits that index 32,000 entries."""
    weights_bytes = 7e9 * 2
    bits_per_token = int(np.ceil(np.log2(32_000)))
    text_bytes = 2e12 * bits_per_token / 8
    assert bits_per_token == 15
    assert 250 < text_bytes / weights_bytes < 300  # about 270 times
