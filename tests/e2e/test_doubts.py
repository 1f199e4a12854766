"""What is not sure about a file holds its job until somebody says yes, and a yes is remembered for the supplier."""

import time

import pytest

from tests.api import Api, counts

UNSURE = b"sku,name,price\n" + b"".join(b"CC-%d,Candle %d cm,%d,50\n" % (i, i, i) for i in range(1, 9))


@pytest.fixture(scope="module")
def supplier() -> str:
    return "Doubts"


def test_a_doubt_holds_a_job_that_would_apply_itself_until_it_is_accepted(api: Api, supplier: str) -> None:
    held = api.run(UNSURE, supplier)
    assert held["state"] == "STATE_HELD"
    [doubt] = [doubt for doubt in held["doubts"] if doubt["holds"]]
    assert (doubt["name"], doubt["accepted"]) == ("extra_fields", False)
    assert doubt["message"] in held["hold_reason"]
    assert counts(held)["created"] == 8, "the plan is there to be looked at"
    assert api.get("/suppliers", name=supplier)["suppliers"][0]["name"] == supplier

    refused = api.http.post(f"/imports/{held['id']}:apply", json={"plan_hash": held["plan_hash"]})
    assert (refused.status_code, refused.json()["reason"]) == (409, "DOUBTS_OPEN")
    assert "extra_fields" in refused.json()["detail"]

    api.post(f"/imports/{held['id']}:apply", {"plan_hash": held["plan_hash"], "accept": ["extra_fields"]})
    applied = api.follow(held["id"])
    assert (applied["state"], applied["hold_reason"]) == ("STATE_APPLIED", "")
    assert [doubt["accepted"] for doubt in applied["doubts"] if doubt["holds"]] == [True]


def test_what_was_accepted_for_a_supplier_holds_its_next_file_no_more(api: Api, supplier: str) -> None:
    again = api.run(UNSURE + b"CC-9,Candle 9 cm,9,50\n", supplier)
    assert (again["state"], counts(again).get("created", 0)) == ("STATE_APPLIED", 1)
    assert api.run(UNSURE, "Doubts of another")["state"] == "STATE_HELD"


def test_a_supplier_that_only_cancelled_jobs_brought_goes_with_them(api: Api) -> None:
    def known() -> list[str]:
        return [one["name"] for one in api.get("/suppliers", name="Doubts given up")["suppliers"]]

    first = api.run(UNSURE, "Doubts given up")
    api.post(f"/imports/{first['id']}:replan", {"mapping": {"mpn": "sku"}})
    replanned = api.follow(first["id"])
    second = api.run(UNSURE.replace(b"50\n", b"60\n"), "Doubts given up")
    assert (replanned["state"], second["state"], known()) == ("STATE_HELD", "STATE_HELD", ["Doubts given up"])
    api.post(f"/imports/{second['id']}:cancel", {})
    api.post(f"/imports/{first['id']}:cancel", {})
    # The worker sees to it within seconds; the test's own timeout ends it.
    while known():
        time.sleep(0.2)


def test_a_doubt_is_accepted_beforehand(api: Api) -> None:
    job = api.run(UNSURE, "Doubts foreseen", accept=["extra_fields"])
    assert job["state"] == "STATE_APPLIED"


def test_a_job_of_rejected_rows_is_held(api: Api) -> None:
    rows = b"sku,name,price\n" + b"".join(b"1.23E+%d,Lamp %d,1.50\n" % (i, i) for i in range(11, 19)) + b"A-1,Pump,2\n"
    job = api.run(rows, "Doubts rejected", mapping={"ref": "sku"})
    assert job["state"] == "STATE_HELD"
    assert "rows_rejected" in [doubt["name"] for doubt in job["doubts"]]


def test_rows_that_repeat_a_reference_and_differ_hold_and_name_the_supplier_column(api: Api) -> None:
    rows = b"chain;sku;name;price\n" + b"".join(
        b"%s;A-%d;Lamp %d;%d,50\n" % (chain, i, i, i + more) for i in range(12) for chain, more in ((b"North", 0), (b"South", 3))
    )
    job = api.run(rows, "Doubts of two shops")
    assert job["state"] == "STATE_HELD"
    [doubt] = [doubt for doubt in job["doubts"] if doubt["name"] == "duplicates_differ"]
    assert "'chain'" in doubt["message"]
    assert job["ledger"]["reasons"]["duplicate_differs"] == 12
    assert api.run(rows, "Doubts of two shops", mapping={"supplier": "chain"})["state"] == "STATE_APPLIED"
