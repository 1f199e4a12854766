import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from chassis.db import Database, InvalidText, violated_constraint

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
