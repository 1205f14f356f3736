"""The web app, put together: routes, static files, errors, and the guard around all of it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from fastapi import FastAPI
from starlette.formparsers import MultiPartParser
from starlette.middleware.gzip import GZipMiddleware
from starlette.staticfiles import StaticFiles

from greenroom import __version__
from greenroom.room import Room
from greenroom.settings import Settings
from greenroom.web import pages
from greenroom.web.api import bank as bank_api
from greenroom.web.api import interview as interview_api
from greenroom.web.api import notes as notes_api
from greenroom.web.api import own as own_api
from greenroom.web.api import prep as prep_api
from greenroom.web.bank import pages as bank_pages
from greenroom.web.bank import preview as preview_pages
from greenroom.web.faults import install_faults
from greenroom.web.interview import begin, course, debrief, news, stage
from greenroom.web.labs import api as labs_api
from greenroom.web.labs import own_picture
from greenroom.web.labs import pages as labs_pages
from greenroom.web.language import pages as language_pages
from greenroom.web.language.choice import Tongue
from greenroom.web.middleware import UPLOAD_LIMIT, Guard
from greenroom.web.prep import asks as asks_pages
from greenroom.web.prep import papers as paper_pages
from greenroom.web.prep import plan as plan_pages
from greenroom.web.prep import stories as story_pages
from greenroom.web.progress import pages as progress_pages
from greenroom.web.render import STATIC
from greenroom.web.voice import api as voice_api
from greenroom.web.voice import pages as voice_pages
from greenroom.web.whereto import Foot

BYTES_PER_CHARACTER = 12
"""The most one character takes in a form or in JSON (an emoji, escaped)."""
BODY_ROOM = 64 * 1024


def create_app(room: Room, settings: Settings, preview: Path | None = None) -> FastAPI:
    """``room`` must be open for as long as the app serves. ``settings`` says which hosts it answers to and how long an answer may be.

    ``preview``: the folder of a pack that is being written, shown at ``/preview``.
    """
    app = FastAPI(
        title="greenroom", version=__version__, docs_url=None, redoc_url=None, openapi_url="/api/openapi.json",
        description="Rehearse interviews about large language models. The same values as the pages and the command line.",
    )  # fmt: skip
    MultiPartParser.spool_max_size = UPLOAD_LIMIT  # the guard holds the body in memory anyway: no copy of a CV or a picture on the disk
    app.state.room = room
    app.state.preview, app.state.sample_assessed = preview, False
    app.state.streams = Counter[str]()
    for part in (
        pages,
        progress_pages,
        bank_pages,
        preview_pages,
        begin,
        course,
        stage,
        debrief,
        news,
        story_pages,
        asks_pages,
        paper_pages,
        plan_pages,
        own_picture,  # before the labs: its address is not the name of one
        labs_pages,
        language_pages,
        bank_api,
        own_api,
        interview_api,
        prep_api,
        notes_api,
        labs_api,
        voice_pages,
        voice_api,
    ):
        app.include_router(part.router)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    install_faults(app)
    app.add_middleware(GZipMiddleware, compresslevel=6)
    limit = BODY_ROOM + 2 * BYTES_PER_CHARACTER * settings.answer_limit
    app.add_middleware(Guard, allowed_hosts=settings.allowed_hosts, body_limit=limit)
    app.add_middleware(Tongue)
    app.add_middleware(Foot, settings=settings)
    return app
