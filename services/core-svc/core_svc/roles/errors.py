from collections.abc import Iterable

from chassis.errors import InvalidArgument


class UnknownRole(InvalidArgument):
    def __init__(self, names: Iterable[str]) -> None:
        unknown = ", ".join(sorted(names))
        super().__init__(
            f"There is no role {unknown}: ListRoles tells which there are.",
            violations={"user.roles": f"unknown: {unknown}"},
            roles=unknown,
        )
