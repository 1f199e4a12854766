"""What a change is shown as: the values before as text, whatever their types."""

import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from catalog_svc.fields.sets import PRICE_SET, STOCK_SET
from catalog_svc.history import images
from catalog_svc.history.models import SHOWN_TEXTS


def read(text: str) -> Any:
    """An image, or what it holds of a set, as the database gives it; amounts keep all their digits."""
    return json.loads(text, parse_float=Decimal)


def shown(kind: int, fields: Iterable[str], before: str) -> dict[str, str]:
    """The fields that changed with what they held, "" for nothing; whether an offer counts as its state."""
    held = read(before)
    if kind == SHOWN_TEXTS:
        return {field: value or "" for field, value in held.items()}
    texts = {field: _text(field, held.get(field)) for field in fields}
    if images.ACTIVE in texts:
        del texts[images.ACTIVE]
        texts[images.STATE] = _state(held)
    return texts


def named(fields: Iterable[str]) -> list[str]:
    """The fields that changed, by the names under which `shown` has them."""
    return [images.STATE if field == images.ACTIVE else field for field in fields]


def _state(held: Mapping[str, Any]) -> str:
    if held.get(images.ACTIVE):
        return "active"
    return "excluded" if images.EXCLUDE_TIME in held else "vanished"


def _text(field: str, value: Any) -> str:
    if value is None:
        return ""
    if field == PRICE_SET.name:
        return ", ".join(f"{row['type']} {row['min_quantity']}+ {row['amount']} {row['currency']}" for row in value)
    if field == STOCK_SET.name:
        return ", ".join(f"{row['location']} {row['quantity']}" for row in value)
    if isinstance(value, Mapping):
        return str(value.get("name", ""))
    if isinstance(value, list):
        return ", ".join(value)
    return str(value).lower() if isinstance(value, bool) else str(value)
