"""The figures and claims of the question on embeddings and similarity, computed."""

import numpy as np
import pytest

from greenroom.llm.encoder import OnnxEncoder


def unit(x):
    return x / np.linalg.norm(x, axis=-1, keepdims=True)


def cosine(a, b):
    return float(unit(a) @ unit(b))


def softmax(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def test_words_in_like_company_get_like_vectors():
    """Counts of neighbours, weighted by surprise, squeezed into three numbers a word. Like company makes neighbours, of opposites too."""
    company = {"cat": "purrs eats sleeps", "dog": "barks eats sleeps", "car": "drives brakes rusts", "lorry": "drives brakes loads"}
    company |= {"hot": "soup water day", "cold": "soup water night"}
    words, contexts = list(company), sorted({c for text in company.values() for c in text.split()})
    counts = np.array([[c in company[w].split() for c in contexts] for w in words], float)
    expected = counts.sum(axis=1, keepdims=True) * counts.sum(axis=0) / counts.sum()
    surprise = np.maximum(np.log(np.maximum(counts, 1e-12) / expected), 0)
    left, strength, _ = np.linalg.svd(surprise)
    vectors = dict(zip(words, left[:, :3] * strength[:3], strict=True))
    assert cosine(vectors["cat"], vectors["dog"]) > 0.9 > 0.2 > cosine(vectors["cat"], vectors["car"])
    assert cosine(vectors["hot"], vectors["cold"]) > 0.9


def test_a_row_of_the_table_knows_no_context():
    rng = np.random.default_rng(0)
    table = rng.normal(size=(50, 16))
    river, money = [7, 3, 9], [21, 3, 40]  # token 3 stands in both
    assert np.array_equal(table[river][1], table[money][1])
    assert np.allclose(np.eye(50)[3] @ table, table[3])  # a lookup is a product with a one-hot vector

    def layer(x):
        wq, wk, wv = (rng_layer.normal(size=(16, 16)) / 4 for _ in range(3))
        return x + softmax((x @ wq) @ (x @ wk).T / 4) @ x @ wv

    after = []
    for sentence in (river, money):
        rng_layer = np.random.default_rng(1)
        after.append(layer(table[sentence])[1])
    assert cosine(*after) < 0.99
    assert pytest.approx(525e6, rel=0.001) == 128_256 * 4_096  # the table of Llama 3 8B


def test_training_on_pairs_decides_what_is_close():
    """Texts have a subject and a louder style. Before training like style is close, after training on pairs of one subject like subject."""
    rng = np.random.default_rng(2)
    subjects, width = 30, 10
    subject = rng.normal(size=(subjects, width))

    def texts():
        return np.hstack([subject + 0.1 * rng.normal(size=subject.shape), 3 * rng.normal(size=subject.shape)])

    def found(weights):
        """How often the nearest of the others has the same subject."""
        first, second = unit(texts() @ weights), unit(texts() @ weights)
        return np.mean((first @ second.T).argmax(axis=1) == np.arange(subjects))

    weights = np.eye(2 * width)
    before = found(weights)
    for _ in range(300):
        one, two = texts(), texts()
        a, b = one @ weights, two @ weights
        grad = (softmax(a @ b.T) - np.eye(subjects)) / subjects  # each text's partner against the rest of the batch
        weights = weights - 0.02 * (one.T @ (grad @ b) + two.T @ (grad.T @ a))
    assert before < 0.3
    assert found(weights) > 0.9


def test_cosine_ignores_length_and_ranks_like_distance():
    rng = np.random.default_rng(3)
    query, texts = rng.normal(size=32), rng.normal(size=(100, 32))
    texts[0] *= 50
    assert cosine(query, 5 * texts[1]) == pytest.approx(cosine(query, texts[1]))
    assert cosine(query, query) == pytest.approx(1)
    assert cosine(np.array([1.0, 0]), np.array([0.0, 2])) == 0
    by_cosine = np.argsort(-(unit(texts) @ unit(query)))
    assert not np.array_equal(by_cosine, np.argsort(-(texts @ query)))  # with lengths left in, the long one jumps the queue
    assert np.array_equal(by_cosine, np.argsort(np.linalg.norm(unit(texts) - unit(query), axis=1)))


def test_the_shipped_encoder_finds_topics_and_misses_a_not():
    encoder = OnnxEncoder.load()
    ill, denied, paraphrase, elsewhere = encoder.encode(
        [
            "The patient is allergic to penicillin.",
            "The patient is not allergic to penicillin.",
            "Penicillin gives this person a bad reaction.",
            "The invoice is payable within thirty days.",
        ]
    )
    assert ill @ paraphrase > ill @ elsewhere + 0.3
    assert ill @ denied > ill @ paraphrase
    password, account, router, bridge = encoder.encode(
        ["How do I reset my password?", "I cannot get into my account any more.", "How do I reset my router?", "The bridge is closed."]
    )
    assert password @ account > password @ bridge + 0.2
    assert password @ router > password @ account  # the wording of the question weighs more than what is meant


def test_a_shared_direction_lifts_every_cosine():
    rng = np.random.default_rng(4)
    texts = rng.normal(size=(200, 64))
    pairs = np.triu_indices(200, 1)
    apart = (unit(texts) @ unit(texts).T)[pairs].mean()
    lifted = texts + 12.5 * unit(rng.normal(size=64))
    together = (unit(lifted) @ unit(lifted).T)[pairs].mean()
    assert abs(apart) < 0.05
    assert together == pytest.approx(0.7, abs=0.03)
    centred = lifted - lifted.mean(axis=0)
    assert abs((unit(centred) @ unit(centred).T)[pairs].mean()) < 0.05


def test_turned_spaces_agree_inside_and_not_across():
    rng = np.random.default_rng(5)
    texts = unit(rng.normal(size=(50, 32)))
    turn, _ = np.linalg.qr(rng.normal(size=(32, 32)))
    other = texts @ turn  # another model with exactly the same opinions
    assert np.allclose(texts @ texts.T, other @ other.T)
    across = texts @ other.T
    assert abs(np.diag(across).mean()) < 0.1  # a text and itself, in the other model's axes
    assert np.mean(across.argmax(axis=1) == np.arange(50)) < 0.2
    assert not np.allclose(texts, other)  # so no single number means the same in both


def test_a_mean_of_many_subjects_is_close_to_none():
    subjects = np.eye(64)
    for k, expected in ((1, 1), (4, 0.5), (16, 0.25)):
        assert cosine(subjects[:k].mean(axis=0), subjects[0]) == pytest.approx(expected)


def test_ten_million_vectors_take_forty_gigabytes():
    row = np.zeros(1024, np.float32)
    assert 10_000_000 * row.nbytes / 1e9 == pytest.approx(41, abs=0.1)
    assert row.nbytes == 4 * row.astype(np.int8).nbytes
