"""A model file as the transformer wants it (``transformer.Source``): its sizes checked, its tensors under our names and in our order.

Two kinds: a GGUF file of the architecture ``llama``, and a folder with config.json and safetensors of a Llama or Mistral model. What the
transformer does not compute is refused with a sentence, never left out in silence: other architectures, experts, biases, other scalings of
the positions, tensors nobody asked for.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from greenroom.errors import ModelFileError
from greenroom.labs.gguf_file import GgufFile
from greenroom.labs.safetensors_file import SafetensorsFolder
from greenroom.labs.transformer import Array, Shape

NDArrayF64 = np.ndarray[Any, np.dtype[np.float64]]
MOST_PARAMETERS = 2_000_000_000
"""8 GB in fp32: more than this is no lab on a laptop."""
LIMITS = {"layers": 512, "width": 32_768, "heads": 512, "kv_heads": 512, "head_width": 1024, "hidden": 262_144, "vocabulary": 1_000_000,
          "context": 10_000_000}  # fmt: skip
LAYER_PARTS = {
    "attention_norm": ("attn_norm", "input_layernorm"),
    "query": ("attn_q", "self_attn.q_proj"),
    "key": ("attn_k", "self_attn.k_proj"),
    "value": ("attn_v", "self_attn.v_proj"),
    "output": ("attn_output", "self_attn.o_proj"),
    "mlp_norm": ("ffn_norm", "post_attention_layernorm"),
    "gate": ("ffn_gate", "mlp.gate_proj"),
    "up": ("ffn_up", "mlp.up_proj"),
    "down": ("ffn_down", "mlp.down_proj"),
}
WHOLE_PARTS = {
    "embedding": ("token_embd", "model.embed_tokens"),
    "final_norm": ("output_norm", "model.norm"),
    "unembedding": ("output", "lm_head"),
}
"""Our names, and those in a GGUF file and in a safetensors file."""


def open_checkpoint(path: Path) -> Checkpoint:
    """The model at ``path``: a GGUF file, a folder, or a safetensors file in its folder. Raises ModelFileError."""
    if path.is_dir() or path.suffix == ".safetensors":
        return _from_folder(SafetensorsFolder(path if path.is_dir() else path.parent))
    return _from_gguf(GgufFile(path))


class Checkpoint:
    """A ``Source``. ``file`` is the file or folder itself, with what it says beside the weights: ``fields`` or ``config``."""

    def __init__(self, file: GgufFile | SafetensorsFolder, shape: Shape, frequencies: Array, spare: Callable[[str], bool]) -> None:
        """``spare``: whether a tensor that is not a weight of ours may be there."""
        self.file, self.shape, self.frequencies = file, shape, frequencies
        self._dialect = 0 if isinstance(file, GgufFile) else 1
        known = {self._name(part, layer) for layer in range(shape.layers) for part in LAYER_PARTS} | {
            self._name(p, -1) for p in WHOLE_PARTS
        }
        strange = sorted(name for name in file.tensors if name not in known and not spare(name))
        if strange:
            raise ModelFileError(f"The model has tensors that are not of the llama family: {', '.join(n[:60] for n in strange[:3])}.")
        claimed = sum(math.prod(tensor.shape) for tensor in file.tensors.values())
        if claimed > MOST_PARAMETERS:
            raise ModelFileError(f"The model has {claimed / 1e9:.1f} billion parameters; the labs open up to {MOST_PARAMETERS / 1e9:.0f}.")

    def _name(self, part: str, layer: int) -> str:
        if layer < 0:
            return WHOLE_PARTS[part][self._dialect] + ".weight"
        return (f"blk.{layer}.", f"model.layers.{layer}.")[self._dialect] + LAYER_PARTS[part][self._dialect] + ".weight"

    def read(self, part: str, layer: int, size: tuple[int, ...]) -> Array:
        """See ``transformer.Source``. Raises ModelFileError: missing, of another size, or with numbers that are none."""
        name = self._name(part, layer)
        tensor = self.file.tensors.get(name)
        if tensor is None:
            raise ModelFileError(f"The model has no tensor {name}.")
        if tensor.shape != size:
            raise ModelFileError(f"{name} has the shape {tensor.shape}; by the sizes that the model states it should be {size}.")
        found = self.file.read(name)
        if not (np.isfinite(found.min()) and np.isfinite(found.max())):  # both are NaN where any number is
            raise ModelFileError(f"{name} has numbers in it that are infinite or none.")
        if self._dialect == 0 and part in ("query", "key"):
            found = _halves(found, self.shape.head_width)
        return found


def _halves(matrix: Array, head_width: int) -> Array:
    """llama.cpp turns neighbours: its converter puts the two numbers of a pair side by side (rows 0 and 1, 2 and 3 … of each head). Ours,
    as in the original, stand half a head apart. (heads D, W) → the same rows, put back."""
    return matrix.reshape(-1, head_width // 2, 2, matrix.shape[1]).swapaxes(1, 2).reshape(matrix.shape)


def _shape(given: Mapping[str, Any], epsilon: Any, tied: bool) -> Shape:
    """Raises ModelFileError for a size that is no number, or beyond what any such model has."""
    for name, value in given.items():
        if type(value) is not int or not 1 <= value <= LIMITS[name]:
            raise ModelFileError(f"The model states {name} = {str(value)[:40]}; it should be a number from 1 to {LIMITS[name]}.")
    if given["heads"] % given["kv_heads"] or given["head_width"] % 2:
        raise ModelFileError(
            f"{given['heads']} heads cannot share {given['kv_heads']}, or a head of {given['head_width']} cannot be halved."
        )
    if type(epsilon) is not float or not 0 < epsilon < 0.1:
        raise ModelFileError(f"The model states a norm's epsilon of {str(epsilon)[:40]}.")
    return Shape(**given, epsilon=epsilon, tied=tied)


def _number(value: Any, what: str) -> float:
    if type(value) not in (int, float) or not math.isfinite(value) or not 0 < value < 1e12:
        raise ModelFileError(f"The model states {what} = {str(value)[:40]}.")
    return float(value)


def _turns(base: Any, head_width: int) -> NDArrayF64:
    """Radians from one position to the next for each pair of a head, (D/2,): from 1 down to nearly 1 / base."""
    return _number(base, "a base of the positions") ** (-np.arange(0, head_width, 2) / head_width)


# --- GGUF ---


def _from_gguf(file: GgufFile) -> Checkpoint:
    fields = file.fields
    if fields.get("general.architecture") != "llama":
        kind = str(fields.get("general.architecture"))[:40]
        raise ModelFileError(f"The model is of the architecture {kind!r}; the labs compute llama (SmolLM2, Llama, Mistral, TinyLlama).")

    def said(name: str, otherwise: Any = None) -> Any:
        return fields.get(f"llama.{name}", otherwise)

    heads, width = said("attention.head_count"), said("embedding_length")
    embedding = file.tensors.get("token_embd.weight")
    head_width = said("attention.key_length") or (width // heads if type(width) is int and type(heads) is int and heads else None)
    shape = _shape(
        {
            "layers": said("block_count"), "width": width, "heads": heads, "kv_heads": said("attention.head_count_kv", heads),
            "head_width": head_width, "hidden": said("feed_forward_length"), "vocabulary": embedding.shape[0] if embedding else None,
            "context": _least(said("context_length"), said("attention.sliding_window")),
        },
        said("attention.layer_norm_rms_epsilon"), tied="output.weight" not in file.tensors,
    )  # fmt: skip
    _refuse(
        [
            (said("expert_count", 0) not in (0, 1), "it has experts"),
            (said("attention.value_length", shape.head_width) != shape.head_width, "its values are of another width than its keys"),
            (said("rope.dimension_count", shape.head_width) != shape.head_width, "it turns a part of each head only"),
            (
                said("rope.scaling.type", "none") not in ("none", "linear"),
                f"it scales its positions by {str(said('rope.scaling.type'))[:20]!r}",
            ),
        ]
    )
    turns = _turns(said("rope.freq_base", 10_000.0), shape.head_width)
    turns /= _number(said("rope.scale_linear", said("rope.scaling.factor", 1.0)) or 1.0, "a scale of the positions")
    if "rope_freqs.weight" in file.tensors:  # Llama 3.1 and later: a divisor for each pair
        if file.tensors["rope_freqs.weight"].shape != turns.shape:
            raise ModelFileError("rope_freqs.weight has not one number for each pair of a head.")
        divisors = file.read("rope_freqs.weight")
        if not (divisors > 0).all():
            raise ModelFileError("rope_freqs.weight has numbers that nothing can be divided by.")
        turns /= divisors
    return Checkpoint(file, shape, turns.astype(np.float32), lambda name: name == "rope_freqs.weight")


def _least(context: Any, window: Any) -> Any:
    """Within its sliding window a model is the same as without one: beyond it, it is not read."""
    return min(context, window) if type(context) is int and type(window) is int and window else context


def _refuse(faults: Iterable[tuple[bool, str]]) -> None:
    found = [what for bad, what in faults if bad]
    if found:
        raise ModelFileError(f"The labs do not compute this model: {', '.join(found)}.")


# --- safetensors ---


def _from_folder(folder: SafetensorsFolder) -> Checkpoint:
    config = folder.config
    heads, width = config.get("num_attention_heads"), config.get("hidden_size")
    head_width = config.get("head_dim") or (width // heads if type(width) is int and type(heads) is int and heads else None)
    _refuse(
        [
            (config.get("model_type") not in ("llama", "mistral"), f"it is of the type {str(config.get('model_type'))[:40]!r}"),
            (config.get("hidden_act", "silu") != "silu", f"its MLP uses {str(config.get('hidden_act'))[:20]!r}"),
            (bool(config.get("attention_bias") or config.get("mlp_bias")), "it has biases"),
            (config.get("quantization_config") is not None, "its weights are packed (quantization_config)"),
        ]
    )
    shape = _shape(
        {
            "layers": config.get("num_hidden_layers"), "width": width, "heads": heads,
            "kv_heads": config.get("num_key_value_heads") or heads, "head_width": head_width, "hidden": config.get("intermediate_size"),
            "vocabulary": config.get("vocab_size"),
            "context": _least(config.get("max_position_embeddings", 2048), config.get("sliding_window")),
        },
        config.get("rms_norm_eps", 1e-6), tied=config.get("tie_word_embeddings", False) is True,
    )  # fmt: skip
    scaling = config.get("rope_parameters") or config.get("rope_scaling") or {}
    _refuse([(not isinstance(scaling, dict), "it states its positions in no way that is known")])
    positions = {"rope_theta": config.get("rope_theta", 10_000.0), **scaling}
    turns = _scaled(_turns(positions["rope_theta"], shape.head_width), positions)
    return Checkpoint(folder, shape, turns.astype(np.float32), lambda name: name.endswith("rotary_emb.inv_freq"))


def _scaled(turns: NDArrayF64, positions: Mapping[str, Any]) -> NDArrayF64:
    """The scalings of the positions: none, linear, and that of Llama 3.1 (slow pairs by ``factor``, fast ones not, others in between)."""
    kind = positions.get("rope_type", positions.get("type", "default"))
    if kind == "default":
        return turns
    factor = _number(positions.get("factor"), "a scale of the positions")
    if kind == "linear":
        return turns / factor
    _refuse([(kind != "llama3", f"it scales its positions by {str(kind)[:20]!r}")])
    low, high, before = (_number(positions.get(n), n) for n in ("low_freq_factor", "high_freq_factor", "original_max_position_embeddings"))
    if high <= low:
        raise ModelFileError("The model states a scale of the positions that goes backwards.")
    fast = np.clip((before * turns / (2 * np.pi) - low) / (high - low), 0, 1)  # 1: many turns within the old context; 0: hardly one
    return turns * (fast + (1 - fast) / factor)
