"""The figures and claims of the question on how images enter a language model, computed."""

import numpy as np
import pytest


def patches(image, size):
    height, width, channels = image.shape
    rows, columns = height // size, width // size
    cut = image.reshape(rows, size, columns, size, channels).transpose(0, 2, 1, 3, 4)
    return cut.reshape(rows * columns, size * size * channels)


def test_a_patch_is_one_linear_map_of_its_pixels():
    """A convolution whose stride is the patch size is the same as a matrix product with each flattened patch."""
    rng = np.random.default_rng(0)
    image, size, width = rng.normal(size=(28, 42, 3)), 14, 8
    kernel = rng.normal(size=(size, size, 3, width))
    by_matrix = patches(image, size) @ kernel.reshape(-1, width)
    by_convolution = np.array(
        [np.einsum("ijc,ijcw->w", image[r : r + size, c : c + size], kernel) for r in range(0, 28, size) for c in range(0, 42, size)]
    )
    assert np.allclose(by_matrix, by_convolution)
    assert patches(np.zeros((336, 336, 3)), 14).shape == (576, 588)


def test_merging_neighbours_quarters_the_tokens():
    grid = np.random.default_rng(1).normal(size=(32, 32, 16))  # 448 by 448 pixels in patches of 14
    merged = grid.reshape(16, 2, 16, 2, 16).transpose(0, 2, 1, 3, 4).reshape(256, 64)
    assert 448 // 14 == 32
    assert (len(merged), merged.shape[1]) == (32 * 32 // 4, 4 * 16)  # a quarter of the tokens, nothing thrown away yet


def test_few_vectors_cannot_carry_many_independent_patches():
    """The best linear summary of 576 unrelated patch vectors by 64 keeps 64 directions; pictures with structure lose less."""
    rng = np.random.default_rng(2)

    def lost(x, keep):
        s = np.linalg.eigvalsh(x @ x.T)[::-1]  # squared singular values, largest first
        return 1 - s[:keep].sum() / s.sum()

    unrelated = rng.normal(size=(576, 1024))
    assert lost(unrelated, 64) > 0.7
    structured = rng.normal(size=(576, 20)) @ rng.normal(size=(20, 1024))  # made of 20 patterns
    assert lost(structured, 64) == pytest.approx(0, abs=1e-9)


def test_a_gate_of_zero_leaves_the_language_model_as_it_was():
    rng = np.random.default_rng(3)
    text, image = rng.normal(size=(5, 16)), rng.normal(size=(9, 16))

    def cross(gate):
        scores = text @ image.T / 4
        weights = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
        return text + np.tanh(gate) * (weights @ image)

    assert np.array_equal(cross(0.0), text)
    assert not np.allclose(cross(0.5), text)


def test_cross_attention_keeps_the_text_short():
    """Pairs compared in a layer for 100 text tokens and an image of 2,304: in the sequence, or by cross-attention."""
    text, image = 100, 2304
    in_sequence = (text + image) * (text + image + 1) / 2  # causal: the image stands first
    across = text * (text + 1) / 2 + text * image
    assert in_sequence / across > 10


def test_a_codebook_leaves_little_of_the_bits():
    codes, entries, side = 1024, 8192, 512
    kept = codes * np.log2(entries)
    assert kept == 13_312
    assert side * side * 24 / kept == pytest.approx(473, abs=1)


def test_an_hour_of_video():
    assert 3600 * 1 * 256 == 921_600  # one frame a second, 256 tokens each
    assert 3600 * 1 * 64 == 230_400
