"""The encoder: unit vectors, independent of the batch, refused when damaged; parity with float32 is training/parity.py's work."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from greenroom.errors import WeightsError
from greenroom.llm.encoder import MAX_TOKENS, OnnxEncoder
from greenroom.llm.weights import PARTS, WEIGHTS, check_weights


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


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    folder = tmp_path / "weights"
    folder.mkdir()
    for name in ("SHA256SUMS", "order.json", "coefficients.json", "communication.json", *PARTS):
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
