"""Adapters apart from what trains them: kept whole or not at all, read without being trusted, the same beside the weights and in them;
and the lab *two-adapters*, which swaps two of them on one base.

What trains needs torch; all else is tested without it.
"""

from __future__ import annotations

import json
import os
import random
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from labs_runs import held
from labs_tiny import write_safetensors

from greenroom.errors import LabError, ModelFileError
from greenroom.labs import adapter_file as af
from greenroom.labs import safetensors_file, swapped
from greenroom.labs.adapter_file import PLACES, Pair, Thin, keep, take
from greenroom.labs.few_shot import fingerprint
from greenroom.labs.lab import Result, collect
from greenroom.labs.model import Model
from greenroom.labs.swapping import CARD, TwoAdapters, added_and_taken
from greenroom.labs.transformer import Cache, Transformer

SAME = 1e-4
"""Of scores around ten: beside the weights or in them is another order of adding."""


def thin_of(base: Transformer, rank: int = 2, places: tuple[str, ...] = PLACES, seed: int = 0) -> Thin:
    dice = np.random.default_rng(seed)

    def drawn(*size: int) -> np.ndarray:
        return (dice.standard_normal(size) * 0.3).astype(np.float32)

    pairs = {}
    for layer, block in enumerate(base.blocks):
        for place in places:
            out, into = getattr(block, place).shape
            pairs[layer, place] = Pair(drawn(rank, into), drawn(out, rank))
    return Thin(pairs, rank, 16.0, fingerprint(base), "steps=1")


@pytest.fixture
def thin(tiny: Model) -> Thin:
    return thin_of(tiny.transformer)


@pytest.fixture
def file(tmp_path: Path, thin: Thin) -> Path:
    keep(thin, tmp_path / "a.safetensors")
    return tmp_path / "a.safetensors"


# --- Beside the weights, in them, and out again ---


@pytest.mark.parametrize("places", [PLACES, ("qkv", "output"), ("gate_up",), ("down",)])
def test_beside_the_weights_is_the_same_model_as_in_them(tiny: Model, places: tuple[str, ...]) -> None:
    base, thin = tiny.transformer, thin_of(tiny.transformer, places=places)
    before, ids = fingerprint(base), tiny.tokenizer.prompt("hello world, hello")
    plain, merged = base.forward(ids), thin.merged(base).forward(ids)
    assert np.abs(base.forward(ids, look=thin.beside(base)) - merged).max() < SAME
    assert np.abs(plain - merged).max() > 0.1, "control: the adapter does something"
    cache = Cache(base.shape)
    for each in ids:  # token by token, behind a cache
        last = base.forward([each], cache, thin.beside(base))
    assert np.abs(last[0] - merged[-1]).max() < SAME
    assert fingerprint(base) == before
    assert (base.forward(ids) == plain).all(), "taken off, the model is what it was"


def test_merging_shares_what_it_does_not_change_and_keeps_the_size(tiny: Model, thin: Thin) -> None:
    from greenroom.labs.asked import size

    found = thin_of(tiny.transformer, places=("down",)).merged(tiny.transformer)
    assert found.blocks[0].qkv is tiny.transformer.blocks[0].qkv
    assert found.blocks[0].down is not tiny.transformer.blocks[0].down
    assert size(thin.merged(tiny.transformer)) == size(tiny.transformer)


# --- The file ---


def test_what_is_kept_is_read_back_to_the_last_bit(tiny: Model, thin: Thin, file: Path) -> None:
    found = take(file, tiny.transformer, thin.base)
    assert (found.rank, found.alpha, found.note, found.base) == (thin.rank, thin.alpha, thin.note, thin.base)
    assert list(found.pairs) == list(thin.pairs)
    for at, pair in thin.pairs.items():
        assert all((a == b).all() for a, b in zip(pair, found.pairs[at], strict=True))
    assert sorted(each.name for each in file.parent.iterdir()) == ["a.safetensors"]


def test_the_reference_reads_it_too(thin: Thin, file: Path) -> None:
    reference = pytest.importorskip("safetensors.numpy", reason="NOT RUN: the safetensors package is not installed")
    found = reference.load_file(file)
    assert (found["layers.1.down.b"] == thin.pairs[1, "down"].b).all()


def parts_of(file: Path) -> tuple[dict[str, Any], bytes]:
    raw = file.read_bytes()
    (size,) = struct.unpack("<Q", raw[:8])
    return json.loads(raw[8 : 8 + size]), raw[8 + size :]


def said(**change: Any) -> Callable[[dict[str, Any], bytes], tuple[Any, bytes]]:
    return lambda header, body: ({**header, "__metadata__": {**header["__metadata__"], **change}}, body)


def entry(name: str, **change: Any) -> Callable[[dict[str, Any], bytes], tuple[Any, bytes]]:
    return lambda header, body: ({**header, name: {**header[name], **change}}, body)


def renamed(old: str, new: str) -> Callable[[dict[str, Any], bytes], tuple[Any, bytes]]:
    return lambda header, body: ({new if name == old else name: each for name, each in header.items()}, body)


def not_numbers(header: dict[str, Any], body: bytes) -> tuple[Any, bytes]:
    return header, np.full(len(body) // 4, np.nan, "<f4").tobytes()


A = "layers.0.qkv.a"
HOSTILE: dict[str, tuple[Callable[[dict[str, Any], bytes], tuple[Any, bytes]], str]] = {
    "another base": (said(base_sha256="0" * 64), "belongs to the weights 000000000000…, and these are"),
    "no base": (said(base_sha256=""), "does not say which weights"),
    "a base that is no hash": (said(base_sha256="x" * 64), "does not say which weights"),
    "another format": (said(format="peft"), "of the format “peft”"),
    "no header of ours": (lambda header, body: ({k: v for k, v in header.items() if k != "__metadata__"}, body), "of the format “none”"),
    "a header that is a list": (lambda header, body: ({**header, "__metadata__": [1]}, body), "not that of an adapter"),
    "numbers in the header": (said(rank=2), "not that of an adapter"),
    "an endless note": (said(note="x" * 5000), "not that of an adapter"),
    "another rank": (said(rank="3"), "should be"),
    "a huge rank": (said(rank="999"), "its rank is “999”"),
    "a rank with a sign": (said(rank="-2"), "its rank is"),
    "a rank in other digits": (said(rank="٢"), "its rank is"),
    "no alpha": (said(alpha="nan"), "its alpha is"),
    "an infinite alpha": (said(alpha="inf"), "its alpha is"),
    "an alpha of nothing": (said(alpha="0"), "its alpha is"),
    "half a pair": (lambda header, body: ({k: v for k, v in header.items() if k != A}, body), f"{A} is missing"),
    "no matrices": (lambda header, body: ({"__metadata__": header["__metadata__"]}, b""), "it has no matrices"),
    "a layer that is not there": (renamed(A, "layers.2.qkv.a"), "no such matrix"),
    "a matrix that is not there": (renamed(A, "layers.0.embedding.a"), "no such matrix"),
    "a path": (renamed(A, "../../etc/passwd"), "no such matrix"),
    "a shape turned round": (entry(A, shape=[32, 2]), "should be"),
    "a type of eight bytes": (entry(A, dtype="F64"), "of the type F64"),
    "a shape that overflows": (entry(A, shape=[1 << 62, 4]), "not as the format has it"),
    "an offset outside": (entry(A, data_offsets=[0, 1 << 40]), "not as the format has it"),
    "shared bytes": (entry("layers.0.qkv.b", data_offsets=[0, 512]), "share bytes"),
    "no numbers": (not_numbers, "infinite or none"),
    "cut off": (lambda header, body: (header, body[:-4]), "not as the format has it"),
    "a nest of brackets": (lambda header, body: (b"[" * 100_000, body), "not as the format has it"),
    "nothing in it": (lambda header, body: (b"{}", b""), "of the format “none”"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_or_foreign_file_is_refused_with_a_sentence(name: str, tiny: Model, thin: Thin, file: Path) -> None:
    change, says = HOSTILE[name]
    take(file, tiny.transformer, thin.base)  # control: unchanged it is taken
    write_safetensors(file, *change(*parts_of(file)))
    with pytest.raises(ModelFileError) as caught:
        take(file, tiny.transformer, thin.base)
    assert says in caught.value.message
    assert caught.value.hint
    assert len(caught.value.message) < 400


def test_files_that_are_none(tiny: Model, thin: Thin, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "long").write_bytes(struct.pack("<Q", 1 << 60) + b"{}")
    with (tmp_path / "huge").open("wb") as stream:
        stream.truncate(4 * af.beside_size(tiny.transformer, af.MOST_RANK) + af.HEADER_ROOM + 1)
    names = ["folder", "empty", "long", "huge", "nowhere"]
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
        names.append("pipe")
    for name in names:
        with pytest.raises(ModelFileError):
            take(tmp_path / name, tiny.transformer, thin.base)


def test_of_another_base_the_sizes_fit_and_it_is_refused_all_the_same(tiny: Model, thin: Thin, file: Path) -> None:
    other = thin.merged(tiny.transformer)
    with pytest.raises(ModelFileError, match="belongs to the weights"):
        take(file, other, fingerprint(other))
    take(file, other, thin.base)  # control: but for the hash it would be taken


# --- Whole or not at all ---

SAVER = """
import sys
from pathlib import Path
import numpy as np
from greenroom.labs import safetensors_file
from greenroom.labs.adapter_file import Pair, Thin, keep

file, how = Path(sys.argv[1]), sys.argv[2]
if how == "straight":  # the negative control: written under its own name
    def save(file, tensors, said):
        with file.open("wb") as out:
            out.write(safetensors_file.header_of(tensors, said))
            for each in tensors.values():
                out.write(each.tobytes()); out.flush()
    from greenroom.labs import adapter_file
    adapter_file.save = save
n = 0
print("ready", flush=True)
while True:
    n += 1
    pairs = {(layer, "down"): Pair(np.full((8, 20_000), n, "f4"), np.full((20_000, 8), n, "f4")) for layer in range(8)}
    keep(Thin(pairs, 8, 16.0, "a" * 64, str(n)), file)
"""


def killed(file: Path, how: str, times: int) -> int:
    """How often something half-written had the name after the saver was killed."""
    dice, torn = random.Random(1), 0
    for _ in range(times):
        process = subprocess.Popen([sys.executable, "-c", SAVER, str(file), how], stdout=subprocess.PIPE)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(dice.random() * 0.08)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        torn += not whole(file)
    return torn


def whole(file: Path) -> bool:
    """Absent, or every number in it of one and the same saving."""
    if not file.exists():
        return True
    try:
        found = safetensors_file.SafetensorsFile(file)
    except ModelFileError:
        return False
    n = float(found.said["note"])
    return len(found.tensors) == 16 and all((found.read(name) == n).all() for name in found.tensors)


@pytest.mark.skipif(os.name != "posix", reason="NOT RUN: killing needs POSIX")
def test_killed_while_it_is_kept_there_is_the_old_one_the_new_one_or_none(tmp_path: Path) -> None:
    assert killed(tmp_path / "kept.safetensors", "", 12) == 0
    left = [each for each in tmp_path.iterdir() if each.name.startswith(safetensors_file.PREFIX)]
    old = time.time() - safetensors_file.SWEEP_SECONDS - 10
    for each in left:
        os.utime(each, (old, old))
    safetensors_file.save(tmp_path / "kept.safetensors", {"x": np.zeros((1, 1), np.float32)}, {})
    assert [each.name for each in tmp_path.iterdir()] == ["kept.safetensors"], "what was left behind is swept away"


@pytest.mark.skipif(os.name != "posix", reason="NOT RUN: killing needs POSIX")
def test_control_written_straight_it_is_torn(tmp_path: Path) -> None:
    assert killed(tmp_path / "kept.safetensors", "straight", 12) > 0


def test_what_cannot_be_kept_is_a_sentence_and_leaves_nothing(tmp_path: Path, thin: Thin, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "in the way").write_text("")
    with pytest.raises(LabError, match="cannot be kept"):
        keep(thin, tmp_path / "in the way" / "a.safetensors")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    keep(thin, tmp_path / "a.safetensors")
    before = (tmp_path / "a.safetensors").read_bytes()
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(LabError, match="No space left"):
        keep(thin._replace(note="other"), tmp_path / "a.safetensors")
    assert (tmp_path / "a.safetensors").read_bytes() == before
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a.safetensors", "in the way"]


# --- The lab ---


@pytest.fixture
def torch() -> Any:
    return pytest.importorskip("torch", reason="NOT RUN: what trains (pip install 'greenroom[labs]')")


def parts(model: Model, folder: Path, **given: Any) -> Result:
    values = CARD.read(given)
    return collect(CARD, values, list(TwoAdapters().parts(values, model, folder)))


SMALL = {"items": 4, "steps": 3, "rank": 2, "reviews": 8}


def where_from(found: Result) -> list[object]:
    return [row[-1] for part in found.parts if part.name == "sizes" for row in part.rows[1:]]  # type: ignore[union-attr]


def test_the_second_run_takes_what_the_first_has_kept_and_finds_the_same(torch: Any, tiny: Model, tmp_path: Path) -> None:
    first, second = parts(tiny, tmp_path, **SMALL), parts(tiny, tmp_path, **SMALL)
    assert where_from(first) == ["trained now"] * 2
    assert where_from(second) == ["kept by an earlier run"] * 2
    assert [part for part in first.parts if part.name != "sizes"] == [part for part in second.parts if part.name != "sizes"]
    assert first.seen == second.seen
    assert held(first)["base"] is held(first)["merged"] is held(first)["pair"] is held(first)["adding"] is True
    assert where_from(parts(tiny, tmp_path, **SMALL, kept="anew")) == ["trained now"] * 2
    assert where_from(parts(tiny, tmp_path, **{**SMALL, "steps": 4})) == ["trained now"] * 2, "trained with other values"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["two-adapters-acts.safetensors", "two-adapters-marks.safetensors"]


def test_a_damaged_or_foreign_file_is_trained_anew(torch: Any, tiny: Model, tmp_path: Path) -> None:
    found = parts(tiny, tmp_path, **SMALL)
    marks, acts = (tmp_path / desk.file for desk in swapped.DESKS)
    marks.write_bytes(marks.read_bytes()[:-1])
    write_safetensors(acts, *said(base_sha256="1" * 64)(*parts_of(acts)))
    again = parts(tiny, tmp_path, **SMALL)
    assert where_from(again) == ["trained now"] * 2
    assert again.seen == found.seen


def test_what_one_should_see_is_seen_on_the_real_model(torch: Any, real: Model, tmp_path: Path) -> None:
    found = parts(real, tmp_path)
    assert set(held(found).values()) == {True}, [each.found for each in found.seen]


def test_control_steps_that_move_nothing_teach_no_words_on_the_real_model(torch: Any, real: Model, tmp_path: Path) -> None:
    seen = held(parts(real, tmp_path, steps=1, items=4, rate=0.000001))
    assert seen["answers"] is False
    assert seen["base"] is seen["size"] is seen["pair"] is True


# --- Each claim can be told otherwise ---


def answer(word: str, first: float = 0.0) -> swapped.Answer:
    scores = np.array([first, 1], np.float32)
    return swapped.Answer(scores, scores, word, 0.9)


ASKED = {"base": [answer(" x")], "marks": [answer(" positive")], "acts": [answer(" refund")], "again": [answer(" x")]}


def swap(tiny: Model, **other: Any) -> swapped.Swap:
    good: dict[str, Any] = {
        "before": "a", "after": "a", "bytes": {"marks": 100, "acts": 100}, "apart": 1e-4, "hashes": [("b", 1e-8)], "other": "refused",
        "asked": ASKED, "cached": swapped.Cached(3, 10, answer(" refund"), answer(" thank"), 0.1),
    }  # fmt: skip
    return swapped.Swap(base=tiny.transformer, **{**good, **other})


def told(found: swapped.Swap) -> dict[str, bool | None]:
    return {each.id: each.held for each in swapped.findings(found)}


def test_control_figures_that_keep_the_claims(tiny: Model) -> None:
    assert set(told(swap(tiny)).values()) == {True}


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("base", {"after": "c"}),
        ("base", {"asked": ASKED | {"again": [answer(" x", 1)]}}), ("answers", {"asked": ASKED | {"marks": [answer(" thank")]}}),
        ("size", {"bytes": {"marks": 10**9, "acts": 100}}), ("merged", {"apart": 0.02}), ("adding", {"hashes": [("a", 0.0)]}),
        ("cache", {"cached": swapped.Cached(0, 10, answer(" x"), answer(" x"), 0.0)}), ("pair", {"other": ""}),
    ],
)  # fmt: skip
def test_figures_that_break_a_claim_are_told(tiny: Model, name: str, other: dict[str, Any]) -> None:
    assert told(swap(tiny, **other))[name] is False


def test_hash_and_distance_are_of_the_same_round(tiny: Model) -> None:
    found = next(each for each in swapped.findings(swap(tiny, hashes=[("b", 1e-8), ("c", 3e-7)])) if each.id == "adding").found
    assert found == "The base a…; a copy after one round b…, its farthest weight 1e-08 off."


def test_adding_and_taking_out_is_held_against_the_base(tiny: Model, thin: Thin) -> None:
    """Powers of two are added exactly: of an adapter of nothing the base comes back, of a real one it does not."""
    nothing = thin._replace(pairs={at: Pair(a * 0, b * 0) for at, (a, b) in thin.pairs.items()})
    for each, comes_back in ((nothing, True), (thin, False)):
        one = swapped.Swap(tiny.transformer, thin.base, thin={desk.name: each for desk in swapped.DESKS})
        assert all((found == thin.base) is comes_back for found, _ in added_and_taken(one))
