"""Finds out how the text of a file is laid out: delimiter, quoting, title lines, header, column names."""

import re
from collections import Counter
from pathlib import Path
from typing import Literal

from imports_svc.feeds.errors import EmptyFeed, FeedTooLarge
from imports_svc.feeds.model import LIMITS, Limits, Shape
from imports_svc.formats.delimited import records
from imports_svc.formats.delimited.encoding import find_encoding
from imports_svc.formats.delimited.text import utf8_pieces
from imports_svc.vocabulary.words import field_of

SINGLE_COLUMN = "\x1f"

_SAMPLE_BYTES = 1 << 18
_SAMPLE_LINES = 1_000
_DELIMITERS = "\t;|,^~\x1f\x01:#*"
_QUOTED_PIECES = 4
_WEAK = ":#*"
_MAX_PREAMBLE = 20
_EDGE = r"\n\t;|,^~\x1f\x01:#*"
_QUOTED = re.compile(rf'(?<![^{_EDGE}])"(?:[^"]|"")*+"(?![^{_EDGE}])')
_NUMBER = re.compile(r"^[-+(]?[\d\s.,'’%€$£₪)]*\d[\d\s.,'’%€$£₪)]*(?:[eE][-+]?\d+)?$")
_DATE = re.compile(r"^\d{1,4}[./-]\d{1,2}[./-]\d{1,4}\b")


def sniff(path: Path, limits: Limits = LIMITS) -> Shape:
    """The shape of a plain text file. Raises EmptyFeed, UnreadableText, FeedTooLarge (columns)."""
    encoding = find_encoding(path)
    text, complete = _sample(path, encoding)
    line_end = _line_end(text)
    lines = _lines(text, line_end, complete=complete)
    delimiter = _delimiter(lines)
    quote = _quote(path, encoding, line_end, delimiter)
    rows = [line.split(delimiter) for line in lines] if quote is None else records.split(lines, delimiter, quote)
    if not any(cell.strip() for row in rows for cell in row):
        raise EmptyFeed("The file holds nothing but blank lines and empty cells. Check the supplier's export and send it again.")
    top = _preamble(rows)
    skip = top + sum(cell.count("\n") for row in rows[:top] for cell in row)
    rows = [row for row in rows[top:] if any(cell.strip() for cell in row)]
    header = _has_header(rows)
    cells = _header_cells(rows, header=header)
    if len(cells) > limits.columns:
        raise FeedTooLarge(
            f"The file has {len(cells)} columns; the limit is {limits.columns}. Check the delimiter {delimiter!r}."
        )
    names, renamed = _names(cells)
    return Shape(encoding, delimiter, quote, line_end, header, names, skip, tuple(lines[:skip]), renamed)


def _sample(path: Path, encoding: str) -> tuple[str, bool]:
    taken = b""
    for piece, _ in utf8_pieces(path, encoding, "\n", _SAMPLE_BYTES):
        if len(taken) >= _SAMPLE_BYTES:
            return taken.decode(errors="ignore"), False
        taken += piece
    return taken.decode(errors="ignore"), True


def _line_end(text: str) -> Literal["\n", "\r\n", "\r"]:
    pairs = text.count("\r\n")
    if pairs and pairs * 2 >= text.count("\n"):
        return "\r\n"
    return "\n" if "\n" in text or "\r" not in text else "\r"


def _lines(text: str, line_end: str, *, complete: bool) -> list[str]:
    lines = text.split(line_end)
    if len(lines) > 1 and (not complete or not lines[-1]):
        lines.pop()
    return lines[:_SAMPLE_LINES]


def _delimiter(lines: list[str]) -> str:
    """The character found equally often on nearly every line; text inside quotes does not count."""
    best, best_score = SINGLE_COLUMN, 0.0
    bare = [line for line in _QUOTED.sub("", "\n".join(lines)).split("\n") if line.strip(" ")]
    for candidate in _DELIMITERS if bare else "":
        score = _stability(bare, candidate)
        if score > best_score:
            best, best_score = candidate, score
    return best


def _stability(lines: list[str], candidate: str) -> float:
    counts = [line.count(candidate) for line in lines]
    usual, times = Counter(counts).most_common(1)[0]
    if usual == 0:
        positive = [count for count in counts if count]
        if len(positive) < 0.5 * len(counts):
            return 0.0
        usual, times = Counter(positive).most_common(1)[0]
    share = times / len(counts)
    if share < (0.6 if candidate not in _WEAK else 1.0) or (candidate in _WEAK and len(lines) < 3):
        return 0.0
    decimal = candidate in ",:" and _between_digits(lines, candidate) > 0.9
    return share + 0.02 * min(usual, 10) - (0.5 if decimal else 0.0)


def _between_digits(lines: list[str], candidate: str) -> float:
    text = "\n".join(lines)
    total = text.count(candidate)
    return len(re.findall(rf"(?<=\d){re.escape(candidate)}(?=\d)", text)) / total if total else 0.0


def _quote(path: Path, encoding: str, line_end: str, delimiter: str) -> str | None:
    """`"` when the quotes of the file open and close fields, None when they stand inside values (5" disk).

    The first megabytes with quotes decide when they all agree, else the whole file. One without any keeps the usual convention.
    """
    total = opening = closing = escaped = pieces = 0
    mark = delimiter.encode()
    before = b"\n"
    for piece, _ in utf8_pieces(path, encoding, line_end, 1 << 20):
        if b'"' in piece or before == b'"':
            text = before + piece
            total += piece.count(b'"')
            escaped += piece.count(b'""')
            opening += text.count(mark + b'"') + text.count(b'\n"')
            closing += text.count(b'"' + mark) + text.count(b'"\n')
            pieces += 1
            if pieces >= _QUOTED_PIECES and opening + closing + 2 * escaped >= 0.999 * total:
                break
        before = piece[-1:] or before
    closing += before == b'"'
    if total == 0:
        return '"'
    balanced = abs(opening - closing) <= max(1.0, 0.1 * max(opening, closing))
    return '"' if opening and balanced and opening + closing + 2 * escaped >= 0.9 * total else None


def _preamble(rows: list[list[str]]) -> int:
    """How many records stand above the table: narrower than it, and followed by something like a header."""
    width = _usual_width(rows)
    if width == 1 or len(rows[0]) >= width:
        return 0
    top = next(i for i, row in enumerate(rows) if len(row) >= width)
    filled = [cell for cell in rows[top] if cell.strip()]
    if top > _MAX_PREAMBLE or len(rows) == top or any(_is_value(cell) for cell in filled):
        return 0
    return top


def _usual_width(rows: list[list[str]]) -> int:
    widths = Counter(len(row) for row in rows if any(row))
    return max(widths, key=lambda width: (widths[width], width))


def _is_value(cell: str) -> bool:
    cell = cell.strip()
    return bool(_NUMBER.match(cell) or _DATE.match(cell) or "://" in cell)


def _has_header(rows: list[list[str]]) -> bool:
    """A header has words only, each once; where the column below holds values or the word is known, it is certain."""
    first = [cell.strip() for cell in rows[0]]
    filled = [cell for cell in first if cell]
    known = sum(field_of(cell) is not None for cell in filled)
    values = sum(_is_value(cell) for cell in filled)
    if not filled or values > max(known, 0.2 * len(filled)):
        return False
    if known >= max(1, len(filled) // 4):
        return True
    body = [row for row in rows[1:200] if len(row) == len(first)]
    columns = [[row[i].strip() for row in body if row[i].strip()] for i in range(len(first))]
    differs = sum(
        bool(below) and bool(cell) and not _is_value(cell) and sum(map(_is_value, below)) > 0.8 * len(below)
        for cell, below in zip(first, columns, strict=True)
    )
    repeated = any(cell and cell in below for cell, below in zip(first, columns, strict=True))
    return differs > 0 or known > 0 or not (repeated or max(map(len, filled)) > 60 or not body)


def _header_cells(rows: list[list[str]], *, header: bool) -> list[str]:
    """One cell per column, empty without a header. Rows wider than it by habit (a delimiter at each end) get unnamed columns."""
    body = rows[1:] if header else rows
    width = _usual_width(body) if body else len(rows[0])
    if header and 2 * sum(len(row) == width for row in body) <= len(body):
        width = len(rows[0])
    cells = [" ".join(cell.split()) for cell in rows[0]] if header else []
    while len(cells) > width and not cells[-1]:
        cells.pop()
    return cells + [""] * (width - len(cells))


def _names(cells: list[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """One unique name per column, and which of them took a number because the header repeats itself."""
    names: list[str] = []
    renamed: list[str] = []
    for number, cell in enumerate(cells, 1):
        name, again = cell or f"column_{number}", 2
        while name in names or name == "row_no":
            name, again = f"{cell or f'column_{number}'}_{again}", again + 1
        names.append(name)
        if cell and name != cell:
            renamed.append(name)
    return tuple(names), tuple(renamed)
