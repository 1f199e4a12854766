from uuid import UUID

from chassis.errors import Aborted, FailedPrecondition, InvalidArgument, NotFound


class OfferNotFound(NotFound):
    def __init__(self, offer_id: UUID) -> None:
        super().__init__("There is no offer with this id.", offer_id=offer_id)


class OwnerMissing(InvalidArgument):
    def __init__(self) -> None:
        super().__init__(
            "Whose offers? Send product_id, supplier_id or both.", violations={"product_id": "is needed without supplier_id"}
        )


class CurrenciesDiffer(InvalidArgument):
    def __init__(self, price: str, list_price: str) -> None:
        super().__init__(
            f"price is in {price} and list_price in {list_price}: an offer has one currency.",
            violations={"offer.list_price.currency": "must be that of offer.price"},
            price_currency=price,
            list_price_currency=list_price,
        )


class NegativePrice(InvalidArgument):
    def __init__(self, field: str) -> None:
        super().__init__(f"{field} is less than nothing.", violations={f"{field}.amount": "must not be negative"})


class OfferMoved(Aborted):
    """Somebody added the same offer while this call was on its way to do so."""

    def __init__(self, ref: str) -> None:
        super().__init__("Somebody added this offer at the same moment: send it again.", ref=ref)


class PriceTypeMissing(InvalidArgument):
    def __init__(self, field: str) -> None:
        super().__init__("What kind of price is it?", violations={f"{field}.type": "is needed"})


class GivenTwice(InvalidArgument):
    def __init__(self, field: str) -> None:
        super().__init__(
            "A price stands once for its type, quantity and currency, a stock once for its location.",
            violations={field: "names one twice"},
        )


class OurSkuConflict(FailedPrecondition):
    """Two products are never joined on a doubt."""

    def __init__(self, our_sku: str, gtin: str, by_sku: UUID | None, by_gtin: UUID | None) -> None:
        whose = f"is that of product {by_sku}" if by_sku else "is that of no product yet"
        other = f"the GTIN {gtin} is that of product {by_gtin}" if by_gtin else f"that product has another GTIN than {gtin}"
        super().__init__(
            f"Our SKU {our_sku} {whose}, and {other}: correct one of them.",
            our_sku=our_sku,
            gtin=gtin,
            sku_product_id=by_sku or "",
            gtin_product_id=by_gtin or "",
        )


class TieConflict(FailedPrecondition):
    """The offer names one SKU of ours, and the shop's own list ties it to another."""

    def __init__(self, our_sku: str, tied_sku: str) -> None:
        super().__init__(
            f"The offer names our SKU {our_sku}, and the shop's own list ties its reference to {tied_sku}: correct one of them.",
            our_sku=our_sku,
            tied_sku=tied_sku,
        )
