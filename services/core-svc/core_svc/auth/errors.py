from chassis.errors import Unauthenticated


class InvalidCredentials(Unauthenticated):
    """Says not which of user, password and state is wrong, so that nobody can try out who exists."""

    def __init__(self) -> None:
        super().__init__("The user name or the password is wrong, or the user is not active.")
