from chassis import paging
from chassis.db import Database
from chassis.ids import parse
from chassis.times import timestamp
from core_svc.audit.models import AuditRecord
from core_svc.audit.repository import AuditRepository
from pm.core.v1 import audit_pb2 as pb
from pm.core.v1 import audit_pb2_grpc


class AuditServicer(audit_pb2_grpc.AuditServiceServicer):
    def __init__(self, database: Database) -> None:
        self._database = database

    async def ListAuditRecords(self, request: pb.ListAuditRecordsRequest, context: object) -> pb.ListAuditRecordsResponse:
        size = paging.page_size(request.page_size)
        key = paging.decode(request, request.page_token, str)
        before = parse(key[0], "page_token") if key else None
        user_id = parse(request.user_id, "user_id") if request.user_id else None
        async with self._database.transaction() as session:
            found = await AuditRepository(session).page(user_id=user_id, before=before, limit=size + 1)
        next_page_token = paging.encode(request, [str(found[size - 1].id)]) if len(found) > size else ""
        return pb.ListAuditRecordsResponse(audit_records=map(audit_record_proto, found[:size]), next_page_token=next_page_token)


def audit_record_proto(record: AuditRecord) -> pb.AuditRecord:
    return pb.AuditRecord(
        id=str(record.id),
        time=timestamp(record.create_time),
        action=record.action,
        user_id=str(record.user_id or ""),
        actor_id=str(record.actor_id or ""),
        address=record.address,
        details=record.details,
    )
