"""What a process counts and times, and the page from which Prometheus reads it.

Every metric of ours is declared here, so that names, labels and buckets exist once; deploy/prometheus and deploy/grafana are
checked against the pages of running processes. Labels take few values: routes, methods and states, never ids.
"""

import asyncio
import platform
import shutil
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import TypeAlias

import structlog
from prometheus_client import REGISTRY, Counter, Gauge, Histogram, start_http_server
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

log = structlog.get_logger(__name__)

# Seconds. A read takes 3 ms and an apply of 20,000 rows one second.
_CALLS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60)
_QUERIES = (0.0002, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.25, 1, 5, 30)
_STEPS = (0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600)
# How long a page waits for what has to be asked for.
ASK_SECONDS = 3.0

HTTP = Histogram("pm_http_request_duration_seconds", "Requests by route", ["method", "route", "status"], buckets=_CALLS)
HTTP_RUNNING = Gauge("pm_http_requests_in_progress", "Requests that are not answered yet, streams included")
RPC_SERVER = Histogram("pm_rpc_server_duration_seconds", "Calls answered", ["method", "code"], buckets=_CALLS)
RPC_CLIENT = Histogram("pm_rpc_client_duration_seconds", "Calls made", ["method", "code"], buckets=_CALLS)
CIRCUIT_OPEN = Gauge("pm_circuit_open", "1 while calls to this service are refused because it did not answer", ["service"])
QUERY = Histogram("pm_db_query_duration_seconds", "Statements by kind and table", ["statement"], buckets=_QUERIES)
COPY_ROWS = Counter("pm_db_copy_rows", "Rows that COPY brought into a table", ["table"])
COPY_BYTES = Counter("pm_db_copy_bytes", "Bytes of CSV that COPY brought into a table", ["table"])
POOL_CONNECTIONS = Gauge("pm_db_pool_connections", "Connections of a pool by state (used, idle)", ["pool", "state"])
POOL_LIMIT = Gauge("pm_db_pool_limit", "Connections that a pool may open", ["pool"])
POOL_WAIT = Histogram("pm_db_pool_wait_seconds", "Waits for a connection", ["pool"], buckets=_QUERIES)
CACHE = Counter("pm_cache_requests", "Look-ups by outcome (hit, shared, joined, waited, miss, bypass)", ["cache", "outcome"])
CACHE_BYTES = Gauge("pm_cache_bytes", "What a process holds ready", ["cache"])
CACHE_HEARING = Gauge("pm_cache_hearing", "1 while changes are heard; without, the cache is read past", ["cache"])
CACHE_DELAY = Histogram("pm_cache_delay_seconds", "From a commit until its caches' word arrived here", buckets=_QUERIES)
CACHE_OWED = Gauge("pm_cache_owed_changes", "Changes that could not be announced yet")
WORK = Counter("pm_worker_work", "Pieces of work by outcome (done, failed)", ["queue", "outcome"])
WORKER_LOOK = Gauge("pm_worker_last_look_timestamp_seconds", "When a worker last looked for work", ["queue"])
STEP = Histogram("pm_job_step_duration_seconds", "Steps of jobs by what they did", ["queue", "step"], buckets=_STEPS)
JOBS_ENDED = Counter("pm_jobs_ended", "Jobs by the state in which they ended", ["queue", "state"])
ROWS = Counter("pm_job_rows", "Rows of ended jobs by outcome", ["queue", "outcome"])
FETCH = Histogram("pm_fetch_duration_seconds", "Fetches from addresses that users set by outcome", ["outcome"], buckets=_STEPS)
CHILD_CPU = Counter("pm_child_cpu_seconds", "CPU of the processes that this one has started, by what they do", ["child"])
CHILD_PEAK = Gauge("pm_child_peak_memory_bytes", "The most that the one of them which answered last has ever held", ["child"])
EVENT_LAG_SECONDS = Gauge("pm_event_lag_seconds", "Age of the oldest event that a consumer has not taken", ["consumer"])
EVENT_LAG_ROWS = Gauge("pm_event_lag_rows", "Events that a consumer has not taken", ["consumer"])
CONSUMER_RUNNING = Gauge("pm_event_consumer_running", "0 when a consumer has stopped at an event", ["consumer"])
DISK_FREE = Gauge("pm_disk_free_bytes", "Free on the file system of a directory that is written", ["directory"])
DISK_SIZE = Gauge("pm_disk_size_bytes", "Size of the file system of a directory that is written", ["directory"])
BUILD = Gauge("pm_build_info", "What runs here", ["service", "version", "python"])

# What a queue is asked for when the page is read, by name: meaning and labels.
QUEUE = {
    "pm_jobs": ("Jobs that have not ended by state", ("queue", "state")),
    "pm_queue_due_jobs": ("Jobs that are due and that nobody works at", ("queue",)),
    "pm_queue_oldest_due_seconds": ("How long the oldest of them has been due", ("queue",)),
    "pm_queue_messages": ("Messages that no worker has taken from the broker", ("queue",)),
}

# A metric's name, its labels and its value.
Sample: TypeAlias = tuple[str, tuple[str, ...], float]
Ask: TypeAlias = Callable[[], Awaitable[Iterable[Sample]]]


@lru_cache(maxsize=4096)
def timed(histogram: Histogram, *labels: str) -> Callable[[float], None]:
    """Where to note seconds under these labels; finding that out costs more than noting them."""
    observe: Callable[[float], None] = histogram.labels(*labels).observe
    return observe


class Asked(Collector):
    """Gauges whose values are asked for when the page is read, such as the jobs that wait in a table.

    `families` holds meaning and labels by name, `ask` runs in the loop of whoever makes this. When it fails or takes too long
    the gauges are missing from the page, which alerts see.
    """

    def __init__(self, families: Mapping[str, tuple[str, tuple[str, ...]]], ask: Ask) -> None:
        self._families = families
        self._ask = ask
        self._loop = asyncio.get_running_loop()
        REGISTRY.register(self)

    def describe(self) -> Iterable[GaugeMetricFamily]:
        return [GaugeMetricFamily(name, meaning, labels=labels) for name, (meaning, labels) in self._families.items()]

    def collect(self) -> Iterable[GaugeMetricFamily]:
        families = {family.name: family for family in self.describe()}
        try:
            for name, labels, value in asyncio.run_coroutine_threadsafe(self._answer(), self._loop).result():
                families[name].add_metric(labels, value)
        except Exception as error:  # whatever it is, the rest of the page is worth reading
            log.warning("not measured", metrics=sorted(families), error=type(error).__name__)
        return families.values()

    async def _answer(self) -> Iterable[Sample]:
        async with asyncio.timeout(ASK_SECONDS):
            return list(await self._ask())

    async def close(self) -> None:
        """Nothing can be asked any more."""
        REGISTRY.unregister(self)


def watch_disk(name: str, directory: Path) -> None:
    """Show the file system of a directory that is there, by a name."""
    DISK_FREE.labels(name).set_function(lambda: shutil.disk_usage(directory).free)
    DISK_SIZE.labels(name).set_function(lambda: shutil.disk_usage(directory).total)


def serve(service: str, bind: str) -> None:
    """Answer GET /metrics on `bind` (host:port) from a thread of its own; with an empty `bind`, nowhere.

    Raises OSError when the address is taken.
    """
    BUILD.labels(service, metadata.version("chassis"), platform.python_version()).set(1)
    if bind:
        host, _, port = bind.rpartition(":")
        start_http_server(int(port), host)
