from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any
from uuid import UUID

import asyncpg
from google.protobuf.field_mask_pb2 import FieldMask

from catalog_svc.changes.repository import ChangeReader
from catalog_svc.fields import lists
from catalog_svc.fields.registry import REGISTRY
from catalog_svc.history import texts
from catalog_svc.history.repository import HistoryReader
from catalog_svc.money import money, shows
from catalog_svc.products.batch import ProductUpserter
from catalog_svc.products.repository import ProductReader
from catalog_svc.products.service import ProductEditor
from catalog_svc.products.trash import ProductTrash
from catalog_svc.search.dictionary import Dictionary
from catalog_svc.search.service import Search
from chassis import paging
from chassis.db import Database
from chassis.ids import parse
from chassis.masks import masked_fields
from chassis.times import timestamp
from idempotency.once import once
from pm.catalog.v1 import products_pb2 as pb
from pm.catalog.v1 import products_pb2_grpc

DEFAULT_SEARCH_SIZE = 20
MAX_SEARCH_SIZE = 200
_TEXTS = [field.code for field in REGISTRY.product_texts if not field.listed_as]
# Of an export: at once in memory.
EXPORT_PAGE = 500
# Of products in one answer, which has room for 4 MiB.
MAX_BATCH_BYTES = 3 * 1024 * 1024
# Behind the newest change of any product.
END_OF_LOG = 2**63 - 1


class ProductServicer(products_pb2_grpc.ProductServiceServicer):
    """Golden records: shown, found and edited by hand. `searches` is the database on connections that are set for searching."""

    def __init__(self, database: Database, searches: Database, dictionary: Dictionary) -> None:
        self._database = database
        self._searches = searches
        self._dictionary = dictionary

    async def GetProduct(self, request: pb.GetProductRequest, context: Any) -> pb.Product:
        async with self._database.reading() as connection:
            return product_message(await ProductReader(connection).get(request.id))

    async def BatchGetProducts(self, request: pb.BatchGetProductsRequest, context: Any) -> pb.BatchGetProductsResponse:
        wanted = list(dict.fromkeys(map(UUID, request.ids)))
        async with self._database.reading() as connection:
            rows = await ProductReader(connection).by_ids(wanted)
        answer, size = pb.BatchGetProductsResponse(), 0
        for product_id in wanted:
            row = rows.get(product_id)
            if row is None:
                answer.missing_ids.append(str(product_id))
                continue
            product = product_message(row)
            size += product.ByteSize()
            if size > MAX_BATCH_BYTES:
                answer.left_ids.append(str(product_id))
            else:
                answer.products.append(product)
        return answer

    async def ExportProducts(self, request: pb.ExportProductsRequest, context: Any) -> AsyncIterator[pb.ExportProductsResponse]:
        # Page by page, each a transaction of its own: one over all of it would hold back the feed. What a page no longer shows,
        # or does not show yet, stands behind the cursor.
        async with self._database.reading() as connection:
            cursor = await ChangeReader(connection).end()
        yield pb.ExportProductsResponse(cursor=str(cursor))
        after, total = None, 0
        while rows := await self._exported(after):
            after, total = rows[-1]["id"], total + len(rows)
            for part in parted(map(product_message, rows)):
                yield pb.ExportProductsResponse(products=part)
        yield pb.ExportProductsResponse(total=total)

    async def _exported(self, after: UUID | None) -> list[asyncpg.Record]:
        async with self._database.reading() as connection:
            return await ProductReader(connection).page(after=after, limit=EXPORT_PAGE)

    async def ListProducts(self, request: pb.ListProductsRequest, context: Any) -> pb.ListProductsResponse:
        after = paging.decode(request, request.page_token, str)
        size = paging.page_size(request.page_size)
        async with self._database.reading() as connection:
            rows = await ProductReader(connection).page(after=parse(after[0], "page_token") if after else None, limit=size + 1)
        return pb.ListProductsResponse(
            products=[product_message(row) for row in rows[:size]],
            next_page_token=paging.encode(request, [str(rows[size - 1]["id"])]) if len(rows) > size else "",
        )

    async def SearchProducts(self, request: pb.SearchProductsRequest, context: Any) -> pb.SearchProductsResponse:
        size = paging.page_size(request.page_size, default=DEFAULT_SEARCH_SIZE, maximum=MAX_SEARCH_SIZE)
        async with self._searches.reading() as connection:
            found = await Search(connection, request, self._dictionary).run(size)
            unread = [product_id for product_id, _ in found.hits if product_id not in found.products]
            rows = found.products | await ProductReader(connection).by_ids(unread)
        return pb.SearchProductsResponse(
            hits=[pb.SearchHit(product=product_message(rows[product_id]), match=match) for product_id, match in found.hits],
            next_page_token=found.next_page_token,
            total=found.total,
            total_capped=found.approximate_total is not None,
            approximate_total=found.approximate_total,
            corrected_query=found.corrected_query,
            facets=found.facets,
        )

    async def CreateProduct(self, request: pb.CreateProductRequest, context: Any) -> pb.Product:
        fields = masked_fields(request.product, FieldMask())
        async with self._database.writing() as connection:

            async def create() -> pb.Product:
                editor = ProductEditor(connection)
                edit = await editor.create(request.product, fields)
                await editor.follow([edit])
                return product_message(await ProductReader(connection).get(edit.product_id))

            return await once(connection, request, pb.Product, create)

    async def UpdateProduct(self, request: pb.UpdateProductRequest, context: Any) -> pb.Product:
        fields = masked_fields(request.product, request.update_mask)
        version = request.version if request.HasField("version") else None
        async with self._database.writing() as connection:
            editor = ProductEditor(connection)
            edit = await editor.update(request.product, fields, version)
            await editor.follow([edit])
            return product_message(await ProductReader(connection).get(edit.product_id))

    async def DeleteProduct(self, request: pb.DeleteProductRequest, context: Any) -> pb.Product:
        return await self._moved(request.id, trash=True, version=request.version if request.HasField("version") else None)

    async def RestoreProduct(self, request: pb.RestoreProductRequest, context: Any) -> pb.Product:
        return await self._moved(request.id, trash=False)

    async def _moved(self, product_id: str, *, trash: bool, version: int | None = None) -> pb.Product:
        async with self._database.writing() as connection:
            await ProductTrash(connection).move(UUID(product_id), trash=trash, version=version)
            return product_message(await ProductReader(connection).get(product_id))

    async def BatchUpsertProducts(self, request: pb.BatchUpsertProductsRequest, context: Any) -> pb.BatchUpsertProductsResponse:
        async with self._database.writing() as connection:

            async def upsert() -> pb.BatchUpsertProductsResponse:
                return pb.BatchUpsertProductsResponse(results=await ProductUpserter(connection).upsert(request.products))

            return await once(connection, request, pb.BatchUpsertProductsResponse, upsert)

    async def ListProductChanges(self, request: pb.ListProductChangesRequest, context: Any) -> pb.ListProductChangesResponse:
        before = paging.decode(request, request.page_token, paging.BigInteger)
        size = paging.page_size(request.page_size)
        async with self._database.reading() as connection:
            end = before[0] if before else END_OF_LOG
            rows = await HistoryReader(connection).changes(request.product_id, before=end, limit=size + 1)
            if not rows:
                await ProductReader(connection).expect(request.product_id)
        return pb.ListProductChangesResponse(
            changes=[change_message(row) for row in rows[:size]],
            next_page_token=paging.encode(request, [rows[size - 1]["seq"]]) if len(rows) > size else "",
        )


def parted(products: Iterable[pb.Product]) -> Iterator[list[pb.Product]]:
    """Products in parts that an answer has room for."""
    part: list[pb.Product] = []
    size = 0
    for product in products:
        size += product.ByteSize()
        if size > MAX_BATCH_BYTES:
            yield part
            part, size = [], product.ByteSize()
        part.append(product)
    yield part


def product_message(row: asyncpg.Record) -> pb.Product:
    said: dict[str, Any] = {code: row[code] for code in _TEXTS}
    for field in REGISTRY.listed:
        said |= lists.shown(row[field.code], field)
    return pb.Product(
        id=str(row["id"]),
        **said,
        price=money(row["price"], row["currency"]),
        stock=row["stock"],
        offer_count=row["offer_count"],
        winning_offer_id=text(row["winning_offer_id"]),
        locked_fields=row["locked_fields"],
        create_time=timestamp(row["create_time"]),
        update_time=timestamp(row["update_time"]),
        version=row["version"],
        state=pb.Product.STATE_TRASHED if row["trash_time"] else pb.Product.STATE_ACTIVE,
        trash_time=timestamp(row["trash_time"]) if row["trash_time"] else None,
    )


def change_message(row: asyncpg.Record) -> pb.Change:
    return pb.Change(
        offer_id=text(row["offer_id"]),
        run_id=text(row["run_id"]),
        merged_into_id=text(row["into_id"]),
        user_id=text(row["user_id"]),
        time=timestamp(row["at"]),
        fields=texts.named(row["fields"]),
        before={field: value for field, value in texts.shown(row["kind"], row["fields"], row["before"]).items() if shows(field)},
    )


def text(id: UUID | None) -> str:
    return str(id) if id else ""
