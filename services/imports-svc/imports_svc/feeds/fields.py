"""What a column of a file may be, and what else is said like a field. The server knows these, and nothing that reads files."""

from typing import Literal, get_args

PlainField = Literal[
    "supplier", "ref", "gtin", "title", "description", "brand", "category", "mpn", "image_url",
    "price", "list_price", "price_unit", "currency", "stock", "pack_size",
    "our_sku",
    "tie_supplier", "tie_ref",
]  # fmt: skip
# A plain field, or a price or stock with parameters as `parameters` writes them.
Field = str
FIELDS: tuple[Field, ...] = get_args(PlainField)
TIES: tuple[Field, ...] = ("tie_supplier", "tie_ref")
"""Of the shop's own list only: a supplier, and the number that he has for the article."""
HELD: tuple[Field, ...] = ("price", "list_price", "stock", "currency", "ref", "gtin", "mpn", "our_sku")
"""A wrong one of these is another price, another stock, another article: what leaves it open holds."""
IMAGE: Field = "image_url"
"""The first image of an article; `image_url[2]` and so on are further ones, in their order."""
MOST_IMAGES = 50
CATEGORY_SEPARATOR = "category_separator"
"""Not a field, but said like one: what separates the levels of the category column, "" for nothing."""
TABLE = "table"
"""Not a field, but said like one: the sheets of a workbook, or the path of the records in a tree, that are the list."""
REPEATED_ROWS = "repeated_rows"
"""No field either: of rows with one reference the `last` counts, or of each field the `first` value."""
MISSING_OFFERS = "missing_offers"
"""And this: offers that the list no longer has `vanish`, or the list is partial and they are to `keep` as they are."""
DECIMAL_MARK = "decimal_mark"
"""Said like a field, too: the decimal mark of numbers that can be read two ways."""
ENCODING = "encoding"
"""And this: the letters that the bytes of a text stand for."""
