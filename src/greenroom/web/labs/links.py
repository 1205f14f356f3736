"""From a verdict to the lab that shows it."""

from __future__ import annotations

from urllib.parse import urlencode

from greenroom.bank.question import LabLink, LabValue
from greenroom.labs.parameter import shown_value
from greenroom.room.labs import LabRoom


def lab_url(name: str, values: dict[str, LabValue]) -> str:
    """The page of a lab with these values in its form."""
    query = urlencode({key: shown_value(value) for key, value in values.items()})
    return f"/labs/{name}?{query}" if query else f"/labs/{name}"


class Links:
    """What leads from points and misconceptions to labs; a link that leads nowhere is none."""

    def __init__(self, room: LabRoom) -> None:
        self._room, self._known = room, room.links()

    def url(self, target: str, link: LabLink | None = None) -> str | None:
        """``link``: what the pack names; without it, what the labs say of ``target`` (``question_id/point_id``)."""
        if link is not None and self._room.may_follow(link):
            return lab_url(link.name, link.set)
        known = self._known.get(target)
        return lab_url(known.name, known.set) if known else None
