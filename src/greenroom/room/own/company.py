"""``room.prep.company``: what a person knows of the employer, and what an answer's fit is held against because of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

from greenroom.assess.assessment import Assessment
from greenroom.assess.manner.fit import Situation
from greenroom.assess.manner.sectors import SECTORS
from greenroom.bank.bank import Bank
from greenroom.bank.question import CV_LINE
from greenroom.interview.session import Need
from greenroom.llm.words import FUNCTION, stem, words
from greenroom.prep.company import Company, Gap, asked_there, gaps
from greenroom.prep.job import split
from greenroom.prep.profile import Profile
from greenroom.room.parts import Parts

COMMON_SHARE = 0.03
"""Words that so large a share of the bank's model answers holds show no fit: any good answer says them. Measured: docs/log.md."""


class CompanyRoom:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def get(self, owner_id: str) -> Company:
        """An empty one when none was written."""
        return self._parts.store.get().papers.company(owner_id)

    def save(self, owner_id: str, company: Company) -> Company:
        store = self._parts.store.get()
        store.ensure_owner(owner_id, self._parts.clock())
        store.papers.save_company(owner_id, company)
        return company

    def gaps(self, owner_id: str) -> list[Gap]:
        """What is not known of them yet, with a question for each."""
        return gaps(self.get(owner_id))

    def situation(self, owner_id: str) -> Situation:
        """What an answer should fit: name, role, and the words of their work from the company page and the job text in use."""
        return situation_of(self._parts, owner_id, self._parts.store.get().get_profile(owner_id))

    def follow_up(self, owner_id: str, ask: str) -> str:
        """A follow-up put into the company's world; unchanged when nothing is known of it."""
        return asked_there(ask, self._parts.store.get().get_profile(owner_id).company, self.get(owner_id))


def situation_of(parts: Parts, owner_id: str, profile: Profile) -> Situation:
    """The same for whoever holds the profile already."""
    papers, bank = parts.store.get().papers, parts.bank.get()
    company, job = papers.company(owner_id), papers.find(owner_id, "job")
    told = (company.does, company.llms, company.notes, sector_words(job.text) if job else "")
    return Situation(profile.company, profile.role, telling(" ".join(told), bank))


def taken_there(parts: Parts, owner_id: str, profile: Profile, found: Assessment, needs: Sequence[Need]) -> tuple[Need, ...]:
    """Where the answer said nothing of the employer's work, the first follow-up asks for it there, in the words of the company page. What
    somebody did elsewhere is not asked for there.
    """
    fit = found.communication.fit if found.communication else None
    if fit is None or fit.good or not needs or not needs[0].ask or found.question_id == CV_LINE:
        return tuple(needs)
    ask = asked_there(needs[0].ask, profile.company, parts.store.get().papers.company(owner_id))
    return (needs[0].model_copy(update={"ask": ask}), *needs[1:])


def telling(text: str, bank: Bank) -> str:
    """The words of a text that a good answer does not hold anyway."""
    common = _common(bank)
    return " ".join(word.text for word in words(text) if word.text not in FUNCTION and stem(word.text) not in common)


def sector_words(text: str) -> str:
    """Of a job text, the words by which a line of work is known: the rest of an advertisement ("passionate", "join") fits everybody."""
    known = frozenset[str]().union(*SECTORS.values())
    told = " ".join(line.text for line in split(text) if line.weight != "aside")
    return " ".join(dict.fromkeys(word.text for word in words(told) if stem(word.text) in known))


@lru_cache(maxsize=4)
def _common(bank: Bank) -> frozenset[str]:
    """Stems that at least ``COMMON_SHARE`` of the model answers hold."""
    answers = [text for question in bank.questions() for text in (question.model_answers.plain, question.model_answers.technical)]
    held = Counter(base for text in answers for base in {stem(word.text) for word in words(text)})
    return frozenset(base for base, count in held.items() if count >= max(2, COMMON_SHARE * len(answers)))
