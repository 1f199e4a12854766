"""MappingService: each method is one transaction."""

from uuid import UUID

from chassis import ids, paging
from chassis.auth import current
from chassis.db import Database
from chassis.times import timestamp
from code2asin_svc.mappings.models import Mapping
from code2asin_svc.mappings.repository import MappingRepository
from idempotency.once import once
from pm.code2asin.v1 import code2asin_pb2 as pb
from pm.code2asin.v1 import code2asin_pb2_grpc


class MappingServicer(code2asin_pb2_grpc.MappingServiceServicer):
    def __init__(self, database: Database) -> None:
        self._database = database

    async def CreateMapping(self, request: pb.CreateMappingRequest, context: object) -> pb.Mapping:
        new = request.mapping
        mapping = Mapping(gtin=new.gtin, marketplace_id=new.marketplace_id, asin=new.asin, created_by=UUID(current().user_id))
        async with self._database.transaction() as session:

            async def create() -> pb.Mapping:
                await MappingRepository(session).create(mapping)
                return mapping_proto(mapping)

            return await once(session, request, pb.Mapping, create)

    async def ListMappings(self, request: pb.ListMappingsRequest, context: object) -> pb.ListMappingsResponse:
        key = paging.decode(request, request.page_token, str)
        size = paging.page_size(request.page_size)
        async with self._database.transaction() as session:
            rows = await MappingRepository(session).page(
                gtin=request.gtin if request.HasField("gtin") else None,
                asin=request.asin if request.HasField("asin") else None,
                after=ids.parse(key[0], "page_token") if key else None,
                limit=size + 1,
            )
        token = paging.encode(request, [str(rows[size - 1].id)]) if len(rows) > size else ""
        return pb.ListMappingsResponse(mappings=map(mapping_proto, rows[:size]), next_page_token=token)


def mapping_proto(mapping: Mapping) -> pb.Mapping:
    return pb.Mapping(
        id=str(mapping.id),
        gtin=mapping.gtin,
        marketplace_id=mapping.marketplace_id,
        asin=mapping.asin,
        created_by=str(mapping.created_by),
        create_time=timestamp(mapping.create_time),
        update_time=timestamp(mapping.update_time),
        version=mapping.version,
    )
