"""Who may call what: every RPC of core-svc against every kind of caller."""

import pytest
from google.protobuf import message_factory

from chassis import errors
from chassis.testing import error_of
from core_svc.roles.permissions import declared_methods
from pm.core.v1 import auth_pb2

PASSWORD = "correct horse battery"
EVERYBODY = {"nobody", "no role", "viewer", "manager", "admin"}
SIGNED_IN = EVERYBODY - {"nobody"}
ADMIN = {"admin"}
READERS = {"viewer", "admin"}
SERVICES: set[str] = set()
# The whole table; the last test below says when a method is missing.
ALLOWED = {
    "ApiKeyService.CreateMyApiKey": SIGNED_IN,
    "ApiKeyService.DeleteApiKey": ADMIN,
    "ApiKeyService.DeleteMyApiKey": SIGNED_IN,
    "ApiKeyService.ExchangeApiKey": SERVICES,
    "ApiKeyService.ListApiKeys": ADMIN,
    "ApiKeyService.ListMyApiKeys": SIGNED_IN,
    "AuditService.ListAuditRecords": ADMIN,
    "AuthService.GetJwks": EVERYBODY,
    "AuthService.Login": EVERYBODY,
    "AuthService.Logout": EVERYBODY,
    "AuthService.Refresh": EVERYBODY,
    "NotificationService.ListNotifications": {"viewer", "manager", "admin"},
    "NotificationService.MarkNotificationsRead": {"viewer", "manager", "admin"},
    "PasswordService.ChangeMyPassword": SIGNED_IN,
    "PasswordService.IssuePasswordReset": ADMIN,
    "PasswordService.ResetPassword": EVERYBODY,
    "RoleService.CreateRole": ADMIN,
    "RoleService.DeleteRole": ADMIN,
    "RoleService.ListPermissions": READERS,
    "RoleService.UpdateRole": ADMIN,
    "SessionService.DeleteMySession": SIGNED_IN,
    "SessionService.EndMySessions": SIGNED_IN,
    "SessionService.EndSessions": ADMIN,
    "SessionService.ListMySessions": SIGNED_IN,
    "SessionService.ListSessions": ADMIN,
    "UserService.CreateUser": ADMIN,
    "UserService.GetMe": {"viewer", "manager", "admin"},
    "UserService.GetUser": READERS,
    "UserService.ListRoles": READERS,
    "UserService.ListUsers": READERS,
    "UserService.UpdateUser": ADMIN,
}
METHODS = {
    f"{method.containing_service.name}.{method.name}": method
    for method in declared_methods()
    if method.containing_service.file.package == "pm.core.v1"
}
# What these ask for is in the request itself.
BY_TOKEN = {"AuthService.Refresh", "AuthService.Logout"}
REFUSALS = {"MISSING_PERMISSION", "SIGN_IN_NEEDED", "CALLER_NOT_ALLOWED"}


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
            refused = isinstance(error, (errors.Unauthenticated, errors.PermissionDenied))
            assert not refused or (name in BY_TOKEN and error.reason == "INVALID_REFRESH_TOKEN"), name
        elif caller == "nobody":
            assert error.reason == "INVALID_TOKEN", name
        else:
            assert error.reason in REFUSALS, name


async def test_no_service_may_call_in_place_of_a_user(channel, as_service):
    closed = {name: method for name, method in METHODS.items() if ALLOWED[name] != EVERYBODY}
    assert (
        await outcome(channel, METHODS["ApiKeyService.ExchangeApiKey"], as_service("gateway", "core-svc"))
    ).reason == "INVALID_MESSAGE"

    for name, method in closed.items():
        error = await outcome(channel, method, as_service("imports-svc", "core-svc"))
        assert error.reason in REFUSALS, name


def test_the_table_names_every_method():
    assert set(ALLOWED) == set(METHODS)
