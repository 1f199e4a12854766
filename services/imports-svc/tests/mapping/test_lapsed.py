"""Rows that are no current offers, after public reports: named beside each."""

import json
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from imports_svc.feeds.doubt import CODES
from imports_svc.feeds.model import Doubt, Inspection
from imports_svc.feeds.reader import inspect, read
from imports_svc.jobs.models import Job
from imports_svc.mapping.doubts import doubts_of
from imports_svc.pipeline.judging import with_judged

_DAY = date(2026, 11, 30)


def _inspect(tmp_path: Path, text: str, day: date = _DAY) -> Inspection:
    path = tmp_path / "feed.csv"
    path.write_text(text, encoding="utf-8")
    return inspect(path, day=day)


def _mapped(seen: Inspection) -> dict[str, str]:
    return {name: seen.shape.columns[choice.column] for name, choice in seen.mapping.fields.items()}


def _doubts(seen: Inspection) -> dict[str, Doubt]:
    found = {doubt.name: doubt for doubt in doubts_of(seen, seen.mapping)}
    assert {doubt.code for doubt in found.values()} <= CODES
    return found


def _column(tmp_path: Path, seen: Inspection, name: str) -> list[object]:
    found = read(tmp_path / "feed.csv", seen.shape, seen.mapping, seen.profile, default_currency="EUR")
    return [value for cleaned in found for value in cleaned.accepted[name].to_list()]


@pytest.mark.parametrize(
    ("begins", "ends"),
    [
        ("valid_from", "valid_upto"),
        ("gültig ab", "gültig bis"),
        ("Gueltig von", "Gueltig bis"),
        ("valable du", "valable au"),
        ("Date début", "Date fin"),
        ("vigente desde", "vigente hasta"),
        ("valido dal", "valido al"),
        ("geldig vanaf", "geldig tot"),
        ("ważne od", "ważne do"),
        ("platí od", "platí do"),
        ("vrijedi od", "vrijedi do"),
        ("Действует с", "Действует до"),
        ("діє з", "діє до"),
        ("בתוקף מ", "בתוקף עד"),
        ("ισχύει από", "ισχύει έως"),
        ("giltig från", "giltig till"),
        ("適用開始日", "適用終了日"),
        ("生效日期", "失效日期"),
    ],
)
def test_prices_that_are_over_or_not_begun_hold(tmp_path: Path, begins: str, ends: str) -> None:
    """frappe/erpnext#29806."""
    seen = _inspect(
        tmp_path,
        f"sku;name;price;{begins};{ends}\n"
        "W-1;Paint;18.90;01.12.2024;30.11.2025\n"
        "W-2;Brush;3.15;01.01.2026;31.12.2026\n"
        "W-3;Roll;5.95;01.02.2028;31.12.2028\n"
        "W-4;Tray;2.95;01.01.2026;30.11.2026\n"
        "W-5;Tape;1.95;30.11.2026;31.12.9999\n",
    )
    found = _doubts(seen)
    over, ahead = found[f"price_validity:{ends}"], found[f"price_validity:{begins}"]
    assert (over.holds, over.rows, over.examples) == (True, 1, ("30.11.2025",))
    assert (ahead.holds, ahead.rows, ahead.examples) == (True, 1, ("01.02.2028",))
    assert "1 row is over (30.11.2025)" in over.message
    assert _column(tmp_path, seen, "price") == ["18.9", "3.15", "5.95", "2.95", "1.95"], "all are read as they stand"


def test_prices_that_hold_today_are_not_doubted(tmp_path: Path) -> None:
    rows = "".join(f"W-{at};Paint {at};1{at}.90;2026-01-01;2027-12-31\n" for at in range(6))
    text = f"sku;name;price;valid from;valid to\n{rows}"
    assert _doubts(_inspect(tmp_path, text)) == {}
    assert set(_doubts(_inspect(tmp_path, text, date(2028, 1, 1)))) == {"price_validity:valid to"}
    assert set(_doubts(_inspect(tmp_path, text, date(2025, 12, 31)))) == {"price_validity:valid from"}


def test_rows_of_one_article_with_other_days_are_said(tmp_path: Path) -> None:
    """The article's last row counts, and it may be the older one."""
    seen = _inspect(
        tmp_path,
        "item_code;item_name;price;valid_from\nV-1;Bolt;4.60;2026-01-01\nV-1;Bolt;7.50;2025-01-01\nV-2;Nut;1.20;2026-01-01\n",
    )
    doubt = _doubts(seen)["price_validity:valid_from"]
    assert doubt.holds
    assert "several rows with different days" in doubt.message


@pytest.mark.parametrize("header", ["Release date", "Best before", "Updated", "Delivery date", "created_at"])
def test_other_days_say_nothing_of_prices(tmp_path: Path, header: str) -> None:
    rows = "".join(f"W-{at};Paint {at};1{at}.90;2024-01-0{at + 1}\n" for at in range(6))
    assert _doubts(_inspect(tmp_path, f"sku;name;price;{header}\n{rows}")) == {}


def test_which_part_of_a_day_is_the_month_is_decided_over_the_column(tmp_path: Path) -> None:
    for last, over in (("12/25/2026", 0), ("25/12/2026", 1), ("12/12/2026", 1)):
        rows = f"A-1;Mug;1.50;12/01/2026\nA-2;Jug;2.50;{last}\n"
        doubt = _doubts(_inspect(tmp_path, f"sku;name;price;valid until\n{rows}")).get("price_validity:valid until")
        assert (doubt.rows if doubt else 0) == over, last


@pytest.mark.parametrize(
    ("price", "header", "over", "ahead"),
    [
        ("special_price", "special_to_date", "2024-06-30", None),
        ("special_price", "special_from_date", None, "2029-01-01"),
        ("Sale price", "Date sale price ends", "2024-11-29", None),
        ("sale_price", "sale_price_effective_date", "2024-11-24T00:00+0100/2024-11-30T23:59+0100", None),
        ("sale_price", "sale_price_effective_date", None, "2028-11-24T00:00+0100/2028-11-30T23:59+0100"),
        ("Aktionspreis", "Aktion bis", "31.03.2024", None),
        ("Aktionspreis", "Aktion von", None, "01.12.2028"),
        ("promo price", "promo end", "2024-03-31", None),
        ("prix promo", "fin promotion", "31/03/2024", None),
        ("precio oferta", "oferta hasta", "31/03/2024", None),
        ("акционная цена", "окончание акции", "31.03.2024", None),
    ],
)
def test_reduced_prices_outside_their_days_hold(
    tmp_path: Path, price: str, header: str, over: str | None, ahead: str | None
) -> None:
    """fontis/fontis_australia#23."""
    day = over or ahead
    seen = _inspect(
        tmp_path, f"sku;name;price;{price};{header};stock\nA-1;Tote;24.00;;;10\nA-2;Belt;39.00;19.50;{day};4\nA-3;Tie;9.00;;;3\n"
    )
    assert _column(tmp_path, seen, "price[type=sale]") == [None, "19.5", None]
    doubt = _doubts(seen)[f"sale_period:{header}"]
    assert (doubt.holds, doubt.rows, doubt.examples) == (True, 1, (day,))


def test_the_days_of_a_list_of_reduced_prices_hold(tmp_path: Path) -> None:
    seen = _inspect(tmp_path, "sku;name;Sale price;Sale ends\nA-1;Tote;24.00;31.01.2027\nA-2;Belt;39.00;31.03.2024\n")
    assert _mapped(seen)["price"] == "Sale price"
    assert "Map price to nothing" in _doubts(seen)["sale_period:Sale ends"].message


def test_the_days_of_an_offer_are_those_of_its_price(tmp_path: Path) -> None:
    seen = _inspect(tmp_path, "sku;name;Preis;Angebot gültig bis\nA-1;Tote;24.00;31.01.2027\nA-2;Belt;39.00;31.03.2024\n")
    assert _doubts(seen)["price_validity:Angebot gültig bis"].examples == ("31.03.2024",)


def test_reduced_prices_of_today_are_told(tmp_path: Path) -> None:
    seen = _inspect(tmp_path, "sku;name;price;sale price;sale ends\nA-1;Tote;24.00;;\nA-2;Belt;39.00;19.50;2026-12-24\n")
    assert _doubts(seen)["sale_period:sale ends"].holds is False


@pytest.mark.parametrize(
    ("header", "cells", "said"),
    [
        ("Action", "Add Update Delete Update Delete Add", ("Delete",)),
        ("Status", "active active discontinued active discontinued active", ("discontinued",)),
        ("商品削除フラグ", "0 0 1 0 1 0", ("1",)),
        ("Auslaufartikel", "- - J - J -", ("J",)),
        ("Auslaufartikel", "nein nein ja nein ja nein", ("ja",)),
        ("discontinued", "false false true false true false", ("true",)),
        ("is_deleted", "0 0 1 0 1 0", ("1",)),
        ("Obsolete?", "no no yes no yes no", ("yes",)),
        ("Supprimé", "non non oui non oui non", ("oui",)),
        ("Descatalogado", "no no si no si no", ("si",)),
        ("Снят с производства", "нет нет да нет да нет", ("да",)),
        ("Active", "1 1 0 1 0 1", ("0",)),
        ("Active (0/1)", "1 1 0 1 0 1", ("0",)),
        ("Published", "yes yes no yes no yes", ("no",)),
        ("Published", "1 1 -1 1 -1 1", ("-1",)),
        ("Aktiv", "ja ja nein ja nein ja", ("nein",)),
        ("Avail.", "x x - x - x", ("x", "empty")),
        ("Lifecycle", "live live EOL live EOL live", ("EOL",)),
        ("Statut", "actif actif supprimé actif supprimé actif", ("supprimé",)),
        ("状态", "在售 在售 停产 在售 停产 在售", ("停产",)),
    ],
)
def test_rows_that_are_no_offers_hold(tmp_path: Path, header: str, cells: str, said: tuple[str, ...]) -> None:
    """foodcoops/foodsoft#949."""
    rows = "".join(f"AB-{at};Bike part {at};{at}.20;{cell if cell != '-' else ''}\n" for at, cell in enumerate(cells.split()))
    doubt = _doubts(_inspect(tmp_path, f"SKU;Title;Price;{header}\n{rows}"))[f"state_unread:{header}"]
    assert (doubt.holds, doubt.examples) == (True, said)
    assert doubt.rows == (6 if "empty" in said else 2)


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        ("Action", "Update Update Update Update"),
        ("Status", "active active active active"),
        ("Status", "new used new used"),
        ("Deleted", "0 0 0 0"),
        ("Discontinued", "no no no no"),
        ("Discontinued", "- - - -"),
        ("Active", "1 1 1 1"),
        ("Published", "TRUE TRUE TRUE TRUE"),
        ("Size", "L D L D"),
        ("Current", "1 0 1 0"),
    ],
)
def test_rows_that_are_all_offers_are_not_doubted(tmp_path: Path, header: str, cells: str) -> None:
    rows = "".join(f"AB-{at};Bike part {at};{at}.20;{cell.strip('-')}\n" for at, cell in enumerate(cells.split()))
    assert not [name for name in _doubts(_inspect(tmp_path, f"SKU;Title;Price;{header}\n{rows}")) if "state" in name]


def test_prices_of_sale_and_purchase_in_japanese(tmp_path: Path) -> None:
    seen = _inspect(tmp_path, "商品コード,商品名,販売価格,仕入価格,在庫数\nJP-1,カレー皿,1200,700,15\nJP-2,茶碗,800,450,20\n")
    assert _mapped(seen)["price"] == "仕入価格"
    assert _mapped(seen)["list_price"] == "販売価格"
    assert _column(tmp_path, seen, "price") == ["700", "450"]
    assert _column(tmp_path, seen, "list_price") == ["1200", "800"]


@pytest.mark.parametrize("header", ["会員価格", "特別単価", "会员价格", "회원가격"])
def test_whole_numbers_under_an_unknown_name_of_a_price_hold(tmp_path: Path, header: str) -> None:
    seen = _inspect(tmp_path, f"商品コード,商品名,{header},在庫数\nJP-1,カレー皿,1200,15\nJP-2,茶碗,800,20\n")
    assert "price" not in _mapped(seen)
    assert _doubts(seen)[f"price_unread:{header}"].holds is True


def test_variants_of_a_published_product_are_offers(tmp_path: Path) -> None:
    """Shopify says it of the first row of a product only."""
    header = "Handle,Title,Body (HTML),Vendor,Type,Tags,Published,Option1 Name,Option1 Value,Variant SKU,Variant Price,Image Src"
    rows = "tee,Tee,,Us,Shirts,,TRUE,Size,S,T-S,9.50,\ntee,,,,,,,,M,T-M,9.50,\n"
    text = f"{header}\n{rows}hat,Hat,,Us,Hats,,{{}},Size,One,H-1,7.50,\n"
    assert not [name for name in _doubts(_inspect(tmp_path, text.format("TRUE"))) if "state" in name]
    doubt = _doubts(_inspect(tmp_path, text.format("FALSE")))["state_unread:Published"]
    assert (doubt.holds, doubt.examples) == (True, ("FALSE",))


def test_rows_behind_the_first_ones_that_can_not_be_had_are_told(tmp_path: Path) -> None:
    rows = [f"A-{at};Saw {at};5,{at:02};{'auf Lager' if at < 60 else 'nicht lieferbar'};{at % 7}\n" for at in range(90)]
    seen = _inspect(tmp_path, "Artikel;Name;Preis;Verfügbarkeit;Bestand\n" + "".join(rows))
    assert (_mapped(seen)["stock"], _doubts(seen)) == ("Bestand", {})
    [block] = read(tmp_path / "feed.csv", seen.shape, seen.mapping, seen.profile, default_currency="EUR")
    told = block.problems.filter(pl.col("reasons").list.contains("stock_contradicted"))
    assert told["row_no"].to_list() == [at + 1 for at in range(60, 90) if at % 7]
    assert json.loads(told["values"][0]) == {"Bestand": "4", "Verfügbarkeit": "nicht lieferbar"}
    job = Job(
        accepted=[],
        doubts=[],
        read=90,
        rejected=0,
        created=90,
        products_created=90,
        confirmed=True,
        currency="EUR",
        mapping=json.loads(seen.mapping.to_json()),
        inspection=json.loads(seen.to_json()),
        reasons={"stock_contradicted": told.height},
    )
    assert {doubt.name: doubt.rows for doubt in with_judged(job) if doubt.holds} == {"state_unread:Verfügbarkeit": told.height}


@pytest.mark.parametrize(("count", "said", "holds"), [(30, 30, True), (12, 1, True), (1_000, 2, False), (1_000, 3, True)])
def test_the_column_that_contradicts_stocks_has_one_name(tmp_path: Path, count: int, said: int, holds: bool) -> None:
    rows = [f"A-{at};Saw {at};5,{at % 100:02};ja;{'nein' if at < said else 'ja'};7\n" for at in range(count)]
    seen = _inspect(tmp_path, "Artikel;Name;Preis;Verfügbarkeit;Lieferbar;Bestand\n" + "".join(rows))
    first = doubts_of(seen, seen.mapping)
    assert {doubt.name: doubt.holds for doubt in first} == {"state_unread:Lieferbar": holds}
    job = Job(
        accepted=["state_unread:Lieferbar"],
        doubts=[json.loads(doubt.to_json()) for doubt in first],
        read=count,
        rejected=0,
        created=count,
        products_created=count,
        confirmed=True,
        currency="EUR",
        mapping=json.loads(seen.mapping.to_json()),
        inspection=json.loads(seen.to_json()),
        reasons={"stock_contradicted": said},
    )
    judged = with_judged(job)
    assert {doubt.name: (doubt.rows, doubt.holds) for doubt in judged} == {"state_unread:Lieferbar": (said, holds)}
