"""What names stand for, as this system knows them: looked up in threads of their own, so that slow name servers hold up nothing
else.
"""

import asyncio
import socket
import threading
import time
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor

# Look-ups at once. A name server that does not answer holds a thread for ten seconds and more; a thread that waits costs next to
# nothing.
THREADS = 64
# For how many seconds a name that nobody knows is not looked up again, and how many such names are remembered.
DEAD_SECONDS = 30.0
DEAD_NAMES = 4096


class Names:
    """The system's look-ups, for one process. Threads begin with the first of them, and end with this object."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="look-up")
        self._lock = threading.Lock()
        # When they were last found to be unknown, on the monotonic clock.
        self._dead: OrderedDict[str, float] = OrderedDict()

    async def look_up(self, host: str, port: int) -> list[str]:
        """Every address of a name. Raises OSError, also for a name that was unknown a moment ago."""
        with self._lock:
            died = self._dead.get(host)
        if died is not None and time.monotonic() - died < DEAD_SECONDS:
            raise OSError("unknown a moment ago")
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._ask, host, port)

    def _ask(self, host: str, port: int) -> list[str]:
        """In a thread. What it finds out is remembered also when nobody waits for it any more."""
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError:
            with self._lock:
                self._dead.pop(host, None)
                self._dead[host] = time.monotonic()
                if len(self._dead) > DEAD_NAMES:
                    self._dead.popitem(last=False)
            raise
        with self._lock:
            self._dead.pop(host, None)
        return [str(address[0]) for *_, address in found]
