"""How often one host is asked by this process: so many connections at once, so many requests a second, and not while it said no.

The limits are of one process: two workers ask twice as much.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from fetching.errors import TooManyRequests

# Hosts that are remembered; of more, those that nobody waits for are forgotten.
HOSTS = 4096
# What a server may ask for at most, in seconds: a day. None without a time of its own.
LONGEST_WAIT = 86_400.0
USUAL_WAIT = 60.0


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
        self._hosts: dict[str, _Host] = {}

    @asynccontextmanager
    async def connection(self, origin: str) -> AsyncIterator[None]:
        """One of the connections that `origin` may have; waits for it."""
        host = self._host(origin)
        host.users += 1
        try:
            async with host.free:
                yield
        finally:
            host.users -= 1

    async def turn(self, origin: str, waits: float) -> None:
        """Wait until `origin` may be asked. Raises TooManyRequests when it wants to be left alone for longer than `waits`."""
        host = self._host(origin)
        host.users += 1
        try:
            async with host.turn:
                quiet = host.quiet_until - time.monotonic()
                if quiet > waits:
                    raise TooManyRequests(origin, quiet)
                if (wait := max(quiet, host.next_at - time.monotonic())) > 0:
                    await asyncio.sleep(wait)
                host.next_at = time.monotonic() + self._gap
        finally:
            host.users -= 1

    def leave_alone(self, origin: str, seconds: float | None) -> float:
        """Note that `origin` wants to be left alone; returns for how many seconds that is."""
        wait = min(max(USUAL_WAIT if seconds is None else seconds, 1.0), LONGEST_WAIT)
        host = self._host(origin)
        host.quiet_until = max(host.quiet_until, time.monotonic() + wait)
        return wait

    def _host(self, origin: str) -> _Host:
        host = self._hosts.get(origin)
        if host is None:
            if len(self._hosts) >= HOSTS:
                self._forget()
            host = self._hosts[origin] = _Host(asyncio.Semaphore(self._connections))
        return host

    def _forget(self) -> None:
        now = time.monotonic()
        idle = [name for name, host in self._hosts.items() if not host.users and max(host.next_at, host.quiet_until) < now]
        for name in idle:
            del self._hosts[name]
