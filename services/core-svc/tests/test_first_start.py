import asyncio
import stat

import pytest
from sqlalchemy import func, select

from chassis.testing import error_of
from core_svc.first_start import prepare
from core_svc.roles.permissions import DEFAULT_ROLES, declared_permissions
from core_svc.roles.repository import RoleRepository
from core_svc.users.models import User
from core_svc.users.repository import UserRepository
from pm.core.v1 import auth_pb2 as pb
from pm.core.v1 import auth_pb2_grpc


async def count_users(database):
    async with database.transaction() as session:
        return await session.scalar(select(func.count()).select_from(User))


async def test_the_password_in_the_file_signs_the_admin_in(auth, password_file):
    password = password_file.read_text().strip()

    assert stat.S_IMODE(password_file.stat().st_mode) == 0o600
    assert len(password) == 24
    assert list(password_file.parent.iterdir()) == [password_file]
    assert (await auth.Login(pb.LoginRequest(username="admin", password=password))).access_token


async def test_a_second_start_leaves_users_and_file(database, passwords, password_file):
    await prepare(database, passwords, password_file)
    first = password_file.read_text()

    await prepare(database, passwords, password_file)

    assert (await count_users(database), password_file.read_text()) == (1, first)


async def test_without_a_file_the_password_is_shown_once(database, passwords, serve, capsys, caplog):
    await prepare(database, passwords, None)
    (line,) = capsys.readouterr().out.splitlines()
    await prepare(database, passwords, None)

    assert capsys.readouterr().out == ""
    password = next(word for word in line.split() if len(word) == 24)
    assert password not in caplog.text
    async with serve(database) as channel:
        auth = auth_pb2_grpc.AuthServiceStub(channel)
        assert await auth.Login(pb.LoginRequest(username="admin", password=password))
        assert await error_of(auth.Login(pb.LoginRequest(username="admin", password=password + "x")))


async def test_a_file_that_cannot_be_written_leaves_no_admin(database, passwords, tmp_path):
    with pytest.raises(FileNotFoundError):
        await prepare(database, passwords, tmp_path / "missing" / "password")

    async with database.transaction() as session:
        assert await UserRepository(session).none_exists()


async def test_replicas_that_start_together_make_one_admin(committed_database, passwords, password_file, serve):
    # The roles are there already, so nothing but the turns keeps the replicas apart.
    async with committed_database.transaction() as session:
        await RoleRepository(session).sync(declared_permissions(), DEFAULT_ROLES)

    await asyncio.gather(*(prepare(committed_database, passwords, password_file) for _ in range(4)))

    assert await count_users(committed_database) == 1
    async with serve(committed_database) as channel:
        request = pb.LoginRequest(username="admin", password=password_file.read_text().strip())
        assert await auth_pb2_grpc.AuthServiceStub(channel).Login(request)
