"""The words that speak for or against each side of a question. Closed lists, made on the questions of one author
(tests/prep/asks/made.yaml) and on the bank's own phrasings; what is said in other words is not seen.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from greenroom.bank.question import Round

WeakId = Literal["pay", "searchable", "yes-no", "several", "self", "trap", "verdict"]


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


PURPOSE = _any(
    r"\bbecause (?:i|my|we|of my)\b|\bsince (?:i|my)\b|\bas i (?:have|had|would|want|come|spent|like|need|am)\b"
    r"|\bas (?:somebody|someone)\b",
    r"\bso (?:that )?i (?:can|could|may|know)\b|\bthat(?: i|['’])s why\b|\bhence (?:my|the|i)\b|\bthe reason (?:i|why|behind)\b",
    r"\bi(?:['’]m| am)? ask(?:ing)?,? (?:this |that )?(?:because|since|as)\b|\bmy purpose\b|\bwhy (?:this|that|it) matters\b",
    r"\b(?:matters|counts|is important|important) (?:a lot |most )?(?:to me|for me|for my|to my)\b|\bto see whether (?:my|i)\b",
    r"\bmy (?:own )?(?:background|experience|last|previous|current|former|old) ?(?:\w+ ){0,3}(?:is|was|were|in|with|and|would)\b",
    r"\bi(?:['’]ve| have|['’]d| would)? (?:also )?(?:spent|worked|had to|learned|learnt|come from|came from|left|moved"
    r"|be moving|built|led|lived"
    r"|only worked|do my best|am weighing|['’]m weighing)\b",
    r"\bi (?:want|would like|['’]d like|wish|hope|need)(?: to)? (?!know|understand|hear|ask|learn|see|find)(?:to )?"
    r"(?:give|start|work|spend|help|bring|build|contribute|prepare|use|do|be|join|stay|grow|make)\b",
    r"\b(?:coming|being) (?:from|new|somebody|someone)\b|\bfor (?:somebody|someone) (?:like me|who)\b|\bmy (?:worry|concern|hope) is\b",
)
"""Why the asker wants to know."""
SAID = _any(
    r"\byou(?:['’]ve| have)? (?:just |earlier )?(?:mentioned|said|described|wrote|opened|moved|announced|dropped|spoke|told"
    r"|published|launched"
    r"|talked about|switched|explained|chose|bought|posted|presented)\b",
    r"\b(?:your|the) (?:\w+ ){0,2}(?:advert|job ad|job text|posting|blog|post|paper|talk|article|newsletter|docs|documentation"
    r"|release notes"
    r"|press release|annual report|app|launch|podcast|demo|stock)\b",
    r"\bi (?:read|saw|tried|noticed|watched|heard|used) (?:that |in )?(?:your|the|you)\b|\bsomething you said\b"
    r"|\bcoming back to\b|\bearlier you\b",
    r"\byour (?:competitors? (?!s\b)\w+s\b|assistant|chatbot|bot|product|customers|pilot|last launch)",
)
"""Something that this employer alone has or said."""
NAMED = re.compile(r"(?<=[a-z,;] )(?!I\b|LLMs?\b|AI\b|GPUs?\b|API|GPT|RAG\b|NLP\b|ML\b|Friday|Monday|Easter)[A-Z][a-z]{2,}\b")
EVENT = _any(
    r"\b(?:the|your|its|this) (?:last|latest|most recent) (?!(?:name|thing)\b)\w+|\b(?:last|recent) (?:time|week|month"
    r"|incident|failure|release"
    r"|outage|launch|disagreement|night)\b|\bmost recently\b|\byesterday\b|\blast person\b",
    r"\bwhat (?:happens|happened|woke|made|surprised|worries|would (?:make|have to happen|you (?:stop|protect|give up|change)))\b",
    r"\bwhat (?:did|have|do) (?:you|they|the team) (?:\w+ )?(?:do|change[d]?|stop|try|tried|measure|unlearn|learn|look|wish|drop)\b"
    r"|\bwhat (?:does|did) (?:the|this) \w+ (?:find|find hardest|mean|look)\b|\bhardest to find\b",
    r"\bhow did (?:you|the team|they|it|that)\b|\bhow (?:has|have) (?:that|this|it|you)\b|\bwhen did (?:you|it|they)\b"
    r"|\bhow (?:do|would) you "
    r"(?:catch|tell|notice|decide|evaluate|measure|settle|get|think about|find out)\b|\bhow will you know\b",
    r"\bwhen (?:somebody|someone|a|an|something|the)\b|\bwho (?:decides|owns|signs|keeps|would notice|notices|reviews|has the last)\b"
    r"|\bwhich (?:part|tool|habit|tests?|cases|piece|result|problem|gap|of the two)\b|\bif you could\b|\bgive up first\b",
    r"\bfirst (?:ninety|thirty|hundred|three|six|week|month|thing|problem|day)\b|\bninety days\b|\bwaiting longest\b"
    r"|\bthis (?:role|group|position)\b"
    r"|\bbehind (?:that|this|the) decision\b|\bposition (?:become|became|is) open\b|\bthe (?:one )?decision\b|\bthe bet on\b"
    r"|\bat one screen\b",
)
"""One event, decision, document or practice."""
CRAFT = _any(
    r"\b(?:golden set|test set|evaluation|recall|prompts?|retrieval|fine-tun\w+|on-call|code reviews?|pull requests?|gpus?"
    r"|embeddings?|chunk"
    r"|inference|quanti[sz]ation|labelling|labeling|annotat\w+|guardrails?|latency|regressions?|deploy\w*|pipelines?|dialect"
    r"|ninety|technical round|panel|exercise|own models|open weights|share of your week|linter)\b"
)
"""Narrow practice of the work, or of the hiring."""
GENERAL = _any(
    r"\b(?:culture|atmosphere|vision|values|mission|typical day|tech stack|management style|opportunities|growth|biggest challenges"
    r"|challenges|work-life|like (?:to work|working|being) here|nice|friendly|fun|company like|the future|your strategy)\b"
    r"|\b(?:tell me|know) (?:more )?about (?:the|your) (?:team|company|role|culture|product|benefits)\b|\bhow many stages\b"
    r"|\bnext steps\b",
    r"\b(?:salary|vacation|bonus|holidays?|benefits|budget|revenue)\b|\bin (?:three|five|ten) years\b|\bthe complexity of\b"
    r"|\bhow (?:is|are) the teams? (?:put together|structured|organi[sz]ed)\b|\bhow large is\b",
)
"""Could be put to any employer, word for word."""

QUESTION = re.compile(
    r"(?:^|[.,:;?!–—]\s+|\b(?:so|and|but|or|know|ask|asking|wonder|understand|hear|curious|explain|about|for|me|see|say|us|on"
    r"|hearing|of)\s+)"
    r"(?:(?P<wh>how|what|who|whom|whose|when|where|why|which|what['’]s|who['’]s|where['’]s)\b"
    r"|(?P<aux>is|isn['’]t|are|am|do|does|don['’]t|did|can|could|will|would|have|has|was|were|may|should|shall)\s+"
    r"(?:you|i|we|they|he|she|it|one|the|this|that|there|these|your|a|an|any|my|our|all|both|somebody|someone|anybody|other"
    r"|people|ai|llms?)\b)",
    re.IGNORECASE,
)
"""Where a clause begins that asks."""
CLOSED = frozenset(
    "is isn't are am do does don't did can could will would have has was were may should shall".split()  # noqa: SIM905
)
INVITES = re.compile(
    r"^(?:can|could|would|will) you (?:please )?(?:tell|walk|describe|explain|share|give|say|talk|take|show)\b|^(?:may|can"
    r"|could) i ask\b",
    re.IGNORECASE,
)
"""A request that only looks like yes or no."""
TELL = re.compile(r"\b(?:tell|walk|talk|take) me (?:more )?(?:about|through)\b|\bi wonder (?:how|what|why)\b", re.IGNORECASE)
FACT = _any(
    r"^how (?:many|much|often|large|big|long|soon|old|far|fat)\b|^when (?:will|can|do|does|is|was|are)\b|^where (?:is|are"
    r"|['’]s)\b|^who (?:is|are)\b",
    r"^(?:which|what) (?:\w+ ){1,3}(?:do|does) (?:you|the team|your team|they|the company) (?:use|have|sell|offer|make|run"
    r"|work with)\b",
    r"^what(?: is|['’]s| are) (?:the|your|my|its) (?:\w+ ){0,3}(?:stack|budget|revenue|salary|bonus|size|address|timeline"
    r"|next steps|steps|name"
    r"|vision|values|mission|strategy|style|culture|atmosphere|challenges)\b|^what (?:kind|sort) of\b|^what (?:benefits"
    r"|opportunities)\b",
    r"^what(?: is|['’]s) the \w+ of\b|^what(?: is|['’]s) (?:it|a|the|your) (?:[\w-]+ ){0,3}(?:like|day)\b|^what (?:does"
    r"|do) (?:your|the) company\b|^what are you looking for\b",
)
"""Answered by a figure, a list, a fact or a slogan."""
STORY = _any(
    r"^(?:how|why)\b|^what (?:made|did|have|has|had|would|will|happens|happened|surprised|worries|woke|does|do|could|went|was"
    r"|is behind|what|changed"
    r"|keeps|remains|each|the)\b|^which (?:[\w'’]+ ){1,8}(?:would|worries|will|was|were|have|has|do you|did|taught)\b"
    r"|^who (?:decides|owns|signs"
    r"|would|keeps)\b|^where do(?:es)? (?:you|the board|the company) (?:want|see|draw)\b|^what['’]s the (?:one|hardest|last"
    r"|first|thing)\b"
    r"|^when did\b|^whom would\b"
)
"""Answered by an event, a decision or a trade-off."""

BACK = re.compile(
    r"\b(?:it|its|they|them|their|that|this|those|these|one|afterwards|then|there|each|hear|next|for what|what for|by what|why"
    r"|why not|when)\b",
    re.IGNORECASE,
)
"""The second half goes on with the first: one question."""
WEAK: Mapping[WeakId, re.Pattern[str]] = {
    "pay": _any(
        r"\b(?:salary|salaries|bonus(?:es)?|vacation|holidays?|days off|benefits|perks|dental|pension|pay ?check|wages?|compensation"
        r"|stock options|equity|sick leave|parental leave|gym|company car)\b",
        r"\bhow much (?:do|does|would|will|can) (?:you|i|one|people) (?:earn|make|get|be paid)\b|\b(?:my|the|your|level of"
        r"|starting) pay\b"
        r"|\b(?:get|expect) a raise\b|\bmoney-wise\b|\bdo you pay (?:for|well)\b|\bwhat does (?:it|the job) pay\b",
    ),
    "searchable": _any(
        r"\bwhat (?:does|do) (?:your|the|this) (?:company|firm) (?:actually )?(?:do|make|sell)\b"
        r"|\bwhat do you (?:actually )?(?:do|make|sell)\?"
        r"|\bwhich products do you (?:sell|make|have)\b|\bwhat are your (?:products|values)\b",
        r"\bhow many (?:people|employees|offices|customers)\b[^?]*\b(?:work|there|have|employ)\b|\bwho are your (?:main "
        r"|biggest )?competitors\b"
        r"|\bwhere (?:is|are) your (?:head ?)?(?:offices?|headquarters)\b",
        r"\bwhen was (?:the|your) (?:company|firm) (?:founded|started)\b|\bwho founded\b|\bwhat is your (?:revenue|turnover)\b"
        r"|\bhow (?:large|big|old) is (?:the|your) (?:company|firm)\b",
    ),
    "self": _any(
        r"\b(?:promoted|promotion|overtime)\b|\bget a raise\b|\bwill i have to\b|\bdo i (?:really )?have to\b"
        r"|\bwhat['’]s in it for me\b",
        r"\bcan i (?:work from|leave|take|skip|have|bring)\b|\bwould it be a problem if i\b|\bdo i get (?:a|an|my)\b|\bhome office\b",
    ),
    "trap": _any(
        r"\b(?:disaster|fiasco|to blame|whose fault|failure of yours|embarrassing)\b|\bi bet you\b|\blet me test you\b"
        r"|\bcan you even\b",
        r"\bwhy should (?:anyone|anybody|i)\b|\bhow could you\b|\byou can['’]t (?:even )?tell me\b|\bwhy on earth\b",
        r"\bwhat is the complexity of\b",
    ),
    "verdict": _any(
        r"\bhow did i do\b|\b(?:did|have|do) i (?:get|got|have) the job\b|\bcandidates (?:are )?better than me\b"
        r"|\bwas i (?:any )?good\b",
        r"\bdid i say (?:something|anything) wrong\b|\bam i (?:hired|in)\b|\bmy chances\b|\bgood enough for you\b",
    ),
}
"""Those that words show; ``yes-no`` and ``several`` are seen in the form of the question."""


class Field(NamedTuple):
    """What a question is about: the words, who can answer it, and who may."""

    name: str
    words: re.Pattern[str]
    fits: frozenset[Round]
    may: frozenset[Round] = frozenset()


ALL: frozenset[Round] = frozenset(("recruiter", "manager", "peer", "executive"))
FIELDS: Sequence[Field] = (
    Field("pay", WEAK["pay"], frozenset(), frozenset(("recruiter",))),
    Field("a verdict on you", WEAK["verdict"], frozenset()),
    Field("a quiz", _any(r"\blet me test you\b", r"\bi bet you\b", r"\bwhat is the complexity\b"), frozenset()),
    Field(
        "the hiring",
        _any(
            r"\b(?:hiring|stages?|(?:following|next|technical|last) rounds?|next steps?|application|applicants?|candidates?"
            r"|panel|exercise|advert"
            r"|job text|hear from you|start date|recruit\w+|interviews?|offer (?:letter|stage)|decision (?:usually )?take)\b",
            r"\b(?:position|role|job|vacancy)(?: \w+){0,2} (?:open|new|vacant)\b|\bnew (?:position|role)\b|\bposition\b"
            r"|\bhow long does the decision\b"
            r"|\bchoose you over\b|\blast person who joined\b",
        ),
        frozenset(("recruiter",)),
    ),
    Field(
        "the role and what is expected",
        _any(
            r"\b(?:this|the|my) role\b|\bninety days\b|\bsuccess(?:ful)?\b|\bexpect(?:ed|s|ations?)?\b|\bpriorit\w+"
            r"|\bmanagement style\b|\bovertime\b"
            r"|\bperformance\b|\bgrowth\b|\bachieve\b|\bwork from (?:home|another)\b|\blooking for\b|\bfilling\b|\bfeedback\b"
            r"|\bwaiting longest\b",
        ),
        frozenset(("manager",)),
        frozenset(("recruiter",)),
    ),
    Field(
        "the team",
        _any(r"\b(?:team|group|colleagues?|people here|working here|place to work|worked? here)\b"),
        frozenset(("manager", "peer")),
        frozenset(("recruiter", "executive")),
    ),
    Field(
        "how the work is judged and what went wrong",
        _any(
            r"\b(?:evaluat\w+|quality|tests?|test set|golden set|good enough|to ship|releases?|incidents?|failure|went wrong"
            r"|made things worse|launch"
            r"|regressions?|labelling|measure|mistakes|users?|retrieval|fine-tun\w+|prompts?|model change|recall)\b",
        ),
        frozenset(("manager", "peer")),
    ),
    Field(
        "the daily work",
        _any(
            r"\b(?:yesterday|on-call|code reviews?|pull requests?|linters?|gpus?|tools?|habit|tech stack|stack"
            r"|programming language|typical day"
            r"|your week|laptop|pair|one screen|unlearn|chunk|embeddings|paper|data|branch(?:es)?|legal reads|at night|woke"
            r"|holiday do people)\b",
        ),
        frozenset(("peer",)),
        frozenset(("manager",)),
    ),
    Field(
        "the direction of the business",
        _any(
            r"\b(?:vision|strateg\w+|board|invest\w*|market|competitors?|pric\w+|revenue|business|three years|five years"
            r"|next years?|bets?"
            r"|budget|stock|values|direction|shareholders?|owners|expand|company to be|the company in|product to be stopped"
            r"|stop doing)\b",
        ),
        frozenset(("executive",)),
    ),
    Field("what they use models for", _any(r"\b(?:language models?|llms?|ai|own models|an api|open weights)\b"), ALL),
    Field("the company's facts", WEAK["searchable"], frozenset(), frozenset(("recruiter",))),
    Field("the company", _any(r"\b(?:company|firm|culture|office)\b"), frozenset(("executive",)), ALL),
)
