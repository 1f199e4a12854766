"""Distinct values of a column, `v`, with how many rows have each, `n`."""

from collections import Counter

import polars as pl

from imports_svc.cleaning.nothing import says_little
from imports_svc.vocabulary import values

SHAPES = 2_000


def saying(found: pl.DataFrame) -> pl.DataFrame:
    """Without cells that say nothing: what a column holds is not told by words for an empty cell."""
    suspects = found["v"].filter(says_little(found["v"]))
    nothing = [text for text in suspects if values.is_nothing(text)]
    return found.filter(~pl.col("v").is_in(nothing)) if nothing else found


def total_of(found: pl.DataFrame) -> int:
    """In how many rows these values stand."""
    return int(found["n"].sum())


def tally(counter: Counter[str], found: pl.DataFrame) -> None:
    """Add the rows of each value to what is counted, of so many values at most."""
    for value, count in found.drop_nulls().group_by("v").agg(pl.col("n").sum()).iter_rows():
        if value in counter or len(counter) < SHAPES:
            counter[value] += count
