"""A brand under several names, from two price lists to one brand: suggested, merged by a person, kept at the next import."""

import json
import subprocess
import sys
from typing import Any

from productsmanager.lifecycle import Running
from tests.api import Api

FIRST = b"sku,name,brand,price,currency\nB-1,Brandwise drill,Brandwise,5.50,EUR\nB-2,Brandwise saw,Brandwise,6.50,EUR\n"
SECOND = b"sku,name,brand,price,currency\nX-1,Brandwise lathe,BRANDWISE GmbH,7.50,EUR\n"


def pm(stack: Running, *arguments: str) -> Any:
    command = [sys.executable, "-m", "productsmanager", *arguments, "--data", str(stack.installation.data.root), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.split("\n") if line]


def brands_of(api: Api) -> dict[str, str]:
    hits = api.get("/products:search", query="brandwise", page_size=50)["hits"]
    return {hit["product"]["title"]: hit["product"]["brand"] for hit in hits}


def suggested(stack: Running) -> list[tuple[str, list[str]]]:
    found = [(one["brand"]["name"], [other["name"] for other in one["others"]]) for one in pm(stack, "brands")]
    return [(name, others) for name, others in found if name.casefold().startswith("brandwise")]


def test_a_brand_under_two_names_becomes_one_when_a_person_says_so(api: Api, stack: Running) -> None:
    for content, supplier in ((FIRST, "Brands of one"), (SECOND, "Brands of two")):
        assert api.run(content, supplier)["state"] == "STATE_APPLIED"
    assert set(brands_of(api).values()) == {"Brandwise", "BRANDWISE GmbH"}
    assert suggested(stack) == [("Brandwise", ["BRANDWISE GmbH"])]

    pm(stack, "brands", "merge", "BRANDWISE GmbH", "Brandwise")
    assert (set(brands_of(api).values()), suggested(stack)) == ({"Brandwise"}, [])
    again = api.run(SECOND + b"X-2,Brandwise file,Brandwise gmbh,2.50,EUR\n", "Brands of two")
    assert again["state"] == "STATE_APPLIED"
    assert brands_of(api) == dict.fromkeys(("Brandwise drill", "Brandwise saw", "Brandwise lathe", "Brandwise file"), "Brandwise")

    pm(stack, "brands", "split", "brandwise gmbh")
    pm(stack, "brands", "reject", "brandwise gmbh", "brandwise")
    assert brands_of(api)["Brandwise lathe"] == "BRANDWISE GmbH"
    assert suggested(stack) == []
