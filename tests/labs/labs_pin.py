"""Writes labs_real_pinned.json: what transformers computes in double precision. ``python tests/labs/labs_pin.py FILE.gguf``

The weights are read by the ``gguf`` package and put in order by the tests' own code; nothing of the labs but the tokenizer is used.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import labs_tiny
import torch
from test_labs_real import TEXT
from transformers import LlamaConfig, LlamaForCausalLM

from greenroom.labs.gguf_file import GgufFile
from greenroom.labs.tokenizer import Tokenizer

LOGITS = 12


def main(file: Path) -> None:
    fields = GgufFile(file).fields
    heads, kv_heads = fields["llama.attention.head_count"], fields["llama.attention.head_count_kv"]
    labs_tiny.HEADS, labs_tiny.KV_HEADS = heads, kv_heads
    config = LlamaConfig(
        vocab_size=fields["llama.vocab_size"], hidden_size=fields["llama.embedding_length"],
        intermediate_size=fields["llama.feed_forward_length"], num_hidden_layers=fields["llama.block_count"], num_attention_heads=heads,
        num_key_value_heads=kv_heads, max_position_embeddings=fields["llama.context_length"],
        rms_norm_eps=fields["llama.attention.layer_norm_rms_epsilon"], tie_word_embeddings=True,
        rope_parameters={"rope_type": "default", "rope_theta": fields["llama.rope.freq_base"]},
    )  # fmt: skip
    held = {name: torch.from_numpy(value) for name, value in labs_tiny.hub_weights(file).items()}
    model = LlamaForCausalLM(config).eval()
    model.load_state_dict(held | {"lm_head.weight": held["model.embed_tokens.weight"]}, strict=True)
    model = model.double()
    ids = Tokenizer.from_gguf(fields).encode(TEXT)
    with torch.inference_mode():
        logits = model(torch.tensor([ids])).logits[0]
        written = model.generate(torch.tensor([ids]), max_new_tokens=200, min_new_tokens=200, do_sample=False, eos_token_id=None)
    loss = torch.nn.functional.cross_entropy(logits[:-1], torch.tensor(ids[1:])).item()
    rows = []
    for place in range(0, len(ids), 8):
        tokens = [*logits[place].topk(LOGITS // 2).indices.tolist(), *range(place, 49_000, 49_000 // (LOGITS // 2))][:LOGITS]
        values = [round(logits[place, token].item(), 6) for token in tokens]
        rows.append({"place": place, "tokens": tokens, "logits": values, "sum": round(logits[place].sum().item(), 4)})
    found = {"ids": ids, "rows": rows, "likeliest": logits.argmax(-1).tolist(), "loss": loss, "greedy": written[0, len(ids) :].tolist()}
    Path(__file__).with_name("labs_real_pinned.json").write_text(json.dumps(found) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
