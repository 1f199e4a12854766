"""JSON Schemas (2020-12) of messages: types from the contract, limits from `buf.validate`, words from its comments."""

from collections.abc import Iterable
from typing import Any

from google.api import field_behavior_pb2 as behavior
from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor

from buf.validate import validate_pb2
from gateway.openapi.comments import comments
from gateway.openapi.examples import EXAMPLES

Schema = dict[str, Any]

_FIXED = {behavior.OUTPUT_ONLY, behavior.IDENTIFIER}
_SCALARS: dict[int, Schema] = {
    FieldDescriptor.CPPTYPE_BOOL: {"type": "boolean"},
    FieldDescriptor.CPPTYPE_STRING: {"type": "string"},
    FieldDescriptor.CPPTYPE_INT32: {"type": "integer", "format": "int32", "minimum": -(2**31), "maximum": 2**31 - 1},
    FieldDescriptor.CPPTYPE_UINT32: {"type": "integer", "format": "uint32", "minimum": 0, "maximum": 2**32 - 1},
    # proto3 JSON writes 64 bits as text, because JavaScript's numbers end at 53.
    FieldDescriptor.CPPTYPE_INT64: {"type": "string", "format": "int64", "pattern": "^-?[0-9]{1,19}$"},
    FieldDescriptor.CPPTYPE_UINT64: {"type": "string", "format": "uint64", "pattern": "^[0-9]{1,20}$"},
    FieldDescriptor.CPPTYPE_DOUBLE: {"type": "number"},
    FieldDescriptor.CPPTYPE_FLOAT: {"type": "number"},
}
_WELL_KNOWN: dict[str, Schema] = {
    "google.protobuf.Timestamp": {"type": "string", "format": "date-time"},
    "google.protobuf.Duration": {"type": "string", "pattern": r"^-?[0-9]{1,12}([.][0-9]{1,9})?s$"},
    "google.protobuf.FieldMask": {"type": "string", "description": "Names of fields, separated by commas."},
    "google.protobuf.Empty": {"type": "object", "additionalProperties": False},
}
# Rules of buf.validate by kind, with the keywords of JSON Schema that say the same.
_KEYWORDS = {
    "string": {"min_len": "minLength", "max_len": "maxLength", "pattern": "pattern"},
    "int32": {"gte": "minimum", "lte": "maximum", "gt": "exclusiveMinimum", "lt": "exclusiveMaximum"},
    "repeated": {"min_items": "minItems", "max_items": "maxItems"},
    "map": {"min_pairs": "minProperties", "max_pairs": "maxProperties"},
}


class Schemas:
    """The schemas that a document refers to.

    A message type is described once as it is sent in a reply, where every field without presence is written
    (`gateway.http.encoding`) and so `required`, and once as it is asked for in a body, where only what its rules demand is.
    The latter's name ends in `Input` where both exist.
    """

    def __init__(self, replies: Iterable[Descriptor]) -> None:
        self.components: dict[str, Schema] = {}
        self._replied: set[str] = set()
        for descriptor in replies:
            self._reach(descriptor)

    def reply(self, descriptor: Descriptor) -> Schema:
        """A reference to the schema of a message as it is sent, or the schema of one that JSON writes as text."""
        return self._message(descriptor, asked=False)

    def body(self, descriptor: Descriptor) -> Schema:
        """A reference to the schema of a message as it is asked for."""
        return self._message(descriptor, asked=True)

    def field(self, field: FieldDescriptor) -> Schema:
        """The schema of a parameter with everything its contract says."""
        return self._field(field, asked=True)

    def _reach(self, descriptor: Descriptor) -> None:
        if descriptor.full_name not in self._replied:
            self._replied.add(descriptor.full_name)
            for field in descriptor.fields:
                if field.message_type is not None:
                    self._reach(field.message_type)

    def _message(self, descriptor: Descriptor, *, asked: bool) -> Schema:
        if known := _WELL_KNOWN.get(descriptor.full_name):
            return dict(known)
        name = descriptor.full_name.removeprefix("pm.") + ("Input" if asked and descriptor.full_name in self._replied else "")
        if name not in self.components:
            made = self.components[name] = {"type": "object"}
            made |= _described(descriptor.full_name)
            made["properties"] = {field.name: self._field(field, asked=asked) for field in descriptor.fields}
            if required := [field.name for field in descriptor.fields if _is_required(field, asked=asked)]:
                made["required"] = required
            made["additionalProperties"] = False
            if example := EXAMPLES.get(descriptor.full_name):
                made["examples"] = [example]
        return {"$ref": f"#/components/schemas/{name}"}

    def _field(self, field: FieldDescriptor, *, asked: bool) -> Schema:
        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            values = self._one(field.message_type.fields_by_name["value"], asked=asked)
            made: Schema = {"type": "object", "additionalProperties": values}
        elif field.is_repeated:
            made = {"type": "array", "items": self._one(field, asked=asked)}
        else:
            made = self._one(field, asked=asked)
        made = made | _limits(field) | _described(field.full_name)
        if not _FIXED.isdisjoint(field.GetOptions().Extensions[behavior.field_behavior]):
            made["readOnly"] = True
        return made

    def _one(self, field: FieldDescriptor, *, asked: bool) -> Schema:
        if field.message_type is not None:
            return self._message(field.message_type, asked=asked)
        if field.enum_type is not None:
            return self._enum(field.enum_type)
        if field.type == FieldDescriptor.TYPE_BYTES:
            return {"type": "string", "contentEncoding": "base64"}
        return dict(_SCALARS[field.cpp_type])

    def _enum(self, enum: EnumDescriptor) -> Schema:
        name = enum.full_name.removeprefix("pm.")
        values = [value.name for value in enum.values]
        self.components.setdefault(name, {"type": "string", "enum": values} | _described(enum.full_name, *values))
        return {"$ref": f"#/components/schemas/{name}"}


def _is_required(field: FieldDescriptor, *, asked: bool) -> bool:
    return _rules(field).required or not (asked or field.has_presence)


def _rules(field: FieldDescriptor) -> validate_pb2.FieldRules:
    rules: validate_pb2.FieldRules = field.GetOptions().Extensions[validate_pb2.field]
    return rules


def _limits(field: FieldDescriptor) -> Schema:
    rules = _rules(field)
    kind = rules.WhichOneof("type")
    if kind is None:
        return {}
    declared = {rule.name: value for rule, value in getattr(rules, kind).ListFields()}
    limits = {keyword: declared[rule] for rule, keyword in _KEYWORDS.get(kind, {}).items() if rule in declared}
    return limits | ({"format": "uuid"} if kind == "string" and declared.get("uuid") else {})


def _described(name: str, *values: str) -> Schema:
    """The comment of `name`, followed by those of its values."""
    lines = [comments().get(name, "")]
    lines += [f"- `{value}`: {text}" for value in values if (text := comments().get(f"{name}.{value}"))]
    text = "\n".join(line for line in lines if line)
    return {"description": text} if text else {}
