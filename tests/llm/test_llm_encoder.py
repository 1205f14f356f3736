"""The encoder: unit vectors, an ear for order, independent of the batch, refused when damaged. Parity with float32: training/parity.py."""

from __future__ import annotations

import builtins
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from greenroom.assess.reading.answer import order_bar
from greenroom.errors import LowMemoryError, WeightsError
from greenroom.llm.encoder import MAX_TOKENS, OnnxEncoder
from greenroom.llm.weights import PARTS, WEIGHTS, check_weights, open_network


@pytest.fixture(scope="module")
def encoder() -> OnnxEncoder:
    return OnnxEncoder.load(threads=1)


def test_vectors_have_unit_length_and_the_stated_shape(encoder: OnnxEncoder) -> None:
    vectors = encoder.encode(["One text.", "", "Attention weighs the context.", "🙂 " * 300])
    assert vectors.shape == (4, 384) and vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert encoder.encode([]).shape == (0, 384)


def test_a_text_has_the_same_vector_whatever_is_in_its_batch(encoder: OnnxEncoder) -> None:
    text = "The loop stops at an end token."
    alone = encoder.encode([text])[0]
    among = encoder.encode(["short", text, "a much longer text " * 20, "!!!", "another one with seven words in it"] * 5)
    assert np.abs(among[1] - alone).max() < 1e-5


def test_meaning_is_near_and_another_subject_far(encoder: OnnxEncoder) -> None:
    one, same, other = encoder.encode(
        ["The model predicts the next word.", "It guesses which token comes next.", "Cats like to sleep in the sun."]
    )
    assert one @ same > one @ other + 0.3


def test_strange_text_is_encoded_and_long_text_is_cut(encoder: OnnxEncoder) -> None:
    assert np.isfinite(encoder.encode(["\ud800 lone", "nul \0 byte", "שלום עולם", "\u200b"])).all()
    long = "word " * (2 * MAX_TOKENS)
    assert np.array_equal(encoder.encode([long]), encoder.encode([long + "and an end that is cut away"]))


SENTENCES = (
    "The model gives every token in its vocabulary a probability and then one of them is chosen.",
    "If I need more diversity I raise the temperature, and if I need predictable wording I lower it.",
    "Model predict the next token, it choose one and then it add this to the input and go again.",
    "We measured the answers against a fixed set of questions before every release of the service.",
    "um so the the thing is it looks at every word before and then like it weighs them",
    "The longer the context, the bigger the cache, and the fewer users fit on one card.",
    "HAVING filters groups after GROUP BY, WHERE filters rows before it.",
)


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_sentence_reads_more_orderly_than_its_own_shuffles(encoder: OnnxEncoder, sentence: str) -> None:
    pieces, rng = sentence.rstrip(".").split(), random.Random(1)
    shuffled = [" ".join(rng.sample(pieces, len(pieces))) for _ in range(20)]
    said, *mixed = encoder.order([sentence, *shuffled])
    assert said > order_bar(len(pieces))
    assert sum(order < said for order in mixed) >= 19


LISTED = (
    "attention query key value softmax weights sum heads output projection residual",
    "tokens vocabulary embedding vectors layers probability distribution next sampling temperature",
)


@pytest.mark.parametrize("terms", LISTED)
def test_terms_in_a_row_read_as_no_sentence(encoder: OnnxEncoder, terms: str) -> None:
    assert encoder.order([terms])[0] < order_bar(len(terms.split()))


def test_order_is_the_same_alone_among_others_and_beside_the_vectors(encoder: OnnxEncoder) -> None:
    texts = [SENTENCES[0], "short", "a much longer text " * 20, "", *LISTED]
    heard = encoder.hear(texts)
    assert np.array_equal(heard.vectors, encoder.encode(texts))
    assert np.abs(heard.order - encoder.order(texts)).max() < 1e-5
    assert np.abs(heard.order - np.concatenate([encoder.order([text]) for text in texts])).max() < 1e-4
    assert encoder.order([]).shape == (0,)


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    folder = tmp_path / "weights"
    folder.mkdir()
    for name in ("SHA256SUMS", "coefficients.json", "communication.json", *PARTS):
        shutil.copy(WEIGHTS / name, folder / name)
    return folder


def test_sound_weights_pass(copied: Path) -> None:
    assert check_weights(copied)["encoder.onnx"] == check_weights()["encoder.onnx"]


@pytest.mark.parametrize(
    "name", ["encoder.onnx", "flagger.onnx", "marker.onnx", "reader.onnx", "tokenizer.json", "words.npz", "coefficients.json"]
)
def test_one_changed_byte_is_found(copied: Path, name: str) -> None:
    blob = bytearray((copied / name).read_bytes())
    blob[len(blob) // 2] ^= 1
    (copied / name).write_bytes(blob)
    with pytest.raises(WeightsError, match=name):
        OnnxEncoder.load(copied)


def test_missing_files_are_named_with_a_cure(copied: Path) -> None:
    (copied / "encoder.onnx").unlink()
    with pytest.raises(WeightsError, match=r"encoder\.onnx") as caught:
        check_weights(copied)
    assert "Reinstall" in caught.value.hint
    (copied / "SHA256SUMS").unlink()
    with pytest.raises(WeightsError, match="SHA256SUMS"):
        check_weights(copied)


def test_a_list_that_leaves_the_encoder_out_is_refused(copied: Path) -> None:
    (copied / "SHA256SUMS").write_text("")
    with pytest.raises(WeightsError):
        check_weights(copied)


def test_control_without_the_check_a_changed_byte_goes_unnoticed(
    copied: Path, encoder: OnnxEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    sums = check_weights(copied)
    blob = bytearray((copied / "encoder.onnx").read_bytes())
    blob[len(blob) // 2] ^= 1
    (copied / "encoder.onnx").write_bytes(blob)
    monkeypatch.setattr("greenroom.llm.encoder.check_weights", lambda folder: sums)
    assert OnnxEncoder.load(copied).version == encoder.version


SHORT = """
import resource, sys
import onnxruntime
from greenroom.errors import GreenroomError
from greenroom.llm.weights import WEIGHTS, Words, open_network
words = Words.load()
taken = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (taken + int(sys.argv[2]) * 2**20,) * 2)
try:
    words.split(["Some words."] * 64) if sys.argv[1] == "split" else open_network(WEIGHTS / "encoder.onnx", 1)
except GreenroomError as error:
    print(type(error).__name__, error.message, error.hint)
except BaseException as error:
    print(type(error))
else:
    print("fine")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("work", ["split", "open"])
@pytest.mark.parametrize(
    ("megabytes", "said"), [(256, "LowMemoryError There is not enough free memory. Close other programs"), (8192, "fine")]
)
def test_want_of_memory_is_no_reason_to_reinstall_and_control(work: str, megabytes: int, said: str) -> None:
    """tokenizers panics when it gets no threads (each wants a gigabyte here): no ``Exception``. onnxruntime gets less than its file."""
    short = megabytes if work == "split" or said == "fine" else 4
    done = subprocess.run(
        [sys.executable, "-c", SHORT, work, str(short)],
        env={**os.environ, "RUST_MIN_STACK": str(2**30), "RAYON_NUM_THREADS": "2"}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.stdout.startswith(said), done.stderr


@pytest.mark.parametrize(
    ("why", "kind"),
    [("onnxruntime.so: failed to map segment from shared object", LowMemoryError), ("No module named 'onnxruntime'", WeightsError)],
)
def test_a_library_that_cannot_be_loaded_for_want_of_memory(monkeypatch: pytest.MonkeyPatch, why: str, kind: type[Exception]) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name == "onnxruntime":
            raise ImportError(why, name=name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(kind):
        open_network(WEIGHTS / "encoder.onnx", 1)
