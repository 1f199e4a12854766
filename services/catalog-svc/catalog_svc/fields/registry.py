"""The one registry of what offers and products hold. A field is one line here; everything that lists fields derives from it.

What can't derive, such as messages of the contract and the list of imports-svc, is held against it by `tests/test_fields.py`.
The README says what else a new field takes.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from google.protobuf.descriptor import Descriptor

from catalog_svc.fields import normalisers
from catalog_svc.fields.kinds import BRAND, CATEGORY, Kind, Place, Reference, Searched, Told
from catalog_svc.fields.normalisers import Normaliser
from chassis.rules import Rule, max_items, rules
from pm.catalog.v1.offers_pb2 import Offer
from pm.catalog.v1.products_pb2 import Product

PRICES_READ = "catalog.prices.read"
# Something of a product's offers, whether or not the product shows it.
OFFERS = "offers"


@dataclass(frozen=True)
class Field:
    """A field of offers, of products, or of both.

    `code`: its name in contracts, feeds, histories and the change feed. `number`: its place in the masks of plans, for good: one
    that is taken is never given again, also when its field is gone. `column`: that of an offer where it is not the code.
    """

    code: str
    number: int | None = None
    kind: Kind = Kind.TEXT
    places: Place = Place.VALUE
    # Survivorship fills it from offers; a person may lock it.
    golden: bool = False
    lockable: bool = False
    column: str = ""
    reference: Reference | None = None
    normalise: Normaliser = normalisers.plain
    # A product always has it, if an empty one.
    required: bool = False
    # Who lacks it sees neither the field nor what it held.
    permission: str = ""
    searched: Searched = Searched.NOT
    filtered: bool = False
    # Shows how well a product is described.
    describes: bool = False
    # Whether it has a value for each language, for each channel.
    localized: bool = False
    channelled: bool = False
    # The field of a product that changes with it where that is not itself; "" for none.
    shown_as: str = ""
    told: Told = Told.PRODUCT
    # PostgreSQL needs 2 us to match an address, 4 % of an import: the doors hold the pattern, for edits and for feeds.
    matched_by_doors: bool = False
    # The list in contracts of which the field itself is the first: its column holds all of them (`fields/lists.py`). "" for none.
    listed_as: str = ""

    @property
    def offer_column(self) -> str:
        return self.column or self.code

    @property
    def product_column(self) -> str:
        return self.reference.column if self.reference else self.code

    @property
    def limits(self) -> Rule:
        """What the contract lets it hold: the one declaration of it."""
        return rules(self._declared).get(self.code, Rule())

    @property
    def most(self) -> int:
        """How many values the contract lets it hold."""
        return max_items(self._declared, self.listed_as) if self.listed_as else 1

    @property
    def room(self) -> int | None:
        """How many characters its column holds at most; None for no such limit."""
        limit = self.limits.max_len
        return limit if limit is None else self.most * (limit + 1) - 1

    @property
    def _declared(self) -> Descriptor:
        return Offer.DESCRIPTOR if Place.OFFER in self.places else Product.DESCRIPTOR


def golden(
    code: str,
    number: int,
    *,
    normalise: Normaliser = normalisers.plain,
    reference: Reference | None = None,
    required: bool = False,
    searched: Searched = Searched.NOT,
    filtered: bool = False,
    describes: bool = False,
    matched_by_doors: bool = False,
    listed_as: str = "",
) -> Field:
    """A text that offers say, survivorship chooses and a person may lock."""
    return Field(
        code,
        number,
        places=Place.ALL,
        golden=True,
        lockable=True,
        shown_as=code,
        normalise=normalise,
        reference=reference,
        required=required,
        searched=searched,
        filtered=filtered,
        describes=describes,
        matched_by_doors=matched_by_doors,
        listed_as=listed_as,
    )


@dataclass(frozen=True)
class Registry:
    """Fields in their order, and the lists that others need. Numbers of `flags` are bits of a plan row that are no field."""

    fields: tuple[Field, ...]
    flags: dict[str, int]

    def __post_init__(self) -> None:
        codes = [field.code for field in self.fields]
        numbers = [*(field.number for field in self.fields if field.number is not None), *self.flags.values()]
        if len(set(codes)) < len(codes) or len(set(numbers)) < len(numbers):
            raise ValueError("Two fields have one code, or one number.")

    def __iter__(self) -> Iterator[Field]:
        return iter(self.fields)

    def __getitem__(self, code: str) -> Field:
        return self.by_code[code]

    @cached_property
    def by_code(self) -> dict[str, Field]:
        return {field.code: field for field in self.fields}

    @cached_property
    def masked(self) -> tuple[Field, ...]:
        """Fields that have a place in the masks of plans, in its order."""
        return tuple(sorted((field for field in self.fields if field.number is not None), key=lambda field: field.number or 0))

    @cached_property
    def numbers(self) -> dict[str, int]:
        """The places of fields and flags in the masks of plans, in their order."""
        numbers = {field.code: field.number for field in self.fields if field.number is not None} | self.flags
        return dict(sorted(numbers.items(), key=lambda pair: pair[1]))

    def number(self, code: str) -> int:
        return self.numbers[code]

    @cached_property
    def values(self) -> tuple[Field, ...]:
        """What an offer holds of its own in one column each."""
        return tuple(field for field in self.masked if field.kind is not Kind.SET)

    @cached_property
    def run_columns(self) -> dict[str, Field]:
        """The columns without brackets that a run may carry, by code."""
        return {field.code: field for field in self.fields if Place.RUN in field.places and field.kind is not Kind.SET}

    @cached_property
    def golden(self) -> tuple[Field, ...]:
        """What survivorship fills from offers, in the order of their numbers."""
        return tuple(field for field in self.masked if field.golden)

    @cached_property
    def lockable(self) -> tuple[Field, ...]:
        return tuple(field for field in self.golden if field.lockable)

    @cached_property
    def product_texts(self) -> tuple[Field, ...]:
        """The texts of a product that a person may write."""
        shown = (field for field in self.fields if Place.PRODUCT in field.places and field.kind is Kind.TEXT)
        return tuple(field for field in shown if field.golden or Place.OFFER not in field.places)

    @cached_property
    def listed(self) -> tuple[Field, ...]:
        """What contracts also have as a list."""
        return tuple(field for field in self.fields if field.listed_as)

    @cached_property
    def names(self) -> tuple[Field, ...]:
        """What a product can be known by; one of them is needed."""
        return tuple(field for field in self.product_texts if field.searched is not Searched.NOT and field.reference is None)

    @cached_property
    def indexed(self) -> tuple[Field, ...]:
        """What the search row of a product is made of; codes are found in the products themselves."""
        return tuple(field for field in self.golden if field.filtered or field.searched is Searched.WORDS)

    @cached_property
    def offer_texts(self) -> tuple[Field, ...]:
        """The texts of an offer's message, but for what it is known by."""
        return tuple(field for field in self.values if field.kind is Kind.TEXT and field.code != "currency")

    @cached_property
    def joined(self) -> frozenset[str]:
        """What else a product may show otherwise when it gains or loses an offer."""
        return frozenset(self.told_as(Told.OFFERS)) - {OFFERS}

    def told_as(self, told: Told) -> tuple[str, ...]:
        """The names by which the change feed knows the fields of this kind of change."""
        return tuple(field.code for field in self.fields if field.told is told and field.shown_as in ("", field.code))

    def shown(self, codes: Iterable[str]) -> set[str]:
        """The fields of a product that these of an offer may change."""
        return {self.by_code[code].shown_as for code in codes if code in self.by_code} - {""}

    def hidden_without(self, permission: str) -> frozenset[str]:
        """The fields that nobody without this permission sees."""
        return frozenset(field.code for field in self.fields if field.permission == permission)


REGISTRY = Registry(
    (
        Field("ref", column="supplier_ref", searched=Searched.CODE),
        Field("sku", places=Place.PRODUCT, searched=Searched.CODE),
        Field(
            "gtin", 0, places=Place.ALL, golden=True, shown_as="gtin",
            normalise=normalisers.gtin, searched=Searched.CODE, describes=True,
        ),
        golden("mpn", 5, searched=Searched.CODE),
        golden("title", 1, normalise=normalisers.kept, required=True, searched=Searched.WORDS),
        golden("description", 2, describes=True),
        golden("brand", 3, reference=BRAND, searched=Searched.WORDS, filtered=True, describes=True),
        golden("category", 4, reference=CATEGORY, normalise=normalisers.path, filtered=True, describes=True),
        golden("image_url", 6, describes=True, matched_by_doors=True, listed_as="images"),
        Field(
            "price", 7, Kind.AMOUNT, Place.ALL,
            shown_as="price", told=Told.PRICE, permission=PRICES_READ, filtered=True,
        ),
        Field("list_price", 8, Kind.AMOUNT),
        Field("currency", 9, shown_as="price", told=Told.PRICE),
        Field("stock", 10, Kind.COUNT, Place.ALL, shown_as="stock", told=Told.STOCK, filtered=True),
        Field("pack_size", 11, Kind.COUNT),
        Field("prices", 12, Kind.SET, permission=PRICES_READ),
        Field("stocks", 13, Kind.SET),
        Field("our_sku", 15),
        # Of the shop's own list: a supplier, and his reference for the same article. Of offers they say nothing.
        Field("tie_supplier", places=Place.RUN),
        Field("tie_ref", places=Place.RUN),
        Field("offer_count", kind=Kind.DERIVED, places=Place.PRODUCT, shown_as="offer_count", told=Told.OFFERS),
        Field("winning_offer_id", kind=Kind.DERIVED, places=Place.PRODUCT, shown_as="winning_offer_id", told=Told.OFFERS),
        Field(OFFERS, kind=Kind.DERIVED, places=Place.FEED, shown_as="offers", told=Told.OFFERS),
        Field("locked_fields", kind=Kind.SET, places=Place.PRODUCT),
        Field("state", kind=Kind.DERIVED, places=Place.OFFER | Place.PRODUCT),
    ),
    # The offer was taken out of the catalogue and is back. Our SKU says which product the offer is of, whatever its GTIN says; of
    # one that is known, that it is another one than before.
    flags={"reactivated": 14, "decided": 16},
)  # fmt: skip
