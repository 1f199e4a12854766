"""Examples for the document of the API, by the full name of their message."""

from typing import Any

_ID = "01890a5d-ac96-774b-bcce-b302099a8057"
_TIME = "2026-03-02T04:15:00Z"

EXAMPLES: dict[str, dict[str, Any]] = {
    "pm.core.v1.LoginRequest": {"username": "admin", "password": "correct horse battery staple"},
    "pm.core.v1.LoginResponse": {
        "access_token": "eyJhbGciOiJFZERTQSJ9.e30.c2ln",
        "token_type": "Bearer",
        "expires_in": 900,
        "refresh_token": "",
        "refresh_expires_in": 1_209_600,
    },
    "pm.common.v1.Money": {"amount": "12.90", "currency": "EUR"},
    "pm.catalog.v1.Product": {
        "id": _ID,
        "gtin": "04006381333931",
        "sku": "",
        "mpn": "BOSS-70",
        "title": "Highlighter, yellow",
        "description": "Fluorescent ink, two line widths",
        "brand": "Stabilo",
        "category": "Office > Pens",
        "image_url": "https://www.example.com/highlighter.jpg",
        "images": ["https://www.example.com/highlighter.jpg", "https://www.example.com/highlighter-open.jpg"],
        "price": {"amount": "0.79", "currency": "EUR"},
        "stock": 1200,
        "offer_count": 2,
        "winning_offer_id": "01890a5d-ac96-774b-bcce-b302099a8058",
        "locked_fields": [],
        "create_time": _TIME,
        "update_time": _TIME,
        "version": 3,
        "state": "STATE_ACTIVE",
    },
    "pm.catalog.v1.ListChangesResponse": {
        "changes": [
            {
                "product_id": _ID,
                "kinds": ["KIND_CHANGED", "KIND_PRICE", "KIND_OFFERS"],
                "fields": ["offers", "price", "title"],
                "run_id": "01890a5d-ac96-774b-bcce-b302099a8059",
                "user_id": "",
                "merged_into_id": "",
                "time": _TIME,
            }
        ],
        "cursor": "481516.73214.88.1",
        "more": False,
    },
    "pm.catalog.v1.BatchGetProductsRequest": {"ids": [_ID, "01890a5d-ac96-774b-bcce-b302099a8060"]},
    "pm.catalog.v1.ProductUpsert": {
        "product": {"sku": "10042", "title": "Highlighter, yellow", "brand": "Stabilo"},
        "update_mask": "title,brand",
    },
    "pm.catalog.v1.UpsertResult": {
        "outcome": "OUTCOME_UPDATED",
        "product_id": _ID,
        "version": 4,
        "reason": "",
        "message": "",
        "violations": [],
    },
    "pm.catalog.v1.Supplier": {
        "id": _ID,
        "name": "Northern Stationery",
        "priority": 10,
        "default_currency": "EUR",
        "offer_count": 18250,
        "create_time": _TIME,
        "update_time": _TIME,
        "version": 1,
        "own_list": False,
        "tie_count": 0,
        "offers_to_rank": 0,
    },
    "pm.imports.v1.ReplanJobRequest": {"mapping": {"title": "Bezeichnung", "price": "EK netto"}},
}
