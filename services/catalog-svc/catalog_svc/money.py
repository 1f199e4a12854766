from decimal import Decimal

from pm.common.v1.money_pb2 import Money

# Even a round amount shows its cents.
MIN_DECIMALS = 2


def money(amount: Decimal | None, currency: str) -> Money | None:
    """A stored amount as the contracts carry it: `12.900000` as `12.90`."""
    if amount is None:
        return None
    whole, _, fraction = f"{amount:f}".partition(".")
    return Money(amount=f"{whole}.{fraction.rstrip('0').ljust(MIN_DECIMALS, '0')}", currency=currency)
