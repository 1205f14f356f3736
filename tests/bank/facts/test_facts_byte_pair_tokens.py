"""The figures and claims of the question on byte-pair encoding, computed with a small tokenizer of our own."""

from __future__ import annotations

import math
import re
from collections import Counter
from itertools import pairwise

import pytest

ENGLISH = (
    "the cat sat on the mat and the dog sat on the log while the other cats and dogs were there with them "
    "then the mother of the cat and the father of the dog gathered together in the weather that the others hated "
) * 4
WORD = re.compile(r" ?[^\s]+|\s+")

Merges = dict[tuple[bytes, bytes], int]


def train(text: str, count: int) -> Merges:
    """The merges in the order in which they were learned; a word keeps its leading space."""
    words = Counter(tuple(bytes([b]) for b in word.encode()) for word in WORD.findall(text))
    merges: Merges = {}
    for rank in range(count):
        pairs: Counter[tuple[bytes, bytes]] = Counter()
        for word, times in words.items():
            for pair in pairwise(word):
                pairs[pair] += times
        if not pairs:
            break
        best = max(pairs, key=lambda pair: (pairs[pair], pair))
        merges[best] = rank
        words = Counter({tuple(merge(list(word), best)): times for word, times in words.items()})
    return merges


def merge(pieces: list[bytes], pair: tuple[bytes, bytes]) -> list[bytes]:
    out: list[bytes] = []
    for piece in pieces:
        if out and (out[-1], piece) == pair:
            out[-1] += piece
        else:
            out.append(piece)
    return out


def encode(text: str, merges: Merges) -> list[bytes]:
    """Within each rough word, the earliest-learned merge first."""
    out: list[bytes] = []
    for word in WORD.findall(text):
        pieces = [bytes([b]) for b in word.encode()]
        while len(pieces) > 1:
            known = [pair for pair in pairwise(pieces) if pair in merges]
            if not known:
                break
            pieces = merge(pieces, min(known, key=lambda pair: merges[pair]))
        out += pieces
    return out


MERGES = train(ENGLISH, 60)


def test_the_commonest_pair_is_merged_first():
    first = b"".join(next(iter(MERGES))).decode()
    pairs = Counter("".join(pair) for word in WORD.findall(ENGLISH) for pair in pairwise(word))
    assert pairs[first] == max(pairs.values())
    assert encode(" the", MERGES) == [b" the"]  # a frequent word has become one piece
    assert len(encode(" zebra", MERGES)) > 3  # a rare one is left in pieces
    assert b"ather" in encode(" feather", MERGES)  # of father and gathered: frequency, no syllable and no stem
    assert encode(" catalogue", MERGES)[0] == b" cat"


def test_encoding_replays_the_merges_in_order():
    late_first = {pair: -rank for pair, rank in MERGES.items()}  # the control: the same merges, the latest-learned first
    assert any(encode(" " + word, late_first) != encode(" " + word, MERGES) for word in ENGLISH.split())
    german = train("das der die und der das ist der die " * 10, 20)
    assert encode(" gathered", MERGES) != encode(" gathered", german)


def test_any_text_can_be_encoded_and_comes_back():
    for text in ("the cat", "Straße", "नमस्ते", "\U0001f600 \x00 xqzt"):
        pieces = encode(text, MERGES)
        assert b"".join(pieces).decode() == text
        assert len(pieces) <= len(text.encode())  # at the worst, one for each byte


def test_two_tables_are_thirteen_percent_of_an_8b_model():
    table = 128_256 * 4_096
    assert table == pytest.approx(525e6, rel=0.001)
    assert 2 * table / 8.03e9 == pytest.approx(0.13, abs=0.002)


def test_the_letters_are_not_in_the_ids():
    """A word that has become one piece is one number, and not a number for any of its letters; a word of the same letters is another."""
    number = {piece: n for n, piece in enumerate(sorted({*(bytes([b]) for b in range(256)), *(a + b for a, b in MERGES)}))}
    cat, the = ([number[piece] for piece in encode(word, MERGES)] for word in (" cat", " the"))
    assert len(cat) == len(the) == 1
    assert not set(cat) & {number[bytes([b])] for b in b" cat"}
    assert not set(cat) & {number[piece] for piece in encode(" act", MERGES)}


def test_spelled_out_the_letters_are_tokens():
    spelled = encode("c-a-t", MERGES)
    assert all(len(piece) == 1 for piece in spelled)
    assert sum(piece == b"a" for piece in spelled) == 1


def test_a_script_that_was_not_in_the_training_text_costs_a_token_for_each_byte():
    assert len("न".encode()) == 3 and len("α".encode()) == 2
    hindi, english = "बिल्ली चटाई पर बैठी", "the cat sat on the mat"
    assert len(encode(hindi, MERGES)) >= len(hindi.encode()) - 3 > 5 * len(encode(english, MERGES))


def test_loss_a_token_is_not_comparable_between_tokenizers():
    """A model that finds every byte equally likely, read through two tokenizers: the same bits a byte, another loss a token."""
    few, many = encode(ENGLISH, MERGES), [bytes([b]) for b in ENGLISH.encode()]
    losses = [sum(len(piece) for piece in pieces) * math.log(256) / len(pieces) for pieces in (few, many)]
    assert losses[0] > 2 * losses[1]
    a_byte = [loss * len(pieces) / len(ENGLISH.encode()) for loss, pieces in zip(losses, (few, many), strict=True)]
    assert a_byte[0] == pytest.approx(a_byte[1])


def test_a_trailing_space_changes_the_tokens():
    whole, cut = encode("on the mat", MERGES), encode("on the ", MERGES)
    assert whole[: len(encode("on the", MERGES))] == encode("on the", MERGES)
    assert cut[-1] == b" "  # a lone space, which never stands before a word in the training text
    assert encode("cat", MERGES) != encode(" cat", MERGES) != encode(" Cat", MERGES)
