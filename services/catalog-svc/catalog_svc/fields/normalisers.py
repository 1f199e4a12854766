"""What a value that a person sends becomes before it is stored; an empty text is no value."""

from collections.abc import Callable

from catalog_svc.fields.gtin import check_gtin
from catalog_svc.fields.paths import canonical

# Takes the value and the name of its field in the request, for the error.
Normaliser = Callable[[str, str], str | None]


def plain(value: str, field: str) -> str | None:
    return value or None


def kept(value: str, field: str) -> str:
    """For a field that always holds a text, if an empty one."""
    return value


def gtin(value: str, field: str) -> str | None:
    """Raises InvalidGtin."""
    check_gtin(value, field)
    return value or None


def path(value: str, field: str) -> str | None:
    """Raises CategoryTooDeep."""
    return canonical(value) or None
