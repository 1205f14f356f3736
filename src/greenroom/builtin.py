"""What ships with greenroom, as a plugin like any other: the core pack, the offline assessor, the labs; and the judge of the settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from greenroom.errors import GreenroomError, InputError
from greenroom.plugins import AssessorMaker, hookimpl
from greenroom.settings import Settings

if TYPE_CHECKING:
    from greenroom.assess.assessor import Assessor
    from greenroom.assess.judge import Judge
    from greenroom.labs.lab import Lab
    from greenroom.llm.chat import ChatModel

PACKS = Path(__file__).parent / "packs"


class Builtin:
    @hookimpl
    def greenroom_packs(self) -> Sequence[Path]:
        return sorted(folder for folder in PACKS.iterdir() if (folder / "pack.yaml").is_file())

    @hookimpl
    def greenroom_assessors(self, settings: Settings) -> Mapping[str, AssessorMaker]:
        def coverage() -> Assessor:
            from greenroom.assess.coverage import Coverage  # loads the encoder: only when something is assessed

            return Coverage.load(cache=settings.home / "cache", threads=settings.threads)

        return {"coverage": coverage}

    @hookimpl
    def greenroom_labs(self) -> Sequence[Lab]:
        from greenroom.labs.agreement import Agreement  # all of them only where labs are asked for
        from greenroom.labs.anatomy import Anatomy
        from greenroom.labs.attention import AttentionMaps
        from greenroom.labs.basics import Basics
        from greenroom.labs.caching import Caching
        from greenroom.labs.constrained import Constrained
        from greenroom.labs.continuation import Continuation
        from greenroom.labs.corpus_report import CorpusReport
        from greenroom.labs.cost import Cost
        from greenroom.labs.cutoffs import Cutoffs
        from greenroom.labs.driver import Driver
        from greenroom.labs.facts import Facts
        from greenroom.labs.few_shot import FewShot
        from greenroom.labs.filtering import AttentionFilter
        from greenroom.labs.form_or_chat import FormOrChat
        from greenroom.labs.frameworks import Frameworks
        from greenroom.labs.generate import Generation
        from greenroom.labs.guardrails import Guardrails
        from greenroom.labs.induction import Induction
        from greenroom.labs.knockout import KnockOut
        from greenroom.labs.languages import Languages
        from greenroom.labs.lens import LogitLens
        from greenroom.labs.masking import Masking
        from greenroom.labs.metrics import Metrics
        from greenroom.labs.monitor import Monitor
        from greenroom.labs.order import WordOrder
        from greenroom.labs.playground import Playground
        from greenroom.labs.precision import Precision
        from greenroom.labs.rag import Rag
        from greenroom.labs.reasons import WeightsOrReasons
        from greenroom.labs.second_opinion import SecondOpinion
        from greenroom.labs.swaps import Swaps
        from greenroom.labs.tasks import Tasks

        return [
            Playground(), Cost(), Cutoffs(), Continuation(), Facts(), Generation(), Constrained(), Caching(), FewShot(), AttentionMaps(),
            KnockOut(), WordOrder(), Induction(), WeightsOrReasons(), AttentionFilter(), Anatomy(), Basics(), LogitLens(), Languages(),
            Swaps(), Rag(), Guardrails(), Metrics(), Monitor(), Masking(), Agreement(), CorpusReport(), FormOrChat(), Precision(), Driver(),
            SecondOpinion(), Frameworks(), Tasks(), *_labs_that_train(),
        ]  # fmt: skip


def _labs_that_train() -> Sequence[Lab]:
    """Those that need the extra."""
    from greenroom.labs.captioning import Captions
    from greenroom.labs.classifying import ClassifyPictures
    from greenroom.labs.detecting import FindObjects
    from greenroom.labs.from_scratch import FromScratch
    from greenroom.labs.instruct import Instruct
    from greenroom.labs.lora import Lora
    from greenroom.labs.overfitting import Overfitting
    from greenroom.labs.swapping import TwoAdapters
    from greenroom.labs.trade import Trade

    return [
        ClassifyPictures(), FindObjects(), Captions(), FromScratch(), Overfitting(), Lora(), Instruct(), Trade(), TwoAdapters(),
    ]  # fmt: skip


def make_judge(settings: Settings) -> Judge:
    """The judge that the settings describe. One that cannot be set up is a judge that says why, so that the offline verdict stands."""
    from greenroom.assess.judge import Judge  # loads the HTTP client: only where a judge is set up
    from greenroom.llm.kept import Kept

    return Judge(make_chat(settings), settings.judge_votes, settings.judge_seconds, Kept(settings.home / "cache" / "judge"))


def make_chat(settings: Settings) -> ChatModel:
    """The chat model that the settings describe: it judges, and words the interviewer. One that cannot be set up says why when asked."""
    from greenroom.llm.chat import Absent

    try:
        return _make_model(settings)
    except GreenroomError as error:
        return Absent(error, settings.judge_model or "none")


def _make_model(settings: Settings) -> ChatModel:
    if settings.judge_file and (settings.judge_url or settings.judge_model):
        raise InputError("Two judges are set up: a server and a file.", "Unset GREENROOM_JUDGE_FILE, or GREENROOM_JUDGE_URL and _MODEL.")
    if settings.judge_file:
        from greenroom.llm.local import LocalChat, check_gguf

        check_gguf(settings.judge_file)
        return LocalChat(settings.judge_file, settings.threads)
    if not settings.judge_url or not settings.judge_model:
        raise InputError("Half a judge is set up.", "Set both GREENROOM_JUDGE_URL and GREENROOM_JUDGE_MODEL, or neither.")
    from greenroom.keys import Keys
    from greenroom.llm.openai import OpenAIChat

    return OpenAIChat(settings.judge_url, settings.judge_model, Keys(settings.home).find)
