"""Collects, column by column, why rows are rejected or warned about, and tells it row by row at the end."""

import polars as pl

from imports_svc.feeds.model import Field

PROBLEMS: dict[str, pl.DataType | type[pl.DataType]] = {
    "row_no": pl.Int64,
    "supplier": pl.String,
    "outcome": pl.String,
    "reasons": pl.List(pl.String),
    "values": pl.String,
}
"""Columns of `Cleaned.problems`: outcome is `rejected` or `warning`, values a JSON object of the cells concerned."""

_CUT = 200


class Problems:
    """The problems of one block. Masks are Boolean columns over its rows; a row may have many."""

    def __init__(self, rows: pl.DataFrame, columns: dict[Field, str]) -> None:
        self._rows = rows
        self._columns = columns
        self._masks: dict[str, pl.Series] = {}
        self._fields: dict[str, set[Field]] = {}
        self._notes: dict[str, pl.Series] = {}
        self.rejected = pl.Series([False], dtype=pl.Boolean).new_from_index(0, rows.height)

    def warn(self, reason: str, field: Field, mask: pl.Series) -> None:
        """The rows of `mask` are kept, but this must be said about the cell of `field`."""
        if mask.any():
            self._masks[reason] = mask | self._masks[reason] if reason in self._masks else mask
            self._fields.setdefault(reason, set()).add(field)

    def reject(self, reason: str, field: Field, mask: pl.Series) -> None:
        """The rows of `mask` cannot be used because of the cell of `field`."""
        self.warn(reason, field, mask)
        self.rejected = self.rejected | mask

    def note(self, label: str, texts: pl.Series) -> None:
        """What is told beside the cells of rows that have a problem, under a label; null for rows without it."""
        self._notes[label] = texts

    def marked(self, reason: str) -> pl.Series:
        """The rows a reason was given for so far."""
        mask = self._masks.get(reason)
        return pl.Series([False], dtype=pl.Boolean).new_from_index(0, self._rows.height) if mask is None else mask

    def frame(self, supplier: pl.Series, unread: pl.DataFrame) -> pl.DataFrame:
        """One row per row with a problem, lines that are no rows (`unread`) included, in the order of the file."""
        found = [_unread(unread)] if unread.height else []
        if self._masks:
            found.append(self._by_row(supplier))
        return pl.concat(found).sort("row_no") if found else pl.DataFrame(schema=PROBLEMS)

    def _by_row(self, supplier: pl.Series) -> pl.DataFrame:
        names = {reason: f"\x00{at}" for at, reason in enumerate(self._masks)}
        masks = pl.DataFrame({names[reason]: mask for reason, mask in self._masks.items()})
        some = masks.select(pl.any_horizontal(pl.all())).to_series()
        masks = masks.filter(some)
        cells = self._rows.filter(some)
        reasons = pl.concat_list(pl.when(names[reason]).then(pl.lit(reason)) for reason in self._masks).list.drop_nulls()
        notes = pl.DataFrame([texts.filter(some).alias(f"\x00\x00{label}") for label, texts in self._notes.items()])
        return pl.concat([cells, masks, notes], how="horizontal").select(
            "row_no",
            supplier=supplier.filter(some),
            outcome=pl.when(self.rejected.filter(some)).then(pl.lit("rejected")).otherwise(pl.lit("warning")),
            reasons=reasons,
            values=self._values(names),
        )

    def _values(self, names: dict[str, str]) -> pl.Expr:
        wanted: dict[str, list[str]] = {}
        for reason, fields in self._fields.items():
            for field in fields:
                wanted.setdefault(self._columns[field], []).append(names[reason])
        members = [pl.when(pl.any_horizontal(flags)).then(_member(column)) for column, flags in wanted.items()]
        for label in self._notes:
            noted = f"\x00\x00{label}"
            members.append(pl.when(pl.col(noted).is_not_null()).then(_member(noted, label)))
        return _braced(pl.concat_str(members, separator=",", ignore_nulls=True))


def _member(column: str, label: str | None = None) -> pl.Expr:
    """`"column":"cell"` as JSON, a long cell cut and marked."""
    cell = pl.col(column)
    cut = pl.when(cell.str.len_chars() > _CUT).then(cell.str.head(_CUT) + "…").otherwise(cell)
    return pl.struct(cut.alias(label or column)).struct.json_encode().str.strip_prefix("{").str.strip_suffix("}")


def _braced(members: pl.Expr) -> pl.Expr:
    return pl.concat_str(pl.lit("{"), members, pl.lit("}"))


def _unread(lines: pl.DataFrame) -> pl.DataFrame:
    return lines.select(
        "row_no",
        supplier=pl.lit(None, pl.String),
        outcome=pl.lit("rejected"),
        reasons=pl.concat_list("reason"),
        values=_braced(_member("text")),
    )
