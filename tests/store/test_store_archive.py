"""A person's data goes out and comes back the same, all or nothing."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from store_samples import OWNER, at, make_card, make_session, submit
from store_whole import everything, fill

from greenroom.errors import ArchiveError, StoreReadOnlyError
from greenroom.prep.asks.ask import MOST as MOST_ASKS
from greenroom.prep.asks.ask import Ask
from greenroom.prep.papers.paper import Paper
from greenroom.prep.profile import Profile
from greenroom.prep.story import Story
from greenroom.store import schema
from greenroom.store.archive import KINDS, export_owner, import_owner
from greenroom.store.own import asks as own_asks
from greenroom.store.own import papers as own_papers
from greenroom.store.own import stories as own_stories
from greenroom.store.store import Store


def test_round_trip_and_once_more(store: Store, other: Store, tmp_path: Path) -> None:
    fill(store)
    held = {"sessions": 1, "answers": 3, "drafts": 1, "cards": 1, "events": 1, "disputes": 1, "takes": 2, "profile": 1}
    counts = dict.fromkeys(KINDS, 0) | held | {"stories": 1, "uses": 1, "asks": 2}
    assert export_owner(store, OWNER, tmp_path / "mine.zip") == counts
    assert import_owner(other, "someone", tmp_path / "mine.zip") == counts
    assert everything(other, "someone") == everything(store)
    assert other.backlog() == 2 and other.claim("w", at(), 15) is not None  # what was running there waits here
    assert import_owner(other, "someone", tmp_path / "mine.zip") == dict.fromkeys(counts, 0)
    assert everything(other, "someone") == everything(store)
    assert import_owner(store, OWNER, tmp_path / "mine.zip") == dict.fromkeys(counts, 0)


def test_export_holds_one_owner_and_is_private(store: Store, tmp_path: Path) -> None:
    fill(store)
    fill(store, "mallory")
    store.save_profile("mallory", Profile(company="Evil Corp"))
    export_owner(store, OWNER, tmp_path / "mine.zip")
    with zipfile.ZipFile(tmp_path / "mine.zip") as archive:
        text = b"".join(archive.read(name) for name in archive.namelist())
    assert b"Evil" not in text and b"mallory" not in text
    assert (tmp_path / "mine.zip").stat().st_mode & 0o777 == 0o600
    assert export_owner(store, "nobody", tmp_path / "none.zip")["sessions"] == 0


def test_what_is_there_stays_and_what_went_on_goes_on(store: Store, other: Store, tmp_path: Path) -> None:
    fill(store)
    export_owner(store, OWNER, tmp_path / "early.zip")
    import_owner(other, OWNER, tmp_path / "early.zip")
    submit(store, "a3", "t3")
    store.save_profile(OWNER, Profile(company="New"))
    export_owner(store, OWNER, tmp_path / "late.zip")
    assert import_owner(other, OWNER, tmp_path / "late.zip")["answers"] == 1
    assert other.get_session(OWNER, "s1").turns[3].answer_id == "a3" and other.get_profile(OWNER).company == "Ø & Sons"
    assert import_owner(other, OWNER, tmp_path / "early.zip") == dict.fromkeys(KINDS, 0)
    assert other.get_session(OWNER, "s1").turns[3].answer_id == "a3", "an older archive undoes nothing"


def test_sessions_that_went_on_differently_are_kept_apart(store: Store, other: Store, tmp_path: Path) -> None:
    for one, answer_id in ((store, "mine"), (other, "yours")):
        one.save_session(OWNER, make_session())
        submit(one, answer_id, "t0")
    export_owner(store, OWNER, tmp_path / "mine.zip")
    assert import_owner(other, OWNER, tmp_path / "mine.zip")["answers"] == 0
    assert [a.answer_id for a in other.list_attempts(OWNER)] == ["yours"]


def test_same_id_with_other_words_changes_nothing(store: Store, other: Store, tmp_path: Path) -> None:
    fill(store)
    export_owner(store, OWNER, tmp_path / "mine.zip")
    other.save_session(OWNER, make_session())
    submit(other, "a2", "t0", "Other words.")
    before = everything(other)
    with pytest.raises(ArchiveError):
        import_owner(other, OWNER, tmp_path / "mine.zip")
    assert everything(other) == before


def story(number: int) -> Story:
    return Story(story_id=f"st{number}", title="The bill", text="It fell.", made_at=at(3), changed_at=at(4))


def ask(number: int, round_: str = "peer") -> Ask:
    return Ask.model_validate({"ask_id": f"{round_}{number}", "round": round_, "text": f"Why {number}?", "place": number, "made_at": at(3)})


def paper(number: int, kind: str = "job") -> Paper:
    return Paper.model_validate({"paper_id": f"{kind}-{number:08d}", "kind": kind, "text": "An advert.", "added_at": at(3), "pages": 1})


DOORS = [("stories", story, own_stories.MOST), ("asks", ask, MOST_ASKS), ("papers", paper, own_papers.MOST)]


def put_past_the_door(store: Store, kind: str, values: Sequence[Any]) -> None:
    put = {"stories": own_stories.put_stories, "asks": own_asks.put_asks, "papers": own_papers.put_papers}[kind]
    store.ensure_owner(OWNER, at())
    with store.database.write(OWNER) as connection:
        put(connection, OWNER, values)


@pytest.mark.parametrize(("kind", "make", "most"), DOORS)
def test_an_import_brings_no_more_than_the_doors_take(
    kind: str, make: Callable[[int], Any], most: int, store: Store, other: Store, tmp_path: Path
) -> None:
    put_past_the_door(store, kind, [make(number) for number in range(most)])
    export_owner(store, OWNER, tmp_path / "full.zip")
    assert import_owner(other, OWNER, tmp_path / "full.zip")[kind] == most
    assert import_owner(other, OWNER, tmp_path / "full.zip")[kind] == 0, "the same again is no more"
    put_past_the_door(store, kind, [make(most)])
    store.save_profile(OWNER, Profile(company="Ø & Sons"))
    export_owner(store, OWNER, tmp_path / "one more.zip")
    for owner_id in (OWNER, "someone else"):  # who has them all but one, and who has none
        before = everything(other, owner_id)
        with pytest.raises(ArchiveError) as caught:
            import_owner(other, owner_id, tmp_path / "one more.zip")
        assert f"{most + 1} " in caught.value.message and f"limit is {most}." in caught.value.message and caught.value.hint
        assert everything(other, owner_id) == before and len(other.papers.list(owner_id)) in (0, most if kind == "papers" else 0)


@pytest.mark.parametrize(
    ("kind", "make", "other_group", "most"), [("asks", ask, "manager", MOST_ASKS), ("papers", paper, "cv", own_papers.MOST)]
)
def test_an_import_counts_each_list_by_itself_as_the_doors_do(
    kind: str, make: Callable[..., Any], other_group: str, most: int, store: Store, other: Store, tmp_path: Path
) -> None:
    put_past_the_door(store, kind, [*map(make, range(most)), *(make(number, other_group) for number in range(most))])
    export_owner(store, OWNER, tmp_path / "mine.zip")
    assert import_owner(other, OWNER, tmp_path / "mine.zip")[kind] == 2 * most


def test_export_to_a_bad_place(store: Store, tmp_path: Path) -> None:
    fill(store)
    with pytest.raises(StoreReadOnlyError) as caught:
        export_owner(store, OWNER, tmp_path / "no" / "such" / "folder.zip")
    assert caught.value.hint


def test_export_is_readable_by_anything(store: Store, tmp_path: Path) -> None:
    fill(store)
    export_owner(store, OWNER, tmp_path / "mine.zip")
    with zipfile.ZipFile(tmp_path / "mine.zip") as archive:
        manifest = json.loads(archive.read("manifest.json"))
        answers = [json.loads(line) for line in archive.read("answers.jsonl").splitlines()]
    assert manifest["format"] == "greenroom-export" and manifest["counts"]["answers"] == len(answers) == 3


def test_head_is_the_newest_script() -> None:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(schema.SCRIPTS))
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_current_head() == schema.HEAD


def test_migrations_make_exactly_the_tables(store: Store) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from greenroom.store.tables import metadata

    with store.database.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_cards_reviewed_later_win(store: Store, other: Store, tmp_path: Path) -> None:
    fill(store)
    export_owner(store, OWNER, tmp_path / "mine.zip")
    import_owner(other, OWNER, tmp_path / "mine.zip")
    with other.database.write() as connection:
        from greenroom.store import reviews

        reviews.put_cards(connection, OWNER, [make_card(due=900, reviewed=500)])
    assert import_owner(other, OWNER, tmp_path / "mine.zip")["cards"] == 0
    assert other.list_cards(OWNER) == [make_card(due=900, reviewed=500)]
