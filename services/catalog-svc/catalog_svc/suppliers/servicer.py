from collections.abc import Set
from typing import Any
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession

from catalog_svc.products.golden import TOUCHED, lock_products, refresh_best, refresh_golden
from catalog_svc.products.models import GOLDEN_FIELDS
from catalog_svc.products.repository import tell_changed
from catalog_svc.products.skus import assign_skus
from catalog_svc.search.refresh import refresh_search
from catalog_svc.settings import DOMAIN
from catalog_svc.suppliers.errors import OwnListRank, SupplierBusy, SupplierNameBlank, TooManyOffers
from catalog_svc.suppliers.models import DEFAULT_PRIORITY, OWN_PRIORITY, Supplier
from catalog_svc.suppliers.repository import SupplierRepository
from chassis import auth, paging
from chassis.currencies import check_currency
from chassis.db import Database, driver_connection, note_change
from chassis.errors import VersionConflict
from chassis.ids import parse
from chassis.masks import masked_fields
from chassis.times import timestamp
from pm.catalog.v1 import suppliers_pb2 as pb
from pm.catalog.v1 import suppliers_pb2_grpc

# What can be ranked again well within a call's deadline.
RERANKED_OFFERS = 20_000
PRODUCTS_OF_SUPPLIER = "SELECT DISTINCT product_id FROM supplier_products WHERE supplier_id = $1"


class SupplierServicer(suppliers_pb2_grpc.SupplierServiceServicer):
    """Suppliers; `default_currency` is given to one that is created without."""

    def __init__(self, database: Database, default_currency: str) -> None:
        self._database = database
        self._default_currency = default_currency

    async def GetSupplier(self, request: pb.GetSupplierRequest, context: Any) -> pb.Supplier:
        async with self._database.transaction() as session:
            suppliers = SupplierRepository(session)
            supplier = await suppliers.get(UUID(request.id))
            ties = await suppliers.tie_counts([supplier.id])
            return supplier_message(supplier, await suppliers.offer_counts([supplier.id]), ties)

    async def ListSuppliers(self, request: pb.ListSuppliersRequest, context: Any) -> pb.ListSuppliersResponse:
        after = paging.decode(request, request.page_token, str)
        size = paging.page_size(request.page_size)
        async with self._database.transaction() as session:
            suppliers = SupplierRepository(session)
            found = await suppliers.page(name=request.name, after=after[0] if after else None, limit=size + 1)
            page = found[:size]
            counts = await suppliers.offer_counts([supplier.id for supplier, _ in page])
            ties = await suppliers.tie_counts([supplier.id for supplier, _ in page])
        return pb.ListSuppliersResponse(
            suppliers=[supplier_message(supplier, counts, ties) for supplier, _ in page],
            next_page_token=paging.encode(request, [page[-1][1]]) if len(found) > size else "",
        )

    async def CreateSupplier(self, request: pb.CreateSupplierRequest, context: Any) -> pb.Supplier:
        wanted = request.supplier
        supplier = Supplier(
            **self._values(wanted, {"name", "priority", "default_currency", "own_list"}, own_list=wanted.own_list)
        )
        async with self._database.transaction() as session:
            suppliers = SupplierRepository(session)
            if wanted.own_list:
                await suppliers.expect_no_own_list()
            await suppliers.save(supplier)
            return supplier_message(supplier, {}, await suppliers.tie_counts([supplier.id]))

    async def UpdateSupplier(self, request: pb.UpdateSupplierRequest, context: Any) -> pb.Supplier:
        fields = masked_fields(request.supplier, request.update_mask)
        async with self._database.transaction() as session:
            suppliers = SupplierRepository(session)
            supplier = await suppliers.get(parse(request.supplier.id, "supplier.id"), lock=True)
            if request.HasField("version") and request.version != supplier.version:
                raise VersionConflict(expected=request.version, actual=supplier.version)
            name, priority = supplier.name, supplier.priority
            own_list = request.supplier.own_list if "own_list" in fields else supplier.own_list
            values = self._values(request.supplier, fields, own_list=own_list)
            if own_list != supplier.own_list and "priority" not in values:
                values["priority"] = OWN_PRIORITY if own_list else DEFAULT_PRIORITY
            changed = {field: value for field, value in values.items() if getattr(supplier, field) != value}
            if changed.get("own_list"):
                await suppliers.expect_no_own_list()
            for field, value in changed.items():
                setattr(supplier, field, value)
            if "own_list" in changed:
                # Plans were made of references that meant something else.
                supplier.epoch += 1
            if changed:
                supplier.update_time = func.now()
                await suppliers.save(supplier)
            if "name" in changed:
                await suppliers.rename_ties(name, supplier.name)
            counts = await suppliers.offer_counts([supplier.id])
            if supplier.priority != priority:
                await _rank_again(session, supplier, counts.get(supplier.id, 0))
            return supplier_message(supplier, counts, await suppliers.tie_counts([supplier.id]))

    def _values(self, wanted: pb.Supplier, fields: Set[str], *, own_list: bool) -> dict[str, Any]:
        """The columns that hold these fields of `wanted`; 0 and an empty currency mean the defaults."""
        if "priority" in fields and own_list and wanted.priority:
            raise OwnListRank
        if "name" in fields and not wanted.name.strip():
            raise SupplierNameBlank
        check_currency(wanted.default_currency, "supplier.default_currency")
        given: dict[str, Any] = {
            "name": wanted.name.strip(),
            "priority": wanted.priority or (OWN_PRIORITY if own_list else DEFAULT_PRIORITY),
            "own_list": own_list,
            "default_currency": wanted.default_currency or self._default_currency,
        }
        return {field: given[field] for field in fields}


async def _rank_again(session: AsyncSession, supplier: Supplier, offers: int) -> None:
    """Let the new priority decide who wins. Raises SupplierBusy, TooManyOffers."""
    if supplier.applying_run_id is not None:
        raise SupplierBusy(supplier.applying_run_id)
    if offers > RERANKED_OFFERS:
        raise TooManyOffers(offers, RERANKED_OFFERS)
    connection = await driver_connection(session)
    user_id = auth.current().user_id
    note_change(DOMAIN)
    await lock_products(connection, PRODUCTS_OF_SUPPLIER, supplier.id)
    changed = await refresh_golden(connection, PRODUCTS_OF_SUPPLIER, supplier.id, user_id=UUID(user_id))
    offered = await refresh_best(connection, PRODUCTS_OF_SUPPLIER, supplier.id)
    named = await assign_skus(connection, PRODUCTS_OF_SUPPLIER, supplier.id, user_id=UUID(user_id)) if supplier.own_list else []
    await refresh_search(connection, TOUCHED, changed)
    fields = (*GOLDEN_FIELDS, "price", "winning_offer_id", *(["sku"] if named else []))
    await tell_changed(connection, {*changed, *offered, *named}, fields, user_id)


def supplier_message(supplier: Supplier, offer_counts: dict[UUID, int], tie_counts: dict[UUID, int]) -> pb.Supplier:
    return pb.Supplier(
        id=str(supplier.id),
        name=supplier.name,
        priority=supplier.priority,
        default_currency=supplier.default_currency,
        offer_count=offer_counts.get(supplier.id, 0),
        create_time=timestamp(supplier.create_time),
        update_time=timestamp(supplier.update_time),
        version=supplier.version,
        own_list=supplier.own_list,
        tie_count=tie_counts.get(supplier.id, 0),
    )
