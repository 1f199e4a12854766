"""Rows that stand behind each other and belong together, whole in one block."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

import polars as pl

from imports_svc.feeds.model import NO_STARTS, Block

# No product has so many rows; what stands behind them is a run of its own, or a file of one key would be held whole.
MOST_ROWS = 20_000
# Whether each row begins a run.
Begins = Callable[[pl.DataFrame], pl.Series]


def whole_runs(blocks: Iterable[Block], begins: Begins) -> Iterator[Block]:
    """The blocks, cut before the last run: its rows wait for those of the next block."""
    waiting: Block | None = None
    for found in blocks:
        block = found
        if waiting is not None:
            rows, rejected = pl.concat([waiting.rows, block.rows]), pl.concat([waiting.rejected, block.rejected])
            block = replace(block, rows=rows, rejected=rejected, lines=pl.concat([waiting.lines, block.lines]))
        if not block.rows.height:
            waiting = block
            continue
        last = int(begins(block.rows).arg_true()[-1])
        if block.rows.height - last > MOST_ROWS:
            waiting = None
            yield block
            continue
        # Lines behind it wait, too: what is told of rows goes on in their order.
        early = block.rejected["row_no"] < block.rows["row_no"][last]
        waiting = replace(block, rows=block.rows[last:], rejected=block.rejected.filter(~early), lines=NO_STARTS)
        yield replace(block, rows=block.rows[:last], rejected=block.rejected.filter(early))
    if waiting is not None:
        yield waiting
