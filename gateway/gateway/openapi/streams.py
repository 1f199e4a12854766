"""The document's words for streams."""

from typing import Any

from gateway.endpoints.live import endpoint
from gateway.endpoints.live.subjects import SUBJECTS
from gateway.http.routing import PREFIX
from gateway.openapi.parts import ID, PROBLEMS, text


def paths() -> dict[str, dict[str, Any]]:
    """The streams by path and verb."""
    return {
        f"{PREFIX}/v1/imports/{{id}}/events": {
            "get": {
                "tags": ["Import"],
                "operationId": "WatchJob",
                "summary": "An import as it goes on, as server-sent events",
                "description": "`event: job` holds the job whenever it changed, `event: end` closes the stream when "
                "the job rests, `event: problem` says why it ended early.",
                "parameters": [ID],
                "responses": {"200": text("text/event-stream", "Events until the job rests."), **PROBLEMS},
                "security": [{"bearer": ["imports.jobs.read"]}],
            }
        },
        f"{PREFIX}{endpoint.PATH}": {
            "get": {
                "tags": ["Live"],
                "operationId": "Live",
                "summary": "Jobs, notifications and changed products as they come, as server-sent events or over a WebSocket",
                "description": str(endpoint.__doc__).partition("\n\n")[2].strip()
                + "\n\nOver a WebSocket the first message is the client's: "
                '`{"token": "...", "subjects": ["jobs"], "last_id": "..."}`; a later `{"token": "..."}` takes the place of a '
                "token that ends soon. Each message of the server has `event`, `id` and `data`, or is `heartbeat`.",
                "parameters": [
                    {
                        "name": "subjects",
                        "in": "query",
                        "description": "What to follow; of none, all that the caller may.",
                        "schema": {"type": "array", "items": {"type": "string", "enum": list(SUBJECTS)}},
                        "style": "form",
                        "explode": False,
                    },
                    {
                        "name": "last_id",
                        "in": "query",
                        "description": "The id of the last event that was seen; the header Last-Event-ID goes before it.",
                        "schema": {"type": "string"},
                    },
                ],
                "responses": {"200": text("text/event-stream", "Events without end."), **PROBLEMS},
                "security": [{"bearer": ["core.me.read"]}],
            }
        },
    }
