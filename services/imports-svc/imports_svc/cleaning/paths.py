"""Category paths: which mark separates their levels in a column, and the one form the catalogue knows: `Tools > Drills`."""

from collections import Counter
from collections.abc import Collection

import polars as pl

from chassis.rules import rules
from imports_svc.cleaning.lists import first_of
from pm.catalog.v1.taxonomy_pb2 import Category

MAX_DEPTH = rules(Category.DESCRIPTOR)["depth"].lte or 1

_JOINED = " > "
# Hardly ever part of a name, so that some use is enough.
_SURE = (" > ", ">", "»", "::", "|", "\\")
_SURE_SHARE = 0.2
# Part of many a name ("AC/DC", "Home / Garden"): most values must have it, and most of these must meet others below one root.
_DOUBTFUL = (" / ", ";", "/")
_DOUBTFUL_SHARE = 0.5
_STANDS_ALONE = r"(^|\s)>(\s|$)"


def separator_of(values: Collection[str]) -> str | None:
    """The mark between the levels of category paths, None when these values do not agree on one."""
    for mark in (*_SURE, *_DOUBTFUL):
        paths = [path for path in (_levels(value, mark) for value in values if mark in value) if len(path) > 1]
        share = len(paths) / len(values) if values else 0.0
        if mark in _SURE and share >= _SURE_SHARE:
            return mark
        if share >= _DOUBTFUL_SHARE and _branches(paths, values):
            return mark
    return None


def doubtful_separator(values: Collection[str]) -> str | None:
    """The mark that most values have and that may divide their levels, or be a part of names; None when there is none."""
    for mark in _DOUBTFUL:
        having = [value for value in values if mark in value]
        if having and sum(len(_levels(value, mark)) > 1 for value in having) >= _DOUBTFUL_SHARE * len(values):
            return mark.strip()
    return None


def _levels(value: str, mark: str) -> list[str]:
    return [level for part in value.casefold().split(mark) if (level := part.strip())]


def _branches(paths: list[list[str]], values: Collection[str]) -> bool:
    """Whether most paths share their root with another value."""
    roots = Counter(path[0] for path in paths)
    bare = {value.casefold().strip() for value in values}
    met = sum(1 for path in paths if roots[path[0]] > 1 or path[0] in bare)
    return len(paths) > 1 and met >= _DOUBTFUL_SHARE * len(paths)


def read_paths(cells: pl.Series, separator: str | None, listed: str | None = None) -> pl.DataFrame:
    """Category texts (String, null for none) as `path`, the trimmed levels joined by ` > `.

    `deep`: some levels were cut off; `more`: `listed` divides several paths, of which the first is read.
    Empty levels are dropped, a ` > ` inside a level becomes ` › `. Each distinct text is looked at once: they are few.
    """
    text, level = pl.col("text"), pl.element()
    first, more = first_of(text, listed)
    levels = first.str.split(separator) if separator else pl.concat_list(first)
    # Twice, because two of them may share the space between them.
    named = level.str.replace_all(_STANDS_ALONE, "${1}›${2}").str.replace_all(_STANDS_ALONE, "${1}›${2}").str.strip_chars()
    distinct = pl.DataFrame({"text": cells.unique()}).with_columns(levels=levels.list.eval(named.filter(named != "")))
    path = pl.col("levels").list.head(MAX_DEPTH).list.join(_JOINED)
    read = distinct.select(
        text,
        path=pl.when(path != "").then(path),
        deep=(pl.col("levels").list.len() > MAX_DEPTH).fill_null(value=False),
        more=more.fill_null(value=False),
    )
    return pl.DataFrame({"text": cells}).join(read, on="text", how="left", nulls_equal=True, maintain_order="left").drop("text")
