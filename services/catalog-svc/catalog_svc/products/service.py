from collections.abc import Iterable, Mapping, Sequence, Set
from typing import NamedTuple
from uuid import UUID

from catalog_svc.changes.facts import product_changed
from catalog_svc.changes.models import CREATED
from catalog_svc.changes.repository import ChangeWriter, merged
from catalog_svc.fields import lists
from catalog_svc.fields.registry import REGISTRY
from catalog_svc.golden.skus import expect_skus_given
from catalog_svc.golden.survivorship import TOUCHED, lock_products, refresh_golden
from catalog_svc.history.repository import HistoryWriter
from catalog_svc.products.errors import ProductEmpty, ProductTrashed
from catalog_svc.products.repository import ProductRepository
from catalog_svc.search.refresh import refresh_search
from catalog_svc.taxonomy.repository import TaxonomyRepository
from chassis import auth
from chassis.db import Connection
from chassis.errors import VersionConflict
from chassis.ids import parse, uuid7
from events.outbox import emit_all_on
from pm.catalog.v1 import products_pb2 as pb

LOCKABLE = frozenset(field.code for field in REGISTRY.lockable)
INDEXED = frozenset(field.code for field in REGISTRY.indexed)
# The field that a column of products holds where it is not called like it.
FIELD_OF = {field.product_column: field.code for field in REGISTRY.golden if field.reference}
ONE_PRODUCT = "SELECT $1::uuid AS product_id"


class Edit(NamedTuple):
    """What one edit did to a product: its version since then, the fields to tell, and those that hold something else now."""

    product_id: UUID
    version: int
    created: bool = False
    told: Set[str] = frozenset()
    fields: Set[str] = frozenset()


class ProductEditor:
    """Edits by hand, over a plain connection inside a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._products = ProductRepository(connection)
        self._taxonomy = TaxonomyRepository(connection)
        self._connection = connection

    async def create(self, wanted: pb.Product, fields: Set[str]) -> Edit:
        """Add a product with these fields of `wanted`; its golden fields are locked, as a person set them.

        It is told and found when it is passed to `follow`. Raises ProductEmpty, InvalidGtin, FirstDiffers, GtinTaken, SkuTaken,
        SkusBeingGiven.
        """
        if not any(getattr(wanted, field.code).strip() for field in REGISTRY.names):
            raise ProductEmpty
        product_id = uuid7()
        values = await self._values(wanted, fields)
        fields = lists.codes(fields)
        await self._expect_free(values)
        values["locked_fields"] = _locks(wanted, fields, [])
        await self._products.add({"id": product_id, **values})
        await HistoryWriter(self._connection, auth.current().user_id).created(product_id)
        return Edit(product_id, 1, created=True, told=fields)

    async def update(self, wanted: pb.Product, fields: Set[str], version: int | None) -> Edit:
        """Write these fields of `wanted`, lock the golden ones among them and record what they held before.

        A field that is released takes what the offers say.
        Nothing is written when nothing would change. It is told and found when it is passed to `follow`.

        Raises ProductNotFound, VersionConflict, ProductTrashed, InvalidGtin, GtinTaken, SkuTaken, SkusBeingGiven,
        CategoryTooDeep, FirstDiffers.
        """
        product_id = parse(wanted.id, "product.id")
        # What may wait for the tree of categories comes before the product: who moves a category then waits for its products.
        values = await self._values(wanted, fields)
        product = await self._products.lock(product_id)
        if version is not None and version != product["version"]:
            raise VersionConflict(expected=version, actual=product["version"])
        if product["trash_time"] is not None:
            raise ProductTrashed(product_id)
        for field in REGISTRY.listed:
            if field.code in fields and field.listed_as not in fields:
                values[field.product_column] = lists.with_first(product[field.product_column], getattr(wanted, field.code))
        fields = lists.codes(fields)
        locked = values["locked_fields"] = _locks(wanted, fields, product["locked_fields"])
        changed = {column: value for column, value in values.items() if product[column] != value}
        if not changed:
            return Edit(product_id, product["version"])
        await self._expect_free(changed)
        told = {FIELD_OF.get(column, column) for column in changed}
        user_id = auth.current().user_id
        await HistoryWriter(self._connection, user_id).product(product_id, told)
        await self._products.change(product_id, changed)
        version = product["version"] + 1
        followed: dict[UUID, list[str]] = {}
        if released := set(product["locked_fields"]) - set(locked):
            await lock_products(self._connection, ONE_PRODUCT, product_id)
            followed = await refresh_golden(self._connection, ONE_PRODUCT, product_id, user_id=UUID(user_id))
            version += len(followed)
        return Edit(product_id, version, told=told | released, fields=merged({product_id: told}, followed)[product_id])

    async def follow(self, edits: Sequence[Edit]) -> None:
        """Let the search, the feed and other services follow what was edited, in the same transaction."""
        written = [edit for edit in edits if edit.told]
        searched = [edit.product_id for edit in written if edit.created or not INDEXED.isdisjoint(edit.told)]
        if len(searched) == 1:
            await refresh_search(self._connection, ONE_PRODUCT, searched[0])
        elif searched:
            await refresh_search(self._connection, TOUCHED, searched)
        user_id = auth.current().user_id
        feed, created = ChangeWriter(self._connection, user_id=user_id), {edit.product_id for edit in written if edit.created}
        await feed.note({product_id: set() for product_id in created}, CREATED)
        await feed.note(merged(*({edit.product_id: edit.fields} for edit in written if edit.product_id not in created)))
        await emit_all_on(
            self._connection, (product_changed(edit.product_id, edit.version, edit.told, user_id) for edit in written)
        )

    async def _expect_free(self, values: Mapping[str, object]) -> None:
        """An SKU given by hand may be one that the own list is still giving to another product. Raises SkusBeingGiven."""
        if values.get("sku"):
            await expect_skus_given(self._connection)

    async def _values(self, wanted: pb.Product, fields: Set[str]) -> dict[str, object]:
        """The columns that hold these fields of `wanted`; an empty text is no value, except as a title."""
        values: dict[str, object] = {}
        for field in REGISTRY.product_texts:
            if field.code in fields or field.listed_as in fields:
                said = lists.said(wanted, field, "product", fields) if field.listed_as else getattr(wanted, field.code)
                value = field.normalise(said, f"product.{field.code}")
                values[field.product_column] = await self._taxonomy.id_of(field, value) if field.reference else value
        return values


def _locks(wanted: pb.Product, fields: Set[str], held: Iterable[str]) -> list[str]:
    """Which fields are locked: as the caller says, or those that were and those written now."""
    return sorted({*wanted.locked_fields} if "locked_fields" in fields else {*held, *(fields & LOCKABLE)})
