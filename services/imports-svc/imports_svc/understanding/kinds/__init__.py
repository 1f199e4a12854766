"""Every kind of trouble by its name; each dirties a clean draft and keeps its truth."""

from imports_svc.understanding.kinds import (
    archives,
    around,
    beside,
    codes,
    currencies,
    exports,
    feeds,
    letters,
    lines,
    objects,
    prices,
    quantities,
    several,
    tables,
    terms,
    texts,
    trees,
    workbooks,
)
from imports_svc.understanding.kinds.registry import KINDS, Kind

_DECLARING = (
    archives,
    around,
    beside,
    codes,
    currencies,
    exports,
    feeds,
    letters,
    lines,
    objects,
    prices,
    quantities,
    several,
    tables,
    terms,
    texts,
    trees,
    workbooks,
)
__all__ = ["KINDS", "Kind"]
