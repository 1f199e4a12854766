"""What is not sure about a file, as it is kept beside its job."""

from dataclasses import dataclass
from typing import Any, Self

from pydantic import TypeAdapter

DATES = "dates_among_codes"
"""The name of the doubt about codes that a spreadsheet turned into dates, whatever the file's format."""

REPEATED = "repeated_values"
"""The name of the doubt about values that a record has several of: of all of them, or of one column that may hold."""

HIDDEN = "hidden_columns"
"""The name of the doubt that tells which columns of a sheet are hidden; its examples are their names."""

FORMAT_UNIT = "format_unit"
"""The name of the doubt about cells whose format shows a unit that nobody knows beside their number."""

TERMS = "price_terms"
"""The name of the doubt that something around prices says other terms than they are read with."""

NOT_FOUND = "accepted_not_found"
"""That somebody said yes to what is not doubted."""

CODES = frozenset(
    {
        # Where the table is and how it is written.
        "columns_by_blanks", "columns_without_name", "encoding_other", "extra_fields", "letters_converted_twice",
        "letters_unsure", "lines_of_another_encoding", "no_header", "other_files", "second_table", "short_rows",
        # Workbooks.
        DATES, "digits_lost", "error_cells", "format_quantity", FORMAT_UNIT, "format_words", "formula_without_result",
        HIDDEN, "hidden_column_read", "hidden_rows", "merged_bands", "merged_cells", "more_decimals_than_shown", "other_sheets",
        "sheet_choice", "sheet_missing", "sheets_differ", "sheets_together", "sheets_unseen",
        # Trees.
        "deleted_records", "lines_without_record", "price_quantity", "records_by_name", "records_choice", "records_missing",
        "records_together",
        REPEATED, "rows_of_variants", "several_periods", "values_left_out", "xml_encoding",
        # What columns and their values mean.
        "category_levels", "category_of_sheet", "codes_as_numbers", "column_tie", "currency_by_values", "currency_unread",
        "currency_around", "price_remark", TERMS, "currency_whose", "stock_of_order", "ref_old",
        "currency_ambiguous", "currency_assumed", "currency_unknown", "gtin_by_chance",
        "gtin_of_packs", "stock_in_packs",
        "gtin_zeros", "price_discount",
        "our_sku_whose", "price_in_cents", "price_marks", "price_missing", "price_per_unit",
        "price_unit", "price_unit_codes", "price_unit_of_one", "price_unit_unknown", "price_unit_unread", "price_breaks_unread",
        "price_unread", "price_validity", "price_with_tax", "ref_unread", "sale_period", "state_unread", "stock_flag",
        "stock_marks", "stock_relative", "stock_unread", "supplier_unread",
        # What all rows say together.
        "codes_unread", "currency_of_few", "currency_usual", "duplicates_differ", "no_title", "prices_unread", "rows_rejected",
        "gtins_changed", "gtins_shared", "offers_vanished", "our_skus_refused", "own_price", "own_ref", "sku_ties",
        "sku_ties_changed", "sku_ties_ignored", "sku_ties_unread", "stocks_unread", NOT_FOUND,
    }
)  # fmt: skip
"""The code of every doubt there is: what is accepted under another one is a slip of the pen."""


_ADAPTERS: dict[type[Any], TypeAdapter[Any]] = {}


class Stored:
    """A dataclass kept as JSON beside the job and shown to the user."""

    def to_json(self) -> str:
        """The JSON text `from_json` reads back to an equal value."""
        return _adapter(type(self)).dump_json(self).decode()

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """The value `to_json` wrote; raises `pydantic.ValidationError` when it does not fit."""
        read: Self = _adapter(cls).validate_json(text)
        return read


def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    """That of a class, built once: building takes longer than any text."""
    if kind not in _ADAPTERS:
        _ADAPTERS[kind] = TypeAdapter(kind)
    return _ADAPTERS[kind]


@dataclass(frozen=True)
class Doubt(Stored):
    """Something of a file that may mean something else than it is read as.

    `code` is its stable name, `column` the column by its name, or the table that was read of several ("" for the file as a
    whole), `message` says to people what was read, what else it may mean and what to do. `rows`: how many rows it is about, 0
    where that is not known. `examples`: cells as typed. `encoding`: the one that is likelier, or as likely, where it is about
    letters. A doubt that `holds` keeps the job from being applied until somebody accepts it for this supplier: those about a
    whole column of prices, stocks or codes, or about where and what the table is.
    """

    code: str
    message: str
    column: str = ""
    rows: int = 0
    examples: tuple[str, ...] = ()
    holds: bool = True
    encoding: str = ""

    @property
    def name(self) -> str:
        """What a person says yes to: `code`, `code:column`, or `code:encoding` where one of a whole file holds."""
        what = self.column or (self.encoding if self.holds else "")
        return f"{self.code}:{what}" if what else self.code
