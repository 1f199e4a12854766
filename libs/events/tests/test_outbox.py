import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from functools import partial

import asyncpg
import pytest

from chassis.client import DecodeErrors
from chassis.db import Database
from chassis.errors import ServiceError
from chassis.testing import serving
from events import outbox
from events.outbox import EventServicer, Fact, clear_tomorrow, emit, emit_all_on, emit_on
from pm.common.v1 import events_pb2 as pb
from pm.common.v1 import events_pb2_grpc
from pm.common.v1.money_pb2 import Money

PATIENCE_SECONDS = 30
WRITERS, FACTS = 4, 25


@pytest.fixture
async def url(postgres_server: str) -> AsyncIterator[str]:
    """A database with an outbox and nothing else."""
    server = postgres_server.rsplit("/", 1)[0]
    admin = await asyncpg.connect(postgres_server)
    await admin.execute("CREATE DATABASE test_outbox")
    connection = await asyncpg.connect(f"{server}/test_outbox")
    for statement in outbox.CREATE:
        await connection.execute(statement)
    await connection.close()
    yield f"{server}/test_outbox"
    await admin.execute("DROP DATABASE test_outbox WITH (FORCE)")
    await admin.close()


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    database = Database.connect(url, pool_size=2)
    yield database
    await database.close()


@pytest.fixture
async def connections(url: str) -> AsyncIterator[tuple[asyncpg.Connection, asyncpg.Connection]]:
    one, other = await asyncpg.connect(url), await asyncpg.connect(url)
    yield one, other
    await one.close()
    await other.close()


class Events:
    """What a service tells, as another one sees it."""

    def __init__(self, stub: events_pb2_grpc.EventServiceStub, metadata: tuple[tuple[str, str], ...]) -> None:
        self._stub = stub
        self._metadata = metadata

    async def list(self, **fields: object) -> pb.ListEventsResponse:
        return await self._stub.ListEvents(pb.ListEventsRequest(**fields), metadata=self._metadata)

    async def backlog(self, **fields: object) -> pb.Backlog:
        return await self._stub.GetBacklog(pb.GetBacklogRequest(**fields), metadata=self._metadata)

    async def told(self, **fields: object) -> pb.ListEventsResponse:
        """A page that is not empty: transactions of the server's own may hold events back for a moment."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                answer = await self.list(**fields)
                if answer.events:
                    return answer
                await asyncio.sleep(0.01)


@pytest.fixture
async def events(database: Database, keys_dir, as_service) -> AsyncIterator[Events]:
    add = partial(events_pb2_grpc.add_EventServiceServicer_to_server, EventServicer(database))
    async with serving("catalog-svc", keys_dir, [add], DecodeErrors()) as channel:
        yield Events(events_pb2_grpc.EventServiceStub(channel), as_service("exports-svc", "catalog-svc"))


def fact(amount: str) -> Fact:
    return Fact(f"key of {amount}", Money(amount=amount, currency="EUR"))


def amounts(answer: pb.ListEventsResponse) -> list[str]:
    found = []
    for event in answer.events:
        money = Money()
        assert event.fact.Unpack(money)
        assert event.key == f"key of {money.amount}"
        found.append(money.amount)
    return found


async def test_facts_are_told_page_by_page(connections, events):
    one, _ = connections
    await emit_all_on(one, [])
    await emit_all_on(one, [fact(amount) for amount in "312"])
    first = await events.told(limit=2)
    rest = await events.told(after=first.cursor)
    none = await events.list(after=rest.cursor)
    assert (amounts(first), amounts(rest), amounts(none)) == (["3", "1"], ["2"], [])
    assert none.cursor == rest.cursor
    assert first.events[0].time.seconds > 0


async def test_what_is_rolled_back_was_never_told(database, connections, events):
    with pytest.raises(ZeroDivisionError):
        async with database.transaction() as session:
            await emit(session, fact("1"))
            raise ZeroDivisionError
    async with database.transaction() as session:
        await emit(session, fact("2"))
    assert amounts(await events.told()) == ["2"]


async def test_a_late_commit_is_not_passed_by(connections, events):
    early, late = connections
    slow = early.transaction()
    await slow.start()
    await emit_on(early, fact("1"))
    await emit_on(late, fact("2"))
    # "2" is committed, but whoever took it now would go on behind "1" and never see it.
    waiting = await events.list()
    assert (amounts(waiting), waiting.cursor) == ([], "")
    await slow.commit()
    assert amounts(await events.told(after=waiting.cursor)) == ["1", "2"]


async def test_transactions_come_in_the_order_of_their_numbers(connections, events):
    one, _ = connections
    for amount in "12":
        await emit_on(one, fact(amount))
    # The next digit of transaction ids.
    await one.execute("UPDATE outbox SET txid = CASE key WHEN 'key of 1' THEN '9' ELSE '10' END::xid8")
    first = await events.told(limit=1)
    assert amounts(first) == ["1"]
    assert amounts(await events.told(after=first.cursor)) == ["2"]


async def test_a_backlog_counts_what_is_held_back_as_well(connections, events):
    one, other = connections
    await emit_on(one, fact("1"))
    first = await events.told()
    slow = one.transaction()
    await slow.start()
    await emit_on(one, fact("2"))
    await emit_on(other, fact("3"))
    held_back = await events.backlog(after=first.cursor)
    assert (held_back.count, held_back.capped, held_back.HasField("oldest_time")) == (1, False, True)
    await slow.commit()
    behind = await events.backlog(after=first.cursor)
    assert (behind.cursor, behind.count) == (first.cursor, 2)
    none = await events.backlog(after=(await events.told(after=first.cursor)).cursor)
    assert (none.count, none.HasField("oldest_time")) == (0, False)


async def test_a_time_has_a_cursor_from_which_everything_since_is_shown(connections, events):
    one, _ = connections
    for amount in "123":
        await emit_on(one, fact(amount))
    await one.execute("UPDATE outbox SET create_time = '2026-03-01'::timestamptz + right(key, 1)::int * interval '1 day'")
    since = await events.backlog(since=datetime(2026, 3, 3, tzinfo=UTC))
    assert since.count == 2
    assert amounts(await events.told(after=since.cursor)) == ["2", "3"]
    # Behind the last one nothing is shown, and nothing that comes is missed.
    after = await events.backlog(since=datetime(2026, 3, 5, tzinfo=UTC))
    assert (await events.list(after=after.cursor)).cursor == after.cursor
    assert after.count == 0


async def test_nothing_is_skipped_or_repeated_while_many_write(url, events):
    async def write(writer: int) -> None:
        connection = await asyncpg.connect(url)
        for number in range(FACTS):
            async with connection.transaction():
                await emit_on(connection, fact(f"{writer}{number:02}"))
                # Lets the others begin and commit in between.
                await asyncio.sleep(0)
        await connection.close()

    writing = asyncio.gather(*(write(writer) for writer in range(1, WRITERS + 1)))
    seen: list[str] = []
    cursor = ""
    while len(seen) < WRITERS * FACTS:
        answer = await events.told(after=cursor, limit=3)
        seen += amounts(answer)
        cursor = answer.cursor
    await writing
    assert (await events.list(after=cursor)).cursor == cursor
    assert sorted(seen) == [f"{writer}{number:02}" for writer in range(1, WRITERS + 1) for number in range(FACTS)]


async def test_what_was_told_a_week_ago_is_forgotten_aloud(database, connections, events):
    one, _ = connections
    await emit_on(one, fact("1"))
    old = await events.told()
    await emit_on(one, fact("2"))
    # Tomorrow's partition holds what was written eight days ago.
    await one.execute("UPDATE outbox SET slot = (slot + 1) % 9, create_time = create_time - interval '8 days'")
    await emit_on(one, fact("3"))
    await clear_tomorrow(database)
    await clear_tomorrow(database)
    with pytest.raises(ServiceError) as lost:
        await events.list(after=old.cursor)
    assert lost.value.reason == "EVENTS_LOST"
    anew = await events.told()
    assert amounts(anew) == ["3"]
    assert amounts(await events.list(after=anew.cursor)) == []


async def test_what_is_written_just_after_midnight_is_kept_by_who_looked_just_before(database, connections, events):
    one, other = connections
    await emit_on(one, fact("0"))
    await one.execute("UPDATE outbox SET slot = (slot + 1) % 9, create_time = create_time - interval '8 days'")
    # It has chosen the slot of tomorrow, and waits for this transaction, in which tomorrow has come.
    midnight = one.transaction()
    await midnight.start()
    await emit_on(one, fact("1"))
    await one.execute("UPDATE outbox SET slot = (slot + 1) % 9 WHERE create_time = now()")
    clearing = asyncio.create_task(clear_tomorrow(database))
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await other.fetchval("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)"):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    await midnight.commit()
    await clearing
    assert amounts(await events.told()) == ["0", "1"]


@pytest.mark.parametrize("cursor", ["x", "1", "1.2.3", "-1.2"])
async def test_malformed_cursors(events, cursor):
    with pytest.raises(ServiceError) as refused:
        await events.list(after=cursor)
    assert refused.value.reason == "INVALID_MESSAGE"
