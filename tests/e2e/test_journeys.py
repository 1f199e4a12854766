"""Feeds from upload to catalogue, one trap each, with their exact ledgers."""

import gzip
import io
import json
import subprocess
import sys
import zipfile
from typing import Any

import pytest
from api import FIXTURES, Api, counts

from productsmanager import jobs
from productsmanager.client import Client
from productsmanager.lifecycle import Running

# What each fixture must come to when it is the supplier's first: counts, then rows by reason.
LEDGERS: dict[str, tuple[dict[str, int], dict[str, int]]] = {
    "clean.csv": ({"read": 40, "created": 40, "products_created": 40}, {}),
    "french_cp1252.csv": ({"read": 10, "created": 10, "products_created": 10}, {}),
    "bom.csv": ({"read": 5, "created": 5, "products_created": 5}, {}),
    "utf16.csv": ({"read": 7, "created": 7, "products_created": 7}, {}),
    "cyrillic_cp1251.csv": ({"read": 8, "created": 8, "products_created": 8}, {}),
    "quotes_inside.tsv": ({"read": 12, "created": 12, "products_created": 12}, {}),
    "no_header.tsv": ({"read": 15, "created": 15, "products_created": 15}, {}),
    # A dash is a usual way to say "no price": nothing to warn of.
    "thousands_comma.csv": ({"read": 5, "created": 5, "products_created": 5}, {}),
    # A3 is A2's barcode written as UPC-E, so the two offers share a product.
    "barcodes.csv": (
        {"read": 14, "created": 14, "products_created": 13, "warnings": 8},
        {"gtin_check_digit": 1, "gtin_damaged": 1, "gtin_repaired": 1, "gtin_restricted": 1, "gtin_invalid": 2}
        | {"gtin_shared": 2},
    ),
    "barcode_is_the_only_code.csv": (
        {"read": 6, "created": 3, "rejected": 2, "skipped": 1, "products_created": 3, "warnings": 2},
        {"gtin_check_digit": 1, "gtin_damaged": 1, "internal_code": 1, "ref_missing": 1}
        | {"duplicate_in_file": 1, "duplicate_differs": 1},
    ),
    # D1 stands three times, the last wins; D3 shares D2's barcode and so its product.
    "duplicates.csv": (
        {"read": 5, "created": 3, "skipped": 2, "products_created": 2, "warnings": 2},
        {"duplicate_in_file": 2, "duplicate_differs": 2, "gtin_shared": 2},
    ),
    "ragged.csv": ({"read": 4, "created": 2, "rejected": 2, "products_created": 2}, {"field_count": 2}),
    # Three warnings in one row: no price on request, none below nothing, and the pipe at a category's end says nothing.
    "tiers_and_locations.csv": (
        {"read": 5, "created": 5, "products_created": 5, "warnings": 1},
        {"price_invalid": 1, "price_negative": 1},
    ),
    "line_breaks.csv": ({"read": 2, "created": 2, "products_created": 2}, {}),
    "dirty_numbers.csv": (
        {"read": 7, "created": 7, "products_created": 7, "warnings": 4},
        {"price_invalid": 1, "price_negative": 1, "stock_without_quantity": 1, "stock_negative": 1},
    ),
}

# Doubts that a person says yes to; the next file of the supplier is not held by them.
ACCEPTED = {"no_header.tsv": ["no_header"], "barcodes.csv": ["gtins_shared"], "duplicates.csv": ["gtins_shared"]}


@pytest.mark.parametrize("name", LEDGERS)
def test_a_first_delivery(api: Api, name: str) -> None:
    expected, reasons = LEDGERS[name]
    job = api.run(FIXTURES / name, f"First {name}", accept=ACCEPTED.get(name, []))
    assert job["state"] == "STATE_APPLIED", job
    assert (counts(job), job["ledger"]["reasons"]) == (expected, reasons)


@pytest.mark.parametrize("name", LEDGERS)
def test_the_same_rows_in_a_new_file_change_nothing(api: Api, name: str) -> None:
    api.run(FIXTURES / name, f"Again {name}", accept=ACCEPTED.get(name, []))
    job = api.run(FIXTURES / name, f"Again {name}", force="true")
    assert job["state"] == "STATE_APPLIED", job
    ledger = counts(job)
    changing = ("created", "updated", "products_created", "products_changed")
    assert not any(ledger.get(count) for count in changing), ledger


def test_the_same_file_is_recognised(api: Api) -> None:
    first = api.run(FIXTURES / "clean.csv", "Same file")
    again = api.run(FIXTURES / "clean.csv", "Same file")
    assert again["same_as_job_id"] == first["id"]
    assert counts(again) == {"read": 40, "unchanged": 40}


def test_a_then_b_then_a_is_applied_each_time(api: Api) -> None:
    api.run(FIXTURES / "clean.csv", "Back and forth")
    prices = api.run(FIXTURES / "prices_only.csv", "Back and forth")
    assert counts(prices) == {"read": 40, "updated": 40, "products_changed": 40}
    back = api.run(FIXTURES / "clean.csv", "Back and forth")
    assert counts(back) == {"read": 40, "updated": 40, "products_changed": 40}


def test_one_file_of_two_suppliers(api: Api) -> None:
    job = api.run(FIXTURES / "two_suppliers.csv", "Importer", mapping={"supplier": "supplier"})
    assert counts(job) == {"read": 11, "created": 11, "products_created": 6, "products_changed": 5}
    assert {run["supplier_name"]: run["ledger"]["created"] for run in job["runs"]} == {"Helios": 5, "Importer": 1, "Lumen": 5}
    [product] = [hit["product"] for hit in api.get("/products:search", query="4012345007015")["hits"]]
    assert product["offer_count"] == 2
    offers = api.get(f"/products/{product['id']}/offers")["offers"]
    assert {(offer["price"]["amount"].rstrip("0").rstrip("."), offer["price"]["currency"]) for offer in offers} == {
        ("1", "EUR"),
        ("2", "CHF"),
    }


def test_values_arrive_as_they_were_meant(api: Api) -> None:
    api.run(FIXTURES / "french_cp1252.csv", "Valeurs")
    [hit] = api.get("/products:search", query="4012345001075")["hits"]
    product = hit["product"]
    assert hit["match"] == "MATCH_GTIN"
    assert (product["title"], product["brand"]) == ("Théière « Été » n° 7", "Café d’Or")
    assert float(product["price"]["amount"]) == 1107.07
    api.run(FIXTURES / "thousands_comma.csv", "Pumps")
    pump = api.get("/products:search", query="Pump", page_size=1)["hits"][0]
    assert float(pump["product"]["price"]["amount"]) == 4417.08


def test_tiers_locations_and_the_tree_arrive(api: Api) -> None:
    job = api.run(FIXTURES / "tiers_and_locations.csv", "Stufen")
    mapping = json.loads(job["mapping"])
    assert mapping["category_separator"] == "|"
    assert {name: choice["column"] for name, choice in mapping["fields"].items() if "[" in name} == {
        "price[min=10]": "price from 10",
        "price[min=100]": "price from 100",
        "price[type=sale]": "sale price",
        "price[currency=USD]": "Price USD",
        "stock[location=paris]": "stock_paris",
        "stock[location=lyon]": "stock_lyon",
    }
    supplier = job["runs"][0]["supplier_id"]
    offers = {offer["ref"]: offer for offer in api.get("/offers", supplier_id=supplier)["offers"]}
    assert {ref: [shown(price) for price in offer["prices"]] for ref, offer in offers.items()} == {
        "T1": ["PURCHASE 1 6.00 USD", "PURCHASE 10 4.50 EUR", "PURCHASE 100 4.00 EUR", "SALE 1 4.90 EUR"],
        "T2": ["PURCHASE 1 7.00 USD", "PURCHASE 10 5.50 EUR"],
        "T3": ["PURCHASE 10 0.90 EUR", "PURCHASE 100 0.80 EUR", "SALE 1 0.95 EUR"],
        "T4": [],
        "T5": ["PURCHASE 1 10.00 USD", "PURCHASE 100 7.00 EUR"],
    }
    assert {
        ref: (offer.get("stock"), {s["location"]: s["quantity"] for s in offer["stocks"]}) for ref, offer in offers.items()
    } == {
        "T1": (7, {"lyon": 4, "paris": 3}),
        "T2": (0, {"lyon": 0, "paris": 0}),
        "T3": (10, {"paris": 10}),
        "T4": (None, {}),
        "T5": (2, {"lyon": 2}),
    }
    tree = {category["path"]: category for category in api.get("/categories", prefix="Licht")["categories"]}
    assert {path: (category["depth"], category["child_count"]) for path, category in tree.items()} == {
        "Licht": (1, 2),
        "Licht > Birnen": (2, 0),
        "Licht > Lampen": (2, 2),
        "Licht > Lampen > Boden": (3, 0),
        "Licht > Lampen > Tisch": (3, 0),
    }
    for path, numbers in (("Licht", "1234"), ("Licht > Lampen", "12"), ("Licht > Lampen > Boden", "2")):
        hits = api.get("/products:search", category_id=tree[path]["id"], supplier_id=supplier)["hits"]
        assert sorted(hit["product"]["title"][-1] for hit in hits) == list(numbers), path
    # A renamed category keeps its feed: the same rows again change nothing.
    answer = api.http.patch(f"/categories/{tree['Licht']['id']}", json={"name": "Leuchten"})
    assert answer.json()["path"] == "Leuchten", answer.text
    again = api.run(FIXTURES / "tiers_and_locations.csv", "Stufen", force="true")
    assert counts(again) == {"read": 5, "unchanged": 5, "warnings": 1}
    api.http.patch(f"/categories/{tree['Licht']['id']}", json={"name": "Licht"})


def shown(price: dict[str, Any]) -> str:
    amount = price["amount"]
    return f"{price['type'].removeprefix('TYPE_')} {price['min_quantity']} {amount['amount']} {amount['currency']}"


def test_words_of_every_script_are_found(api: Api) -> None:
    api.run(FIXTURES / "cyrillic_cp1251.csv", "Poisk")
    api.run(FIXTURES / "french_cp1252.csv", "Recherche")
    api.run(FIXTURES / "utf16.csv", "Szukaj")
    for query, word in (("чайник", "чайник"), ("theiere ete", "théière"), ("lopata", "łopata")):
        hits = api.get("/products:search", query=query)["hits"]
        assert hits, query
        assert all(word in hit["product"]["title"].lower() for hit in hits), query


def wrapped(kind: str) -> tuple[str, bytes]:
    content = (FIXTURES / "clean.csv").read_bytes()
    if kind == "gz":
        return "clean.csv.gz", gzip.compress(content)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("delivery/clean.csv", content)
    return "clean.zip", out.getvalue()


@pytest.mark.parametrize("kind", ["gz", "zip"])
def test_packed_files_are_unpacked(api: Api, kind: str) -> None:
    name, content = wrapped(kind)
    job = api.run(content, f"Packed {kind}", name=name)
    assert counts(job)["created"] == 40


def test_look_before_you_leap(api: Api) -> None:
    api.run(FIXTURES / "clean.csv", "Careful")
    job = api.run(FIXTURES / "prices_only.csv", "Careful", apply=False)
    assert job["state"] == "STATE_PLANNED"
    assert counts(job) == {"read": 40, "updated": 40, "products_changed": 40}
    rows: list[dict[str, Any]] = api.get(f"/imports/{job['id']}/plan", page_size=500)["rows"]
    assert len(rows) == 40
    assert {change["field"] for change in rows[0]["changes"]} == {"price", "stock"}
    before = api.get("/products:search", query="4012345000016")["hits"][0]["product"]["price"]["amount"]
    assert float(before) == 20.9, "nothing has changed yet"
    refused = api.post(f"/imports/{job['id']}:apply", {"plan_hash": "0" * 64}, status=409)
    assert refused["reason"] == "PLAN_CHANGED"
    api.post(f"/imports/{job['id']}:apply", {"plan_hash": job["plan_hash"]})
    done = api.follow(job["id"], {"STATE_APPLIED", "STATE_FAILED"})
    assert done["state"] == "STATE_APPLIED"


def test_a_mapping_is_remembered_for_the_next_delivery(api: Api) -> None:
    content = (FIXTURES / "clean.csv").read_bytes().replace(b"title,brand", b"remark,maker")
    first = api.run(content, "Memory", mapping={"title": "remark", "brand": "maker"})
    assert counts(first)["created"] == 40
    second = api.run(content.replace(b"Modell 7,", b"Modell 7b,"), "Memory")
    # Whether the product changes, too, depends on who had it first.
    assert {"read": 40, "updated": 1, "unchanged": 39}.items() <= counts(second).items()


def test_problems_come_with_all_their_reasons(stack: Running, api: Api) -> None:
    job = api.run(FIXTURES / "barcode_is_the_only_code.csv", "Reasons")
    assert api.problems(job["id"]) == {
        1: ("skipped", ["duplicate_differs", "duplicate_in_file"]),
        2: ("warning", ["gtin_check_digit"]),
        3: ("rejected", ["gtin_damaged"]),
        4: ("warning", ["internal_code"]),
        5: ("rejected", ["ref_missing"]),
    }
    client = Client(stack.url, "admin", stack.admin_password_file.read_text(encoding="ascii").strip())
    for limit in (2, 50):
        told = list(jobs.problems(client, job["id"], limit))
        assert [problem["row_no"] for problem in told] == [1, 2, 3, 4, 5][:limit]
    csv = api.http.get(f"/imports/{job['id']}/problems.csv")
    assert csv.headers["content-type"].startswith("text/csv")
    assert len(csv.text.splitlines()) == 6


def test_a_waiting_job_is_looked_at_planned_anew_and_given_up(stack: Running, api: Api) -> None:
    job = api.run(FIXTURES / "clean.csv", "Waiting", apply=False)

    def pm(command: str, given: str = "") -> tuple[int, str]:
        data = str(stack.installation.data.root)
        done = subprocess.run(
            (sys.executable, "-m", "productsmanager", "jobs", command, given or job["id"][-jobs.ENDING :], "--data", data),
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    status, everything = pm("all", "--limit=1")
    assert (status, job["id"] in everything, "waiting (planned)" in everything) == (0, True, True)
    [listed] = api.get("/jobs", kinds="import", page_size=1)["jobs"]
    assert (listed["id"], listed["supplier_name"], listed["service"]) == (job["id"], "Waiting", "imports-svc")
    assert [attempt["number"] for attempt in api.get(f"/jobs/{job['id']}")["attempts"]] == [1]
    status, shown = pm("show")
    assert (status, "40 created" in shown, "Some of its rows" in shown, job["id"] in shown) == (0, True, True, True)
    assert (pm("prioritize")[0], api.get(f"/jobs/{job['id']}")["priority"]) == (0, 60)
    status, unknown = pm("show", "ffffffff")
    assert (status, "ends in ffffffff" in unknown) == (1, True)
    api.run(FIXTURES / "clean.csv", "Waiting")
    api.post(f"/imports/{job['id']}:apply", {"plan_hash": job["plan_hash"]})
    assert api.follow(job["id"], {"STATE_STALE"})["state"] == "STATE_STALE"
    status, replanned = pm("replan")
    # It waits for a person again; nothing is left to do, because the other job applied the same file.
    assert (status, "40 unchanged" in replanned) == (3, True)
    job = api.run((FIXTURES / "clean.csv").read_bytes().replace(b"Modell 7,", b"Modell 7c,"), "Waiting", apply=False)
    assert job["ledger"]["created"] + job["ledger"]["updated"] == 1
    status, cancelled = pm("cancel")
    assert (status, "The job was cancelled" in cancelled) == (0, True)
    # At once, and not when the catalogue has been told.
    shown_at_once = api.get(f"/imports/{job['id']}")["ledger"]
    assert (shown_at_once["created"], shown_at_once["updated"], shown_at_once["reasons"]["cancelled"]) == (0, 0, 1)
