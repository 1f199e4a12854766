from uuid import UUID

from chassis import auth
from chassis.db import Database
from chassis.ids import parse
from chassis.times import timestamp
from core_svc.audit.origin import Origin
from core_svc.audit.repository import AuditRepository
from core_svc.sessions.errors import SessionNotFound
from core_svc.sessions.models import Session
from core_svc.sessions.repository import SessionRepository
from pm.core.v1 import sessions_pb2 as pb
from pm.core.v1 import sessions_pb2_grpc


class SessionServicer(sessions_pb2_grpc.SessionServiceServicer):
    def __init__(self, database: Database) -> None:
        self._database = database

    async def ListMySessions(self, request: pb.ListMySessionsRequest, context: object) -> pb.ListSessionsResponse:
        return await self._list(UUID(auth.current().subject))

    async def ListSessions(self, request: pb.ListSessionsRequest, context: object) -> pb.ListSessionsResponse:
        return await self._list(parse(request.user_id, "user_id"))

    async def DeleteMySession(self, request: pb.DeleteMySessionRequest, context: object) -> pb.DeleteSessionResponse:
        caller, id = auth.current(), parse(request.id)
        async with self._database.transaction() as session:
            if not await SessionRepository(session).end(UUID(caller.subject), only=id):
                raise SessionNotFound(id)
            AuditRepository(session).record("auth.session_ended", Origin.of(context), UUID(caller.subject), session_id=id)
        return pb.DeleteSessionResponse()

    async def EndMySessions(self, request: pb.EndMySessionsRequest, context: object) -> pb.EndSessionsResponse:
        caller = auth.current()
        keep = UUID(caller.session) if request.keep_current and caller.session else None
        return await self._end(UUID(caller.subject), keep, context)

    async def EndSessions(self, request: pb.EndSessionsRequest, context: object) -> pb.EndSessionsResponse:
        return await self._end(parse(request.user_id, "user_id"), None, context)

    async def _list(self, user_id: UUID) -> pb.ListSessionsResponse:
        async with self._database.transaction() as session:
            await SessionRepository(session).expect_user(user_id)
            found = await SessionRepository(session).living(user_id)
        return pb.ListSessionsResponse(sessions=map(session_proto, found))

    async def _end(self, user_id: UUID, keep: UUID | None, context: object) -> pb.EndSessionsResponse:
        async with self._database.transaction() as session:
            await SessionRepository(session).expect_user(user_id)
            ended = await SessionRepository(session).end(user_id, keep=keep)
            AuditRepository(session).record("auth.sessions_ended", Origin.of(context), user_id, ended=len(ended))
        return pb.EndSessionsResponse(ended=len(ended))


def session_proto(session: Session) -> pb.Session:
    return pb.Session(
        id=str(session.id),
        create_time=timestamp(session.create_time),
        last_use_time=timestamp(session.last_use_time),
        expire_time=timestamp(session.expire_time),
        address=session.address,
        user_agent=session.user_agent,
        current=str(session.id) == auth.current().session,
    )
