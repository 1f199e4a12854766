"""The document's words for what no contract describes: problems, uploads, events, downloads and health."""

from typing import Any

from google.protobuf.descriptor import Descriptor

from gateway.endpoints import export, jobs, uploads
from gateway.endpoints.transcoding import cost_of
from gateway.http.routing import PREFIX
from gateway.openapi import streams
from gateway.openapi.comments import comments
from gateway.openapi.parts import ID, IDEMPOTENCY_KEY, PROBLEMS, text
from gateway.openapi.schemas import Schema, Schemas
from pm.catalog.v1 import products_pb2
from pm.common.v1 import events_pb2, jobs_pb2
from pm.imports.v1 import imports_pb2

TAGS = {
    "Events": "Who follows what services tell each other.",
    "Jobs": "Work in the background, whatever it is.",
    "Live": "What goes on, as it goes on.",
    "Health": "Whether everything answers.",
}


def paths(schemas: Schemas) -> dict[str, dict[str, Any]]:
    """The hand-written operations by path and verb."""
    imports = f"{PREFIX}/v1/imports"
    return {
        imports: {"post": _upload(schemas)},
        f"{imports}/{{id}}/problems.csv": {
            "get": {
                "tags": ["Import"],
                "operationId": "DownloadProblems",
                "summary": "Every row that was rejected, skipped or taken in with a warning, as CSV",
                "description": "Columns: row_no, supplier, outcome, reasons (separated by spaces), values (the cells at fault by "
                "column name, as JSON), line (of the file; of a workbook the row of its sheet; empty where it is row_no or not "
                "known). A text that a spreadsheet would take for a formula begins with an apostrophe.",
                "parameters": [ID],
                "responses": {"200": text("text/csv", "One line per row, behind a header."), **PROBLEMS},
                "security": [{"bearer": ["imports.jobs.read"]}],
            }
        },
        **streams.paths(),
        f"{PREFIX}{export.PATH}": {"get": _export(schemas)},
        **_consumers(schemas),
        **_jobs(schemas),
        "/health": {"get": _health("Health", "The gateway itself; `degraded` names the services that don't answer")},
        "/health/db": {"get": _health("HealthDatabases", "Every service's database by name")},
        "/health/redis": {"get": _health("HealthRedis", "Redis, as each service that uses it sees it")},
        "/health/celery": {"get": _health("HealthCelery", "The workers by queue")},
    }


def _export(schemas: Schemas) -> dict[str, Any]:
    product = schemas.reply(products_pb2.Product.DESCRIPTOR)
    lines: Schema = {
        "description": "A line.",
        "anyOf": [
            {"type": "object", "properties": {"cursor": {"type": "string"}}, "required": ["cursor"]},
            product,
            {"type": "object", "properties": {"total": {"type": "integer"}}, "required": ["total"]},
            {"type": "object", "properties": {"problem": {"$ref": "#/components/schemas/Problem"}}, "required": ["problem"]},
        ],
    }
    return {
        "tags": ["Product"],
        "operationId": "ExportProducts",
        "summary": "The whole catalogue, one JSON document a line",
        "description": "The first line holds the `cursor` from which `GET /api/v1/changes` goes on: what changes meanwhile "
        "stands behind it. Then each product, in the order of ids, and last the `total` of products. Without that line the "
        "export was cut off; a line with a `problem` says why, where it can.",
        "responses": {"200": {"description": "OK", "content": {export.MEDIA_TYPE: {"schema": lines}}}, **PROBLEMS},
        "security": [{"bearer": ["catalog.products.read"]}],
        "x-rate-limit-cost": cost_of(export.METHOD),
    }


def _consumers(schemas: Schemas) -> dict[str, dict[str, Any]]:
    path = f"{PREFIX}/v1/events/consumers"
    names = [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in ("service", "name")]
    change = {
        "tags": ["Events"],
        "parameters": names,
        "responses": {"200": _json(schemas, events_pb2.Consumer.DESCRIPTOR), **PROBLEMS},
        "security": [{"bearer": ["core.events.write"]}],
    }
    return {
        path: {
            "get": {
                "tags": ["Events"],
                "operationId": "ListConsumers",
                "summary": "Those who follow what services tell: how far each is, and whether it is stopped",
                "description": "`missing` names the services that don't answer.",
                "responses": {"200": _json(schemas, events_pb2.AllConsumers.DESCRIPTOR), **PROBLEMS},
                "security": [{"bearer": ["core.events.read"]}],
            }
        },
        f"{path}/{{service}}/{{name}}:replay": {
            "post": {
                "operationId": "ReplayConsumer",
                "summary": "Sets a consumer back, so that it applies again what was told since a moment",
                "description": "What it had made of that is forgotten first. Refused when events since then are no longer kept, "
                "and without `skip` when events would be passed by.",
                "requestBody": _body(schemas, events_pb2.ReplayConsumerRequest.DESCRIPTOR),
                **change,
            }
        },
        f"{path}/{{service}}/{{name}}:skip": {
            "post": {
                "operationId": "SkipEvent",
                "summary": "Passes by the one event at which a consumer is stopped, and nothing behind it",
                "description": "What it told is kept, with who skipped it; a replay over its time tries to apply it again. "
                "Refused unless the consumer is stopped at an event of this key.",
                "requestBody": _body(schemas, events_pb2.SkipEventRequest.DESCRIPTOR),
                **change,
            }
        },
        f"{path}/{{service}}/{{name}}/skipped": {
            "get": {
                "tags": ["Events"],
                "operationId": "ListSkippedEvents",
                "summary": "What a consumer has skipped, the newest first",
                "parameters": names,
                "responses": {"200": _json(schemas, events_pb2.ListSkippedEventsResponse.DESCRIPTOR), **PROBLEMS},
                "security": [{"bearer": ["core.events.read"]}],
            }
        },
    }


def _jobs(schemas: Schemas) -> dict[str, dict[str, Any]]:
    path = f"{PREFIX}{jobs.PATH}"
    filters = [{"name": each.name, "in": "query", "schema": schemas.field(each.field)} for each in jobs.LIST_PARAMETERS]
    one = {"200": _json(schemas, jobs_pb2.Job.DESCRIPTOR), **PROBLEMS}
    made: dict[str, dict[str, Any]] = {
        path: {
            "get": {
                "tags": ["Jobs"],
                "operationId": "ListAllJobs",
                "summary": "Jobs of every kind, newest first",
                "description": "`missing` names the services that don't answer. Beside this permission that of a kind is "
                "needed to see its jobs, such as `imports.jobs.read`.",
                "parameters": filters,
                "responses": {"200": _json(schemas, jobs_pb2.ListJobsResponse.DESCRIPTOR), **PROBLEMS},
                "security": [{"bearer": ["core.jobs.read"]}],
            }
        },
        f"{path}/{{id}}": {
            "get": {
                "tags": ["Jobs"],
                "operationId": "GetAnyJob",
                "summary": "A job of any kind with its attempts",
                "parameters": [ID],
                "responses": one,
                "security": [{"bearer": ["core.jobs.read"]}],
            }
        },
    }
    for verb, method in jobs.DECISIONS.items():
        wanted = jobs.METHODS[method].input_type
        body = {"requestBody": _body(schemas, wanted)} if len(wanted.fields) > 1 else {}
        made[f"{path}/{{id}}:{verb}"] = {
            "post": {
                "tags": ["Jobs"],
                "operationId": method.replace("Job", "AnyJob"),
                "summary": comments().get(f"pm.common.v1.JobService.{method}", "").rstrip("."),
                "parameters": [ID],
                **body,
                "responses": one,
                "security": [{"bearer": ["core.jobs.write"]}],
            }
        }
    return made


def _body(schemas: Schemas, message: Descriptor) -> dict[str, Any]:
    return {"required": True, "content": {"application/json": {"schema": schemas.body(message)}}}


def _json(schemas: Schemas, message: Descriptor) -> dict[str, Any]:
    return {"description": "OK", "content": {"application/json": {"schema": schemas.reply(message)}}}


def _upload(schemas: Schemas) -> dict[str, Any]:
    options = {each.name: schemas.field(each.field) for each in uploads.OPTIONS}
    mapping = {
        "type": "string",
        "contentMediaType": "application/json",
        "description": "A JSON object, field to column name, on top of what is suggested or remembered.",
        "examples": ['{"title": "Bezeichnung", "supplier": "Lieferant"}'],
    }
    fields = options | {"mapping": mapping}
    form = {
        "type": "object",
        "properties": fields | {"file": {"type": "string", "contentMediaType": "application/octet-stream"}},
        "required": ["supplier_name", "file"],
    }
    return {
        "tags": ["Import"],
        "operationId": "UploadFeed",
        "summary": "Takes a file in and starts its job",
        "description": "As a form whose fields stand before the file, or as the bare file with the fields in the query.",
        "parameters": [
            *({"name": name, "in": "query", "required": False, "schema": schema} for name, schema in fields.items()),
            IDEMPOTENCY_KEY,
        ],
        "requestBody": {
            "required": True,
            "content": {
                "multipart/form-data": {"schema": form},
                **{kind: {"schema": {}} for kind in uploads.RAW},
            },
        },
        "responses": {
            "201": {
                "description": "The job; its state follows at Location.",
                "headers": {"Location": {"schema": {"type": "string"}}},
                "content": {"application/json": {"schema": schemas.reply(imports_pb2.Job.DESCRIPTOR)}},
            },
            **PROBLEMS,
        },
        "security": [{"bearer": ["imports.jobs.write"]}],
    }


def _health(name: str, summary: str) -> dict[str, Any]:
    answer = {"content": {"application/json": {"schema": {"type": "object"}}}}
    return {
        "tags": ["Health"],
        "operationId": name,
        "summary": summary,
        "responses": {"200": {"description": "Healthy."} | answer, "503": {"description": "Something is down."} | answer},
        "security": [],
    }
