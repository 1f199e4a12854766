from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import grpc
import pytest
from argon2 import PasswordHasher

import core_svc
from chassis.auth import Signer
from chassis.db import Database
from chassis.testing import serving
from core_svc.first_start import prepare
from core_svc.hashing import Passwords
from core_svc.main import registrations
from core_svc.roles.permissions import declared_permissions
from pm.core.v1 import (
    api_keys_pb2_grpc,
    auth_pb2,
    auth_pb2_grpc,
    passwords_pb2_grpc,
    roles_pb2_grpc,
    sessions_pb2_grpc,
    users_pb2_grpc,
)
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
        return serving("core-svc", keys_dir, registrations(database, passwords, Signer("core-svc", keys_dir)))

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
def roles(channel: grpc.aio.Channel) -> roles_pb2_grpc.RoleServiceStub:
    return roles_pb2_grpc.RoleServiceStub(channel)


@pytest.fixture
def sessions(channel: grpc.aio.Channel) -> sessions_pb2_grpc.SessionServiceStub:
    return sessions_pb2_grpc.SessionServiceStub(channel)


@pytest.fixture
def resets(channel: grpc.aio.Channel) -> passwords_pb2_grpc.PasswordServiceStub:
    return passwords_pb2_grpc.PasswordServiceStub(channel)


@pytest.fixture
def api_keys(channel: grpc.aio.Channel) -> api_keys_pb2_grpc.ApiKeyServiceStub:
    return api_keys_pb2_grpc.ApiKeyServiceStub(channel)


@pytest.fixture
def admin(as_user: Callable[..., Metadata]) -> Metadata:
    """Somebody who may do everything."""
    return as_user(*declared_permissions())


@pytest.fixture
def bearer() -> Callable[[auth_pb2.LoginResponse], Metadata]:
    """The metadata of calls with an access token."""
    return lambda answer: (("authorization", f"Bearer {answer.access_token}"),)


@pytest.fixture
def login(
    auth: auth_pb2_grpc.AuthServiceStub, as_service: Callable[..., Metadata]
) -> Callable[..., Awaitable[auth_pb2.LoginResponse]]:
    """Signs in through the gateway: `await login("ann", address="192.0.2.1")`."""

    async def sign_in(username: str, password: str = PASSWORD, *, address: str = "192.0.2.1") -> auth_pb2.LoginResponse:
        told = (("x-client-address", address), ("x-client-user-agent", "a browser"))
        request = auth_pb2.LoginRequest(username=username, password=password)
        return await auth.Login(request, metadata=(*as_service("gateway", "core-svc"), *told))

    return sign_in


@pytest.fixture
def add_user(users: users_pb2_grpc.UserServiceStub, admin: Metadata) -> Callable[..., Awaitable[pb.User]]:
    """Adds a user with the password PASSWORD: `await add_user("ann", roles=["viewer"])`."""

    async def add(username: str, **fields: object) -> pb.User:
        request = pb.CreateUserRequest(user=pb.User(username=username, **fields), password=PASSWORD)
        return await users.CreateUser(request, metadata=admin)

    return add
