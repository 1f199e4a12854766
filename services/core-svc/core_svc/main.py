"""Composition root: settings -> clients -> servicers -> Service."""

from functools import partial

from chassis.auth import Signer
from chassis.db import Database
from chassis.following import ConsumerServicer, Following
from chassis.health import HealthServicer, database_probe
from chassis.main import run
from chassis.server import Service
from core_svc.auth.passwords import Passwords
from core_svc.auth.servicer import AuthServicer
from core_svc.first_start import prepare
from core_svc.notifications.consumers import ImportNotifications
from core_svc.notifications.servicer import NotificationServicer
from core_svc.notifications.upkeep import forget_old
from core_svc.settings import Settings
from core_svc.users.servicer import UserServicer
from pm.common.v1 import events_pb2_grpc, health_pb2
from pm.core.v1 import auth_pb2_grpc, notifications_pb2_grpc, users_pb2_grpc

NAME = "core-svc"


def build(settings: Settings, role: str) -> Service:
    database = Database.connect(settings.database_url, pool_size=settings.pool_size)
    passwords = Passwords()
    signer = Signer(NAME, settings.keys_dir)
    auth = AuthServicer(database, passwords, signer)
    users = UserServicer(database, passwords)
    addresses = {"imports-svc": settings.imports_address}
    following = Following(signer, database, settings.redis_url, addresses, [ImportNotifications()])
    return Service(
        NAME,
        settings,
        registrations=[
            partial(auth_pb2_grpc.add_AuthServiceServicer_to_server, auth),
            partial(users_pb2_grpc.add_UserServiceServicer_to_server, users),
            partial(notifications_pb2_grpc.add_NotificationServiceServicer_to_server, NotificationServicer(database)),
            partial(events_pb2_grpc.add_ConsumerServiceServicer_to_server, ConsumerServicer(following)),
        ],
        health_servicer=HealthServicer({(health_pb2.Dependency.KIND_DATABASE, "db_core"): database_probe(database)}),
        opening=[partial(prepare, database, passwords, settings.admin_password_file), following.start],
        closing=[following.stop, database.close],
        upkeep=[partial(forget_old, database)],
    )


def main() -> None:
    run(NAME, Settings, build)
