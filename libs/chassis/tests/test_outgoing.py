"""Deadlines and circuits against services that are away, silent or slow."""

import asyncio
from collections.abc import AsyncIterator

import grpc
import pytest

from chassis import outgoing
from chassis.auth import Signer
from chassis.client import service_channel
from chassis.errors import DeadlineExceeded, FailedPrecondition, InvalidArgument, ServiceError, Unavailable
from chassis.outgoing import FAILURES, Circuit, Outgoing, ServiceDown, ServiceTimeout, allowed, due_in
from pm.common.v1 import health_pb2, health_pb2_grpc
from pm.core.v1 import auth_pb2, auth_pb2_grpc

METHOD = "/pm.core.v1.AuthService/Login"
LOGIN = auth_pb2.LoginRequest(username="a", password="b")


@pytest.fixture
async def silent() -> AsyncIterator[str]:
    """A server that takes connections and never says a word, like a process that was stopped."""

    async def listen(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        taken.append(writer)

    taken: list[asyncio.StreamWriter] = []
    server = await asyncio.start_server(listen, "127.0.0.1", 0)
    yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()
    for writer in taken:
        writer.close()


def attempt(circuit: Circuit, error: BaseException | None, wanted: float = 10.0) -> None:
    with Outgoing(circuit, METHOD, wanted):
        if error is not None:
            raise error


def fail(circuit: Circuit, error: ServiceError, times: int = FAILURES) -> None:
    for _ in range(times):
        with pytest.raises(type(error)) as caught:
            attempt(circuit, error)
        told = {NOBODY: "SERVICE_DOWN", BROKEN: "SERVICE_LOST", LATE: "SERVICE_TIMEOUT"}.get(error, error.reason)
        assert caught.value.reason == told


def answered(error: ServiceError) -> ServiceError:
    """As it comes from the other side of a call."""
    error.came_in = True
    return error


NOBODY = Unavailable("failed to connect to all addresses; last error: refused", reason="UNAVAILABLE")
BROKEN = Unavailable("Stream removed (Socket closed)", reason="UNAVAILABLE")
LATE = DeadlineExceeded("too late", reason="DEADLINE_EXCEEDED")


async def test_a_silent_server_costs_its_deadline_and_then_nothing(silent: str, keys_dir) -> None:
    async with service_channel(silent, Signer("gateway", keys_dir), "catalog-svc") as channel:
        stub = health_pb2_grpc.HealthServiceStub(channel)
        for _ in range(FAILURES):
            with pytest.raises((DeadlineExceeded, Unavailable)) as caught:
                await stub.CheckDependencies(health_pb2.CheckDependenciesRequest(), timeout=1.0)
            assert caught.value.__cause__, "it was sent, and not refused by the circuit"
            assert caught.value.metadata == {"service": "catalog-svc", "domain": "catalog"}
        with pytest.raises(ServiceDown, match="catalog-svc does not answer, so what belongs to catalog") as refused:
            await stub.CheckDependencies(health_pb2.CheckDependenciesRequest())
    assert (refused.value.reason, refused.value.metadata) == ("SERVICE_DOWN", {"service": "catalog-svc", "domain": "catalog"})
    assert refused.value.code is grpc.StatusCode.UNAVAILABLE


@pytest.mark.parametrize("error", [NOBODY, BROKEN, LATE], ids=["away", "lost", "silent"])
async def test_one_call_tries_when_the_time_is_over(error: ServiceError, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outgoing, "OPEN_SECONDS", 0.0)
    circuit = Circuit("exports-svc")
    fail(circuit, error)
    with Outgoing(circuit, METHOD), pytest.raises(ServiceDown):
        attempt(circuit, None)
    attempt(circuit, None)


async def test_a_try_that_takes_long_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outgoing, "OPEN_SECONDS", 0.0)
    circuit = Circuit("imports-svc")
    fail(circuit, NOBODY)
    monkeypatch.setattr(outgoing, "DEADLINE_SECONDS", 0.0)
    with Outgoing(circuit, METHOD):
        attempt(circuit, None)


async def test_a_failed_try_opens_it_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outgoing, "OPEN_SECONDS", 0.0)
    circuit = Circuit("exports-svc")
    fail(circuit, NOBODY)
    monkeypatch.setattr(outgoing, "OPEN_SECONDS", 60.0)
    fail(circuit, NOBODY, times=1)
    with pytest.raises(ServiceDown):
        attempt(circuit, None)


async def test_a_caller_who_leaves_makes_room_for_another_try(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outgoing, "OPEN_SECONDS", 0.0)
    circuit = Circuit("exports-svc")
    fail(circuit, NOBODY)
    with pytest.raises(asyncio.CancelledError):
        attempt(circuit, asyncio.CancelledError())
    attempt(circuit, None)


@pytest.mark.parametrize(
    "answer",
    [
        None,
        answered(FailedPrecondition("not so")),
        answered(Unavailable("my own database is away", reason="DATABASE_AWAY")),
    ],
    ids=["reply", "refusal", "a reason of its own"],
)
async def test_an_answer_between_failures_keeps_it_closed(answer: ServiceError | None) -> None:
    circuit = Circuit("exports-svc")
    for _ in range(3):
        fail(circuit, NOBODY, times=FAILURES - 1)
        if answer is None:
            attempt(circuit, None)
        else:
            fail(circuit, answer, times=1)


@pytest.mark.parametrize("fault", [InvalidArgument("a field behind the file"), ValueError("a mistake of ours")])
async def test_a_call_that_its_caller_spoils_says_nothing_about_the_service(
    fault: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outgoing, "OPEN_SECONDS", 0.0)
    circuit = Circuit("imports-svc")
    fail(circuit, NOBODY)
    with pytest.raises(type(fault)):
        attempt(circuit, fault)
    monkeypatch.setattr(outgoing, "OPEN_SECONDS", 60.0)
    # It has not closed the circuit, and leaves room for a call that tries.
    fail(circuit, NOBODY, times=1)
    with pytest.raises(ServiceDown):
        attempt(circuit, None)


async def test_who_gave_no_time_learned_nothing() -> None:
    circuit = Circuit("exports-svc")
    for _ in range(2 * FAILURES):
        with pytest.raises(ServiceTimeout):
            attempt(circuit, LATE, wanted=0.2)
    attempt(circuit, None)


async def test_a_call_gets_what_is_left_of_its_callers_time() -> None:
    assert allowed(None) == outgoing.DEADLINE_SECONDS
    assert allowed(900) == 900
    due_in(5)
    assert 4 < allowed(None) < 5
    assert 4 < allowed(900) < 5
    assert allowed(1) == 1
    due_in(-1)
    assert 0 < allowed(None) < 0.01
    due_in(None)


async def test_the_deadline_travels(channel, echo) -> None:
    """What a method may spend on others is what its caller gave it."""
    left: list[float] = []

    async def behaviour() -> None:
        left.append(allowed(900))

    echo.behaviour = behaviour
    await auth_pb2_grpc.AuthServiceStub(channel).Login(LOGIN, timeout=7)
    assert 0 < left[0] < 7
