"""Sheets by the names that a person says, for this file or for earlier ones of the supplier."""

from collections.abc import Iterator, Sequence

from imports_svc.feeds.errors import UnknownTable
from imports_svc.feeds.tables import apart
from imports_svc.formats.spreadsheet.workbook import Sheet


def named(sheets: Sequence[Sheet], said: str) -> list[Sheet]:
    """The sheets of one name, or of several on lines of their own or between commas, in the workbook's order.

    A number stands for the sheet at that place. Raises UnknownTable.
    """
    one = _one(sheets, said, by_place=True)
    found = [one] if one else [sheet for name in apart(said) for sheet in _between_commas(sheets, name)]
    if not found:
        raise _unknown(sheets, said)
    return [sheet for sheet in sheets if sheet in found]


def present(sheets: Sequence[Sheet], said: str) -> list[Sheet]:
    """Those of an earlier file's sheets that are here, in the workbook's order."""
    found = [_one(sheets, name, by_place=False) for name in apart(said)]
    return [sheet for sheet in sheets if sheet in found]


def listed(sheets: Sequence[Sheet]) -> str:
    """Their names for people."""
    return ", ".join(f"{sheet.name!r}{' (hidden)' if sheet.hidden else ''}" for sheet in sheets[:20]) + (
        ", ..." if sheets[20:] else ""
    )


def _one(sheets: Sequence[Sheet], name: str, *, by_place: bool) -> Sheet | None:
    exact = [sheet for sheet in sheets if sheet.name == name]
    if found := exact or [sheet for sheet in sheets if sheet.name.strip().casefold() == name.strip().casefold()]:
        return found[0]
    if by_place and name.strip().isdecimal() and 0 < int(name) <= len(sheets):
        return sheets[int(name) - 1]
    return None


def _between_commas(sheets: Sequence[Sheet], said: str) -> Iterator[Sheet]:
    """A name may hold a comma itself: the longest that a sheet has is meant."""
    parts = said.split(",")
    while parts:
        for end in range(len(parts), 0, -1):
            if sheet := _one(sheets, ",".join(parts[:end]), by_place=True):
                break
        else:
            raise _unknown(sheets, parts[0].strip())
        yield sheet
        del parts[:end]


def _unknown(sheets: Sequence[Sheet], said: str) -> UnknownTable:
    return UnknownTable(f"The workbook has no sheet {said!r}. Its sheets: {listed(sheets)}.")
