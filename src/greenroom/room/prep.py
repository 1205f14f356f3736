"""``room.prep``: who is preparing, for what, until when."""

from __future__ import annotations

from greenroom.errors import InputError
from greenroom.prep.profile import Profile
from greenroom.review.schedule import redate
from greenroom.room.own.asks import AskRoom
from greenroom.room.own.company import CompanyRoom
from greenroom.room.own.papers import PaperRoom
from greenroom.room.own.plan import PlanRoom
from greenroom.room.own.stories import StoryRoom
from greenroom.room.own.study import StudyRoom
from greenroom.room.parts import Parts


class PrepRoom:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self.story, self.asks = StoryRoom(parts), AskRoom(parts)
        self.papers, self.company, self.study = PaperRoom(parts), CompanyRoom(parts), StudyRoom(parts)
        self.plan = PlanRoom(parts, self.papers)

    def profile(self, owner_id: str) -> Profile:
        return self._parts.store.get().get_profile(owner_id)

    def save(self, owner_id: str, profile: Profile) -> Profile:
        """Moving the interview moves the days on which points come back. Raises InputError for a new day that is past."""
        store, now = self._parts.store.get(), self._parts.clock()
        moved = profile.interview_on != store.get_profile(owner_id).interview_on
        if moved and profile.interview_on is not None and profile.interview_on < now.astimezone().date():
            raise InputError(f"{profile.interview_on} is past.", "Give the day of the coming interview, or leave it empty.")
        store.ensure_owner(owner_id, now)
        store.save_profile(owner_id, profile, redate(store.list_cards(owner_id), profile.interview_on, now))
        return profile
