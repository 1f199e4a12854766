"""References and trade item codes as programs and people write them."""

from random import Random

from imports_svc.understanding.draft import Draft
from imports_svc.understanding.kinds.registry import kind
from imports_svc.understanding.tables import Table, check_digit, make

_INVISIBLE = ("\u200b", "\xad", "\ufeff", "\u200e", "\u2060", "\xa0")


def _many(random: Random) -> Table:
    return make(random, rows=random.randrange(25, 60))


def _ean(draft: Draft, number: int) -> str:
    return str(draft.truth[number]["gtin14"]).removeprefix("0")


def _recode(draft: Draft, code: str, number: int) -> None:
    draft.truth[number]["gtin14"] = code.zfill(14)


@kind()
def wrapped_against_spreadsheets(draft: Draft) -> None:
    """`="00120"`."""
    _zeros(draft)
    draft.retype("ref", lambda truth, _: f'="{truth["ref"]}"')
    draft.retype("gtin", lambda _, number: f'="{_ean(draft, number)}"')
    if draft.random.random() < 0.3:
        draft.quoting = "never"
        # Decimal commas need quotes there, or nobody could tell.
        draft.delimiter = ";" if draft.delimiter == "," else draft.delimiter


@kind()
def apostrophes_in_front(draft: Draft) -> None:
    """`'00120`."""
    _zeros(draft)
    draft.retype("ref", lambda truth, _: f"'{truth['ref']}")
    draft.retype("gtin", lambda _, number: f"'{_ean(draft, number)}")


@kind()
def leading_zeros(draft: Draft) -> None:
    """References that begin with zeros stay what they are."""
    _zeros(draft)
    draft.retype("ref", lambda truth, _: str(truth["ref"]))


@kind()
def invisible_in_codes(draft: Draft) -> None:
    """Zero-width blanks, soft hyphens and BOMs around and within codes."""
    for name in ("ref", "gtin"):
        for row in draft.rows:
            if draft.random.random() < 0.4:
                mark, cell = draft.random.choice(_INVISIBLE), row[draft.at(name)]
                place = draft.random.choice((0, len(cell))) if mark == "\xa0" else draft.random.randrange(len(cell) + 1)
                row[draft.at(name)] = cell[:place] + mark + cell[place:]


@kind()
def blanks_around_codes(draft: Draft) -> None:
    """Codes padded to a width, and codes in groups."""
    draft.retype("ref", lambda truth, _: f"{truth['ref']!s:<20}")
    draft.retype("gtin", lambda _, number: f" {_ean(draft, number)} ")


@kind()
def codes_in_groups(draft: Draft) -> None:
    """`4 006381 333931`, or with hyphens."""
    mark = draft.random.choice((" ", "-"))
    draft.retype(
        "gtin", lambda _, number: mark.join((_ean(draft, number)[:1], _ean(draft, number)[1:7], _ean(draft, number)[7:]))
    )


@kind()
def labels_in_front_of_codes(draft: Draft) -> None:
    """`SKU: A-1`, `EAN 4006381333931`."""
    label = draft.random.choice(("EAN: ", "EAN ", "GTIN: ", "EAN13: "))
    draft.retype("gtin", lambda _, number: label + _ean(draft, number))
    if draft.random.random() < 0.5:
        draft.retype("ref", lambda truth, _: f"SKU: {truth['ref']}")


@kind()
def references_like_decimals(draft: Draft) -> None:
    """`90.750` and `90.75` are two articles."""
    for number, truth in enumerate(draft.truth):
        truth["ref"] = f"{number // 3 + 10}.{('75', '750', '7500')[number % 3]}"
    draft.retype("ref", lambda truth, _: str(truth["ref"]))


@kind()
def references_like_dates(draft: Draft) -> None:
    """`3-12` and `05/2020`."""
    slash = draft.random.random() < 0.5
    for number, truth in enumerate(draft.truth):
        truth["ref"] = f"{number % 12 + 1:02d}/{2000 + number}" if slash else f"{number + 1}-{number % 12 + 1}"
    draft.retype("ref", lambda truth, _: str(truth["ref"]))


@kind(doubtful=True, table=_many)
def references_turned_into_dates(draft: Draft) -> None:
    """A spreadsheet made dates of some references such as `3-1`; as a program writes them, the others stay."""
    forms = ("{0}-{1}", "{1}-{0:02d}", "2003-{2:02d}-{0:02d} 00:00:00", "{0:02d}-{3}", "{0:02d}.{2:02d}.2003")
    form = draft.random.choice(forms)
    for number, truth in enumerate(draft.truth):
        truth["ref"] = f"{number // 12 + 1}-{number % 12 + 1}" if number % 4 == 0 else f"{number + 40}-{number % 12 + 1}"
    english = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    german = ("Jan", "Feb", "Mrz", "Apr", "Mai", "Jun", "Jul", "Aug", "Sep", "Okt", "Nov", "Dez")

    def written(ref: str, number: int) -> str:
        day, month = map(int, ref.split("-"))
        return form.format(day, english[month - 1], month, german[month - 1]) if number % 4 == 0 else ref

    draft.retype("ref", lambda truth, number: written(str(truth["ref"]), number))


@kind(table=_many)
def one_damaged_reference(draft: Draft) -> None:
    """A spreadsheet made `1.23E+12` of one reference: that row is known by its GTIN or else rejected; the column stays."""
    chosen = draft.random.randrange(len(draft.rows))
    draft.rows[chosen][draft.at("ref")] = "1.23E+12"
    if draft.random.random() < 0.5:
        draft.truth[chosen]["ref"] = draft.truth[chosen]["gtin14"]
    else:
        draft.rows[chosen][draft.at("gtin")] = ""
        draft.rejected.add(chosen)


@kind(table=_many)
def one_damaged_gtin(draft: Draft) -> None:
    """`4.00638E+12` among others: that article has no GTIN."""
    chosen = draft.random.randrange(len(draft.rows))
    draft.rows[chosen][draft.at("gtin")] = draft.random.choice(("4.00638E+12", "4,00638E+12"))
    draft.truth[chosen]["gtin14"] = None


@kind(table=_many)
def wrong_check_digits(draft: Draft) -> None:
    """A slip in some codes: these are no GTIN."""
    for number in draft.random.sample(range(len(draft.rows)), 3):
        cell = draft.rows[number][draft.at("gtin")]
        draft.rows[number][draft.at("gtin")] = cell[:-1] + str((int(cell[-1]) + 1) % 10)
        draft.truth[number]["gtin14"] = None


@kind(table=_many)
def missing_gtins(draft: Draft) -> None:
    """Not every article has one."""
    for number in range(len(draft.rows)):
        if draft.random.random() < 0.5:
            draft.rows[number][draft.at("gtin")] = ""
            draft.truth[number]["gtin14"] = None


@kind()
def element_strings(draft: Draft) -> None:
    """What a scanner sends: `(01)04006381333931(17)261231`."""
    brackets = draft.random.random() < 0.6
    for number, row in enumerate(draft.rows):
        code = draft.truth[number]["gtin14"]
        row[draft.at("gtin")] = f"(01){code}(17)261231(10)A1" if brackets else f"01{code}17261231"


@kind(doubtful=True)
def several_codes_in_a_cell(draft: Draft) -> None:
    """Two barcodes of one article in a third of the rows: none is taken, and that holds."""
    mark = draft.random.choice((", ", "; ", " / ", " "))
    for number, row in enumerate(draft.rows):
        if number % 3 == 0:
            digits = f"401{draft.random.randrange(10**9):09d}"
            row[draft.at("gtin")] = f"{_ean(draft, number)}{mark}{digits}{check_digit(digits)}"
            draft.truth[number]["gtin14"] = None


@kind()
def isbn_10(draft: Draft) -> None:
    """Books by ISBN-10, with hyphens and X, or without."""
    hyphens = draft.random.random() < 0.5
    for number, row in enumerate(draft.rows):
        digits = f"3{draft.random.randrange(10**8):08d}"
        rest = -sum(int(digit) * (10 - at) for at, digit in enumerate(digits)) % 11
        short = digits + ("X" if rest == 10 else str(rest))
        _recode(draft, f"978{digits}{check_digit('978' + digits)}", number)
        row[draft.at("gtin")] = f"{short[0]}-{short[1:4]}-{short[4:9]}-{short[9]}" if hyphens else short
    draft.header[draft.at("gtin")] = "ISBN"


@kind(table=_many)
def upc_without_its_zero(draft: Draft) -> None:
    """A spreadsheet made numbers of UPC-A."""
    for number, row in enumerate(draft.rows):
        digits = f"0{draft.random.randrange(10_000_000, 100_000_000) * 100 + draft.random.randrange(100):010d}"
        code = digits + check_digit(digits)
        _recode(draft, code, number)
        row[draft.at("gtin")] = code.lstrip("0")
    draft.header[draft.at("gtin")] = "UPC"


@kind()
def upc_and_gtin_14(draft: Draft) -> None:
    """Codes of 8, 12, 13 and 14 digits in one column."""
    for number, row in enumerate(draft.rows):
        form = number % 4
        if form == 0:
            digits = f"7{draft.random.randrange(10**10):010d}"
        elif form == 1:
            digits = f"1400{draft.random.randrange(10**9):09d}"
        elif form == 2:
            digits = f"401{draft.random.randrange(10**4):04d}"
        else:
            continue
        code = digits + check_digit(digits)
        _recode(draft, code, number)
        row[draft.at("gtin")] = code


@kind()
def other_digits_in_codes(draft: Draft) -> None:
    """Full-width letters and digits, Arabic and Persian digits."""
    zero = draft.random.choice((0xFF10, 0x0660, 0x06F0))
    draft.retype("gtin", lambda _, number: "".join(chr(zero + int(digit)) for digit in _ean(draft, number)))


@kind()
def no_reference_but_a_gtin(draft: Draft) -> None:
    """The GTIN is the only code."""
    draft.drop("ref")
    for truth in draft.truth:
        truth["ref"] = truth["gtin14"]


def _zeros(draft: Draft) -> None:
    for number, truth in enumerate(draft.truth):
        truth["ref"] = f"{number * 10 + 120:05d}"
