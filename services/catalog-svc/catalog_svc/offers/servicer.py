from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg

from catalog_svc.fields import lists
from catalog_svc.fields.kinds import Kind
from catalog_svc.fields.registry import PRICES_READ, REGISTRY
from catalog_svc.money import money
from catalog_svc.offers.errors import OwnerMissing
from catalog_svc.offers.repository import OfferReader
from catalog_svc.offers.service import OfferEditor
from chassis import paging
from chassis.db import Database
from chassis.ids import parse
from chassis.times import timestamp
from chassis.visibility import MissingPermission, may
from pm.catalog.v1 import offers_pb2 as pb
from pm.catalog.v1 import offers_pb2_grpc

_PLAIN = [
    field for field in REGISTRY.values if field.kind is not Kind.AMOUNT and field.code != "currency" and not field.listed_as
]
_AMOUNTS = [field for field in REGISTRY.values if field.kind is Kind.AMOUNT]


class OfferServicer(offers_pb2_grpc.OfferServiceServicer):
    """What suppliers offer."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def ListOffers(self, request: pb.ListOffersRequest, context: Any) -> pb.ListOffersResponse:
        if request.HasField("product_id"):
            return await self._of_product(request)
        if request.HasField("supplier_id"):
            return await self._of_supplier(request)
        raise OwnerMissing

    async def PutOffer(self, request: pb.PutOfferRequest, context: Any) -> pb.Offer:
        if not may(PRICES_READ):
            # The offer is replaced as a whole: what is not seen would be erased.
            raise MissingPermission(PRICES_READ)
        async with self._database.writing() as connection:
            offer_id, warnings = await OfferEditor(connection).put(request.offer)
            offer = offer_message(await OfferReader(connection).get(offer_id))
            offer.warnings.extend(warnings)
            return offer

    async def ExcludeOffer(self, request: pb.ExcludeOfferRequest, context: Any) -> pb.Offer:
        return await self._counted(UUID(request.id), excluded=True)

    async def IncludeOffer(self, request: pb.IncludeOfferRequest, context: Any) -> pb.Offer:
        return await self._counted(UUID(request.id), excluded=False)

    async def _counted(self, offer_id: UUID, *, excluded: bool) -> pb.Offer:
        async with self._database.writing() as connection:
            await OfferEditor(connection).exclude(offer_id, excluded=excluded)
            return offer_message(await OfferReader(connection).get(offer_id))

    async def _of_product(self, request: pb.ListOffersRequest) -> pb.ListOffersResponse:
        key = paging.decode(request, request.page_token, int, str)
        after = (key[0], parse(key[1], "page_token")) if key else None
        size = paging.page_size(request.page_size)
        supplier_id = request.supplier_id if request.HasField("supplier_id") else None
        async with self._database.reading() as connection:
            rows = await OfferReader(connection).of_product(
                request.product_id, supplier_id, states=_states(request), after=after, limit=size + 1
            )
        last = rows[size - 1] if len(rows) > size else None
        return pb.ListOffersResponse(
            offers=[offer_message(row) for row in rows[:size]],
            next_page_token=paging.encode(request, [last["priority"], str(last["id"])]) if last else "",
        )

    async def _of_supplier(self, request: pb.ListOffersRequest) -> pb.ListOffersResponse:
        after = paging.decode(request, request.page_token, str)
        size = paging.page_size(request.page_size)
        async with self._database.reading() as connection:
            rows = await OfferReader(connection).of_supplier(
                request.supplier_id, states=_states(request), after=after[0] if after else "", limit=size + 1
            )
        return pb.ListOffersResponse(
            offers=[offer_message(row) for row in rows[:size]],
            next_page_token=paging.encode(request, [rows[size - 1]["supplier_ref"]]) if len(rows) > size else "",
        )


def offer_message(row: asyncpg.Record) -> pb.Offer:
    fields: dict[str, Any] = {field.code: row[field.offer_column] for field in _PLAIN}
    for field in REGISTRY.listed:
        fields |= lists.shown(row[field.offer_column], field)
    fields |= {field.code: money(row[field.offer_column], row["currency"]) for field in _AMOUNTS}
    return pb.Offer(
        id=str(row["id"]),
        supplier_id=str(row["supplier_id"]),
        ref=row["supplier_ref"],
        **fields,
        product_id=str(row["product_id"]),
        run_id=str(row["run_id"]) if row["run_id"] else "",
        file_row=row["file_row"],
        create_time=timestamp(row["create_time"]),
        update_time=timestamp(row["update_time"]),
        version=row["version"],
        **_state(row),
        prices=[price_message(*price) for price in row["prices"]],
        stocks=[stock_message(*stock) for stock in row["stocks"]],
    )


def _states(request: pb.ListOffersRequest) -> Iterable[int]:
    return [state for state in request.states if state] or [
        pb.Offer.STATE_EXCLUDED if request.excluded else pb.Offer.STATE_ACTIVE
    ]


def _state(row: asyncpg.Record) -> dict[str, Any]:
    """An offer's state, since when, and by which run."""
    if row["exclude_time"]:
        excluded = timestamp(row["exclude_time"])
        return {"state": pb.Offer.STATE_EXCLUDED, "state_time": excluded, "exclude_time": excluded}
    if row["active"]:
        return {"state": pb.Offer.STATE_ACTIVE}
    time = timestamp(row["vanish_time"]) if row["vanish_time"] else None
    return {"state": pb.Offer.STATE_VANISHED, "state_time": time, "state_run_id": str(row["vanish_run_id"] or "")}


def price_message(
    kind: str, min_quantity: int, amount: Decimal, currency: str, tax_included: bool, *valid: datetime | None
) -> pb.OfferPrice:
    valid_from, valid_to = (timestamp(time) if time else None for time in valid)
    return pb.OfferPrice(
        type=pb.OfferPrice.Type.Value(f"TYPE_{kind.upper()}"),
        min_quantity=min_quantity,
        amount=money(amount, currency),
        tax_included=tax_included,
        valid_from=valid_from,
        valid_to=valid_to,
    )


def stock_message(location: str, quantity: int, restock_time: datetime | None) -> pb.OfferStock:
    return pb.OfferStock(location=location, quantity=quantity, restock_time=timestamp(restock_time) if restock_time else None)
