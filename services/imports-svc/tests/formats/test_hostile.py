"""Files of 60 MB made to cost much: they are read or refused by looking at each byte a few times, in bounded memory."""

import resource
import sys
from collections import Counter
from pathlib import Path
from typing import SupportsIndex

import pytest

from imports_svc.feeds.errors import FeedError, FeedTooLarge
from imports_svc.feeds.reader import inspect, read
from imports_svc.formats.delimited import records

SIZE = 60_000_000
HEADER = b"sku;ean;name;price\n"
GOOD = b"".join(b'A%d;4006381333931;"Lamp; number %d";12.50\n' % (at, at) for at in range(100_000))
LINE = b"a line of one field\n"
SHORT = b"a\n"


def _read(path: Path) -> tuple[int, Counter[str]]:
    """How many rows were accepted, and the reasons of the others."""
    seen = inspect(path)
    accepted, reasons = 0, Counter[str]()
    for block in read(path, seen.shape, seen.mapping, seen.profile):
        accepted += block.accepted.height
        reasons.update(reason for row in block.problems["reasons"].to_list() for reason in row)
    return accepted, reasons


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def test_an_enormous_value_is_one_rejected_row(tmp_path: Path) -> None:
    path = tmp_path / "feed.csv"
    path.write_bytes(HEADER + GOOD + b'B1;4006381333931;"' + b'one ""word"" after another ' * (SIZE // 27) + b'";1\n' + GOOD)
    before = _peak_mb()
    assert _read(path) == (200_000, Counter(line_too_long=1))
    assert _peak_mb() - before < 150


def test_one_stray_quote_costs_one_row(tmp_path: Path) -> None:
    path = tmp_path / "feed.csv"
    path.write_bytes(HEADER + b'B1;4006381333931;"Lamp;1\n' + GOOD * (SIZE // len(GOOD)))
    assert _read(path) == (100_000 * (SIZE // len(GOOD)), Counter(unbalanced_quote=1))


@pytest.mark.parametrize("line", [LINE, SHORT], ids=["lines", "short lines"])
def test_an_enormous_value_of_many_lines_is_refused(tmp_path: Path, line: bytes) -> None:
    path = tmp_path / "feed.csv"
    path.write_bytes(HEADER + GOOD + b'B1;4006381333931;"' + line * (SIZE // len(line)) + b'";1\n')
    before = _peak_mb()
    with pytest.raises(FeedTooLarge, match="lines of the file can't be read as rows of 4 columns"):
        _read(path)
    assert _peak_mb() - before < 150


@pytest.mark.parametrize("content", [b"\x00" * 10_000, HEADER + GOOD + b"A1;4006381333931;La\x00mp;1\n"], ids=["all", "late"])
def test_nul_bytes_are_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "feed.csv"
    path.write_bytes(content)
    with pytest.raises(FeedError, match="NUL byte at offset"):
        inspect(path)


@pytest.mark.parametrize("cell", [b"c%d", b"same"])
def test_very_many_columns_are_refused(tmp_path: Path, cell: bytes) -> None:
    path = tmp_path / "feed.csv"
    path.write_bytes(b";".join(cell % at if b"%" in cell else cell for at in range(100_000)) + b"\n" + b";" * 99_999 + b"\n")
    with pytest.raises(FeedTooLarge, match="columns; the limit is 1,000"):
        inspect(path)


class Counted(list[str]):
    """Counts how often a line is looked at."""

    looks = 0

    def __getitem__(self, at: SupportsIndex | slice) -> str | list[str]:  # type: ignore[override]
        self.looks += 1 if not isinstance(at, slice) else len(range(*at.indices(len(self))))
        return super().__getitem__(at)


@pytest.mark.parametrize(
    "line",
    ['x;"open', 'b";c;"d', 'a;"b', '"', 'x;""""y;"', ';";";";"'],
)
def test_a_line_is_looked_at_a_few_times(line: str) -> None:
    lines = Counted([line] * 5_000)
    found, taken = records.read(lines, ";", '"', 4, final=True)
    assert taken == len(lines)
    assert found
    assert lines.looks < 20 * len(lines)
