"""A code written in any known way comes back as it was, or has no GTIN and is told."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import ean, isbn

from imports_svc.cleaning import codes
from imports_svc.cleaning.gtin import Column, Status, read_codes
from imports_svc.cleaning.text import tidied
from imports_svc.feeds.reader import inspect, read

BODIES = st.integers(300_000_000_000, 979_999_999_999)
GTINS = BODIES.map(lambda body: f"{body}{ean.calc_check_digit(str(body))}").filter(lambda code: code[0] in "3456789")
WRAPPINGS = [
    "{}", '="{}"', "'{}", "’{}", '"{}"', "`{}", "\u200e{}", "{}\u200b", "\u202a{}\u202c", " {}\u00a0", "{}\u00ad", "\ufeff{}",
    "\t{}", "={}",
    '""{}""', "“{}”", "„{}“", "'{}'",
]  # fmt: skip
LABELS = ["EAN: {}", "ean {}", "GTIN:{}", "UPC: {}", "Barcode: {}", "]E0{}", "(01)0{}", "010{}", "(01)0{}(10)AB12",
          "]C1010{}10AB12",
          "010{}17291231", "https://id.gs1.org/01/0{}", "(10)LOT7(01)0{}", "EAN-13: {}", "штрихкод: {}"]  # fmt: skip


def _gtin(cell: str, column: Column = Column()) -> tuple[str | None, Status]:  # noqa: B008
    _, gtin14, status = read_codes(pl.Series([cell.strip()], dtype=pl.String), column).row(0)
    return gtin14, Status(status)


@given(GTINS, st.sampled_from([*WRAPPINGS, *LABELS]))
def test_a_gtin_in_any_wrapping_is_found(code: str, wrapping: str) -> None:
    assert _gtin(wrapping.format(code))[0] == code.zfill(14), wrapping.format(code)


@given(GTINS, st.sampled_from([" ", "-", "\u2011", "\u00a0", "–"]))
def test_a_gtin_with_separators_is_found(code: str, mark: str) -> None:
    assert _gtin(mark.join((code[0], code[1:7], code[7:])))[0] == code.zfill(14)


@given(GTINS, st.sampled_from(["۰۱۲۳۴۵۶۷۸۹", "٠١٢٣٤٥٦٧٨٩", "０１２３４５６７８９", "०१२३४५६७८९"]))
def test_a_gtin_in_digits_of_any_script_is_found(code: str, digits: str) -> None:
    assert _gtin(code.translate(str.maketrans("0123456789", digits)))[0] == code.zfill(14)


@given(GTINS, GTINS, st.sampled_from([" / ", ",", ";", "|", "\n", " ", "  ", " and ", "-", " + "]))
def test_two_codes_in_one_cell_are_none_and_told(one: str, other: str, mark: str) -> None:
    gtin14, status = _gtin(f"{one}{mark}{other}")
    if one == other:
        assert gtin14 == one.zfill(14)
    else:
        assert (gtin14, status) == (None, Status.SEVERAL)
    broken = other[:-1] + str((int(other[-1]) + 1) % 10)
    assert _gtin(f"{one}{mark}{broken}") == (one.zfill(14), Status.REPAIRED)


@given(st.integers(1, 999_999_999), st.sampled_from([(1, 3, 9), (1, 4, 9), (2, 5, 9), (3, 6, 9)]), st.sampled_from("- "))
def test_isbn_10_as_printed(body: int, cuts: tuple[int, ...], mark: str) -> None:
    stem = f"{body:09d}"
    code = stem + isbn._calc_isbn10_check_digit(stem)
    printed = mark.join((code[: cuts[0]], code[cuts[0] : cuts[1]], code[cuts[1] : 9], code[9]))
    assert _gtin(printed, Column(isbn=True))[0] == isbn.to_isbn13(code).zfill(14)


REFS = st.from_regex(r"[A-Z0-9]{1,4}[-./][A-Z0-9]{2,6}", fullmatch=True)


class _Told:
    def warn(self, reason: str, field: str, mask: pl.Series) -> None:
        """Nothing is told of a code that is one."""


@given(REFS, st.sampled_from(WRAPPINGS))
def test_a_reference_in_any_wrapping_is_the_same(ref: str, wrapping: str) -> None:
    if wrapping == "={}" and not ref.isdigit():
        return
    for field in ("ref", "mpn"):
        assert tidied(pl.Series([wrapping.format(ref)]), field, _Told())[0] == ref  # type: ignore[arg-type]


@given(REFS)
def test_a_reference_in_wide_characters_is_the_same(ref: str) -> None:
    wide = "".join(chr(ord(c) + 0xFEE0) for c in ref)
    assert codes.bare(pl.Series([wide]))[0] == ref


@pytest.mark.parametrize(
    "ref", ['12"', "A'B", "M8²", "½-20", "A1™", "R&D-1", "=A1+B1", "90.750", "01.02.2024", "1/2", "0012", "1E5", "-5"]
)
def test_what_belongs_to_a_reference_stays(ref: str) -> None:
    assert tidied(pl.Series([ref]), "ref", _Told())[0] == ref  # type: ignore[arg-type]


def _file(rows: list[str], header: str = "SKU;EAN;Name") -> tuple[list[dict[str, Any]], dict[int, list[str]]]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "feed.csv"
        path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
        seen = inspect(path)
        blocks = list(read(path, seen.shape, seen.mapping, seen.profile))
        problems = {row["row_no"]: row["reasons"] for block in blocks for row in block.problems.to_dicts()}
        return [row for block in blocks for row in block.accepted.to_dicts()], problems


@pytest.mark.parametrize("label", ["SKU: ", "SKU:", "Art.-Nr.: ", "REF: ", "ref:", "Artikelnr: "])
def test_a_label_of_the_whole_column_is_none_of_the_codes(label: str) -> None:
    rows, _ = _file([f"{label}A-{at};;Lamp {at}" for at in range(10)])
    assert [row["ref"] for row in rows] == [f"A-{at}" for at in range(10)]
    mixed, _ = _file([f"{label if at % 2 else ''}A-{at};;Lamp {at}" for at in range(10)])
    assert mixed[1]["ref"] == f"{label}A-1".strip(), "labels of some tell codes apart"


@given(st.sets(st.integers(10_000_000_00, 99_999_999_99), min_size=8, max_size=20))
def test_upc_that_lost_their_zero_are_known_by_the_column(bodies: set[int]) -> None:
    found = sorted(str(body) + ean.calc_check_digit(f"{body:012d}") for body in bodies if str(body)[0] not in "24")
    rows, reasons = _file([f"{code};Lamp {at}" for at, code in enumerate(found)], "barcode;name")
    if len(found) >= 5:
        assert [row["gtin14"] for row in rows] == [code.zfill(14) for code in found]
        assert set(map(tuple, reasons.values())) == {("gtin_repaired",)}


@given(st.lists(st.integers(10_000_000, 99_999_999), min_size=30, max_size=60, unique=True))
def test_shop_numbers_of_eight_digits_are_no_gtin(numbers: list[int]) -> None:
    passing = sum(ean.calc_check_digit(str(number)[:-1]) == str(number)[-1] for number in numbers)
    rows, _ = _file([f"{number};Lamp {at}" for at, number in enumerate(numbers)], "barcode;name")
    if passing < 0.25 * len(numbers):
        assert not [row for row in rows if row["gtin14"] is not None]


@pytest.mark.parametrize("damaged", ["4.01E+12", "4,01E+12", "1.2E+05", "9.52007E+12"])
def test_one_damaged_reference_leaves_the_others(damaged: str) -> None:
    rows, reasons = _file([f"RD-{at:03d};;Lamp {at}" for at in range(20)] + [f"{damaged};;Lamp 99"])
    assert [row["ref"] for row in rows] == [f"RD-{at:03d}" for at in range(20)]
    assert reasons == {21: ["ref_damaged"]}


@pytest.mark.parametrize(
    "word",
    ["NULL", "\\N", "#N/A", "nan", "n/a", "N/A", "-", "#REF!", "none", "(null)", "#NV", "k.A.", "###", "לא ידוע", "неизвестно"],
)
def test_a_word_for_nothing_is_no_code(word: str) -> None:
    good = [f"RD-{at:03d};{4006381333931 if at else ''};Lamp {at};Osram;12,50;5" for at in range(9)]
    rows, reasons = _file([*good, f"{word};{word};Ghost;{word};{word};{word}", f"X-1;{word};{word};{word};{word};{word}"],
                          "SKU;EAN;Name;Brand;Price;Stock")  # fmt: skip
    assert [row["ref"] for row in rows][9:] == ["X-1"]
    assert "ref_missing" in reasons[10]
    last = rows[-1]
    assert (last["gtin14"], last["brand"], last["price"], last["stock"]) == (None, None, None, None)
