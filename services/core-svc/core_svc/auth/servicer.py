import asyncio

from chassis.auth import ACCESS_TOKEN_SECONDS, Signer
from chassis.db import Database
from core_svc.auth.errors import InvalidCredentials
from core_svc.auth.passwords import Passwords
from core_svc.users.repository import UserRepository
from pm.core.v1 import auth_pb2 as pb
from pm.core.v1 import auth_pb2_grpc

# A sign-in holds its transaction while the password is hashed: more at once would starve the pool, the memory and the cores.
CONCURRENT_LOGINS = 2


class AuthServicer(auth_pb2_grpc.AuthServiceServicer):
    def __init__(self, database: Database, passwords: Passwords, signer: Signer) -> None:
        self._database = database
        self._passwords = passwords
        self._signer = signer
        self._turns = asyncio.Semaphore(CONCURRENT_LOGINS)

    async def Login(self, request: pb.LoginRequest, context: object) -> pb.LoginResponse:
        async with self._turns, self._database.transaction() as session:
            users = UserRepository(session)
            user = await users.find(request.username)
            verified = await self._passwords.verify(request.password, user.password_hash if user else None)
            if user is None or not verified or not user.active:
                raise InvalidCredentials
            user.sign_in()
            if self._passwords.is_outdated(user.password_hash):
                user.password_hash = await self._passwords.hash(request.password)
            token = self._signer.access_token(str(user.id), await users.permissions(user.id))
        return pb.LoginResponse(access_token=token, token_type="Bearer", expires_in=ACCESS_TOKEN_SECONDS)  # noqa: S106

    async def GetJwks(self, request: pb.GetJwksRequest, context: object) -> pb.GetJwksResponse:
        return pb.GetJwksResponse(keys=[pb.Jwk(**self._signer.jwk())])
