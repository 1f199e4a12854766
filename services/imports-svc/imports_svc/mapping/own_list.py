"""The shop's own list: its columns of a supplier and his article's number tie that number to our SKU."""

import re
from collections.abc import Collection
from dataclasses import replace

from imports_svc.feeds.fields import TIES
from imports_svc.feeds.model import Choice, ColumnProfile, Field, Inspection, Mapping, Profile, Shape
from imports_svc.mapping.suggest import CHOSEN, suggest
from imports_svc.vocabulary.suppliers import is_supplier_name, is_suppliers_number, may_be_suppliers_number
from imports_svc.vocabulary.words import field_of, is_ours

_NUMBER = re.compile(r"[\s._#-]*[0-9]+$")
_SURE = 0.95
_LONGEST_CODE = 40
_NUMBERS = 0.5
# A supplier's own number stands in many rows.
_OTHERS = 0.8


def suggested(inspection: Inspection, *, own_list: bool) -> Mapping:
    """The likeliest mapping of a file, `own_list`: of the shop's own list.

    The columns tie only beside a number of the shop's own: where the supplier's is the only one, it may be our SKU.
    """
    shape, profile = inspection.shape, inspection.profile
    if not own_list:
        return suggest(shape, profile)
    mapping = suggest(shape, profile, _tied(shape, profile))
    ref = mapping.column("ref")
    if ref is None or ref == mapping.column("gtin") or not _is_own_number(shape.said[ref]):
        return suggest(shape, profile)
    return mapping


def _is_own_number(header: str) -> bool:
    return is_ours(header) or field_of(header) == "ref"


def _tied(shape: Shape, profile: Profile) -> dict[Field, Choice]:
    """The one column of suppliers and the one of their numbers, {} where there are none or several.

    Those that carry numbers (`Lieferant 2`) belong together in pairs, which nobody reads yet.
    """
    if not shape.header:
        return {}
    found: dict[Field, int] = {}
    for name, is_named, fits in (("tie_supplier", is_supplier_name, _has_values), ("tie_ref", is_suppliers_number, _is_code)):
        named = [
            at
            for at, header in enumerate(shape.said)
            if is_named(header) and not _NUMBER.search(header) and fits(profile.columns[at])
        ]
        if name == "tie_supplier" and len(named) > 1:
            # Beside his name a column may hold his number.
            named = [at for at in named if profile.columns[at].share(profile.columns[at].integers) < _NUMBERS]
        if len(named) != 1:
            return {}
        found[name] = named[0]
    return {
        name: Choice(at, _SURE, f"the header {shape.said[at]!r} names it, and this is the shop's own list")
        for name, at in found.items()
    }


def _has_values(column: ColumnProfile) -> bool:
    return column.values > 0


def _is_code(column: ColumnProfile) -> bool:
    return column.values > 0 and not column.is_dated and not column.urls and column.mean_length <= _LONGEST_CODE


def whole(mapping: Mapping) -> Mapping:
    """Without half a tie that nobody chose: a person has taken its other column for something else."""
    tied = [name for name in TIES if name in mapping.fields]
    if len(tied) != 1 or mapping.fields[tied[0]].why == CHOSEN:
        return mapping
    return replace(mapping, fields={name: choice for name, choice in mapping.fields.items() if name not in TIES})


def unread(names: Collection[str]) -> list[str]:
    """Of headers that are not read those that name numbers of suppliers, also numbered ones."""
    return [name for name in names if is_suppliers_number(_NUMBER.sub("", name))]


def may_tie(header: str, column: ColumnProfile) -> bool:
    """Whether a column that is not read may hold suppliers' numbers of articles: nearly each row has another one."""
    return may_be_suppliers_number(header) and column.distinct > _OTHERS * column.values > 0
