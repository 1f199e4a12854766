from uuid import UUID

from chassis import auth
from chassis.db import Database
from chassis.ids import parse
from chassis.times import timestamp
from core_svc.audit.origin import Origin
from core_svc.audit.repository import AuditRepository
from core_svc.hashing import Passwords
from core_svc.passwords.errors import InvalidResetToken, WrongPassword
from core_svc.passwords.models import PasswordReset
from core_svc.passwords.repository import PasswordResetRepository
from core_svc.roles.service import require_all_of
from core_svc.sessions.repository import SessionRepository
from core_svc.throttle.models import address, name, own_password
from core_svc.throttle.repository import ThrottleRepository
from core_svc.users.repository import UserRepository
from pm.core.v1 import passwords_pb2 as pb
from pm.core.v1 import passwords_pb2_grpc


class PasswordServicer(passwords_pb2_grpc.PasswordServiceServicer):
    def __init__(self, database: Database, passwords: Passwords) -> None:
        self._database = database
        self._passwords = passwords

    async def ChangeMyPassword(self, request: pb.ChangeMyPasswordRequest, context: object) -> pb.ChangeMyPasswordResponse:
        caller, origin = auth.current(), Origin.of(context)
        user_id = UUID(caller.subject)
        async with self._database.transaction() as session:
            await ThrottleRepository(session).attempt(own_password(caller.subject))
            known = (await UserRepository(session).get(user_id)).password_hash
        if not await self._passwords.verify(request.current_password, known):
            raise WrongPassword
        fresh = await self._passwords.hash(request.new_password)
        async with self._database.transaction() as session:
            await ThrottleRepository(session).forget(own_password(caller.subject))
            user = await UserRepository(session).get(user_id, for_update=True)
            if user.password_hash != known:
                raise WrongPassword
            user.choose_password(fresh)
            await SessionRepository(session).end(user_id, keep=UUID(caller.session) if caller.session else None)
            AuditRepository(session).record("auth.password_changed", origin, user_id)
        return pb.ChangeMyPasswordResponse()

    async def IssuePasswordReset(self, request: pb.IssuePasswordResetRequest, context: object) -> pb.PasswordReset:
        user_id = parse(request.user_id, "user_id")
        async with self._database.transaction() as session:
            users = UserRepository(session)
            await users.get(user_id)
            require_all_of(await users.permissions(user_id))
            reset, token = PasswordReset.issue(user_id)
            await PasswordResetRepository(session).replace(reset)
            AuditRepository(session).record("auth.password_reset_issued", Origin.of(context), user_id)
        return pb.PasswordReset(token=token, expire_time=timestamp(reset.expire_time))

    async def ResetPassword(self, request: pb.ResetPasswordRequest, context: object) -> pb.ResetPasswordResponse:
        origin = Origin.of(context)
        # Guesses are counted by address; the right token takes its attempt back.
        async with self._database.transaction() as session:
            await ThrottleRepository(session).attempt(address(origin.address))
        async with self._database.transaction() as session:
            known = await PasswordResetRepository(session).knows(request.token)
        if not known:
            raise InvalidResetToken
        # Outside of any transaction, which would hold its rows and a connection meanwhile.
        fresh = await self._passwords.hash(request.new_password)
        async with self._database.transaction() as session:
            user_id = await PasswordResetRepository(session).use(request.token)
            user = await UserRepository(session).get(user_id, for_update=True)
            if not user.active:
                raise InvalidResetToken
            user.choose_password(fresh)
            await SessionRepository(session).end(user_id)
            await ThrottleRepository(session).succeed(name(user.username), address(origin.address))
            AuditRepository(session).record("auth.password_reset", origin, user_id)
        return pb.ResetPasswordResponse()
