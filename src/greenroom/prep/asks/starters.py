"""Beginnings of questions for a round, for a list that is still empty. Nothing of a company is invented: where something of theirs belongs
stands a blank in square brackets, until the person has written it on the company page (or brought the advert); then their words fill it.
What they left open there is worth asking.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from greenroom.bank.question import Round
from greenroom.prep.asks.judge import About

GAPS: dict[Round, Sequence[str]] = {
    "recruiter": (), "manager": ("people", "llms"), "peer": ("stack",), "executive": ("does", "llms"),
}  # fmt: skip
"""Which gaps of the company page (``prep.company``) each round can fill."""
TEMPLATES: dict[Round, Sequence[str]] = {
    "recruiter": (
        "I want to prepare properly, so may I ask what the team will look at in the next round?",
        "Why is the position of {role} open at the moment?",
        "The advert says [something of the advert that made you curious]; what is behind that?",
        "What did the last person who joined this team say made them choose {company}?",
        "I ask because I have to plan around it: what happens after today, and by when?",
    ),
    "manager": (
        "What would I have to achieve as {role} in the first ninety days for you to say that hiring me was right?",
        "You mentioned [something they said]; what have you tried so far?",
        "What went wrong most recently with a model at {company}, and what did you change afterwards?",
        "My background is in [your field], so I would like to know which part of the team's goal for this year would be mine.",
        "Who decides that an answer is good enough to go out, and what do they look at?",
    ),
    "peer": (
        "What did you do yesterday, from the first coffee until you went home?",
        "When somebody changes a prompt at {company}, which tests have to pass before it reaches anybody?",
        "I come from [the way you worked before], so I wonder how code reviews go here.",
        "Which tool or habit of the team would you get rid of if you could?",
        "I read [a paper, post or talk of theirs]; what surprised you most while you built that?",
    ),
    "executive": (
        "What has to go right for {company} to be where you want it in three years?",
        "How will you know that the bet on language models has paid off for the business?",
        "I read that [a decision of theirs]; what did you decide against in order to do it?",
        "I want to spend the next years on something that lasts: what would make you stop investing in this area?",
        "How does the work of a {role} show up in what you report to the board?",
    ),
}


KNOWN: dict[Round, Sequence[tuple[str, str, str]]] = {
    "recruiter": (("advert", "[something of the advert", "The advert speaks of “{advert}”; what is behind that?"),),
    "manager": (("people", "", "As I understand it, I would work with {people}: what do they need most from the person in this role?"),),
    "peer": (
        ("links", "[a paper, post or talk of theirs]", "I looked at {links}; what surprised you most while you built that?"),
        ("stack", "", "As far as I know, you work with {stack}: which part of that would you change first?"),
    ),
    "executive": (
        (
            "llms",
            "[a decision of theirs]",
            "As I understand it, this is how you use language models: {llms}. What did you decide against in order to do it?",
        ),
        ("does", "", "As I understand it, this is what you do: {does}. Which part of it will language models change most?"),
    ),
}
"""What is known, the blank that it fills (or none), and how it is asked then. ``advert``: the job text in use; else parts of the company
page.
"""


def starters(
    round_: Round, about: About, gaps: Mapping[str, str] = MappingProxyType({}), known: Mapping[str, str] = MappingProxyType({})
) -> list[str]:
    """Beginnings for one round.

    Args:
        about: where company or role are not known, "you" and "this role" stand for them.
        gaps: what the person does not know of the company yet, with a question for each, by the part of the company page.
        known: what the person wrote there, in a sentence, by part; fills blanks.
    """
    company, role = about.company.strip() or "your company", about.role.strip()
    found = [text.replace("position of {role}", "position") if not role else text for text in TEMPLATES[round_]]
    found = [text.replace("as {role} ", "") if not role else text for text in found]
    unknown = [gaps[part] for part in GAPS[round_] if part in gaps]
    named = [text.format(company=company, role=role or "this role").replace("of a this role", "of this role") for text in found]
    for part, blank, asked in KNOWN[round_]:
        if part in known:
            at = next((n for n, text in enumerate(named) if blank and blank in text), len(named))
            named[at : at + 1] = [asked.replace(f"{{{part}}}", known[part])]
    return [*named, *unknown]
