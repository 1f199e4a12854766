"""Supplier feeds for the benchmarks: the same rows for the same numbers, on every machine.

A row is drawn from a hash of its supplier's number and its own, so any row can be had alone. A title has six words,
brands follow Zipf's law, every GTIN is valid but those meant not to be.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from hashlib import blake2b

from productsmanager.bench.vocabulary import SYLLABLES, VOCABULARIES

FIELDS = ("ref", "ean", "title", "brand", "category", "price", "currency", "stock", "image_url")
REF, EAN, TITLE, PRICE, STOCK = 0, 1, 2, 5, 7
BRANDS = 3_000
# Seven rows of so many are dirty, one of each kind: 0.35 %.
DIRTY_EVERY = 2_000
REJECTED, SUPERSEDED, WRONG_CHECK_DIGIT, DAMAGED = 1, 2, 3, 4
# A revision changes one row of so many: 2 %.
CHANGED_EVERY = 50
LAST_REVISION = CHANGED_EVERY - 1
# Of so many rows a partner sells this many products that the other supplier has, too: 70 %.
SHARED, SHARED_OF = 7, 10
# A delisting drops one row of so many (5 %), never a dirty one: these stand at the places before the first turn.
DELISTED_EVERY, FIRST_TURN = 20, 8
LAST_DELISTING = DELISTED_EVERY - FIRST_TURN - 1
Row = list[str]


@dataclass(frozen=True)
class Catalogue:
    """A supplier's whole range in `rows` rows, as it stands after so many revisions and repricings.

    `number` (1 to 999) tells suppliers apart: their references and GTINs are disjoint, but that the `partner_of` another
    one has 70 % of its GTINs, under titles and prices of its own.
    """

    rows: int
    number: int = 1
    partner_of: int | None = None
    language: str = "en"
    revision: int = 0
    repricing: int = 0

    @property
    def supplier(self) -> str:
        return f"Bench {self.number}"

    @property
    def marker(self) -> str:
        """A word of the last title and no other, by which the end of an import is found."""
        return f"zyxfinis{self.number}"

    @property
    def rejected(self) -> int:
        """Rows without reference and GTIN."""
        return len(range(REJECTED, self.rows - 1, DIRTY_EVERY))

    @property
    def skipped(self) -> int:
        """Rows superseded by the next one, which has their reference."""
        return len(range(SUPERSEDED, self.rows - 1, DIRTY_EVERY))

    @property
    def offers(self) -> int:
        return self.rows - self.rejected - self.skipped

    @property
    def changed(self) -> int:
        """How many offers differ from those of the revision before."""
        dropped = (REJECTED, SUPERSEDED)
        return sum(_turn(index) == self.revision and index % DIRTY_EVERY not in dropped for index in range(self.rows - 1))

    @property
    def own_products(self) -> int:
        """How many offers are of products that the other supplier of equally many rows does not have."""
        return self.offers - sum(self._is_shared(index) for index in range(self.rows - 1))

    def delisted(self, turn: int) -> int:
        """How many offers the delisting of this turn (0 to LAST_DELISTING) leaves out."""
        return len(range(FIRST_TURN + turn, self.rows - 1, DELISTED_EVERY))

    def revised(self) -> "Catalogue":
        """The next delivery, 2 % of it changed; there are LAST_REVISION of them."""
        return replace(self, revision=self.revision + 1)

    def repriced(self) -> "Catalogue":
        """The next delivery, every price and stock of it changed."""
        return replace(self, repricing=self.repricing + 1)

    def feed(self) -> Iterator[Row]:
        """All rows, dirt included."""
        return map(self.row, range(self.rows))

    def feed_without(self, turn: int) -> Iterator[Row]:
        """All rows but those of one delisting."""
        last = self.rows - 1
        return (self.row(index) for index in range(self.rows) if index == last or index % DELISTED_EVERY != FIRST_TURN + turn)

    def prices(self) -> Iterator[Row]:
        """Reference, price and stock of every offer, without dirt."""
        for index in range(self.rows):
            if index % DIRTY_EVERY not in (REJECTED, SUPERSEDED) or index == self.rows - 1:
                cents, stock = self._amounts(index, _draw(self.number, index))
                yield [self._ref(index), f"{cents // 100}.{cents % 100:02d}", str(stock)]

    def row(self, index: int) -> Row:
        """One row of the feed, dirt included."""
        drawn = _draw(self.number, index)
        cents, stock = self._amounts(index, drawn)
        words, (departments, brands) = [], _names(self.language)
        for choice in VOCABULARIES[self.language].words:
            drawn, chosen = divmod(drawn, len(choice))
            words.append(choice[chosen])
        drawn, letter = divmod(drawn, 26)
        drawn, figures = divmod(drawn, 9_000)
        drawn, department = divmod(drawn, len(departments))
        # Zipf's law with exponent 1: the rank is the number of ranks to the power of a uniform number.
        brand = brands[int(BRANDS ** ((drawn & 0xFFFFF) / 0x100000)) - 1]
        ean = self.ean(index)
        row = [
            self._ref(index),
            ean,
            f"{' '.join(words)} {chr(65 + letter)}{1_000 + figures} {1 + figures % 99}cm",
            brand,
            f"{departments[department]} > {words[2].capitalize()}",
            f"{cents // 100}.{cents % 100:02d}",
            "EUR",
            str(stock),
            f"https://img.example.com/{ean}.jpg",
        ]
        if index == self.rows - 1:
            row[TITLE] = f"last product {self.marker}"
        else:
            _soil(row, index % DIRTY_EVERY)
        return row

    def ean(self, index: int) -> str:
        """The GTIN of a row before dirt."""
        number = self.partner_of if self.partner_of is not None and self._is_shared(index) else self.number
        body = f"4{number:03d}{index:08d}"
        return body + check_digit(body)

    def _is_shared(self, index: int) -> bool:
        """Whether both suppliers have this product: neither where dirt hides its GTIN, nor the last."""
        dirty = REJECTED <= index % DIRTY_EVERY <= DAMAGED
        return self.partner_of is not None and index % SHARED_OF < SHARED and not dirty and index != self.rows - 1

    def _ref(self, index: int) -> str:
        return f"B{self.number}-{index:08d}"

    def _amounts(self, index: int, drawn: int) -> tuple[int, int]:
        """Price in cents, cheap ones being the most, and stock."""
        moved = self.repricing + (0 < _turn(index) <= self.revision and index != self.rows - 1)
        # The lower half of the bits has gone into the words.
        drawn >>= 64
        return 199 + int(((drawn & 0xFFFFFF) / 0x1000000) ** 3 * 50_000) + moved, (drawn >> 24) % 500 + moved


def check_digit(body: str) -> str:
    """Of a GTIN (GS1 General Specifications 7.9): weights 3 and 1 alternate from the right."""
    return str(-(3 * sum(map(int, body[-1::-2])) + sum(map(int, body[-2::-2]))) % 10)


def _draw(number: int, index: int) -> int:
    """128 bits of chance."""
    return int.from_bytes(blake2b(b"%d-%d" % (number, index), digest_size=16).digest(), "big")


@cache
def _names(language: str) -> tuple[list[str], list[str]]:
    """Departments and brands."""
    brands = []
    for rank in range(BRANDS):
        drawn, syllables = _draw(0, rank), []
        for _ in range(4):
            drawn, chosen = divmod(drawn, len(SYLLABLES))
            syllables.append(SYLLABLES[chosen])
        brands.append("".join(syllables).title())
    return VOCABULARIES[language].departments, brands


def _turn(index: int) -> int:
    """The revision in which a row changes, scattered over the file; 0 never does."""
    return index * 2_654_435_761 % 2**32 // 7 % CHANGED_EVERY


def _soil(row: Row, place: int) -> None:
    """Dirt by the place of a row among DIRTY_EVERY."""
    if place == REJECTED:
        row[REF] = row[EAN] = ""
    elif place == SUPERSEDED:
        row[REF] = f"{row[REF][:-8]}{int(row[REF][-8:]) + 1:08d}"
    elif place == WRONG_CHECK_DIGIT:
        row[EAN] = f"{row[EAN][:-1]}{(int(row[EAN][-1]) + 1) % 10}"
    elif place == DAMAGED:
        row[EAN] = f"{row[EAN][0]}.{row[EAN][1:6]}E+12"
    elif place == 5:
        row[PRICE] = "on request"
    elif place == 6:
        row[STOCK] = "-1"
    elif place == 7:
        row[TITLE] = ""
