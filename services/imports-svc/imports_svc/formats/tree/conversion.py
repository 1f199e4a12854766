"""From a tree of records to the text of its rows."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from chassis.counts import counted
from imports_svc.feeds.errors import EmptyFeed, UnknownTable, UnsupportedFormat
from imports_svc.feeds.model import Doubt, Limits
from imports_svc.feeds.tables import RECORDS, Wanted
from imports_svc.formats.converted import Origin
from imports_svc.formats.delimited.rivals import rivals_of
from imports_svc.formats.kinds import Kind
from imports_svc.formats.tree import bmecat, json, xml
from imports_svc.formats.tree.flatten import RowWriter
from imports_svc.formats.tree.names import EACH
from imports_svc.formats.tree.paths import Records, find_records, missing_records

# Bytes of an XML file that show where its records are, unless others stand behind them.
_OUTLINED = 8 << 20
_FEW = 20
_ORDER = "Export it as CSV, Excel, XML or JSON."
_NO_LISTS = {
    "svg": "an SVG drawing",
    "schema": "an XML schema",
    "stylesheet": "an XSLT stylesheet",
    "definitions": "a description of a web service (WSDL)",
    "kml": "a map (KML)",
    "gpx": "a track (GPX)",
    "plist": "a property list",
    "Fault": "the error of a web service",
}


def convert(path: Path, kind: Kind, target: Path, wanted: Wanted, limits: Limits) -> Origin:
    """Write the records of a tree as text into `target`. `wanted`: their path as a person named it, or to have it found.

    Raises EmptyFeed, FileDamaged, FeedTooLarge, UnknownTable, UnsupportedFormat.
    """
    if kind == "JSON":
        return _lines(path, target, wanted, limits) if json.is_lines(path) else _json(path, target, wanted, limits)
    file = xml.XmlFile.of(path, limits, wanted.letters.said)
    outline = xml.outline(file, _OUTLINED)
    if outline.name in _NO_LISTS:
        raise UnsupportedFormat(f"The file is {_NO_LISTS[outline.name]}, not a list of products. {_ORDER}")
    if outline.name.upper() == "BMECAT" and not wanted.table:
        return _told_encoding(file, _bmecat(file, outline, target, wanted, limits))
    if not outline.whole and (origin := _by_beginning(file, outline, target, wanted, limits)) is not None:
        return origin
    found = find_records(outline.root if outline.whole else xml.outline(file).root, wanted)
    return _told_encoding(file, _written("XML", found, xml.records(file, found.path), target, limits))


def _bmecat(file: xml.XmlFile, outline: xml.Outline, target: Path, wanted: Wanted, limits: Limits) -> Origin:
    """By its rules, unless a person chose a path of it for an earlier file."""
    root = outline.root if outline.whole else xml.outline(file).root
    if not wanted.earlier:
        return bmecat.convert(file, root, target, limits)
    found = find_records(root, wanted)
    if not found.missing:
        return _written("XML", found, xml.records(file, found.path), target, limits)
    origin = bmecat.convert(file, root, target, limits)
    return replace(origin, doubts=(missing_records(wanted.earlier[0], origin.table, found.tables), *origin.doubts))


def _by_beginning(file: xml.XmlFile, outline: xml.Outline, target: Path, wanted: Wanted, limits: Limits) -> Origin | None:
    """The records that the beginning of a file shows; None when more stands beside them in the rest than that told."""
    try:
        found = find_records(outline.root, wanted)
    except (EmptyFeed, UnknownTable):
        return None
    if found.missing:
        return None
    others: Counter[str] = Counter()
    origin = _written("XML", found, xml.records(file, found.path, others), target, limits)
    if others.total() > outline.root.others(found.path) + _FEW:
        return None
    return _told_encoding(file, origin)


def _told_encoding(file: xml.XmlFile, origin: Origin) -> Origin:
    if not file.encoding or file.said:
        return origin
    message = f"The XML file says that it is UTF-8 and is not: it is read as {file.encoding}. Check the letters beyond ASCII."
    rivals = rivals_of(file.path, file.encoding)
    written = file.encoding if rivals else ""
    return replace(origin, written=written, rivals=rivals, doubts=(*origin.doubts, Doubt("xml_encoding", message, holds=False)))


def _json(path: Path, target: Path, wanted: Wanted, limits: Limits) -> Origin:
    found = find_records(json.outline(path), wanted)
    # Its reader tells no lines.
    records = ((0, record) for record in json.records(path, found.path, listed=found.listed))
    return _written("JSON", found, records, target, limits)


def _written(format: str, found: Records, records: Iterator[tuple[int, Any]], target: Path, limits: Limits) -> Origin:
    writer = RowWriter(target, limits)
    called = next((name for name in reversed(found.path) if name != EACH), "group" if found.path else "")
    for line, record in records:
        writer.write(record, found.within, called, line)
    numbers = writer.close()
    place = f"{found.why}" if found.why else ""
    told = f"{format}, {counted(writer.rows, 'record')} at {found.name!r} ({place})"
    doubts = (*found.doubts, *writer.doubts())
    return Origin(
        format,
        told,
        found.name,
        found.tables,
        header=True,
        numbers=numbers,
        doubts=doubts,
        tables_are=RECORDS,
        chosen=found.said,
        instead=found.instead,
        around=found.around,
    )


def _lines(path: Path, target: Path, wanted: Wanted, limits: Limits) -> Origin:
    if wanted.table:
        raise UnknownTable(
            f"The file is NDJSON, one record a line: it has no path {wanted.table!r}. Leave out which one is meant."
        )
    writer = RowWriter(target, limits)
    damaged = 0
    for line, record in json.lines(path):
        if isinstance(record, bytes):
            writer.reject(record, line)
            damaged += 1
        else:
            writer.write(record, line=line)
    numbers = writer.close()
    if not writer.rows:
        raise EmptyFeed("The NDJSON file holds no record. Check the supplier's export and send it again.")
    doubts = list(writer.doubts())
    if damaged:
        doubts.append(
            Doubt(
                "lines_without_record",
                f"{counted(damaged, 'line is no JSON object and is', 'lines are no JSON objects and are')} rejected.",
                rows=damaged,
                holds=False,
            )
        )
    told = f"NDJSON, {counted(writer.rows, 'record')}, one a line"
    return Origin("NDJSON", told, header=True, numbers=numbers, doubts=tuple(doubts))
