"""The playground: what it shows of a text is what the transformer computes, to the last byte; bounded, and told when it cannot be.

Most runs on the tiny model, whose arithmetic the other tests hold against plain loops.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from greenroom.errors import InputError, ModelMissingError, TooLargeError
from greenroom.labs.lab import Attention, Bench, Picture, Result, Tokens, collect
from greenroom.labs.model import Model
from greenroom.labs.passage import look_at
from greenroom.labs.playground import MOST, Playground
from greenroom.labs.transformer import log_softmax
from greenroom.labs.worker import LINE_LIMIT, Worker

LAB = Playground()


def run(model: Model, **given: Any) -> Result:
    values = LAB.card.read({"write": 0, "text": "hello world 12 hello", **given})
    return collect(LAB.card, values, LAB.parts(values, model))


def text(found: Result) -> Tokens:
    return next(part for part in found.parts if isinstance(part, Tokens))


def attention(found: Result) -> Attention:
    return next(part for part in found.parts if isinstance(part, Attention))


def coming(found: Result) -> Picture:
    return next(part for part in found.parts if isinstance(part, Picture))


def test_every_token_has_the_probability_that_the_model_gave_it(tiny: Model) -> None:
    found = text(run(tiny))
    ids = tiny.tokenizer.prompt("hello world 12 hello")
    surprise = tiny.transformer.surprise(ids)
    assert "".join(token.text for token in found.tokens) == "hello world 12 hello"
    assert found.tokens[0].value is None, "nothing stands before it"
    assert [token.value for token in found.tokens[1:]] == pytest.approx([100 * float(np.exp(-s)) for s in surprise], rel=1e-4)
    for token in found.tokens[1:]:
        assert token.text in [other.text for other in token.others]
        likely = [other.value for other in token.others[:6]]
        assert likely == sorted(likely, reverse=True)
    assert found.own is None


def test_what_could_come_next_is_the_last_tokens_distribution(tiny: Model) -> None:
    p = np.exp(log_softmax(tiny.transformer.forward(tiny.tokenizer.prompt("hello world 12 hello"))[-1]))
    shown = coming(run(tiny)).series[0].values
    assert list(shown) == pytest.approx(sorted((100 * p).tolist(), reverse=True)[: len(shown)], rel=1e-4)


def test_the_attention_is_every_heads_to_half_a_percent(tiny: Model) -> None:
    maps = look_at(tiny, tiny.tokenizer.prompt("hello world 12 hello")).maps
    found = attention(run(tiny))
    assert (found.layers, found.heads, len(found.words)) == maps.shape[:3]
    for token in range(len(found.words)):
        each = found.model_copy(update={"token": token})
        each = Attention.model_validate(each.model_dump())
        for layer in range(found.layers):
            for head in range(found.heads):
                assert each.row(layer, head) == pytest.approx(maps[layer, head, token, : token + 1].tolist(), abs=0.5 / 255 + 1e-6)
        assert each.row(-1, -1) == pytest.approx(maps[:, :, token, : token + 1].mean((0, 1)).tolist(), abs=0.5 / 255 + 1e-6)
        assert each.row(1, -1) == pytest.approx(maps[1, :, token, : token + 1].mean(0).tolist(), abs=0.5 / 255 + 1e-6)
        assert each.grid.series[1].values[2] == pytest.approx(1 - float(maps[1, 2, token, 0]), abs=0.01)
        assert len(each.table.rows) == token + 1


def test_a_part_that_does_not_fit_together_is_none(tiny: Model) -> None:
    found = attention(run(tiny)).model_dump()
    assert Attention.model_validate(found)
    less = b64encode(b64decode(found["weights"])[:-1]).decode()
    for wrong in ({"weights": less}, {"token": len(found["words"])}, {"layer": 2}, {"head": 4}, {"weights": "?"}, {"heads": 3}):
        with pytest.raises(ValueError):
            Attention.model_validate({**found, **wrong})


def test_what_it_writes_is_greedy_at_nought_and_the_same_twice(tiny: Model) -> None:
    ids = tiny.tokenizer.prompt("hello world")
    greedy = run(tiny, text="hello world", write=6, temperature=0.0)
    expected = list(tiny.transformer.write(ids, 6, tiny.tokenizer.stops))
    assert "".join(token.text for token in text(greedy).tokens[len(ids) :]) == "".join(tiny.tokenizer.pieces(expected))
    assert text(greedy).own == len(ids)
    assert len(attention(greedy).words) == len(ids) + len(expected)
    drawn = run(tiny, text="hello world", write=6, temperature=2.0)
    assert drawn.model_dump_json() == run(tiny, text="hello world", write=6, temperature=2.0).model_dump_json()
    others = {run(tiny, text="hello world", write=6, temperature=2.0, seed=seed).model_dump_json() for seed in range(4)}
    assert len(others) > 1


def test_the_text_grows_from_its_first_token(tiny: Model) -> None:
    ids = tiny.tokenizer.prompt("hello world")
    parts = list(LAB.parts(LAB.card.read({"text": "hello world", "write": 6, "temperature": 0.0}), tiny))
    *growing, whole = [part for part in parts if isinstance(part, Tokens) and part.name == "text"]
    assert [len(part.tokens) - len(ids) for part in growing][:2] == [1, 4], "the first at once, then each few"
    assert all([token.text for token in part.tokens] == [token.text for token in whole.tokens[: len(part.tokens)]] for part in growing)
    assert {part.own for part in growing} == {len(ids)}
    unwritten = [part for part in LAB.parts(LAB.card.read({"text": "hello world", "write": 0}), tiny) if isinstance(part, Tokens)]
    assert len(unwritten) == 1, "nothing is written: nothing grows"


def test_what_is_shown_first_can_be_chosen(tiny: Model) -> None:
    found = attention(run(tiny, token=2, layer=1, head=3))
    assert (found.token, found.layer, found.head) == (1, 1, 3)
    assert attention(run(tiny)).token == len(found.words) - 1


@pytest.mark.parametrize(
    ("given", "error", "says"),
    [
        ({"text": " "}, InputError, "nothing to read"),
        ({"text": "a b " * 80}, TooLargeError, "can be shown with their attention"),
        ({"write": 64, "text": "x y " * 30}, TooLargeError, "with those to be written"),
        ({"layer": 2}, InputError, "layers 0 to 1"),
        ({"head": 4}, InputError, "heads 0 to 3"),
        ({"token": 100}, InputError, "there is no token 100"),
    ],
)
def test_what_cannot_be_shown_is_refused_with_a_cure(tiny: Model, given: dict[str, Any], error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says) as found:
        run(tiny, **given)
    assert found.value.hint  # type: ignore[attr-defined]


def test_in_a_process_of_its_own_and_stopped(tiny_file: Path, tmp_path: Path) -> None:
    values = LAB.card.read({"text": "hello world", "write": 3})
    with Worker(LAB, values, Bench(tmp_path, 1, tiny_file)) as worker:
        assert {part.kind for part in worker.result().parts} == {"tokens", "picture", "attention"}
    with Worker(LAB, values, Bench(tmp_path, 1, tiny_file)) as worker:
        worker.close()
        assert worker._process.poll() is not None
    with Worker(LAB, values, Bench(tmp_path, 1)) as worker, pytest.raises(ModelMissingError) as found:
        worker.result()
    assert "greenroom labs fetch" in found.value.hint


def test_the_largest_part_fits_into_a_line_of_the_process() -> None:
    """SmolLM2 has 30 layers of 9 heads."""
    weights = b64encode(bytes(30 * 9 * MOST * (MOST + 1) // 2)).decode()
    largest = Attention(name="attention", title="x", words=("w" * 80,) * MOST, layers=30, heads=9, weights=weights, token=0)
    assert len(largest.model_dump_json()) < LINE_LIMIT


# --- On the real model ---


def test_it_knows_a_capital_and_a_head_that_copies(real: Model) -> None:
    """The figures of the examples on the page."""
    found = run(real, text="The capital of France is Paris. The capital of Italy is", write=1, temperature=0.0)
    assert text(found).tokens[-1].text == " Rome"
    assert text(found).tokens[-1].value == pytest.approx(65.3, abs=0.5)
    copied = attention(run(real, text="Anna plays the piano. Tom plays the drums. Anna plays the", layer=18, head=6))
    row = copied.row(18, 6)
    assert max(range(1, len(row)), key=lambda n: row[n]) == copied.words.index(" piano")
