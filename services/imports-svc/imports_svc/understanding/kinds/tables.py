"""Where the table is: what stands above, below and between its rows."""

from collections.abc import Callable
from typing import TypeVar

from imports_svc.understanding.draft import Draft
from imports_svc.understanding.kinds.registry import kind

_Any = TypeVar("_Any")


@kind()
def clean(draft: Draft) -> None:
    """Nothing wrong."""


@kind()
def title_block_padded(draft: Draft) -> None:
    """Titles of the company and the date above the header, with the delimiters a spreadsheet adds."""
    width = len(draft.header)
    for text in _some(draft, draft.table.language.title_block):
        draft.above.append(_at(0, text, width))
        if draft.random.random() < 0.4:
            draft.above.append([""] * width)


@kind()
def title_block_bare(draft: Draft) -> None:
    """The same without delimiters."""
    for text in _some(draft, draft.table.language.title_block):
        draft.above.append(draft.written([text]))
    draft.above.append("")


@kind()
def band_above_the_header(draft: Draft) -> None:
    """Names of groups of columns above the header."""
    width = len(draft.header)
    band = [""] * width
    band[0], band[width // 2] = "Artikel", "Info"
    draft.above.append(band)


@kind()
def units_below_the_header(draft: Draft) -> None:
    """A line of units behind the header."""
    said = {
        "price": draft.random.choice((draft.table.currency, f"[{draft.table.currency}]")),
        "stock": draft.random.choice(("Stk", "pcs", "[pcs]")),
    }
    draft.under.append([said.get(name, "") for name in draft.fields])


@kind()
def names_of_a_marketplace(draft: Draft) -> None:
    """A template with names for people, then for machines, then whether they are required."""
    machine = {
        "ref": "item_sku", "gtin": "external_product_id", "title": "item_name", "brand": "brand_name", "category": "product_type",
        "price": "standard_price", "stock": "quantity", "currency": "currency",
    }  # fmt: skip
    draft.under.append([machine.get(name, "") for name in draft.fields])
    if draft.random.random() < 0.5:
        draft.under.append([draft.random.choice(("Required", "Optional")) for _ in draft.fields])


@kind()
def totals(draft: Draft) -> None:
    """Sums below the table and between its parts."""
    width = len(draft.header)
    word = draft.random.choice(draft.table.language.total)
    line = _at(0, word, width)
    for name in ("price", "stock"):
        if draft.at(name):
            line[draft.at(name)] = "1234" if name == "stock" else draft.rows[0][draft.at("price")]
    draft.below.append(line)
    if draft.random.random() < 0.5:
        draft.between.append((len(draft.rows) // 2, [*line]))


@kind()
def print_lines(draft: Draft) -> None:
    """The number of the page and the date of the print below."""
    width = len(draft.header)
    draft.below.append([""] * width)
    draft.below.append(_at(0, draft.random.choice(("Seite 1 von 3", "Page 1 of 3", "Page 1/3", "1/3 - 30.11.2026 10:12")), width))


@kind()
def remarks_between(draft: Draft) -> None:
    """A sentence in one cell between the rows."""
    width = len(draft.header)
    for text in _some(draft, draft.table.language.remarks):
        draft.between.append((draft.random.randrange(1, len(draft.rows)), _at(0, text, width)))


@kind()
def groups_between(draft: Draft) -> None:
    """The name of a group in a cell of its own in front of its rows."""
    width = len(draft.header)
    for group, _ in _some(draft, draft.table.language.groups):
        draft.between.append((draft.random.randrange(1, len(draft.rows)), _at(draft.random.randrange(width), group, width)))


@kind()
def header_on_every_page(draft: Draft) -> None:
    """The header again in front of every tenth row."""
    step = draft.random.choice((5, 10, 20))
    draft.between.extend((number, [*draft.header]) for number in range(step, len(draft.rows), step))


@kind()
def glued_exports(draft: Draft) -> None:
    """Two exports in one file: a second BOM and header in the middle."""
    middle = len(draft.rows) // 2
    draft.encoding = "utf-8-sig"
    draft.between.append((middle, "\ufeff" + draft.written(draft.header)))


@kind()
def rows_of_delimiters(draft: Draft) -> None:
    """Rows that a spreadsheet kept after their cells were cleared."""
    width = len(draft.header)
    for _ in range(draft.random.randrange(1, 12)):
        draft.between.append((draft.random.randrange(1, len(draft.rows)), draft.delimiter * (width - 1)))
    draft.below.extend([draft.delimiter * (width - 1)] * draft.random.randrange(20))


@kind()
def empty_columns(draft: Draft) -> None:
    """Columns without a name and without a value behind the last, and sometimes in front of the first."""
    blank = [""] * len(draft.rows)
    for _ in range(draft.random.randrange(1, 5)):
        draft.add("", blank)
    if draft.random.random() < 0.3:
        draft.add("", blank, 0)


@kind()
def blank_lines(draft: Draft) -> None:
    """Lines without anything, also in front of the header."""
    draft.above.extend([""] * draft.random.randrange(3))
    draft.between.extend((draft.random.randrange(1, len(draft.rows)), "") for _ in range(draft.random.randrange(1, 8)))


@kind()
def control_z(draft: Draft) -> None:
    """The end of a file as DOS marks it."""
    draft.of_bytes.append(lambda content: content + b"\x1a")


@kind()
def sep_line(draft: Draft) -> None:
    """`sep=;` in front of everything."""
    draft.above.append(f"sep={draft.delimiter}")


@kind()
def row_names_of_r(draft: Draft) -> None:
    """Rows have one field more than the header: their number, as R and pandas write them."""
    named = draft.random.random() < 0.5
    numbers = [str(number) for number in range(1, len(draft.rows) + 1)]
    draft.quoting = "texts"
    if named:
        draft.add("", numbers, 0)
    else:
        for row, number in zip(draft.rows, numbers, strict=True):
            row.insert(0, number)


@kind(doubtful=True)
def two_tables(draft: Draft) -> None:
    """Behind the list another one with other columns, and other articles."""
    draft.below.append("")
    draft.below.append([draft.header[draft.at("ref")], draft.table.headers["stock"], draft.header[draft.at("title")]])
    draft.below.extend([str(truth["ref"]), "7", str(truth["title"])] for truth in draft.truth[:5])


@kind(doubtful=True)
def no_header(draft: Draft) -> None:
    """Rows only: what no value tells apart is not read, and the columns are listed as not used."""
    draft.header = []
    if draft.has("currency"):
        draft.currency = draft.table.currency
    for truth in draft.truth:
        truth["brand"] = truth["category"] = truth["stock"] = None


@kind()
def columns_of_no_use(draft: Draft) -> None:
    """Columns beside those that count: weights, dates, notes, customs numbers."""
    random = draft.random
    more: dict[str, Callable[[], str]] = {
        "Weight kg": lambda: f"{random.randrange(1, 99)}.{random.randrange(100, 999)}",
        "Updated": lambda: f"2026-{random.randrange(1, 13):02d}-{random.randrange(1, 29):02d}",
        "Customs tariff no": lambda: str(random.choice((8467210000, 8205200000, 6911100000))),
        "Country of origin": lambda: random.choice(("DE", "CN", "PL")),
        "Delivery time": lambda: random.choice(("2 days", "1 week", "")),
        "Min order": lambda: str(random.choice((1, 5, 10))),
        "Colour": lambda: random.choice(("red", "blue", "")),
    }
    for header in random.sample(sorted(more), random.randrange(1, 6)):
        draft.add(header, [more[header]() for _ in draft.rows], random.randrange(len(draft.header) + 1))


def _at(place: int, text: str, width: int) -> list[str]:
    return [text if at == place else "" for at in range(width)]


def _some(draft: Draft, of: tuple[_Any, ...]) -> tuple[_Any, ...]:
    return of[: draft.random.randrange(1, len(of) + 1)]
