from chassis.counts import counted
from chassis.errors import ResourceExhausted


class TooManyAttempts(ResourceExhausted):
    """Alike for names that exist and names that don't."""

    def __init__(self, seconds: int) -> None:
        super().__init__(
            f"Too many wrong passwords for this name or from this address: wait {counted(seconds, 'second')}. Sessions go on.",
            retry_after_seconds=seconds,
        )
