"""How well the values of a column would do as a field."""

import re

from imports_svc.feeds.model import ColumnProfile


def present(column: ColumnProfile, rows: int) -> float:
    """Share of rows with a value."""
    return column.values / rows if rows else 0.0


def distinct(column: ColumnProfile) -> float:
    """Share of values that no other row has."""
    return min(1.0, column.share(column.distinct))


def ref(column: ColumnProfile, rows: int) -> float:
    """How well values do as references that no header names."""
    if column.decimals > 0.05 * column.values:
        return 0.0
    return ref_named(column, rows)


def ref_named(column: ColumnProfile, rows: int) -> float:
    """References by their header: they may look like decimals, and a damaged one leaves the others what they are."""
    damaged = column.scientific + (0 if column.is_dotted or column.is_floats else column.dotted)
    if column.mean_length > 40 or damaged > 0.2 * column.values or column.urls:
        return 0.0
    return distinct(column) * present(column, rows)


def title(column: ColumnProfile, rows: int) -> float:
    """How well texts do as titles: distinct, and of a title's length."""
    length = column.mean_length
    fits = min(1.0, length / 12) if length < 12 else min(1.0, 150 / length)
    return (
        column.share(column.texts) * (0.3 + 0.7 * distinct(column)) * fits * (present(column, rows) if not column.urls else 0.0)
    )


def number_in(cell: str | None, mark: str) -> float | None:
    """The number of a cell as it is typed, without what stands around it; None where there is none."""
    text = re.sub(rf"[^0-9{mark}]", "", cell or "").replace(mark, ".")
    return float(text) if re.fullmatch(r"[0-9]+(?:\.[0-9]+)?", text) else None
