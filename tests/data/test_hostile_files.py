"""Files that break readers, each over the process that reads feeds: refused with the reason here, or every row of it told.

What is a text is read as one, whatever its name says; with nothing to know rows by, its import waits for a mapping.
"""

import csv
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from imports_svc.feeds.errors import FeedError
from imports_svc.reading.reader import Reader
from imports_svc.reading.reading import Reading

pytestmark = pytest.mark.data

FOLDERS = ("11_spreadsheets_nasty", "13_images_hostile")
# Known by their first bytes or by what the archive holds, before anything in them is unpacked or parsed.
BY_SUFFIX = dict.fromkeys(
    (".xls", ".xlsx", ".xlsb", ".ods", ".jpg", ".png", ".gif", ".tif", ".webp"), "UnsupportedFormat: not delimited text"
)
REFUSED = {
    # A TIFF without a suffix.
    "pillow_timeout-6646305047838720": "UnsupportedFormat: a TIFF image",
    # An OLE workbook that is a zip by its name, and the other way round.
    "calamine_pass_protected.xlsb": "UnsupportedFormat: password-protected",
    # Binary without a mark that we know.
    "pillow_bmp_b_badrle.bmp": "UnreadableText: NUL byte at offset 4",
    "vips_17000x17000.avif": "UnreadableText: NUL byte at offset 0",
    "vips_avif-orientation-6.avif": "UnreadableText: NUL byte at offset 0",
    "vips_truncated.svgz": "ArchiveDamaged: damaged or was cut short",
    "corkami_zip_aes.zip": "ArchiveRefused: is encrypted",
    # Two directories, of which readers see one or the other.
    "corkami_zip_dual.zip": "ArchiveRefused: World.txt, World.txt",
    # The method of WinZip that packs pictures.
    "corkami_zip_jpeg.zip": "ArchiveRefused: Pack it again with the usual method",
}
# Rows, columns, and whether they could be imported as they stand.
READ = {
    "viatec_category.csv": (322, 18, True),
    "EXPECTED_readers.tsv": (23, 4, True),
    "EXPECTED_pillow13.tsv": (36, 13, True),
    # 68 letters, which is no workbook.
    "calamine_too_small.xls": (1, 1, False),
    # A zip whose comment lies; the file in it is sound.
    "corkami_zip_volumecomment.zip": (2, 1, False),
}
NOTES = {"README.md"}


@pytest.fixture(scope="module")
async def reader() -> AsyncIterator[Reader]:
    reader = Reader()
    yield reader
    await reader.close()


async def outcome(reader: Reader, path: Path) -> tuple[str, tuple[int, int, bool] | None]:
    """Why the file is refused; or what it holds, when each of its rows was accepted, rejected or is waiting for a mapping."""
    try:
        plain = await reader.unpack(path, path.parent)
        seen = await reader.inspect(plain, whole=True)
    except FeedError as refused:
        return f"{refused.reason}: {refused}", None
    if seen.mapping.usable:
        pieces = [piece async for piece in reader.pieces(plain, Reading(seen, seen.mapping, "EUR"), "Hostile")]
        assert pieces[-1].rows == seen.rows, "each row of the file is told"
    return "", (seen.rows, len(seen.shape.columns), seen.mapping.usable)


@pytest.mark.parametrize("folder", FOLDERS)
async def test_every_file_is_read_or_refused_as_expected(feeds: Path, reader: Reader, tmp_path: Path, folder: str) -> None:
    differing = {}
    files = [path for path in sorted((feeds / folder).iterdir()) if path.name not in NOTES]
    assert len(files) > 20
    for path in files:
        copy = tmp_path / path.name
        shutil.copy(path, copy)
        refusal, held = await outcome(reader, copy)
        reason, _, words = (REFUSED.get(path.name) or BY_SUFFIX.get(path.suffix, "")).partition(": ")
        expected = READ.get(path.name)
        as_expected = held == expected if expected else held is None and refusal.startswith(f"{reason}: ") and words in refusal
        if not as_expected:
            differing[path.name] = refusal or held
    assert differing == {}


async def test_a_feed_of_repeated_headers_and_quoted_delimiters_is_read_to_the_cell(
    feeds: Path, reader: Reader, tmp_path: Path
) -> None:
    path = feeds / FOLDERS[0] / "viatec_category.csv"
    seen = await reader.inspect(path)
    with path.open(encoding="utf-8-sig", newline="") as text:
        header, *rows = csv.reader(text, delimiter=";")
    assert (seen.shape.encoding, seen.shape.delimiter, seen.rows) == ("utf-8-sig", ";", len(rows))
    assert len(set(seen.shape.columns)) == len(header)
    assert len(seen.shape.renamed) == len(header) - len(set(header))
    assert [list(row) for row in seen.sample] == rows[: len(seen.sample)]
