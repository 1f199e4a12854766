from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from pathlib import Path

import grpc
import pytest
from argon2 import PasswordHasher

import core_svc
from chassis.auth import Signer
from chassis.db import Database
from chassis.testing import serving
from core_svc.auth.passwords import Passwords
from core_svc.auth.servicer import AuthServicer
from core_svc.first_start import prepare
from core_svc.notifications.servicer import NotificationServicer
from core_svc.users.servicer import UserServicer
from pm.core.v1 import auth_pb2_grpc, notifications_pb2_grpc, users_pb2_grpc
from pm.core.v1 import users_pb2 as pb

Metadata = tuple[tuple[str, str], ...]
PASSWORD = "correct horse battery"


@pytest.fixture(scope="session")
def migrations_dir() -> Path:
    return Path(core_svc.__file__).parent / "migrations"


@pytest.fixture(scope="session")
def passwords() -> Passwords:
    """Argon2id with parameters that take no time."""
    return Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture
def password_file(tmp_path: Path) -> Path:
    return tmp_path / "admin-password"


@pytest.fixture
def serve(keys_dir: Path, passwords: Passwords) -> Callable[[Database], object]:
    """core-svc's servicers on a database, as a context that gives the channel."""

    def start(database: Database) -> object:
        auth = AuthServicer(database, passwords, Signer("core-svc", keys_dir))
        users = UserServicer(database, passwords)
        return serving(
            "core-svc",
            keys_dir,
            [
                partial(auth_pb2_grpc.add_AuthServiceServicer_to_server, auth),
                partial(users_pb2_grpc.add_UserServiceServicer_to_server, users),
                partial(notifications_pb2_grpc.add_NotificationServiceServicer_to_server, NotificationServicer(database)),
            ],
        )

    return start


@pytest.fixture
async def channel(
    database: Database, passwords: Passwords, password_file: Path, serve: Callable
) -> AsyncIterator[grpc.aio.Channel]:
    """core-svc behind a channel, after its first start."""
    await prepare(database, passwords, password_file)
    async with serve(database) as channel:
        yield channel


@pytest.fixture
def auth(channel: grpc.aio.Channel) -> auth_pb2_grpc.AuthServiceStub:
    return auth_pb2_grpc.AuthServiceStub(channel)


@pytest.fixture
def users(channel: grpc.aio.Channel) -> users_pb2_grpc.UserServiceStub:
    return users_pb2_grpc.UserServiceStub(channel)


@pytest.fixture
def admin(as_user: Callable[..., Metadata]) -> Metadata:
    return as_user("core.users.read", "core.users.write")


@pytest.fixture
def add_user(users: users_pb2_grpc.UserServiceStub, admin: Metadata) -> Callable[..., Awaitable[pb.User]]:
    """Adds a user with the password PASSWORD: `await add_user("ann", roles=["viewer"])`."""

    async def add(username: str, **fields: object) -> pb.User:
        request = pb.CreateUserRequest(user=pb.User(username=username, **fields), password=PASSWORD)
        return await users.CreateUser(request, metadata=admin)

    return add
