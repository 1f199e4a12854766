"""Composition root: settings -> clients -> servicers -> Service."""

from functools import partial

from chassis.auth import Signer
from chassis.db import Database
from chassis.health import HealthServicer, database_probe
from chassis.invalidation import Announcer
from chassis.main import run
from chassis.server import Registration, Service
from core_svc.api_keys.servicer import ApiKeyServicer
from core_svc.audit.servicer import AuditServicer
from core_svc.auth.servicer import AuthServicer
from core_svc.first_start import prepare
from core_svc.notifications.consumers import ImportNotifications
from core_svc.notifications.servicer import NotificationServicer
from core_svc.passwords.hashing import Passwords
from core_svc.passwords.servicer import PasswordServicer
from core_svc.revocations.servicer import RevocationServicer
from core_svc.roles.servicer import RoleServicer
from core_svc.sessions.servicer import SessionServicer
from core_svc.settings import DOMAIN, Settings
from core_svc.upkeep import forget
from core_svc.users.servicer import UserServicer
from events.following import Following
from events.servicer import ConsumerServicer
from pm.common.v1 import events_pb2_grpc, health_pb2, revocations_pb2_grpc
from pm.core.v1 import (
    api_keys_pb2_grpc,
    audit_pb2_grpc,
    auth_pb2_grpc,
    notifications_pb2_grpc,
    passwords_pb2_grpc,
    roles_pb2_grpc,
    sessions_pb2_grpc,
    users_pb2_grpc,
)

NAME = "core-svc"


def registrations(database: Database, passwords: Passwords, signer: Signer) -> list[Registration]:
    """Everything core-svc answers."""
    auth = AuthServicer(database, passwords, signer)
    return [
        partial(auth_pb2_grpc.add_AuthServiceServicer_to_server, auth),
        partial(users_pb2_grpc.add_UserServiceServicer_to_server, UserServicer(database, passwords)),
        partial(roles_pb2_grpc.add_RoleServiceServicer_to_server, RoleServicer(database)),
        partial(sessions_pb2_grpc.add_SessionServiceServicer_to_server, SessionServicer(database)),
        partial(passwords_pb2_grpc.add_PasswordServiceServicer_to_server, PasswordServicer(database, passwords)),
        partial(api_keys_pb2_grpc.add_ApiKeyServiceServicer_to_server, ApiKeyServicer(database, signer)),
        partial(audit_pb2_grpc.add_AuditServiceServicer_to_server, AuditServicer(database)),
        partial(notifications_pb2_grpc.add_NotificationServiceServicer_to_server, NotificationServicer(database)),
        partial(revocations_pb2_grpc.add_RevocationServiceServicer_to_server, RevocationServicer(database)),
    ]


def build(settings: Settings, role: str) -> Service:
    announcer = Announcer(settings.redis_url, DOMAIN)
    database = Database.connect(settings.database_url, pool_size=settings.pool_size, on_changes=announcer.announce)
    passwords = Passwords()
    signer = Signer(NAME, settings.keys_dir)
    addresses = {"imports-svc": settings.imports_address}
    following = Following(signer, database, settings.redis_url, addresses, [ImportNotifications()])
    return Service(
        NAME,
        settings,
        registrations=[
            *registrations(database, passwords, signer),
            partial(events_pb2_grpc.add_ConsumerServiceServicer_to_server, ConsumerServicer(following)),
        ],
        health_servicer=HealthServicer({(health_pb2.Dependency.KIND_DATABASE, "db_core"): database_probe(database)}),
        opening=[announcer.start, partial(prepare, database, passwords, settings.admin_password_file), following.start],
        closing=[following.stop, announcer.close, database.close],
        upkeep=[partial(forget, database)],
        revoked=RevocationServicer(database).revoked,
    )


def main() -> None:
    run(NAME, Settings, build)
