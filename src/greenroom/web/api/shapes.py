"""What every part of the API shares: how a fault looks, and a router that asks whose request it is."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends

from greenroom.bank.question import Value
from greenroom.web.deps import owner


class FaultOut(Value):
    """What went wrong, and the cure."""

    error: str
    hint: str


FAULTS: dict[int | str, dict[str, Any]] = {status: {"model": FaultOut} for status in (400, 404, 409, 413, 415, 422, 503, 507)}


def make_router(prefix: str = "/api") -> APIRouter:
    """Deny by default: every route behind it asks whose request it is."""
    return APIRouter(prefix=prefix, dependencies=[Depends(owner)], responses=FAULTS)
