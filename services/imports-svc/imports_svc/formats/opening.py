"""From what a supplier sent to one text that can be read, whatever the format: the door of this floor."""

from dataclasses import replace
from pathlib import Path

from imports_svc.feeds.errors import UnknownTable
from imports_svc.feeds.model import LIMITS, Doubt, Limits
from imports_svc.feeds.tables import NOTHING_CHOSEN, Earlier, Wanted, is_all
from imports_svc.formats import container
from imports_svc.formats.converted import Origin
from imports_svc.formats.kinds import kind_of
from imports_svc.formats.spreadsheet import conversion as workbooks
from imports_svc.formats.spreadsheet.xml2003 import NAMESPACE
from imports_svc.formats.tree import conversion as trees


def open_feed(path: Path, folder: Path, table: str = "", limits: Limits = LIMITS, earlier: Earlier = NOTHING_CHOSEN) -> Path:
    """The text of the list inside `path`, in `folder` unless `path` is that text; `Origin.of` tells where it comes from.

    `table`: the sheets or the path of records a person chose, "" to have it found, or read as it was chosen `earlier`. Raises
    FeedError.
    """
    doubts: list[Doubt] = []
    plain = container.unpack(path, folder, limits, doubts)
    kind = kind_of(plain)
    if kind == "text":
        if table and not is_all(table):
            raise UnknownTable(f"The file is delimited text, which has one table and no {table!r}. Leave out which one is meant.")
        if doubts:
            Origin(doubts=tuple(doubts)).keep_beside(plain)
        return plain
    target = folder / f"{plain.name}.rows"
    if kind == "JSON" or (kind == "XML" and not _is_workbook(plain)):
        origin = trees.convert(plain, kind, target, Wanted(table, earlier.records), limits)
    else:
        origin = workbooks.convert(plain, kind, target, Wanted(table, earlier.sheets), limits)
    replace(origin, doubts=(*doubts, *origin.doubts)).keep_beside(target)
    if plain != path:
        # What was unpacked is as large as a workbook or more, and nobody needs it any more.
        plain.unlink()
    return target


def _is_workbook(path: Path) -> bool:
    with path.open("rb") as source:
        return NAMESPACE in source.read(4096).replace(b"\x00", b"")
