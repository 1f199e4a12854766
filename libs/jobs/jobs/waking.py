"""Work in the background: Celery wakes it, a thread with an event loop of its own does it.

The job table is the truth, so a message carries nothing: the wake task sets an event and returns. A worker with the solo pool
therefore answers control pings while it works, and no message is held for the length of a job, so Redis has nothing to deliver
again. The same thread also looks by itself every few seconds. Beat cannot be that second look, because its own messages go
through Redis: looking in the process is what makes a dead Redis mean late instead of stuck.
"""

import asyncio
import gc
import os
import signal
import threading
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, suppress
from typing import Any

import structlog
import uvloop
from celery import Celery, bootsteps, schedules, signals
from kombu.exceptions import OperationalError
from redis.asyncio import Redis
from redis.exceptions import RedisError

from chassis import logs, metrics, tracing
from chassis.errors import Unavailable
from chassis.health import Probe
from chassis.settings import WorkerSettings

log = structlog.get_logger(__name__)

LOOK_SECONDS = 5.0
# A task that computes is given this long to come to an end when the worker stops.
STOP_SECONDS = 20.0
PING_SECONDS = 1.0
# A Redis that takes a connection and then says nothing is given up after this.
REDIS_SECONDS = 2.0

# Does one piece of work; False when there is none.
Work = Callable[[], Awaitable[bool]]
# Opens, inside the worker's loop, what the work needs, and closes it.
Workplace = Callable[[], AbstractAsyncContextManager[Work]]


class NoWorker(Unavailable):
    def __init__(self, queue: str) -> None:
        super().__init__(f"No worker of the queue {queue} answers: see whether its process runs.", queue=queue)


def celery_app(queue: str, broker_url: str) -> Celery:
    """A Celery application of one queue. Results are rows, never messages: there is no result backend."""
    app = Celery(queue, broker=broker_url, set_as_current=False)
    app.conf.update(
        task_default_queue=queue,
        task_serializer="json",
        accept_content=["json"],
        task_ignore_result=True,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        # Whoever publishes must not wait for a dead Redis; the worker retries on its own terms (above).
        broker_transport_options={
            "visibility_timeout": 3600,
            "socket_connect_timeout": REDIS_SECONDS,
            # Longer than the second for which a worker's own BRPOP waits.
            "socket_timeout": 2 * REDIS_SECONDS,
            "max_retries": 0,
        },
    )
    return app


class Background:
    """Does one workplace's work in a thread until stopped, in several lanes when its work may be called again while it works."""

    def __init__(self, queue: str, workplace: Workplace, lanes: int = 1) -> None:
        self._queue = queue
        self._workplace = workplace
        self._woken = [asyncio.Event() for _ in range(lanes)]
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._thread = threading.Thread(target=self._run, name="background", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        """Look at once; from any thread."""
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop closed meanwhile
                for woken in self._woken:
                    self._loop.call_soon_threadsafe(woken.set)

    def stop(self) -> None:
        """Cancel what runs and wait until it has let go."""
        if self._loop is not None and self._task is not None:
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._task.cancel)
        if self._thread.is_alive():
            self._thread.join(STOP_SECONDS)

    def _run(self) -> None:
        try:
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner, suppress(asyncio.CancelledError):
                runner.run(self._look())
        except Exception:
            log.exception("the worker cannot work")
            # A worker that only looks alive is worse than none: its supervisor starts it again.
            os.kill(os.getpid(), signal.SIGTERM)

    async def _look(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.current_task()
        async with self._workplace() as work, asyncio.TaskGroup() as lanes:
            for woken in self._woken:
                lanes.create_task(_lane(self._queue, work, woken))


async def _lane(queue: str, work: Work, woken: asyncio.Event) -> None:
    looked, done, failed = (
        metrics.WORKER_LOOK.labels(queue),
        metrics.WORK.labels(queue, "done"),
        metrics.WORK.labels(queue, "failed"),
    )
    while True:
        woken.clear()
        looked.set_to_current_time()
        try:
            while await work():
                done.inc()
                looked.set_to_current_time()
        except Exception:  # such as a database that restarts: look again
            failed.inc()
            log.exception("work failed")
        with suppress(TimeoutError):
            await asyncio.wait_for(woken.wait(), LOOK_SECONDS)


def worker_app(
    queue: str,
    settings: WorkerSettings,
    workplace: Workplace,
    lanes: int = 1,
    periodic: Mapping[str, float | schedules.BaseSchedule] | None = None,
) -> Celery:
    """The application of a worker process, for `celery -A <module> worker --pool solo`; scale by processes, not by pool size.

    `periodic` are tasks for beat by their names, with seconds or a crontab: each does nothing but wake the worker, which finds
    in its rows what is due, so that a second beat makes it look twice and do nothing twice (docs/adr/0045).
    """
    name = f"{queue}-worker"
    app = celery_app(queue, settings.broker_url)
    background = Background(queue, workplace, lanes)

    class BackgroundStep(bootsteps.StartStopStep):  # type: ignore[misc]  # Celery is not typed
        """Starts behind beat, which forks: a fork must not copy a running thread."""

        requires = ("celery.worker.components:Beat",)

        def start(self, parent: Any) -> None:
            tracing.start(name)
            metrics.serve(name, settings.metrics_bind)
            background.start()

        def stop(self, parent: Any) -> None:
            background.stop()
            # What is left ends with the process: its last collection would walk all of it, for half a second of CPU.
            gc.freeze()

        terminate = stop

    app.steps["worker"].add(BackgroundStep)

    def wake(task: Any) -> None:
        with tracing.entered(task.request.get(tracing.TRACEPARENT) or ""), tracing.span(f"{task.name} process", "CONSUMER"):
            background.wake()

    for task in (_wake_task(queue), *(periodic or {})):
        app.task(wake, bind=True, name=task)
    app.conf.beat_schedule = {task: {"task": task, "schedule": when} for task, when in (periodic or {}).items()}
    signals.setup_logging.connect(lambda **_: logs.configure(settings.log_level, name, settings.log_format), weak=False)
    return app


class Waker:
    """Tells the workers of a queue that there is work. It never fails and never waits: at worst they see it a little later."""

    def __init__(self, app: Celery) -> None:
        self._app = app
        self._sending: asyncio.Task[None] | None = None

    def wake(self) -> asyncio.Task[None]:
        """Call it after the transaction that made the work has committed; the task need not be awaited.

        One message at a time is on its way: workers woken late find all there is.
        """
        if self._sending is None or self._sending.done():
            self._sending = asyncio.create_task(asyncio.to_thread(self._send))
        return self._sending

    def _send(self) -> None:
        name = _wake_task(self._app.main)
        try:
            with tracing.span(f"{name} publish", "PRODUCER"):
                self._app.send_task(name, headers=dict(tracing.carrier()), retry=False)
        except (OSError, RedisError, OperationalError) as error:
            log.warning("workers not woken", queue=self._app.main, error=type(error).__name__)


def waiting_messages(app: Celery) -> Callable[[], Awaitable[int]]:
    """Asks the broker how many messages of the queue no worker has taken."""
    client = Redis.from_url(app.conf.broker_url, socket_timeout=REDIS_SECONDS, socket_connect_timeout=REDIS_SECONDS)

    async def ask() -> int:
        return int(await client.llen(app.main))

    return ask


def worker_probe(app: Celery) -> Probe:
    """Raises NoWorker unless a worker of the queue answers a control ping."""

    def ping() -> list[Any]:
        # A connection of its own: one that is kept would fail once after each restart of the broker.
        with app.connection_for_write() as connection:
            found: list[Any] = app.control.ping(timeout=PING_SECONDS, connection=connection)
        return found

    async def probe() -> None:
        if not await asyncio.to_thread(ping):
            raise NoWorker(app.main)

    return probe


def _wake_task(queue: str) -> str:
    return f"{queue}.wake"
