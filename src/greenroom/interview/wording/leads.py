"""Whether the words before a question only lead over to it. Pure: a line in, yes or no out.

A list of what must not be said does not carry over: of a hundred verdicts, corrections and hints that it had not seen it stopped
seventeen (docs/log.md). So it is turned round. A line may hold what the person or the question said, and neutral words of a closed list;
each of its clauses begins as a lead-over does; nothing in it denies, weighs or compares. What honest models say in other words is given up
for the authored line: that costs nothing. Not caught: what is put together from these words alone ("You talked around it"), or
with a word of the person's that no list has for a judging one.
"""

from __future__ import annotations

import functools
import re
from typing import Final

from greenroom.interview.wording.brief import Brief
from greenroom.llm.words import FUNCTION, NEGATORS, Word, stem, words

SHARED = 5
"""Words that begin alike to so many letters are taken for one: measure, measured. Shorter ones have to be the same."""
NAMES = 2
"""So many words after "now" or "then" name what comes."""
NEUTRAL: Final = frozenset(
    """
    a about account across after afternoon again ahead alone along aloud already alright also always am an and angle angles another
    answer answered answers any anybody anyone anything appreciate approach architecture are area areas around as aside ask asked asking
    asks at away back background be because become becomes been before begin beginning behind being beside between bill bit breath
    briefly bring bringing brings brought budget build building builds built business by call called calmly came can career carefully
    carry carrying case cases chair change changed changing client clients close closer colleague colleagues come comes coming company
    computer concrete condition conditions consider constraint constraints continue continuing corner cost costs could count counted
    counting cover covered covers cross curious customer customers data day days deep deeper depth describe described describing desk
    detail details did different dig dinner direction directly discuss discussing dive do does doing door down dwell each eight else
    especially ethics evening everybody everyday everyone exact exactly examine example examples experience experiences explain
    explained explaining explore far field figure figures finish first five follow following for four friend friends from further future
    general gently get gets getting give giving go goes going gone ground had handle hands hardware has have having he head hear heard
    hearing hello here herself hi himself hold home house how hurry i i'd i'll i'm i've if imagine in individual industry inside
    interested into is issue issues it item items its itself jargon job jump keep keeping keeps kept kind kindly kinds kitchen know
    language last later layer learn learned learning leave leaving let let's lets level levels life like line lines linger list listen
    listening lists little long longer look looked looking love machine machines made make makes making many market matter matters may
    me meanwhile measure measured measuring mechanical mechanism memory mention mentioned mentioning might mind mine minute minutes
    model models moment monday money month morning move moved moves moving my myself name named narrow near nearer need needs neighbour
    new newspaper next nine note noted notes now number numbers numeric of off office ok okay on once one ones onto open opening openly
    or ordinary other others our ourselves out over own pace pad page pages paper part particular parts past pause pen people person
    perspective phone phrase pick picking picture piece pieces place places plain plainly please point points position practical
    practically practice present press probe proceed process project projects push put putting question questions quickly read reader
    reading ready real record reply response return returning role room round run running rush said same say saying says scenes screen
    second seconds see seeing sees sentence sentences set setting settle seven shall share sharing she sheet shift shifting short
    shorter shortly show side sides simple simply since single sit sitting situation six size slow slowly small so society some somebody
    someone something somewhere soon sort sorts speak speaking specific spoke spoken stand standing start starting stay stayed staying
    stays step steps still stories story straight subject subjects such suppose switch switching system systems table take taken takes
    taking talk talked talking team technical technique tell telling ten term terms test text thank thanks that the their them theme
    themes themselves then there these they thing things think thinking this those thought thoughts thread threads three through till
    time times to today together told tomorrow tonight too took topic topics toward towards train trained training trains try trying
    turn turned turning turns two under understand until up us usage use used user users uses very view visit wait waiting walk walking
    wander want wants was way ways we we'd we'll we're we've week weeks were what whatever when whenever where which while whiteboard who
    whole whose why widen will with wonder wondering word words work working world would write writing written wrote year years
    yesterday you you'd you'll you're you've your yours yourself zoom
    """.split()  # noqa: SIM905
)
"""Words that lead over and judge nothing. Those that weigh (more, most, all, enough, almost, quite, only) are not among them."""
WEIGHING: Final = frozenset(
    """
    accurate accurately adequate amateur amazing bad best better bold brave brief brilliant careful careless clear clearly clever
    competent complete completely concise confused confusing contradiction contradictory convinced convincing correct correctly crude
    doubtful dull elegant error errors excellent expert fact fail failed fair false fault fit flaw flaws gap gaps garbled good great
    helpful hesitant hired hole holes honest impressive inadequate incompetent incomplete incorrect incorrectly indeed inefficient
    insufficient interesting irrelevant lacking lucky messy misconception misleading missed missing mistake mistaken muddled naive neat
    nice nonsense odd pass passed perfect perfectly persuasive plausible poor poorly precise precisely questionable really reasonable
    relevant rich right rough sensible shallow sharp silly skilled sloppy smart solid strange strong stupid sufficient superb
    superficial superficially sure thin thorough thoughtful tidy trivial true truth unfit unhelpful useful useless vague vaguely valid
    valuable weak weird well wise worse worst wrong
    """.split()  # noqa: SIM905
)
"""Words that judge. The person's own answer may hold them, and a line may not take them, or a form of them, from there."""
_PHRASES = re.compile(
    r"\b(?:(?:a (?:bit|little)|once|one|tell me|hear|in) more|(?:no|any) (?:rush|hurry)|(?:so|very) much"
    r"|more (?:concrete|specific|practical|personal|detail))\b",
    re.IGNORECASE,
)
"""Turns of speech that are neutral as a whole, though a word of theirs is not."""
_CLAUSE = re.compile(r"[.;!?…–—]\s*|,\s+(?=(?:and|so)\s)")
_OPENING = re.compile(
    r"^(?:(?:(?:so|and|now|then|okay|ok|alright|here|please|again|still|meanwhile)\b|thanks,|thank you,)[,:]?\s*)+",
    re.IGNORECASE,
)
_LAST = re.compile(r"(?:,|(?<![\s,]))\s++(?:now|then|next)$", re.IGNORECASE)
_LEADS = re.compile(
    r"""(?:
    thank | let(?:['’]s|\ us|\ me)\b | i(?:['’]d|\ would)(?:\ now|\ also)?\ (?:like|love)\b
    | i(?:['’]ll|\ will|\ shall|\ want|\ need|\ wonder|\ ask)\b | i(?:['’]m|\ am)\ (?:curious|interested|going|asking)\b
    | i\ have\ (?:an?|one|another|some|two)\b | i\ (?:now\ )?(?:turn|move|change|go|leave|put|set|appreciate|hear)\b
    | (?:my|the|this|an?|another|one|your)\ (?:[\w-]+\ ){0,3}(?:questions?|topic|subject|one|item|turn|matter|theme|area|follow-up)\b
    | you(?:['’]ve|\ have)?\ (?:mention|said|say|spoke|speak|talked|name|call|describe|told|began|started|brought|put|wrote|used|cover)
    | we(?:['’]ve|['’]ll|\ have|\ will|\ can|\ now|\ stay|\ move|\ spoke|\ talked|\ turn|\ go|\ are\ now)\b
    | (?:next|another|moving|staying|stay|turning|going|coming|back|from|to|on|onto|same|new|before|after|with\ that|as\ for|about|over)\b
    | one\b
    | take\ (?:your|a|as|whatever)\b | (?:there(?:['’]s|\ is)\ )?no\ (?:rush|hurry)\b | set\ .+\ aside
    | (?:imagine|picture|walk|tell|talk|look|keep|give\ me|put\ yourself|whenever|noted|first|last|something|somewhere)\b
    | it(?:['’]s|\ is)\ your\ turn\b
    )""",
    re.IGNORECASE | re.VERBOSE,
)


def only_leads_over(line: str, question: str, brief: Brief) -> bool:
    """Whether ``line`` may stand before ``question``; an empty line may."""
    heard = _roots(f"{brief.known} {question}")
    known = all(_may_be_said(word, heard) for word in words(_PHRASES.sub(" ", line)))
    subject = _roots(f"{brief.ask} {question}")
    return known and all(_leads(clause, subject) for clause in _CLAUSE.split(line))


def _may_be_said(word: Word, heard: frozenset[str]) -> bool:
    text = word.text.removesuffix("'s")
    if text in NEUTRAL or word.text in NEUTRAL:
        return True
    root = _root(text)
    return root in heard and root not in _judging() and not {text, word.text} & (FUNCTION | NEGATORS)


@functools.cache
def _judging() -> frozenset[str]:
    return frozenset(_root(word) for word in WEIGHING)


def _roots(text: str) -> frozenset[str]:
    return frozenset(_root(word.text.removesuffix("'s")) for word in words(text) if word.text not in FUNCTION | NEGATORS)


def _root(word: str) -> str:
    return stem(word)[:SHARED]


def _leads(clause: str, subject: frozenset[str]) -> bool:
    """``subject``: roots of what is asked about; one or two of its words after "now" or "then" name what comes."""
    rest = re.sub(r"^(?:and|so)\s+", "", clause.strip(" ,'\"“”‘’"), flags=re.IGNORECASE)
    said = _OPENING.sub("", rest)
    if not said or _LEADS.match(said):
        return True
    named = words(_LAST.sub("", said))
    opened = len(said) < len(rest) or _LAST.search(said) is not None
    return opened and len(named) <= NAMES and any(_root(word.text) in subject for word in named)
