"""Field masks of Update methods (AIP-134): which fields a call may write and which it does."""

from collections.abc import Set
from functools import cache

from google.api import field_behavior_pb2 as behavior
from google.protobuf.descriptor import Descriptor
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.message import Message

from chassis.errors import InvalidArgument


class InvalidMask(InvalidArgument):
    def __init__(self, refused: set[str], writable: Set[str]) -> None:
        super().__init__(
            f"These fields can't be written: {', '.join(sorted(refused))}. Writable are: {', '.join(sorted(writable))}.",
            violations={f"update_mask.{name}": "unknown or not writable" for name in sorted(refused)},
        )


def masked_fields(message: Message, mask: FieldMask) -> set[str]:
    """The fields a call writes: those of its mask, or without a mask every writable field it sets.

    Raises InvalidMask for a path that does not exist or is not writable.
    """
    writable = writable_fields(message.DESCRIPTOR)
    if not mask.paths:
        return {field.name for field, _ in message.ListFields()} & writable
    if refused := set(mask.paths) - writable:
        raise InvalidMask(refused, writable)
    return set(mask.paths)


@cache
def writable_fields(descriptor: Descriptor) -> frozenset[str]:
    """The fields that an update may change: neither OUTPUT_ONLY nor IDENTIFIER nor IMMUTABLE."""
    fixed = {behavior.OUTPUT_ONLY, behavior.IDENTIFIER, behavior.IMMUTABLE}
    return frozenset(
        field.name for field in descriptor.fields if fixed.isdisjoint(field.GetOptions().Extensions[behavior.field_behavior])
    )
