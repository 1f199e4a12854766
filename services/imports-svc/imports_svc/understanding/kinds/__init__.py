"""Every kind of trouble by its name; each dirties a clean draft and keeps its truth."""

from imports_svc.understanding.kinds import codes, currencies, letters, lines, prices, quantities, several, tables, texts
from imports_svc.understanding.kinds.registry import KINDS, Kind

__all__ = ["KINDS", "Kind", "codes", "currencies", "letters", "lines", "prices", "quantities", "several", "tables", "texts"]
