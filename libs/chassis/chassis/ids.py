"""Identifiers: UUID version 7 (RFC 9562), which sort by the time of their making."""

import os
import threading
import time
from uuid import UUID

from chassis.errors import InvalidArgument

# The moment of the last one, in steps of 1/4096 of a millisecond.
_last = 0
_turn = threading.Lock()


def uuid7() -> UUID:
    """A new identifier: 60 bits of time, then 62 random bits. One that a process makes later is greater."""
    global _last  # noqa: PLW0603  # it belongs to the process
    with _turn:
        moment = _last = max(time.time_ns() * 4096 // 1_000_000, _last + 1)
    random = int.from_bytes(os.urandom(8)) >> 2
    return UUID(int=moment >> 12 << 80 | 0x7 << 76 | (moment & 0xFFF) << 64 | 0b10 << 62 | random)


class InvalidId(InvalidArgument):
    def __init__(self, field: str, value: str) -> None:
        super().__init__(f"{field} is not a UUID.", violations={field: "must be a UUID"}, value=value[:64])


def parse(value: str, field: str = "id") -> UUID:
    """`value` as a UUID; raises InvalidId naming `field`."""
    try:
        return UUID(value)
    except ValueError:
        raise InvalidId(field, value) from None
