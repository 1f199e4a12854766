"""The work of a running stack: events that are not taken, and jobs that nobody does."""

import urllib.request
from collections.abc import Iterable, Iterator, Sequence

from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from chassis.counts import counted
from productsmanager.diagnosis.finding import Finding, Limits, Severity
from productsmanager.installation import Installation
from productsmanager.readiness import CHECK_SECONDS

_STOPPED = """
SELECT name || E'\\t' || failures || E'\\t' || regexp_replace(error, E'[\\n\\t]', ' ', 'g') FROM event_consumers WHERE error <> ''
"""
_FOLLOWS = "SELECT to_regclass('event_consumers') IS NOT NULL"


def consumers(installation: Installation, services: Iterable[str]) -> Iterator[Finding]:
    """Those that stopped at an event; their own service may be down."""
    for service in services:
        cluster = installation.postgres
        if cluster.psql(_FOLLOWS, f"db_{service}") != "t":
            continue
        for line in filter(None, cluster.psql(_STOPPED, f"db_{service}").splitlines()):
            name, failures, error = line.split("\t", 2)
            remedy = f"mend what it says; or pass that one event by: `pm events skip {service}-svc/{name} KEY`"
            text = f"{service}-svc/{name} stands at an event, tried {counted(int(failures), 'time')}: {error}"
            yield Finding("events", Severity.BAD, text, remedy)


def lag(installation: Installation, services: Iterable[str], limits: Limits) -> Iterator[Finding]:
    """Events that wait for long, as the services that follow count them."""
    late = False
    for service in services:
        for consumer, seconds in _lags(installation, service):
            if seconds > limits.waiting:
                late = True
                text = f"{service}-svc/{consumer} is {seconds:,.0f} s behind"
                yield Finding("event lag", Severity.BAD, text, f"`pm events`; then read `pm logs {service}`")
    if not late:
        yield Finding("event lag", Severity.GOOD, "everything told is taken")


def _lags(installation: Installation, service: str) -> Iterator[tuple[str, float]]:
    for sample in _samples(installation, service, "pm_event_lag_seconds") or ():
        yield sample.labels["consumer"], sample.value


def _samples(installation: Installation, service: str, name: str) -> Sequence[Sample] | None:
    """What a service tells of one measure: None where it has no such measure, nothing where it could not measure."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"http://{installation.metrics_bind(service)}/metrics", timeout=CHECK_SECONDS) as answer:
        families = text_string_to_metric_families(answer.read().decode())
    return next((family.samples for family in families if family.name == name), None)


def jobs(installation: Installation, services: Iterable[str], limits: Limits) -> Iterator[Finding]:
    """Jobs of any kind that are due, and at which no worker is, as their services count them."""
    late = False
    for service in services:
        counts = _samples(installation, service, "pm_queue_due_jobs")
        if counts is None:
            continue
        if not counts:
            late = True
            yield Finding("jobs", Severity.BAD, f"{service}-svc can't count its jobs", f"`pm logs {service}` says why")
        due = {sample.labels["queue"]: int(sample.value) for sample in counts}
        for sample in _samples(installation, service, "pm_queue_oldest_due_seconds") or ():
            queue, count = sample.labels["queue"], due.get(sample.labels["queue"], 0)
            if count and sample.value > limits.waiting:
                late = True
                text = (
                    f"{counted(count, 'job waits', 'jobs wait')} for a worker of {queue}, the longest for {sample.value:,.0f} s"
                )
                remedy = f"see {queue}-worker above; `pm logs {queue}-worker` says what it does"
                yield Finding("jobs", Severity.BAD, text, remedy)
    if not late:
        yield Finding("jobs", Severity.GOOD, "none waits for a worker")
