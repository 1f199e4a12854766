"""Several kinds at once, as real files have them: one of the cells, one around the table, one of the lines."""

from imports_svc.understanding.draft import Draft
from imports_svc.understanding.kinds import codes, currencies, letters, lines, prices, quantities, tables, texts
from imports_svc.understanding.kinds.registry import kind

_PRICES = (
    prices.thousands,
    prices.prices_with_notes,
    prices.negative_prices,
    prices.prices_in_words,
    currencies.codes_of_currencies,
)
_STOCKS = (
    *(quantities.stock_in_words, quantities.stock_at_least, quantities.stock_at_most, quantities.stock_with_units),
    *(quantities.negative_stock, quantities.y_and_n),
)
_CODES = (codes.leading_zeros, codes.missing_gtins, codes.blanks_around_codes, codes.upc_and_gtin_14, codes.invisible_in_codes)
_TEXTS = (
    texts.unknown_as_a_brand,
    letters.invisible_in_titles,
    letters.odd_blanks,
    lines.delimiters_in_cells,
    lines.doubled_quotes,
)
_AROUND = (
    *(tables.title_block_padded, tables.title_block_bare, tables.totals, tables.remarks_between, tables.header_on_every_page),
    *(
        tables.rows_of_delimiters,
        tables.blank_lines,
        tables.empty_columns,
        tables.columns_of_no_use,
        tables.units_below_the_header,
    ),
)
# Lines around the table are written for the columns that there are.
_FIRST = (tables.empty_columns, tables.columns_of_no_use)
_LINES = (lines.mixed_line_ends, lines.no_line_end_at_the_end, lines.carriage_returns, tables.control_z, tables.clean)


@kind()
def several_troubles_in_the_cells(draft: Draft) -> None:
    """Prices, stocks and codes, each with a trouble of its own."""
    for some in (_PRICES, _STOCKS, _CODES):
        draft.random.choice(some)(draft)


@kind()
def several_troubles_around_the_table(draft: Draft) -> None:
    """Two things around the table, and lines that end oddly."""
    for dirty in sorted(draft.random.sample(_AROUND, 2), key=lambda one: one not in _FIRST):
        dirty(draft)
    draft.random.choice(_LINES)(draft)


@kind()
def several_troubles_everywhere(draft: Draft) -> None:
    """One of each."""
    for some in (_PRICES, _STOCKS, _CODES, _TEXTS, _AROUND, _LINES):
        draft.random.choice(some)(draft)
