"""Facts behind the question `architecture`, computed from first principles."""

from itertools import pairwise

import numpy as np


def softmax(logits: np.ndarray) -> np.ndarray:
    exp = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return exp / exp.sum(axis=-1, keepdims=True)


def attention(x: np.ndarray, q: np.ndarray, k: np.ndarray, v: np.ndarray, causal: bool) -> np.ndarray:
    scores = (x @ q) @ (x @ k).T / np.sqrt(q.shape[1])
    if causal:
        scores = np.where(np.tri(len(x), dtype=bool), scores, -np.inf)
    return softmax(scores) @ (x @ v)


def feed_forward(x: np.ndarray, up: np.ndarray, down: np.ndarray) -> np.ndarray:
    return np.maximum(x @ up, 0) @ down


def matrices(seed: int, width: int, count: int) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [rng.normal(size=(width, width)) / np.sqrt(width) for _ in range(count)]


def gpt2_parameters(width: int, layers: int, vocabulary: int, positions: int) -> dict[str, int]:
    """Counts from the shapes alone: 4 d x d attention matrices, a feed-forward of 4 d, biases, LayerNorms, head tied to embeddings."""
    return {
        "embeddings": vocabulary * width,
        "positions": positions * width,
        "attention": layers * (4 * width * width + 4 * width),
        "feed_forward": layers * (2 * width * 4 * width + 4 * width + width),
        "norms": layers * 4 * width + 2 * width,
    }


def test_an_embedding_lookup_is_a_row_of_a_learned_table():
    rng = np.random.default_rng(0)
    table, ids = rng.normal(size=(50, 8)), np.array([3, 41, 3])
    assert np.array_equal(table[ids], np.eye(50)[ids] @ table)
    assert table[ids].shape == (3, 8)
    assert gpt2_parameters(768, 12, 50_257, 1_024)["embeddings"] == 38_597_376


def test_attention_without_positions_cannot_tell_the_order():
    rng = np.random.default_rng(1)
    width, order = 16, np.array([2, 0, 3, 1, 4])
    x, (q, k, v) = rng.normal(size=(5, width)), matrices(1, width, 3)
    plain = attention(x, q, k, v, causal=False)
    assert np.allclose(attention(x[order], q, k, v, causal=False), plain[order])  # shuffled in, shuffled out

    positions = rng.normal(size=(5, width))
    placed = attention(x + positions, q, k, v, causal=False)
    assert not np.allclose(attention(x[order] + positions, q, k, v, causal=False), placed[order])

    masked = attention(x, q, k, v, causal=True)
    shuffled = attention(x[order], q, k, v, causal=True)
    assert np.allclose(shuffled[-1], masked[-1])  # one causal layer: the last token still sees an unordered bag
    assert not np.allclose(shuffled[:-1], masked[order][:-1])  # but the mask does leak some order to the others


def test_attention_moves_information_between_positions():
    rng = np.random.default_rng(2)
    width = 16
    x, (q, k, v) = rng.normal(size=(6, width)), matrices(2, width, 3)
    changed = x.copy()
    changed[1] += 1.0
    moved = np.abs(attention(changed, q, k, v, causal=True) - attention(x, q, k, v, causal=True)).max(axis=1) > 1e-9
    assert moved.tolist() == [False, True, True, True, True, True]  # later positions feel it, earlier ones cannot


def test_feed_forward_treats_every_position_by_itself():
    rng = np.random.default_rng(3)
    width = 16
    x, up, down = rng.normal(size=(6, width)), rng.normal(size=(width, 4 * width)), rng.normal(size=(4 * width, width))
    changed = x.copy()
    changed[1] += 1.0
    moved = np.abs(feed_forward(changed, up, down) - feed_forward(x, up, down)).max(axis=1) > 1e-9
    assert moved.tolist() == [False, True, False, False, False, False]


def test_residual_paths_keep_the_gradient_alive_through_a_deep_stack():
    """Push a gradient back through 48 random layers, y = tanh(xW) against y = x + tanh(norm(x)W)."""
    rng = np.random.default_rng(4)
    width, depth = 64, 48
    weights = [rng.normal(size=(width, width)) * 0.5 / np.sqrt(width) for _ in range(depth)]

    def run(x: np.ndarray, residual: bool) -> np.ndarray:
        for w in weights:
            x = x + np.tanh(x / np.sqrt(np.mean(x**2)) @ w) if residual else np.tanh(x @ w)
        return x

    x, direction, step = rng.normal(size=width), rng.normal(size=width), 1e-4
    direction /= np.linalg.norm(direction)

    def sensitivity(residual: bool) -> float:
        return float(np.linalg.norm(run(x + step * direction, residual) - run(x - step * direction, residual)) / (2 * step))

    assert sensitivity(residual=False) < 1e-9  # nothing of the input's change arrives
    assert sensitivity(residual=True) > 0.1


def test_the_head_turns_one_vector_into_a_probability_for_each_vocabulary_entry():
    rng = np.random.default_rng(5)
    hidden, table = rng.normal(size=32), rng.normal(size=(500, 32))
    probabilities = softmax(table @ hidden)  # tied head: the embedding table, used the other way round
    assert probabilities.shape == (500,)
    assert np.isclose(probabilities.sum(), 1.0)
    assert probabilities.argmax() == (table @ hidden).argmax()


def test_blocks_of_one_shape_are_stacked_with_weights_of_their_own():
    """GPT-2 small: twelve equal blocks of 7,087,872 weights; with the embeddings and the final norm 124,439,808."""
    parts = gpt2_parameters(768, 12, 50_257, 1_024)
    assert sum(parts.values()) == 124_439_808
    block = (parts["attention"] + parts["feed_forward"] + parts["norms"] - 2 * 768) // 12
    assert block == 7_087_872
    assert sum(gpt2_parameters(768, 13, 50_257, 1_024).values()) - sum(parts.values()) == block


def test_feed_forward_layers_hold_most_of_a_block():
    parts = gpt2_parameters(768, 12, 50_257, 1_024)
    share = parts["feed_forward"] / (parts["feed_forward"] + parts["attention"])
    assert 0.66 < share < 0.67  # 8 d^2 against 4 d^2

    width, inner, kv_width = 4_096, 14_336, 8 * 128  # Llama 3 8B: gated feed-forward, 8 key and value heads of 128
    gated, grouped = 3 * width * inner, 2 * width * width + 2 * width * kv_width
    assert 0.80 < gated / (gated + grouped) < 0.82


def test_more_heads_at_the_same_width_add_no_parameters():
    def built(width: int, heads: int) -> int:
        size = width // heads
        per_head = [np.empty((width, size)) for _ in range(3 * heads)]
        output = np.empty((heads * size, width))
        return sum(matrix.size for matrix in per_head) + output.size

    assert built(768, 1) == built(768, 12) == built(768, 24) == 4 * 768 * 768


def test_one_loss_moves_every_layer_at_once():
    """Finite differences: in a five-layer residual stack, one loss at the top has a gradient in each layer."""
    rng = np.random.default_rng(6)
    width, target = 8, 3
    weights = [w * 0.5 for w in matrices(6, width, 5)]
    x = rng.normal(size=width)

    def loss() -> float:
        h = x
        for w in weights:
            h = h + np.tanh(h @ w)
        return float(-np.log(softmax(h)[target]))

    for w in weights:
        w[0, 0] += 1e-4
        up = loss()
        w[0, 0] -= 2e-4
        down = loss()
        w[0, 0] += 1e-4
        assert abs(up - down) / 2e-4 > 1e-4


def test_other_data_gives_other_weights_in_the_same_architecture():
    def train(text: str) -> np.ndarray:
        ids = np.array([ord(c) - 97 for c in text])
        weights = np.zeros((26, 26))
        for _ in range(50):
            gradient = np.zeros_like(weights)
            for a, b in pairwise(ids):
                gradient[a] += softmax(weights[a])
                gradient[a, b] -= 1
            weights -= 0.1 * gradient
        return weights

    first, second = train("abcabcabcabc"), train("acbacbacbacb")
    assert first.shape == second.shape
    assert first[0].argmax() == 1
    assert second[0].argmax() == 2
