"""The work of a running stack: events that are not taken, and jobs that nobody does."""

import urllib.request
from collections.abc import Iterable, Iterator

from prometheus_client.parser import text_string_to_metric_families

from chassis.counts import counted
from productsmanager.diagnosis.finding import Finding, Limits, Severity
from productsmanager.installation import Installation
from productsmanager.readiness import CHECK_SECONDS

# The states that a worker moves on (imports_svc.jobs.models.LIVE).
WAITING = ("uploaded", "sniffed", "mapped", "applying")
_STOPPED = """
SELECT name || E'\\t' || failures || E'\\t' || regexp_replace(error, E'[\\n\\t]', ' ', 'g') FROM event_consumers WHERE error <> ''
"""
_FOLLOWS = "SELECT to_regclass('event_consumers') IS NOT NULL"
_DUE = """
SELECT count(*) || ' ' || coalesce(extract(epoch FROM now() - min(next_attempt_time))::bigint, 0) FROM import_jobs
WHERE state IN ({}) AND next_attempt_time < now() - make_interval(secs => {:f}) AND coalesce(lease_expires < now(), true)
"""


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
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"http://{installation.metrics_bind(service)}/metrics", timeout=CHECK_SECONDS) as answer:
        families = text_string_to_metric_families(answer.read().decode())
    for family in families:
        if family.name == "pm_event_lag_seconds":
            for sample in family.samples:
                yield sample.labels["consumer"], sample.value


def jobs(installation: Installation, limits: Limits) -> Iterator[Finding]:
    """Imports that are due, and at which no worker is."""
    states = ", ".join(f"'{state}'" for state in WAITING)
    count, seconds = map(int, installation.postgres.psql(_DUE.format(states, limits.waiting), "db_imports").split())
    if count:
        text = f"{counted(count, 'import waits', 'imports wait')} for a worker, the longest for {seconds:,} s"
        remedy = "see imports-worker above; `pm logs imports-worker` says what it does"
        yield Finding("jobs", Severity.BAD, text, remedy)
    else:
        yield Finding("jobs", Severity.GOOD, "none waits for a worker")
