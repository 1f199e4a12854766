import asyncio
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.auth import ACCESS_TOKEN_SECONDS, Signer
from chassis.db import Database
from chassis.errors import ServiceError
from core_svc.audit.origin import Origin
from core_svc.audit.repository import AuditRepository
from core_svc.auth.errors import InvalidCredentials
from core_svc.hashing import Passwords
from core_svc.sessions.errors import InvalidRefreshToken, RefreshTokenReused, SessionEnded
from core_svc.sessions.models import IDLE, Session
from core_svc.sessions.repository import SessionRepository
from core_svc.sessions.tokens import RefreshToken
from core_svc.throttle.models import address, name
from core_svc.throttle.repository import ThrottleRepository
from core_svc.users.repository import UserRepository
from pm.core.v1 import auth_pb2 as pb
from pm.core.v1 import auth_pb2_grpc

# Hashing takes cores and memory: more at once would starve both.
CONCURRENT_LOGINS = 2


class AuthServicer(auth_pb2_grpc.AuthServiceServicer):
    def __init__(self, database: Database, passwords: Passwords, signer: Signer) -> None:
        self._database = database
        self._passwords = passwords
        self._signer = signer
        self._turns = asyncio.Semaphore(CONCURRENT_LOGINS)

    async def Login(self, request: pb.LoginRequest, context: object) -> pb.LoginResponse:
        origin = Origin.of(context)
        who, where = name(request.username), address(origin.address)
        async with self._database.transaction() as session:
            await ThrottleRepository(session).attempt(who, where)
            known = await UserRepository(session).find(request.username)
        # Outside of any transaction: it takes longer than all the rest.
        async with self._turns:
            verified = await self._passwords.verify(request.password, known.password_hash if known else None)
            renewed = await self._renewed(request.password, known.password_hash) if known and verified else None
        async with self._database.transaction() as session:
            # Again, and locked: the user may have been changed meanwhile.
            user = await UserRepository(session).get(known.id, for_update=True) if known else None
            if known and user and verified and user.active and user.password_hash == known.password_hash:
                await ThrottleRepository(session).succeed(who, where)
                user.sign_in()
                user.password_hash = renewed or user.password_hash
                begun, token = Session.begin(user.id, origin)
                SessionRepository(session).add(begun)
                AuditRepository(session).record("auth.login", origin, user.id, session_id=begun.id)
                return await self._answer(session, user.id, token)
            AuditRepository(session).record("auth.login_failed", origin, known.id if known else None)
        raise InvalidCredentials

    async def Refresh(self, request: pb.RefreshRequest, context: object) -> pb.LoginResponse:
        presented, origin = RefreshToken.parse(request.refresh_token), Origin.of(context)
        async with self._database.transaction() as session:
            found = await SessionRepository(session).find(presented.session_id)
            if found is None:
                raise InvalidRefreshToken
            try:
                successor = found.refresh(presented, origin)
                if not (await UserRepository(session).get(found.user_id)).active:
                    raise SessionEnded
                return await self._answer(session, found.user_id, successor)
            except RefreshTokenReused as error:
                await SessionRepository(session).end(found.user_id, only=found.id)
                AuditRepository(session).record("auth.refresh_token_reused", origin, found.user_id, session_id=found.id)
                refusal: ServiceError = error
        # Behind the transaction, which else would take the end of the session back.
        raise refusal

    async def Logout(self, request: pb.LogoutRequest, context: object) -> pb.LogoutResponse:
        presented, origin = RefreshToken.parse(request.refresh_token), Origin.of(context)
        async with self._database.transaction() as session:
            found = await SessionRepository(session).find(presented.session_id)
            if found is None:
                raise InvalidRefreshToken
            found.own(presented)
            if await SessionRepository(session).end(found.user_id, only=found.id):
                AuditRepository(session).record("auth.logout", origin, found.user_id, session_id=found.id)
        return pb.LogoutResponse()

    async def GetJwks(self, request: pb.GetJwksRequest, context: object) -> pb.GetJwksResponse:
        return pb.GetJwksResponse(keys=[pb.Jwk(**jwk) for jwk in self._signer.jwks()])

    async def _answer(self, session: AsyncSession, user_id: UUID, token: RefreshToken) -> pb.LoginResponse:
        permissions = await UserRepository(session).permissions(user_id)
        return pb.LoginResponse(
            access_token=self._signer.access_token(str(user_id), permissions, session=str(token.session_id)),
            token_type="Bearer",  # noqa: S106
            expires_in=ACCESS_TOKEN_SECONDS,
            refresh_token=token.text(),
            refresh_expires_in=int(IDLE.total_seconds()),
        )

    async def _renewed(self, password: str, password_hash: str) -> str | None:
        """The password hashed anew when the hash was made with other parameters than today's."""
        return await self._passwords.hash(password) if self._passwords.is_outdated(password_hash) else None
