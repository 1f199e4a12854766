"""What an offer or a product was before a change: today's values with the before-images of that change and all later ones."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg

from catalog_svc.fields.kinds import Kind
from catalog_svc.fields.registry import REGISTRY
from catalog_svc.fields.sets import SETS, ValueSet
from catalog_svc.history import images
from catalog_svc.history.errors import HistoryTooOld
from catalog_svc.history.models import CREATED, MOVED, SHOWN_TEXTS
from catalog_svc.history.texts import read
from chassis.db import Connection

_OFFER = f"""
SELECT o.*, {", ".join(f"{images.of_set(values, 'o.id')}::text AS {values.name}" for values in SETS)}
FROM supplier_products o WHERE o.id = $1
"""
_PRODUCT = "SELECT * FROM products WHERE id = $1"
_OFFER_CHANGES = f"""
SELECT seq, kind, fields, before::text FROM change_log
WHERE offer_id = $1 AND seq >= $3
  AND (product_id = $2 OR product_id IN (SELECT product_id FROM change_log WHERE offer_id = $1 AND kind = {MOVED}))
ORDER BY seq DESC
"""
_PRODUCT_CHANGES = """
SELECT seq, kind, fields, before::text FROM change_log
WHERE product_id = $1 AND offer_id IS NULL AND seq >= $2 ORDER BY seq DESC
"""
# The ids of what a run creates begin with its bases.
_RUN_OF_OFFER = "SELECT id FROM runs WHERE offer_base = left(replace($1::uuid::text, '-', ''), 24)"
_CREATION = f"""
SELECT user_id FROM change_log WHERE product_id = ANY ($1) AND offer_id IS NOT DISTINCT FROM $2 AND kind = {CREATED}
"""


class OfferPast(NamedTuple):
    """The columns of an offer that say something, and the rows of its sets by their names."""

    columns: dict[str, Any]
    sets: dict[str, list[tuple[Any, ...]]]


class Creator(NamedTuple):
    """Whichever added an offer or a product; of what was there before history was kept so, neither."""

    run_id: UUID | None
    user_id: UUID | None


class Past:
    """Reads the past of single offers and products, over a plain connection inside a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def offer(self, offer_id: UUID, seq: int) -> OfferPast | None:
        """The offer before the change `seq`, and all later ones; None before a person added it. Raises HistoryTooOld."""
        row = await self._connection.fetchrow(_OFFER, offer_id)
        assert row is not None, "offers are never deleted"
        columns = {code: row[code] for code in (images.ACTIVE, images.EXCLUDE_TIME, *images.VANISHED, images.PRODUCT_ID)}
        columns |= {field.offer_column: row[field.offer_column] for field in REGISTRY.values}
        sets = {values.name: _rows(values, read(row[values.name]) if row[values.name] else None) for values in SETS}
        by_set = {values.name: values for values in SETS}
        for change in await self._connection.fetch(_OFFER_CHANGES, offer_id, row["product_id"], seq):
            if change["kind"] == CREATED:
                return None
            for code, value in _held(change):
                if code in by_set:
                    sets[code] = _rows(by_set[code], value)
                elif code in REGISTRY.by_code:
                    columns[REGISTRY[code].offer_column] = _value(REGISTRY[code].kind, value)
                elif code == images.PRODUCT_ID:
                    columns[code] = UUID(value)
                else:
                    vanish_time, vanish_run_id = images.VANISHED
                    run_id = read(change["before"]).get(vanish_run_id)
                    columns |= {images.ACTIVE: value, vanish_run_id: UUID(run_id) if run_id else None}
                    columns |= {name: _time(change, name) for name in (images.EXCLUDE_TIME, vanish_time)}
        return OfferPast(columns, sets)

    async def product(self, product_id: UUID, seq: int) -> dict[str, Any] | None:
        """The columns of a product before the change `seq`, and all later ones; None before a person added it.

        What follows from its offers, such as the winning one, is not among them: survivorship works it out. Raises HistoryTooOld.
        """
        row = await self._connection.fetchrow(_PRODUCT, product_id)
        assert row is not None, "a product that has a history is never deleted"
        columns = {field.product_column: row[field.product_column] for field in REGISTRY.product_texts}
        columns |= {name: row[name] for name in (images.LOCKED_FIELDS, images.TRASH_TIME)}
        for change in await self._connection.fetch(_PRODUCT_CHANGES, product_id, seq):
            if change["kind"] == CREATED:
                return None
            held = dict(_held(change))
            if images.STATE in held:
                columns[images.TRASH_TIME] = _time(change, images.TRASH_TIME)
            if images.LOCKED_FIELDS in held:
                columns[images.LOCKED_FIELDS] = held[images.LOCKED_FIELDS] or []
            for field in REGISTRY.product_texts:
                if field.code in held:
                    value = held[field.code]
                    columns[field.product_column] = UUID(value["id"]) if field.reference and value else value
        return columns

    async def creator_of_offer(self, offer_id: UUID) -> Creator:
        run_id = await self._connection.fetchval(_RUN_OF_OFFER, offer_id)
        moved = f"SELECT product_id FROM change_log WHERE offer_id = $1 AND kind = {MOVED}"
        now = "SELECT product_id FROM supplier_products WHERE id = $1"
        products = [row["product_id"] for row in await self._connection.fetch(f"{now} UNION {moved}", offer_id)]
        return Creator(run_id, await self._connection.fetchval(_CREATION, products, offer_id))

    async def creator_of_product(self, product_id: UUID) -> Creator:
        run_id = await self._connection.fetchval("SELECT run_created FROM products WHERE id = $1", product_id)
        return Creator(run_id, await self._connection.fetchval(_CREATION, [product_id], None))


def _held(change: asyncpg.Record) -> Iterable[tuple[str, Any]]:
    """What each field that changed held before; None for nothing."""
    if change["kind"] == SHOWN_TEXTS:
        raise HistoryTooOld(change["seq"])
    before = read(change["before"])
    return [(code, before.get(code)) for code in change["fields"]]


def _time(change: asyncpg.Record, name: str) -> datetime | None:
    """A time that stands beside a field in an image."""
    time = read(change["before"]).get(name)
    return datetime.fromisoformat(time) if time else None


def _value(kind: Kind, value: Any) -> Any:
    return Decimal(value) if kind is Kind.AMOUNT and value is not None else value


def _rows(values: ValueSet, held: Iterable[Mapping[str, Any]] | None) -> list[tuple[Any, ...]]:
    return [tuple(_cell(column, row.get(column)) for column in values.columns) for row in held or ()]


def _cell(column: str, value: Any) -> Any:
    if value is None:
        return None
    if column in ("valid_from", "valid_to", "restock_time"):
        return datetime.fromisoformat(value)
    return Decimal(value) if column == "amount" else value
