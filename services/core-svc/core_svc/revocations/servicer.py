from datetime import UTC

from chassis.db import Database
from chassis.times import now, timestamp
from core_svc.revocations.repository import RevocationRepository
from pm.common.v1 import revocations_pb2 as pb
from pm.common.v1 import revocations_pb2_grpc


class RevocationServicer(revocations_pb2_grpc.RevocationServiceServicer):
    def __init__(self, database: Database) -> None:
        self._database = database

    async def ListRevocations(self, request: pb.ListRevocationsRequest, context: object) -> pb.ListRevocationsResponse:
        return await self.revoked(request)

    async def revoked(self, request: pb.ListRevocationsRequest) -> pb.ListRevocationsResponse:
        """What was revoked; core-svc itself asks here."""
        since = request.since.ToDatetime(UTC) if request.HasField("since") else None
        asked = now()
        async with self._database.transaction() as session:
            found = await RevocationRepository(session).since(since)
        revocations = [pb.Revocation(subject=str(one.subject), issued_until=timestamp(one.issued_until)) for one in found]
        return pb.ListRevocationsResponse(revocations=revocations, time=timestamp(asked))
