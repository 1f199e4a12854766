"""Generated price lists, and what of them is in the catalogue."""

import itertools
from typing import Any

from api import Api

# One number, and so barcodes of its own, for every feed.
FEEDS = itertools.count(1)


def check_digit(body: str) -> str:
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(body)))
    return body + str((10 - total % 10) % 10)


def feed(supplier: int, rows: int) -> bytes:
    """A price list whose barcodes no other supplier has."""
    lines = ["sku,ean,title,brand,category,price,stock"]
    for row in range(rows):
        ean = check_digit(f"47{supplier:02d}{row:08d}")
        lines.append(
            f"K{row},{ean},Kettle number {row},Brand {row % 300},Kitchen/{row % 40},{row % 900}.{row % 100:02d},{row % 50}"
        )
    return "\n".join(lines).encode()


def catalogue(api: Api, supplier: str) -> list[tuple[Any, ...]]:
    """A supplier's offers with their products, in the file's terms."""
    [found] = api.get("/suppliers", name=supplier)["suppliers"]
    offers, token = [], ""
    while True:
        page = api.get("/offers", supplier_id=found["id"], page_size=500, page_token=token)
        offers += [
            (o["ref"], o["gtin"][5:13], o["title"], o["brand"], o["category"], o["price"]["amount"], o["stock"])
            for o in page["offers"]
        ]
        if not (token := page["next_page_token"]):
            return sorted(offers)
