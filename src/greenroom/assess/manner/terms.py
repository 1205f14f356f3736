"""Technical terms of the field, and whether an answer explains the ones it uses.

The list was made from the bank's technical model answers and key points, and from what such answers are full of. A term counts as
explained when words of explaining stand beside it ("that is", "which means", "called …", "(…)", ", a kind of …"): whether the explanation
is any good is not seen.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from greenroom.assess.assessment import Span
from greenroom.llm.words import stem

NEAR = 50
"""Characters on either side in which an explanation is looked for."""

TERM = re.compile(
    r"\b(?:"
    # inside the model
    r"softmax|logits?|argmax|auto-?regressi\w+|(?:self|cross)-attention|attention|multi-head(?:ed)?|heads?|queries|query|keys?"
    r"|values? (?:vectors?|matri\w+)|dot products?|causal mask|mask(?:s|ed|ing)?|residuals?|feed-?forward|mlps?|ffn|layer ?norm\w*"
    r"|rms ?norm|layers?|activations?|hidden states?|projections?|embeddings?|position(?:al)? encodings?|rope|rotary|alibi|latent"
    r"|encoders?|decoders?|transformers?|rnns?|lstms?|mamba|bert|gpts?|neural (?:net\w*)|moe|mixture of experts|sparse experts"
    r"|flash-?attention|kv[- ]cache|caches?|weights?|parameters?|parametri[sz]ed|vectors?|matri(?:x|ces)|tensors?|low-rank|rank"
    # text and its pieces
    r"|tokens?|sub-?words?|bpe|byte[- ]pair|tokeni[sz]ers?|tokeni[sz]ation|bigrams?|n-grams?|corpus|corpora|prefix"
    r"|stop (?:token|sequence)s?|eos|context (?:window|length)|utterance|parser|syntax"
    # probability and mathematics
    r"|distributions?|conditional|likelihood|entropy|cross[- ]entropy|perplexity|cosine|quadratic(?:ally)?|n squared|stochastic"
    r"|deterministic|equivarian\w+|permutation|sampling|temperature|top-[kp]|nucleus|greedy|beam search|decod(?:ed|es|ing)"
    # training
    r"|back-?prop\w*|gradients?|loss|objective|optimi[sz]er(?: states?)?|adam\w*|learning rate|step size|hyper-?parameters?|epochs?"
    r"|batch(?:es|ing)?|warm(?:ed)? up|converg\w+|diverg\w+|overfit\w*|check-?points?|nan|supervised|self-supervis\w+|annotat\w+"
    r"|label+ing|pre-?train\w+|post-?train\w+|fine-?tun\w+|instruction[- ]tun\w+|sft|rlhf|rlaif|dpo|ppo|reward models?|alignment"
    r"|lora|qlora|peft|adapters?|frozen|zero-shot|few-shot|base model|distill\w*|chinchilla|dedup\w*|de-?duplicat\w*|decontaminat\w+"
    # machines and numbers
    r"|flops?|fp16|bf16|fp32|int8|int4|\d-bit|mixed precision|quanti[sz]\w+|gpus?|accelerators?|shard\w*|fsdp|throughput|latency"
    r"|inference|compute|orchestration|collective communication"
    # systems and measuring
    r"|apis?|json\w*|sql|regex(?:es)?|schemas?|(?:function|tool) calls?|slots?|intents?|pipelines?|chunk\w*|rerank\w*|retriev\w+|rag"
    r"|vector (?:store|database|index)s?|recall|precision|f1|exact match|mmlu|benchmarks?|ablat\w*|metrics?|validation"
    r"|test (?:set|split)s?|held-out|baselines?|golden sets?|a/b|canary|drift|observability|(?:prompt )?injection|jailbreak\w*"
    r"|guardrails?|faithfulness|groundedness|grounding|provenance|counterfactual|k-anonymity|differential privacy|pii|multimodal"
    r"|agents?|hallucinat\w+|open[- ]weights?|metadata|bias(?:es)?"
    r")\b",
    re.IGNORECASE,
)
EXPLAINS = re.compile(
    r"\b(?:that is|that['’]s|i\.e\.|which means|in other words|(?:just |that )?means|meaning|simply put|called|known as|or rather|think of"
    r"|so to speak|a kind of|refers? to)\b|\(",
    re.IGNORECASE,
)


class Term(NamedTuple):
    """One technical term at its first place in the answer."""

    text: str
    span: Span
    explained: bool


def find_terms(answer: str) -> list[Term]:
    """Each different term once, in order; explained where any of its mentions is."""
    found: dict[str, Term] = {}
    for match in TERM.finditer(answer):
        around = answer[max(0, match.start() - NEAR) : match.end() + NEAR]
        explained = EXPLAINS.search(around) is not None
        name = " ".join(stem(word) for word in match.group().lower().split())
        earlier = found.setdefault(name, Term(match.group(), match.span(), explained))
        if explained and not earlier.explained:
            found[name] = Term(match.group(), match.span(), True)
    return list(found.values())
