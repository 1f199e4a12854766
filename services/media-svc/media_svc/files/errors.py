"""What can be wrong with a file."""

from uuid import UUID

from chassis.errors import AlreadyExists


class SourceUrlTaken(AlreadyExists):
    def __init__(self, product_id: UUID, source_url: str) -> None:
        super().__init__(f"Product {product_id} has the file {source_url} already.", product_id=product_id, source_url=source_url)
