"""What a person brought and noted while preparing: kept by owner, exported, brought back, deleted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from store_samples import OWNER, at, make_session, submit

from greenroom.errors import ArchiveError, ConflictError, NotFoundError
from greenroom.prep.company import Company
from greenroom.prep.days import Choice
from greenroom.prep.papers.paper import Paper
from greenroom.prep.study import Kept, Studied
from greenroom.store.archive import export_owner, import_owner
from greenroom.store.own import papers as own
from greenroom.store.store import Store


def paper(number: int = 1, kind: str = "job", seconds: float = 0) -> Paper:
    return Paper.model_validate(
        {"paper_id": f"paper-{number:04d}", "kind": kind, "text": f"Paper {number} \u2028 <b>", "added_at": at(seconds), "pages": 2}
    )


def fill(store: Store, owner_id: str = OWNER) -> None:
    store.save_session(owner_id, make_session())
    submit(store, owner_id=owner_id)
    store.papers.put(owner_id, paper(1))
    store.papers.put(owner_id, paper(2, "cv"))
    store.papers.save_company(owner_id, Company(does="Contracts for hospitals."))
    store.papers.save_choice(owner_id, Choice(order="thirteen", begun_on=date(2025, 3, 1), per_day=2))
    store.papers.note_studied(owner_id, Studied(question_id="attention", studied_at=at(3)))
    store.papers.keep(owner_id, Kept(question_id="attention", answer_id="a0", kept_at=at(9)))


def everything(store: Store, owner_id: str = OWNER) -> list[object]:
    mine = store.papers
    return [mine.list(owner_id), mine.company(owner_id), mine.choice(owner_id), mine.studied(owner_id), mine.kept(owner_id)]


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(f"sqlite:///{tmp_path / 'other.db'}")
    yield opened
    opened.close()


def test_the_newest_of_a_kind_is_in_use_and_a_deleted_one_is_gone(store: Store) -> None:
    fill(store)
    store.papers.put(OWNER, paper(3, seconds=60))
    newest = store.papers.find(OWNER, "job")
    assert newest is not None and newest.paper_id == "paper-0003" and [p.kind for p in store.papers.list(OWNER, "cv")] == ["cv"]
    store.papers.drop(OWNER, "paper-0003")
    before = store.papers.find(OWNER, "job")
    assert before is not None and before.paper_id == "paper-0001"
    with pytest.raises(NotFoundError):
        store.papers.get(OWNER, "paper-0003")


def test_there_are_only_so_many_and_the_same_one_again_is_no_other(store: Store) -> None:
    store.ensure_owner(OWNER, at())
    for number in range(own.MOST):
        store.papers.put(OWNER, paper(number))
    store.papers.put(OWNER, paper(0))
    with pytest.raises(ConflictError):
        store.papers.put(OWNER, paper(own.MOST))
    assert len(store.papers.list(OWNER)) == own.MOST


def test_what_is_another_owner_s_does_not_exist(store: Store) -> None:
    fill(store)
    store.ensure_owner("mallory", at())
    assert everything(store, "mallory") == [[], Company(), None, {}, {}]
    for act in (store.papers.get, store.papers.drop):
        with pytest.raises(NotFoundError):
            act("mallory", "paper-0001")
    with pytest.raises(NotFoundError):
        store.papers.keep("mallory", Kept(question_id="attention", answer_id="a0", kept_at=at()))
    assert len(store.papers.list(OWNER)) == 2


def test_only_an_answer_to_that_question_is_kept(store: Store) -> None:
    fill(store)
    for mark in (Kept(question_id="training", answer_id="a0", kept_at=at()), Kept(question_id="attention", answer_id="none", kept_at=at())):
        with pytest.raises(NotFoundError):
            store.papers.keep(OWNER, mark)


def test_the_first_time_of_studying_stays(store: Store) -> None:
    fill(store)
    store.papers.note_studied(OWNER, Studied(question_id="attention", studied_at=at(99)))
    assert store.papers.studied(OWNER)["attention"].studied_at == at(3)


def test_all_of_it_goes_out_and_comes_back_and_once_more_changes_nothing(store: Store, other: Store, tmp_path: Path) -> None:
    fill(store)
    counts = export_owner(store, OWNER, tmp_path / "mine.zip")
    wanted = {"papers": 2, "company": 1, "choice": 1, "studied": 1, "kept": 1}
    assert {name: counts[name] for name in wanted} == wanted
    assert {name: n for name, n in import_owner(other, "someone", tmp_path / "mine.zip").items() if name in wanted} == wanted
    assert everything(other, "someone") == everything(store)
    other.papers.save_company("someone", Company(does="Changed here."))
    again = import_owner(other, "someone", tmp_path / "mine.zip")
    assert not any(again[name] for name in wanted) and other.papers.company("someone").does == "Changed here."


def test_an_export_holds_the_papers_of_one_owner(store: Store, other: Store, tmp_path: Path) -> None:
    fill(store)
    fill(store, "mallory")
    store.papers.save_company("mallory", Company(does="EVIL"))
    export_owner(store, OWNER, tmp_path / "mine.zip")
    import_owner(other, OWNER, tmp_path / "mine.zip")
    assert other.papers.company(OWNER).does == "Contracts for hospitals."


def test_control_an_archive_with_a_kept_answer_that_it_does_not_hold_is_refused(store: Store, other: Store, tmp_path: Path) -> None:
    import json
    import zipfile

    fill(store)
    export_owner(store, OWNER, tmp_path / "mine.zip")
    with zipfile.ZipFile(tmp_path / "mine.zip") as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    row = json.loads(files["kept.jsonl"])
    files["kept.jsonl"] = json.dumps({**row, "answer_id": "nowhere"}).encode() + b"\n"
    with zipfile.ZipFile(tmp_path / "bad.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    with pytest.raises(ArchiveError):
        import_owner(other, OWNER, tmp_path / "bad.zip")
    assert everything(other) == [[], Company(), None, {}, {}]
