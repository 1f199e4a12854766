from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg

from catalog_svc.settings import DOMAIN
from catalog_svc.taxonomy.brands import BrandEditor, suggestions
from catalog_svc.taxonomy.placing import place_few
from catalog_svc.taxonomy.repository import CategoryFilter, TaxonomyRepository
from catalog_svc.taxonomy.service import CategoryEditor
from chassis import paging
from chassis.auth import current
from chassis.db import Database, note_change
from chassis.ids import parse
from chassis.masks import masked_fields
from idempotency.once import once
from pm.catalog.v1 import taxonomy_pb2 as pb
from pm.catalog.v1 import taxonomy_pb2_grpc


class TaxonomyServicer(taxonomy_pb2_grpc.TaxonomyServiceServicer):
    """Brands, which imports and edits create, and the tree of categories, which people also shape by hand."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def ListBrands(self, request: pb.ListBrandsRequest, context: Any) -> pb.ListBrandsResponse:
        after = paging.decode(request, request.page_token, str)
        size = paging.page_size(request.page_size)
        async with self._database.reading() as connection:
            rows = await TaxonomyRepository(connection).brands(
                prefix=request.prefix, after=after[0] if after else None, limit=size + 1
            )
        return pb.ListBrandsResponse(
            brands=map(brand_message, rows[:size]),
            next_page_token=paging.encode(request, [rows[size - 1]["key"]]) if len(rows) > size else "",
        )

    async def ListBrandSuggestions(
        self, request: pb.ListBrandSuggestionsRequest, context: Any
    ) -> pb.ListBrandSuggestionsResponse:
        after = paging.decode(request, request.page_token, str)
        size = paging.page_size(request.page_size)
        async with self._database.reading() as connection, connection.transaction():
            rows = await suggestions(connection, after[0] if after else "", size + 1)
        return pb.ListBrandSuggestionsResponse(
            suggestions=map(suggestion_message, rows[:size]),
            next_page_token=paging.encode(request, [rows[size - 1]["key"]]) if len(rows) > size else "",
        )

    async def MergeBrand(self, request: pb.MergeBrandRequest, context: Any) -> pb.Brand:
        async with self._editing_brands() as editor:
            return brand_message(await editor.merge(UUID(request.id), UUID(request.into_id)))

    async def SplitBrand(self, request: pb.SplitBrandRequest, context: Any) -> pb.Brand:
        async with self._editing_brands() as editor:
            return brand_message(await editor.split(UUID(request.id)))

    async def RejectBrandSuggestion(
        self, request: pb.RejectBrandSuggestionRequest, context: Any
    ) -> pb.RejectBrandSuggestionResponse:
        async with self._editing_brands() as editor:
            await editor.reject(UUID(request.id), UUID(request.other_id))
        return pb.RejectBrandSuggestionResponse()

    async def ListCategories(self, request: pb.ListCategoriesRequest, context: Any) -> pb.ListCategoriesResponse:
        after = paging.decode(request, request.page_token, str)
        size = paging.page_size(request.page_size)
        listed = CategoryFilter(
            request.prefix,
            request.parent_id if request.HasField("parent_id") else None,
            request.depth if request.HasField("depth") else None,
            request.with_product_counts,
        )
        async with self._database.reading() as connection, connection.transaction():
            rows = await TaxonomyRepository(connection).categories(listed, after=after[0] if after else None, limit=size + 1)
        return pb.ListCategoriesResponse(
            categories=[category_message(row) for row in rows[:size]],
            next_page_token=paging.encode(request, [rows[size - 1]["key"]]) if len(rows) > size else "",
        )

    async def GetCategory(self, request: pb.GetCategoryRequest, context: Any) -> pb.Category:
        async with self._database.reading() as connection, connection.transaction():
            return category_message(await TaxonomyRepository(connection).get(request.id))

    async def CreateCategory(self, request: pb.CreateCategoryRequest, context: Any) -> pb.Category:
        wanted = request.category
        parent_id = parse(wanted.parent_id, "category.parent_id") if wanted.parent_id else None
        async with self._database.writing() as connection:
            # Its path is shown with each of its products.
            note_change(DOMAIN)
            editor, taxonomy = CategoryEditor(connection, current().user_id), TaxonomyRepository(connection)

            async def create() -> pb.Category:
                return category_message(await taxonomy.get(await editor.create(wanted.name, parent_id)))

            return await once(connection, request, pb.Category, create)

    async def UpdateCategory(self, request: pb.UpdateCategoryRequest, context: Any) -> pb.Category:
        fields = masked_fields(request.category, request.update_mask)
        category_id = parse(request.category.id, "category.id")
        async with self._editing() as (editor, taxonomy):
            if "name" in fields:
                await editor.rename(category_id, request.category.name)
            return category_message(await taxonomy.get(category_id))

    async def MoveCategory(self, request: pb.MoveCategoryRequest, context: Any) -> pb.Category:
        async with self._editing() as (editor, _):
            moved = await editor.move(UUID(request.id), UUID(request.parent_id) if request.HasField("parent_id") else None)
        if moved:
            await place_few(self._database, UUID(request.id))
        async with self._database.reading() as connection, connection.transaction():
            return category_message(await TaxonomyRepository(connection).get(request.id))

    async def DeleteCategory(self, request: pb.DeleteCategoryRequest, context: Any) -> pb.DeleteCategoryResponse:
        async with self._editing() as (editor, _):
            await editor.delete(UUID(request.id))
        return pb.DeleteCategoryResponse()

    @asynccontextmanager
    async def _editing_brands(self) -> AsyncIterator[BrandEditor]:
        async with self._database.writing() as connection:
            # Its name is shown with each of its products.
            note_change(DOMAIN)
            yield BrandEditor(connection, current().user_id)

    @asynccontextmanager
    async def _editing(self) -> AsyncIterator[tuple[CategoryEditor, TaxonomyRepository]]:
        async with self._database.writing() as connection:
            # Its path is shown with each of its products.
            note_change(DOMAIN)
            yield CategoryEditor(connection, current().user_id), TaxonomyRepository(connection)


def brand_message(row: asyncpg.Record) -> pb.Brand:
    return pb.Brand(id=str(row["id"]), name=row["name"], merged_into_id=str(row["merged_into"] or ""))


def suggestion_message(row: asyncpg.Record) -> pb.BrandSuggestion:
    brand, *others = (
        pb.Brand(id=str(id), name=name, product_count=count)
        for id, name, count in zip(row["ids"], row["names"], row["counts"], strict=True)
    )
    return pb.BrandSuggestion(brand=brand, others=others)


def category_message(row: asyncpg.Record) -> pb.Category:
    ancestors = zip(row.get("ancestor_ids", ()), row.get("ancestor_names", ()), strict=True)
    return pb.Category(
        id=str(row["id"]),
        path=row["path"],
        name=row["name"],
        parent_id=str(row["parent_id"]) if row["parent_id"] else "",
        depth=row["depth"],
        child_count=row["child_count"],
        product_count=row["product_count"],
        ancestors=[pb.CategoryAncestor(id=str(id), name=name) for id, name in ancestors],
    )
