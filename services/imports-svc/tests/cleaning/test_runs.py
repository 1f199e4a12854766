"""Rows of one product stand whole in one block, and no file is held whole for that."""

from collections.abc import Iterator
from itertools import pairwise

import polars as pl

from imports_svc.cleaning.runs import MOST_ROWS, whole_runs
from imports_svc.feeds.model import NO_STARTS, Block

NONE = pl.DataFrame(schema={"row_no": pl.Int64, "reason": pl.String, "text": pl.String})


def begins(rows: pl.DataFrame) -> pl.Series:
    return rows.select((pl.col("key") != pl.col("key").shift(1)).fill_null(value=True)).to_series()


def blocks(keys: str, size: int) -> Iterator[Block]:
    for start in range(0, len(keys), size):
        part = list(keys[start : start + size])
        yield Block(pl.DataFrame({"row_no": range(start + 1, start + len(part) + 1), "key": part}), NONE, 0, NO_STARTS)


def test_runs_are_whole_wherever_blocks_end() -> None:
    keys = "aaabbbbbbbccd"
    for size in range(1, len(keys) + 1):
        found = ["".join(block.rows["key"]) for block in whole_runs(blocks(keys, size), begins)]
        assert "".join(found) == keys
        for before, behind in pairwise(found):
            assert not before or not behind or before[-1] != behind[0]


def test_a_file_of_one_key_is_not_held_whole() -> None:
    found = list(whole_runs(blocks("a" * 6 * MOST_ROWS, MOST_ROWS // 2), begins))
    assert sum(block.rows.height for block in found) == 6 * MOST_ROWS
    assert max(block.rows.height for block in found) <= 2 * MOST_ROWS
    assert [row for block in found for row in block.rows["row_no"]] == list(range(1, 6 * MOST_ROWS + 1))
