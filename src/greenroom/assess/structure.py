"""How an answer was put: answer first, succinct, plain, with an example. Reported beside the score, never part of it.

By rules over words and the windows' meaning; behaviour only, nothing about character or accent. What a rule cannot see (a subtle
analogy, irony) is missed: each aspect quotes what it rests on, so that a person can disagree.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from greenroom.assess.assessment import Aspect, Communication, Span
from greenroom.assess.reading.clauses import Window, sentences
from greenroom.llm.words import words

SUCCINCT = (35, 230)
"""Words: below, an interviewer has to dig; above, about a minute and three quarters at 130 words a minute, attention goes."""
SENTENCE_WORDS = 32
JARGON_SHARE = 0.045

EXAMPLE = re.compile(
    r"\b(?:for example|for instance|e\.g\.|such as|imagine|picture (?:a|the|this)|think of|suppose|say you|let['’]s say|as if|(?:is"
    r"|are|it['’]s|works?|acts?|behaves?|a bit|just|much|sort of|kind of) "
    r"like (?:a|an|the|when|how|your|asking|reading|having|giving|someone|somebody|learning|teaching|filling|playing|choosing"
    r"|writing)|analogy|the same way (?:that )?(?:a|you|we)|in (?:my|our) (?:last |previous |own )?(?:job|project|team|work|company)"
    r"|when i (?:was|worked|built|trained))\b",
    re.IGNORECASE,
)
PREAMBLE = re.compile(
    r"^\W*(?:(?:so|well|okay|ok|um|uh|right|yeah|hmm)\b\W*)*(?:(?:that['’]?s|that is|this is) (?:a |an )?(?:really |very )?(?:good"
    r"|great|interesting|excellent|tough|hard) question"
    r"|thank(?:s| you)|before (?:i|we|answering)|let me (?:start|begin|think|first)|first of all,? (?:let|i|we)|to answer (?:this"
    r"|that)|in order to understand|nowadays|in today['’]s|in recent years|since the (?:dawn|beginning)"
    r"|i (?:guess|think i|am not sure|['’]m not sure|would like to)|there (?:is|are) (?:a lot|many|so much|lots)|as we all know"
    r"|everybody knows|everyone knows)\b",
    re.IGNORECASE,
)
EXPLAINS = re.compile(
    r"\b(?:that is|i\.e\.|meaning|which means|in other words|means that|basically|simply put|in plain|called|known as|or rather"
    r"|think of|like a|so to speak|a kind of|refers? to)\b|\([^)]{6,}\)|[–—-] ",
    re.IGNORECASE,
)
JARGON = re.compile(
    r"\b(?:logits?|softmax|autoregressive(?:ly)?|backprop\w*|gradients?|embeddings?|transformers?|self-attention|multi-head"
    r"|kv[- ]cache|hyperparameters?|cross-entropy|perplexity"
    r"|rlhf|dpo|sft|lora|qlora|peft|rag|adam\w*|argmax|top-[kp]|nucleus|beam search|subword|bpe|byte-pair|tokeni[sz]er|layernorm"
    r"|rmsnorm|residual|feed-?forward|mlp|ffn|rope|positional encodings?"
    r"|quanti[sz]ation|quanti[sz]ed|distillation|mixture of experts|moe|flops?|fp16|bf16|int8|adapters?|low-rank|rank|latent|encoder"
    r"|decoder|query|queries|keys? and values?|causal mask|vector (?:store|database)|cosine"
    r"|fine-?tun\w+|pre-?train\w+|parameters?|distribution|inference|epochs?|batch(?:es)?|loss(?: function)?|overfit\w*|checkpoint\w*"
    r"|corpus|corpora|vectors?|matri(?:x|ces)|tensors?|optimi[sz]er|sharding|guardrails?|faithfulness|groundedness)\b",
    re.IGNORECASE,
)


def judge_structure(answer: str, made_at: Sequence[Span]) -> Communication:
    """``made_at``: spans of the windows that made a key point, wherever they are."""
    lines = sentences(answer)
    return Communication(
        answer_first=_answer_first(answer, lines, made_at),
        succinct=_succinct(answer, lines),
        plain=_plain(answer),
        example=_example(answer, lines),
    )


def _answer_first(answer: str, lines: Sequence[Window], made_at: Sequence[Span]) -> Aspect:
    """Good when a key point is made by the end of the second sentence, and no run-up longer than a sentence comes first."""
    if len(lines) < 2:
        return Aspect(good=None, note="One sentence: there is no order to judge.")
    opening = lines[0]
    first = min((start for start, _ in made_at), default=None)
    if first is None:
        return Aspect(
            good=False,
            note="No key point was recognised, so nothing answers the question first.",
            quote=opening.text,
            span=(opening.start, opening.end),
        )
    before = len(words(answer[:first]))
    good = before <= max(30, lines[0].words) and not (PREAMBLE.match(answer) and before > 12)
    note = "The answer comes first." if good else f"{before} words pass before the first key point: open with the answer, then explain."
    place = opening if good or first < opening.end else next((line for line in lines if line.start <= first < line.end), opening)
    return Aspect(good=good, note=note, figure=float(before), quote=place.text, span=(place.start, place.end))


def _succinct(answer: str, lines: Sequence[Window]) -> Aspect:
    count = len(words(answer))
    low, high = SUCCINCT
    longest = max(lines, key=lambda line: line.words, default=None)
    if count < low:
        return Aspect(good=None, note=f"{count} words: short enough, perhaps too short to show what you know.", figure=float(count))
    if count > high:
        return Aspect(good=False, note=f"{count} words: more than a listener holds. Aim for {low} to {high}.", figure=float(count))
    mean = count / max(len(lines), 1)
    if longest is not None and mean > SENTENCE_WORDS:
        note = f"{count} words, but {mean:.0f} a sentence: cut the long ones in two."
        return Aspect(good=False, note=note, figure=float(count), quote=longest.text, span=(longest.start, longest.end))
    return Aspect(good=True, note=f"{count} words in {len(lines)} sentences.", figure=float(count))


def _plain(answer: str) -> Aspect:
    """Technical terms are welcome when explained; ``figure`` is the share of words that are unexplained terms."""
    count = max(len(words(answer)), 1)
    loose: dict[str, Span] = {}
    for match in JARGON.finditer(answer):
        around = answer[max(0, match.start() - 60) : match.end() + 70]
        if not EXPLAINS.search(around):
            loose.setdefault(match.group().lower(), match.span())
    share = len(loose) / count
    if share <= JARGON_SHARE:
        return Aspect(good=True, note="A general audience could follow: few technical terms are left unexplained.", figure=round(share, 3))
    span = next(iter(loose.values()))
    named = ", ".join(f"“{answer[start:end]}”" for start, end in list(loose.values())[:4])
    return Aspect(
        good=False, note=f"Say in plain words what is meant by {named}.", figure=round(share, 3), quote=answer[span[0] : span[1]], span=span
    )


def _example(answer: str, lines: Sequence[Window]) -> Aspect:
    match = EXAMPLE.search(answer)
    if match is None:
        return Aspect(good=False, note="No example or analogy was found: one makes an abstract point stick.")
    place = next((line for line in lines if line.start <= match.start() < line.end), None)
    start, end = (place.start, place.end) if place else match.span()
    return Aspect(good=True, note="There is an example or an analogy.", quote=answer[start:end], span=(start, end))
