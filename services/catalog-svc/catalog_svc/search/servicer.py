from typing import Any
from uuid import UUID

from catalog_svc.search.dictionary import Dictionary
from catalog_svc.search.selections import CHUNK, select_all, selected, what_is_searched
from catalog_svc.search.service import Search
from catalog_svc.search.suggestions import suggest
from chassis import auth, paging
from chassis.db import Database, driver_connection
from chassis.times import timestamp
from idempotency.once import once
from pm.catalog.v1 import search_pb2 as pb
from pm.catalog.v1 import search_pb2_grpc

DEFAULT_ITEMS = 1_000


class SearchServicer(search_pb2_grpc.SearchServiceServicer):
    """What stands beside SearchProducts. `searches` is the database on connections that are set for searching."""

    def __init__(self, database: Database, searches: Database, dictionary: Dictionary) -> None:
        self._database = database
        self._searches = searches
        self._dictionary = dictionary

    async def SuggestSearch(self, request: pb.SuggestSearchRequest, context: Any) -> pb.SuggestSearchResponse:
        async with self._searches.reading() as connection:
            queries, products = await suggest(connection, self._dictionary, request.query)
        return pb.SuggestSearchResponse(
            queries=queries, products=[pb.SuggestedProduct(id=str(row["id"]), title=row["title"]) for row in products]
        )

    async def CreateProductSelection(self, request: pb.CreateProductSelectionRequest, context: Any) -> pb.ProductSelection:
        search = what_is_searched(request.search)
        async with self._database.transaction() as session:
            connection = await driver_connection(session)

            async def create() -> pb.ProductSelection:
                conditions = await Search(connection, search, self._dictionary).matching()
                row = await select_all(connection, search, conditions, UUID(auth.current().user_id))
                return pb.ProductSelection(
                    id=str(row["id"]),
                    search=search,
                    count=row["count"],
                    create_time=timestamp(row["create_time"]),
                    expire_time=timestamp(row["expire_time"]),
                )

            return await once(connection, request, pb.ProductSelection, create)

    async def ListProductSelectionItems(
        self, request: pb.ListProductSelectionItemsRequest, context: Any
    ) -> pb.ListProductSelectionItemsResponse:
        token = paging.decode(request, request.page_token, int)
        offset = token[0] if token else 0
        size = paging.page_size(request.page_size, default=DEFAULT_ITEMS, maximum=CHUNK)
        async with self._database.reading() as connection:
            count, ids = await selected(connection, request.selection_id, offset, size)
        end = offset + len(ids)
        return pb.ListProductSelectionItemsResponse(
            product_ids=[str(id) for id in ids], next_page_token=paging.encode(request, [end]) if ids and end < count else ""
        )
