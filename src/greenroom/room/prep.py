"""``room.prep``: who is preparing, for what, until when."""

from __future__ import annotations

from greenroom.prep.profile import Profile
from greenroom.review.schedule import redate
from greenroom.room.parts import Parts


class PrepRoom:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def profile(self, owner_id: str) -> Profile:
        return self._parts.store.get().get_profile(owner_id)

    def save(self, owner_id: str, profile: Profile) -> Profile:
        """Moving the interview moves the days on which points come back."""
        store, now = self._parts.store.get(), self._parts.clock()
        store.ensure_owner(owner_id, now)
        store.save_profile(owner_id, profile, redate(store.list_cards(owner_id), profile.interview_on, now))
        return profile
