"""Fit the ear for order: does a text read as words in an order that people use? A second output of ``encoder.onnx``.

    python training/fit_order.py [--write]      data: GREENROOM_BENCH_DATA, default ../shared/data

A small network looks at each token's states after the sentence encoder's second and fourth block, where it still knows how words stand
beside each other (the last layer, made for meaning, has all but forgotten it); the mean over a text's tokens is its log odds. Trained on
honest texts (graded answers of the train splits, the project's own, the bank's phrasings, labelled answers, entailment data; their clauses;
some with slips of the pen, without stops, as telegrams) and on the same texts spoilt by rule. Topics in ``labelled.CHECK``, the fifth of
the graded questions that ``pairs.py`` keeps out and all test splits are not read.

Prints, each group left out of the fit in turn, how many honest texts fall below ``ORDER_BARS`` and how many spoilt ones. ``--write`` fits
on all groups and puts the output into src/greenroom/weights/encoder.onnx; its vectors stay as they are, to the last digit.
"""

from __future__ import annotations

import argparse
import random
import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import onnx
import torch
from graph import HIDDEN
from junk import misspelt, shuffled
from labelled import CHECK, ROOT, every_question, labelled
from marks import KINDS, OWN, own_rows
from onnx import TensorProto, helper, numpy_helper
from pairs import SETS, graded_rows, inferences
from seal import seal
from torch import nn

from greenroom.assess.reading.answer import order_bar
from greenroom.assess.reading.clauses import windows
from greenroom.llm.encoder import OnnxEncoder
from greenroom.llm.weights import buckets, mask, padded
from greenroom.llm.words import FUNCTION, words

OUT = ROOT / "src/greenroom/weights/encoder.onnx"
LAYERS = (1, 3)
WIDE, PASSES, BATCH, RATE, DECAY, DROPPED = 48, 4, 64, 2e-3, 0.01, 0.1
EACH, LEAST, HURRIED = 1500, 5, 0.15
"""Texts taken of a group, the fewest words of one, and the share of those typed in a hurry."""
TERM = re.compile(r"[A-Za-z0-9'-]+")
Rule = Callable[[str, random.Random], str | None]


def honest() -> dict[str, list[str]]:
    """Texts that people wrote to say something, by group."""
    bank = [question for question in every_question().values() if question.kind == "knowledge" and question.topic not in CHECK]
    said = [text for q in bank for says in (*(p.says for p in q.key_points), *(m.says for m in q.misconceptions)) for text in says]
    return {
        **{name: [row["answer"] for row in graded_rows(name, dev=False)] for name in SETS},
        "own": [row["answer"] for name in OWN for row in own_rows(name)],
        "bank": [*said, *(text for q in bank for text in (q.model_answers.plain, q.model_answers.technical))],
        "labelled": [case.answer for case in labelled() if case.topic not in CHECK],
        "correlatives": [_correlative(random.Random(seed)) for seed in range(300)],
        "inferences": [text for pair in inferences(dev=False) if pair.kind in KINDS for text in (pair.passage, pair.statement)],
    }


CLAUSES = (
    "longer the context", "larger the batch", "higher the temperature", "lower the rank", "more tokens you read", "fewer layers it has",
    "deeper the network", "smaller the model", "more people ask", "noisier the data", "higher the learning rate", "shorter the prompt",
    "bigger the cache", "slower the answer", "flatter the distribution", "cheaper the run", "less it remembers", "more it costs",
    "better the answer", "worse the loss", "faster it learns", "sharper the peak", "less you pay", "longer it takes",
)  # fmt: skip


def _correlative(rng: random.Random) -> str:
    """ "The more …, the less …": a sentence without a verb of its own, rare enough to be taken for a list."""
    one, other = rng.sample(CLAUSES, 2)
    return f"The {one}{rng.choice((', ', ' '))}the {other}{rng.choice(('.', '', ', mostly.'))}"


def lines(texts: Sequence[str], rng: random.Random) -> list[str]:
    """Whole texts, and of most a window; some as people type in a hurry."""
    found = list[str]()
    for text in rng.sample(texts, min(EACH, len(texts))):
        pieces = [piece.text for piece in windows(text) if piece.kind != "pair"]
        found += [text, *rng.sample(pieces, min(2, len(pieces)))]
    found = [text for text in found if len(words(text)) >= LEAST]
    return [_hurried(text, rng) if rng.random() < HURRIED else text for text in found]


def _hurried(text: str, rng: random.Random) -> str:
    kind = rng.randrange(3)
    if kind == 0:
        return misspelt(text, rng)
    if kind == 1:
        return " ".join(TERM.findall(text.lower()))
    return " ".join(word for word in text.split() if word.lower() not in ("the", "a", "an", "is", "are") or rng.random() < 0.3)


def near(text: str, rng: random.Random) -> str | None:
    """Each word a few places from where it stood."""
    said = text.rstrip(".").split()
    if len(said) < 6:
        return None
    mixed = [said[at] for at in sorted(range(len(said)), key=lambda at: at + rng.uniform(0, 4))]
    return None if mixed == said else " ".join(mixed) + "."


def terms(text: str, rng: random.Random) -> str | None:
    """Its words that carry meaning, in no order."""
    held = [word for word in TERM.findall(text) if word.lower() not in FUNCTION]
    return " ".join(rng.sample(held, len(held))) if len(held) >= LEAST else None


def burst(texts: Sequence[str], *, all_words: bool) -> Rule:
    """Words drawn from all the texts."""
    pool = [word for text in texts for word in TERM.findall(text) if all_words or word.lower() not in FUNCTION]
    return lambda _, rng: " ".join(rng.choice(pool) for _ in range(rng.randint(LEAST, 30)))


def letters(texts: Sequence[str], size: int) -> Rule:
    """Letters that follow each other as in the texts, ``size`` at a time: a chain of words that nearly are some."""
    whole, after = "\n".join(texts), defaultdict[str, list[str]](list)
    for at in range(len(whole) - size):
        after[whole[at : at + size]].append(whole[at + size])

    def rule(_: str, rng: random.Random) -> str:
        at = rng.randrange(len(whole) - size)
        made = whole[at : at + size]
        for _step in range(rng.randint(60, 250)):
            made += rng.choice(after.get(made[-size:], [" "]))
        return made

    return rule


def spoilt(texts: Sequence[str], rng: random.Random) -> dict[str, list[str]]:
    """By rule, from honest texts of one group."""
    rules: dict[str, tuple[Rule, int]] = {
        "shuffled": (shuffled, 2), "near": (near, 4), "terms": (terms, 3), "burst": (burst(texts, all_words=False), 6),
        "burst of all words": (burst(texts, all_words=True), 9), "three letters": (letters(texts, 3), 12),
        "four letters": (letters(texts, 4), 16),
    }  # fmt: skip
    found = {name: [rule(text, rng) for text in rng.sample(texts, len(texts) // share)] for name, (rule, share) in rules.items()}
    return {name: [text for text in made if text and len(words(text)) >= LEAST] for name, made in found.items()}


class States:
    """What the encoder holds after LAYERS: the shipped file, asked for more than it gives."""

    def __init__(self) -> None:
        import onnxruntime

        self._encoder = OnnxEncoder.load()
        model = bare(onnx.load(str(OUT)))
        for name in held():
            model.graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, None))
        self._session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])

    def of(self, texts: Sequence[str]) -> list[Any]:
        """Of each text the states of its tokens, shape (tokens, len(LAYERS) · HIDDEN), float16."""
        tokens = [self._encoder.tokens(text) for text in texts]
        found: list[Any] = [None] * len(texts)
        for places in buckets([len(ids) for ids in tokens]):
            rows = [tokens[place] for place in places]
            kept = mask(rows)
            states = self._session.run(held(), {"words": self._encoder.words.look_up(padded(rows)), "mask": kept})
            whole = np.concatenate([state.reshape(*kept.shape, HIDDEN) for state in states], axis=2).astype(np.float16)
            for row, place in enumerate(places):
                found[place] = whole[row, : len(rows[row])]
        return found


def held() -> list[str]:
    return [f"l{layer}.output.norm" for layer in LAYERS]


class Ear(nn.Module):  # type: ignore[misc]  # torch is not installed where mypy runs
    """States [B,S,K] and mask [B,S] → log odds [B] that a text was said rather than thrown together."""

    def __init__(self) -> None:
        super().__init__()
        self.inner, self.outer = nn.Linear(len(LAYERS) * HIDDEN, WIDE), nn.Linear(WIDE, 1)

    def forward(self, states: Any, kept: Any) -> Any:
        each = self.outer(torch.relu(self.inner(states)))[:, :, 0]
        return (each * kept).sum(dim=1) / kept.sum(dim=1)


def fit(right: Sequence[Any], wrong: Sequence[Any]) -> Ear:
    """The same for the same texts: the seed is fixed."""
    torch.manual_seed(1)
    rng, ear = random.Random(1), Ear()
    made = sorted([*((x, 1.0) for x in right), *((x, 0.0) for x in wrong)], key=lambda item: len(item[0]))
    batches = [made[at : at + BATCH] for at in range(0, len(made), BATCH)]
    optimiser = torch.optim.AdamW(ear.parameters(), lr=RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.LinearLR(optimiser, 1.0, 0.05, PASSES * len(batches))
    for _ in range(PASSES):
        rng.shuffle(batches)
        for batch in batches:
            states, kept = _padded([x for x, _ in batch])
            found = ear(nn.functional.dropout(states, DROPPED), kept)
            loss = nn.functional.binary_cross_entropy_with_logits(found, torch.tensor([y for _, y in batch]))
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    return ear


def _padded(states: Sequence[Any]) -> tuple[Any, Any]:
    whole = torch.zeros(len(states), max(map(len, states)), len(LAYERS) * HIDDEN)
    kept = torch.zeros(whole.shape[:2])
    for row, state in enumerate(states):
        whole[row, : len(state)], kept[row, : len(state)] = torch.from_numpy(state.astype(np.float32)), 1
    return whole, kept


def scores(ear: Ear, states: Sequence[Any]) -> Any:
    with torch.inference_mode():
        return np.array([float(ear(*_padded([state]))) for state in states])


def bare(model: onnx.ModelProto) -> onnx.ModelProto:
    """Without the output that an earlier run has put in."""
    for part in (model.graph.node, model.graph.initializer, model.graph.output):
        kept = [each for each in part if not each.name.startswith("order")]
        del part[:]
        part.extend(kept)
    return model


def put_in(model: onnx.ModelProto, ear: Ear) -> onnx.ModelProto:
    """Adds the output order [B]: what ``Ear`` computes."""
    graph = bare(model).graph

    def add(op: str, inputs: Sequence[str], out: str, **attributes: Any) -> str:
        graph.node.append(helper.make_node(op, inputs, [out], name=out, **attributes))
        return out

    def constant(name: str, value: Any) -> str:
        graph.initializer.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    inner, outer = ({name: value.detach().numpy() for name, value in part.named_parameters()} for part in (ear.inner, ear.outer))
    states = add("Concat", held(), "order.states", axis=1)  # [T,K]
    wide = add("MatMul", [states, constant("order.inner", inner["weight"].T)], "order.wide")  # [T,WIDE]
    bent = add("Relu", [add("Add", [wide, constant("order.inner.bias", inner["bias"])], "order.summed")], "order.bent")
    each = add("MatMul", [bent, constant("order.outer", outer["weight"].T)], "order.each")  # [T,1]
    kept = add("Mul", [add("Reshape", [each, "shape"], "order.by_text"), "mask.float"], "order.kept")  # [B,S]
    axis = constant("order.axis", np.array([1], np.int64))
    total, count = (add("ReduceSum", [of, axis], f"order.{out}", keepdims=0) for of, out in ((kept, "total"), ("mask.float", "count")))
    add("Add", [add("Div", [total, count], "order.mean"), constant("order.outer.bias", outer["bias"])], "order")
    graph.output.append(helper.make_tensor_value_info("order", TensorProto.FLOAT, ["B"]))
    return model


def below(texts: Sequence[str], scores: Any) -> float:
    return float(np.mean([score < order_bar(len(words(text))) for text, score in zip(texts, scores, strict=True)]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    rng, states = random.Random(1), States()
    right = {name: lines(texts, rng) for name, texts in honest().items()}
    wrong = {name: spoilt(texts, rng) for name, texts in right.items()}
    of_right = {name: states.of(texts) for name, texts in right.items()}
    of_wrong = {name: {kind: states.of(texts) for kind, texts in made.items()} for name, made in wrong.items()}
    if options.write:
        ear = fit(
            [x for made in of_right.values() for x in made], [x for kinds in of_wrong.values() for made in kinds.values() for x in made]
        )
        OUT.write_bytes(put_in(onnx.load(str(OUT)), ear).SerializeToString(deterministic=True))
        seal()
        print("wrote", OUT.name, OUT.stat().st_size)
        return
    every = [(len(words(text)), name, text) for name in right for text in right[name]]
    found = dict[str, Any]()
    for name in right:
        ear = fit(
            [x for other in right if other != name for x in of_right[other]],
            [x for other in right if other != name for made in of_wrong[other].values() for x in made],
        )
        found[name] = scores(ear, of_right[name])
        caught = {kind: round(below(wrong[name][kind], scores(ear, x)), 2) for kind, x in of_wrong[name].items() if x}
        print(
            f"without {name}: {len(found[name])} honest texts, below the bar {below(right[name], found[name]):.4f}; spoilt: {caught}",
            flush=True,
        )
    order = np.concatenate([found[name] for name in right])
    for low, high in ((5, 8), (8, 12), (12, 20), (20, 1000)):
        some = [score for (size, *_), score in zip(every, order, strict=True) if low <= size < high]
        print(
            f"honest texts of {low} to {high - 1} words, {len(some)}: .2, .5, 1 % are below"
            f" {np.quantile(some, (0.002, 0.005, 0.01)).round(2)}"
        )
    for score, (size, name, text) in sorted(zip(order, every, strict=True))[:40]:
        print(f"  {score:.1f} {name} {size}: {text[:140]!r}")


if __name__ == "__main__":
    main()
