"""Texts of which an offer or a product may have several, such as images: one column holds them, each on a line of its own.

One alone is stored as it is, so that a list without any or with one costs what a text costs, in a row, a plan and the record of
change; and survivorship takes the whole list of one offer.
"""

from collections.abc import Iterable, Set

from google.protobuf.message import Message

from catalog_svc.fields.errors import FirstDiffers
from catalog_svc.fields.registry import REGISTRY, Field

SEPARATOR = "\n"


def joined(values: Iterable[str]) -> str:
    """Several values as a column holds them, each once, in their order."""
    return SEPARATOR.join(dict.fromkeys(filter(None, values)))


def parted(text: str | None) -> list[str]:
    """The values that a column holds."""
    return text.split(SEPARATOR) if text else []


def shown(text: str | None, field: Field) -> dict[str, str | list[str]]:
    """What a message says of a list: its first, and all of it."""
    values = parted(text)
    return {field.code: values[0] if values else "", field.listed_as: values}


def said(message: Message, field: Field, path: str, fields: Set[str] | None = None) -> str:
    """What a message says of a list as a column holds it. `path`: of the message in its request; `fields`: those it writes.

    A first one alone is a list of one. Raises FirstDiffers where it is not the first of the list beside it.
    """
    first: str = getattr(message, field.code)
    values = list(getattr(message, field.listed_as))
    if fields is not None and field.listed_as not in fields:
        return first
    if fields is not None and field.code not in fields:
        return joined(values)
    if first and (values or fields is not None) and first not in values[:1]:
        raise FirstDiffers(f"{path}.{field.code}", field.listed_as)
    return joined(values or [first])


def codes(fields: Set[str]) -> set[str]:
    """Names of a message's fields as the registry's: a list is one field with its first."""
    return {_CODES.get(name, name) for name in fields}


def with_first(held: str | None, first: str) -> str | None:
    """A held list with another first one in the place of its own; none where there is to be no first."""
    return joined([first, *parted(held)[1:]]) if first else None


_CODES = {field.listed_as: field.code for field in REGISTRY.listed}
