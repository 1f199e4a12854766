"""Texts whose letters are not sure: two encodings of a file are nearly as likely, and read a cell differently."""

from collections.abc import Iterator

from imports_svc.feeds.encodings import shown
from imports_svc.feeds.model import Doubt, Inspection, Mapping, Otherwise
from imports_svc.vocabulary.parameters import base

_REFERENCES = ("ref", "gtin", "mpn", "our_sku", "tie_ref")
_PRICES = ("price", "list_price")
_MONEY = frozenset("£€")


def letters_doubts(inspection: Inspection, mapping: Mapping) -> Iterator[Doubt]:
    """One for each column: of a reference it holds, and where a currency may be another; of other texts it is told."""
    fields: dict[int, set[str]] = {}
    for field, choice in mapping.fields.items():
        fields.setdefault(choice.column, set()).add(base(field))
    shape = inspection.shape
    own = shown(shape.written or shape.encoding)
    for one in inspection.otherwise:
        holds = _holds(one, fields[one.column]) if one.column in fields else None
        if holds is None:
            continue
        name, others = shape.columns[one.column], ((one.other, one.encoding), *one.more)
        readings = [f"{text!r} ({shown(encoding)})" for text, encoding in ((one.read, own), *others)]
        names = [shown(encoding) for _, encoding in others]
        message = (
            f"Which letters {name!r} has is not sure: {', '.join(readings[:-1])} or {readings[-1]}. It is read as {own}. Say"
            f" --encoding {names[0]} (encoding={names[0]}) or another of these if that is right, --encoding {own} if this is."
        )
        examples = (one.read, *(text for text, _ in others))
        yield Doubt("letters_unsure", message, name, examples=examples, holds=holds, encoding=names[0])


def _holds(one: Otherwise, fields: set[str]) -> bool | None:
    """Whether what is read otherwise makes another article or currency; None where it is nothing to be told."""
    if one.mark:
        # A mark beside a number is no letter.
        return False if fields.intersection(_REFERENCES) else None
    others = (one.other, *(text for text, _ in one.more))
    if fields.intersection(_PRICES) and any(_MONEY.intersection(one.read) != _MONEY.intersection(text) for text in others):
        return True
    return bool(fields.intersection(_REFERENCES)) and not one.name
