from uuid import UUID

from chassis.counts import counted
from chassis.errors import NotFound, ResourceExhausted, Unauthenticated


class InvalidApiKey(Unauthenticated):
    def __init__(self) -> None:
        super().__init__("This API key was revoked, has expired or never was one: make another.")


class ApiKeyNotFound(NotFound):
    def __init__(self, id: UUID) -> None:
        super().__init__("There is no such key, or it was revoked.", api_key_id=id)


class TooManyApiKeys(ResourceExhausted):
    def __init__(self, limit: int) -> None:
        super().__init__(f"You have {counted(limit, 'key')}, which is the limit: revoke one that is not used.", limit=limit)
