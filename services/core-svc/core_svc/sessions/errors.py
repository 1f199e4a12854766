from uuid import UUID

from chassis.errors import NotFound, Unauthenticated


class InvalidRefreshToken(Unauthenticated):
    def __init__(self) -> None:
        super().__init__("This is no refresh token of ours: sign in again.")


class SessionEnded(Unauthenticated):
    def __init__(self) -> None:
        super().__init__("The session has ended: sign in again.")


class RefreshTokenReused(Unauthenticated):
    def __init__(self) -> None:
        super().__init__(
            "This refresh token had been used before, so somebody may have a copy of it and the session was ended: sign in again."
        )


class SessionNotFound(NotFound):
    def __init__(self, id: UUID) -> None:
        super().__init__("You have no session with this id, or it has ended.", session_id=id)
