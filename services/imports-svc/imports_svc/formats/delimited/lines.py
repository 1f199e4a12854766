"""Counts the lines of a file, as a person sees them in an editor, beside its rows.

Lines and rows part company where lines stand above the table or are blank, where cells hold line feeds, and where the text was
made from another file. A line is what ends with LF or CRLF, and with CR where rows end so.
"""

from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path

import polars as pl

from imports_svc.feeds.lines import MOST_LINES
from imports_svc.feeds.model import STARTS, Shape
from imports_svc.formats.delimited.text import FEED, KEPT_TAB
from imports_svc.formats.source_lines import SourceLines

# No row is so far from its line.
_UNKNOWN = -(1 << 40)


class Lines:
    """Counts on from text to text of one file. Numbers are null where nobody can tell."""

    def __init__(self, path: Path, shape: Shape) -> None:
        self._quote = shape.quote
        # Line feeds that are text end a line of the file, too; else what looks like one is a vertical tab.
        self._feeds = shape.line_end == "\r\n"
        self._source = SourceLines.of(path)
        self._read = 0
        self._offset = 0
        self._lost = False

    def skip(self, line: bytes) -> None:
        """A line above the table."""
        self._read += 1 + (line.count(FEED) - line.count(KEPT_TAB) if self._feeds else 0)

    def lose(self) -> None:
        """A line too long to be held was cut: line feeds that were text in it are not counted, so that the count ends here."""
        self._lost = self._lost or self._feeds

    def take(self, text: bytes, cells: pl.DataFrame, lines: int, spans: pl.Series | None = None, *, broken: bool) -> pl.Series:
        """The line at which each record of a text of so many lines begins. `broken`: it has marks that stand for line feeds.

        `cells`: of the records, all that have line feeds. `spans`: the lines each record takes, where that is known.
        """
        feeds = text.count(FEED) - text.count(KEPT_TAB) if broken else 0
        total = lines + (feeds if self._feeds else 0)
        first, self._read = self._read + 1, self._read + total
        if self._lost or self._read > MOST_LINES:
            return pl.Series([None], dtype=pl.Int64).new_from_index(0, cells.height)
        if spans is None:
            if cells.height == total and (not feeds or self._feeds or self._quote is None):
                return self._of_source(pl.int_range(first, first + total, eager=True))
            spans = self._spans(text, cells, feeds, total)
        if spans is None or spans.sum() != total:
            return pl.Series([None], dtype=pl.Int64).new_from_index(0, cells.height)
        return self._of_source(spans.cum_sum() - spans + first)

    def spans(self, lines: Sequence[str], taken: Sequence[int]) -> pl.Series:
        """How many lines of the file each record takes that takes so many of the text's."""
        spans = pl.Series(taken, dtype=pl.Int64)
        if not self._feeds:
            return spans
        counts = [line.count(FEED.decode()) - line.count(KEPT_TAB.decode()) for line in lines]
        ends = list(accumulate(taken))
        return spans + pl.Series([sum(counts[end - span : end]) for end, span in zip(ends, taken, strict=True)], dtype=pl.Int64)

    def starts(self, lines: pl.Series, first: int) -> pl.DataFrame:
        """The rows, numbered from `first`, whose line is not that of the row before plus one."""
        rows = pl.int_range(first, first + lines.len(), eager=True)
        offset = (lines - rows).fill_null(_UNKNOWN)
        changed = offset != offset.shift(1, fill_value=self._offset)
        if lines.len():
            self._offset = int(offset[-1])
        return pl.DataFrame({"row_no": rows.filter(changed), "line": lines.filter(changed)}, schema=STARTS)

    def _of_source(self, lines: pl.Series) -> pl.Series:
        """Lines of the file that the text was made from."""
        if self._source is None or not lines.len():
            return lines
        first, last = int(lines[0]), int(lines[-1])
        table = pl.Series(self._source.between(first, last), dtype=pl.Int64)
        return table.set(table == 0, None).gather(lines - first)

    def _spans(self, text: bytes, cells: pl.DataFrame, feeds: int, total: int) -> pl.Series | None:
        """How many lines each record takes: by the line feeds that its cells have, or by the quotes that are open."""
        found = cells.select(1 + pl.sum_horizontal(pl.all().str.count_matches("\n", literal=True).fill_null(0)).cast(pl.Int64))
        spans = found.to_series()
        if (not feeds or self._feeds) and spans.sum() == total:
            return spans
        if self._quote is None:
            return self._by_quotes(text, None, cells.height)
        # Cells behind the last column are not in the frame, and their line feeds neither.
        by_quotes = self._by_quotes(text, self._quote, cells.height)
        if by_quotes is None or (not feeds and not self._feeds and (by_quotes < spans).any()):
            return None
        return by_quotes

    def _by_quotes(self, text: bytes, quote: str | None, height: int) -> pl.Series | None:
        """A record ends at the end of a line behind which no quote is open; None where others were found."""
        mark = b"" if quote is None else quote.encode()
        bare = text.replace(KEPT_TAB, b"").translate(None, _others(mark)).replace(FEED, FEED + b"\n").split(b"\n")[:-1]
        pieces = pl.DataFrame(
            {"quotes": [len(piece) - piece.endswith(FEED) for piece in bare], "tab": [piece.endswith(FEED) for piece in bare]}
        )
        even = pieces["quotes"].cum_sum() % 2 == 0
        weights = (~pieces["tab"] | self._feeds).cast(pl.Int64).cum_sum()
        for ends in (even & ~pieces["tab"], even):
            if ends.sum() == height:
                until = weights.filter(ends)
                return until - until.shift(1, fill_value=0)
        return None


def _others(mark: bytes) -> bytes:
    kept = {*b"\n", *FEED, *mark}
    return bytes(byte for byte in range(256) if byte not in kept)
