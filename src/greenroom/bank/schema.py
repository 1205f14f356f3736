"""The JSON Schema of a question, for editors: made from the classes of ``question.py``, so that it cannot say anything else.

It holds shapes, names and lengths. What needs more than one value to decide (ids that exist, phrasings that differ, enough of each) is the
check's, not the schema's.
"""

from __future__ import annotations

from typing import Any

from greenroom.bank.question import Question

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def question_schema() -> dict[str, Any]:
    """A JSON Schema (draft 2020-12) of one question file."""
    return {"$schema": DIALECT, **Question.model_json_schema()}
