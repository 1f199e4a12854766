import asyncio
from collections.abc import AsyncIterator
from itertools import chain, repeat

import asyncpg
import pytest
from sqlalchemy import text

from chassis.auth import Signer
from chassis.db import Database
from chassis.errors import Aborted, InvalidArgument, PermissionDenied
from chassis.testing import error_of
from pm.common.v1 import health_pb2, health_pb2_grpc
from pm.core.v1 import auth_pb2, auth_pb2_grpc, sessions_pb2, sessions_pb2_grpc, users_pb2, users_pb2_grpc

ASK = health_pb2.CheckDependenciesRequest()
ME = users_pb2.GetMeRequest()


async def test_a_public_method_needs_no_token(channel):
    stub = auth_pb2_grpc.AuthServiceStub(channel)

    assert (await stub.Login(auth_pb2.LoginRequest(username="ann", password="secret"))).access_token == "ann"


async def test_a_method_with_a_permission_needs_a_token_that_has_it(channel, as_user):
    stub = users_pb2_grpc.UserServiceStub(channel)

    assert (await error_of(stub.GetMe(ME))).reason == "INVALID_TOKEN"
    missing = await error_of(stub.GetMe(ME, metadata=as_user("core.users.read")))
    assert (type(missing), missing.reason, missing.metadata) == (
        PermissionDenied,
        "MISSING_PERMISSION",
        {"permission": "core.me.read"},
    )
    assert (await stub.GetMe(ME, metadata=as_user("core.me.read"))).permissions == ["core.me.read"]


async def test_a_bad_token_is_refused_even_where_none_is_needed(channel):
    stub = auth_pb2_grpc.AuthServiceStub(channel)
    request = auth_pb2.LoginRequest(username="ann", password="secret")

    assert (await error_of(stub.Login(request, metadata=(("authorization", "Bearer x"),)))).reason == "INVALID_TOKEN"


async def test_a_method_with_callers_is_for_those_services_alone(channel, as_user, as_service):
    stub = health_pb2_grpc.HealthServiceStub(channel)

    assert (await error_of(stub.CheckDependencies(ASK))).reason == "INVALID_TOKEN"
    for metadata in (as_service("imports-svc", "catalog-svc"), as_user("core.users.read")):
        assert (await error_of(stub.CheckDependencies(ASK, metadata=metadata))).reason == "CALLER_NOT_ALLOWED"
    elsewhere = as_service("gateway", "media-svc")
    assert (await error_of(stub.CheckDependencies(ASK, metadata=elsewhere))).reason == "INVALID_TOKEN"
    assert await stub.CheckDependencies(ASK, metadata=as_service("gateway", "catalog-svc"))


async def test_a_method_for_whoever_signed_in_asks_for_no_right_but_for_a_person(channel, keys_dir, as_user, as_service):
    stub = sessions_pb2_grpc.SessionServiceStub(channel)
    request = sessions_pb2.ListMySessionsRequest()
    signer = Signer("core-svc", keys_dir)
    by_key = signer.access_token("someone", ["core.me.read"], session="a-key", api_key=True)

    assert (await error_of(stub.ListMySessions(request))).reason == "INVALID_TOKEN"
    for metadata in ((("authorization", f"Bearer {by_key}"),), as_service("gateway", "catalog-svc")):
        assert (await error_of(stub.ListMySessions(request, metadata=metadata))).reason == "SIGN_IN_NEEDED"
    assert (await stub.ListMySessions(request, metadata=as_user())).sessions


async def test_health_says_which_dependency_fails_without_its_address(channel, as_service):
    stub = health_pb2_grpc.HealthServiceStub(channel)

    answer = await stub.CheckDependencies(ASK, metadata=as_service("gateway", "catalog-svc"))

    assert [(each.name, each.healthy, each.detail) for each in answer.dependencies] == [
        ("db_catalog", True, ""),
        ("cache", False, "ConnectionRefusedError"),
    ]


async def test_every_violation_is_told_by_its_field(channel, as_user):
    error = await error_of(auth_pb2_grpc.AuthServiceStub(channel).Login(auth_pb2.LoginRequest(username="x" * 255)))

    assert (type(error), error.reason) == (InvalidArgument, "INVALID_MESSAGE")
    assert set(error.violations) == {"username", "password"}
    assert all(field in error.message for field in error.violations)


async def test_a_stranger_learns_nothing_about_the_request(channel, as_user):
    stub = users_pb2_grpc.UserServiceStub(channel)
    broken = users_pb2.CreateUserRequest(password="short")

    assert (await error_of(stub.CreateUser(broken, metadata=as_user("core.me.read")))).reason == "MISSING_PERMISSION"


async def test_concurrent_calls_have_each_their_own_caller(channel, as_user):
    stub = users_pb2_grpc.UserServiceStub(channel)
    ids = [f"01890000-0000-7000-8000-{number:012}" for number in range(20)]

    answers = await asyncio.gather(*(stub.GetMe(ME, metadata=as_user("core.me.read", user_id=id)) for id in ids))

    assert [answer.user.id for answer in answers] == ids


class Shelf:
    """Two rows that calls write in opposite orders: the first call of each waits until the other one has its first row."""

    def __init__(self, database: Database, way: str) -> None:
        self._database = database
        self._way = way
        self._meeting = asyncio.Barrier(2)
        self.meetings = 1

    async def write(self, first: str, second: str) -> None:
        async with getattr(self._database, self._way)() as connection:

            async def change(name: str) -> None:
                statement = f"UPDATE shelf SET count = count + 1 WHERE name = '{name}'"
                await connection.execute(text(statement) if self._way == "transaction" else statement)

            await change(first)
            if self.meetings > 0:
                await self._meeting.wait()
                self.meetings -= 1
            await change(second)


@pytest.fixture
async def shelves(postgres_server: str) -> AsyncIterator[Database]:
    database = Database.connect(postgres_server, pool_size=4, deadlock_timeout="10ms")
    async with database.writing() as connection:
        await connection.execute("CREATE TABLE shelf AS SELECT name, 0 AS count FROM unnest(ARRAY['a', 'b']) AS name")
    yield database
    async with database.writing() as connection:
        await connection.execute("DROP TABLE shelf")
    await database.close()


@pytest.mark.parametrize("way", ["transaction", "writing"])
async def test_calls_that_waited_for_each_other_are_both_answered(channel, echo, shelves, way: str) -> None:
    # Whoever is undone tries again in one order: it may meet the other one once more, but not for ever.
    shelf, orders = Shelf(shelves, way), chain([("a", "b"), ("b", "a")], repeat(("a", "b")))

    async def write() -> None:
        await shelf.write(*next(orders))

    echo.behaviour = write
    stub = auth_pb2_grpc.AuthServiceStub(channel)
    request = auth_pb2.LoginRequest(username="ann", password="secret")
    await asyncio.gather(stub.Login(request), stub.Login(request))
    async with shelves.reading() as connection:
        assert await connection.fetchval("SELECT array_agg(count) FROM shelf") == [2, 2]


async def test_a_call_that_never_gets_its_turn_says_that_nothing_was_done(channel, echo) -> None:
    async def deadlock() -> None:
        raise asyncpg.DeadlockDetectedError("deadlock detected")

    echo.behaviour = deadlock
    request = auth_pb2.LoginRequest(username="ann", password="secret")
    error = await error_of(auth_pb2_grpc.AuthServiceStub(channel).Login(request))
    assert (type(error), error.reason) == (Aborted, "CONTENDED")
