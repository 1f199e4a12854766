"""Sets aside lines of a table that are no offers: headers that stand there again, sums, remarks and bands between the rows.

Reasons: `header_repeated`, `other_header` (of another table), `total_row`, `remark_row` (one cell in a table of three columns or
more, which is no code; or no number, and a reference without digits among others with some), `remark_in_USD` and those that
`announced` knows, such as `remark_of_tax`, `remark_of_quantity` (one that says of prices what no column does).
Each is told like a line that is no row; none is dropped without a word.
"""

import re
from dataclasses import replace

import polars as pl

from imports_svc.cleaning import periods
from imports_svc.cleaning.announced import announced
from imports_svc.feeds.model import Block, Mapping, Profile, Shape
from imports_svc.vocabulary.lines import price_currency
from imports_svc.vocabulary.parameters import base
from imports_svc.vocabulary.values import WORDLESS, is_error
from imports_svc.vocabulary.words import begins_of_totals, field_of, part_totals, totals

_EDGE = r"^[\s\x{feff}\x{a0}]+|[\s\x{feff}\x{a0}]+$"
_PAGE = r"(?i)^\s*(?:page|seite|pagina|página|strona|strana|стр|sida|side|sayfa)\.?\s*[0-9]+(?:\s*\D{1,5}\s*[0-9]+)?\s*$"
_PAGES = ("pag", "sei", "str", "sid", "say")
_NUMERIC = ("price", "list_price", "stock", "gtin")
_TEXTS = frozenset({"brand", "supplier", "category"})
_CODES_HAVE_DIGITS, _NEARLY_ALL = 0.5, 0.8


class Remarks:
    """Looks at the rows of one file, read with this mapping. Any block gives the same answer alone."""

    def __init__(self, shape: Shape, mapping: Mapping, profile: Profile, currency: str | None = None) -> None:
        names = shape.columns
        # Where a row stands says nothing of what it is.
        own = len(shape.placed)
        self._names = list(names[own:])
        mark = shape.mark if shape.mark.isprintable() else "\t"
        self._text = pl.concat_str([pl.col(name) for name in names], separator=mark, ignore_nulls=True)
        # Names that are not as they stand in the file say nothing of the line.
        given = [name for i, name in enumerate(names, 1) if i > own and name not in shape.renamed and name != f"column_{i}"]
        self._header = given if shape.header and len(given) >= min(2, len(self._names)) else []
        blanks = r"[\s\x{feff}\x{a0}]*"
        self._begin = rf"(?i)^{blanks}{blanks.join(map(re.escape, given[0].split()))}{blanks}$" if given else ""
        self._numeric = [names[c.column] for field, c in mapping.fields.items() if field in _NUMERIC]
        self._mapped = list(dict.fromkeys(names[choice.column] for choice in mapping.fields.values()))
        key = mapping.column("ref")
        self._key = None if key is None else names[key]
        prices = [profile.columns[c.column] for field, c in mapping.fields.items() if base(field) in ("price", "list_price")]
        self._priced = bool(prices)
        # No column says in which currency prices are.
        self._open = "currency" not in mapping.fields and not any(column.signs for column in prices)
        self._currency = currency
        self._day = periods.today()
        self._digits = key is not None and profile.columns[key].share(profile.columns[key].digits) >= _CODES_HAVE_DIGITS
        self.codes_have_digits = key is not None and _NEARLY_ALL <= profile.columns[key].share(profile.columns[key].digits) < 1
        """Nearly all references have digits, so that one without is of another kind."""
        taken = {choice.column: field for field, choice in mapping.fields.items()}
        self._begins = [self._key] if self._key else []
        if taken.get(own) not in _TEXTS and names[own] not in self._begins:
            self._begins.append(names[own])

    def set_aside(self, block: Block) -> Block:
        """The block with lines that are no offers among those that are no rows."""
        rows = block.rows
        if not rows.height:
            return block
        reason = self._reasons(rows)
        if reason is None:
            return block
        aside = rows.with_columns(reason=reason).filter(pl.col("reason").is_not_null())
        aside = aside.select("row_no", "reason", text=self._text.str.strip_chars())
        rejected = pl.concat([block.rejected, aside]).sort("row_no")
        return replace(block, rows=rows.filter(reason.is_null()), rejected=rejected)

    def _said_of_prices(self, line: str) -> str:
        """The reason of a remark: whether it says that prices are other ones than they are read as."""
        if (announces := announced(line, self._day)) is not None:
            return f"remark_of_{announces.kind}"
        said = price_currency(line) if self._open else None
        return f"remark_in_{said}" if said not in (None, self._currency) else "remark_row"

    def _reasons(self, rows: pl.DataFrame) -> pl.Series | None:
        found = {
            "header_repeated": self._repeats(rows),
            "other_header": self._heads(rows),
            "total_row": _either(self._sums(rows), self._unlike(rows, begins=True)),
            "remark_row": _either(self._alone(rows), self._unlike(rows, begins=False)),
        }
        masks = {reason: mask for reason, mask in found.items() if mask is not None and mask.any()}
        if not masks:
            return None
        told = pl.coalesce([pl.when(mask).then(pl.lit(reason)) for reason, mask in masks.items()])
        found_reasons = rows.select(told.alias("reason")).to_series()
        if self._priced and "remark_row" in masks:
            at = (found_reasons == "remark_row").arg_true()
            lines = rows.select(self._text.alias("text")).to_series().gather(at)
            found_reasons = found_reasons.scatter(at, [self._said_of_prices(line) for line in lines])
        return found_reasons

    def _repeats(self, rows: pl.DataFrame) -> pl.Series | None:
        """The header once more, as on each page or where files were joined."""
        if not self._header:
            return None
        # Hardly a row begins with the first name: only these are looked at closely.
        likely = rows[self._header[0]].str.contains(self._begin).fill_null(value=False)
        if not likely.any():
            return None
        found = rows.filter(likely)
        same = [_bare(pl.col(name)) == name.lower() for name in self._header]
        at = likely.arg_true()
        return likely.scatter(at, found.select(pl.all_horizontal(same)).to_series().fill_null(value=False))

    def _heads(self, rows: pl.DataFrame) -> pl.Series | None:
        """A row that names other columns: names where numbers or codes stand, and in most other cells, too."""
        judged = list(dict.fromkeys([*self._numeric, *([self._key] if self._key is not None and self._digits else [])]))
        if not judged:
            return None
        # A header has no digits in any of its cells.
        candidates = ~(rows[judged[0]].str.contains("[0-9]").fill_null(value=False))
        if not candidates.any():
            return None
        bare = rows.filter(candidates).select(judged)
        named = pl.Series([False]).new_from_index(0, bare.height)
        for name in judged:
            # `#REF!` is what a spreadsheet shows, and no header.
            words = bare[name].filter(~bare[name].str.contains("[0-9]") & (bare[name] != "")).unique()
            known = [word for word in words if field_of(word) is not None and not is_error(word)]
            named = named | bare[name].is_in(known).fill_null(value=False)
        if not named.any():
            return None
        candidates = candidates.scatter(candidates.arg_true(), named)
        at = candidates.arg_true()
        names = rows.select(self._names)
        heads = [i for i in at.to_list() if _is_header(names.row(i))]
        return candidates.scatter(at, [i in heads for i in at.to_list()]).fill_null(value=False)

    def _sums(self, rows: pl.DataFrame) -> pl.Series | None:
        """A row that sums others up or numbers a page, by its reference or, without one, by its first cell."""
        found = None
        for name in self._begins:
            mask = _sums_up(rows[name])
            if name != self._key and self._key is not None and mask.any():
                mask = mask & (rows[self._key].fill_null("").str.strip_chars() == "")
            found = mask if found is None else found | mask
        return found

    def _unlike(self, rows: pl.DataFrame, *, begins: bool) -> pl.Series | None:
        """Rows whose reference has no digit, as nearly all others have: sums of a part (`begins`), or with no number at all."""
        if not self.codes_have_digits or self._key is None:
            return None
        ref = rows[self._key].fill_null("").str.strip_chars()
        unlike = (ref != "") & ~ref.str.contains("[0-9]")
        if not unlike.any():
            return None
        nothing = ref.str.to_lowercase().str.strip_chars_end(".").is_in(WORDLESS)
        unlike = unlike & ref.str.contains(r"\pL") & ~nothing
        if begins:
            return unlike & ref.str.contains(part_totals())
        numbers = [pl.col(name).str.contains("[0-9]").fill_null(value=False) for name in self._numeric]
        return unlike & ~rows.select(pl.any_horizontal(numbers)).to_series() if numbers else None

    def _alone(self, rows: pl.DataFrame) -> pl.Series | None:
        """One cell in a table of three columns or more, unless it is a code as the others are."""
        if len(self._names) < 3:
            return None
        empty = [(pl.col(name) == "").fill_null(value=True) for name in self._mapped]
        few = rows.select(pl.sum_horizontal(empty) >= len(empty) - 1).to_series()
        if not few.any():
            return None
        cells = [pl.col(name).fill_null("").str.strip_chars() != "" for name in self._names]
        alone = pl.sum_horizontal(cells) == 1
        if self._key is not None:
            code = pl.col(self._key).str.strip_chars()
            is_code = (code != "") & ~code.str.contains(r"\s") & (code.str.contains(r"[0-9]") | pl.lit(not self._digits))
            alone = alone & ~is_code.fill_null(value=False)
        at = few.arg_true()
        return few.scatter(at, rows.filter(few).select(alone).to_series())


def _either(one: pl.Series | None, other: pl.Series | None) -> pl.Series | None:
    return one | other if one is not None and other is not None else one if other is None else other


def _sums_up(cells: pl.Series) -> pl.Series:
    """Cells that say so, or number a page. Hardly one has the beginning of such a word: only these are looked at closely."""
    begins = [*begins_of_totals(), *_PAGES]
    likely = cells.str.contains_any(begins, ascii_case_insensitive=True) | cells.str.contains(r"[^\x00-\x7f]")
    likely = likely.fill_null(value=False)
    if not likely.any():
        return likely
    found = cells.filter(likely)
    return likely.scatter(likely.arg_true(), found.str.contains(totals()) | found.str.contains(_PAGE))


def _bare(cells: pl.Expr) -> pl.Expr:
    return cells.str.replace_all(_EDGE, "").str.replace_all(r"\s+", " ").str.to_lowercase()


def _is_header(row: tuple[str | None, ...]) -> bool:
    cells = [cell.strip() for cell in row if cell and cell.strip()]
    known = sum(field_of(cell) is not None for cell in cells)
    return known >= max(2, 0.5 * len(cells)) and not any(any(c.isdigit() for c in cell) for cell in cells)
