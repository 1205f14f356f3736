"""The real model, where it is on this machine: equal to transformers' LlamaForCausalLM (double precision, pinned; and live where torch is
installed), and near llama.cpp on the packed file. What is not run says so."""

from __future__ import annotations

import importlib.util
import json
import math
import urllib.request
from pathlib import Path
from typing import Any

import labs_tiny
import numpy as np
import pytest

from greenroom.labs.model import Model
from greenroom.labs.tokenizer import Message
from greenroom.labs.transformer import Array, Cache, log_softmax

TEXT = (
    "A large language model predicts the next token. Attention lets each token take in what the tokens before it found, weighted by how "
    "well their keys fit its query. In 2017 it took 8 GPUs 12 hours to train the base model.\n\n- It is fluent.\n"
    "- It is not always right: 17 × 23 = "
)
TOLERANCE = 2e-4
"""Largest difference of two logits, which lie between some -20 and 40."""
PINNED: dict[str, Any] = json.loads((Path(__file__).parent / "labs_real_pinned.json").read_text(encoding="utf-8"))
"""Of transformers in double precision on the unpacked weights; made by ``python tests/labs/labs_pin.py FILE``."""


def test_its_tokens_are_the_pinned_ones(real: Model) -> None:
    assert real.tokenizer.encode(TEXT) == PINNED["ids"]


def test_logits_are_the_pinned_ones(real: Model) -> None:
    logits = real.transformer.forward(PINNED["ids"])
    for row in PINNED["rows"]:
        found = logits[row["place"]]
        assert np.abs(found[row["tokens"]] - row["logits"]).max() < TOLERANCE
        assert abs(float(found.mean(dtype=float)) - row["sum"] / len(found)) < TOLERANCE
    assert logits.argmax(-1).tolist() == PINNED["likeliest"]
    assert float(real.transformer.surprise(PINNED["ids"]).mean()) == pytest.approx(PINNED["loss"], abs=1e-5)


def test_two_hundred_greedy_tokens_are_the_pinned_ones(real: Model) -> None:
    assert list(real.transformer.write(PINNED["ids"], 200)) == PINNED["greedy"]


def test_its_memory_changes_nothing(real: Model) -> None:
    model, ids = real.transformer, PINNED["ids"]
    cache = Cache(model.shape)
    rows = np.concatenate([model.forward(ids[:7], cache), *(model.forward([each], cache) for each in ids[7:])])
    assert np.abs(rows - model.forward(ids)).max() < TOLERANCE


def test_it_answers(real: Model) -> None:
    ids = real.tokenizer.chat([Message("user", "What is the capital of France?")])
    answer = "".join(real.tokenizer.stream(real.transformer.write(ids, 30, real.tokenizer.stops)))
    assert answer == "The capital of France is Paris."


# --- Live, where the references are installed ---


def reference(weights: dict[str, np.ndarray], **change: Any) -> Any:
    torch = pytest.importorskip("torch", reason="NOT RUN: the comparison with transformers (pip install torch transformers)")
    transformers = pytest.importorskip("transformers", reason="NOT RUN: the comparison with transformers (pip install transformers)")
    model = transformers.LlamaForCausalLM(transformers.LlamaConfig(**change)).eval()
    held = {name: torch.from_numpy(value) for name, value in weights.items()}
    held.setdefault("lm_head.weight", held["model.embed_tokens.weight"])
    model.load_state_dict(held, strict=True)
    return model


def logits_of(model: Any, ids: list[int]) -> Array:
    import torch

    with torch.inference_mode():
        found: Array = model(torch.tensor([ids])).logits[0].numpy()
    return found


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "scaling",
    [
        {"rope_type": "default"},
        {"rope_type": "linear", "factor": 4.0},
        {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 64},
    ],
    ids=lambda scaling: scaling["rope_type"],
)
def test_the_tiny_model_equals_transformers(tiny: Model, tiny_file: Path, tmp_path: Path, scaling: dict[str, Any]) -> None:
    from greenroom.labs.checkpoint import open_checkpoint
    from greenroom.labs.transformer import Transformer

    weights, ids = labs_tiny.hub_weights(tiny_file), [n % 260 for n in range(80)]
    said = labs_tiny.config(rope_parameters={"rope_theta": labs_tiny.BASE, **scaling})
    folder = labs_tiny.write_folder(tmp_path / "hub", weights, **{key: value for key, value in said.items() if key != "rope_theta"})
    ours = Transformer(open_checkpoint(folder)).forward(ids)
    theirs = logits_of(reference(weights, **{key: value for key, value in said.items() if key not in ("model_type", "rope_theta")}), ids)
    assert np.abs(ours - theirs).max() < 1e-4, "both sides in fp32"
    assert scaling["rope_type"] == "default" or np.abs(ours - tiny.transformer.forward(ids)).max() > 0.01, "control: the scaling matters"


@pytest.mark.timeout(900)
@pytest.mark.filterwarnings("ignore")
def test_the_real_model_equals_transformers(real: Model, real_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other side's weights are read, unpacked and put in order by the ``gguf`` package and the tests, not by what is tested."""
    s, ids = real.transformer.shape, PINNED["ids"]
    if importlib.util.find_spec("torch") is None:
        pytest.skip("NOT RUN: the comparison with transformers (pip install torch transformers)")
    monkeypatch.setattr(labs_tiny, "HEADS", s.heads)
    monkeypatch.setattr(labs_tiny, "KV_HEADS", s.kv_heads)
    theirs = reference(
        labs_tiny.hub_weights(real_file), vocab_size=s.vocabulary, hidden_size=s.width, intermediate_size=s.hidden,
        num_hidden_layers=s.layers,
        num_attention_heads=s.heads, num_key_value_heads=s.kv_heads, max_position_embeddings=s.context, rms_norm_eps=s.epsilon,
        tie_word_embeddings=True, rope_parameters={"rope_type": "default", "rope_theta": 100_000.0},
    )  # fmt: skip
    assert np.abs(real.transformer.forward(ids) - logits_of(theirs, ids)).max() < TOLERANCE
    import torch

    made = theirs.generate(torch.tensor([ids]), max_new_tokens=200, min_new_tokens=200, do_sample=False, eos_token_id=None)
    assert list(real.transformer.write(ids, 200)) == made[0, len(ids) :].tolist()


def test_the_real_model_is_near_llama_cpp(real: Model, real_file: Path) -> None:
    """It rounds what goes through its matrices to eight bits: near, not equal. What is asserted is well below what was measured."""
    xllamacpp = pytest.importorskip("xllamacpp", reason="NOT RUN: the comparison with llama.cpp (pip install 'greenroom[local]')")
    params = xllamacpp.CommonParams()
    params.model.path, params.n_ctx, params.n_parallel, params.warmup, params.verbosity = str(real_file), 512, 1, False, -1
    server = xllamacpp.Server(params)
    ids, same, apart = PINNED["ids"], [], []
    rows = log_softmax(real.transformer.forward(ids))
    for end in range(4, len(ids), 2):
        body = {"prompt": ids[:end], "n_predict": 1, "temperature": 0, "n_probs": 1, "cache_prompt": True}
        request = urllib.request.Request(
            f"{server.listening_address}/completion", json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=60) as reply:
            top = json.load(reply)["completion_probabilities"][0]
        same.append(top["id"] == int(rows[end - 1].argmax()))
        apart.append(abs(top["logprob"] - float(rows[end - 1, top["id"]])))
    assert sum(same) / len(same) > 0.85
    assert math.fsum(apart) / len(apart) < 0.15
