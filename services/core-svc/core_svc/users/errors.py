from uuid import UUID

from chassis.errors import AlreadyExists, FailedPrecondition, InvalidArgument


class UsernameMissing(InvalidArgument):
    def __init__(self) -> None:
        super().__init__("A new user needs a username.", violations={"user.username": "is required"})


class UsernameTaken(AlreadyExists):
    def __init__(self, username: str) -> None:
        super().__init__(f"Another user is called {username}: choose a different name.", username=username)


class LastAdmin(FailedPrecondition):
    def __init__(self, id: UUID) -> None:
        super().__init__("This is the last active administrator: give another active user the role admin first.", user_id=id)
