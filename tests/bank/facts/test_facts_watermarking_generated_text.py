"""The figures and claims of the question on watermarks, computed with a mark of our own."""

import hashlib
import math

import numpy as np
import pytest

WORDS = 200


def green(previous, key):
    """The half of the vocabulary that the key favours after ``previous``."""
    seed = int.from_bytes(hashlib.sha256(f"{key}:{previous}".encode()).digest()[:8], "big")
    return np.random.default_rng(seed).permutation(WORDS)[: WORDS // 2]


def write(rng, length, key=None, bonus=2.0, entropy=1.0):
    text, previous = [], 0
    for _ in range(length):
        scores = rng.normal(size=WORDS) / entropy
        if key is not None:
            scores[green(previous, key)] += bonus
        p = np.exp(scores - scores.max())
        previous = int(rng.choice(WORDS, p=p / p.sum()))
        text.append(previous)
    return text


def z_score(text, key):
    hits = sum(token in green(previous, key) for previous, token in zip([0, *text], text, strict=False))
    return (hits - len(text) / 2) / math.sqrt(len(text) / 4)


def chance_above(z):
    return 0.5 * math.erfc(z / math.sqrt(2))


def test_seventy_green_of_a_hundred():
    z = (70 - 50) / math.sqrt(100 * 0.25)
    assert z == 4 and chance_above(z) == pytest.approx(3.2e-5, rel=0.02)


def test_how_many_free_tokens_it_takes():
    def needed(share, z=4):
        return math.ceil(round((z / (2 * (share - 0.5))) ** 2, 6))

    assert needed(0.6) == 400 and needed(0.75) == 64
    rng = np.random.default_rng(0)
    assert z_score(write(rng, 200, key=7), 7) > 6
    assert abs(z_score(write(rng, 200, key=7), 8)) < 4 and abs(z_score(write(rng, 200), 7)) < 4  # another key; no mark
    assert z_score(write(rng, 6, key=7), 7) < 4  # too short
    assert z_score(write(rng, 200, key=7, entropy=0.02), 7) < 4  # the next token as good as fixed


def test_a_paraphrase_dilutes_the_mark():
    rng = np.random.default_rng(1)
    text = write(rng, 200, key=7)

    def change(share):
        return [int(rng.integers(WORDS)) if rng.random() < share else token for token in text]

    assert z_score(change(0.1), 7) > 6  # light edits
    assert z_score(change(0.95), 7) < 4  # nearly all of it rewritten


def test_a_changed_word_leaves_the_mark():
    text = write(np.random.default_rng(2), 200, key=7)
    before = z_score(text, 7)
    text[100] = (text[100] + 1) % WORDS  # "not" for "now"
    assert z_score(text, 7) > before - 0.5 and z_score(text, 7) > 6


def test_a_keyed_draw_keeps_the_probabilities():
    p = np.array([0.5, 0.3, 0.15, 0.05])
    rng = np.random.default_rng(3)
    drawn = np.array([np.argmax(np.log(rng.random(4)) / p) for _ in range(40_000)])  # one key for each draw
    assert np.allclose(np.bincount(drawn, minlength=4) / len(drawn), p, atol=0.01)
    fixed = np.random.default_rng(4).random(4)  # one key and one context: always the same word
    assert len({int(np.argmax(np.log(fixed) / p)) for _ in range(10)}) == 1


def test_rare_false_alarms_hit_many_people():
    assert 0.01 * 1000 == 10
    assert 20_000 * 5 * 0.01 == 1000  # students, essays each, one in a hundred
