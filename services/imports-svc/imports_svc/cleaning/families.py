"""Rows that name the row of their product, as WooCommerce and Amazon write variations: they inherit what only that row says.

A parent without a price is no offer: it is set aside (`parent_row`). A child without a reference of its own is known by that of
its parent and by its options. What a child leaves to its parent's stock is shared with the others (`stock_shared`); one whose
parent is not in the file is told (`parent_missing`).
"""

from collections.abc import Iterable
from dataclasses import replace

import polars as pl

from imports_svc.feeds.model import Block, Family, Mapping, Shape
from imports_svc.formats.delimited.strays import STRAY
from imports_svc.vocabulary.parameters import base

_KEY, _REF = "\x00key", "\x00ref"
# What WooCommerce writes for a stock that the product's variations share.
_SHARED = "parent"


class Families:
    """Looks at all blocks of a file once for the parents, then completes their children block by block.

    Of the file only cells of parents are kept.
    """

    def __init__(self, shape: Shape, mapping: Mapping, family: Family, blocks: Iterable[Block]) -> None:
        names = shape.columns
        fields = {field: names[choice.column] for field, choice in mapping.fields.items()}
        self._family = family
        self._parent, self._kind, self._sku = names[family.column], names[family.kind], names[family.ref]
        self._id = None if family.id is None else names[family.id]
        self._ref, self._title, self._stock = fields.get("ref"), fields.get("title"), fields.get("stock")
        self._prices = [column for field, column in fields.items() if base(field) in ("price", "list_price")]
        self._options = [names[at] for at in family.options]
        self._inherited = [names[at] for at in family.inherited]
        kept = dict.fromkeys([*self._inherited, *([self._stock] if self._stock else [])])
        self._kept = list(kept)
        self._parents = self._found(blocks)

    def filled(self, block: Block) -> tuple[Block, dict[str, pl.Series]]:
        """The block with whole children and without parents that are no offers, and the rows that something is told of."""
        rows = block.rows
        if not rows.height:
            return block, {}
        aside = rows.select(self._is(self._family.parents) & self._unpriced()).to_series()
        told = rows.filter(aside).select("row_no", reason=pl.lit("parent_row"), text=self._text())
        rows = rows.filter(~aside)
        rejected = pl.concat([block.rejected, told]).sort("row_no")
        rows, problems = self._completed(rows)
        return replace(block, rows=rows, rejected=rejected), problems

    def _found(self, blocks: Iterable[Block]) -> pl.DataFrame:
        """The cells of parents by the keys that children may name them by, the first of each."""
        found = [pl.DataFrame(schema=dict.fromkeys((_KEY, _REF, *map(_of_parent, self._kept)), pl.String))]
        for block in blocks:
            rows = block.rows.filter(self._is(self._family.parents))
            if not rows.height:
                continue
            rows = rows.with_columns(pl.col(pl.String).str.replace_all(STRAY, "", literal=True))
            cells = [pl.col(name).alias(_of_parent(name)) for name in self._kept]
            ref = pl.col(self._sku).str.strip_chars()
            found.append(rows.filter(ref != "").select(ref.alias(_KEY), ref.alias(_REF), *cells))
            if self._id is not None:
                id_ = pl.lit("id:") + pl.col(self._id).str.strip_chars()
                found.append(rows.select(id_.alias(_KEY), pl.when(ref != "").then(ref).otherwise(id_).alias(_REF), *cells))
        return pl.concat(found).unique(_KEY, keep="first", maintain_order=True)

    def _completed(self, rows: pl.DataFrame) -> tuple[pl.DataFrame, dict[str, pl.Series]]:
        child = rows.select(self._is(self._family.children)).to_series()
        if not child.any():
            return rows, {}
        key = pl.col(self._parent).str.strip_chars().str.replace(r"^(?i:id:)\s*", "id:")
        named = pl.when(pl.lit(child)).then(key)
        joined = rows.with_columns(named.alias(_KEY)).join(self._parents, on=_KEY, how="left", maintain_order="left")
        known = pl.col(_REF).is_not_null()
        problems = {"parent_missing": joined.select(pl.lit(child) & ~known).to_series()}
        whole = {name: _own_or(name) for name in self._inherited}
        if self._title in whole:
            whole[self._title] = self._named(self._title)
        if self._stock is not None:
            shared = pl.col(self._stock).str.strip_chars().str.to_lowercase() == _SHARED
            problems["stock_shared"] = joined.select((known & shared).fill_null(value=False)).to_series()
            whole[self._stock] = pl.when(known & shared).then(pl.col(_of_parent(self._stock))).otherwise(pl.col(self._stock))
        if self._ref == self._sku:
            whole[self._sku] = self._referred()
        complete = joined.with_columns(
            pl.when(known).then(cell.fill_null("")).otherwise(pl.col(name)).alias(name) for name, cell in whole.items()
        )
        return complete.select(rows.columns), {reason: mask for reason, mask in problems.items() if mask.any()}

    def _said(self, separator: str) -> pl.Expr:
        options = [pl.when(pl.col(name).str.strip_chars() != "").then(pl.col(name).str.strip_chars()) for name in self._options]
        return pl.concat_str(options, separator=separator, ignore_nulls=True) if options else pl.lit("")

    def _named(self, title: str) -> pl.Expr:
        """A title of its own, else that of the product with what tells the child apart, as WooCommerce joins them."""
        options = self._said(", ")
        product = pl.col(_of_parent(title)).str.strip_chars()
        made = pl.when(options != "").then(product + " - " + options).otherwise(product)
        return pl.when(pl.col(title).str.strip_chars() != "").then(pl.col(title)).otherwise(made)

    def _referred(self) -> pl.Expr:
        """A reference of its own, else one of the product's and the options; the product's alone is that of all its children."""
        own, product, options = pl.col(self._sku).str.strip_chars(), pl.col(_REF), self._said(" / ")
        id_ = pl.lit(None, pl.String) if self._id is None else pl.lit("id:") + pl.col(self._id).str.strip_chars()
        made = pl.when(options != "").then(product + " / " + options).otherwise(id_)
        return pl.when((own != "") & (own != product)).then(pl.col(self._sku)).otherwise(made)

    def _is(self, kinds: tuple[str, ...]) -> pl.Expr:
        first = pl.col(self._kind).str.to_lowercase().str.split(",").list.first().str.strip_chars()
        return first.is_in(kinds).fill_null(value=False)

    def _unpriced(self) -> pl.Expr:
        if not self._prices:
            return pl.lit(value=True)
        return pl.all_horizontal((pl.col(name).str.strip_chars() == "").fill_null(value=True) for name in self._prices)

    def _text(self) -> pl.Expr:
        shown = [name for name in (self._sku, self._title) if name is not None]
        return pl.concat_str(shown, separator=" | ", ignore_nulls=True)


def _of_parent(name: str) -> str:
    return f"\x00parent {name}"


def _own_or(name: str) -> pl.Expr:
    """A child's own cell, or that of its parent where it is empty."""
    return pl.when(pl.col(name).str.strip_chars() != "").then(pl.col(name)).otherwise(pl.col(_of_parent(name)))
