"""From what a job's file looks like to what it is read with."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import replace

from imports_svc.feeds.fields import TIES
from imports_svc.feeds.model import Doubt, Inspection, Mapping
from imports_svc.feeds.tables import MISSING
from imports_svc.jobs.models import Job, Template
from imports_svc.mapping.own_list import suggested, whole
from imports_svc.mapping.suggest import apply_overrides
from imports_svc.reading.reading import Reading


def reading_of(job: Job) -> Reading:
    """The reading of a job that is mapped."""
    return Reading(inspection_of(job), Mapping.from_json(json.dumps(job.mapping)), job.currency)


def inspection_of(job: Job) -> Inspection:
    """What was found in the job's file."""
    return Inspection.from_json(json.dumps(job.inspection))


def of_list(inspection: Inspection, *, own_list: bool) -> Inspection:
    """The inspection with the mapping that is suggested for the shop's own list, or for a supplier's."""
    if not own_list and not inspection.mapping.fields.keys() & set(TIES):
        return inspection
    return replace(inspection, mapping=suggested(inspection, own_list=own_list))


def remembered(template: Template | None, *, own_list: bool) -> dict[str, str]:
    """The choices of earlier files with this header; only the shop's own list has some about ties."""
    known = template.mapping if template else {}
    return {name: column for name, column in known.items() if own_list or name not in TIES}


def header_hash(inspection: Inspection) -> str:
    """Digest of the header: files with equal ones may share a mapping."""
    header = [inspection.shape.header, *inspection.shape.columns]
    return hashlib.sha256(json.dumps(header).encode()).hexdigest()


def of_this_kind(doubts: Iterable[Doubt], inspection: Inspection, template: Template | None) -> list[Doubt]:
    """Without those about a table chosen for earlier files, where files as this one were applied without a choice.

    A supplier may send workbooks of several kinds; what was chosen in one is not missing in the others. Where it is missing,
    which table was read instead is no doubt of its own.
    """
    found = list(doubts)
    missing = {doubt.code for doubt in found if doubt.code in MISSING}
    known = template is not None and not template.chosen and not inspection.shape.chosen
    dropped = missing if known else {MISSING[code] for code in missing}
    return [doubt for doubt in found if doubt.code not in dropped]


def mapped(inspection: Inspection, *overrides: dict[str, str]) -> Mapping:
    """The suggested mapping with choices on top, later ones winning; what a choice does not change keeps its reason.

    A supplier column is never taken on a suggestion: it decides whose offers the rows become, and "Vendor" is often the brand.
    Raises UnknownColumn.
    """
    mapping = apply_overrides(inspection.mapping, {"supplier": ""}, inspection.shape, inspection.profile)
    for at, chosen in enumerate(overrides, 1):
        present = Reading(inspection, mapping, "").choices
        # What the user says is said, also where it was suggested.
        changes = {name: column for name, column in chosen.items() if present.get(name) != column or at == len(overrides)}
        mapping = apply_overrides(mapping, changes, inspection.shape, inspection.profile)
    return whole(mapping)
