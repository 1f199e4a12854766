"""For how many pieces a row's price is: what a column such as `Preiseinheit` says."""

import re
from enum import IntEnum

import polars as pl

from imports_svc.vocabulary import values


class Status(IntEnum):
    """How reading one quantity went."""

    MISSING = 0
    OK = 1
    OTHER = 2
    """A unit without a quantity, such as a metre: the price is for one of it."""
    INVALID = 3


def read_units(cells: pl.Series) -> pl.DataFrame:
    """Stripped cells as `quantity` (Int64, 1 where nothing is said) and `status`. Distinct cells are few."""
    found = {cell: _read(cell) for cell in cells.unique().drop_nulls()}
    rows = [(cell, quantity, int(status)) for cell, (quantity, status) in found.items()]
    read = pl.DataFrame(rows, schema={"cell": pl.String, "quantity": pl.Int64, "status": pl.UInt8}, orient="row")
    frame = pl.DataFrame({"cell": cells}).join(read, on="cell", how="left", maintain_order="left").drop("cell")
    missing = pl.col("status").is_null()
    return frame.select(
        quantity=pl.when(missing).then(1).otherwise("quantity"), status=pl.col("status").fill_null(int(Status.MISSING))
    )


def _read(cell: str) -> tuple[int | None, Status]:
    said = values.plain(cell).strip("/ ")
    if said in values.NO_CODE or values.is_marks(cell):
        return 1, Status.MISSING
    cell = re.sub(r"^(?:per|pro|je|par|pour|por|za|за|voor|al|a)\s+", "", cell.strip(" /").lower())
    said = values.plain(cell)
    number = re.fullmatch(
        r"(?P<number>[0-9]{1,3}(?:[ ,.'][0-9]{3})*|[0-9]+)(?:[.,]0{1,2})?\s*(?P<unit>\D*)", cell.strip(" /").lower()
    )
    if number is not None and not (number["unit"] and values.plain(number["unit"]) not in values.PIECES):
        quantity = int(re.sub(r"\D", "", number["number"]))
        return (quantity, Status.OK) if 0 < quantity <= 1_000_000 else (None, Status.INVALID)
    if said in values.PIECES:
        return 1, Status.OK
    for phrases, quantity in ((values.HUNDRED, 100), (values.THOUSAND, 1_000)):
        if said in phrases and len(said) > 1:
            return quantity, Status.OK
    # A letter may be a metre or a thousand.
    return (
        (1, Status.OTHER) if number is None and len(said) > 1 and not any(c.isdigit() for c in said) else (None, Status.INVALID)
    )
