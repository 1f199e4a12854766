"""Sheets that are parts of one list, as one text: rows of each by the names of its columns, behind the place they stand at."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from imports_svc.feeds.model import Limits
from imports_svc.formats.converted import TextWriter, cell
from imports_svc.formats.source_lines import SourceLinesWriter
from imports_svc.formats.spreadsheet.choice import Look
from imports_svc.formats.spreadsheet.workbook import Notes, Workbook

_SHEET, _ROW = "sheet", "sheet row"
PLACED = 2
"""Columns in front that say where a row stands."""


@dataclass
class Joined:
    """What became of the sheets: how many rows each has, what was noted, and which columns hold texts that are two numbers."""

    rows: dict[str, int] = field(default_factory=dict)
    notes: Notes = field(default_factory=Notes)
    width: int = 0


class _Columns:
    """The columns of all sheets, by the names in their headers; those without a name by their place."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def places(self, header: Sequence[str]) -> list[int]:
        """For each column of a sheet the place of its cells."""
        found: list[int] = []
        known = [name.casefold() for name in self.names]
        for at, name in enumerate(header):
            same = (place for place, other in enumerate(known) if other == name.casefold() and place not in found)
            place = next((place for place in same if name or place == at), None)
            found.append(self._new(name) if place is None else place)
        return found

    def further(self, places: list[int], width: int) -> None:
        """Places for cells behind the header's."""
        while len(places) < width:
            at = len(places)
            fits = at < len(self.names) and not self.names[at] and at not in places
            places.append(at if fits else self._new(""))

    def _new(self, name: str) -> int:
        self.names.append(name)
        return len(self.names) - 1

    def header(self) -> list[bytes]:
        """The names of all, with those that say where a row stands."""
        taken = {name.casefold() for name in self.names}
        placed = [name if name not in taken else f"{name} (of the workbook)" for name in (_SHEET, _ROW)]
        named = [name or f"column_{at}" for at, name in enumerate(self.names, 1)]
        return [cell(name) for name in (*placed, *named)]


def write(workbook: Workbook, parts: Sequence[Look], target: Path, limits: Limits) -> Joined:
    """Write the rows below the headers of these sheets into `target`, one sheet at a time. Raises FeedTooLarge, FileDamaged."""
    writer, lines = TextWriter(target, limits), SourceLinesWriter(target)
    columns, joined = _Columns(), Joined()
    # Stands where the header will.
    line = 1
    writer.write(line, [b" "])
    for part in parts:
        notes = Notes()
        places = columns.places(part.header[1])
        before = line
        for row, cells in workbook.rows(part.sheet, notes):
            if row == part.header[0]:
                # What stands above is no part of the list.
                notes.dates.clear()
            if row <= part.header[0] or not b"".join(cells).strip():
                continue
            columns.further(places, len(cells))
            placed = [cell(part.sheet.name), str(row).encode(), *[b""] * len(columns.names)]
            for at, value in zip(places, cells, strict=False):
                placed[PLACED + at] = value
            line += 1
            lines.note(line, row)
            writer.write(line, placed)
        joined.rows[part.sheet.name] = line - before
        joined.notes.add(notes, part.sheet.name, [PLACED + place for place in places])
    lines.flush()
    joined.width = writer.close(columns.header())
    return joined
