"""Many texts written at once are the texts written one by one; the rules over a whole vocabulary are those of ``sampling``; beam search
against all the ways there are. On the tiny model, and on the real one where it is."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greenroom.errors import InputError, TooLargeError
from greenroom.labs import sampling
from greenroom.labs.model import Model
from greenroom.labs.sampling import Rules
from greenroom.labs.transformer import Array
from greenroom.labs.writing import Branches, beams, draw, entropy, left, likeliest, probabilities, texts, write

PROMPT = [5, 80, 9, 200, 31]


def alone(model: Model, ids: Sequence[int]) -> Array:
    found: Array = model.transformer.forward(ids)[-1]
    return found


def test_each_branch_is_read_as_the_text_by_itself(tiny: Model) -> None:
    branches = Branches(tiny.transformer, PROMPT)
    nodes = branches.follow([(-1, [7, 8, 9]), (-1, [7, 8, 10, 11]), (-1, [12])])
    assert nodes == [[0, 1, 2], [0, 1, 3, 4], [5]], "7 8 is read once"
    for way, at in (([7, 8, 9], 2), ([7, 8, 10, 11], 4), ([12], 5), ([7], 0), ([], -1)):
        assert np.abs(branches.logits[at] - alone(tiny, [*PROMPT, *way])).max() < 1e-4
    again = branches.grow([(4, 13), (5, 13), (4, 13)])
    assert again[0] == again[2] != again[1]
    assert np.abs(branches.logits[again[0]] - alone(tiny, [*PROMPT, 7, 8, 10, 11, 13])).max() < 1e-4


def test_control_without_its_mask_a_branch_sees_the_others(tiny: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Branches, "_look", lambda self, lines: None)
    branches = Branches(tiny.transformer, PROMPT)
    nodes = branches.follow([(-1, [7, 8, 9]), (-1, [12])])
    assert np.abs(branches.logits[nodes[1][0]] - alone(tiny, [*PROMPT, 12])).max() > 0.01


def test_what_was_forgotten_is_read_anew(tiny: Model) -> None:
    branches = Branches(tiny.transformer, PROMPT)
    first = branches.follow([(-1, [7, 8])])[0]
    branches.forget({first[0]})
    second = branches.follow([(-1, [7, 8])])[0]
    assert second[0] == first[0]
    assert second[1] != first[1]
    assert np.abs(branches.logits[second[1]] - alone(tiny, [*PROMPT, 7, 8])).max() < 1e-4


def test_only_the_last_of_each_way_has_logits_where_no_more_is_wanted(tiny: Model) -> None:
    branches = Branches(tiny.transformer, PROMPT)
    nodes = branches.follow([(-1, [7, 8, 9]), (-1, [7, 8]), (-1, [12, 7]), (-1, [])], ends=True)
    assert nodes == [[0, 1, 2], [0, 1], [3, 4], []]
    assert set(branches.logits) == {-1, 2, 1, 4}
    for node, way in ((2, [7, 8, 9]), (1, [7, 8]), (4, [12, 7])):
        assert np.abs(branches.logits[node] - alone(tiny, [*PROMPT, *way])).max() < 1e-4
    (again,) = branches.follow([(-1, [12])])
    assert again == [5], "whose logits are not there is read anew"
    assert np.abs(branches.logits[5] - alone(tiny, [*PROMPT, 12])).max() < 1e-4


def test_greedy_texts_are_those_of_the_model_alone(tiny: Model) -> None:
    branches = Branches(tiny.transformer, PROMPT)
    found = [*texts(Rules(temperature=0), 1, 0), *texts(Rules(), 5, 3)]
    assert list(write(branches, found, 20, ())) == list(range(1, 21))
    assert list(found[0].tokens) == list(tiny.transformer.write(PROMPT, 20))
    for each in found:
        surprise = tiny.transformer.surprise([*PROMPT, *each.tokens])[len(PROMPT) - 1 :]
        assert each.log == pytest.approx(-float(surprise.sum(dtype=float)), abs=1e-3)


def test_the_same_seed_writes_the_same_and_texts_do_not_hang_on_their_neighbours(tiny: Model) -> None:
    def written(rules: Rules, count: int, seed: int) -> list[tuple[int, ...]]:
        found = texts(rules, count, seed)
        list(write(Branches(tiny.transformer, PROMPT), found, 6, ()))
        return [each.tokens for each in found]

    assert written(Rules(), 4, 1) == written(Rules(), 4, 1)
    assert written(Rules(), 2, 1) == written(Rules(), 4, 1)[:2]
    assert written(Rules(), 4, 1) != written(Rules(), 4, 2)


def test_a_text_ends_at_a_mark_and_its_last_step_is_that_mark(tiny: Model) -> None:
    free = list(tiny.transformer.write(PROMPT, 6))
    found = texts(Rules(temperature=0), 1, 0, 3)
    assert list(write(Branches(tiny.transformer, PROMPT), found, 20, {free[3]})) == [1, 2, 3, 4][: free.index(free[3]) + 1]
    assert found[0].ended == found[0].steps[-1].token == free[3]
    assert list(found[0].tokens) == free[: free.index(free[3])]
    assert [len(step.others) for step in found[0].steps] == [3] * len(found[0].steps)
    assert all(step.others[0] == (step.token, step.p) and step.rank == 0 for step in found[0].steps)


def test_more_than_the_model_can_read_is_refused(tiny: Model) -> None:
    with pytest.raises(TooLargeError):
        Branches(tiny.transformer, [1] * 598).follow([(-1, [2, 3, 4])])
    with pytest.raises(InputError):
        Branches(tiny.transformer, [])


scores = st.lists(st.integers(-20_000, 20_000).map(lambda n: n / 1e3), min_size=2, max_size=60)


@settings(deadline=None)
@given(
    scores, st.sampled_from((0.0, 0.5, 1.0, 2.5)), st.integers(0, 70), st.floats(0.01, 1), st.floats(0, 1), st.floats(1, 3),
    st.sets(st.integers(0, 1), max_size=2), st.booleans(),
)  # fmt: skip
def test_the_rules_are_those_of_sampling(
    s: list[float], t: float, k: int, p: float, share: float, penalty: float, written: set[int], first: bool
) -> None:
    rules = Rules(temperature=t, k=k, p=p, share=share, penalty=penalty, written=frozenset(written), cuts_first=first)
    logits = np.array(s, np.float32)
    found = left(logits, rules)
    expected = sampling.apply(tuple(map(float, logits)), rules)
    assert found == pytest.approx(expected, abs=1e-9)
    assert entropy(found) == pytest.approx(sampling.entropy(expected), abs=1e-6)


def test_the_nucleus_is_found_among_many_equals_too() -> None:
    flat = np.zeros(5000, np.float32)
    assert int(np.count_nonzero(left(flat, Rules(p=0.9)))) == 4500


def test_draws_come_as_often_as_their_probability_says() -> None:
    p, dice = np.array([0.5, 0, 0.25, 0.25]), random.Random(1)
    found = [draw(p, dice) for _ in range(10_000)]
    assert [found.count(n) / 10_000 for n in range(4)] == pytest.approx(p, abs=0.02)
    assert found.count(1) == 0
    assert likeliest(p, 3) == ((0, 0.5), (2, 0.25), (3, 0.25))


def test_a_wide_beam_finds_the_likeliest_text_of_all(tiny: Model) -> None:
    """Every way of two tokens, against beams as wide as the vocabulary; and greedy is a beam of one."""
    first = np.log(probabilities(alone(tiny, PROMPT)))
    size = len(first)
    some = sorted(range(size), key=lambda token: -first[token])[:40]  # the best begins with one of these, or it would be below them
    rows = {a: first[a] + np.log(probabilities(alone(tiny, [*PROMPT, a]))) for a in some}
    ways = {(a, b): rows[a][b] for a, b in itertools.product(some, range(size))}
    best = max(ways, key=lambda way: ways[way])
    assert ways[best] > first[some[-1]], "so none outside of them can be better"
    found = beams(Branches(tiny.transformer, PROMPT), 2, size - 1)
    assert found[0].tokens == best
    assert found[0].log == pytest.approx(ways[best], abs=1e-4)
    assert [beam.log for beam in found] == sorted((beam.log for beam in found), reverse=True)
    assert list(beams(Branches(tiny.transformer, PROMPT), 8, 1)[0].tokens) == list(tiny.transformer.write(PROMPT, 8))


def test_barred_tokens_are_in_no_beam(tiny: Model) -> None:
    barred = set(beams(Branches(tiny.transformer, PROMPT), 4, 3)[0].tokens)
    assert not barred & {token for beam in beams(Branches(tiny.transformer, PROMPT), 4, 3, barred) for token in beam.tokens}


def test_on_the_real_model_a_branch_is_the_text_by_itself(real: Model) -> None:
    ids = real.tokenizer.prompt("The ship left the harbour at")
    branches = Branches(real.transformer, ids)
    ways = [real.tokenizer.encode(way) for way in (" dawn and", " noon, when", " dawn or")]
    for way, nodes in zip(ways, branches.follow((-1, way) for way in ways), strict=True):
        assert np.abs(branches.logits[nodes[-1]] - alone(real, [*ids, *way])).max() < 2e-4
    assert math.isclose(float(probabilities(branches.logits[-1]).sum()), 1, abs_tol=1e-12)
