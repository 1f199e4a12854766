"""Fields that not every user may see, such as purchase prices: their contracts name the permission by `visible_to`.

Who lacks it gets messages without these fields, and may neither send them nor ask for values that would tell them by order or
filter (`askable_by`). Services see everything: what they show to users passes here again.
"""

from collections.abc import Callable, Set
from functools import cache
from typing import Any, NamedTuple

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from chassis import auth
from chassis.errors import PermissionDenied
from pm.common.v1 import options_pb2

Walk = Callable[[Any, Set[str]], None]


class MissingPermission(PermissionDenied):
    def __init__(self, permission: str, wanted: str = "This") -> None:
        super().__init__(
            f"{wanted} needs the permission {permission}: ask an administrator for a role that has it.", permission=permission
        )


def may(permission: str) -> bool:
    """Whether the caller may see what needs this permission."""
    principal = auth.current()
    return principal.kind == "service" or permission in principal.permissions


def restricting(descriptor: Descriptor) -> frozenset[str]:
    """The permissions on which it depends what a message of this type shows."""
    return _restricting(descriptor, frozenset())


def hide(message: Message, permissions: Set[str]) -> Message:
    """The message, cleared of what these permissions do not show."""
    descriptor: Any = message.DESCRIPTOR
    if not restricting(descriptor) <= permissions and (walk := _walk(descriptor, _clear)) is not None:
        walk(message, permissions)
    return message


def check_sent(message: Message, permissions: Set[str]) -> None:
    """Raise MissingPermission for a field or a value that these permissions do not allow to send."""
    if (walk := _walk(message.DESCRIPTOR, _refuse)) is not None:
        walk(message, permissions)


def _clear(message: Message, field: FieldDescriptor, permission: str) -> None:
    message.ClearField(field.name)


def _refuse(message: Message, field: FieldDescriptor, permission: str) -> None:
    raise MissingPermission(permission, f"To send {field.name}")


@cache
def _walk(descriptor: Descriptor, act: Callable[[Message, FieldDescriptor, str], None]) -> Walk | None:
    """What acts on each field of a message that is set and needs a permission; None for types that have none."""
    if not restricting(descriptor) and not (act is _refuse and _asks(descriptor, frozenset())):
        return None
    own = [(field, permission) for field in descriptor.fields if (permission := _permission(field))]
    asked = [(field, values) for field in descriptor.fields if act is _refuse and (values := _askable(field))]
    nested = [field for field in descriptor.fields if _message(field) is not None]

    def walk(message: Message, permissions: Set[str]) -> None:
        given = {field.name: value for field, value in message.ListFields()}
        for field, permission in own:
            if field.name in given and permission not in permissions:
                act(message, field, permission)
                given.pop(field.name)
        for field, needed in asked:
            values = given.get(field.name, ())
            for value in values if field.is_repeated else (values,) if field.name in given else ():
                if value in needed and needed[value].permission not in permissions:
                    raise MissingPermission(needed[value].permission, f"To ask for {needed[value].name}")
        for field in nested:
            inner = _walk(field.message_type, act)
            if inner is not None and field.name in given:
                for value in given[field.name] if field.is_repeated else (given[field.name],):
                    inner(value, permissions)

    return walk


def _permission(field: FieldDescriptor) -> str:
    found: str = field.GetOptions().Extensions[options_pb2.visible_to]
    return found


class _Needed(NamedTuple):
    name: str
    permission: str


def _askable(field: FieldDescriptor) -> dict[int, _Needed]:
    """The values of a field's enum that need a permission."""
    values = field.enum_type.values if field.enum_type is not None else ()
    named = ((value, value.GetOptions().Extensions[options_pb2.askable_by]) for value in values)
    return {value.number: _Needed(value.name, permission) for value, permission in named if permission}


def _message(field: FieldDescriptor) -> Descriptor | None:
    """The type of a field that holds messages of ours."""
    kind = field.message_type
    return None if kind is None or kind.GetOptions().map_entry or kind.full_name.startswith("google.") else kind


@cache
def _restricting(descriptor: Descriptor, above: frozenset[str]) -> frozenset[str]:
    if descriptor.full_name in above:
        return frozenset()
    found = {_permission(field) for field in descriptor.fields} - {""}
    for field in descriptor.fields:
        if (kind := _message(field)) is not None:
            found |= _restricting(kind, above | {descriptor.full_name})
    return frozenset(found)


@cache
def _asks(descriptor: Descriptor, above: frozenset[str]) -> bool:
    """Whether a message of this type may ask for a value that needs a permission."""
    if descriptor.full_name in above:
        return False
    inner = (kind for field in descriptor.fields if (kind := _message(field)) is not None)
    return any(map(_askable, descriptor.fields)) or any(_asks(kind, above | {descriptor.full_name}) for kind in inner)
