"""Does an answer that gives back what was asked add something of its own? By words; it judges no truth, only whether there is something.

    taken out    what was asked, a line of the CV with it; small words; words that say how it felt or that it mattered, of any work whatever
    left         must be two different words, or one that is a figure, a name or a term; and a tenth of what was said beside the line

So a line with one plain fact is an answer, and a line with a long sentence about how important it was is none. It knows no sense: empty
talk in rarer words gets past it. That is why such an answer is then held against its rubric without the sentences that only give the line
back (``own_part``): what a CV says was not said by the person, and earns nothing. A fact of fewer words than can be judged is not judged,
as it would not be without the line. An answer that does not give it back is none of its business.
"""

from __future__ import annotations

import re
from typing import Final

from greenroom.llm.words import FUNCTION, NEGATORS, content, stem, vocabulary, words

GIVEN_BACK = 0.6
"""Share of the words asked that an answer must have for it to give them back."""
LEAST_OWN, OWN_SHARE = 2, 0.1
LEAST_GIVEN = 3
"""Words of the line that a sentence must have to be one that gives it back."""
NOTHING_OWN: Final = "Beside what was asked, the answer says nothing that can be looked at: add what you did, with what, or how much."
TOO_LITTLE_OWN: Final = (
    "Beside what was asked, the answer is too short to judge: say in a sentence or two more what you did, with what, or how much."
)
_EMPTY = frozenset(
    stem(word)
    for word in """
    able absolutely achieve achievement actual add afraid age amazing anything appreciate area around aspect asset attitude awesome
    awful background beautiful began believe best better big brilliant bring broad brought bullet came capable career case certain
    certainly challenge challenging change clear clearly colleague come communicate communication company confidence confident
    contribute contribution cool course creativity crucial cv day dedicated dedication deep definitely deliver describe description
    determined develop development difference different difficult difficulty discipline doubt dynamic eager early easy effective
    efficient effort employer end enjoy enjoyable enormous enthusiastic entire environment especially essential everybody everyone
    everything exactly example excellent exceptional excited exciting experience experienced expert expertise explain extremely fact
    fantastic far fascinating fast feedback feel feeling felt field find fine focus fond forward found full fully fun fundamental
    future gain gained gave general generally genuine genuinely glad gladly goal good grateful gratitude great greatly grew grow
    growth handle happen happy hard help helpful helping high highlight highly honest honestly hope hour huge idea impact importance
    important impress impressive improve improvement incredible incredibly individual industry insight inspire inspiring interest
    interested interesting invaluable involve involved job journey joy keen kept key knew know knowledge large lead leader leadership
    learn learned learning learnt lesson level life line list long look looking love main major manner matter meaningful meant
    memorable mention mentioned mind moment motivate motivated need nice notable obvious obviously opinion opportunity organisation
    organization outcome outstanding overall paper part particular particularly passion passionate patience people perfect perform
    performance period person personal personally piece place play played pleased point position positive possible powerful practical
    practice present pretty pride process produce productive profession professional professionally project proud proudly pursue
    quality question reach real realise realize relevant remarkable remember represent require requirement respect responsibility
    responsible result resume reward rewarding rich right role satisfied satisfying seem seen sense serious seriously show showed
    shown side significant significantly simple skill smart solid solution sort speak special stand stands star state statement story
    strength strong strongly succeed success successful successfully summary super support sure talent talk task taught teach team
    teamwork tell tells terrific thank thankful think thinking thought time today together told took top topic totally tough
    tremendous tried true truly trust truth try unique useful valuable value variety various view vital want wanted went whatever wide
    willing wonder wonderful word work worked working world worth worthwhile write written wrote year young
    """.split()  # noqa: SIM905
)
_PERHAPS_NAME = re.compile(r"(?<=[^\W_.!?:;“”\"] )[A-Z][\w-]+")
"""A capital inside a sentence."""
_SENTENCE = re.compile(r".(?:[^.!?\n]|[.!?]++(?!\s|$))*+(?:[.!?]++|\n|$)", re.DOTALL)


def gives_back(asked: str, answer: str) -> bool:
    """Whether the line is in the answer. ``asked`` holds it as it was said to the person."""
    line = _line_of(asked)
    return bool(line) and len(line & set(content(answer))) >= GIVEN_BACK * len(line)


def adds_nothing(asked: str, answer: str) -> bool:
    """Whether it gives back what was asked, and nothing of its own beside it."""
    if not gives_back(asked, answer):
        return False
    given, said = set(content(asked)), content(answer)
    beside = [word for word in said if word not in given]
    own = {word for word in beside if word not in _EMPTY}
    if len(own) >= LEAST_OWN and len([word for word in beside if word in own]) >= OWN_SHARE * len(beside):
        return False
    return not any(word in _telling(answer) for word in own)


def own_part(asked: str, answer: str) -> str:
    """The answer with blanks in place of the sentences that give back the line and hold nothing else, so that places stay what they are."""
    given, line = set(content(asked)), _line_of(asked)

    def blank(found: re.Match[str]) -> str:
        said = content(found.group())
        own = {word for word in said if word not in given and word not in _EMPTY}
        gives_back = len(line & set(said)) >= LEAST_GIVEN and len(own) < LEAST_OWN
        return re.sub(r"\S", " ", found.group()) if gives_back else found.group()

    return _SENTENCE.sub(blank, answer)


def _line_of(asked: str) -> set[str]:
    """The words between the quotation marks; all, where nothing is quoted."""
    quoted = re.match("[^“]*+“(.+)”", asked, re.DOTALL)
    return set(content(quoted[1] if quoted else asked))


def _telling(answer: str) -> set[str]:
    """Figures, names and terms: one of them is a fact by itself."""
    plain = {word.text for word in words(answer) if word.text not in FUNCTION and word.text not in NEGATORS}
    known = vocabulary()
    special = {word for word in plain if any(c.isdigit() for c in word) or (word.isalpha() and not known & {word, stem(word)})}
    return {stem(word) for word in (*special, *(name.lower() for name in _PERHAPS_NAME.findall(answer)))}
