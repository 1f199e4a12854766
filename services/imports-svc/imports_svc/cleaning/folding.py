"""Makes one row of rows that stand behind each other and complete each other: one article once per language, picture or shop."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

import polars as pl

from imports_svc.cleaning.images import SEPARATOR
from imports_svc.cleaning.runs import whole_runs
from imports_svc.feeds.fields import IMAGE, TIES
from imports_svc.feeds.model import Block, Mapping, Shape
from imports_svc.vocabulary.parameters import base

# Of these a product has one: rows that say different ones do not complete each other.
_ONE = frozenset({"price", "list_price", "currency", "stock", "pack_size", "gtin"})
_RUN = "\x00run"


class Folding:
    """Rows with one reference behind each other become the first of them, with what others say where it says nothing.

    It has the images of all.

    The others are told as `row_folded`. Rows that contradict each other in a code or number stay as they are. So do those of the
    shop's own list that name another supplier of the article: what else they say is what the others say.
    """

    def __init__(self, shape: Shape, mapping: Mapping) -> None:
        names = shape.columns
        key = mapping.column("ref")
        assert key is not None, "rows have a reference"
        self._key = names[key]
        self._names = list(names)
        self._tied = [names[choice.column] for name, choice in mapping.fields.items() if name in TIES]
        self._images = {names[choice.column] for name, choice in mapping.fields.items() if base(name) == IMAGE}
        self._one = list({names[choice.column] for name, choice in mapping.fields.items() if base(name) in _ONE} - {self._key})

    def folded(self, blocks: Iterable[Block]) -> Iterator[Block]:
        """The blocks with folded rows; the last rows of a block wait for those of the next."""
        return map(self._fold, whole_runs(blocks, lambda rows: self._runs(rows)["begins"]))

    def _runs(self, rows: pl.DataFrame) -> pl.DataFrame:
        key = pl.col(self._key).str.strip_chars()
        same = (key == key.shift(1)) & (key != "")
        return rows.select(begins=~same.fill_null(value=False))

    def _fold(self, block: Block) -> Block:
        rows = block.rows
        runs = self._runs(rows)["begins"]
        if runs.all():
            return block
        rows = rows.with_columns(runs.cum_sum().alias(_RUN))
        said = {name: pl.when(pl.col(name).str.strip_chars() != "").then(pl.col(name).str.strip_chars()) for name in self._one}
        differ = [expression.drop_nulls().n_unique().over(_RUN) > 1 for expression in said.values()]
        torn = pl.any_horizontal(differ) if differ else pl.lit(value=False)
        rows = rows.with_columns(torn.alias("\x00torn"), runs.alias("\x00begins"))
        first = [self._said(name).over(_RUN).fill_null("").alias(name) for name in self._names if name not in self._tied]
        # The first row, and those that tie another number of a supplier.
        another = pl.lit(value=False)
        if self._tied:
            given = pl.all_horizontal(pl.col(name).str.strip_chars() != "" for name in self._tied)
            another = given & pl.struct(self._tied).is_first_distinct().over(_RUN)
        rows = rows.with_columns((pl.col("\x00begins") | another).alias("\x00kept"))
        whole = rows.filter(~pl.col("\x00torn")).with_columns(first).filter(pl.col("\x00kept"))
        kept = pl.concat([whole, rows.filter(pl.col("\x00torn"))]).sort("row_no").select("row_no", *self._names)
        aside = rows.filter(~pl.col("\x00torn") & ~pl.col("\x00kept"))
        told = aside.select("row_no", reason=pl.lit("row_folded"), text=pl.concat_str(self._names, separator=" | "))
        return replace(block, rows=kept, rejected=pl.concat([block.rejected, told]).sort("row_no"))

    def _said(self, name: str) -> pl.Expr:
        """What the rows of one run say in a column: the first that says something, of images all."""
        said = pl.when(pl.col(name).str.strip_chars() != "").then(pl.col(name)).drop_nulls()
        return said.unique(maintain_order=True).str.join(SEPARATOR) if name in self._images else said.first()
