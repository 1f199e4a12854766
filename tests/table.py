"""What docs/faults.md says: the one place that tells what works while something is away."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from load import NOBODY, YES

PAGE = Path(__file__).parents[1] / "docs" / "faults.md"
_SOON = re.compile(r"yes, in (\d+) s")
_REASON = re.compile(r"`([A-Z_]+)`")


@dataclass(frozen=True)
class Cell:
    """What a kind of request is answered with. `after`: seconds from the start of the outage until that is so."""

    said: frozenset[str]
    after: float = 0.0

    @classmethod
    def of(cls, text: str, words: Mapping[str, frozenset[str]]) -> "Cell":
        if soon := _SOON.fullmatch(text):
            return cls(frozenset({YES}), float(soon[1]))
        return cls(frozenset({YES}) if text == YES else words[text])


def rows(heading: str) -> Mapping[str, Mapping[str, Cell]]:
    """The cells below a heading, by component and kind of request."""
    page = PAGE.read_text(encoding="utf-8")
    words = {word: frozenset(_REASON.findall(meaning)) or frozenset({NOBODY}) for word, meaning in _lines(page)[2:]}
    (_, *kinds), _, *lines = _lines(page.split(f"\n## {heading}")[1])
    return {name: {kind: Cell.of(cell, words) for kind, cell in zip(kinds, cells, strict=True)} for name, *cells in lines}


def _lines(text: str) -> list[list[str]]:
    """The cells of the first table."""
    after = text[text.index("\n|") + 1 :].split("\n\n")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in after.strip().splitlines()]
