"""What the page of metrics asks of the queue: by the server, which is there also when no worker is."""

from collections.abc import Awaitable, Callable, Iterable

from redis.exceptions import RedisError

from chassis import metrics
from chassis.db import Database
from imports_svc.jobs.models import FINAL, STATES
from imports_svc.jobs.repository import JobRepository
from imports_svc.settings import QUEUE


def queue_gauges(database: Database, messages: Callable[[], Awaitable[int]]) -> metrics.Asked:
    """Jobs by state, those that wait for a worker, and the messages in the broker unless it is away."""

    async def ask() -> Iterable[metrics.Sample]:
        async with database.transaction() as session:
            jobs = JobRepository(session)
            counts, (due, oldest) = dict(await jobs.open()), await jobs.due()
        unended = [state for state in STATES if state not in FINAL]
        found: list[metrics.Sample] = [("pm_jobs", (QUEUE, state), counts.get(state, 0)) for state in unended]
        found += [("pm_queue_due_jobs", (QUEUE,), due), ("pm_queue_oldest_due_seconds", (QUEUE,), oldest)]
        try:
            found.append(("pm_queue_messages", (QUEUE,), await messages()))
        except (OSError, RedisError):
            return found
        return found

    return metrics.Asked(metrics.QUEUE, ask)
