"""Cells that hold several of what the catalogue holds one of: the first is taken, and the row says that there are others."""

from collections import Counter
from collections.abc import Collection

import polars as pl

_LISTS = (",", ";", "|")
_ESCAPED = "\ue000"


def list_mark_of(values: Collection[str], separator: str | None) -> str | None:
    """What stands between several category paths of one cell: a mark that is escaped where it is a part of a name, or one
    behind which the roots of other paths begin. None where a mark may as well be a part of names.
    """
    if any("\\," in value for value in values):
        return ","
    if separator is None:
        return None
    for mark in (mark for mark in _LISTS if mark not in separator and any(mark in value for value in values)):
        roots = Counter(_root(value, separator) for value in values if mark not in value)
        cells = [[part.strip() for part in value.split(mark)] for value in values if mark in value]
        told = sum(_are_paths(parts, separator, roots) for parts in cells)
        if told and told >= 0.5 * len(cells):
            return mark
    return None


def _root(path: str, separator: str) -> str:
    return path.split(separator, maxsplit=1)[0].strip().casefold()


def _are_paths(parts: list[str], separator: str, roots: Counter[str]) -> bool:
    first, *others = parts
    known = {_root(first, separator), *roots}
    return separator in first and all(separator in part and _root(part, separator) in known for part in others)


def first_of(text: pl.Expr, mark: str | None) -> tuple[pl.Expr, pl.Expr]:
    """The first of a cell's texts and whether there are others; a mark behind a backslash is a part of the text."""
    if mark is None:
        return text, pl.lit(value=False)
    parts = text.str.replace_all(f"\\{mark}", _ESCAPED, literal=True).str.split(mark)
    return parts.list.first().str.replace_all(_ESCAPED, mark, literal=True), parts.list.len() > 1
