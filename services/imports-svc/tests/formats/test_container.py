import gzip
import zipfile
from pathlib import Path

import pytest

from imports_svc.feeds.errors import ArchiveDamaged, ArchiveRefused, EmptyFeed, FeedTooLarge, UnsupportedFormat
from imports_svc.feeds.model import Limits
from imports_svc.formats.container import unpack

CSV = b"sku;name\n1;Lamp\n"


def _zip(path: Path, **members: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__SLASH__", "/"), content)
    return path


def _written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def test_plain_file_is_itself(tmp_path: Path) -> None:
    path = _written(tmp_path / "a.csv", CSV)
    assert unpack(path, tmp_path) == path


def test_gzip_and_zip_are_unpacked(tmp_path: Path) -> None:
    packed = _written(tmp_path / "a.csv.gz", gzip.compress(CSV))
    zipped = _zip(tmp_path / "a.zip", **{"a.csv": CSV, "__MACOSX__SLASH__._a.csv": b"junk"})
    assert unpack(packed, tmp_path).read_bytes() == CSV
    assert unpack(zipped, tmp_path).read_bytes() == CSV


def test_several_members_are_named(tmp_path: Path) -> None:
    with pytest.raises(ArchiveRefused, match=r"not 2: a\.csv, b\.csv"):
        unpack(_zip(tmp_path / "a.zip", **{"a.csv": CSV, "b.csv": CSV}), tmp_path)


def test_truncated_archives_leave_nothing_behind(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    whole = gzip.compress(CSV * 1000)
    for name, content in {
        "a.gz": whole[:-20],
        "b.zip": _zip(tmp_path / "w.zip", **{"a.csv": CSV * 99}).read_bytes()[:-30],
    }.items():
        with pytest.raises(ArchiveDamaged, match="cut short"):
            unpack(_written(tmp_path / name, content), folder)
    assert list(folder.iterdir()) == []


def test_bomb_is_stopped_while_streaming(tmp_path: Path) -> None:
    bomb = _written(tmp_path / "bomb.gz", gzip.compress(b"0" * 5_000_000))
    with pytest.raises(FeedTooLarge, match="bomb"):
        unpack(bomb, tmp_path, Limits(bomb_bytes=1_000_000))
    with pytest.raises(FeedTooLarge, match="1000 bytes"):
        unpack(bomb, tmp_path, Limits(plain_bytes=1_000))


def test_nested_and_encrypted_archives_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ArchiveRefused, match="another archive"):
        unpack(_written(tmp_path / "a.gz", gzip.compress(gzip.compress(CSV))), tmp_path)
    content = bytearray(_zip(tmp_path / "e.zip", **{"a.csv": CSV}).read_bytes())
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(ArchiveRefused, match="encrypted"):
        unpack(_written(tmp_path / "enc.zip", bytes(content)), tmp_path)


@pytest.mark.parametrize("name", ["../../escaped.csv", "/escaped.csv", "C:\\escaped.csv", "a\u202ecsv.exe", "x" * 300])
def test_a_member_is_never_written_under_its_own_name(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "deep" / "out"
    folder.mkdir(parents=True)
    assert unpack(_zip(tmp_path / "a.zip", **{name: CSV}), folder) == folder / "a.zip.plain"
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["a.zip", "a.zip.plain"]


def test_rare_packing_is_refused(tmp_path: Path) -> None:
    for method in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        with zipfile.ZipFile(tmp_path / "a.zip", "w", method) as archive:
            archive.writestr("a.csv", CSV * 100)
        with pytest.raises(ArchiveRefused, match="usual method"):
            unpack(tmp_path / "a.zip", tmp_path)


def test_a_nameless_member_and_one_before_the_archive_are_damage(tmp_path: Path) -> None:
    whole = _zip(tmp_path / "a.zip", **{"a.csv": CSV}).read_bytes()
    place = whole.index(b"PK\x01\x02")
    with pytest.raises(ArchiveDamaged):
        unpack(_written(tmp_path / "cut.zip", whole[:10] + whole[20:]), tmp_path)
    nameless = bytearray(whole)
    nameless[place + 28 : place + 32] = b"\0\0\x05\0"
    with pytest.raises(ArchiveDamaged):
        unpack(_written(tmp_path / "nameless.zip", bytes(nameless)), tmp_path)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 50, "Excel"),
        (b"%PDF-1.7\n", "PDF"),
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b'<?xml version="1.0"?><a/>', "XML"),
        (b"\xef\xbb\xbf<Items><Item>1</Item></Items>", "XML"),
        (b"<!DOCTYPE html><html></html>", "HTML"),
        (b'[{"sku": 1}]', "JSON"),
    ],
)
def test_other_formats_are_named(tmp_path: Path, content: bytes, says: str) -> None:
    with pytest.raises(UnsupportedFormat, match=says):
        unpack(_written(tmp_path / "feed.csv", content), tmp_path)


def test_workbook_and_empty_file(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedFormat, match="Excel"):
        unpack(_zip(tmp_path / "a.xlsx", **{"[Content_Types].xml": b"<x/>", "xl__SLASH__workbook.xml": b"<x/>"}), tmp_path)
    with pytest.raises(EmptyFeed):
        unpack(_written(tmp_path / "b.csv", b" \n\n"), tmp_path)
