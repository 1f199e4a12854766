"""Everything that is not sure about reading a file under a mapping, before a row of it is cleaned."""

from collections.abc import Iterator

from imports_svc.cleaning.doubts import column_doubts
from imports_svc.feeds.model import Doubt, Inspection, Mapping


def doubts_of(inspection: Inspection, mapping: Mapping) -> tuple[Doubt, ...]:
    """The doubts about the file, its mapped columns and the mapping itself, each name once."""
    found = {doubt.name: doubt for doubt in _all(inspection, mapping)}
    return tuple(found.values())


def _all(inspection: Inspection, mapping: Mapping) -> Iterator[Doubt]:
    shape, profile = inspection.shape, inspection.profile
    yield from shape.doubts
    for field, choice in mapping.fields.items():
        yield from column_doubts(field, shape.columns[choice.column], profile.columns[choice.column])
