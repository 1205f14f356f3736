"""Choosing the language of the pages: the form in the foot of each. The choice stays on this browser, as a cookie; it says nothing else."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Header
from starlette.responses import RedirectResponse, Response

from greenroom.errors import InputError
from greenroom.web.deps import owner
from greenroom.web.language.catalogue import LANGUAGES
from greenroom.web.language.choice import COOKIE, KEPT_SECONDS, back

router = APIRouter(dependencies=[Depends(owner)], include_in_schema=False)


@router.post("/language")
def choose_language(
    language: Annotated[str, Form(max_length=8)],
    host: Annotated[str, Header()],
    referer: Annotated[str | None, Header()] = None,
) -> Response:
    """Back to the page that the form stood on."""
    if language not in LANGUAGES:
        raise InputError("There is no such language here.", "Choose one in the foot of a page.")
    reply = RedirectResponse(back(referer, host), 303)
    reply.set_cookie(COOKIE, language, max_age=KEPT_SECONDS, httponly=True, samesite="lax")
    return reply
