"""The statements of a search, by shape.

Which one runs is chosen in `service.py` and not by the planner, which walks an ordered index for rare words and needs seconds.
`enable_seqscan=off` on the connection (`SEARCH_SETTINGS`) makes each of them one scan of one GIN index; as there is nothing left
to choose, a statement is planned once and not for every search.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Any
from uuid import UUID

import asyncpg

from catalog_svc.golden.reading import PRODUCT
from catalog_svc.search.conditions import Conditions
from chassis.db import Connection
from chassis.paging import InvalidPageToken, moment

# No search is worth more than a few seconds of one core.
SEARCH_SECONDS = 5.0
# Of the connections that search: see above.
SEARCH_SETTINGS = {
    "enable_seqscan": "off",
    "max_parallel_workers_per_gather": "0",
    "work_mem": "32MB",
    "random_page_cost": "1.1",
    "plan_cache_mode": "force_generic_plan",
}
# One row in so many is in the sample.
SAMPLE = 16
# Rows of a walk in order, before sorting all matches is cheaper.
WALK_ROWS = 20_000

# More than ranks and popularity come to.
MEANT_FIRST = 10

_BY_POPULARITY = "ORDER BY popularity DESC, product_id"
_ROWS = "SELECT greatest(reltuples, 0)::int FROM pg_class WHERE oid = 'product_search'::regclass"


def _price(text: str) -> Decimal:
    price = Decimal(text)
    if not price.is_finite() or price.adjusted() > 12:
        raise ValueError(text)
    return price


# Where the columns of an order come from, their types, and what reads their texts.
_COLUMNS: dict[str, tuple[str, str, Callable[[str], object]]] = {
    "product_id": ("s.product_id", "uuid", UUID),
    "price": ("b.price", "numeric", _price),
    "update_time": ("p.update_time", "timestamptz", moment),
}
# What a product has in the columns of an Order; its id is the last.
Key = tuple[Any, ...]


class Tier(Enum):
    """A part of the matches of common words, in the order they are shown."""

    HOT = "s.hot"
    REST = "NOT s.hot"


class Order(Enum):
    """A total order of products: which way it runs, and its columns."""

    OLDEST = ("ASC", "product_id")
    NEWEST = ("DESC", "product_id")
    CHANGED = ("DESC", "update_time", "product_id")
    CHEAPEST = ("ASC", "price", "product_id")
    DEAREST = ("DESC", "price", "product_id")

    def __init__(self, direction: str, *columns: str) -> None:
        self.direction = direction
        self.columns = columns

    @property
    def kinds(self) -> list[type]:
        """The parts of a page token."""
        return [str] * len(self.columns)

    def read(self, last: list[str]) -> list[str]:
        """The keys of a row as the database writes them; raises InvalidPageToken for texts that are none."""
        try:
            return [str(_COLUMNS[column][2](text)) for text, column in zip(last, self.columns, strict=True)]
        except (ValueError, InvalidOperation):
            raise InvalidPageToken from None

    @property
    def clause(self) -> str:
        return "ORDER BY " + ", ".join(f"{column} {self.direction}" for column in self.columns)

    @property
    def walked(self) -> str | None:
        """The rows an index knows this order of; there is none of prices, as every feed would have to write it."""
        if "price" in self.columns:
            return None
        return "(SELECT id AS product_id, update_time FROM products)" if "update_time" in self.columns else "product_search"

    def behind(self, conditions: Conditions, last: list[str] | None) -> str:
        """SQL that a row lies behind the one with the keys `last`; true for the first page."""
        if last is None:
            return "true"
        values = (f"{conditions.bind(value)}::text::{_COLUMNS[name][1]}" for value, name in zip(last, self.columns, strict=True))
        return f"({', '.join(self.columns)}) {'>' if self.direction == 'ASC' else '<'} ({', '.join(values)})"


@dataclass(frozen=True)
class RankQuery:
    """What ranks a match, as tsqueries: all forms searched for and, if these are more, the words as typed.

    `meant` are words that were meant instead of the typed ones: whatever has them comes before what has the others.
    """

    found: str
    typed: str
    meant: str = ""


class SearchRepository:
    """Runs the statements on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def ranked(
        self, conditions: Conditions, query: RankQuery, *, skip: int, limit: int
    ) -> tuple[dict[UUID, asyncpg.Record], int]:
        """Matches by words, equally good ones by popularity: `limit` behind the best `skip`, as they are shown.

        Also how many there are. Reading products in the same statement saves a way to the database.
        """
        conditions = conditions.copy()
        by_score = "ORDER BY score DESC, popularity DESC, product_id"
        rows = await self._connection.fetch(
            f"""
            WITH matches AS MATERIALIZED (
              SELECT s.product_id, s.popularity, {_score(conditions, query, "s.")} AS score {conditions.matches}
            )
            SELECT total, product.* FROM (SELECT count(*)::int AS total FROM matches) counted
            LEFT JOIN (SELECT * FROM matches {by_score} LIMIT {limit} OFFSET {skip}) page ON true
            LEFT JOIN LATERAL ({PRODUCT} WHERE p.id = page.product_id) product ON true
            {by_score}""",
            *conditions.parameters,
        )
        return {row["id"]: row for row in rows if row["id"]}, rows[0]["total"]

    async def tier(self, conditions: Conditions, tier: Tier, query: RankQuery, *, window: int, end: int) -> list[UUID]:
        """The best `end` matches of one tier: the `window` most popular by words, then the others by popularity.

        Only the best are kept while it reads.
        """
        conditions = conditions.copy().require(tier.value)
        rows = await self._connection.fetch(
            f"""
            SELECT product_id FROM (
              SELECT *, CASE WHEN place <= {window} THEN {_score(conditions, query)} END AS score
              FROM (
                SELECT *, row_number() OVER ({_BY_POPULARITY}) AS place
                FROM (
                  SELECT s.product_id, s.popularity, s.fts {conditions.matches} {_BY_POPULARITY} LIMIT {max(window, end)}
                ) candidates
              ) placed
            ) scored ORDER BY score DESC NULLS LAST, place LIMIT {end}""",
            *conditions.parameters,
        )
        return [row["product_id"] for row in rows]

    async def sorted(self, conditions: Conditions, order: Order, last: list[str] | None, limit: int) -> tuple[list[Key], int]:
        """All matches read, counted and sorted: the `limit` behind `last`."""
        conditions = conditions.copy()
        sources = ", ".join(_COLUMNS[column][0] for column in order.columns)
        rows = await self._connection.fetch(
            f"""
            WITH matches AS MATERIALIZED (SELECT {sources} {conditions.matches})
            SELECT total, page.* FROM (SELECT count(*)::int AS total FROM matches) counted
            LEFT JOIN (
              SELECT * FROM matches WHERE {order.behind(conditions, last)} {order.clause} LIMIT {limit}
            ) page ON true {order.clause}""",
            *conditions.parameters,
        )
        return [tuple(row)[1:] for row in rows if row["product_id"]], rows[0]["total"]

    async def walked(self, conditions: Conditions, order: Order, last: list[str] | None, limit: int) -> list[Key]:
        """The first matches among the next WALK_ROWS products; fewer than `limit` says nothing about what lies behind."""
        conditions = conditions.copy()
        window = f"SELECT * FROM {order.walked} o WHERE {order.behind(conditions, last)} {order.clause} LIMIT {WALK_ROWS}"
        if order.walked != "product_search":
            # OFFSET 0: looked up row by row, until there are enough.
            found = "SELECT popularity, hot, in_sample, vals, fts FROM product_search WHERE product_id = o.product_id OFFSET 0"
            window = f"SELECT * FROM ({window}) o CROSS JOIN LATERAL ({found}) s"
        return [
            tuple(row)
            for row in await self._connection.fetch(
                f"SELECT {', '.join(order.columns)} FROM ("
                f"SELECT s.* {conditions.source(f'({window})')} WHERE {conditions.where}) m {order.clause} LIMIT {limit}",
                *conditions.parameters,
            )
        ]

    async def words(self, conditions: Conditions, limit: int) -> list[set[str]]:
        """The words of products that match, of `limit` at most."""
        rows = await self._connection.fetch(
            f"SELECT tsvector_to_array(s.fts) AS words {conditions.matches} LIMIT {limit}", *conditions.parameters
        )
        return [set(row["words"]) for row in rows]

    async def estimate(self, conditions: Conditions) -> int:
        """About how many match, from the sample; when nothing is asked for, from the table's statistics."""
        if not conditions.any:
            return int(await self._connection.fetchval(_ROWS))
        sampled = conditions.copy().require("s.in_sample")
        return int(await self._connection.fetchval(f"SELECT count(*) {sampled.matches}", *sampled.parameters)) * SAMPLE

    async def count(self, conditions: Conditions, limit: int) -> int:
        """How many match, up to `limit`."""
        matches = f"SELECT {conditions.matches} LIMIT {limit}"
        return int(await self._connection.fetchval(f"SELECT count(*) FROM ({matches}) m", *conditions.parameters))


def _score(conditions: Conditions, query: RankQuery, row: str = "") -> str:
    """SQL of how well a row matches. Forms as they were typed count twice, where there are others."""
    ranked_by = [words for words in (query.found, query.typed) if words]
    rank = " + ".join(f"ts_rank({row}fts, {conditions.tsquery(words)}, 1)" for words in ranked_by) or "0"
    meant = f"({row}fts @@ {conditions.tsquery(query.meant)})::int * {MEANT_FIRST} + " if query.meant else ""
    return f"{meant}({rank}) * ln({row}popularity + 2)"
