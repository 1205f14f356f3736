"""Ways in which English job texts say how much they ask for: patterns only, read by ``job.py``. Linear: no repeats inside repeats."""

from __future__ import annotations

import re

from greenroom.bank.question import Level


def _any(*phrases: str) -> re.Pattern[str]:
    """Any of the phrases, in any case, not within a word."""
    return re.compile(r"(?<!\w)(?:" + "|".join(phrases) + r")(?!\w)", re.IGNORECASE)


LINE = re.compile(r"[^\n]+")
SENTENCE = re.compile(r"(?:[^.!?]|[.!?](?!\s|$)){1,1000}[.!?]*")
"""At most a thousand characters: what searches around a word never has far to go."""
FALSE_FRIENDS = _any(
    r"attention to (?:the )?details?", r"pay(?:ing)? (?:close )?attention", r"bias (?:for|towards?|to) action", r"reasoning skills",
    r"privacy (?:policy|notice|statement)", r"across the board", r"job boards?", r"board of directors", r"(?:paid|parental|sick) leave",
    r"(?:estate|insurance|support|service|travel|call[- ]cent(?:er|re)|human|customer) agents?",
    r"background check", r"weights (?:&|and) biases",
    r"training (?:budget|and development|opportunit\w+|courses?|days?)", r"prompt (?:response|reply|payment|service)s?",
)  # fmt: skip
"""Terms of the lexicon that mean something else there."""
PASSED_OVER = _any(
    r"equal[- ]opportunit\w+", r"without regard to", r"regardless of", r"discriminat\w+ (?:on|against)", r"(?:not|never) discriminate",
    r"reasonable accommodations?", r"protected veteran", r"sexual orientation", r"health insurance", r"dental", r"parental leave",
    r"401 ?\(?k\)?", r"pension", r"paid (?:vacation|time off|holidays?)", r"stock options?", r"(?:salary|compensation) range",
    r"base salary",
    r"visa sponsorship", r"relocation", r"annual leave", r"days (?:of )?(?:vacation|holiday)",
)  # fmt: skip
"""Sentences of pay, benefits and equal opportunity."""
PLUS = _any(
    r"nice[- ]to[- ]haves?", r"good[- ]to[- ]haves?", r"bonus", r"(?:is|are|be|as) an? (?:plus|advantage|asset)",
    r"a (?:big |strong |real )?plus", r"preferred", r"preferabl[ey]", r"ideally", r"desirable", r"desired", r"optional(?:ly)?",
    r"would be (?:great|nice|useful|helpful|ideal)", r"not essential", r"not required",
)  # fmt: skip
ASKED = _any(
    r"must[- ]haves?", r"requirements?", r"required", r"what you(?:['’]ll)? (?:bring|need)", r"you have", r"your profile", r"about you",
    r"qualifications", r"essential", r"responsibilit\w+", r"what you(?:['’]ll| will) do", r"the role", r"your (?:tasks|role|mission)",
    r"who you are", r"what we(?:['’]re| are) looking for",
)  # fmt: skip
DENIED = re.compile(
    r"\b(?:no|not|without|don['’]?t need|do not need|needn['’]?t|never|isn['’]?t|rather than|instead of)\s+(?:\w+\s+){0,3}$", re.IGNORECASE
)
"""In front of a word."""
SENIOR_OTHERS = re.compile(
    r"(?:report(?:s|ing)?|work(?:ing)?|alongside|mentor\w{0,20}|support(?:ing)?|present(?:ing)?|coach\w{0,20}|from|together|help(?:ing)?|by|brief(?:ing)?)"
    r"\s+(?:\w+[\s,]+){0,5}$",
    re.IGNORECASE,
)
"""In front of a word of seniority: it is somebody else's."""
UNDERSTOOD = re.compile(
    r"\b(?:(?:understanding|knowledge|grasp|familiarity|fundamentals|basics|familiar|internals) (?:of|in|with)|understands?|understood)"
    r"\s+(?:(?!(?:framework|librar|tool|package|stack|platform))[\w(&/.,-]+\s+){0,5}$",
    re.IGNORECASE,
)
"""In front of a word: it is to be understood, not only used. "Familiarity with tools such as" asks for no more than their use."""
DEPTH: dict[Level, re.Pattern[str]] = {
    "expert": _any(
        r"deep(?:ly)? (?:understanding|knowledge|expertise|experience|familiar\w*)", r"in[- ]depth", r"expert(?:ise)? (?:in|with|level)",
        r"extensive", r"thorough", r"mastery", r"proven track record", r"from scratch", r"publications?", r"published", r"world[- ]class",
        r"advanced (?:knowledge|experience|understanding)", r"strong (?:background|expertise|understanding)", r"first principles",
        r"internals", r"state[- ]of[- ]the[- ]art",
    ),
    "practitioner": _any(
        r"hands[- ]on", r"(?:solid|strong|practical|proven|professional|demonstrated|real[- ]world|production) (?:\w+ )?experience",
        r"experienced? (?:in|with|of|building|working|using|deploying|designing)", r"proficien\w+", r"working knowledge", r"fluen\w+",
        r"you have (?:built|shipped|deployed|trained|run)", r"build(?:ing)?", r"ship(?:ping)?", r"design(?:ing)?", r"develop(?:ing)?",
        r"implement(?:ing)?", r"deploy(?:ing)?",
    ),
    "foundation": _any(
        r"basics?", r"familiar(?:ity)?(?: with)?", r"exposure to", r"awareness of", r"some (?:knowledge|experience|understanding)",
        r"interest(?:ed)? in", r"willing(?:ness)? to learn", r"understanding of", r"fundamentals", r"conceptual", r"entry[- ]level",
        r"good grasp",
    ),
}  # fmt: skip
"""How well a thing must be known, by words in its sentence."""
_ROLE = r"(?=,? (?:[\w/&-]+ ){0,3}(?:engineer|scientist|developer|researcher|designer|manager|analyst|architect)\b)"
"""A word of rank in front of a role: "lead" and "staff" are more often something else."""
LEVEL: dict[Level, re.Pattern[str]] = {
    "foundation": _any(
        r"intern(?:ship)?", r"working student", r"junior",
        r"graduate (?:role|position|programme|program|engineer|scheme)", r"entry[- ]level",
        r"trainee", r"apprentice(?:ship)?", r"early[- ]career", r"no (?:prior|previous|professional) experience",
        r"[01]\s?[-–]\s?[12]\+? years?", r"(?:1|one)\+? years?",
    ),
    "practitioner": _any(
        r"mid[- ](?:level|senior)", r"intermediate(?= (?:level|\w+ )?(?:engineer|developer|scientist|position|role)\b)", r"medior",
        r"(?:[234]|two|three|four)(?:\s?[-–]\s?[2-6])?\s?\+? ?(?:or more )?years?",
    ),
    "expert": _any(
        r"senior", r"sr\.?", rf"(?:staff|principal|lead){_ROLE}", r"(?:tech(?:nical)?|team) lead", r"head of",
        r"director", r"(?:solutions?|software|systems?|ai|ml|data|cloud|enterprise) architect", r"distinguished", r"ph\.?d", r"doctorate",
        r"(?:[5-9]|1\d|five|six|seven|eight|nine|ten)(?:\s?[-–]\s?\d{1,2})?\s?\+? ?(?:or more )?years?",
    ),
}  # fmt: skip
"""The level of the role. Years: up to one, two to four, five and more."""
EVERYDAY = frozenset(
    """
    i ai ml it us uk eu usa uae ny la hr cv ceo cto cfo coo vp pto eoe eeo faq etc e.g i.e am pm ok tbd asap gmbh ltd inc llc plc ag
    m/f/d f/m/d w/m/d m/w/d d/f/m cest cet gmt est pst q1 q2 q3 q4 b2b b2c saas r&d kpi kpis okr okrs ceos and/or linkedin github glassdoor
    january february march april may june july august september october november december monday tuesday wednesday thursday friday
    saturday sunday english german french spanish europe european american london berlin paris amsterdam york san francisco remote hybrid
    bsc msc ma ba phd d llm llms
    """.split()  # noqa: SIM905
)
"""Capitals that are no technical word."""
CANDIDATE = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[+#]{1,2}|(?:[./&-][A-Za-z0-9]+)*)")
