"""The sides of the lab *frameworks*: greenroom's numpy, transformers on torch, llama.cpp.

Each lives in a process of its own (``engine_child.py``) and is asked by ``ORDERS``. All answers are plain values: they go through a pipe as
JSON. Ours and transformers get the same numbers, the file's weights unpacked to fp32 by our reader; llama.cpp reads the file itself.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from time import perf_counter
from typing import Any, Protocol

from greenroom.errors import LabError

ORDERS = ("read", "write", "greedy", "likeliest", "sees", "memory")
LIKELIEST = 10
"""Tokens that are told of each place, with their log-probabilities."""
ROOM = 768
"""Tokens that llama.cpp sets memory aside for; the lab never asks for more."""
Said = dict[str, Any]


class Side(Protocol):
    """Made with (file, threads) after ``begin``, which imports what it needs and says the versions."""

    @staticmethod
    def begin() -> str: ...

    def read(self, ids: list[int]) -> float:
        """Seconds for one pass over a prompt, nothing kept from before."""
        ...

    def write(self, ids: list[int], most: int) -> float:
        """Seconds for ``most - 1`` passes of one token each, after the prompt: the first token comes of reading it."""
        ...

    def greedy(self, ids: list[int], most: int) -> list[int]: ...

    def likeliest(self, ids: list[int], first: int) -> list[list[tuple[int, float]]]:
        """After each beginning of ``first`` tokens and more: the likeliest tokens and their log-probabilities, best first; none where it
        does not tell."""
        ...

    def sees(self, ids: list[int]) -> Said:
        """How many numbers of a text can be had: next, everywhere, attention, layers, inside; whether one can be ``changed`` on the way;
        ``first``: what the last token takes from the first in each head; ``ends``: each layer's sum of squares of the last token."""
        ...

    def memory(self) -> float | None: ...


def resident() -> float | None:
    """Memory of this process in megabytes (10⁶ bytes), pages of files that it has read included; None where there is no /proc."""
    try:
        found = re.search(r"VmRSS:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="utf-8"))
    except OSError:
        return None
    return int(found[1]) * 1.024 / 1000 if found else None


class Measured:
    def memory(self) -> float | None:
        return resident()


def best(rows: Any) -> list[list[tuple[int, float]]]:
    """Of log-probabilities, a row a place."""
    found = []
    for row in rows:
        top = row.argsort()[-LIKELIEST:][::-1].tolist()
        found.append([(token, float(row[token])) for token in top])
    return found


# --- greenroom: numpy ---


class Numpy(Measured):
    @staticmethod
    def begin() -> str:
        import numpy as np

        import greenroom.labs.model
        import greenroom.labs.transformer  # noqa: F401

        return f"numpy {np.__version__}"

    def __init__(self, file: Path, threads: int) -> None:
        """``threads`` are set by the environment, before numpy is imported."""
        from greenroom.labs.checkpoint import open_checkpoint
        from greenroom.labs.transformer import Transformer

        self._model = Transformer(open_checkpoint(file))

    def read(self, ids: list[int]) -> float:
        return timed(lambda: self._model.read(ids, self._cache()))

    def write(self, ids: list[int], most: int) -> float:
        cache = self._cache()
        token = int(self._model.read(ids, cache).argmax())

        def rest(token: int = token) -> None:
            for _ in range(most - 1):
                token = int(self._model.read([token], cache).argmax())

        return timed(rest)

    def greedy(self, ids: list[int], most: int) -> list[int]:
        return list(self._model.write(ids, most))

    def likeliest(self, ids: list[int], first: int) -> list[list[tuple[int, float]]]:
        from greenroom.labs.transformer import log_softmax

        return best(log_softmax(self._model.forward(ids))[first - 1 :])

    def sees(self, ids: list[int]) -> Said:
        import numpy as np

        counted: dict[str, int] = {}
        first: list[float] = []
        ends: list[float] = []

        def look(place: str, layer: int, value: Any) -> None:
            counted[place] = counted.get(place, 0) + value.size
            if place == "attention":
                first.extend(value[:, -1, 0].tolist())
            if place == "residual":
                ends.append(float(np.square(value[-1]).sum()))

        logits = self._model.forward(ids, look=look)
        without = self._model.forward(ids, look=lambda place, n, x: np.zeros_like(x) if (place, n) == ("attention_out", 0) else None)
        inside = sum(number for place, number in counted.items() if place not in ("attention", "residual", "embedding", "logits"))
        return {
            "next": logits.shape[1], "everywhere": logits.size, "attention": counted["attention"], "inside": inside,
            "layers": counted["residual"] + counted["embedding"], "changed": bool(np.abs(logits - without).max() > 0),
            "first": first, "ends": ends,
        }  # fmt: skip

    def _cache(self) -> Any:
        from greenroom.labs.transformer import Cache

        return Cache(self._model.shape)


# --- transformers: torch ---


class Transformers(Measured):
    @staticmethod
    def begin() -> str:
        os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_OFFLINE="1", HF_HUB_DISABLE_TELEMETRY="1", TRANSFORMERS_VERBOSITY="error")
        import torch
        import transformers
        from transformers import LlamaConfig, LlamaForCausalLM  # noqa: F401

        import greenroom.labs.checkpoint  # noqa: F401

        return f"transformers {transformers.__version__}, torch {torch.__version__}"

    def __init__(self, file: Path, threads: int) -> None:
        import torch
        from transformers import LlamaConfig, LlamaForCausalLM
        from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding

        from greenroom.labs.checkpoint import open_checkpoint

        torch.set_num_threads(threads)
        source = open_checkpoint(file)
        s = source.shape
        config = LlamaConfig(
            vocab_size=s.vocabulary, hidden_size=s.width, intermediate_size=s.hidden, num_hidden_layers=s.layers, head_dim=s.head_width,
            num_attention_heads=s.heads, num_key_value_heads=s.kv_heads, max_position_embeddings=s.context, rms_norm_eps=s.epsilon,
            tie_word_embeddings=s.tied,
        )  # fmt: skip
        with torch.device("meta"):  # no memory for weights that are thrown away at once
            model = LlamaForCausalLM(config)
        model.load_state_dict({name: torch.from_numpy(value) for name, value in weights(source).items()}, strict=True, assign=True)
        model.model.rotary_emb = LlamaRotaryEmbedding(config=config)
        model.model.rotary_emb.inv_freq = torch.from_numpy(source.frequencies.copy()).float()
        self._model = model.eval()

    def read(self, ids: list[int]) -> float:
        return timed(lambda: self._pass(ids, None))

    def write(self, ids: list[int], most: int) -> float:
        out = self._pass(ids, None)

        def rest(out: Any = out) -> None:
            for _ in range(most - 1):
                out = self._pass([int(out.logits[0, -1].argmax())], out.past_key_values)

        return timed(rest)

    def greedy(self, ids: list[int], most: int) -> list[int]:
        out, found = self._pass(ids, None), list[int]()
        for _ in range(most):
            found.append(int(out.logits[0, -1].argmax()))
            out = self._pass(found[-1:], out.past_key_values)
        return found

    def likeliest(self, ids: list[int], first: int) -> list[list[tuple[int, float]]]:
        import torch

        with torch.inference_mode():
            rows = torch.log_softmax(self._model(torch.tensor([ids])).logits[0, first - 1 :], -1)
        return best(rows.numpy())

    def sees(self, ids: list[int]) -> Said:
        import torch

        tokens = torch.tensor([ids])
        inside = [0]
        with torch.inference_mode():
            default = self._model(tokens, output_attentions=True).attentions
            self._model.set_attn_implementation("eager")
            hooks = [m.register_forward_hook(lambda _m, _in, out: inside.__setitem__(0, inside[0] + numbers(out))) for m in self._parts()]
            out = self._model(tokens, output_attentions=True, output_hidden_states=True)
            for hook in hooks:
                hook.remove()
            layer = self._model.model.layers[0].self_attn
            hook = layer.register_forward_hook(lambda _m, _in, out: (torch.zeros_like(out[0]), *out[1:]))
            without = self._model(tokens).logits
            hook.remove()
        states = out.hidden_states
        return {
            "next": out.logits.shape[-1], "everywhere": out.logits.numel(), "attention": sum(each.numel() for each in out.attentions),
            "layers": sum(each.numel() for each in states), "inside": inside[0],
            "changed": bool((out.logits - without).abs().max() > 0), "default": sum(x.numel() for x in default or () if x is not None),
            "first": [float(x) for each in out.attentions for x in each[0, :, -1, 0]],
            "ends": [float(each[0, -1].square().sum()) for each in states[1:-1]],
        }  # fmt: skip

    def _parts(self) -> list[Any]:
        """The modules inside the layers that are no layer and hold no others."""
        return [each for each in self._model.model.layers.modules() if not list(each.children())]

    def _pass(self, ids: list[int], kept: Any) -> Any:
        import torch

        with torch.inference_mode():
            return self._model(torch.tensor([ids]), past_key_values=kept, use_cache=True, logits_to_keep=1)


def numbers(out: Any) -> int:
    """Numbers in what a module gave."""
    return sum(each.numel() for each in (out if isinstance(out, tuple) else (out,)) if hasattr(each, "numel"))


def weights(source: Any) -> Mapping[str, Any]:
    """transformers' name → our reader's array, each once in memory."""
    s = source.shape
    q, kv, embedding = s.heads * s.head_width, s.kv_heads * s.head_width, source.read("embedding", -1, (s.vocabulary, s.width))
    found = {
        "model.embed_tokens.weight": embedding, "model.norm.weight": source.read("final_norm", -1, (s.width,)),
        "lm_head.weight": embedding if s.tied else source.read("unembedding", -1, (s.vocabulary, s.width)),
    }  # fmt: skip
    parts = {
        "input_layernorm": ("attention_norm", (s.width,)), "self_attn.q_proj": ("query", (q, s.width)),
        "self_attn.k_proj": ("key", (kv, s.width)), "self_attn.v_proj": ("value", (kv, s.width)),
        "self_attn.o_proj": ("output", (s.width, q)), "post_attention_layernorm": ("mlp_norm", (s.width,)),
        "mlp.gate_proj": ("gate", (s.hidden, s.width)), "mlp.up_proj": ("up", (s.hidden, s.width)),
        "mlp.down_proj": ("down", (s.width, s.hidden)),
    }  # fmt: skip
    for n in range(s.layers):
        found |= {f"model.layers.{n}.{name}.weight": source.read(part, n, size) for name, (part, size) in parts.items()}
    return found


# --- llama.cpp ---


class LlamaCpp(Measured):
    """The file as it is, in llama.cpp's server in this process, asked by its own call; its port is shut (``llm/local.py``)."""

    @staticmethod
    def begin() -> str:
        import xllamacpp  # noqa: F401

        return f"xllamacpp {version('xllamacpp')}"

    def __init__(self, file: Path, threads: int) -> None:
        import xllamacpp

        from greenroom.llm.local import closed

        if file.is_dir() or file.suffix != ".gguf":
            raise LabError("llama.cpp reads GGUF files, and this model is none.", "Take a model in a GGUF file.")
        params = xllamacpp.CommonParams()
        params.model.path, params.n_ctx, params.n_parallel, params.warmup, params.verbosity = str(file), ROOM, 1, False, -1
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
        self._server = xllamacpp.Server(closed(params))

    def read(self, ids: list[int]) -> float:
        return float(self._ask(ids, 1, cache_prompt=False)["timings"]["prompt_ms"]) / 1000

    def write(self, ids: list[int], most: int) -> float:
        return float(self._ask(ids, most, cache_prompt=False)["timings"]["predicted_ms"]) / 1000

    def greedy(self, ids: list[int], most: int) -> list[int]:
        """As far as it tells them: of a token that is half a character it says nothing."""
        return [int(each["id"]) for each in self._told(ids, most, 1)]

    def likeliest(self, ids: list[int], first: int) -> list[list[tuple[int, float]]]:
        """A request a place: of a prompt's places the server tells the last one only."""
        found = []
        for end in range(first, len(ids) + 1):
            told = self._told(ids[:end], 1, LIKELIEST)  # nothing where the likeliest token is half a character
            found.append([(int(each["id"]), float(each["logprob"])) for each in (told[0]["top_logprobs"] if told else ())])
        return found

    def sees(self, ids: list[int]) -> Said:
        """All tokens are asked for: as many log-probabilities come as the vocabulary has tokens, at the most. The rest is 0 by its
        interface: a completion tells no more. What is not tried: the last layer's states (its embeddings),
        a vector added to layers (at loading)."""
        told = self._told(ids, 1, 1_000_000)
        scores = len(told[0]["top_logprobs"]) if told else 0
        return {"next": scores, "everywhere": 0, "attention": 0, "layers": 0, "inside": 0, "changed": False, "first": [], "ends": []}

    def _told(self, ids: Sequence[int], most: int, likeliest: int) -> list[Said]:
        told: Said = self._ask(ids, most, n_probs=likeliest)["choices"][0]["logprobs"] or {"content": []}
        found: list[Said] = told["content"]
        return found

    def _ask(self, ids: Sequence[int], most: int, **more: Any) -> Said:
        asked = {"prompt": list(ids), "n_predict": most, "temperature": 0, "ignore_eos": True, "cache_prompt": True, **more}
        reply: Said = self._server.handle_completions(asked)
        if "error" in reply:
            raise LabError(f"llama.cpp refused: {str(reply['error'])[:200]}", "Take another GGUF file.")
        return reply


def timed(work: Callable[[], object]) -> float:
    begun = perf_counter()
    work()
    return perf_counter() - begun
