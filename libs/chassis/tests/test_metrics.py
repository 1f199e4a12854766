import asyncio
import socket
import urllib.request
from collections.abc import Iterable

import asyncpg
import pytest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample
from sqlalchemy import text

from chassis import metrics, statements
from chassis.db import Database
from pm.core.v1 import auth_pb2, auth_pb2_grpc


@pytest.fixture(scope="module")
def page() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    metrics.serve("chassis", address)
    return f"http://{address}/metrics"


def samples(page: str) -> list[Sample]:
    with urllib.request.urlopen(page) as answer:
        families = list(text_string_to_metric_families(answer.read().decode()))
    return [sample for family in families for sample in family.samples]


def value(page: str, name: str, **labels: str) -> float:
    found = [sample.value for sample in samples(page) if sample.name == name and sample.labels.items() >= labels.items()]
    return sum(found)


async def read(page: str, name: str, **labels: str) -> float:
    return await asyncio.to_thread(value, page, name, **labels)


async def test_the_page_says_what_runs_and_what_it_uses(page: str) -> None:
    assert await read(page, "pm_build_info", service="chassis", version="0.1.0") == 1
    assert await read(page, "process_resident_memory_bytes") > 0
    assert await read(page, "process_cpu_seconds_total") > 0


async def test_calls_are_counted_by_method_and_code(page: str, channel) -> None:
    count = ("pm_rpc_server_duration_seconds_count",)
    login = {"method": "pm.core.v1.AuthService/Login"}
    before = await read(page, *count, **login, code="OK"), await read(page, *count, **login, code="INVALID_ARGUMENT")
    stub = auth_pb2_grpc.AuthServiceStub(channel)
    await stub.Login(auth_pb2.LoginRequest(username="a", password="b"))
    with pytest.raises(Exception, match="contract"):
        await stub.Login(auth_pb2.LoginRequest())
    after = await read(page, *count, **login, code="OK"), await read(page, *count, **login, code="INVALID_ARGUMENT")
    assert after == (before[0] + 1, before[1] + 1)


async def test_statements_and_pools_of_both_kinds(page: str, postgres_server: str) -> None:
    database = Database.connect(postgres_server, pool_size=3, name="trial")
    count = "pm_db_query_duration_seconds_count"
    counted = {name: await read(page, count, statement=name) for name in ("SELECT pg_class", "COMMIT")}
    async with database.transaction() as session:
        await session.execute(text("SELECT relname FROM pg_class LIMIT 1"))
        assert await read(page, "pm_db_pool_connections", pool="trial", state="used") == 1
    async with database.reading() as connection:
        await connection.fetch("SELECT relname FROM pg_class LIMIT 1")
        assert await read(page, "pm_db_pool_connections", pool="trial-reads", state="used") == 1
        with pytest.raises(asyncpg.UndefinedTableError):
            await connection.fetch("SELECT 1 FROM nothing_of_this_name")
    assert await read(page, count, statement="SELECT pg_class") == counted["SELECT pg_class"] + 2
    assert await read(page, count, statement="COMMIT") == counted["COMMIT"] + 1
    assert await read(page, count, statement="SELECT nothing_of_this_name") == 1
    assert await read(page, "pm_db_pool_connections", pool="trial", state="idle") == 1
    assert await read(page, "pm_db_pool_limit", pool="trial-reads") == 3
    assert await read(page, "pm_db_pool_wait_seconds_count", pool="trial") == 1
    assert await read(page, "pm_db_pool_wait_seconds_count", pool="trial-reads") == 1
    await database.close()


async def test_a_copy_is_a_statement_with_rows_and_bytes(page: str, postgres_server: str) -> None:
    database = Database.connect(postgres_server, pool_size=1)
    table, rows = f"copied_{'0a' * 16}", b'1,"a\nb"\n2,\n'
    async with database.reading() as connection:
        await connection.execute(f"CREATE TEMP TABLE {table} (no int, title text)")
        assert await statements.copy(connection, f"pg_temp.{table}", ("no", "title"), rows) == 2
        assert await connection.fetchval(f"SELECT title FROM {table} WHERE no = 1") == "a\nb"
        with pytest.raises(asyncpg.DataError):
            await statements.copy(connection, table, ("no", "title"), b"x,y\n")
    await database.close()
    assert await read(page, "pm_db_query_duration_seconds_count", statement="COPY pg_temp.copied") == 1
    assert await read(page, "pm_db_query_duration_seconds_count", statement="COPY copied") == 1
    assert await read(page, "pm_db_copy_rows_total", table="pg_temp.copied") == 2
    assert await read(page, "pm_db_copy_bytes_total", table="pg_temp.copied") == len(rows)
    assert await read(page, "pm_db_copy_rows_total", table="copied") == 0


async def test_what_is_asked_for_is_missing_while_nobody_answers(page: str) -> None:
    broken = False

    async def ask() -> Iterable[metrics.Sample]:
        if broken:
            raise ConnectionRefusedError("10.0.0.1 refused svc:secret")
        return [("trial_waiting", ("slow",), 2), ("trial_waiting", ("quick",), 3)]

    asked = metrics.Asked({"trial_waiting": ("Trial", ("lane",))}, ask)
    assert await read(page, "trial_waiting") == 5
    broken = True
    names = {sample.name for sample in await asyncio.to_thread(samples, page)}
    assert "trial_waiting" not in names
    assert "pm_build_info" in names
    await asked.close()


@pytest.mark.parametrize(
    ("statement", "name"),
    [
        (
            "SELECT p.id, (SELECT name FROM brands WHERE id = p.brand_id) AS brand\nFROM products p WHERE id = $1",
            "SELECT products",
        ),
        ("INSERT INTO change_log (a) VALUES ($1)", "INSERT change_log"),
        ("update only products set a = 1", "UPDATE products"),
        ("DELETE FROM staging.rows_0189aa5dac96774bbcceb302099a8057 r USING x", "DELETE staging.rows"),
        ("TRUNCATE outbox_7", "TRUNCATE outbox"),
        ("SELECT count(*) FROM (SELECT * FROM offers) o", "SELECT offers"),
        ("BEGIN;", "BEGIN"),
        ("SELECT 1", "SELECT"),
    ],
)
def test_a_statement_is_named_by_what_it_does_to_which_table(statement: str, name: str) -> None:
    assert statements.summary(statement) == name


def test_names_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statements, "_names", {"SELECT known"})
    monkeypatch.setattr(statements, "MAX_NAMES", 1)
    assert statements.summary("SELECT x FROM unheard_of") == "other"
    assert statements.summary("SELECT x FROM known") == "SELECT known"
    statements.summary.cache_clear()
