"""The claims of the question on repetition and stopping, computed with small models of words and of decoding."""

from collections import Counter, defaultdict
from itertools import pairwise

import numpy as np
import pytest

STORY = (
    "the train left the station and the train came to the bridge . the bridge was old and the river was high . "
    "the driver saw the river and the driver saw the bridge . the train was late and the station was far ."
)
TEXT = STORY.split()


def counts():
    table = defaultdict(Counter)
    for a, b in pairwise(TEXT):
        table[a][b] += 1
    return table


def write(rng=None, length=40):
    table, words = counts(), ["the"]
    while len(words) < length:
        options = table[words[-1]]
        if rng is None:
            words.append(min(options, key=lambda w: (-options[w], w)))
        else:
            words.append(rng.choice(list(options), p=np.array(list(options.values())) / sum(options.values())))
    return words


def period(words):
    """The shortest cycle in which the second half of the text repeats itself; nothing if there is none."""
    half = words[len(words) // 2 :]
    for p in range(1, len(half) // 2):
        if all(half[i] == half[i + p] for i in range(len(half) - p)):
            return p
    return None


def test_greedy_writing_runs_in_circles():
    """With a fixed context and always the likeliest word, a state that comes back brings back all that followed it."""
    assert period(write()) is not None
    drawn = [period(write(np.random.default_rng(s))) for s in range(30)]
    assert all(p is None for p in drawn)


def test_each_repetition_makes_the_next_likelier():
    """A model that mixes what is usual with what stood in the context after the same word."""

    def chance(repeats, usual=0.2, trust=0.9):
        copied = repeats / (repeats + 1)
        return (1 - trust * copied) * usual + trust * copied * 1.0

    found = [chance(n) for n in range(6)]
    assert found == sorted(found)
    assert found[0] == pytest.approx(0.2)
    assert found[5] == pytest.approx(0.8)


def test_a_stop_string_can_lie_across_tokens():
    pieces = ["The answer is 42", ".\n", "\nUs", "er: and then"]
    stop = "\nUser:"
    assert not any(stop in piece for piece in pieces)  # looking at single tokens finds nothing
    text = "".join(pieces)
    assert text[: text.index(stop)] == "The answer is 42.\n"
    # While streaming, as many characters are held back as might be the beginning of the stop string.
    sent, buffer = "", ""
    for piece in pieces:
        buffer += piece
        if stop in buffer:
            sent += buffer[: buffer.index(stop)]
            break
        keep = max((n for n in range(1, len(stop)) if buffer.endswith(stop[:n])), default=0)
        sent, buffer = sent + buffer[: len(buffer) - keep], buffer[len(buffer) - keep :]
    assert sent == "The answer is 42.\n"


def test_without_an_end_token_it_never_stops():
    """The end has a chance of one in a hundred at each step; with the end forbidden only the limit ends the text."""
    rng = np.random.default_rng(0)
    lengths = rng.geometric(0.01, 20_000)
    assert lengths.mean() == pytest.approx(100, rel=0.03)
    cut = np.minimum(lengths, 256)
    assert (lengths > 256).mean() == pytest.approx(0.99**256, abs=0.01)
    assert (cut == 256).mean() == pytest.approx(0.077, abs=0.01)


def penalised(logits, seen, factor):
    out = logits.copy()
    for i in seen:
        out[i] = out[i] / factor if out[i] > 0 else out[i] * factor
    return out


def softmax(s):
    e = np.exp(s - s.max())
    return e / e.sum()


def test_a_penalty_hits_what_has_to_repeat():
    """After 'customer number 7 7' the right next digit is 7 again: the model knows, a penalty of 1.3 makes it write another."""
    logits = np.array([3.0, 2.5, 0.5])  # 7, 1, end
    assert softmax(logits).argmax() == 0
    assert softmax(penalised(logits, [0], 1.3)).argmax() == 1
    assert softmax(penalised(logits, [0], 1.1)).argmax() == 0  # a mild one leaves it


def test_a_penalty_on_the_end_lengthens():
    """In a chat the end-of-turn token stood in the prompt already: penalised with it, turns end later."""
    logits = np.array([2.0, 2.2])  # go on, end of turn
    assert softmax(penalised(logits, [1], 1.0))[1] > 0.5
    assert softmax(penalised(logits, [1], 1.3))[1] < 0.5
