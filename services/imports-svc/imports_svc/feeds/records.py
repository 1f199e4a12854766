"""Splits lines into records one by one, tolerant of stray quotes. Only for samples and for blocks the fast reader refuses."""

import re
from functools import cache
from typing import NamedTuple

_MAX_JOINED = 200
_MAX_CHARS = 1 << 20


class Record(NamedTuple):
    """`fields` None: the line opens a quote that never closes as a record of the right width; `text` is that line."""

    fields: list[str] | None
    text: str


@cache
def _field(delimiter: str, quote: str) -> re.Pattern[str]:
    d, q = re.escape(delimiter), re.escape(quote)
    return re.compile(rf"(?:{q}((?:[^{q}]|{q}{q})*+){q}([^{d}]*+)|([^{q}{d}][^{d}]*+|))({d}|\Z)", re.DOTALL)


def fields_of(record: str, delimiter: str, quote: str) -> list[str] | None:
    """The fields of one record, None while a quoted field is still open.

    Text after a closing quote is kept on one line; across lines it shows that the quote was a stray one.
    """
    pattern, fields, at = _field(delimiter, quote), [], 0
    while True:
        match = pattern.match(record, at)
        if match is None:
            return None
        quoted, after, plain, end = match.groups()
        if after and quoted and "\n" in quoted + after:
            return None
        fields.append(plain if quoted is None else quoted.replace(quote * 2, quote) + after)
        if not end:
            return fields
        at = match.end()


def read(lines: list[str], delimiter: str, quote: str, width: int, *, final: bool) -> tuple[list[Record], int]:
    """Records of `lines` and how many lines they took; the rest waits for more text unless this is the end of the file.

    An open quote takes following lines only if a record of `width` fields comes out and these lines are no records
    themselves; otherwise the one line is given up and reading goes on at the next: a stray quote never swallows the file.
    """
    found: list[Record] = []
    at = 0
    while at < len(lines):
        fields, taken = _one(lines, at, delimiter, quote)
        if fields is None and taken == len(lines) - at and taken < _MAX_JOINED and not final and _fits(lines[at:]):
            break
        if taken > 1 and (fields is None or len(fields) != width or _swallowed(lines[at : at + taken], delimiter, width)):
            fields, taken = None, 1
        found.append(Record(fields, lines[at]))
        at += taken
    return found, at


def _swallowed(lines: list[str], delimiter: str, width: int) -> bool:
    """Whether each line would be a record if its quote meant nothing: two stray quotes, not one value of many lines."""
    return width > 1 and all(line.count(delimiter) == width - 1 for line in lines)


def _one(lines: list[str], at: int, delimiter: str, quote: str) -> tuple[list[str] | None, int]:
    if quote not in lines[at]:
        return lines[at].split(delimiter), 1
    size = 0
    for end in range(at, min(len(lines), at + _MAX_JOINED)):
        size += len(lines[end])
        if size > _MAX_CHARS:
            break
        if quote in lines[end]:
            fields = fields_of("\n".join(lines[at : end + 1]), delimiter, quote)
            if fields is not None:
                return fields, end + 1 - at
    return None, min(len(lines) - at, _MAX_JOINED)


def _fits(lines: list[str]) -> bool:
    return sum(map(len, lines)) <= _MAX_CHARS


def split(lines: list[str], delimiter: str, quote: str) -> list[list[str]]:
    """The records of a sample; a line with a quote that stays open is split as if quotes meant nothing."""
    rows: list[list[str]] = []
    at = 0
    while at < len(lines):
        fields, taken = _one(lines, at, delimiter, quote)
        if fields is None:
            fields, taken = lines[at].split(delimiter), 1
        rows.append(fields)
        at += taken
    return rows
