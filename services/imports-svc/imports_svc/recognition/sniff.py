"""Finds out how the text of a file is laid out: its letters, its dialect, and where its table is."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from chassis.counts import counted
from imports_svc.feeds.errors import EmptyFeed, FeedTooLarge
from imports_svc.feeds.model import LIMITS, Doubt, Limits, Shape
from imports_svc.formats.delimited import records
from imports_svc.formats.delimited.encoding import STRAYS, find_encoding
from imports_svc.formats.delimited.rewriting import rewriter
from imports_svc.formats.delimited.rivals import rivals_of
from imports_svc.formats.delimited.strays import STRAY, converted_twice
from imports_svc.formats.delimited.text import transcoded, utf8_pieces
from imports_svc.recognition.cells import filled
from imports_svc.recognition.dialect import SINGLE_COLUMN, Dialect, find_dialect, lines_of, looks_aligned
from imports_svc.recognition.table import find_table

__all__ = ["SINGLE_COLUMN", "sniff"]

_SAMPLE_BYTES = 1 << 18
_QUOTED_PIECES = 4
_ENTITY_AT_THE_END = re.compile(rb'&#?[0-9A-Za-z]{1,31};"[;\n]')
_QUOTE_BYTES = 1 << 20


def sniff(path: Path, limits: Limits = LIMITS, encoding: str = "") -> Shape:
    """The shape of a plain text file. `encoding`: the one it is in, "" to find it.

    Raises EmptyFeed, UnreadableText, FeedTooLarge (columns).
    """
    found = not encoding
    encoding = encoding or find_encoding(path)
    raw, complete = _sample(path, encoding)
    text = raw.decode(errors="ignore")
    twice = converted_twice(text)
    dialect = find_dialect(text, complete=complete)
    rewrite = rewriter(encoding, dialect.delimiter, escape=dialect.escape, blanks=dialect.blanks, twice=twice)
    quote = _quote(path, encoding, dialect) if dialect.quote == '"' else dialect.quote
    shape = Shape(
        encoding,
        dialect.delimiter,
        quote,
        dialect.line_end,
        header=False,
        columns=(),
        escape=dialect.escape,
        blanks=dialect.blanks,
    )
    lines = lines_of(rewrite(raw).decode(errors="ignore"), dialect.line_end, complete=complete)
    rows = [line.split(shape.mark) for line in lines] if quote is None else records.split(lines, shape.mark, quote)
    if encoding.startswith(STRAYS):
        rows = [[cell.replace(STRAY, "") for cell in row] for row in rows]
    said = [lines[0]] if dialect.said else []
    rows = rows[len(said) :]
    if not any(map(filled, rows)):
        raise EmptyFeed("The file holds nothing but blank lines and empty cells. Check the supplier's export and send it again.")
    table = find_table(rows)
    if len(table.names) > limits.columns:
        raise FeedTooLarge(
            f"The file has {counted(len(table.names), 'column')}; the limit is {limits.columns:,}."
            f" Check the delimiter {dialect.delimiter!r}."
        )
    skip = len(said) + _lines_of_records(rows[: table.above])
    below = rows[table.above + 1 : table.above + 1 + table.below]
    return replace(
        shape,
        header=table.header,
        columns=table.names,
        skip_lines=skip,
        preamble=tuple(line.removeprefix("\ufeff") for line in lines[:skip]),
        renamed=table.renamed,
        below=table.below,
        notes=tuple(shape.mark.join(row) for row in below),
        trimmed=table.trimmed,
        twice=twice,
        rivals=rivals_of(path, encoding) if found else (),
        doubts=(*table.doubts, *_letters(encoding, twice=twice), *_aligned(dialect, lines)),
    )


def _letters(encoding: str, *, twice: bool) -> Iterator[Doubt]:
    if twice:
        yield Doubt(
            "letters_converted_twice",
            "Letters beyond ASCII were converted to UTF-8 twice before the file came (such as Ã© for é). They are read as they"
            " were before that.",
            holds=False,
        )
    if encoding.startswith(STRAYS):
        yield Doubt(
            "lines_of_another_encoding",
            f"The file is UTF-8, but some of its lines are not: they are read as {encoding.removeprefix(STRAYS)}, or without the"
            " letters that were cut. Their rows have a warning (encoding_mixed).",
            holds=False,
        )


def _aligned(dialect: Dialect, lines: list[str]) -> Iterator[Doubt]:
    if dialect.delimiter == SINGLE_COLUMN and looks_aligned(lines):
        yield Doubt(
            "columns_by_blanks",
            "The file has no delimiter; its lines look like columns that blanks keep apart. Each line is read as one cell."
            " Have the file sent with a delimiter, or accept this if it is a list of single texts.",
            examples=tuple(lines[:2]),
        )


def _lines_of_records(rows: list[list[str]]) -> int:
    return len(rows) + sum(cell.count("\n") for row in rows for cell in row)


def _sample(path: Path, encoding: str) -> tuple[bytes, bool]:
    """The beginning of the file as UTF-8 with its line ends as they are."""
    taken = b""
    for piece in transcoded(path, encoding, _SAMPLE_BYTES):
        if len(taken) >= _SAMPLE_BYTES:
            return taken, False
        taken += piece
    return taken, True


def _quote(path: Path, encoding: str, dialect: Dialect) -> str | None:
    """`"` when the quotes of the file open and close fields, None when they stand inside values (5" disk).

    The first megabytes with quotes decide when they all agree, else the whole file. One without any keeps the usual convention.
    """
    if not _has_quotes(path):
        return '"'
    total = opening = closing = escaped = pieces = 0
    mark = dialect.delimiter.encode()
    plain = rewriter("utf-8", "\n", escape=dialect.escape, blanks=False)
    closed_up = rewriter("utf-8", dialect.delimiter, escape=False, blanks=dialect.blanks)
    before = b"\n"
    for raw, _ in utf8_pieces(path, encoding, dialect.line_end, 1 << 20):
        piece = plain(closed_up(raw)) if len(mark) == 1 else plain(raw)
        if b'"' in piece or before == b'"':
            text = before + piece
            total += piece.count(b'"')
            escaped += piece.count(b'""')
            opening += text.count(mark + b'"') + text.count(b'\n"')
            if mark == b";" and b"&" in piece:
                # The `;` of an entity stands in front of a quote that closes.
                opening -= len(_ENTITY_AT_THE_END.findall(text))
            closing += text.count(b'"' + mark) + text.count(b'"\n')
            pieces += 1
            if pieces >= _QUOTED_PIECES and opening + closing + 2 * escaped >= 0.999 * total:
                break
        before = piece[-1:] or before
    closing += before == b'"'
    balanced = abs(opening - closing) <= max(1.0, 0.1 * max(opening, closing))
    return '"' if opening and balanced and opening + closing + 2 * escaped >= 0.9 * total else None


def _has_quotes(path: Path) -> bool:
    """Whether the file has a byte of a quote: what is read writes it so, or with zeros beside it."""
    with path.open("rb") as source:
        return any(b'"' in piece for piece in iter(lambda: source.read(_QUOTE_BYTES), b""))
