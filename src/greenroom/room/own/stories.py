"""``room.prep.story``: a person's own stories, what each lacks, what it can serve, and which answer told which."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from greenroom.bank.question import Value
from greenroom.errors import InputError
from greenroom.interview.attempt import Attempt
from greenroom.llm.words import content
from greenroom.prep.story import TAGS_LIMIT, TEXT_LIMIT, TITLE_LIMIT, Part, Reading, Story, filled, read_story, with_move, with_text
from greenroom.prep.use import Matcher, Serves, StoryUse, ToldStory, find_told
from greenroom.room.answer import check_text
from greenroom.room.parts import Lazy, Parts

TITLE_WORDS = 8


class StoryView(Value):
    """A story with what a door shows of it. ``serves`` best first; ``uses`` the latest first."""

    story: Story
    reading: Reading
    serves: tuple[Serves, ...]
    uses: tuple[StoryUse, ...]


class StoryRoom:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._matcher = Lazy(lambda: Matcher(parts.bank.get().questions(), content))

    def list(self, owner_id: str) -> Sequence[StoryView]:
        """The latest changed first."""
        stories = self._parts.store.get().stories
        uses = stories.uses(owner_id)
        return [self._view(story, uses) for story in stories.list(owner_id)]

    def get(self, owner_id: str, story_id: str) -> StoryView:
        """Raises NotFoundError."""
        stories = self._parts.store.get().stories
        return self._view(stories.get(owner_id, story_id), stories.uses(owner_id))

    def add(self, owner_id: str, text: str, title: str = "", tags: Sequence[str] = ()) -> StoryView:
        """A story from free text; without a title it has its first words. Raises InputError, TooLargeError, ConflictError."""
        now = self._parts.clock()
        named, known = _checked(text, title, tags)
        story = Story(story_id=self._parts.new_id(), title=named, text=text, tags=known, made_at=now, changed_at=now)
        store = self._parts.store.get()
        store.ensure_owner(owner_id, now)
        store.stories.add(owner_id, story)
        return self._view(story, ())

    def edit(self, owner_id: str, story_id: str, text: str, title: str = "", tags: Sequence[str] = ()) -> StoryView:
        """Moves of sentences that stay are kept. Raises NotFoundError, InputError, TooLargeError."""
        named, known = _checked(text, title, tags)
        story = self._parts.store.get().stories.get(owner_id, story_id)
        changed = with_text(story, text, self._parts.clock()).model_copy(update={"title": named, "tags": known})
        return self._save(owner_id, changed)

    def move(self, owner_id: str, story_id: str, sentence: str, part: Part) -> StoryView:
        """Put one sentence into another part, by hand. Raises NotFoundError."""
        story = self._parts.store.get().stories.get(owner_id, story_id)
        return self._save(owner_id, with_move(story, sentence, part, self._parts.clock()))

    def fill(self, owner_id: str, story_id: str, gap: str, words: str) -> StoryView:
        """The answer to a gap's question, put where it belongs. Raises NotFoundError, InputError, TooLargeError."""
        check_text(words, TEXT_LIMIT)
        story = filled(self._parts.store.get().stories.get(owner_id, story_id), gap, words, self._parts.clock())
        check_text(story.text, TEXT_LIMIT)
        return self._save(owner_id, story)

    def delete(self, owner_id: str, story_id: str) -> None:
        """For good, with the count of its uses. Raises NotFoundError."""
        self._parts.store.get().stories.drop(owner_id, story_id)

    def fitting(self, owner_id: str, question_id: str) -> Sequence[tuple[StoryView, Serves]]:
        """One's own stories for a behavioural question, best first. No other kind of question has any."""
        views = {view.story.story_id: view for view in self.list(owner_id)}
        found = self._matcher.get().fitting(question_id, [view.story for view in views.values()])
        return [(views[story.story_id], serves) for story, serves in found]

    def told(self, owner_id: str, question_id: str, text: str) -> ToldStory | None:
        """The story that an answer to a behavioural question told, and what of it was left out."""
        question = self._parts.bank.get().find(question_id)
        if question is None or question.kind != "behavioural":
            return None
        return find_told(text, self._parts.store.get().stories.list(owner_id), content)

    def note(self, owner_id: str, attempt: Attempt) -> None:
        """Count the story that a stored answer told. An answer to a follow-up counts for none."""
        found = self.told(owner_id, attempt.question_id, attempt.text) if attempt.point_id is None else None
        if found is not None:
            use = StoryUse(
                answer_id=attempt.answer_id, story_id=found.story_id, question_id=attempt.question_id, share=found.share,
                used_at=attempt.answered_at,
            )  # fmt: skip
            self._parts.store.get().stories.note_use(owner_id, use)

    def _view(self, story: Story, uses: Sequence[StoryUse]) -> StoryView:
        return StoryView(
            story=story, reading=read_story(story), serves=tuple(self._matcher.get().serves(story.text)),
            uses=tuple(use for use in uses if use.story_id == story.story_id),
        )  # fmt: skip

    def _save(self, owner_id: str, story: Story) -> StoryView:
        self._parts.store.get().stories.change(owner_id, story)
        return self.get(owner_id, story.story_id)


def _checked(text: str, title: str, tags: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """The title and the tags. Tags are lower case, each once, in the order given; a comma parts two."""
    for given in (text, title, *tags):
        check_text(given, TEXT_LIMIT)
    if not _shown(text):
        raise InputError("The story is empty.", "Tell it in your own words; rough is fine, it is sorted into parts for you.")
    named = " ".join(title.split()) if _shown(title) else _first_words(text)
    known = tuple(dict.fromkeys(" ".join(tag.split()).lower() for given in tags for tag in given.split(",") if tag.strip()))
    _check(named, known)
    return named, known


def _first_words(text: str) -> str:
    """A title for a story without one: never empty, never too long, whatever the story is made of."""
    words = " ".join([word for word in text.split() if _shown(word)][:TITLE_WORDS])
    title = words.rstrip(".,;:!? ") or words
    return title if len(title) <= TITLE_LIMIT else f"{title[: TITLE_LIMIT - 1]}…"


def _shown(text: str) -> bool:
    """Whether any of it can be seen: not blanks alone, nor characters without a shape of their own."""
    return any(unicodedata.category(char) not in ("Cc", "Cf", "Zl", "Zp", "Zs") for char in text)


def _check(title: str, tags: Sequence[str]) -> None:
    if len(title) > TITLE_LIMIT:
        raise InputError("The title has more than 120 characters.", "Give it the few words by which you remember it.")
    if len(tags) > TAGS_LIMIT or any(len(tag) > 40 for tag in tags):
        raise InputError("A story has at most 12 tags of up to 40 characters.", "Keep the tags short, with commas between them.")
