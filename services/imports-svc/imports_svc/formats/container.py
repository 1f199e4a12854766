"""Turns what a supplier sent into one plain local file of delimited text, or refuses it precisely."""

import gzip
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from imports_svc.feeds.errors import ArchiveDamaged, ArchiveRefused, EmptyFeed, FeedTooLarge, UnsupportedFormat
from imports_svc.feeds.model import LIMITS, Limits

_STEP = 1 << 20
_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"
_OTHER_ARCHIVES = {
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
    b"7z\xbc\xaf\x27\x1c": "7-Zip",
    b"Rar!\x1a\x07": "RAR",
    b"\x28\xb5\x2f\xfd": "Zstandard",
}
_FORMATS = {
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "an Excel workbook (XLS or password-protected XLSX)",
    b"%PDF-": "a PDF document",
    b"\x89PNG\r\n": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"GIF8": "a GIF image",
    b"RIFF": "a RIFF file (WebP image or sound)",
    b"II*\x00": "a TIFF image",
    b"MM\x00*": "a TIFF image",
    b"PAR1": "a Parquet file",
    b"ARROW1": "an Arrow file",
    b"SQLite format 3\x00": "an SQLite database",
    b"\x7fELF": "a program",
    b"{\\rtf": "an RTF document",
}
# What the library raises for archives that are not what they say: wrong places, names that are none, numbers out of range.
_DAMAGED = (zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, struct.error, EOFError, ValueError, LookupError, OverflowError)
_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


class _Source(Protocol):
    def read(self, size: int, /) -> bytes: ...


def unpack(path: Path, folder: Path, limits: Limits = LIMITS) -> Path:
    """The plain text file inside `path`: `path` itself, or its one member written into `folder`.

    Reads gzip and zip. Raises EmptyFeed, UnsupportedFormat, ArchiveRefused, ArchiveDamaged, FeedTooLarge.
    """
    head = _head(path)
    if head.startswith(_GZIP):
        plain = _unpack_gzip(path, folder, limits)
    elif head.startswith(_ZIP):
        plain = _unpack_zip(path, folder, limits)
    elif head.startswith(b"PK\x05\x06"):
        raise ArchiveRefused("The zip archive holds no file. Send the feed itself, or a zip with the feed in it.")
    else:
        plain = path
        if path.stat().st_size > limits.plain_bytes:
            raise FeedTooLarge(f"The file has {path.stat().st_size} bytes; the limit is {limits.plain_bytes}. Split it.")
    _check_text(plain, packed=plain is not path)
    return plain


def _head(path: Path) -> bytes:
    with path.open("rb") as source:
        return source.read(4096)


def _check_text(path: Path, *, packed: bool) -> None:
    head = _head(path)
    if not head.strip():
        with path.open("rb") as source:
            if not any(piece.strip() for piece in _pieces(source)):
                raise EmptyFeed("The file is empty. Check the supplier's export and send it again.")
    if packed and head.startswith((_GZIP, _ZIP)):
        raise ArchiveRefused("The archive holds another archive. Send the feed packed once, or not at all.")
    for magic, name in _OTHER_ARCHIVES.items():
        if head.startswith(magic):
            raise ArchiveRefused(f"The file is a {name} archive. Send it as gzip, zip or plain.")
    for magic, name in _FORMATS.items():
        if head.startswith(magic):
            raise UnsupportedFormat(f"The file is {name}, not delimited text. Export it as CSV or TSV.")
    _check_markup(head)


def _check_markup(head: bytes) -> None:
    text = head
    for bom in _BOMS:
        text = text.removeprefix(bom)
    text = text.replace(b"\x00", b"").lstrip().lower()
    if text.startswith((b"<!doctype html", b"<html")):
        raise UnsupportedFormat(
            "The file is an HTML page, not delimited text: often the login or error page of the supplier's site. "
            "Check the download."
        )
    if text.startswith(b"<?xml") or (text.startswith(b"<") and b"</" in text and b">" in text.split(b"\n", 1)[0]):
        raise UnsupportedFormat("The file is XML, not delimited text. Export it as CSV or TSV.")
    if text.startswith((b'{"', b"{\n", b"{ ", b"[{", b"[\n", b"[ {")) and b":" in text:
        raise UnsupportedFormat("The file is JSON, not delimited text. Export it as CSV or TSV.")


def _unpack_gzip(path: Path, folder: Path, limits: Limits) -> Path:
    target = folder / f"{path.name.removesuffix('.gz')}.plain"
    try:
        with gzip.open(path, "rb") as source:
            _write(source, target, path.stat().st_size, limits)
    except _DAMAGED as error:
        raise ArchiveDamaged(f"The gzip file is damaged or was cut short ({error}). Send it again.") from error
    return target


def _unpack_zip(path: Path, folder: Path, limits: Limits) -> Path:
    try:
        with zipfile.ZipFile(path) as archive:
            member = _only_member(archive)
            target = folder / f"{path.name}.plain"
            with archive.open(member) as source:
                _write(source, target, max(member.compress_size, 1), limits)
    except _DAMAGED as error:
        raise ArchiveDamaged(f"The zip file is damaged or was cut short ({error}). Send it again.") from error
    except NotImplementedError as error:
        raise ArchiveRefused(f"The zip file cannot be opened ({error}). Pack it again with the usual method.") from error
    return target


def _only_member(archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    members = [m for m in archive.infolist() if not m.is_dir() and not m.filename.startswith("__MACOSX/")]
    names = [m.filename for m in members]
    if "[Content_Types].xml" in names or "mimetype" in names:
        kind = "an Excel workbook" if any(n.startswith("xl/") for n in names) else "an office document"
        raise UnsupportedFormat(f"The file is {kind}, not delimited text. Export it as CSV or TSV.")
    if len(members) != 1:
        listed = ", ".join(names[:10]) + (", ..." if len(names) > 10 else "")
        raise ArchiveRefused(
            f"The zip archive must hold one file, not {len(members)}: {listed or 'none'}. Send one feed at a time."
        )
    if members[0].header_offset < 0:
        raise ArchiveDamaged("The zip file is damaged: its file begins before the archive does. Send it again.")
    if members[0].flag_bits & 1:
        raise ArchiveRefused(f"The file {names[0]} in the zip archive is encrypted. Send it without a password.")
    if members[0].compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ArchiveRefused(
            f"The file {names[0]} is packed in a way that is not read here. Pack it again with the usual method."
        )
    return members[0]


def _write(source: _Source, target: Path, packed: int, limits: Limits) -> None:
    written = 0
    try:
        with target.open("wb") as out:
            for piece in _pieces(source):
                written += len(piece)
                _check_size(written, packed, limits)
                out.write(piece)
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def _pieces(source: _Source) -> Iterator[bytes]:
    while piece := source.read(_STEP):
        yield piece


def _check_size(written: int, packed: int, limits: Limits) -> None:
    if written > limits.plain_bytes:
        raise FeedTooLarge(f"The archive unpacks to more than {limits.plain_bytes} bytes. Split the feed.")
    if written > limits.bomb_bytes and written > limits.bomb_ratio * packed:
        raise FeedTooLarge(
            f"The archive unpacks to more than {limits.bomb_ratio} times its {packed} bytes: it looks like a decompression bomb. "
            "Send the feed unpacked if it is genuine."
        )
