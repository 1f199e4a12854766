"""The filters of a search as SQL over `product_search s`, with the winning offer `b` and the product `p` joined when needed."""

from collections.abc import Sequence
from decimal import Decimal

from catalog_svc.search.errors import CurrencyMissing
from catalog_svc.search.vals import ALL_PRODUCTS, BRAND, CATEGORY, SUPPLIER, number
from chassis.db import Connection
from pm.catalog.v1 import products_pb2 as pb

PRICE_SORTS = (pb.SearchProductsRequest.SORT_PRICE_ASCENDING, pb.SearchProductsRequest.SORT_PRICE_DESCENDING)
ORDER_BY_PRODUCT = pb.SearchProductsRequest.SORT_CHANGED

_VALUES = f"""
SELECT (SELECT {number(SUPPLIER, "facet")} FROM suppliers WHERE id = $1),
       (SELECT {number(BRAND, "facet")} FROM brands
        WHERE id = (SELECT coalesce(merged_into, id) FROM brands WHERE id = $2)),
       (SELECT {number(CATEGORY, "facet")} FROM categories WHERE id = $3)
"""


class Conditions:
    """What a product must fulfil; parameters are bound as the SQL is made. `impossible` when a filter names nothing there is."""

    def __init__(self, request: pb.SearchProductsRequest) -> None:
        bounded = request.HasField("price_min") or request.HasField("price_max") or request.sort in PRICE_SORTS
        if bounded and not request.HasField("currency"):
            raise CurrencyMissing
        self._request = request
        self.parameters: list[object] = []
        self.impossible = False
        # The number of the one value that is all the request filters by, ALL_PRODUCTS without a filter; None for anything else.
        self.only_value: int | None = None
        self._clauses: list[str] = []
        self._needs_offer = request.HasField("currency") or request.HasField("in_stock")

    def copy(self) -> "Conditions":
        """The same conditions, to be narrowed down for one statement."""
        made = Conditions(self._request)
        made.parameters, made._clauses, made.impossible = [*self.parameters], [*self._clauses], self.impossible
        made._needs_offer = self._needs_offer
        return made

    @property
    def any(self) -> bool:
        return bool(self._clauses)

    @property
    def matches(self) -> str:
        """`FROM ... WHERE ...`."""
        return f"{self.source('product_search')} WHERE {' AND '.join(self._clauses) or 'true'}"

    def source(self, rows: str) -> str:
        """`FROM` these rows of `product_search`, with what the conditions need."""
        offer = " LEFT JOIN product_best b ON b.product_id = s.product_id" if self._needs_offer else ""
        # PostgreSQL leaves this out of a statement that does not order by it.
        product = " LEFT JOIN products p ON p.id = s.product_id" if self._request.sort == ORDER_BY_PRODUCT else ""
        return f"FROM {rows} s{offer}{product}"

    @property
    def where(self) -> str:
        return " AND ".join(self._clauses) or "true"

    def bind(self, value: object) -> str:
        self.parameters.append(value)
        return f"${len(self.parameters)}"

    def words(self, tsqueries: Sequence[str]) -> str:
        """SQL that a product has all of these words. One condition each: GIN joins several faster than it weighs one with `&`."""
        return " AND ".join(f"s.fts @@ {self.tsquery(words)}" for words in tsqueries) or "false"

    def tsquery(self, words: str) -> str:
        """SQL of a tsquery: of its own, or a plan made for any parameters would read the text again for every row."""
        return f"(SELECT {self.bind(words)}::text::tsquery)"

    def require(self, clause: str) -> "Conditions":
        self._clauses.append(clause)
        return self

    async def add_filters(self, connection: Connection) -> None:
        """Require what the request's filters say; a product nobody offers has neither price nor stock."""
        request = self._request
        numbers: list[int] = []
        asked = [
            getattr(request, name) if request.HasField(name) else None for name in ("supplier_id", "brand_id", "category_id")
        ]
        if any(asked):
            row = await connection.fetchrow(_VALUES, *asked)
            numbers = [value for value in row if value is not None]
            self.impossible = len(numbers) < len([id for id in asked if id])
            self.require(f"s.vals @> {self.bind(numbers)}::int[]")
        if request.HasField("currency"):
            self.require(f"b.currency = {self.bind(request.currency)}")
        if request.HasField("price_min"):
            self.require(f"b.price >= {self.bind(Decimal(request.price_min))}")
        if request.HasField("price_max"):
            self.require(f"b.price <= {self.bind(Decimal(request.price_max))}")
        if request.HasField("in_stock"):
            self.require("b.stock > 0" if request.in_stock else "coalesce(b.stock, 0) = 0")
        if not self._needs_offer and len(asked) - asked.count(None) < 2:
            self.only_value = numbers[0] if numbers else ALL_PRODUCTS
