import os
import subprocess
import sys

import pytest
from otlp import Collector, collecting

from chassis import tracing

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
PARENT = f"00-{TRACE}-{SPAN}-01"

PROGRAM = """
import sys
from chassis import statements, tracing
tracing.start("catalog-svc")
if "opentelemetry" in sys.modules:
    print("imported")
statements.note("SELECT nobody asked", 0.1, False)
with tracing.entered(sys.argv[1]), tracing.span("outer", "SERVER", size=3):
    print(tracing.traceparent())
    with tracing.span("inner"):
        statements.note("SELECT title FROM products WHERE id = 'a secret'", 0.1, False)
    try:
        with tracing.span("broken"):
            raise ValueError("a secret")
    except ValueError:
        pass
"""


def run(parent: str, **environment: str) -> list[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, parent], env=clean | environment, capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()


@pytest.fixture(scope="module")
def collector():
    with collecting() as collector:
        yield collector


def test_without_a_collector_nothing_is_even_imported() -> None:
    assert run(PARENT) == [PARENT]


def test_spans_go_on_from_where_the_caller_was(collector: Collector) -> None:
    imported, here = run(PARENT, OTEL_EXPORTER_OTLP_ENDPOINT=collector.endpoint)
    assert imported == "imported"
    spans = {span.name: span for span in collector.spans}
    assert set(spans) == {"outer", "inner", "SELECT products", "broken"}
    assert {span.trace_id for span in spans.values()} == {TRACE}
    assert here == f"00-{TRACE}-{spans['outer'].span_id}-01"
    parents = {name: span.parent_id for name, span in spans.items()}
    assert parents == {
        "outer": SPAN,
        "inner": spans["outer"].span_id,
        "SELECT products": spans["inner"].span_id,
        "broken": spans["outer"].span_id,
    }
    assert {name for name, span in spans.items() if span.failed} == {"broken"}
    assert "secret" not in repr(collector.spans)
    collector.spans.clear()


def test_a_caller_that_is_not_sampled_is_not_collected(collector: Collector) -> None:
    _, here = run(f"00-{TRACE}-{SPAN}-00", OTEL_EXPORTER_OTLP_ENDPOINT=collector.endpoint)
    assert here.startswith(f"00-{TRACE}-")
    assert here.endswith("-00")
    assert collector.spans == []


@pytest.mark.parametrize(
    "given",
    ["", "nonsense", f"00-{'0' * 32}-{SPAN}-01", f"00-{TRACE}-{'0' * 16}-01", f"ff-{TRACE}-{SPAN}-01", f"{PARENT}-more"],
)
def test_what_is_no_traceparent_begins_a_trace(given: str) -> None:
    place = tracing.enter(given)
    assert place.trace_id != TRACE
    assert place.request_id == place.trace_id
    assert tracing.traceparent() == f"00-{place.trace_id}-{place.trace_id[:16]}-00"


def test_a_block_in_a_trace_ends_there() -> None:
    outer = tracing.current()
    with tracing.entered(PARENT):
        assert tracing.carrier() == (("traceparent", PARENT),)
        tracing.enter(PARENT, "their-name")
        assert tracing.carrier() == (("traceparent", PARENT), ("x-request-id", "their-name"))
    assert tracing.current() == outer
