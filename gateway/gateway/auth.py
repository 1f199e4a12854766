"""Who calls, and whether the contract lets them in: checked here, and again by the service."""

from google.protobuf.descriptor import MethodDescriptor
from starlette.requests import Request

from chassis.auth import InvalidToken, Verifier
from chassis.interceptor import authorize
from pm.common.v1 import options_pb2

Metadata = tuple[tuple[str, str], ...]


class Guard:
    """Lets a request through to one method."""

    def __init__(self, verifier: Verifier, method: MethodDescriptor) -> None:
        self._verifier = verifier
        self._method = method
        self._public: bool = method.GetOptions().Extensions[options_pb2.public]

    def admit(self, request: Request) -> Metadata:
        """The metadata of the call, with the user's own token; raises Unauthenticated or PermissionDenied.

        A public method is called without any token, so that an expired one can't keep its owner from signing in.
        """
        if self._public:
            return ()
        token = bearer(request)
        principal = self._verifier.verify(token)
        request.scope["user_id"] = principal.user_id
        authorize(self._method, principal)
        return (("authorization", f"Bearer {token}"),)


def bearer(request: Request) -> str:
    """The token of the Authorization header (RFC 6750); raises Unauthenticated when there is none."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise InvalidToken("This needs a token.")
    return token.strip()
