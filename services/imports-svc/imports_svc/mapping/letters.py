"""Texts whose letters are not sure: two encodings of a file are nearly as likely, and read a cell differently."""

from collections.abc import Iterator

from imports_svc.feeds.encodings import shown
from imports_svc.feeds.model import Doubt, Inspection, Mapping, Otherwise
from imports_svc.vocabulary.parameters import base

_REFERENCES = ("ref", "gtin", "mpn", "our_sku", "tie_ref")
_PRICES = ("price", "list_price")
_MONEY = frozenset("£€")


def letters_doubts(inspection: Inspection, mapping: Mapping) -> Iterator[Doubt]:
    """One for the file: of a reference it holds, and where a currency may be another; of other texts it is told."""
    fields: dict[int, set[str]] = {}
    for field, choice in mapping.fields.items():
        fields.setdefault(choice.column, set()).add(base(field))
    judged = [(one, _holds(one, fields[one.column])) for one in inspection.otherwise if one.column in fields]
    unsure = sorted(((one, holds) for one, holds in judged if holds is not None), key=lambda pair: not pair[1])
    if not unsure:
        return
    shape, (first, holds) = inspection.shape, unsure[0]
    own, other = shown(shape.written or shape.encoding), shown(first.encoding)
    names = ", ".join(repr(shape.columns[one.column]) for one, _ in unsure)
    message = (
        f"Which letters the file has is not sure: {first.read!r} ({own}) or {first.other!r} ({other}), in {names}. It is read as"
        f" {own}. Say --encoding {other} (encoding={other}) if the other one is right, --encoding {own} if this is."
    )
    yield Doubt("letters_unsure", message, examples=(first.read, first.other), holds=bool(holds))


def _holds(one: Otherwise, fields: set[str]) -> bool | None:
    """Whether what is read otherwise makes another article or currency; None where it is nothing to be told."""
    if one.mark:
        # A mark beside a number is no letter.
        return False if fields.intersection(_REFERENCES) else None
    if fields.intersection(_PRICES) and _MONEY.intersection(one.read) != _MONEY.intersection(one.other):
        return True
    return bool(fields.intersection(_REFERENCES)) and not one.name
