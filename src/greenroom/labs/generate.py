"""The lab *generation*: a prompt continued on the live model, token by token, and what the decoding rules make of the same probabilities.

The engine is ``writing.py``: all texts grow side by side, each with the dice that its number always throws.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from greenroom.errors import TooLargeError
from greenroom.labs.generated import (
    Fork,
    K,
    Setting,
    bars_part,
    beams_part,
    distribution,
    findings,
    forks_part,
    pictures,
    samples_part,
    texts_part,
)  # fmt: skip
from greenroom.labs.lab import Bench, Card, Example, Expect, Part, Progress, Source, Values
from greenroom.labs.model import Model, opened
from greenroom.labs.parameter import choice, number, text, whole
from greenroom.labs.sampling import Rules
from greenroom.labs.shown import CHAT, prompt, text_part

PROMPT, RULES, MUCH = "The prompt", "Your rules", "How much"
ODDS, FORKS, PENALTY = 6, 3, 1.3
EVERY = 4
"""Steps between two pictures of the run."""

CARD = Card(
    name="generation",
    title="A text, token by token",
    topics=("generation",),
    about="The model continues your prompt. For every token: what it held likely, and what was taken. Then the same model under other "
    "rules: greedy, temperature, top-k, top-p, min-p, a repetition penalty, beam search. The probabilities come from the network; the "
    "rules stand outside it.",
    parameters=(
        text("prompt", "Prompt", "The best thing about a long train journey is", 1500, group=PROMPT, lines=3),
        choice("given", "Given to the model as", CHAT, group=PROMPT),
        number("temperature", "Temperature", 0.7, (0, 5), "0: always the likeliest.", group=RULES),
        whole("top_k", "Top-k", 0, (0, 1000), "0: off.", group=RULES),
        number("top_p", "Top-p", 1, (0.01, 1), "1: off.", group=RULES),
        number("min_p", "Min-p", 0, (0, 1), "0: off.", group=RULES),
        number("penalty", "Repetition penalty", 1, (1, 3), "1: off. For the tokens it has written itself.", group=RULES),
        whole("tokens", "Tokens a text", 24, (4, 48), group=MUCH),
        whole("samples", "Texts a setting", 8, (2, 20), group=MUCH),
        whole("beams", "Beams", 4, (2, 8), group=MUCH),
        whole("seed", "Seed", 0, (0, 2**31 - 1), "The same seed writes the same.", group=MUCH),
    ),
    expects=(
        Expect(
            id="distribution",
            see="At every step the network gives a probability to every token of its vocabulary, and they add up to 1.",
            falsified_by="A token has none, or they add up to something else (by more than one in a million).",
            settles=("generation/distribution", "what-is-an-llm/next-token"),
        ),
        Expect(
            id="one-by-one",
            see="The text is made one token at a time: with another first token the probabilities after it are others, and so is the "
            "text. There was no finished answer.",
            falsified_by="After another first token the probabilities are the same (to 1 in 100), or the text goes on as it would have.",
            settles=("generation/autoregression", "generation/plans-whole-answer"),
        ),
        Expect(
            id="selection",
            see="The same probabilities, another rule, another text: drawing gives different texts, the likeliest token each time gives "
            "one.",
            falsified_by="All drawn texts are alike, or are the greedy one.",
            settles=("generation/selection",),
        ),
        Expect(
            id="temperature",
            see="The higher the temperature, the less likely the tokens that are taken, and the more different ones there are.",
            falsified_by="The model's own probability of the tokens taken (geometric mean) does not fall from 0.5 to 1 to 1.5, or the "
            "texts at 1.5 are made of no more different tokens than those at 0.5.",
            settles=("generation/temperature",),
        ),
        Expect(
            id="cuts",
            see=f"Top-k {K} takes one of the {K} likeliest at every step. Top-p 0.9 keeps few tokens at one step and many at another.",
            falsified_by=f"Top-k takes a token that is not among the {K} likeliest, or top-p keeps as many tokens at each step.",
            settles=("generation/truncation", "generation/top-p-share"),
        ),
        Expect(
            id="beams",
            see="Taking the likeliest token each time does not give the likeliest text: beam search finds a more probable one of the "
            "same length.",
            falsified_by="The best beam is no more probable than the greedy text.",
            settles=("generation/greedy-best-sequence",),
        ),
        Expect(
            id="repeats",
            see="Greedy text falls into repeating itself; a repetition penalty breaks that.",
            falsified_by="Greedy text repeats none of its groups of three tokens, or as many with the penalty.",
            settles=("generation/settings-by-task",),
            set={"tokens": 48, "samples": 2, "prompt": "I like to read because"},
        ),
    ),
    examples=(
        Example(title="A question, in the chat template", set={"prompt": "How do I keep a houseplant alive?", "given": "chat"}),
        Example(title="Hot, with a net", set={"temperature": 1.5, "min_p": 0.1}),
        Example(title="Greedy", set={"temperature": 0.0}),
    ),
    sources=(
        Source(title="Holtzman et al. 2020, The Curious Case of Neural Text Degeneration (top-p; repetition)", url="https://arxiv.org/abs/1904.09751"),
        Source(title="Fan et al. 2018, Hierarchical Neural Story Generation (top-k)", url="https://arxiv.org/abs/1805.04833"),
        Source(title="Nguyen et al. 2024, Turning Up the Heat (min-p)", url="https://arxiv.org/abs/2407.01082"),
        Source(title="Keskar et al. 2019, CTRL (repetition penalty)", url="https://arxiv.org/abs/1909.05858"),
    ),
    seconds=300,
    megabytes=3000,
)  # fmt: skip


class Generation:
    card = CARD

    def run(self, values: Values, bench: Bench) -> Iterator[Part]:
        model = yield from opened(bench)
        yield from self.parts(values, model)

    def parts(self, values: Values, model: Model) -> Iterator[Part]:
        """Of a model that is open."""
        from greenroom.labs.writing import Branches, beams, write

        ids, stop, most = prompt(model, values.text("prompt"), values.text("given")), model.tokenizer.stops, values.whole("tokens")
        found = _settings(values)
        _check_room(model, len(ids), most * sum(len(each.texts) for each in found.values()))
        yield Progress(says="Reading the prompt", share=0.05)
        branches = Branches(model.transformer, ids)
        yield bars_part(model, branches, found["yours"].texts[0].rules)
        for done in write(branches, [each for setting in found.values() for each in setting.texts], most, stop):
            yield Progress(says=f"Token {done} of {most}, of all texts", share=0.05 + 0.7 * done / most)
            if done == 1 or done % EVERY == 0:
                yield from _growing(model, found, ids)
        yield from _growing(model, found, ids)
        yield from pictures(found, most)
        yield Progress(says="Other first tokens", share=0.8)
        forks = _fork(model, ids, most)
        yield forks_part(model, forks)
        yield Progress(says="Beam search", share=0.88)
        beam = [beams(Branches(model.transformer, ids), most, width, stop)[0] for width in (1, values.whole("beams"))]
        yield beams_part(model, beam, values.whole("beams"))
        yield samples_part(model, found)
        yield distribution(branches)
        yield from findings(found, forks, beam)


def _growing(model: Model, found: Mapping[str, Setting], ids: Sequence[int]) -> Iterator[Part]:
    yield text_part(model, "yours", "Your rules, the first text", found["yours"].texts[0].steps, ids)
    yield texts_part(model, found)


def _settings(values: Values) -> dict[str, Setting]:
    from greenroom.labs.writing import texts

    count, seed = values.whole("samples"), values.whole("seed")
    yours = Rules(
        temperature=values.number("temperature"), k=values.whole("top_k"), p=values.number("top_p"), share=values.number("min_p"),
        penalty=values.number("penalty"),
    )  # fmt: skip
    return {
        "yours": Setting("Your rules", texts(yours, count, seed, ODDS)),
        "greedy": Setting("Greedy", texts(Rules(temperature=0), 1, seed)),
        "penalty": Setting(f"Greedy, repetition penalty {PENALTY}", texts(Rules(temperature=0, penalty=PENALTY), 1, seed)),
        "cool": Setting("Temperature 0.5", texts(Rules(temperature=0.5), count, seed)),
        "plain": Setting("As the model gives it", texts(Rules(), count, seed)),
        "hot": Setting("Temperature 1.5", texts(Rules(temperature=1.5), count, seed)),
        "top_k": Setting(f"Top-k {K}", texts(Rules(k=K), count, seed)),
        "top_p": Setting("Top-p 0.9", texts(Rules(p=0.9), count, seed)),
        "min_p": Setting("Min-p 0.1", texts(Rules(share=0.1), count, seed)),
    }


def _check_room(model: Model, prompt_tokens: int, more: int) -> None:
    if (room := model.transformer.shape.context - prompt_tokens) < more:
        says = f"The texts may take {more:,} tokens; {model.name} can hold {room:,} beside the prompt."
        raise TooLargeError(says, "Ask for fewer or shorter ones.")


def _fork(model: Model, ids: Sequence[int], most: int) -> list[Fork]:
    """The likeliest first tokens, and the greedy text after each."""
    from greenroom.labs.writing import Branches, likeliest, probabilities, texts, write

    branches = Branches(model.transformer, ids)
    firsts = likeliest(probabilities(branches.logits[-1]), FORKS)
    nodes = branches.grow([(-1, token) for token, _ in firsts])
    after = [probabilities(branches.logits[node]) for node in nodes]
    found = [texts(Rules(temperature=0), 1, 0)[0] for _ in firsts]
    for each, node in zip(found, nodes, strict=True):
        each.node = node
    for _ in write(branches, found, most - 1, model.tokenizer.stops):
        pass
    return [
        Fork(token, p, each.tokens, float(abs(after[0] - a).sum() / 2)) for (token, p), each, a in zip(firsts, found, after, strict=True)
    ]
