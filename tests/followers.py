"""Follows the catalogue over HTTP as docs/changes.md says."""

import json
import time
from typing import Any

from api import PATIENCE_SECONDS, Api

PAGE = 5_000
BATCH = 1_000


def export(api: Api) -> tuple[str, dict[str, Any]]:
    """The cursor of an export, and its products by id."""
    products = {}
    with api.http.stream("GET", "/products:export") as answer:
        assert answer.status_code == 200, answer.read()
        lines = (json.loads(line) for line in answer.iter_lines())
        cursor = next(lines)["cursor"]
        for line in lines:
            if "id" not in line:
                break
            products[line["id"]] = line
    assert line == {"total": len(products)}
    return cursor, products


def here(api: Api) -> str:
    """A cursor behind which everything stands that is committed from now on."""
    with api.http.stream("GET", "/products:export") as answer:
        return str(json.loads(next(answer.iter_lines()))["cursor"])


class Copy:
    """Products by id, as the feed says; it begins with an export."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self.entries: list[Any] = []
        self.cursor, self.products = export(api)

    def catch_up(self) -> None:
        """Take all that the feed shows behind the cursor."""
        more = True
        while more:
            page = self._api.get("/changes", cursor=self.cursor, limit=PAGE)
            ids = list(dict.fromkeys(change["product_id"] for change in page["changes"]))
            for first in range(0, len(ids), BATCH):
                read = self._api.post("/products:batchGet", {"ids": ids[first : first + BATCH]})
                assert (read["missing_ids"], read["left_ids"]) == ([], [])
                for product in read["products"]:
                    self.products.pop(product["id"], None)
                    if product["state"] == "STATE_ACTIVE":
                        self.products[product["id"]] = product
            self.entries += page["changes"]
            self.cursor, more = page["cursor"], page["more"]

    def equals(self, products: dict[str, Any]) -> bool:
        """Whether the copy becomes these products: an older transaction may hold entries back for a while."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self.products != products and time.monotonic() < deadline:
            self.catch_up()
            time.sleep(0.2)
        return self.products == products


def created_by(api: Api, cursor: str, runs: set[str], count: int) -> list[str]:
    """The products that the feed says runs created, once it shows so many of them."""
    found: list[str] = []
    deadline = time.monotonic() + PATIENCE_SECONDS
    while len(found) < count and time.monotonic() < deadline:
        page = api.get("/changes", cursor=cursor, limit=PAGE, kinds="KIND_CREATED")
        found += [change["product_id"] for change in page["changes"] if change["run_id"] in runs]
        cursor = page["cursor"]
        if not page["more"]:
            time.sleep(0.2)
    return found
