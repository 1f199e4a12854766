"""What a check finds, and from where on it calls something wrong."""

import enum
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from productsmanager.errors import ProductsManagerError

SET_CLOCK = "set the clock (timedatectl set-ntp true): tokens, leases and sessions go by it"


class Severity(enum.Enum):
    GOOD = "good"
    NOTE = "note"
    BAD = "bad"


@dataclass(frozen=True)
class Finding:
    check: str
    severity: Severity
    text: str
    remedy: str = ""


@dataclass(frozen=True)
class Limits:
    """From where on something is wrong. Sizes in GB, times in seconds."""

    free_gb: float = 1
    # Of the machine: supervisord, eleven Python processes and PostgreSQL with its settings, before any data.
    memory_gb: float = 4
    available_gb: float = 0.5
    open_files: int = 4096
    clock: float = 5
    # An event, or a job without a worker, waits for so long.
    waiting: float = 120
    transaction: float = 3600
    # So many ends within so long are a loop.
    ends: int = 3
    ends_within: float = 600
    certificate_days: float = 14


Check = Callable[[], Iterable[Finding]]


def guarded(name: str, check: Check) -> list[Finding]:
    """A check that cannot be made is a finding, and the others go on."""
    try:
        return list(check())
    except (ProductsManagerError, OSError, ValueError) as error:
        return [Finding(name, Severity.BAD, str(error), "mend what is wrong above, or see `pm logs`")]
