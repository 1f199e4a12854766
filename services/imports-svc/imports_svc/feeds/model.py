"""The values that travel between the steps of reading a feed. All are frozen; those a user confirms are stored as JSON."""

from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, replace
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
from imports_svc.feeds.profiles import ColumnProfile as ColumnProfile  # noqa: PLC0414
from imports_svc.feeds.profiles import Mark as Mark  # noqa: PLC0414
from imports_svc.feeds.profiles import NumberStyle as NumberStyle  # noqa: PLC0414
from imports_svc.feeds.profiles import Profile as Profile  # noqa: PLC0414
from pm.catalog.v1.offers_pb2 import Offer
from pm.catalog.v1.suppliers_pb2 import Supplier

UNIT = "\x1f"
"""The unit separator: between fields where the file has one column, or a delimiter of several bytes."""


@dataclass(frozen=True)
class Trimmed(Stored):
    """Rows lack their last cells where these are empty. `kinds`: of each column's cells, as `delimited.trimmed` names them.

    `usual`: how many cells most rows have. `ties`: rows count, too, of which a cell within may be missing as well.
    """

    kinds: tuple[int, ...]
    usual: int
    ties: bool = False


@dataclass(frozen=True)
class Shape(Stored):
    """How the text of a file is laid out: everything `blocks` needs to read it.

    `delimiter` is U+001F for a file of one column and may be longer than one character (`||`); `quote` is None when `"` is an
    ordinary character. `line_end`: what ends a row; LF also stands for LF and CRLF in one file, CRLF for rows whose lone LF are
    text, CR for any of them. `escape`: a backslash stands before quotes inside of quotes. `blanks`: blanks stand between
    delimiter and quote. `skip_lines` physical lines, quoted in `preamble`, stand before the header or the first row, `below`
    records between header and rows, quoted in `notes`. `trimmed`: rows lack their last cells where these are empty.
    """

    encoding: str
    delimiter: str
    quote: str | None
    line_end: Literal["\n", "\r\n", "\r"]
    header: bool
    columns: tuple[str, ...]
    skip_lines: int = 0
    # Of a tree what stands around its records.
    preamble: tuple[str, ...] = ()
    # Columns whose header stands there more than once, under the names given to them.
    renamed: tuple[str, ...] = ()
    below: int = 0
    notes: tuple[str, ...] = ()
    escape: bool = False
    blanks: bool = False
    trimmed: Trimmed | None = None
    # Letters were converted to UTF-8 twice; one conversion is taken back.
    twice: bool = False
    # What is not sure about the text and where its table is.
    doubts: tuple[Doubt, ...] = ()
    # Of a file that was no delimited text: in words where its table was found, its sheet or path, and those to choose from.
    origin: str = ""
    table: str = ""
    tables: tuple[str, ...] = ()
    # What these are (`feeds.tables`); which a person chose, for this file or an earlier one, to be said again; and what was read
    # where that is missing.
    tables_are: str = ""
    chosen: str = ""
    instead: str = ""
    # Columns whose numbers were typed as numbers: their decimal mark is a point without doubt.
    numbers: tuple[str, ...] = ()
    # Columns that say in which sheet, and in which row of it, a row stands.
    placed: tuple[str, ...] = ()
    # The encoding that a person said, of this file or an earlier one.
    letters: str = ""
    # Encodings that nearly as likely are that of the file, and have other letters.
    rivals: tuple[str, ...] = ()
    # Of what was no delimited text the encoding it was in, where that had to be found.
    written: str = ""

    @property
    def said(self) -> tuple[str, ...]:
        """The headers as the file has them, before those that stand there more than once took a number."""
        return tuple(name.rpartition("_")[0] if name in self.renamed else name for name in self.columns)

    @property
    def mark(self) -> str:
        """The one byte that stands between fields once the text is rewritten: a longer delimiter becomes U+001F."""
        return self.delimiter if len(self.delimiter.encode()) == 1 else UNIT


STARTS = {"row_no": pl.Int64, "line": pl.Int64}
"""Rows at which the line of the file, null where nobody can tell, is not that of the row before plus one; row 0 is line 0."""
NO_STARTS = pl.DataFrame(schema=STARTS)


@dataclass(frozen=True)
class Block:
    """A few megabytes of the file.

    `rows`: `row_no` Int64 (1-based, blank lines and the header not counted) and every column of the shape as String.
    `rejected`: `row_no` Int64, `reason` String, `text` String (the start of the line), for lines that are no rows.
    `bytes_read`: position in the plain file, for a progress bar. `lines`: see `STARTS`.
    """

    rows: pl.DataFrame
    rejected: pl.DataFrame
    bytes_read: int
    lines: pl.DataFrame


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
    do not: the product has none). `image`: images stand in all rows of a product; `own_image`: that of one variant.
    """

    column: int
    inherited: tuple[int, ...]
    options: tuple[int, ...]
    alone: tuple[str, ...] = ()
    image: int | None = None
    own_image: int | None = None


@dataclass(frozen=True)
class Family(Stored):
    """Rows that name the row of their product, wherever that stands: variations of shop systems. Columns by their index.

    `kind` says what a row is, by the first of its words: one of `parents` or `children`. A child names its parent in `column` by
    the reference in `ref` or as `id:` and what stands in `id`. It says in `options` what tells it from the others, and inherits
    what it leaves empty of `inherited`.
    """

    column: int
    kind: int
    ref: int
    id: int | None
    inherited: tuple[int, ...]
    options: tuple[int, ...]
    parents: tuple[str, ...]
    children: tuple[str, ...]


@dataclass(frozen=True)
class Mapping(Stored):
    """Which column holds which field. `currency_code`: the one currency a header of prices names.

    `category_separator`: what stands between the levels of a category, "" to leave it whole, None when nothing was found.
    `category_list`: what stands between several categories of one cell, of which the first is taken. `repeated_rows`: of rows
    with one reference the "last" counts, or of each field the "first" value. `missing_offers`: what the list no
    longer has is to "vanish", or to "keep" as it is, because the list is partial. `template`: what kind of export the file is.
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
    missing_offers: Literal["vanish", "keep"] = "vanish"
    group: Group | None = None
    family: Family | None = None
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

_TEXTS = ("ref", "title", "description", "brand", "category", "mpn", "image_url", "our_sku")
_OF_OFFERS = rules(Offer.DESCRIPTOR)
# What the contract says of an offer and a supplier; patterns are Rust's and must match the whole value.
RULES: Rules = {
    **{name: _OF_OFFERS[name] for name in _TEXTS},
    "image_url": replace(_OF_OFFERS["image_url"], pattern=r"^(?i)https?://[^\s]+$"),
    "supplier": rules(Supplier.DESCRIPTOR)["name"],
    "tie_supplier": rules(Supplier.DESCRIPTOR)["name"],
    "tie_ref": _OF_OFFERS["ref"],
}


class Cleaned(NamedTuple):
    """One block ready for staging. See `clean.ACCEPTED`, `clean.PROBLEMS` and `STARTS` for the columns."""

    accepted: pl.DataFrame
    problems: pl.DataFrame
    lines: pl.DataFrame = NO_STARTS


class Otherwise(NamedTuple):
    """A cell of a column as it is `read`, and what it is in another `encoding` that is nearly as likely; `more`: in others."""

    column: int
    read: str
    other: str
    encoding: str
    more: tuple[tuple[str, str], ...] = ()
    # The name of the column itself; and that only marks differ, which stand beside numbers.
    name: bool = False
    mark: bool = False


@dataclass(frozen=True)
class Inspection(Stored):
    """What is shown to the user before anything is imported. `sample`: the first rows, as typed.

    `rows` is `estimated` from the beginning of the file until all of it was read. `otherwise`: of each column whose letters are
    not sure one cell.
    """

    shape: Shape
    profile: Profile
    mapping: Mapping
    sample: tuple[tuple[str, ...], ...]
    rows: int
    estimated: bool = False
    otherwise: tuple[Otherwise, ...] = ()
