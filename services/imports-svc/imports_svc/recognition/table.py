"""Finds the table in the first rows of a file or sheet: what stands above it, its header, what stands between header and rows."""

from collections import Counter
from dataclasses import dataclass

from chassis.counts import counted
from imports_svc.feeds.model import Doubt, Trimmed
from imports_svc.recognition.cells import filled, is_kind, is_machine_name, is_name, is_value, stripped
from imports_svc.recognition.short_rows import short_rows
from imports_svc.vocabulary import terms
from imports_svc.vocabulary.taxes import is_of_packs, price_fields
from imports_svc.vocabulary.values import is_marks
from imports_svc.vocabulary.words import field_of, is_unit, says_of_amounts

_MOST_ABOVE = 40
_BODY = 200
_LONGEST_NAME = 60
_VALUES = 0.8
# A title line fills fewer of the table's columns than this.
_NARROW = 0.5
_LONGEST_UNIT = 12

Row = list[str]


@dataclass(frozen=True)
class Table:
    """Where the rows of a table begin. `above` and `below` count rows of any kind, empty ones included.

    `above`: rows before the header or, without one, before the first row. `below`: rows behind the header that are none of
    data, such as units. `names`: one unique name per column; `renamed`: those that took a number because the header repeats
    itself. `trimmed`: rows end early where their last cells are empty, as spreadsheets write them.
    """

    above: int
    header: bool
    below: int
    names: tuple[str, ...]
    renamed: tuple[str, ...]
    trimmed: Trimmed | None = None
    doubts: tuple[Doubt, ...] = ()


def find_table(rows: list[Row]) -> Table:
    """The table within these first rows of a sheet; at least one cell must hold something."""
    width = usual_width(rows)
    at = _header_at(rows, width)
    if at is None:
        first = next(i for i, row in enumerate(rows) if filled(row))
        names, renamed = _names([""] * width)
        trimmed, doubts = short_rows(list(filter(filled, rows[first:])), names)
        return Table(first, False, 0, names, renamed, trimmed, doubts)
    below = _below(rows, at)
    body = [row for row in rows[at + 1 + below :] if filled(row)]
    cells, doubts = _header_cells(rows, at, body)
    # Names for programs above the units say nothing more.
    told = [row for row in rows[at + 1 : at + below] if not _may_be_names(row, stripped(rows[at]))]
    cells = _with_units(cells, [*told, *rows[at + below : at + 1 + below][:below]])
    if at and _is_of_units(rows[at - 1]):
        cells = _with_units(cells, rows[at - 1 : at], above=True)
    names, renamed = _names(cells)
    trimmed, cut = short_rows(body, names)
    return Table(
        at,
        header=True,
        below=below,
        names=names,
        renamed=renamed,
        trimmed=trimmed,
        doubts=(*doubts, *(_second_table(body, cells) or cut)),
    )


def usual_width(rows: list[Row]) -> int:
    """The number of fields most rows have, the larger one of equals; rows without a cell that holds something do not count."""
    widths = Counter(len(row) for row in rows if filled(row))
    return max(widths, key=lambda width: (widths[width], width))


def _header_at(rows: list[Row], width: int) -> int | None:
    """Where the header stands: the row that names columns best, before the first row that is one of data."""
    best, best_score, seen = None, 0.0, 0
    title_only = True
    for at, row in enumerate(rows):
        cells = filled(row)
        if not cells:
            continue
        seen += 1
        narrow = len(cells) <= max(1, _NARROW * width) and width > 1
        score = _header_score(rows, at, width, first=seen == 1 or title_only)
        if score > best_score:
            best, best_score = at, score
        if not narrow and not score:
            # A row of data: what comes later is no header of this table.
            break
        title_only = title_only and narrow
        if seen > _MOST_ABOVE:
            break
    return best


def _header_score(rows: list[Row], at: int, width: int, *, first: bool) -> float:
    """How well a row names the columns of the rows behind it; 0 for one that does not. `first`: only titles stand above it."""
    row = stripped(rows[at])
    cells = [cell for cell in row if cell]
    known = sum(field_of(cell) is not None for cell in cells)
    values = sum(map(is_value, cells))
    if values > max(known, 0.2 * len(cells)) or (len(row) < min(width, 2) and known == 0 and width > 1):
        return 0.0
    body = [stripped(other) for other in rows[at + 1 : at + 1 + _BODY] if filled(other)]
    columns = [[other[i] for other in body if i < len(other) and other[i]] for i in range(len(row))]
    differs = sum(
        bool(below) and bool(cell) and not is_value(cell) and sum(map(is_value, below)) > _VALUES * len(below)
        for cell, below in zip(row, columns, strict=True)
    )
    enough = known >= max(1, len(cells) // 4)
    if not enough:
        repeated = any(cell and cell in below for cell, below in zip(row, columns, strict=True))
        plain = not (repeated or max(map(len, cells)) > _LONGEST_NAME or not body)
        if not (differs or known or (plain and first)):
            return 0.0
    if not first and not (known > 1 or (known and differs)):
        return 0.0
    if len(cells) == 1 and width > 1 and not known:
        # One cell in a table of many columns is a title.
        return 0.0
    return 3.0 * known + differs + len(cells) / max(width, len(row)) + 0.01


def _below(rows: list[Row], at: int) -> int:
    """Rows behind the header that say more of its columns: units, names for programs, whether a column is required."""
    header = stripped(rows[at])
    below, last = 0, 0
    for row in rows[at + 1 : at + 5]:
        below += 1
        if not filled(row):
            continue
        behind = rows[at + below + 1 : at + below + 1 + _BODY]
        if _says_of_columns(stripped(row), header, behind):
            last = below
        # `CODART;LIBART;PXHT` between the names for people and the units.
        elif not (_may_be_names(row, header) and behind and _says_of_columns(stripped(behind[0]), header, behind[1:])):
            break
    return last


def _may_be_names(row: Row, header: Row) -> bool:
    """Whether a row has a word, and no digit, for each column that the header names."""
    cells = stripped(row)
    return len(cells) == len(header) and all(
        bool(cell) == bool(name) and not any(map(str.isdigit, cell)) for cell, name in zip(cells, header, strict=True)
    )


def _says_of_columns(row: Row, header: Row, behind: list[Row]) -> bool:
    # `[-]` says of a text that it has no unit, and so does the kind of its values.
    said = [cell for cell in row if cell and not is_marks(cell.strip("()[]"))]
    cells = [cell for cell in said if not is_kind(cell)] or said
    if row == header or not cells or any(is_value(cell) for cell in cells):
        return False
    names = sum(_is_unit(cell) or is_machine_name(cell) or field_of(cell) is not None for cell in cells)
    numeric = [
        i
        for i in range(len(row))
        if row[i] and (below := [cells[i] for cells in map(stripped, behind) if i < len(cells) and cells[i]])
        if sum(map(is_value, below)) >= _VALUES * len(below)
    ]
    # `Std` beside `Stk`, and nothing else: what stands above numbers only is a unit, too, though nobody knows it.
    unknown = [row[i] for i in numeric if not _is_unit(row[i])]
    if names < len(cells) and names and len(numeric) == len(cells) and max(map(len, unknown), default=0) <= _LONGEST_UNIT:
        return True
    if names < max(1, 0.6 * len(cells)):
        return False
    return bool(numeric) and (names == len(cells) or len(numeric) > 1)


def _is_unit(cell: str) -> bool:
    return is_unit(cell) or terms.is_unit(cell)


def _header_cells(rows: list[Row], at: int, body: list[Row]) -> tuple[list[str], tuple[Doubt, ...]]:
    """One cell per column. Where rows are wider than the header by habit, their columns get no name, and that may be a doubt."""
    cells = [" ".join(cell.split()) for cell in stripped(rows[at])]
    width = usual_width(body) if body else len(cells)
    if 2 * sum(len(row) == width for row in body) <= len(body):
        width = len(cells)
    while len(cells) > width and not cells[-1]:
        cells.pop()
    doubts: tuple[Doubt, ...] = ()
    if width == len(cells) + 1 and _numbered(body):
        # Row names, as statistics programs write them: the header says nothing of them.
        cells = ["", *cells]
    elif width > len(cells) and any(cell for row in body for cell in stripped(row)[len(cells) :]):
        doubts = (_extra_fields(len(cells), width, body),)
    cells += [""] * (width - len(cells))
    if len(set(filled(cells))) < len(filled(cells)) and at:
        cells = _within_groups(cells, stripped(rows[at - 1]))
    return cells, doubts


def _is_of_units(row: Row) -> bool:
    """Whether a line above the header has nothing but units of some columns."""
    return bool(filled(row)) and all(_is_unit(cell) and not is_value(cell) for cell in filled(row))


def _with_units(cells: list[str], below: list[Row], *, above: bool = False) -> list[str]:
    """Names with what the lines below them say of money, tax and packs: it is of all the values, `Preis (CHF/100 Stk)`.

    `above`: the lines stand above the names; these say something of prices and stocks only.
    """
    named = list(cells)
    for row in map(stripped, below):
        for i, said in enumerate(row[: len(named)]):
            bare = said.strip("()[] ")
            if above and not {"price", "list_price", "stock"} & price_fields(cells[i]).keys():
                continue
            if named[i] and bare and bare.casefold() not in named[i].casefold() and _says_more(bare, said, cells[i]):
                # In brackets a number is how many are in one pack.
                packs = is_of_packs(bare) and not bare.isalpha() and "stock" in price_fields(cells[i])
                named[i] = f"{named[i]} {bare}" if packs else f"{named[i]} ({bare})"
    return named


def _says_more(bare: str, said: str, name: str) -> bool:
    """Whether a line below a name says more of its values; below a price that is everything but a piece and a kind of values."""
    if {"price", "list_price"} & price_fields(name).keys():
        return terms.unit(bare, name) != terms.Terms() or terms.is_unit(bare) or says_of_amounts(bare)
    return (is_unit(said) and says_of_amounts(bare)) or (is_of_packs(bare) and "stock" in price_fields(name))


def _numbered(body: list[Row]) -> bool:
    """Whether the first cells count the rows."""
    firsts = [row[0].strip() for row in body if row]
    if len(firsts) < 2 or not firsts[0].isdecimal():
        return False
    return all(cell == str(int(firsts[0]) + i) for i, cell in enumerate(firsts))


def _extra_fields(named: int, width: int, body: list[Row]) -> Doubt:
    return Doubt(
        "extra_fields",
        f"The header names {counted(named, 'column')}, the rows have {counted(width, 'field')}: a value holds the"
        " delimiter without quotes, such as a decimal comma, or a column has no name. Values may stand under the wrong name."
        " Send the file with another delimiter or with quotes, or accept this when only the last columns have no name.",
        examples=tuple(" | ".join(row) for row in body[:2]),
    )


def _within_groups(cells: list[str], groups: Row) -> list[str]:
    """Names that stand there more than once, with what the line above says of each."""
    if sum(map(bool, groups)) < 2:
        return cells
    twice = {cell for cell, count in Counter(cells).items() if count > 1 and cell}
    named, group = [], ""
    for i, cell in enumerate(cells):
        group = (groups[i] if i < len(groups) else "") or group
        named.append(f"{group} {cell}" if cell in twice and group else cell)
    return named


def _second_table(body: list[Row], header: list[str]) -> tuple[Doubt, ...]:
    """A later row that names columns, and others than the header or at other places."""
    known = [cell.casefold() for cell in header]
    for row in body:
        cells = filled(row)
        named = sum(field_of(cell) is not None for cell in cells)
        if named >= max(2, 0.5 * len(cells)) and all(map(is_name, cells)) and not _stands_in(row, known):
            return (second_table(" | ".join(cells)),)
    return ()


def _stands_in(row: Row, header: list[str]) -> bool:
    """Whether each cell is the header's at its place."""
    cells = [cell.casefold().strip("\ufeff") for cell in stripped(row)]
    return all(not cell or (at < len(header) and cell == header[at]) for at, cell in enumerate(cells))


def second_table(line: str) -> Doubt:
    """Another header within the file, quoted in `line`."""
    return Doubt(
        "second_table",
        "A second table with another header begins within the file: its rows would be read under the names of the first."
        " Send each table as a file of its own.",
        examples=(line[:200],),
    )


def _names(cells: list[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """One unique name per column, and which of them took a number because the header repeats itself."""
    names: list[str] = []
    renamed: list[str] = []
    for number, cell in enumerate(cells, 1):
        name, again = cell or f"column_{number}", 2
        while name in names or name == "row_no":
            name, again = f"{cell or f'column_{number}'}_{again}", again + 1
        names.append(name)
        if cell and name != cell:
            renamed.append(name)
    return tuple(names), tuple(renamed)
