"""Looks at every value of every column once, block by block, and keeps counts only.

Most files are profiled by their first megabytes alone; `doubts` sees to it that this reads no row differently.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import reduce

import polars as pl

from imports_svc.cleaning import gtin, numbers
from imports_svc.cleaning.currencies import code_of
from imports_svc.cleaning.lists import list_mark_of
from imports_svc.cleaning.paths import separator_of
from imports_svc.feeds.model import Block, ColumnProfile, Mark, NumberStyle, Profile, Shape

_SKETCH = 1_024
_SHAPES = 2_000
_PATHS = 1_000
_BATCH_CELLS = 200_000
_PENDING = 20_000
_ISBN_SAMPLE = 20_000
_HASH_SPACE = float(2**64)
_CODE = r"^[A-Za-z0-9][A-Za-z0-9._/+-]*$"
_IMAGE = r"(?i)\.(?:jpe?g|png|webp|gif|tiff?|avif|bmp)(?:\?.*)?$"


def profile(blocks: Iterable[Block], shape: Shape) -> Profile:
    """The profile of all rows of the blocks; `blocks` is consumed."""
    columns = [_Column() for _ in shape.columns]
    rows = rejected = 0
    for batch in _batches(blocks):
        rows += sum(block.rows.height for block in batch)
        rejected += sum(block.rejected.height for block in batch)
        frame = pl.concat([block.rows for block in batch])
        for column, name in zip(columns, shape.columns, strict=True):
            column.add(frame[name])
    for column in columns:
        column.close()
    return Profile(rows, rejected, tuple(_decided(columns, shape)))


def _batches(blocks: Iterable[Block]) -> Iterator[list[Block]]:
    """Several blocks at once: a column costs a fixed time per batch, most of the cost of a narrow column."""
    batch: list[Block] = []
    cells = 0
    for block in blocks:
        batch.append(block)
        cells += block.rows.height * block.rows.width
        if cells > _BATCH_CELLS:
            yield batch
            batch, cells = [], 0
    if batch:
        yield batch


def _decided(columns: list["_Column"], shape: Shape) -> Iterator[ColumnProfile]:
    """Profiles with their number styles; a column that leaves its style open follows the rest of the file, unless it is known."""
    voted = [numbers.vote(column.shapes) for column in columns]
    everywhere = reduce(lambda a, b: a + b, (Counter({max(v, key=v.__getitem__): 1}) for v, _ in voted if v), Counter[Mark]())
    default: Mark = max(everywhere, key=everywhere.__getitem__) if everywhere else "."
    for name, column, (votes, either) in zip(shape.columns, columns, voted, strict=True):
        typed = name in shape.numbers
        yield replace(
            column.counts,
            distinct=column.distinct(),
            decimals=votes.total() + either,
            style=NumberStyle(".") if typed and votes.total() == votes["."] else numbers.style_of(votes, either, default),
            settled=typed or len(votes) == 1,
            currency=column.currency(),
            separator=(separator := separator_of(column.paths)),
            listed=list_mark_of(column.paths, separator),
        )


@dataclass
class _Column:
    counts: ColumnProfile = field(default_factory=ColumnProfile)
    shapes: Counter[str] = field(default_factory=Counter)
    signs: Counter[str] = field(default_factory=Counter)
    paths: set[str] = field(default_factory=set)
    sketch: pl.Series = field(default_factory=lambda: pl.Series(dtype=pl.UInt64))
    others: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema={"v": pl.String, "n": pl.UInt32}))

    def add(self, cells: pl.Series) -> None:
        v, n = pl.col("v"), pl.col("n")
        found = cells.alias("v").value_counts(name="n").with_columns(v.str.strip_chars()).filter(v != "")
        if not found.height:
            return
        length = v.str.len_bytes()
        values, total, longest, digits = found.select(
            n.sum(), (length * n).sum().alias("t"), length.max().alias("m"), n.filter(v.str.contains("[0-9]")).sum().alias("d")
        ).row(0)
        self._count(values=values, total_length=total, digits=digits)
        self.counts = replace(self.counts, max_length=max(self.counts.max_length, longest))
        self._add_hashes(found["v"].hash())
        numeric = found["v"].str.contains(numbers.NUMERIC)
        numbers_found = found.filter(numeric)
        digits = numbers_found["v"].str.contains(r"^[0-9]+$")
        self._add_digits(numbers_found.filter(digits))
        self._add_texts(found.filter(~numeric))
        # Copied: a few values of a block would keep the memory of all of it alive.
        self.others = pl.concat([self.others, numbers_found.filter(~digits).with_columns(v + "")])
        if self.others.height > _PENDING:
            self.close()

    def close(self) -> None:
        """Counts the numbers with marks that were set aside: few are distinct, so they are looked at together."""
        others = self.others.group_by("v").agg(pl.col("n").sum())
        self.others = others.clear()
        if others.height:
            self._add_others(others)

    def _add_hashes(self, hashes: pl.Series) -> None:
        if self.sketch.len() == _SKETCH:
            hashes = hashes.filter(hashes < self.sketch.max())
        if hashes.len():
            self.sketch = pl.concat([self.sketch, hashes]).unique().bottom_k(_SKETCH)

    def distinct(self) -> int:
        """Distinct values: the smallest hashes tell how densely the hash space is filled."""
        if self.sketch.len() < _SKETCH:
            return self.sketch.len()
        largest: int = self.sketch.sort()[-1]
        return min(round((_SKETCH - 1) * _HASH_SPACE / largest), self.counts.values)

    def currency(self) -> str | None:
        """What its numbers name most often, None when they name no currency."""
        codes: Counter[str] = Counter()
        for sign, count in self.signs.items():
            if code := code_of(sign):
                codes[code] += count
        return max(codes, key=codes.__getitem__) if codes else None

    def _count(self, **found: int) -> None:
        self.counts = replace(self.counts, **{name: getattr(self.counts, name) + count for name, count in found.items()})

    def _add_others(self, found: pl.DataFrame) -> None:
        v, n = pl.col("v"), pl.col("n")
        isbn = v.str.contains(r"^[0-9]{9}[Xx]$")
        padded = v.str.contains(r"^[0-9]{5,8}[Xx]$")
        self._count(
            **found.select(
                scientific=n.filter(v.str.contains(gtin.SCIENTIFIC)).sum(),
                isbn10=n.filter(isbn & gtin.isbn10_is_valid(v)).sum(),
                isbn10_padded=n.filter(padded & gtin.isbn10_is_valid(v.str.zfill(10))).sum(),
                short_codes=n.filter(isbn | padded).sum(),
            ).row(0, named=True)
        )
        shapes = found.select(n, v=numbers.shapes(found["v"])).drop_nulls()
        _tally(self.shapes, shapes)
        _tally(self.signs, found.select(n, v=v.str.extract(numbers.SIGN, 0)))

    def _add_digits(self, found: pl.DataFrame) -> None:
        if not found.height:
            return
        v, value, length = pl.col("v"), pl.col("value"), pl.col("length")
        found = found.with_columns(length=v.str.len_bytes())
        codes = found.filter(length.is_in([8, 12, 13, 14])).with_columns(value=v.cast(pl.Int64))
        eight = codes.filter(length == 8).with_columns(upc=gtin.upc_a(value))
        upc_e = (value < 2 * 10**7) & (gtin.check_sum(value) != 0) & (gtin.check_sum(pl.col("upc")) == 0)
        self._count(
            integers=_total(found),
            leading_zero=_total(found.filter(v.str.starts_with("0") & (length > 1))),
            gtin_length=_total(codes),
            gtin_valid=_total(codes.filter((value > 0) & (gtin.check_sum(value) == 0))) + _total(eight.filter(upc_e)),
        )
        if self.counts.short_codes < _ISBN_SAMPLE:
            self._add_short(found.filter(length.is_between(6, 10)))

    def _add_short(self, found: pl.DataFrame) -> None:
        valid = found.filter(gtin.isbn10_is_valid(pl.col("v").str.zfill(10)))
        whole = _total(valid.filter(pl.col("length") == 10))
        self._count(short_codes=_total(found), isbn10=whole, isbn10_padded=_total(valid) - whole)

    def _add_texts(self, found: pl.DataFrame) -> None:
        if not found.height:
            return
        if len(self.paths) < _PATHS:
            self.paths.update(found["v"].sort().head(_PATHS - len(self.paths)))
        v, n = pl.col("v"), pl.col("n")
        url = v.str.starts_with("http")
        self._count(
            **found.select(
                codes=n.filter(v.str.contains(_CODE)).sum(),
                texts=n.filter(v.str.contains(r"\pL\pL")).sum(),
                currency_codes=n.filter((v.str.len_bytes() == 3) & v.str.contains("^[A-Z]{3}$")).sum(),
                urls=n.filter(url).sum(),
                image_urls=n.filter(url & v.str.contains(_IMAGE)).sum(),
            ).row(0, named=True)
        )


def _total(found: pl.DataFrame) -> int:
    return int(found["n"].sum())


def _tally(counter: Counter[str], found: pl.DataFrame) -> None:
    for value, count in found.drop_nulls().group_by("v").agg(pl.col("n").sum()).iter_rows():
        if value in counter or len(counter) < _SHAPES:
            counter[value] += count
