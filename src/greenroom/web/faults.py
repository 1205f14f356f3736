"""The one place where an error becomes an answer of the web app: its status, and a page or JSON ``{error, hint}`` to show it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from greenroom import errors
from greenroom.web.language.sentences import translate
from greenroom.web.render import page

STATUS: dict[type[errors.GreenroomError], int] = {
    errors.NotFoundError: 404,
    errors.InputError: 422,
    errors.TooLargeError: 413,
    errors.ConflictError: 409,
    errors.WeightsError: 503,
    errors.LowMemoryError: 503,
    errors.BacklogFullError: 503,
    errors.ExtraMissingError: 501,
    errors.ModelMissingError: 501,
    errors.LabsBusyError: 503,
    errors.ReadersBusyError: 503,
    errors.VoiceError: 503,
    errors.ChatError: 502,
    errors.StoreError: 503,
    errors.StoreFullError: 507,
    errors.ArchiveError: 422,
    errors.GreenroomError: 500,
}
"""The nearest class in the error's ancestry decides."""
_PLAIN = {
    404: ("There is nothing at this address.", "Start again from the first page."),
    405: ("This address does not take that kind of request.", "Go back and use the buttons of the page."),
}


class Fault(NamedTuple):
    """An error ready to be shown."""

    status: int
    error: str
    hint: str


def fault_of(error: errors.GreenroomError) -> Fault:
    status = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    return Fault(status, error.message, error.hint)


def fault_response(headers: Mapping[str, str], path: str, fault: Fault) -> Response:
    """JSON for the API and whoever asks for it, a page for people."""
    accept = headers.get("accept", "")
    extra = {"retry-after": "30"} if fault.status == 503 else None
    if path.startswith("/api/") or ("json" in accept and "html" not in accept):
        return JSONResponse({"error": translate(fault.error), "hint": translate(fault.hint)}, fault.status, headers=extra)
    return page("fault.html", status=fault.status, headers=extra, fault=fault)


def install_faults(app: FastAPI) -> None:
    """Every error that leaves a route comes through here."""

    def respond(request: Request, fault: Fault) -> Response:
        return fault_response(request.headers, request.url.path, fault)

    @app.exception_handler(errors.GreenroomError)
    async def ours(request: Request, error: errors.GreenroomError) -> Response:
        return respond(request, fault_of(error))

    @app.exception_handler(MemoryError)
    async def short(request: Request, error: MemoryError) -> Response:
        return respond(request, fault_of(errors.LowMemoryError()))

    @app.exception_handler(RequestValidationError)
    async def shape(request: Request, error: RequestValidationError) -> Response:
        return respond(request, Fault(422, _first_fault(error), "Correct it and send it again."))

    @app.exception_handler(HTTPException)
    async def plain(request: Request, error: HTTPException) -> Response:
        known = _PLAIN.get(error.status_code, (str(error.detail), ""))
        return respond(request, Fault(error.status_code, *known))


def _first_fault(error: RequestValidationError) -> str:
    """Where and what, without the value: it may be long, or secret."""
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"] if part not in ("body", "query", "path"))
    return f"{where}: {first['msg']}." if where else f"{first['msg']}."
