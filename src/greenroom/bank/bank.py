"""The questions of all packs that loaded, by id and by topic."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from pydantic import ConfigDict, Field

from greenroom.bank.question import Id, KeyPoint, Question, Text, Value
from greenroom.errors import NotFoundError

TOPICS = (
    "what-is-an-llm",
    "training",
    "architecture",
    "generation",
    "training-challenges",
    "applications",
    "attention",
    "fine-tuning",
    "ethics",
    "robustness",
    "future",
    "hci",
    "your-questions",
)
"""The thirteen topics, in the order people meet them. Packs may bring further topics; those come after."""


class PackHeader(Value):
    """``pack.yaml``. ``aliases`` maps the global id of a renamed point to its new one."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    schema_version: int = Field(alias="schema", ge=1, le=1)
    id: Id
    version: Text
    language: Text
    licence: Text
    authors: tuple[Text, ...]
    aliases: dict[str, str] = Field(default_factory=dict)


class Fault(Value):
    """What is wrong in a pack, where, and what to do about it."""

    file: str
    line: int
    what: str
    cure: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what} {self.cure}"


class Pack(Value):
    header: PackHeader
    folder: Path
    questions: tuple[Question, ...]


class Bank:
    """Read-only. Question ids are unique over all packs; a later pack with a used id is left out whole."""

    def __init__(self, packs: Sequence[Pack], faults: Iterable[Fault] = ()) -> None:
        self.packs = tuple(packs)
        self.faults = tuple(faults)
        self._by_id = {question.id: question for pack in packs for question in pack.questions}
        living = {f"{question.id}/{point.id}" for question in self._by_id.values() for point in question.key_points}
        self._aliases = {  # no pack renames a point that another one has
            old: new for pack in packs for old, new in pack.header.aliases.items() if old not in living
        }

    def get(self, question_id: str) -> Question:
        """Raises NotFoundError, naming the nearest ids."""
        question = self.find(question_id)
        if question is None:
            raise NotFoundError("question", question_id, self._by_id, "`greenroom bank list` shows all of them.")
        return question

    def find(self, question_id: str) -> Question | None:
        return self._by_id.get(question_id)

    def present_id(self, point_id: str) -> str:
        """The global id of a point today, whatever it was called before."""
        return self._aliases.get(point_id, point_id)

    def former_ids(self, point_id: str) -> list[str]:
        return [old for old, new in self._aliases.items() if new == point_id]

    def find_point(self, point_id: str) -> tuple[Question, KeyPoint] | None:
        """The point with a global id (``question_id/point_id``), renamed ones included."""
        question_id, _, local = self.present_id(point_id).partition("/")
        question = self.find(question_id)
        points = question.key_points if question else ()
        return next(((question, p) for p in points if question and p.id == local), None)

    def topics(self) -> tuple[str, ...]:
        found = dict.fromkeys(question.topic for question in self._by_id.values())
        known = [topic for topic in TOPICS if topic in found]
        return (*known, *sorted(topic for topic in found if topic not in TOPICS))

    def questions(self, topic: str | None = None) -> tuple[Question, ...]:
        """In the order of topics; in a topic the canonical question first, then by level and id."""
        order = {topic_id: n for n, topic_id in enumerate(self.topics())}
        levels = ("foundation", "practitioner", "expert")
        chosen = [q for q in self._by_id.values() if topic is None or q.topic == topic]
        return tuple(sorted(chosen, key=lambda q: (order[q.topic], q.id != q.topic, levels.index(q.level), q.id)))
