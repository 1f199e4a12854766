"""Identifiers: UUID version 7 (RFC 9562), which sort by the time of their making."""

import os
import time
from uuid import UUID

from chassis.errors import InvalidArgument


def uuid7() -> UUID:
    """A new identifier: 48 bits of milliseconds, then 74 random bits."""
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10))
    value = milliseconds << 80 | 0x7 << 76 | (random >> 64 & 0xFFF) << 64 | 0b10 << 62 | random & (1 << 62) - 1
    return UUID(int=value)


class InvalidId(InvalidArgument):
    def __init__(self, field: str, value: str) -> None:
        super().__init__(f"{field} is not a UUID.", violations={field: "must be a UUID"}, value=value[:64])


def parse(value: str, field: str = "id") -> UUID:
    """`value` as a UUID; raises InvalidId naming `field`."""
    try:
        return UUID(value)
    except ValueError:
        raise InvalidId(field, value) from None
