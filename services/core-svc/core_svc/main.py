"""Composition root: settings -> clients -> servicers -> Service."""

from functools import partial

from chassis.auth import Signer
from chassis.db import Database
from chassis.health import HealthServicer, database_probe
from chassis.main import run
from chassis.server import Service
from core_svc.auth.passwords import Passwords
from core_svc.auth.servicer import AuthServicer
from core_svc.first_start import prepare
from core_svc.settings import Settings
from core_svc.users.servicer import UserServicer
from pm.common.v1 import health_pb2
from pm.core.v1 import auth_pb2_grpc, users_pb2_grpc

NAME = "core-svc"


def build(settings: Settings, role: str) -> Service:
    database = Database.connect(settings.database_url, pool_size=settings.pool_size)
    passwords = Passwords()
    auth = AuthServicer(database, passwords, Signer(NAME, settings.keys_dir))
    users = UserServicer(database, passwords)
    return Service(
        NAME,
        settings,
        registrations=[
            partial(auth_pb2_grpc.add_AuthServiceServicer_to_server, auth),
            partial(users_pb2_grpc.add_UserServiceServicer_to_server, users),
        ],
        health_servicer=HealthServicer({(health_pb2.Dependency.KIND_DATABASE, "db_core"): database_probe(database)}),
        opening=[partial(prepare, database, passwords, settings.admin_password_file)],
        closing=[database.close],
    )


def main() -> None:
    run(NAME, Settings, build)
