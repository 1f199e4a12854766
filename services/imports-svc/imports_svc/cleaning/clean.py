"""Turns a block of text into typed columns and problems per row. Everything by column; a row is never looked at alone."""

from dataclasses import replace
from typing import get_args

import polars as pl

from imports_svc.cleaning import currencies, gtin, identity, images, stocks, text
from imports_svc.cleaning.amounts import Amounts
from imports_svc.cleaning.beside import Beside
from imports_svc.cleaning.codes import ANOTHER, FRACTION, NO_OTHER
from imports_svc.cleaning.contradicted import Contradicted
from imports_svc.cleaning.dates import Dates, may_have_been
from imports_svc.cleaning.families import Families
from imports_svc.cleaning.groups import Groups
from imports_svc.cleaning.list_units import ListUnits
from imports_svc.cleaning.paths import read_paths
from imports_svc.cleaning.problems import Problems
from imports_svc.cleaning.proof import Proof
from imports_svc.cleaning.remarks import Remarks
from imports_svc.feeds.errors import NoIdentity
from imports_svc.feeds.fields import IMAGE, TIES
from imports_svc.feeds.model import RULES, Block, Cleaned, Field, Mapping, PlainField, Profile, Rules, Shape
from imports_svc.formats.delimited.encoding import STRAYS, utf8_read_as
from imports_svc.formats.delimited.strays import STRAY
from imports_svc.vocabulary.parameters import base, image_place

ACCEPTED: dict[str, type[pl.DataType]] = {
    "row_no": pl.Int64,
    **dict.fromkeys(("supplier", "ref", "gtin14", "title", "description", "brand", "category", "mpn", "image_url"), pl.String),
    "price": pl.String,
    "list_price": pl.String,
    "currency": pl.String,
    "stock": pl.Int64,
    "pack_size": pl.Int64,
}
"""Columns of `Cleaned.accepted`, in order; those of `RARE` and fields with parameters follow where they are mapped. Prices are
decimal text: at most 12 digits, a point, 6 digits."""
PLAIN = frozenset(get_args(PlainField))
_LABELLED = ("ref", "mpn", "our_sku", "tie_ref")
# Texts that few files have: a column only where one is mapped.
RARE = ("our_sku", *TIES)


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
        *,
        families: Families | None = None,
    ) -> None:
        if not mapping.usable:
            raise NoIdentity("No column is mapped to ref or gtin, so rows cannot be told apart. Map one of them.")
        self._columns = {name: shape.columns[choice.column] for name, choice in mapping.fields.items()}
        self._images = sorted((name for name in self._columns if base(name) == IMAGE), key=image_place)
        self._shared = mapping.column("ref") == mapping.column("gtin")
        self._profiles = {name: profile.columns[choice.column] for name, choice in mapping.fields.items()}
        self._currency = mapping.currency_code or default_currency
        self._amounts = Amounts(shape, mapping, profile, self._currency)
        self._separator, self._listed = mapping.category_separator, mapping.category_list
        self.groups = Groups(shape, mapping) if mapping.group is not None else None
        self._families, self._placed = families, shape.placed
        self._rules = rules
        self._strange = utf8_read_as(shape.encoding)
        code = mapping.column("gtin")
        self._codes = gtin.USUAL if code is None else code_column(profile, code)
        codes = ("gtin",) if self._shared else tuple(name for name in ("ref", "mpn", "tie_ref") if name in self._profiles)
        self._dates = {name: Dates(self._profiles[name]) for name in codes}
        self._strays = shape.encoding.startswith(STRAYS)
        self._remarks = Remarks(shape, mapping, profile, self._currency)
        self._contradicted = Contradicted(shape, mapping)
        self._list_units = ListUnits(shape, mapping, profile)
        self._proof = None if profile.whole else self._proof_of(shape, mapping, profile)
        self._beside = None if profile.whole else Beside(shape, mapping, profile)

    def clean(self, block: Block) -> Cleaned:
        """Every row of the block exactly once: accepted, or rejected among the problems; warnings are extra."""
        block, strays = self._read_alone(self._remarks.set_aside(block))
        if self._beside is not None:
            self._beside.add(block.rows)
        if self.groups is not None:
            block = self.groups.filled(block)
        told: dict[str, pl.Series] = {}
        if self._families is not None:
            block, told = self._families.filled(block)
        problems = Problems(block.rows, self._columns)
        for place in self._placed:
            problems.note(place, block.rows[place])
        for reason, mask in told.items():
            problems.warn(reason, "stock" if reason == "stock_shared" else "ref", mask)
        for name, mask in strays.items():
            problems.warn("encoding_mixed", name, mask)
        cells = self._cells(block.rows, problems)
        if self._proof is not None:
            self._proof.add(cells)
        frame = self._typed(block.rows["row_no"], cells, problems)
        self._contradicted.warn(block.rows, frame["stock"] if "stock" in cells.columns else None, problems)
        self._list_units.warn(cells, frame, problems)
        rejected = problems.rejected
        accepted = frame if not rejected.any() else frame.filter(~rejected)
        return Cleaned(accepted, problems.frame(frame["supplier"], block.rejected), block.lines)

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
            self._profiles,
            self._codes,
            # Whether rows carry a currency at all is decided for the whole file.
            carries_currency=self._currency is not None
            or "currency" in self._columns
            or currencies.signed(mapping, profile, shape, self._currency),
        )

    def _typed(self, row_no: pl.Series, cells: pl.DataFrame, problems: Problems) -> pl.DataFrame:
        # One look tells that none of the references is damaged or a date, as nearly always.
        sound = "ref" in self._dates and not cells["ref"].str.contains(self._dates["ref"].suspicious).any()
        ref, gtin14 = self._identity(cells, problems, sound=sound)
        self._warn_dates(cells, problems, sound=sound)
        amounts = self._amounts
        signs: dict[Field, pl.Series] = {}
        typed = {
            "row_no": row_no,
            "ref": ref,
            "gtin14": gtin14,
            "price": amounts.price(cells, "price", signs, problems),
            "list_price": amounts.price(cells, "list_price", signs, problems),
            "stock": amounts.count(cells, "stock", 0, problems),
            "pack_size": amounts.count(cells, "pack_size", 1, problems),
        }
        many = {
            name: amounts.one_of_many(cells, name, signs, problems)
            for name in self._columns
            if name not in PLAIN and base(name) != IMAGE
        }
        texts = {name: cells[name] for name in cells.columns if name not in typed and name not in many}
        if "title" in texts:
            problems.warn("title_missing", "title", texts["title"].is_null() & ~problems.marked("title_too_long"))
        if TIES[0] in texts and TIES[1] in texts:
            problems.warn("tie_incomplete", "tie_ref", texts["tie_ref"].is_not_null() & texts["tie_supplier"].is_null())
        missing = {name: _nothing(row_no.len(), kind) for name, kind in ACCEPTED.items() if name not in texts}
        columns = {**missing, **texts, **{name: column for name, column in typed.items() if column is not None}}
        rare = {name: texts[name] for name in RARE if name in texts}
        frame = pl.DataFrame({name: columns[name] for name in ACCEPTED} | rare | many)
        return amounts.in_currencies(frame, signs, problems)

    def _cells(self, rows: pl.DataFrame, problems: Problems) -> pl.DataFrame:
        """The mapped fields as stripped text, null where empty, within the rules where these say something of text."""
        typed = rows.select(pl.col(column).alias(name) for name, column in self._columns.items())
        if self._strange is not None:
            for name in self._columns:
                problems.warn("mixed_encoding", name, typed[name].str.contains(self._strange).fill_null(value=False))
        for name in (name for name in _LABELLED if name in self._profiles and self._profiles[name].is_floats):
            if self._proof is not None:
                self._proof.floats(name, typed[name])
            typed = typed.with_columns(typed[name].str.strip_chars().str.replace(FRACTION, ""))
        labels: dict[Field, str | None] = {name: self._profiles[name].label for name in _LABELLED if name in self._profiles}
        for name, label in labels.items():
            if label is not None and self._proof is not None:
                self._proof.labels(name, typed[name])
        further = [name for name in self._images if name != IMAGE]
        texts = [
            name for name in self._columns if name in PLAIN and name not in text.TYPED and not (name == "ref" and self._shared)
        ]
        typed = typed.with_columns(text.tidied(typed[name], name, problems, labels.get(name)).alias(name) for name in texts)
        typed = typed.with_columns(text.tidied(typed[name], IMAGE, problems, field=name).alias(name) for name in further)
        if "currency" in typed.columns:
            said = text.tidied(typed["currency"], "currency", problems)
            typed = typed.with_columns(currencies.given_codes(said, self._currency).alias("currency"))
        cells = typed.with_columns(pl.all().exclude(*texts, *further, "currency").str.strip_chars())
        empty = [name for name in cells.columns if (cells[name] == "").any()]
        cells = cells.with_columns(pl.when(pl.col(name) != "").then(name).alias(name) for name in empty)
        if "category" in cells.columns:
            read = read_paths(cells["category"], self._separator, self._listed)
            problems.warn("categories_left_out", "category", read["more"])
            problems.warn("category_too_deep", "category", read["deep"])
            cells = cells.with_columns(read["path"].alias("category"))
        if not self._images:
            return self._within_rules(cells, problems)
        several = images.several(cells, self._images, self._rules.get(IMAGE, RULES[IMAGE]), problems)
        first, *others = self._images
        cells = cells.rename({first: IMAGE}).drop(others)
        if several is None:
            return self._within_rules(cells, problems)
        alone = cells.with_columns(cells[IMAGE].set(several.rows, None))
        return self._within_rules(alone, problems).with_columns(pl.coalesce(several.joined, IMAGE).alias(IMAGE))

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

    def _warn_dates(self, cells: pl.DataFrame, problems: Problems, *, sound: bool) -> None:
        """Codes that are dates now, with what they may have been. `sound`: no reference is one."""
        for name, dates in self._dates.items():
            if sound and name == "ref":
                continue
            found = dates.found(cells[name])
            if found.any():
                problems.warn(f"{'ref' if name == 'gtin' else name}_like_date", name, found)
                problems.note(f"{self._columns[name]} may have been", may_have_been(cells[name].set(~found, None)))

    def _identity(self, cells: pl.DataFrame, problems: Problems, *, sound: bool) -> tuple[pl.Series, pl.Series]:
        codes = None
        if "gtin" in cells.columns:
            codes = gtin.read_codes(cells["gtin"], self._codes)
        if "ref" in cells.columns and not self._shared:
            several = cells["ref"].str.contains(ANOTHER).fill_null(value=False)
            if several.any():
                problems.warn("ref_several", "ref", several & ~cells["ref"].str.contains(NO_OTHER).fill_null(value=False))
            dotted = self._profiles["ref"].is_dotted
            if self._remarks.codes_have_digits:
                # `Frais de port`, `Versandkosten`: a row of another kind, and perhaps an article.
                problems.warn("ref_unlike", "ref", ~cells["ref"].str.contains("[0-9]").fill_null(value=True))
            return identity.decide(cells["ref"], codes, cells.height, problems, dotted=dotted, sound=sound)
        limit = self._rules.get("ref", RULES["ref"]).max_len
        return identity.decide(None, codes, cells.height, problems, limit or stocks.MAX_COUNT)


def code_column(profile: Profile, code: int) -> gtin.Column:
    """What all codes of a column say of those that alone leave it open."""
    column = profile.columns[code]
    return gtin.Column(profile.lost_zeros(code), column.is_isbn, column.short_gtins, column.has_eight, column.has_upc_e)


def _nothing(height: int, kind: type[pl.DataType]) -> pl.Series:
    return pl.Series([None], dtype=kind).new_from_index(0, height)
