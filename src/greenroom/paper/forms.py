"""The forms in which something leaves the house."""

from __future__ import annotations

from typing import Literal, NamedTuple, get_args

from pydantic import BaseModel

from greenroom.errors import InputError
from greenroom.paper.document import Document
from greenroom.paper.html import to_html
from greenroom.paper.markdown import to_markdown

Form = Literal["html", "md", "json"]
MEDIA: dict[Form, str] = {"html": "text/html; charset=utf-8", "md": "text/markdown; charset=utf-8", "json": "application/json"}


class Paper(NamedTuple):
    """``name`` of the file, with its ending."""

    name: str
    media: str
    text: str


def read_form(name: str) -> Form:
    """Raises InputError."""
    for form in get_args(Form):
        if name == form:
            return form  # type: ignore[no-any-return]
    raise InputError(f"“{name[:20]}” is no form that is written here.", f"Choose one of {', '.join(get_args(Form))}.")


def to_paper(document: Document, value: BaseModel, name: str, form: Form) -> Paper:
    """The document as HTML or Markdown; as JSON the value it was made from."""
    text = value.model_dump_json(indent=2) if form == "json" else to_html(document) if form == "html" else to_markdown(document)
    return Paper(f"{name}.{form}", MEDIA[form], text)
