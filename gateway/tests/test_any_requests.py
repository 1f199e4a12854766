"""Whatever a client sends: it is read, or refused by the name of what is wrong, and nothing else ever happens."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from google.protobuf import descriptor_pool, message_factory
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chassis.errors import ServiceError
from gateway.endpoints.uploads import OPTIONS, read_options
from gateway.http.decoding import TEXTUAL, Query, names, parameters, read_body
from gateway.http.errors import MalformedRequest
from gateway.http.forms import File, read_form
from gateway.services import contracts
from pm.imports.v1 import imports_pb2

METHODS = [method for _, service in contracts() for method in service.methods]
REQUESTS = sorted({method.input_type.full_name for method in METHODS if method.input_type.fields})
ODD = st.sampled_from(["", "NaN", "-0", "1e999", "0001-01-01T00:00:00Z", "9" * 40, "\x00", "true", "a,b", "2026-13-01T00:00:00Z"])
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(allow_nan=False), st.text(max_size=8), ODD)


def containers(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3))


JSON = st.recursive(SCALARS, containers, max_leaves=6)
# One test looks at the requests of all methods.
OF_ALL = settings(max_examples=max(200, settings.default.max_examples))


def values(descriptor: Descriptor, depth: int = 0) -> st.SearchStrategy[Any]:
    """JSON objects with the fields of a message, each holding what it should or anything else."""
    fields = {name: descriptor.fields_by_name[field] for name, field in names(descriptor).items()}
    return st.dictionaries(st.sampled_from(sorted(fields)), st.none(), max_size=4).flatmap(
        lambda chosen: st.fixed_dictionaries({name: st.one_of(JSON, sound(fields[name], depth)) for name in chosen})
    )


def sound(field: FieldDescriptor, depth: int) -> st.SearchStrategy[Any]:
    """Something like what a field holds."""
    nested = field.message_type
    inner = ODD
    if nested is not None and nested.full_name not in TEXTUAL and nested.fields and depth < 2:
        inner = values(nested, depth + 1)
    return st.one_of(inner, st.lists(inner, max_size=2))


def fresh(name: str) -> Any:
    return message_factory.GetMessageClass(descriptor_pool.Default().FindMessageTypeByName(name))()


@OF_ALL
@given(st.sampled_from(REQUESTS), st.data())
def test_any_object_is_read_or_refused(name: str, data: st.DataObject) -> None:
    message = fresh(name)
    body = json.dumps(data.draw(values(message.DESCRIPTOR))).encode()
    try:
        read_body(body, message)
        message.SerializeToString()
    except MalformedRequest as refused:
        assert refused.violations


@given(st.one_of(st.binary(), JSON.map(lambda value: json.dumps(value).encode())))
@example(b'{"user":' * 5_000)
@example(b'{"user": [[1]]}')
@example(b"[" * 100_000)
def test_any_body_is_read_or_refused(body: bytes) -> None:
    message = fresh("pm.core.v1.CreateUserRequest")
    try:
        read_body(body, message)
    except MalformedRequest as refused:
        assert refused.violations


def test_a_value_nested_without_end_is_refused_by_name() -> None:
    """Not among the examples: Hypothesis raises the limit of recursion."""
    with pytest.raises(MalformedRequest) as refused:
        read_body(b'{"user":' + b"[" * 1_000 + b"]" * 1_000 + b"}", fresh("pm.core.v1.CreateUserRequest"))
    assert list(refused.value.violations) == ["user"]


@OF_ALL
@given(st.sampled_from(REQUESTS), st.data())
def test_any_query_is_read_or_refused(name: str, data: st.DataObject) -> None:
    message = fresh(name)
    taken = list(parameters(message.DESCRIPTOR, set()))
    known = st.sampled_from([each.name for each in taken] + ["x"])
    given = data.draw(st.lists(st.tuples(st.one_of(known, st.text(max_size=5)), st.one_of(st.text(max_size=9), ODD)), max_size=5))
    try:
        Query(taken).read(given, message)
        message.SerializeToString()
    except MalformedRequest as refused:
        assert refused.violations


BOUNDARY = b"xyz"
FORM_PIECES = st.sampled_from(
    [
        *(b"--xyz", b"--xyz--", b"\r\n", b"\r\n\r\n", b"Content-Disposition: form-data; ", b'name="file"; ', b'filename="a.csv"'),
        *(
            b"name=",
            b'"',
            b";",
            b"filename*=UTF-8''%ff",
            b"Content-Transfer-Encoding: base64",
            b"\x00",
            b"supplier_name",
            b": ",
            b"\xff",
        ),
    ]
)


async def arriving(pieces: list[bytes]) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


@given(st.lists(st.one_of(FORM_PIECES, st.binary(max_size=5)), max_size=30))
@example([b'--xyz\r\nContent-Disposition: form-data; name="file"; filename="\xff\xfe"\r\n\r\nabc\r\n--xyz--\r\n'])
async def test_any_form_is_read_or_refused(pieces: list[bytes]) -> None:
    try:
        parts = [part async for part in read_form(arriving(pieces), BOUNDARY)]
        for part in parts:
            if isinstance(part, File):
                read_options([], part.name)
    except ServiceError as refused:
        assert refused.violations


@given(
    st.lists(st.tuples(st.sampled_from([each.name for each in OPTIONS] + ["mapping", "x"]), st.one_of(ODD, st.text(max_size=9)))),
    st.text(max_size=20),
)
@example([("mapping", "[" * 5_000)], "a")
@example([("mapping", '{"title": [[1]]}')], "a")
def test_any_options_of_an_upload_are_read_or_refused(given: list[tuple[str, str]], file_name: str) -> None:
    try:
        assert isinstance(read_options(given, file_name), imports_pb2.UploadOptions)
    except MalformedRequest as refused:
        assert refused.violations
