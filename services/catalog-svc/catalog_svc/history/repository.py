from collections.abc import Iterable
from uuid import UUID

import asyncpg

from catalog_svc.fields.sets import SETS
from catalog_svc.history import images
from catalog_svc.history.models import CHANGED, CREATED, MOVED
from chassis.db import Connection, Database

_INSERT = "INSERT INTO change_log (product_id, offer_id, run_id, user_id, kind, fields, before)"
_OF_OFFER = [
    *images.of_offer("o"),
    *((values.name, images.of_set(values, "o.id")) for values in SETS),
    (images.ACTIVE, "o.active"),
    *((name, f"o.{name}") for name in (images.EXCLUDE_TIME, *images.VANISHED)),
    (images.PRODUCT_ID, "o.product_id"),
]
_OF_PRODUCT = [
    *images.of_product("p"),
    (images.LOCKED_FIELDS, "to_jsonb(p.locked_fields)"),
    (images.STATE, "CASE WHEN p.trash_time IS NULL THEN 'active' ELSE 'trashed' END"),
    (images.TRASH_TIME, "p.trash_time"),
]


# Of what those are that stand beside it.
_BESIDE = {images.TRASH_TIME: images.STATE, **dict.fromkeys((images.EXCLUDE_TIME, *images.VANISHED), images.ACTIVE)}


def _named(code: str) -> str:
    return f"'{_BESIDE.get(code, code)}' = ANY ($4::text[])"


_NOTE_OFFER = f"""
{_INSERT}
SELECT o.product_id, o.id, NULL, $2, $3, $4::text[], {images.image(_OF_OFFER, _named)} FROM supplier_products o WHERE o.id = $1
"""
_NOTE_PRODUCT = f"""
{_INSERT}
SELECT p.id, NULL, NULL, $2, $3, $4::text[], {images.image(_OF_PRODUCT, _named)} FROM products p WHERE p.id = $1
"""
_NOTE_CREATION = f"{_INSERT} VALUES ($1, $2, NULL, $3, {CREATED}, '{{}}', '{{}}')"
_CHANGES = f"""
SELECT seq, at, offer_id, run_id, user_id, kind, fields, before::text, into_id FROM change_log
WHERE product_id = $1 AND seq < $2 AND kind <> {CREATED} ORDER BY seq DESC LIMIT $3
"""


class HistoryWriter:
    """Records what a person changes, over a plain connection inside the transaction of the change, before it is written."""

    def __init__(self, connection: Connection, user_id: str) -> None:
        self._connection = connection
        self._user_id = user_id

    async def offer(self, offer_id: UUID, fields: Iterable[str], *, moved: bool = False) -> None:
        """These fields of an offer are about to change; `moved`: it will be another product's."""
        told = sorted({*fields, images.PRODUCT_ID} if moved else {*fields})
        await self._connection.execute(_NOTE_OFFER, offer_id, self._user_id, MOVED if moved else CHANGED, told)

    async def product(self, product_id: UUID, fields: Iterable[str], kind: int = CHANGED) -> None:
        """These fields of a product are about to change."""
        await self._connection.execute(_NOTE_PRODUCT, product_id, self._user_id, kind, sorted(fields))

    async def created(self, product_id: UUID, offer_id: UUID | None = None) -> None:
        """A person added a product, or an offer of one. What an import adds is known by its ids."""
        await self._connection.execute(_NOTE_CREATION, product_id, offer_id, self._user_id)


class HistoryReader:
    """The record of change, over a plain connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def changes(self, product_id: str, *, before: int, limit: int) -> list[asyncpg.Record]:
        """Changes of a product and its offers, newest first, older than the sequence number `before`; no creations."""
        return list(await self._connection.fetch(_CHANGES, product_id, before, limit))


async def ensure_change_log(database: Database) -> None:
    """Make the change log's partition of next month, before its first change comes."""
    async with database.writing() as connection:
        await connection.execute("SELECT ensure_change_log_partition((current_date + interval '1 month')::date)")
