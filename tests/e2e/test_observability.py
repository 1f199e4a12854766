"""What the stack tells of itself: one trace for one upload, metrics of every process, logs without secrets."""

import dataclasses
import json
import time
import urllib.request
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import pytest
from api import FIXTURES, PATIENCE_SECONDS, Api
from otlp import Collector, Span, collecting
from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.parser import text_string_to_metric_families

from chassis import metrics
from productsmanager.lifecycle import Running, running

TRACE, CALLER = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
PARTS = {
    *("postgres", "valkey", "seaweedfs", "migrate"),
    *(MEASURED := ("core", "catalog", "catalog-bulk", "imports", "imports-worker", "gateway")),
}
# Counted by parts that a stack does not run yet.
UNUSED = {"pm_event_lag_seconds", "pm_event_lag_rows", "pm_event_consumer_running", "pm_fetch_duration_seconds"}


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    with collecting() as collector:
        yield collector


@pytest.fixture(scope="module")
def observed(collector: Collector, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The part of a stack that an import needs, on its own, sending its traces to the collector."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint)
        environment.setenv("OTEL_BSP_SCHEDULE_DELAY", "200")
        with running(tmp_path_factory.mktemp("observed") / "data", PARTS) as stack:
            yield stack


@pytest.fixture(scope="module")
def client(observed: Running) -> Iterator[Api]:
    with Api(observed.gateway_url) as client:
        client.login("admin", observed.admin_password_file.read_text().strip())
        yield client


@pytest.fixture(scope="module")
def trace(client: Api, collector: Collector) -> list[Span]:
    """The spans of one upload, sent by a caller that is in a trace already."""
    client.http.headers["traceparent"] = f"00-{TRACE}-{CALLER}-01"
    answer = client.upload(FIXTURES / "clean.csv", "Trace Supplies")
    del client.http.headers["traceparent"]
    assert answer.status_code == 201, answer.text
    assert client.follow(answer.json()["id"])["state"] == "STATE_APPLIED"
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        spans = [span for span in collector.spans if span.trace_id == TRACE]
        # The outermost span of the worker is the last to end.
        if any(span.name == "import job" for span in spans):
            return spans
        time.sleep(0.2)
    raise AssertionError(f"no span of the worker among {collector.spans}")


def test_one_upload_is_one_trace_from_the_gateway_to_the_catalogue(trace: list[Span]) -> None:
    found = {(span.service, span.name) for span in trace}
    assert found >= {
        ("gateway", "POST /api/v1/imports"),
        ("gateway", "pm.imports.v1.ImportService/UploadFeed"),
        ("imports-svc", "pm.imports.v1.ImportService/UploadFeed"),
        ("imports-svc", "S3 PutObject"),
        ("imports-svc", "INSERT import_jobs"),
        ("imports-svc", "imports.wake publish"),
        ("imports-worker", "imports.wake process"),
        ("imports-worker", "import job"),
        ("imports-worker", "S3 GetObject"),
        ("imports-worker", "import apply"),
        ("imports-worker", "UPDATE import_jobs"),
        ("imports-worker", "pm.catalog.v1.BulkService/ApplyBatch"),
        ("catalog-svc", "pm.catalog.v1.BulkService/ApplyBatch"),
    }
    assert any(span.service == "catalog-svc" and span.name.startswith("INSERT ") for span in trace)


def test_every_span_hangs_on_another_one(trace: list[Span]) -> None:
    known = {span.span_id for span in trace} | {CALLER}
    assert [span for span in trace if span.parent_id not in known] == []
    assert [span.name for span in trace if span.parent_id == CALLER] == ["POST /api/v1/imports"]


def test_spans_hold_nothing_of_the_feed(trace: list[Span], client: Api) -> None:
    whole = repr(trace)
    header, *rows = (FIXTURES / "clean.csv").read_text().splitlines()
    cells = {cell for row in rows for cell in row.replace('"', "").split(header[max(map(header.find, ";,\t"))]) if len(cell) > 5}
    assert len(cells) > 5
    assert {cell for cell in cells if cell in whole} == set()
    assert "Trace Supplies" not in whole
    assert client.http.headers["Authorization"].removeprefix("Bearer ") not in whole


def page(stack: Running, process: str) -> Mapping[str, Any]:
    with urllib.request.urlopen(f"http://{stack.installation.metrics_bind(process)}/metrics") as answer:
        return {family.name: family for family in text_string_to_metric_families(answer.read().decode())}


def test_every_process_shows_its_metrics(observed: Running, trace: list[Span]) -> None:
    pages = {process: page(observed, process) for process in MEASURED}
    for process, families in pages.items():
        (build,) = families["pm_build_info"].samples
        assert build.labels["version"] == "0.1.0", process
        assert families["process_resident_memory_bytes"].samples[0].value > 0
    declared = {metric.describe()[0].name for metric in vars(metrics).values() if isinstance(metric, MetricWrapperBase)}
    measured = {name for families in pages.values() for name, family in families.items() if family.samples}
    assert (declared | set(metrics.QUEUE)) - UNUSED <= measured


def test_metrics_are_not_public(observed: Running) -> None:
    assert httpx.get(f"{observed.gateway_url}/metrics").status_code == 404


def test_logs_hold_no_secret(observed: Running, client: Api, trace: list[Span]) -> None:
    password = observed.admin_password_file.read_text().strip()
    refused = client.http.post("/auth/login", json={"username": "admin", "password": f"{password}-but-wrong"})
    assert refused.status_code == 401
    stolen = client.http.get("/products", headers={"Authorization": f"Bearer {password}"})
    assert stolen.status_code == 401
    secrets = {password, client.http.headers["Authorization"].removeprefix("Bearer ")}
    for value in dataclasses.asdict(observed.installation.secrets).values():
        secrets |= set(value.values()) if isinstance(value, Mapping) else {value}
    secrets |= {path.read_text().splitlines()[1] for path in observed.installation.data.keys.glob("*.pem")}
    secrets |= {path.read_text().strip() for path in observed.installation.data.keys.glob("*.fernet")}
    assert len(secrets) > 15
    logs = {path.stem: path.read_text(errors="replace") for path in observed.installation.data.logs.glob("*.log")}
    assert {"gateway", "core", "imports-worker", "postgres"} <= logs.keys()
    for name, text in logs.items():
        assert [secret[:4] for secret in secrets if secret in text] == [], f"{name} tells a secret"


def test_a_refusal_is_found_in_the_log_by_its_trace_id(observed: Running, client: Api) -> None:
    problem = client.http.post("/products", json={"title": ""}).json()
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        lines = (observed.installation.data.logs / "gateway.log").read_text().splitlines()
        for line in lines:
            if problem["trace_id"] in line:
                told = json.loads(line)
                assert (told["event"], told["trace_id"], told["route"]) == ("request", problem["trace_id"], "/api/v1/products")
                return
        time.sleep(0.1)
    raise AssertionError("no line")
