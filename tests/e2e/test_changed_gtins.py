"""Another GTIN for a reference that is known: told, followed, found; many of them are held."""

from tests.api import Api
from tests.e2e.test_shared_gtins import ean, problems

HEADER = "Artikelnr;EAN;Bezeichnung;Preis;Bestand"


def price_list(*first: int) -> bytes:
    """Four rows with these EAN, and others of their own."""
    lines = (f"CG-{at};{ean(90_000 + number)};Ratchet {at};4,50;3" for at, number in enumerate([*first, *range(10, 30)]))
    return "\n".join([HEADER, *lines, ""]).encode()


def test_another_gtin_is_told_and_found(api: Api) -> None:
    api.run(price_list(0, 1, 2, 3), "Changed GTIN", auto_apply=True)
    job = api.run(price_list(0, 5, 2, 3), "Changed GTIN", auto_apply=True)
    assert (job["state"], job["ledger"]["reasons"]) == ("STATE_APPLIED", {"gtin_changed": 1})
    assert problems(api, job)[2]["values"] == {"ref": "CG-1", "GTIN before": f"0{ean(90_001)}", "GTIN": f"0{ean(90_005)}"}
    [hit] = api.get("/products:search", query=ean(90_005))["hits"]
    assert hit["product"]["title"] == "Ratchet 1"
    held = api.run(price_list(6, 7, 8, 9), "Changed GTIN", auto_apply=True)
    assert held["state"] == "STATE_HELD"
    assert [doubt["name"] for doubt in held["doubts"] if doubt["holds"]] == ["gtins_changed:EAN"]
    # Two that are exchanged are enough: rows may have slipped.
    held = api.run(price_list(5, 0, 2, 3), "Changed GTIN", auto_apply=True)
    assert (held["state"], held["ledger"]["reasons"]) == ("STATE_HELD", {"gtin_changed": 2, "gtin_exchanged": 2})
    assert "which article is meant is not certain" in next(doubt["message"] for doubt in held["doubts"] if doubt["holds"])
    assert problems(api, held)[1]["values"]["reference that brings one of both"] == "CG-1"
