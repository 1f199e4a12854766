"""Finding products: exact codes first, then words, or everything that filters let through.

How much a search may match decides how it is done: few matches are all read; of many, the hot rows are asked first, a sample
counts, and sorted pages are walked in order. Every shape answers in the same order, so pages fit together.
"""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from catalog_svc.search.codes import Hit, by_code
from catalog_svc.search.conditions import Conditions
from catalog_svc.search.dictionary import Dictionary, Terms
from catalog_svc.search.facets import count_facets
from catalog_svc.search.repository import Key, Order, RankQuery, SearchRepository, Tier
from catalog_svc.search.rollups import rolled_up
from chassis import paging
from chassis.db import Connection
from pm.catalog.v1 import products_pb2 as pb

Sort = pb.SearchProductsRequest
ORDERS = {
    Sort.SORT_NEWEST: Order.NEWEST,
    Sort.SORT_OLDEST: Order.OLDEST,
    Sort.SORT_PRICE_ASCENDING: Order.CHEAPEST,
    Sort.SORT_PRICE_DESCENDING: Order.DEAREST,
    Sort.SORT_CHANGED: Order.CHANGED,
}


@dataclass(frozen=True)
class Limits:
    """Where one way of searching ends and another begins, in matches. Measured at 1,000,000 products."""

    # Totals are counted up to here, and pages by relevance end here.
    total: int = 10_000
    # Words that so many products have are asked for among the hot rows first.
    broad: int = 3_000
    # How many matches of each tier are ranked by words when they are broad.
    ranked_of_tier: int = 200
    # Above, facets are counted in the sample.
    exact_facets: int = 5_000


DEFAULT_LIMITS = Limits()
# UPC-A and longer; shorter barcodes look like anybody's article number.
BARCODE_DIGITS = 12
# The sample errs by a few in a hundred: so far above the cap there are more for sure.
SURELY_MORE = 1.2


@dataclass(frozen=True)
class Page:
    """Hits and the token of those behind them; `counted` is how many match, when that was found out on the way."""

    hits: list[Hit] = field(default_factory=list)
    next_page_token: str = ""
    counted: int | None = None


@dataclass(frozen=True)
class Found:
    """One page of hits. `total` counts up to the cap; `approximate_total` is set when it is capped."""

    hits: list[Hit] = field(default_factory=list)
    next_page_token: str = ""
    total: int = 0
    approximate_total: int | None = None
    corrected_query: str = ""
    facets: list[pb.FacetCounts] = field(default_factory=list)


class Search:
    """One search over a connection; `dictionary` lives longer and remembers words."""

    def __init__(
        self, connection: Connection, request: pb.SearchProductsRequest, dictionary: Dictionary, limits: Limits = DEFAULT_LIMITS
    ) -> None:
        self._connection = connection
        self._request = request
        self._query = request.query.strip()
        self._dictionary = dictionary
        self._limits = limits
        self._repository = SearchRepository(connection)
        # What the filters let through; and of that, what the query means.
        self._filtered = Conditions(request)
        self._matching = self._filtered
        self._codes: list[Hit] = []
        self._terms = Terms(())

    async def run(self, size: int) -> Found:
        """The page of `size` hits that the request's token names. Raises CurrencyMissing, InvalidPageToken."""
        await self._filtered.add_filters(self._connection)
        if self._filtered.impossible:
            return Found(facets=[pb.FacetCounts(facet=facet) for facet in self._request.facets])
        if self._query:
            await self._understand()
        estimate = None if self._few else await self._repository.estimate(self._matching)
        page = Page()
        if not self._request.without_hits:
            order = ORDERS.get(self._request.sort) or (None if self._query else Order.OLDEST)
            page = await (self._ordered(size, order, estimate) if order else self._relevant(size, estimate))
        total, about = await self._total(page.counted, estimate)
        exact = about is None and total <= self._limits.exact_facets
        facets = await self._facets(exact=exact)
        return Found(page.hits, page.next_page_token, total, about, self._terms.corrected, facets)

    async def matching(self) -> Conditions:
        """What a product must fulfil to be found, in whatever order."""
        await self._filtered.add_filters(self._connection)
        if self._query:
            await self._understand()
        return self._matching

    @property
    def _few(self) -> bool:
        """Whether the dictionary knows that not many products can match."""
        return bool(self._query) and (self._is_barcode or self._terms.ndoc < self._limits.broad)

    async def _understand(self) -> None:
        self._codes = await by_code(self._connection, self._query, self._filtered)
        self._matching = self._filtered.copy()
        if self._is_barcode:
            self._matching.require(f"s.product_id = ANY ({self._matching.bind(self._code_ids)}::uuid[])")
            return
        # Who types a code does not misspell a word, nor begin one when the code is complete.
        is_whole = bool(self._codes) and self._codes[0][1] != pb.SearchHit.MATCH_CODE_BEGINNING
        self._terms = await self._dictionary.understand(
            self._connection, self._query, complete=not is_whole, correct=not self._codes
        )
        words = self._matching.words(self._terms.tsqueries())
        if self._codes:
            words = f"({words} OR s.product_id = ANY ({self._matching.bind(self._code_ids)}::uuid[]))"
        self._matching.require(words)

    async def _relevant(self, size: int, estimate: int | None) -> Page:
        """Codes on top, then matches by words: of many the hot first, then the others."""
        token = paging.decode(self._scope, self._request.page_token, int, bool)
        # Words that are common each may be rare together.
        offset, broad = token or (0, estimate is not None and estimate >= self._limits.broad)
        end = min(offset + size, self._limits.total)
        # One more than is shown, to know whether there is more.
        wanted = end + 1 - len(self._codes)
        words, counted = ([], len(self._codes)) if self._is_barcode else await self._by_words(max(wanted, 0), broad=broad)
        hits = [*self._codes, *((product_id, pb.SearchHit.MATCH_TEXT) for product_id in words)]
        goes_on = len(hits) > end < self._limits.total
        return Page(hits[offset:end], self._token([end, broad]) if goes_on else "", counted)

    async def _by_words(self, end: int, *, broad: bool) -> tuple[list[UUID], int | None]:
        """The best `end` that match by words and not by code, and how many match in all, when that was counted."""
        conditions = self._filtered.copy()
        conditions.require(conditions.words(self._terms.tsqueries()))
        if self._codes:
            conditions.require(f"s.product_id <> ALL ({conditions.bind(self._code_ids)}::uuid[])")
        query = RankQuery(self._terms.tsquery(), self._terms.typed())
        if not broad:
            ids, total = await self._repository.ranked(conditions, query, end=end)
            return ids, total + len(self._codes)
        window = self._limits.ranked_of_tier
        ids = await self._repository.tier(conditions, Tier.HOT, query, window=window, end=end)
        if len(ids) < end:
            ids += await self._repository.tier(conditions, Tier.REST, query, window=window, end=end - len(ids))
        return ids, None

    async def _ordered(self, size: int, order: Order, estimate: int | None) -> Page:
        """A page in a total order: walked where so many match that the next ones are near, else sorted."""
        last = order.parse(paging.decode(self._scope, self._request.page_token, *order.kinds))
        keys: list[Key] = []
        counted = None
        if order.walked and estimate is not None and estimate > self._limits.total:
            keys = await self._repository.walked(self._matching, order, last, size + 1)
        if len(keys) <= size:
            keys, counted = await self._repository.sorted(self._matching, order, last, size + 1)
        codes = dict(self._codes)
        match = pb.SearchHit.MATCH_TEXT if self._query else pb.SearchHit.MATCH_FILTER
        hits = [(product_id, codes.get(product_id, match)) for *_, product_id in keys[:size]]
        return Page(hits, self._token([str(part) for part in keys[size - 1]]) if len(keys) > size else "", counted)

    async def _total(self, counted: int | None, estimate: int | None) -> tuple[int, int | None]:
        """How many match up to the cap; and about how many when there are more."""
        cap = self._limits.total
        if counted is None and estimate is not None and estimate > SURELY_MORE * cap:
            counted = estimate
        if counted is None:
            counted = await self._repository.count(self._matching, cap + 1)
        return (counted, None) if counted <= cap else (cap, max(counted, estimate or 0))

    async def _facets(self, *, exact: bool) -> list[pb.FacetCounts]:
        value = None if self._query else self._filtered.only_value
        if self._request.facets and not exact and value is not None:
            kept = await rolled_up(self._connection, value, self._request)
            if kept is not None:
                return kept
        return await count_facets(self._connection, self._matching, self._request, exact=exact)

    @property
    def _is_barcode(self) -> bool:
        """Whether the query is a known product's barcode, and too long to be another code: nothing else can be meant by it."""
        is_known = bool(self._codes) and self._codes[0][1] == pb.SearchHit.MATCH_GTIN
        return is_known and sum(character.isdigit() for character in self._query) >= BARCODE_DIGITS

    @property
    def _code_ids(self) -> list[UUID]:
        return [product_id for product_id, _ in self._codes]

    @property
    def _scope(self) -> pb.SearchProductsRequest:
        """What a page token belongs to: a later page need not ask for the counts again."""
        scope = pb.SearchProductsRequest()
        scope.CopyFrom(self._request)
        scope.ClearField("facets")
        scope.ClearField("without_hits")
        return scope

    def _token(self, key: list[Any]) -> str:
        return paging.encode(self._scope, key)
