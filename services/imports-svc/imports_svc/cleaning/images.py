"""Images: every address of an article, from several columns and from cells that hold several, in the order in which they stand.

The catalogue takes a list as one text, each address on a line of its own. Rows with one image, as most are, cost one look.
"""

from collections.abc import Sequence

import polars as pl

from chassis.rules import Rule
from imports_svc.cleaning.problems import Problems
from imports_svc.feeds.fields import IMAGE, MOST_IMAGES
from imports_svc.feeds.model import Field

SEPARATOR = "\n"
# Sought by itself it is found four times as fast.
_BETWEEN = r"[ \n\x0b,;|\[]"
_SEVERAL = r"(?i)[\n\x0b|]|[\s,;]+(?:https?://|www\.)|^\s*\["
# What stands between addresses: none of them begins in a blank or a comma that is a part of one.
_NEXT = r"(?i)[\s,;|]+((?:https?://|www\.))"
_IN_JSON = r'(?i)"(?:https?:)?//[^"\s]+"'


class Images:
    """Rows with several images, apart from the others.

    `rows`: which those are; `joined`: their addresses, null in other rows and where none can be used.
    """

    def __init__(self, rows: pl.Series, joined: pl.Series) -> None:
        self.rows = rows
        self.joined = joined


def several(cells: pl.DataFrame, names: Sequence[Field], rule: Rule, problems: Problems) -> Images | None:
    """The rows that have an image in another column than the first, or several in a cell; None where there are none.

    Each address is checked as one alone is. Repeated ones count once, and those that the catalogue has no room for are left out
    (`images_left_out`).
    """
    first, *others = names
    rows = cells[first].str.contains(_BETWEEN).fill_null(value=False)
    if rows.any():
        rows = cells[first].str.contains(_SEVERAL).fill_null(value=False)
    if others:
        rows = rows | cells.select(pl.any_horizontal(pl.col(name).is_not_null() for name in others)).to_series()
    if not rows.any():
        return None
    found = _addresses(cells.filter(rows).select(names), rows.arg_true())
    wrong = ~found["address"].str.contains(rule.pattern or "")
    long = found["address"].str.len_chars() > (rule.max_len or 0)
    for reason, mask in ((f"{IMAGE}_invalid", wrong), (f"{IMAGE}_too_long", long & ~wrong)):
        for name in names:
            problems.warn(reason, name, _rows(found.filter(mask & (found["column"] == name)), rows.len()))
    kept = found.filter(~wrong & ~long).unique(["row", "address"], keep="first", maintain_order=True)
    more = kept.select(pl.int_range(pl.len()).over("row") >= MOST_IMAGES).to_series()
    problems.warn("images_left_out", first, _rows(kept.filter(more), rows.len()))
    joined = kept.filter(~more).group_by("row", maintain_order=True).agg(pl.col("address").str.join(SEPARATOR))
    texts = pl.Series([None], dtype=pl.String).new_from_index(0, rows.len())
    return Images(rows, texts.scatter(joined["row"], joined["address"]) if joined.height else texts)


def _addresses(cells: pl.DataFrame, at: pl.Series) -> pl.DataFrame:
    """Each address of a cell with its row and column, in their order."""
    lists = cells.select(_parted(name).alias(name) for name in cells.columns).with_columns(row=at)
    parts = [
        lists.select("row", address=pl.col(name), column=pl.lit(name), place=place) for place, name in enumerate(cells.columns)
    ]
    found = pl.concat(parts).explode("address").with_columns(pl.col("address").str.strip_chars())
    return found.filter(pl.col("address") != "").sort("row", "place", maintain_order=True)


def _parted(name: str) -> pl.Expr:
    """The addresses of a cell: those of a list as JSON writes it, else parts between bars and before an address."""
    cell = pl.col(name).str.strip_chars()
    quoted = cell.str.replace_all("\\/", "/", literal=True).str.extract_all(_IN_JSON)
    listed = quoted.list.eval(pl.element().str.strip_chars('"'))
    parted = cell.str.replace_all(_NEXT, "\n${1}").str.replace_all(r"[\x0b|]", "\n").str.split("\n")
    return pl.when(cell.str.starts_with("[") & (listed.list.len() > 0)).then(listed).otherwise(parted)


def _rows(found: pl.DataFrame, height: int) -> pl.Series:
    """The rows in which something was found, as a mask."""
    mask = pl.Series([False]).new_from_index(0, height)
    return mask.scatter(found["row"], True) if found.height else mask  # a value, not a switch
