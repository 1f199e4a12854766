"""Calls to another service: each has a deadline and a place in the trace, is timed, and is refused while that service is down.

The circuit of a service opens when FAILURES calls in a row found nobody (UNAVAILABLE) or got no answer (DEADLINE_EXCEEDED), stays
open for OPEN_SECONDS, and then lets one call through: if that is answered, with whatever, the circuit is closed again.
"""

import time
from contextlib import AbstractContextManager
from contextvars import ContextVar
from types import TracebackType

import grpc
import structlog

from chassis import metrics, status, tracing
from chassis.errors import DeadlineExceeded, ServiceError, Unavailable

log = structlog.get_logger(__name__)

DEADLINE_SECONDS = 10.0
FAILURES = 5
OPEN_SECONDS = 2.0
# Who gave a service less time than this learned nothing about it.
FAIR_SECONDS = 1.0
# Left for the caller to say what went wrong.
MARGIN_SECONDS = 0.05
# How gRPC's words begin when it found nobody to send a call to; a broken connection, or whatever else, may have sent it.
_NOBODY = ("failed to connect to all addresses", "connections to all backends failing", "errors resolving", "empty address list")
_SILENT = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED)

# When the call that is being answered has to be done, on the monotonic clock.
_due: ContextVar[float | None] = ContextVar("due", default=None)


class ServiceDown(Unavailable):
    """Nobody was there, or the circuit is open: nothing was sent, or only what may be repeated."""

    def __init__(self, service: str) -> None:
        domain = _domain(service)
        super().__init__(
            f"{service} does not answer, so what belongs to {domain} is not available; try again in a moment.",
            service=service,
            domain=domain,
        )


class ServiceLost(Unavailable):
    """The connection broke after the call was sent; what it asked for may have happened."""

    def __init__(self, service: str) -> None:
        domain = _domain(service)
        super().__init__(
            f"The connection to {service} broke before it answered, so what belongs to {domain} may not be available. A change "
            "may have been made: look before you repeat it, or repeat it with the same request_id.",
            service=service,
            domain=domain,
        )


class ServiceTimeout(DeadlineExceeded):
    """The service took the call and did not answer in time; what it was asked for may have happened."""

    def __init__(self, service: str) -> None:
        domain = _domain(service)
        super().__init__(
            f"{service} did not answer in time, so what belongs to {domain} may not be available. A change may have been made: "
            "look before you repeat it, or repeat it with the same request_id.",
            service=service,
            domain=domain,
        )


def _domain(service: str) -> str:
    return service.removesuffix("-svc")


def due_in(seconds: float | None) -> None:
    """The call that this task answers has to be done in so many seconds; what it calls gets no more than what is left of them."""
    _due.set(None if seconds is None else time.monotonic() + seconds)


def allowed(wanted: float | None) -> float:
    """Seconds for a call that wants so many: no more than the caller waits, and never without end."""
    seconds = DEADLINE_SECONDS if wanted is None else wanted
    due = _due.get()
    return seconds if due is None else min(seconds, max(due - time.monotonic() - MARGIN_SECONDS, 0.001))


class Circuit:
    """Whether one service answers, as this process sees it."""

    def __init__(self, service: str) -> None:
        self.service = service
        self._failures = 0
        self._closed_at = 0.0
        self._trying_until = 0.0
        self._gauge = metrics.CIRCUIT_OPEN.labels(service)

    def admit(self) -> None:
        """Raise ServiceDown while the circuit is open, but for the one call that tries."""
        if self._failures < FAILURES:
            return
        if time.monotonic() < max(self._closed_at, self._trying_until):
            raise ServiceDown(self.service)
        # An upload may take an hour: nobody else waits for it as long.
        self._trying_until = time.monotonic() + DEADLINE_SECONDS

    def answered(self) -> None:
        if self._failures >= FAILURES:
            log.info("service answers again", callee=self.service)
            self._gauge.set(0)
        self._failures = 0
        self._trying_until = 0.0

    def silent(self) -> None:
        self._failures += 1
        self._trying_until = 0.0
        if self._failures >= FAILURES:
            self._closed_at = time.monotonic() + OPEN_SECONDS
            self._gauge.set(1)
            if self._failures == FAILURES:
                log.warning("service does not answer", callee=self.service, failures=self._failures)

    def undecided(self) -> None:
        """The call ended on this side before there was an answer."""
        self._trying_until = 0.0


class Unbroken(Circuit):
    """For calls that find out whether a service answers: none is refused."""

    def admit(self) -> None:
        """Every call is let through."""

    def answered(self) -> None:
        """Nothing changes."""

    def silent(self) -> None:
        """Nothing changes."""


class Outgoing(AbstractContextManager["Outgoing"]):
    """One call, as a block: `seconds` and `metadata` are what to send it with.

    Raises ServiceDown instead of entering; and ServiceDown, ServiceLost, ServiceTimeout in the place of what the transport says.
    """

    def __init__(self, circuit: Circuit, method: str, wanted: float | None = None) -> None:
        self._circuit = circuit
        self._method = method
        self.seconds = allowed(wanted)
        self._span = tracing.span(method.lstrip("/"), "CLIENT", **{"rpc.system": "grpc"})

    @property
    def metadata(self) -> tuple[tuple[str, str], ...]:
        return tracing.carrier()

    def __enter__(self) -> "Outgoing":
        self._circuit.admit()
        self._span.__enter__()
        self._started = time.monotonic()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        seconds = time.monotonic() - self._started
        self._span.__exit__(kind, error, trace)
        code = code_of(error)
        metrics.timed(metrics.RPC_CLIENT, self._method.lstrip("/"), code.name)(seconds)
        if code in _SILENT and (told := _by_transport(error)):
            if code is grpc.StatusCode.UNAVAILABLE or self.seconds >= FAIR_SECONDS:
                self._circuit.silent()
            else:
                self._circuit.undecided()
            if code is grpc.StatusCode.DEADLINE_EXCEEDED:
                raise ServiceTimeout(self._circuit.service) from error
            raise (ServiceDown if told.message.startswith(_NOBODY) else ServiceLost)(self._circuit.service) from error
        if code is not grpc.StatusCode.CANCELLED and _came_in(error):
            self._circuit.answered()
        else:
            # The caller left, or what it was about to send was no good: the service had no part in it.
            self._circuit.undecided()


def code_of(error: BaseException | None) -> grpc.StatusCode:
    """The gRPC code under which a block ended; leaving it is CANCELLED, and what nobody foresaw UNKNOWN."""
    if error is None:
        return grpc.StatusCode.OK
    if isinstance(error, grpc.aio.AioRpcError):
        return error.code()
    if isinstance(error, ServiceError):
        # Codes that no service raises, such as INTERNAL, are known by their reason only.
        return grpc.StatusCode.__members__.get(error.reason, error.code)
    return grpc.StatusCode.UNKNOWN if isinstance(error, Exception) else grpc.StatusCode.CANCELLED


def _came_in(error: BaseException | None) -> bool:
    """Whether a call ended with what the other side said, be it a reply or a refusal."""
    return error is None or isinstance(error, grpc.aio.AioRpcError) or (isinstance(error, ServiceError) and error.came_in)


def _by_transport(error: BaseException | None) -> ServiceError | None:
    """What the transport says where nobody answered; a service that names its reason has answered."""
    if isinstance(error, grpc.aio.AioRpcError):
        error = status.decode(error)
    return error if isinstance(error, ServiceError) and error.reason == error.code.name else None
