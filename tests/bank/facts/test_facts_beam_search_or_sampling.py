"""The figures and claims of the question on beam search, computed on a language small enough to be searched completely."""

import itertools
import math

import numpy as np
import pytest

END = "."


def beam_search(model, width, longest=6):
    """``model``: text (tuple of words) to {word: probability}. The beam after each step, and all finished texts, best first."""
    beam, done, history = [((), 0.0)], [], []
    for _ in range(longest):
        grown = [((*text, word), score + math.log(p)) for text, score in beam for word, p in model(text).items() if p > 0]
        grown.sort(key=lambda item: -item[1])
        beam = []
        for text, score in grown[:width]:
            (done if text[-1] == END else beam).append((text, score))
        history.append(list(beam))
        if not beam:
            break
    return sorted(done, key=lambda item: -item[1]), history


def modest_start(text):
    table = {
        (): {"a": 0.5, "b": 0.4, "c": 0.1},
        ("a",): {"x": 0.34, "y": 0.33, "z": 0.33},
        ("b",): {"x": 0.6, "y": 0.4},
        ("c",): {"x": 1.0},
    }
    return table.get(text, {END: 1.0})


def test_a_beam_finds_what_greedy_misses():
    greedy, beam = beam_search(modest_start, 1)[0][0], beam_search(modest_start, 2)[0][0]
    assert greedy[0] == ("a", "x", END) and beam[0] == ("b", "x", END)
    assert math.exp(greedy[1]) == pytest.approx(0.17) and math.exp(beam[1]) == pytest.approx(0.24)


def test_a_beam_can_miss_the_best_text():
    def brilliant_end(text):
        if text == ():
            return {"a": 0.4, "b": 0.35, "c": 0.25}
        if len(text) == 1 and text[0] != "c":
            return {w: 0.25 for w in "wxyz"}
        return {"x": 1.0} if len(text) == 1 else {END: 1.0}

    assert beam_search(brilliant_end, 2)[0][0][0] == ("a", "w", END)
    assert beam_search(brilliant_end, 3)[0][0][0] == ("c", "x", END)
    assert 0.25 > 0.4 * 0.25


def test_longer_texts_lose_by_their_length():
    assert 0.8**10 < 0.5**3

    def translator(text):
        """Saying nothing is unlikely at the start, but every word of the translation costs something."""
        return {END: 0.05, **{w: 0.95 / 4 for w in "abcd"}} if len(text) < 5 else {END: 1.0}

    narrow, wide = beam_search(translator, 2)[0][0], beam_search(translator, 6)[0][0]
    assert len(narrow[0]) > 1 and wide[0] == (END,)  # the wider beam finds the empty text, which scores best
    per_token = {text: score / len(text) for text, score in beam_search(translator, 6)[0]}
    assert max(per_token, key=per_token.get) != (END,)


def test_the_leader_can_change_its_first_word():
    leaders = [beam[0][0][0] for beam in beam_search(modest_start, 2)[1] if beam]
    assert leaders[0] == "a" and leaders[1] == "b"  # what had been shown to the reader would have to be taken back


def test_beams_crowd_together_and_samples_do_not():
    rng = np.random.default_rng(0)
    words, length = 6, 5
    table = rng.dirichlet(np.full(words, 0.6), size=(length, words + 1))

    def model(text):
        if len(text) == length:
            return {END: 1.0}
        row = table[len(text), text[-1] if text else words]
        return dict(enumerate(row))

    def draw():
        text = ()
        while len(text) < length:
            text = (*text, int(rng.choice(words, p=table[len(text), text[-1] if text else words])))
        return text

    def unlike(texts):
        return np.mean([sum(a != b for a, b in zip(x, y, strict=True)) for x, y in itertools.combinations(texts, 2)])

    beams = [text[:-1] for text, _ in beam_search(model, 5, longest=length + 1)[0][:5]]
    samples = np.mean([unlike([draw() for _ in range(5)]) for _ in range(50)])
    assert len(beams) == 5 and unlike(beams) < 0.8 * samples


def test_the_likeliest_text_can_be_alone_and_the_typical_one_in_company():
    texts = {"sorry": 0.2, **{f"the train leaves at nine{end}": 0.16 for end in ("", " sharp", " today", " am", " then")}}

    def likeness(a, b):
        a, b = set(a.split()), set(b.split())
        return len(a & b) / len(a | b)

    expected = {a: sum(p * likeness(a, b) for b, p in texts.items()) for a in texts}
    assert sum(texts.values()) == pytest.approx(1)
    assert max(texts, key=texts.get) == "sorry"
    assert max(expected, key=expected.get) == "the train leaves at nine"
