"""Who may call what: every RPC of core-svc against every kind of caller."""

import pytest
from google.protobuf import message_factory

from chassis import errors
from chassis.testing import error_of
from pm.core.v1 import auth_pb2, notifications_pb2, users_pb2

PASSWORD = "correct horse battery"
EVERYBODY = {"nobody", "no role", "viewer", "manager", "admin"}
# The whole table; the last test below says when a method is missing.
ALLOWED = {
    "AuthService.Login": EVERYBODY,
    "AuthService.GetJwks": EVERYBODY,
    "UserService.GetUser": {"viewer", "admin"},
    "UserService.ListUsers": {"viewer", "admin"},
    "UserService.CreateUser": {"admin"},
    "UserService.UpdateUser": {"admin"},
    "UserService.ListRoles": {"viewer", "admin"},
    "UserService.GetMe": {"viewer", "manager", "admin"},
    "NotificationService.ListNotifications": {"viewer", "manager", "admin"},
    "NotificationService.MarkNotificationsRead": {"viewer", "manager", "admin"},
}
METHODS = {
    f"{service.name}.{method.name}": method
    for file in (auth_pb2.DESCRIPTOR, notifications_pb2.DESCRIPTOR, users_pb2.DESCRIPTOR)
    for service in file.services_by_name.values()
    for method in service.methods
}


@pytest.fixture
async def metadata_of(auth, add_user):
    """Signs in a user who has one role and gives the metadata of its calls."""

    async def sign_in(caller):
        if caller == "nobody":
            return ()
        name = caller.replace(" ", "-")
        await add_user(name + ".user", roles=[caller] if caller != "no role" else [])
        answer = await auth.Login(auth_pb2.LoginRequest(username=name + ".user", password=PASSWORD))
        return (("authorization", f"Bearer {answer.access_token}"),)

    return sign_in


async def outcome(channel, method, metadata):
    """The error of a call with an empty request, or None when it was answered."""
    call = channel.unary_unary(
        f"/{method.containing_service.full_name}/{method.name}",
        request_serializer=lambda message: message.SerializeToString(),
        response_deserializer=message_factory.GetMessageClass(method.output_type).FromString,
    )
    try:
        return await error_of(call(message_factory.GetMessageClass(method.input_type)(), metadata=metadata))
    except AssertionError:
        return None


@pytest.mark.parametrize("caller", sorted(EVERYBODY))
async def test_every_method_lets_in_whom_the_table_allows(channel, metadata_of, caller):
    metadata = await metadata_of(caller)

    outcomes = {name: await outcome(channel, method, metadata) for name, method in METHODS.items()}

    for name, error in outcomes.items():
        if caller in ALLOWED[name]:
            # An empty request may be refused, but for what it lacks and not for who sends it.
            assert not isinstance(error, (errors.Unauthenticated, errors.PermissionDenied)), name
        elif caller == "nobody":
            assert error.reason == "INVALID_TOKEN", name
        else:
            assert error.reason == "MISSING_PERMISSION", name


async def test_no_service_may_call_in_place_of_a_user(channel, as_service):
    closed = {name: method for name, method in METHODS.items() if ALLOWED[name] != EVERYBODY}

    for name, method in closed.items():
        error = await outcome(channel, method, as_service("imports-svc", "core-svc"))
        assert error.reason == "MISSING_PERMISSION", name


def test_the_table_names_every_method():
    assert set(ALLOWED) == set(METHODS)
