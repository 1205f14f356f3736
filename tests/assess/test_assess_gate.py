"""The gate: what it refuses, with which reason, and what it must let through; each defence with its control."""

from __future__ import annotations

import socket

import pytest

from greenroom.assess.gate import SHORT, SPOKEN, find_reason

ASK = "How do large language models generate text?"
GOOD = "The model gives each token a probability, one of them is chosen and added to the text, and the loop repeats until it ends."

REFUSED = {
    "": "empty",
    " \n\t\u200b\u2060 ": "empty",
    "\0\0\0": "empty",
    "!!! ??? --- ... *** ((( )))": "symbols",
    "🙂🙂🙂 🚀🚀": "symbols",
    "①①①①①①①①①": "symbols",
    "½ ½ ½ ªº ªº": "symbols",
    "It uses tokens.": "too short",
    "it is what it is and so it was that it will be": "carry meaning",
    "xqzt wvbn plkj mnhg qwrt zxcv bnml kjhg fdsp qzxw": "not made of words",
    "great model prompt " + "token " * 40: "over and over",
    "Das Modell sagt immer das nächste Wort vorher und fügt es an den Text an, bis ein Ende erreicht ist.": "German",
    "El modelo predice la siguiente palabra y la añade al texto, una y otra vez, hasta que termina.": "Spanish",
    "Модель предсказывает следующее слово и добавляет его к тексту, пока не закончит.": "Russian",
    "模型一次预测一个词，然后把它加到文本后面，直到结束为止。": "Chinese",
    "النموذج يتنبأ بالكلمة التالية ثم يضيفها إلى النص حتى النهاية": "Arabic",
    "How do large language models generate text? Large language models generate text.": "repeats the question",
}
PASSED = {
    "plain": GOOD,
    "non-native": "Model predict next token, it choose one and then add to input and go again until finish, so it is like a loop.",
    "code": "You call `logits = model(ids)` then `probs = softmax(logits / 0.7)`, draw one id, append it, and stop at the end token.",
    "numbers": "With logits 2, 1 and 0 the top token has probability 0.87 at temperature 0.5, 0.67 at 1.0 and 0.51 at 2.0.",
    "about prompts": "Ignore the system prompt for a moment: the instructions are tokens like all others, and the model just predicts what follows.",  # noqa: E501
    "maths": "The softmax of z gives pᵢ = exp(zᵢ/τ) / Σ exp(zⱼ/τ), so a small τ sharpens the distribution over the tokens.",
    "upper case": GOOD.upper(),
    "spoken": "um so basically it uh it looks at what you wrote and then it kind of guesses the next word you know and it does that again and again",  # noqa: E501
    "terse": "- predicts next token\n- softmax over vocabulary\n- sampling with temperature\n- appended, repeated\n- stops at end token",
    "emoji": GOOD + " 🙂",
}  # fmt: skip


@pytest.mark.parametrize(("answer", "reason"), REFUSED.items(), ids=range(len(REFUSED)))
def test_refused_with_its_reason(answer: str, reason: str) -> None:
    found = find_reason(ASK, answer)
    assert found is not None and reason in found


@pytest.mark.parametrize("answer", PASSED.values(), ids=PASSED)
def test_honest_answers_pass(answer: str) -> None:
    assert find_reason(ASK, answer) is None


@pytest.mark.parametrize("answer", ["x" * 30_000, "ab " * 10_000, "\ud800\udfff" * 50, "\u202eright to left override", "a\0b " * 20])
def test_any_text_gets_an_answer(answer: str) -> None:
    assert find_reason(ASK, answer) is None or isinstance(find_reason(ASK, answer), str)


def test_controls_with_a_defence_off_its_attack_passes() -> None:
    def passes(answer: str, **off: float) -> bool:
        return find_reason(ASK, answer, SPOKEN._replace(**off)) is None  # type: ignore[arg-type]

    assert passes("It uses tokens.", least_words=1, least_content=0)
    assert passes("xqzt wvbn plkj mnhg qwrt zxcv bnml kjhg fdsp qzxw", known=-1, other_language=2)
    assert passes(
        "El modelo predice la siguiente palabra y la añade al texto, una y otra vez, hasta que termina.", other_language=2, known=-1
    )
    assert passes("How do large language models generate text? Large language models generate text.", echo=-1)


def test_rows_of_any_subject_may_be_one_word() -> None:
    assert find_reason("What flows in a circuit?", "electrons", SHORT) is None
    assert find_reason("", "evaporation", SHORT) is None
    assert find_reason("", "", SHORT) is not None


def test_the_language_detector_uses_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the gate opened a socket")

    monkeypatch.setattr(socket, "socket", refuse)
    assert find_reason(ASK, GOOD) is None
