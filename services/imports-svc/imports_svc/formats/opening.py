"""From what a supplier sent to one text that can be read, whatever the format: the door of this floor."""

from dataclasses import replace
from pathlib import Path

from imports_svc.feeds.encodings import NOTHING_SAID, Letters, known
from imports_svc.feeds.errors import UnknownTable, UnreadableText
from imports_svc.feeds.model import LIMITS, Doubt, Limits
from imports_svc.feeds.tables import NOTHING_CHOSEN, Earlier, Wanted, is_all
from imports_svc.formats import container
from imports_svc.formats.converted import Origin
from imports_svc.formats.delimited.said import Found, encoding_of
from imports_svc.formats.delimited.text import transcoded
from imports_svc.formats.kinds import kind_of
from imports_svc.formats.spreadsheet import conversion as workbooks
from imports_svc.formats.spreadsheet.html import declared_in_page
from imports_svc.formats.spreadsheet.xml2003 import NAMESPACE
from imports_svc.formats.tree import conversion as trees
from imports_svc.formats.xml import encoding_of as declared_in_xml

_UTF8 = ("utf-8",)
_STEP = 1 << 20


def open_feed(
    path: Path,
    folder: Path,
    table: str = "",
    limits: Limits = LIMITS,
    earlier: Earlier = NOTHING_CHOSEN,
    *,
    letters: Letters = NOTHING_SAID,
) -> Path:
    """The text of the list inside `path`, in `folder` unless `path` is that text; `Origin.of` tells where it comes from.

    `table`: the sheets or the path of records a person chose, "" to have it found, or read as it was chosen `earlier`.
    `letters`: the encoding a person said. Raises FeedError.
    """
    doubts: list[Doubt] = []
    plain = container.unpack(path, folder, limits, doubts)
    kind = kind_of(plain)
    if kind == "text":
        if table and not is_all(table):
            raise UnknownTable(f"The file is delimited text, which has one table and no {table!r}. Leave out which one is meant.")
        found = encoding_of(plain, letters) if any(letters) else Found("")
        if doubts or any(letters):
            Origin(doubts=(*doubts, *found.doubts), encoding=found.encoding, letters=found.letters).keep_beside(plain)
        return plain
    target = folder / f"{plain.name}.rows"
    found = Found("")
    if any(letters) or kind in ("HTML", "JSON"):
        plain, letters, found = _read_as(plain, kind, folder, letters, doubts)
    if kind == "JSON" or (kind == "XML" and not _is_workbook(plain)):
        origin = trees.convert(plain, kind, target, Wanted(table, earlier.records, letters), limits)
    else:
        origin = workbooks.convert(plain, kind, target, Wanted(table, earlier.sheets), limits)
    if found.rivals:
        origin = replace(origin, written=found.encoding, rivals=found.rivals)
    replace(origin, doubts=(*doubts, *origin.doubts), letters=found.letters).keep_beside(target)
    if plain != path:
        # What was unpacked is as large as a workbook or more, and nobody needs it any more.
        plain.unlink()
    return target


def _read_as(plain: Path, kind: str, folder: Path, letters: Letters, doubts: list[Doubt]) -> tuple[Path, Letters, Found]:
    """A page or JSON as UTF-8; of XML its reader is told. Raises UnreadableText, also for what says its letters itself."""
    if kind == "XML" and not _is_workbook(plain):
        found = encoding_of(plain, letters, _declared_in_xml(plain))
        doubts += found.doubts
        taken = bool(found.letters) and found.encoding.removesuffix("-sig") == known(found.letters)
        # What its reader finds itself it looks at itself.
        return plain, Letters(found.encoding) if taken else NOTHING_SAID, found._replace(rivals=())
    if kind not in ("HTML", "JSON"):
        if letters.said:
            raise UnreadableText(f"The file is {kind}, which says its letters itself. Leave out which encoding it is in.")
        return plain, letters, Found("", letters.earlier)
    found = encoding_of(plain, letters, declared_in_page(plain) if kind == "HTML" else "")
    doubts += found.doubts
    if found.encoding.startswith(_UTF8):
        return plain, letters, found
    written = folder / f"{plain.name}.utf8"
    with written.open("wb") as text:
        text.writelines(transcoded(plain, found.encoding, _STEP))
    return written, letters, found


def _declared_in_xml(path: Path) -> str:
    with path.open("rb") as source:
        return declared_in_xml(source.read(1000))


def _is_workbook(path: Path) -> bool:
    with path.open("rb") as source:
        return NAMESPACE in source.read(4096).replace(b"\x00", b"")
