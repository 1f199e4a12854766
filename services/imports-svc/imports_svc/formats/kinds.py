"""What a file truly is, by its content: its name is what somebody called it."""

import re
import zipfile
from pathlib import Path
from typing import Literal

from imports_svc.feeds.errors import ArchiveRefused, UnsupportedFormat

Kind = Literal["text", "XLSX", "XLSB", "ODS", "XLS", "XML", "HTML", "JSON"]

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ZIP = b"PK\x03\x04"
_ARCHIVES = {
    b"7z\xbc\xaf\x27\x1c": "7-Zip",
    b"Rar!\x1a\x07": "RAR",
    b"\x28\xb5\x2f\xfd": "Zstandard",
    b"\x04\x22\x4d\x18": "LZ4",
    b"\x1f\x9d": "compress (.Z)",
    b"MSCF": "cabinet",
    b"!<arch>\n": "ar or Debian",
}
_NAMED = {
    b"%PDF-": "a PDF document",
    b"\x89PNG\r\n": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"GIF8": "a GIF image",
    b"II*\x00": "a TIFF image",
    b"MM\x00*": "a TIFF image",
    b"II+\x00": "a TIFF image",
    b"MM\x00+": "a TIFF image",
    b"\x00\x00\x01\x00": "an icon (ICO)",
    b"\x00\x00\x02\x00": "a cursor (CUR)",
    b"8BPS": "a Photoshop image",
    b"%!PS": "a PostScript or EPS drawing",
    b"\xc5\xd0\xd3\xc6": "an EPS drawing",
    b"\xff\x0a": "a JPEG XL image",
    b"\x00\x00\x00\x0cJXL ": "a JPEG XL image",
    b"\x00\x00\x00\x0cjP  ": "a JPEG 2000 image",
    b"PAR1": "a Parquet file",
    b"ARROW1": "an Arrow file",
    b"Obj\x01": "an Avro file",
    b"ORC": "an ORC file",
    b"SQLite format 3\x00": "an SQLite database",
    b"\x00\x01\x00\x00Standard Jet DB": "an Access database",
    b"\x00\x01\x00\x00Standard ACE DB": "an Access database",
    b"\x7fELF": "a program",
    b"{\\rtf": "an RTF document",
    b"ID3": "a sound",
    b"OggS": "a sound",
    b"fLaC": "a sound",
    b"\x1aE\xdf\xa3": "a video",
    b"wOFF": "a font",
    b"\x00\x01\x00\x00\x00": "a font",
}
# What stands at byte 8 behind "ftyp" or "RIFF".
_FTYP = {b"avif": "an AVIF image", b"avis": "an AVIF image", b"crx ": "a camera's raw image", b"qt  ": "a video"}
_HEIF = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"heif")
_RIFF = {b"WEBP": "a WebP image", b"WAVE": "a sound", b"AVI ": "a video"}
_ORDER = "Export it as CSV, Excel, XML or JSON."
_MOST_TYPES = 1 << 20
_OTHER_OFFICE = "an office document"
_OFFICE = {
    "word/": "a Word document",
    "ppt/": "a PowerPoint presentation",
    "visio/": "a Visio drawing",
}
# Cut off before anything ends.
_TWO_TAGS = re.compile(rb"<[a-z][^<>]*>\s*<[a-z]")
_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


def kind_of(path: Path) -> Kind:
    """The format of a file that is no archive. Raises UnsupportedFormat, ArchiveRefused, by the true name of what it is."""
    with path.open("rb") as source:
        head = source.read(4096)
    if head.startswith(OLE):
        return "XLS"
    if head.startswith(ZIP):
        return _packed(path)
    for magic, name in _ARCHIVES.items():
        if head.startswith(magic):
            raise ArchiveRefused(f"The file is a {name} archive. Send it as gzip, bzip2, xz, zip or plain.")
    if name := binary(head):
        raise UnsupportedFormat(f"The file is {name}, not a list of products. {_ORDER}")
    if _is_bare_workbook(head):
        return "XLS"
    return _markup(head)


def binary(head: bytes) -> str:
    """The name of what begins so, "" for what may be text."""
    if head[4:8] == b"ftyp":
        brand = head[8:12]
        if brand in _HEIF and b"avif" in head[16:64]:
            brand = b"avif"
        return _FTYP.get(brand, "a HEIC image" if brand in _HEIF else "a video or image (MPEG-4)")
    if head.startswith(b"RIFF"):
        return _RIFF.get(head[8:12], "a RIFF file (image or sound)")
    # Two letters that a text may begin with, too: the size that follows them is no text.
    if head.startswith(b"BM") and len(head) > 26 and b"\x00" in head[6:18]:
        return "a BMP image"
    if head.startswith(b"MZ") and b"\x00" in head[:64]:
        return "a program"
    return next((name for magic, name in _NAMED.items() if head.startswith(magic)), "")


def _packed(path: Path) -> Kind:
    """An office document by its parts."""
    kind = office_kind(path)
    if kind is None:
        raise ArchiveRefused("The archive holds another archive. Send the feed packed once, or not at all.")
    if kind in ("XLSX", "XLSB", "ODS"):
        return kind  # type: ignore[return-value]  # these three are kinds
    raise UnsupportedFormat(f"The file is {kind}, not a list of products. {_ORDER}")


def office_kind(path: Path) -> str | None:
    """What a zip archive is when it is a document: a kind, or its name in words; None for an archive of files.

    Raises zipfile.BadZipFile and what else zipfile raises for damaged archives.
    """
    with zipfile.ZipFile(path) as archive:
        names = {name.replace("\\", "/") for name in archive.namelist()}
        if "mimetype" in names:
            said = archive.open("mimetype").read(100).decode(errors="replace").strip()
            return "ODS" if "opendocument.spreadsheet" in said else f"a document ({said or 'of no kind'})"
    if "[Content_Types].xml" in names:
        if any(name.lower() == "xl/workbook.bin" for name in names):
            return "XLSB"
        if _says_workbook(path):
            return "XLSX"
        return next((kind for folder, kind in _OFFICE.items() if any(n.lower().startswith(folder) for n in names)), _OTHER_OFFICE)
    if any(name.startswith("Index/") and name.endswith(".iwa") for name in names) or "Index.zip" in names:
        return "a Numbers, Pages or Keynote document"
    return "a program" if names & {"META-INF/MANIFEST.MF", "AndroidManifest.xml"} else None


def _says_workbook(path: Path) -> bool:
    """Whether the parts of an office document are those of a workbook, wherever they lie."""
    with zipfile.ZipFile(path) as archive, archive.open("[Content_Types].xml") as types:
        return b"spreadsheetml" in types.read(_MOST_TYPES)


def _is_bare_workbook(head: bytes) -> bool:
    """Excel 2 to 4 wrote its records without the container of later ones."""
    return (
        head[:2] in (b"\x09\x00", b"\x09\x02", b"\x09\x04") and head[2:4] in (b"\x04\x00", b"\x06\x00") and b"\x00" in head[4:8]
    )


def _markup(head: bytes) -> Kind:
    text = head
    for bom in _BOMS:
        text = text.removeprefix(bom)
    text = text.replace(b"\x00", b"").lstrip()
    lower = text.lower()
    if lower.startswith((b"<!doctype html", b"<html", b"<table", b"<meta", b"<style", b"<head", b"<body")):
        return "HTML"
    if lower.startswith(b"<?xml"):
        return "HTML" if b"<html" in lower and b"xhtml" in lower else "XML"
    if (
        lower.startswith(b"<")
        and lower[1:2].isalpha()
        and b">" in lower
        and (b"</" in lower or b"xmlns" in lower or b"/>" in lower or _TWO_TAGS.match(lower))
    ):
        return "HTML" if b"<table" in lower or b"<html" in lower else "XML"
    if lower.startswith(b"<!") and (b"<!doctype" in lower or b"<!--" in lower):
        return "HTML" if b"<html" in lower or b"<table" in lower else "XML"
    if lower.startswith((b"{", b"[")) and _looks_like_json(text):
        return "JSON"
    return "text"


def _looks_like_json(text: bytes) -> bool:
    """Whether an object or array begins, and not a cell in brackets."""
    inside = text[1:].lstrip()
    if text.startswith(b"{"):
        name, colon, _ = inside.partition(b'":')
        return inside.startswith(b"}") or (inside.startswith(b'"') and (bool(colon) or b'" :' in inside) and b"\n" not in name)
    return inside.startswith((b"{", b"]")) and (inside.startswith(b"]") or b'"' in inside)
