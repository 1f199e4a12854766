"""When a follower looks by itself: every second, and less often while it is told at once and there is nothing.

A nudge may be sent before what it is about can be seen, which is when the oldest running transaction has ended. So a follower
stays awake for a while behind one, and behind every event.
"""

import asyncio
import time

POLL_SECONDS = 1.0
QUIET_SECONDS = 5.0
# How long one stays awake behind the last word.
AWAKE_SECONDS = 30.0


class Looks:
    """The looks of one follower."""

    def __init__(self) -> None:
        # Whether nudges would come.
        self.heard = False
        self._woken = asyncio.Event()
        self._awake_until = 0.0

    @property
    def pause(self) -> float:
        """Seconds until the next look, unless somebody wakes it."""
        return QUIET_SECONDS if self.heard and time.monotonic() > self._awake_until else POLL_SECONDS

    def wake(self) -> None:
        """Look at once."""
        self.stay_awake()
        self._woken.set()

    def stay_awake(self) -> None:
        """There is something, or something is wrong."""
        self._awake_until = time.monotonic() + AWAKE_SECONDS

    def begin(self) -> None:
        """A look begins: whoever wakes from now on wants another one."""
        self._woken.clear()

    async def wait(self) -> None:
        """Until the next look."""
        try:
            await asyncio.wait_for(self._woken.wait(), self.pause)
        except TimeoutError:
            return
