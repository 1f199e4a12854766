"""Stocks that a column beside them contradicts: it says of the row that the article can't be had."""

import polars as pl

from imports_svc.cleaning.beside import last_step
from imports_svc.cleaning.problems import Problems
from imports_svc.feeds.model import Inspection, Mapping, Shape
from imports_svc.vocabulary import beside
from imports_svc.vocabulary.values import OUT_OF_STOCK, plain

REASON = "stock_contradicted"


def columns_of_state(shape: Shape, mapping: Mapping) -> list[str]:
    """Columns beside a stock that say whether an article is there, and are not read."""
    if not shape.header or mapping.column("stock") is None:
        return []
    used = {choice.column for choice in mapping.fields.values()}
    names = enumerate(shape.columns)
    return [name for at, name in names if at not in used and beside.state_of(last_step(name)) == "there"]


def may_contradict(inspection: Inspection, mapping: Mapping) -> list[str]:
    """Those of them that say of some row that there is none, as far as their values are known; all where none is known to."""
    names = columns_of_state(inspection.shape, mapping)
    columns = {name: inspection.profile.columns[inspection.shape.columns.index(name)] for name in names}
    saying = [name for name, column in columns.items() if not column.few or any(is_none(cell) for cell, _ in column.few)]
    return saying or names


def is_none(cell: str | None) -> bool:
    """Whether a cell says that there is none."""
    return bool(cell) and (beside.said(cell, "there") in ("no", "ended") or plain(cell) in OUT_OF_STOCK)


class Contradicted:
    """Looks at the rows of one file under one mapping."""

    def __init__(self, shape: Shape, mapping: Mapping) -> None:
        self._columns = columns_of_state(shape, mapping)
        self._known: dict[str, bool] = {}

    def warn(self, rows: pl.DataFrame, stock: pl.Series | None, problems: Problems) -> None:
        """Tell the rows of a block that have a stock and can't be had; a file without such columns pays nothing."""
        if stock is None:
            return
        for name in self._columns:
            cells = rows[name].str.strip_chars()
            for cell in cells.unique().drop_nulls():
                if cell not in self._known:
                    self._known[cell] = is_none(cell)
            none = cells.is_in([cell for cell, said in self._known.items() if said]) & (stock > 0)
            found = none.fill_null(value=False)
            if found.any():
                problems.warn(REASON, "stock", found)
                problems.note(name, cells.set(~found, None))
