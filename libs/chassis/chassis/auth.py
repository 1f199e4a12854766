"""Who is calling: signed tokens of users and of services, and what they permit.

Users carry an access token that core-svc signed (audience `productsmanager`). Services sign five-minute tokens with their own
key, for one callee each; the user on whose behalf they call travels as `act`. All keys are Ed25519 (RFC 8037).
"""

import hashlib
import time
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import jwt
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from chassis.errors import Unauthenticated

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


@dataclass(frozen=True)
class Principal:
    """The verified caller: a user with permissions, or a service with the user it acts for."""

    kind: Literal["user", "service"]
    subject: str
    permissions: frozenset[str] = frozenset()
    act: str = ""
    expires: float = 0.0

    @property
    def user_id(self) -> str:
        """The person behind the call; empty when a service calls of its own accord."""
        return self.subject if self.kind == "user" else self.act


_current: ContextVar[Principal | None] = ContextVar("principal", default=None)


def current() -> Principal:
    """The caller of the method that is running; raises Unauthenticated inside a public method called without a token."""
    principal = _current.get()
    if principal is None:
        raise InvalidToken("This call has no caller.")
    return principal


def enter(principal: Principal | None) -> None:
    """Make `principal` the current caller of this task."""
    _current.set(principal)


class Signer:
    """Signs with one service's private key; `service` is a name such as `imports-svc`."""

    def __init__(self, service: str, keys_dir: Path) -> None:
        self.service = service
        self._key: Any = load_pem_private_key((keys_dir / f"{key_name(service)}.pem").read_bytes(), password=None)
        self._cached: dict[tuple[str, str], tuple[str, float]] = {}

    def service_token(self, audience: str, act: str = "") -> str:
        """A token for one callee, reused until a minute before it expires."""
        now = time.time()
        token, expires = self._cached.get((audience, act), ("", 0.0))
        if expires < now + 60:
            expires = now + SERVICE_TOKEN_SECONDS
            token = self._sign({"sub": self.service, "aud": audience, "act": act}, expires)
            self._cached = {key: kept for key, kept in self._cached.items() if kept[1] > now}
            self._cached[audience, act] = token, expires
        return token

    def access_token(self, user_id: str, permissions: list[str]) -> str:
        """A user's access token of 15 minutes; only core-svc's signature is accepted on one."""
        claims = {"sub": user_id, "aud": USER_AUDIENCE, "perms": permissions}
        return self._sign(claims, time.time() + ACCESS_TOKEN_SECONDS)

    def jwk(self) -> dict[str, str]:
        """The public key that verifies what this signs, as a JSON Web Key (RFC 7517, RFC 8037)."""
        public = jwt.algorithms.OKPAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        return {**public, "kid": self.service, "alg": ALGORITHM, "use": "sig"}

    def _sign(self, claims: dict[str, Any], expires: float) -> str:
        claims |= {"iss": self.service, "iat": int(time.time()), "exp": int(expires)}
        return jwt.encode(claims, self._key, ALGORITHM, headers={"kid": self.service})


class Verifier:
    """Verifies tokens for one service (or the gateway) and remembers verified ones by hash until they expire."""

    def __init__(self, service: str, keys_dir: Path) -> None:
        self.service = service
        self._keys_dir = keys_dir
        self._keys: dict[str, Any] = {}
        self._verified: dict[bytes, Principal] = {}

    def verify(self, token: str) -> Principal:
        """The principal behind `token`; raises InvalidToken for anything that is not a valid token for this service."""
        digest = hashlib.blake2b(token.encode(), digest_size=16).digest()
        known = self._verified.get(digest)
        if known is not None and known.expires > time.time():
            return known
        principal = self._decode(token)
        if len(self._verified) >= CACHED_TOKENS:
            self._verified.clear()
        self._verified[digest] = principal
        return principal

    def _decode(self, token: str) -> Principal:
        try:
            issuer = str(jwt.get_unverified_header(token).get("kid", ""))
            claims = jwt.decode(
                token,
                self._key(issuer),
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
        # core-svc signs both: whom a token is for tells a user's from its own.
        if issuer == USER_ISSUER and claims["aud"] == USER_AUDIENCE:
            return Principal("user", claims["sub"], frozenset(claims.get("perms", ())), expires=claims["exp"])
        return Principal("service", issuer, act=claims.get("act", ""), expires=claims["exp"])

    def _key(self, service: str) -> Any:
        if service not in self._keys:
            path = self._keys_dir / f"{key_name(service)}.pub"
            if not service.replace("-", "").isalnum() or not path.is_file():
                raise jwt.InvalidKeyError(service)
            self._keys[service] = load_pem_public_key(path.read_bytes())
        return self._keys[service]


def key_name(service: str) -> str:
    """The file name, without suffix, of a service's keys: `imports` for `imports-svc`."""
    return service.removesuffix("-svc")
