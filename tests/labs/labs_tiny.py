"""A tiny random llama model, written by the ``gguf`` package, and what it computes by plain loops over Python's floats: no numpy in the
arithmetic, the file read by the package's own reader, pairs turned where llama.cpp has them (neighbours). Nothing of ours is used."""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import gguf
import numpy as np

LAYERS, WIDTH, HEADS, KV_HEADS, HIDDEN, CONTEXT, BASE, EPSILON = 2, 32, 4, 2, 64, 600, 10_000.0, 1e-5
HEAD = WIDTH // HEADS
MARKS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
MERGES = ["h e", "l l", "he ll", "hell o", "Ġ w", "o r", "Ġw or", "l d", "Ġwor ld", "1 2"]
TEMPLATE = (
    "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\n' + m['content'] + '<|im_end|>' + '\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
KINDS = {"attn_q": "Q8_0", "attn_k": "F16", "attn_v": "BF16", "ffn_up": "Q4_1", "ffn_down": "Q8_0"}
"""How some tensors are packed; the others are F32."""


def alphabet() -> dict[int, str]:
    """GPT-2's table: a visible character for each byte."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in plain]
    return {byte: chr(byte) for byte in plain} | {byte: chr(256 + n) for n, byte in enumerate(others)}


def vocabulary() -> list[str]:
    return [*MARKS, *(char for _, char in sorted(alphabet().items())), *(merge.replace(" ", "") for merge in MERGES)]


def weights(kinds: Mapping[str, str] = KINDS, *, tied: bool = True) -> dict[str, tuple[np.ndarray, str]]:
    """GGUF name → (fp32 values before packing, type). Norms near 1."""
    dice = np.random.default_rng(2)
    sizes = {"token_embd": (len(vocabulary()), WIDTH), "output_norm": (WIDTH,)} | ({} if tied else {"output": (len(vocabulary()), WIDTH)})
    for n in range(LAYERS):
        sizes |= {
            f"blk.{n}.attn_norm": (WIDTH,), f"blk.{n}.attn_q": (WIDTH, WIDTH), f"blk.{n}.attn_k": (KV_HEADS * HEAD, WIDTH),
            f"blk.{n}.attn_v": (KV_HEADS * HEAD, WIDTH), f"blk.{n}.attn_output": (WIDTH, WIDTH), f"blk.{n}.ffn_norm": (WIDTH,),
            f"blk.{n}.ffn_gate": (HIDDEN, WIDTH), f"blk.{n}.ffn_up": (HIDDEN, WIDTH), f"blk.{n}.ffn_down": (WIDTH, HIDDEN),
        }  # fmt: skip
    made = {}
    for name, size in sizes.items():
        values = dice.standard_normal(size) * 0.4 if len(size) == 2 else 1 + 0.2 * dice.standard_normal(size)
        made[f"{name}.weight"] = (values.astype(np.float32), kinds.get(name.rpartition(".")[2], "F32") if len(size) == 2 else "F32")
    return made


def write_gguf(path: Path, change: Mapping[str, Any] | None = None, tensors: Mapping[str, tuple[np.ndarray, str]] | None = None) -> Path:
    """``change``: metadata to set besides or instead (None: leave out). Keys as in the file."""
    fields: dict[str, Any] = {
        "llama.block_count": LAYERS, "llama.context_length": CONTEXT, "llama.embedding_length": WIDTH, "llama.feed_forward_length": HIDDEN,
        "llama.attention.head_count": HEADS, "llama.attention.head_count_kv": KV_HEADS, "llama.attention.layer_norm_rms_epsilon": EPSILON,
        "llama.rope.freq_base": BASE, "tokenizer.ggml.model": "gpt2", "tokenizer.ggml.pre": "smollm", "tokenizer.ggml.tokens": vocabulary(),
        "tokenizer.ggml.token_type": [3 if token in MARKS else 1 for token in vocabulary()], "tokenizer.ggml.merges": MERGES,
        "tokenizer.ggml.bos_token_id": 1, "tokenizer.ggml.eos_token_id": 2, "tokenizer.ggml.add_bos_token": False,
        "tokenizer.chat_template": TEMPLATE, "general.architecture": "llama",
    } | dict(change or {})  # fmt: skip
    writer = gguf.GGUFWriter(path, str(fields.pop("general.architecture")))
    for key, value in fields.items():
        if value is not None:
            _add(writer, key, value)
    for name, (values, kind) in (tensors or weights()).items():
        type_ = gguf.GGMLQuantizationType[kind]
        writer.add_tensor(name, gguf.quantize(values, type_), raw_dtype=type_)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _add(writer: gguf.GGUFWriter, key: str, value: Any) -> None:
    add = {bool: writer.add_bool, int: writer.add_uint32, float: writer.add_float32, str: writer.add_string, list: writer.add_array}
    add[type(value)](key, value)


# --- The same model as a folder of the hub ---

HUB = {
    "token_embd": "model.embed_tokens", "output_norm": "model.norm", "output": "lm_head", "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj", "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm", "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj", "ffn_down": "mlp.down_proj",
}  # fmt: skip


def hub_name(name: str) -> str:
    parts = name.split(".")
    return f"model.layers.{parts[1]}.{HUB[parts[2]]}.weight" if parts[0] == "blk" else f"{HUB[parts[0]]}.weight"


def apart(matrix: np.ndarray, heads: int) -> np.ndarray:
    """Rows of neighbours back to half a head apart, one row at a time."""
    rows, half = matrix.shape[0] // heads, matrix.shape[0] // heads // 2
    order = [head * rows + (2 * row if row < half else 2 * (row - half) + 1) for head in range(heads) for row in range(rows)]
    return matrix[order]


def hub_weights(path: Path) -> dict[str, np.ndarray]:
    """Those of a GGUF file by the hub's names and in its order, read and unpacked by the ``gguf`` package."""
    found = {}
    heads = {"attn_q": HEADS, "attn_k": KV_HEADS}
    for tensor in gguf.GGUFReader(path).tensors:
        values = np.array(gguf.dequantize(tensor.data, tensor.tensor_type), np.float32).reshape(tensor.shape[::-1].tolist())
        kind = tensor.name.split(".")[-2]
        found[hub_name(tensor.name)] = apart(values, heads[kind]) if kind in heads else values
    return found


def config(**change: Any) -> dict[str, Any]:
    return {
        "model_type": "llama", "hidden_size": WIDTH, "num_hidden_layers": LAYERS, "num_attention_heads": HEADS,
        "num_key_value_heads": KV_HEADS, "intermediate_size": HIDDEN, "vocab_size": len(vocabulary()), "max_position_embeddings": CONTEXT,
        "rms_norm_eps": EPSILON, "rope_theta": BASE, "tie_word_embeddings": True, "hidden_act": "silu",
    } | change  # fmt: skip


def write_folder(folder: Path, tensors: Mapping[str, np.ndarray], kind: str = "F32", **change: Any) -> Path:
    """config.json and model.safetensors. ``kind`` BF16: the upper halves, cut off."""
    folder.mkdir(exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config(**change)))
    body, header = b"", {}
    for name, values in tensors.items():
        packed = {"F32": values, "F16": values.astype(np.float16), "BF16": (values.view(np.uint32) >> 16).astype(np.uint16)}
        raw = packed[kind].tobytes()
        header[name] = {"dtype": kind, "shape": values.shape, "data_offsets": [len(body), len(body) + len(raw)]}
        body += raw
    write_safetensors(folder / "model.safetensors", header, body)
    return folder


def write_safetensors(file: Path, header: object, body: bytes) -> None:
    raw = header if isinstance(header, bytes) else json.dumps(header).encode()
    file.write_bytes(struct.pack("<Q", len(raw)) + raw + body)


# --- The model by plain loops ---

Vector = list[float]


def plain_logits(path: Path, ids: Sequence[int]) -> list[Vector]:
    """Logits for the token after each of ``ids``, in double precision."""
    read = {}
    for tensor in gguf.GGUFReader(path).tensors:
        read[tensor.name] = np.array(gguf.dequantize(tensor.data, tensor.tensor_type)).reshape(tensor.shape[::-1].tolist()).tolist()
    kept: list[list[tuple[list[Vector], list[Vector]]]] = [[] for _ in range(LAYERS)]
    return [_next(read, kept, token, position) for position, token in enumerate(ids)]


def _next(read: dict[str, Any], kept: list[list[tuple[list[Vector], list[Vector]]]], token: int, position: int) -> Vector:
    x = list(read["token_embd.weight"][token])
    for n in range(LAYERS):
        w = {name: read[f"blk.{n}.{name}.weight"] for name in HUB if f"blk.{n}.{name}.weight" in read}
        y = _norm(x, w["attn_norm"])
        queries = [_turn(q, position) for q in _heads(_times(w["attn_q"], y))]
        kept[n].append(([_turn(k, position) for k in _heads(_times(w["attn_k"], y))], _heads(_times(w["attn_v"], y))))
        joined = [number for h, query in enumerate(queries) for number in _attend(query, kept[n], h * KV_HEADS // HEADS)]
        x = [a + b for a, b in zip(x, _times(w["attn_output"], joined), strict=True)]
        y = _norm(x, w["ffn_norm"])
        hidden = [g / (1 + math.exp(-g)) * u for g, u in zip(_times(w["ffn_gate"], y), _times(w["ffn_up"], y), strict=True)]
        x = [a + b for a, b in zip(x, _times(w["ffn_down"], hidden), strict=True)]
    return _times(read.get("output.weight", read["token_embd.weight"]), _norm(x, read["output_norm.weight"]))


def _times(matrix: list[Vector], x: Vector) -> Vector:
    return [sum(a * b for a, b in zip(row, x, strict=True)) for row in matrix]


def _norm(x: Vector, weight: Vector) -> Vector:
    size = math.sqrt(sum(a * a for a in x) / len(x) + EPSILON)
    return [a / size * w for a, w in zip(x, weight, strict=True)]


def _heads(x: Vector) -> list[Vector]:
    return [x[start : start + HEAD] for start in range(0, len(x), HEAD)]


def _turn(x: Vector, position: int) -> Vector:
    turned = []
    for pair in range(0, HEAD, 2):
        angle = position * BASE ** (-pair / HEAD)
        a, b = x[pair], x[pair + 1]
        turned += [a * math.cos(angle) - b * math.sin(angle), a * math.sin(angle) + b * math.cos(angle)]
    return turned


def _attend(query: Vector, kept: list[tuple[list[Vector], list[Vector]]], head: int) -> Vector:
    scores = [math.exp(sum(a * b for a, b in zip(query, keys[head], strict=True)) / math.sqrt(HEAD)) for keys, _ in kept]
    return [sum(score * values[head][n] for score, (_, values) in zip(scores, kept, strict=True)) / sum(scores) for n in range(HEAD)]
