"""PlatformService: each method is one transaction."""

from chassis import paging
from chassis.db import Database
from chassis.times import timestamp
from exports_svc.platforms.models import Platform
from exports_svc.platforms.repository import PlatformRepository
from idempotency.once import once
from pm.exports.v1 import exports_pb2 as pb
from pm.exports.v1 import exports_pb2_grpc


class PlatformServicer(exports_pb2_grpc.PlatformServiceServicer):
    def __init__(self, database: Database) -> None:
        self._database = database

    async def CreatePlatform(self, request: pb.CreatePlatformRequest, context: object) -> pb.Platform:
        platform = Platform(name=request.platform.name, kind=kind_name(request.platform.kind))
        async with self._database.transaction() as session:

            async def create() -> pb.Platform:
                await PlatformRepository(session).create(platform)
                return platform_proto(platform)

            return await once(session, request, pb.Platform, create)

    async def ListPlatforms(self, request: pb.ListPlatformsRequest, context: object) -> pb.ListPlatformsResponse:
        key = paging.decode(request, request.page_token, str)
        size = paging.page_size(request.page_size)
        async with self._database.transaction() as session:
            rows = await PlatformRepository(session).page(after=key[0] if key else None, limit=size + 1)
        token = paging.encode(request, [rows[size - 1].name]) if len(rows) > size else ""
        return pb.ListPlatformsResponse(platforms=map(platform_proto, rows[:size]), next_page_token=token)


def kind_name(kind: "pb.Platform.Kind.ValueType") -> str:
    """`shopify` for KIND_SHOPIFY."""
    return pb.Platform.Kind.Name(kind).removeprefix("KIND_").lower()


def platform_proto(platform: Platform) -> pb.Platform:
    return pb.Platform(
        id=str(platform.id),
        name=platform.name,
        kind=pb.Platform.Kind.Value(f"KIND_{platform.kind.upper()}"),
        create_time=timestamp(platform.create_time),
        update_time=timestamp(platform.update_time),
        version=platform.version,
    )
