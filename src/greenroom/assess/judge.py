"""A chat model as assessor: one criterion a call, a quote that code verifies, the majority of several votes.

It is a second opinion, not the first: remote or local, slow, unsteady, and open to talk. ``panel.py`` says what its word is worth. An
answer it cannot be trusted with is found by a decoy: beside the rubric it is asked about one statement that has nothing to do with
question or answer. A judge that finds it in the answer does as it is told, or guesses; nothing it says of that answer counts.
Not protected: a model that is only a little wrong, or an answer that talks it round on one point in words that spare the decoy.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from greenroom.assess import scale, score
from greenroom.assess.assessment import Assessment, FoundMisconception, Grader, PointVerdict, Verdict
from greenroom.assess.gate import SHORT, find_reason
from greenroom.assess.judging.criterion import PROMPT, Criterion, Vote, make_ask, make_vote, of_misconception, of_point, read_reply
from greenroom.assess.judging.opinion import Opinion, count, from_kept, to_kept
from greenroom.bank.question import Rubric
from greenroom.errors import ChatAwayError as Away
from greenroom.errors import ChatError, GreenroomError
from greenroom.llm.chat import ChatModel, ask_json
from greenroom.llm.kept import Kept, key_of
from greenroom.llm.words import content

NAME = "judge"
CALL_SECONDS = 30.0
"""Longest that one call may take, retries included."""
REST_SECONDS = 60.0
"""So long a judge that could not be asked is left alone: a file of a thousand rows does not wait for it a thousand times."""
TEMPERATURE = 0.6
"""Of several votes; a single vote is asked at 0."""
DECOYS = (
    "A sourdough starter is fed with equal weights of flour and water every day.",
    "A violin is tuned in perfect fifths from the open string G upwards.",
    "Tomato seedlings are hardened outdoors for a week before planting.",
    "A sailing boat tacks by turning its bow through the wind.",
    "Oil paint dries slowly because linseed oil hardens in contact with air.",
    "In chess a pawn that reaches the last rank is promoted, mostly to a queen.",
)
OBEYED = "The judge did not pass over a statement that is certainly not in this answer; its opinions on it are left out."


@dataclass(frozen=True)
class Hearing:
    """What the judge thinks of each criterion (by id; absent: it was not heard), and what a reader should know of it."""

    points: Mapping[str, Opinion]
    misconceptions: Mapping[str, Opinion]
    notes: tuple[str, ...] = ()


@dataclass
class _Trial:
    """One answer before the judge."""

    question: str
    answer: str
    until: float
    away: str = ""
    faults: list[str] = field(default_factory=list)


class Judge:
    """An ``Assessor``. Safe to use from several threads.

    Args:
        model: is asked.
        votes: how often it is asked about each criterion; odd.
        seconds: longest that one answer takes.
        kept: where opinions are kept; None: in memory.
        clock: seconds, monotonic.
        decoy: ask about a statement that is not there; off only to show what it is good for.
    """

    def __init__(
        self,
        model: ChatModel,
        votes: int = 3,
        seconds: float = 60.0,
        kept: Kept | None = None,
        clock: Callable[[], float] = time.monotonic,
        *,
        decoy: bool = True,
    ) -> None:
        if votes < 1 or votes % 2 == 0:
            raise ValueError("votes must be odd")
        self.model, self.votes = model, votes
        self._seconds, self._kept, self._clock, self._decoy = seconds, kept or Kept(), clock, decoy
        self._rests_until, self._away = float("-inf"), ""
        self.grader = Grader(name=NAME, version=f"{model.name[:100]}, {votes} votes, prompt {PROMPT}")

    def hear(self, rubric: Rubric, answer: str) -> Hearing:
        """The judge's opinions. Never raises for what the model or its server does: that becomes a note."""
        now = self._clock()
        trial = _Trial(rubric.ask, answer, now + self._seconds, away=self._away if now < self._rests_until else "")
        if self._decoy and self._sees_things(trial):
            return Hearing({}, {}, self._notes(trial, 0) or (OBEYED,))
        criteria = [*map(of_point, rubric.points), *map(of_misconception, rubric.misconceptions)]
        with ThreadPoolExecutor(max(1, self.model.parallel)) as pool:
            try:
                opinions = list(pool.map(lambda criterion: self._opinion(criterion, trial), criteria))
            except BaseException:  # Ctrl-C among others: the pool waits for its threads, which must not go on asking
                trial.away = "It was stopped."
                raise
        found = [(criterion, opinion) for criterion, opinion in zip(criteria, opinions, strict=True) if opinion is not None]
        points, claims = ({c.id: opinion for c, opinion in found if c.kind == kind} for kind in ("point", "misconception"))
        return Hearing(points, claims, self._notes(trial, len(criteria) - len(found)))

    def assess(self, rubric: Rubric, answer: str) -> Assessment:
        """See ``Assessor``: the judge alone. The gate is in front; points it did not decide are unscored."""
        reason = find_reason(rubric.ask, answer, SHORT) if rubric.points else "The question has no key points."
        heard = self.hear(rubric, answer) if reason is None else Hearing({}, {})
        verdicts = [self._verdict(point.id, heard.points.get(point.id), answer) for point in rubric.points]
        if reason is None and all(verdict.verdict is Verdict.UNSCORED for verdict in verdicts):
            reason = " ".join(heard.notes) or "The judge decided no point of this answer."
        if reason is not None:
            return Assessment(
                question_id=rubric.question_id, form=rubric.form, status="abstained", reason=reason, rubric_hash=rubric.hash,
                grader=self.grader, points=tuple(verdicts), notes=heard.notes,
            )  # fmt: skip
        stated = [(wrong, heard.misconceptions.get(wrong.id)) for wrong in rubric.misconceptions]
        mistakes = tuple(
            FoundMisconception(id=w.id, quote=answer[slice(*o.span)], span=o.span, correction=w.correction, lab=w.lab)
            for w, o in stated
            if o is not None and o.span is not None
        )
        overall = score.overall(rubric.points, verdicts, len(mistakes))
        return Assessment(
            question_id=rubric.question_id, form=rubric.form, status="assessed", rubric_hash=rubric.hash, grader=self.grader,
            overall=overall, band=None if overall is None else scale.band(overall), confidence=score.confidence(rubric.points, verdicts),
            points=tuple(verdicts), misconceptions=mistakes, strengths=score.strengths(rubric.points, verdicts),
            fixes=score.fixes(rubric.points, verdicts, mistakes), follow_up=score.follow_up(rubric, verdicts),
            drill=score.drill(rubric.points, verdicts), notes=heard.notes,
        )  # fmt: skip

    def find_fault(self) -> GreenroomError | None:
        """Asks one small thing; what stands in the way of an answer, if anything does. Nothing is kept."""
        sample = Criterion("sample", "point", "The sky is blue.")
        trial = _Trial("What colour is the sky?", "On a clear day the sky is blue.", self._clock() + self._seconds)
        try:
            self._vote(sample, trial, 0, 1)
        except GreenroomError as error:
            return error
        return None

    def _verdict(self, point_id: str, found: Opinion | None, answer: str) -> PointVerdict:
        opinion = found or Opinion(Verdict.UNSCORED)
        sure = None if opinion.verdict is Verdict.UNSCORED else round(opinion.votes / opinion.asked, 3)
        quote = answer[slice(*opinion.span)] if opinion.span else None
        return PointVerdict(
            id=point_id, verdict=opinion.verdict, confidence=sure, decided_by=NAME, quote=quote, span=opinion.span
        )  # fmt: skip

    def _sees_things(self, trial: _Trial) -> bool:
        """Whether it does not call the decoy missing. Of the decoys the one that shares least with question and answer is taken, so that
        an answer cannot bring its own; asked once: a judge that is told what to see sees it at once."""
        said = set(content(f"{trial.question} {trial.answer}"))
        least = min(len(said & set(content(text))) for text in DECOYS)
        strange = [text for text in DECOYS if len(said & set(content(text))) == least]
        at = int(key_of([trial.question, trial.answer])[:8], 16) % len(strange)
        found = self._opinion(Criterion("decoy", "point", strange[at]), trial, votes=1)
        return found is not None and found.verdict is not Verdict.MISSED

    def _opinion(self, criterion: Criterion, trial: _Trial, votes: int = 0) -> Opinion | None:
        """From what is kept, else by asking. None: it could not be asked."""
        wanted = votes or self.votes
        key = key_of(
            [PROMPT, self.model.name, str(wanted), trial.question, trial.answer, criterion.kind, criterion.text, *criterion.says]
        )  # fmt: skip
        known = from_kept(self._kept.find(key), trial.answer)
        if known is not None:
            return known
        cast: list[Vote] = []
        broken = False
        for seed in range(wanted):
            if trial.away:
                return None
            try:
                cast.append(self._vote(criterion, trial, seed, wanted))
            except GreenroomError as error:
                broken = True
                if not self._goes_on(trial, error):
                    return None
                cast.append(Vote(None, fault="it gave no reply that can be used"))
        found = count(cast)
        if not broken:  # a fault of the moment is not kept
            self._kept.put(key, to_kept(found))
        return found

    def _vote(self, criterion: Criterion, trial: _Trial, seed: int, votes: int) -> Vote:
        left = trial.until - self._clock()
        if left <= 0:
            raise _late(self._seconds)
        ask = make_ask(trial.question, criterion, trial.answer)
        timed = replace(ask, seed=seed, temperature=TEMPERATURE if votes > 1 else 0.0, seconds=min(CALL_SECONDS, left))
        verdict, quote = ask_json(self.model, timed, read_reply, self._clock)
        return make_vote(criterion.kind, verdict, quote, trial.answer)

    def _goes_on(self, trial: _Trial, error: GreenroomError) -> bool:
        """False when there is no use in asking further about this answer; the first reason is kept."""
        text = f"{error.message} {error.hint}".strip()
        if isinstance(error, ChatError) and not isinstance(error, Away):
            trial.faults.append(text)
            return True
        if not trial.away:
            trial.away = text
            if self._clock() < trial.until:  # a judge that is only slow is asked again with the next answer
                self._away, self._rests_until = text, self._clock() + REST_SECONDS
        return False

    def _notes(self, trial: _Trial, unheard: int) -> tuple[str, ...]:
        if trial.away and unheard:
            return (f"The judge was not heard on {unheard} of the criteria: {trial.away}",)
        if trial.faults:
            return (f"Some of the judge's replies could not be used: {trial.faults[0]}",)
        return ()


def _late(seconds: float) -> Away:
    cure = "Give it more time with GREENROOM_JUDGE_SECONDS, or fewer GREENROOM_JUDGE_VOTES, or choose a faster model."
    return Away(f"Its {seconds:.0f} seconds for one answer were over.", cure)
