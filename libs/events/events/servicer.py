"""What people see of a service's consumers, and do to them."""

import asyncio

import asyncpg

from chassis import auth
from chassis.errors import NotFound
from chassis.times import moment_of, timestamp
from events.following import AWAY, Follower, Following
from pm.common.v1 import events_pb2 as pb
from pm.common.v1 import events_pb2_grpc


class ConsumerNotFound(NotFound):
    def __init__(self, name: str) -> None:
        super().__init__(f"This service has no consumer {name}.", name=name)


class ConsumerServicer(events_pb2_grpc.ConsumerServiceServicer):
    """Shows how far a service's consumers are, sets them back, and lets them pass an event by."""

    def __init__(self, following: Following) -> None:
        self._following = following

    async def ListConsumers(self, request: pb.ListConsumersRequest, context: object) -> pb.ListConsumersResponse:
        followers = self._following.followers.values()
        return pb.ListConsumersResponse(consumers=await asyncio.gather(*map(self._shown, followers)))

    async def ReplayConsumer(self, request: pb.ReplayConsumerRequest, context: object) -> pb.Consumer:
        follower = self._follower(request.name)
        await follower.replay(moment_of(request.time, "time"), skip=request.skip)
        return await self._shown(follower)

    async def SkipEvent(self, request: pb.SkipEventRequest, context: object) -> pb.Consumer:
        follower = self._follower(request.name)
        await follower.skip(request.key, by=auth.current().subject)
        return await self._shown(follower)

    async def ListSkippedEvents(self, request: pb.ListSkippedEventsRequest, context: object) -> pb.ListSkippedEventsResponse:
        rows = await self._follower(request.name).list_skipped()
        return pb.ListSkippedEventsResponse(events=map(_skipped, rows), total=rows[0]["total"] if rows else 0)

    def _follower(self, name: str) -> Follower:
        follower = self._following.followers.get(name)
        if follower is None:
            raise ConsumerNotFound(name)
        return follower

    async def _shown(self, follower: Follower) -> pb.Consumer:
        position = await follower.position()
        shown = pb.Consumer(
            name=follower.consumer.name,
            service=self._following.service,
            producer=follower.consumer.producer,
            state=pb.Consumer.STATE_STOPPED if position.error else pb.Consumer.STATE_FOLLOWING,
            error=position.error,
            failures=position.failures,
            retry_time=timestamp(position.retry_time) if position.retry_time else None,
            event_time=timestamp(position.event_time) if position.event_time else None,
            skipped=await follower.skipped(),
        )
        try:
            lag = await follower.backlog(position)
        except AWAY as error:
            if not position.error:
                shown.state, shown.error = pb.Consumer.STATE_WAITING, error.message
            return shown
        shown.lag_rows, shown.lag_capped, shown.lag_seconds = lag.rows, lag.capped, lag.seconds
        return shown


def _skipped(row: asyncpg.Record) -> pb.SkippedEvent:
    return pb.SkippedEvent(
        key=row["key"],
        type=row["type"],
        event_time=timestamp(row["event_time"]),
        error=row["error"],
        skip_time=timestamp(row["skip_time"]),
        skipped_by=row["skipped_by"],
        apply_time=timestamp(row["apply_time"]) if row["apply_time"] else None,
    )
