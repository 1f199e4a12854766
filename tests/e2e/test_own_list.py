"""The shop's own article list and suppliers who know our SKUs, from files to products."""

import json
import subprocess
import sys
from typing import Any

import pytest

from productsmanager.lifecycle import Running
from tests.api import Api, counts

# GTINs no other test of this stack uses: the examples of the API become products when it is fuzzed.
PEN, INK = "4012345700718", "4012345700725"
OWN = f"Artikelnummer;EAN;Bezeichnung\n70011;{PEN};Ownlist pen\n70012;;Ownlist ink\n70013;;Ownlist ruler\n".encode()
SUPPLIER = (
    "Artikelnr;Ihre Artikelnummer;EAN;Bezeichnung;EK;Bestand\n"
    f"N-1;70011;{PEN};pen of a supplier;1,50;4\n"
    f"N-2;70012;{INK};ink of a supplier;2,50;5\n"
    f"N-3;70013;{PEN};ruler, or a pen;3,50;6\n"
    "N-4;79999;;unknown to us;4,50;7\n"
).encode()


def pm(stack: Running, *arguments: str) -> Any:
    command = [sys.executable, "-m", "productsmanager", *arguments, "--data", str(stack.installation.data.root), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.split("\n") if line]


@pytest.fixture(scope="module")
def shop(stack: Running, api: Api) -> str:
    """The own list, declared before it is imported."""
    name = "Ownlist shop"
    [declared] = pm(stack, "suppliers", "own", name)
    assert (declared["own_list"], declared["priority"]) == (True, 0)
    assert pm(stack, "suppliers")[0]["name"] == name
    applied = api.run(OWN, name)
    assert (applied["state"], counts(applied)["products_created"]) == ("STATE_APPLIED", 3)
    yield name
    pm(stack, "suppliers", "disown", name)


def by_sku(api: Api, sku: str) -> dict[str, Any]:
    # Other tests of this stack have products with such a number within a code.
    hits = api.get("/products:search", query=sku)["hits"]
    [product] = [hit["product"] for hit in hits if hit["product"]["sku"] == sku]
    return product


def test_suppliers_who_know_our_skus_offer_our_products(api: Api, shop: str) -> None:
    job = api.run(SUPPLIER, "Ownlist supplier")
    assert job["state"] == "STATE_APPLIED"
    mapped = {name: choice["column"] for name, choice in json.loads(job["mapping"])["fields"].items()}
    assert (mapped["ref"], mapped["our_sku"]) == ("Artikelnr", "Ihre Artikelnummer")
    assert counts(job) == {"read": 4, "created": 3, "skipped": 1, "warnings": 1, "products_created": 1, "products_changed": 2}
    reasons = {"our_sku_conflict": 1, "our_sku_unknown": 1}
    assert {name: job["ledger"]["reasons"][name] for name in reasons} == reasons
    ink = by_sku(api, "70012")
    assert (ink["title"], ink["gtin"], ink["price"]["amount"], ink["stock"]) == ("Ownlist ink", f"0{INK}", "2.50", 5)
    problems = {problem["row_no"]: problem for problem in api.get(f"/imports/{job['id']}/problems")["problems"]}
    told = problems[3]
    assert (told["outcome"], told["reasons"]) == ("OUTCOME_SKIPPED", ["our_sku_conflict"])
    assert told["values"]["product of our SKU"] == f"Ownlist ruler ({by_sku(api, '70013')['id']})"
    assert told["values"]["product of the GTIN"] == f"Ownlist pen ({by_sku(api, '70011')['id']})"
    assert (problems[4]["outcome"], problems[4]["reasons"]) == ("OUTCOME_WARNING", ["our_sku_unknown"])
    assert (problems[4]["values"]["our_sku"], problems[4]["values"]["ref"]) == ("79999", "N-4")

    # Planned again, rows have the same problems once.
    again = api.run(SUPPLIER.replace(b"4,50", b"4,60"), "Ownlist supplier")
    assert {name: again["ledger"]["reasons"][name] for name in reasons} == reasons
    assert counts(again)["updated"] == 1


def test_a_row_has_its_own_problems_beside_those_of_our_sku(api: Api, shop: str) -> None:
    rows = SUPPLIER.replace(b"79999;;", b"79999;4012345700719;")
    job = api.run(rows, "Ownlist supplier of damaged codes")
    [told] = [one for one in api.get(f"/imports/{job['id']}/problems")["problems"] if one["row_no"] == 4]
    assert sorted(told["reasons"]) == ["gtin_check_digit", "our_sku_unknown"]
    assert (told["values"]["EAN"], told["values"]["our_sku"]) == ("4012345700719", "79999")
    assert counts(job)["warnings"] == 1


def test_a_price_and_a_supplier_s_number_in_the_own_list_are_doubts(api: Api, shop: str) -> None:
    rows = OWN.replace(b"Bezeichnung", b"Bezeichnung;Preis").replace(b"ink\n", b"ink;9,90\n")
    rows = rows.replace(b"pen\n", b"pen;\n").replace(b"ruler\n", b"ruler;\n")
    held = api.run(rows, shop)
    assert (held["state"], [one["name"] for one in held["doubts"] if one["holds"]]) == ("STATE_HELD", ["own_price:Preis"])
    api.post(f"/imports/{held['id']}:cancel", {})
    theirs = api.run(b"Art nr Lieferant;Bezeichnung\nL-1;Ownlist pen\nL-2;Ownlist ink\n", shop)
    assert [one["name"] for one in theirs["doubts"] if one["holds"]] == ["offers_vanished", "own_ref:Art nr Lieferant"]
    api.post(f"/imports/{theirs['id']}:cancel", {})


def test_a_number_that_is_called_ours_is_a_doubt(api: Api, shop: str) -> None:
    rows = b"item no;our sku;name;price eur\nX-1;70011;Ownlist pen again;1.50\nX-2;70012;Ownlist ink again;2.50\n"
    held = api.run(rows, "Ownlist friend")
    assert [one["name"] for one in held["doubts"] if one["holds"]] == ["our_sku_whose:our sku"]
    api.post(f"/imports/{held['id']}:apply", {"plan_hash": held["plan_hash"], "accept": ["our_sku_whose"]})
    assert counts(api.follow(held["id"])) == {"read": 2, "created": 2, "products_changed": 2}
    assert by_sku(api, "70011")["offer_count"] >= 2


def test_the_own_list_ties_suppliers_numbers_to_our_skus(api: Api, stack: Running, shop: str) -> None:
    before, behind = "Ownlist early supplier", "Ownlist late supplier"
    early = b"Artikelnr;Bezeichnung;EK\nE-1;early pen;1,50\nE-2;early ink;2,50\n"
    api.run(early, before)
    ties = (
        "Artikelnummer;Bezeichnung;Lieferant;Lieferanten-Artikelnummer;EAN\n"
        f"70021;Ownlist tied pen;{before};E-1;4012345700732\n"
        f"70021;Ownlist tied pen;{behind};L-1;4012345700732\n"
        f"70022;Ownlist tied ink;{behind};L-2;\n"
        f"70023;Ownlist tied cap;{behind};L-3;\n"
        f"70024;Ownlist tied nib;{behind};L-3;\n"
        f"70012;Ownlist ink;{before};E-2;\n"
    ).encode()
    applied = api.run(ties, shop)
    mapped = {name: choice["column"] for name, choice in json.loads(applied["mapping"])["fields"].items()}
    assert (mapped["ref"], mapped["tie_supplier"], mapped["tie_ref"]) == (
        *("Artikelnummer", "Lieferant", "Lieferanten-Artikelnummer"),
    )
    # The pen joined the product of its offer; the ink's offer follows with its supplier's next list.
    assert {name: applied["ledger"]["reasons"].get(name) for name in ("row_of_ties", "tie_several_skus")} == {
        **{"row_of_ties": 1, "tie_several_skus": 2}
    }
    assert counts(applied)["products_created"] == 3
    [told] = [one["message"] for one in applied["doubts"] if one["code"] == "sku_ties"]
    assert "4 new" in told
    assert "1 offer is of another product" in told
    assert by_sku(api, "70021")["offer_count"] == 2
    problems = api.problems(applied["id"])
    assert problems[1] == ("skipped", ["row_of_ties"])
    assert [problems[row] for row in (2, 4, 5)] == [
        *[("warning", ["tie_supplier_unknown"]), ("warning", ["tie_several_skus"]), ("warning", ["tie_several_skus"])]
    ]

    # Not a byte of it is another, and yet it is not the same file.
    assert counts(api.run(early, before)) == {"read": 2, "updated": 1, "unchanged": 1, "products_changed": 1}
    late = b"Artikelnr;Bezeichnung;EK;EAN\nL-1;late pen;1,40;\nL-2;late ink;2,40;4012345700732\nL-3;late cap;3,40;\n"
    job = api.run(late, behind)
    assert counts(job) == {"read": 3, "created": 2, "skipped": 1, "products_created": 1, "products_changed": 1}
    pen = by_sku(api, "70021")
    assert (pen["title"], pen["gtin"], pen["price"]["amount"], pen["offer_count"]) == (
        *("Ownlist tied pen", "04012345700732", "1.50", 3),
    )
    # Tied to one article, with the GTIN of another.
    [refused] = api.get(f"/imports/{job['id']}/problems")["problems"]
    assert (refused["row_no"], refused["reasons"]) == (2, ["our_sku_conflict"])
    assert (refused["values"]["our_sku"], refused["values"]["our SKU by the own list"]) == ("70022", "70022")
    listed = {one["name"]: one["tie_count"] for one in pm(stack, "suppliers")}
    assert (listed[before], listed[behind]) == (2, 2)
