"""What one file is read with: its mapping, the columns it carries, and a digest that says when two readings are equal."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from imports_svc.cleaning.currencies import PRICES, names_few, signed
from imports_svc.feeds.fields import (
    CATEGORY_SEPARATOR,
    DECIMAL_MARK,
    ENCODING,
    FIELDS,
    IMAGE,
    MISSING_OFFERS,
    REPEATED_ROWS,
    TIES,
)
from imports_svc.feeds.model import Cleaned, Field, Inspection, Mapping, Stored
from imports_svc.feeds.reader import read
from imports_svc.vocabulary.parameters import base

# Raise it whenever the same bytes under the same mapping may clean to other rows than before: files applied under older rules are
# then read again instead of being taken for unchanged.
RULES_VERSION = 16
CARRIED: tuple[Field, ...] = (
    *("ref", "gtin", "title", "description", "brand", "category", "mpn"),
    *("image_url", "price", "list_price", "currency", "stock", "pack_size", "our_sku", *TIES),
)


@dataclass(frozen=True)
class Reading(Stored):
    """A file with everything that decides what its rows say. `currency` is for prices without one, "" for the supplier's own."""

    inspection: Inspection
    mapping: Mapping
    currency: str

    @property
    def names_currency(self) -> bool:
        """Whether the file, its mapping or the user says in which currency prices are."""
        return bool(self.mapping.currency_code or self.currency or "currency" in self.mapping.fields) or self._signed

    @property
    def names_currency_of_few(self) -> bool:
        """Whether a few prices name a currency beside their number, and nothing says one for the others."""
        said = self.mapping.currency_code or self.currency or "currency" in self.mapping.fields
        prices = [choice.column for name, choice in self.mapping.fields.items() if base(name) in PRICES]
        return not said and any(names_few(self.inspection.profile.columns[column]) for column in prices)

    @property
    def columns(self) -> list[str]:
        """The catalogue's columns this file carries.

        A currency only when the file or the user names one: else it is the supplier's.
        """
        priced = any(base(name) in ("price", "list_price") for name in self.mapping.fields)
        named = priced and self.names_currency
        # All images are one column.
        mapped = {IMAGE if base(name) == IMAGE else name for name in self.mapping.fields}
        plain = [name for name in CARRIED if name in mapped or (name == "currency" and named)]
        return plain + sorted(mapped - set(FIELDS))

    @property
    def _signed(self) -> bool:
        return signed(self.mapping, self.inspection.profile, self.inspection.shape)

    @property
    def choices(self) -> dict[str, str]:
        """Every field with the name of its column, "" for a field without one, and the separator: what a template keeps."""
        names = self.inspection.shape.columns
        chosen = {name: names[choice.column] for name, choice in self.mapping.fields.items()}
        # What was suggested and not taken is a choice, too. Of ties nobody chose anything before the list was the shop's own.
        plain = (name for name in FIELDS if name not in TIES)
        fields = dict.fromkeys((*plain, *self.inspection.mapping.fields, *chosen))
        choices = {name: chosen.get(name, "") for name in fields}
        if self.mapping.category_separator is not None:
            choices[CATEGORY_SEPARATOR] = self.mapping.category_separator
        if self.mapping.repeated_rows != self.inspection.mapping.repeated_rows or self.mapping.repeated_rows == "first":
            choices[REPEATED_ROWS] = self.mapping.repeated_rows
        if self.mapping.missing_offers == "keep":
            choices[MISSING_OFFERS] = self.mapping.missing_offers
        if self.mapping.decimal_mark is not None:
            choices[DECIMAL_MARK] = self.mapping.decimal_mark
        if self.inspection.shape.letters:
            choices[ENCODING] = self.inspection.shape.letters
        return choices

    @property
    def suppliers(self) -> int:
        """About how many suppliers the file names."""
        column = self.mapping.column("supplier")
        return 0 if column is None else self.inspection.profile.columns[column].distinct

    def blocks(self, path: Path) -> Iterator[Cleaned]:
        """The plain file's cleaned rows. Raises FeedError."""
        inspection = self.inspection
        return read(path, inspection.shape, self.mapping, inspection.profile, default_currency=self.currency or None)

    def digest(self, sha256: str) -> str:
        """Identifies the rows of the file with this content."""
        # What is told or doubted of the file, and who chose its table, decides no row.
        shape = replace(self.inspection.shape, doubts=(), origin="", chosen="", instead="", letters="", rivals=())
        decisive = [RULES_VERSION, sha256, shape.to_json(), self.choices, self.currency]
        return hashlib.sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()
