"""One GTIN at several references of one supplier: joined only after a yes, and each row says so."""

from typing import Any

import pytest

from tests.api import Api, counts

PENS = (
    b"Artikelnr;EAN;Bezeichnung;Marke;Preis;Bestand\n"
    b"QE-1;4006381339018;Textmarker gelb;Schreibfix;1,10;40\n"
    b"QE-2;4006381339018;Textmarker rosa;Schreibfix;1,10;30\n"
    b"QE-3;4006381339018;Bleistift HB;Schreibfix;0,45;200\n"
    b"QE-4;5901234129015;Lineal 30 cm;Mess;0,95;70\n"
    b"QE-5;;Zirkel;Mess;6,90;12\n"
)
LAMB = (
    b"sku,barcode,name,price,stock\n"
    b'ME-1,019402888703402331030012241526020510160126,Lamb leg,"14,90",5\n'
    b'ME-2,(01)94028887034023(3103)001224(15)260205(10)160126,Lamb rack,"19,90",3\n'
    b'ME-3,,Lamb mince,"9,80",7\n'
)


def ean(number: int) -> str:
    """The EAN of a range nobody else uses here."""
    body = f"48123{number:07d}"
    total = sum(int(digit) * (3 if at % 2 else 1) for at, digit in enumerate(body))
    return f"{body}{-total % 10}"


def price_list(rows: int, shared: int) -> bytes:
    """So many rows, of which the first ones have one EAN."""
    lines = (f"S-{at};{ean(rows if at < shared else rows + at)};Sharp tool {at};{at % 90 + 1},50;3" for at in range(rows))
    return "\n".join(["Artikelnr;EAN;Bezeichnung;Preis;Bestand", *lines, ""]).encode()


def told(job: dict[str, Any]) -> list[tuple[str, bool]]:
    return [(doubt["name"], doubt["holds"]) for doubt in job["doubts"] if doubt["name"].startswith("gtins_shared")]


def problems(api: Api, job: dict[str, Any]) -> dict[int, dict[str, Any]]:
    return {problem["row_no"]: problem for problem in api.get(f"/imports/{job['id']}/problems")["problems"]}


def offers(api: Api, query: str) -> list[tuple[str, int]]:
    return sorted(
        (hit["product"]["title"], hit["product"]["offer_count"]) for hit in api.get("/products:search", query=query)["hits"]
    )


def test_articles_with_one_ean_are_held_and_joined_after_a_yes(api: Api) -> None:
    held = api.run(PENS, "Shared pens")
    assert (held["state"], told(held)) == ("STATE_HELD", [("gtins_shared:EAN", True)])
    # QE-1 makes the product that the others join.
    assert counts(held) == {"read": 5, "created": 5, "warnings": 3, "products_created": 3, "products_changed": 1}
    assert held["ledger"]["reasons"] == {"gtin_shared": 3}
    row = problems(api, held)[2]
    assert (row["outcome"], row["reasons"]) == ("OUTCOME_WARNING", ["gtin_shared"])
    others = {"ref": "QE-2", "GTIN": "04006381339018", "references with this GTIN": "QE-1, QE-3"}
    assert row["values"] == others
    api.post(f"/imports/{held['id']}:apply", {"plan_hash": held["plan_hash"], "accept": ["gtins_shared"]})
    assert api.follow(held["id"])["state"] == "STATE_APPLIED"
    assert offers(api, "4006381339018") == [("Textmarker gelb", 3)]

    again = api.run(PENS.replace(b"0,45", b"0,55"), "Shared pens")
    assert (again["state"], counts(again)["updated"], again["ledger"]["reasons"]) == ("STATE_APPLIED", 1, {"gtin_shared": 3})
    assert problems(api, again)[2]["values"] == others


def test_without_the_column_each_is_a_product_of_its_own(api: Api) -> None:
    held = api.run(PENS, "Shared pens apart")
    assert held["state"] == "STATE_HELD"
    api.post(f"/imports/{held['id']}:replan", {"mapping": {"gtin": ""}})
    planned = api.follow(held["id"])
    assert (told(planned), counts(planned)) == ([], {"read": 5, "created": 5, "products_created": 5})


def test_cuts_of_variable_weight_do_not_share_a_number_in_silence(api: Api) -> None:
    held = api.run(LAMB, "Shared butcher")
    assert (held["state"], told(held)) == ("STATE_HELD", [("gtins_shared:barcode", True)])
    assert problems(api, held)[1]["values"]["references with this GTIN"] == "ME-2"


@pytest.mark.parametrize(
    ("shared", "state", "holds", "reasons"),
    [
        (2, "STATE_APPLIED", False, {"gtin_shared": 2}),
        (4, "STATE_HELD", True, {"gtin_shared": 4, "gtin_of_many": 4}),
        (60, "STATE_HELD", True, {"gtin_shared": 60, "gtin_of_many": 60}),
    ],
)
def test_a_pair_in_a_long_list_is_told_and_a_code_of_many_holds(
    api: Api, shared: int, state: str, *, holds: bool, reasons: dict[str, int]
) -> None:
    job = api.run(price_list(10_000, shared), f"Shared list of {shared}")
    assert (job["state"], told(job), job["ledger"]["reasons"]) == (state, [("gtins_shared:EAN", holds)], reasons)
    listed = api.get(f"/imports/{job['id']}/problems")["problems"]
    assert {row["values"]["GTIN"] for row in listed} == {f"0{ean(10_000)}"}
    rest = f" and {shared - 6} more" if shared > 6 else ""
    assert listed[0]["values"]["references with this GTIN"] == ", ".join(f"S-{at}" for at in range(1, min(shared, 6))) + rest


def test_the_same_gtin_at_two_suppliers_of_one_file_is_no_doubt(api: Api) -> None:
    rows = "\n".join(
        ["seller;sku;barcode;title;price", *(f"Shared {name};{name}-1;{ean(9)};Sharp pencil;2,50" for name in ("North", "South"))]
    )
    job = api.run(rows.encode(), "Shared market", mapping={"supplier": "seller"})
    assert (told(job), counts(job)["created"]) == ([], 2)
