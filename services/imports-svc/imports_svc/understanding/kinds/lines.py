"""Lines, quotes and delimiters."""

from imports_svc.understanding.draft import Draft
from imports_svc.understanding.kinds.registry import kind


@kind()
def line_feeds_in_cells(draft: Draft) -> None:
    """Rows end with CRLF, and LF stands in cells, quoted or not."""
    draft.line_end, draft.quoting = "\r\n", draft.random.choice(("needed", "all"))
    _broken(draft, "\n", 0.3)


@kind()
def line_ends_in_quoted_cells(draft: Draft) -> None:
    """The same line end in cells as behind rows."""
    draft.quoting = draft.random.choice(("needed", "all"))
    _broken(draft, draft.line_end, 0.3)


@kind()
def unquoted_line_feeds(draft: Draft) -> None:
    """Rows end with CRLF, and a lone LF stands in cells without quotes."""
    draft.line_end, draft.quoting = "\r\n", "never"
    draft.delimiter = "\t"
    _broken(draft, "\n", 0.2)


@kind()
def carriage_returns(draft: Draft) -> None:
    """Lines of an old Macintosh."""
    draft.line_end = "\r"


@kind()
def mixed_line_ends(draft: Draft) -> None:
    """Parts of the file were written by another program."""
    first = draft.random.randrange(1, 4)

    def mix(lines: list[str]) -> list[str]:
        return [line + ("\r\n" if at >= first and (at + first) % 3 else "\n") for at, line in enumerate(lines)]

    draft.of_lines.append(mix)


@kind()
def vertical_tabs_in_cells(draft: Draft) -> None:
    """FileMaker writes line breaks of a cell as vertical tabs."""
    draft.delimiter, draft.quoting = "\t", "never"
    _broken(draft, "\x0b", 0.3)


@kind()
def blanks_before_quotes(draft: Draft) -> None:
    """`1, "Hammer, large", 2`."""
    draft.delimiter, draft.quoting = draft.random.choice((",", ";")), draft.random.choice(("all", "texts"))
    draft.before_quote = " "
    _delimiters_in_titles(draft)


@kind()
def single_quotes(draft: Draft) -> None:
    """Apostrophes around fields."""
    draft.quote, draft.quoting, draft.delimiter = "'", "all", draft.random.choice((",", ";"))
    _delimiters_in_titles(draft)


@kind()
def backslash_before_quotes(draft: Draft) -> None:
    """Quotes inside of quotes are escaped by a backslash, as MySQL does."""
    draft.backslash, draft.quoting, draft.delimiter = True, "all", draft.random.choice((",", ";"))
    _inches(draft, 0.4)
    _delimiters_in_titles(draft)


@kind()
def doubled_quotes(draft: Draft) -> None:
    """Inch marks in quoted fields, doubled as they should be."""
    draft.quoting = draft.random.choice(("needed", "all"))
    _inches(draft, 0.4)


@kind()
def bare_inch_marks(draft: Draft) -> None:
    """Inch marks in a file that quotes nothing."""
    draft.quoting, draft.delimiter = "never", draft.random.choice(("\t", ";", "|"))
    _inches(draft, 0.3)


@kind()
def delimiters_in_cells(draft: Draft) -> None:
    """The delimiter within quoted titles."""
    draft.quoting = draft.random.choice(("needed", "all"))
    _delimiters_in_titles(draft)


@kind(doubtful=True)
def delimiters_in_bare_cells(draft: Draft) -> None:
    """The delimiter within titles that are not quoted: nobody knows where the title ends."""
    draft.quoting, draft.delimiter = "never", ";"
    _delimiters_in_titles(draft)


@kind(doubtful=True)
def decimal_commas_in_a_comma_file(draft: Draft) -> None:
    """`12,50` between commas and without quotes: every row has one field more than the header."""
    draft.delimiter, draft.quoting = ",", "never"
    draft.retype("price", lambda truth, _: f"{float(str(truth['price'])):.2f}".replace(".", ","))


@kind()
def long_delimiters(draft: Draft) -> None:
    """Delimiters of two and more characters."""
    draft.delimiter, draft.quoting = draft.random.choice(("||", "|~|", "::", "~|~", "##", "@@", ";;")), "never"


@kind()
def rare_delimiters(draft: Draft) -> None:
    """Delimiters of one character that are not met often."""
    draft.delimiter, draft.quoting = draft.random.choice(("~", "^", "\x1f", "\x01", "#")), "never"


@kind()
def short_rows(draft: Draft) -> None:
    """A spreadsheet leaves out delimiters behind the last filled cell."""
    last = draft.fields[-1]
    if last in ("ref", "title"):
        return
    if last == "currency":
        # A row without its own has the one the person says.
        draft.currency = draft.table.currency
    for number, (row, truth) in enumerate(zip(draft.rows, draft.truth, strict=True)):
        # One alone may be a row cut short by accident, and is rejected.
        if number < 3 or draft.random.random() < 0.3:
            del row[-1]
            if last != "currency":
                truth[{"gtin": "gtin14"}.get(last, last)] = None


@kind(doubtful=True)
def cells_missing_within(draft: Draft) -> None:
    """Some rows lack a cell that is none of their last: those behind it stand one column too far left."""
    random = draft.random
    if random.random() < 0.5:
        # Numbers beside numbers.
        for header in ("Min order", "Pallet", "Layer"):
            draft.add(header, [str(random.choice((1, 5, 10, 12))) for _ in draft.rows])
    share = random.choice((0.0, 0.05, 0.3))
    for number, row in enumerate(draft.rows):
        if number in (2, 5) or random.random() < share:
            del row[random.randrange(1, len(row) - 1)]


@kind()
def delimiter_behind_every_line(draft: Draft) -> None:
    """Each line ends with the delimiter, with or without the header."""
    delimiter, header = draft.delimiter, draft.random.random() < 0.5
    draft.of_lines.append(lambda lines: [line + (delimiter if at or header else "") for at, line in enumerate(lines)])


@kind()
def no_line_end_at_the_end(draft: Draft) -> None:
    """The last line does not end."""
    draft.of_bytes.append(lambda content: content.rstrip(b"\r\n"))


def _broken(draft: Draft, line_end: str, share: float) -> None:
    """Some titles over two lines; the catalogue holds them on one."""
    column = draft.at("title")
    for row in draft.rows:
        if draft.random.random() < share and " " in row[column]:
            row[column] = row[column].replace(" ", line_end, 1)


def _inches(draft: Draft, share: float) -> None:
    column = draft.at("title")
    for row, truth in zip(draft.rows, draft.truth, strict=True):
        if draft.random.random() < share:
            size = draft.random.choice(('5" disk', '1/2" pipe', '19"', '"Pro" line', '3.5" bay', 'Ø 6"'))
            row[column] = truth["title"] = f"{row[column]} {size}"


def _delimiters_in_titles(draft: Draft) -> None:
    column = draft.at("title")
    for row, truth in zip(draft.rows, draft.truth, strict=True):
        if draft.random.random() < 0.3:
            word = draft.random.choice(("large", "red", "long"))
            row[column] = truth["title"] = f"{row[column]}{draft.delimiter.strip()} {word}"
