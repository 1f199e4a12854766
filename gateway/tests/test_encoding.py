"""The compiled encoder says what protobuf's own says."""

import math
from typing import Any

import orjson
import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, duration_pb2, json_format, message_factory, struct_pb2, timestamp_pb2
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from hypothesis import given
from hypothesis import strategies as st

from gateway.http.encoding import to_json
from gateway.services import contracts
from pm.catalog.v1 import products_pb2
from pm.imports.v1 import imports_pb2

REPLIES = sorted({method.output_type.full_name for _, service in contracts() for method in service.methods})
LIMITS = {
    FieldDescriptor.CPPTYPE_INT32: (-(2**31), 2**31 - 1),
    FieldDescriptor.CPPTYPE_INT64: (-(2**63), 2**63 - 1),
    FieldDescriptor.CPPTYPE_UINT32: (0, 2**32 - 1),
    FieldDescriptor.CPPTYPE_UINT64: (0, 2**64 - 1),
}


def everything() -> Descriptor:
    """A message with a field of every kind, which our contracts do not all use."""
    file = descriptor_pb2.FileDescriptorProto(name="every.proto", package="every", syntax="proto3")
    file.dependency.extend(["google/protobuf/timestamp.proto", "google/protobuf/duration.proto", "google/protobuf/struct.proto"])
    message = file.message_type.add(name="Every")
    message.enum_type.add(name="Kind").value.add(name="KIND_UNSPECIFIED", number=0)
    message.enum_type[0].value.add(name="KIND_MINUS", number=-1)
    of = descriptor_pb2.FieldDescriptorProto
    for number, kind in enumerate(
        (
            *(of.TYPE_DOUBLE, of.TYPE_FLOAT, of.TYPE_INT64, of.TYPE_UINT64, of.TYPE_INT32, of.TYPE_FIXED64, of.TYPE_BOOL),
            *(of.TYPE_STRING, of.TYPE_BYTES, of.TYPE_UINT32, of.TYPE_SINT64, of.TYPE_ENUM, of.TYPE_MESSAGE),
        ),
        start=1,
    ):
        named = {of.TYPE_ENUM: ".every.Every.Kind", of.TYPE_MESSAGE: ".every.Every"}.get(kind)
        message.field.add(name=f"one_{number}", number=number, type=kind, type_name=named, label=of.LABEL_OPTIONAL)
        message.field.add(name=f"many_{number}", number=number + 100, type=kind, type_name=named, label=of.LABEL_REPEATED)
    for number, name in enumerate(("Timestamp", "Duration", "Value", "Struct"), start=50):
        known = f".google.protobuf.{name}"
        message.field.add(name=f"known_{number}", number=number, type=of.TYPE_MESSAGE, type_name=known, label=of.LABEL_OPTIONAL)
    for number, key in enumerate((of.TYPE_STRING, of.TYPE_BOOL, of.TYPE_INT64), start=200):
        entry = message.nested_type.add(name=f"Map{number}Entry")
        entry.options.map_entry = True
        entry.field.add(name="key", number=1, type=key, label=of.LABEL_OPTIONAL)
        entry.field.add(name="value", number=2, type=of.TYPE_MESSAGE, type_name=".every.Every", label=of.LABEL_OPTIONAL)
        inside = f".every.Every.Map{number}Entry"
        message.field.add(name=f"map{number}", number=number, type=of.TYPE_MESSAGE, type_name=inside, label=of.LABEL_REPEATED)
    pool = descriptor_pool.Default()
    for needed in (timestamp_pb2, duration_pb2, struct_pb2):
        assert needed
    pool.Add(file) if hasattr(pool, "Add") else pool.AddSerializedFile(file.SerializeToString())
    return pool.FindMessageTypeByName("every.Every")


EVERY = everything()


def scalar(field: FieldDescriptor) -> st.SearchStrategy[Any]:
    if field.cpp_type in LIMITS:
        return st.integers(*LIMITS[field.cpp_type])
    if field.enum_type is not None:
        return st.sampled_from([value.number for value in field.enum_type.values] + [77])
    if field.type == FieldDescriptor.TYPE_BYTES:
        return st.binary(max_size=9)
    return {
        FieldDescriptor.CPPTYPE_BOOL: st.booleans(),
        FieldDescriptor.CPPTYPE_STRING: st.text(max_size=9),
        FieldDescriptor.CPPTYPE_DOUBLE: st.floats(),
        FieldDescriptor.CPPTYPE_FLOAT: st.floats(width=32),
    }[field.cpp_type]


@st.composite
def messages(draw: st.DrawFn, descriptor: Descriptor, depth: int = 0) -> Message:
    """Any message of a type, at most three levels deep."""
    message = message_factory.GetMessageClass(descriptor)()
    if descriptor.full_name == "google.protobuf.Timestamp":
        return type(message)(seconds=draw(st.integers(-62135596800, 253402300799)), nanos=draw(nanos))
    if descriptor.full_name == "google.protobuf.Duration":
        return type(message)(seconds=draw(st.integers(0, 315_576_000_000)), nanos=draw(nanos))
    if descriptor.full_name in {"google.protobuf.Value", "google.protobuf.Struct"}:
        json_format.ParseDict({"a": [1, None, "b"]}, message)
        return message
    for field in descriptor.fields:
        if draw(st.booleans()):
            fill(draw, message, field, depth)
    return message


nanos = st.sampled_from([0, 120_000_000, 123_456_000, 123_456_789])


def fill(draw: st.DrawFn, message: Any, field: FieldDescriptor, depth: int) -> None:
    if field.message_type is not None and depth > 1:
        return
    if field.message_type is None:
        values = draw(st.lists(scalar(field), max_size=2)) if field.is_repeated else draw(scalar(field))
        getattr(message, field.name).extend(values) if field.is_repeated else setattr(message, field.name, values)
    elif field.message_type.GetOptions().map_entry:
        fill_map(draw, message, field, depth)
    elif field.is_repeated:
        getattr(message, field.name).extend(draw(st.lists(messages(field.message_type, depth + 1), max_size=2)))
    else:
        getattr(message, field.name).CopyFrom(draw(messages(field.message_type, depth + 1)))


def fill_map(draw: st.DrawFn, message: Any, field: FieldDescriptor, depth: int) -> None:
    entry = field.message_type
    assert entry is not None
    key, value = entry.fields_by_name["key"], entry.fields_by_name["value"]
    for name in draw(st.lists(scalar(key), max_size=2)):
        if value.message_type is not None:
            getattr(message, field.name)[name].CopyFrom(draw(messages(value.message_type, depth + 1)))
        else:
            getattr(message, field.name)[name] = draw(scalar(value))


def expected(message: Message) -> Any:
    return json_format.MessageToDict(message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True)


@pytest.mark.parametrize("name", [*REPLIES, "every.Every"])
@given(data=st.data())
def test_equals_protobufs_own(name: str, data: st.DataObject) -> None:
    message = data.draw(messages(descriptor_pool.Default().FindMessageTypeByName(name)))
    assert orjson.loads(to_json(message)) == orjson.loads(orjson.dumps(expected(message)))


def test_numbers_that_json_does_not_have() -> None:
    message: Any = message_factory.GetMessageClass(EVERY)(one_1=math.inf, one_2=math.nan, many_1=[-math.inf])
    assert orjson.loads(to_json(message)) == orjson.loads(orjson.dumps(expected(message)))


def test_absent_and_zero_differ() -> None:
    assert "stock" not in orjson.loads(to_json(products_pb2.Product()))
    assert orjson.loads(to_json(products_pb2.Product(stock=0)))["stock"] == 0


def test_message_without_fields() -> None:
    assert to_json(products_pb2.ListProductsResponse()) == b'{"products":[],"next_page_token":""}'
    assert to_json(imports_pb2.UploadFeedRequest()) == b"{}"
