"""XML, JSON and BMEcat: where the records are, each as a row of cells, and what is told beside them."""

import json
from pathlib import Path

import pytest

from imports_svc.feeds.errors import EmptyFeed, FeedError, FeedTooLarge, FileDamaged, UnknownTable, UnsupportedFormat
from imports_svc.feeds.model import Inspection, Limits
from imports_svc.feeds.reader import inspect, read
from imports_svc.formats.opening import open_feed

PRODUCTS = [
    {"sku": "A-1", "ean": "4006381333931", "name": "Lamp", "price": {"amount": 12.50, "currency": "EUR"}, "stock": 3},
    {"sku": "A-2", "name": "Cable", "stock": 0, "price": {"amount": 1.125, "currency": "EUR"}, "brand": "Bolt"},
]


def opened(tmp_path: Path, content: str | bytes, table: str = "", limits: Limits | None = None) -> Path:
    path = tmp_path / "feed.dat"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return open_feed(path, tmp_path, table, *([limits] if limits else []))


def looked(tmp_path: Path, content: str | bytes, table: str = "") -> Inspection:
    return inspect(opened(tmp_path, content, table))


def records(seen: Inspection) -> list[dict[str, str]]:
    return [{name: cell for name, cell in zip(seen.shape.columns, row, strict=True) if cell} for row in seen.sample]


def codes(seen: Inspection) -> dict[str, bool]:
    return {doubt.code: doubt.holds for doubt in seen.shape.doubts}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (json.dumps(PRODUCTS), "JSON, 2 records at '.'"),
        (json.dumps({"shop": "x", "data": {"products": PRODUCTS}}, indent=1), "JSON, 2 records at 'data/products'"),
        ("\n".join(map(json.dumps, PRODUCTS)), "NDJSON, 2 records"),
        (json.dumps({"products": PRODUCTS}).encode("utf-16"), "JSON, 2 records at 'products'"),
        (b"\xef\xbb\xbf" + json.dumps(PRODUCTS).encode(), "JSON, 2 records at '.'"),
    ],
)
def test_json_in_each_form_reads_the_same(tmp_path: Path, content: str | bytes, told: str) -> None:
    seen = looked(tmp_path, content)
    assert seen.shape.origin.startswith(told)
    assert records(seen) == [
        {"sku": "A-1", "ean": "4006381333931", "name": "Lamp", "price/amount": "12.5", "price/currency": "EUR", "stock": "3"},
        {"sku": "A-2", "name": "Cable", "price/amount": "1.125", "price/currency": "EUR", "stock": "0", "brand": "Bolt"},
    ]
    assert seen.mapping.fields.keys() >= {"ref", "gtin", "title", "price", "currency", "stock"}
    style = seen.profile.columns[seen.shape.columns.index("price/amount")].style
    assert (style.decimal, style.ambiguous) == (".", False)


XML = """<?xml version="1.0" encoding="{encoding}"?>
<!DOCTYPE catalog SYSTEM "catalog.dtd">
<catalog xmlns:g="http://base.google.com/ns/1.0"><categories>
<category id="1">Licht</category><category id="2">Büro</category></categories>
<products><product id="A-1"><g:gtin>4006381333931</g:gtin><name>Lämp &amp; shade</name><price currency="EUR">12.50</price>
<image>http://x/1.jpg</image><image>http://x/2.jpg</image><param name="Colour">red</param><param name="Size">L</param></product>
<product id="A-2"><name><![CDATA[Cable <b>]]></name><price currency="EUR">1.50</price><param name="Size">M</param></product>
</products></catalog>"""


@pytest.mark.parametrize("encoding", ["utf-8", "windows-1252", "iso-8859-1", "utf-16"])
def test_xml_by_the_path_of_its_records_in_any_encoding(tmp_path: Path, encoding: str) -> None:
    seen = looked(tmp_path, XML.format(encoding=encoding).encode(encoding))
    assert seen.shape.origin.startswith("XML, 2 records at 'products/product' (names ")
    assert records(seen) == [
        {
            "@id": "A-1",
            "gtin": "4006381333931",
            "name": "Lämp & shade",
            "price/@currency": "EUR",
            "price": "12.50",
            "image": "http://x/1.jpg|http://x/2.jpg",
            "param[Colour]": "red",
            "param[Size]": "L",
        },
        {"@id": "A-2", "name": "Cable <b>", "price/@currency": "EUR", "price": "1.50", "param[Size]": "M"},
    ]
    assert codes(seen) == {}
    assert seen.mapping.fields.keys() >= {"gtin", "title", "price", "currency", "image_url"}


def test_a_path_can_be_named(tmp_path: Path) -> None:
    seen = looked(tmp_path, XML.format(encoding="utf-8"), "categories/category")
    assert [row["@id"] for row in records(seen)] == ["1", "2"]
    with pytest.raises(UnknownTable, match="products/product"):
        looked(tmp_path, XML.format(encoding="utf-8"), "articles")


def test_xml_that_lies_about_its_letters_is_read_and_that_is_told(tmp_path: Path) -> None:
    seen = looked(tmp_path, XML.format(encoding="UTF-8").encode("cp1252"))
    assert records(seen)[0]["name"] == "Lämp & shade"
    assert codes(seen)["xml_encoding"] is False


def test_two_lists_in_one_tree_hold_it_until_one_is_named(tmp_path: Path) -> None:
    others = [{"article": "B-1", "title": "Cord", "rrp": 2, "price": 1, "qty": 3}] * 2
    content = json.dumps({"lamps": PRODUCTS, "cables": others})
    assert codes(looked(tmp_path, content)) == {"records_choice": True}
    assert codes(looked(tmp_path, content, "cables")) == {}


def test_a_damaged_line_of_ndjson_is_one_rejected_row(tmp_path: Path) -> None:
    good = [json.dumps({"sku": f"A-{at}", "name": "Lamp", "price": at + 0.5}) for at in range(5)]
    text = opened(tmp_path, "\n".join([*good[:3], '{"sku": "A-', *good[3:]]))
    seen = inspect(text)
    [block] = read(text, seen.shape, seen.mapping, seen.profile)
    assert (block.accepted.height, block.problems.select("row_no", "reasons").rows()) == (5, [(4, ["field_count"])])
    assert codes(seen) == {"lines_without_record": False}


FEED = """<?xml version="1.0"?><rss version="2.0" xmlns:g="http://base.google.com/ns/1.0"><channel><title>Shop</title>
<link>http://x</link><item><g:id>A-1</g:id><title>Lamp</title><g:price>12.99 EUR</g:price><g:gtin>4006381333931</g:gtin>
<g:brand>Acme</g:brand><g:availability>in stock</g:availability><g:image_link>http://x/1.jpg</g:image_link>
<g:shipping><g:country>DE</g:country><g:price>4.90 EUR</g:price></g:shipping></item>
<item><g:id>A-2</g:id><title>Cable</title><g:price>1.99 EUR</g:price><g:brand>Acme</g:brand></item></channel></rss>"""


def test_google_merchant_is_read_as_xml_and_as_text(tmp_path: Path) -> None:
    text = opened(tmp_path, FEED)
    seen = inspect(text)
    named = {field: seen.shape.columns[choice.column] for field, choice in seen.mapping.fields.items()}
    assert named.items() >= {"ref": "id", "gtin": "gtin", "title": "title", "price": "price", "brand": "brand"}.items()
    [block] = read(text, seen.shape, seen.mapping, seen.profile)
    assert block.accepted.select("ref", "price", "currency").rows() == [("A-1", "12.99", "EUR"), ("A-2", "1.99", "EUR")]
    table = looked(tmp_path, "id\ttitle\tprice\tgtin\nA-1\tLamp\t12.99 EUR\t4006381333931\nA-2\tCable\t1.99 EUR\t\n")
    assert {"ref", "title", "price", "gtin"} <= table.mapping.fields.keys()


BMECAT = """<?xml version="1.0" encoding="ISO-8859-1"?><!DOCTYPE BMECAT SYSTEM "bmecat_new_catalog_1_2.dtd">
<BMECAT version="1.2"><HEADER><CATALOG><LANGUAGE>deu</LANGUAGE><CURRENCY>EUR</CURRENCY><MIME_ROOT>http://pics/</MIME_ROOT></CATALOG>
</HEADER><T_NEW_CATALOG><CATALOG_GROUP_SYSTEM>
<CATALOG_STRUCTURE type="root"><GROUP_ID>1</GROUP_ID><GROUP_NAME>Katalog</GROUP_NAME>
<PARENT_ID>0</PARENT_ID></CATALOG_STRUCTURE><CATALOG_STRUCTURE type="node"><GROUP_ID>2</GROUP_ID><GROUP_NAME>Licht</GROUP_NAME>
<PARENT_ID>1</PARENT_ID></CATALOG_STRUCTURE><CATALOG_STRUCTURE type="leaf"><GROUP_ID>3</GROUP_ID><GROUP_NAME>Lampen</GROUP_NAME>
<PARENT_ID>2</PARENT_ID></CATALOG_STRUCTURE></CATALOG_GROUP_SYSTEM>
<ARTICLE><SUPPLIER_AID>00120</SUPPLIER_AID><ARTICLE_DETAILS><DESCRIPTION_SHORT>Schreibtischlämpchen</DESCRIPTION_SHORT>
<EAN>4006381333931</EAN><MANUFACTURER_NAME>Acme</MANUFACTURER_NAME></ARTICLE_DETAILS><ARTICLE_FEATURES><FEATURE><FNAME>Breite</FNAME>
<FVALUE>12</FVALUE><FUNIT>mm</FUNIT></FEATURE></ARTICLE_FEATURES><ARTICLE_ORDER_DETAILS><ORDER_UNIT>C62</ORDER_UNIT>
<PRICE_QUANTITY>100</PRICE_QUANTITY></ARTICLE_ORDER_DETAILS><ARTICLE_PRICE_DETAILS><ARTICLE_PRICE price_type="net_list">
<PRICE_AMOUNT>250.00</PRICE_AMOUNT></ARTICLE_PRICE><ARTICLE_PRICE price_type="net_customer"><PRICE_AMOUNT>200</PRICE_AMOUNT>
<PRICE_FACTOR>0.9</PRICE_FACTOR><LOWER_BOUND>1</LOWER_BOUND></ARTICLE_PRICE><ARTICLE_PRICE price_type="net_customer">
<PRICE_AMOUNT>150</PRICE_AMOUNT><LOWER_BOUND>500</LOWER_BOUND></ARTICLE_PRICE><ARTICLE_PRICE price_type="net_customer">
<PRICE_AMOUNT>210</PRICE_AMOUNT><PRICE_CURRENCY>CHF</PRICE_CURRENCY></ARTICLE_PRICE></ARTICLE_PRICE_DETAILS><MIME_INFO><MIME>
<MIME_TYPE>application/pdf</MIME_TYPE><MIME_SOURCE>a.pdf</MIME_SOURCE></MIME><MIME><MIME_TYPE>image/jpeg</MIME_TYPE>
<MIME_SOURCE>a.jpg</MIME_SOURCE></MIME><MIME><MIME_TYPE>image/jpeg</MIME_TYPE><MIME_SOURCE>s.jpg</MIME_SOURCE>
<MIME_PURPOSE>thumbnail</MIME_PURPOSE></MIME><MIME><MIME_TYPE>image/jpeg</MIME_TYPE><MIME_SOURCE>http://other/b.jpg</MIME_SOURCE>
<MIME_PURPOSE>detail</MIME_PURPOSE></MIME></MIME_INFO></ARTICLE><ARTICLE mode="delete"><SUPPLIER_AID>OLD</SUPPLIER_AID></ARTICLE>
<ARTICLE_TO_CATALOGGROUP_MAP><ART_ID>00120</ART_ID><CATALOG_GROUP_ID>3</CATALOG_GROUP_ID></ARTICLE_TO_CATALOGGROUP_MAP>
</T_NEW_CATALOG></BMECAT>"""


def test_bmecat_prices_are_for_one_unit_by_type_quantity_and_currency(tmp_path: Path) -> None:
    seen = looked(tmp_path, BMECAT.encode("latin-1"))
    assert records(seen) == [
        {
            "article number": "00120",
            "ean": "4006381333931",
            "title": "Schreibtischlämpchen",
            "brand": "Acme",
            "category": "Licht > Lampen",
            "currency": "EUR",
            "list price": "2.5",
            "price": "1.8",
            "price from 500": "1.5",
            "price CHF": "2.1",
            "order unit": "C62",
            "image": "http://pics/a.jpg|http://other/b.jpg",
            "features": "Breite: 12 mm",
        }
    ]
    assert codes(seen) == {"deleted_records": False, "price_quantity": False}
    assert seen.shape.origin == "BMEcat 1.2, 1 article at 'T_NEW_CATALOG/ARTICLE'"
    assert seen.mapping.fields.keys() >= {
        "ref",
        "gtin",
        "title",
        "brand",
        "category",
        "price",
        "list_price",
        "currency",
        "image_url",
    }


def test_bmecat_of_2005_with_languages_and_a_namespace(tmp_path: Path) -> None:
    content = BMECAT.replace("<BMECAT", '<b:BMECAT xmlns:b="http://www.bmecat.org/bmecat/2005"').replace(
        "</BMECAT>", "</b:BMECAT>"
    )
    content = content.replace("ARTICLE", "PRODUCT").replace("SUPPLIER_AID", "SUPPLIER_PID").replace("ART_ID", "PROD_ID")
    content = content.replace("<EAN>4006381333931</EAN>", '<INTERNATIONAL_PID type="ean">4006381333931</INTERNATIONAL_PID>')
    short = '<DESCRIPTION_SHORT lang="eng">Lamp</DESCRIPTION_SHORT><DESCRIPTION_SHORT lang="deu">Lampe</DESCRIPTION_SHORT>'
    content = content.replace("<DESCRIPTION_SHORT>Schreibtischlämpchen</DESCRIPTION_SHORT>", short)
    [row] = records(looked(tmp_path, content.encode("latin-1")))
    assert (row["article number"], row["ean"], row["title"], row["title (eng)"]) == ("00120", "4006381333931", "Lampe", "Lamp")


@pytest.mark.parametrize(
    ("content", "kind", "says"),
    [
        ("<a><b>", FileDamaged, "line 1"),
        ("<offers>\n  <offer>\n", FileDamaged, "line 3"),
        ("<a><b><c>1</c><d>2</d></b><b><c>", FileDamaged, "line 1"),
        ("<a><b><c>1</c></d></b></a>", FileDamaged, "rules of XML"),
        ('[{"a": 1, "b": 2}, {"a"', FileDamaged, "rules of JSON"),
        ('{"a": 1, "b": 2,}\n', FileDamaged, "rules of JSON"),
        ("<a><b/></a>", EmptyFeed, "no records"),
        ('{"a": [1, 2, 3]}', EmptyFeed, "no records"),
        ("[]", EmptyFeed, "no records"),
        (
            '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a><b>&x;</b></a>',
            UnsupportedFormat,
            "entities",
        ),
        ("<a>" + "<b>" * 200 + "</b>" * 200 + "</a>", UnsupportedFormat, "deep"),
        ('{"a":' * 200 + "1" + "}" * 200, FeedError, "deep"),
        ('<?xml version="1.0" encoding="x-own"?><a><b><c>1</c></b></a>', FileDamaged, "encoding"),
        ('<?xml version="1.0" encoding="hex"?><a><b><c>1</c></b></a>', FileDamaged, "encoding"),
        ("<a><b><c>1</c><d>&nosuch;</d></b></a>", FileDamaged, "undefined entity"),
    ],
)
def test_what_is_damaged_is_told_from_what_is_empty_and_what_is_refused(tmp_path: Path, content: str, kind, says: str) -> None:
    with pytest.raises(kind, match=says):
        looked(tmp_path, content)


def test_an_entity_of_html_is_its_letter(tmp_path: Path) -> None:
    content = '<!DOCTYPE a SYSTEM "a.dtd"><a><b><sku>1</sku><name>caf&eacute;</name></b><b><sku>2</sku><name>x</name></b></a>'
    assert records(looked(tmp_path, content))[0]["name"] == "café"


def test_too_many_columns_and_names_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FeedTooLarge, match="columns"):
        opened(tmp_path, json.dumps([{f"c{at}": 1 for at in range(60)}] * 2), limits=Limits(columns=50))
    with pytest.raises(UnsupportedFormat, match="more different names"):
        opened(tmp_path, json.dumps({f"sku-{at}": at for at in range(60_000)}))


def test_what_describes_an_empty_list_is_no_record(tmp_path: Path) -> None:
    with pytest.raises(EmptyFeed):
        looked(tmp_path, '<Root><ChainId>7290725900003</ChainId><StoreId>9</StoreId><Items Count="0"/></Root>')
    one = looked(tmp_path, "<product><sku>A-1</sku><name>Lamp</name><price>1.50</price></product>")
    assert one.mapping.fields.keys() >= {"ref", "title", "price"}
