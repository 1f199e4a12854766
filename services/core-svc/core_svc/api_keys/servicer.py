from uuid import UUID

from chassis import auth
from chassis.auth import Signer
from chassis.db import Database
from chassis.ids import parse
from chassis.times import timestamp
from core_svc.api_keys.errors import InvalidApiKey
from core_svc.api_keys.models import ApiKey, read
from core_svc.api_keys.repository import ApiKeyRepository
from core_svc.audit.origin import Origin
from core_svc.audit.repository import AuditRepository
from core_svc.roles.service import require_all_of
from core_svc.users.repository import UserRepository
from pm.core.v1 import api_keys_pb2 as pb
from pm.core.v1 import api_keys_pb2_grpc

DEFAULT_DAYS = 90
TOKEN_SECONDS = 300


class ApiKeyServicer(api_keys_pb2_grpc.ApiKeyServiceServicer):
    def __init__(self, database: Database, signer: Signer) -> None:
        self._database = database
        self._signer = signer

    async def CreateMyApiKey(self, request: pb.CreateMyApiKeyRequest, context: object) -> pb.CreateMyApiKeyResponse:
        owner = UUID(auth.current().subject)
        require_all_of(request.permissions)
        days = request.expire_days if request.HasField("expire_days") else DEFAULT_DAYS
        key, secret = ApiKey.make(owner, request.name, list(request.permissions), days)
        async with self._database.transaction() as session:
            await UserRepository(session).get(owner)
            await ApiKeyRepository(session).add(key)
            AuditRepository(session).record("api_keys.created", Origin.of(context), owner, api_key_id=key.id)
        return pb.CreateMyApiKeyResponse(api_key=api_key_proto(key), secret=secret)

    async def ListMyApiKeys(self, request: pb.ListMyApiKeysRequest, context: object) -> pb.ListApiKeysResponse:
        return await self._list(UUID(auth.current().subject))

    async def ListApiKeys(self, request: pb.ListApiKeysRequest, context: object) -> pb.ListApiKeysResponse:
        return await self._list(parse(request.user_id, "user_id"))

    async def DeleteMyApiKey(self, request: pb.DeleteMyApiKeyRequest, context: object) -> pb.DeleteApiKeyResponse:
        return await self._revoke(parse(request.id), UUID(auth.current().subject), context)

    async def DeleteApiKey(self, request: pb.DeleteApiKeyRequest, context: object) -> pb.DeleteApiKeyResponse:
        return await self._revoke(parse(request.id), None, context)

    async def ExchangeApiKey(self, request: pb.ExchangeApiKeyRequest, context: object) -> pb.ExchangeApiKeyResponse:
        id, secret = read(request.secret)
        async with self._database.transaction() as session:
            key = await ApiKeyRepository(session).get(id)
            key.use(secret)
            owner = await UserRepository(session).get(key.user_id)
            if not owner.active:
                raise InvalidApiKey
            # What the owner lost since, the key lost as well.
            held = set(await UserRepository(session).permissions(key.user_id))
            granted = [name for name in key.permissions if name in held]
        token = self._signer.access_token(str(key.user_id), granted, session=str(id), api_key=True, seconds=TOKEN_SECONDS)
        return pb.ExchangeApiKeyResponse(access_token=token, expires_in=TOKEN_SECONDS)

    async def _list(self, user_id: UUID) -> pb.ListApiKeysResponse:
        async with self._database.transaction() as session:
            await UserRepository(session).get(user_id)
            return pb.ListApiKeysResponse(api_keys=map(api_key_proto, await ApiKeyRepository(session).living(user_id)))

    async def _revoke(self, id: UUID, user_id: UUID | None, context: object) -> pb.DeleteApiKeyResponse:
        async with self._database.transaction() as session:
            owner = await ApiKeyRepository(session).revoke(id, user_id=user_id)
            AuditRepository(session).record("api_keys.revoked", Origin.of(context), owner, api_key_id=id)
        return pb.DeleteApiKeyResponse()


def api_key_proto(key: ApiKey) -> pb.ApiKey:
    return pb.ApiKey(
        id=str(key.id),
        user_id=str(key.user_id),
        name=key.name,
        prefix=key.prefix,
        permissions=key.permissions,
        create_time=timestamp(key.create_time),
        expire_time=timestamp(key.expire_time),
        last_use_time=timestamp(key.last_use_time) if key.last_use_time else None,
    )
