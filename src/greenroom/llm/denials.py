"""Where a text says that something is not so: which stretch of a sentence, or the sentence before, is being denied.

By phrases, without grammar: irony, scare quotes and denials spread over an answer are not seen. ``denies`` is a soft sign ("people often
think"); ``denied_part`` and ``denies_before`` are the explicit forms, on which a verdict may rest.
"""

from __future__ import annotations

import functools
import re
from typing import Literal

REMEMBERED = 600
"""Characters: what was found for longer texts is not kept."""
NEAR = 80
"""Characters before "is wrong" in which its subject is looked for."""
_NOT_SO = r"(?:not (?:true|the case|correct|right|so)|false|untrue|wrong|incorrect|nonsense|a (?:\w+ )?(?:myth|misconception|mistake|fallacy|lie))"  # noqa: E501
_HOLDS = r"(?:say|think|believe|claim|assume|argue|agree|accept|suppose)"
DENIAL = re.compile(
    r"\b(?:it(?:['’]s| is| was) (?:not (?:true|the case|correct)|false|untrue|wrong|incorrect|a (?:common )?(?:myth|misconception|mistake))"
    r"|(?:common|popular|frequent|widespread) (?:myth|misconception|misunderstanding|mistake|belief)|(?:people|some|many|others) (?:often |wrongly |sometimes )*"  # noqa: E501
    r"(?:think|believe|say|assume|claim|imagine)|contrary to|wrongly|mistakenly|i (?:do not|don['’]t|would not|wouldn['’]t) (?:think|believe|agree|say)"  # noqa: E501
    r"|(?:that|this)(?:['’]s| is) (?:a myth|not true|wrong|false|a misconception|incorrect)|myth that|misconception that|trap)\b",
    re.IGNORECASE,
)
_OPENS = re.compile(
    rf"\b(?:(?:it(?:['’]s| is| was| would be)|it isn['’]t) (?:\w+ly |just |also |not )?(?:{_NOT_SO}|true|the case|correct) (?:that|to {_HOLDS})(?: that)?"  # noqa: E501
    rf"|i (?:do not|don['’]t|would not|wouldn['’]t|cannot|can['’]t|never) {_HOLDS}(?: that)?|i (?:have )?never (?:said|thought|believed|claimed|agreed) that|i (?:disagree|doubt|deny|reject)(?: that| with)?"  # noqa: E501
    rf"|(?:nobody|no one|you|one|we) (?:should|must|can)(?: not|n['’]t| never)? {_HOLDS} that|(?:common |popular )?(?:myth|misconception) (?:is )?that"  # noqa: E501
    r"|contrary to|there is no truth in)\b",
    re.IGNORECASE,
)
_TRUE = re.compile(
    r"\bit(?:['’]s| is| was| would be) (?:\w+ly |just |also )?(?:true|the case|correct)\b|\b(?:you|one|we) (?:should|must|can) \w+ that",
    re.I,
)
_CLOSES = re.compile(
    rf"(?:\b(?:is|are|was|were)|['’]s) (?:\w+ly |just |all |also )?{_NOT_SO}\W*$|\b(?:isn['’]t|aren['’]t) (?:true|correct|right|so|the case)\W*$",  # noqa: E501
    re.IGNORECASE,
)
_BEFORE = re.compile(
    rf"^\W*(?:(?:no|but|well|so|and|actually|however)\b\W*)*(?:(?P<all>all|none|everything|nothing) (?:of )?)?(?:this|that|these|it|they|i (?:just )?said)\b(?:['’]s| is| are| was)? (?:\w+ly |just |all )?(?:{_NOT_SO}|true\b)\W*$",  # noqa: E501
    re.IGNORECASE,
)
_FREES = re.compile(r"\b(?:but|rather|instead|in fact|in reality|actually|whereas)\b", re.IGNORECASE)
_SHORT_CLAUSE = re.compile(r"\b(?:if|when|whenever|that|which|whether|though|because|where|how|why|what)\W+(?:\w+\W+){0,4}$", re.IGNORECASE)
_AFTER_COMMA = re.compile(r",\W+(?:\w+\W+){0,4}$")
_ABOUT_TRUTH = re.compile(
    r"wrong|false|incorrect|untrue|error|mistak|invent|made up|mak(?:e|es|ing)[^.]* up|hallucinat|fabricat|accura|correct|tru(?:e|th|st)|\bright\b"  # noqa: E501
    r"|check|verif|confiden|myth|misconcep|nonsense",
    re.IGNORECASE,
)


def denies(text: str) -> bool:
    """Speaks of a belief in order to reject it ("it is a myth that …", "people often think …")."""
    return _remembered(text) if len(text) <= REMEMBERED else _denies(text)


@functools.lru_cache(maxsize=4096)
def _remembered(text: str) -> bool:
    return _denies(text)


def _denies(text: str) -> bool:
    return DENIAL.search(text) is not None or denied_part(text) is not None


def denied_part(sentence: str) -> tuple[int, int] | None:
    """The stretch of a sentence that it says is not so; None when it says no such thing.

    It ends where "but", "rather", "in fact" begin: what follows may be the speaker's own, or still belong to what is denied.
    """
    opens = next((m for m in _OPENS.finditer(sentence) if not _TRUE.match(m.group())), None)
    if opens is not None:
        freed = _FREES.search(sentence, opens.end())
        return opens.start(), freed.start() if freed else len(sentence)
    closes = _CLOSES.search(sentence)
    if closes is not None and len(sentence[: closes.start()].split()) >= 3:
        return 0, len(sentence)
    return None


def denies_before(sentence: str) -> Literal["", "one", "all"]:
    """Whether a sentence takes back the one before it ("That is wrong."), or all of them ("None of this is true.")."""
    match = _BEFORE.match(sentence)
    if match is None:
        return ""
    whole = (match["all"] or "").lower()
    if "true" in match.group().lower().split()[-1] and "not" not in match.group().lower() and whole not in ("none", "nothing"):
        return ""
    return "all" if whole else "one"


def about_truth(text: str) -> bool:
    """Speaks of right and wrong itself: "…, even when it is wrong" denies nothing there."""
    return _ABOUT_TRUTH.search(text) is not None


def closes(text: str) -> bool:
    """Ends in "… is wrong." or the like."""
    return _CLOSES.search(text) is not None


def closes_on_a_part(text: str) -> bool:
    """Ends in a short clause that calls something wrong ("…, even when it is wrong"): that may be what the sentence is about.

    After a colon a comma stands between the items of a list and begins no clause.
    """
    match = _CLOSES.search(text)
    if match is None:
        return False
    near = max(0, match.start() - NEAR)
    comma = _AFTER_COMMA.search(text, near, match.start())
    return _SHORT_CLAUSE.search(text, near, match.start()) is not None or (comma is not None and ":" not in text[: comma.start()])


def without_denial(text: str) -> str:
    """The text without the phrase that denies it."""
    return _CLOSES.sub(" ", _OPENS.sub(" ", text))
