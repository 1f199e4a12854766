"""Workbooks of every format, and what is odd about the cells and sheets of some."""

from collections.abc import Callable
from decimal import Decimal
from random import Random

from imports_svc.understanding.draft import Draft, typed_price
from imports_svc.understanding.kinds import codes, quantities, tables, texts
from imports_svc.understanding.kinds.registry import kind
from imports_svc.understanding.sheets import Book
from imports_svc.understanding.tables import Table, check_digit, make
from imports_svc.understanding.workbooks import Cell, Sheet

_ALL = ("xlsx", "xlsx", "ods", "xlsb", "xls", "xml_2003")
_WITH_FORMATS = ("xlsx", "xlsx", "xlsb", "xls", "xml_2003")
_PAGES = ("xlsx", "xls", "xlsb", "ods")
# Formats of amounts, and the currency each shows.
_AMOUNTS = {
    '#,##0.00\\ "€"': "EUR", "[$€-2]\\ #,##0.00": "EUR", "[$CHF-807] #,##0.00": "CHF",
    "[$£-809]#,##0.00;[Red]-[$£-809]#,##0.00": "GBP",
    '#,##0.00\\ "zł"': "PLN", "#,##0.00\\ [$Kč-405]": "CZK", "[$USD]\\ #,##0.00": "USD", "#,##0.00\\ [$₽-419]": "RUB",
    '#,##0.00 "Ft"': "HUF", "[$₪-40D] #,##0.00": "ILS", "#,##0.00\\ [$SEK]": "SEK", '"R$" #,##0.00': "BRL",
}  # fmt: skip
_AROUND: tuple[Callable[[Draft], None], ...] = (
    *(tables.title_block_padded, tables.totals, tables.remarks_between, tables.header_on_every_page, tables.groups_between),
    *(tables.units_below_the_header, tables.band_above_the_header, tables.names_of_a_marketplace, tables.print_lines),
    *(tables.rows_of_delimiters, tables.blank_lines),
)
_COLUMNS: tuple[Callable[[Draft], None], ...] = (tables.empty_columns, tables.columns_of_no_use)
_CELLS: tuple[Callable[[Draft], None], ...] = (
    *(codes.missing_gtins, codes.leading_zeros, codes.invisible_in_codes, quantities.stock_in_words, quantities.stock_at_least),
    *(quantities.stock_with_units, texts.words_for_nothing, texts.unknown_as_a_brand, texts.several_categories),
)


def _book(draft: Draft, kinds: tuple[str, ...] = _ALL) -> Book:
    """The draft will be a workbook whose prices and stocks are numbers, and its GTIN in most."""
    book = Book(draft.random.choice(kinds), {"price": "General", "stock": "General"})
    draft.suffix = {"xml_2003": "xls", "html": "xls"}.get(book.kind, book.kind)
    draft.retype("price", lambda truth, _: str(truth["price"]))
    if draft.random.random() < 0.6:
        book.typed["gtin"] = "0000000000000" if book.kind == "ods" else draft.random.choice(("0", "General", "0000000000000"))
    if book.kind != "ods" and draft.random.random() < 0.4:
        book.typed["price"] = draft.random.choice(("0.00", "#,##0.00"))
    draft.writer = book.written
    return book


@kind()
def workbooks(draft: Draft) -> None:
    """The list as XLSX, XLSB, XLS, ODS or Excel's XML."""
    _book(draft)


@kind()
def pages_called_xls(draft: Draft) -> None:
    """A table of HTML, its numbers written as the language does."""
    mark, grouped = draft.table.language.mark, draft.random.random() < 0.5
    _book(draft, ("html",))
    draft.retype("price", lambda truth, _: typed_price(str(truth["price"]), mark, grouped=grouped))


@kind()
def header_in_row_seven(draft: Draft) -> None:
    """Titles over merged cells, an address, a date, and the header below."""
    book, block = _book(draft, _PAGES), draft.table.language.title_block
    width = len(draft.header)
    for number in range(6):
        draft.above.append([block[number % len(block)] if number % 2 == 0 else "", *[""] * (width - 1)])
    if book.kind != "ods":
        book.ranges = [f"A{row}:{chr(64 + width)}{row}" for row in (1, 3, 5)]


@kind()
def numbers_as_texts(draft: Draft) -> None:
    """Prices, stocks and codes typed as texts, prices as the language writes them."""
    book = _book(draft)
    mark, grouped = draft.table.language.mark, draft.random.random() < 0.5
    draft.retype("price", lambda truth, _: typed_price(str(truth["price"]), mark, grouped=grouped))
    book.typed.clear()


@kind()
def some_numbers_as_texts(draft: Draft) -> None:
    """Most prices are numbers, and some texts with the language's mark."""
    _book(draft)
    mark = draft.table.language.mark
    for row, truth in zip(draft.rows, draft.truth, strict=True):
        if draft.random.random() < 0.2:
            row[draft.at("price")] = typed_price(str(truth["price"]), mark)


@kind()
def codes_as_numbers_with_zeros(draft: Draft) -> None:
    """References and UPC whose zeros only a number format shows."""
    book = _book(draft, _WITH_FORMATS)
    for number, (row, truth) in enumerate(zip(draft.rows, draft.truth, strict=True)):
        truth["ref"] = f"{number * 7 + 120:06d}"
        digits = f"0{draft.random.randrange(10**9, 10**10):010d}"
        truth["gtin14"] = (digits + check_digit(digits)).zfill(14)
        row[draft.at("ref")], row[draft.at("gtin")] = str(truth["ref"]), str(truth["gtin14"])[2:]
    book.typed |= {"ref": "000000", "gtin": "000000000000"}


@kind()
def hidden_parts(draft: Draft) -> None:
    """Rows and columns that a filter or a person hid are read like the others."""
    book = _book(draft, _PAGES)
    count = len(draft.rows)
    book.hidden_articles = tuple(draft.random.sample(range(count), draft.random.randrange(1, count)))
    if book.kind != "ods":
        book.hidden_columns = tuple(draft.random.sample(range(1, len(draft.header) + 1), 2))


@kind()
def dates_in_columns_of_their_own(draft: Draft) -> None:
    """Days of either calendar beside the list."""
    book = _book(draft, ("xlsx", "xls"))
    book.epoch_1904 = draft.random.random() < 0.5
    form = draft.random.choice(("dd.mm.yyyy", "m/d/yy", "yyyy-mm-dd", "d-mmm-yy", "dd/mm/yyyy hh:mm"))
    draft.add(draft.random.choice(("Valid from", "Updated", "Gültig ab")), ["" for _ in draft.rows], name="day")
    for number in range(len(draft.rows)):
        # Days of the past, also where they are counted from 1904 on: prices to come are a doubt.
        book.cells[number, "day"] = Cell(44_400 + draft.random.randrange(400), form)


@kind(doubtful=True)
def dates_among_references(draft: Draft) -> None:
    """A spreadsheet made days of references such as 3-1."""
    book = _book(draft, ("xlsx", "xls", "xlsb"))
    for number in range(0, len(draft.rows), 4):
        book.cells[number, "ref"] = Cell(46_000 + number, "d-mmm")


@kind()
def percents(draft: Draft) -> None:
    """The rate of a tax as a percentage."""
    book = _book(draft, _WITH_FORMATS)
    draft.add(draft.random.choice(("VAT", "MwSt", "TVA", "Tax rate")), ["" for _ in draft.rows], name="rate")
    for number in range(len(draft.rows)):
        book.cells[number, "rate"] = Cell(draft.random.choice((0.19, 0.07, 0.2)), draft.random.choice(("0%", "0.0%")))


def _in_a_format(random: Random) -> Table:
    return make(random, currency=random.choice(sorted(set(_AMOUNTS.values()))))


@kind(table=_in_a_format)
def currencies_of_formats(draft: Draft) -> None:
    """Amounts whose currency only their number format says."""
    book = _book(draft, _WITH_FORMATS)
    draft.drop("currency", known=True)
    draft.currency = ""
    book.typed["price"] = draft.random.choice([code for code, currency in _AMOUNTS.items() if currency == draft.table.currency])


@kind()
def currencies_of_cells(draft: Draft) -> None:
    """Two currencies in one column, each told by the format of its cell."""
    book = _book(draft, _WITH_FORMATS)
    draft.drop("currency", known=True)
    draft.currency = ""
    for number, truth in enumerate(draft.truth):
        code, truth["currency"] = draft.random.choice(list(_AMOUNTS.items()))
        book.cells[number, "price"] = Cell(float(str(truth["price"])), code)


@kind()
def other_sheets(draft: Draft) -> None:
    """A cover, terms, and hidden prices of last year beside the list."""
    book = _book(draft, _PAGES)
    language = draft.table.language
    book.before = {"Info": [[language.title_block[0]], None, [language.remarks[0]]]}
    book.behind = {"AGB": [[remark] for remark in language.remarks]}
    if book.kind != "ods":
        book.behind["Old"] = Sheet([list(row) for row in (draft.header, *draft.rows[:3])], hidden=True)


@kind(doubtful=True)
def two_sheets_that_look_like_the_list(draft: Draft) -> None:
    """Nobody knows which of the two is meant, or whether both are."""
    book = _book(draft, _PAGES)
    half = len(draft.rows) // 2
    book.behind = {"Preise 2": [list(row) for row in (draft.header, *draft.rows[half:])]}
    del draft.rows[half:]


@kind()
def errors_in_cells(draft: Draft) -> None:
    """`#N/A` in place of a price, a stock, a code or a brand."""
    book = _book(draft, ("xlsx", "xls"))
    for number, truth in enumerate(draft.truth):
        for name in ("price", "stock", "gtin", "brand"):
            if draft.random.random() < 0.06:
                book.cells[number, name] = Cell(error=draft.random.choice(("#N/A", "#REF!", "#DIV/0!")))
                truth[{"gtin": "gtin14"}.get(name, name)] = None


@kind()
def results_of_formulas(draft: Draft) -> None:
    """Prices and titles that are worked out, with their results."""
    book = _book(draft, ("xlsx",))
    for number, truth in enumerate(draft.truth):
        book.cells[number, "price"] = Cell(float(str(truth["price"])), "0.00", formula=f"Z{number + 2}*1.2")
        if draft.random.random() < 0.3:
            book.cells[number, "title"] = Cell(str(truth["title"]), formula=f'Y{number + 2}&" x"')


@kind(doubtful=True)
def formulas_without_results(draft: Draft) -> None:
    """A program wrote formulas and never worked them out."""
    book = _book(draft, ("xlsx",))
    for number, truth in enumerate(draft.truth):
        book.cells[number, "price"] = Cell(formula=f"Z{number + 2}*1.2")
        truth["price"] = truth["currency"] = None


@kind()
def calculated_amounts(draft: Draft) -> None:
    """`19.989999999999998`, shown as 19.99."""
    book = _book(draft, _WITH_FORMATS)
    for number, truth in enumerate(draft.truth):
        amount = float(str(truth["price"]))
        book.cells[number, "price"] = Cell(amount * (1 + 2**-52), "0.00")


@kind()
def lying_dimensions(draft: Draft) -> None:
    """A sheet that says to have a million rows, or one cell; texts within cells; elements with a prefix."""
    book = _book(draft, ("xlsx",))
    book.dimension = draft.random.choice(("A1:XFD1048576", "A1", "A1:B2", "C3:D1000"))
    book.extra = {"inline": draft.random.random() < 0.5, "prefix": draft.random.choice(("", "x"))}


@kind()
def merged_categories(draft: Draft) -> None:
    """One cell says the category or the brand of all rows beside it."""
    book = _book(draft, ("xlsx", "xls"))
    name = draft.random.choice(("category", "brand"))
    order = sorted(range(len(draft.rows)), key=lambda number: str(draft.truth[number][name]))
    draft.rows, draft.truth = [draft.rows[number] for number in order], [draft.truth[number] for number in order]
    book.merged = (name,)


@kind()
def lines_in_headers(draft: Draft) -> None:
    """Names of columns broken into lines, as narrow columns have them."""
    _book(draft, _PAGES)
    draft.header = [name.replace(" ", "\n", 1) for name in draft.header]


@kind()
def around_the_table_of_a_sheet(draft: Draft) -> None:
    """Titles, totals, remarks, groups, blank rows, headers again: two of them."""
    book = _book(draft)
    if draft.random.random() < 0.3:
        draft.random.choice(_COLUMNS)(draft)
    for dirty in draft.random.sample(_AROUND, 2):
        dirty(draft)
    if draft.random.random() < 0.2:
        book.typed.pop("gtin", None)


@kind()
def troubles_in_the_cells_of_a_sheet(draft: Draft) -> None:
    """Words among stocks, missing codes, words for nothing, several categories."""
    _book(draft)
    draft.random.choice(_CELLS)(draft)


@kind()
def prices_with_more_digits(draft: Draft) -> None:
    """Prices of screws: `0.0125`, shown with two or four decimals."""
    book = _book(draft, _WITH_FORMATS)
    for number, truth in enumerate(draft.truth):
        amount = Decimal(draft.random.randrange(1, 9_999)) / 10_000
        truth["price"] = f"{amount.normalize():f}"
        book.cells[number, "price"] = Cell(float(amount), draft.random.choice(("0.0000", "General")))
