"""Stories and questions of one's own through the room: kept, changed, counted, moved to another machine, and nobody else's."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from room_steps import ME, send

from greenroom.errors import ConflictError, InputError, NotFoundError, TooLargeError
from greenroom.interview.session import Setup
from greenroom.prep.profile import Profile
from greenroom.prep.story import with_move
from greenroom.room import Parts, Room
from greenroom.settings import Settings

BILL = (
    "Last year at an insurer our assistant's monthly bill had doubled since summer. It was my job to bring it down before the budget "
    "round. "
    "I logged the length of every prompt for a week, moved the simple questions to a smaller model, and cached the common answers. In the "
    "end the bill fell by forty percent."
)
TOLD = (
    "At an insurer the monthly bill of our assistant had doubled. I logged the length of every prompt for a week, I moved simple questions "
    "to a smaller model and cached common answers. The bill fell by forty percent in the end."
)


def test_a_story_from_free_text_to_whole(literal_room: Room) -> None:
    stories = literal_room.prep.story
    view = stories.add(ME, BILL, "", ["Cost", " cost ", "", "Two  words"])
    assert view.story.title == "Last year at an insurer our assistant's monthly" and view.story.tags == ("cost", "two words")
    assert [gap.name for gap in view.reading.gaps] == ["reflection"] and view.serves[0].question_id == "cutting-cost"
    view = stories.fill(ME, view.story.story_id, "reflection", "I learned to measure the length of every prompt before I change anything")
    assert view.reading.complete and view.story.text.endswith("before I change anything.")
    view = stories.move(ME, view.story.story_id, view.reading.of("task")[0].text, "situation")
    assert len(view.reading.of("situation")) == 2 and view.reading.of("task") == ()
    view = stories.edit(ME, view.story.story_id, view.story.text, "The bill", view.story.tags)
    assert len(view.reading.of("situation")) == 2, "a move outlives a new title"
    assert [each.story.title for each in stories.list(ME)] == ["The bill"]
    stories.delete(ME, view.story.story_id)
    assert stories.list(ME) == []
    with pytest.raises(NotFoundError):
        stories.get(ME, view.story.story_id)


@pytest.mark.parametrize(
    ("text", "title"),
    [(";", ";"), ("...", "..."), ("; ; ;", "; ; ;"), ("?!\n", "?!"), ("😀;", "😀"), ("—", "—"), ("\u200b \u200b x. ", "x"),
     ("x" * 200, "x" * 119 + "…"), ("日本語" * 50, "日本語" * 39 + "日本…"), (f"{'long-word' * 5} " * 8, None)],
)  # fmt: skip
def test_a_story_of_anything_that_can_be_seen_gets_a_title(literal_room: Room, text: str, title: str | None) -> None:
    stories = literal_room.prep.story
    added = stories.add(ME, text).story
    assert added.text == text and 0 < len(added.title) <= 120 and title in (None, added.title)
    assert stories.edit(ME, stories.add(ME, BILL, "The bill").story.story_id, text).story.title == added.title
    assert [view.story.text for view in stories.list(ME)] == [text, text], "what was stored can be read"


@pytest.mark.parametrize("blank", ["", " \n\t", "\u200b", "\u3000\xad", "\x07", "\ufeff\u202e"])
def test_a_story_of_which_nothing_can_be_seen_is_empty_and_such_a_title_is_none(literal_room: Room, blank: str) -> None:
    stories = literal_room.prep.story
    kept = stories.add(ME, BILL, blank).story
    assert kept.title == "Last year at an insurer our assistant's monthly"
    for again in (lambda: stories.add(ME, blank), lambda: stories.edit(ME, kept.story_id, blank, "The bill")):
        with pytest.raises(InputError, match="empty"):
            again()
    assert [view.story for view in stories.list(ME)] == [kept]


def test_more_sentences_can_be_moved_than_anybody_would(literal_room: Room) -> None:
    """What is stored can be read again: a story that could not was the end of the list it is in."""
    stories, text = literal_room.prep.story, "\n".join(f"I did {n}." for n in range(210))
    story = stories.add(ME, text, "Many").story
    for n in range(209):
        story = with_move(story, f"I did {n}.", "result", story.made_at)
    literal_room._parts.store.get().stories.change(ME, story)
    stories.move(ME, story.story_id, "I did 209.", "result")
    assert len(stories.list(ME)[0].story.moved) == 210


def test_what_cannot_be_kept_says_why(literal_room: Room) -> None:
    stories, asks = literal_room.prep.story, literal_room.prep.asks
    for text, kind in (("  ", InputError), ("a\0b", InputError), ("\ud800", InputError), ("x" * 6001, TooLargeError)):
        with pytest.raises(kind) as caught:
            stories.add(ME, text)
        assert caught.value.hint
    with pytest.raises(InputError):
        stories.add(ME, BILL, "t" * 121)
    with pytest.raises(InputError):
        stories.add(ME, BILL, "", [f"tag {n}" for n in range(13)])
    with pytest.raises(InputError):
        stories.add(ME, BILL, "", ["\ud800"])
    with pytest.raises(InputError):
        asks.add(ME, "peer", " ")
    asks.add(ME, "peer", "What woke you up?")
    with pytest.raises(ConflictError):
        asks.add(ME, "peer", "What woke  you up?")
    with pytest.raises(InputError):
        asks.judge(ME, "peer", "Nothing at all.")


def answer(room: Room, question_id: str, text: str) -> str:
    view = room.interview.start(ME, Setup(mode="drill", question_ids=(question_id,), count=1))
    receipt = send(room, view, text)
    room.interview.wait(ME, receipt.answer_id, 20)
    return receipt.answer_id


def test_an_answer_counts_the_story_it_told(literal_room: Room) -> None:
    stories = literal_room.prep.story
    told = stories.add(ME, BILL, "The bill").story.story_id
    other = stories.add(
        ME, "Two summers ago I ran a garden. I borrowed tools and organised three evenings. We sold forty jars of jam."
    ).story.story_id
    answer_id = answer(literal_room, "cutting-cost", TOLD)
    assert [(use.answer_id, use.question_id) for use in stories.get(ME, told).uses] == [(answer_id, "cutting-cost")]
    assert stories.get(ME, other).uses == ()
    answer(literal_room, "attention", TOLD)
    assert len(stories.get(ME, told).uses) == 1, "only behavioural questions are answered by stories"
    found = stories.told(ME, "cutting-cost", TOLD)
    assert found is not None and found.left_parts == ("task",)
    assert [view.story.story_id for view, _ in stories.fitting(ME, "cutting-cost")] == [told]
    stories.delete(ME, told)
    assert literal_room._parts.store.get().stories.uses(ME) == []


def test_nobody_sees_another_s(literal_room: Room) -> None:
    story = literal_room.prep.story.add(ME, BILL).story
    ask = literal_room.prep.asks.add(ME, "peer", "What woke you up most recently?")
    for use in (
        lambda: literal_room.prep.story.get("mallory", story.story_id),
        lambda: literal_room.prep.story.move("mallory", story.story_id, BILL, "task"),
        lambda: literal_room.prep.story.delete("mallory", story.story_id),
        lambda: literal_room.prep.asks.get("mallory", ask.ask_id),
        lambda: literal_room.prep.asks.move("mallory", ask.ask_id, 1),
        lambda: literal_room.prep.asks.edit("mallory", ask.ask_id, "Mine?"),
        lambda: literal_room.prep.asks.delete("mallory", ask.ask_id),
    ):
        with pytest.raises(NotFoundError):
            use()
    assert literal_room.prep.story.list("mallory") == [] and literal_room.prep.asks.list("mallory", "peer").items == ()
    assert literal_room.prep.story.get(ME, story.story_id).story == story and literal_room.prep.asks.get(ME, ask.ask_id) == ask


def test_a_list_in_order_and_practised(literal_room: Room) -> None:
    asks = literal_room.prep.asks
    literal_room.prep.save(ME, Profile(company="Kestrel Bank", role="Analyst"))
    for text in ("What is the tech stack?", "What woke you up most recently on call?", "Which habit of the team would you get rid of?"):
        asks.add(ME, "peer", text)
    second = asks.list(ME, "peer").items[1].ask
    asks.move(ME, second.ask_id, -1)
    assert [item.ask.text[:9] for item in asks.list(ME, "peer").items] == ["What woke", "What is t", "Which hab"]
    question = asks.question("peer")
    assert question is not None and question.kind == "asks" and question.round == ("peer",)
    said = "Yes. What woke you up most recently on call? And I read your post on caching, so why did you drop the re-ranker?"
    answer(literal_room, question.id, said)
    found = asks.list(ME, "peer")
    assert [item.practised for item in found.items] == [1, 0, 0]
    assert any("Kestrel Bank" in text for text in found.starters)
    asked = asks.asked(ME, question.id, None, said)
    assert asked is not None and [each.text[:9] for each in asked.done] == ["What woke"] and len(asked.left) == 2 and asked.judgements
    assert asks.asked(ME, "attention", None, said) is None


def test_they_travel_and_an_older_export_still_comes_in(literal_room: Room, literal_parts: Parts, tmp_path: Path) -> None:
    story = literal_room.prep.story.add(ME, BILL, "The bill").story
    ask = literal_room.prep.asks.add(ME, "peer", "What woke you up most recently?", "to know")
    answer(literal_room, "cutting-cost", TOLD)
    counts = literal_room.data.export(ME, tmp_path / "mine.zip")
    assert (counts["stories"], counts["uses"], counts["asks"]) == (1, 1, 1)
    other = Settings(home=tmp_path / "other", assessor="literal")
    with Room(other, Parts(other, given=literal_parts.given), assess=False) as room:
        assert room.data.import_(ME, tmp_path / "mine.zip")["uses"] == 1
        view = room.prep.story.get(ME, story.story_id)
        assert view.story == story and len(view.uses) == 1 and room.prep.asks.get(ME, ask.ask_id) == ask
        assert not any(room.data.import_(ME, tmp_path / "mine.zip").values()), "the same again changes nothing"
        older(tmp_path / "mine.zip", tmp_path / "old.zip")
        assert not any(room.data.import_(ME, tmp_path / "old.zip").values())


def older(new: Path, old: Path) -> None:
    """The archive as it was before anything but the first kinds was kept."""
    first = ("sessions", "answers", "drafts", "cards", "events", "disputes", "profile")
    with zipfile.ZipFile(new) as source, zipfile.ZipFile(old, "w", zipfile.ZIP_DEFLATED) as target:
        manifest = json.loads(source.read("manifest.json"))
        manifest["counts"] = {kind: manifest["counts"][kind] for kind in first}
        target.writestr(zipfile.ZipInfo("manifest.json"), json.dumps(manifest))
        for kind in first:
            target.writestr(zipfile.ZipInfo(f"{kind}.jsonl"), source.read(f"{kind}.jsonl"))
