"""Words looked for in the bank: full text over questions, forms, key points and misconceptions, ranked, with the words marked.

SQLite's FTS5 in memory, filled when first asked. What a person types is never read as a query: its words are taken out and quoted, so that
quotation marks, operators and control characters mean nothing. Model answers and phrasings are not searched: they are for after an attempt.
"""

from __future__ import annotations

import re
import sqlite3
import threading
import unicodedata
import weakref
from collections.abc import Sequence

from greenroom.bank.question import Level, Question, Value

COLUMNS = {"ask": 10.0, "forms": 5.0, "points": 4.0, "misconceptions": 2.0, "listens_for": 2.0, "topic_name": 6.0}
"""What is searched, and how much a word found there weighs."""
SHOWN = ("points", "forms", "listens_for", "misconceptions")
"""Where the line that a hit shows may come from."""
MOST_WORDS, WORD_LENGTH, QUERY_LENGTH = 16, 40, 1_000
"""What is read of a query: further words, and further characters of a word, are left out."""
RELATED_WORDS = 48
PREFIX_FROM = 3
"""Words of so many letters are also found as the beginning of a longer one."""
PHRASE_FROM = 3
"""From so many words on they are also looked for as they stand. Fewer are a subject, found in either spelling alike."""
SMALL = frozenset(
    {"a", "an", "and", "are", "as", "at", "be", "by", "can", "could", "did", "do", "does", "for", "from", "had", "has", "have", "how"}
    | {"i", "if", "in", "is", "it", "its", "my", "of", "on", "or", "our", "so", "than", "that", "the", "their", "them", "then", "there"}
    | {"they", "this", "to", "was", "we", "were", "what", "when", "where", "which", "who", "why", "will", "with", "would", "you", "your"}
)
"""Words that say nothing of the subject: looked for only when there is no other."""
OPEN, CLOSE = "\x02", "\x03"
MARKED = re.compile(f"{OPEN}([^{OPEN}{CLOSE}]*){CLOSE}")
SPELLINGS = (("is(?=[aei]|$)", "iz"), ("iz(?=[aei]|$)", "is"), ("iour", "ior"), ("ior", "iour"))
"""British and American: quantisation, quantization; behaviour, behavior; also where somebody stopped typing."""
TABLES = {"bank": "porter unicode61 remove_diacritics 2", "plain": "unicode61 remove_diacritics 2"}
"""By the stems of words; and as they stand, for “tokeniz” is the beginning of a word and longer than its stem."""


def _find(table: str) -> str:
    return f"""
SELECT id, {", ".join(f"highlight({table}, {n}, '{OPEN}', '{CLOSE}')" for n in range(len(COLUMNS)))} FROM {table}
WHERE {table} MATCH :query AND (:topic IS NULL OR topic = :topic) AND (:level IS NULL OR level = :level)
ORDER BY bm25({table}, {", ".join(map(str, COLUMNS.values()))}), id LIMIT :limit
"""  # noqa: S608 only constants of this module


FIND, FIND_BEGUN = map(_find, TABLES)
NEAR = f"""
SELECT id FROM bank WHERE bank MATCH :query AND topic <> :topic
ORDER BY bm25(bank, {", ".join(map(str, COLUMNS.values()))}), id LIMIT :limit
"""  # noqa: S608 as above


class Piece(Value):
    """Part of a text; ``marked``: it is one of the words looked for."""

    text: str
    marked: bool


class Hit(Value):
    """A question that was found. ``line``: the form, point… that holds most different words, empty where only the question does."""

    question_id: str
    topic: str
    level: Level
    ask: tuple[Piece, ...]
    place: str = ""
    line: tuple[Piece, ...] = ()


class Index:
    """The questions as they were when it was made. May be asked from several threads."""

    def __init__(self, questions: Sequence[Question]) -> None:
        self._questions = {question.id: question for question in questions}
        self._lock = threading.Lock()
        self._db = sqlite3.connect(":memory:", check_same_thread=False)
        weakref.finalize(self, self._db.close)
        columns, slots = ", ".join(COLUMNS), ", ".join("?" * (len(COLUMNS) + 3))
        for table, how in TABLES.items():
            self._db.execute(
                f'CREATE VIRTUAL TABLE {table} USING fts5({columns}, id UNINDEXED, topic UNINDEXED, level UNINDEXED, tokenize="{how}")'
            )
            self._db.executemany(f"INSERT INTO {table} VALUES ({slots})", map(_row, questions))  # noqa: S608 as above

    def search(self, words: str, topic: str | None = None, level: Level | None = None, limit: int = 20) -> list[Hit]:
        """Questions that say just this, then with all the words, best first, then with words that begin so; where there is none, with any
        of them.

        Never raises for what ``words`` holds.
        """
        typed = words_of(words)
        kept = [word for word in typed if word not in SMALL] or typed
        whole, begun = [_term(word, "") for word in kept], [_term(word, "*") for word in kept]
        given = {"topic": topic, "level": level, "limit": limit}
        rows: dict[str, tuple[str, ...]] = {}
        said = _in_order(words)[:MOST_WORDS]
        phrase = [f'"{" ".join(said)}"'] if len(said) >= PHRASE_FROM else []
        all_begun = " AND ".join(begun)
        asked = [*((FIND, each) for each in (*phrase, " AND ".join(whole), all_begun)), (FIND_BEGUN, all_begun)]
        for sql, query in asked if kept else ():
            for row in self._ask(sql, {**given, "query": query}):
                rows.setdefault(row[0], row)
        if kept and not rows:
            rows = {row[0]: row for sql in (FIND, FIND_BEGUN) for row in self._ask(sql, {**given, "query": " OR ".join(begun)})}
        return [self._hit(row) for row in rows.values()][:limit]

    def related(self, question_id: str, limit: int = 4) -> list[Question]:
        """Questions of other topics that speak of the same things, nearest first."""
        question = self._questions.get(question_id)
        if question is None:
            return []
        said = " ".join((question.ask, *(point.point for point in question.points())))
        words = dict.fromkeys(word for word in words_of(said, RELATED_WORDS, 20_000) if len(word) > PREFIX_FROM)
        query = " OR ".join(f'"{word}"' for word in words)
        found = self._ask(NEAR, {"query": query, "topic": question.topic, "limit": limit}) if words else []
        return [self._questions[row[0]] for row in found]

    def _ask(self, sql: str, given: dict[str, str | int | None]) -> list[tuple[str, ...]]:
        with self._lock:
            return self._db.execute(sql, given).fetchall()

    def _hit(self, row: tuple[str, ...]) -> Hit:
        question, marked = self._questions[row[0]], dict(zip(COLUMNS, row[1:], strict=True))
        lines = [(place, line) for place in SHOWN for line in marked[place].split("\n")]
        place, line = max(lines, key=lambda each: len({word[:4].lower() for word in MARKED.findall(each[1])}))  # of equals the first
        shown = {"place": place, "line": pieces(line)} if OPEN in line else {}
        return Hit.model_validate(
            {"question_id": question.id, "topic": question.topic, "level": question.level, "ask": pieces(marked["ask"]), **shown}
        )


def words_of(text: str, most: int = MOST_WORDS, length: int = QUERY_LENGTH) -> list[str]:
    """Its words, each once, in small letters; nothing that is no letter or digit."""
    return list(dict.fromkeys(_in_order(text, length)))[:most]


def _in_order(text: str, length: int = QUERY_LENGTH) -> list[str]:
    found = re.findall(r"[^\W_]+", unicodedata.normalize("NFKC", text[:length]).lower())
    return [word[:WORD_LENGTH] for word in found]


def pieces(text: str) -> tuple[Piece, ...]:
    """A highlighted text cut at its marks."""
    cut = re.split(f"[{OPEN}{CLOSE}]", text)
    return tuple(Piece(text=part, marked=n % 2 == 1) for n, part in enumerate(cut) if part)


def _term(word: str, end: str) -> str:
    """A word as FTS5 takes it: quoted, in both spellings; with ``end`` “*”, if it is long enough, as the beginning of one."""
    both = dict.fromkeys([word, *(re.sub(old, new, word) for old, new in SPELLINGS)])
    return "(" + " OR ".join(f'"{each}"{end if len(each) >= PREFIX_FROM else ""}' for each in both) + ")"


def _row(question: Question) -> tuple[str, ...]:
    texts = {
        "ask": [question.ask],
        "forms": [form.ask for form in question.forms],
        "points": [text for point in question.active_points for text in (point.point, point.because)],
        "misconceptions": [f"{wrong.claim} {wrong.correction}" for wrong in question.misconceptions],
        "listens_for": [question.listens_for],
        "topic_name": [question.topic.replace("-", " ")],
    }
    plain = ("\n".join(" ".join(each.split()) for each in texts[column]) for column in COLUMNS)
    return (*plain, question.id, question.topic, question.level)
