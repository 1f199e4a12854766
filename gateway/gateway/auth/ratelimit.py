"""How much a caller may ask for: per user, per API key, and per address of those who show neither (docs/adr/0025).

Counted in Redis for all gateways together, in lots: a gateway takes a hundredth of the limit at once and spends it by itself, so
that Redis is asked once in many requests. While Redis is away each gateway counts alone, in memory.
"""

import math
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

import limits
import structlog
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

from chassis.addresses import network_of
from chassis.counts import counted
from chassis.errors import ResourceExhausted, ServiceError
from gateway.auth.api_keys import PREFIX
from gateway.auth.door import Door
from gateway.http.routing import Endpoint

log = structlog.get_logger(__name__)

LOTS = 100
# How long a lot counts, as a part of the limit's time: what is not spent by then is lost.
LOT_LIFE = 0.1
# Who was refused is refused again for so long without asking Redis.
REFUSED_SECONDS = 1.0
# How long Redis is waited for, and how long it is left alone when it did not answer.
REDIS_SECONDS = 0.25
AWAY_SECONDS = 5.0
REMEMBERED = 10_000


class RateLimited(ResourceExhausted):
    """More was asked for than the limit allows."""

    def __init__(self, policy: "Policy", seconds: int) -> None:
        super().__init__(
            f"The limit of {policy.limit} for one {policy.name} is reached: wait {counted(seconds, 'second')}.",
            retry_after_seconds=seconds,
            policy=policy.name,
        )
        self.seconds = seconds


@dataclass(frozen=True)
class Policy:
    """One limit: whom it counts by, and how much in how long."""

    name: str
    limit: limits.RateLimitItem

    @property
    def header(self) -> bytes:
        """The field RateLimit-Policy (draft-ietf-httpapi-ratelimit-headers-10)."""
        return b'"%s";q=%d;w=%d' % (self.name.encode(), self.limit.amount, self.limit.get_expiry())

    def left(self, amount: int, seconds: int) -> bytes:
        """The field RateLimit: what is left, and when there will be more."""
        return b'"%s";r=%d;t=%d' % (self.name.encode(), amount, seconds)


@dataclass
class Account:
    """What one caller has left of the lots taken here, and what was left of the limit at the last one, until when."""

    left: int = 0
    until: float = 0.0
    remaining: int = 0
    reset: float = 0.0
    refused_cost: int = 0
    refused_until: float = 0.0


class Counters:
    """The counts of all callers, behind them Redis."""

    def __init__(self, redis_url: str) -> None:
        timeouts = {"socket_timeout": REDIS_SECONDS, "socket_connect_timeout": REDIS_SECONDS}
        # Tried once: whoever asked waits for it.
        once = Retry(NoBackoff(), 0)
        storage = RedisStorage(f"async+{redis_url}", implementation="redispy", key_prefix="rate", retry=once, **timeouts)  # type: ignore[arg-type]
        self._redis = SlidingWindowCounterRateLimiter(storage)
        self._memory = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._away_until = 0.0
        self._accounts: dict[tuple[str, str], Account] = {}

    async def take(self, policy: Policy, caller: str, cost: int) -> Account:
        """Take `cost` from what the caller may ask for. Raises RateLimited."""
        moment = time.time()
        account = self._account(policy.name, caller)
        if account.until <= moment:
            account.left = 0
        if account.left < cost:
            if not (account.refused_until > moment and cost >= account.refused_cost):
                await self._take_lot(policy, caller, account, cost)
            if account.left < cost:
                raise RateLimited(policy, max(1, math.ceil(account.reset - moment)))
        account.left -= cost
        return account

    def is_refused(self, policy: Policy, caller: str) -> bool:
        """Whether this caller was refused a moment ago, whatever it had asked for."""
        account = self._accounts.get((policy.name, caller))
        return account is not None and account.refused_until > time.time()

    def _account(self, *key: str) -> Account:
        if key not in self._accounts and len(self._accounts) >= REMEMBERED:
            # The oldest; what is left of its lot is lost.
            del self._accounts[next(iter(self._accounts))]
        return self._accounts.setdefault((key[0], key[1]), Account())

    async def _take_lot(self, policy: Policy, caller: str, account: Account, cost: int) -> None:
        limit = policy.limit
        moment = time.time()
        for lot in sorted({max(cost, limit.amount // LOTS), cost}, reverse=True):
            taken, account.remaining, account.reset = await self._hit(limit, (policy.name, caller), lot)
            if taken:
                account.left += lot
                account.until = moment + limit.get_expiry() * LOT_LIFE
                account.refused_until = 0.0
                return
        account.refused_cost, account.refused_until = cost, moment + REFUSED_SECONDS

    async def _hit(self, limit: limits.RateLimitItem, key: tuple[str, str], lot: int) -> tuple[bool, int, float]:
        """Whether the lot was taken, what remains of the limit, and when there will be more of it."""
        if time.monotonic() >= self._away_until:
            try:
                return await _hit(self._redis, limit, key, lot)
            except (RedisError, OSError) as error:
                self._away_until = time.monotonic() + AWAY_SECONDS
                log.warning("rate limits are counted in this process alone", error=type(error).__name__)
        return await _hit(self._memory, limit, key, lot)


async def _hit(
    counter: SlidingWindowCounterRateLimiter, limit: limits.RateLimitItem, key: tuple[str, str], lot: int
) -> tuple[bool, int, float]:
    taken = await counter.hit(limit, *key, cost=lot)
    stats = await counter.get_window_stats(limit, *key)
    return taken, stats.remaining, stats.reset_time


class RateLimits:
    """Holds callers to their limits; a policy that is None limits nobody."""

    def __init__(self, counters: Counters, door: Door, *, user: str | None, api_key: str | None, address: str | None) -> None:
        self._counters = counters
        self._door = door
        self._user = _policy("user", user)
        self._api_key = _policy("api-key", api_key)
        self._address = _policy("address", address)

    def limited(self, endpoint: Endpoint) -> Endpoint:
        """The endpoint, answered within the limits."""
        return replace(endpoint, handler=self._limited(endpoint.handler, endpoint.cost))

    def _limited(self, handler: Callable[[Request], Awaitable[Response]], cost: int) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            await self.take(request, cost)
            return await handler(request)

        return answer

    async def take(self, request: HTTPConnection, cost: int = 1) -> None:
        """Count a request, or a WebSocket, against its caller's limit. Raises RateLimited."""
        policy, caller = await self._caller(request)
        if policy is not None:
            await self._take(policy, caller, cost, request)

    async def _caller(self, request: HTTPConnection) -> tuple[Policy | None, str]:
        """Whom the request counts for. Who brings no valid token or key counts by address: many users may share one."""
        address = network_of(request.client.host if request.client else "")
        if self._address is not None and _shows_key(request) and self._counters.is_refused(self._address, address):
            # Guessed keys must not become calls to core-svc without end.
            return self._address, address
        try:
            _, principal = await self._door.caller(request)
        except ServiceError:
            # The endpoint will say so, where it needs a caller.
            return self._address, address
        if principal.api_key:
            return self._api_key, principal.session
        return self._user, principal.subject

    async def _take(self, policy: Policy, caller: str, cost: int, request: HTTPConnection) -> None:
        headers = request.scope["answer_headers"]
        headers.append((b"ratelimit-policy", policy.header))
        try:
            account = await self._counters.take(policy, caller, cost)
        except RateLimited as refused:
            headers.append((b"ratelimit", policy.left(0, refused.seconds)))
            raise
        seconds = max(0, math.ceil(account.reset - time.time()))
        headers.append((b"ratelimit", policy.left(account.remaining + account.left, seconds)))


def _shows_key(request: HTTPConnection) -> bool:
    return request.headers.get("authorization", "").partition(" ")[2].startswith(PREFIX)


def _policy(name: str, limit: str | None) -> Policy | None:
    return Policy(name, limits.parse(limit)) if limit else None
