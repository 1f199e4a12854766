"""The statements of a search, by shape.

Which one runs is chosen in `service.py` and not by the planner, which walks an ordered index for rare words and needs seconds.
`enable_seqscan=off` on the connection (`SEARCH_SETTINGS`) makes each of them one scan of one GIN index; as there is nothing left
to choose, a statement is planned once and not for every search.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import Enum
from uuid import UUID

from catalog_svc.search.conditions import Conditions
from chassis.db import Connection
from chassis.paging import InvalidPageToken

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

_BY_POPULARITY = "ORDER BY popularity DESC, product_id"
_ROWS = "SELECT greatest(reltuples, 0)::int FROM pg_class WHERE oid = 'product_search'::regclass"

_PARSERS: dict[str, Callable[[str], object]] = {"uuid": UUID, "numeric": Decimal}


class Tier(Enum):
    """A part of the matches of common words, in the order they are shown."""

    HOT = "s.hot"
    REST = "NOT s.hot"


class Order(Enum):
    """A total order of products: its columns with their types, and which way it runs."""

    OLDEST = ({"product_id": "uuid"}, "ASC")
    NEWEST = ({"product_id": "uuid"}, "DESC")
    CHEAPEST = ({"price": "numeric", "product_id": "uuid"}, "ASC")
    DEAREST = ({"price": "numeric", "product_id": "uuid"}, "DESC")

    @property
    def by_price(self) -> bool:
        return "price" in self.value[0]

    @property
    def kinds(self) -> list[type]:
        """The parts of a page token."""
        return [str] * len(self.value[0])

    def parse(self, token: list[str] | None) -> list[str] | None:
        """The keys a token names. Raises InvalidPageToken for texts that are none."""
        try:
            for text, kind in zip(token or [], self.value[0].values(), strict=False):
                _PARSERS[kind](text)
        except (ValueError, InvalidOperation):
            raise InvalidPageToken from None
        return token

    @property
    def clause(self) -> str:
        columns, direction = self.value
        return "ORDER BY " + ", ".join(f"{column} {direction}" for column in columns)

    def behind(self, conditions: Conditions, last: list[str] | None) -> str:
        """SQL that a row lies behind the one with the keys `last`; true for the first page."""
        if last is None:
            return "true"
        columns, direction = self.value
        values = (f"{conditions.bind(value)}::text::{kind}" for value, kind in zip(last, columns.values(), strict=True))
        return f"({', '.join(columns)}) {'>' if direction == 'ASC' else '<'} ({', '.join(values)})"


@dataclass(frozen=True)
class RankQuery:
    """What ranks a match, as tsqueries: all forms searched for and, if these are more, the words as typed."""

    found: str
    typed: str


@dataclass(frozen=True)
class Key:
    """Where a product stands in an Order."""

    product_id: UUID
    price: Decimal | None = None

    def texts(self) -> list[str]:
        """As `Order.behind` takes it."""
        return [*([str(self.price)] if self.price is not None else []), str(self.product_id)]


class SearchRepository:
    """Runs the statements on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def ranked(self, conditions: Conditions, query: RankQuery, *, end: int) -> tuple[list[UUID], int]:
        """The best `end` matches by words, equally good ones by popularity; and how many there are."""
        conditions = conditions.copy()
        rows = await self._connection.fetch(
            f"""
            WITH matches AS MATERIALIZED (
              SELECT s.product_id, s.popularity, {_score(conditions, query, "s.")} AS score {conditions.matches}
            )
            SELECT product_id, (SELECT count(*) FROM matches)::int AS total
            FROM matches ORDER BY score DESC, popularity DESC, product_id LIMIT {end}""",
            *conditions.parameters,
        )
        return [row["product_id"] for row in rows], rows[0]["total"] if rows else 0

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
        rows = await self._connection.fetch(
            f"""
            WITH matches AS MATERIALIZED (
              SELECT s.product_id, {"b.price" if order.by_price else "NULL::numeric AS price"} {conditions.matches}
            )
            SELECT total, page.* FROM (SELECT count(*)::int AS total FROM matches) counted
            LEFT JOIN (
              SELECT product_id, price FROM matches WHERE {order.behind(conditions, last)} {order.clause} LIMIT {limit}
            ) page ON true {order.clause}""",
            *conditions.parameters,
        )
        return [Key(row["product_id"], row["price"]) for row in rows if row["product_id"]], rows[0]["total"]

    async def walked(self, conditions: Conditions, order: Order, last: list[str] | None, limit: int) -> list[Key]:
        """The first matches among the next WALK_ROWS products; fewer than `limit` says nothing about what lies behind."""
        conditions = conditions.copy()
        window = f"(SELECT * FROM product_search WHERE {order.behind(conditions, last)} {order.clause} LIMIT {WALK_ROWS})"
        rows = await self._connection.fetch(
            f"SELECT product_id FROM (SELECT s.product_id {conditions.source(window)} WHERE {conditions.where}) m"
            f" {order.clause} LIMIT {limit}",
            *conditions.parameters,
        )
        return [Key(row["product_id"]) for row in rows]

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
    return f"({rank}) * ln({row}popularity + 2)"
