"""How often one host is asked by this process: so many connections at once, so many requests a second, and not while it said no.

The limits are of one process: two workers ask twice as much.
"""

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field

from fetching.errors import TooManyRequests
from fetching.urls import Url

# Hosts that nobody uses now and that are remembered nevertheless, and addresses that want to be left alone: the least recent ones
# are forgotten.
HOSTS = 4096
ADDRESSES = 4096
# What a server may ask for at most, in seconds: a day. None without a time of its own.
LONGEST_WAIT = 86_400.0
USUAL_WAIT = 60.0
# For how long one address may have its whole host left alone: many suppliers share one, and what one of them is told (or has
# answered) is not for the others.
LONGEST_FOR_HOST = 300.0


@dataclass
class _Host:
    free: asyncio.Semaphore
    users: int = 0
    # On the monotonic clock: when the next request may begin, and until when it wants to be left alone.
    next_at: float = 0.0
    quiet_until: float = 0.0
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


class Manners:
    """The hosts this process asks."""

    def __init__(self, connections: int, per_second: float) -> None:
        self._connections = connections
        self._gap = 1.0 / per_second
        self._used: dict[str, _Host] = {}
        self._idle: OrderedDict[str, _Host] = OrderedDict()
        # Until when an address wants to be left alone, by a digest: it may be long, and a secret.
        self._quiet: OrderedDict[bytes, float] = OrderedDict()

    @asynccontextmanager
    async def connection(self, origin: str) -> AsyncIterator[None]:
        """One of the connections that `origin` may have; waits for it."""
        with self._using(origin) as host:
            async with host.free:
                yield

    async def turn(self, url: Url, waits: float) -> None:
        """Wait until `url` may be asked. Raises TooManyRequests when it wants to be left alone for longer than `waits`."""
        with self._using(url.origin) as host:
            async with host.turn:
                quiet = max(host.quiet_until, self._quiet.get(_digest(url), 0.0)) - time.monotonic()
                if quiet > waits:
                    raise TooManyRequests(url.origin, quiet)
                if (wait := max(quiet, host.next_at - time.monotonic())) > 0:
                    await asyncio.sleep(wait)
                host.next_at = time.monotonic() + self._gap

    def leave_alone(self, url: Url, seconds: float | None) -> float:
        """Note that `url` wants to be left alone, and for some minutes its host; returns for how many seconds that is."""
        wait = min(max(USUAL_WAIT if seconds is None else seconds, 1.0), LONGEST_WAIT)
        now = time.monotonic()
        with self._using(url.origin) as host:
            host.quiet_until = max(host.quiet_until, now + min(wait, LONGEST_FOR_HOST))
        if wait > LONGEST_FOR_HOST:
            address = _digest(url)
            self._quiet[address] = max(self._quiet.pop(address, 0.0), now + wait)
            if len(self._quiet) > ADDRESSES:
                self._quiet.popitem(last=False)
        return wait

    @contextmanager
    def _using(self, origin: str) -> Iterator[_Host]:
        host = self._used.get(origin)
        if host is None:
            host = self._idle.pop(origin, None) or _Host(asyncio.Semaphore(self._connections))
            self._used[origin] = host
        host.users += 1
        try:
            yield host
        finally:
            host.users -= 1
            if not host.users:
                self._idle[origin] = self._used.pop(origin)
                if len(self._idle) > HOSTS:
                    self._idle.popitem(last=False)


def _digest(url: Url) -> bytes:
    return hashlib.blake2b(url.text.encode(), digest_size=16).digest()
