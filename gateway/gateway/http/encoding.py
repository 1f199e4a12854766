"""Messages as JSON, compiled once per message type.

Equals `json_format.MessageToDict(preserving_proto_field_name=True, always_print_fields_with_no_presence=True)`, which walks the
descriptor anew for every message and takes several times as long.
"""

import base64
import math
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from operator import attrgetter
from typing import Any, cast

import orjson
from google.protobuf import json_format
from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor
from google.protobuf.internal.type_checkers import ToShortestFloat
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

Convert = Callable[[Any], Any]

_EPOCH = datetime(1970, 1, 1)  # written with a Z instead of an offset
_WIDE = {FieldDescriptor.CPPTYPE_INT64, FieldDescriptor.CPPTYPE_UINT64}
_FLOATS = {FieldDescriptor.CPPTYPE_DOUBLE, FieldDescriptor.CPPTYPE_FLOAT}


def to_json(message: Message) -> bytes:
    """The message as a JSON document."""
    return orjson.dumps(converter(message.DESCRIPTOR)(message))


@cache
def converter(descriptor: Descriptor) -> Convert:
    """A function that makes the JSON value of a message of this type."""
    if descriptor.full_name.startswith("google.protobuf."):
        return _well_known(descriptor)
    always = [field for field in descriptor.fields if not field.has_presence]
    sometimes = [field for field in descriptor.fields if field.has_presence]
    names = [field.name for field in always]
    values = _values(names)
    converted = [(field.name, convert) for field in always if (convert := _convert(field)) is not None]
    present = [(field.name, attrgetter(field.name), _convert(field)) for field in sometimes]

    def convert_message(message: Message) -> dict[str, Any]:
        made = dict(zip(names, values(message), strict=True))
        for name, convert in converted:
            made[name] = convert(made[name])
        for name, value, convert_present in present:
            if message.HasField(name):
                made[name] = convert_present(value(message)) if convert_present else value(message)
        return made

    return convert_message


def _values(names: list[str]) -> Callable[[Any], tuple[Any, ...]]:
    if len(names) > 1:
        return cast("Callable[[Any], tuple[Any, ...]]", attrgetter(*names))
    return lambda message: tuple(getattr(message, name) for name in names)


def _convert(field: FieldDescriptor) -> Convert | None:
    """How the Python value of a field becomes JSON; None when it is JSON already."""
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        return _map(field.message_type)
    one = _one(field)
    if not field.is_repeated:
        return one
    return list if one is None else lambda values: [one(value) for value in values]


def _one(field: FieldDescriptor) -> Convert | None:
    if field.message_type is not None:
        return _nested(field.message_type)
    if field.enum_type is not None:
        return _enum(field.enum_type)
    if field.type == FieldDescriptor.TYPE_BYTES:
        return lambda value: base64.b64encode(value).decode()
    if field.cpp_type in _FLOATS:
        single = field.cpp_type == FieldDescriptor.CPPTYPE_FLOAT
        return lambda value: _float(value, single=single)
    return str if field.cpp_type in _WIDE else None


def _nested(descriptor: Descriptor) -> Convert:
    def convert(value: Message) -> Any:
        # Looked up when a value comes, because a message type may hold itself.
        return converter(descriptor)(value)

    return convert


def _map(entry: Descriptor) -> Convert:
    key = str if entry.fields_by_name["key"].cpp_type != FieldDescriptor.CPPTYPE_BOOL else lambda value: str(value).lower()
    one = _one(entry.fields_by_name["value"])
    if one is None:
        return lambda values: {key(name): value for name, value in values.items()}
    return lambda values: {key(name): one(value) for name, value in values.items()}


def _enum(enum: EnumDescriptor) -> Convert:
    names = {value.number: value.name for value in enum.values}
    # A value that a newer service knows and this contract does not stays a number.
    return lambda value: names.get(value, value)


def _float(value: float, *, single: bool) -> float | str:
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if math.isnan(value):
        return "NaN"
    # A float of 32 bits is shown with the digits it has.
    return ToShortestFloat(value) if single else value


def _well_known(descriptor: Descriptor) -> Convert:
    if descriptor.name == "Timestamp":
        return _moment
    if descriptor.name in {"Duration", "FieldMask"}:
        return lambda value: value.ToJsonString()
    return lambda value: json_format.MessageToDict(
        value, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
    )


def _moment(value: Timestamp) -> str:
    """As `Timestamp.ToJsonString`, in a third of its time: a fraction has no, three, six or nine digits."""
    whole = (_EPOCH + timedelta(seconds=value.seconds)).isoformat()
    nanos = value.nanos
    if not nanos:
        return whole + "Z"
    if nanos % 1_000_000 == 0:
        return f"{whole}.{nanos // 1_000_000:03d}Z"
    return f"{whole}.{nanos // 1_000:06d}Z" if nanos % 1_000 == 0 else f"{whole}.{nanos:09d}Z"
