"""How concrete a sentence is: a named case, a comparison, somebody's words, people and things one can see, numbers.

Points per sentence by closed lists of words; the weights are decided, the bar is fitted. A sentence that is vivid without
any of these is missed.
"""

from __future__ import annotations

import re

STRONG = re.compile(
    r"\b(?:for example|for instance|concretely|(?:one|an|as an|my) example|example[,:]|let me take|take (?:a|an|my|the case)|imagine"
    r"|picture (?:a|the|this)|think of|suppose|say you|let['’]s say|just like (?:a|when)|case in point"
    r"|(?:is|are|it['’]s|works?|acts?|behaves?|a bit) like (?:a|an|the|when|how|your|asking|reading|having|giving|someone|somebody|learning"
    r"|teaching|filling|playing|choosing|writing))(?=\W|$)|^\W*(?:roughly|a bit|much) like\b",
    re.IGNORECASE,
)
WEAK = re.compile(
    r"\b(?:e\.g\.|say (?:a|an|it|one|whether)|analogy|such as|like (?:a|an|when|school|if|how)|similar to|as if|the (?:same )?way"
    r" (?:that )?(?:a|you|we)|same as (?:a|when)|as to a)(?=\W|$)",
    re.IGNORECASE,
)
QUOTED = re.compile(r"[\"“][^\"“”]{3,}[\"”]")  # “ is left out inside: of many that are never closed each would be followed to the end
TOLD = re.compile(
    r"\b(?:i|we|they|she|he|my \w+) (?:had|was|were|built|made|did|wrote|used|tried|took|swapped|trained|got|noticed|found|went|put"
    r"|started|kept|set|said|asked|spent|switched|checked|counted|showed|saw|led|moved)\b|\b(?:last year|last month|the year before|at my"
    r"|in my (?:last|own|previous)|in our|at our|our (?:team|translators|support|firm|company|old))\b|\bi['’]ve seen\b",
    re.IGNORECASE,
)
NAME = re.compile(r"(?<=[a-z,;:\"“] )(?!I\b|LLM|AI\b|GPT|API|Adam\b|Hugging|Face\b|Chinchilla)[A-Z][a-z]{2,}\b")
NUMBER = re.compile(
    r"\b(?:\d[\d,.]*(?!\w)|two|three|four|five|six|seven|eight|nine|ten|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred"
    r"|thousand)\b",
    re.IGNORECASE,
)
SCENE = re.compile(
    r"\b(?:doctor|physician|nurse|clerk|teacher|lawyer|tenant|patient|driver|mechanic|fitter|student|friend|mother|father|dad|mum"
    r"|grand(?:mother|father|ma|pa)|aunt|uncle|neighbour|child|children|colleague|graduate|apprentice|cook|chef|pilot|translator"
    r"|accountant|radiolog\w+|cashier|farmer|judge|journalist|librarian|recruiter|hospital|clinic|bank|insur\w+|factory|school|library"
    r"|restaurant|shop|kitchen|hotel|airline|court|law firm|pharmacy|warehouse|airport|supermarket|keyboard|car|bicycle|recipe"
    r"|dictionary|letter|invoice|contract|refund|river|cat|dog|euros?|dollars?|price lists?|appointment|breakfast|dinner|lunch|radiology"
    r"|medicine|healthcare|insurance|law|date picker|crossword|puzzle|orchestra|map|engine|trophy|weather|football|chess|piano|train|bus"
    r"|phone|burst pipe|loan|salary|cv|mortgage|prescription|dosage)s?\b",
    re.IGNORECASE,
)


def concreteness(sentence: str) -> float:
    """0 for an abstract sentence; 2 for one plain "for example" or three small signs."""
    seen = len({word.lower() for word in SCENE.findall(sentence)})
    small = 0.8 * min(seen, 2) + 0.6 * min(len(TOLD.findall(sentence)), 2) + 0.6 * min(len(NAME.findall(sentence)), 2)
    signs = 2.0 * bool(STRONG.search(sentence)) + 1.2 * bool(WEAK.search(sentence)) + 1.5 * bool(QUOTED.search(sentence))
    return round(signs + small + 0.3 * min(len(NUMBER.findall(sentence)), 2), 1)
