"""Which request work belongs to, from process to process, and the spans of it when somebody collects them.

Every request has a trace id (W3C Trace Context), which logs and problem documents show and calls and job rows carry on. Spans are
made only where OTEL_EXPORTER_OTLP_ENDPOINT names a collector; without it OpenTelemetry is not even imported.
"""

import os
import re
import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.trace import Span, Tracer

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
TRACEPARENT, REQUEST_ID = "traceparent", "x-request-id"
Kind = Literal["SERVER", "CLIENT", "PRODUCER", "CONSUMER", "INTERNAL"]
_TRACEPARENT = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})")


class Place(NamedTuple):
    """Where in which trace one is: at the innermost span, or at the beginning of a trace that has none."""

    trace_id: str
    span_id: str
    flags: int
    request_id: str

    @property
    def traceparent(self) -> str:
        # A parent without a span is not allowed; one that was not sampled is looked for by nobody.
        return f"00-{self.trace_id}-{self.span_id or self.trace_id[:16]}-{self.flags:02x}"


_place: ContextVar[Place | None] = ContextVar("place", default=None)
_tracer: "Tracer | None" = None


def start(service: str) -> None:
    """Collect spans of this process from now on if the environment says where to send them (OTEL_*, by OTLP over gRPC).

    To be called once, behind every fork: sending is a thread.
    """
    global _tracer  # noqa: PLW0603  # the process's own, like the handlers of logging
    if not os.environ.get(ENDPOINT):
        return
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
    from opentelemetry.sdk.trace.id_generator import RandomIdGenerator  # noqa: PLC0415

    class Ids(RandomIdGenerator):
        """The first span of a trace has the id under which the trace was begun."""

        def generate_trace_id(self) -> int:
            place = _place.get()
            return int(place.trace_id, 16) if place else super().generate_trace_id()

    provider = TracerProvider(resource=Resource.create({"service.name": service}), id_generator=Ids())
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    _tracer = provider.get_tracer("productsmanager")


def current() -> Place | None:
    """Where this task is; None for work that belongs to no request."""
    return _place.get()


def traceparent() -> str:
    """The header of W3C Trace Context that carries on from here; empty outside of any trace."""
    place = _place.get()
    return place.traceparent if place else ""


def carrier() -> tuple[tuple[str, str], ...]:
    """What a call carries on: metadata of gRPC, headers of a message."""
    place = _place.get()
    if place is None:
        return ()
    parent = (TRACEPARENT, place.traceparent)
    # A request that its client did not name is called by its trace: each entry costs both sides of a call some microseconds.
    return (parent,) if place.request_id == place.trace_id else (parent, (REQUEST_ID, place.request_id))


def enter(parent: str, request_id: str = "") -> Place:
    """Make this task part of the trace that `parent` (a traceparent) names, or of a new one when it names none."""
    found = _TRACEPARENT.fullmatch(parent)
    trace_id, span_id, flags = (found[1], found[2], int(found[3], 16)) if found else (secrets.token_hex(16), "", 0)
    place = Place(trace_id, span_id, flags, request_id or trace_id)
    _place.set(place)
    return place


@contextmanager
def entered(parent: str) -> Iterator[None]:
    """As `enter`, for the length of the block; without effect when `parent` is empty."""
    token = _place.set(_place.get())
    try:
        if parent:
            enter(parent)
        yield
    finally:
        _place.reset(token)


def span(name: str, kind: Kind = "INTERNAL", **attributes: str | int) -> "AbstractContextManager[Span | None]":
    """The block as a span, None unless traces are collected. No attribute may hold what a person sent, or a secret."""
    return nullcontext() if _tracer is None else _recorded(_tracer, name, kind, attributes)


@contextmanager
def _recorded(tracer: "Tracer", name: str, kind: Kind, attributes: Mapping[str, str | int]) -> "Iterator[Span]":
    from opentelemetry.trace import SpanKind, StatusCode  # noqa: PLC0415

    made = tracer.start_span(name, _context(), kind=SpanKind[kind], attributes=attributes)
    here = made.get_span_context()
    trace_id, outer = f"{here.trace_id:032x}", _place.get()
    request_id = outer.request_id if outer else trace_id
    token = _place.set(Place(trace_id, f"{here.span_id:016x}", int(here.trace_flags), request_id))
    try:
        yield made
    except BaseException as error:
        # The class only: a message may hold values.
        made.set_status(StatusCode.ERROR, type(error).__name__)
        raise
    finally:
        _place.reset(token)
        made.end()


def past(name: str, seconds: float, failed: bool, **attributes: str) -> None:
    """A span of a call that has just ended, if it belongs to a trace."""
    if _tracer is None or _place.get() is None:
        return
    from opentelemetry.trace import SpanKind, StatusCode  # noqa: PLC0415

    ended = time.time_ns()
    made = _tracer.start_span(
        name, _context(), kind=SpanKind.CLIENT, attributes=attributes, start_time=ended - int(seconds * 1_000_000_000)
    )
    if failed:
        made.set_status(StatusCode.ERROR)
    made.end(ended)


def _context() -> "Context":
    """OpenTelemetry's idea of where this task is."""
    from opentelemetry.context import Context  # noqa: PLC0415
    from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, set_span_in_context  # noqa: PLC0415

    place = _place.get()
    if place is None or not place.span_id:
        return Context()
    there = SpanContext(int(place.trace_id, 16), int(place.span_id, 16), True, TraceFlags(place.flags))
    return set_span_in_context(NonRecordingSpan(there), Context())
