"""What fields can be: their types, where they stand, and what the change feed counts them to."""

from dataclasses import dataclass
from enum import Enum, Flag, auto


class Kind(Enum):
    """The type of a field's value, as SQL has it."""

    TEXT = "text"
    AMOUNT = "numeric(18,6)"
    COUNT = "integer"
    # Many values, of an offer in a table of their own.
    SET = "set"
    # What follows from other things, and nobody writes.
    DERIVED = "derived"

    @property
    def sql(self) -> str:
        """The type of a column that holds one value."""
        return str(self.value)


class Place(Flag):
    """Where a field stands."""

    # A run may carry a column of it.
    RUN = auto()
    # Of an offer: a column of `supplier_products`, or made of some.
    OFFER = auto()
    # Shown with a product.
    PRODUCT = auto()
    # Named by the change feed alone.
    FEED = 0
    VALUE = RUN | OFFER
    ALL = RUN | OFFER | PRODUCT


class Told(Enum):
    """As which kind of change followers hear of a product's field."""

    PRODUCT = "product"
    PRICE = "price"
    STOCK = "stock"
    OFFERS = "offers"


class Searched(Enum):
    """How a query finds a product by the field."""

    NOT = ""
    WORDS = "words"
    CODE = "code"


@dataclass(frozen=True)
class Reference:
    """How products hold what offers say in words: as the id of a row of another table.

    `source` finds the row by `{words}` and is to be joined; `id` is what of it a product holds, and `words` is a query of what
    the row of `{id}` is called.
    """

    column: str
    source: str
    id: str
    words: str

    def join(self, words: str) -> str:
        """SQL that finds the row of these words, an SQL expression."""
        return f"LEFT JOIN {self.source.format(words=words)}"

    def called(self, id: str) -> str:
        """SQL of what the row with this id, an SQL expression, is called."""
        return f"({self.words.format(id=id)})"


BRAND = Reference(
    column="brand_id",
    source="brands b ON lower(b.name) = lower({words})",
    id="coalesce(b.merged_into, b.id)",
    words="SELECT name FROM brands WHERE id = {id}",
)
CATEGORY = Reference(
    column="category_id",
    source="category_paths k ON lower(k.path) = lower({words})",
    id="k.category_id",
    words="SELECT path FROM categories WHERE id = {id}",
)
