"""Opaque page tokens for keyset pages (AIP-158): bound to the method and the filters they came from."""

import base64
import hashlib
import json
from datetime import UTC, datetime
from typing import Any, Protocol

from google.protobuf.message import Message

from chassis.errors import InvalidArgument

DEFAULT_PAGE_SIZE = 50
MAX_PAGE_SIZE = 500
MAX_INTEGER, MAX_BIG_INTEGER = 2**31, 2**63


class PagedRequest(Protocol):
    page_size: int
    page_token: str


class BigInteger(int):
    """Of the kinds of a key's parts: an integer of 64 bits. `int` has 32, as most columns."""


class InvalidPageToken(InvalidArgument):
    def __init__(self) -> None:
        super().__init__(
            "This page token does not belong to this list with these filters: ask for the first page again.",
            violations={"page_token": "was not issued for this request"},
        )


def page_size(requested: int, *, default: int = DEFAULT_PAGE_SIZE, maximum: int = MAX_PAGE_SIZE) -> int:
    """The page size to use: too large ones are clamped, 0 means the default."""
    return min(requested or default, maximum)


def encode(request: Message, key: list[Any]) -> str:
    """A token that continues behind the row with this sort key (JSON values)."""
    return base64.urlsafe_b64encode(json.dumps([_scope(request), *key], ensure_ascii=False).encode()).decode().rstrip("=")


def decode(request: Message, token: str, *kinds: type) -> list[Any] | None:
    """The sort key inside `token`, or None for the first page.

    `kinds` are the Python types of its parts. Raises InvalidPageToken for a token of another list, other filters, or none at all.
    """
    if not token:
        return None
    try:
        scope, *key = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        matches = len(key) == len(kinds) and all(_is(part, kind) for part, kind in zip(key, kinds, strict=True))
    except (ValueError, TypeError, RecursionError):  # not Base64, not JSON, not a list, not text, nested without end
        raise InvalidPageToken from None
    if scope != _scope(request) or not matches:
        raise InvalidPageToken
    return list(key)


def moment(part: str) -> datetime:
    """A part of a key that is a moment; raises InvalidPageToken for text that is none, or that is none in UTC."""
    try:
        return datetime.fromisoformat(part).astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidPageToken from None


def _is(part: object, kind: type) -> bool:
    """Whether a part of a key has its kind and fits what the database takes; raises ValueError for text that is none."""
    if isinstance(part, str):
        part.encode()
        return kind is str and "\0" not in part
    if kind in (int, BigInteger):
        # A truth value counts as an integer in Python, and in no database.
        return type(part) is int and abs(part) < (MAX_INTEGER if kind is int else MAX_BIG_INTEGER)
    return isinstance(part, kind)


def _scope(request: Message) -> str:
    """A digest of the method and its filters, so that a token only continues the list it came from."""
    filters = type(request)()
    filters.CopyFrom(request)
    filters.ClearField("page_size")
    filters.ClearField("page_token")
    name = request.DESCRIPTOR.full_name.encode()
    return hashlib.blake2b(name + filters.SerializeToString(deterministic=True), digest_size=6).hexdigest()
