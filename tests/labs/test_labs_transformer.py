"""The opened-up model: equal to plain loops over Python's floats, the same with and without its memory, and open at every place."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import labs_tiny
import numpy as np
import pytest

from greenroom.errors import InputError, ModelFileError, TooLargeError
from greenroom.labs import looks
from greenroom.labs import transformer as t
from greenroom.labs.model import Model, load

IDS = [1, 70, 75, 260, 5, 5, 133, 0, 268]
TOLERANCE = 2e-5
"""Largest difference of two logits, whose size is some tens: fp32 against double precision."""


def test_logits_equal_those_of_plain_loops(tiny: Model, tiny_file: Path) -> None:
    plain = np.array(labs_tiny.plain_logits(tiny_file, IDS))
    ours = tiny.transformer.forward(IDS)
    assert ours.dtype == np.float32 and np.abs(plain).max() > 5
    assert np.abs(ours - plain).max() < TOLERANCE


def test_control_neighbours_are_not_halves(tiny_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without putting the rows of queries and keys back, everything runs and is wrong."""
    from greenroom.labs import checkpoint

    monkeypatch.setattr(checkpoint, "_halves", lambda matrix, head_width: matrix)
    ours = load(tiny_file).transformer.forward(IDS)
    assert np.abs(ours - np.array(labs_tiny.plain_logits(tiny_file, IDS))).max() > 0.1


def test_an_unembedding_of_its_own(tmp_path: Path) -> None:
    file = labs_tiny.write_gguf(tmp_path / "untied.gguf", tensors=labs_tiny.weights(tied=False))
    assert np.abs(load(file).transformer.forward(IDS) - np.array(labs_tiny.plain_logits(file, IDS))).max() < TOLERANCE


@pytest.mark.parametrize("kind", ["F32", "F16", "BF16"])
def test_a_folder_of_the_hub_is_the_same_model(tiny: Model, tiny_file: Path, tmp_path: Path, kind: str) -> None:
    folder = labs_tiny.write_folder(tmp_path / "hub", labs_tiny.hub_weights(tiny_file), kind)
    (folder / "tokenizer.json").write_text(tiny.tokenizer._marked.to_str())
    found = load(folder)
    assert found.tokenizer.encode("hello world 12") == tiny.tokenizer.encode("hello world 12")
    difference = np.abs(found.transformer.forward(IDS) - tiny.transformer.forward(IDS)).max()
    assert difference == 0 if kind == "F32" else 0 < difference < 1, "half the bits, about the same"
    assert load(folder / "model.safetensors").transformer.shape == found.transformer.shape


@pytest.mark.parametrize("cuts", [[1] * 9, [4, 5], [8, 1], [3, 1, 5]])
def test_reading_in_pieces_is_reading_at_once(tiny: Model, cuts: list[int]) -> None:
    model, cache, rows, start = tiny.transformer, t.Cache(tiny.transformer.shape, room=1), [], 0
    for size in cuts:
        rows.append(model.forward(IDS[start : start + size], cache))
        start += size
    assert np.abs(np.concatenate(rows) - model.forward(IDS)).max() < TOLERANCE
    assert cache.length == len(IDS)


def test_a_long_text_is_read_in_chunks(tiny: Model) -> None:
    model, ids = tiny.transformer, [n % 260 for n in range(t.CHUNK * 2 + 7)]
    whole = model.forward(ids)
    assert np.abs(model.read(ids, t.Cache(model.shape)) - whole[-1]).max() < TOLERANCE
    rows = t.log_softmax(whole[:-1])
    expected = [-rows[n, token] for n, token in enumerate(ids[1:])]
    assert np.abs(model.surprise(ids) - expected).max() < TOLERANCE
    assert model.surprise(ids[:1]).shape == (0,)


def test_a_memory_can_be_copied_and_cut(tiny: Model) -> None:
    model, cache = tiny.transformer, t.Cache(tiny.transformer.shape)
    model.forward(IDS[:5], cache)
    twin = cache.copy()
    one, other = model.read([7], cache), model.read([8], twin)
    assert np.abs(one - other).max() > 0.1
    cache.cut(5)
    assert (model.read([8], cache) == other).all()


def test_writing_is_the_likeliest_token_again_and_again(tiny: Model) -> None:
    model, ids = tiny.transformer, list(IDS)
    written = list(model.write(IDS, 12))
    for token in written:
        assert token == int(model.forward(ids)[-1].argmax())
        ids.append(token)
    assert list(model.write(IDS, 12, stop={written[4]})) == written[: written.index(written[4])]
    assert list(model.write(IDS, 3, choose=lambda logits: 9)) == [9, 9, 9]
    assert list(model.write(IDS, 0)) == []
    full = [5] * (labs_tiny.CONTEXT - 2)
    assert len(list(model.write(full, 50))) == 3, "it ends where the model cannot read on"


def test_every_place_is_seen_once_in_order_with_its_shape(tiny: Model) -> None:
    seen: list[tuple[str, int, tuple[int, ...]]] = []
    plain = tiny.transformer.forward(IDS)
    assert (tiny.transformer.forward(IDS, look=lambda *at: seen.append((at[0], at[1], at[2].shape))) == plain).all()
    n, w, d = len(IDS), labs_tiny.WIDTH, labs_tiny.HEAD
    h, g, f, v = labs_tiny.HEADS, labs_tiny.KV_HEADS, labs_tiny.HIDDEN, len(labs_tiny.vocabulary())
    shapes = {
        "rotation": (2, n, d // 2), "mask": (n, n), "embedding": (n, w), "attention_norm": (n, w), "queries": (h, n, d), "keys": (g, n, d),
        "values": (g, n, d), "scores": (h, n, n), "attention": (h, n, n), "heads": (h, n, d), "attention_out": (n, w), "mlp_norm": (n, w),
        "mlp_hidden": (n, f), "mlp_out": (n, w), "residual": (n, w), "final_norm": (n, w), "logits": (n, v),
    }  # fmt: skip
    order = [(place, -1) for place in t.PLACES[:3]]
    order += [(place, layer) for layer in range(labs_tiny.LAYERS) for place in t.PLACES[3:15]] + [(place, -1) for place in t.PLACES[15:]]
    assert seen == [(place, layer, shapes[place]) for place, layer in order]
    assert tuple(shapes) == t.PLACES
    assert t.__doc__ and all(f"    {place} " in Path(t.__file__).read_text() for place in t.PLACES), "each place is described"


def test_attention_looks_back_only_and_adds_up_to_one(tiny: Model) -> None:
    maps: list[t.Array] = []
    tiny.transformer.forward(IDS, look=lambda place, layer, value: maps.append(value) if place == "attention" else None)
    assert len(maps) == labs_tiny.LAYERS
    for attention in maps:
        assert np.abs(attention.sum(-1) - 1).max() < 1e-6 and (np.triu(attention, 1) == 0).all()


def test_what_is_changed_on_the_way_changes_the_rest(tiny: Model) -> None:
    model = tiny.transformer
    plain = model.forward(IDS)
    deaf = looks.without("attention_out", range(labs_tiny.LAYERS))
    only_itself = model.forward(IDS, look=deaf)
    alone = np.concatenate([model.forward([token], look=deaf) for token in IDS])
    assert np.abs(only_itself - alone).max() < TOLERANCE, "without attention a token knows nothing of those before it"
    assert np.abs(plain - only_itself).max() > 0.1
    ahead = model.forward(IDS, look=looks.without_mask)
    assert np.abs(ahead[0] - plain[0]).max() > 0.01, "with the mask off, the first token took in later ones"
    both = looks.together(deaf, looks.without("mlp_out", range(labs_tiny.LAYERS)))
    record = looks.Record("embedding", "residual")
    model.forward(IDS, look=looks.together(both, record))
    assert (record["residual", 1] == record["embedding", -1]).all(), "with nothing added the stream stays as it began"
    assert (model.forward(IDS, look=lambda place, layer, value: value * 0 if place == "logits" else None) == 0).all()


def test_without_positions_one_layer_does_not_know_the_order(tmp_path: Path) -> None:
    tensors = {name: value for name, value in labs_tiny.weights().items() if not name.startswith("blk.1.")}
    model = load(labs_tiny.write_gguf(tmp_path / "one.gguf", {"llama.block_count": 1}, tensors)).transformer
    mixed = [*IDS[:-1][::-1], IDS[-1]]
    lost = [model.forward(ids, look=looks.without_positions)[-1] for ids in (mixed, IDS)]
    assert np.abs(lost[0] - lost[1]).max() < TOLERANCE
    assert np.abs(model.forward(mixed)[-1] - model.forward(IDS)[-1]).max() > 0.01, "control: with positions it does"


def test_a_head_knocked_out_is_its_part_of_the_output_gone(tiny: Model) -> None:
    whole, less = looks.Record("heads", "attention_out"), looks.Record("attention_out")
    tiny.transformer.forward(IDS, look=whole)
    tiny.transformer.forward(IDS, look=looks.together(looks.without_heads([(0, 1), (1, 3)]), less))
    d = labs_tiny.HEAD
    part = whole["heads", 0][1] @ tiny.transformer.blocks[0].output[:, d : 2 * d].T
    assert np.abs(whole["attention_out", 0] - part - less["attention_out", 0]).max() < TOLERANCE
    assert np.abs(part).max() > 0.01
    assert list(tiny.transformer.write(IDS, 6, look=looks.without_heads([]))) == list(tiny.transformer.write(IDS, 6))


def test_a_look_that_returns_another_shape_is_refused_and_the_memory_is_as_before(tiny: Model) -> None:
    cache = t.Cache(tiny.transformer.shape)
    tiny.transformer.forward(IDS[:3], cache)
    with pytest.raises(InputError, match="At heads of layer 0"):
        tiny.transformer.forward(IDS[3:], cache, lambda place, layer, value: value[:1] if place == "heads" else None)
    assert cache.length == 3
    assert np.abs(tiny.transformer.forward(IDS[3:], cache) - tiny.transformer.forward(IDS)[3:]).max() < TOLERANCE


@pytest.mark.parametrize("ids", [[], [-1], [10_000], [1, 2, 9999]])
def test_what_is_no_token_is_refused(tiny: Model, ids: list[int]) -> None:
    with pytest.raises(InputError) as caught:
        tiny.transformer.forward(ids)
    assert caught.value.hint
    with pytest.raises(InputError):
        list(tiny.transformer.write(ids, 3))


def test_more_than_it_can_read_is_refused(tiny: Model) -> None:
    with pytest.raises(TooLargeError, match=f"{labs_tiny.CONTEXT}"):
        tiny.transformer.read([5] * (labs_tiny.CONTEXT + 1), t.Cache(tiny.transformer.shape))


def test_the_arithmetic_at_its_edges() -> None:
    far = np.array([[0, -1e30, 3e4, -3e4]], np.float32)
    assert t.softmax(far).tolist() == [[0, 0, 1, 0]]
    assert t.log_softmax(far)[0, 0] == -3e4
    assert t.silu(np.array([-1e4, 0, 1e4], np.float32)).tolist() == [0, 0, 1e4]
    assert t.silu(np.float32([1]))[0] == pytest.approx(1 / (1 + math.exp(-1)))
    assert np.isfinite(t.rms_norm(np.zeros((1, 4), np.float32), np.ones(4, np.float32), 1e-5)).all()
    assert t.causal_mask(2, 4).tolist() == [[0, 0, 0, -math.inf], [0, 0, 0, 0]]


@pytest.mark.parametrize(
    ("scaling", "field"),
    [
        ({"rope_type": "linear", "factor": 4.0}, {"llama.rope.scaling.type": "linear", "llama.rope.scaling.factor": 4.0}),
        ({"type": "linear", "factor": 4.0}, {"llama.rope.scale_linear": 4.0}),
    ],
)
def test_stretched_positions(tiny_file: Path, tmp_path: Path, scaling: dict[str, Any], field: dict[str, Any]) -> None:
    from greenroom.labs.checkpoint import open_checkpoint

    plain = open_checkpoint(tiny_file).frequencies
    folder = labs_tiny.write_folder(tmp_path / "hub", labs_tiny.hub_weights(tiny_file), rope_scaling=scaling)
    assert np.allclose(open_checkpoint(folder).frequencies, plain / 4)
    assert np.allclose(open_checkpoint(labs_tiny.write_gguf(tmp_path / "s.gguf", field)).frequencies, plain / 4)


def test_the_positions_of_llama_3(tiny_file: Path, tmp_path: Path) -> None:
    """Pairs that turn often keep their pace, slow ones are slowed by the factor; a GGUF carries the divisors themselves."""
    from greenroom.labs.checkpoint import open_checkpoint

    said = {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 64}
    folder = labs_tiny.write_folder(tmp_path / "hub", labs_tiny.hub_weights(tiny_file), rope_scaling=said)
    plain, found = open_checkpoint(tiny_file).frequencies.astype(float), open_checkpoint(folder).frequencies
    expected = []
    for turn in plain:
        turns = 64 * turn / (2 * math.pi)
        share = (turns - 1) / 3
        expected.append(turn if turns > 4 else turn / 8 if turns < 1 else (1 - share) * turn / 8 + share * turn)
    assert np.allclose(found, expected, rtol=1e-6) and not np.allclose(found, plain)
    divisors = (plain / np.array(expected)).astype(np.float32)
    file = labs_tiny.write_gguf(tmp_path / "r.gguf", tensors=labs_tiny.weights() | {"rope_freqs.weight": (divisors, "F32")})
    assert np.allclose(open_checkpoint(file).frequencies, expected, rtol=1e-6)


def test_a_window_is_read_up_to_its_edge(tmp_path: Path) -> None:
    model = load(labs_tiny.write_gguf(tmp_path / "w.gguf", {"llama.attention.sliding_window": 40})).transformer
    assert model.shape.context == 40


def test_numbers_that_are_none_are_found(tmp_path: Path) -> None:
    tensors = labs_tiny.weights({})
    tensors["blk.1.ffn_up.weight"][0][3, 3] = np.nan
    with pytest.raises(ModelFileError, match=r"blk.1.ffn_up.weight has numbers"):
        load(labs_tiny.write_gguf(tmp_path / "nan.gguf", tensors=tensors))
