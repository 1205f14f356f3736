"""The figures and claims of the question on models that see, computed."""

import numpy as np
import pytest


def tokens(width, height, tile=336, patch=14, merged=1):
    tiles = -(-width // tile) * -(-height // tile)
    return tiles * (tile // patch) ** 2 // merged


def test_tokens_of_an_image():
    assert tokens(336, 336) == 24 * 24 == 576
    assert tokens(1344, 1008) == 6912 and tokens(1344, 1008, merged=4) == 1728
    assert tokens(672, 672) == 4 * tokens(336, 336)  # twice the edge, four times the tokens


def test_a_screw_in_the_shrunken_picture():
    assert pytest.approx(5.0, abs=0.05) == 60 * 336 / 4000
    rng = np.random.default_rng(0)
    photo = rng.integers(100, 110, size=(400, 400)).astype(float)
    photo[200:206, 200:206] = 255  # a bright screw of six pixels
    small = photo.reshape(20, 20, 20, 20).mean(axis=(1, 3))  # shrunk twenty times
    assert small.max() < 125 and photo.max() == 255


def test_pairs_pulled_together_classify_without_labels():
    rng = np.random.default_rng(1)
    words = rng.normal(size=(5, 32))  # the embedding of a sentence for each class
    view = rng.normal(size=(32, 32))  # images live in a space of their own

    def images(n):
        kinds = rng.integers(0, 5, size=n)
        return kinds, words[kinds] @ view + 0.3 * rng.normal(size=(n, 32))

    kinds, pictures = images(500)
    bridge, *_ = np.linalg.lstsq(pictures, words[kinds], rcond=None)  # trained on pairs of picture and sentence only
    kinds, pictures = images(200)

    def right(mapped):
        mapped = mapped / np.linalg.norm(mapped, axis=1, keepdims=True)
        return ((mapped @ (words / np.linalg.norm(words, axis=1, keepdims=True)).T).argmax(axis=1) == kinds).mean()

    assert right(pictures @ bridge) > 0.95 and right(pictures) < 0.6


def test_the_bill_for_a_million_images():
    """Operations, not money. The large one without its vision encoder; the small one as published for YOLOv8s (11.2 million parameters)."""
    large = 2 * 7e9 * (tokens(336, 336) + 50)  # a 7-billion model: a short question, a picture, a word in reply
    small = 28.8e9  # at 640 pixels
    assert large == pytest.approx(8.8e12, rel=0.01) and large / small > 300
    assert small * 30 < 1e12  # thirty pictures a second on a chip with a trillion operations


def test_always_yes_has_full_recall():
    present = np.array([True] * 50 + [False] * 50)
    said = np.ones(100, dtype=bool)
    assert (said == present).mean() == 0.5
    assert (said & present).sum() / present.sum() == 1
    assert (said & ~present).sum() == 50
