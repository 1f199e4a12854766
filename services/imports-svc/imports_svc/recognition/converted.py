"""The shape of a text that was made from a workbook or a tree of records: its marks are known, not where its table is."""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

from chassis.counts import counted
from imports_svc.feeds.doubt import DATES, FORMAT_UNIT, HIDDEN
from imports_svc.feeds.errors import EmptyFeed, FeedTooLarge
from imports_svc.feeds.model import UNIT, Doubt, Limits, Shape
from imports_svc.formats.converted import Origin
from imports_svc.formats.spreadsheet.workbook import column_index
from imports_svc.recognition.cells import filled
from imports_svc.recognition.table import Table, find_table

_SAMPLE_LINES = 1_000
# Fields without a name in a sheet are columns without a name: no value can have held a delimiter.
_NO_DOUBTS = ("extra_fields",)


def shape_of(path: Path, origin: Origin, limits: Limits) -> Shape:
    """The shape of a converted text. Raises EmptyFeed, FeedTooLarge (columns)."""
    with path.open(encoding="utf-8", errors="replace", newline="\n") as text:
        lines = [line.rstrip("\n") for line in islice(text, _SAMPLE_LINES)]
    rows = [[" ".join(cell.split()) for cell in line.split(UNIT)] for line in lines]
    if not any(map(filled, rows)):
        raise EmptyFeed(f"The file ({origin.told}) holds no cell. Check the supplier's export and send it again.")
    table = _of_records(rows[0]) if origin.header else _of_sheet(rows)
    if len(table.names) > limits.columns:
        raise FeedTooLarge(f"The table has {counted(len(table.names), 'column')}; the limit is {limits.columns:,}.")
    told = origin.told
    if not origin.header:
        told += f", header in row {table.above + 1}" if table.header else f", no header, rows from row {table.above + 1}"
    return Shape(
        "utf-8",
        UNIT,
        None,
        "\n",
        header=table.header,
        columns=table.names,
        skip_lines=table.above,
        preamble=(*origin.around, *_told(rows[: table.above])),
        renamed=table.renamed,
        below=table.below,
        notes=_told(rows[table.above + 1 : table.above + 1 + table.below]),
        doubts=(*_within(origin.doubts, table), *(doubt for doubt in table.doubts if doubt.code not in _NO_DOUBTS)),
        origin=told,
        table=origin.table,
        tables=origin.tables,
        tables_are=origin.tables_are,
        chosen=origin.chosen,
        letters=origin.letters,
        written=origin.written,
        rivals=origin.rivals,
        instead=origin.instead,
        placed=table.names[: origin.placed],
        numbers=tuple(table.names[at] for at in origin.numbers if at < len(table.names)),
    )


def _within(doubts: tuple[Doubt, ...], table: Table) -> Iterator[Doubt]:
    """Without what is doubted of lines above the table alone: the day since when a list is valid is no code."""
    for doubt in doubts:
        if doubt.code == HIDDEN:
            places = [at for letters in doubt.examples if (at := column_index(letters)) < len(table.names)]
            yield replace(doubt, examples=tuple(table.names[at] for at in places))
            continue
        if doubt.code == FORMAT_UNIT:
            if (at := column_index(doubt.column)) < len(table.names):
                yield replace(doubt, column=table.names[at])
            continue
        if doubt.code != DATES:
            yield doubt
            continue
        row = re.search("[0-9]+$", doubt.examples[-1])
        if row is not None and int(row[0]) > table.above + 1 + table.below:
            # Whoever maps columns knows them by their names.
            yield replace(doubt, column=table.names[column_index(doubt.column)])


def _told(rows: list[list[str]]) -> tuple[str, ...]:
    return tuple(" ".join(filled(row)) for row in rows)


def _of_sheet(rows: list[list[str]]) -> Table:
    """Every row has as many cells as the widest of the sheet, so also columns without a name get one."""
    width = max(map(len, rows))
    last = max(at for row in rows for at, cell in enumerate(row) if cell.strip()) + 1
    table = find_table([(row + [""] * width)[:last] for row in rows])
    names = [*table.names]
    while len(names) < width:
        names.append(_free(f"column_{len(names) + 1}", names))
    return replace(table, names=tuple(names), trimmed=None)


def _of_records(header: list[str]) -> Table:
    names: list[str] = []
    for name in header:
        names.append(_free(name, names))
    renamed = tuple(name for name, given in zip(names, header, strict=True) if name != given)
    return Table(0, header=True, below=0, names=tuple(names), renamed=renamed)


def _free(name: str, taken: list[str]) -> str:
    wanted, again = name, 2
    while name in taken or name == "row_no":
        name, again = f"{wanted}_{again}", again + 1
    return name
