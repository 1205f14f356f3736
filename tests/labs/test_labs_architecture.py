"""The labs *anatomy* and *logit-lens*: the counts against the file and against a real pass, the sums against the stream, and what one
should see on the real model. Each finding has a control."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import labs_tiny
import numpy as np
import pytest

from greenroom.errors import ModelMissingError
from greenroom.labs import anatomy, lens
from greenroom.labs.lab import Bench, Result, collect
from greenroom.labs.looks import Record
from greenroom.labs.model import Model, load

SMOLLM2 = 134_515_008
"""Parameters of SmolLM2-135M, the shared table counted once, as its publishers' configuration gives them."""


def dissect(model: Model, **given: int) -> Result:
    values = anatomy.CARD.read(given)
    return collect(anatomy.CARD, values, anatomy.look_inside(values, model))


def read(model: Model, **given: str | int) -> Result:
    values = lens.CARD.read(given)
    return collect(lens.CARD, values, lens.look_inside(values, model))


# --- The real model ---


def test_the_anatomy_of_the_real_model(real: Model) -> None:
    found = dissect(real)
    assert all(seen.held for seen in found.seen), [seen.found for seen in found.seen if not seen.held]
    organs = anatomy.organs(real, 1)
    assert sum(each.parameters for each in organs) == SMOLLM2
    assert {each.name: each.shape for each in organs}["Queries"] == "30 × 576 × 576"


def test_the_lens_on_the_real_model(real: Model) -> None:
    found = read(real)
    assert all(seen.held for seen in found.seen), [seen.found for seen in found.seen if not seen.held]
    levels = next(part for part in found.parts if part.name == "levels")
    assert str(levels.rows[-1][1]).startswith("Paris"), "and the last level is what the model says"  # type: ignore[union-attr]
    assert levels.rows[-1][2] == 1  # type: ignore[union-attr]


# --- The anatomy ---


@pytest.mark.parametrize("tied", [True, False])
def test_every_parameter_of_the_file_is_counted_once(tmp_path: Path, tied: bool) -> None:
    tensors = labs_tiny.weights(tied=tied)
    model = load(labs_tiny.write_gguf(tmp_path / "m.gguf", tensors=tensors))
    found = anatomy.organs(model, 1)
    assert sum(each.parameters for each in found) == sum(values.size for values, _ in tensors.values())
    assert {seen.id: seen.held for seen in dissect(model).seen}["tied"] is tied


def test_operations_are_two_for_each_parameter_and_token_and_the_pairs_those_of_a_real_pass(tiny: Model) -> None:
    one, many = (anatomy.organs(tiny, tokens) for tokens in (1, 16))
    for each in (each for each in one if each.group in ("Attention", "MLP")):
        assert each.operations == 2 * each.parameters
    pairs = next(each.operations for each in many if each.group == "Scores")
    counted = anatomy.count(tiny, 16)
    assert pairs == 4 * counted.scores * tiny.transformer.shape.head_width, "two products, each a multiplication and an addition a number"
    assert next(each.operations for each in many if each.name == "Unembedding") == 2 * 16 * tiny.transformer.unembedding.size


def test_a_pass_keeps_what_the_shapes_say(tiny: Model) -> None:
    s = tiny.transformer.shape
    assert anatomy.count(tiny, 8) == (s.layers * s.heads * 64, s.layers * 8 * s.hidden, 2 * s.layers * s.kv_heads * 8 * s.head_width)


def test_the_findings_of_the_anatomy_can_fail(tiny: Model) -> None:
    shape, short, long = tiny.transformer.shape, anatomy.count(tiny, anatomy.SHORT), anatomy.count(tiny, 2 * anatomy.SHORT)
    heavy = [each._replace(parameters=10**9) if each.group == "Attention" else each for each in anatomy.organs(tiny, 8)]
    assert anatomy.share(heavy).held is False
    assert anatomy.width(shape).held is True
    assert anatomy.width(replace(shape, heads=2 * shape.heads)).held is False
    assert anatomy.square(short, long._replace(scores=2 * short.scores)).held is False
    assert anatomy.square(short, long).held is True
    assert anatomy.cache(short, long, shape).held is True
    assert anatomy.cache(short, long._replace(kept=4 * short.kept), shape).held is False
    assert anatomy.cache(short, long, replace(shape, heads=shape.kv_heads)).held is False, "nothing is shared"


# --- The lens ---


def test_the_lens_at_the_end_is_the_model_itself(tiny: Model) -> None:
    ids, kept = tiny.tokenizer.encode("hello world 12"), Record("residual")
    logits = tiny.transformer.forward(ids, look=kept)
    shares = lens.as_if_it_ended(tiny, kept["residual", 1])
    assert shares.sum(-1) == pytest.approx(1, abs=1e-5)
    assert np.log(shares) - (logits - np.log(np.exp(logits).sum(-1, keepdims=True))) == pytest.approx(0, abs=1e-4)
    assert np.abs(lens.as_if_it_ended(tiny, kept["residual", 0]) - shares).max() > 0.01, "control: a layer earlier it is another"


def test_what_the_layers_push_adds_up_to_the_score_and_a_part_left_out_is_missed(tiny: Model) -> None:
    ids, kept = tiny.tokenizer.encode("hello world 12"), Record("embedding", "residual", "attention_out", "mlp_out")
    row = tiny.transformer.forward(ids, look=kept)[-1]
    answer = int(row.argmax())
    begin, last = kept["embedding", -1][-1], kept["residual", 1][-1]
    parts = [kept[place, layer][-1] for place in ("attention_out", "mlp_out") for layer in range(2)]
    push, score = lens.direction(tiny, last, answer), float(row[answer] - row.mean())
    assert lens.added(begin, parts, last, push, score).held is True
    assert lens.added(begin, parts[1:], last, push, score).held is False
    assert lens.added(begin, parts, last, 2 * push, score).held is False


def test_an_answer_that_leads_early_is_not_late() -> None:
    def level(rank: int) -> lens.Level:
        return lens.Level("layer", (("a", 0.5),), rank, 0.5)

    assert lens.late([level(9), level(1), level(1), level(1), level(1)], "a").held is False
    assert lens.late([level(9), level(9), level(9), level(2), level(1)], "a").held is True


def test_the_lens_runs_on_any_model_twice_the_same(tiny: Model) -> None:
    first = read(tiny, text="hello world 12")
    assert first.model_dump_json() == read(tiny, text="hello world 12").model_dump_json()
    assert dissect(tiny).model_dump_json() == dissect(tiny).model_dump_json()
    assert all(seen.found for seen in first.seen)


@pytest.mark.parametrize("lab", [anatomy.Anatomy(), lens.LogitLens()], ids=lambda lab: lab.card.name)
def test_without_the_model_the_command_that_fetches_it_is_named(lab: anatomy.Anatomy | lens.LogitLens, tmp_path: Path) -> None:
    with pytest.raises(ModelMissingError) as caught:
        list(lab.run(lab.card.read({}), Bench(tmp_path, 1)))
    assert "greenroom labs fetch" in caught.value.hint
