from chassis.db import Database
from chassis.masks import masked_fields
from core_svc.audit.origin import Origin
from core_svc.audit.repository import AuditRepository
from core_svc.revocations.repository import RevocationRepository
from core_svc.roles.errors import RoleFixed, RoleInUse
from core_svc.roles.models import ADMIN, Role
from core_svc.roles.permissions import DEFAULT_ROLES
from core_svc.roles.repository import RoleRepository
from core_svc.users.service import require_all_of
from idempotency.once import once
from pm.core.v1 import roles_pb2 as pb
from pm.core.v1 import roles_pb2_grpc, users_pb2


class RoleServicer(roles_pb2_grpc.RoleServiceServicer):
    def __init__(self, database: Database) -> None:
        self._database = database

    async def ListPermissions(self, request: pb.ListPermissionsRequest, context: object) -> pb.ListPermissionsResponse:
        async with self._database.transaction() as session:
            return pb.ListPermissionsResponse(permissions=await RoleRepository(session).permissions())

    async def CreateRole(self, request: pb.CreateRoleRequest, context: object) -> users_pb2.Role:
        new = request.role
        async with self._database.transaction() as session:

            async def create() -> users_pb2.Role:
                roles = RoleRepository(session)
                permissions = await roles.permissions_named(new.permissions)
                require_all_of(new.permissions)
                role = Role(name=new.name, description=new.description, permissions=permissions)
                await roles.create(role)
                AuditRepository(session).record("roles.created", Origin.of(context), None, role=role.name)
                return role_proto(role)

            return await once(session, request, users_pb2.Role, create)

    async def UpdateRole(self, request: pb.UpdateRoleRequest, context: object) -> users_pb2.Role:
        fields = masked_fields(request.role, request.update_mask)
        async with self._database.transaction() as session:
            roles = RoleRepository(session)
            role = await roles.get(request.role.name)
            if role.name == ADMIN:
                raise RoleFixed(ADMIN)
            if "description" in fields:
                role.description = request.role.description
            if "permissions" in fields:
                permissions = await roles.permissions_named(request.role.permissions)
                require_all_of({each.name for each in permissions} - {each.name for each in role.permissions})
                role.permissions = permissions
                await RevocationRepository(session).renew(await roles.holders(role))
            AuditRepository(session).record("roles.updated", Origin.of(context), None, role=role.name)
            return role_proto(role)

    async def DeleteRole(self, request: pb.DeleteRoleRequest, context: object) -> pb.DeleteRoleResponse:
        async with self._database.transaction() as session:
            roles = RoleRepository(session)
            role = await roles.get(request.name)
            # Those would be back with the next start.
            if role.name in {default.name for default in DEFAULT_ROLES}:
                raise RoleFixed(role.name)
            if holders := await roles.holders(role):
                raise RoleInUse(role.name, len(holders))
            await roles.delete(role)
            AuditRepository(session).record("roles.deleted", Origin.of(context), None, role=role.name)
        return pb.DeleteRoleResponse()


def role_proto(role: Role) -> users_pb2.Role:
    names = sorted(permission.name for permission in role.permissions)
    return users_pb2.Role(name=role.name, description=role.description, permissions=names)
