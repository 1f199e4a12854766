from decimal import Decimal

from catalog_svc.fields.registry import PRICES_READ, REGISTRY
from chassis.visibility import may
from pm.common.v1.money_pb2 import Money

# What we pay, by the names that changes of offers have for it.
_PRICES = REGISTRY.hidden_without(PRICES_READ)
# Even a round amount shows its cents.
MIN_DECIMALS = 2


def money(amount: Decimal | None, currency: str) -> Money | None:
    """A stored amount as the contracts carry it: `12.900000` as `12.90`."""
    if amount is None:
        return None
    whole, _, fraction = f"{amount:f}".partition(".")
    return Money(amount=f"{whole}.{fraction.rstrip('0').ljust(MIN_DECIMALS, '0')}", currency=currency)


def shows(field: str) -> bool:
    """Whether the caller may see what this field of an offer or product held."""
    return field not in _PRICES or may(PRICES_READ)
