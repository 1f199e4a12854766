from collections.abc import Iterable

from chassis.counts import counted
from chassis.errors import AlreadyExists, FailedPrecondition, InvalidArgument, NotFound, PermissionDenied


class UnknownRole(InvalidArgument):
    def __init__(self, names: Iterable[str]) -> None:
        unknown = ", ".join(sorted(names))
        super().__init__(
            f"There is no role {unknown}: ListRoles tells which there are.",
            violations={"user.roles": f"unknown: {unknown}"},
            roles=unknown,
        )


class UnknownPermission(InvalidArgument):
    def __init__(self, names: Iterable[str]) -> None:
        unknown = ", ".join(sorted(names))
        super().__init__(
            f"There is no permission {unknown}: ListPermissions tells which there are.",
            violations={"permissions": f"unknown: {unknown}"},
            permissions=unknown,
        )


class RoleNotFound(NotFound):
    def __init__(self, name: str) -> None:
        super().__init__(f"There is no role {name}.", role=name)


class RoleTaken(AlreadyExists):
    def __init__(self, name: str) -> None:
        super().__init__(f"There is a role {name} already: choose a different name.", role=name)


class RoleFixed(FailedPrecondition):
    def __init__(self, name: str) -> None:
        super().__init__(f"The role {name} belongs to every installation and stays: make a role of your own instead.", role=name)


class RoleInUse(FailedPrecondition):
    def __init__(self, name: str, users: int) -> None:
        super().__init__(
            f"{counted(users, 'user has', 'users have')} the role {name}: take it away first.", role=name, users=users
        )


class PermissionsNotHeld(PermissionDenied):
    def __init__(self, missing: Iterable[str]) -> None:
        names = ", ".join(missing)
        super().__init__(
            f"Nobody gives what he does not have, or changes who may do more. You lack: {names}.", missing_permissions=names
        )
