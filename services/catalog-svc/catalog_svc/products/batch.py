"""Many products pushed at once: each is added or changed by the rules of a single edit, or refused alone."""

from collections.abc import Iterable
from uuid import UUID

from google.protobuf.field_mask_pb2 import FieldMask

from catalog_svc.products.repository import ProductRepository
from catalog_svc.products.service import Edit, ProductEditor
from chassis.db import Connection
from chassis.errors import ServiceError, Unavailable
from chassis.ids import parse
from chassis.interceptor import validate
from chassis.masks import masked_fields
from pm.catalog.v1 import products_pb2 as pb

Result = pb.UpsertResult


class ProductUpserter:
    """Adds and changes products, over a plain connection inside a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._editor = ProductEditor(connection)
        self._products = ProductRepository(connection)

    async def upsert(self, items: Iterable[pb.ProductUpsert]) -> list[pb.UpsertResult]:
        """What became of each, in their order; what was refused has changed nothing. Raises SkusBeingGiven."""
        edits: list[Edit] = []
        results = []
        for item in items:
            try:
                # A savepoint, so that what one has written before it is refused goes with it alone.
                async with self._connection.transaction():
                    edit = await self._edit(item)
            except Unavailable:
                # Of no product in particular, and soon over: all of it is to be sent again.
                raise
            except ServiceError as error:
                results.append(_refused(error))
            else:
                edits.append(edit)
                results.append(_done(edit))
        await self._editor.follow(edits)
        return results

    async def _edit(self, item: pb.ProductUpsert) -> Edit:
        """Raises InvalidMessage, InvalidMask, and what a single edit raises."""
        validate(item.product)
        fields = masked_fields(item.product, item.update_mask)
        known = await self._known(item.product)
        if known is None:
            # A new one has all that is said of it, or it would not be known by its codes the next time.
            return await self._editor.create(item.product, fields | masked_fields(item.product, FieldMask()))
        wanted = pb.Product()
        wanted.CopyFrom(item.product)
        wanted.id = str(known)
        return await self._editor.update(wanted, fields, item.version if item.HasField("version") else None)

    async def _known(self, wanted: pb.Product) -> UUID | None:
        """The product that is meant; one that is named by its id is looked for by who changes it."""
        if wanted.id:
            return parse(wanted.id, "product.id")
        return await self._products.named(wanted.sku, wanted.gtin)


def _done(edit: Edit) -> pb.UpsertResult:
    outcome = Result.OUTCOME_CREATED if edit.created else Result.OUTCOME_UPDATED if edit.told else Result.OUTCOME_UNCHANGED
    return Result(outcome=outcome, product_id=str(edit.product_id), version=edit.version)


def _refused(error: ServiceError) -> pb.UpsertResult:
    result = Result(outcome=Result.OUTCOME_REFUSED, reason=error.reason, message=error.message)
    for field, text in error.violations.items():
        result.violations.add(field=field.removeprefix("product."), description=text)
    return result
