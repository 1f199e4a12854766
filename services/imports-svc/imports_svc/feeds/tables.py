"""Which table of a file is meant where it has several: what a person says, and what was said of earlier files."""

from dataclasses import dataclass
from typing import NamedTuple

from imports_svc.feeds.encodings import NOTHING_SAID, Letters

ALL = ("*", "all")
"""What a person says for all sheets that are parts of one list."""
SHEETS, RECORDS = "sheets", "records"
"""What the tables of a file are: sheets of a workbook, or records of a tree at a path. Delimited text has only one."""
MISSING = {"sheet_missing": "sheet_choice", "records_missing": "records_choice"}
"""The doubt that what was chosen for an earlier file is not in this one, and that of a file of which nothing was chosen."""
_BETWEEN = "\n"


class Wanted(NamedTuple):
    """`table`: said of this file, "" for nothing. `earlier`: chosen for earlier files of the supplier, the latest first.

    `letters`: what was said of the encoding.
    """

    table: str = ""
    earlier: tuple[str, ...] = ()
    letters: Letters = NOTHING_SAID


@dataclass(frozen=True)
class Earlier:
    """What was chosen for a supplier's earlier files, the latest first, by what their tables are."""

    sheets: tuple[str, ...] = ()
    records: tuple[str, ...] = ()


NOTHING_CHOSEN = Earlier()


def is_all(table: str) -> bool:
    """Whether all parts of one list are meant."""
    return table.strip().casefold() in ALL


def together(names: list[str]) -> str:
    """Several sheets as one choice: no name has a line feed."""
    return _BETWEEN.join(names)


def apart(table: str) -> list[str]:
    """The names of `together`, or of a choice of one."""
    return [name for name in table.split(_BETWEEN) if name.strip()]
