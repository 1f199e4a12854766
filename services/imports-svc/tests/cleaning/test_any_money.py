"""A price written in any known way comes back as it was, or is left out and told: never as another price."""

from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.currencies import CODES
from imports_svc.cleaning.numbers import read_decimals
from imports_svc.feeds.model import Doubt, Mark, NumberStyle
from imports_svc.feeds.reader import inspect, read
from imports_svc.mapping.doubts import doubts_of
from imports_svc.mapping.suggest import apply_overrides
from imports_svc.vocabulary import values

SURE = {sign: codes[0] for sign, codes in values.SIGNS.items() if len(codes) == 1}
SEVERAL = {sign: codes for sign, codes in values.SIGNS.items() if len(codes) > 1 and sign.upper() not in CODES}
AMOUNTS = st.decimals(Decimal("0.01"), Decimal(9_999_999), places=2)
STYLES = st.sampled_from(
    [(".", ","), (",", "."), (",", " "), (".", "'"), (",", "\u00a0"), (",", "\u202f"), (".", "’"), (".", "")]
)
DIGITS = {
    "ascii": "0123456789",
    "persian": "۰۱۲۳۴۵۶۷۸۹",
    "arabic": "٠١٢٣٤٥٦٧٨٩",
    "hindi": "०१२३४५६७८९",
    "wide": "０１２３４５６７８９",
}


def _file(text: str, currency: str | None = None) -> tuple[list[dict[str, Any]], dict[int, list[str]], tuple[Doubt, ...]]:
    """Accepted rows, reasons by row and doubts."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "feed.csv"
        path.write_text(text, encoding="utf-8")
        seen = inspect(path)
        blocks = list(read(path, seen.shape, seen.mapping, seen.profile, default_currency=currency))
        rows = [row for block in blocks for row in block.accepted.to_dicts()]
        reasons = {row["row_no"]: row["reasons"] for block in blocks for row in block.problems.to_dicts()}
        return rows, reasons, doubts_of(seen, seen.mapping, currency or "")


def _written(amount: Decimal, decimal: str, group: str) -> str:
    return f"{amount:,.2f}".replace(".", "!").replace(",", group).replace("!", decimal)


def _column(cells: list[str], header: str = "Price") -> str:
    return f"SKU\tName\t{header}\n" + "".join(f"A{at}\tBlue lamp no. {at}\t{cell}\n" for at, cell in enumerate(cells))


@given(
    AMOUNTS,
    st.sampled_from([*sorted(SURE), *sorted(CODES)]),
    STYLES,
    st.sampled_from(
        ["{s}{n}", "{s} {n}", "{n}{s}", "{n} {s}", "{n}\u00a0{s}", "{n} {s}.", "{n} ({s})", "{s} {n} netto", "{n} {s} *"]
    ),
)
def test_a_sign_of_one_currency_is_that_one_wherever_it_stands(
    amount: Decimal, sign: str, style: tuple[Mark, str], place: str
) -> None:
    cell = place.format(s=sign, n=_written(amount, *style))
    value, status, currency, _ = read_decimals(pl.Series([cell]), NumberStyle(style[0])).row(0)
    if value is None:
        assert status, "what is not read is told"
    else:
        assert Decimal(value) == amount, cell
        assert currency is not None, cell
        assert SURE.get(values.plain(sign), sign) in currency.split(), cell


@pytest.mark.parametrize("sign", sorted(SEVERAL))
@pytest.mark.parametrize("usual", [None, "EUR"])
def test_a_sign_of_several_never_becomes_the_usual_currency(sign: str, usual: str | None) -> None:
    rows, reasons, doubts = _file(_column([f"{at},50 {sign}" for at in range(10, 20)]), usual)
    for at, row in enumerate(rows, 1):
        if row["price"] is not None:
            assert row["currency"] in SEVERAL[sign], "one that is nearly always meant, said of the column"
            assert any(doubt.code == "currency_assumed" and doubt.holds for doubt in doubts) or row["currency"] == usual
        else:
            assert row["currency"] is None or row["currency"] != "EUR" or "EUR" in SEVERAL[sign]
            assert reasons[at], "left out and told"


@pytest.mark.parametrize("sign", sorted(SEVERAL))
def test_a_sign_of_several_is_settled_by_evidence(sign: str) -> None:
    code = SEVERAL[sign][-1]
    cells = [f"{at},50 {sign}" for at in range(10, 20)]
    rows, _, doubts = _file(_column(cells), code)
    assert {row["currency"] for row in rows} == {code}
    assert {row["price"] for row in rows} == {f"{at}.5" for at in range(10, 20)}
    assert not [doubt for doubt in doubts if doubt.code.startswith("currency")]
    rows, _, _ = _file(
        "SKU\tName\tPrice\tCurrency\n" + "".join(f"A{at}\tLamp\t{cell}\t{code}\n" for at, cell in enumerate(cells))
    )
    assert {row["currency"] for row in rows} == {code}


@pytest.mark.parametrize("header", ["Pris (kr)", "Pris kr", "Price (Rs.)", "Cena (din)", "Preț lei", "Price ¥", "Precio $"])
def test_a_header_of_several_currencies_is_no_supplier_s_own(header: str) -> None:
    rows, _, doubts = _file(_column([f"{at},50" for at in range(10, 20)], header), "EUR")
    assert all(row["currency"] != "EUR" or row["price"] is None for row in rows)
    assert any(doubt.code.startswith("currency_") and doubt.holds for doubt in doubts)


@pytest.mark.parametrize("sign", ["₿", "₯", "تومان", "¤", "⃁", "toman"])
def test_a_currency_without_a_code_leaves_no_price(sign: str) -> None:
    rows, reasons, _ = _file(_column([f"{at},50 {sign}" for at in range(10, 20)]), "EUR")
    assert {row["price"] for row in rows} == {None}
    assert len(reasons) == 10


@given(AMOUNTS, st.sampled_from(sorted(DIGITS)), st.booleans())
def test_digits_of_any_script(amount: Decimal, script: str, grouped: bool) -> None:
    eastern = script in ("persian", "arabic")
    text = f"{amount:,.2f}" if grouped else f"{amount:.2f}"
    cell = text.translate(str.maketrans("0123456789", DIGITS[script]))
    if eastern:
        cell = cell.replace(",", "٬").replace(".", "٫")
    value = read_decimals(pl.Series([cell]), NumberStyle("."))["value"][0]
    assert Decimal(value) == amount, cell
    if eastern:
        assert read_decimals(pl.Series([cell]), NumberStyle(","))["value"][0] == value, "marks of their own leave nothing open"


@given(st.integers(0, 9_999_999_999))
def test_lakh_grouping(number: int) -> None:
    text, groups = str(number), []
    groups.append(text[-3:])
    text = text[:-3]
    while text:
        groups.append(text[-2:])
        text = text[:-2]
    cell = ",".join(reversed(groups))
    for decimal in (".", ",") if len(groups) > 2 else (".",):
        value = read_decimals(pl.Series([cell]), NumberStyle(decimal))["value"][0]
        assert Decimal(value) == number, cell


@given(st.lists(st.integers(1, 999_999), min_size=3, max_size=20), st.sampled_from(".,"), st.booleans())
def test_a_column_that_can_be_read_two_ways_is_right_or_held(numbers: list[int], mark: str, stock: bool) -> None:
    cells = [f"{number:,}".replace(",", mark) for number in numbers]
    header = "Stock" if stock else "Price"
    rows, reasons, doubts = _file(_column(cells, header))
    field = "stock" if stock else "price"
    held = any(doubt.code == f"{field}_marks" and doubt.holds for doubt in doubts)
    for at, (row, number) in enumerate(zip(rows, numbers, strict=True), 1):
        value = row[field]
        right = value is not None and Decimal(value) == number
        assert right or held or at in reasons, cells


@given(st.lists(st.decimals(Decimal("0.001"), Decimal("999.999"), places=3), min_size=3, max_size=20), st.sampled_from(".,"))
def test_prices_with_three_decimals_are_right_or_held(numbers: list[Decimal], mark: str) -> None:
    rows, reasons, doubts = _file(_column([f"{number:.3f}".replace(".", mark) for number in numbers]))
    held = any(doubt.code == "price_marks" and doubt.holds for doubt in doubts)
    for at, (row, number) in enumerate(zip(rows, numbers, strict=True), 1):
        assert held or at in reasons or Decimal(row["price"]) == number


@pytest.mark.parametrize(
    ("currency", "cell", "value"),
    [
        ("HUF", "12.500", "12500"),
        ("JPY", "12,500", "12500"),
        ("KWD", "12.500", "12.5"),
        ("KRW", "1.250", "1250"),
        ("TND", "1,250", "1.25"),
    ],
)
def test_a_currency_without_fractions_settles_it(currency: str, cell: str, value: str) -> None:
    rows, _, doubts = _file(_column([cell] * 5, f"Price {currency}"))
    assert {(row["price"], row["currency"]) for row in rows} == {(value, currency)}
    assert not doubts


def test_a_person_says_the_mark(tmp_path: Path) -> None:
    path = tmp_path / "feed.csv"
    path.write_text(_column(["1.250", "2.400", "980"]), encoding="utf-8")
    seen = inspect(path)
    for mark, price in ((".", "1.25"), (",", "1250")):
        mapping = apply_overrides(seen.mapping, {"decimal_mark": mark}, seen.shape, seen.profile)
        [block] = read(path, seen.shape, mapping, seen.profile)
        assert block.accepted["price"][0] == price
        assert not doubts_of(seen, mapping)


WHOLE = ["12,-", "12.-", "12,--", "12.—", "12,–", "12/-", "Rs. 12/-", "12/=", "CHF 12.-", "12 ,-"]


@pytest.mark.parametrize("cell", WHOLE)
def test_whole_amounts(cell: str) -> None:
    assert read_decimals(pl.Series([cell]), NumberStyle("."))["value"][0] == "12"


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("12,50/100", "0.125"), ("12,50 / 100 St", "0.125"), ("12,50 € per 100", "0.125"), ("12,50 je 1.000 Stück", "0.0125"),
        ("12,50 pro 100 Stk.", "0.125"), ("12,50 / 1 St", "12.5"), ("12,50/Stk", "12.5"), ("12,50 € / pc", "12.5"),
        ("12,50 pour 100", "0.125"), ("12,50/kg", None), ("12,50 je 100 m", None), ("12,50/VPE", None), ("12,50/13", None),
    ],
)  # fmt: skip
def test_a_price_for_a_quantity_is_for_one_or_none(cell: str, value: str | None) -> None:
    assert read_decimals(pl.Series([cell]), NumberStyle(","))["value"][0] == value


@given(
    st.lists(st.tuples(AMOUNTS, st.sampled_from([1, 10, 100, 1000])), min_size=2, max_size=10),
    st.sampled_from(["Preiseinheit", "PE", "price unit", "per", "Unité de prix", "Jednostka ceny", "Preis pro"]),
)
def test_a_price_unit_divides(rows: list[tuple[Decimal, int]], header: str) -> None:
    text = f"SKU\tName\tPreis\t{header}\n" + "".join(
        f"A{at}\tBlue lamp no. {at}\t{amount:.2f}\t{unit}\n" for at, (amount, unit) in enumerate(rows)
    )
    found, reasons, doubts = _file(text)
    assert any(doubt.code == "price_unit" for doubt in doubts)
    for at, (row, (amount, unit)) in enumerate(zip(found, rows, strict=True), 1):
        assert Decimal(row["price"]) == amount / unit or at in reasons


@pytest.mark.parametrize("unit", ["100 St", "per 100", "100 pcs", "1.00E+02", "C", "kg", "", "-", "Stück", "hundert", "0"])
def test_units_in_words_are_understood_or_told(unit: str) -> None:
    text = (
        "SKU\tName\tPreis\tPreiseinheit\n"
        + "".join(f"A{at}\tLamp {at}\t12.50\t100\n" for at in range(9))
        + f"B\tLamp\t12.50\t{unit}\n"
    )
    rows, reasons, _ = _file(text)
    last = rows[-1]["price"]
    expected = {"100 St": "0.125", "per 100": "0.125", "100 pcs": "0.125", "hundert": "0.125", "Stück": "12.5"}
    assert last == expected.get(unit, last)
    assert unit in expected or reasons[10]
