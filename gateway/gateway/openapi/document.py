"""The document of the API (OpenAPI 3.1), written from the contracts: `/api/v1/openapi.json`, and a page to read it."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import orjson
from google.protobuf.descriptor import FieldDescriptor, ServiceDescriptor
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from gateway.endpoints.transcoding import JSON, Binding, bindings, cost_of
from gateway.http.decoding import parameter
from gateway.http.routing import PREFIX, Endpoint
from gateway.openapi import docs, handwritten
from gateway.openapi.comments import comments
from gateway.openapi.parts import IDEMPOTENCY_KEY, PROBLEM, PROBLEM_RESPONSE, PROBLEMS
from gateway.openapi.schemas import Schema, Schemas
from pm.common.v1 import options_pb2

VERSION = "0.1.0"
INTRODUCTION = (
    "Every supplier's feed becomes one searchable catalogue. Sign in with `POST /api/v1/auth/login` and send the access token as "
    "`Authorization: Bearer ...`; a program sends its API key in the same place. Errors are problem documents (RFC 9457) whose "
    "`reason` is stable. Lists are paged: send `next_page_token` back as `page_token`. "
    "`RateLimit` says what is left of the caller's limit (a call counts its `x-rate-limit-cost`, or 1); beyond it the "
    "answer is 429 with `Retry-After`."
)


def endpoints() -> Iterator[Endpoint]:
    """The document and its page."""

    async def document_json(_request: Request) -> Response:
        return Response(_document_bytes(), media_type="application/json")

    async def page(_request: Request) -> Response:
        return HTMLResponse(docs.page(document()))

    yield Endpoint("GET", "/v1/openapi.json", document_json)
    yield Endpoint("GET", "/docs", page)


@cache
def _document_bytes() -> bytes:
    return orjson.dumps(document())


@cache
def document() -> dict[str, Any]:
    """The whole document; the same object for every caller."""
    schemas = Schemas([binding.method.output_type for binding in bindings()])
    operations: dict[str, dict[str, Any]] = {}
    tags = {}
    for binding in bindings():
        operations.setdefault(_path(binding), {})[binding.verb.lower()] = _operation(binding, schemas)
        service = binding.method.containing_service
        tags[_tag(service)] = comments().get(service.full_name, "")
    for path, verbs in handwritten.paths(schemas).items():
        operations.setdefault(path, {}).update(verbs)
    schemas.components["Problem"] = PROBLEM
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "ProductsManager",
            "version": VERSION,
            "description": INTRODUCTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": name, "description": text} for name, text in (tags | handwritten.TAGS).items()],
        "paths": dict(sorted(operations.items())),
        "components": {
            "schemas": dict(sorted(schemas.components.items())),
            "responses": {"Problem": PROBLEM_RESPONSE},
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
    }


def _path(binding: Binding) -> str:
    """The path with its variables by their last names: `{product.id}` is `{id}` of that product."""
    return PREFIX + re.sub(r"{[a-z0-9_.]+[.]", "{", binding.path)


def _tag(service: ServiceDescriptor) -> str:
    return service.name.removesuffix("Service")


def _operation(binding: Binding, schemas: Schemas) -> dict[str, Any]:
    method = binding.method
    fields: Mapping[str, FieldDescriptor] = method.input_type.fields_by_name
    text = comments().get(method.full_name, "")
    reply = {"description": "OK", "content": {JSON: {"schema": schemas.reply(method.output_type)}}}
    if "version" in method.output_type.fields_by_name:
        etag = {"description": "The version of the resource and a digest of what it shows.", "schema": {"type": "string"}}
        reply["headers"] = {"ETag": etag}
    made: dict[str, Any] = {
        "tags": [_tag(method.containing_service)],
        "operationId": f"{method.name}By{_by(binding)}" if binding.is_additional else method.name,
        "summary": text.partition(". ")[0].rstrip("."),
        "description": text,
        "parameters": [*_parameters(binding, schemas)],
        "responses": {"200": reply, **PROBLEMS},
    }
    if (cost := cost_of(method)) > 1:
        made["x-rate-limit-cost"] = cost
    if _is_tagged_read(binding):
        made["responses"]["304"] = {"description": "Nothing has changed since the ETag in If-None-Match."}
    if binding.body:
        target = method.input_type if binding.body == "*" else fields[binding.body].message_type
        assert target is not None, "a body is a message"
        made["requestBody"] = {"required": True, "content": {JSON: {"schema": schemas.body(target)}}}
    options = method.GetOptions().Extensions
    permission = options[options_pb2.permission]
    made["security"] = [] if options[options_pb2.public] else [{"bearer": [permission] if permission else []}]
    return made


def _is_tagged_read(binding: Binding) -> bool:
    return binding.verb == "GET" and "version" in binding.method.output_type.fields_by_name


def _by(binding: Binding) -> str:
    """What tells a further route of a method from its first one: its variables, else its verb."""
    return "".join(name.title().replace("_", "").replace(".", "") for name in binding.variables) or binding.verb.title()


def _parameters(binding: Binding, schemas: Schemas) -> Iterator[Schema]:
    fields: Mapping[str, FieldDescriptor] = binding.method.input_type.fields_by_name
    for variable in binding.variables:
        bound = parameter(binding.method.input_type, variable)
        schema = schemas.field(bound.field)
        # Identifiers are UUIDs, and read-only in a body alone.
        identifier = {"format": "uuid"} if schema.pop("readOnly", False) else {}
        yield _parameter(bound.field.name, "path", schema | identifier, required=True)
    for each in binding.query():
        yield _parameter(each.name, "query", schemas.field(each.field))
    if binding.verb == "PATCH" and "version" in fields:
        text = "The ETag of the resource as it was read: the change is refused when somebody else was faster."
        yield _parameter(
            "If-Match", "header", {"type": "string", "pattern": '^((W/)?"[0-9]{1,9}([.][0-9a-f]*)?"|[*])$', "description": text}
        )
    if _is_tagged_read(binding):
        text = "The ETag of the resource as it is known already: what is still the same is answered with 304 and no body."
        yield _parameter("If-None-Match", "header", {"type": "string", "description": text})
    if "request_id" in fields:
        yield IDEMPOTENCY_KEY


def _parameter(name: str, place: str, schema: Schema, *, required: bool = False) -> Schema:
    described = {"description": schema.pop("description")} if "description" in schema else {}
    return {"name": name, "in": place, "required": required, "schema": schema} | described
