from collections.abc import Collection
from uuid import UUID

from chassis.errors import NotFound


class NotificationNotFound(NotFound):
    def __init__(self, ids: Collection[UUID]) -> None:
        super().__init__("You have no notification with some of these ids.", ids=", ".join(sorted(map(str, ids))))
