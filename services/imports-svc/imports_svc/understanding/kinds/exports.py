"""Exports of shop systems and marketplaces: their columns, and articles on several rows."""

from decimal import Decimal

from imports_svc.understanding.draft import Draft
from imports_svc.understanding.kinds.registry import kind

_SIZES = ("S", "M", "L", "XL")


def _ean(truth: dict[str, str | int | None]) -> str:
    return str(truth["gtin14"]).removeprefix("0")


def _rewritten(draft: Draft, header: list[str], rows: list[dict[str, object]]) -> None:
    """The draft with other columns; what a row does not say is empty."""
    draft.header = header
    draft.fields = ["" for _ in header]
    draft.rows = [[str(row.get(name, "")) for name in header] for row in rows]
    draft.delimiter, draft.encoding, draft.currency = ",", "utf-8", draft.table.currency


def _groups(draft: Draft) -> list[list[dict[str, str | int | None]]]:
    """Articles that are variants of one product: 1 to 4 each, in order; they share what a product has."""
    found, at = [], 0
    while at < len(draft.truth):
        group = draft.truth[at : at + draft.random.randrange(1, 5)]
        at += len(group)
        for truth in group:
            truth.update(title=group[0]["title"], brand=group[0]["brand"], category=group[0]["category"])
        found.append(group)
    return found


@kind()
def columns_of_shopify(draft: Draft) -> None:
    """Variants and further pictures are rows that only the first one of a product explains."""
    header = [
        "Handle", "Title", "Body (HTML)", "Vendor", "Type", "Tags", "Published", "Option1 Name", "Option1 Value", "Variant SKU",
        "Variant Grams", "Variant Inventory Qty", "Variant Inventory Policy", "Variant Price", "Variant Compare At Price",
        "Variant Barcode", "Image Src", "Image Position",
    ]  # fmt: skip
    rows: list[dict[str, object]] = []
    for number, group in enumerate(_groups(draft)):
        handle, alone = f"product-{number}", len(group) == 1
        pictures = draft.random.randrange(0, 4)
        for at, truth in enumerate(group):
            row: dict[str, object] = {
                "Handle": handle, "Option1 Value": "Default Title" if alone else _SIZES[at], "Variant SKU": truth["ref"],
                "Variant Grams": 100, "Variant Inventory Qty": truth["stock"], "Variant Inventory Policy": "deny",
                "Variant Price": truth["price"], "Variant Barcode": _ean(truth),
            }  # fmt: skip
            if at == 0:
                row |= {"Title": truth["title"], "Body (HTML)": "<p>Good.\nVery good.</p>", "Vendor": truth["brand"]}
                row |= {"Type": truth["category"], "Option1 Name": "Title" if alone else "Size", "Published": "TRUE"}
            if at < pictures:
                row |= {"Image Src": f"https://cdn.example/{number}-{at}.jpg", "Image Position": at + 1}
            rows.append(row)
        rows.extend(
            {"Handle": handle, "Image Src": f"https://cdn.example/{number}-{at}.jpg", "Image Position": at + 1}
            for at in range(len(group), pictures)
        )
    _rewritten(draft, header, rows)


@kind()
def columns_of_prestashop(draft: Draft) -> None:
    """PrestaShop's import file: prices without and with tax, several categories and pictures in a cell."""
    header = [
        "Product ID", "Active (0/1)", "Name *", "Categories (x,y,z...)", "Price tax excluded", "Tax rules ID", "Wholesale price",
        "On sale (0/1)", "Reference #", "Manufacturer", "EAN13", "Quantity", "Image URLs (x,y,z...)",
    ]  # fmt: skip
    rows: list[dict[str, object]] = []
    for number, truth in enumerate(draft.truth, 1):
        pictures = [f"https://shop.example/{number}-{at}.jpg" for at in range(number % 3 + 1)]
        group = str(truth["category"]).partition(" > ")[0]
        truth["category"] = group
        rows.append(
            {
                "Product ID": number, "Active (0/1)": 1, "Name *": truth["title"], "Categories (x,y,z...)": f"{group},Home",
                "Price tax excluded": f"{Decimal(str(truth['price'])):.6f}", "Tax rules ID": 1, "On sale (0/1)": 0,
                "Wholesale price": "1.00", "Reference #": truth["ref"], "Manufacturer": truth["brand"], "EAN13": _ean(truth),
                "Quantity": truth["stock"], "Image URLs (x,y,z...)": ",".join(pictures),
            }
        )  # fmt: skip
    _rewritten(draft, header, rows)
    draft.delimiter = ";"


@kind()
def columns_of_magento(draft: Draft) -> None:
    """Magento's export: an article again for a second shop view, with nothing but another title."""
    header = [
        "sku", "store_view_code", "attribute_set_code", "product_type", "categories", "product_websites", "name", "price",
        "url_key", "visibility", "manufacturer", "ean", "qty", "base_image", "additional_attributes",
    ]  # fmt: skip
    rows: list[dict[str, object]] = []
    for number, truth in enumerate(draft.truth):
        path = str(truth["category"]).replace(" > ", "/")
        truth["category"] = "Default Category > " + str(truth["category"])
        rows.append(
            {
                "sku": truth["ref"], "attribute_set_code": "Default", "product_type": "simple", "product_websites": "base",
                "categories": f"Default Category/{path},Default Category/New" if number % 3 == 0 else f"Default Category/{path}",
                "name": truth["title"], "price": f"{Decimal(str(truth['price'])):.4f}", "url_key": f"p-{number}",
                "visibility": "Catalog, Search", "manufacturer": truth["brand"], "ean": _ean(truth),
                "qty": f"{truth['stock']}.0000", "base_image": f"/p/{number}.jpg", "additional_attributes": "color=red,size=XL",
            }
        )  # fmt: skip
        if number % 2:
            rows.append({"sku": truth["ref"], "store_view_code": "fr", "name": f"Traduit {number}"})
    _rewritten(draft, header, rows)


@kind()
def columns_of_ebay(draft: Draft) -> None:
    """A listing file of eBay with asterisks in front of what is required."""
    header = [
        "*Action(SiteID=Germany|Country=DE|Currency=EUR|Version=1193)", "CustomLabel", "*Category", "*Title", "*ConditionID",
        "C:Brand", "Product:EAN", "PicURL", "*Format", "*Duration", "*StartPrice", "*Quantity",
    ]  # fmt: skip
    rows: list[dict[str, object]] = []
    for number, truth in enumerate(draft.truth):
        truth["category"] = None
        rows.append(
            {
                header[0]: "Add", "CustomLabel": truth["ref"], "*Category": 12345, "*Title": truth["title"], "*ConditionID": 1000,
                "C:Brand": truth["brand"], "Product:EAN": _ean(truth), "PicURL": f"https://shop.example/{number}.jpg",
                "*Format": "FixedPrice", "*Duration": "GTC", "*StartPrice": truth["price"], "*Quantity": truth["stock"],
            }
        )  # fmt: skip
    _rewritten(draft, header, rows)


@kind()
def rows_by_warehouse_and_quantity(draft: Draft) -> None:
    """Each article once; stocks of two places and prices for quantities in columns of their own."""
    mark = draft.table.language.mark
    prices = [f"{Decimal(str(truth['price'])) * Decimal('0.9'):.2f}".replace(".", mark) for truth in draft.truth]
    draft.add("Price from 100", prices)
    draft.retype("price", lambda truth, _: f"{Decimal(str(truth['price'])):.2f}".replace(".", mark))
    draft.add("Stock Paris", [str(number) for number in range(len(draft.rows))])
