import asyncio
import socket

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from chassis import db
from chassis.db import Database, DatabaseAway, DatabaseFull, InvalidText, out_of, violated_constraint

TABLE = text("CREATE TEMPORARY TABLE shelf (name text CONSTRAINT pk_shelf PRIMARY KEY) ON COMMIT DROP")
INSERT = text("INSERT INTO shelf VALUES (:name)")


@pytest.fixture
async def database(postgres_server):
    database = Database.connect(postgres_server, pool_size=1, work_mem="5MB")
    yield database
    await database.close()


async def test_a_block_that_raises_leaves_nothing(database):
    with pytest.raises(ZeroDivisionError):
        async with database.transaction() as session:
            await session.execute(text("CREATE TABLE left_over ()"))
            raise ZeroDivisionError

    async with database.transaction() as session:
        assert await session.scalar(text("SELECT to_regclass('left_over')")) is None


async def test_the_servers_settings_reach_the_connection(database):
    async with database.transaction() as session:
        assert await session.scalar(text("SHOW work_mem")) == "5MB"
        assert await session.scalar(text("SHOW jit")) == "off"


async def test_the_constraint_that_refused_is_named(database):
    with pytest.raises(IntegrityError) as caught:
        async with database.transaction() as session:
            await session.execute(TABLE)
            for _ in range(2):
                await session.execute(INSERT, {"name": "a"})

    assert violated_constraint(caught.value) == "pk_shelf"


async def test_a_null_violates_no_named_constraint(database):
    with pytest.raises(IntegrityError) as caught:
        async with database.transaction() as session:
            await session.execute(TABLE)
            await session.execute(INSERT, {"name": None})

    assert violated_constraint(caught.value) == ""


async def test_text_with_a_zero_character_is_the_callers_fault(database):
    with pytest.raises(InvalidText):
        async with database.transaction() as session:
            await session.execute(text("SELECT CAST(:value AS text)"), {"value": "a\0b"})


async def test_an_error_does_not_show_the_parameters(database):
    with pytest.raises(DBAPIError) as caught:
        async with database.transaction() as session:
            await session.execute(text("SELECT CAST(:value AS text), 1 / 0"), {"value": "hunter2"})

    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("way", ["transaction", "reading"])
async def test_a_server_that_takes_connections_and_says_nothing_is_away(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(db, "CONNECT_SECONDS", 0.3)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        database = Database.connect(f"postgresql://a:b@127.0.0.1:{silent.getsockname()[1]}/c", pool_size=1)
        with pytest.raises(Exception) as caught:
            async with getattr(database, way)() as connection:
                await connection.execute(text("SELECT 1") if way == "transaction" else "SELECT 1")
    assert out_of(caught.value) is DatabaseAway
    await database.close()


@pytest.mark.parametrize("way", ["transaction", "reading"])
async def test_a_statement_that_takes_too_long_is_away(way: str, postgres_server: str) -> None:
    database = Database.connect(postgres_server, pool_size=1, statement_seconds=0.3)
    with pytest.raises(Exception) as caught:
        async with getattr(database, way)() as connection:
            await connection.execute(text("SELECT pg_sleep(9)") if way == "transaction" else "SELECT pg_sleep(9)")
    assert out_of(caught.value) is DatabaseAway
    await database.close()


@pytest.mark.parametrize("way", ["transaction", "reading"])
@pytest.mark.parametrize("address", ["127.0.0.1:1", "localhost:1", "nowhere.invalid:1"])
async def test_a_server_that_is_not_there_is_away(way: str, address: str) -> None:
    database = Database.connect(f"postgresql://a:b@{address}/c", pool_size=1)
    with pytest.raises(Exception) as caught:
        async with getattr(database, way)() as connection:
            await connection.execute(text("SELECT 1") if way == "transaction" else "SELECT 1")
    assert out_of(caught.value) is DatabaseAway
    await database.close()


def test_a_driver_that_lost_its_place_in_the_answer_says_that_the_server_died() -> None:
    assert out_of(asyncpg.InternalClientError("cannot switch to state 12")) is DatabaseAway


@pytest.mark.parametrize("way", ["transaction", "reading", "writing"])
async def test_what_another_client_raises_is_no_absent_database(database, way: str) -> None:
    with pytest.raises(TimeoutError) as late:
        async with getattr(database, way)():
            async with asyncio.timeout(0.01):
                await asyncio.sleep(9)
    assert out_of(late.value) is None
    with pytest.raises(ConnectionRefusedError) as refused:
        async with getattr(database, way)():
            await asyncio.open_connection("127.0.0.1", 1)
    assert out_of(refused.value) is None


async def test_a_refused_row_is_not_an_absent_database(database):
    with pytest.raises(IntegrityError) as caught:
        async with database.transaction() as session:
            await session.execute(TABLE)
            await session.execute(INSERT, [{"name": "a"}, {"name": "a"}])
    assert out_of(caught.value) is None


@pytest.mark.parametrize("way", ["transaction", "reading"])
async def test_a_full_disk_is_no_absent_database(way: str, postgres_server: str) -> None:
    full = "DO $$ BEGIN RAISE SQLSTATE '53100'; END $$"
    database = Database.connect(postgres_server, pool_size=1)
    with pytest.raises(Exception) as caught:
        async with getattr(database, way)() as connection:
            await connection.execute(text(full) if way == "transaction" else full)
    assert out_of(caught.value) is DatabaseFull
    await database.close()
