"""Rows that stand behind each other and are one product's, as shop systems write variants and further images."""

from dataclasses import replace

import polars as pl

from imports_svc.cleaning.images import SEPARATOR
from imports_svc.feeds.fields import MOST_IMAGES
from imports_svc.feeds.model import Block, Mapping, Shape

_AT = "\x00at"


class Groups:
    """Passes on what only the first row of a product says, over blocks in their order, gathers its images and sets their rows
    aside.

    A variant without a reference of its own gets one of the product's name and its options, as long as options tell it apart.
    """

    def __init__(self, shape: Shape, mapping: Mapping) -> None:
        assert mapping.group is not None, "there is something to group by"
        names = shape.columns
        self._key = names[mapping.group.column]
        self._inherited = [names[at] for at in mapping.group.inherited]
        self._options = [names[at] for at in mapping.group.options]
        self._alone = list(mapping.group.alone)
        fields = {field: names[choice.column] for field, choice in mapping.fields.items()}
        self._ref = fields.get("ref", self._key)
        # What a variant has and a further picture has not.
        said = [fields[name] for name in ("price", "stock", "gtin") if name in fields]
        self._offered = list(dict.fromkeys([*said, *([self._ref] if self._ref != self._key else []), *self._options]))
        # All images of a product stand behind each other; what a variant has of its own comes before them.
        self._image, self._own_image = (
            None if at is None else names[at] for at in (mapping.group.image, mapping.group.own_image)
        )
        # The last row of the block before.
        self._before: pl.DataFrame | None = None

    def filled(self, block: Block) -> Block:
        """The block with every variant whole, and without rows of pictures (reason `picture_row`)."""
        if not block.rows.height:
            return block
        rows = block.rows if self._before is None else pl.concat([self._before, block.rows])
        rows = rows.with_columns(_blank_is_null(name) for name in self._inherited)
        run = (pl.col(self._key) != pl.col(self._key).shift(1)).fill_null(value=True).cum_sum()
        rows = rows.with_columns(pl.col(self._inherited).forward_fill().over(run))
        rows = rows.with_columns(pl.col(self._inherited).fill_null(""))
        first = (pl.col(self._key) != pl.col(self._key).shift(1)).fill_null(value=True)
        offered = pl.any_horizontal(pl.col(name).str.strip_chars() != "" for name in self._offered)
        picture = rows.select(picture=~first & ~offered).to_series()
        if self._image is not None:
            rows = rows.with_columns(pl.when(~picture).then(self._images(run)).otherwise(pl.lit("")).alias(self._image))
        if self._before is not None:
            rows, picture = rows[1:], picture[1:]
        self._before = rows[-1:].clone()
        return self._named(replace(block, rows=rows), picture)

    @property
    def gathers(self) -> bool:
        """Whether a row says something of all rows of its product, which therefore must be in one block."""
        return self._image is not None

    def begins(self, rows: pl.DataFrame) -> pl.Series:
        """Whether each row is the first of its product."""
        return rows.select((pl.col(self._key) != pl.col(self._key).shift(1)).fill_null(value=True)).to_series()

    def _images(self, run: pl.Expr) -> pl.Expr:
        """The images of the variant itself and of all rows of its product."""
        assert self._image is not None, "there are images to gather"
        said = pl.when(pl.col(self._image).str.strip_chars() != "").then(pl.col(self._image).str.strip_chars())
        # One more than are kept says that some are left out.
        every = said.drop_nulls().unique(maintain_order=True).head(MOST_IMAGES + 1).str.join(SEPARATOR).over(run)
        own = pl.lit(None, pl.String) if self._own_image is None else _blank_is_null(self._own_image)
        return pl.concat_str(own, pl.when(every != "").then(every), separator=SEPARATOR, ignore_nulls=True).alias(self._image)

    def _named(self, block: Block, picture: pl.Series) -> Block:
        aside = block.rows.filter(picture).select("row_no", reason=pl.lit("picture_row"), text=pl.col(self._key))
        rows = block.rows.filter(~picture)
        # Told by the product's name alone, all variants would be one.
        if self._options:
            own = pl.lit(value=False) if self._ref == self._key else pl.col(self._ref).str.strip_chars() != ""
            said = [
                pl.when((pl.col(name).str.strip_chars() != "") & ~pl.col(name).is_in(self._alone)).then(
                    pl.col(name).str.strip_chars()
                )
                for name in self._options
            ]
            made = pl.concat_str([pl.col(self._key), *said], separator=" / ", ignore_nulls=True)
            rows = rows.with_columns(pl.when(own).then(pl.col(self._ref)).otherwise(made).alias(self._ref))
        return replace(block, rows=rows, rejected=pl.concat([block.rejected, aside]).sort("row_no"))


def _blank_is_null(name: str) -> pl.Expr:
    return pl.when(pl.col(name).str.strip_chars() != "").then(pl.col(name)).alias(name)
