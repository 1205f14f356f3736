"""A question that somebody would ask, looked at from four sides and for weak signs. Pure rules in the open: each verdict names the words
it rests on, and "could not judge" is a value.

It sees words, not sense. Measured on labelled questions: ``python -m benchmarks own``. What is no question at all is not judged.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from greenroom.bank.question import Round, Value
from greenroom.prep.asks import signs
from greenroom.prep.asks.signs import WeakId

Side = Literal["purpose", "specific", "fit", "opens"]
SIDES: tuple[Side, ...] = ("purpose", "specific", "fit", "opens")
FEW = 8
"""Words of a question without any sign from which on its specificity is left open: something particular may stand in it unseen."""
MANY = 3
"""Questions in one breath that are several, whether or not they hang together."""
ASKS_BY = re.compile(
    r"\?|\b(?:i(?:['’]d| would)? (?:like|love|want) to (?:know|understand|hear|ask|learn)|i wonder|i(?:['’]m| am) (?:curious"
    r"|interested|keen)"
    r"|tell me|walk me through|let me ask|may i ask|i want to know|i bet you)\b",
    re.IGNORECASE,
)
ROUND_OF = {
    "recruiter": "a recruiter", "manager": "the manager you would have", "peer": "a future colleague", "executive": "an executive",
}  # fmt: skip


class About(NamedTuple):
    """What is known of the employer, from what the person wrote. Any part may be empty."""

    company: str = ""
    role: str = ""


class SideVerdict(Value):
    """``good`` None: could not be judged. ``words``: of the question, on which it rests."""

    side: Side
    good: bool | None
    note: str
    words: tuple[str, ...] = ()


class WeakSign(Value):
    id: WeakId
    words: str
    note: str


class Judgement(Value):
    """``sides`` is empty for what is no question; ``reason`` then says so."""

    text: str
    round: Round
    sides: tuple[SideVerdict, ...] = ()
    weak: tuple[WeakSign, ...] = ()
    reason: str | None = None

    def side(self, side: Side) -> SideVerdict | None:
        return next((each for each in self.sides if each.side == side), None)

    @property
    def mend(self) -> str | None:
        """The one thing to mend first: a weak sign, else the first side that is not good."""
        if self.weak:
            return self.weak[0].note
        return next((each.note for each in self.sides if each.good is False), None)


def judge(text: str, round_: Round, about: About = About()) -> Judgement:
    """Each side of one question, for the interviewer of one round."""
    if not ASKS_BY.search(text) and not _clauses(text):
        return Judgement(text=text, round=round_, reason="This does not ask anything yet: word it as a question.")
    sides = (_purpose(text), _specific(text, about), _fit(text, round_), _opens(text))
    return Judgement(text=text, round=round_, sides=sides, weak=_weak(text, round_))


def _purpose(text: str) -> SideVerdict:
    found = _found(text, signs.PURPOSE)
    if found:
        return SideVerdict(side="purpose", good=True, note="It says why you want to know.", words=found)
    return SideVerdict(side="purpose", good=False, note="Say why you ask, in half a sentence: “I ask because …”.")


def _specific(text: str, about: About) -> SideVerdict:
    named = _found(text, signs.NAMED)
    if about.company.strip() and about.company.strip().lower() in text.lower():
        start = text.lower().index(about.company.strip().lower())
        named = (text[start : start + len(about.company.strip())], *named)
    own = (*_found(text, signs.SAID), *named)
    if own:
        return SideVerdict(side="specific", good=True, note="It holds on to something that only they have.", words=own)
    one = (*_found(text, signs.EVENT), *_found(text, signs.CRAFT))
    general = _found(text, signs.GENERAL)
    if one and not general:
        return SideVerdict(side="specific", good=True, note="It asks for one thing, not for a general view.", words=one)
    cure = "Any employer could be asked this. Hold on to something of theirs, or ask for the last time it happened."
    if general or (not one and len(text.split()) <= FEW):
        return SideVerdict(side="specific", good=False, note=cure, words=general)
    return SideVerdict(side="specific", good=None, note="Whether it is particular to them could not be told.", words=one)


def _fit(text: str, round_: Round) -> SideVerdict:
    """By what the question is about: how many words of it belong to this round, how many to others."""
    found = [(field, words) for field in signs.FIELDS if (words := _found(text, field.words))]
    ours = [(field, words) for field, words in found if round_ in field.fits]
    others = [(field, words) for field, words in found if round_ not in field.fits | field.may]
    if ours and sum(len(words) for _, words in ours) >= sum(len(words) for _, words in others):
        note = f"{ROUND_OF[round_].capitalize()} can answer this: it is about {ours[0][0].name}."
        return SideVerdict(side="fit", good=True, note=note, words=ours[0][1])
    if others:
        field, words = others[0]
        who = " or ".join(ROUND_OF[each] for each in ROUND_OF if each in field.fits)
        cure = f"It is about {field.name}" + (f": keep it for {who}." if who else ", which is at its place in no round.")
        return SideVerdict(side="fit", good=False, note=cure, words=words)
    note = f"Whether {ROUND_OF[round_]} is the one to ask could not be told."
    return SideVerdict(side="fit", good=None, note=note, words=found[0][1] if found else ())


def _opens(text: str) -> SideVerdict:
    clauses = _clauses(text)
    invited = signs.TELL.search(text)
    if not clauses and not invited:
        short = len(text.split()) <= FEW or signs.GENERAL.search(text) is not None
        return SideVerdict(side="opens", good=False if short else None, note=CLOSED_CURE if short else UNTOLD)
    main = next((clause for clause in clauses if not signs.INVITES.match(clause)), clauses[0] if clauses else text)
    dead = next((words for id_ in DEAD if (words := _found(text, signs.WEAK[id_]))), ())
    if dead:
        return SideVerdict(side="opens", good=False, note=CLOSED_CURE, words=dead)
    if _yes_no(text):
        return SideVerdict(side="opens", good=False, note="A yes or a no answers it. Begin with how, what or why.", words=(_lead(main),))
    if signs.FACT.search(main) or (invited and signs.GENERAL.search(text)):
        return SideVerdict(side="opens", good=False, note=CLOSED_CURE, words=(_lead(main),))
    if signs.STORY.search(main) or invited:
        return SideVerdict(side="opens", good=True, note="The answer will be something that you can ask on about.", words=(_lead(main),))
    return SideVerdict(side="opens", good=None, note=UNTOLD, words=(_lead(main),))


DEAD: tuple[WeakId, ...] = ("pay", "searchable", "verdict")
UNTOLD = "Whether the answer leads on could not be told."
CLOSED_CURE = "A figure, a list or a slogan answers it, and there it ends. Ask how it came about, or for one case."


def _weak(text: str, round_: Round) -> tuple[WeakSign, ...]:
    found = [WeakSign(id=id_, words=words[0], note=_cure(id_, round_)) for id_, sign in signs.WEAK.items() if (words := _found(text, sign))]
    if _yes_no(text):
        found.append(WeakSign(id="yes-no", words=_lead(_clauses(text)[0]) if _clauses(text) else text, note=_cure("yes-no", round_)))
    if several := _several(text):
        found.append(WeakSign(id="several", words=several, note=_cure("several", round_)))
    return tuple(found)


def _cure(id_: WeakId, round_: Round) -> str:
    pay = "In a first talk let them raise pay and holidays." if round_ == "recruiter" else "Pay and holidays are not theirs to settle."
    return {
        "pay": f"{pay} Ask when an offer is near.",
        "searchable": "Their website answers this. Start from the fact and ask what lies behind it.",
        "self": "It asks what you would get or be spared. Ask about the work first; settle this with the offer.",
        "trap": "It accuses or quizzes. Ask with interest for what happened and what changed.",
        "verdict": "Nobody can answer this on the spot. Ask about the next steps instead.",
        "yes-no": "A yes or a no answers it. Begin with how, what or why.",
        "several": "Several questions in one: they will answer the last. Ask one and keep the others.",
    }[id_]


def _clauses(text: str) -> list[str]:
    """The clauses that ask, from their first word on. "When somebody changes a prompt, which tests …" asks by "which"."""
    found = list(signs.QUESTION.finditer(text))
    starts = [match.start("wh") if match["wh"] else match.start("aux") for match in found]
    kept = [at for n, at in enumerate(starts) if not (_only_sets_a_scene(text, at) and n + 1 < len(starts))]
    return [text[at:] for at in kept]


def _only_sets_a_scene(text: str, at: int) -> bool:
    return re.match(r"(?:when|where) (?!do|does|did|will|can|is|are|was|were|would|have|has)\w+", text[at:], re.IGNORECASE) is not None


def _yes_no(text: str) -> bool:
    """The clause that asks begins with a form of be, do, have, can … and is no mere request to tell."""
    clauses = _clauses(text)
    if not clauses:
        return "?" in text and len(text.split()) <= FEW
    first = clauses[0]
    if signs.INVITES.match(first):
        return False
    return first.split()[0].lower().replace("’", "'") in signs.CLOSED


def _several(text: str) -> str | None:
    """The words of the second question, where one is asked that does not go on with the first."""
    if text.count("?") > 2:
        return text.split("?")[1].strip()
    clauses = [clause for clause in _clauses(text) if not signs.INVITES.match(clause)]
    if len(clauses) >= MANY:
        return _lead(clauses[1])
    if len(clauses) == 2 and not signs.BACK.search(" ".join(clauses[1].split()[1:])):
        return _lead(clauses[1])
    return None


def _lead(clause: str) -> str:
    return " ".join(clause.split()[:5])


def _found(text: str, pattern: re.Pattern[str]) -> tuple[str, ...]:
    """Different words that stand in the text, in order."""
    return tuple(dict.fromkeys(match.group().strip() for match in pattern.finditer(text) if match.group().strip()))
