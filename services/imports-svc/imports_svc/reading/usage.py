"""What the process that reads uses: it tells its worker with each answer, so that also a killed one has been counted."""

import re
import resource
import sys
from pathlib import Path
from typing import NamedTuple

_HIGH_WATER = re.compile(r"^VmHWM:\s+([0-9]+) kB$", re.MULTILINE)


class Usage(NamedTuple):
    """Of one process since it began: seconds of CPU, and the most memory it ever held, in bytes."""

    cpu: float = 0.0
    peak: int = 0


def own() -> Usage:
    """What this process has used."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return Usage(used.ru_utime + used.ru_stime, _peak(used.ru_maxrss))


def _peak(maxrss: int) -> int:
    if sys.platform == "darwin":
        return maxrss
    # On Linux ru_maxrss begins at what the worker held when it started this process.
    found = _HIGH_WATER.search(Path("/proc/self/status").read_text(encoding="ascii"))
    return int(found[1]) * 1024 if found else maxrss * 1024
