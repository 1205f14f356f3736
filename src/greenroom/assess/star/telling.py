"""What a sentence of a story tells: deeds in the past and whose they are, and whether it speaks of one occasion at all.

By closed lists and word endings, left to right, without a model: "I rebuilt the index, measured it and wrote …" holds three deeds of the
teller's own. A verb that is in no list and ends otherwise is missed, "they" and "the clerk" are nobody of ours, and whether a deed is
true or wise is not seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from greenroom.assess.reading.clauses import Window
from greenroom.llm.words import FUNCTION, Word, words

Whose = Literal["own", "ours", "others", ""]

IRREGULAR = frozenset(
    """
    built rebuilt wrote rewrote ran reran took retook gave found told set reset cut put kept held sent brought taught drew redrew broke
    chose spoke met began shut paid read reread withdrew drove threw spent did redid undid sold bought sought said split quit hid caught
    stood let won fought swept went flew sat rang made left dug laid fed froze forbade lent wound slept swore handwrote overrode reframed
    """.split()  # noqa: SIM905
)
SAME = frozenset(("put", "cut", "set", "reset", "let", "shut", "quit", "split", "read", "reread"))
"""Of these, those that look the same in the present."""
PARTICIPLES = frozenset("built rebuilt written rewritten taken found cut put sent shut made thrown done drawn set brought held".split())  # noqa: SIM905
STATES = frozenset(
    """
    needed wanted liked loved hated seemed appeared happened learned believed hoped wished feared remained belonged existed involved
    worked noticed realised realized enjoyed preferred assumed expected trusted regretted doubted stayed lived joined suffered struggled
    disliked succeeded failed required owned maintained received missed underestimated overestimated graduated studied considered
    experienced worried valued cared landed inherited feared indeed supposed tired interested scared embarrassed speed exceed need feed
    """.split()  # noqa: SIM905
)
"""Words in -ed that tell how things stood, or what befell the teller, and not what was done about it."""
OWN = frozenset(("i", "i've", "i'd", "i'm", "i'll"))
OURS = frozenset(("we", "we've", "we'd", "we're", "we'll"))
GROUP = frozenset(("team", "group", "colleague", "colleagues", "squad", "crew"))
GROUP_WITHIN = 2
OTHERS = frozenset(
    "he she they it you this these those nobody everybody everyone somebody someone he'd she'd they'd they've it's who's there".split()  # noqa: SIM905
)
INTO = frozenset("that which who whom whose what how why where when while because since if whether although unless until as than".split())  # noqa: SIM905
"""Words that open a clause within the sentence: its subject is not the sentence's."""
JOINS = frozenset(("and", "then", "but", "or", "so"))
BETWEEN = frozenset(
    """
    have had also first just even once never soon both myself therefore instead later afterwards finally uh um like you know alone still
    only twice personally then too next
    """.split()  # noqa: SIM905
)
"""May stand between a subject and its verb, like any word in -ly that is no habit."""
HABIT = frozenset("always usually generally typically normally often regularly constantly rarely".split())  # noqa: SIM905
MAYBE = frozenset("would could should will can might may shall i'd we'd i'll we'll".split())  # noqa: SIM905
BEING = frozenset("was were been being got is are am".split())  # noqa: SIM905
PRESENT = frozenset(("is", "are", "am", "being"))
IDLE = frozenset(
    """
    am have think know believe like love enjoy feel want need try mean guess do see hope prefer learn work was had can't cannot don't
    didn't am not wish agree understand experiment follow listen read communicate adapt live remember say suppose admit regret trust value
    care
    """.split()  # noqa: SIM905
)
"""What follows "I" in the present and tells of no step."""
OPINION = re.compile(
    r"\b(?:whenever|in general|in any (?:team|project|case)|(?:you|one|everybody|engineers) (?:should|must|have to|has to|need to)"
    r"|it is (?:very |always |so )?"
    r"(?:important|key|essential|crucial)|(?:is|are) (?:very |so |really |always )?(?:important|essential|crucial|key|the key|a key)"
    r"|nowadays"
    r"|i am (?:a|an|very|passionate|always|known)|i'm (?:a|an|very|passionate|always|known)|in such a (?:case|situation)|it would be"
    r"|if i (?:were|saw|got)"
    r"|close to my heart|i (?:strongly |firmly )?believe)\b",
    re.IGNORECASE,
)
PAST = frozenset(
    """
    was were had got did didn't wasn't weren't hadn't couldn't could came became meant rose fell grew felt thought knew saw heard lost
    hung cost sank shrank woke stole stuck went hurt
    """.split()  # noqa: SIM905
)


TURNS = INTO | JOINS | BEING
PAUSE = re.compile(r"[,;:()–—-]")


NOW = frozenset(
    """
    is are am isn't aren't i'm it's that's they're we're you're there's do does don't doesn't can can't cannot must should may might will
    would has hasn't i'd i'll
    """.split()  # noqa: SIM905
)


class Line(NamedTuple):
    """One sentence. ``own``, ``ours``: its deeds; ``bare``: those without a subject ("Reverted it, filed the diff"); ``nobodys``: in the
    passive. ``now``: deeds told in the present. ``loose``: an opinion, a habit or
    something imagined: it tells of no occasion. ``past``: it has a verb in the past. ``tenses``: how many of its verbs are in the past, and
    how many in the present or imagined, as far as closed lists know them.
    """

    text: str
    start: int
    end: int
    own: tuple[str, ...]
    ours: tuple[str, ...]
    bare: tuple[str, ...]
    nobodys: tuple[str, ...]
    now: tuple[str, ...]
    loose: bool
    past: bool
    tenses: tuple[int, int]


class Seen(NamedTuple):
    """A verb where one was looked for: whose, and of what kind."""

    word: str
    whose: Whose
    kind: Literal["deed", "passive", "now", "maybe", "habit"]


def read_line(piece: Window) -> Line:
    seen = list(_verbs(piece.text, words(piece.text)))
    own, ours = _told(seen, "deed", "own"), _told(seen, "deed", "ours")
    vague = any(verb.kind in ("maybe", "habit") and verb.whose in ("own", "ours") for verb in seen)
    vague = vague or OPINION.search(piece.text) is not None
    if vague:  # "I would pull the answers, read them": no past
        own, ours = (tuple(step for step in steps if step not in SAME) for steps in (own, ours))
    loose = not own and not ours and vague
    bare = () if loose else _told(seen, "deed", "")
    nobodys = () if loose else (*_told(seen, "passive", "others"), *_told(seen, "passive", ""))
    past = any(word.text in PAST or (_past(word.text) and word.text not in SAME) for word in words(piece.text))
    now = _told(seen, "now", "own")
    steps = sum(step not in SAME for step in (*own, *ours, *bare)) + len(nobodys)
    tenses = (_count(piece.text, PAST) + steps, _count(piece.text, NOW) + len(now))
    return Line(piece.text, piece.start, piece.end, own, ours, bare, nobodys, now, loose, past, tenses)


def told_share(lines: Sequence[Line]) -> float:
    """The share of a text's verbs that are in the past, 0..1; 0 where it has none that is known."""
    past, present = (sum(line.tenses[n] for line in lines) for n in (0, 1))
    return past / max(past + present, 1)


def _count(text: str, known: frozenset[str]) -> int:
    return sum(word.text in known for word in words(text))


def _told(seen: Sequence[Seen], kind: str, whose: Whose) -> tuple[str, ...]:
    return tuple(dict.fromkeys(verb.word for verb in seen if verb.kind == kind and verb.whose == whose))


def _past(word: str) -> bool:
    return word in IRREGULAR or (word.endswith("ed") and len(word) > 4)


def is_deed(word: str) -> bool:
    return _past(word) and word not in STATES


class _Place(NamedTuple):
    """Where the reading stands: whose clause it is (``main``), whether within another (``inside``), whether its verb may come now
    (``expected``), whether after a form of "be" (``passive``), and the word the clause began with (``opened``)."""

    main: Whose = ""
    inside: bool = False
    expected: bool = True
    passive: bool = False
    opened: int = 0


def _verbs(text: str, said: Sequence[Word]) -> Iterator[Seen]:
    """Left to right. A comma leads back out of a clause within."""
    at = _Place()
    for place, word in enumerate(said):
        here = word.text
        if place and PAUSE.search(text, said[place - 1].end, word.start):
            at = at._replace(inside=False, expected=True, opened=place)
        whose = _subject(said, place, at)
        if whose:
            inside = at.inside and whose != "own"  # what I did within a clause is mine too
            at = at._replace(main=at.main if inside else whose, inside=inside, expected=True, passive=False)
            if here in MAYBE and not at.inside and _imagines(said, place):
                yield Seen(here, whose, "maybe")
        elif here in TURNS:
            at = _turned(at, here, place)
        elif at.passive and (here in PARTICIPLES or is_deed(here)):
            yield Seen(here, "others" if at.inside else at.main, "passive")
            at = at._replace(passive=False)
        elif at.expected and here not in BETWEEN and not (here.endswith("ly") and here not in HABIT):
            verb = None if at.inside else _verb(here, at.main, said[place + 1].text if place + 1 < len(said) else "")
            if verb:
                yield verb
            at = at._replace(expected=False, passive=False)
        elif here not in BETWEEN and not here.endswith("ly"):
            at = at._replace(passive=False)


def _turned(at: _Place, here: str, place: int) -> _Place:
    if here in INTO:
        return at._replace(inside=True, expected=False, passive=False, opened=place + 1)
    if here in JOINS:
        return at._replace(expected=not at.inside, opened=place + 1)
    return at._replace(expected=False, passive=here not in PRESENT)


def _verb(here: str, main: Whose, after: str) -> Seen | None:
    if here in HABIT:
        return Seen(here, main, "habit")
    if is_deed(here) and not (here == "used" and after == "to"):
        return Seen(here, main, "deed")
    if here in MAYBE:
        return Seen(here, main, "maybe") if here != "could" and after != "have" else None
    plain = here.isalpha() and len(here) > 2 and not _past(here) and here not in IDLE | STATES | FUNCTION
    return Seen(here, main, "now") if plain else None


def _subject(said: Sequence[Word], place: int, at: _Place) -> Whose:
    """ "The team" is a subject only where a clause begins; so is "it", else it is what was acted on."""
    word, opened = said[place].text, at.opened
    if word in OWN:
        return "own"
    if word in OURS or (word in GROUP and 0 < place - opened <= GROUP_WITHIN and said[opened].text in ("the", "my", "our")):
        return "ours"
    return "others" if word in OTHERS and (at.expected or place == opened) else ""


def _imagines(said: Sequence[Word], place: int) -> bool:
    """Whether "I'd" is "I would": no verb in the past follows."""
    after = next((word.text for word in said[place + 1 : place + 4] if word.text not in BETWEEN and not word.text.endswith("ly")), "")
    return not (_past(after) or after in PARTICIPLES or after in BEING)
