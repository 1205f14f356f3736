"""The words that speak for each part of a story. Closed lists, made on the stories of one author (tests/assess/stories/made.yaml) and on
the behavioural pack's own phrasings; what is said in other words is missed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

MONTH = "january|february|march|april|june|july|august|september|october|november|december"
DAY = "monday|tuesday|wednesday|thursday|friday|saturday|sunday"
SEASON = "spring|summer|autumn|fall|winter|christmas|easter"
COUNT = (
    "two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|eighteen|twenty|thirty|forty|fifty|sixty"
    "|seventy|eighty|ninety"
)
TIME = "minutes?|hours?|days?|weeks?|months?|quarters?|sprints?|years?"
EMPLOYER = (
    "company|firm|start-?up|bank|insurer|hospital|clinic|agency|retailer|publisher|newspaper|magazine|broadcaster|studio|university|school"
    "|college|city|town|administration|supplier|association|platform|consultancy|airline|railway|pharmacy|shop|store|site|telecom|operator"
    "|vendor|department|lab|team|group|office|house|job|place|project|pilot|role|internship|utility|court|factory|manufacturer|charity"
    "|council|ministry|library|museum|marketplace|broker|carrier|employer|institute|chain|business"
)


NO_PAST = "it closes in the present"


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


WHEN = _any(
    rf"\b(?:days?|weeks?|months?|years?|{SEASON}|holidays?|minutes|hours) (?:before|after|earlier|ago|later|on)\b|\bbank holiday\b"
    r"|\bq[1-4]\b",
    r"\bin (?:its|my|our|his|her|the) (?:first|second|third|fourth|fifth|last) (?:year|month|week|job)|\bthat (?:very )?(?:morning|day"
    rf"|week|evening|night|{SEASON})\b",
    rf"\b(?:last|this|the same|that) (?:year|month|week|quarter|{SEASON}|{MONTH}|may)\b",
    r"\b(?:ago|back in|recently|at (?:the|that) time|some time back)\b",
    r"\b(?:in|since|during|by|of|around) (?:early |late |mid-?)?(?:19|20)\d\d\b",
    rf"\b(?:in|on|since|until|late|early|by) (?:the )?(?:{SEASON}|{MONTH}|{DAY})\b|\bin may\b",
    rf"\b(?:{DAY}) (?:night|morning|evening|afternoon)\b|\b(?:{MONTH}|{SEASON}|may) (?:of )?(?:(?:19|20)\d\d|last|before)\b",
    r"\bin my (?:first|second|third|last|previous|current|old|former|early)\b|\bmy (?:first|second|third|last) (?:year|month|week)\b",
    r"\bwhen (?:i|we|our|a|an|the|my) \w+|\bwhile (?:i|we) |\bduring (?:a|an|the|my|our)\b",
    rf"\b(?:{SEASON}|year|month|week) before (?:last|the)\b|\bone (?:day|night|morning|weekend|{DAY})\b",
    r"\b(?:years?|months?|weeks?|summers?|winters?) back\b|\bon (?:launch|release|go-live) day\b|\ba (?:year|month|week) (?:later"
    r"|earlier)\b",
)
PLACE = _any(
    r"\bat (?:a|an|our|my|this|that|one of) (?!time|loss|price|cost|glance|point|stage|level|speed|rate|distance|minimum|bit\b)[a-z]\w+",
    r"\bin (?:our|my|a|an) (?:[\w-]+ ){0,2}(?:laborator\w+|class|lab|bureau|faculty|unit|ward|centre|center|network|practice)\b"
    r"|\b(?:there was|there['’]s) (?:a|this|an) \w+",
    rf"\b(?:at|for|in|of|with|joined|inside) (?:a|an|my|our|one of|the) (?:[\w-]+ ){{0,4}}(?:{EMPLOYER})\b",
    r"\bmy (?:last|first|previous|old|current|former|second) (?:\w+ )?(?:project|job|role|team|company|employer|place|post)\b",
    r"\bi (?:worked|was working|have worked|was employed|was an? \w+|joined)\b|\bin company\b|\bat (?:our|my) (?:company|place|firm)\b",
    r"\b(?:a|an|the) (?:[\w-]+ ){0,3}(?:assistant|chatbot|bot|helper|analyser|analyzer|summari[sz]er|tool|model) (?:for|of) \w+",
)
WHO = _any(
    r"\b(?:our|my|the|a|an) (?:[\w-]+ ){0,2}(?:team|product|assistant|chatbot|bot|service|customers?|clients?|users?|manager|lead|boss"
    r"|director|founders?|summari[sz]er|pipeline|intern|editors?|doctors?|lawyers?|clerks?|scientist|designer|developer|owner|handlers?)\b",
)
GOING_ON = _any(
    r"\b(?:problem|trouble|complain\w*|wrong|slow\w*|broke\w*|fail\w*|outage|leak\w*|expensive|costs?|bill|invoices?|delay\w*|risk\w*"
    r"|unhappy"
    r"|terrible|worse|lost|doubl\w+|grew|rose|wanted|asked|told|promis\w+|announced|decided|plann\w+|about to|supposed to|launch\w*"
    r"|releas\w+"
    r"|deadline|conflict|disagree\w*|argu\w+|contradict\w*|nobody|invent\w*|quoted|leave|left|joined|stopped|changed?|discover\w*|notic\w+"
    r"|found|turned out|because|but|requests?|tickets?|no (?:idea|time|data|tests?)|did not|didn['’]t|could not|couldn['’]t|mess|had to"
    r"|began|started|hung on|scored|measured|moved|used|ended|broken|needed|trusted|believed|missed|tells me|says|shipped|struggl\w+"
    r"|caught)\b",
)
DUTY = _any(
    r"\bi (?:got|get) to (?!know|the\b)\w+|\b(?:ask|told|begged|wanted|needs?|needed|expects?) me to\b|\bi looked after\b|\bask: "
    r"|\bmy name was on\b|\bi (?:happened to )?h(?:eld|ad) the pager",
    r"\b(?:said|says|say|told|tells) (?:to )?me:? (?:please|to|it must|that it)\b|\b(?:could|can|would) i \w+[^?.]*\?"
    r"|\b(?:rang|ring|called|call) me,? (?:because|since|as|'cause)",
    r"\bmy (?:own )?(?:job|task|role|part|goal|aim|brief|responsibility|assignment|target) (?:was|had been|is)\b",
    r"\b(?:my )?(?:job|task|goal|brief|assignment): \w+",
    r"\bi (?:was|had been|got|am) (?:also |then )?(?:asked|told|supposed|meant|expected|given|handed|assigned|responsible|in charge|on call"
    r"|the one|brought in|made responsible|tasked|put in charge)\b",
    r"\b(?:asked|wanted|told|needed|expected|trusted|begged) me to\b|\bexpected (?:a \w+|it) from me\b|\bsaid me that\b|\bput me (?:on"
    r"|in charge)",
    rf"\b(?:gave me|i had) (?:until|a|an|one|{COUNT}) ?(?:{TIME}|{DAY}|{SEASON})\b|\bi had (?:until|only)\b|\bi must\b|\bi (?:had|needed"
    r"|have) to\b",
    r"\bi (?:owned|led|headed|maintained|managed) (?:the|our|that|this|a|its)\b|\bi ran the (?:service|team|desk|project|product"
    r"|department)",
    r"\bit was (?:up to me|on me|mine|my (?:job|task|turn|call|decision|part))\b|\bmine to \w+|\b(?:would|was going to) (?:have been"
    r"|be) mine\b",
    r"\b(?:fell|came|landed|was left|went) (?:to|with|on) (?:me|my desk)\b|\bthe (?:decision|job|task) (?:came to|was) (?:me|mine)\b",
    r"\bi had (?:only )?(?:one|a|two|three|twenty) \w+ to \w+|\band (?:wanted|needed|had) to\b|\bi (?:had )?(?:needed|wanted"
    r"|promised) (?:\w+ ){1,3}(?:to|by|myself)\b|\bi (?:wanted|set out|aimed|hoped|meant|promised|volunteered|took it (?:on"
    r"|upon) myself|made it my)\b",
    r"\bi was (?:her|his|their|the) (?:[\w-]+ ){0,2}(?:mentor|contact|lead|owner|person|engineer|one|developer|manager|only)\b"
    r"|\bi was (?:the )?only\b",
    r"\bas (?:the|their|its) (?:[\w-]+ )?(?:person|one|engineer|owner|lead|maintainer)\b",
)
AIM = _any(
    r"\b(?:gave|give|handed|put|sent|trusted|left|rang|ring|called) me\b|\bmust (?:finish|be|have)\b",
    r"\bwe (?:had|needed|wanted|were supposed|were asked|were meant|hoped|meant) to\b|\bwe needed\b|\bwho were supposed to\b",
    r"\b(?:our|the) (?:goal|task|aim|target|job|brief|assignment|challenge|question|plan) was\b|\b(?:had|needed) to be\b|\b(?:was"
    r"|were) needed\b",
    r"\bwas (?:meant |supposed )?to (?:write|build|find|make|reduce|replace|show|bring)\b|\bhad to (?:take|find|decide|choose|cut|fix"
    r"|get|make)\b",
)
BY_WHEN = _any(
    rf"\b(?:within|by|before|until|in) (?:the |a |an |one |next |\d+ |(?:{COUNT}) )?(?:{TIME}|{DAY}|{SEASON}|{MONTH}|season|end|budget"
    r"|board"
    r"|release|launch|market|morning|flights?)\b|\bunder (?:\d|a |an |\w+ (?:minutes|hours|seconds|euros))|\bwithout\b",
)
ME = _any(r"\b(?:i|we|my|our|me|us)\b")
MINE = _any(
    r"\b(?:was|were|is|are|be) mine\b|\bmy (?:own )?(?:work|idea|doing|design|decision)\b|\b(?:on|of) my own\b|\bi was (?:alone"
    r"|the one)\b|\bfrom me\b|\bi did (?:it|this|that|the rest)\b|\bmyself\b"
)
WHY = _any(
    r"\b(?:because|so that|in order to|instead of|rather than|by \w+ing|which (?:showed|told|meant)|(?:saw|found|noticed|understood"
    r"|realised) that)\b",
    r"\bto (?:see|find|check|compare|show|make sure|learn|prove|avoid|keep)\b|\bsince (?:the|a|it|we|they|most|that)\b|\buntil\b",
)
AT_LAST = _any(
    r"\b(?:in the end|at the end|as a result|the result (?:was|is)|eventually|since then|ever since|afterwards|after that|it turned out"
    r"|from then on)\b",
    rf"\b(?:after|within|for|in) (?:a|an|one|only|\d+|{COUNT}) ?(?:more )?(?:{TIME})\b|\bthe next (?:day|week|month|quarter|survey"
    r"|release|invoice)\b",
    rf"\b(?:by|the|in) (?:the end|{SEASON}|{MONTH}|may)\b|\b(?:later|since|today|now)\b|\bis now\b|\bthe first (?:week|month|invoice)\b",
)
OUTCOME = _any(
    r"\b(?:fell|dropp?ed|went (?:from|down|up|live|through|to|away)|goes|rose|came (?:back|down|in)|sank|halved|doubled|tripled|shrank"
    r"|grew|climbed)\b",
    r"\b(?:was|were|is|are|has been|got) (?:\w+ )?(?:back|fixed|gone|closed|shown|stable|solved|adopted|dropped|ended|published"
    r"|finished|restored"
    r"|accepted|cancelled|approved|shipped|live|off|used|running|not spent|found|caught|signed|cut|in use|put off|postponed|merged)\b",
    r"\b(?:cut|reduced|increased|improved|saved|lowered|raised) (?:the|our|it|them|us|costs?|its|\w+ (?:hours|days|euros|percent))\b"
    r"|\btook (?:us|them|\w+ (?:percent|days|weeks|minutes|of))\b",
    r"\b(?:shipped|launched|agreed|signed|approved|adopted|recovered|passed|stayed|stays|kept|renewed|lost|won|published|corrected"
    r"|delivered"
    r"|finished|stopped|resigned|ended|dropped|accepted|disappeared|vanished|survived|worked|sold)\b",
    r"\b(?:gave|left|thanked|chose|took|bought|followed|asked for|had it|have it) (?:us|me|anyway|the|it|my|money|that)\b|\bin use\b"
    r"|\bused (?:on|by|in|it)\b|\bstill (?:use|uses|runs?|in)\b"
    r"|\b(?:has|have) (?:run|caught|prevented|blocked|found)\b|\bon (?:her|his|their|its) own\b",
    r"\bnobody (?:noticed|left|at|complained|was|had|lost|asked)\b|\bno (?:\w+ ){1,3}(?:left|was|were|came|happened|since|went"
    r"|reached)\b|\bnone (?:of|went|was|were)\b|\bwithout (?:a|any|being)\b"
    r"|\bdown from\b|\bup from\b|\bfrom \d|\bcomplaints?\b|\bsatisfaction\b|\berror rate\b|\b(?:can|could) (?:now )?(?:change|switch|be)\b",
)
HOLLOW = _any(
    r"\b(?:went|turned out|was|were|worked) (?:very |really |all |quite |much |so )?(?:well|fine|good|great|ok|okay|better|happy"
    r"|a success|successful|a good)\b",
    r"\bmore or less\b|\beverybody was\b|\beverything (?:went|was|worked)\b|\ba good experience\b|\bin the end (?:we|i|it) (?:delivered"
    r"|did|managed|worked)\b",
)
FIELD = _any(
    r"\b(?:ai|llms?|models?|prompts?|(?:chat)?bots?|chatgpt|assistants?|data|software|apps?|apis?|evaluations?|metrics?|engineers?|developers?"
    r"|pipelines?|algorithms?|machine learning|automat\w+|summari[sz]\w+|classif\w+|transcripts?|logs?|tokens?|cach\w+|adapters?"
    r"|embeddings?|retriev\w+|gpus?|chats?|servers?|databases?|deploy\w*|scripts?|pars(?:ers?|ing)|dashboards?|estimators?|staging"
    r"|source code|code ?base|pull requests?|unit tests?|back-?end|front-?end|websites?|web pages?|plug-?ins?|outages?|rollouts?)\b"
)
"""Words of this line of work: a story that has one is not from elsewhere."""
YEAR = re.compile(r"\b(?:19|20)\d\d\b")
LENGTH = _any(rf"\b(?:\d+|an?|one|another|few|{COUNT})(?:-\w+)? (?:more )?(?:{TIME})\b")
NUMBER = _any(
    rf"\d|\b(?:{COUNT}|hundred|thousand|million|dozen|half|halved|doubled|tripled"
    r"|thirds?|quarters?|fifths?|tenths?|thousandths?|twice|zero|none|percent|per cent)\b"
)
CHANGE = _any(
    r"\bfrom \S+(?: \S+){0,5} to \S+|\b(?:down|up) (?:from|by|to)\b|\bby (?:a|two|one|\d+) ?(?:third|thirds|half|quarter|percent"
    r"|per cent|%)",
    rf"%|\bper ?cent\b|\bhalved\b|\bdoubled\b|\btripled\b|\bnone\b|\bno (?:longer|more)\b|\b(?:out )?of (?:the )?(?:{COUNT}|\d+)\b"
    rf"|\binstead of the\b|\bsave[ds]? (?:\w+ )?(?:{COUNT}|\d+)\b",
)
LESSON = _any(
    r"\btakeaway\b|\bnothing beats\b|\bfor me,? it was important to\b|\bi (?:came to|have come to) (?:see|think|believe|understand)\b"
    r"|\bmoral of the story\b|\bnever again\b",
    r"\bi(?:['’]ve| have)? (?:also )?(?:learn(?:ed|t)|took away|understood then|realised then)\b|\bwe learn(?:ed|t)\b|\b(?:the|my|one"
    r"|a) (?:\w+ )?lesson\b(?! plans?)|\blesson(?: for me)?:",
    r"\b(?:taught|showed) me\b|\bwhat (?:i took|stayed with me|i learn|i keep)\b|\bin hindsight\b|\blooking back\b|\bnext time\b"
    r"|\bthe takeaway\b",
    r"\b(?:i|we) (?:should|could) have\b|\bshould['’]ve\b|\bif i (?:did it|had to do it|could do it)\b|\bdifferently\b|\bmy mistake was\b",
    r"\bi (?:underestimated|overestimated|had waited|regret|was wrong to)\b|\bis what i would (?:repeat|do)\b"
    r"|\bi would \w+ (?:\w+ ){0,6}(?:today|earlier|sooner|next time)\b",
)
SINCE = _any(
    r"\bnext time,? (?:i|we) (?:would|will)\b|\bi would \w+ (?:\w+ ){0,8}next time\b",
    r"\bi still \w+|\btakeaway\b|\bthese days\b|\bthere['’]s a \w+ (?:for|that|on)\b|\bnow needs?\b",
    r"\b(?:since then|ever since|since that day|from (?:then on|that day|this time|that time)|these days)\b|\bnow,? i \w+|\bi now \w+"
    r"|\btoday,? i \w+|\bnow a \w+ blocks\b",
    r"\bi (?:have )?\w+ (?:\w+ ){0,8}(?:since|now|from me)[.;]?$|\bi would (?:\w+ ){1,8}(?:today|earlier|sooner|next time"
    r"|differently)\b|\bwould repeat\b|\bnow[,.;]|\bi never \w+ (?:\w+ ){0,5}(?:now|unless)\b",
    r"^(?:and )?now,? (?:i|each|every|no|all|a|an|the)\b",
)
COMMONPLACE = _any(
    r"\b(?:communication|team-?work|listening|patience|security|planning|honesty|trust|time management|preparation) (?:is|are|was"
    r"|matters?)\b",
    r"\b(?:very|so|really) important\b|\b(?:learned|learnt) (?:a lot|so much|many things)\b|\bgrateful\b|\bnever give up\b"
    r"|\bi think (?:deadlines|people|teams)\b",
)


def found(text: str, patterns: Sequence[re.Pattern[str]]) -> tuple[str, ...]:
    """The first words of each kind that stand in the text."""
    return tuple(dict.fromkeys(match.group().strip() for pattern in patterns if (match := pattern.search(text))))
