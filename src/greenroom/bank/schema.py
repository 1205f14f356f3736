"""The JSON Schema of a question, for editors, and how a question of schema 1 becomes one of schema 2.

The JSON Schema is made from the classes of ``question.py``. It holds shapes, names and lengths. What needs more than one value to decide
(ids that exist, phrasings that differ, enough of each) is left to the check.
"""

from __future__ import annotations

import hashlib
from typing import Any

from greenroom.bank.question import Question

ESSENTIAL_WEIGHT = 3
"""Schema 1 calls this weight "essential"."""
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def question_schema() -> dict[str, Any]:
    """A JSON Schema (draft 2020-12) of one question file."""
    return {"$schema": DIALECT, **Question.model_json_schema()}


def to_schema_2(data: object) -> object:
    """A question file of schema 1 with what schema 2 asks for: ids of forms, and which points are essential. What is no question is left
    as it is, for the check to say so.
    """
    if not isinstance(data, dict):
        return data
    return {**data, **{key: [fill(each) for each in data[key]] for key, fill in FILL.items() if isinstance(data.get(key), list)}}


def _form(data: Any) -> Any:
    """The id comes from the wording, so it stays for as long as the wording does."""
    if not isinstance(data, dict) or not isinstance(data.get("ask"), str):
        return data
    return {"id": f"form-{hashlib.sha256(data['ask'].strip().encode('utf-8', 'surrogatepass')).hexdigest()[:8]}", **data}


def _point(data: Any) -> Any:
    return {"essential": data.get("weight") == ESSENTIAL_WEIGHT, **data} if isinstance(data, dict) else data


FILL = {"forms": _form, "key_points": _point}
