"""Whatever becomes of a workbook, XML or JSON on its way: it is read, or refused by name, and nothing else ever happens."""

import io
import json
import zipfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from imports_svc.feeds.errors import FeedError
from imports_svc.feeds.model import Limits
from imports_svc.feeds.reader import inspect, read
from imports_svc.formats.opening import open_feed
from imports_svc.understanding.workbooks import Cell, Sheet, ods, xlsb, xlsx

SMALL = Limits(plain_bytes=4 << 20, bomb_bytes=1 << 20, line_bytes=40_000, columns=60, rows=50_000, unread=200)
LIST = [
    ["Price list"],
    None,
    ["SKU", "EAN", "Name", "Price", "Stock"],
    ["A-1", Cell(9520001000010, "0000000000000"), "Lamp & shade", Cell(12.5, '0.00 "€"'), Cell(error="#N/A")],
    ["A-2", None, "Cable\nlong", Cell(0.15, "0%"), Cell(True)],
]
SHEETS = {"Preise": Sheet(LIST, hidden_rows=[5], merged=["A1:E1", "C4:C5"]), "Info": [["call us"]]}
RECORDS = [
    {"sku": "A-1", "name": "Lamp", "price": {"amount": 1.5, "currency": "EUR"}, "tags": ["a", "b"]},
    {"sku": "A-2", "name": "x"},
]
XML = """<?xml version="1.0" encoding="utf-8"?><BMECAT><HEADER><CATALOG><CURRENCY>EUR</CURRENCY></CATALOG></HEADER><T_NEW_CATALOG>
<ARTICLE><SUPPLIER_AID>1</SUPPLIER_AID><ARTICLE_DETAILS><DESCRIPTION_SHORT>x</DESCRIPTION_SHORT></ARTICLE_DETAILS>
<ARTICLE_PRICE_DETAILS><ARTICLE_PRICE price_type="net_list"><PRICE_AMOUNT>1</PRICE_AMOUNT></ARTICLE_PRICE></ARTICLE_PRICE_DETAILS>
</ARTICLE></T_NEW_CATALOG></BMECAT>"""
PAGE = "<html><table><tr><th>SKU<th>Name</tr><tr><td rowspan=3>1<td colspan=2>x</tr><tr><td>2</table>"
BOOKS = [xlsx(SHEETS), xlsx(SHEETS, inline=True, prefix="x"), ods(SHEETS), xlsb(SHEETS)]
TEXTS = [
    json.dumps(RECORDS),
    "\n".join(map(json.dumps, RECORDS)),
    XML,
    XML.replace("ARTICLE", "item").replace("BMECAT", "rss"),
    PAGE,
]
# What parsers stumble over.
PIECES = [
    *(
        b"",
        b"<",
        b">",
        b"/>",
        b"&",
        b"&#0;",
        b"&lt;",
        b"]]>",
        b"<!--",
        b"<![CDATA[",
        b'"',
        b"'",
        b"\x00",
        b"\xff",
        b"\xc3",
        b"\n",
    ),
    *(b"-1", b"99999999999999999999", b"1e999", b"NaN", b"A", b"XFD1048577", b"r=", b"t=", b's="7"', b'"s"', b"<row>", b"</row>"),
    *(b"<c/>", b"<v>9</v>", b"<is><t>", b"{", b"}", b"[", b"]", b",", b":", b"null", b"true", b"\\u0000", b"\\ud800", b"<a><b>"),
]
CHANGES = st.lists(
    st.tuples(st.floats(0, 1), st.integers(0, 12), st.one_of(st.sampled_from(PIECES), st.binary(max_size=5))),
    min_size=1,
    max_size=6,
)


def changed(content: bytes, changes: list[tuple[float, int, bytes]]) -> bytes:
    for place, length, piece in changes:
        at = int(place * len(content))
        content = content[:at] + piece + content[at + length :]
    return content


def look(folder: Path, content: bytes) -> None:
    path = folder / "feed"
    path.write_bytes(content)
    try:
        text = open_feed(path, folder, limits=SMALL)
        seen = inspect(text, limits=SMALL, whole=True)
    except FeedError as refused:
        assert len(str(refused)) > 20
        return
    rows = seen.profile.rows + seen.profile.rejected
    if seen.mapping.usable:
        blocks = list(read(text, seen.shape, seen.mapping, seen.profile, limits=SMALL))
        told = {row for block in blocks for frame in (block.accepted, block.problems) for row in frame["row_no"]}
        assert told == set(range(1, rows + 1))


@given(st.sampled_from(BOOKS), st.data(), CHANGES)
def test_any_change_in_a_part_of_a_workbook(tmp_path_factory, book: bytes, data: st.DataObject, changes) -> None:
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = data.draw(st.sampled_from(sorted(parts)))
    parts[name] = changed(parts[name], changes)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for part, content in parts.items():
            archive.writestr(part, content)
    look(tmp_path_factory.mktemp("any"), out.getvalue())


@given(st.sampled_from([*BOOKS, *(text.encode() for text in TEXTS)]), CHANGES)
def test_any_change_in_a_file(tmp_path_factory, content: bytes, changes) -> None:
    look(tmp_path_factory.mktemp("any"), changed(content, changes))


@given(st.sampled_from(TEXTS), st.floats(0, 1))
def test_any_cut(tmp_path_factory, text: str, place: float) -> None:
    look(tmp_path_factory.mktemp("any"), text.encode()[: int(place * len(text))])
