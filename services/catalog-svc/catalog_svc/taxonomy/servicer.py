from typing import Any

from catalog_svc.taxonomy.repository import TaxonomyRepository
from chassis import paging
from chassis.db import Database
from pm.catalog.v1 import taxonomy_pb2 as pb
from pm.catalog.v1 import taxonomy_pb2_grpc


class TaxonomyServicer(taxonomy_pb2_grpc.TaxonomyServiceServicer):
    """Brands and categories; they are created by imports and edits."""

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
            brands=[pb.Brand(id=str(row["id"]), name=row["name"]) for row in rows[:size]],
            next_page_token=paging.encode(request, [rows[size - 1]["key"]]) if len(rows) > size else "",
        )

    async def ListCategories(self, request: pb.ListCategoriesRequest, context: Any) -> pb.ListCategoriesResponse:
        after = paging.decode(request, request.page_token, str)
        size = paging.page_size(request.page_size)
        async with self._database.reading() as connection:
            rows = await TaxonomyRepository(connection).categories(
                prefix=request.prefix, after=after[0] if after else None, limit=size + 1
            )
        return pb.ListCategoriesResponse(
            categories=[pb.Category(id=str(row["id"]), path=row["path"]) for row in rows[:size]],
            next_page_token=paging.encode(request, [rows[size - 1]["key"]]) if len(rows) > size else "",
        )
