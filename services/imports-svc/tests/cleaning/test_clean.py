import json
from itertools import product
from pathlib import Path
from string import ascii_uppercase
from typing import Any

import polars as pl
import pytest

from chassis.currencies import UnknownCurrency, check_currency
from chassis.rules import Rule
from imports_svc.cleaning.clean import ACCEPTED
from imports_svc.cleaning.problems import PROBLEMS
from imports_svc.feeds.errors import NoIdentity
from imports_svc.feeds.model import Field
from imports_svc.feeds.reader import inspect, read
from imports_svc.mapping.suggest import apply_overrides
from imports_svc.vocabulary.values import currencies_of

Row = dict[str, Any]


def _clean(
    tmp_path: Path, text: str, overrides: dict[Field, str] | None = None, **options: Any
) -> tuple[dict[int, Row], dict[int, Row]]:
    """Accepted rows and problems by row number; every row comes out exactly once."""
    path = tmp_path / "feed.csv"
    path.write_text(text, encoding="utf-8")
    seen = inspect(path)
    mapping = apply_overrides(seen.mapping, overrides or {}, seen.shape, seen.profile)
    cleaned = list(read(path, seen.shape, mapping, seen.profile, **options))
    accepted = pl.concat([pl.DataFrame(schema=ACCEPTED), *(c.accepted for c in cleaned)])
    problems = pl.concat([pl.DataFrame(schema=PROBLEMS), *(c.problems for c in cleaned)])
    assert accepted.schema == pl.Schema(ACCEPTED)
    assert problems.schema == pl.Schema(PROBLEMS)
    rejected = problems.filter(pl.col("outcome") == "rejected")["row_no"].to_list()
    assert sorted(accepted["row_no"].to_list() + rejected) == list(range(1, seen.rows + 1))
    return {r["row_no"]: r for r in accepted.to_dicts()}, {r["row_no"]: r for r in problems.to_dicts()}


def _reasons(problems: dict[int, Row]) -> dict[int, list[str]]:
    return {row: sorted(problem["reasons"]) for row, problem in problems.items()}


def test_fields_are_typed_and_texts_tidied(tmp_path: Path) -> None:
    accepted, problems = _clean(
        tmp_path,
        "SKU;EAN;Name;Brand;Price;Currency;Stock;Image\n"
        'A1;4006381333931;"\u00a0Caf&eacute;<br>&amp; <b>Th&#233;</b>\x07 ";;1.234,50;€;7,00;https://x.test/a.jpg\n'
        "A2;;Plain;Bosch;12,00;eur;;\n",
    )
    filled = {name: value for name, value in accepted[1].items() if value is not None}
    assert filled == {
        "row_no": 1,
        "ref": "A1",
        "gtin14": "04006381333931",
        "title": "Café & Thé",
        "image_url": "https://x.test/a.jpg",
        "price": "1234.5",
        "currency": "EUR",
        "stock": 7,
    }
    assert (accepted[2]["price"], accepted[2]["currency"], accepted[2]["gtin14"]) == ("12", "EUR", None)
    assert problems == {}


def test_currency_comes_from_column_then_header_then_default(tmp_path: Path) -> None:
    assert _clean(tmp_path, "SKU;Name;Price (CHF)\nA1;Lamp;5,00\n", default_currency="EUR")[0][1]["currency"] == "CHF"
    assert _clean(tmp_path, "SKU;Name;Price\nA1;Lamp;5,00\n", default_currency="EUR")[0][1]["currency"] == "EUR"
    assert _clean(tmp_path, "SKU;Name;Price\nA1;Lamp;5,00\n")[0][1]["currency"] is None


def test_a_price_in_no_currency_is_dropped_and_said(tmp_path: Path) -> None:
    accepted, problems = _clean(
        tmp_path,
        "SKU;Name;Price;RRP;Currency\nA1;Lamp;5,00;7,00;XXX\nA2;Lamp;5,00;7,00;\nA3;Lamp;;;FOO\n",
        {"list_price": "RRP"},
        default_currency="EUR",
    )
    prices = {row: (found["price"], found["list_price"], found["currency"]) for row, found in accepted.items()}
    assert prices == {1: (None, None, None), 2: ("5", "7", "EUR"), 3: (None, None, None)}
    assert _reasons(problems) == {1: ["currency_invalid"], 3: ["currency_invalid"]}
    assert json.loads(problems[1]["values"]) == {"Currency": "XXX", "Price": "5,00", "RRP": "7,00"}


def test_currencies_are_those_of_single_edits(tmp_path: Path) -> None:
    codes = ["".join(letters) for letters in product(ascii_uppercase, repeat=3)]
    accepted, _ = _clean(tmp_path, "SKU;Name;Price;Currency\n" + "".join(f"{code};Lamp;5,00;{code}\n" for code in codes))
    by_edit = {code for code in codes if _is_taken_by_edits(code)}
    words = {code for code in codes if len(currencies_of(code) or ()) == 1}
    assert {row["ref"] for row in accepted.values() if row["price"] is not None} == by_edit | words
    assert {"NIS", "RMB", "RUR"} <= words


def _is_taken_by_edits(code: str) -> bool:
    try:
        check_currency(code, "currency")
    except UnknownCurrency:
        return False
    return True


def test_bad_gtin_beside_a_reference_is_a_warning(tmp_path: Path) -> None:
    codes = ["4006381333932", "2000000000008", "01234565", "0", "4.68E+11", "4006381333931.0", "123", "5901234123457", ""]
    text = "SKU;EAN;Name\n" + "".join(f"A{i};{code};Lamp\n" for i, code in enumerate(codes))
    accepted, problems = _clean(tmp_path, text)
    assert [accepted[i + 1]["ref"] for i in range(9)] == [f"A{i}" for i in range(9)]
    assert [accepted[i + 1]["gtin14"] for i in range(9)] == [None] * 5 + ["04006381333931", None, "05901234123457", None]
    assert _reasons(problems) == {
        1: ["gtin_check_digit"], 2: ["gtin_restricted"], 3: ["gtin_ambiguous"], 4: ["gtin_invalid"], 5: ["gtin_damaged"],
        6: ["gtin_repaired"], 7: ["gtin_invalid"],
    }  # fmt: skip


def test_gtin_as_the_only_identity(tmp_path: Path) -> None:
    codes = [
        "042100005264",
        "0042100005264",
        "4006381333932",
        "2000000000008",
        "10181",
        "AB-7",
        "0",
        "4.68E+11",
        "4006381333931.0",
        "12.0",
        "",
    ]
    text = "EAN;Name\n" + "".join(f"{code};Lamp\n" for code in codes)
    accepted, problems = _clean(tmp_path, text, {"gtin": "EAN", "ref": "EAN"})
    assert {row: (a["ref"], a["gtin14"]) for row, a in accepted.items()} == {
        1: ("00042100005264", "00042100005264"),
        2: ("00042100005264", "00042100005264"),
        3: ("4006381333932", None),
        4: ("2000000000008", None),
        5: ("10181", None),
        6: ("AB-7", None),
        9: ("04006381333931", "04006381333931"),
    }
    assert {(row, p["outcome"], *p["reasons"]) for row, p in problems.items()} == {
        (3, "warning", "gtin_check_digit"),
        (4, "warning", "gtin_restricted"),
        (5, "warning", "internal_code"),
        (6, "warning", "internal_code"),
        (7, "rejected", "gtin_invalid"),
        (8, "rejected", "gtin_damaged"),
        (9, "warning", "gtin_repaired"),
        (10, "rejected", "gtin_damaged"),
        (11, "rejected", "ref_missing"),
    }


def test_damaged_reference_gives_way_to_the_gtin(tmp_path: Path) -> None:
    accepted, problems = _clean(
        tmp_path,
        "SKU;EAN;Name\n1.23E+12;4006381333931;Lamp\n1.23E+12;;Lamp\n77.0;5901234123457;Lamp\n;5901234123457;Lamp\n;;Lamp\n1E5;;Lamp\n"
        + "".join(f"S{i};;Lamp\n" for i in range(20)),
        {"ref": "SKU"},
    )
    assert [accepted[row]["ref"] for row in (1, 3, 4, 6)] == ["04006381333931", "05901234123457", "05901234123457", "1E5"]
    assert {(row, p["outcome"], *p["reasons"]) for row, p in problems.items()} == {
        (1, "warning", "ref_damaged"),
        (2, "rejected", "ref_damaged"),
        (3, "warning", "ref_damaged"),
        (4, "warning", "ref_missing"),
        (5, "rejected", "remark_row"),
    }


@pytest.mark.parametrize(("other", "repaired"), [("4.68E+11", True), ("0042100005264", False)])
def test_zeros_come_back_only_where_a_spreadsheet_took_them(tmp_path: Path, other: str, repaired: bool) -> None:
    accepted, problems = _clean(
        tmp_path, f"EAN;Name\n42100005264;Lamp\n4006381333931;Pump\n{other};Hose\n", {"gtin": "EAN", "ref": "EAN"}
    )
    assert accepted[1]["ref"] == ("00042100005264" if repaired else "42100005264")
    assert problems[1]["reasons"] == ["gtin_repaired" if repaired else "internal_code"]


def test_all_reasons_of_a_row_with_the_cells_concerned(tmp_path: Path) -> None:
    long = "x" * 600
    text = f'SKU;EAN;Name;Price;Stock\nA1;4006381333932;"{long}";n/a;>10\nA2;;;-5;oui\nA3;;Lamp;-;3,5\n'
    accepted, problems = _clean(tmp_path, text, {"gtin": "EAN"})
    assert _reasons(problems) == {
        1: ["gtin_check_digit", "stock_at_least", "title_too_long"],
        2: ["price_negative", "stock_without_quantity", "title_missing"],
        3: ["stock_invalid"],
    }
    assert json.loads(problems[1]["values"]) == {"EAN": "4006381333932", "Name": "x" * 200 + "…", "Stock": ">10"}
    assert [accepted[1][name] for name in ("title", "price", "stock")] == [None, None, 10]


def test_lines_that_are_no_rows_are_problems_too(tmp_path: Path) -> None:
    accepted, problems = _clean(tmp_path, 'SKU;Name;Price\nA1;Lamp;5,00\nA2;"Lamp\nA3;Pump\nA4;Hose;6,00\nA5;"Tube";7,00\n')
    assert list(accepted) == [1, 4, 5]
    assert _reasons(problems) == {2: ["unbalanced_quote"], 3: ["field_count"]}
    assert json.loads(problems[3]["values"]) == {"text": "A3;Pump"}


def test_rows_of_a_mapped_supplier_column(tmp_path: Path) -> None:
    accepted, problems = _clean(tmp_path, "Supplier;SKU;Name\nAcme;A1;Lamp\n;A2;Pump\nBolt;A1;\n")
    assert {row: a["supplier"] for row, a in accepted.items()} == {1: "Acme", 2: None, 3: "Bolt"}
    assert (problems[3]["supplier"], problems[3]["reasons"]) == ("Bolt", ["title_missing"])


def test_rules_come_from_outside(tmp_path: Path) -> None:
    rules = {"ref": Rule(max_len=3), "brand": Rule(max_len=50, pattern="^[A-Z]")}
    accepted, problems = _clean(tmp_path, "SKU;Name;Brand\nA1;Lamp;Bosch\nABCD;Pump;bosch\n", rules=rules)
    assert list(accepted) == [1]
    assert _reasons(problems) == {2: ["brand_invalid", "ref_missing", "ref_too_long"]}


def test_nothing_to_clean(tmp_path: Path) -> None:
    assert _clean(tmp_path, "SKU;EAN;Name;Price;Stock\n", default_currency="EUR") == ({}, {})
    with pytest.raises(NoIdentity, match="ref or gtin"):
        _clean(tmp_path, "Name;Price\nLamp;5,00\nLamp;6,00\n")


def test_result_is_the_same_on_every_reading(tmp_path: Path) -> None:
    text = "SKU;EAN;Name;Price\n" + "".join(f"S{i};{4006381333931 + i % 3};Lamp {i};{i},{i % 100:02d}\n" for i in range(290))
    assert _clean(tmp_path, text) == _clean(tmp_path, text)


@pytest.mark.parametrize(("encoding", "word"), [("cp1252", "Café"), ("cp1250", "Źródło świecąca"), ("cp1251", "Тёплый чай")])
def test_rows_in_utf8_within_a_file_that_is_not_are_told(tmp_path: Path, encoding: str, word: str) -> None:
    path = tmp_path / "feed.csv"
    rows = [f"A{i};{word} moulu {i};1,50\n".encode(encoding) for i in range(40)]
    rows[30] = f"A30;{word} crème;1,50\n".encode()
    path.write_bytes(b"SKU;Name;Price\n" + b"".join(rows))
    seen = inspect(path)
    assert seen.shape.encoding == encoding
    [block] = read(path, seen.shape, seen.mapping, seen.profile)
    assert block.problems.select("row_no", "reasons").rows() == [(31, ["mixed_encoding"])]
