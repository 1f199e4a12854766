"""Files that break readers, each over the process that reads feeds: refused with the reason here, or every row of it told.

What a file is decides, whatever its name says; with nothing to know rows by, its import waits for a mapping. EXPECTED_readers.tsv
of the folder says what two other readers made of the workbooks.
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
# Known by their first bytes, before anything in them is unpacked or parsed.
BY_SUFFIX = dict.fromkeys((".jpg", ".png", ".gif", ".tif", ".webp", ".avif", ".bmp"), "UnsupportedFormat: image, not a list")
REFUSED = {
    # A TIFF without a suffix.
    "pillow_timeout-6646305047838720": "UnsupportedFormat: a TIFF image",
    # An OLE workbook that is a zip by its name.
    "calamine_pass_protected.xlsb": "PasswordProtected: password-protected",
    # It ends in the middle, and says so of its tables of sectors.
    "calamine_OOM_alloc3.xls": "FileDamaged: damaged or was cut short",
    # Asks for 17 thousand million cells.
    "calamine_issue_594_dos.ods": "FeedTooLarge: repeats a cell 999,999,999 times",
    # Two sheets with a picture and no cell.
    "calamine_picture.xlsx": "EmptyFeed: The XLSX workbook is empty",
    "vips_truncated.svgz": "ArchiveDamaged: damaged or was cut short",
    "corkami_zip_aes.zip": "ArchiveRefused: is encrypted",
    # Two directories, of which readers see one or the other.
    "corkami_zip_dual.zip": "ArchiveRefused: World.txt, World.txt",
    # The method of WinZip that packs pictures.
    "corkami_zip_jpeg.zip": "ArchiveRefused: Pack it again with the usual method",
}
# Rows, columns, and whether they could be imported as they stand.
READ = {
    "viatec_category.csv": (322, 18, False),
    "EXPECTED_readers.tsv": (23, 4, False),
    "EXPECTED_pillow13.tsv": (36, 13, False),
    # 68 letters, which is no workbook.
    "calamine_too_small.xls": (1, 1, False),
    # A zip whose comment lies; the file in it is sound.
    "corkami_zip_volumecomment.zip": (2, 1, False),
    "calamine_OOM_alloc.xls": (17, 23, False),
    "calamine_column_row_ranges.xlsx": (3, 5, False),
    "calamine_date.xls": (3, 2, True),
    "calamine_date_1904.xls": (3, 2, True),
    "calamine_date_iso.xlsx": (6, 1, False),
    "calamine_empty_s_attribute.xlsx": (4, 2, False),
    "calamine_encoded_entities.xlsx": (1, 1, False),
    "calamine_has_x000D_.xlsx": (1, 1, False),
    "calamine_inlineStr_cdata.xlsx": (1, 2, True),
    "calamine_issue438.xlsx": (4, 2, False),
    "calamine_malformed_format.xls": (35, 24, False),
    "calamine_merge_cells.xlsx": (1, 3, False),
    "calamine_merged_range.xlsx": (4, 8, False),
    "calamine_number_rows_repeated.ods": (4, 2, False),
    "calamine_string-ref.xlsx": (1, 1, True),
    "calamine_whitespace_trim.xlsx": (2, 4, False),
    "odoo_test_supplier_drinks_complex_sheet.xlsx": (5, 7, True),
    "odoo_test_supplier_spanish_drinks.xlsx": (4, 5, True),
}
# What of each is not sure, with an asterisk where it holds the job.
DOUBTS = {
    "calamine_OOM_alloc.xls": "other_sheets merged_bands more_decimals_than_shown",
    "calamine_column_row_ranges.xlsx": "sheet_choice*",
    "calamine_merge_cells.xlsx": "merged_bands merged_cells",
    "calamine_merged_range.xlsx": "sheet_choice* merged_cells merged_bands",
    "calamine_number_rows_repeated.ods": "sheet_choice*",
    "calamine_string-ref.xlsx": "other_sheets",
    "calamine_whitespace_trim.xlsx": "sheet_choice*",
    "odoo_test_supplier_drinks_complex_sheet.xlsx": "merged_bands",
}
NOTES = {"README.md"}


@pytest.fixture(scope="module")
async def reader() -> AsyncIterator[Reader]:
    reader = Reader()
    yield reader
    await reader.close()


async def outcome(reader: Reader, path: Path) -> tuple[str, tuple[int, int, bool] | None, str]:
    """Why the file is refused; or what it holds and doubts, when each row was accepted, rejected or is waiting for a mapping."""
    try:
        plain = await reader.unpack(path, path.parent)
        seen = await reader.inspect(plain, whole=True)
    except FeedError as refused:
        return f"{refused.reason}: {refused}", None, ""
    if seen.mapping.usable:
        pieces = [piece async for piece in reader.pieces(plain, Reading(seen, seen.mapping, "EUR"), "Hostile")]
        assert pieces[-1].rows == seen.rows, "each row of the file is told"
    doubts = " ".join(f"{doubt.code}{'*' * doubt.holds}" for doubt in seen.shape.doubts)
    return "", (seen.rows, len(seen.shape.columns), seen.mapping.usable), doubts


@pytest.mark.parametrize("folder", FOLDERS)
async def test_every_file_is_read_or_refused_as_expected(feeds: Path, reader: Reader, tmp_path: Path, folder: str) -> None:
    differing = {}
    files = [path for path in sorted((feeds / folder).iterdir()) if path.name not in NOTES]
    assert len(files) > 20
    for path in files:
        copy = tmp_path / path.name
        shutil.copy(path, copy)
        refusal, held, doubts = await outcome(reader, copy)
        reason, _, words = (REFUSED.get(path.name) or BY_SUFFIX.get(path.suffix, "")).partition(": ")
        expected = READ.get(path.name)
        read = (held, sorted(doubts.split())) == (expected, sorted(DOUBTS.get(path.name, "").split()))
        as_expected = read if expected else held is None and refusal.startswith(f"{reason}: ") and words in refusal
        if not as_expected:
            differing[path.name] = refusal or (held, doubts)
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
