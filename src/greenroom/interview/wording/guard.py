"""Whether what a chat model wrote may be said. Pure: words in, the fault out.

A model that stands in for an interviewer goes astray in known ways: it talks on, asks three things at once, judges ("Exactly!"), gives the
answer away, falls out of its part, says the same again, or asks about something else. Each has a check, and each check a control. The words
before the question have a stricter one of their own (``leads``). Not caught: a hint within the question that shares no words with the
rubric, a verdict there in words that no list has, and a rewording that keeps the words and turns the question.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from typing import Final

from greenroom.interview.wording.brief import Brief
from greenroom.llm.words import content

LINE_WORDS, QUESTION_WORDS = 35, 60
LETTERS = 420
RUN = 6
"""So many words in a row of the rubric's are its text."""
SHARE, LEAST = 0.6, 3
"""This share of the words that carry a point, and at least so many of them, give it away."""
ALIKE = 0.8
LOOPS = 3

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_MARKUP = re.compile(r"[\n\r\t`{}<>|*_#\\]|\[/?INST|https?:|www\.|&\w+;|(?:^|\s)(?:[-•]|\d+[.)])\s")
_HINT = re.compile(
    r"\bhint\b|\byou (?:should|could|might|need to|want to|may want to) (?:also )?(?:mention|say|add|include|bring|cover|name)\b"
    r"|\b(?:do not|don['’]t) (?:forget|leave out)\b|\bremember to (?:mention|say|add|include)\b"
    r"|\b(?:most|many|other|good|strong|some) (?:people|candidates|engineers|answers) (?:\w+ )?(?:mention|say|said|name|bring|include)"
    r"|\b(?:expected|ideal|complete|full|model) answer\b|\b(?:an?|the|any) (?:\w+ )?answer (?:would|should|needs|has to|must)\b",
    re.IGNORECASE,
)
_VERDICT = re.compile(
    r"\b(?:well done|spot on|nailed it|bravo|not quite|close enough|good (?:answer|point|example|explanation)"
    r"|great (?:answer|point|question)"
    r"|strong answer|weak answer|full marks|(?:that|this|it)(?:['’]s| is| was) (?:right|wrong|true|false|correct|incorrect|a mistake)"
    r"|you(?:['’]re| are| were) (?:right|wrong|correct|mistaken)"
    r"|you (?:missed|forgot|left out|overlooked|got (?:it|that)|did not mention|didn['’]t mention|failed|pass|passed|have passed)"
    r"|your score|\d+ (?:of|out of) \d+|points? for|pass(?:ing)? mark|hired)\b",
    re.IGNORECASE,
)
_ROLE = re.compile(
    r"\bas an? (?:ai|artificial|language model|large language model|assistant|chatbot)\b"
    r"|\bi(?: am|['’]m) (?:an? )?(?:ai|llm|language model|large language|chatbot|assistant|just a)\b"
    r"|\bsystem prompt|\bmy (?:instructions|prompt|guidelines|training data)|\brubric|\bkey points?\b|\bmodel answer|\bgrad(?:e|ing|er)\b"
    r"|\bjson\b|\bauthored\b|\bgiven question\b|\b(?:candidate|interviewer|assistant|user|system)\s*:"
    r"|\b(?:previous|prior|above) instructions"
    r"|\bi(?: am|['’]m) (?:only |just |merely |really )*an? (?:\w+ )?(?:ai|model|program|computer|machine|bot|robot|simulation|software)\b"
    r"|\bas an? (?:\w+ )?(?:model|machine|bot|program|computer),? (?:i|my)\b|\bmy (?:developers?|creators?|makers?|programming)\b"
    r"|\bcriteria\b"
    r"|\b(?:trained|programmed|created|told|asked|instructed) me to\b|\bi (?:was|am|have been) (?:programmed|instructed|told|designed) to\b"
    r"|\bi (?:can(?:not|['’]t)|am unable to|won['’]t) (?:help|assist|comply|answer|discuss)"
    r"|\bcertainly, here\b|\bhere(?:['’]s| is) (?:the|a|your) (?:line|question|response)",
    re.IGNORECASE,
)
_TELLS = re.compile(
    r"^(?:please |now |then |so,? )*(?:tell|explain|describe|walk|name|give|talk|show|say|take|suppose|imagine|compare|help|let|put|think"
    r"|sketch|outline|share|convince|define|list|teach|lead|go)\b",
    re.IGNORECASE,
)
_ENGLISH = frozenset({"the", "a", "an", "of", "to", "in", "and", "is", "are", "do", "does", "you", "how", "what", "why", "when", "it"})


def find_fault(line: str, question: str, brief: Brief) -> str:
    """What is wrong with a worded turn, as the end of the sentence "it …"; "" when it may be said."""
    return next((fault for check in CHECKS if (fault := check(line, question, brief))), "")


def _asks_one_thing(line: str, question: str, brief: Brief) -> str:
    if not question:
        return "asked nothing"
    marks = question.count("?")
    if marks > 1 or "?" in line:
        return "asked more than one thing"
    return "" if marks == 1 or _TELLS.match(question) else "asked nothing"


def _is_short(line: str, question: str, brief: Brief) -> str:
    long = len(_WORD.findall(line)) > LINE_WORDS or len(_WORD.findall(question)) > QUESTION_WORDS or len(line) + len(question) > LETTERS
    return "talked too long" if long else ""


def _is_plain_english(line: str, question: str, brief: Brief) -> str:
    if _MARKUP.search(line) or _MARKUP.search(question) or any(not char.isprintable() for char in line + question):
        return "wrote markup instead of speech"
    spoken = {word.lower() for word in _WORD.findall(f"{line} {question}")}
    return (
        "" if spoken & _ENGLISH and all(ord(char) < 0x250 or 0x2000 <= ord(char) < 0x2070 for char in question) else "did not speak English"
    )


def _keeps_its_part(line: str, question: str, brief: Brief) -> str:
    found = [*_ROLE.finditer(line), *_ROLE.finditer(question)]
    return "fell out of its part" if any(each[0].lower() not in brief.ask.lower() for each in found) else ""


def _judges_nothing(line: str, question: str, brief: Brief) -> str:
    """Only the plainest ones: the line before the question has ``leads`` to pass as well."""
    found = [*_VERDICT.finditer(line), *_VERDICT.finditer(question)]
    return "passed a verdict" if any(each[0].lower() not in brief.ask.lower() for each in found) else ""


def _gives_nothing_away(line: str, question: str, brief: Brief) -> str:
    spoken = f"{line} {question}"
    if any(each[0].lower() not in brief.ask.lower() for each in _HINT.finditer(spoken)):
        return "gave away what an answer should hold"
    known_runs, known = _runs(brief.known), set(content(brief.known))
    own_runs, own = _runs(spoken) - known_runs, set(content(spoken)) - known
    for secret in brief.secret:
        if own_runs & _runs(secret):
            return "gave away what an answer should hold"
        carrying = set(content(secret)) - known
        if len(own & carrying) >= max(LEAST, SHARE * len(carrying)):
            return "gave away what an answer should hold"
    return ""


def _runs(text: str) -> set[tuple[str, ...]]:
    words = [word.lower() for word in _WORD.findall(text)]
    return {tuple(words[n : n + RUN]) for n in range(len(words) - RUN + 1)}


def _says_nothing_twice(line: str, question: str, brief: Brief) -> str:
    words = [word.lower() for word in _WORD.findall(f"{line} {question}")]
    triples = Counter(zip(words, words[1:], words[2:], strict=False))
    if max(triples.values(), default=0) >= LOOPS or (len(words) > 12 and len(set(words)) < 0.45 * len(words)):
        return "went round in circles"
    for earlier in brief.said:
        if _alike(question, earlier) or (line and _alike(line, earlier)):
            return "repeated what was said before"
    return "repeated what was said before" if line and _alike(line, question) else ""


def _alike(one: str, other: str) -> bool:
    first, second = ({word.lower() for word in _WORD.findall(text)} for text in (one, other))
    return bool(first and second) and len(first & second) / len(first | second) >= ALIKE


def _stays_on_the_subject(line: str, question: str, brief: Brief) -> str:
    """A rewording shares a word that carries meaning with what it rewords; a question of its own, with what was said."""
    subject = content(brief.ask if not brief.beyond else brief.known)
    wanted, asked = {word[:5] for word in subject}, {word[:5] for word in content(question)}
    return "" if not wanted or wanted & asked else "asked about something else"


CHECKS: Final[tuple[Callable[[str, str, Brief], str], ...]] = (
    _asks_one_thing,
    _is_short,
    _is_plain_english,
    _keeps_its_part,
    _judges_nothing,
    _gives_nothing_away,
    _says_nothing_twice,
    _stays_on_the_subject,
)
