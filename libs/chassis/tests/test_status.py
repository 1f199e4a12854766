import grpc
import pytest

from chassis import errors, status
from chassis.errors import BY_CODE, NotFound, ServiceError, VersionConflict
from chassis.testing import error_of
from pm.core.v1 import auth_pb2, auth_pb2_grpc


class ShelfNotFound(NotFound):
    def __init__(self, name):
        super().__init__(f"There is no shelf {name}.", violations={"shelf.name": "unknown"}, shelf=name)


def login(channel):
    return auth_pb2_grpc.AuthServiceStub(channel).Login(auth_pb2.LoginRequest(username="ann", password="secret"))


async def raised(echo, channel, error):
    async def behaviour():
        raise error

    echo.behaviour = behaviour
    return await error_of(login(channel))


@pytest.mark.parametrize("kind", sorted(BY_CODE.values(), key=lambda kind: kind.__name__))
async def test_every_kind_of_error_arrives_as_what_it_was(echo, channel, kind):
    error = await raised(echo, channel, kind("Grüße", reason="SOME_REASON", violations={"a.b": "is wrong"}, id=7))

    assert type(error) is kind
    assert (error.message, error.reason, error.violations, error.metadata) == (
        "Grüße",
        "SOME_REASON",
        {"a.b": "is wrong"},
        {"id": "7"},
    )


async def test_the_class_is_the_reason_and_its_base_the_code(echo, channel):
    error = await raised(echo, channel, ShelfNotFound("B7"))

    assert (type(error), error.reason, error.metadata) == (NotFound, "SHELF_NOT_FOUND", {"shelf": "B7"})
    assert VersionConflict(expected=1, actual=2).reason == "VERSION_CONFLICT"


async def test_what_nobody_foresaw_is_internal_and_tells_nothing(echo, channel):
    error = await raised(echo, channel, RuntimeError("the password is hunter2"))

    assert (type(error), error.reason) == (ServiceError, "INTERNAL")
    assert "hunter2" not in error.message


@pytest.mark.parametrize("letter", ["a", "é", "漢", "%", "\n"])
async def test_a_long_error_arrives_shortened_and_says_so(echo, channel, letter):
    violations = {f"{letter * 10}.{number}": letter * 50 for number in range(2_000)}
    error = await raised(echo, channel, NotFound(letter * 100_000, violations=violations, name=letter * 5_000))

    assert (type(error), error.reason) == (NotFound, "NOT_FOUND")
    assert error.message.startswith(letter * 300)
    assert error.message.endswith("…")
    assert error.violations.items() <= violations.items()
    assert int(error.metadata["violations_left_out"]) == 2_000 - len(error.violations)
    assert error.metadata["name"].startswith(letter * 90)


async def test_a_server_that_is_not_there_is_unavailable():
    async with grpc.aio.insecure_channel("127.0.0.1:1") as channel:
        error = await error_of(login(channel))

    assert (type(error), error.reason) == (errors.Unavailable, "UNAVAILABLE")


def test_the_code_of_every_kind_is_its_own():
    assert len(BY_CODE) == len(ServiceError.__subclasses__())
    assert all(status.encode(kind("x")).code is code for code, kind in BY_CODE.items())
