"""The events that tell other services of single products a person changed."""

from collections.abc import Iterable
from uuid import UUID

from chassis.db import Connection
from events.outbox import Fact, emit_all_on
from pm.catalog.v1.events_pb2 import ProductChanged


async def tell_changed(connection: Connection, products: Iterable[UUID], fields: Iterable[str], user_id: str) -> None:
    """Tell other services that a person changed these fields of these products."""
    rows = await connection.fetch("SELECT id, version FROM products WHERE id = ANY ($1) ORDER BY id", list(products))
    await emit_all_on(connection, (product_changed(row["id"], row["version"], fields, user_id) for row in rows))


def product_changed(product_id: UUID, version: int, fields: Iterable[str], user_id: str) -> Fact:
    """The event of one changed product; version 1 says that it was created."""
    key = str(product_id)
    changed = ProductChanged(product_id=key, version=version, fields=sorted(fields), user_id=user_id)
    return Fact(key, changed, topics=("products", f"product:{key}"))
