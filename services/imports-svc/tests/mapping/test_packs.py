"""What headers say of packs, currencies without a name, languages of titles, and codes that a program took for numbers."""

from pathlib import Path

import pytest

from imports_svc.feeds.doubt import CODES
from imports_svc.feeds.model import Doubt, Inspection
from imports_svc.feeds.reader import inspect, read
from imports_svc.mapping.doubts import doubts_of
from imports_svc.vocabulary.taxes import is_for_other_unit, is_of_packs


def _seen(tmp_path: Path, text: str) -> tuple[Inspection, dict[str, Doubt], dict[str, str]]:
    (tmp_path / "feed.csv").write_text(text, encoding="utf-8")
    seen = inspect(tmp_path / "feed.csv")
    found = {doubt.name: doubt for doubt in doubts_of(seen, seen.mapping)}
    assert {doubt.code for doubt in found.values()} <= CODES
    return seen, found, {name: seen.shape.columns[choice.column] for name, choice in seen.mapping.fields.items()}


def _rows(tmp_path: Path, seen: Inspection, *names: str) -> list[tuple[object, ...]]:
    [cleaned] = read(tmp_path / "feed.csv", seen.shape, seen.mapping, seen.profile, default_currency="EUR")
    return cleaned.accepted.select(names).rows()


@pytest.mark.parametrize(
    "header", ["Case Cost", "case price", "Price/Case", "Kartonpreis", "VPE-Preis", "Preis Karton", "Box price"]
)
def test_a_price_of_a_pack_is_not_that_of_a_piece(tmp_path: Path, header: str) -> None:
    assert is_for_other_unit(header)
    text = f"Item;Description;{header};Stock\n" + "".join(f"A-{at};Soda {at};{24 + at}.50;{at}\n" for at in range(6))
    _, doubts, fields = _seen(tmp_path, text)
    assert "price" not in fields
    assert doubts[f"price_per_unit:{header}"].holds


@pytest.mark.parametrize(
    "header",
    [
        "Unit price",
        "Price per piece (box of 6)",
        "Preis",
        "Unit Cost",
        "Preis Stk (VE 10)",
        "Price pcs (box of 10)",
        "Preis ab 1 Karton",
    ],
)
def test_a_price_of_a_piece_is_one(header: str) -> None:
    assert not is_for_other_unit(header)


@pytest.mark.parametrize("header", ["Cases Available", "on hand (cases)", "Bestand Kartons", "Stock (boxes)"])
def test_a_stock_of_packs_holds(tmp_path: Path, header: str) -> None:
    text = f"Item;Description;Price;{header}\n" + "".join(f"A-{at};Soda {at};{24 + at}.50;{at}\n" for at in range(6))
    assert _seen(tmp_path, text)[1][f"stock_in_packs:{header}"].holds


def test_the_code_of_a_piece_goes_before_that_of_a_pack(tmp_path: Path) -> None:
    pieces = ["4012345701005", "4012345701012", "4012345701029"]
    packs = ["14012345701002", "14012345701019", "14012345701026"]
    both = "Item;EAN VPE;EAN;Bezeichnung;EK\n" + "".join(f"A-{at};{packs[at]};{pieces[at]};Cola {at};1,50\n" for at in range(3))
    fields = _seen(tmp_path, both)[2]
    assert (fields["gtin"], "pack_size" in fields) == ("EAN", False)
    alone = "Item;Carton barcode;Description;Price\n" + "".join(f"A-{at};{packs[at]};Cola {at};1.50\n" for at in range(3))
    assert _seen(tmp_path, alone)[1]["gtin_of_packs:Carton barcode"].holds
    assert not is_of_packs("EAN piece (case of 6)")


def test_a_column_of_currencies_is_that_of_the_prices(tmp_path: Path) -> None:
    said = ["EUR", "USD", "GBP", "EUR"]
    text = "sku;name;price;cur\n" + "".join(f"A-{at};Lamp {at};{at + 20}.50;{code}\n" for at, code in enumerate(said))
    seen, doubts, _ = _seen(tmp_path, text)
    assert [row[0] for row in _rows(tmp_path, seen, "currency")] == said
    assert not doubts["currency_by_values:cur"].holds
    # With two of them, or beside a currency in the header, nobody knows.
    two = "sku;name;price;buy in;sell in\n" + "".join(
        f"A-{at};Lamp {at};{at + 20}.50;{code};CHF\n" for at, code in enumerate(said)
    )
    _, doubts, fields = _seen(tmp_path, two)
    assert "currency" not in fields
    assert {name for name, doubt in doubts.items() if doubt.holds} == {"currency_unread:buy in", "currency_unread:sell in"}
    beside = text.replace("price", "price EUR")
    assert [name for name, doubt in _seen(tmp_path, beside)[1].items() if doubt.holds] == ["currency_unread:cur"]
    words = "sku;name;price;size\n" + "".join(f"A-{at};Cap {at};{at + 20}.50;ALL\n" for at in range(4))
    assert "currency" not in _seen(tmp_path, words)[2]


def test_titles_in_several_languages_are_a_tie(tmp_path: Path) -> None:
    text = "sku;name_de;name_fr;price\n" + "".join(f"A-{at};Lampe {at};Lampe de table {at};2.50\n" for at in range(5))
    _, doubts, fields = _seen(tmp_path, text)
    assert doubts[f"column_tie:{fields['title']}"].holds
    plain = text.replace("name_de", "name")
    assert not any(doubt.holds for doubt in _seen(tmp_path, plain)[1].values())


def test_codes_that_a_program_wrote_as_numbers_are_read_without_their_fraction(tmp_path: Path) -> None:
    text = ",sku,ean,name,price,stock\n" + "".join(
        f"{at},{1000 + at}.0,{code}.0,Lamp {at},{20 + at}.5,{at}.0\n"
        for at, code in enumerate(["4012345701005", "4012345701012", "4012345701029", "4012345701036"])
    )
    seen, doubts, fields = _seen(tmp_path, text)
    assert fields["ref"] == "sku"
    assert _rows(tmp_path, seen, "ref", "gtin14", "stock")[1] == ("1001", "04012345701012", 1)
    assert not doubts["codes_as_numbers:sku"].holds


def test_a_price_says_for_what_it_is_without_a_blank(tmp_path: Path) -> None:
    text = "Artikel;Bezeichnung;Preis;Bestand\n" + "".join(f"A-{at};Lampe {at};{20 + at},50 €/Stk;{at} Stk\n" for at in range(4))
    seen = _seen(tmp_path, text)[0]
    assert _rows(tmp_path, seen, "price", "currency", "stock")[2] == ("22.5", "EUR", 2)


def test_a_price_within_a_longer_word_is_no_number_like_others(tmp_path: Path) -> None:
    text = "Artikelnr;Bezeichnung;Preisgruppe A;Bestand\n" + "".join(f"A-{at};Lampe {at};{20 + at},50;{at}\n" for at in range(5))
    assert _seen(tmp_path, text)[1]["price_unread:Preisgruppe A"].holds
    numbers = "Artikelnr;Bezeichnung;Preisgruppe;Bestand\n" + "".join(f"A-{at};Lampe {at};{at % 3};{at}\n" for at in range(5))
    assert not any(doubt.holds for doubt in _seen(tmp_path, numbers)[1].values())


def test_letters_that_may_be_something_else_are_no_price_and_no_currency(tmp_path: Path) -> None:
    packing = "SKU;Title;PU;UVP\n" + "".join(f"A-{at};Fan {at};{6 * at + 6};{20 + at}.50\n" for at in range(6))
    assert "price" not in _seen(tmp_path, packing)[2]
    prices = packing.replace("PU;UVP", "PU;Stock").replace(".50", "")
    assert "price" not in _seen(tmp_path, prices)[2]
    chips = "SKU;Title;CPU;Price\n" + "".join(f"A-{at};Board {at};AMD;{20 + at}.50\n" for at in range(6))
    assert "currency" not in _seen(tmp_path, chips)[2]
    dotted = "Nr;Name;Preis\n" + "".join(f"{10 + at}.000;Lamp {at};2,50\n" for at in range(6))
    assert "codes_as_numbers:Nr" not in _seen(tmp_path, dotted)[1]
