"""The claims of the question on governing data, computed."""

import hashlib
import secrets
from collections import Counter

import numpy as np
import pytest

MADE_FROM = {
    "chunk-1": {"contract"},
    "chunk-2": {"contract"},
    "vector-1": {"chunk-1"},
    "golden-7": {"mail"},
    "adapter": {"mail", "manual"},
}


def derived(source):
    """Everything that was made from ``source``, over any number of steps."""
    found = {name for name, parents in MADE_FROM.items() if source in parents}
    return found | {far for near in found for far in derived(near)}


def test_deletion_has_to_follow_the_lineage():
    assert derived("contract") == {"chunk-1", "chunk-2", "vector-1"}
    kept = set(MADE_FROM) - {"chunk-1", "chunk-2"}  # one step only
    assert "vector-1" in kept


def test_lineage_answers_a_recall():
    assert {name for name in derived("mail") if name.startswith("adapter")} == {"adapter"}
    assert derived("manual") == {"adapter"} and derived("price list") == set()


def test_agreement_beyond_chance():
    def kappa(a, b):
        a, b = np.array(a), np.array(b)
        observed = (a == b).mean()
        chance = sum((a == k).mean() * (b == k).mean() for k in set(a) | set(b))
        return observed, (observed - chance) / (1 - chance)

    rng = np.random.default_rng(0)
    lazy = [(rng.random(2000) < 0.95).astype(int) for _ in range(2)]  # two who tag 95 percent as "fine" without looking
    observed, beyond = kappa(*lazy)
    assert observed > 0.88 and abs(beyond) < 0.06
    careful = (rng.random(2000) < 0.5).astype(int)
    second = np.where(rng.random(2000) < 0.9, careful, 1 - careful)
    assert kappa(careful, second)[1] == pytest.approx(0.8, abs=0.04)


def test_one_tokenization_can_be_undone_by_anybody_and_one_cannot():
    text = "card 4111 1111"
    ids = list(text.encode())  # a byte-level tokenizer: its table is public
    assert bytes(ids).decode() == text
    vault = {"4111 1111": secrets.token_hex(8)}
    shown = text.replace("4111 1111", vault["4111 1111"])
    assert "4111 1111" not in shown
    other = {"4111 1111": secrets.token_hex(8)}
    assert vault != other  # nothing in the value leads to the surrogate
    guess = hashlib.sha256(b"4111 1111").hexdigest()[:16]
    assert guess not in shown  # a plain hash would have been found by trying all numbers


def test_frequencies_give_surrogates_away():
    rng = np.random.default_rng(1)
    names = ["Smith", "Jones", "Taylor", "Brown", "Lee"]
    p = np.array([0.4, 0.25, 0.18, 0.12, 0.05])
    secret = dict(zip(names, rng.permutation([f"T{n}" for n in range(5)]), strict=True))
    records = [secret[n] for n in rng.choice(names, size=5000, p=p)]
    guessed = [token for token, _ in Counter(records).most_common()]
    assert [secret[n] for n in names] == guessed  # public statistics and a count suffice
    fresh = [f"U{n}" for n in range(5000)]  # another surrogate each time
    assert max(Counter(fresh).values()) == 1
