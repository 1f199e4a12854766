"""Fields that some users may not see: left out of answers, refused in requests."""

import pytest

from chassis.visibility import MissingPermission, check_sent, hide, restricting
from pm.catalog.v1 import offers_pb2, products_pb2, search_pb2, suppliers_pb2

PRICES = "catalog.prices.read"
NONE: frozenset[str] = frozenset()


def found() -> products_pb2.SearchProductsResponse:
    product = products_pb2.Product(id="1", title="Lamp", price={"amount": "0.79", "currency": "EUR"})
    return products_pb2.SearchProductsResponse(hits=[products_pb2.SearchHit(product=product)], total=1)


def test_the_permissions_that_matter_to_a_message() -> None:
    assert restricting(products_pb2.SearchProductsResponse.DESCRIPTOR) == {PRICES}
    assert restricting(suppliers_pb2.Supplier.DESCRIPTOR) == NONE


def test_what_is_hidden_is_left_out_wherever_it_is() -> None:
    message = found()
    hide(message, NONE)
    assert not message.hits[0].product.HasField("price")
    assert (message.hits[0].product.title, message.total) == ("Lamp", 1)


def test_who_may_see_it_sees_it() -> None:
    message = found()
    hide(message, {PRICES})
    assert message == found()


@pytest.mark.parametrize(
    "message",
    [
        products_pb2.SearchProductsRequest(price_min="1"),
        products_pb2.SearchProductsRequest(sort=products_pb2.SearchProductsRequest.SORT_PRICE_DESCENDING),
        products_pb2.SearchProductsRequest(facets=[products_pb2.FACET_BRAND, products_pb2.FACET_PRICE]),
        search_pb2.CreateProductSelectionRequest(search=products_pb2.SearchProductsRequest(price_max="1")),
        offers_pb2.PutOfferRequest(offer=offers_pb2.Offer(price={"amount": "1", "currency": "EUR"})),
        offers_pb2.PutOfferRequest(offer=offers_pb2.Offer(prices=[offers_pb2.OfferPrice()])),
    ],
)
def test_what_may_not_be_seen_may_not_be_sent(message: object) -> None:
    check_sent(message, {PRICES})  # type: ignore[arg-type]
    with pytest.raises(MissingPermission, match=PRICES):
        check_sent(message, NONE)  # type: ignore[arg-type]


def test_other_values_may_be_sent() -> None:
    sort = products_pb2.SearchProductsRequest.SORT_NEWEST
    check_sent(products_pb2.SearchProductsRequest(query="lamp", sort=sort, facets=[products_pb2.FACET_BRAND]), NONE)
    check_sent(suppliers_pb2.Supplier(name="Acme"), NONE)
