"""Kinds that a hunt over public reports found wrong in silence: rows below a list, contradictions, names that say little."""

from pathlib import Path

import polars as pl
import pytest

from imports_svc.feeds.model import Inspection
from imports_svc.feeds.reader import inspect, read
from imports_svc.mapping.doubts import doubts_of

ROWS = [f"SM-{at};Bolt M{at}x20;{at},90;{at * 10}" for at in range(101, 113)]
HEADER = "Art.-Nr.;Bezeichnung;Preis;Bestand"


def _seen(tmp_path: Path, header: str, rows: list[str]) -> Inspection:
    (path := tmp_path / "list.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return inspect(path)


def _told(tmp_path: Path, rows: list[str], header: str = HEADER) -> tuple[list[str], dict[int, list[str]]]:
    """References that are stored, and the reasons by row."""
    seen = _seen(tmp_path, header, rows)
    blocks = list(read(tmp_path / "list.csv", seen.shape, seen.mapping, seen.profile))
    problems = pl.concat([block.problems for block in blocks])
    refs = pl.concat([block.accepted for block in blocks])["ref"].to_list()
    return refs, {row: sorted(reasons) for row, reasons in problems.select("row_no", "reasons").iter_rows()}


def _mapped(seen: Inspection) -> dict[str, str]:
    return {field: seen.shape.columns[choice.column] for field, choice in seen.mapping.fields.items()}


def _holding(seen: Inspection) -> list[str]:
    return [doubt.name for doubt in doubts_of(seen, seen.mapping) if doubt.holds]


@pytest.mark.parametrize("line", ["Ansprechpartner;Telefon;;", "IBAN;DE12 3456 7890;;", "Legende;A = Abverkauf;;"])
def test_a_line_below_the_list_without_a_number_is_no_article(tmp_path: Path, line: str) -> None:
    refs, reasons = _told(tmp_path, [*ROWS, ";;;", line])
    assert (len(refs), reasons) == (len(ROWS), {13: ["remark_row"]})


@pytest.mark.parametrize("line", ["Zwischensumme Schrauben;;15,45;4935", "Subtotal Group A;;15,45;4935", "Ogółem:;;15,45;4935"])
def test_the_sum_of_a_part_is_no_article(tmp_path: Path, line: str) -> None:
    refs, reasons = _told(tmp_path, [*ROWS[:6], line, *ROWS[6:]])
    assert (len(refs), reasons) == (len(ROWS), {7: ["total_row"]})


def test_costs_below_the_list_are_told(tmp_path: Path) -> None:
    refs, reasons = _told(tmp_path, [*ROWS, "Versandkosten;bis 50 EUR;5,90;"])
    assert (refs[-1], reasons) == ("Versandkosten", {13: ["ref_unlike"]})


def test_references_without_digits_are_some_where_many_have_none(tmp_path: Path) -> None:
    refs, reasons = _told(tmp_path, [*ROWS, *(f"LAMP-{name};Lamp {name};;" for name in ("RED", "BLUE", "PINK", "GREY"))])
    assert (refs[-1], reasons) == ("LAMP-GREY", {})


@pytest.mark.parametrize(
    ("header", "word"), [("Lieferbar", "nein"), ("is_in_stock", "0"), ("Disponibilità", "no"), ("availability", "out of stock")]
)
def test_a_stock_where_a_column_says_that_there_is_none_holds(tmp_path: Path, header: str, word: str) -> None:
    rows = [f"{row};{word if at == 3 else 'x'}" for at, row in enumerate(ROWS)]
    assert _holding(_seen(tmp_path, f"{HEADER};{header}", rows)) == [f"state_unread:{header}"]


def test_no_stock_where_a_column_says_so_holds_nothing(tmp_path: Path) -> None:
    rows = [f"SM-{at};Bolt M{at};{at},90;{at % 2};{'ja' if at % 2 else 'nein'}" for at in range(101, 113)]
    assert _holding(_seen(tmp_path, f"{HEADER};Lieferbar", rows)) == []


def test_prices_under_names_that_nobody_knows_tie(tmp_path: Path) -> None:
    rows = [f"SM-{at};Bolt M{at};{at},90;{at + 1},90;{at + 2},90" for at in range(101, 113)]
    seen = _seen(tmp_path, "Art.-Nr.;Bezeichnung;Preis ab Werk;Preis frei Haus;Preis Abholung", rows)
    assert _holding(seen) == [f"column_tie:{_mapped(seen)['price']}"]


def test_a_price_of_an_unknown_name_beside_a_reduced_one_holds(tmp_path: Path) -> None:
    rows = [f"SM-{at};Bolt M{at};{at},90;{at + 1},90;{at + 2},90" for at in range(101, 113)]
    assert _holding(_seen(tmp_path, "Art.-Nr.;Bezeichnung;Aktionspreis;Normalpreis;UVP", rows)) == ["price_missing:UVP"]


def test_an_order_form_of_zeros_holds(tmp_path: Path) -> None:
    rows = [f"SM-{at};Bolt M{at};{at},90;0;0,00" for at in range(101, 113)]
    assert _holding(_seen(tmp_path, "Art.-Nr.;Bezeichnung;Preis;Qty;Total", rows)) == ["stock_of_order:Qty"]


def test_the_day_of_a_price_to_come_is_not_that_of_todays(tmp_path: Path) -> None:
    rows = [f"SM-{at};Bolt M{at};{at},90;{at + 1},90;01/01/2199" for at in range(101, 113)]
    assert _holding(_seen(tmp_path, "Código;Descripción;Precio;Precio futuro;Vigencia precio futuro", rows)) == []


@pytest.mark.parametrize(
    ("header", "first", "field"),
    [("Artikel", "SM-{}", "ref"), ("Artikel", "47{}", "ref"), ("Style", "ST{}", "ref"), ("Item", "Bolt and nut {}", "title")],
)
def test_a_bare_article_is_its_number_or_its_name_by_the_values(tmp_path: Path, header: str, first: str, field: str) -> None:
    other = {"ref": ("Bezeichnung", "Bolt M{} zinc"), "title": ("Code", "C-{}")}[field]
    rows = [f"{first.format(at)};{other[1].format(at)};{at},90" for at in range(101, 113)]
    assert _mapped(_seen(tmp_path, f"{header};{other[0]};Preis", rows))[field] == header
