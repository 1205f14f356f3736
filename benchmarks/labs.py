"""The labs' opened-up model beside transformers (fp32, torch) and llama.cpp, on the same model file: is it equal, and how fast is it?

    python -m benchmarks labs [--write]      GREENROOM_TEST_LABS_MODEL: the GGUF, if `greenroom labs fetch` did not bring it

Each side runs in a process of its own with the same number of threads; the processes alternate. The best of the rounds is what a side can
do, the median says how disturbed the machine was. Ours and transformers compute in fp32 with the same weights, unpacked; llama.cpp reads
the packed file (four bits a weight for most) and rounds what goes through its matrices to eight bits: it is the ceiling for writing and no
reference for the last digits. The floor for fp32 on this machine is reading all weights once a token: measured as one matrix times one
vector of the same number of bytes.
"""

from __future__ import annotations

import json
import math
import os
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import labs_page, labs_tuning
from benchmarks.authored import knowledge
from benchmarks.memory import resident
from benchmarks.public import Options
from benchmarks.tables import ROOT, Report
from greenroom.labs.fetch import SMOLLM2

THREADS, ROUNDS, PROMPT, WRITTEN, READ, GREEDY = 2, 5, 256, 64, 512, 200
SIDES = ("ours", "transformers", "llama_cpp", "floor")
PAGE = ROOT / "docs/labs-measurements.md"
Found = dict[str, Any]


def run(options: Options) -> Report:
    report = Report("labs", page=PAGE)
    file = _file()
    if file is None:
        report.lack("all of it: the labs' model is not here (greenroom labs fetch, or GREENROOM_TEST_LABS_MODEL)")
        return report
    _equal(report, file)
    _speed(report, file)
    labs_tuning.run(report, lambda side: _child(report, side, file))
    labs_page.run(report, file, SMOLLM2.name)
    return report


def _file() -> Path | None:
    from greenroom.errors import GreenroomError
    from greenroom.labs.model import find_model
    from greenroom.settings import read_settings

    named = os.environ.get("GREENROOM_TEST_LABS_MODEL")
    try:
        return Path(named) if named else find_model(read_settings())
    except GreenroomError:
        return None


def _child(report: Report, side: str, file: Path) -> Found | None:
    """What a side found, in a process of its own; None where its libraries are missing."""
    names = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
    env = {
        **os.environ,
        **dict.fromkeys(names, str(THREADS)),
        "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), os.environ.get("PYTHONPATH", "")]),
    }
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.labs", side, str(file)], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )
    if done.returncode == 3:
        if not any(side in each for each in report.missing):
            report.lack(f"{side}: {done.stderr.strip().splitlines()[-1]}")
        return None
    if done.returncode:
        raise SystemExit(done.stderr)
    found: Found = json.loads(done.stdout.splitlines()[-1])
    return found


# --- Is it equal? ---


def _equal(report: Report, file: Path) -> None:
    found = _child(report, "equal", file)
    if found:
        report.say(f"### Logits of {READ} tokens ({READ} × {found['vocabulary']}, from {found['low']:.1f} to {found['high']:.1f})")
        head = ["", "largest difference", "root mean square", "same likeliest token, %"]
        report.table(head, [[name, f"{worst:.2g}", f"{mean:.2g}", same] for name, worst, mean, same in found["rows"]])
        report.say(
            f"Greedy text of {GREEDY} tokens: {found['greedy']} of {GREEDY} equal to transformers'. "
            f"Perplexity of the text: ours {found['perplexity'][0]:.4f}, transformers {found['perplexity'][1]:.4f}."
        )
    other = _child(report, "agreement", file)
    if other:
        report.say(
            f"llama.cpp on the packed file against ours on the unpacked weights, {other['places']} places of the same text: the same "
            f"likeliest token at {100 * other['same']:.1f} %, its log-probability apart by {other['apart']:.3f} on average where they do."
        )


def text() -> str:
    return "\n\n".join(question.model_answers.technical for question in knowledge())


def _open(file: Path) -> tuple[Any, list[int]]:
    from greenroom.labs.model import load

    model = load(file)
    return model, model.tokenizer.encode(text())[:READ]


def _reference(transformer: Any) -> Any:
    """transformers' LlamaForCausalLM with our unpacked weights."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.set_num_threads(THREADS)
    s = transformer.shape
    config = LlamaConfig(
        vocab_size=s.vocabulary, hidden_size=s.width, intermediate_size=s.hidden, num_hidden_layers=s.layers, num_attention_heads=s.heads,
        num_key_value_heads=s.kv_heads, max_position_embeddings=s.context, rms_norm_eps=s.epsilon, tie_word_embeddings=s.tied,
        head_dim=s.head_width,
        rope_parameters={"rope_type": "default", "rope_theta": float(transformer.frequencies[1]) ** (-s.head_width / 2)},
    )  # fmt: skip
    weights = {
        "model.embed_tokens.weight": transformer.embedding,
        "lm_head.weight": transformer.unembedding,
        "model.norm.weight": transformer.final_norm,
    }
    q, kv = s.heads * s.head_width, s.kv_heads * s.head_width
    for n, block in enumerate(transformer.blocks):
        parts = {
            "input_layernorm": block.attention_norm, "self_attn.q_proj": block.qkv[:q], "self_attn.k_proj": block.qkv[q : q + kv],
            "self_attn.v_proj": block.qkv[q + kv :], "self_attn.o_proj": block.output, "post_attention_layernorm": block.mlp_norm,
            "mlp.gate_proj": block.gate_up[: s.hidden], "mlp.up_proj": block.gate_up[s.hidden :], "mlp.down_proj": block.down,
        }  # fmt: skip
        weights |= {f"model.layers.{n}.{name}.weight": value for name, value in parts.items()}
    model = LlamaForCausalLM(config).eval()
    model.load_state_dict({name: torch.from_numpy(value) for name, value in weights.items()}, strict=True)
    return model


def equal(file: Path) -> Found:
    import numpy as np
    import torch

    model, ids = _open(file)
    theirs_model = _reference(model.transformer)
    ours = model.transformer.forward(ids)
    written = list(model.transformer.write(ids[:40], GREEDY))
    with torch.inference_mode():
        theirs = theirs_model(torch.tensor([ids])).logits[0].numpy()
        made = theirs_model.generate(
            torch.tensor([ids[:40]]), max_new_tokens=GREEDY, min_new_tokens=GREEDY, do_sample=False, eos_token_id=None
        )
        exact = theirs_model.double()(torch.tensor([ids])).logits[0].numpy()

    def row(name: str, one: Any, other: Any) -> list[object]:
        apart = np.abs(one - other)
        same = 100 * float((one.argmax(-1) == other.argmax(-1)).mean())
        return [name, float(apart.max()), float(np.sqrt((apart.astype(float) ** 2).mean())), same]

    def perplexity(logits: Any) -> float:
        logits = logits[:-1].astype(np.float64)
        chosen = logits[np.arange(len(ids) - 1), ids[1:]] - np.log(np.exp(logits - logits.max(-1, keepdims=True)).sum(-1)) - logits.max(-1)
        return math.exp(-float(chosen.mean()))

    return {
        "rows": [row("ours − transformers, both fp32", ours, theirs), row("ours − transformers in double precision", ours, exact),
                 row("transformers fp32 − transformers in double precision", theirs, exact)],
        "vocabulary": ours.shape[1], "low": float(ours.min()), "high": float(ours.max()),
        "perplexity": [perplexity(ours), perplexity(theirs)],
        "greedy": sum(a == b for a, b in zip(written, made[0, 40:].tolist(), strict=True)),
    }  # fmt: skip


def agreement(file: Path) -> Found:
    from greenroom.labs.transformer import log_softmax

    ask = _llama_cpp(file)
    model, ids = _open(file)
    rows = log_softmax(model.transformer.forward(ids))
    same, apart = [], []
    for end in range(8, READ, 4):
        body = {"prompt": ids[:end], "n_predict": 1, "temperature": 0, "n_probs": 1, "cache_prompt": True}
        top = ask("/completion", body)["completion_probabilities"][0]
        same.append(top["id"] == int(rows[end - 1].argmax()))
        if same[-1]:
            apart.append(abs(top["logprob"] - float(rows[end - 1].max())))
    return {"places": len(same), "same": statistics.mean(same), "apart": statistics.mean(apart)}


def _llama_cpp(file: Path) -> Callable[[str, Found], Found]:
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path, params.n_ctx, params.n_parallel, params.warmup, params.verbosity = str(file), 1024, 1, True, -1
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = THREADS
    server = xllamacpp.Server(params)

    def ask(path: str, body: Found) -> Found:
        request = urllib.request.Request(server.listening_address + path, json.dumps(body).encode(), {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=120) as reply:
            found: Found = json.load(reply)
        return found

    return ask


# --- How fast is it? ---


def _speed(report: Report, file: Path) -> None:
    found: dict[str, list[Found]] = {side: [] for side in SIDES}
    for _ in range(ROUNDS):
        for side in SIDES:
            one = _child(report, side, file)
            found[side] += [one] if one else []
    runs = {side: each for side, each in found.items() if each}
    report.say(f"### Reading {PROMPT} tokens and writing {WRITTEN} after them, {THREADS} threads: best (median) of {ROUNDS} processes")
    names = {
        "ours": "greenroom labs (numpy, fp32)", "transformers": "transformers (torch, fp32)", "llama_cpp": "llama.cpp (packed file)",
        "floor": "one matrix of all weights times a vector (numpy, fp32)",
    }  # fmt: skip
    top = {side: _best(each, "write") for side, each in runs.items()}
    rows = [
        [names[side], _least(each, "load"), _both(each, "read"), _both(each, "write"), top["ours"] / top[side], _least(each, "memory")]
        for side, each in runs.items()
    ]
    report.table(["", "load, s", "read, tokens/s", "write, tokens/s", "ours writes so many times as fast", "resident, MB"], rows)
    size, rate = runs["floor"][0]["bytes"] / 1e6, _best(runs["floor"], "rate") / 1e9
    report.say(f"One token reads {size:.0f} MB of weights; this machine read {rate:.1f} GB/s.")


def _best(runs: list[Found], key: str) -> float:
    return max(float(one[key]) for one in runs)


def _least(runs: list[Found], key: str) -> float | None:
    return min((float(one[key]) for one in runs if key in one), default=None)


def _both(runs: list[Found], key: str) -> str | None:
    found = [one[key] for one in runs if key in one]
    return f"{max(found):.1f} ({statistics.median(found):.1f})" if found else None


def ours(file: Path) -> Found:
    from greenroom.labs.model import load
    from greenroom.labs.transformer import Cache

    begun = time.perf_counter()
    load(file)
    loaded = time.perf_counter() - begun
    model, ids = _open(file)
    transformer = model.transformer
    transformer.read(ids[:PROMPT], Cache(transformer.shape))
    cache = Cache(transformer.shape)
    return _timed(
        loaded, lambda: int(transformer.read(ids[:PROMPT], cache).argmax()), lambda token: int(transformer.read([token], cache).argmax())
    )


def transformers(file: Path) -> Found:
    import torch

    model, ids = _open(file)
    begun = time.perf_counter()
    reference = _reference(model.transformer)
    loaded = time.perf_counter() - begun
    held: dict[str, Any] = {"cache": None}

    def read(tokens: list[int]) -> int:
        with torch.inference_mode():
            out = reference(torch.tensor([tokens]), past_key_values=held["cache"], use_cache=True, logits_to_keep=1)
        held["cache"] = out.past_key_values
        return int(out.logits[0, -1].argmax())

    read(ids[:PROMPT])
    held["cache"] = None
    found = _timed(loaded, lambda: read(ids[:PROMPT]), lambda token: read([token]))
    return {key: value for key, value in found.items() if key not in ("memory", "load")}  # it holds our copy too


def _timed(loaded: float, read: Callable[[], int], write: Callable[[int], int]) -> Found:
    begun = time.perf_counter()
    token = read()
    middle = time.perf_counter()
    for _ in range(WRITTEN):
        token = write(token)
    spent = time.perf_counter() - middle
    return {"load": loaded, "read": PROMPT / (middle - begun), "write": WRITTEN / spent, "memory": resident(os.getpid())}


def llama_cpp(file: Path) -> Found:
    begun = time.perf_counter()
    ask = _llama_cpp(file)
    loaded = time.perf_counter() - begun
    _, ids = _open(file)
    body = {"prompt": ids[:PROMPT], "n_predict": WRITTEN, "temperature": 0, "cache_prompt": False, "ignore_eos": True}
    ask("/completion", body)
    times = ask("/completion", body)["timings"]
    return {"load": loaded, "read": times["prompt_per_second"], "write": times["predicted_per_second"]}


def floor(file: Path) -> Found:
    import numpy as np

    model, _ = _open(file)
    t = model.transformer
    size = 4 * (t.unembedding.size + sum(matrix.size for block in t.blocks for matrix in block))
    matrix = np.ones((size // 4 // t.shape.width, t.shape.width), np.float32)
    vector = np.ones(t.shape.width, np.float32)
    spent = []
    for _ in range(12):
        begun = time.perf_counter()
        matrix @ vector
        spent.append(time.perf_counter() - begun)
    took = statistics.median(spent[2:])
    return {"write": 1 / took, "rate": size / took, "bytes": float(size)}


def lora_ours(file: Path) -> Found:
    return labs_tuning.ours(file, THREADS)


def lora_peft(file: Path) -> Found:
    return labs_tuning.peft(file, THREADS, _reference)


if __name__ == "__main__":
    sides = {each.__name__: each for each in (equal, agreement, ours, transformers, llama_cpp, floor, lora_ours, lora_peft)}
    try:
        print(json.dumps(sides[sys.argv[1]](Path(sys.argv[2]))))
    except ImportError as error:
        print(f"it needs {error.name}, which is not installed", file=sys.stderr)
        sys.exit(3)
