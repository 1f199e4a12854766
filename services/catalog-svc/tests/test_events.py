"""What the catalogue tells other services of single edits."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from catalog_client import PERMISSIONS, Catalog
from google.protobuf.field_mask_pb2 import FieldMask

from catalog_svc.main import registrations
from chassis.client import DecodeErrors
from chassis.db import Database
from chassis.errors import ServiceError
from chassis.testing import serving
from pm.catalog.v1 import products_pb2, suppliers_pb2
from pm.catalog.v1.events_pb2 import ProductChanged
from pm.common.v1 import events_pb2, events_pb2_grpc
from pm.common.v1.money_pb2 import Money

PEN, INK = "04006381333931", "04006381333948"
USER = "01890000-0000-7000-8000-000000000001"
PATIENCE_SECONDS = 30


class Told:
    """A catalogue, and the events behind what was read before."""

    def __init__(self, catalog: Catalog, stub: events_pb2_grpc.EventServiceStub, metadata: tuple[tuple[str, str], ...]) -> None:
        self.catalog = catalog
        self._stub = stub
        self._metadata = metadata
        self._cursor = ""

    async def next(self, count: int = 1) -> list[ProductChanged]:
        """The next events, at least `count`."""
        found: list[ProductChanged] = []
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(found) < count:
                answer = await self._stub.ListEvents(events_pb2.ListEventsRequest(after=self._cursor), metadata=self._metadata)
                self._cursor = answer.cursor
                for event in answer.events:
                    changed = ProductChanged()
                    assert event.fact.Unpack(changed)
                    assert event.key == changed.product_id
                    found.append(changed)
        return found


@pytest.fixture
async def told(committed_database: Database, keys_dir, as_user: Callable, as_service: Callable) -> AsyncIterator[Told]:
    async with serving("catalog-svc", keys_dir, registrations(committed_database, "EUR"), DecodeErrors()) as channel:
        stub = events_pb2_grpc.EventServiceStub(channel)
        yield Told(Catalog(channel, as_user(*PERMISSIONS)), stub, as_service("analytics-svc", "catalog-svc"))


def update(product_id: str, paths: tuple[str, ...] = (), **fields: Any) -> products_pb2.UpdateProductRequest:
    return products_pb2.UpdateProductRequest(
        product=products_pb2.Product(id=product_id, **fields), update_mask=FieldMask(paths=paths)
    )


async def test_products_edited_by_hand(told):
    made = await told.catalog.product(title="old", brand="Bosch")
    assert await told.next() == [
        ProductChanged(product_id=made.id, version=1, fields=["brand", "title"], user_id=USER),
    ]
    await told.catalog("UpdateProduct", update(made.id, title="old"))
    await told.catalog("UpdateProduct", update(made.id, title="new", brand="Bosch"))
    # The first edit changed nothing, so it told nothing.
    assert await told.next() == [ProductChanged(product_id=made.id, version=2, fields=["title"], user_id=USER)]


async def test_products_changed_by_offers(told):
    supplier = await told.catalog.supplier("Nord")
    made = await told.catalog.offer(supplier, "1", gtin=PEN, title="Pen", price=Money(amount="1.00", currency="EUR"))
    (created,) = await told.next()
    assert (created.product_id, created.version) == (made.product_id, 1)
    assert created.fields == ["gtin", "offer_count", "price", "title", "winning_offer_id"]
    dearer = {"gtin": PEN, "title": "Pen", "price": Money(amount="2.00", currency="EUR")}
    await told.catalog.offer(supplier, "1", **dearer)
    await told.catalog.offer(supplier, "1", **dearer)
    await told.catalog.offer(supplier, "1", **dearer, list_price=Money(amount="3.00", currency="EUR"))
    await told.catalog.offer(supplier, "1", **dearer, stock=1)
    assert [event.fields for event in await told.next(2)] == [["price"], ["stock"]]


async def test_an_offer_that_moves_concerns_two_products(told):
    supplier = await told.catalog.supplier("Nord")
    pen = await told.catalog.offer(supplier, "1", gtin=PEN)
    ink = await told.catalog.offer(supplier, "2", gtin=INK)
    await told.next(2)
    await told.catalog.offer(supplier, "1", gtin=INK)
    events = await told.next(2)
    assert {event.product_id for event in events} == {pen.product_id, ink.product_id}
    assert {tuple(event.fields) for event in events} == {("gtin", "offer_count", "winning_offer_id")}


async def test_a_new_priority_tells_whose_product_changed(told):
    first, second = await told.catalog.supplier("first", priority=1), await told.catalog.supplier("second", priority=2)
    shared = await told.catalog.offer(first, "1", gtin=PEN, title="First's")
    await told.catalog.offer(second, "2", gtin=PEN, title="Second's")
    await told.catalog.offer(first, "3", title="Alone")
    await told.next(3)
    request = suppliers_pb2.UpdateSupplierRequest(supplier=suppliers_pb2.Supplier(id=first.id, priority=3))
    await told.catalog("UpdateSupplier", request)
    assert [event.product_id for event in await told.next()] == [shared.product_id]


async def test_users_can_not_follow(channel, as_user):
    stub = events_pb2_grpc.EventServiceStub(channel)
    with pytest.raises(ServiceError) as refused:
        await stub.ListEvents(events_pb2.ListEventsRequest(), metadata=as_user(*PERMISSIONS))
    assert refused.value.reason == "CALLER_NOT_ALLOWED"
