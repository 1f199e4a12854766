"""The document says what the gateway does."""

import asyncio
import contextlib
from collections import Counter
from typing import Any

import httpx
import pytest
import schemathesis
from google.protobuf import descriptor_pool
from hypothesis import HealthCheck, Phase, given, settings
from jsonschema_rs import is_valid
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from schemathesis.specs.openapi.definitions import OPENAPI_31_VALIDATOR

# What holds whatever the services answer.
CHECKS: list[Any] = [status_code_conformance, content_type_conformance, response_headers_conformance, response_schema_conformance]


@pytest.fixture(scope="module")
async def document(anonymous: httpx.AsyncClient) -> Any:
    reply = await anonymous.get("/api/v1/openapi.json")
    assert reply.status_code == 200
    return reply.json()


def test_valid(document: Any) -> None:
    assert document["openapi"] == "3.1.0"
    assert [f"{list(error.instance_path)}: {error.message}" for error in OPENAPI_31_VALIDATOR.iter_errors(document)] == []


def test_references_lead_somewhere(document: Any) -> None:
    def references(value: Any) -> Any:
        if isinstance(value, dict):
            yield from [value["$ref"]] if isinstance(value.get("$ref"), str) else []
            for nested in value.values():
                yield from references(nested)
        elif isinstance(value, list):
            for nested in value:
                yield from references(nested)

    found = set(references(document))
    assert found
    for reference in found:
        _, _, kind, name = reference.split("/")
        assert name in document["components"][kind], reference


def test_operations_are_named_once_and_described(document: Any) -> None:
    operations = [operation for verbs in document["paths"].values() for operation in verbs.values()]
    names = [operation["operationId"] for operation in operations]
    assert len(names) == len(set(names))
    # Some share theirs: more would be a text that came from elsewhere.
    assert all(operation["summary"] for operation in operations)
    assert Counter(operation["summary"] for operation in operations).most_common(1)[0][1] <= 2
    assert {"ListOffers", "ListOffersByProductId", "UploadFeed", "WatchJob"} <= set(names)


def test_words_limits_and_rights_of_the_contract(document: Any) -> None:
    product = document["components"]["schemas"]["catalog.v1.Product"]
    assert product["description"] == "A golden record."
    assert product["properties"]["title"] == {"type": "string", "maxLength": 500}
    assert product["properties"]["gtin"]["pattern"] == "^([0-9]{14})?$"
    assert product["properties"]["gtin"]["description"].startswith("Zero-padded to 14 digits")
    assert product["properties"]["version"]["readOnly"] is True
    assert product["properties"]["price"]["$ref"] == "#/components/schemas/common.v1.Money"
    assert product["examples"]
    kind = document["components"]["schemas"]["imports.v1.Job.State"]
    assert "STATE_HELD" in kind["enum"]
    assert "`STATE_HELD`: Waits for a person" in kind["description"]
    update = document["paths"]["/api/v1/products/{id}"]["patch"]
    assert update["security"] == [{"bearer": ["catalog.products.write"]}]
    assert {parameter["name"] for parameter in update["parameters"]} == {"id", "update_mask", "version", "If-Match"}
    read = document["paths"]["/api/v1/products/{id}"]["get"]
    assert {parameter["name"] for parameter in read["parameters"]} == {"id", "If-None-Match"}
    assert "304" in read["responses"]
    (identifier,) = (each for each in update["parameters"] if each["name"] == "id")
    assert identifier["schema"] == {"type": "string", "format": "uuid"}
    assert document["paths"]["/api/v1/auth/login"]["post"]["security"] == []


def _reached(document: Any, start: Any) -> set[str]:
    """The names of the schemas that a part of the document leads to."""
    found: set[str] = set()
    left = [start]
    while left:
        value = left.pop()
        if isinstance(value, dict):
            name = str(value.get("$ref", "")).removeprefix("#/components/schemas/")
            if name in document["components"]["schemas"] and name not in found:
                found.add(name)
                left.append(document["components"]["schemas"][name])
            left.extend(value.values())
        elif isinstance(value, list):
            left.extend(value)
    return found


def test_replies_require_what_is_always_written_and_bodies_do_not(document: Any) -> None:
    operations = [operation for verbs in document["paths"].values() for operation in verbs.values()]
    replies = _reached(document, [operation["responses"]["200"] for operation in operations if "200" in operation["responses"]])
    bodies = _reached(document, [operation.get("requestBody") for operation in operations])
    schemas = document["components"]["schemas"]
    pool = descriptor_pool.Default()
    told = 0
    for name in replies:
        with contextlib.suppress(KeyError):
            descriptor = pool.FindMessageTypeByName(f"pm.{name}")
            always = {field.name for field in descriptor.fields if not field.has_presence}
            assert always <= set(schemas[name].get("required", ())), name
            told += 1
    assert told > 50
    assert not {name for name in replies & bodies if schemas[name]["type"] == "object"} - {"Problem"}
    assert "required" not in schemas["catalog.v1.ProductInput"]


def test_examples_fit_their_schemas(document: Any) -> None:
    for name, schema in document["components"]["schemas"].items():
        for example in schema.get("examples", ()):
            reference = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
            assert is_valid(reference, example), name


async def test_page_fetches_nothing(anonymous: httpx.AsyncClient, document: Any) -> None:
    page = await anonymous.get("/api/docs")
    assert page.headers["content-type"].startswith("text/html")
    for path in document["paths"]:
        assert path in page.text
    assert "<script" not in page.text
    assert "http" not in page.text.replace("https?", "")


async def test_requests_of_the_document_never_break_the_gateway(document: Any, url: str, client: httpx.AsyncClient) -> None:
    """A short fuzz of the routes whose services run here: never a 500, always what the document promises."""
    schema = schemathesis.openapi.from_dict(document)
    paths = {"/api/v1/products", "/api/v1/products:search", "/api/v1/offers", "/api/v1/auth/login", "/api/v1/products/{id}"}
    authorization = {"authorization": client.headers["authorization"]}

    def fuzz() -> int:
        tried = 0
        for result in schema.get_all_operations():
            operation = result.ok()
            if operation.path not in paths:
                continue

            @settings(
                max_examples=15, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
            )
            @given(case=operation.as_strategy())
            def try_out(case: Any) -> None:
                nonlocal tried
                reply = case.call(base_url=url, headers=authorization)
                tried += 1
                assert reply.status_code < 500, reply.text
                case.validate_response(reply, checks=CHECKS)

            try_out()
        return tried

    assert await asyncio.to_thread(fuzz) > 50
