"""The lab *cutoffs*: what temperature, top-k, top-p, min-p and a repetition penalty do to the choice of the next token.

The distribution is a real model's (three ship) or yours. The arithmetic is ``sampling.py``. No model is run: only what happens after it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import replace

from greenroom.errors import InputError
from greenroom.labs.lab import Bench, Card, Cell, Example, Expect, Finding, Part, Picture, Progress, Series, Source, Table, Values
from greenroom.labs.next_tokens import KEPT, shipped
from greenroom.labs.parameter import choice, number, text, whole
from greenroom.labs.sampling import ALMOST, CUT, Rules, Scores, apply, draw, entropy, softmax, stages, temper, top_p

MOST_TOKENS, SHOWN = 100, 12
TRUTH = {"false": ("Canberra", "The likeliest token is false: the capital is Canberra.")}
"""By shipped distribution: the true token, and what to say of it."""
OWN = "mat 0.45, floor 0.2, sofa 0.15, roof 0.1, moon 0.06, law 0.03, seven 0.01"
RULES, DISTRIBUTION, DRAWS = "The rules", "The distribution", "The draws"

CARD = Card(
    name="cutoffs",
    title="Temperature and cut-offs",
    topics=("generation",),
    about="What temperature, top-k, top-p, min-p and a repetition penalty do to the next token's probabilities, and what is then drawn. "
    "The probabilities are those of SmolLM2-135M for three prompts, or yours.",
    parameters=(
        choice(
            "distribution",
            "After the words",
            {
                "false": "The capital of Australia is …",
                "sure": "To be, or not to …",
                "unsure": "The cat sat on the …",
                "own": "your own, below",
            },
            f"SmolLM2-135M-Instruct's {KEPT} likeliest tokens of 49,152, scaled to add up to 1.",
            group=DISTRIBUTION,
        ),
        text(
            "own",
            "Your own tokens",
            OWN,
            4000,
            "A token and its number each, with commas or new lines between.",
            group=DISTRIBUTION,
            lines=4,
        ),
        choice("numbers", "Your numbers are", {"probabilities": "probabilities (or counts)", "logits": "logits"}, group=DISTRIBUTION),
        number("temperature", "Temperature", 0.7, (0, 10), "0: always the likeliest.", group=RULES),
        whole("top_k", "Top-k", 0, (0, MOST_TOKENS), "0: off.", group=RULES),
        number("top_p", "Top-p", 0.9, (0.01, 1), "1: off.", group=RULES),
        number("min_p", "Min-p", 0, (0, 1), "0: off.", group=RULES),
        number("penalty", "Repetition penalty", 1, (1, 10), "1: off.", group=RULES),
        text("written", "Tokens written already", "", 500, "The penalty is for these; with commas between.", group=RULES),
        choice(
            "order",
            "Order",
            {"temperature_first": "temperature, then cuts (transformers)", "cuts_first": "cuts, then temperature (llama.cpp)"},
            group=RULES,
        ),
        whole("samples", "Draws a setting", 20, (1, 100), group=DRAWS),
        whole("seed", "Seed", 0, (0, 2**31 - 1), "The same seed draws the same.", group=DRAWS),
    ),
    expects=(
        Expect(
            id="temperature",
            see="Below 1 the temperature sharpens: less entropy; above 1 it flattens: more. The order of the tokens never changes.",
            falsified_by="The entropy does not grow with the temperature, or two tokens change places.",
            settles=("generation/temperature",),
            set={"temperature": 2.0, "top_p": 1.0},
        ),
        Expect(
            id="nucleus",
            see="Top-p keeps the fewest tokens whose probabilities reach p: few where the model is sure, many where it is not. "
            "It is no share of the vocabulary.",
            falsified_by="Equally many are kept in all three shipped distributions.",
            settles=("generation/truncation", "generation/top-p-share"),
            set={"temperature": 1.0, "top_p": 0.9},
        ),
        Expect(
            id="greedy",
            see="At temperature 0 every draw is the likeliest token, whether what it says is true or not.",
            falsified_by="Two draws at temperature 0 differ, or a true but less likely token is drawn.",
            settles=("generation/temperature-zero-true", "generation/plausible-not-true"),
            set={"distribution": "false", "temperature": 0.0},
        ),
        Expect(
            id="chance",
            see="The model gives probabilities; a rule outside it draws. From one and the same distribution the draws differ.",
            falsified_by="All draws are alike although more than one token was left.",
            settles=("generation/selection", "generation/distribution"),
            set={"temperature": 1.0, "top_p": 1.0},
        ),
        Expect(
            id="penalty",
            see="A repetition penalty takes probability from the tokens that were written already and leaves it to the others.",
            falsified_by="A token that was written already becomes likelier.",
            set={"distribution": "false", "penalty": 1.3, "written": "Sydney"},
        ),
    ),
    examples=(
        Example(title="Temperature 0 and a false favourite", set={"distribution": "false", "temperature": 0.0, "top_p": 1.0}),
        Example(title="Top-p where the model is sure", set={"distribution": "sure", "temperature": 1.0, "top_p": 0.9}),
        Example(title="Top-p where it is not", set={"distribution": "unsure", "temperature": 1.0, "top_p": 0.9}),
        Example(title="Hot, without a net", set={"distribution": "unsure", "temperature": 2.0, "top_p": 1.0}),
    ),
    sources=(
        Source(title="Holtzman et al. 2020, The Curious Case of Neural Text Degeneration (top-p)", url="https://arxiv.org/abs/1904.09751"),
        Source(title="Fan et al. 2018, Hierarchical Neural Story Generation (top-k)", url="https://arxiv.org/abs/1805.04833"),
        Source(title="Nguyen et al. 2024, Turning Up the Heat (min-p)", url="https://arxiv.org/abs/2407.01082"),
        Source(title="Keskar et al. 2019, CTRL (repetition penalty)", url="https://arxiv.org/abs/1909.05858"),
        Source(title="Ackley et al. 1985, Boltzmann Machines (temperature)", url="https://doi.org/10.1207/s15516709cog0901_7"),
    ),
    seconds=20,
    megabytes=512,
)


class Cutoffs:
    card = CARD

    def run(self, values: Values, bench: Bench) -> Iterator[Part]:
        tokens, scores = _given(values)
        rules = _rules(values, tokens)
        yield Progress(says="Applying the rules", share=0.1)
        yield _bars(tokens, scores, rules)
        yield _stages(tokens, scores, rules)
        rows: list[tuple[Cell, ...]] = []
        settings = _settings(rules)
        for done, (title, each) in enumerate(settings, 1):
            rows.append(_drawn(title, tokens, apply(scores, each), values))
            columns = ("Setting", "Draws", "Different ones", "Tokens left", "Entropy, bits")
            yield Table(name="draws", title="The same dice, other rules", columns=columns, rows=tuple(rows))
            yield Progress(says=f"Drew with {title.lower()}", share=0.1 + 0.7 * done / len(settings))
        yield _kept(values)
        yield _tokens(tokens, scores, rules)
        yield from _findings(values, tokens, scores, rules)


def shown(tokens: list[str]) -> tuple[str, ...]:
    """Tokens so that blanks can be seen where they tell two apart or are all there is: " be" is shown as “be”, but “␣be” beside "be"."""
    bare = [token.strip(" ") for token in tokens]
    kept = [plain if plain and bare.count(plain) == 1 else token.replace(" ", "␣") for plain, token in zip(bare, tokens, strict=True)]
    return tuple(token.replace("\n", "⏎").replace("\t", "⇥") for token in kept)


def _given(values: Values) -> tuple[tuple[str, ...], Scores]:
    """Tokens and logits, likeliest first. Raises InputError for a distribution that cannot be read."""
    name = values.text("distribution")
    if name != "own":
        pairs = list(shipped()[name].tokens)
    else:
        pairs = [_entry(part, values) for part in re.split(r"[,;\n]+", values.text("own")) if part.strip()]
    if not 2 <= len(pairs) <= MOST_TOKENS:
        raise InputError(f"The distribution has {len(pairs)} tokens.", f"Give from 2 to {MOST_TOKENS}, such as: {OWN}")
    twice = sorted({token for token, _ in pairs if sum(token == other for other, _ in pairs) > 1})
    if twice:
        raise InputError(f"“{twice[0]}” is given twice.", "Give each token once.")
    pairs.sort(key=lambda pair: -pair[1])
    return shown([token for token, _ in pairs]), tuple(score for _, score in pairs)


def _entry(part: str, values: Values) -> tuple[str, float]:
    """``mat 0.4`` as token and logit; a probability or count becomes its logarithm."""
    token, _, figure = part.strip().rpartition(" ")
    logits = values.text("numbers") == "logits"
    cure = f"Write each as a token, a blank and a number {'' if logits else 'above 0 '}of at most a million, such as: {OWN}"
    try:
        number_given = float(figure)
    except ValueError:
        number_given = math.nan
    if not token.strip() or len(token) > 40 or not abs(number_given) <= 1e6 or (not logits and number_given < 1e-12):
        raise InputError(f"“{part.strip()[:60]}” is no token with its number.", cure)
    return token.strip(), number_given if logits else math.log(number_given)


def _rules(values: Values, tokens: tuple[str, ...]) -> Rules:
    plain = {token.removeprefix("␣"): n for n, token in reversed(list(enumerate(tokens)))} | {token: n for n, token in enumerate(tokens)}
    written = [word.strip() for word in values.text("written").split(",") if word.strip()]
    unknown = next((word for word in written if word not in plain), None)
    if unknown is not None:
        raise InputError(f"“{unknown[:60]}” is none of the tokens.", f"The tokens are: {', '.join(tokens[:SHOWN])} …")
    return Rules(
        temperature=values.number("temperature"), k=values.whole("top_k"), p=values.number("top_p"), share=values.number("min_p"),
        penalty=values.number("penalty"), written=frozenset(plain[word] for word in written),
        cuts_first=values.text("order") == "cuts_first",
    )  # fmt: skip


def _settings(rules: Rules) -> list[tuple[str, Rules]]:
    """What the draws are compared under: as it came, yours, and one rule at a time."""
    one = Rules()
    return [
        ("As it came", one),
        ("Your rules", rules),
        ("Temperature 0", replace(one, temperature=0)),
        ("Temperature 0.5", replace(one, temperature=0.5)),
        ("Temperature 2", replace(one, temperature=2)),
        ("Top-k 5", replace(one, k=5)),
        ("Top-p 0.9", replace(one, p=0.9)),
        ("Min-p 0.1", replace(one, share=0.1)),
    ]


def _bars(tokens: tuple[str, ...], scores: Scores, rules: Rules) -> Picture:
    before, after = softmax(scores), apply(scores, rules)
    labels = list(tokens[:SHOWN])
    series = [[*before[:SHOWN]], [*after[:SHOWN]]]
    if len(tokens) > SHOWN:
        labels.append(f"the other {len(tokens) - SHOWN}")
        series = [[*some, math.fsum(whole_[SHOWN:])] for some, whole_ in zip(series, (before, after), strict=True)]
    percent = [tuple(100 * p for p in each) for each in series]
    left = f"{sum(p > 0 for p in after)} of {len(tokens)} tokens are left"
    says = f"“{tokens[0]}” has {before[0]:.1%} before and {after[0]:.1%} after the rules; {left}."
    return Picture(
        name="bars", title="Probability of the next token", chart="bars", label="Token", labels=tuple(labels), unit="%", says=says,
        series=(Series(title="As it came", values=percent[0]), Series(title="After your rules", values=percent[1])),
    )  # fmt: skip


def _stages(tokens: tuple[str, ...], scores: Scores, rules: Rules) -> Table:
    rows = []
    for name, setting, found in stages(scores, rules):
        p = softmax(found)
        best = max(range(len(p)), key=p.__getitem__)
        rows.append((name, None if name == "As it came" else setting, sum(s > CUT for s in found), entropy(p), tokens[best], 100 * p[best]))
    columns = ("After", "Set to", "Tokens left", "Entropy, bits", "Likeliest", "Its share, %")
    return Table(name="stages", title="Rule after rule", columns=columns, rows=tuple(rows))


def _drawn(title: str, tokens: tuple[str, ...], probabilities: tuple[float, ...], values: Values) -> tuple[Cell, ...]:
    found = draw(probabilities, values.whole("samples"), values.whole("seed"))
    words = " · ".join(tokens[n] for n in found)
    left = sum(p > 0 for p in probabilities)
    return title, words if len(words) <= 500 else f"{words[:499]}…", len(set(found)), left, entropy(probabilities)


def _kept(values: Values) -> Picture:
    """Of each shipped distribution, how many tokens the cut-offs keep at temperature 1."""
    found, p = shipped(), values.number("top_p")
    k = min(values.whole("top_k") or 5, KEPT)
    by_p = [sum(s > CUT for s in top_p(_scores(each), p)) for each in ("sure", "false", "unsure")]
    note = "; ".join(f"“{found[each].prompt}”: {found[each].nucleus:,}" for each in ("sure", "false", "unsure"))
    return Picture(
        name="kept", title="How many tokens a cut-off keeps", chart="bars", label="After the words",
        labels=tuple(f"{found[each].prompt} …" for each in ("sure", "false", "unsure")), unit=f"of {KEPT} tokens",
        series=(Series(title=f"Top-k {k}", values=(float(k),) * 3), Series(title=f"Top-p {p:g}", values=tuple(map(float, by_p)))),
        says=f"Top-k keeps {k} each time. Top-p keeps {by_p[0]} where the model is sure, {by_p[2]} where it is not.",
        note=f"At temperature 1. Of all 49,152 tokens top-p 0.9 keeps, as measured with the model: {note}.",
    )  # fmt: skip


def _scores(name: str) -> Scores:
    return tuple(logit for _, logit in shipped()[name].tokens)


def _tokens(tokens: tuple[str, ...], scores: Scores, rules: Rules) -> Table:
    before, after = softmax(scores), apply(scores, rules)
    rows = tuple((token, score, 100 * b, 100 * a) for token, score, b, a in zip(tokens, scores, before, after, strict=True))
    columns = ("Token", "Logit", "As it came, %", "After your rules, %")
    return Table(name="tokens", title="All tokens", columns=columns, rows=rows)


def _findings(values: Values, tokens: tuple[str, ...], scores: Scores, rules: Rules) -> Iterator[Finding]:
    yield _temperature(scores)
    yield _nucleus(values, scores)
    yield _greedy(values, tokens, scores)
    yield _chance(values, tokens, apply(scores, rules))
    yield _penalty(tokens, scores, rules)


def _temperature(scores: Scores) -> Finding:
    if len(set(scores)) == 1:
        return Finding(id="temperature", held=None, found="All tokens are equally likely: there is nothing to sharpen or to flatten.")
    bits = [entropy(softmax(temper(scores, t))) for t in (0.5, 1, 2)]
    if max(bits) < ALMOST:
        return Finding(id="temperature", held=None, found="One token has all the probability at any of them: there is nothing to flatten.")
    order = [sorted(range(len(scores)), key=lambda n, s=temper(scores, t): -s[n]) for t in (0.5, 1, 2)]  # type: ignore[misc]
    found = f"Entropy at temperatures 0.5, 1 and 2: {bits[0]:.2f}, {bits[1]:.2f} and {bits[2]:.2f} bits; the order of the tokens is "
    same = order[0] == order[1] == order[2]
    return Finding(id="temperature", held=bits[0] < bits[1] < bits[2] and same, found=found + ("the same." if same else "not the same."))


def _nucleus(values: Values, scores: Scores) -> Finding:
    p = values.number("top_p")
    if p == 1:
        return Finding(id="nucleus", held=None, found="Top-p is off: set it below 1.")
    kept = [sum(s > CUT for s in top_p(each, p)) for each in (scores, _scores("sure"), _scores("false"), _scores("unsure"))]
    share = kept[0] / len(scores)
    text_found = (
        f"At top-p {p:g} and temperature 1, {kept[0]} of these {len(scores)} tokens are kept, which is {share:.0%}; "
        f"of {KEPT}, it keeps {kept[1]} after “To be, or not to”, {kept[2]} after “The capital of Australia is” and {kept[3]} after "
        "“The cat sat on the”."
    )
    return Finding(id="nucleus", held=len(set(kept[1:])) > 1, found=text_found)


def _greedy(values: Values, tokens: tuple[str, ...], scores: Scores) -> Finding:
    found = draw(softmax(temper(scores, 0)), values.whole("samples"), values.whole("seed"))
    before, name = softmax(scores), values.text("distribution")
    best = max(range(len(scores)), key=scores.__getitem__)
    truth = TRUTH[name][1] if name in TRUTH else "Whether that is true, nothing here has asked."
    says = f"{len(found)} draws at temperature 0: “{tokens[found[0]]}” each time, which had {before[best]:.0%}. {truth}"
    return Finding(id="greedy", held=set(found) == {best}, found=says)


def _chance(values: Values, tokens: tuple[str, ...], after: tuple[float, ...]) -> Finding:
    if sum(p > 0 for p in after) == 1 or values.whole("samples") == 1:
        return Finding(id="chance", held=None, found="Your rules leave one token, or there is one draw: there is nothing to choose.")
    seed = values.whole("seed")
    first, again = (draw(after, values.whole("samples"), each) for each in (seed, seed))
    other = draw(after, values.whole("samples"), seed + 1)
    says = (
        f"With your rules {len(first)} draws gave {len(set(first))} different tokens, “{tokens[first[0]]}” first; seed {seed} again gives "
        f"{'the same' if first == again else 'others'}, seed {seed + 1} gives {'the same' if first == other else 'others'}."
    )
    return Finding(id="chance", held=len(set(first)) > 1 and first == again, found=says)


def _penalty(tokens: tuple[str, ...], scores: Scores, rules: Rules) -> Finding:
    if rules.penalty == 1 or not rules.written or len(rules.written) == len(tokens):
        return Finding(id="penalty", held=None, found="Nothing is penalised: set a penalty above 1 and name some of the tokens.")
    before, after = softmax(scores), apply(scores, Rules(penalty=rules.penalty, written=rules.written))
    each = ", ".join(f"“{tokens[n]}” {before[n]:.1%} → {after[n]:.1%}" for n in sorted(rules.written)[:6])
    if all(abs(after[n] - before[n]) < ALMOST for n in rules.written):
        return Finding(id="penalty", held=None, found=f"The penalty changes nothing where a logit is 0, or a token has all: {each}.")
    return Finding(id="penalty", held=all(after[n] < before[n] for n in rules.written), found=f"The penalty alone: {each}.")
