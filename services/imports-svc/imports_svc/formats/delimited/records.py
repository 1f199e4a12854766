"""Splits lines into records one by one, tolerant of stray quotes. Only for samples and for blocks the fast reader refuses."""

import re
from functools import cache
from typing import NamedTuple

_MAX_JOINED = 200
_MAX_CHARS = 1 << 20
MANY = 1 << 30


class Record(NamedTuple):
    """`fields` None: the line opens a quote that never closes as a record of the right width; `text` is that line.

    `lines`: how many it takes.
    """

    fields: list[str] | None
    text: str
    lines: int


@cache
def _field(delimiter: str, quote: str) -> re.Pattern[str]:
    """A field that ends on its line, with what ends it: quoted text, text behind the closing quote, or else plain text."""
    d, q = re.escape(delimiter), re.escape(quote)
    return re.compile(rf"(?:{_quoted(q)}([^{d}]*+)|([^{q}{d}][^{d}]*+|))({d}|\Z)", re.DOTALL)


@cache
def _rest_of_field(delimiter: str, quote: str) -> re.Pattern[str]:
    """The end of a field that was opened on an earlier line."""
    d, q = re.escape(delimiter), re.escape(quote)
    return re.compile(rf"{_quoted(q, opened=True)}([^{d}]*+)({d}|\Z)", re.DOTALL)


def _quoted(q: str, *, opened: bool = False) -> str:
    return rf"{'' if opened else q}([^{q}]*+(?:{q}{q}[^{q}]*+)*+){q}"


def read(lines: list[str], delimiter: str, quote: str, width: int, *, final: bool) -> tuple[list[Record], int]:
    """Records of `lines` and how many lines they took; the rest waits for more text unless this is the end of the file.

    An open quote takes following lines only if a record of `width` fields comes out and these lines are no records
    themselves; otherwise the one line is given up and reading goes on at the next: a stray quote never swallows the file.
    """
    found: list[Record] = []
    at = 0
    while at < len(lines):
        fields, taken = _one(lines, at, delimiter, quote, width)
        if fields is None and taken == len(lines) - at and taken < _MAX_JOINED and not final and _fits(lines[at:]):
            break
        if taken > 1 and (fields is None or len(fields) != width or _swallowed(lines[at : at + taken], delimiter, width)):
            fields, taken = None, 1
        found.append(Record(fields, lines[at], taken))
        at += taken
    return found, at


def _swallowed(lines: list[str], delimiter: str, width: int) -> bool:
    """Whether each line would be a record if its quote meant nothing: two stray quotes, not one value of many lines."""
    return width > 1 and all(line.count(delimiter) == width - 1 for line in lines)


def _one(lines: list[str], at: int, delimiter: str, quote: str, width: int = MANY) -> tuple[list[str] | None, int]:
    """The record that begins here and its lines; without fields if it is none of at most `width`, however many lines follow.

    Every line is looked at once. Text after a closing quote is kept on one line; across lines it shows that the quote was a
    stray one.
    """
    fields: list[str] = []
    opened: list[str] = []
    size = 0
    for end in range(at, min(len(lines), at + _MAX_JOINED)):
        line = lines[end]
        size += len(line)
        if size > _MAX_CHARS:
            break
        position = 0
        if opened:
            match = _rest_of_field(delimiter, quote).match(line) if quote in line else None
            if match is None:
                opened.append(line)
                continue
            inside, after, mark = match.groups()
            if after:
                return None, 1
            fields.append("\n".join((*opened, inside)).replace(quote * 2, quote))
            if not mark:
                return fields, end + 1 - at
            position = match.end()
        open_at = _take_fields(line, position, fields, delimiter, quote)
        if open_at is None:
            return fields, end + 1 - at
        if len(fields) >= width:
            return None, 1
        opened = [line[open_at + len(quote) :]]
    return None, min(len(lines) - at, _MAX_JOINED)


def _take_fields(line: str, position: int, fields: list[str], delimiter: str, quote: str) -> int | None:
    """Append the fields of a line from `position` on; where one is that stays open, None when none does."""
    pattern = _field(delimiter, quote)
    while match := pattern.match(line, position):
        quoted, after, plain, mark = match.groups()
        fields.append(plain if quoted is None else quoted.replace(quote * 2, quote) + after)
        if not mark:
            return None
        position = match.end()
    return position


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
