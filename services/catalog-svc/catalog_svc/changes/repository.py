"""The feed in the database: written in the transaction of what it tells, read in an order in which nothing is passed by."""

from collections.abc import Iterable, Mapping, Sequence, Set
from typing import NamedTuple
from uuid import UUID

import asyncpg

from catalog_svc.changes.errors import ChangesLost
from catalog_svc.changes.models import CHANGED, CREATED, MAX_PRODUCTS, MERGED, RESTORED, TRASHED, Alike
from catalog_svc.fields.kinds import Told
from catalog_svc.fields.registry import REGISTRY
from chassis.db import Connection
from pm.catalog.v1 import changes_pb2 as pb

# What belongs to a kind of its own; every other field is one of the product itself.
_OF_PRICE, _OF_STOCK, _OF_OFFERS = (REGISTRY.told_as(told) for told in (Told.PRICE, Told.STOCK, Told.OFFERS))
_APART = (*_OF_PRICE, *_OF_STOCK, *_OF_OFFERS)

INSERT = "INSERT INTO change_feed (kind, fields, run_id, user_id, product_count, product_ids)"
_NOTE = f"{INSERT} VALUES ($1, $2, $3, $4, $5, $6)"
_NOTE_MERGED = f"""
INSERT INTO change_feed (kind, fields, run_id, user_id, product_count, product_ids, into_id)
VALUES ({MERGED}, '{{}}', $1, $2, $3, $4, $5)
"""
# The number by which a database of another cluster is known: a restored catalogue counts its transactions anew.
_SOURCE = "(SELECT system_identifier % 1000000 FROM pg_control_system())::text AS source"
_NOW = f"""
SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS xmin, pg_snapshot_xmax(pg_current_snapshot())::text AS xmax, {_SOURCE}
"""
_SELF = f"SELECT pg_current_xact_id()::text AS txid, {_SOURCE}"
# A transaction that began earlier may still commit, so only what is below the oldest running one is shown. A page may end
# within a row: `skipped` products of it were answered before.
_LIST = """
WITH behind AS (
  SELECT txid, id, create_time, kind, fields, run_id, user_id, into_id, product_count, product_ids,
         CASE WHEN (txid, id) = ($1::text::xid8, $2::bigint) THEN $3::int ELSE 0 END AS skipped
  FROM change_feed
  WHERE (txid, id) >= ($1::text::xid8, $2::bigint) AND txid < $4::text::xid8 AND ({kinds})
  ORDER BY change_feed.txid, id LIMIT $5::int + 1
),
counted AS (
  SELECT *, sum(product_count - skipped) OVER (ORDER BY txid, id) - (product_count - skipped) AS earlier
  FROM behind WHERE product_count > skipped
)
SELECT txid::text, id, create_time, kind, fields, run_id, user_id, into_id, product_count, skipped,
       product_ids[skipped + 1 : skipped + $5::int - earlier::int] AS product_ids
FROM counted WHERE earlier < $5::int ORDER BY counted.txid, id
"""
_LOST = "SELECT EXISTS (SELECT FROM change_feed_horizon WHERE txid >= $1::text::xid8)"
_IS_KIND: dict[int, str] = {
    pb.ProductChange.KIND_CREATED: f"kind = {CREATED}",
    pb.ProductChange.KIND_TRASHED: f"kind = {TRASHED}",
    pb.ProductChange.KIND_RESTORED: f"kind = {RESTORED}",
    pb.ProductChange.KIND_MERGED: f"kind = {MERGED}",
    pb.ProductChange.KIND_CHANGED: f"kind = {CHANGED} AND NOT fields <@ ARRAY{list(_APART)}",
    pb.ProductChange.KIND_PRICE: f"fields && ARRAY{list(_OF_PRICE)}",
    pb.ProductChange.KIND_STOCK: f"fields && ARRAY{list(_OF_STOCK)}",
    pb.ProductChange.KIND_OFFERS: f"fields && ARRAY{list(_OF_OFFERS)}",
}


_CALLED: dict[int, int] = {
    CREATED: pb.ProductChange.KIND_CREATED,
    TRASHED: pb.ProductChange.KIND_TRASHED,
    RESTORED: pb.ProductChange.KIND_RESTORED,
    MERGED: pb.ProductChange.KIND_MERGED,
}


class Cursor(NamedTuple):
    """A place in the feed: behind so many products of a row, of a transaction, of a database."""

    source: str
    txid: str
    id: int = 0
    products: int = 0

    @classmethod
    def read(cls, text: str) -> "Cursor":
        """The contract holds its shape."""
        source, txid, id, products = text.split(".")
        return cls(source, txid, int(id), int(products))

    def __str__(self) -> str:
        return ".".join(map(str, self))


class Page(NamedTuple):
    """Rows of the feed, each with the products that belong to this page, and where to go on."""

    rows: Sequence[asyncpg.Record]
    cursor: Cursor
    more: bool


class ChangeWriter:
    """Tells the feed what the running transaction does to products, for a run or a user; one of them is given."""

    def __init__(self, connection: Connection, *, run_id: UUID | None = None, user_id: UUID | str | None = None) -> None:
        self._connection = connection
        self._run_id = run_id
        self._user_id = user_id

    async def note(self, changed: Mapping[UUID, Set[str]], kind: int = CHANGED) -> None:
        """Note which fields of each product hold something else now; one without fields has not changed."""
        await self.note_alike(((fields, sorted(products)) for fields, products in alike(changed)), kind)

    async def note_alike(self, changed: Iterable[Alike], kind: int = CHANGED) -> None:
        """The same, where the products of which the same fields changed are together."""
        rows = [
            (kind, sorted(fields), self._run_id, self._user_id, len(part), part)
            for fields, products in changed
            if fields or kind != CHANGED
            for part in _parts(list(products))
        ]
        if len(rows) == 1:
            await self._connection.execute(_NOTE, *rows[0])
        elif rows:
            await self._connection.executemany(_NOTE, rows)

    async def note_merged(self, into: Mapping[UUID, UUID]) -> None:
        """Note that products are a part of others now."""
        found: dict[UUID, list[UUID]] = {}
        for product_id, into_id in sorted(into.items()):
            found.setdefault(into_id, []).append(product_id)
        for into_id, products in found.items():
            for part in _parts(products):
                await self._connection.execute(_NOTE_MERGED, self._run_id, self._user_id, len(part), part, into_id)


async def cursor_before(connection: Connection) -> str:
    """The cursor behind which stands what the running transaction tells."""
    row = await connection.fetchrow(_SELF)
    return str(Cursor(row["source"], row["txid"]))


class ChangeReader:
    """The feed, over a plain connection outside of transactions."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def end(self) -> Cursor:
        """Behind all that is committed for good: whatever is committed from now on comes behind it."""
        now = await self._connection.fetchrow(_NOW)
        return Cursor(now["source"], now["xmin"])

    async def page(self, after: str, kinds: Iterable[int], limit: int) -> Page:
        """So many entries behind a cursor; "" begins with the oldest that is kept. Raises ChangesLost."""
        now = await self._connection.fetchrow(_NOW)
        cursor = Cursor.read(after) if after else Cursor(now["source"], "0")
        if cursor.source != now["source"] or int(cursor.txid) > int(now["xmax"]):
            raise ChangesLost(after)
        wanted = " OR ".join(f"({_IS_KIND[kind]})" for kind in sorted({*kinds} & _IS_KIND.keys())) or "true"
        statement = _LIST.format(kinds=wanted)
        rows = await self._connection.fetch(statement, cursor.txid, cursor.id, cursor.products, now["xmin"], limit)
        # Asked last: what was gone while the rows were read is known by then.
        if after and await self._connection.fetchval(_LOST, cursor.txid):
            raise ChangesLost(after)
        if sum(len(row["product_ids"]) for row in rows) < limit:
            return Page(rows, max(cursor, Cursor(now["source"], now["xmin"]), key=_place), more=False)
        last = rows[-1]
        return Page(rows, Cursor(now["source"], last["txid"], last["id"], last["skipped"] + len(last["product_ids"])), more=True)


def kinds_of(kind: int, fields: Sequence[str]) -> list[int]:
    """What an entry is called."""
    if kind != CHANGED:
        # One of a later release: that release may have been put back.
        return [_CALLED.get(kind, pb.ProductChange.KIND_CHANGED)]
    said: dict[int, bool] = {
        pb.ProductChange.KIND_CHANGED: any(field not in _APART for field in fields),
        pb.ProductChange.KIND_PRICE: not set(fields).isdisjoint(_OF_PRICE),
        pb.ProductChange.KIND_STOCK: not set(fields).isdisjoint(_OF_STOCK),
        pb.ProductChange.KIND_OFFERS: not set(fields).isdisjoint(_OF_OFFERS),
    }
    return [name for name, holds in said.items() if holds]


def alike(changed: Mapping[UUID, Iterable[str]]) -> list[Alike]:
    """Products with their fields as groups of products of which the same fields changed."""
    found: dict[frozenset[str], set[UUID]] = {}
    for product_id, fields in changed.items():
        found.setdefault(frozenset(fields), set()).add(product_id)
    return list(found.items())


def joined(*changes: Alike) -> list[Alike]:
    """What several statements changed of tens of thousands of products, each product once with all of its fields."""
    found: dict[frozenset[str], set[UUID]] = {}
    for fields, products in changes:
        rest = set(products)
        for known, those in list(found.items()):
            if both := those & rest:
                those.difference_update(both)
                rest.difference_update(both)
                found.setdefault(known | fields, set()).update(both)
        if rest:
            found.setdefault(fields, set()).update(rest)
    return [(fields, products) for fields, products in found.items() if products]


def merged(*changes: Mapping[UUID, Iterable[str]]) -> dict[UUID, set[str]]:
    """What several statements changed, by product."""
    found: dict[UUID, set[str]] = {}
    for changed in changes:
        for product_id, fields in changed.items():
            found.setdefault(product_id, set()).update(fields)
    return found


def _place(cursor: Cursor) -> tuple[int, int, int]:
    return int(cursor.txid), cursor.id, cursor.products


def _parts(products: list[UUID]) -> Iterable[list[UUID]]:
    return (products[first : first + MAX_PRODUCTS] for first in range(0, len(products), MAX_PRODUCTS))
