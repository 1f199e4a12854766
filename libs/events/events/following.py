"""Running a service's consumers: inside its serving process, in each of its replicas (docs/adr/0023)."""

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import asyncpg
import structlog

from chassis import metrics
from chassis.auth import Signer
from chassis.client import open_channel
from chassis.db import Database, driver_connection
from chassis.errors import DeadlineExceeded, FailedPrecondition, ServiceError, Unavailable
from chassis.times import now, timestamp
from events import nudges
from events.consumers import Consumer, Event, Position, PositionRepository, is_behind, order
from events.looks import Looks
from events.outbox import TYPE_URL
from events.skipped import SkippedRepository
from pm.common.v1 import events_pb2 as pb
from pm.common.v1 import events_pb2_grpc

log = structlog.get_logger(__name__)

PAGE_EVENTS = 1_000
# Between two counts of what is behind a cursor.
LAG_SECONDS = 10.0
LONGEST_RETRY_SECONDS = 60
LONGEST_ERROR = 500
EVENTS_LOST = "EVENTS_LOST"
AWAY = (Unavailable, DeadlineExceeded)


class ReplayWouldSkip(FailedPrecondition):
    """A replay is to begin behind events that are still to be applied."""

    def __init__(self, name: str, since: datetime) -> None:
        super().__init__(
            f"{name} has still to apply what happened before {since.isoformat()}: choose an earlier time, or pass it by (skip).",
            name=name,
        )


class ConsumerNotStopped(FailedPrecondition):
    """An event is to be skipped where none is at fault."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name} is not stopped at an event, so there is none to skip: look at its state again.",
            name=name,
        )


class EventNotAtFault(FailedPrecondition):
    """An event is to be skipped, and the consumer is stopped at another one."""

    def __init__(self, name: str, key: str) -> None:
        super().__init__(
            f"{name} is not, or no longer, stopped at this event of {key}: look at its error again, and skip what that names.",
            name=name,
            key=key,
        )


@dataclass(frozen=True)
class Lag:
    """What one consumer has still to apply, as it was counted last: the metrics of event lag read it."""

    rows: int
    # `rows` is only the least it can be.
    capped: bool
    # When the oldest of them happened; None when there is none.
    oldest: datetime | None
    stopped: bool

    @property
    def seconds(self) -> float:
        """How long ago the oldest event happened that is still to be applied."""
        return max((now() - self.oldest).total_seconds(), 0.0) if self.oldest else 0.0


class Follower:
    """Pulls the events of one producer for one consumer, page by page.

    A page that fails is tried again from its first event alone, so that what is sound before a faulty event is applied and the
    error names the one that is at fault.
    """

    def __init__(self, consumer: Consumer, database: Database, events: "events_pb2_grpc.EventServiceAsyncStub") -> None:
        self.consumer = consumer
        self.lag: Lag | None = None
        self._database = database
        self._events = events
        self._facts = {TYPE_URL + fact.DESCRIPTOR.full_name: fact for fact in consumer.facts}
        self._limit = PAGE_EVENTS
        self.looks = Looks()
        self._lag_due = 0.0
        self._trouble = ""

    async def run(self) -> None:
        """Follow until cancelled; whatever goes wrong is tried again."""
        while True:
            self.looks.begin()
            try:
                await self._measure()
                while await self._turn():
                    self.looks.stay_awake()
                    await self._measure()
                self._trouble = ""
            except Exception as error:  # the producer, or the own database, is away
                self.looks.stay_awake()
                self._tell(error)
            await self.looks.wait()

    async def position(self) -> Position:
        async with self._database.reading() as connection:
            return await PositionRepository(connection, self.consumer.name).read()

    async def skipped(self) -> int:
        """How many events were skipped and not applied since."""
        async with self._database.reading() as connection:
            return await SkippedRepository(connection, self.consumer.name).count()

    async def list_skipped(self) -> Sequence[asyncpg.Record]:
        """The newest skipped events. See SkippedRepository.list."""
        async with self._database.reading() as connection:
            return await SkippedRepository(connection, self.consumer.name).list()

    async def backlog(self, position: Position) -> Lag:
        """What is behind a position now; raises what the producer raises."""
        found = await self._events.GetBacklog(pb.GetBacklogRequest(after=position.cursor))
        oldest = found.oldest_time.ToDatetime(UTC) if found.HasField("oldest_time") else None
        return Lag(found.count, found.capped, oldest, stopped=bool(position.error))

    async def _turn(self) -> bool:
        """Apply the next events; False when there are none for now."""
        position = await self.position()
        if position.resting:
            self.looks.stay_awake()
            return False
        try:
            page = await self._events.ListEvents(pb.ListEventsRequest(after=position.cursor, limit=self._limit))
        except FailedPrecondition as error:
            if error.reason != EVENTS_LOST:
                raise
            await self._fail(position, error.message)
            return False
        if not page.events:
            self._limit = PAGE_EVENTS
            return False
        try:
            return await self._apply(position, page)
        except Exception as error:  # whatever it is, nothing is passed by
            if self._limit == 1:
                log.warning("event not applied", consumer=self.consumer.name, key=page.events[0].key, exc_info=error)
                await self._fail(position, _told(page.events[0], error))
                return False
            self._limit = 1
            return True

    async def _apply(self, position: Position, page: pb.ListEventsResponse) -> bool:
        """Apply a page and move the cursor in one transaction; False when another replica did."""
        last = page.events[-1].time.ToDatetime(UTC)
        async with self._database.transaction() as session:
            connection = await driver_connection(session)
            if not await PositionRepository(connection, self.consumer.name).advance(position, page.cursor, last):
                return False
            if events := list(self._wanted(position, page)):
                await self.consumer.apply(session, events)
                if position.replay_end:
                    await SkippedRepository(connection, self.consumer.name).applied(events)
        self._limit = min(self._limit * 4, PAGE_EVENTS)
        return True

    def _wanted(self, position: Position, page: pb.ListEventsResponse) -> Iterable[Event]:
        since = position.replay_since if is_behind(position.cursor, position.replay_end) else None
        for event in page.events:
            kind = self._facts.get(event.fact.type_url)
            moment = event.time.ToDatetime(UTC)
            if kind is not None and (since is None or moment >= since):
                yield Event(event.key, kind.FromString(event.fact.value), moment)

    async def _fail(self, position: Position, error: str) -> None:
        delay = min(2**position.failures, LONGEST_RETRY_SECONDS)
        async with self._database.writing() as connection:
            await PositionRepository(connection, self.consumer.name).fail(position, error[:LONGEST_ERROR], delay)
        self._lag_due = 0.0

    async def _measure(self) -> None:
        if time.monotonic() >= self._lag_due:
            self.lag = await self.backlog(await self.position())
            metrics.EVENT_LAG_ROWS.labels(self.consumer.name).set(self.lag.rows)
            metrics.EVENT_LAG_SECONDS.labels(self.consumer.name).set(self.lag.seconds)
            metrics.CONSUMER_RUNNING.labels(self.consumer.name).set(not self.lag.stopped)
            self._lag_due = time.monotonic() + LAG_SECONDS

    def _tell(self, error: Exception) -> None:
        """Log a trouble when it begins; it is tried again each second."""
        trouble = type(error).__name__
        if trouble != self._trouble:
            log.warning("consumer waits", consumer=self.consumer.name, exc_info=None if isinstance(error, AWAY) else error)
        self._trouble = trouble

    async def replay(self, moment: datetime, *, skip: bool) -> None:
        """Forget the effect of what was told since `moment` and apply it again. Raises EventsLost, ReplayWouldSkip."""
        since = self.consumer.replay_start(moment)
        # Asked before the transaction: its cursor holds whatever is told meanwhile.
        begin = (await self._events.GetBacklog(pb.GetBacklogRequest(since=timestamp(since)))).cursor
        await self.position()
        async with self._database.transaction() as session:
            positions = PositionRepository(await driver_connection(session), self.consumer.name)
            at = await positions.lock()
            # What a replay that still runs has forgotten must be applied by this one.
            forgotten = at.replay_since is not None and at.replay_since < since
            if (is_behind(at.cursor, begin) or forgotten) and not skip:
                raise ReplayWouldSkip(self.consumer.name, since)
            await self.consumer.forget(session, since)
            await positions.rewind(begin, since, max(at.cursor, at.replay_end, key=order))
        self.looks.wake()

    async def skip(self, key: str, by: str) -> None:
        """Pass by the one event of `key` at which this consumer is stopped, and keep it with `by`, who wants that.

        A replay over its time tries to apply it again. Raises ConsumerNotStopped, EventNotAtFault, EventsLost.
        """
        # Asked before the transaction, in which no other service is called.
        seen = await self.position()
        page = await self._events.ListEvents(pb.ListEventsRequest(after=seen.cursor, limit=1))
        async with self._database.writing() as connection:
            positions = PositionRepository(connection, self.consumer.name)
            at = await positions.lock()
            if not at.error:
                raise ConsumerNotStopped(self.consumer.name)
            if at.cursor != seen.cursor or [event.key for event in page.events] != [key]:
                raise EventNotAtFault(self.consumer.name, key)
            await SkippedRepository(connection, self.consumer.name).add(page.cursor, page.events[0], at.error, by)
            await positions.advance(at, page.cursor, at.event_time)
        log.warning("event skipped", consumer=self.consumer.name, key=key, by=by, error=at.error)
        self.looks.wake()


class Following:
    """Everything one service follows; `addresses` are the producers' by name."""

    def __init__(
        self,
        signer: Signer,
        database: Database,
        redis_url: str,
        addresses: Mapping[str, str],
        consumers: Iterable[Consumer],
    ) -> None:
        self.service = signer.service
        self._redis_url = redis_url
        self._channels = {name: open_channel(address, signer, name) for name, address in addresses.items()}
        stubs = {name: events_pb2_grpc.EventServiceStub(channel) for name, channel in self._channels.items()}
        self.followers = {each.name: Follower(each, database, stubs[each.producer]) for each in consumers}
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        runs = [follower.run() for follower in self.followers.values()]
        listening = nudges.listen(self._redis_url, self._channels, self._nudged, self._hear)
        self._tasks = [asyncio.create_task(run) for run in [*runs, listening]]

    async def stop(self) -> None:
        """Cancel what runs: a page is applied as a whole or not at all."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for channel in self._channels.values():
            await channel.close()

    def lags(self) -> dict[str, Lag]:
        """What each consumer has still to apply, by its name, for metrics; one that never reached its producer is not in it."""
        return {name: follower.lag for name, follower in self.followers.items() if follower.lag is not None}

    def _nudged(self, producer: str) -> None:
        for follower in self.followers.values():
            if follower.consumer.producer == producer:
                follower.looks.wake()

    def _hear(self, heard: bool) -> None:
        for follower in self.followers.values():
            follower.looks.heard = heard
            # What was told before is found now.
            follower.looks.wake()


def _told(event: pb.Event, error: Exception) -> str:
    """Which event can't be applied and why: the first line, because a driver's others show values of rows."""
    why = error.message if isinstance(error, ServiceError) else (str(error).splitlines() or [""])[0]
    return f"{event.fact.type_url.removeprefix(TYPE_URL)} {event.key}: {type(error).__name__}: {why}"
