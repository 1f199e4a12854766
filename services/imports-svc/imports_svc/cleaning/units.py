"""For how many pieces a row's price is: what a column such as `Preiseinheit` says."""

import re
from collections.abc import Iterable, Mapping
from enum import IntEnum

import polars as pl

from imports_svc.vocabulary import terms, values


class Status(IntEnum):
    """How reading one quantity went."""

    MISSING = 0
    OK = 1
    OTHER = 2
    """Another unit than a piece, such as a metre: the price is for one of it."""
    INVALID = 3


_MOST = 1_000_000
# Of the trade in the USA: each, for a hundred, for a thousand.
_EACH = frozenset({"E", "EA", "EACH"})
_LETTERS = {"E": 1, "C": 100, "M": 1_000}
_LETTERS_OF_DOZENS = {"GR": 144, "GRO": 144}
_WORDS = ((terms.HUNDREDS, 100), (terms.THOUSANDS, 1_000), (values.DOZEN, 12), (values.GROSSES, 144))
_PER = re.compile(r"^(?:per|pro|je|par|pour|por|za|за|voor|al|a)\s+")
_NUMBER = re.compile(r"(?P<number>[0-9]{1,3}(?:[ ,.'][0-9]{3})*|[0-9]+)(?:[.,]0{1,2})?\s*(?P<unit>\D*)")
_PACK = re.compile(r"(?P<pack>[^\W\d]+)\W*(?P<of>(?:[^\W\d]+|[/@=-])?)\s*(?P<number>[0-9]{1,6})\s*(?P<unit>\D*)")
# `% Stk`, as the building trade writes it.
_SIGNS = {"%": 100, "‰": 1_000, "0/0": 100, "0/00": 1_000, "%o": 1_000}
_SIGNED = re.compile(r"(?P<sign>%o|[%‰]|0/00?)\s*(?P<unit>\D*)")
# Bare numbers that prices are for, and no packs.
_PIECES_OF_ONE_LETTER = frozenset({"u", "p", "n", "g", "l"})
_ROUND = frozenset({100, 1_000, 10_000})


def letters_of(said: Iterable[str]) -> dict[str, int]:
    """What single letters mean in a column that holds these cells: `M` is a metre, but a thousand beside `E` or `C`."""
    cells = {cell.strip(" .") for cell in said}
    each = _EACH.intersection(cell.upper() for cell in cells)
    found = dict(_LETTERS) if "E" in cells or ("C" in cells and (each or "M" in cells)) else {}
    dozens = each or any(values.plain(cell) in values.DOZEN for cell in cells)
    return found | (_LETTERS_OF_DOZENS if dozens else {})


def read_units(cells: pl.Series, letters: Mapping[str, int] | None = None) -> pl.DataFrame:
    """Stripped cells as `quantity` (Int64, 1 where nothing is said) and `status`. Distinct cells are few.

    `letters`: what `letters_of` found for the column.
    """
    found = {cell: _read(cell, letters or {}) for cell in cells.unique().drop_nulls()}
    rows = [(cell, quantity, int(status)) for cell, (quantity, status) in found.items()]
    read = pl.DataFrame(rows, schema={"cell": pl.String, "quantity": pl.Int64, "status": pl.UInt8}, orient="row")
    frame = pl.DataFrame({"cell": cells}).join(read, on="cell", how="left", maintain_order="left").drop("cell")
    missing = pl.col("status").is_null()
    return frame.select(
        quantity=pl.when(missing).then(1).otherwise("quantity"), status=pl.col("status").fill_null(int(Status.MISSING))
    )


def for_several(said: Iterable[str]) -> dict[str, int | None]:
    """Those of a column's cells beside which a price may be for more than one: `100 Stk.`, `C` beside `EA`, `box`, `Tsd`.

    Each with the quantity that is read of it as price unit, None where none is. Cells that nobody knows are among them: only
    single pieces and measures are surely one.
    """
    cells = sorted({cell.strip() for cell in said})
    letters = letters_of(cells)
    # In English a metre or a thousand: nobody knows.
    open_letters = _LETTERS | letters if _EACH.intersection(cell.upper() for cell in cells) else letters
    capitals = all(cell == cell.upper() for cell in cells)
    return {
        cell: _quantity_of(cell, letters)
        for cell in cells
        if _is_for_several(cell, open_letters) or not (letters.get(cell) == 1 or _is_one(cell, capitals=capitals))
    }


def count_of(cell: str) -> int | None:
    """The quantity that prices are usually for (1, 10, 100, ...) which a cell is as a number, None for anything else."""
    found = re.fullmatch(r"(10{0,4}|10?[.,' ]000)(?:[.,]0{1,2})?", cell.strip())
    return int(re.sub(r"\D", "", found[1])) if found else None


def is_content(cell: str) -> bool:
    """Whether a cell says how much is inside, or in which measure it is compared: `500 g`, `100 ml`."""
    number = _NUMBER.fullmatch(cell.strip().lower())
    return number is not None and values.plain(number["unit"]) in values.CONTENTS


def _quantity_of(cell: str, letters: Mapping[str, int]) -> int | None:
    quantity, status = _read(cell, letters)
    return None if quantity == 1 and status == Status.OTHER else quantity


def _is_one(cell: str, *, capitals: bool) -> bool:
    """Whether a cell is known as one piece, or a measure. `capitals`: so the whole column is written, `M` is a metre then."""
    if not cell or values.is_nothing(cell) or values.plain(cell).strip("/ ") in values.NO_CODE:
        return True
    said = values.plain(_PER.sub("", cell.lower()).strip(" ()[]/"))
    if said in terms.EACH | terms.SINGLES | terms.MEASURES:
        return len(cell) > 1 or capitals or cell != cell.upper() or said in _PIECES_OF_ONE_LETTER
    number = _NUMBER.fullmatch(said)
    if number is not None:
        unit = values.plain(number["unit"]).strip(" /")
        single = re.sub(r"\D", "", number["number"]) == "1" and unit in {""} | values.PIECES | terms.SINGLES
        return single or unit in terms.MEASURES
    # `Ring 50 m`
    within = _PACK.fullmatch(said)
    if within is not None and within["pack"] in terms.SINGLES and values.plain(within["unit"]) in terms.MEASURES:
        return True
    return terms.unit(cell) == terms.Terms()


def _is_for_several(cell: str, letters: Mapping[str, int]) -> bool:
    quantity, status = _read(cell, letters)
    if cell.isdecimal():
        return quantity in _ROUND
    if quantity is not None:
        return quantity > 1
    number = _NUMBER.fullmatch(_PER.sub("", cell.lower()))
    if number is None or status != Status.INVALID or values.plain(number["unit"]) in values.CONTENTS:
        return False
    return int(re.sub(r"\D", "", number["number"])) in _ROUND


def _read(cell: str, letters: Mapping[str, int]) -> tuple[int | None, Status]:
    said = values.plain(cell).strip("/ ")
    if said in values.NO_CODE or values.is_marks(cell):
        return 1, Status.MISSING
    if (letter := letters.get(cell.strip(" ."))) is not None:
        return letter, Status.OK
    cell = _PER.sub("", cell.strip(" /").lower()).strip(" /")
    said = values.plain(cell)
    if said in values.PIECES:
        return 1, Status.OK
    first, _, rest = said.partition(" ")
    for phrases, quantity in _WORDS:
        if (said in phrases and len(said) > 1) or (first in phrases and len(first) > 1 and rest in values.PIECES):
            return quantity, Status.OK
    numbered = _numbered(cell)
    if numbered is not None:
        return numbered
    # A letter may be a metre or a thousand.
    return (1, Status.OTHER) if len(said) > 1 and not any(c.isdigit() for c in said) else (None, Status.INVALID)


def _numbered(cell: str) -> tuple[int | None, Status] | None:
    """What a number and a unit say: `100 stk.`, `% stk`, `1000 m`, `box of 50`; None for cells of another form."""
    if (signed := _SIGNED.fullmatch(cell)) is not None and values.plain(signed["unit"]) in values.PIECES | {""}:
        return _SIGNS[signed["sign"]], Status.OK
    number, status = _NUMBER.fullmatch(cell), Status.OK
    if number is not None:
        unit = values.plain(number["unit"]).strip("/ ")
        if unit in values.LENGTHS or unit in values.PACKS:
            status = Status.OTHER
        elif unit and unit not in values.PIECES:
            return None, Status.INVALID
    else:
        number = _PACK.fullmatch(cell)
        if number is None or values.plain(number["pack"]) not in values.PACKS:
            return None
        if not {values.plain(number["of"]), values.plain(number["unit"])} <= {""} | values.OF | values.PIECES:
            return None
    quantity = int(re.sub(r"\D", "", number["number"]))
    return (quantity, status) if 0 < quantity <= _MOST else (None, Status.INVALID)
