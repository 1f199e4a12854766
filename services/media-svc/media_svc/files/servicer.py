"""FileService: each method is one transaction."""

from uuid import UUID

from chassis import ids, paging
from chassis.db import Database
from chassis.times import timestamp
from idempotency.once import once
from media_svc.files.models import File
from media_svc.files.repository import FileRepository
from pm.media.v1 import media_pb2 as pb
from pm.media.v1 import media_pb2_grpc


class FileServicer(media_pb2_grpc.FileServiceServicer):
    def __init__(self, database: Database) -> None:
        self._database = database

    async def CreateFile(self, request: pb.CreateFileRequest, context: object) -> pb.File:
        new = request.file
        file = File(product_id=UUID(new.product_id), source_url=new.source_url, position=new.position)
        async with self._database.transaction() as session:

            async def create() -> pb.File:
                await FileRepository(session).create(file)
                return file_proto(file)

            return await once(session, request, pb.File, create)

    async def ListFiles(self, request: pb.ListFilesRequest, context: object) -> pb.ListFilesResponse:
        key = paging.decode(request, request.page_token, int, str)
        after = (key[0], ids.parse(key[1], "page_token")) if key else None
        size = paging.page_size(request.page_size)
        async with self._database.transaction() as session:
            rows = await FileRepository(session).page(UUID(request.product_id), after=after, limit=size + 1)
        token = ""
        if len(rows) > size:
            token = paging.encode(request, [rows[size - 1].position, str(rows[size - 1].id)])
        return pb.ListFilesResponse(files=map(file_proto, rows[:size]), next_page_token=token)


def file_proto(file: File) -> pb.File:
    return pb.File(
        id=str(file.id),
        product_id=str(file.product_id),
        source_url=file.source_url,
        position=file.position,
        create_time=timestamp(file.create_time),
        update_time=timestamp(file.update_time),
        version=file.version,
    )
