"""core-svc's sign-in, as much of it as the gateway needs."""

from typing import Any

from chassis.errors import Unauthenticated
from gateway.tests.servicers import Told, answering
from pm.core.v1 import auth_pb2, auth_pb2_grpc


class SessionEnded(Unauthenticated):
    pass


class InvalidToken(Unauthenticated):
    pass


def sign_in(told: Told) -> Any:
    """Knows the refresh token `pmr_over` as one of an ended session, and `pmr_busy` as one that it can't look at now."""

    reply = auth_pb2.LoginResponse(
        access_token="token", token_type="Bearer", expires_in=900, refresh_token="pmr_next", refresh_expires_in=1000
    )

    def refresh(request: Any) -> Any:
        if request.refresh_token == "pmr_over":
            raise SessionEnded("This session has ended.")
        if request.refresh_token == "pmr_busy":
            raise InvalidToken("The gateway's own token is not valid here.")
        return reply

    return answering(
        told,
        auth_pb2_grpc.AuthServiceServicer,
        Login=lambda _: reply,
        Refresh=refresh,
        Logout=lambda _: auth_pb2.LogoutResponse(),
    )
