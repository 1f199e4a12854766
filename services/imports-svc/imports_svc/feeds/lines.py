"""Which line of a file a row stands in, as it is kept beside a job. The server knows this, and nothing that reads files.

Rows and lines run side by side for most of a file. Kept are only the rows at which a line is not that of the row before plus one.
"""

import struct
import zlib
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate

MOST_LINES = (1 << 31) - 1
"""Lines behind this one are not told."""


def packed(rows: Sequence[int], lines: Sequence[int]) -> bytes:
    """Rows (rising) at which the line is another than the row before says, and these lines, 0 for one that is not known."""
    steps = [*_steps(rows), *_steps(lines)]
    return zlib.compress(struct.pack(f"<{len(steps)}i", *steps), 1)


def _steps(numbers: Sequence[int]) -> Iterable[int]:
    before = 0
    for number in numbers:
        yield number - before
        before = number


class FileLines:
    """What the parts of one file, in order, tell together."""

    def __init__(self, parts: Iterable[bytes]) -> None:
        self._rows: list[int] = []
        self._lines: list[int] = []
        for part in parts:
            steps = struct.iter_unpack("<i", zlib.decompress(part))
            numbers = [step for (step,) in steps]
            half = len(numbers) // 2
            self._rows += accumulate(numbers[:half])
            self._lines += accumulate(numbers[half:])

    def of(self, row_no: int) -> int | None:
        """The line a row begins in; None where it is the row's own number, or not known."""
        at = bisect_right(self._rows, row_no) - 1
        if at < 0 or not self._lines[at]:
            return None
        line = self._lines[at] + row_no - self._rows[at]
        return line if line != row_no else None
