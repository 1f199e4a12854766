"""What operations of the document have in common: problems, ids, and answers that are text."""

from typing import Any

from gateway.http.errors import MEDIA_TYPE
from gateway.openapi.schemas import Schema

PROBLEM: Schema = {
    "type": "object",
    "description": "What went wrong (RFC 9457).",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string", "description": "The phrase of the status."},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What is wrong, where, and what to do; for people."},
        "reason": {"type": "string", "description": "What is wrong; for programs, and stable."},
        "trace_id": {"type": "string", "description": "Finds this request in the logs."},
        "violations": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"field": {"type": "string"}, "description": {"type": "string"}},
                "required": ["field", "description"],
            },
        },
        "metadata": {"type": "object", "additionalProperties": {"type": "string"}},
    },
    "required": ["type", "title", "status", "detail", "reason", "trace_id"],
    "examples": [
        {
            "type": "about:blank",
            "title": "Not Found",
            "status": 404,
            "detail": "There is no product 01890a5d-ac96-774b-bcce-b302099a8057.",
            "reason": "PRODUCT_NOT_FOUND",
            "trace_id": "5f0c1c9d8e5b4a7f9d3f8f3c0a4b6e11",
            "metadata": {"id": "01890a5d-ac96-774b-bcce-b302099a8057"},
        }
    ],
}
PROBLEM_RESPONSE = {
    "description": "A problem document.",
    "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
PROBLEMS = {code: {"$ref": "#/components/responses/Problem"} for code in ("4XX", "5XX")}
IDEMPOTENCY_KEY: Schema = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "maxLength": 64},
    "description": "Makes the call idempotent: a second call with the same key answers with the first one's reply.",
}
ID: Schema = {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "format": "uuid"}}


def text(media_type: str, description: str) -> dict[str, Any]:
    """An answer that is text."""
    return {"description": description, "content": {media_type: {"schema": {"type": "string"}}}}
