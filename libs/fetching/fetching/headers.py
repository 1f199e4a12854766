"""What the headers of an answer say, read without believing it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.message import Message
from email.utils import parsedate_to_datetime
from fnmatch import fnmatchcase

Headers = Mapping[str, str]
# No file has more digits of bytes, and Python reads no number of more than 4,300.
_CONTENT_RANGE = re.compile(r"bytes ([0-9]{1,18})-([0-9]{1,18})/([0-9]{1,18}|\*)", re.IGNORECASE)
# How aiohttp keeps bytes that are no UTF-8: nothing that holds one can be stored or sent.
_NO_CHARACTER = re.compile(r"[\ud800-\udfff]")
_ETAG = re.compile(r'(W/)?"[\x21\x23-\x7e\x80-\xff]*"')
# A date is a validator only when the file was left alone for so long before it was sent (RFC 9110, 8.8.2.2).
STRONG_SECONDS = 60
UNTOLD = "application/octet-stream"


@dataclass(frozen=True)
class Validators:
    """By what a server tells one state of a file from another; empty where it does not."""

    etag: str = ""
    last_modified: str = ""

    @property
    def conditions(self) -> dict[str, str]:
        """Headers that ask for the file only if it is another one by now."""
        conditions = {"If-None-Match": self.etag} if self.etag else {}
        return conditions | ({"If-Modified-Since": self.last_modified} if self.last_modified else {})

    def __bool__(self) -> bool:
        return bool(self.etag or self.last_modified)


@dataclass(frozen=True)
class Range:
    """What a part of a file is: its first and last byte, and the size of the whole where it is told."""

    first: int
    last: int
    of: int | None


def validators(headers: Headers) -> Validators:
    etag = headers.get("ETag", "").strip()
    modified = headers.get("Last-Modified", "").strip()
    return Validators(etag if _ETAG.fullmatch(etag) else "", modified if _date(modified) else "")


def if_range(headers: Headers) -> str:
    """What names exactly these bytes, for `If-Range`; empty where nothing does, and no part can be asked for."""
    found = validators(headers)
    if found.etag:
        return "" if found.etag.startswith("W/") else found.etag
    modified, sent = _date(found.last_modified), _date(headers.get("Date", ""))
    return found.last_modified if modified and sent and (sent - modified).total_seconds() >= STRONG_SECONDS else ""


def length(headers: Headers) -> int | None:
    """How many bytes are coming, None when that is not told."""
    text = headers.get("Content-Length", "").strip()
    return int(text) if text.isdecimal() and text.isascii() and len(text) < 19 and "Transfer-Encoding" not in headers else None


def content_range(headers: Headers) -> Range | None:
    found = _CONTENT_RANGE.fullmatch(headers.get("Content-Range", "").strip())
    if found is None:
        return None
    first, last, of = int(found[1]), int(found[2]), None if found[3] == "*" else int(found[3])
    return Range(first, last, of) if first <= last and (of is None or last < of) else None


def retry_after(headers: Headers) -> float | None:
    """Seconds; a date counts from the server's own clock where it shows that. None when nothing readable is told."""
    text = headers.get("Retry-After", "").strip()
    if text.isdecimal() and text.isascii():
        return float(text[:12])
    when = _date(text)
    if when is None:
        return None
    now = _date(headers.get("Date", "")) or datetime.now(when.tzinfo)
    return max((when - now).total_seconds(), 0.0)


def readable(text: str) -> str:
    """A header with U+FFFD for each byte that is no character."""
    return _NO_CHARACTER.sub("\ufffd", text)


def encoding(headers: Headers) -> str:
    """How the body is packed, in lower case and by one name for each; `identity` where nothing is told."""
    name = readable(headers.get("Content-Encoding", "")).strip().lower()
    return {"": "identity", "x-gzip": "gzip"}.get(name, name)


def content_type(headers: Headers) -> tuple[str, str]:
    """Type and charset in lower case, both empty where they are not told."""
    message = Message()
    message["Content-Type"] = text = readable(headers.get("Content-Type", ""))
    told = text.partition(";")[0].strip().lower()
    charset = message.get_param("charset")
    return told, charset.strip().lower() if isinstance(charset, str) else ""


def filename(headers: Headers) -> str:
    """The name that the server gives the file, without any folder; empty where it gives none."""
    message = Message()
    message["Content-Disposition"] = readable(headers.get("Content-Disposition", ""))
    name = message.get_filename() or ""
    return re.split(r"[/\\]", "".join(letter for letter in name if letter.isprintable()))[-1].strip(". ")[:255]


def fits(told: str, wanted: tuple[str, ...]) -> bool:
    """Whether a type is one of those wanted, such as `image/*`."""
    return any(fnmatchcase(told or UNTOLD, pattern) for pattern in wanted)


def _date(text: str) -> datetime | None:
    """A date of HTTP, in UTC."""
    if not text:
        return None
    try:
        when = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return when.astimezone() if when.tzinfo is None else when
