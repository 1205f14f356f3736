"""How fast could it be? The products an encoder has to make, over the rate at which this machine makes them in eight bits.

Read straight from the ONNX files, whose form (protocol buffers) needs a dozen lines: no further package. Only products with stored
weights count; attention's own products, norms and everything around the encoder do not, so the limit is a little too low.
"""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

UINT8, INT8, INT32 = 2, 3, 6
SIZE = (256, 384, 1536)
"""Rows, inner size and columns of the product that is timed: a batch of some answers through a widening layer."""
ROUNDS = 30


def fields(data: bytes) -> Iterator[tuple[int, Any]]:
    """(field number, value) of a message: an int, or bytes. Fixed-width numbers come as bytes."""
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        if tag & 7 == 0:
            value, at = _varint(data, at)
            yield tag >> 3, value
        else:
            length, at = _varint(data, at) if tag & 7 == 2 else ({1: 8, 5: 4}[tag & 7], at)
            yield tag >> 3, data[at : at + length]
            at += length


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at


def stored_products(model: bytes) -> int:
    """Multiplications a token costs: elements of the two-dimensional eight-bit weights that are no lookup tables."""
    graph = next(value for number, value in fields(model) if number == 7)
    tables: set[bytes] = set()
    sizes: dict[bytes, int] = {}
    for number, value in fields(graph):
        if number == 1:
            parts = list(fields(value))
            if any(n == 4 and v == b"Gather" for n, v in parts):
                tables |= {v for n, v in parts if n == 1}
        elif number == 5:
            name, dims, kind = _tensor(value)
            if kind in (UINT8, INT8) and len(dims) == 2:
                sizes[name] = dims[0] * dims[1]
    return sum(size for name, size in sizes.items() if name not in tables)


def _tensor(data: bytes) -> tuple[bytes, list[int], int]:
    name, dims, kind = b"", [], 0
    for number, value in fields(data):
        if number == 1:
            dims += [value] if isinstance(value, int) else _packed(value)
        elif number == 2:
            kind = value
        elif number == 8:
            name = value
    return name, dims, kind


def _packed(data: bytes) -> list[int]:
    found, at = [], 0
    while at < len(data):
        value, at = _varint(data, at)
        found.append(value)
    return found


def rate(threads: int) -> float:
    """Multiply-adds a second of onnxruntime's integer product on this machine: one product a thread, side by side, as batches are read."""
    import onnxruntime

    rows, inner, columns = SIZE
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(product(rows, inner, columns), options, providers=["CPUExecutionProvider"])
    feed = {"a": np.random.default_rng(0).integers(0, 255, (rows, inner), dtype=np.uint8)}
    spent = []
    with ThreadPoolExecutor(threads) as pool:
        for _ in range(ROUNDS):
            begun = time.perf_counter()
            list(pool.map(lambda _: session.run(None, feed), range(threads)))
            spent.append(time.perf_counter() - begun)
    return threads * rows * inner * columns / statistics.median(spent[3:])


def product(rows: int, inner: int, columns: int) -> bytes:
    """An ONNX model of one MatMulInteger with a stored right side."""
    weights = np.random.default_rng(1).integers(-127, 127, (inner, columns), dtype=np.int8)
    stored = _join((1, inner), (1, columns), (2, INT8), (8, b"w"), (9, weights.tobytes()))
    node = _join((1, b"a"), (1, b"w"), (2, b"c"), (4, b"MatMulInteger"))
    graph = _join(
        (1, node), (2, b"product"), (5, stored), (11, _value(b"a", UINT8, (rows, inner))), (12, _value(b"c", INT32, (rows, columns)))
    )
    return _join((1, 8), (7, graph), (8, _join((2, 13))))


def _value(name: bytes, kind: int, dims: Sequence[int]) -> bytes:
    shape = _join(*((1, _join((1, size))) for size in dims))
    return _join((1, name), (2, _join((1, _join((1, kind), (2, shape))))))


def _join(*parts: tuple[int, int | bytes]) -> bytes:
    found = b""
    for number, value in parts:
        found += _number(number << 3 | (2 if isinstance(value, bytes) else 0))
        found += _number(len(value)) + value if isinstance(value, bytes) else _number(value)
    return found


def _number(value: int) -> bytes:
    found = bytearray()
    while value > 127:
        found.append(value & 127 | 128)
        value >>= 7
    return bytes([*found, value])


class Counted:
    """Counts the multiplications with stored weights that onnxruntime's sessions are asked for, within its ``with``."""

    def __init__(self) -> None:
        import onnxruntime

        self.total = 0
        counted, inside, lock = self, onnxruntime.InferenceSession, threading.Lock()
        known: dict[int, int] = {}

        class Session(inside):  # type: ignore[misc, valid-type]
            def __init__(self, model: Any, *args: Any, **options: Any) -> None:
                super().__init__(model, *args, **options)
                known[id(self)] = stored_products(model if isinstance(model, bytes) else Path(model).read_bytes())

            def run(self, names: Any, feed: dict[str, Any], *rest: Any) -> Any:
                asked = max(int(np.prod(value.shape[:2])) for value in feed.values()) * known[id(self)]
                with lock:  # batches are run side by side
                    counted.total += asked
                return super().run(names, feed, *rest)

        self._module, self._inside, self._session = onnxruntime, inside, Session

    def __enter__(self) -> Counted:
        self._module.InferenceSession = self._session
        return self

    def __exit__(self, *_: object) -> None:
        self._module.InferenceSession = self._inside
