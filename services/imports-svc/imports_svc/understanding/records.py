"""Records of a tree from a draft, and elements of XML."""

from collections.abc import Callable
from html import escape
from typing import Any

from imports_svc.understanding.draft import Draft
from imports_svc.understanding.tables import Truth

Record = dict[str, Any]
_TAGS = {
    "ref": ("sku", "id", "article_number", "Artikelnummer", "code"),
    "gtin": ("ean", "gtin", "barcode", "EAN"),
    "title": ("name", "title", "Bezeichnung", "product_name"),
    "brand": ("brand", "manufacturer", "Hersteller"),
    "category": ("category", "Kategorie", "product_type"),
    "price": ("price", "net_price", "Preis", "unit_price"),
    "stock": ("stock", "qty", "Bestand", "stock_quantity"),
    "currency": ("currency", "currency_code"),
}


def names_of(draft: Draft) -> dict[str, str]:
    """A name for each field of the draft."""
    return {name: draft.random.choice(_TAGS[name]) for name in draft.fields}


def value_of(name: str, truth: Truth) -> str | int | None:
    """What a record says of a field."""
    return str(truth["gtin14"]).removeprefix("0") if name == "gtin" and truth["gtin14"] else truth.get(name)


def records_of(draft: Draft, names: dict[str, str]) -> list[Record]:
    """A record for each article."""
    return [{said: value_of(name, truth) for name, said in names.items()} for truth in draft.truth]


def written_as(draft: Draft, suffix: str, write: Callable[[Draft], str], encoding: str = "utf-8") -> None:
    """The draft will be what `write` makes of it."""
    draft.suffix = suffix
    draft.writer = lambda made: write(made).encode(encoding)


def element(name: str, value: object, *, cdata: bool = False) -> str:
    """An element with a text."""
    text = f"<![CDATA[{value}]]>" if cdata else escape(str(value))
    return f"<{name}>{text}</{name}>"
