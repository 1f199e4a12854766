"""Texts whose letters are not sure: two encodings of a file are nearly as likely, and read a cell differently."""

from collections.abc import Iterator

from imports_svc.feeds.encodings import shown
from imports_svc.feeds.fields import HELD
from imports_svc.feeds.model import Doubt, Inspection, Mapping

_CODES = (*HELD, "supplier", "tie_supplier", "tie_ref")


def letters_doubts(inspection: Inspection, mapping: Mapping) -> Iterator[Doubt]:
    """One for the file: of a reference it holds, of other texts it is told."""
    mapped: dict[int, bool] = {}
    for field, choice in mapping.fields.items():
        mapped[choice.column] = mapped.get(choice.column, False) or field in _CODES
    unsure = sorted((one for one in inspection.otherwise if one.column in mapped), key=lambda one: not mapped[one.column])
    if not unsure:
        return
    shape, first = inspection.shape, unsure[0]
    own, other = shown(shape.encoding), shown(first.encoding)
    names = ", ".join(repr(shape.columns[one.column]) for one in unsure)
    message = (
        f"Which letters the file has is not sure: {first.read!r} ({own}) or {first.other!r} ({other}), in {names}. It is read as"
        f" {own}. Say --encoding {other} (encoding={other}) if the other one is right, --encoding {own} if this is."
    )
    yield Doubt("letters_unsure", message, examples=(first.read, first.other), holds=mapped[first.column])
