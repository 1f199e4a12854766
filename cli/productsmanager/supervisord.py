"""supervisord that outlives a full disk and forks the stack's Python: `python -m productsmanager.supervisord -n -c FILE`.

A line that it can't write to a log it tells on standard error. Where that is a file of the same disk, it would end over it, and
with it everything that it watches.
"""

import os
from collections.abc import Mapping, Sequence
from typing import Any

from supervisor import loggers, supervisord
from supervisor.options import ServerOptions

from productsmanager.forked import Preloading, become, module_of


def _lost(_handler: loggers.Handler) -> None:
    """The line is lost: it can be told nowhere."""


class _Poller:
    """The supervisor's poller, which does not wait while libraries are left to be loaded."""

    def __init__(self, poller: Any, preloading: Preloading) -> None:
        self._poller = poller
        self._preloading = preloading

    def poll(self, seconds: float) -> Any:
        found = self._poller.poll(seconds if self._preloading.is_done else 0)
        if not any(found):
            self._preloading.step()
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self._poller, name)


class _Options(ServerOptions):  # type: ignore[misc]  # supervisor is not typed
    """supervisord's options, by which it reaches the system."""

    def __init__(self) -> None:
        super().__init__()
        self._pid = os.getpid()
        self.poller: Any = _Poller(self.poller, Preloading())

    def execve(self, filename: str, argv: Sequence[str], env: Mapping[str, str]) -> None:
        """In the forked child: become the program."""
        if module := module_of(argv):
            become(module, env, self._pid)
        super().execve(filename, argv, env)


if __name__ == "__main__":
    loggers.Handler.handleError = _lost
    supervisord.ServerOptions = _Options
    supervisord.main()
