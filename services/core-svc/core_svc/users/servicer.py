from chassis import paging
from chassis.auth import current
from chassis.db import Database
from chassis.ids import parse
from chassis.masks import masked_fields
from chassis.times import timestamp
from core_svc.audit.origin import Origin
from core_svc.audit.repository import AuditRepository
from core_svc.hashing import Passwords
from core_svc.revocations.repository import RevocationRepository
from core_svc.roles.repository import RoleRepository
from core_svc.roles.service import require_all_of
from core_svc.roles.servicer import role_proto
from core_svc.sessions.repository import SessionRepository
from core_svc.users.errors import UsernameMissing
from core_svc.users.models import User
from core_svc.users.repository import UserRepository
from pm.core.v1 import users_pb2 as pb
from pm.core.v1 import users_pb2_grpc


class UserServicer(users_pb2_grpc.UserServiceServicer):
    def __init__(self, database: Database, passwords: Passwords) -> None:
        self._database = database
        self._passwords = passwords

    async def GetUser(self, request: pb.GetUserRequest, context: object) -> pb.User:
        async with self._database.transaction() as session:
            return user_proto(await UserRepository(session).get(parse(request.id)))

    async def ListUsers(self, request: pb.ListUsersRequest, context: object) -> pb.ListUsersResponse:
        size = paging.page_size(request.page_size)
        key = paging.decode(request, request.page_token, str)
        after = parse(key[0], "page_token") if key else None
        async with self._database.transaction() as session:
            users = await UserRepository(session).page(after=after, limit=size + 1)
        next_page_token = paging.encode(request, [str(users[size - 1].id)]) if len(users) > size else ""
        return pb.ListUsersResponse(users=map(user_proto, users[:size]), next_page_token=next_page_token)

    async def CreateUser(self, request: pb.CreateUserRequest, context: object) -> pb.User:
        new = request.user
        if not new.HasField("username"):
            raise UsernameMissing
        password_hash = await self._passwords.hash(request.password)
        async with self._database.transaction() as session:
            require_all_of(await RoleRepository(session).permitted(new.roles))
            user = User(
                username=new.username,
                display_name=new.display_name,
                password_hash=password_hash,
                password_given=True,
                active=new.active if new.HasField("active") else True,
                roles=await RoleRepository(session).named(new.roles),
            )
            await UserRepository(session).create(user)
            AuditRepository(session).record("users.created", Origin.of(context), user.id, roles=",".join(sorted(new.roles)))
            return user_proto(user)

    async def UpdateUser(self, request: pb.UpdateUserRequest, context: object) -> pb.User:
        id = parse(request.user.id, "user.id")
        fields = {name: getattr(request.user, name) for name in masked_fields(request.user, request.update_mask)}
        version = request.version if request.HasField("version") else None
        async with self._database.transaction() as session:
            users = UserRepository(session)
            user = await users.get(id, for_update=True)
            require_all_of(await users.permissions(id))
            if "roles" in fields:
                require_all_of(await RoleRepository(session).permitted(request.user.roles))
                fields["roles"] = await RoleRepository(session).named(request.user.roles)
            user.change(fields, version=version, last_admin=await users.is_last_admin(user))
            if not user.active:
                await SessionRepository(session).end(id)
            if {"roles", "active"} & fields.keys():
                await RevocationRepository(session).renew([id])
                roles = ",".join(role.name for role in user.roles)
                AuditRepository(session).record("users.updated", Origin.of(context), id, active=user.active, roles=roles)
            return user_proto(user)

    async def ListRoles(self, request: pb.ListRolesRequest, context: object) -> pb.ListRolesResponse:
        async with self._database.transaction() as session:
            return pb.ListRolesResponse(roles=map(role_proto, await RoleRepository(session).all()))

    async def GetMe(self, request: pb.GetMeRequest, context: object) -> pb.Me:
        caller = current()
        async with self._database.transaction() as session:
            user = await UserRepository(session).get(parse(caller.user_id))
        return pb.Me(user=user_proto(user), permissions=sorted(caller.permissions), must_change_password=user.password_given)


def user_proto(user: User) -> pb.User:
    return pb.User(
        id=str(user.id),
        username=user.username,
        display_name=user.display_name,
        active=user.active,
        roles=[role.name for role in user.roles],
        create_time=timestamp(user.create_time),
        update_time=timestamp(user.update_time),
        version=user.version,
    )
