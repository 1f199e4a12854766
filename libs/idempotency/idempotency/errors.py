from chassis.errors import AlreadyExists


class RequestIdReused(AlreadyExists):
    def __init__(self, request_id: str) -> None:
        super().__init__(
            "This request id was used within the last 24 hours with another body: use a new one for a new request.",
            request_id=request_id,
        )
