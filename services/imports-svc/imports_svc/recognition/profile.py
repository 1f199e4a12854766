"""Looks at every value of every column once, block by block, and keeps counts only.

Most files are profiled by their first megabytes alone; `proof` sees to it that this reads no row differently.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date

import polars as pl

from imports_svc.cleaning import dates, decoration, marks, periods
from imports_svc.cleaning.announced import speaking
from imports_svc.cleaning.beside import last_step, side_of
from imports_svc.cleaning.currencies import currency_of_column
from imports_svc.cleaning.lists import list_mark_of
from imports_svc.cleaning.paths import doubtful_separator, separator_of
from imports_svc.feeds.model import Block, ColumnProfile, NumberStyle, Profile, Shape
from imports_svc.recognition import codes
from imports_svc.recognition.few import LONGEST, Few
from imports_svc.recognition.styles import Votes, styles
from imports_svc.recognition.tallies import saying, tally, total_of
from imports_svc.vocabulary import values
from imports_svc.vocabulary.words import is_unit_column

_SKETCH = 1_024
_PATHS = 1_000
_BATCH_CELLS = 200_000
_PENDING = 20_000
_ISBN_SAMPLE = 20_000
_SIGNS = 50
_EXAMPLES = 3
_LONGEST_SIGN = 8
# Values that show whether dates may be codes of a column.
_LOOKED = 20_000
_HASH_SPACE = float(2**64)
_CODE = r"^[A-Za-z0-9][A-Za-z0-9._/+-]*$"
_IMAGE = r"(?i)\.(?:jpe?g|png|webp|gif|tiff?|avif|bmp)(?:\?.*)?$"


def profile(blocks: Iterable[Block], shape: Shape, day: date | None = None) -> Profile:
    """The profile of all rows of the blocks; `blocks` is consumed. `day`: by which periods are over, today if it is not said."""
    columns = [_column(last_step(name) if shape.header else "") for name in shape.columns]
    rows = rejected = 0
    for batch in _batches(blocks):
        rows += sum(block.rows.height for block in batch)
        rejected += sum(block.rejected.height for block in batch)
        frame = pl.concat([block.rows for block in batch])
        for column, name in zip(columns, shape.columns, strict=True):
            column.add(frame[name])
    for column in columns:
        column.close()
    return Profile(rows, rejected, tuple(_decided(columns, shape, day or periods.today())))


def _column(header: str) -> "_Column":
    return _Column(Few(units=is_unit_column(header)), side_of(header) is not None)


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


def _decided(columns: list["_Column"], shape: Shape, day: date) -> Iterator[ColumnProfile]:
    """Profiles with their number styles and what else is decided over all values of a column.

    A column that leaves its style open follows the rest of the file, unless its numbers were typed as numbers.
    """
    headers = shape.columns if shape.header else [""] * len(columns)
    read = [replace(column.counts, signs=column.named(), label=column.label()) for column in columns]
    votes = [column.votes(profile, header) for column, profile, header in zip(columns, read, headers, strict=True)]
    names = shape.columns
    for name, column, profile, voted, style in zip(names, columns, read, votes, styles(votes), strict=True):
        ended = periods.passed(column.days, day)
        paths = {values.decoded(path) for path in column.paths}
        # One with decimal commas holds texts beside them.
        typed = name in shape.numbers and not voted.marks[","]
        yield replace(
            profile,
            distinct=column.distinct(),
            decimals=voted.marks.total() + voted.either.total(),
            either_point=voted.either["."],
            either_comma=voted.either[","],
            style=NumberStyle(".") if typed else style,
            settled=typed or len(voted.marks) == 1,
            separator=(separator := separator_of(paths)),
            doubtful_separator=doubtful_separator(paths) if separator is None else None,
            listed=list_mark_of(paths, separator),
            periods=ended.days,
            over=ended.over,
            ahead=ended.ahead,
            over_examples=ended.over_examples,
            ahead_examples=ended.ahead_examples,
            few=column.few.all,
            several=column.few.several,
            contents=column.few.contents,
        )


@dataclass
class _Column:
    few: Few
    # All its days are counted, not those of the first values alone.
    dated: bool = False
    counts: ColumnProfile = field(default_factory=ColumnProfile)
    shapes: Counter[str] = field(default_factory=Counter)
    signs: Counter[str] = field(default_factory=Counter)
    labels: Counter[str] = field(default_factory=Counter)
    days: Counter[str] = field(default_factory=Counter)
    either_round: int = 0
    paths: set[str] = field(default_factory=set)
    sketch: pl.Series = field(default_factory=lambda: pl.Series(dtype=pl.UInt64))
    others: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema={"v": pl.String, "n": pl.UInt32}))

    def add(self, cells: pl.Series) -> None:
        v, n = pl.col("v"), pl.col("n")
        found = cells.alias("v").value_counts(name="n").with_columns(v.str.strip_chars()).filter(v != "")
        found = saying(found)
        if not found.height:
            return
        length = v.str.len_bytes()
        values, total, longest, digits = found.select(
            n.sum(), (length * n).sum().alias("t"), length.max().alias("m"), n.filter(v.str.contains("[0-9]")).sum().alias("d")
        ).row(0)
        self._count(values=values, total_length=total, digits=digits)
        self.counts = replace(self.counts, max_length=max(self.counts.max_length, longest))
        self._add_hashes(found["v"].hash())
        self.few.add(found, longest)
        if longest <= LONGEST and self.counts.looked < _LOOKED:
            counted = dates.count(found)
            self._count(**counted)
            if "days" in counted and not self.dated:
                tally(self.days, periods.written(found))
        if self.dated:
            tally(self.days, periods.written(found))
        numeric = found["v"].str.contains(marks.NUMERIC)
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

    def named(self) -> tuple[tuple[str, int], ...]:
        """The currencies its cells name, the most frequent ones first."""
        return tuple(self.signs.most_common(_SIGNS))

    def label(self) -> str | None:
        """The label that every code has."""
        return next(iter(self.labels)) if len(self.labels) == 1 and self.labels.total() == self.counts.values else None

    def votes(self, profile: ColumnProfile, header: str) -> Votes:
        votes, either = marks.vote(self.shapes)
        whole = profile.integers - profile.thousands
        return Votes(votes, either, self.either_round, whole, profile.thousands, currency_of_column(profile), header)

    def _count(self, **found: int) -> None:
        self.counts = replace(self.counts, **{name: getattr(self.counts, name) + count for name, count in found.items()})

    def _add_others(self, found: pl.DataFrame) -> None:
        v, n = pl.col("v"), pl.col("n")
        odd = found.filter(v.str.contains(rf"{codes.DECORATED}|[eEXx]"))
        if odd.height:
            self._count(**codes.decorated(odd))
        fraction = v.str.contains(r"^[0-9]+[.,][0-9]+$")
        self._count(
            **found.select(
                dotted=n.filter(fraction).sum(),
                dotted_zero=n.filter(fraction & v.str.contains(r"[.,]0+$")).sum(),
                plus=n.filter(v.str.starts_with("+")).sum(),
                minus=n.filter(v.str.starts_with("-")).sum(),
                percents=n.filter(v.str.contains("%", literal=True)).sum(),
            ).row(0, named=True)
        )
        money = found.filter(v.str.contains(r"^[0-9]+[.,](?:[0-9]{1,2}|[0-9]{4,6})$"))
        total = money.select((v.str.replace(",", ".", literal=True).cast(pl.Float64) * n).sum()).item()
        self.counts = replace(
            self.counts, fractions=self.counts.fractions + total_of(money), fractions_total=self.counts.fractions_total + total
        )
        shapes = found.select(n, v=marks.shapes(found["v"])).drop_nulls()
        either = found.filter(marks.either_way(found["v"]))
        self.either_round += int(either.filter(v.str.contains(r"0[^0-9]*$"))["n"].sum())
        seen = self.counts.either_examples
        self.counts = replace(self.counts, either_examples=(*seen, *either["v"].sort().head(_EXAMPLES - len(seen))))
        tally(self.shapes, shapes)
        plain = found.filter(~v.str.contains(r"^[0-9.,]+$"))
        if plain.height:
            read = decoration.understood(decoration.cut(plain["v"])).select(v="currency").with_columns(plain["n"])
            tally(self.signs, read)

    def _add_digits(self, found: pl.DataFrame) -> None:
        if not found.height:
            return
        v, length = pl.col("v"), pl.col("length")
        found = found.with_columns(length=v.str.len_bytes())
        long = found.filter(length >= 4)
        self._count(
            integers=total_of(found),
            thousands=total_of(long.filter(~v.str.starts_with("0"))),
            leading_zero=total_of(found.filter(v.str.starts_with("0") & (length > 1))),
            **codes.digits(found),
        )
        if self.counts.short_codes < _ISBN_SAMPLE:
            self._count(**codes.short(found.filter(length.is_between(6, 10))))

    def _add_texts(self, found: pl.DataFrame) -> None:
        if not found.height:
            return
        if len(self.paths) < _PATHS:
            self.paths.update(found["v"].sort().head(_PATHS - len(self.paths)))
        v, n = pl.col("v"), pl.col("n")
        self.counts = replace(self.counts, spoken=speaking(found["v"], self.counts.spoken))
        url = v.str.starts_with("http")
        self._add_labels(found)
        self._count(
            **found.select(
                codes=n.filter(v.str.contains(_CODE)).sum(),
                texts=n.filter(v.str.contains(r"\pL\pL|&#[0-9]{3,6};")).sum(),
                currency_codes=n.filter((v.str.len_bytes() == 3) & v.str.contains("^[A-Z]{3}$")).sum(),
                urls=n.filter(url).sum(),
                image_urls=n.filter(url & v.str.contains(_IMAGE)).sum(),
            ).row(0, named=True)
        )

    def _add_labels(self, found: pl.DataFrame) -> None:
        """What stands in front of codes, decorated codes, and signs of currencies alone."""
        v = pl.col("v")
        odd = found.filter((v.str.len_bytes() <= LONGEST) & v.str.contains(codes.DECORATED))
        if odd.height:
            self._count(**codes.decorated(odd))
            tally(self.labels, codes.labels(odd))
        alone = found.filter((v.str.len_chars() <= _LONGEST_SIGN) & ~v.str.contains(r"\p{Nd}"))
        if 0 < alone.height <= _SIGNS:
            said = {text: " ".join(named) for text in alone["v"] if (named := values.currencies_of(text)) is not None}
            if said:
                tally(self.signs, alone.with_columns(v.replace_strict(said, default=None, return_dtype=pl.String)))
