from collections import Counter
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imports_svc.cleaning.marks import shapes, style_of, vote
from imports_svc.cleaning.numbers import Status, read_decimals
from imports_svc.feeds.model import Mark, NumberStyle


def _read(text: str, decimal: Mark) -> tuple[str | None, str]:
    value, status = read_decimals(pl.Series([text]), NumberStyle(decimal)).row(0)[:2]
    return value, Status(status).name


@pytest.mark.parametrize("decimal", [".", ","])
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 234,56", "1234.56"), ("1.234,56", "1234.56"), ("1,234.56", "1234.56"), ("4,417,08", "4417.08"),
        ("1234.5600", "1234.56"), ("54,23*", "54.23"), ("0,234", "0.234"), ("0.234", "0.234"), ("1,234,567", "1234567"),
        ("1\u00a0234,5", "1234.5"), ("1\u202f234,5", "1234.5"), ("1'234.50", "1234.5"), ("12.-", "12"), (".5", "0.5"),
        ("12,50 €", "12.5"), ("€ 12.50", "12.5"), ("12,50 EUR", "12.5"), ("$1,234.5", "1234.5"), ("5 zł", "5"),
        ("1,23,456.78", "123456.78"), ("007.50", "7.5"), ("0.00", "0"), ("100", "100"), ("1000000.5", "1000000.5"),
    ],
)  # fmt: skip
def test_values_that_speak_for_themselves(text: str, value: str, decimal: Mark) -> None:
    assert _read(text, decimal) == (value, "OK")


def test_the_column_decides_what_one_value_leaves_open() -> None:
    assert _read("1,234", ",") == ("1.234", "OK")
    assert _read("1,234", ".") == ("1234", "OK")
    assert _read("1.234", ",") == ("1234", "OK")
    assert _read("1.234", ".") == ("1.234", "OK")


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("-", "EMPTY"), ("–", "EMPTY"), ("-3", "NEGATIVE"), ("(12,50)", "NEGATIVE"), ("12,50-", "NEGATIVE"),
        ("abc", "INVALID"), ("12 34", "INVALID"), ("1e5", "INVALID"), ("1.2.3", "INVALID"), ("9999999999999", "INVALID"),
        ("12/kg", "UNIT"), ("12,50 TTC", "GROSS"), ("20 %", "INVALID"), ("12,50²", "INVALID"), ("ca. 12", "INVALID"),
        ("12,34.56", "INVALID"), ("12,50 / 13,90", "INVALID"), ("#REF!", "ERROR"), ("Err:502", "ERROR"), ("####", "ERROR"),
        ("NULL", "EMPTY"),
    ],
)  # fmt: skip
def test_values_that_are_no_price(text: str, status: str) -> None:
    assert _read(text, ".") == (None, status)


def test_more_than_six_decimals_are_rounded_and_said() -> None:
    assert _read("46.49999999999997", ".") == ("46.5", "ROUNDED")
    assert _read("12.500000000", ".") == ("12.5", "OK")


@pytest.mark.parametrize(
    ("shapes", "style"),
    [
        ({"99,99": 5, "9.999": 1}, NumberStyle(",")),
        ({"9,999": 5, "99.99": 1}, NumberStyle(".")),
        ({"9,999,99": 2}, NumberStyle(",")),
        ({"9,999,999": 2}, NumberStyle(".")),
        ({"9,999": 5}, NumberStyle(".", ambiguous=True)),
        ({}, NumberStyle(".")),
    ],
)
def test_votes(shapes: dict[str, int], style: NumberStyle) -> None:
    assert style_of(*vote(Counter(shapes)), ".") == style


MARKS = st.sampled_from([".", ","])
WRITTEN = st.text("0123456789.,' -+()*€$%eEXxRUB\u00a0\u202f٣−", max_size=14)


@given(st.lists(st.one_of(st.none(), WRITTEN.map(str.strip).filter(bool)), max_size=20), MARKS)
def test_a_value_has_the_digits_that_were_written_and_no_others(cells: list[str | None], decimal: Mark) -> None:
    read = read_decimals(pl.Series(cells, dtype=pl.String), NumberStyle(decimal))
    assert read.height == len(cells)
    for cell, (value, status, _, _) in zip(cells, read.rows(), strict=True):
        assert (value is not None) == (status in (Status.OK, Status.ROUNDED, Status.DIVIDED)), cell
        assert (status == Status.EMPTY) >= (cell is None)
        if status == Status.OK:
            assert cell is not None
            assert value == f"{Decimal(value).normalize():f}", "one writing for one value"
            digits = "".join(str(int(c)) for c in cell if c.isdecimal())
            assert value.replace(".", "").strip("0") == digits.strip("0")


@given(st.lists(WRITTEN.map(str.strip).filter(bool), min_size=1, max_size=20), MARKS)
def test_no_value_depends_on_its_neighbours(cells: list[str], decimal: Mark) -> None:
    style = NumberStyle(decimal)
    alone = [read_decimals(pl.Series([cell]), style).row(0) for cell in cells]
    assert read_decimals(pl.Series(cells), style).rows() == alone


@given(st.lists(st.one_of(WRITTEN, st.text(max_size=20)), max_size=30))
def test_any_column_gets_a_style(cells: list[str]) -> None:
    found = shapes(pl.Series(cells, dtype=pl.String)).drop_nulls().to_list()
    assert style_of(*vote(Counter(found)), ".").decimal in (".", ",")


@given(
    st.lists(st.decimals(0, 999_999_999, places=2), min_size=1, max_size=30),
    st.sampled_from([(",", "."), (".", ","), (",", " "), (".", "'"), (",", "\u202f"), (".", "")]),
)
def test_any_usual_writing_gives_the_value_back(values: list[Decimal], marks: tuple[Mark, str]) -> None:
    decimal, group = marks
    written = [f"{value:,.2f}".replace(".", "!").replace(",", group).replace("!", decimal) for value in values]
    read = read_decimals(pl.Series(written), NumberStyle(decimal))
    assert [Decimal(value) for value in read["value"]] == values
