"""``room.prep``: who is preparing, for what, until when."""

from __future__ import annotations

from greenroom.prep.profile import Profile
from greenroom.room.parts import Parts


class PrepRoom:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def profile(self, owner_id: str) -> Profile:
        return self._parts.store.get().get_profile(owner_id)

    def save(self, owner_id: str, profile: Profile) -> Profile:
        store = self._parts.store.get()
        store.ensure_owner(owner_id, self._parts.clock())
        store.save_profile(owner_id, profile)
        return profile
