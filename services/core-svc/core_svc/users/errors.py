from collections.abc import Iterable
from uuid import UUID

from chassis.errors import AlreadyExists, FailedPrecondition, InvalidArgument, NotFound, PermissionDenied


class UserNotFound(NotFound):
    def __init__(self, id: UUID) -> None:
        super().__init__("No user has this id.", user_id=id)


class UsernameMissing(InvalidArgument):
    def __init__(self) -> None:
        super().__init__("A new user needs a username.", violations={"user.username": "is required"})


class UsernameTaken(AlreadyExists):
    def __init__(self, username: str) -> None:
        super().__init__(f"Another user is called {username}: choose a different name.", username=username)


class LastAdmin(FailedPrecondition):
    def __init__(self, id: UUID) -> None:
        super().__init__("This is the last active administrator: give another active user the role admin first.", user_id=id)


class PermissionsNotHeld(PermissionDenied):
    def __init__(self, missing: Iterable[str]) -> None:
        names = ", ".join(missing)
        super().__init__(
            f"Nobody gives what he does not have, or changes who may do more. You lack: {names}.", missing_permissions=names
        )
