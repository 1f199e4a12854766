"""Takes the one file out of what a supplier packed, or refuses the archive precisely."""

import bz2
import errno
import gzip
import lzma
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path, PurePosixPath
from typing import Protocol

from chassis.counts import counted
from imports_svc.feeds.errors import ArchiveDamaged, ArchiveRefused, EmptyFeed, FeedTooLarge
from imports_svc.feeds.model import LIMITS, Doubt, Limits
from imports_svc.formats.kinds import ZIP, office_kind

_STEP = 1 << 20
_GZIP, _BZIP2, _XZ, _EMPTY_ZIP = b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00", b"PK\x05\x06"
# A dictionary of xz is as large as its writer liked; what packs a feed takes 64 MB at most.
_XZ_MEMORY = 256 << 20
# What the library raises for archives that are not what they say: wrong places, names that are none, numbers out of range.
_DAMAGED = (
    *(zipfile.BadZipFile, gzip.BadGzipFile, lzma.LZMAError, zlib.error, struct.error, EOFError, ValueError, LookupError),
    OverflowError,
)
# What operating systems and programs leave in folders.
_LEFT_BEHIND = re.compile(
    r"(?i)(?:^|/)(?:__MACOSX/|\.[^/]*$|Thumbs\.db$|ehthumbs\.db$|desktop\.ini$|Icon\r$|\$RECYCLE\.BIN/|~\$[^/]*$)"
)
_LISTS = (".csv", ".tsv", ".tab", ".txt", ".xlsx", ".xlsm", ".xlsb", ".xls", ".ods", ".xml", ".json", ".ndjson", ".jsonl", ".dat")
_BESIDE = re.compile(
    r"(?i)(?:^|/)(?:(?:read[ _-]?me|liesmich|lisez[ _-]?moi|leggimi|licen[cs]e|changelog|terms|agb)[^/]*"
    r"|[^/]*\.(?:pdf|jpe?g|png|gif|webp|svg|tiff?|bmp|docx?|rtf|md|html?|url|webloc|lnk|md5|sha1|sha256|sig|asc|xsd|dtd|xsl))$"
)
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


class _Source(Protocol):
    def read(self, size: int, /) -> bytes: ...


def unpack(path: Path, folder: Path, limits: Limits = LIMITS, doubts: list[Doubt] | None = None) -> Path:
    """The one file inside `path`: `path` itself, or its one member written into `folder`. A workbook is no archive.

    Reads gzip, bzip2, xz and zip, and a zip within a zip not; what else the archive holds is told in `doubts`. Raises EmptyFeed,
    ArchiveRefused, ArchiveDamaged, FeedTooLarge.
    """
    plain = _unpacked(path, folder, limits, [] if doubts is None else doubts)
    if plain is path and path.stat().st_size > limits.plain_bytes:
        raise FeedTooLarge(f"The file has {counted(path.stat().st_size, 'byte')}; the limit is {limits.plain_bytes:,}. Split it.")
    _check_filled(plain)
    if plain is not path and (_is_stream(_head(plain)) or (_head(plain).startswith(ZIP) and _document(plain) is None)):
        raise ArchiveRefused("The archive holds another archive. Send the feed packed once, or not at all.")
    return plain


def _unpacked(path: Path, folder: Path, limits: Limits, doubts: list[Doubt]) -> Path:
    head = _head(path)
    if _is_stream(head):
        return _unpack_stream(path, folder, limits, head)
    if head.startswith(ZIP):
        return path if _document(path) else _unpack_zip(path, folder, limits, doubts)
    if head.startswith(_EMPTY_ZIP):
        raise ArchiveRefused("The zip archive holds no file. Send the feed itself, or a zip with the feed in it.")
    return path


def is_damage(error: Exception) -> bool:
    """Whether an error is the archive's own: of those of the system only a place before its beginning."""
    return not isinstance(error, OSError) or error.errno in (None, errno.EINVAL)


def _is_stream(head: bytes) -> bool:
    return head.startswith((_GZIP, _XZ)) or (head.startswith(_BZIP2) and head[4:10] in (b"1AY&SY", b"\x17rE8P\x90"))


def _document(path: Path) -> str | None:
    try:
        return office_kind(path)
    except (*_DAMAGED, NotImplementedError, RuntimeError, OSError) as error:
        if not is_damage(error):
            raise
        raise ArchiveDamaged(f"The workbook or zip file is damaged or was cut short ({error}). Send it again.") from error


def _head(path: Path) -> bytes:
    with path.open("rb") as source:
        return source.read(4096)


def _check_filled(path: Path) -> None:
    if not _head(path).strip():
        with path.open("rb") as source:
            if not any(piece.strip() for piece in _pieces(source)):
                raise EmptyFeed("The file is empty. Check the supplier's export and send it again.")


def _unpack_stream(path: Path, folder: Path, limits: Limits, head: bytes) -> Path:
    name, suffix = ("gzip", ".gz") if head.startswith(_GZIP) else ("bzip2", ".bz2") if head.startswith(_BZIP2) else ("xz", ".xz")
    target = folder / f"{path.name.removesuffix(suffix)}.plain"
    try:
        with _opened(path, name) as source:
            _write(source, target, path.stat().st_size, limits)
    except lzma.LZMAError as error:
        if "emory" in str(error):
            raise FeedTooLarge(
                "The xz file needs too much memory to unpack. Pack it with a smaller dictionary, or as gzip."
            ) from error
        raise ArchiveDamaged(f"The xz file is damaged or was cut short ({error}). Send it again.") from error
    except (*_DAMAGED, OSError) as error:
        if not is_damage(error):
            raise
        raise ArchiveDamaged(f"The {name} file is damaged or was cut short ({error}). Send it again.") from error
    return target


def _opened(path: Path, name: str) -> AbstractContextManager[_Source]:
    if name == "gzip":
        return gzip.open(path, "rb")
    return bz2.open(path, "rb") if name == "bzip2" else _Xz(path)


class _Xz:
    """An xz file, unpacked within bounds of memory, which the module's own reader does not know."""

    def __init__(self, path: Path) -> None:
        self._source = path.open("rb")
        self._decompressor = lzma.LZMADecompressor(memlimit=_XZ_MEMORY)

    def __enter__(self) -> "_Xz":
        return self

    def __exit__(self, *_: object) -> None:
        self._source.close()

    def read(self, size: int, /) -> bytes:
        while True:
            if self._decompressor.eof:
                rest = self._decompressor.unused_data.lstrip(b"\x00") or self._source.read(_STEP).lstrip(b"\x00")
                if not rest:
                    return b""
                self._decompressor = lzma.LZMADecompressor(memlimit=_XZ_MEMORY)
            else:
                rest = self._source.read(_STEP) if self._decompressor.needs_input else b""
                if not rest and self._decompressor.needs_input:
                    raise EOFError("it ends in the middle")
            if data := self._decompressor.decompress(rest, size):
                return data


def _unpack_zip(path: Path, folder: Path, limits: Limits, doubts: list[Doubt]) -> Path:
    try:
        with zipfile.ZipFile(path) as archive:
            member = _list_of(archive, doubts)
            target = folder / f"{path.name}.plain"
            with archive.open(member) as source:
                _write(source, target, max(member.compress_size, 1), limits)
    except (*_DAMAGED, OSError) as error:
        if not is_damage(error):
            raise
        raise ArchiveDamaged(f"The zip file is damaged or was cut short ({error}). Send it again.") from error
    except NotImplementedError as error:
        raise ArchiveRefused(f"The zip file cannot be opened ({error}). Pack it again with the usual method.") from error
    return target


def _list_of(archive: zipfile.ZipFile, doubts: list[Doubt]) -> zipfile.ZipInfo:
    """The member that is the list: the only one that is not left behind by a computer and does not go with a list."""
    members = [m for m in archive.infolist() if not m.is_dir() and not _LEFT_BEHIND.search(m.filename)]
    member = members[0] if len(members) == 1 else _list_among(members, doubts)
    if member.header_offset < 0:
        raise ArchiveDamaged("The zip file is damaged: its file begins before the archive does. Send it again.")
    if member.flag_bits & 1:
        raise ArchiveRefused(f"The file {member.filename} in the zip archive is encrypted. Send it without a password.")
    if member.compress_type not in _METHODS:
        raise ArchiveRefused(
            f"The file {member.filename} is packed in a way that is not read here. Pack it again with the usual method."
        )
    return member


def _list_among(members: Sequence[zipfile.ZipInfo], doubts: list[Doubt]) -> zipfile.ZipInfo:
    lists = [m for m in members if not _BESIDE.search(m.filename)]
    names = [m.filename for m in members]
    if len(lists) != 1 or PurePosixPath(lists[0].filename).suffix.lower() not in _LISTS:
        listed = ", ".join(names[:10]) + (", ..." if len(names) > 10 else "")
        raise ArchiveRefused(
            f"The zip archive must hold one file, not {len(members)}: {listed or 'none'}. Send one feed at a time."
        )
    beside = tuple(name for name in names if name != lists[0].filename)
    message = f"The archive's file {lists[0].filename} is read, others are not: {', '.join(beside[:10])}."
    doubts.append(Doubt("other_files", message, examples=beside[:10], holds=False))
    return lists[0]


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
        raise FeedTooLarge(f"The archive unpacks to more than {counted(limits.plain_bytes, 'byte')}. Split the feed.")
    if written > limits.bomb_bytes and written > limits.bomb_ratio * packed:
        raise FeedTooLarge(
            f"The archive unpacks to more than {limits.bomb_ratio} times its {packed} bytes: it looks like a decompression bomb. "
            "Send the feed unpacked if it is genuine."
        )
