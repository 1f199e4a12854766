"""Supplier feeds for the benchmarks: the same rows for the same numbers, on every machine, written as they are made.

A title has six words, brands follow Zipf's law, every GTIN is valid but those meant not to be.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from productsmanager.bench.vocabulary import COLOURS, DEPARTMENTS, MATERIALS, QUALITIES, SYLLABLES, THINGS

SEED = 20261122
HEADER = ("ref", "ean", "title", "brand", "category", "price", "currency", "stock", "image_url")
REF, EAN, TITLE, PRICE, STOCK = 0, 1, 2, 5, 7
BRANDS = 3_000
# Seven rows of so many are dirty, one of each kind: 0.35 %.
DIRTY_EVERY = 2_000
REJECTED, SUPERSEDED = 1, 2
# A revision changes one row of so many: 2 %.
CHANGED_EVERY = 50
LAST_REVISION = CHANGED_EVERY - 1
Row = list[str]


@dataclass(frozen=True)
class Catalogue:
    """A supplier's whole range in `rows` rows, in up to LAST_REVISION revisions after the first.

    `number` (1 to 999) tells suppliers apart: their references and GTINs are disjoint.
    """

    rows: int
    number: int = 1

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
        return len(range(REJECTED, self.rows, DIRTY_EVERY))

    @property
    def skipped(self) -> int:
        """Rows superseded by the next one, which has their reference."""
        return len(range(SUPERSEDED, self.rows - 1, DIRTY_EVERY))

    def changed(self, revision: int) -> int:
        """How many offers differ from those of the revision before."""
        dropped = (REJECTED, SUPERSEDED)
        return sum(_turn(index) == revision and index % DIRTY_EVERY not in dropped for index in range(self.rows - 1))

    def write(self, path: Path, revision: int = 0) -> None:
        """Write the feed as CSV, row by row."""
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(HEADER)
            writer.writerows(self.feed(revision))

    def feed(self, revision: int = 0) -> Iterator[Row]:
        """The rows of the feed, dirt included."""
        random = Random(SEED + self.number)  # noqa: S311
        brands = ["".join(_pick(random, SYLLABLES) for _ in range(4)).title() for _ in range(BRANDS)]
        for index in range(self.rows - 1):
            row = self._row(index, random, brands, changed=0 < _turn(index) <= revision)
            _soil(row, index % DIRTY_EVERY)
            yield row
        last = self._row(self.rows - 1, random, brands, changed=False)
        last[TITLE] = f"last product {self.marker}"
        yield last

    def _row(self, index: int, random: Random, brands: list[str], *, changed: bool) -> Row:
        body = f"4{self.number:03d}{index:08d}"
        ean = body + check_digit(body)
        words = [_pick(random, choice) for choice in (QUALITIES, MATERIALS, THINGS, COLOURS)]
        model = f"{chr(65 + int(random.random() * 26))}{1_000 + int(random.random() * 9_000)}"
        # Zipf's law with exponent 1: the rank is the number of ranks to the power of a uniform number.
        brand = brands[int(BRANDS ** random.random()) - 1]
        cents = 199 + int(random.random() ** 3 * 50_000) + changed
        stock = int(random.random() * 500) + changed
        return [
            f"B{self.number}-{index:08d}",
            ean,
            f"{' '.join(words)} {model} {1 + int(random.random() * 99)}cm",
            brand,
            f"{_pick(random, DEPARTMENTS)} > {words[2].title()}",
            f"{cents // 100}.{cents % 100:02d}",
            "EUR",
            str(stock),
            f"https://img.example.com/{ean}.jpg",
        ]


def check_digit(body: str) -> str:
    """Of a GTIN (GS1 General Specifications 7.9): weights 3 and 1 alternate from the right."""
    return str(-(3 * sum(map(int, body[-1::-2])) + sum(map(int, body[-2::-2]))) % 10)


def _pick(random: Random, choice: list[str]) -> str:
    # random() is the one method whose sequence Python promises to keep.
    return choice[int(random.random() * len(choice))]


def _turn(index: int) -> int:
    """The revision in which a row changes, scattered over the file; 0 never does."""
    return index * 2_654_435_761 % 2**32 // 7 % CHANGED_EVERY


def _soil(row: Row, place: int) -> None:
    """Dirt by the place of a row among DIRTY_EVERY."""
    if place == REJECTED:
        row[REF] = row[EAN] = ""
    elif place == SUPERSEDED:
        row[REF] = f"{row[REF][:-8]}{int(row[REF][-8:]) + 1:08d}"
    elif place == 3:
        row[EAN] = f"{row[EAN][:-1]}{(int(row[EAN][-1]) + 1) % 10}"
    elif place == 4:
        row[EAN] = f"{row[EAN][0]}.{row[EAN][1:6]}E+12"
    elif place == 5:
        row[PRICE] = "on request"
    elif place == 6:
        row[STOCK] = "-1"
    elif place == 7:
        row[TITLE] = ""
