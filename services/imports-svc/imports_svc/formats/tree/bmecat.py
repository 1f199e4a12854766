"""BMEcat 1.2 and 2005, by local names: each article is a row, whatever transaction it stands in.

Prices are told for one order unit (amount by factor and price quantity), by their type and from which quantity on; texts in the
catalogue's first language, others beside it; groups of the catalogue are the category.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from chassis.counts import counted
from chassis.times import now
from imports_svc.feeds.errors import EmptyFeed
from imports_svc.feeds.model import Doubt, Limits
from imports_svc.formats.converted import Origin
from imports_svc.formats.tree import xml
from imports_svc.formats.tree.bmecat_groups import Groups
from imports_svc.formats.tree.flatten import TEXT, Digits, RowWriter
from imports_svc.formats.tree.names import Node
from imports_svc.vocabulary.images import BETWEEN

_TRANSACTIONS = ("T_NEW_CATALOG", "T_UPDATE_PRODUCTS", "T_UPDATE_PRICES", "T_NEW_PRODUCTDATA")
# Small versions of a picture, and pictures of something else: of an article without others the first.
_NO_PICTURES = frozenset({"thumbnail", "icon", "logo", "data_sheet"})
_ARTICLES = ("ARTICLE", "PRODUCT")
# What a price of each type is called; the first type of a column that an article has counts.
_PRICES = {
    "net_customer": "price",
    "net_customer_exp": "price",
    "net_list": "list price",
    "gros_list": "list price gross",
    "nrp": "msrp",
}
_TEXTS = (
    ("title", ("DESCRIPTION_SHORT",)),
    ("description", ("DESCRIPTION_LONG",)),
    ("mpn", ("MANUFACTURER_AID", "MANUFACTURER_PID")),
    ("brand", ("MANUFACTURER_NAME",)),
    ("model", ("MANUFACTURER_TYPE_DESCR",)),
    ("buyer article number", ("BUYER_AID", "BUYER_PID")),
    ("delivery time", ("DELIVERY_TIME",)),
    ("keywords", ("KEYWORD",)),
    ("remarks", ("REMARKS",)),
)
_GTIN_TYPES = ("ean", "gtin", "gtin-13", "gtin13", "ean13", "ean-13", "gtin14", "gtin-14", "upc")
_DECIMALS = Decimal(1).scaleb(-6)


def convert(file: xml.XmlFile, root: Node, target: Path, limits: Limits) -> Origin:
    """Write the articles as text into `target`. Raises EmptyFeed, FileDamaged, FeedTooLarge."""
    places = [
        (transaction, article)
        for transaction in root.children
        if transaction in _TRANSACTIONS
        for article in root.children[transaction].children
        if article in _ARTICLES
    ]
    if not places:
        raise EmptyFeed("The BMEcat file holds no article. Check the supplier's export and send it again.")
    header: Any
    _, header = next(xml.records(file, ("HEADER",)), (0, {}))
    groups = Groups.of(file, root)
    reader = _Articles(_header(header), groups, now().date().isoformat())
    writer = RowWriter(target, limits)
    for place in places:
        for line, article in xml.records(file, place):
            if (row := reader.row(article)) is not None:
                writer.write_flat(row, line)
    numbers = writer.close()
    version = "2005" if any(article == "PRODUCT" for _, article in places) else "1.2"
    named = "/".join(places[0])
    told = f"BMEcat {version}, {counted(writer.rows, 'article')} at {named!r}"
    return Origin("BMEcat", told, named, header=True, numbers=numbers, doubts=tuple(reader.doubts()))


@dataclass(frozen=True)
class _Header:
    currency: str = ""
    language: str = ""
    pictures: str = ""


def _header(header: Any) -> _Header:
    catalogue = _part(header, "CATALOG")
    languages = _list(catalogue, "LANGUAGE")
    chosen = next(
        (one for one in languages if isinstance(one, dict) and one.get("@default") == "true"), languages[0] if languages else ""
    )
    return _Header(_text(catalogue, "CURRENCY"), _said(chosen), _text(catalogue, "MIME_ROOT"))


@dataclass
class _Articles:
    header: _Header
    groups: Groups
    # ISO 8601.
    today: str
    notes: Counter[str] = field(default_factory=Counter)
    deleted: int = 0

    def row(self, article: Any) -> dict[str, Any] | None:
        """One article by column; None for one that the supplier takes out."""
        if not isinstance(article, dict):
            return None
        if article.get("@mode") == "delete":
            self.deleted += 1
            return None
        details = _part(article, "ARTICLE_DETAILS", "PRODUCT_DETAILS")
        ref = _text(article, "SUPPLIER_AID", "SUPPLIER_PID")
        row: dict[str, Any] = {"article number": ref, "ean": self._code(details)}
        for column, names in _TEXTS:
            self._texts(row, column, _list(details, *names))
        row["category"] = self.groups.path_of(ref)
        self._prices(row, article)
        self._order(row, _part(article, "ARTICLE_ORDER_DETAILS", "PRODUCT_ORDER_DETAILS"))
        row["image"] = BETWEEN.join(self._pictures(_part(article, "MIME_INFO")))
        row["features"] = "; ".join(self._features(article))
        return {name: value for name, value in row.items() if value != "" or name in ("article number", "ean", "title")}

    def doubts(self) -> Iterator[Doubt]:
        """What of the articles is not in the rows."""
        if self.deleted:
            message = (
                f"{counted(self.deleted, 'article is', 'articles are')} not read: the file takes out what has the mode delete."
            )
            yield Doubt("deleted_records", message, rows=self.deleted, holds=False)
        for note, count in self.notes.items():
            code, _, message = note.partition(": ")
            yield Doubt(code, message.format(count=f"{count:,}"), rows=count, holds=code == "price_factor")

    def _code(self, details: Any) -> str:
        for one in _list(details, "INTERNATIONAL_PID", "INTERNATIONAL_AID"):
            if not isinstance(one, dict) or str(one.get("@type", "ean")).lower() in _GTIN_TYPES:
                return _said(one)
        return _text(details, "EAN")

    def _texts(self, row: dict[str, Any], column: str, values: list[Any]) -> None:
        """The text in the catalogue's language, those in others in columns of their own."""
        languages: dict[str, str] = {}
        for value in values:
            language = str(value.get("@lang", "")) if isinstance(value, dict) else ""
            if language in languages and column != "keywords":
                self.notes[
                    f"repeated_values: Articles that have {column!r} more than once, of which the first is read: {{count}}."
                ] += 1
            languages.setdefault(language, _said(value))
        own = next((one for one in (self.header.language, "") if one in languages), next(iter(languages), ""))
        row[column] = languages.pop(own, "")
        for language, text in languages.items():
            row[f"{column} ({language or 'no language'})"] = text

    def _prices(self, row: dict[str, Any], article: dict[str, Any]) -> None:
        order = _part(article, "ARTICLE_ORDER_DETAILS", "PRODUCT_ORDER_DETAILS")
        quantity = _decimal(_text(order, "PRICE_QUANTITY")) or Decimal(1)
        blocks = _list(article, "ARTICLE_PRICE_DETAILS", "PRODUCT_PRICE_DETAILS")
        if len(blocks) > 1:
            self.notes["several_periods: Articles with prices of several periods, of which today's is read: {count}."] += 1
        block = next(filter(self._holds, blocks), blocks[0] if blocks else {})
        row["valid from"], row["valid to"] = _day(block, "valid_start_date"), _day(block, "valid_end_date")
        for price in _list(block, "ARTICLE_PRICE", "PRODUCT_PRICE"):
            amount = _decimal(_text(price, "PRICE_AMOUNT"))
            if amount is None:
                continue
            kind = str(price.get("@price_type", "net_customer")) if isinstance(price, dict) else ""
            factor = _decimal(_text(price, "PRICE_FACTOR")) or Decimal(1)
            currency = _text(price, "PRICE_CURRENCY") or self.header.currency
            self._price(row, _column(kind, _decimal(_text(price, "LOWER_BOUND"))), amount * factor / quantity, currency)
            if quantity != 1:
                self.notes[
                    "price_quantity: Prices for more than one unit, which are divided by their price quantity: {count}."
                ] += 1

    def _holds(self, block: Any) -> bool:
        """Whether today is within the period of a block of prices."""
        start, end = _day(block, "valid_start_date"), _day(block, "valid_end_date")
        return (not start or start[:10] <= self.today) and (not end or self.today <= end[:10])

    def _price(self, row: dict[str, Any], column: str, amount: Decimal, currency: str) -> None:
        usual = row.setdefault("currency", currency)
        name = column if currency == usual else f"{column} {currency}"
        if name in row:
            self.notes[
                f"repeated_values: Prices beside another one of their type and quantity ({name}), which is read: {{count}}."
            ] += 1
            return
        row[name] = Digits(_plain(amount))

    def _order(self, row: dict[str, Any], order: Any) -> None:
        row["order unit"] = _text(order, "ORDER_UNIT")
        row["content unit"] = _text(order, "CONTENT_UNIT")
        row["units per order unit"] = _text(order, "NO_CU_PER_OU")
        row["minimum order"] = _text(order, "QUANTITY_MIN")

    def _pictures(self, info: Any) -> Iterator[str]:
        """The addresses of all pictures, those of the article itself before others."""
        pictures = [
            one
            for one in _list(info, "MIME")
            if _text(one, "MIME_SOURCE")
            and (
                _text(one, "MIME_TYPE").lower().startswith(("image/", "jpg", "jpeg", "png", "gif")) or not _text(one, "MIME_TYPE")
            )
        ]
        root = self.header.pictures
        pictures = [one for one in pictures if _text(one, "MIME_PURPOSE") not in _NO_PICTURES] or pictures[:1]
        for one in sorted(pictures, key=lambda one: _text(one, "MIME_PURPOSE") not in ("normal", "")):
            source = _text(one, "MIME_SOURCE")
            yield source if "://" in source or "://" not in root else f"{root.rstrip('/')}/{source.lstrip('/')}"

    def _features(self, article: dict[str, Any]) -> Iterator[str]:
        for system in _list(article, "ARTICLE_FEATURES", "PRODUCT_FEATURES"):
            for one in _list(system, "FEATURE"):
                name, value = _text(one, "FNAME"), ", ".join(filter(None, map(_said, _list(one, "FVALUE"))))
                if name and value:
                    yield " ".join(filter(None, (f"{name}:", value, _text(one, "FUNIT"))))


def _day(block: Any, kind: str) -> str:
    """The day of this type that a block of prices names, "" for none."""
    return next(
        (_text(one, "DATE") for one in _list(block, "DATETIME") if isinstance(one, dict) and one.get("@type") == kind), ""
    )


def _column(kind: str, bound: Decimal | None) -> str:
    column = _PRICES.get(kind, f"price {kind.removeprefix('udp_')}".strip())
    return column if bound is None or bound <= 1 else f"{column} from {_plain(bound)}"


def _plain(number: Decimal) -> str:
    """At most six decimals, which is what the catalogue keeps."""
    text = format(number.quantize(_DECIMALS) if number.as_tuple().exponent < -6 else number, "f")  # type: ignore[operator]
    return text.rstrip("0").rstrip(".") if "." in text else text


def _decimal(text: str) -> Decimal | None:
    try:
        found = Decimal(text.replace(",", "."))
    except InvalidOperation:
        return None
    return found if found.is_finite() and abs(found) < 10**15 else None


def _part(value: Any, *names: str) -> Any:
    found = _list(value, *names)
    return found[0] if found else {}


def _list(value: Any, *names: str) -> list[Any]:
    """What stands under the first of these names that there is."""
    for name in names if isinstance(value, dict) else ():
        if name in value:
            found = value[name]
            return found if isinstance(found, list) else [found]
    return []


def _text(value: Any, *names: str) -> str:
    return next((text for one in _list(value, *names) if (text := _said(one))), "")


def _said(value: Any) -> str:
    return str(value.get(TEXT, "")) if isinstance(value, dict) else str(value)
