"""Bounds of what is read."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds that keep one file from harming the machine. Sizes in bytes."""

    plain_bytes: int = 8_000_000_000
    bomb_ratio: int = 200
    bomb_bytes: int = 100_000_000
    line_bytes: int = 1 << 20
    columns: int = 1_000
    rows: int = 20_000_000
    # Lines that are no rows: each is kept with its reason.
    unread: int = 1_000_000


LIMITS = Limits()
