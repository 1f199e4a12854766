"""Rows with fewer cells than the header: whether their last ones are empty, one within is missing, or nobody can tell."""

from collections import Counter

import polars as pl

from chassis.counts import counted
from imports_svc.feeds.model import Doubt, Trimmed
from imports_svc.formats.delimited.trimmed import kinds_of, last_or_within

# So many rows do not lack a cell within by accident.
_HABIT = 0.2
# Rows with all cells, of which the kinds of the last columns are known.
_KNOWN = 2
# With fewer of them those of the usual width say it, too.
_ENOUGH = 20
_EXAMPLES = 2
# A column repeats its values where so many of its cells at most differ; shorter texts ("Y", "kg") stand in any column.
_REPEATED, _A_TEXT = 0.5, 3
# Wider tables are refused.
_FEWEST, _WIDEST = 3, 2_000


def short_rows(body: list[list[str]], names: tuple[str, ...]) -> tuple[Trimmed | None, tuple[Doubt, ...]]:
    """How rows below a header are cut, None where they are not; `body`: rows of which a cell holds something.

    Rows lack their last cells by habit: often enough, and never two that would make one row together.
    """
    width = len(names)
    short = [at for at, row in enumerate(body) if 1 < len(row) < width]
    if not _FEWEST <= width <= _WIDEST or len(short) < max(2, 0.02 * len(body)):
        return None, ()
    if any(at + 1 in short and len(body[at]) + len(body[at + 1]) - 1 == width for at in short):
        return None, ()
    lengths = pl.Series([len(row) for row in body])
    rows = pl.DataFrame([(row + [""] * width)[:width] for row in body], schema=[f"f{at}" for at in range(width)], orient="row")
    usual = min(width, Counter(map(len, body)).most_common(1)[0][0])
    full = rows.filter(lengths == width)
    kinds = tuple(map(kinds_of, full.get_columns()))
    if full.height < max(_KNOWN, min(_ENOUGH, _HABIT * len(body))):
        cut = [kinds_of(column) for column in rows.filter(lengths == usual).get_columns()[:usual]]
        kinds = tuple(one | other if full.height else other for one, other in zip(kinds, cut, strict=False)) + kinds[usual:]
    trimmed = Trimmed(kinds, usual)
    answers = last_or_within(rows[short], lengths[short], trimmed)
    open_rows = [body[at] for at, answer in zip(short, answers, strict=True) if answer == 0]
    moved = _moved([body[at] for at in short], full)
    if moved or (answers < 0).any() or (not open_rows and full.height >= _KNOWN):
        # Where cells within are missing, only rows count that can be nothing else.
        return trimmed, ()
    ends = full.to_series(-1).str.strip_chars() == ""
    habit = len(short) >= _HABIT * len(body) and not ends.any()
    mostly_empty = len(short) + ends.sum() > 0.5 * len(body)
    sure = full.height >= _KNOWN and (habit or mostly_empty)
    doubts = () if sure else (_doubt(open_rows or [body[at] for at in short], len(short), names),)
    return Trimmed(trimmed.kinds, usual, ties=True), doubts


def _moved(rows: list[list[str]], full: pl.DataFrame) -> bool:
    """True where the last cell of a row is a text that full rows repeat in a column behind it, and never in its own."""
    columns = [column.str.strip_chars() for column in full.get_columns()]
    known = [set(column.to_list()) for column in columns]
    repeated = [
        {text for text in values if len(text) >= _A_TEXT and not any(map(str.isdigit, text))}
        if len(values) <= _REPEATED * column.len()
        else set[str]()
        for values, column in zip(known, columns, strict=True)
    ]
    lasts = ((len(row) - 1, row[-1].strip()) for row in rows)
    return any(text not in known[at] and any(text in behind for behind in repeated[at + 1 :]) for at, text in lasts)


def _doubt(rows: list[list[str]], short: int, names: tuple[str, ...]) -> Doubt:
    empty = names[min(map(len, rows)) :]
    listed = ", ".join(map(repr, empty[:5])) + (", ..." if len(empty) > 5 else "")
    message = (
        f"{counted(short, 'row has', 'rows have')} fewer cells than the {len(names)} columns of the table. Their last ones are"
        f" taken as empty ({listed}), but a cell within may be missing: values would stand under wrong names. Have the file sent"
        " with all cells, or accept this if the last ones are empty."
    )
    return Doubt("short_rows", message, rows=short, examples=tuple(" | ".join(row) for row in rows[:_EXAMPLES]))
