import bz2
import gzip
import lzma
import zipfile
from pathlib import Path

import pytest

from imports_svc.feeds.errors import ArchiveDamaged, ArchiveRefused, EmptyFeed, FeedTooLarge, UnsupportedFormat
from imports_svc.feeds.model import Limits
from imports_svc.feeds.reader import inspect
from imports_svc.formats.container import unpack
from imports_svc.formats.opening import open_feed
from imports_svc.understanding.workbooks import xlsx

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
    with pytest.raises(FeedTooLarge, match="1,000 bytes"):
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
        (b"%PDF-1.7\n", "a PDF"),
        (b"\x89PNG\r\n\x1a\n", "a PNG"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "a HEIC"),
        (b"\0\0\0\x1cftypavif\0\0\0\0avifmif1", "an AVIF"),
        (b"\0\0\0\x1cftypmif1\0\0\0\0mif1avif", "an AVIF"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", "a video"),
        (b"BM" + (70).to_bytes(4, "little") + bytes(4) + b"\x36\0\0\0\x28\0\0\0" + bytes(30), "a BMP"),
        (b"\0\0\1\0\1\0" + bytes(30), "an icon"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "EPS"),
        (b"\xc5\xd0\xd3\xc6" + bytes(20), "an EPS"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "a WebP"),
        (b"RIFF\x10\0\0\0WAVEfmt ", "a sound"),
        (b"8BPS\0\1", "a Photoshop"),
        (b"\x00\x01\x00\x00Standard ACE DB\x00", "an Access"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(50) + "WordDocument".encode("utf-16-le"), "a Word"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><g><path d='M0'/></g></svg>", "an SVG"),
        (b"<!DOCTYPE html><html><body>Please sign in</body></html>", "an HTML page without a table"),
    ],
)
def test_what_is_no_list_is_refused_by_its_true_name(tmp_path: Path, content: bytes, says: str) -> None:
    with pytest.raises(UnsupportedFormat, match=says):
        open_feed(_written(tmp_path / "feed.csv", content), tmp_path)


@pytest.mark.parametrize(("content", "says"), [(b"7z\xbc\xaf\x27\x1c\0\4", "7-Zip"), (b"Rar!\x1a\x07\1\0", "RAR")])
def test_archives_that_are_not_opened_are_named(tmp_path: Path, content: bytes, says: str) -> None:
    with pytest.raises(ArchiveRefused, match=says):
        open_feed(_written(tmp_path / "feed.csv", content), tmp_path)


@pytest.mark.parametrize("text", ["BMW;1;2\nBMX;3;4\n", "MZ-1;2;3\nMZ-2;3;4\n", "[A];b;1\n[B];c;2\n", "BZh-1;2\nBZh-2;3\n"])
def test_text_that_begins_like_something_else_is_text(tmp_path: Path, text: str) -> None:
    path = _written(tmp_path / "feed.csv", text.encode())
    assert open_feed(path, tmp_path) == path


def test_office_documents_by_name_and_an_empty_file(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedFormat, match="a Word document"):
        open_feed(_zip(tmp_path / "a.docx", **{"[Content_Types].xml": b"<x/>", "word__SLASH__document.xml": b"<x/>"}), tmp_path)
    with pytest.raises(UnsupportedFormat, match="Numbers"):
        open_feed(_zip(tmp_path / "a.numbers", **{"Index__SLASH__Document.iwa": b"x"}), tmp_path)
    with pytest.raises(EmptyFeed):
        unpack(_written(tmp_path / "b.csv", b" \n\n"), tmp_path)


def test_bzip2_and_xz_are_unpacked_also_of_several_streams(tmp_path: Path) -> None:
    for suffix, pack in ((".bz2", bz2.compress), (".xz", lzma.compress)):
        path = _written(tmp_path / f"a.csv{suffix}", pack(CSV[:10]) + pack(CSV[10:]))
        assert unpack(path, tmp_path).read_bytes() == CSV
        with pytest.raises(ArchiveDamaged, match="cut short"):
            unpack(_written(tmp_path / f"b.csv{suffix}", pack(CSV * 1000)[:-9]), tmp_path)
        with pytest.raises(FeedTooLarge, match="bomb"):
            unpack(_written(tmp_path / f"c.csv{suffix}", pack(b"0" * 5_000_000)), tmp_path, Limits(bomb_bytes=1_000_000))


def test_what_computers_leave_in_folders_is_no_member(tmp_path: Path) -> None:
    left = {"__MACOSX__SLASH__prices__SLASH__._a.csv": b"x", "prices__SLASH__.DS_Store": b"x", "prices__SLASH__Thumbs.db": b"x"}
    left |= {"prices__SLASH__desktop.ini": b"x", "prices__SLASH__~$a.xlsx": b"x"}
    assert unpack(_zip(tmp_path / "a.zip", **{"prices__SLASH__a.csv": CSV}, **left), tmp_path).read_bytes() == CSV


def test_a_list_among_what_goes_with_one_is_read_and_that_is_told(tmp_path: Path) -> None:
    path = _zip(tmp_path / "a.zip", **{"a.csv": CSV, "readme.txt": b"hello", "pictures__SLASH__1.jpg": b"x"})
    text = open_feed(path, tmp_path)
    [doubt] = inspect(text).shape.doubts
    assert (text.read_bytes(), doubt.code, doubt.holds) == (CSV, "other_files", False)
    assert "readme.txt" in doubt.message


def test_a_workbook_in_an_archive_is_read_and_an_archive_is_not(tmp_path: Path) -> None:
    book = xlsx({"Preise": [["SKU", "Name"], ["A-1", "Lamp"]]})
    assert inspect(open_feed(_zip(tmp_path / "a.zip", **{"a.xlsx": book}), tmp_path)).rows == 1
    with pytest.raises(ArchiveRefused, match="another archive"):
        unpack(_zip(tmp_path / "b.zip", **{"a.zip": (tmp_path / "a.zip").read_bytes()}), tmp_path)
