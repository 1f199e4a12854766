"""The comments of the contracts, which the generated modules do not hold: read from the descriptors kept at the build."""

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from google.protobuf.descriptor_pb2 import DescriptorProto, EnumDescriptorProto, FileDescriptorProto, FileDescriptorSet

# Numbers of fields in descriptor.proto: how a location names what a comment belongs to.
_MESSAGE, _ENUM, _SERVICE = 4, 5, 6
_FIELD, _NESTED, _NESTED_ENUM = 2, 3, 4
_VALUE = _METHOD = 2
Path = tuple[int, ...]


@cache
def comments() -> dict[str, str]:
    """The comment of every message, field, enum, value, service and method by full name."""
    bundle = FileDescriptorSet.FromString((files("pm") / "descriptors.binpb").read_bytes())
    return {name: text for file in bundle.file for name, text in _of_file(file)}


def _of_file(file: FileDescriptorProto) -> Iterator[tuple[str, str]]:
    texts = {tuple(place.path): _joined(place.leading_comments) for place in file.source_code_info.location}
    for path, name in _names(file):
        if text := texts.get(path):
            yield name, text


def _names(file: FileDescriptorProto) -> Iterator[tuple[Path, str]]:
    for index, message in enumerate(file.message_type):
        yield from _of_message((_MESSAGE, index), message, file.package)
    for index, enum in enumerate(file.enum_type):
        yield from _of_enum((_ENUM, index), enum, file.package)
    for index, service in enumerate(file.service):
        name = f"{file.package}.{service.name}"
        yield (_SERVICE, index), name
        for position, method in enumerate(service.method):
            yield (_SERVICE, index, _METHOD, position), f"{name}.{method.name}"


def _of_message(path: Path, message: DescriptorProto, parent: str) -> Iterator[tuple[Path, str]]:
    name = f"{parent}.{message.name}"
    yield path, name
    for index, field in enumerate(message.field):
        yield (*path, _FIELD, index), f"{name}.{field.name}"
    for index, nested in enumerate(message.nested_type):
        yield from _of_message((*path, _NESTED, index), nested, name)
    for index, enum in enumerate(message.enum_type):
        yield from _of_enum((*path, _NESTED_ENUM, index), enum, name)


def _of_enum(path: Path, enum: EnumDescriptorProto, parent: str) -> Iterator[tuple[Path, str]]:
    name = f"{parent}.{enum.name}"
    yield path, name
    for index, value in enumerate(enum.value):
        yield (*path, _VALUE, index), f"{name}.{value.name}"


def _joined(comment: str) -> str:
    """The lines of a paragraph in one."""
    return re.sub(r"(?<!\n)\n(?!\n)", " ", comment.replace("\n ", "\n").strip())
