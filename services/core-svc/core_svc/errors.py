"""Errors of more than one room."""

from uuid import UUID

from chassis.errors import NotFound


class UserNotFound(NotFound):
    def __init__(self, id: UUID) -> None:
        super().__init__("No user has this id.", user_id=id)
