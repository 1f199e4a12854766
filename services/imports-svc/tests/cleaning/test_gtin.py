from pathlib import Path

import polars as pl
import pytest
from biip.upc import Upc
from hypothesis import given
from hypothesis import strategies as st
from stdnum import ean, isbn

from imports_svc.cleaning.checks import check_sum, isbn10_is_valid, upc_a
from imports_svc.cleaning.gtin import Column, Status, read_codes
from imports_svc.feeds.reader import inspect, read
from imports_svc.mapping.doubts import doubts_of

DIGITS = st.text("0123456789", min_size=1, max_size=14)


def _read(code: str | None, *, lost_zeros: bool = False, isbn: bool = False) -> tuple[str | None, str | None, str]:
    code, gtin14, status = read_codes(pl.Series([code], dtype=pl.String), Column(lost_zeros, isbn)).row(0)
    return code, gtin14, Status(status).name


@given(st.lists(DIGITS, min_size=1, max_size=50))
def test_check_digit_agrees_with_stdnum(codes: list[str]) -> None:
    passed = pl.Series(codes).cast(pl.Int64).to_frame("v").select(check_sum(pl.col("v")) == 0).to_series().to_list()
    assert passed == [ean.calc_check_digit(code.zfill(14)[:-1]) == code[-1] for code in codes]


@given(st.sampled_from("01"), st.text("0123456789", min_size=6, max_size=6))
def test_upc_e_expansion_agrees_with_biip(system: str, item: str) -> None:
    code = int(system + item) * 10
    expanded = pl.select(v=pl.lit(code, pl.Int64)).select(upc_a(pl.col("v"))).item() // 10
    assert f"{expanded:011d}" == Upc.parse(item if system == "0" else system + item).as_upc_a()[:11]


@given(st.lists(st.from_regex(r"[0-9]{9}[0-9X]", fullmatch=True), min_size=1, max_size=50))
def test_isbn10_agrees_with_stdnum(codes: list[str]) -> None:
    passed = pl.Series("v", codes).to_frame().select(isbn10_is_valid(pl.col("v"))).to_series().to_list()
    assert passed == [isbn.is_valid(code) for code in codes]


@given(st.lists(DIGITS, min_size=1, max_size=30))
def test_a_gtin_is_only_given_to_codes_that_pass(codes: list[str]) -> None:
    for code, gtin14 in zip(codes, read_codes(pl.Series(codes))["gtin14"], strict=True):
        if gtin14 is not None:
            assert ean.is_valid(gtin14[1:]) or ean.calc_check_digit(gtin14[:-1]) == gtin14[-1]
            assert gtin14 == code.zfill(14) or len(code) == 8


CODES = st.one_of(DIGITS, st.text("0123456789Xx.,eE+-= '\"\u00a0٣", max_size=16), st.text(max_size=20))


@given(st.lists(CODES.map(str.strip).filter(bool), max_size=20), st.booleans(), st.booleans())
def test_no_code_depends_on_its_neighbours(codes: list[str], lost_zeros: bool, isbn: bool) -> None:
    read = read_codes(pl.Series(codes, dtype=pl.String), Column(lost_zeros, isbn))
    assert [(*row[:2], Status(row[2]).name) for row in read.rows()] == [
        _read(code, lost_zeros=lost_zeros, isbn=isbn) for code in codes
    ]
    for gtin14, status in read.select("gtin14", "status").rows():
        assert (gtin14 is not None) == (status in (Status.VALID, Status.REPAIRED))
        assert gtin14 is None or (len(gtin14) == 14 and ean.calc_check_digit(gtin14[:-1]) == gtin14[-1])
        assert gtin14 is None or int(gtin14) > 0


@pytest.mark.parametrize(
    ("code", "gtin14", "status"),
    [
        ("4006381333931", "04006381333931", "VALID"),
        ("042100005264", "00042100005264", "VALID"),
        ("14006381333938", "14006381333938", "VALID"),
        ("96385074", "00000096385074", "VALID"),
        ("04252614", "00042100005264", "VALID"),  # fails as GTIN-8, passes as UPC-E
        ("01234565", None, "AMBIGUOUS"),
        ("2000000000008", None, "RESTRICTED"),
        ("0212345678909", None, "RESTRICTED"),
        ("412345678903", None, "RESTRICTED"),
        ("20123451", None, "RESTRICTED"),
        ("4006381333932", None, "CHECK_DIGIT"),
        ("0000000000000", None, "ZERO"),
        ("0", None, "ZERO"),
        ("4.68E+11", None, "DAMAGED"),
        ("9,78043902348e+12", None, "DAMAGED"),
        ("4006381333931.0", "04006381333931", "REPAIRED"),
        ("96385074,00", "00000096385074", "REPAIRED"),
        ("4006381333932.0", None, "DAMAGED"),
        ("12345.0", None, "DAMAGED"),
        ("'4006381333931", "04006381333931", "VALID"),
        ('="4006381333931"', "04006381333931", "VALID"),
        ("４００６３８１３３３９３１", "04006381333931", "VALID"),
        ("٤٠٠٦٣٨١٣٣٣٩٣١", "04006381333931", "VALID"),
        ("4 006381\u00a0333931", "04006381333931", "VALID"),
        ("400-6381-333931", "04006381333931", "VALID"),
        ("12345", None, "INTERNAL"),
        ("42100005264", None, "INTERNAL"),
        ("0439023483", None, "INTERNAL"),  # one code in eleven passes as ISBN-10 by chance
        ("AB-12 C", None, "INTERNAL"),
        ("1E5", None, "INTERNAL"),
        (None, None, "EMPTY"),
    ],
)
def test_codes(code: str | None, gtin14: str | None, status: str) -> None:
    assert _read(code)[1:] == (gtin14, status)


def test_internal_codes_keep_their_form() -> None:
    assert _read("AB-12 C")[0] == "AB-12 C"
    assert _read("'12 345")[0] == "12345"


def test_lost_zeros_come_back_only_in_a_damaged_column() -> None:
    assert _read("42100005264", lost_zeros=True) == ("42100005264", "00042100005264", "REPAIRED")
    assert _read("42100005265", lost_zeros=True)[2] == "INTERNAL"
    assert _read("4252614", lost_zeros=True)[2] == "INTERNAL"


def test_isbn_columns() -> None:
    assert _read("0439023483", isbn=True)[1:] == ("09780439023481", "VALID")
    assert _read("080442957X", isbn=True)[1:] == ("09780804429573", "VALID")
    assert _read("439023483", isbn=True)[2] == "INTERNAL"
    assert _read("439023483", isbn=True, lost_zeros=True)[1:] == ("09780439023481", "REPAIRED")
    assert _read("60838671", isbn=True, lost_zeros=True)[1:] == ("09780060838676", "REPAIRED")


@pytest.mark.parametrize(
    ("codes", "lengths"),
    [
        # Of a short list: UPC without their zeros, alone or beside whole ones.
        (["36000291452", "12345678905", "42100005264"], {11}),
        (["36000291452", "12345678905", "4006381333931"], {11}),
        # One more may be by chance, and so may those of a list whose others are none.
        (["36000291452", "4006381333931"], set()),
        (["36000291452", "12345678905"], set()),
        (["36000291452", "12345678905", "42100005264", "12345678904"], set()),
        (["36000291452", "12345678905", "4006381333931", "4006381333932"], set()),
        (["36000291452", "12345678905", "42100005264", "4711"], set()),
    ],
)
def test_short_lists_of_upc_that_lost_their_zero(tmp_path: Path, codes: list[str], lengths: set[int]) -> None:
    path = tmp_path / "feed.csv"
    path.write_text("sku;ean;name;price\n" + "".join(f"A-{at};{code};Pen {at};1,50\n" for at, code in enumerate(codes)))
    seen = inspect(path)
    assert seen.profile.columns[1].short_gtins == lengths
    [block] = read(path, seen.shape, seen.mapping, seen.profile, default_currency="EUR")
    given = [gtin is not None for gtin in block.accepted["gtin14"]]
    assert given[0] is bool(lengths)
    told = {doubt.code for doubt in doubts_of(seen, seen.mapping)}
    assert ("gtin_zeros" in told) is bool(lengths)
