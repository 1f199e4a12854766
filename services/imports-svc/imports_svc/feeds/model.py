"""The values that travel between the steps of reading a feed. All are frozen; those a user confirms are stored as JSON."""

from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple

import polars as pl

from chassis.rules import Rule, rules

# They are values like the others; their modules are apart for the server, which reads no files.
from imports_svc.feeds.doubt import Doubt as Doubt  # noqa: PLC0414
from imports_svc.feeds.doubt import Stored as Stored  # noqa: PLC0414
from imports_svc.feeds.fields import Field as Field  # noqa: PLC0414
from imports_svc.feeds.fields import PlainField as PlainField  # noqa: PLC0414
from imports_svc.feeds.limits import LIMITS as LIMITS  # noqa: PLC0414
from imports_svc.feeds.limits import Limits as Limits  # noqa: PLC0414
from pm.catalog.v1.offers_pb2 import Offer
from pm.catalog.v1.suppliers_pb2 import Supplier

Mark = Literal[".", ","]


UNIT = "\x1f"
"""The unit separator: between fields where the file has one column, or a delimiter of several bytes."""


@dataclass(frozen=True)
class Shape(Stored):
    """How the text of a file is laid out: everything `blocks` needs to read it.

    `delimiter` is U+001F for a file of one column and may be longer than one character (`||`); `quote` is None when `"` is an
    ordinary character. `line_end`: what ends a row; LF also stands for LF and CRLF in one file, CRLF for rows whose lone LF are
    text, CR for any of them. `escape`: a backslash stands before quotes inside of quotes. `blanks`: blanks stand between
    delimiter and quote. `skip_lines` physical lines, quoted in `preamble`, stand before the header or the first row, `below`
    records between header and rows, quoted in `notes`. `short_rows`: rows lack their last cells where these are empty.
    """

    encoding: str
    delimiter: str
    quote: str | None
    line_end: Literal["\n", "\r\n", "\r"]
    header: bool
    columns: tuple[str, ...]
    skip_lines: int = 0
    preamble: tuple[str, ...] = ()
    # Columns whose header stands there more than once, under the names given to them.
    renamed: tuple[str, ...] = ()
    below: int = 0
    notes: tuple[str, ...] = ()
    escape: bool = False
    blanks: bool = False
    short_rows: bool = False
    # Letters were converted to UTF-8 twice; one conversion is taken back.
    twice: bool = False
    # What is not sure about the text and where its table is.
    doubts: tuple[Doubt, ...] = ()
    # Of a file that was no delimited text: in words where its table was found, its sheet or path, and those to choose from.
    origin: str = ""
    table: str = ""
    tables: tuple[str, ...] = ()
    # Columns whose numbers were typed as numbers: their decimal mark is a point without doubt.
    numbers: tuple[str, ...] = ()

    @property
    def mark(self) -> str:
        """The one byte that stands between fields once the text is rewritten: a longer delimiter becomes U+001F."""
        return self.delimiter if len(self.delimiter.encode()) == 1 else UNIT


@dataclass(frozen=True)
class Block:
    """A few megabytes of the file.

    `rows`: `row_no` Int64 (1-based, blank lines and the header not counted) and every column of the shape as String.
    `rejected`: `row_no` Int64, `reason` String, `text` String (the start of the line), for lines that are no rows.
    `bytes_read`: position in the plain file, for a progress bar.
    """

    rows: pl.DataFrame
    rejected: pl.DataFrame
    bytes_read: int


@dataclass(frozen=True)
class NumberStyle(Stored):
    """Which mark separates decimals in a column. `ambiguous`: no value of the column decided it; `mixed`: values decided both."""

    decimal: Mark = "."
    ambiguous: bool = False
    mixed: bool = False


@dataclass(frozen=True)
class ColumnProfile(Stored):
    """What all values of one column look like. Counts are of rows; `distinct` is exact up to 1,024, then within 3 %."""

    values: int = 0
    distinct: int = 0
    max_length: int = 0
    total_length: int = 0
    gtin_length: int = 0
    gtin_valid: int = 0
    isbn10: int = 0
    isbn10_padded: int = 0
    short_codes: int = 0
    scientific: int = 0
    leading_zero: int = 0
    integers: int = 0
    decimals: int = 0
    urls: int = 0
    image_urls: int = 0
    currency_codes: int = 0
    codes: int = 0
    texts: int = 0
    # Values with a digit in them.
    digits: int = 0
    # Integers of four digits and more without marks, and numbers that can be read with either mark, by the mark they have.
    thousands: int = 0
    either_point: int = 0
    either_comma: int = 0
    either_examples: tuple[str, ...] = ()
    percents: int = 0
    # Codes of nine, ten and eleven digits, and how many of each pass as a GTIN whose zeros are back.
    nine: int = 0
    nine_valid: int = 0
    ten: int = 0
    ten_valid: int = 0
    eleven: int = 0
    eleven_valid: int = 0
    # Codes of eight digits; those that pass as GTIN-8; those that may be UPC-E only, and pass.
    eight: int = 0
    eight_valid: int = 0
    upc_e: int = 0
    upc_e_valid: int = 0
    # Numbers with a fraction, and those whose fraction is zeros.
    dotted: int = 0
    dotted_zero: int = 0
    style: NumberStyle = field(default_factory=NumberStyle)
    # The values that decide the style all say the same.
    settled: bool = False
    # What its cells name beside digits or alone: the codes a sign may stand for ("" for none), and how many cells.
    signs: tuple[tuple[str, int], ...] = ()
    # What stands in front of every code.
    label: str | None = None
    separator: str | None = None
    # What stands between several of its category paths in one cell.
    listed: str | None = None

    def share(self, count: int) -> float:
        """`count` as a share of the non-empty values, 0 for an empty column."""
        return count / self.values if self.values else 0.0

    @property
    def mean_length(self) -> float:
        """Mean length of the non-empty values in bytes of UTF-8."""
        return self.share(self.total_length)

    @property
    def is_isbn(self) -> bool:
        """Whether the codes shorter than a GTIN are ISBN-10: chance alone makes one in eleven pass."""
        return self.short_codes > 0 and (self.isbn10 + self.isbn10_padded) / self.short_codes >= 0.8

    @property
    def short_gtins(self) -> frozenset[int]:
        """Lengths of codes that lost their zeros: chance alone makes one in ten pass."""
        lengths = ((9, self.nine, self.nine_valid), (10, self.ten, self.ten_valid), (11, self.eleven, self.eleven_valid))
        proven = [(length, valid) for length, count, valid in lengths if valid and valid >= 0.9 * count]
        return frozenset(length for length, _ in proven) if sum(valid for _, valid in proven) >= 5 else frozenset()

    @property
    def has_eight(self) -> bool:
        """Whether eight digits that pass as GTIN-8 are some."""
        return (self.eight_valid + self.upc_e_valid) >= 0.5 * self.eight

    @property
    def has_upc_e(self) -> bool:
        """Whether eight digits that pass as UPC-E only are some."""
        return self.has_eight and self.upc_e_valid >= 0.8 * self.upc_e

    @property
    def is_dotted(self) -> bool:
        """Whether its codes are written with dots: not all of them end in zeros, as numbers of a spreadsheet do."""
        return self.dotted >= 0.5 * self.values and self.dotted - self.dotted_zero >= 0.1 * self.dotted > 0


@dataclass(frozen=True)
class Profile(Stored):
    """What the rows of a file look like, column by column, over all values; over those at its beginning unless `whole`."""

    rows: int
    rejected: int
    columns: tuple[ColumnProfile, ...]
    whole: bool = True

    @property
    def code_damage(self) -> bool:
        """Whether a spreadsheet rewrote codes as numbers somewhere in the file (scientific notation)."""
        return any(column.scientific for column in self.columns)

    def lost_zeros(self, column: int) -> bool:
        """Whether leading zeros of this column may be put back: codes were damaged and not one zero survived."""
        return self.code_damage and not self.columns[column].leading_zero


@dataclass(frozen=True)
class Choice(Stored):
    """One column chosen for a field: its index in the shape, how sure (0..1) and why, in words for the user."""

    column: int
    confidence: float
    why: str


@dataclass(frozen=True)
class Group(Stored):
    """Rows that stand behind each other and are one product's: variants, further pictures. All are columns by their index.

    `column` names the product, `inherited` are said by its first row only, `options` tell its variants apart (values in `alone`
    do not: the product has none).
    """

    column: int
    inherited: tuple[int, ...]
    options: tuple[int, ...]
    alone: tuple[str, ...] = ()


@dataclass(frozen=True)
class Mapping(Stored):
    """Which column holds which field. `currency_code`: the one currency a header of prices names.

    `category_separator`: what stands between the levels of a category, "" to leave it whole, None when nothing was found.
    `category_list`: what stands between several categories of one cell, of which the first is taken. `repeated_rows`: of rows
    with one reference the "last" counts, or of each field the "first" value. `template`: what kind of export the file is.
    `decimal_mark`: what a person said of numbers that can be read two ways. `problems` are sentences for the user; a mapping
    without `ref` and `gtin` cannot be imported.
    """

    fields: dict[Field, Choice]
    currency_code: str | None = None
    category_separator: str | None = None
    decimal_mark: Mark | None = None
    problems: tuple[str, ...] = ()
    category_list: str | None = None
    repeated_rows: Literal["last", "first"] = "last"
    group: Group | None = None
    template: str = ""
    # Of what the suggestion was not sure.
    doubts: tuple[Doubt, ...] = ()

    def column(self, name: Field) -> int | None:
        """Index of the column of a field, None when the field is not mapped."""
        choice = self.fields.get(name)
        return None if choice is None else choice.column

    @property
    def usable(self) -> bool:
        """Whether rows can be told apart."""
        return "ref" in self.fields or "gtin" in self.fields


Rules = MappingOf[str, Rule]

_TEXTS = ("ref", "title", "description", "brand", "category", "mpn", "image_url")
_OF_OFFERS = rules(Offer.DESCRIPTOR)
# What the contract says of an offer and a supplier; patterns are Rust's and must match the whole value.
RULES: Rules = {
    **{name: _OF_OFFERS[name] for name in _TEXTS},
    "image_url": replace(_OF_OFFERS["image_url"], pattern=r"^(?i)https?://[^\s]+$"),
    "supplier": rules(Supplier.DESCRIPTOR)["name"],
}


class Cleaned(NamedTuple):
    """One block ready for staging. See `clean.ACCEPTED` and `clean.PROBLEMS` for the columns."""

    accepted: pl.DataFrame
    problems: pl.DataFrame


@dataclass(frozen=True)
class Inspection(Stored):
    """What is shown to the user before anything is imported. `sample`: the first rows, as typed.

    `rows` is `estimated` from the beginning of the file until all of it was read.
    """

    shape: Shape
    profile: Profile
    mapping: Mapping
    sample: tuple[tuple[str, ...], ...]
    rows: int
    estimated: bool = False
