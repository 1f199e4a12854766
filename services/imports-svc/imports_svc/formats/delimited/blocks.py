"""Reads a file as bounded frames of text. Memory stays at a few blocks whatever the file; row numbers never change.

A block is cut where a line ends and its quotes are balanced, and goes to Polars in one call. Each line carries a
sentinel as its last field, so a line of any other width shows and shifts nobody. What Polars cannot read (text after
a closing quote, a quote that never closes) is read by `records`, for that block only.
"""

from collections.abc import Iterator
from functools import reduce
from pathlib import Path

import polars as pl

from chassis.counts import counted
from imports_svc.feeds.errors import FeedTooLarge, UnreadableText
from imports_svc.feeds.model import LIMITS, UNIT, Block, Limits, Shape
from imports_svc.formats.delimited import records
from imports_svc.formats.delimited.bounded import STUB, BoundedLines
from imports_svc.formats.delimited.lines import Lines
from imports_svc.formats.delimited.rewriting import rewriter
from imports_svc.formats.delimited.text import FEED, KEPT_TAB, utf8_pieces
from imports_svc.formats.delimited.trimmed import last_or_within
from imports_svc.formats.delimited.widths import empty_rows, ends_early, widths

_SENTINEL = "\x1e"
# A block costs Polars about 25 ms whatever it holds: with 1 MB that was half of all the time, and more than this costs memory.
BLOCK_BYTES = 8 << 20
_LINES = 100_000
_REJECTED = {"row_no": pl.Int64, "reason": pl.String, "text": pl.String}


def blocks(path: Path, shape: Shape, size: int = BLOCK_BYTES, limits: Limits = LIMITS) -> Iterator[Block]:
    """The rows of a plain file in order. Rejection reasons: `field_count`, `unbalanced_quote`, `line_too_long`.

    Raises FeedTooLarge (rows, lines that are none), UnreadableText.
    """
    reader = _Reader(shape, limits, Lines(path, shape))
    for buffer, position, final in _buffers(path, shape, size, limits, reader):
        block = reader.take(buffer, position, final=final)
        if block is not None:
            yield block


def _buffers(path: Path, shape: Shape, size: int, limits: Limits, reader: "_Reader") -> Iterator[tuple[bytes, int, bool]]:
    """Text to take from, growing by whole pieces; what the reader left over comes first."""
    skip, before, position = shape.skip_lines, 0, 0
    lines = BoundedLines(limits.line_bytes)
    rewrite = rewriter(shape.encoding, shape.delimiter, escape=shape.escape, blanks=shape.blanks, twice=shape.twice)
    for raw, position in utf8_pieces(path, shape.encoding, shape.line_end, size):
        piece = rewrite(lines.bound(raw))
        while skip and b"\n" in piece:
            (above, piece), skip = piece.split(b"\n", 1), skip - 1
            reader.lines.skip(above)
        if lines.cut:
            reader.lines.lose()
        for part, end in _parts(piece) if not skip else ():
            yield reader.rest + part if reader.rest else part, before + (position - before) * end // len(piece), False
        before = position
    tail = rewrite(lines.close())
    if reader.rest or tail:
        buffer = reader.rest + tail
        yield buffer if buffer.endswith(b"\n") else buffer + b"\n", position, True


def _parts(piece: bytes) -> Iterator[tuple[bytes, int]]:
    """The piece in parts of about as many lines as a block may have, each with where it ends.

    What a line costs does not depend on its length.
    """
    size = len(piece) // (piece.count(b"\n") // _LINES + 1) + 1
    return ((piece[at : at + size], min(at + size, len(piece))) for at in range(0, len(piece), size))


def _as_line_end(text: bytes, mark: bytes) -> bytes:
    return text.replace(mark, b"\n")


def _whole(frame: pl.DataFrame) -> int:
    """Rows of the table's width."""
    return int((frame.to_series(-1) == _SENTINEL).sum())


class _Reader:
    """Turns buffers into blocks, counting rows; `rest` is the text after the last whole record."""

    def __init__(self, shape: Shape, limits: Limits, lines: Lines) -> None:
        self.rest = b""
        self.lines = lines
        # What stands for line breaks inside of values.
        self._breaks = (KEPT_TAB, FEED) if shape.line_end == "\r\n" else (FEED,)
        self._delimiter, self._quote = shape.mark, shape.quote
        self._long_delimiter = shape.delimiter if shape.delimiter != shape.mark else None
        self._names, self._width = shape.columns, len(shape.columns)
        self._trimmed = shape.trimmed
        # Records that are no rows: the header and what stands below it.
        self._due = shape.header + shape.below if shape.header else 0
        self._rows = 0
        # Of the last row of the block before.
        self._width_before = self._width
        self._unread = 0
        # Columns with line feeds in the block that was read last.
        self._broken: list[str] = []
        self._limits = limits
        self._fields = [f"f{i}" for i in range(self._width + 1)]

    def take(self, buffer: bytes, position: int, *, final: bool) -> Block | None:
        cut, balanced = self._cut(buffer)
        if final and cut < len(buffer):
            cut, balanced = len(buffer), False
        if cut == 0 and (len(buffer) > 2 * self._limits.line_bytes or buffer.count(b"\n") > _LINES):
            cut, balanced = buffer.rfind(b"\n") + 1, False
        if cut == 0:
            self.rest = buffer
            return None
        text, self.rest = buffer[:cut], buffer[cut:]
        frame, lines = self._fast(text) if balanced else (None, 0)
        broken, spans = FEED in text, None
        if frame is None:
            frame, spans, text = self._slow(text, final=final and not self.rest)
            frame, lines = self._restored(frame) if broken else frame, text.count(b"\n")
        elif broken:
            frame = self._with_breaks(frame, text)
        cells = frame if broken else frame.select(self._broken or self._fields[:1])
        return self._block(frame, self.lines.take(text, cells, lines, spans, broken=broken), position)

    def _with_breaks(self, frame: pl.DataFrame, text: bytes) -> pl.DataFrame:
        """Line feeds that were set aside as text are put back; they end rows after all where more rows come out whole so."""
        whole = _whole(frame)
        if whole < frame.height:
            ended, _ = self._fast(reduce(_as_line_end, self._breaks, text))
            if ended is not None and _whole(ended) > whole:
                return self._restored(ended)
        return self._restored(frame)

    def _restored(self, frame: pl.DataFrame) -> pl.DataFrame:
        for mark in self._breaks:
            frame = frame.with_columns(pl.col(self._fields).str.replace_all(mark.decode(), "\n", literal=True))
        return frame

    def _cut(self, buffer: bytes) -> tuple[int, bool]:
        """End of the last line up to which quotes are balanced."""
        cut = buffer.rfind(b"\n") + 1
        if self._quote is None or not cut:
            return cut, True
        mark = self._quote.encode()
        # Counting what is hardly there costs a multiple of replacing it.
        quotes = len(buffer) - len(buffer.replace(mark, b"")) - buffer.count(mark, cut)
        while quotes % 2 and cut:
            start = buffer.rfind(b"\n", 0, cut - 1) + 1
            quotes -= buffer.count(mark, start, cut)
            cut = start
        return cut, True

    def _fast(self, text: bytes) -> tuple[pl.DataFrame | None, int]:
        """Records with their sentinel, None when quotes are not used as they should be; and how many lines the text has."""
        self._broken = []
        ending = f"{self._delimiter}{_SENTINEL}\n".encode()
        marked = text.replace(b"\n", ending)
        try:
            frame = pl.read_csv(
                # Polars would unpack what begins like a packed file, and `x^2` does: with a line feed in front nothing does.
                b"\n" + marked,
                skip_lines=1,
                has_header=False,
                separator=self._delimiter,
                quote_char=self._quote,
                schema=dict.fromkeys(self._fields, pl.String),
                empty_string_is_null=False,
                extra_columns="ignore",
                missing_columns="insert",
            )
        except pl.exceptions.ComputeError:
            self._check_utf8(text)
            return None, 0
        lines = (len(marked) - len(text)) // (len(ending) - 1)
        return frame if frame.height == lines else self._without_sentinels(frame, ending.decode()), lines

    def _without_sentinels(self, frame: pl.DataFrame, ending: str) -> pl.DataFrame | None:
        """Line breaks inside values as they were; None when a value may have swallowed lines that are records."""
        self._broken = broken = [name for name in self._fields if frame[name].str.contains("\n", literal=True).any()]
        breaks = pl.any_horizontal(pl.col(broken).str.contains("\n", literal=True))
        if frame.filter(pl.col(self._fields[-1]) != _SENTINEL, breaks).height:
            return None
        if self._width > 1 and any(self._swallows(frame[name], self._fields.index(name)) for name in broken):
            return None
        return frame.with_columns(pl.col(broken).str.replace_all(ending, "\n", literal=True))

    def _swallows(self, column: pl.Series, at: int) -> bool:
        """Whether the first and the last line of a value have, with their neighbours, as many fields as a record."""
        lines = column.filter(column.str.contains("\n", literal=True)).str.split("\n")
        first, last = lines.list.first(), lines.list.last()
        delimiters = first.str.count_matches(self._delimiter, literal=True) - 1 + at
        return bool(((delimiters == self._width - 1) & (last.str.count_matches(self._delimiter, literal=True) == at)).any())

    def _slow(self, text: bytes, *, final: bool) -> tuple[pl.DataFrame, pl.Series, bytes]:
        """Records, how many lines each takes, and the text they were made from: the rest waits."""
        self._check_utf8(text)
        lines = text.decode().split("\n")[:-1]
        quote = self._quote
        if quote is None:
            found, taken = [records.Record(line.split(self._delimiter), line, 1) for line in lines], len(lines)
        else:
            found, taken = records.read(lines, self._delimiter, quote, self._width, final=final)
        untaken = "".join(f"{line}\n" for line in lines[taken:]).encode()
        self.rest = untaken + self.rest
        rows = [self._padded(record) for record in found]
        frame = pl.DataFrame(rows, schema=dict.fromkeys(self._fields, pl.String), orient="row")
        return frame, self.lines.spans(lines, [record.lines for record in found]), text[: len(text) - len(untaken)]

    def _padded(self, record: records.Record) -> list[str]:
        """A record as the fast reader shows it; one with an open quote as its whole line in the first field."""
        fields = [f"{_SENTINEL}{record.text}"] if record.fields is None else [*record.fields, _SENTINEL]
        return (fields + [""] * (self._width + 1 - len(fields)))[: self._width + 1]

    def _check_utf8(self, text: bytes) -> None:
        try:
            text.decode()
        except UnicodeDecodeError as error:
            raise UnreadableText(f"After row {self._rows} the file is not UTF-8 ({error.reason}). Sniff it again.") from error

    def _block(self, frame: pl.DataFrame, lines: pl.Series, position: int) -> Block:
        first, last = self._fields[0], self._fields[-1]
        due = min(self._due, frame.height)
        frame, lines, self._due = frame[due:], lines[due:], self._due - due
        empty = empty_rows(frame, self._fields, _SENTINEL)
        if empty.any():
            frame, lines = frame.filter(~empty), lines.filter(~empty)
        good = (frame[last] == _SENTINEL).fill_null(value=False)
        if not good.all():
            frame, good = self._with_short_rows(frame, good)
        good = good & ~frame.select(pl.col(first).str.starts_with(STUB)).to_series()
        numbered = frame.with_row_index("row_no", self._rows + 1).with_columns(pl.col("row_no").cast(pl.Int64))
        starts = self.lines.starts(lines, self._rows + 1)
        self._rows += frame.height
        if self._rows > self._limits.rows:
            raise FeedTooLarge(f"The file has more than {counted(self._limits.rows, 'row')}. Split it.")
        self._unread += frame.height - int(good.sum())
        if self._unread > self._limits.unread:
            raise FeedTooLarge(
                f"More than {counted(self._limits.unread, 'line')} of the file can't be read as rows of"
                f" {counted(self._width, 'column')}. Check its quotes and its delimiter."
            )
        rows = numbered.filter(good).drop(last)
        rows.columns = ["row_no", *self._names]
        if self._long_delimiter is not None:
            # Within quotes it was no delimiter.
            rows = rows.with_columns(pl.col(self._names).str.replace_all(UNIT, self._long_delimiter, literal=True))
        return Block(rows, self._rejected(numbered.filter(~good)), position, starts)

    def _with_short_rows(self, frame: pl.DataFrame, good: pl.Series) -> tuple[pl.DataFrame, pl.Series]:
        """Where the file writes rows without their last empty cells, these are rows, too."""
        found = widths(frame, self._fields, _SENTINEL)
        short = ends_early(found, self._width, self._width_before)
        self._width_before = found[-1] if found.len() and found[-1] is not None else self._width
        if self._trimmed is None or not short.any():
            return frame, good
        at = short.arg_true()
        told = last_or_within(frame[at].select(self._cut_cells(pl.lit(value=True))), found[at], self._trimmed)
        short = short.scatter(at, told >= (0 if self._trimmed.ties else 1))
        return frame.with_columns(self._cut_cells(pl.lit(short))), good | short

    def _cut_cells(self, short: pl.Expr) -> list[pl.Expr]:
        """The cells of the table, those that rows lack as empty ones."""
        names = self._fields[:-1]
        lacking = {name: pl.col(name).is_null() | (pl.col(name) == _SENTINEL) for name in names}
        return [pl.when(short & lacking[name]).then(pl.lit("")).otherwise(name).alias(name) for name in names]

    def _rejected(self, frame: pl.DataFrame) -> pl.DataFrame:
        if not frame.height:
            return pl.DataFrame(schema=_REJECTED)
        first = pl.col(self._fields[0])
        reason = (
            pl.when(first.str.starts_with(STUB))
            .then(pl.lit("line_too_long"))
            .when(first.str.starts_with(_SENTINEL))
            .then(pl.lit("unbalanced_quote"))
            .otherwise(pl.lit("field_count"))
        )
        line = pl.concat_str(self._fields, separator=self._delimiter).str.split(f"{self._delimiter}{_SENTINEL}").list.first()
        text = pl.when(first.str.starts_with(_SENTINEL)).then(first).otherwise(line).str.strip_chars(STUB + _SENTINEL)
        return frame.select("row_no", reason=reason, text=text)
