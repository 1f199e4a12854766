from chassis.counts import counted
from chassis.errors import ResourceExhausted, Unauthenticated


class InvalidCredentials(Unauthenticated):
    """Says not which of user, password and state is wrong, so that nobody can try out who exists."""

    def __init__(self) -> None:
        super().__init__("The user name or the password is wrong, or the user is not active.")


class TooManyAttempts(ResourceExhausted):
    """Alike for names that exist and names that don't."""

    def __init__(self, seconds: int) -> None:
        super().__init__(
            f"Too many wrong passwords for this name or from this address: wait {counted(seconds, 'second')}. Sessions go on.",
            retry_after_seconds=seconds,
        )
