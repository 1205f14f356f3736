"""The answer again in the person's own words: nothing added, nothing lost without a reason."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greenroom.interview.feedback.rewrite import Evidence, Rewrite, overlapping, rewrite

WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
SAID = (
    "Okay so, um, that's a really good question. Last year I built a search tool with Anna. Let me think. "
    "Attention cleans the data before training. So basically attention lets each token weigh the other tokens of its context. "
    "It, um, compares queries with keys and the the softmax turns scores into weights. "
    "And that means each token weighs the other tokens in the context. For example the word bank looked at river 3 times. "
    "I hope that answers the question."
)


def place(text: str, quote: str) -> tuple[int, int]:
    start = text.index(quote)
    return start, start + len(quote)


def evidence(text: str, *quotes: str, whole: bool = True) -> list[Evidence]:
    return [Evidence(point_id=f"p{n}", span=place(text, quote), weight=3 - n % 3, whole=whole) for n, quote in enumerate(quotes)]


def words(text: str) -> list[str]:
    return [word.casefold() for word in WORD.findall(text)]


def added(text: str, answer: str) -> Counter[str]:
    """Words of ``text`` that the answer has not, or not so often."""
    return Counter(words(text)) - Counter(words(answer))


def check(found: Rewrite, answer: str) -> None:
    spans = [span for sentence in found.sentences for span in sentence.spans]
    assert words(found.text) == [word for low, high in spans for word in words(answer[low:high])], "it is its spans, in their order"
    assert added(found.text, answer) == Counter()
    assert all(answer[slice(*cut.span)] == cut.text for cut in found.cut)
    assert not overlapping(found)
    kept = Counter(word for low, high in spans for word in words(answer[low:high]))
    gone = Counter(word for cut in found.cut for word in words(cut.text))
    assert kept + gone == Counter(words(answer)), "every word is kept or cut, and once"
    assert (found.words_before, found.words_after) == (len(words(answer)), sum(kept.values()))


def test_the_answer_comes_first_once_and_without_what_was_wrong() -> None:
    made = evidence(SAID, "attention lets each token weigh the other tokens of its context", "the the softmax turns scores into weights")
    found = rewrite(SAID, made, [place(SAID, "Attention cleans the data")])
    assert found is not None
    check(found, SAID)
    assert found.text == (
        "Attention lets each token weigh the other tokens of its context. It compares queries with keys and the softmax turns scores into "
        "weights. For example the word bank looked at river 3 times. Last year I built a search tool with Anna."
    )
    assert [sentence.moved for sentence in found.sentences] == [True, True, True, False], "what leans on a sentence goes with it"
    assert {cut.text.strip(): cut.reason for cut in found.cut} == {
        "Okay so, um, that's a really good question.": "run-up",
        "Let me think.": "run-up",
        "Attention cleans the data before training.": "wrong",
        "So basically": "filler",
        ", um,": "filler",
        "the": "filler",
        "And that means each token weighs the other tokens in the context.": "twice",
        "I hope that answers the question.": "run-up",
    }


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Well, um, you know, a model writes one token at a time.", "A model writes one token at a time."),
        ("So, basically, uh, er, it reads all tokens, um, you know, at once.", "It reads all tokens at once."),
        ("Um, um, the, the cache keeps the keys of the past.", "The cache keeps the keys of the past."),
    ],
)
def test_fillers_that_share_a_comma_all_go(text: str, wanted: str) -> None:
    found = rewrite(text, evidence(text, text[-20:-1]), [])
    assert found is not None and found.text == wanted
    check(found, text)


def test_the_control_would_notice_a_new_word() -> None:
    assert added("Attention weighs context perfectly.", "Attention weighs context.") == Counter({"perfectly": 1})
    assert added("Weights, weights.", "Weights.") == Counter({"weights": 1}), "said twice is said once too often"


def test_an_answer_that_is_well_ordered_stays() -> None:
    text = "Attention weighs the context for each token. It compares queries with keys. The cost grows with the square of the length."
    found = rewrite(text, evidence(text, "Attention weighs the context for each token"), [])
    assert found is not None and not found.changed and found.text == text


def test_nothing_is_made_of_junk() -> None:
    assert rewrite("Florb wintle grasp, mib dorrel fandle quosh.", [], []) is None
    wrong = "Attention cleans the data."
    assert rewrite(wrong, evidence(wrong, "Attention cleans the data"), [place(wrong, "cleans the data")]) is None, "nor of what was wrong"
    assert rewrite("", [], []) is None


def test_a_true_half_of_a_wrong_sentence_stays() -> None:
    text = "Attention weighs the context of each token, and it also removes all the noise from the training data."
    found = rewrite(text, evidence(text, "Attention weighs the context of each token"), [place(text, "it also removes all the noise")])
    assert found is not None
    check(found, text)
    assert found.text == "Attention weighs the context of each token." and {cut.reason for cut in found.cut} == {"wrong"}


@pytest.mark.parametrize(
    "second",
    [
        "Attention weighs the tokens of the context 512 at a time.",  # a number is new
        "Attention does not weigh the tokens of the context.",  # so is a no
    ],
)
def test_what_only_looks_like_a_repetition_stays(second: str) -> None:
    text = f"Attention weighs the tokens of the context. {second}"
    found = rewrite(text, evidence(text, "Attention weighs the tokens of the context"), [])
    assert found is not None and len(found.sentences) == 2


@pytest.mark.parametrize(
    "text",
    [
        "Attention is a kind of weighting that a model learns.",
        "Well-known models use attention to weigh their context.",
        "So far attention has been the best way to weigh context.",
        "You know a model by the attention it pays to its context.",
        "It had had attention layers that weigh the context before.",
    ],
)
def test_words_that_only_look_like_fillers_stay(text: str) -> None:
    found = rewrite(text, [Evidence(point_id="p", span=(0, len(text)), weight=3, whole=True)], [])
    assert found is not None and found.cut == () and found.text == text


def test_a_story_keeps_its_order() -> None:
    text = "We had an outage in May. I was on call. I rolled the model back and errors fell by 90 percent."
    made = evidence(text, "I rolled the model back and errors fell by 90 percent")
    told, answered = rewrite(text, made, [], story=True), rewrite(text, made, [])
    assert told is not None and told.text == text
    assert answered is not None and answered.text != text, "control: an answer to a question of knowledge is turned round"


PIECES = ["um", "so", "you know", "attention weighs context", "it is, like, a table", "the the model", "3 heads", "not", "I think that"]
PIECES += ["…", "e.g.", "\n", ". ", ", ", "; ", "? ", "¿ü²", "—"]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=40).map(" ".join), st.data())
def test_whatever_was_said_every_word_is_kept_or_cut(text: str, data: st.DataObject) -> None:
    span = st.tuples(st.integers(0, len(text)), st.integers(0, len(text))).map(sorted).map(tuple).filter(lambda s: s[0] < s[1])
    spans = data.draw(st.lists(span, max_size=4)) if text else []
    made = [Evidence(point_id=f"p{n}", span=each, weight=1 + n % 3, whole=n % 2 == 0) for n, each in enumerate(spans[:2])]
    found = rewrite(text, made, spans[2:])
    if found is not None:
        check(found, text)


@pytest.mark.parametrize(
    "text", [", " * 8000, " " * 20_000 + "um", "um " * 6000, "a, a, " * 3000, "so, " * 5000 + "attention", "x. " * 6000]
)
def test_odd_input_takes_no_time(text: str) -> None:
    from time import process_time

    begun = process_time()
    rewrite(text, [Evidence(point_id="p", span=(0, len(text)), weight=3, whole=True)], [])
    assert process_time() - begun < 4
