"""The files of ``weights/``: checked against their list, opened, and what the encoder and the reader share of them.

No network, no torch. The check finds damage and mix-ups, not an attacker who can also write SHA256SUMS.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from greenroom.errors import WeightsError, enough_memory

WEIGHTS = Path(__file__).parent.parent / "weights"
BATCH, BATCH_TOKENS = 16, 128
"""Texts, and tokens with padding, that are run at once: readings do not depend on it, memory does (docs/decisions/0016). Longer texts run
alone.
"""
AT_ONCE = 64
"""Batches that are held ready."""
PARTS = ("encoder.onnx", "flagger.onnx", "marker.onnx", "points.onnx", "reader.onnx", "tokenizer.json", "words.npz")


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


class Words(NamedTuple):
    """The tokenizer and the table of word embeddings, in eight bits with one scale a word. Read only: threads may share it."""

    tokenizer: Any
    table: NDArray[np.int8]
    scale: NDArray[np.float32]

    @classmethod
    @enough_memory()
    def load(cls, folder: Path = WEIGHTS, table: str = "words.npz") -> Words:
        """Raises WeightsError when the files cannot be used, LowMemoryError."""
        try:
            from tokenizers import Tokenizer

            tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            with np.load(folder / table, allow_pickle=False) as held:
                return cls(tokenizer, held["words"], held["scale"])
        except ImportError as error:  # a plain dependency of greenroom; an odd platform may still lack it
            raise WeightsError(f"The weights cannot be read without {error.name}, which is not installed.") from error
        except Exception as error:  # tokenizers raises bare Exception subclasses of its own; numpy OSError, ValueError, KeyError
            raise WeightsError(f"The weights in {folder} cannot be read: {error}") from error

    @enough_memory()
    def split(self, texts: Sequence[str]) -> list[list[int]]:
        """The ids of each text's tokens."""
        return [found.ids for found in self.tokenizer.encode_batch([sound(text) for text in texts])]

    def look_up(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """The words' vectors, shape (*ids.shape, 384)."""
        found: NDArray[np.float32] = self.table[ids] * self.scale[ids]
        return found


class Network:
    """An opened network that runs batches side by side, each of them on one thread. Safe to use from several threads.

    Two threads within one run wait for each other at every step, which on shared processors cost more than it saved
    (docs/decisions/0016).
    """

    def __init__(self, session: Any, threads: int) -> None:
        self._session = session
        self._threads = threads

    def run(self, outputs: Sequence[str], batches: Iterable[Mapping[str, Any]]) -> Iterator[list[Any]]:
        """The named outputs of each batch, in the order of ``batches``, of which AT_ONCE at most are held."""

        @enough_memory()
        def one(fed: Mapping[str, Any]) -> list[Any]:
            found: list[Any] = self._session.run(list(outputs), fed)
            return found

        left = iter(batches)
        while some := list(islice(left, AT_ONCE)):
            yield from self._side_by_side(one, some)

    def _side_by_side(self, one: Callable[[Mapping[str, Any]], list[Any]], some: Sequence[Mapping[str, Any]]) -> Iterator[list[Any]]:
        if self._threads == 1 or len(some) == 1:
            return map(one, some)
        try:
            return _pool(self._threads).map(one, some)
        except RuntimeError:  # the interpreter is leaving: no pool begins anything any more, and an answer may still be being read
            return map(one, some)


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    """Shared by all networks. A batch that comes alone is run by the thread that asks."""
    return ThreadPoolExecutor(threads, "network")


@enough_memory()
def open_network(path: Path, threads: int) -> Network:
    """A network on the processor. Raises WeightsError when the file cannot be run, LowMemoryError."""
    try:
        import onnxruntime
    except ImportError as error:  # as above
        raise WeightsError(f"The weights cannot be run without {error.name}, which is not installed.") from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_mem_pattern = False  # it keeps a plan of memory for every shape that came by: some 20 MB, and no less time (measured)
    try:
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime raises bare Exception subclasses of its own
        raise WeightsError(f"The weights {path} cannot be run: {error}") from error
    return Network(session, threads)


def buckets(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Places of the texts in batches of similar length: little is spent on padding, and long texts do not fill the memory."""
    batch: list[int] = []
    for place in sorted(range(len(lengths)), key=lambda place: (lengths[place], place)):
        if batch and (len(batch) == BATCH or (len(batch) + 1) * lengths[place] > BATCH_TOKENS):
            yield batch
            batch = []
        batch.append(place)
    if batch:
        yield batch


def padded(rows: Sequence[Sequence[int]]) -> NDArray[np.int64]:
    """Rows of token ids (or segments) as one array, zeros behind the shorter ones."""
    made = np.zeros((len(rows), max(len(row) for row in rows)), np.int64)
    for place, row in enumerate(rows):
        made[place, : len(row)] = row
    return made


def mask(rows: Sequence[Sequence[int]]) -> NDArray[np.int32]:
    """1 where ``padded`` has a token, 0 behind."""
    return (np.arange(max(len(row) for row in rows)) < np.array([[len(row)] for row in rows])).astype(np.int32)


def sound(text: str) -> str:
    """A lone surrogate is no character and the tokenizer refuses it: U+FFFD stands in for it."""
    return text.encode("utf-8", "replace").decode("utf-8") if not text.isascii() else text
