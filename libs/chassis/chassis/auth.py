"""Who is calling: signed tokens of users and of services, and what they permit.

Users carry an access token that core-svc signed (audience `productsmanager`). Services, core-svc among them, sign five-minute
tokens with their own key, for one callee each; the user on whose behalf they call travels as `act`. All keys are Ed25519
(RFC 8037).
A token names its key as `<service>.<key id>`, so that a key can be replaced while tokens of the one before live on.
"""

import hashlib
import time
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import jwt

from chassis.errors import Unauthenticated
from chassis.keys import REREAD_SECONDS, PublicKeys, SigningKey, key_id
from chassis.revocations import Revocations

ALGORITHM = "EdDSA"
USER_AUDIENCE = "productsmanager"
USER_ISSUER = "core-svc"
ACCESS_TOKEN_SECONDS = 900
SERVICE_TOKEN_SECONDS = 300
# Clocks of two machines may differ by this much.
LEEWAY_SECONDS = 10
CACHED_TOKENS = 10_000


class InvalidToken(Unauthenticated):
    def __init__(self, message: str) -> None:
        super().__init__(f"{message} Sign in and send the access token as 'Authorization: Bearer ...'.")


class TokenRevoked(Unauthenticated):
    def __init__(self) -> None:
        super().__init__("This token was revoked: the session has ended or the rights have changed. Refresh it or sign in again.")


@dataclass(frozen=True)
class Principal:
    """The verified caller: a user with permissions, or a service with the user it acts for.

    `session` is what a user's token was made for: a session, or an API key (`api_key`).
    """

    kind: Literal["user", "service"]
    subject: str
    permissions: frozenset[str] = frozenset()
    act: str = ""
    expires: float = 0.0
    issued: float = 0.0
    session: str = ""
    api_key: bool = False

    @property
    def user_id(self) -> str:
        """The person behind the call; empty when a service calls of its own accord."""
        return self.subject if self.kind == "user" else self.act


_current: ContextVar[Principal | None] = ContextVar("principal", default=None)


def current() -> Principal:
    """The caller of the method that is running; raises Unauthenticated inside a public method called without a token."""
    principal = caller()
    if principal is None:
        raise InvalidToken("This call has no caller.")
    return principal


def caller() -> Principal | None:
    """The caller of the method that is running; None when a public method was called without a token."""
    return _current.get()


def enter(principal: Principal | None) -> None:
    """Make `principal` the current caller of this task."""
    _current.set(principal)


class Signer:
    """Signs with one service's private key; `service` is a name such as `imports-svc`."""

    def __init__(self, service: str, keys_dir: Path) -> None:
        self.service = service
        self._key = SigningKey(keys_dir, key_name(service))
        self._public = PublicKeys(keys_dir)
        self._cached: dict[tuple[str, str, str], tuple[str, float]] = {}

    def service_token(self, audience: str, act: str = "") -> str:
        """A token for one callee, reused until a minute before it expires or until the key is replaced."""
        now = time.time()
        token, expires = self._cached.get((audience, act, self._key.get()[1]), ("", 0.0))
        if expires < now + 60:
            expires = now + SERVICE_TOKEN_SECONDS
            token = self._sign({"sub": self.service, "aud": audience, "act": act}, expires)
            self._cached = {key: kept for key, kept in self._cached.items() if kept[1] > now}
            self._cached[audience, act, self._key.get()[1]] = token, expires
        return token

    def access_token(
        self,
        user_id: str,
        permissions: list[str],
        *,
        session: str = "",
        api_key: bool = False,
        seconds: int = ACCESS_TOKEN_SECONDS,
    ) -> str:
        """A user's access token; only core-svc's signature is accepted on one. `session` names the API key when `api_key`."""
        claims = {"sub": user_id, "aud": USER_AUDIENCE, "perms": permissions, "sid": session}
        return self._sign(claims | ({"key": True} if api_key else {}), time.time() + seconds)

    def jwks(self) -> list[dict[str, str]]:
        """The public keys that verify what this signs and lately signed, as JSON Web Keys (RFC 7517, RFC 8037)."""
        return [self._jwk(key) for key in self._public.all(key_name(self.service))]

    def _jwk(self, key: Any) -> dict[str, str]:
        public = jwt.algorithms.OKPAlgorithm.to_jwk(key, as_dict=True)
        return {**public, "kid": f"{self.service}.{key_id(key)}", "alg": ALGORITHM, "use": "sig"}

    def _sign(self, claims: dict[str, Any], expires: float) -> str:
        key, id = self._key.get()
        # Milliseconds, because a token may be issued right after others of its user were revoked.
        claims |= {"iss": self.service, "iat": round(time.time(), 3), "exp": int(expires)}
        return jwt.encode(claims, key, ALGORITHM, headers={"kid": f"{self.service}.{id}"})


class Verifier:
    """Verifies tokens for one service (or the gateway) and remembers verified ones by hash for a moment.

    So a key that is taken away takes with it what it signed.

    `revocations` are whose tokens it refuses before that; a Follower keeps them.
    """

    def __init__(self, service: str, keys_dir: Path) -> None:
        self.service = service
        self.revocations = Revocations()
        self._keys = PublicKeys(keys_dir)
        self._verified: dict[bytes, tuple[Principal, float]] = {}

    def verify(self, token: str) -> Principal:
        """The principal behind `token`; raises InvalidToken for anything that is not valid for this service, and TokenRevoked."""
        digest = hashlib.blake2b(token.encode(), digest_size=16).digest()
        now = time.time()
        principal, until = self._verified.get(digest, (None, 0.0))
        if principal is None or until <= now:
            principal = self._decode(token)
            if len(self._verified) >= CACHED_TOKENS:
                self._verified.clear()
            self._verified[digest] = principal, min(principal.expires, now + REREAD_SECONDS)
        if self.revocations.cover((principal.subject, principal.session), principal.issued):
            raise TokenRevoked
        return principal

    def _decode(self, token: str) -> Principal:
        try:
            issuer, _, id = str(jwt.get_unverified_header(token).get("kid", "")).partition(".")
            claims = jwt.decode(
                token,
                self._key(issuer, id),
                algorithms=[ALGORITHM],
                audience=[self.service, USER_AUDIENCE] if issuer == USER_ISSUER else self.service,
                issuer=issuer,
                leeway=LEEWAY_SECONDS,
                options={"require": ["exp", "iat", "sub", "aud", "iss"]},
            )
        except jwt.ExpiredSignatureError:
            raise InvalidToken("The token has expired.") from None
        except jwt.PyJWTError:
            raise InvalidToken("The token is not valid here.") from None
        times = {"expires": claims["exp"], "issued": claims["iat"]}
        # core-svc signs both: whom a token is for tells a user's from its own.
        if issuer == USER_ISSUER and claims["aud"] == USER_AUDIENCE:
            made_for = {"session": claims.get("sid", ""), "api_key": claims.get("key", False)}
            return Principal("user", claims["sub"], frozenset(claims.get("perms", ())), **times, **made_for)
        if claims["aud"] != self.service or claims["sub"] != issuer:
            raise InvalidToken("The token is not valid here.")
        return Principal("service", issuer, act=claims.get("act", ""), **times)

    def _key(self, service: str, id: str) -> Any:
        try:
            return self._keys.get(key_name(service), id)
        except KeyError:
            raise jwt.InvalidKeyError(service) from None


def key_name(service: str) -> str:
    """The file name, without suffix, of a service's keys: `imports` for `imports-svc`."""
    return service.removesuffix("-svc")
