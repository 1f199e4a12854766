"""Before-images in SQL: what fields of an offer or a product hold, typed, so that it can be written back (docs/adr/0049).

An image is a JSON object of the fields that hold something; one that is told as changed and is missing held nothing. Amounts and
counts are numbers of all their digits, brands and categories `{id, name}`, sets arrays of rows with all their columns.
"""

from collections.abc import Callable, Iterable

from catalog_svc.fields.kinds import Reference
from catalog_svc.fields.registry import REGISTRY
from catalog_svc.fields.sets import ValueSet

ACTIVE, PRODUCT_ID, EXCLUDE_TIME = "active", "product_id", "exclude_time"
# Beside `active` of an offer that vanished: when, and with which run.
VANISHED = ("vanish_time", "vanish_run_id")
# Beside `active`, whatever else keeps an offer from counting.
STATES = (EXCLUDE_TIME, *VANISHED)
LOCKED_FIELDS, STATE, TRASH_TIME = "locked_fields", "state", "trash_time"

# SQL of whether a field is to be told as changed, given its code.
Told = Callable[[str], str]


def image(values: Iterable[tuple[str, str]], told: Told) -> str:
    """SQL of the image of those of the `values`, pairs of code and SQL, that are told as changed."""
    pairs = ", ".join(f"'{code}', CASE WHEN {told(code)} THEN {value} END" for code, value in values)
    return f"jsonb_strip_nulls(jsonb_build_object({pairs}))"


def names(codes: Iterable[str], told: Told) -> str:
    """SQL of the array of those of these fields that are told as changed."""
    return f"array_remove(ARRAY[{', '.join(f'CASE WHEN {told(code)} THEN {code!r} END' for code in codes)}]::text[], NULL)"


def of_offer(row: str, codes: Iterable[str] | None = None) -> list[tuple[str, str]]:
    """Code and SQL of what an offer holds in the columns of `row`: of all its fields, or of these."""
    wanted = {field.code for field in REGISTRY.values} if codes is None else set(codes)
    return [(field.code, f"{row}.{field.offer_column}") for field in REGISTRY.values if field.code in wanted]


def of_set(values: ValueSet, offer: str) -> str:
    """SQL of all rows of a set of an offer, by its id in SQL; NULL for none."""
    columns = ", ".join(f"'{column}', t.{column}" for column in values.columns)
    order = ", ".join(f"t.{key}" for key in values.keys)
    return f"(SELECT jsonb_agg(jsonb_build_object({columns}) ORDER BY {order}) FROM {values.table} t WHERE t.offer_id = {offer})"


def of_product(row: str) -> list[tuple[str, str]]:
    """Code and SQL of what a product holds in the columns of `row`."""
    return [
        (field.code, _named(field.reference, row) if field.reference else f"{row}.{field.code}")
        for field in REGISTRY.product_texts
    ]


def _named(reference: Reference, row: str) -> str:
    id = f"{row}.{reference.column}"
    return f"CASE WHEN {id} IS NOT NULL THEN jsonb_build_object('id', {id}, 'name', {reference.called(id)}) END"
