"""Which fields of an offer a plan row changes: a bit for each, at the field's number of the registry (docs/adr/0048).

A word has 63 bits, so that it is a bigint without a sign, and a plan has as many words as its run's columns need.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from catalog_svc.fields.registry import REGISTRY, Registry

WORD_BITS = 63
# The offer was taken out of the catalogue and is back.
REACTIVATED = "reactivated"
# Our SKU says which product the offer is of, whatever its GTIN says; of one that is known, that it is another one than before.
DECIDED = "decided"


@dataclass(frozen=True)
class Masks:
    """The masks of one plan, in SQL: columns `mask`, `mask_2` and so on of its rows."""

    words: int = 1
    registry: Registry = REGISTRY

    @classmethod
    def of(cls, codes: Iterable[str], registry: Registry = REGISTRY) -> "Masks":
        """Those of a run that writes these fields; what it doesn't write can't change."""
        return cls(max((registry.number(code) // WORD_BITS for code in codes), default=0) + 1, registry)

    @property
    def columns(self) -> list[str]:
        return ["mask" if word == 0 else f"mask_{word + 1}" for word in range(self.words)]

    @property
    def declared(self) -> str:
        """The columns as CREATE TABLE has them."""
        return ", ".join(f"{column} bigint NOT NULL DEFAULT 0" for column in self.columns)

    def made(self, holds: Mapping[str, str]) -> list[str]:
        """SQL of each word, given SQL of the condition for each bit."""
        words: list[list[str]] = [[] for _ in range(self.words)]
        for code, condition in holds.items():
            word, bit = divmod(self.registry.number(code), WORD_BITS)
            words[word].append(f"CASE WHEN {condition} THEN {1 << bit} ELSE 0 END")
        return [" | ".join(cases) or "0" for cases in words]

    def has(self, codes: Iterable[str], row: str = "p") -> str:
        """SQL that a row changes at least one of these fields."""
        words = [0] * self.words
        for code in codes:
            word, bit = divmod(self.registry.number(code), WORD_BITS)
            if word < self.words:
                words[word] |= 1 << bit
        tests = [f"{row}.{column} & {bits} <> 0" for column, bits in zip(self.columns, words, strict=True) if bits]
        return tests[0] if len(tests) == 1 else f"({' OR '.join(tests) or 'false'})"

    def names(self, row: Mapping[str, Any]) -> list[str]:
        """The fields and flags whose bits are set in a row, in the order of their numbers."""
        held = [row[column] for column in self.columns]
        return [code for code, number in self.registry.numbers.items() if self._set(held, number)]

    def _set(self, held: list[int], number: int) -> bool:
        word, bit = divmod(number, WORD_BITS)
        return word < self.words and bool(held[word] >> bit & 1)
