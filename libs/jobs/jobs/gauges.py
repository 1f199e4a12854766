"""What the page of metrics asks of queues: by the server, which is there also when no worker is."""

from collections.abc import Awaitable, Callable, Iterable, Mapping

from redis.exceptions import RedisError

from chassis import metrics
from chassis.db import Database
from jobs import claims
from jobs.kinds import AnyKind


def queue_gauges(database: Database, queues: Mapping[AnyKind, Callable[[], Awaitable[int]]]) -> metrics.Asked:
    """Of each kind of the service: jobs by state, those that wait for a worker, and the messages in the broker unless it is away.

    `queues` says how to ask for the messages (`jobs.waking.waiting_messages`).
    """

    async def ask() -> Iterable[metrics.Sample]:
        return [sample for kind, messages in queues.items() for sample in await _of_one(database, kind, messages)]

    return metrics.Asked(metrics.QUEUE, ask)


async def _of_one(database: Database, kind: AnyKind, messages: Callable[[], Awaitable[int]]) -> list[metrics.Sample]:
    queue = kind.queue
    async with database.transaction() as session:
        counts = dict((await session.execute(claims.counted(kind))).tuples().all())
        due, oldest = (await session.execute(claims.waiting(kind))).one()
    found: list[metrics.Sample] = [("pm_jobs", (queue, state), counts.get(state, 0)) for state in kind.model.states.unended]
    found += [("pm_queue_due_jobs", (queue,), due), ("pm_queue_oldest_due_seconds", (queue,), float(oldest or 0))]
    try:
        found.append(("pm_queue_messages", (queue,), await messages()))
    except (OSError, RedisError):
        return found
    return found
