"""A person's own data, out and in: a zip of JSON lines that anything can read.

``manifest.json`` says what it is and how many of each; then one file a kind, one value a line. An archive is data of a stranger: every line
is parsed strictly, every reference inside it is checked, and it comes in as one transaction or not at all. What is there already stays.
"""

from __future__ import annotations

import json
import math
import os
import secrets
import zipfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from itertools import chain
from pathlib import Path
from typing import Any, Literal, NoReturn, TypeVar

import sqlalchemy as sa
from pydantic import BaseModel, ValidationError

from greenroom import __version__
from greenroom.bank.question import Value
from greenroom.errors import ArchiveError, InputError, TooLargeError
from greenroom.interview.attempt import Attempt, Dispute
from greenroom.interview.session import Session
from greenroom.prep.asks.ask import MOST as MOST_ASKS
from greenroom.prep.asks.ask import Ask
from greenroom.prep.company import Company
from greenroom.prep.days import Choice
from greenroom.prep.papers.paper import Paper
from greenroom.prep.profile import Profile
from greenroom.prep.story import Story
from greenroom.prep.study import Kept, Studied
from greenroom.prep.use import StoryUse
from greenroom.review.card import ReviewCard, ReviewEvent
from greenroom.store import answers, reviews, sessions
from greenroom.store.backup import restore, settle
from greenroom.store.extract import ARCHIVE_LIMIT, TOTAL_LIMIT, read_zip
from greenroom.store.faults import from_os
from greenroom.store.own import asks as own_asks
from greenroom.store.own import papers as own_papers
from greenroom.store.own import stories as own_stories
from greenroom.store.promises import EARLIEST, LATEST, check_promises
from greenroom.store.store import Store
from greenroom.store.tables import companies, day_plans
from greenroom.store.voice import takes
from greenroom.voice.heard import Take

__all__ = ["export_owner", "import_owner", "restore"]

ALL = 2**31 - 1
LINES_LIMIT = 200_000
WAITING_LIMIT = 1_000
T = TypeVar("T", bound=BaseModel)


class Draft(Value):
    session_id: str
    turn_id: str
    text: str
    saved_at: datetime


class Manifest(Value):
    format: Literal["greenroom-export"]
    version: Literal[1]
    greenroom: str
    counts: dict[str, int]


KINDS: Mapping[str, type[BaseModel]] = {
    "sessions": Session,
    "answers": Attempt,
    "drafts": Draft,
    "cards": ReviewCard,
    "events": ReviewEvent,
    "disputes": Dispute,
    "takes": Take,
    "stories": Story,
    "uses": StoryUse,
    "asks": Ask,
    "papers": Paper,
    "company": Company,
    "choice": Choice,
    "studied": Studied,
    "kept": Kept,
    "profile": Profile,
}
NAMES = frozenset({"manifest.json", *(f"{kind}.jsonl" for kind in KINDS)})
FIRST = ("sessions", "answers", "drafts", "cards", "events", "disputes", "profile")
"""The kinds of the first exports: those must be there; an export from before another kind came to be has none of it."""
NEWER = NAMES - {"manifest.json", *(f"{kind}.jsonl" for kind in FIRST)}
Content = dict[str, list[Any]]


def export_owner(store: Store, owner_id: str, path: Path) -> Mapping[str, int]:
    """Write everything of one owner to ``path`` (whole, or not at all). Returns how many of each.

    Raises StoreFullError, StoreReadOnlyError, TooLargeError above what an import reads.
    """
    with store.database.read() as connection:
        content = _collect(connection, owner_id)
    counts = {kind: len(values) for kind, values in content.items()}
    manifest = Manifest(format="greenroom-export", version=1, greenroom=__version__, counts=counts)
    files = {"manifest.json": manifest.model_dump_json(indent=2).encode()}
    files |= {f"{kind}.jsonl": b"".join(value.model_dump_json().encode() + b"\n" for value in values) for kind, values in content.items()}
    _write_zip(path, files)
    return counts


def _collect(connection: sa.Connection, owner_id: str) -> Content:
    profile = sessions.get_profile(connection, owner_id)
    return {
        "sessions": sessions.list_sessions(connection, owner_id, ALL),
        "answers": answers.list_attempts(connection, owner_id, None, None, ALL),
        "drafts": [Draft(**row) for row in sessions.list_drafts(connection, owner_id)],
        "cards": reviews.list_cards(connection, owner_id, None),
        "events": reviews.list_events(connection, owner_id, ALL),
        "disputes": reviews.list_disputes(connection, owner_id, None),
        "takes": takes.list_takes(connection, owner_id),
        "stories": own_stories.list_stories(connection, owner_id),
        "uses": own_stories.list_uses(connection, owner_id),
        "asks": own_asks.list_asks(connection, owner_id),
        "papers": own_papers.list_papers(connection, owner_id),
        "company": _one(own_papers.find_body(connection, companies, owner_id, Company)),
        "choice": _one(own_papers.find_body(connection, day_plans, owner_id, Choice)),
        "studied": own_papers.list_studied(connection, owner_id),
        "kept": own_papers.list_kept(connection, owner_id),
        "profile": [] if profile == Profile() else [profile],
    }


def _one(value: T | None) -> list[T]:
    return [] if value is None else [value]


def _write_zip(path: Path, files: Mapping[str, bytes]) -> None:
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in files.items():
                archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
        if part.stat().st_size > ARCHIVE_LIMIT or sum(map(len, files.values())) > TOTAL_LIMIT:
            raise TooLargeError("There is too much for one export.", "Use `greenroom backup`, which has no limit.")
        settle(part, path)
    except OSError as error:
        raise from_os(error, path) from error
    finally:
        part.unlink(missing_ok=True)


def import_owner(store: Store, owner_id: str, path: Path) -> Mapping[str, int]:
    """Bring an export in. Returns how many of each were new. All or nothing; the same archive again changes nothing.

    A stored session stays unless the archived one is its continuation; a card stays unless the archived one was reviewed later; a profile
    stays unless it is empty. Answers that were waiting wait again. Raises ArchiveError.
    """
    content = _parse(read_zip(path, NAMES, NEWER))
    try:
        with store.database.write(owner_id) as connection:
            sessions.ensure_owner(connection, owner_id, datetime.now(UTC))
            return _merge(connection, owner_id, content)
    except (InputError, RecursionError, OverflowError) as error:
        text = error.message if isinstance(error, InputError) else "a value is out of range"
        raise ArchiveError(f"The archive contradicts itself or what is stored: {text}") from error


def _parse(files: Mapping[str, bytes]) -> Content:
    manifest = _parse_line(files["manifest.json"], Manifest, "manifest.json")
    lines = {kind: files.get(f"{kind}.jsonl", b"") for kind in KINDS}
    content: Content = {kind: list[Any](_parse_lines(lines[kind], model, f"{kind}.jsonl")) for kind, model in KINDS.items()}
    if dict.fromkeys(KINDS, 0) | manifest.counts != {kind: len(values) for kind, values in content.items()}:
        raise ArchiveError("The archive holds other numbers of things than its manifest says.")
    if any(len(content[kind]) > 1 for kind in ("profile", "company", "choice")):
        raise ArchiveError("The archive holds several profiles, company pages or plans.")
    _check_unique(content)
    _check_references(content)
    check_promises(content["sessions"], content["answers"], content["cards"], [event.point_id for event in content["events"]])
    return content


def _parse_lines(data: bytes, model: type[T], name: str) -> list[T]:
    if data.count(b"\n") > LINES_LIMIT:
        raise ArchiveError(f"{name} has more than {LINES_LIMIT:,} lines.")
    lines = data.split(b"\n")
    if lines.pop() != b"":
        raise ArchiveError(f"{name} ends in the middle of a line.")
    return [_parse_line(line, model, f"{name}:{number}") for number, line in enumerate(lines, 1)]


def _parse_line(line: bytes, model: type[T], where: str) -> T:
    try:
        json.loads(line, parse_constant=_refuse, parse_float=_finite)
        value = model.model_validate_json(line)
        _check_inside(value.model_dump())
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise ArchiveError(f"{where}: {'.'.join(map(str, first['loc']))[:80]} {first['msg'][:120]}.") from None
    except (ValueError, RecursionError) as error:
        raise ArchiveError(f"{where}: {str(error)[:120]}.") from None
    return value


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number is out of range")
    return number


def _check_inside(value: object) -> None:
    """Times have a zone and lie where people live: arithmetic on them must not overflow later."""
    if isinstance(value, datetime):
        if value.tzinfo is None or not EARLIEST <= value <= LATEST:
            raise ValueError("a time has no zone, or is not of this age")
    elif isinstance(value, date):
        if not EARLIEST.date() <= value <= LATEST.date():
            raise ValueError("a day is not of this age")
    elif isinstance(value, Mapping):
        for item in value.values():
            _check_inside(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            _check_inside(item)


def _check_unique(content: Content) -> None:
    keys = {
        "sessions": [value.session_id for value in content["sessions"]],
        "answers": [value.answer_id for value in content["answers"]],
        "cards": [value.point_id for value in content["cards"]],
        "takes": [value.take_id for value in content["takes"]],
        "drafts": [(value.session_id, value.turn_id) for value in content["drafts"]],
        "stories": [value.story_id for value in content["stories"]],
        "uses": [value.answer_id for value in content["uses"]],
        "asks": [value.ask_id for value in content["asks"]],
        "papers": [value.paper_id for value in content["papers"]],
        "studied": [value.question_id for value in content["studied"]],
        "kept": [value.question_id for value in content["kept"]],
    }
    for kind, found in keys.items():
        if len(set(found)) != len(found):
            raise ArchiveError(f"The archive holds one of its {kind} twice.")


def _check_references(content: Content) -> None:
    session_ids = {value.session_id for value in content["sessions"]}
    answer_ids = {value.answer_id for value in content["answers"]}
    named = {turn.answer_id for session in content["sessions"] for turn in session.turns if turn.answer_id}
    spoken = chain(content["answers"], content["drafts"], content["takes"])
    if any(value.session_id not in session_ids for value in spoken) or not named <= answer_ids:
        raise ArchiveError("The archive names a session or an answer that it does not hold.")
    if any(value.answer_id not in answer_ids for value in chain(content["events"], content["disputes"], content["uses"], content["kept"])):
        raise ArchiveError("The archive names an answer that it does not hold.")
    if sum(value.status not in ("done", "failed") for value in content["answers"]) > WAITING_LIMIT:
        raise ArchiveError(f"More than {WAITING_LIMIT:,} answers of the archive wait for assessment.")


def _check_limits(connection: sa.Connection, owner_id: str, content: Content) -> None:
    """No more than the pages take, counted as they count: asks by round, papers by kind. What is stored already is not refused."""
    for kind, stored, most in (
        ("stories", own_stories.list_stories(connection, owner_id), own_stories.MOST),
        ("asks", own_asks.list_asks(connection, owner_id), MOST_ASKS),
        ("papers", own_papers.list_papers(connection, owner_id), own_papers.MOST),
    ):
        here, brought = _grouped(stored), _grouped(content[kind])
        counts = Counter((brought | here).values())  # what is here stays as it is
        for name in {brought[key] for key in brought.keys() - here.keys()}:
            if counts[name] > most:
                raise ArchiveError(
                    f"With this archive there would be {counts[name]:,} {name}; the limit is {most}.",
                    "Nothing was imported. Delete some where the archive was made, or here, and try again.",
                )


def _grouped(values: Iterable[Story | Ask | Paper]) -> dict[str, str]:
    """Id -> what it counts as."""
    found = {}
    for value in values:
        match value:
            case Story():
                found[value.story_id] = "stories"
            case Ask():
                found[value.ask_id] = f"questions to ask ({value.round})"
            case Paper():
                found[value.paper_id] = f"documents ({value.kind})"
    return found


def _merge(connection: sa.Connection, owner_id: str, content: Content) -> dict[str, int]:
    _check_limits(connection, owner_id, content)
    counts = dict.fromkeys(content, 0)
    kept = {}
    for session in content["sessions"]:
        stored = sessions.find_session(connection, owner_id, session.session_id)
        if stored is None or (stored != session and _continues(stored, session)):
            counts["sessions"] += sessions.put_session(connection, owner_id, session)
            stored = session
        kept[session.session_id] = stored
    present = set()
    for attempt in content["answers"]:
        if answers.find_same(connection, owner_id, attempt) is None:
            if kept[attempt.session_id].find_turn_of(attempt.answer_id) is None:
                continue  # of a session that went on differently here
            answers.put(connection, owner_id, _settled(attempt))
            counts["answers"] += 1
        present.add(attempt.answer_id)
    counts["drafts"] = _put_drafts(connection, owner_id, content["drafts"])
    counts["cards"] = _put_cards(connection, owner_id, content["cards"])
    counts["events"] = reviews.add_events(connection, owner_id, [e for e in content["events"] if e.answer_id in present])
    counts["disputes"] = sum(reviews.add_dispute(connection, owner_id, d) for d in content["disputes"] if d.answer_id in present)
    counts["takes"] = takes.put_takes(connection, owner_id, content["takes"])
    counts["stories"] = own_stories.put_stories(connection, owner_id, content["stories"], replace=False)
    counts["uses"] = own_stories.put_uses(connection, owner_id, [use for use in content["uses"] if use.answer_id in present])
    counts["asks"] = own_asks.put_asks(connection, owner_id, content["asks"], replace=False)
    counts |= _put_prep(connection, owner_id, content, present)
    if content["profile"] and sessions.get_profile(connection, owner_id) == Profile():
        sessions.put_profile(connection, owner_id, content["profile"][0])
        counts["profile"] = 1
    return counts


def _put_prep(connection: sa.Connection, owner_id: str, content: Content, present: set[str]) -> dict[str, int]:
    """What was brought and noted while preparing; what is there already stays."""
    counts = {
        "papers": own_papers.put_papers(connection, owner_id, content["papers"]),
        "studied": own_papers.put_studied(connection, owner_id, content["studied"]),
        "kept": own_papers.put_kept(connection, owner_id, [each for each in content["kept"] if each.answer_id in present]),
    }
    for kind, table in (("company", companies), ("choice", day_plans)):
        counts[kind] = sum(own_papers.put_body(connection, table, owner_id, value, replace=False) for value in content[kind])
    return counts


def _continues(stored: Session, archived: Session) -> bool:
    """The archived session is the stored one, further on."""
    before, after = stored.turns, archived.turns[: len(stored.turns)]
    same = [turn.turn_id for turn in before] == [turn.turn_id for turn in after]
    answered = all(old.answer_id in (None, new.answer_id) for old, new in zip(before, after, strict=False))
    return same and answered and _progress(archived) > _progress(stored)


def _progress(session: Session) -> tuple[int, int, bool, int]:
    turns = session.turns
    return (
        len(turns),
        sum(not t.open for t in turns),
        session.ended,
        sum(t.rated for t in turns) + sum(t.assessed_at is not None for t in turns),
    )


def _settled(attempt: Attempt) -> Attempt:
    """What was waiting or running there waits here; a judgement is kept only with its assessment."""
    if attempt.status == "failed" or (attempt.status == "done" and attempt.assessment is not None):
        return attempt
    return attempt.model_copy(update={"status": "pending", "assessed_at": None, "assessment": None, "fault": None})


def _put_drafts(connection: sa.Connection, owner_id: str, drafts: Sequence[Draft]) -> int:
    new = [d for d in drafts if sessions.find_draft(connection, owner_id, d.session_id, d.turn_id) is None]
    return sum(sessions.put_draft(connection, owner_id, d.session_id, d.turn_id, d.text, d.saved_at) for d in new)


def _put_cards(connection: sa.Connection, owner_id: str, cards: Iterable[ReviewCard]) -> int:
    stored = {card.point_id: card for card in reviews.list_cards(connection, owner_id, None)}
    later = [c for c in cards if c.point_id not in stored or c.reviewed_at > stored[c.point_id].reviewed_at]
    return reviews.put_cards(connection, owner_id, later)
