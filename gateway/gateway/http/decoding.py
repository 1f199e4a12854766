"""Requests as messages: query parameters, path and JSON bodies, with every fault named by the field the client wrote."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

import orjson
from google.protobuf import json_format
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from gateway.http.errors import MalformedRequest

# Messages that proto3 JSON writes as one string, so that they fit into a query.
TEXTUAL = {"google.protobuf.Timestamp", "google.protobuf.Duration", "google.protobuf.FieldMask"}
_INTEGERS = {
    FieldDescriptor.CPPTYPE_INT32,
    FieldDescriptor.CPPTYPE_INT64,
    FieldDescriptor.CPPTYPE_UINT32,
    FieldDescriptor.CPPTYPE_UINT64,
}
_INTEGER = re.compile(r"-?[0-9]{1,20}")
_BOOLEANS = {"true": True, "false": False}
_FAILED = re.compile(r"Failed to parse (\w+) field: ")


@dataclass(frozen=True)
class Parameter:
    """A field of a request that comes as text; `path` leads to it through nested messages."""

    path: tuple[str, ...]
    field: FieldDescriptor

    @property
    def name(self) -> str:
        return ".".join(self.path)

    @property
    def camel_name(self) -> str:
        """The name as proto3 JSON writes it, which is understood as well."""
        return ".".join(_camel(part) for part in self.path)

    def set(self, message: Message, texts: Sequence[str]) -> None:
        """Write the values into the message; raises MalformedRequest naming the parameter."""
        if len(texts) > 1 and not self.field.is_repeated:
            raise MalformedRequest({self.name: "is given more than once"})
        for parent in self.path[:-1]:
            message = getattr(message, parent)
        if self.field.type == FieldDescriptor.TYPE_STRING and not self.field.is_repeated:
            setattr(message, self.field.name, texts[0])
            return
        values = [self._value(text) for text in texts]
        try:
            json_format.ParseDict({self.field.name: values if self.field.is_repeated else values[0]}, message)
        except json_format.ParseError as error:
            raise MalformedRequest({self.name: _reason(error)}) from None

    def _value(self, text: str) -> Any:
        if self.field.cpp_type == FieldDescriptor.CPPTYPE_BOOL and text not in _BOOLEANS:
            raise MalformedRequest({self.name: "must be true or false"})
        if self.field.cpp_type in _INTEGERS and not _INTEGER.fullmatch(text):
            raise MalformedRequest({self.name: "must be an integer"})
        if self.field.enum_type is not None and text not in self.field.enum_type.values_by_name:
            names = ", ".join(value.name for value in self.field.enum_type.values)
            raise MalformedRequest({self.name: f"must be one of {names}"})
        return _BOOLEANS[text] if self.field.cpp_type == FieldDescriptor.CPPTYPE_BOOL else text


def parameters(descriptor: Descriptor, without: set[str], parents: tuple[str, ...] = ()) -> Iterator[Parameter]:
    """Every field of a request that a query can hold, but those named in `without`, which are bound elsewhere."""
    for field in descriptor.fields:
        path = (*parents, field.name)
        if ".".join(path) in without:
            continue
        if field.message_type is None or field.message_type.full_name in TEXTUAL:
            yield Parameter(path, field)
        # What is nested deeper than this belongs into a body.
        elif not field.is_repeated and len(path) < 3:
            yield from parameters(field.message_type, without, path)


def parameter(descriptor: Descriptor, path: str) -> Parameter:
    """The field at a dotted path such as `product.id`; raises KeyError when the contract has none."""
    *parents, name = path.split(".")
    for parent in parents:
        nested = descriptor.fields_by_name[parent].message_type
        if nested is None:
            raise KeyError(path)
        descriptor = nested
    return Parameter((*parents, name), descriptor.fields_by_name[name])


class Query:
    """The query parameters that one method takes."""

    def __init__(self, taken: Sequence[Parameter]) -> None:
        self._known = {name: parameter for parameter in taken for name in (parameter.camel_name, parameter.name)}

    def read(self, given: Sequence[tuple[str, str]], message: Message) -> None:
        """Write the parameters into the message; raises MalformedRequest with every one that is unknown or unreadable."""
        texts: dict[str, list[str]] = {}
        violations = {}
        for name, text in given:
            texts.setdefault(name, []).append(text)
        for name, values in texts.items():
            if name not in self._known:
                violations[name] = "unknown parameter"
                continue
            try:
                self._known[name].set(message, values)
            except MalformedRequest as error:
                violations |= error.violations
        if violations:
            raise MalformedRequest(violations)


def read_body(body: bytes, message: Message) -> list[str]:
    """Write a JSON object into the message; returns the names of the fields it holds, in the contract's spelling.

    Raises MalformedRequest with every field that is unknown or does not hold what the contract says.
    """
    try:
        given = orjson.loads(body) if body else {}
    except orjson.JSONDecodeError as error:
        raise MalformedRequest({"(body)": f"is not JSON: {error}"}) from None
    if not isinstance(given, dict):
        raise MalformedRequest({"(body)": "must be a JSON object"})
    return read_object(given, message)


def read_object(given: dict[str, Any], message: Message) -> list[str]:
    """As `read_body`, of a JSON object that is parsed already."""
    descriptor = cast(Descriptor, message.DESCRIPTOR)
    fields = names(descriptor)
    violations = dict.fromkeys(unknown(given, descriptor), "unknown field")
    for name in given.keys() & fields.keys():
        if type(given[name]) is str and fields[name] in texts(descriptor):
            setattr(message, fields[name], given[name])
            continue
        try:
            json_format.ParseDict({name: given[name]}, message)
        except json_format.ParseError as error:
            path = ".".join([name, *_FAILED.findall(str(error))[1:]])
            if not any(field.startswith(path) for field in violations):
                violations[path] = _reason(error)
        except RecursionError:
            violations[name] = "is nested too deeply"
    if violations:
        raise MalformedRequest(violations)
    return [fields[name] for name in given]


@cache
def names(descriptor: Descriptor) -> Mapping[str, str]:
    """The spellings of a message's fields, each with the contract's own."""
    return {name: field.name for field in descriptor.fields for name in (field.json_name, field.name)}


@cache
def texts(descriptor: Descriptor) -> frozenset[str]:
    """The fields that hold one text, which is written as it comes; json_format takes ten times as long."""
    return frozenset(
        field.name for field in descriptor.fields if field.type == FieldDescriptor.TYPE_STRING and not field.is_repeated
    )


def unknown(given: Any, descriptor: Descriptor, parent: str = "") -> Iterator[str]:
    """The paths of fields in a JSON value that the contract does not have."""
    if not isinstance(given, dict) or descriptor.full_name.startswith("google.protobuf."):
        return
    fields = names(descriptor)
    for name, value in given.items():
        if name not in fields:
            yield f"{parent}{name}"
            continue
        nested = descriptor.fields_by_name[fields[name]].message_type
        if nested is None or nested.GetOptions().map_entry:
            continue
        for index, item in enumerate(value if isinstance(value, list) else [value]):
            place = f"{name}[{index}]" if isinstance(value, list) else name
            yield from unknown(item, nested, f"{parent}{place}.")


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.title() for part in rest)


def _reason(error: json_format.ParseError) -> str:
    """The last link of protobuf's chain of messages, without its names of types and places."""
    text = _FAILED.sub("", str(error)).splitlines()[0]
    return re.sub(r" at \w[\w.\[\]]*\.?$", "", text).rstrip(".")
