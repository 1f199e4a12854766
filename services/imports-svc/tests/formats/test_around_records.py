"""What stands around the records of a tree: the currency of all prices, and for how many they are."""

from pathlib import Path

import pytest

from imports_svc.feeds.model import Inspection
from imports_svc.feeds.reader import inspect
from imports_svc.formats.opening import open_feed
from imports_svc.mapping.doubts import doubts_of

RECORDS = ", ".join(f'{{"sku": "T{at}", "name": "Bolt M{at}", "price": 3.{at}, "stock": 5}}' for at in range(1, 9))
ITEMS = "".join(f"<item><sku>T{at}</sku><name>Bolt M{at}</name><price>3.{at}</price></item>" for at in range(1, 9))
PRICES = "".join(
    f"<ARTICLE><SUPPLIER_AID>T{at}</SUPPLIER_AID><ARTICLE_DETAILS><DESCRIPTION_SHORT>Bolt M{at}</DESCRIPTION_SHORT>"
    f"</ARTICLE_DETAILS>{{periods}}</ARTICLE>"
    for at in range(1, 9)
)
PERIOD = (
    '<ARTICLE_PRICE_DETAILS><DATETIME type="valid_start_date"><DATE>{0}</DATE></DATETIME>'
    '<DATETIME type="valid_end_date"><DATE>{1}</DATE></DATETIME><ARTICLE_PRICE price_type="net_customer">'
    "<PRICE_AMOUNT>{2}</PRICE_AMOUNT><PRICE_CURRENCY>CHF</PRICE_CURRENCY></ARTICLE_PRICE></ARTICLE_PRICE_DETAILS>"
)


def _seen(tmp_path: Path, name: str, text: str) -> tuple[Inspection, list[str], list[str]]:
    (path := tmp_path / name).write_text(text, encoding="utf-8")
    seen = inspect(open_feed(path, tmp_path, ""))
    doubts = doubts_of(seen, seen.mapping)
    return seen, [doubt.name for doubt in doubts if doubt.holds], [doubt.code for doubt in doubts]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("list.json", f'{{"currency": "CHF", "items": [{RECORDS}]}}'),
        ("list.json", f'{{"items": [{RECORDS}], "meta": {{"prices": {{"currency": "CHF"}}}}}}'),
        ("list.xml", f'<shop currency="CHF">{ITEMS}</shop>'),
        ("list.xml", f"<list><header><currency>CHF</currency></header><items>{ITEMS}</items></list>"),
    ],
)
def test_the_currency_around_the_records_is_that_of_their_prices(tmp_path: Path, name: str, text: str) -> None:
    seen, holding, codes = _seen(tmp_path, name, text)
    assert (seen.mapping.currency_code, holding) == ("CHF", [])
    assert "currency_around" in codes


def test_a_note_around_the_records_that_prices_are_for_a_hundred_holds(tmp_path: Path) -> None:
    _, holding, _ = _seen(tmp_path, "list.json", f'{{"meta": {{"note": "prices per 100"}}, "items": [{RECORDS}]}}')
    assert holding == ["price_terms:for 100 pieces"]


def test_what_stands_within_a_record_is_not_around_them(tmp_path: Path) -> None:
    seen, holding, _ = _seen(tmp_path, "list.json", f'{{"version": 3, "items": [{RECORDS}]}}')
    assert (seen.shape.preamble, holding) == (("version: 3",), [])


def _bmecat(*periods: tuple[str, str, str]) -> str:
    articles = PRICES.format(periods="".join(PERIOD.format(*period) for period in periods))
    return f'<BMECAT version="1.2"><HEADER/><T_NEW_CATALOG>{articles}</T_NEW_CATALOG></BMECAT>'


@pytest.mark.parametrize(
    ("start", "end", "column"), [("2020-01-01", "2020-12-31", "valid to"), ("2199-01-01", "2199-12-31", "valid from")]
)
def test_prices_of_a_bmecat_that_do_not_hold_today_hold_the_job(tmp_path: Path, start: str, end: str, column: str) -> None:
    _, holding, _ = _seen(tmp_path, "list.xml", _bmecat((start, end, "3.90")))
    assert holding == [f"price_validity:{column}"]


def test_of_several_periods_of_a_bmecat_the_one_of_today_is_read(tmp_path: Path) -> None:
    periods = (("2020-01-01", "2020-12-31", "3.10"), ("2021-01-01", "2198-12-31", "3.50"), ("2199-01-01", "2199-12-31", "3.90"))
    seen, holding, codes = _seen(tmp_path, "list.xml", _bmecat(*periods))
    assert holding == []
    assert "several_periods" in codes
    assert {row[seen.shape.columns.index("price")] for row in seen.sample} == {"3.5"}
