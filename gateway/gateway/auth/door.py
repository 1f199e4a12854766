"""Who calls, and whether the contract lets them in: checked here, and again by the service."""

import re

from google.protobuf.descriptor import MethodDescriptor
from starlette.requests import HTTPConnection, Request

from chassis.auth import InvalidToken, Principal, Signer, TokenRevoked, Verifier
from chassis.interceptor import authorize
from gateway.auth.api_keys import PREFIX, ApiKeys
from pm.common.v1 import options_pb2

Metadata = tuple[tuple[str, str], ...]
REQUEST_ID = "x-request-id"
CLIENT_ADDRESS = "x-client-address"
CLIENT_USER_AGENT = "x-client-user-agent"
# Where people sign in, it matters from where they do.
_CORE = "pm.core.v1"
_UNPRINTABLE = re.compile(r"[^ -~]")


class Door:
    """Knows callers by their token, or by the API key they have in its place."""

    def __init__(self, verifier: Verifier, signer: Signer, keys: ApiKeys) -> None:
        self._verifier = verifier
        self._keys = keys
        self.signer = signer

    async def caller(self, request: HTTPConnection) -> tuple[str, Principal]:
        """The caller's access token and what it says; raises Unauthenticated. Found out once for each request."""
        known: tuple[str, Principal] | None = request.scope.get("caller")
        if known is None:
            known = request.scope["caller"] = await self.verified(bearer(request))
        return known

    async def expect_valid(self, request: HTTPConnection) -> None:
        """Raise Unauthenticated when the caller's token, or API key, no longer is: for answers that go on for long."""
        await self.verified(bearer(request))

    async def verified(self, credential: str) -> tuple[str, Principal]:
        """The access token for a token or an API key, and what it says; raises Unauthenticated."""
        if not credential.startswith(PREFIX):
            return credential, self._verifier.verify(credential)
        token = await self._keys.exchange(credential)
        try:
            return token, self._verifier.verify(token)
        except TokenRevoked:
            # The key may live on with other rights.
            self._keys.forget(credential)
            token = await self._keys.exchange(credential)
            return token, self._verifier.verify(token)


class Guard:
    """Lets a request through to one method."""

    def __init__(self, door: Door, method: MethodDescriptor) -> None:
        self._door = door
        self._method = method
        self._public: bool = method.GetOptions().Extensions[options_pb2.public]
        package = method.containing_service.file.package
        self._tells_origin = package == _CORE
        self._audience = f"{package.split('.')[1]}-svc"

    async def admit(self, request: Request) -> Metadata:
        """The metadata of the call, with the user's own token; raises Unauthenticated or PermissionDenied.

        A public method is called in the gateway's name, so that an expired token can't keep its owner from signing in, and the
        service may believe where the call comes from.
        """
        if self._public:
            token = self._door.signer.service_token(self._audience)
        else:
            token, principal = await self._door.caller(request)
            request.scope["user_id"] = principal.user_id
            request.scope["permissions"] = principal.permissions
            authorize(self._method, principal)
        identity = (("authorization", f"Bearer {token}"),)
        return (*identity, *_origin(request)) if self._tells_origin else identity


def bearer(request: HTTPConnection) -> str:
    """The token of the Authorization header (RFC 6750); raises Unauthenticated when there is none."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise InvalidToken("This needs a token.")
    return token.strip()


def _origin(request: Request) -> Metadata:
    """Where the request comes from: the client as the trusted proxies name it."""
    address = request.client.host if request.client else ""
    told = {CLIENT_ADDRESS: address, CLIENT_USER_AGENT: request.headers.get("user-agent", "")}
    return tuple((name, _UNPRINTABLE.sub("?", text)[:300]) for name, text in told.items())
