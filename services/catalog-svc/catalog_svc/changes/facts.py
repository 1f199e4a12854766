"""The events that tell other services of single products a person changed."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from uuid import UUID

from chassis.db import Connection
from events.outbox import Fact, emit_all_on
from pm.catalog.v1.events_pb2 import ProductChanged


async def tell_changed(
    connection: Connection,
    products: Iterable[UUID],
    fields: Iterable[str],
    user_id: str,
    into: Mapping[UUID, UUID] = MappingProxyType({}),
) -> None:
    """Tell other services that a person changed these fields of these products; `into`: of which others some are a part now."""
    rows = await connection.fetch("SELECT id, version FROM products WHERE id = ANY ($1) ORDER BY id", list(products))
    facts = (product_changed(row["id"], row["version"], fields, user_id, into.get(row["id"])) for row in rows)
    await emit_all_on(connection, facts)


def product_changed(product_id: UUID, version: int, fields: Iterable[str], user_id: str, into: UUID | None = None) -> Fact:
    """The event of one changed product; version 1 says that it was created, `into` of which one it is a part now."""
    key = str(product_id)
    changed = ProductChanged(product_id=key, version=version, fields=sorted(fields), user_id=user_id)
    changed.merged_into_id = str(into or "")
    return Fact(key, changed, topics=("products", f"product:{key}"))
