"""The assessor that needs no language model: gate → evidence by an encoder and a reader → fitted probabilities → arithmetic.

Deterministic: the same rubric, answer and weights give the same assessment. What it does not see: reasoning across distant sentences,
irony, facts outside the rubric; its verdicts say how sure they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from greenroom.assess import scale, score
from greenroom.assess.assessment import Assessment, FoundMisconception, Grader, PointVerdict, Verdict, Why
from greenroom.assess.calibrate import Fitted, load_fitted
from greenroom.assess.gate import SHORT, SPOKEN, Limits, admits_not_knowing, find_echo, find_reason, is_list
from greenroom.assess.reading.answer import Answer, hear, hear_order, make_answer
from greenroom.assess.reading.clauses import left_open, windows
from greenroom.assess.reading.cleaned import Cleaned, clean
from greenroom.assess.reading.decide import Ruling, Stated, confidence, rulings, stated
from greenroom.assess.reading.evidence import Finding, findings
from greenroom.assess.reading.mark import creditable, mark_features
from greenroom.assess.reading.sheet import Sheet, make_sheet
from greenroom.assess.star.judge import is_story, is_storylike, judge_story
from greenroom.assess.structure import judge_structure
from greenroom.bank.question import Misconception, Rubric
from greenroom.llm.encode import Readers, Vectors
from greenroom.llm.encoder import OnnxEncoder
from greenroom.llm.reader import OnnxReader
from greenroom.llm.remember import Remembering, RememberingReader, Versioned
from greenroom.llm.weights import WEIGHTS, Words, check_weights, fingerprint, open_network

NAME = "coverage"
SHEETS = 32
"""Rubrics kept ready in memory."""
LIST_MARK = 0.2
"""The most that a bare list of terms gets where the mark is fitted: it states nothing. Decided, not fitted."""
FOLLOW_UP_WORDS = 4
"""An answer to a follow-up speaks of one point: it may be shorter than a whole answer."""


class Coverage:
    """An ``Assessor``. Safe to use from several threads.

    Args:
        encoder: makes vectors of the answer's windows and hears their order; wrapped so that the rubric's own phrasings are remembered.
        readers: read the windows that look likely beside the points and misconceptions they may state, and for rubrics of bare points a
            whole answer beside a whole reference.
        fitted: the coefficients.
        cache: folder for the vectors of the bank's rubrics; None keeps them in memory.
    """

    def __init__(self, encoder: Versioned, readers: Readers, fitted: Fitted, cache: Path | None = None) -> None:
        self._memory = Remembering(encoder, cache)
        self._reader, self._flagger = RememberingReader(readers.reader), RememberingReader(readers.flagger)
        self._marker = readers.marker
        self._fitted = fitted
        self._sheets: dict[str, Sheet] = {}
        self.grader = Grader(name=NAME, version=f"{score.VERSION}+{fitted.version}")

    @classmethod
    def load(cls, cache: Path | None = None, threads: int = 2) -> Coverage:
        """With the shipped weights. ``cache``: a folder for the rubric's vectors, None for memory only.

        Raises:
            WeightsError: the weights are missing or damaged.
        """
        sums = check_weights()
        words = Words.load()
        encoder = OnnxEncoder(open_network(WEIGHTS / "encoder.onnx", threads), words, sums["encoder.onnx"][:12])
        return cls(
            encoder,
            Readers(*(make(WEIGHTS, threads, words) for make in (OnnxReader.points, OnnxReader.marker, OnnxReader.flagger))),
            load_fitted(WEIGHTS / "coefficients.json", fingerprint(sums)),
            cache,
        )

    def assess(self, rubric: Rubric, answer: str) -> Assessment:
        """See ``Assessor``. Never raises for what the answer says."""
        if not rubric.points:
            return self._abstain(rubric, "The question has no key points: there is nothing to hold the answer against.")
        cleaned, limits = clean(answer), _limits(rubric)
        if admits_not_knowing(cleaned.text):
            missed = [PointVerdict(id=point.id, verdict=Verdict.MISSED, confidence=1.0, decided_by=NAME) for point in rubric.points]
            said = self._read(rubric, cleaned)
            return self._marked(rubric, said) if rubric.whole else self._report(rubric, said, missed, [])
        reason = find_reason(rubric.ask, cleaned.text or answer, limits)
        if reason is None and limits is SHORT:
            reason = find_echo(rubric.ask, " ".join(point.point for point in rubric.points), cleaned.text)
        if reason is not None:
            return self._abstain(rubric, reason)
        said = self._read(rubric, cleaned)
        if not said.sound.any() and not left_open(said.windows, said.text):
            return self._abstain(rubric, "The answer is a list of words, not sentences: it states nothing that could be judged.")
        if rubric.whole:
            return self._marked(rubric, said)
        sheet, known = self.prepare(rubric)
        points, claims = findings(sheet, known, said, self._reader, self._flagger)
        found = stated(self._fitted, claims, points, said.windows)
        story = is_story(rubric)
        ruled = zip(points, rulings(self._fitted, points, said.windows, found, story=story), strict=True)
        verdicts = [self._verdict(finding, ruling, said) for finding, ruling in ruled]
        storylike = not story or is_storylike(self._fitted.told, said.windows, said.vectors)
        told = judge_story(rubric, verdicts, said.windows, list(said.sound), storylike=storylike)
        return self._report(rubric, said, [_as_given(verdict, cleaned) for verdict in told], found)

    def prepare(self, rubric: Rubric) -> tuple[Sheet, Vectors]:
        """The rubric's phrasings and their remembered vectors."""
        sheet = self._sheet(rubric)
        return sheet, self._memory.recall(sheet.texts, lasting=_of_the_bank(rubric))

    def _sheet(self, rubric: Rubric) -> Sheet:
        sheet = self._sheets.get(rubric.hash)
        if sheet is None:
            sheet = make_sheet(rubric)
            if len(self._sheets) >= SHEETS:
                self._sheets.clear()
            self._sheets[rubric.hash] = sheet
        return sheet

    def _read(self, rubric: Rubric, cleaned: Cleaned) -> Answer:
        """As the rubric is judged: a mark alone does not go by vectors."""
        slack, pieces = _limits(rubric).slack, windows(cleaned.text)
        heard = (hear_order if rubric.whole else hear)(pieces, self._memory.encoder)
        return make_answer(cleaned, pieces, heard, slack, asking=rubric.kind == "asks")

    def _verdict(self, finding: Finding, ruling: Ruling, said: Answer) -> PointVerdict:
        """With a quote for all but missed. Places are those in the cleaned text."""
        silent = finding.window is None and ruling.window is None
        sure = confidence(self._fitted, finding, ruling.verdict) if ruling.sure is None else ruling.sure
        piece = None if ruling.window is None else said.windows[ruling.window]
        return PointVerdict(
            id=finding.id, verdict=ruling.verdict, confidence=round(sure, 3), decided_by=NAME,
            quote=None if piece is None else said.text[piece.start : piece.end], span=None if piece is None else (piece.start, piece.end),
            why=None if silent else Why(nearest=finding.nearest, score=round(ruling.score, 3), threshold=ruling.bar),
        )  # fmt: skip

    def _report(self, rubric: Rubric, said: Answer, verdicts: Sequence[PointVerdict], found: Sequence[Stated]) -> Assessment:
        claims = {wrong.id: wrong for wrong in rubric.misconceptions}
        mistakes = tuple(_mistake(said, claims[item.id], item.window) for item in found)
        figure = score.overall(rubric.points, verdicts, len(mistakes)) if _authored(rubric) else self._mark(rubric, said)
        made = [v.span for v in verdicts if v.span is not None and v.verdict in (Verdict.HIT, Verdict.PARTIAL)]
        return Assessment(
            question_id=rubric.question_id, form=rubric.form, status="assessed", rubric_hash=rubric.hash, grader=self.grader,
            overall=figure, band=None if figure is None else scale.band(figure), confidence=score.confidence(rubric.points, verdicts),
            points=tuple(verdicts), misconceptions=mistakes,
            communication=judge_structure(said.cleaned.given, made, story=is_story(rubric)),
            strengths=score.strengths(rubric.points, verdicts), fixes=score.fixes(rubric.points, verdicts, mistakes),
            follow_up=score.follow_up(rubric, verdicts), drill=score.drill(rubric.points, verdicts),
        )  # fmt: skip

    def _marked(self, rubric: Rubric, said: Answer) -> Assessment:
        figure = self._mark(rubric, said)
        return Assessment(
            question_id=rubric.question_id, form=rubric.form, status="assessed", rubric_hash=rubric.hash, grader=self.grader,
            overall=figure, band=scale.band(figure),
        )  # fmt: skip

    def _mark(self, rubric: Rubric, said: Answer) -> float:
        """0..100 for a rubric of bare points: fitted on marked short answers, no verdicts involved."""
        sheet = self._sheet(rubric)
        text = creditable(said, sheet)
        if not text:
            return 0.0
        mark = self._fitted.plain(mark_features(sheet, text, self._marker))
        return round(100 * (min(mark, LIST_MARK) if is_list(text) else mark), 1)

    def _abstain(self, rubric: Rubric, reason: str) -> Assessment:
        unscored = tuple(PointVerdict(id=point.id, verdict=Verdict.UNSCORED, decided_by=NAME) for point in rubric.points)
        return Assessment(
            question_id=rubric.question_id,
            form=rubric.form,
            status="abstained",
            reason=reason,
            rubric_hash=rubric.hash,
            grader=self.grader,
            points=unscored,
        )


def _limits(rubric: Rubric) -> Limits:
    """Rows of any subject (``grade``) have no ``because``: one word may be a whole answer there. A follow-up speaks of one point only."""
    if not _of_the_bank(rubric):
        return SHORT
    return SPOKEN if len(rubric.points) > 1 else SPOKEN._replace(least_words=FOLLOW_UP_WORDS, least_content=2)


def _of_the_bank(rubric: Rubric) -> bool:
    """Its points say why they matter, as no row of ``grade`` does: it comes again, and its vectors may be kept on the disk."""
    return any(point.because for point in rubric.points)


def _authored(rubric: Rubric) -> bool:
    """Somebody wrote down how candidates put the points: the verdicts' coefficients were fitted on such rubrics."""
    return any(point.says for point in rubric.points)


def _mistake(said: Answer, claim: Misconception, window: int) -> FoundMisconception:
    piece = said.windows[window]
    start, end = said.cleaned.span(piece.start, piece.end)
    return FoundMisconception(
        id=claim.id, quote=said.cleaned.given[start:end], span=(start, end), correction=claim.correction, lab=claim.lab
    )


def _as_given(verdict: PointVerdict, cleaned: Cleaned) -> PointVerdict:
    """The same verdict with its quote as the person said it."""
    if verdict.span is None:
        return verdict
    start, end = cleaned.span(*verdict.span)
    return verdict.model_copy(update={"quote": cleaned.given[start:end], "span": (start, end)})
