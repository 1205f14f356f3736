"""Model files that are broken, lie, or are not of the family: each is an error of ours with a cure, and none makes memory go."""

from __future__ import annotations

import json
import random
import struct
import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import labs_tiny
import numpy as np
import pytest

from greenroom.errors import ModelFileError
from greenroom.labs import checkpoint
from greenroom.labs.gguf_file import GgufFile
from greenroom.labs.model import load

MEMORY = 30_000_000
HUGE = 1 << 60


@contextmanager
def bounded() -> Iterator[None]:
    """Fails when more than MEMORY bytes were set aside."""
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < MEMORY
    finally:
        tracemalloc.stop()


def text(value: bytes, length: int | None = None) -> bytes:
    return struct.pack("<Q", len(value) if length is None else length) + value


def header(tensors: int = 0, fields: int = 0, rest: bytes = b"", version: int = 3) -> bytes:
    return b"GGUF" + struct.pack("<IQQ", version, tensors, fields) + rest


def field(kind: int, value: bytes, name: bytes = b"a") -> bytes:
    return text(name) + struct.pack("<I", kind) + value


def tensor(shape: tuple[int, ...], kind: int = 0, offset: int = 0, name: bytes = b"t") -> bytes:
    return text(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, kind, offset)


def array(kind: int, count: int, body: bytes = b"") -> bytes:
    return field(9, struct.pack("<IQ", kind, count) + body)


ROOM = bytes(4096)
HOSTILE = {
    "empty": b"",
    "only the magic": b"GGUF",
    "another format": b"PK\x03\x04" + ROOM,
    "version 1": header(version=1) + ROOM,
    "another byte order": b"GGUF" + struct.pack(">IQQ", 3, 0, 0) + ROOM,
    "2^63 fields": header(fields=1 << 63) + ROOM,
    "2^63 tensors": header(tensors=1 << 63) + ROOM,
    "more fields than there are": header(fields=4000) + ROOM,
    "a name of 2^60 bytes": header(fields=1, rest=text(b"a", HUGE)),
    "a text of 2^60 bytes": header(fields=1, rest=field(8, text(b"a", HUGE))),
    "a text behind the end": header(fields=1, rest=field(8, text(b"a", 4000))),
    "a list of 2^60 bytes": header(fields=1, rest=array(0, HUGE)) + ROOM,
    "a list of 2^60 texts": header(fields=1, rest=array(8, HUGE)) + ROOM,
    "a list behind the end": header(fields=1, rest=array(12, 2_000_000)) + ROOM,
    "texts behind the end": header(fields=1, rest=array(8, 2_000_000)) + ROOM,
    "a list of lists": header(fields=1, rest=array(9, 1)) + ROOM,
    "a list of nothing known": header(fields=1, rest=array(99, 1)) + ROOM,
    "a field of nothing known": header(fields=1, rest=field(77, b"")) + ROOM,
    "a field twice": header(fields=2, rest=field(0, b"1") + field(0, b"1")) + ROOM,
    "text that is none": header(fields=1, rest=field(8, text(b"\xff\xfe"))) + ROOM,
    "no dimensions": header(tensors=1, rest=tensor(())) + ROOM,
    "2^32 - 1 dimensions": header(tensors=1, rest=text(b"t") + struct.pack("<I", 0xFFFFFFFF)) + ROOM,
    "a dimension of none": header(tensors=1, rest=tensor((4, 0))) + ROOM,
    "2^40 numbers": header(tensors=1, rest=tensor((1 << 20, 1 << 20))) + ROOM,
    "so many that 64 bits overflow to few": header(tensors=1, rest=tensor((1 << 32, 1 << 32))) + ROOM,
    "an offset behind the end": header(tensors=1, rest=tensor((4,), offset=1 << 62)) + ROOM,
    "an offset that overflows": header(tensors=1, rest=tensor((4,), offset=(1 << 64) - 32)) + ROOM,
    "a type of nothing known": header(tensors=1, rest=tensor((4,), kind=999)) + ROOM,
    "half a block": header(tensors=1, rest=tensor((33,), kind=8)) + ROOM,
    "a tensor twice": header(tensors=2, rest=tensor((4,)) * 2) + ROOM,
    "tensors that share bytes": header(tensors=2, rest=tensor((64,)) + tensor((64,), offset=32, name=b"u")) + ROOM,
    "alignment 0": header(tensors=1, fields=1, rest=field(4, bytes(4), b"general.alignment") + tensor((4,))) + ROOM,
    "alignment 3": header(tensors=1, fields=1, rest=field(4, b"\3\0\0\0", b"general.alignment") + tensor((4,))) + ROOM,
    "alignment that is text": header(tensors=1, fields=1, rest=field(8, text(b"x"), b"general.alignment") + tensor((4,))) + ROOM,
    "no architecture": header() + ROOM,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_headers(tmp_path: Path, name: str) -> None:
    file = tmp_path / "hostile.gguf"
    file.write_bytes(HOSTILE[name])
    with bounded(), pytest.raises(ModelFileError) as caught:
        load(file)
    assert caught.value.hint and str(tmp_path) not in caught.value.hint


def test_control_the_packages_own_reader_believes_the_header(tmp_path: Path) -> None:
    """Why it is not used: a file of 4 kB that claims 2⁶⁰ items takes memory until there is none."""
    file = tmp_path / "hostile.gguf"
    file.write_bytes(HOSTILE["a list of 2^60 bytes"])
    code = (
        "import resource, sys, gguf; now = int(open('/proc/self/statm').read().split()[0]) * resource.getpagesize();"
        "resource.setrlimit(resource.RLIMIT_AS, (now + 200_000_000,) * 2); gguf.GGUFReader(sys.argv[1])"
    )
    if not Path("/proc/self/statm").exists():
        pytest.skip("NOT RUN: the control needs Linux")
    done = subprocess.run([sys.executable, "-c", code, str(file)], capture_output=True, text=True, timeout=120, check=False)
    assert "MemoryError" in done.stderr


def test_every_cut_of_a_good_file_is_refused(tiny_file: Path, tmp_path: Path) -> None:
    whole, file = tiny_file.read_bytes(), tmp_path / "cut.gguf"
    dice = random.Random(1)
    start = GgufFile(tiny_file).tensors["token_embd.weight"].start
    for size in [*(dice.randrange(len(whole) - 1) for _ in range(100)), *(dice.randrange(start) for _ in range(100)), len(whole) - 40]:
        file.write_bytes(whole[:size])
        with pytest.raises(ModelFileError):
            load(file)


def test_any_changed_byte_is_read_or_refused(tiny_file: Path, tmp_path: Path) -> None:
    whole, file = bytearray(tiny_file.read_bytes()), tmp_path / "changed.gguf"
    dice, start, refused = random.Random(2), GgufFile(tiny_file).tensors["token_embd.weight"].start, 0
    for _ in range(300):
        at, new = dice.randrange(start), dice.choice([0, 1, 0x7F, 0x80, 0xFF])
        changed = whole[:]
        changed[at] = new
        file.write_bytes(changed)
        try:
            load(file).transformer.forward([1, 2])
        except ModelFileError:
            refused += 1
    assert 30 < refused < 300


LIES: dict[str, dict[str, Any]] = {
    "another architecture": {"general.architecture": "qwen2"},
    "experts": {"llama.expert_count": 8},
    "no layers": {"llama.block_count": 0},
    "a layer more than there is": {"llama.block_count": 3},
    "a layer less": {"llama.block_count": 1},
    "a billion layers": {"llama.block_count": 1_000_000_000},
    "no size": {"llama.embedding_length": None},
    "a size that is text": {"llama.embedding_length": "big"},
    "a size that is a list": {"llama.attention.head_count": [4, 4]},
    "a size that is yes": {"llama.attention.head_count_kv": True},
    "another width": {"llama.embedding_length": 64},
    "no heads": {"llama.attention.head_count": 0},
    "heads that do not share": {"llama.attention.head_count_kv": 3},
    "odd heads": {"llama.attention.key_length": 7},
    "more heads than that": {"llama.attention.head_count": 8},
    "values of another width": {"llama.attention.value_length": 4},
    "half of each head turned": {"llama.rope.dimension_count": 4},
    "positions scaled by yarn": {"llama.rope.scaling.type": "yarn", "llama.rope.scaling.factor": 2.0},
    "a scale of none": {"llama.rope.scaling.factor": float("nan")},
    "a base below zero": {"llama.rope.freq_base": -1.0},
    "no epsilon": {"llama.attention.layer_norm_rms_epsilon": None},
    "epsilon 0": {"llama.attention.layer_norm_rms_epsilon": 0.0},
    "epsilon that is none": {"llama.attention.layer_norm_rms_epsilon": float("nan")},
    "no context": {"llama.context_length": None},
}


@pytest.mark.parametrize("name", LIES)
def test_files_whose_words_do_not_fit_their_weights(tmp_path: Path, name: str) -> None:
    file = labs_tiny.write_gguf(tmp_path / "lie.gguf", LIES[name])
    with bounded(), pytest.raises(ModelFileError) as caught:
        load(file)
    assert caught.value.hint


def _without(name: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda tensors: {key: value for key, value in tensors.items() if key != name}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (_without("token_embd.weight"), "vocabulary"),
        (_without("blk.1.ffn_up.weight"), "no tensor blk.1.ffn_up.weight"),
        (_without("output_norm.weight"), "no tensor"),
        (lambda tensors: tensors | {"blk.0.attn_q.bias": (np.ones(32, np.float32), "F32")}, "not of the llama family: blk.0.attn_q.bias"),
        (lambda tensors: tensors | {"blk.0.ffn_up.weight": (np.ones((32, 64), np.float32), "F32")}, "should be"),
        (lambda tensors: tensors | {"rope_freqs.weight": (np.zeros(4, np.float32), "F32")}, "rope_freqs"),
        (lambda tensors: tensors | {"rope_freqs.weight": (np.ones(5, np.float32), "F32")}, "rope_freqs"),
    ],
)
def test_tensors_missing_strange_or_of_another_size(tmp_path: Path, change: Callable[[dict[str, Any]], dict[str, Any]], says: str) -> None:
    with pytest.raises(ModelFileError, match=says):
        load(labs_tiny.write_gguf(tmp_path / "t.gguf", tensors=change(dict(labs_tiny.weights()))))


def test_a_model_that_is_too_large(tiny_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoint, "MOST_PARAMETERS", 1000)
    with pytest.raises(ModelFileError, match="parameters"):
        load(tiny_file)


def one(**change: Any) -> dict[str, Any]:
    return {"t": {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16]} | change}


SAFETENSORS: dict[str, Any] = {
    "a header of 2^63 bytes": None,
    "no JSON": b"{",
    "not UTF-8": b"\xff\xff",
    "a list": [],
    "nested deep": b"[" * 100_000,
    "an entry that is none": {"t": 3},
    "an entry without a type": {"t": {"shape": [1], "data_offsets": [0, 4]}},
    "pickle by another name": one(dtype="OBJECT"),
    "a type that is a list": one(dtype=["F32"]),
    "a shape below zero": one(shape=[-2, -2]),
    "a shape of text": one(shape="22"),
    "a shape of fractions": one(shape=[2.0, 2.0]),
    "more than the file": one(shape=[1 << 20, 1 << 20], data_offsets=[0, 1 << 42]),
    "a size that does not fit": one(data_offsets=[0, 12]),
    "before the file": one(data_offsets=[-16, 0]),
    "three offsets": one(data_offsets=[0, 16, 32]),
    "shared bytes": one() | {"u": {"dtype": "F32", "shape": [4], "data_offsets": [8, 24]}},
}


@pytest.mark.parametrize("name", SAFETENSORS)
def test_hostile_safetensors(tmp_path: Path, name: str) -> None:
    (tmp_path / "config.json").write_text(json.dumps(labs_tiny.config()))
    if SAFETENSORS[name] is None:
        (tmp_path / "model.safetensors").write_bytes(struct.pack("<Q", 1 << 63) + ROOM)
    else:
        labs_tiny.write_safetensors(tmp_path / "model.safetensors", SAFETENSORS[name], bytes(64))
    with bounded(), pytest.raises(ModelFileError) as caught:
        load(tmp_path)
    assert caught.value.hint


@pytest.mark.parametrize(
    "change",
    [
        {"model_type": "qwen2"}, {"model_type": None}, {"hidden_act": "gelu"}, {"attention_bias": True}, {"quantization_config": {}},
        {"num_hidden_layers": 3}, {"num_hidden_layers": "2"}, {"num_attention_heads": 0}, {"num_key_value_heads": 3}, {"vocab_size": 9},
        {"rms_norm_eps": "small"}, {"rope_scaling": {"rope_type": "yarn", "factor": 2.0}}, {"rope_scaling": [1]}, {"rope_theta": "x"},
        {"rope_scaling": {"rope_type": "linear"}}, {"tie_word_embeddings": False}, {"hidden_size": None}, {"head_dim": 16},
        {"rope_scaling": {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 4.0, "high_freq_factor": 1.0,
                          "original_max_position_embeddings": 64}},
    ],
    ids=str,
)  # fmt: skip
def test_folders_whose_words_do_not_fit_their_weights(tiny_file: Path, tmp_path: Path, change: dict[str, Any]) -> None:
    folder = labs_tiny.write_folder(tmp_path / "hub", labs_tiny.hub_weights(tiny_file), **change)
    (folder / "tokenizer.json").write_text(load(tiny_file).tokenizer._marked.to_str())
    with pytest.raises(ModelFileError) as caught:
        load(folder)
    assert caught.value.hint


def test_paths_that_lead_nowhere(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.gguf", tmp_path / "none.safetensors"):
        with pytest.raises(ModelFileError):
            load(path)
    (tmp_path / "config.json").write_text("[1]")
    with pytest.raises(ModelFileError, match="not a JSON object"):
        load(tmp_path)
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ModelFileError, match="no safetensors"):
        load(tmp_path)
