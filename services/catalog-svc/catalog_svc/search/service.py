"""Finding products: exact codes first, then words, or everything that filters let through.

How much a search may match decides how it is done: few matches are all read; of many, the hot rows are asked first, a sample
counts, and sorted pages are walked in order. Every shape answers in the same order, so pages fit together.
"""

from collections import Counter
from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import Any
from uuid import UUID

import asyncpg

from catalog_svc.search.codes import Hit, by_code
from catalog_svc.search.conditions import Conditions
from catalog_svc.search.dictionary import Dictionary
from catalog_svc.search.facets import count_facets
from catalog_svc.search.repository import Key, Order, RankQuery, SearchRepository, Tier
from catalog_svc.search.rollups import rolled_up
from catalog_svc.search.terms import Term, Terms
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
# One word alone is corrected by what it looks like most.
LIKENESS_WORDS = 2
# Products among which the likeliest words are chosen.
LIKENESS_ROWS = 500


class Effort(IntEnum):
    """How far from its words a query is taken. Further only when nothing was found, so that it costs no other search."""

    # Inflected, completed, and where nothing has a word at all, corrected.
    AS_TYPED = 0
    # Each word also as a part of longer ones.
    PARTS = 1
    # Words that look like those typed and occur together.
    LIKENESS = 2


@dataclass(frozen=True)
class Page:
    """Hits, and the key behind which there are more; `counted` is how many match, when that was found out on the way."""

    hits: list[Hit] = field(default_factory=list)
    next_key: list[Any] = field(default_factory=list)
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
    # Hits that were read on the way, as they are shown.
    products: dict[UUID, asyncpg.Record] = field(default_factory=dict)


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
        # As they are shown, as far as they were read on the way.
        self._products: dict[UUID, asyncpg.Record] = {}
        self._terms = Terms(())

    async def run(self, size: int) -> Found:
        """The page of `size` hits that the request's token names. Raises CurrencyMissing, InvalidPageToken."""
        order = ORDERS.get(self._request.sort) or (None if self._query else Order.OLDEST)
        kinds = order.kinds if order else [int, bool]
        token = paging.decode(self._scope, self._request.page_token, int, *kinds)
        await self._prepare()
        if self._filtered.impossible:
            return Found(facets=[pb.FacetCounts(facet=facet) for facet in self._request.facets])
        if token:
            return await self._found(size, order, _effort(token[0]), token[1:])
        first = found = await self._found(size, order, Effort.AS_TYPED, None)
        for effort in (Effort.PARTS, Effort.LIKENESS) if self._query else ():
            if found.total:
                return found
            found = await self._found(size, order, effort, None)
        # Where nothing helps, the person's own words are the better answer.
        return found if found.total else replace(first, corrected_query="")

    async def matching(self) -> Conditions:
        """What a product must fulfil to be found, in whatever order."""
        await self._prepare()
        for effort in Effort if self._query and not self._filtered.impossible else ():
            await self._understand(effort)
            if await self._repository.count(self._matching, 1):
                break
        return self._matching

    async def _prepare(self) -> None:
        await self._filtered.add_filters(self._connection)
        if self._query and not self._filtered.impossible:
            self._codes, self._products = await by_code(self._connection, self._query, self._filtered)

    async def _found(self, size: int, order: Order | None, effort: Effort, last: list[Any] | None) -> Found:
        """The page behind the row with the key `last`, of what the query means with so much effort."""
        if self._query:
            await self._understand(effort)
        estimate = None if self._few else await self._repository.estimate(self._matching)
        page = Page()
        if not self._request.without_hits:
            page = await (self._ordered(size, order, last, estimate) if order else self._relevant(size, last, estimate))
        total, about = await self._total(page.counted, estimate)
        exact = about is None and total <= self._limits.exact_facets
        facets = await self._facets(exact=exact)
        next_page_token = paging.encode(self._scope, [effort, *page.next_key]) if page.next_key else ""
        return Found(page.hits, next_page_token, total, about, self._terms.corrected, facets, self._products)

    @property
    def _few(self) -> bool:
        """Whether the dictionary knows that not many products can match."""
        return bool(self._query) and (self._is_barcode or self._terms.ndoc < self._limits.broad)

    async def _understand(self, effort: Effort) -> None:
        self._matching = self._filtered.copy()
        if self._is_barcode:
            self._matching.require(f"s.product_id = ANY ({self._matching.bind(self._code_ids)}::uuid[])")
            return
        self._terms = await self._meaning(effort)
        words = self._matching.words(self._terms.tsqueries())
        if self._codes:
            words = f"({words} OR s.product_id = ANY ({self._matching.bind(self._code_ids)}::uuid[]))"
        self._matching.require(words)

    async def _meaning(self, effort: Effort) -> Terms:
        if effort is Effort.PARTS:
            return await self._dictionary.loosened(self._connection, self._query)
        if effort is Effort.LIKENESS:
            meant = await self._likeness()
            terms = await self._dictionary.understand(self._connection, meant, complete=False, correct=False)
            return Terms(terms.all, meant)
        # Who types a code does not misspell a word, nor begin one when the code is complete.
        is_whole = bool(self._codes) and self._codes[0][1] != pb.SearchHit.MATCH_CODE_BEGINNING
        return await self._dictionary.understand(self._connection, self._query, complete=not is_whole, correct=not self._codes)

    async def _likeness(self) -> str:
        """Words that look like those of the query and that some product has together; empty when there are none."""
        alike = await self._dictionary.likenesses(self._connection, self._query)
        if len(alike) < LIKENESS_WORDS:
            return ""
        terms = Terms(tuple(Term(tuple(words), 0) for words in alike))
        conditions = self._filtered.copy()
        conditions.require(conditions.words(terms.tsqueries()))
        together: Counter[tuple[str, ...]] = Counter()
        for words in await self._repository.words(conditions, LIKENESS_ROWS):
            together[tuple(next(word for word in words_alike if word in words) for words_alike in alike)] += 1
        # As few letters as possible are wrong; then what most products have.
        wrong = {found: sum(words[word] for words, word in zip(alike, found, strict=True)) for found in together}
        likeliest: tuple[str, ...] = min(together, key=lambda found: (wrong[found], -together[found], found), default=())
        return " ".join(likeliest)

    async def _relevant(self, size: int, last: list[Any] | None, estimate: int | None) -> Page:
        """Codes on top, then matches by words: of many the hot first, then the others."""
        # Words that are common each may be rare together.
        offset, broad = last or (0, estimate is not None and estimate >= self._limits.broad)
        end = min(offset + size, self._limits.total)
        codes = len(self._codes)
        # One more than is shown, to know whether there is more.
        wanted = max(end + 1 - codes, 0)
        skip = min(max(offset - codes, 0), wanted)
        words, counted = ([], codes) if self._is_barcode else await self._by_words(skip, wanted, broad=broad)
        hits = [*self._codes[offset:], *((product_id, pb.SearchHit.MATCH_TEXT) for product_id in words)]
        goes_on = offset + len(hits) > end < self._limits.total
        return Page(hits[: end - offset], [end, broad] if goes_on else [], counted)

    async def _by_words(self, skip: int, end: int, *, broad: bool) -> tuple[list[UUID], int | None]:
        """From the place `skip` to `end` of those that match by words and not by code, and how many match in all, if counted."""
        conditions = self._filtered.copy()
        conditions.require(conditions.words(self._terms.tsqueries()))
        if self._codes:
            conditions.require(f"s.product_id <> ALL ({conditions.bind(self._code_ids)}::uuid[])")
        query = RankQuery(self._terms.tsquery(), self._terms.typed(), self._terms.meant())
        if not broad:
            products, total = await self._repository.ranked(conditions, query, skip=skip, limit=end - skip)
            self._products |= products
            return list(products), total + len(self._codes)
        window = self._limits.ranked_of_tier
        ids = await self._repository.tier(conditions, Tier.HOT, query, window=window, end=end)
        if len(ids) < end:
            ids += await self._repository.tier(conditions, Tier.REST, query, window=window, end=end - len(ids))
        return ids[skip:], None

    async def _ordered(self, size: int, order: Order, last: list[Any] | None, estimate: int | None) -> Page:
        """A page in a total order: walked where so many match that the next ones are near, else sorted."""
        if last:
            last = order.read(last)
        keys: list[Key] = []
        counted = None
        if order.walked and estimate is not None and estimate > self._limits.total:
            keys = await self._repository.walked(self._matching, order, last, size + 1)
        if len(keys) <= size:
            keys, counted = await self._repository.sorted(self._matching, order, last, size + 1)
        codes = dict(self._codes)
        match = pb.SearchHit.MATCH_TEXT if self._query else pb.SearchHit.MATCH_FILTER
        hits = [(product_id, codes.get(product_id, match)) for *_, product_id in keys[:size]]
        return Page(hits, [str(part) for part in keys[size - 1]] if len(keys) > size else [], counted)

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


def _effort(number: int) -> Effort:
    """As a page token names it. Raises InvalidPageToken."""
    try:
        return Effort(number)
    except ValueError:
        raise paging.InvalidPageToken from None
