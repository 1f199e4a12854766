"""What an offer may have many of, prices and stocks: tables of their own, of which each row is one value."""

from dataclasses import dataclass

# What a column of numbers of pieces has room for.
MAX_STOCK = 2**31 - 1
PRICE_TYPES = ("purchase", "list", "sale", "msrp", "map")


@dataclass(frozen=True)
class ValueSet:
    """A set. `keys` are the columns that tell its rows apart beside the offer, `text` shows a row `t`.

    `kept` are columns that runs leave as they are.
    """

    name: str
    table: str
    keys: tuple[str, ...]
    value: str
    text: str
    kept: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns of a row but its offer."""
        return (*self.keys, self.value, *self.kept)

    def shown(self, offer: str, which: str = "true") -> str:
        """SQL of those of an offer's rows `t` that fulfil a condition, as text; NULL for none."""
        return f"""(SELECT string_agg({self.text}, ', ' ORDER BY t.{", t.".join(self.keys)})
                    FROM {self.table} t WHERE t.offer_id = {offer} AND ({which}))"""


PRICE_SET = ValueSet(
    "prices",
    "product_prices",
    ("type", "min_quantity", "currency"),
    "amount",
    "format('%s %s+ %s %s', t.type, t.min_quantity, t.amount, t.currency)",
    ("tax_included", "valid_from", "valid_to"),
)
STOCK_SET = ValueSet(
    "stocks", "product_stocks", ("location",), "quantity", "format('%s %s', t.location, t.quantity)", ("restock_time",)
)
SETS = (PRICE_SET, STOCK_SET)
