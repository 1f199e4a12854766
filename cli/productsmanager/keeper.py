"""The supervisor's event listener: ends what a death signal cannot reach.

A death signal is bound to one process, so the children of a killed process would live on: when a process of the
stack ends, the rest of its process group is killed. And when the supervisor itself is gone, which shows as the end
of this process's input, everything that still carries the mark of the stack is.

The protocol is supervisord's for event listeners: https://supervisord.org/events.html#event-listener-implementations
"""

import contextlib
import os
import signal
import sys
from pathlib import Path

from productsmanager import orphans

EVENTS = ("PROCESS_STATE_EXITED", "PROCESS_STATE_STOPPED")


def _fields(line: str) -> dict[str, str]:
    return dict(pair.split(":", 1) for pair in line.split())


def ended_process() -> int | None:
    """Wait for the next process to end and return its pid; None when the supervisor is gone."""
    print("READY", flush=True)
    header = sys.stdin.readline()
    payload = sys.stdin.read(int(_fields(header)["len"])) if header else ""
    return int(_fields(payload)["pid"]) if payload else None


def main() -> None:
    root = Path(os.environ[orphans.MARK])
    with contextlib.suppress(BrokenPipeError):
        while (pid := ended_process()) is not None:
            # supervisord makes each process the leader of its own group.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, signal.SIGKILL)
            # The protocol's answer: `RESULT <length>`, then so many characters.
            print("RESULT 2\nOK", end="", flush=True)
    orphans.sweep(root)


if __name__ == "__main__":
    main()
