"""The sentence encoder that ships: int8 ONNX weights in the package, run by onnxruntime on the processor.

No network, no torch. A text's vector does not depend on what else is in the batch. Texts beyond ``MAX_TOKENS`` are cut: callers hand in
clauses and sentences, not documents. The weights are checked against SHA256SUMS when loaded; this finds damage and mix-ups, not an attacker
who can also write SHA256SUMS.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from greenroom.errors import WeightsError
from greenroom.llm.encode import Vectors

WEIGHTS = Path(__file__).parent.parent / "weights"
MAX_TOKENS = 128
BATCH = 16
PARTS = ("encoder.onnx", "tokenizer.json")


def check_weights(folder: Path = WEIGHTS) -> dict[str, str]:
    """SHA-256 by file name, as listed in the folder's SHA256SUMS and found on the disk.

    Raises:
        WeightsError: a listed file is missing or differs, or the list itself is missing or names no encoder.
    """
    try:
        lines = (folder / "SHA256SUMS").read_text(encoding="ascii").splitlines()
        sums = {name: digest for digest, name in (line.split(maxsplit=1) for line in lines)}
    except (OSError, ValueError) as error:
        raise WeightsError(f"{folder / 'SHA256SUMS'} cannot be read: {error}") from error
    for name in {*sums, *PARTS}:
        try:
            found = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        except OSError as error:
            raise WeightsError(f"The weights file {folder / name} cannot be read: {error}") from error
        if found != sums.get(name):
            raise WeightsError(f"The weights file {folder / name} is not the one that SHA256SUMS lists.")
    return sums


def fingerprint(sums: Mapping[str, str]) -> str:
    """First 12 hex digits of a SHA-256 over all weights files: changes when any of them does."""
    return hashlib.sha256("\n".join(f"{name} {sums[name]}" for name in sorted(sums)).encode()).hexdigest()[:12]


class OnnxEncoder:
    """An ``Encoder``. ``version``: first 12 hex digits of the weights' SHA-256. Safe to use from several threads."""

    dim = 384

    def __init__(self, session: Any, tokenizer: Any, version: str) -> None:
        self._session = session
        self._tokenizer = tokenizer
        self.version = version

    @classmethod
    def load(cls, folder: Path = WEIGHTS, threads: int = 2, sums: Mapping[str, str] | None = None) -> OnnxEncoder:
        """Read and check the weights. ``sums``: what ``check_weights`` gave, where it was already called.

        Raises:
            WeightsError: the files are missing, damaged or cannot be run, or onnxruntime or tokenizers is not installed.
        """
        sums = check_weights(folder) if sums is None else sums
        try:
            import onnxruntime
            from tokenizers import Tokenizer
        except ImportError as error:  # both are plain dependencies of greenroom; an odd platform may still lack them
            raise WeightsError(f"The weights cannot be run without {error.name or 'onnxruntime'}, which is not installed.") from error
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # Threads that spin between the steps of a run save a third of its time; they stop some 30 ms after it (measured).
        options.add_session_config_entry("session.intra_op.allow_spinning", "1")
        try:
            session = onnxruntime.InferenceSession(str(folder / "encoder.onnx"), options, providers=["CPUExecutionProvider"])
            tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        except Exception as error:  # onnxruntime and tokenizers raise bare Exception subclasses of their own
            raise WeightsError(f"The weights in {folder} cannot be run: {error}") from error
        tokenizer.enable_truncation(MAX_TOKENS)
        return cls(session, tokenizer, sums["encoder.onnx"][:12])

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Unit-length vectors, shape (len(texts), 384), float32, in the order of ``texts``."""
        tokens = [encoding.ids for encoding in self._tokenizer.encode_batch([_sound(text) for text in texts])]
        vectors = np.zeros((len(texts), self.dim), np.float32)
        for places in _buckets([len(ids) for ids in tokens]):
            width = max(len(tokens[place]) for place in places)
            ids = np.zeros((len(places), width), np.int64)
            mask = np.zeros((len(places), width), np.int32)
            for row, place in enumerate(places):
                length = len(tokens[place])
                ids[row, :length] = tokens[place]
                mask[row, :length] = 1
            vectors[places] = self._session.run(["sentences"], {"ids": ids, "mask": mask})[0]
        return vectors


def _buckets(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Places of the texts in batches of similar length: little is spent on padding."""
    order = sorted(range(len(lengths)), key=lambda place: (lengths[place], place))
    for start in range(0, len(order), BATCH):
        yield order[start : start + BATCH]


def _sound(text: str) -> str:
    """A lone surrogate is no character and the tokenizer refuses it: U+FFFD stands in for it."""
    return text.encode("utf-8", "replace").decode("utf-8") if not text.isascii() else text
