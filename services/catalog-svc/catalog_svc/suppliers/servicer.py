from collections.abc import Set
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import func

from catalog_svc.suppliers.errors import OwnListRank, SupplierBusy, SupplierNameBlank
from catalog_svc.suppliers.models import DEFAULT_PRIORITY, OWN_PRIORITY, Supplier
from catalog_svc.suppliers.repository import SupplierRepository
from catalog_svc.suppliers.service import Reranker
from chassis import auth, paging
from chassis.currencies import check_currency
from chassis.db import Database, driver_connection
from chassis.errors import VersionConflict
from chassis.ids import parse
from chassis.masks import masked_fields
from chassis.times import timestamp
from idempotency.once import once
from pm.catalog.v1 import suppliers_pb2 as pb
from pm.catalog.v1 import suppliers_pb2_grpc


class Counts(NamedTuple):
    """By supplier, where there are any: his offers, those still to be ranked again, and references that are tied to our SKUs."""

    offers: dict[UUID, int]
    to_rank: dict[UUID, int]
    ties: dict[UUID, int]


class SupplierServicer(suppliers_pb2_grpc.SupplierServiceServicer):
    """Suppliers; `default_currency` is given to one that is created without."""

    def __init__(self, database: Database, default_currency: str) -> None:
        self._database = database
        self._default_currency = default_currency

    async def GetSupplier(self, request: pb.GetSupplierRequest, context: Any) -> pb.Supplier:
        async with self._database.transaction() as session:
            suppliers = SupplierRepository(session)
            supplier = await suppliers.get(UUID(request.id))
            return supplier_message(supplier, await _counts(suppliers, supplier.id))

    async def ListSuppliers(self, request: pb.ListSuppliersRequest, context: Any) -> pb.ListSuppliersResponse:
        after = paging.decode(request, request.page_token, str)
        size = paging.page_size(request.page_size)
        async with self._database.transaction() as session:
            suppliers = SupplierRepository(session)
            found = await suppliers.page(name=request.name, after=after[0] if after else None, limit=size + 1)
            page = found[:size]
            counts = await _counts(suppliers, *(supplier.id for supplier, _ in page))
        return pb.ListSuppliersResponse(
            suppliers=[supplier_message(supplier, counts) for supplier, _ in page],
            next_page_token=paging.encode(request, [page[-1][1]]) if len(found) > size else "",
        )

    async def CreateSupplier(self, request: pb.CreateSupplierRequest, context: Any) -> pb.Supplier:
        wanted = request.supplier
        supplier = Supplier(
            **self._values(wanted, {"name", "priority", "default_currency", "own_list"}, own_list=wanted.own_list)
        )
        async with self._database.transaction() as session:

            async def create() -> pb.Supplier:
                suppliers = SupplierRepository(session)
                if wanted.own_list:
                    await suppliers.expect_no_own_list()
                await suppliers.save(supplier)
                return supplier_message(supplier, await _counts(suppliers, supplier.id))

            return await once(session, request, pb.Supplier, create)

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
            counts = await _counts(suppliers, supplier.id)
            if supplier.priority != priority:
                # Each of its batches ranks by the priority that it finds.
                if supplier.applying_run_id is not None:
                    raise SupplierBusy(supplier.applying_run_id)
                reranker = Reranker(await driver_connection(session))
                offers, user_id = counts.offers.get(supplier.id, 0), UUID(auth.current().user_id)
                counts.to_rank[supplier.id] = await reranker.follow(supplier.id, offers, user_id, own_list=own_list)
            return supplier_message(supplier, counts)

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


async def _counts(suppliers: SupplierRepository, *supplier_ids: UUID) -> Counts:
    return Counts(
        await suppliers.offer_counts(supplier_ids),
        await suppliers.offers_to_rank(supplier_ids),
        await suppliers.tie_counts(supplier_ids),
    )


def supplier_message(supplier: Supplier, counts: Counts) -> pb.Supplier:
    return pb.Supplier(
        id=str(supplier.id),
        name=supplier.name,
        priority=supplier.priority,
        default_currency=supplier.default_currency,
        offer_count=counts.offers.get(supplier.id, 0),
        create_time=timestamp(supplier.create_time),
        update_time=timestamp(supplier.update_time),
        version=supplier.version,
        own_list=supplier.own_list,
        offers_to_rank=counts.to_rank.get(supplier.id, 0),
        tie_count=counts.ties.get(supplier.id, 0),
    )
