"""Turns a block of text into typed columns and problems per row. Everything by column; a row is never looked at alone."""

import html
from dataclasses import replace
from typing import get_args

import polars as pl

from chassis.currencies import CODES
from imports_svc.cleaning import gtin, identity, numbers
from imports_svc.cleaning.currencies import DOLLAR, PRICES, dollar, named, of_rows, signed, without_others
from imports_svc.cleaning.groups import Groups
from imports_svc.cleaning.lists import first_image
from imports_svc.cleaning.paths import read_paths
from imports_svc.cleaning.problems import Problems
from imports_svc.cleaning.proof import Proof
from imports_svc.cleaning.remarks import Remarks
from imports_svc.feeds.errors import NoIdentity
from imports_svc.feeds.model import RULES, Block, Cleaned, Field, Mapping, PlainField, Profile, Rules, Shape
from imports_svc.formats.delimited.encoding import STRAYS, utf8_read_as
from imports_svc.formats.delimited.strays import STRAY
from imports_svc.vocabulary.parameters import base
from imports_svc.vocabulary.words import SIGNS

ACCEPTED: dict[str, type[pl.DataType]] = {
    "row_no": pl.Int64,
    **dict.fromkeys(("supplier", "ref", "gtin14", "title", "description", "brand", "category", "mpn", "image_url"), pl.String),
    "price": pl.String,
    "list_price": pl.String,
    "currency": pl.String,
    "stock": pl.Int64,
    "pack_size": pl.Int64,
}
"""Columns of `Cleaned.accepted`, in order; fields with parameters follow. Prices are decimal text: at most 12 digits, a point, 6
digits."""
PLAIN = frozenset(get_args(PlainField))

MAX_COUNT = 2**31 - 1
_CURRENCIES = sorted(CODES)
_ODD_SPACE = r"[\p{Cc}\p{Zs}\x{feff}\x{200b}--\x20]"
_TAG = r"(?i)</?[a-z][^<>]*>"
_ENTITY = r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});"


class Cleaner:
    """Cleans the blocks of one file under one mapping. Stateless between blocks: any block gives the same answer alone.

    A profile of the file's beginning will do as long as no block raises SampleMisleads.

    `default_currency` (ISO 4217) is the supplier's, for prices the file gives no currency for. Raises NoIdentity.
    """

    def __init__(
        self,
        shape: Shape,
        mapping: Mapping,
        profile: Profile,
        default_currency: str | None = None,
        rules: Rules = RULES,
    ) -> None:
        if not mapping.usable:
            raise NoIdentity("No column is mapped to ref or gtin, so rows cannot be told apart. Map one of them.")
        self._columns = {name: shape.columns[choice.column] for name, choice in mapping.fields.items()}
        self._styles = {name: profile.columns[choice.column].style for name, choice in mapping.fields.items()}
        self._shared = mapping.column("ref") == mapping.column("gtin")
        self._currency = mapping.currency_code or default_currency
        self._separator, self._listed = mapping.category_separator, mapping.category_list
        self._groups = Groups(shape, mapping) if mapping.group is not None else None
        self._rules = rules
        self._strange = utf8_read_as(shape.encoding)
        self._strays = shape.encoding.startswith(STRAYS)
        code = mapping.column("gtin")
        self._lost_zeros = code is not None and profile.lost_zeros(code)
        self._isbn = code is not None and profile.columns[code].is_isbn
        self._remarks = Remarks(shape, mapping, profile)
        self._proof = None if profile.whole else self._proof_of(shape, mapping, profile)

    def clean(self, block: Block) -> Cleaned:
        """Every row of the block exactly once: accepted, or rejected among the problems; warnings are extra."""
        block, strays = self._read_alone(self._remarks.set_aside(block))
        if self._groups is not None:
            block = self._groups.filled(block)
        problems = Problems(block.rows, self._columns)
        for name, mask in strays.items():
            problems.warn("encoding_mixed", name, mask)
        cells = self._cells(block.rows, problems)
        if self._proof is not None:
            self._proof.add(cells)
        frame = self._typed(block.rows["row_no"], cells, problems)
        rejected = problems.rejected
        accepted = frame if not rejected.any() else frame.filter(~rejected)
        return Cleaned(accepted, problems.frame(frame["supplier"], block.rejected))

    def _read_alone(self, block: Block) -> tuple[Block, dict[Field, pl.Series]]:
        """The block without the marks of lines that were read alone, and the cells that have letters of these."""
        if not self._strays:
            return block, {}
        marked = {name: block.rows[column].str.contains(STRAY, literal=True) for name, column in self._columns.items()}
        plain = block.rows.with_columns(pl.col(pl.String).str.replace_all(STRAY, "", literal=True))
        return replace(block, rows=plain), {name: mask for name, mask in marked.items() if mask.any()}

    def close(self) -> None:
        """Behind the last block: raises SampleMisleads."""
        if self._proof is not None:
            self._proof.close()

    def _proof_of(self, shape: Shape, mapping: Mapping, profile: Profile) -> Proof:
        return Proof(
            {name: profile.columns[choice.column] for name, choice in mapping.fields.items()},
            # Whether rows carry a currency at all is decided for the whole file.
            carries_currency=self._currency is not None or "currency" in self._columns or signed(mapping, profile),
            damaged_isbn=self._isbn and self._lost_zeros,
        )

    def _typed(self, row_no: pl.Series, cells: pl.DataFrame, problems: Problems) -> pl.DataFrame:
        ref, gtin14 = self._identity(cells, problems)
        typed = {
            "row_no": row_no,
            "ref": ref,
            "gtin14": gtin14,
            "price": self._price(cells, "price", problems),
            "list_price": self._price(cells, "list_price", problems),
            "stock": self._count(cells, "stock", 0, problems),
            "pack_size": self._count(cells, "pack_size", 1, problems),
        }
        many = {name: self._one_of_many(cells, name, problems) for name in self._columns if name not in PLAIN}
        texts = {name: cells[name] for name in cells.columns if name not in typed and name not in many}
        if "title" in texts:
            problems.warn("title_missing", "title", texts["title"].is_null() & ~problems.marked("title_too_long"))
        missing = {name: _nothing(row_no.len(), kind) for name, kind in ACCEPTED.items() if name not in texts}
        columns = {**missing, **texts, **{name: column for name, column in typed.items() if column is not None}}
        frame = pl.DataFrame({name: columns[name] for name in ACCEPTED} | many)
        return self._in_currencies(frame, cells, problems)

    def _cells(self, rows: pl.DataFrame, problems: Problems) -> pl.DataFrame:
        """The mapped fields as stripped text, null where empty, within the rules where these say something of text."""
        typed = rows.select(pl.col(column).alias(name) for name, column in self._columns.items())
        if self._strange is not None:
            for name in self._columns:
                problems.warn("mixed_encoding", name, typed[name].str.contains(self._strange).fill_null(value=False))
        odd = typed.select(pl.all().str.contains(_ODD_SPACE).any()).row(0, named=True)
        typed = typed.with_columns(_plain_spaces(pl.col(name), keep_lines=name == "description") for name in odd if odd[name])
        if "title" in typed.columns:
            typed = typed.with_columns(_without_markup(typed["title"]))
        if "currency" in typed.columns:
            typed = typed.with_columns(
                pl.col("currency").str.strip_chars().str.to_uppercase().replace(SIGNS | {DOLLAR: dollar(self._currency)})
            )
        stripped = pl.all().str.strip_chars()
        cells = typed.select(stripped).select(pl.when(pl.all() != "").then(pl.all()))
        if "category" in cells.columns:
            read = read_paths(cells["category"], self._separator, self._listed)
            problems.warn("categories_left_out", "category", read["more"])
            problems.warn("category_too_deep", "category", read["deep"])
            cells = cells.with_columns(read["path"].alias("category"))
        if "image_url" in cells.columns:
            image, more = first_image(cells["image_url"])
            problems.warn("images_left_out", "image_url", more)
            cells = cells.with_columns(image.alias("image_url"))
        return self._within_rules(cells, problems)

    def _within_rules(self, cells: pl.DataFrame, problems: Problems) -> pl.DataFrame:
        """Texts too long or of the wrong pattern become null, and that is said. Codes are judged where they are read."""
        rules = {name: self._rules[name] for name in self._columns if name in self._rules and (name != "ref" or not self._shared)}
        long = {name: pl.col(name).str.len_bytes() > rule.max_len for name, rule in rules.items() if rule.max_len is not None}
        wrong = {name: ~pl.col(name).str.contains(rule.pattern) for name, rule in rules.items() if rule.pattern is not None}
        if not rules:
            return cells
        longer = cells.select(mask.any().alias(name) for name, mask in long.items()).row(0, named=True)
        masks = {(name, "too_long"): pl.col(name).str.len_chars() > rules[name].max_len for name in long if longer[name]}
        masks |= {(name, "invalid"): mask for name, mask in wrong.items()}
        for (name, reason), mask in masks.items():
            found = cells.select(mask.fill_null(value=False)).to_series()
            problems.warn(f"{name}_{reason}", name, found)
            if found.any():
                cells = cells.with_columns(cells[name].set(found, None))
        return cells

    def _identity(self, cells: pl.DataFrame, problems: Problems) -> tuple[pl.Series, pl.Series]:
        codes = None
        if "gtin" in cells.columns:
            codes = gtin.read_codes(cells["gtin"], lost_zeros=self._lost_zeros, isbn=self._isbn)
        if "ref" in cells.columns and not self._shared:
            return identity.decide(cells["ref"], codes, cells.height, problems)
        limit = self._rules.get("ref", RULES["ref"]).max_len
        return identity.decide(None, codes, cells.height, problems, limit or MAX_COUNT)

    def _one_of_many(self, cells: pl.DataFrame, name: Field, problems: Problems) -> pl.Series | None:
        return self._price(cells, name, problems) if base(name) == "price" else self._count(cells, name, 0, problems)

    def _price(self, cells: pl.DataFrame, name: Field, problems: Problems) -> pl.Series | None:
        if name not in cells.columns:
            return None
        read = numbers.read_decimals(cells[name], self._styles[name])
        _warn_numbers(read, name, problems)
        return read["value"]

    def _in_currencies(self, frame: pl.DataFrame, cells: pl.DataFrame, problems: Problems) -> pl.DataFrame:
        """Each row with its currency, and without the prices that may be in another one."""
        prices = [name for name in self._columns if base(name) in PRICES]
        signs = {name: codes for name in prices if (codes := named(cells[name])) is not None}
        given = cells["currency"] if "currency" in cells.columns else None
        if signs or (prices and self._currency is not None):
            frame = frame.with_columns(of_rows(given, signs, self._currency, frame.height))
        frame = without_others(frame, signs, problems)
        return frame if given is None else _without_unknown_currencies(frame, problems)

    def _count(self, cells: pl.DataFrame, name: Field, least: int, problems: Problems) -> pl.Series | None:
        """A column of whole numbers from `least` up to what the catalogue holds; a zero below `least` means "not given"."""
        if name not in cells.columns:
            return None
        read = numbers.read_decimals(cells[name], self._styles[name])
        whole = read["value"].cast(pl.Int64, strict=False)
        fits = (whole >= least) & (whole <= MAX_COUNT)
        broken = read["value"].is_not_null() & ~(fits | (whole == 0)).fill_null(value=False)
        problems.warn(f"{base(name)}_invalid", name, (read["status"] == numbers.Status.INVALID) | broken)
        problems.warn(f"{base(name)}_negative", name, read["status"] == numbers.Status.NEGATIVE)
        return whole.zip_with(fits.fill_null(value=False), pl.Series([None], dtype=pl.Int64).new_from_index(0, whole.len()))


def _warn_numbers(read: pl.DataFrame, name: Field, problems: Problems) -> None:
    reasons = {
        numbers.Status.INVALID: f"{base(name)}_invalid",
        numbers.Status.NEGATIVE: f"{base(name)}_negative",
        numbers.Status.ROUNDED: f"{base(name)}_rounded",
    }
    for status, reason in reasons.items():
        problems.warn(reason, name, read["status"] == status)


def _without_unknown_currencies(frame: pl.DataFrame, problems: Problems) -> pl.DataFrame:
    """Prices in what is no currency are dropped, and that is said: in the usual currency they would be other prices."""
    unknown = ~frame["currency"].is_in(_CURRENCIES).fill_null(value=True)
    if not unknown.any():
        return frame
    in_it = [name for name in frame.columns if base(name) in PRICES and "currency=" not in name]
    for name in ("currency", *in_it):
        problems.warn("currency_invalid", name, unknown & frame[name].is_not_null())
    return frame.with_columns(pl.when(~unknown).then(name) for name in ("currency", *in_it))


def _nothing(height: int, kind: type[pl.DataType]) -> pl.Series:
    return pl.Series([None], dtype=kind).new_from_index(0, height)


def _plain_spaces(cells: pl.Expr, *, keep_lines: bool) -> pl.Expr:
    controls = r"[\p{Cc}--\n\t]+" if keep_lines else r"\p{Cc}+"
    cells = cells.str.replace_all(r"[\x{feff}\x{200b}]+", "").str.replace_all(r"\p{Zs}", " ")
    return cells.str.replace_all(controls, "" if keep_lines else " ")


def _without_markup(cells: pl.Series) -> pl.Series:
    """Titles without HTML tags and entities. Each distinct entity is looked up once."""
    if cells.str.contains(_TAG).any():
        cells = cells.str.replace_all(r"(?i)<br\s*/?>", " ").str.replace_all(_TAG, "")
    if cells.str.contains(_ENTITY).any():
        decoded = _plain_spaces(pl.col("title").str.replace_many(_entities(cells)), keep_lines=False)
        cells = cells.to_frame("title").select(decoded).to_series()
    return cells


def _entities(cells: pl.Series) -> dict[str, str]:
    found = cells.str.extract_all(_ENTITY).explode(empty_as_null=True).drop_nulls().unique()
    return {entity: html.unescape(entity) for entity in found}
