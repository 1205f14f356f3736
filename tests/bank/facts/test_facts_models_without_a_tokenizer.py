"""The figures and claims of the question on models that read bytes, computed."""

import math

import numpy as np
import pytest


def test_the_tables_shrink_to_nothing():
    width = 4096
    tokens, in_bytes = 2 * 128_256 * width, 2 * 259 * width  # 256 bytes and three special units
    assert tokens == pytest.approx(1.05e9, abs=0.01e9)
    assert in_bytes == pytest.approx(2.1e6, abs=0.05e6)


def test_scripts_differ_in_bytes():
    for letter, length in (("a", 1), ("é", 2), ("я", 2), ("न", 3), ("水", 3), ("😀", 4)):
        assert len(letter.encode()) == length
    # The same greeting: letters and bytes.
    assert (len("hello"), len(b"hello")) == (5, 5)
    assert (len("नमस्ते"), len("नमस्ते".encode())) == (6, 18)


def test_bytes_are_not_characters():
    whole = "水".encode()
    with pytest.raises(UnicodeDecodeError):
        whole[:2].decode()  # a model that stops after two of three bytes has written nothing readable
    assert whole.decode() == "水"
    rng = np.random.default_rng(0)

    def valid(data):
        try:
            data.decode()
        except UnicodeDecodeError:
            return False
        return True

    assert not any(valid(bytes(rng.integers(128, 256, 6).tolist())) for _ in range(20))


def work(length, in_bytes, patch, local):
    """Operations for a text of so many bytes: a large model of 8e9 weights once a patch, local ones of ``local`` weights a byte."""
    return 2 * 8e9 * length / patch + (2 * local * length if in_bytes else 0)


def test_patches_bring_the_cost_back():
    text = 4000
    by_tokens = work(text, in_bytes=False, patch=4, local=0)
    plain = work(text, in_bytes=False, patch=1, local=0)
    assert plain / by_tokens == 4
    patched = work(text, in_bytes=True, patch=4, local=0.2e9)
    assert patched / by_tokens == pytest.approx(1.1)
    longer = work(text, in_bytes=True, patch=8, local=0.2e9)
    assert longer / by_tokens == pytest.approx(0.6)
    assert (text / 1) ** 2 / (text / 4) ** 2 == 16  # pairs compared in attention, bytes against tokens


TEXT = "the model reads the bytes of the text and the text of the model reads well and the bytes of the model are the text " * 6


def entropies(text):
    """Entropy of the next letter after the last three, in bits, from counts over the text itself."""
    counts = {}
    for i in range(3, len(text)):
        counts.setdefault(text[i - 3 : i], {}).setdefault(text[i], 0)
        counts[text[i - 3 : i]][text[i]] += 1
    found = []
    for i in range(3, len(text)):
        c = np.array(list(counts[text[i - 3 : i]].values()), float)
        p = c / c.sum()
        found.append(float(-(p * np.log2(p)).sum()))
    return np.array(found)


def test_entropy_cuts_where_the_text_is_open():
    h = entropies(TEXT)
    starts = np.array([TEXT[i - 1] == " " for i in range(3, len(TEXT))])  # the letter to come begins a word
    assert h[starts].mean() > 10 * h[~starts].mean()
    boundaries = h > 1
    assert boundaries.sum() > 50
    assert starts[boundaries].all()  # each cut is at the beginning of a word
    assert starts.mean() < 0.25  # by chance it would be less than a quarter of them


def test_bits_a_byte_can_be_compared():
    """The same text of 4,000 bytes and 1,000 tokens; both models give it the same probability in all."""
    total_bits = 3200.0
    by_token = 2 ** (total_bits / 1000)
    by_byte = 2 ** (total_bits / 4000)
    assert by_token == pytest.approx(9.19, abs=0.01)
    assert by_byte == pytest.approx(1.74, abs=0.01)
    assert total_bits / 4000 == pytest.approx(0.8)
    nats_a_token = total_bits / 1000 * math.log(2)
    assert nats_a_token / math.log(2) * 1000 / 4000 == pytest.approx(0.8)


def test_steps_to_write_a_text():
    """One step a byte in the small decoder: four times as many sequential steps as with tokens of four bytes."""
    assert 4000 / (4000 / 4) == 4
