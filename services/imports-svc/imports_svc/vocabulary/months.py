"""The months by the names that spreadsheets give them in dates."""

import tomllib
from pathlib import Path

_DATA = tomllib.loads((Path(__file__).parent / "months.toml").read_text(encoding="utf-8"))
WORDS = frozenset(_DATA.pop("words").split())
"""Names that are words, too."""
NUMBERS: dict[str, int] = {name: number for names in _DATA.values() for number, name in enumerate(names.split(), 1)}
"""Names in small letters to their numbers from 1."""
ENGLISH = tuple(_DATA["en"].upper().split())
"""As codes are written that became dates: `MAR1`."""
