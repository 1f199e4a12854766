"""Whatever bytes arrive: a file is read row by row or refused with a reason, and nothing else ever happens."""

import csv
import gzip
import io
import re
import zipfile
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from imports_svc.feeds.errors import FeedError
from imports_svc.feeds.model import Inspection, Limits, Shape
from imports_svc.feeds.reader import inspect, read
from imports_svc.formats.container import unpack
from imports_svc.formats.delimited.blocks import blocks
from imports_svc.reading.chunks import Cutter
from imports_svc.reading.reading import Reading
from imports_svc.recognition.sniff import sniff

SMALL = Limits(plain_bytes=1 << 20, bomb_bytes=1 << 16, line_bytes=4_000, columns=50, rows=5_000, unread=200)
DELIMITERS = ";,\t|^~"
# What readers stumble over: marks of formats and encodings, quotes, ends of lines, our own sentinels, numbers of all kinds.
PIECES = [
    *(b'"', b'""', b";", b",", b"\t", b"|", b"\n", b"\r\n", b"\r", b"\x00", b"\x1a", b"\x1e", b"\x1f", b"\x02", b"\x0b", b"\x85"),
    *(
        b"\xef\xbb\xbf",
        b"\xff\xfe",
        b"\xfe\xff",
        b"\xff\xfe\x00\x00",
        b"PK\x03\x04",
        b"PK\x05\x06",
        b"\x1f\x8b",
        b"BZh",
        b"%PDF-",
    ),
    *(
        b"\xc3\xa9",
        b"\xe9",
        b"\xf0\x9f\x92\xa1",
        b"\xed\xa0\x80",
        b"\xc0\xaf",
        b"\x81",
        b"\x80\x80",
        b"\xe2\x80\xa8",
        b"\xd7\x90",
    ),
    *(
        b"sku",
        b"ean",
        b"price",
        b"supplier",
        b"title",
        b"stock",
        b"category",
        b"currency",
        b"4006381333931",
        b"4,68E+11",
        b"=1+1",
    ),
    *(b"1.234,56", b"1e999", b"-0", b"NaN", b"12,50 EUR", b"$1", b"A > B", b"http://x/y.jpg", b"&amp;", b"<b>", b" ", b"0" * 30),
]
TEXTS = st.lists(st.one_of(st.sampled_from(PIECES), st.binary(max_size=6)), max_size=60).map(b"".join)
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "cp1251", "koi8_r", "cp932", "gb18030")


@st.composite
def tables(draw: st.DrawFn) -> bytes:
    """Something like a feed, in any encoding, with faults in a few places."""
    header = draw(st.sampled_from([b"sku;ean;title;price;stock\n", b"supplier,ref,category,currency,price\r\n", b""]))
    lines = draw(st.lists(TEXTS, max_size=12)) + [b"A1;4006381333931;Lamp;12,50;3"] * draw(st.integers(0, 5))
    body = header + draw(st.sampled_from([b"\n", b"\r\n", b"\r"])).join(draw(st.permutations(lines)))
    return body.decode("utf-8", errors="replace").encode(draw(st.sampled_from(ENCODINGS)), errors="replace")


@st.composite
def archives(draw: st.DrawFn) -> bytes:
    """A packed feed with damaged bytes."""
    plain = draw(st.one_of(tables(), TEXTS))
    packed = bytearray(draw(st.sampled_from([gzip.compress, zipped, lambda data: gzip.compress(gzip.compress(data))]))(plain))
    for _ in range(draw(st.integers(0, 4))):
        packed[draw(st.integers(0, len(packed) - 1))] = draw(st.integers(0, 255))
    return bytes(packed[: draw(st.integers(1, len(packed)))]) if draw(st.booleans()) else bytes(packed)


def zipped(data: bytes, name: str = "feed.csv", method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        archive.writestr(name, data)
    return out.getvalue()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("any")


def rows_of(path: Path, seen: Inspection) -> tuple[int, int]:
    """How many rows were accepted and rejected, each with a number of its own."""
    numbers: list[int] = []
    rejected = 0
    for block in read(path, seen.shape, seen.mapping, seen.profile, limits=SMALL):
        refused = block.problems.filter(block.problems["outcome"] == "rejected")["row_no"].to_list()
        numbers += [*block.accepted["row_no"].to_list(), *refused]
        rejected += len(refused)
        assert block.problems["reasons"].list.len().min() != 0, "a problem has a reason"
    assert sorted(numbers) == list(range(1, len(numbers) + 1)), "each row once, none lost"
    return len(numbers) - rejected, rejected


@given(st.one_of(st.binary(max_size=400), TEXTS, tables(), archives()))
@example(b"")
@example(b"\xff\xfe")
@example(b"a;b\n\x1e;\x1e\n\x02x;1\n")
def test_any_bytes_are_read_or_refused(folder: Path, content: bytes) -> None:
    path = folder / "feed.csv"
    path.write_bytes(content)
    try:
        plain = unpack(path, folder, SMALL)
        seen = inspect(plain, limits=SMALL)
        assert Inspection.from_json(seen.to_json()) == seen
        if not seen.mapping.usable:
            return
        accepted, rejected = rows_of(plain, seen)
        assert accepted + rejected == seen.rows
        reading = Reading(seen, seen.mapping, "EUR")
        pieces = list(Cutter(reading.columns, "Acme").pieces(reading.blocks(plain)))
        assert sum(chunk.rows for piece in pieces for chunk in piece.chunks) == accepted
    except FeedError as refused:
        assert str(refused)


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0\r\n\x02\x1e"), max_size=12)

# A row of such cells only is an empty line.
NOTHING = re.compile(r"(?:[^\S\x1c-\x1f]|[\ufeff\x1a])*").fullmatch


def written(rows: list[list[str]], delimiter: str, line_end: str, quoting: int) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator=line_end, quoting=quoting).writerows(rows)
    return out.getvalue()


@given(
    st.integers(2, 5).flatmap(lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=1, max_size=20)),
    st.sampled_from(DELIMITERS),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "gb18030"]),
    st.sampled_from([7, 64, 1 << 20]),
)
def test_what_was_written_is_read_back(
    folder: Path, rows: list[list[str]], delimiter: str, line_end: str, quoting: int, encoding: str, size: int
) -> None:
    path = folder / "written.csv"
    path.write_bytes(written(rows, delimiter, line_end, quoting).encode(encoding))
    names = tuple(f"c{at}" for at in range(len(rows[0])))
    shape = Shape(encoding, delimiter, '"', line_end, False, names)  # type: ignore[arg-type]
    found = list(blocks(path, shape, size=size))
    expected = [tuple(cell.replace("\x0b", "\n").replace("\ufeff", "") for cell in row) for row in rows]
    assert [row[1:] for block in found for row in block.rows.rows()] == [row for row in expected if not all(map(NOTHING, row))]
    assert sum(block.rejected.height for block in found) == 0


# Accents stand alone: of two side by side nobody can tell a Western code page from an East Asian one.
SYLLABLES = st.sampled_from(
    ["a", "lamp", "caf\u00e9s ", "gr\u00f6n", "bla\u00dfe", "na\u00efv", "fa\u00e7ade", "d'", "o-", " x "]
)
WORDS = st.lists(SYLLABLES, min_size=1, max_size=6).map(lambda parts: "".join(parts).strip())
PRICES = st.decimals(0, 99_999, places=2)


@given(
    st.lists(st.tuples(WORDS, PRICES), min_size=3, max_size=30),
    st.sampled_from(DELIMITERS),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"]),
)
def test_how_a_price_list_was_written_is_found(
    folder: Path, rows: list[tuple[str, object]], delimiter: str, line_end: str, quoting: int, encoding: str
) -> None:
    lines = [["sku", "title", "price"], *([f"A{at}", title, str(price)] for at, (title, price) in enumerate(rows))]
    text = written(lines, delimiter, line_end, quoting)
    path = folder / "list.csv"
    path.write_bytes(text.encode(encoding))
    shape = sniff(path)
    assert (shape.delimiter, shape.line_end, shape.header, shape.columns) == (
        delimiter,
        line_end,
        True,
        ("sku", "title", "price"),
    )
    assert path.read_bytes().decode(shape.encoding) == text
    found = [row[1:] for block in blocks(path, shape) for row in block.rows.rows()]
    assert found == [tuple(line) for line in lines[1:]]
