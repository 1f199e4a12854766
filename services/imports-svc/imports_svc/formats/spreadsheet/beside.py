"""What a sheet beside the list says of all its prices: `Alle Preise in CHF pro 100 Stück` on a sheet of notes."""

from collections.abc import Iterator, Sequence

from imports_svc.feeds.doubt import TERMS, Doubt
from imports_svc.formats.spreadsheet.workbook import Sheet
from imports_svc.vocabulary.lines import price_currency
from imports_svc.vocabulary.taxes import other_price


def notes(sheets: Sequence[tuple[Sheet, Sequence[str]]]) -> Iterator[Doubt]:
    """A doubt for each thing that lines of these sheets say of prices."""
    found: dict[str, tuple[Sheet, str]] = {}
    for sheet, lines in sheets:
        for line in lines:
            for what in (other_price(line), f"in {code}" if (code := price_currency(line)) else None):
                if what is not None:
                    found.setdefault(what, (sheet, line))
    for what, (sheet, line) in found.items():
        message = (
            f"The sheet {sheet.name!r}, which is not read, says that prices are {what}: they are read as they stand. Accept this"
            " if that is right."
        )
        yield Doubt(TERMS, message, what, examples=(line,))
