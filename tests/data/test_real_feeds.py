"""Real suppliers' files, each with its exact ledger and the reason for every class of rows that is not taken in as it stands.

The deliveries build one catalogue in this order, so they run as one test: a product may be shared with an earlier supplier's.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from api import Api, counts

pytestmark = pytest.mark.data


@dataclass(frozen=True)
class Delivery:
    """One file and what it must come to; the comments beside `reasons` say why rows of that class are as they are."""

    path: str
    supplier: str
    ledger: dict[str, int]
    reasons: dict[str, int] = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=dict)
    mapping: dict[str, str] = field(default_factory=dict)
    # Doubts that a person says yes to; without a yes the job is held by just these.
    accept: list[str] = field(default_factory=list)


DELIVERIES = [
    # Quotes inside unquoted fields; UPC-E, 12 and 13 digits side by side, so 131 rows join a product of another row.
    Delivery(
        "01_uhtt_barcodes_ru/uhtt.tsv.gz",
        "UHTT",
        {"read": 190_411, "created": 190_411, "warnings": 1_074, "products_created": 190_280},
        {
            # Codes of restricted circulation: they mean something else in every shop, so no product is shared by them.
            "gtin_restricted": 702,
            # Eight digits that are both a GTIN-8 for use inside a company and a UPC-E: kept as typed.
            "gtin_ambiguous": 109,
            # 131 pairs of IDs with one code: one row in 700, so nobody is asked.
            "gtin_shared": 262,
            # A title that says "Null".
            "title_missing": 1,
        },
        {"ref": "ID", "gtin": "UPCEAN", "title": "Name", "brand": "BrandName", "category": "CategoryName"},
    ),
    # No header, decimal and thousands comma, UTF-8 in January and Windows-1252 in May. Nothing is wrong with any row.
    Delivery(
        "02_bdpm_fr/2021-01_CIS_CIP_bdpm.txt",
        "BDPM",
        {"read": 20_508, "created": 20_508, "products_created": 20_508},
        columns={"ref": "column_2", "gtin": "column_7", "title": "column_3", "price": "column_10"},
        # Which of three prices is meant, its values don't say; the yes holds for May, too.
        accept=["no_header"],
    ),
    # 670 codes are new and 611 gone, as a comparison of the two files by CIP13 says, too.
    Delivery(
        "02_bdpm_fr/2021-05_CIS_CIP_bdpm.txt",
        "BDPM",
        {
            "read": 20_567,
            "created": 670,
            "updated": 8_578,
            "unchanged": 11_319,
            "vanished": 611,
            "products_created": 670,
            # Those of offers that are gone, too.
            "products_changed": 9_189,
        },
    ),
    # A spreadsheet has been at the codes, and they are the only identity there is.
    Delivery(
        "03_openfoodfacts_excel_mangled/foodfacts_dev.csv",
        "OFF",
        {"read": 658, "created": 504, "rejected": 153, "skipped": 1, "warnings": 496, "products_created": 504},
        {
            # Rejected: 4.68E+11 has lost its digits, and nothing else tells which product it was.
            "gtin_damaged": 153,
            # Of a GTIN's length, and no GTIN: taken in under the supplier's own code.
            "gtin_check_digit": 12,
            # Taken in under the shop's own code.
            "gtin_restricted": 112,
            # Five to seven digits: no rule tells what they were, so they are a code of this supplier and no barcode.
            "internal_code": 287,
            # Lost zeros put back, where the check digit agrees and there is one way to do it.
            "gtin_repaired": 84,
            "title_missing": 73,
            "duplicate_in_file": 1,
        },
        # A fifth of its codes are damaged: a person looks, or asks for a file that no spreadsheet was at.
        accept=["codes_unread"],
    ),
    Delivery(
        "04_cijene_hr_products/products_dev.csv",
        "Cijene",
        {"read": 14_842, "created": 14_842, "warnings": 82, "products_created": 14_791, "products_changed": 51},
        # 3, 4 and 7 digits are the retailer's own codes, 11 are UPC that lost their zero; a brand is "Unknown" in three rows.
        {"gtin_repaired": 61, "internal_code": 17, "brand_doubtful": 3, "gtin_check_digit": 1},
    ),
    # Six chains in one file; 12 and 13 digits of one product; a chain's own codes of up to 11 digits; "unknown", in Hebrew, for
    # the size of a pack.
    Delivery(
        "05_israeli_supermarket_prices/israeli_prices_2026-08-09.csv.gz",
        "Israel",
        {
            "read": 66_655,
            "created": 66_655,
            "warnings": 2_900,
            "products_created": 37_547,
            "products_changed": 29_108,
        },
        {
            "gtin_check_digit": 161,
            "gtin_repaired": 1_119,
            "internal_code": 1_613,
            "gtin_restricted": 4,
            "gtin_by_chance": 2,
            "pack_size_invalid": 5,
            "pack_size_negative": 1,
        },
        {"ref": "ברקוד", "gtin": "ברקוד", "title": "שם מוצר", "price": "מחיר (₪)"},
        {"supplier": "רשת"},
    ),
    # One chain is missing from this delivery: its offers are not touched, because it has no run.
    Delivery(
        "05_israeli_supermarket_prices/israeli_prices_2026-08-11.csv.gz",
        "Israel",
        {
            "read": 58_555,
            "created": 1_912,
            "updated": 2_314,
            "unchanged": 54_329,
            "vanished": 1_490,
            "warnings": 2_410,
            "products_created": 1_420,
            # Those of 1,490 offers that are gone, and of other chains' offers that win since.
            "products_changed": 2_985,
        },
        {
            "gtin_check_digit": 157,
            "gtin_repaired": 1_077,
            "internal_code": 1_170,
            "gtin_restricted": 3,
            "gtin_by_chance": 2,
            "pack_size_invalid": 5,
            "pack_size_negative": 1,
        },
        mapping={"supplier": "רשת"},
    ),
    # isbn13 is destroyed by scientific notation, isbn only lost its zeros.
    Delivery(
        "07_goodbooks_isbn/books.csv",
        "Goodbooks",
        {"read": 5_000, "created": 5_000, "warnings": 3_309, "products_created": 5_000},
        {"gtin_repaired": 3_297, "gtin_invalid": 10, "gtin_check_digit": 2},
        {"ref": "book_id", "gtin": "isbn", "title": "title"},
    ),
]


def test_every_delivery_comes_to_its_ledger(api: Api, feeds: Path) -> None:
    came_to, expected = {}, {}
    for delivery in DELIVERIES:
        job: dict[str, Any] = api.run(feeds / delivery.path, delivery.supplier, mapping=delivery.mapping)
        held = [doubt["name"] for doubt in job["doubts"] if doubt["holds"] and not doubt["accepted"]]
        assert held == delivery.accept, (delivery.path, job["hold_reason"])
        if held:
            assert job["state"] == "STATE_HELD", job
            api.post(f"/imports/{job['id']}:apply", {"plan_hash": job["plan_hash"], "accept": held})
            job = api.follow(job["id"])
        assert job["state"] == "STATE_APPLIED", job
        came_to[delivery.path] = (counts(job), job["ledger"]["reasons"])
        expected[delivery.path] = (delivery.ledger, delivery.reasons)
        fields = json.loads(job["mapping"])["fields"]
        assert {name: fields[name]["column"] for name in delivery.columns} == delivery.columns
    differing = [(path, came_to[path], expected[path]) for path in expected if came_to[path] != expected[path]]
    assert not differing, json.dumps(differing, indent=1)


def test_prices_with_a_comma_for_thousands_are_read(api: Api) -> None:
    """Needs the deliveries above: the French file of May writes 4,755,52 for this medicine."""
    [hit] = api.get("/products:search", query="3400930144213")["hits"]
    assert float(hit["product"]["price"]["amount"]) == 4755.52
