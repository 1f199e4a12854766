"""Feeds with a form of their own: Google's RSS, Yandex' YML, BMEcat."""

from decimal import Decimal
from html import escape
from random import Random

from imports_svc.understanding.draft import Draft
from imports_svc.understanding.kinds.registry import kind
from imports_svc.understanding.records import element, value_of, written_as
from imports_svc.understanding.tables import Table, make


@kind()
def google_rss(draft: Draft) -> None:
    """Google Merchant's feed as RSS or Atom-like XML."""
    draft.currency = ""
    entries = []
    for number, truth in enumerate(draft.truth):
        gone = truth["stock"] == 0
        shipping = "<g:shipping><g:country>DE</g:country><g:price>4.90 EUR</g:price></g:shipping>" if number % 2 else ""
        entries.append(
            f"<item><g:id>{escape(str(truth['ref']))}</g:id>{element('title', truth['title'])}<link>https://shop.example/{number}</link>"
            f"<g:image_link>https://shop.example/{number}.jpg</g:image_link><g:gtin>{value_of('gtin', truth)}</g:gtin>"
            f"{element('g:brand', truth['brand'])}{element('g:product_type', truth['category'])}"
            f"<g:price>{Decimal(str(truth['price'])):.2f} {truth['currency']}</g:price>"
            f"<g:availability>{'out of stock' if gone else 'in stock'}</g:availability>{shipping}</item>"
        )
        truth["stock"] = 0 if gone else None
    head = '<?xml version="1.0"?><rss version="2.0" xmlns:g="http://base.google.com/ns/1.0"><channel><title>Shop</title>'
    written_as(draft, "xml", lambda _: f"{head}<link>https://shop.example</link>{''.join(entries)}</channel></rss>")


@kind(table=lambda random: make(random, currency=random.choice(("RUB", "UAH", "KZT"))))
def yandex_market(draft: Draft) -> None:
    """YML: offers below a shop, categories by number, `vendor` for the brand."""
    draft.currency = ""
    entries = []
    for number, truth in enumerate(draft.truth):
        truth["category"] = truth["stock"] = None
        old = f"<oldprice>{Decimal(str(truth['price'])) * 2}</oldprice>" if number % 2 else ""
        entries.append(
            f'<offer id="{escape(str(truth["ref"]))}" available="true"><url>https://shop.example/{number}</url>'
            f"<price>{truth['price']}</price>{old}<currencyId>{truth['currency']}</currencyId>"
            f"<categoryId>{number % 3 + 1}</categoryId>"
            f"<picture>https://shop.example/{number}.jpg</picture>{element('name', truth['title'])}"
            f"{element('vendor', truth['brand'])}<vendorCode>V{number}</vendorCode>"
            f"<barcode>{value_of('gtin', truth)}</barcode></offer>"
        )
    groups = "".join(f'<category id="{at}">Group {at}</category>' for at in (1, 2, 3))
    head = '<?xml version="1.0"?><yml_catalog date="2026-11-30 10:00"><shop><name>Shop</name><company>ACME</company>'
    rates = '<currencies><currency id="RUB" rate="1"/></currencies>'
    offers = f"<offers>{''.join(entries)}</offers>"
    written_as(draft, "xml", lambda _: f"{head}{rates}<categories>{groups}</categories>{offers}</shop></yml_catalog>")


def _priced_in_codes(random: Random) -> Table:
    return make(random, currency=random.choice(("EUR", "CHF", "PLN", "SEK")))


@kind(table=_priced_in_codes)
def bmecat(draft: Draft) -> None:
    """BMEcat 1.2 or 2005: prices of several types and quantities, groups, features, pictures."""
    random = draft.random
    new, quantity = random.random() < 0.5, random.choice((1, 1, 100))
    for truth in draft.truth:
        truth["stock"] = None
    draft.currency = ""
    groups = {name: at for at, name in enumerate(sorted({str(truth["category"]) for truth in draft.truth}), 2)}
    code = '<INTERNATIONAL_AID type="ean">{0}</INTERNATIONAL_AID>' if new else "<EAN>{0}</EAN>"
    articles, links = [], []
    for truth in draft.truth:
        amount = Decimal(str(truth["price"])) * quantity
        unit = f"<PRICE_QUANTITY>{quantity}</PRICE_QUANTITY>" if quantity > 1 else ""
        listed = f'<ARTICLE_PRICE price_type="net_list"><PRICE_AMOUNT>{amount * 2}</PRICE_AMOUNT></ARTICLE_PRICE>'
        bulk = (
            f'<ARTICLE_PRICE price_type="net_customer"><PRICE_AMOUNT>{amount * Decimal("0.9")}</PRICE_AMOUNT>'
            "<LOWER_BOUND>100</LOWER_BOUND></ARTICLE_PRICE>"
        )
        articles.append(
            f"<ARTICLE><SUPPLIER_AID>{escape(str(truth['ref']))}</SUPPLIER_AID><ARTICLE_DETAILS>"
            f"{element('DESCRIPTION_SHORT', truth['title'])}{code.format(value_of('gtin', truth))}"
            f"{element('MANUFACTURER_NAME', truth['brand'])}</ARTICLE_DETAILS>"
            f"<ARTICLE_FEATURES><FEATURE><FNAME>Breite</FNAME><FVALUE>12</FVALUE><FUNIT>mm</FUNIT></FEATURE></ARTICLE_FEATURES>"
            f"<ARTICLE_ORDER_DETAILS><ORDER_UNIT>C62</ORDER_UNIT>{unit}</ARTICLE_ORDER_DETAILS><ARTICLE_PRICE_DETAILS>{listed}"
            f'<ARTICLE_PRICE price_type="net_customer"><PRICE_AMOUNT>{amount}</PRICE_AMOUNT></ARTICLE_PRICE>{bulk}'
            f"</ARTICLE_PRICE_DETAILS></ARTICLE>"
        )
        links.append(
            f"<ARTICLE_TO_CATALOGGROUP_MAP><ART_ID>{escape(str(truth['ref']))}</ART_ID>"
            f"<CATALOG_GROUP_ID>{groups[str(truth['category'])]}</CATALOG_GROUP_ID></ARTICLE_TO_CATALOGGROUP_MAP>"
        )
    root = '<CATALOG_STRUCTURE type="root"><GROUP_ID>1</GROUP_ID><GROUP_NAME>Katalog</GROUP_NAME></CATALOG_STRUCTURE>'
    tree = root + "".join(
        f'<CATALOG_STRUCTURE type="leaf"><GROUP_ID>{at}</GROUP_ID>{element("GROUP_NAME", name)}<PARENT_ID>1</PARENT_ID>'
        "</CATALOG_STRUCTURE>"
        for name, at in groups.items()
    )
    content = (
        f'<?xml version="1.0"?><BMECAT version="{"2005" if new else "1.2"}"><HEADER><CATALOG><LANGUAGE>deu</LANGUAGE>'
        f"<CURRENCY>{draft.table.currency}</CURRENCY></CATALOG></HEADER><T_NEW_CATALOG><CATALOG_GROUP_SYSTEM>{tree}"
        f"</CATALOG_GROUP_SYSTEM>{''.join(articles)}{''.join(links)}</T_NEW_CATALOG></BMECAT>"
    )
    if new:
        names = (
            ("SUPPLIER_AID", "SUPPLIER_PID"),
            ("INTERNATIONAL_AID", "INTERNATIONAL_PID"),
            ("ART_ID", "PROD_ID"),
            ("ARTICLE", "PRODUCT"),
        )
        for old, name in names:
            content = content.replace(old, name)
    written_as(draft, "xml", lambda _: content)
