"""What the values of a file's columns look like."""

from dataclasses import dataclass, field
from typing import Literal

from imports_svc.feeds.doubt import Stored

Mark = Literal[".", ","]


@dataclass(frozen=True)
class NumberStyle(Stored):
    """Which mark separates decimals in a column. `ambiguous`: no value of the column decided it; `mixed`: values decided both."""

    decimal: Mark = "."
    ambiguous: bool = False
    mixed: bool = False


@dataclass(frozen=True)
class ColumnProfile(Stored):
    """What all values of one column look like. Counts are of rows; `distinct` is exact up to 1,024, then within 3 %."""

    values: int = 0
    distinct: int = 0
    max_length: int = 0
    total_length: int = 0
    gtin_length: int = 0
    gtin_valid: int = 0
    isbn10: int = 0
    isbn10_padded: int = 0
    short_codes: int = 0
    scientific: int = 0
    leading_zero: int = 0
    integers: int = 0
    decimals: int = 0
    urls: int = 0
    image_urls: int = 0
    currency_codes: int = 0
    codes: int = 0
    texts: int = 0
    # Values with a digit in them.
    digits: int = 0
    # Integers of four digits and more without marks, and numbers that can be read with either mark, by the mark they have.
    thousands: int = 0
    either_point: int = 0
    either_comma: int = 0
    either_examples: tuple[str, ...] = ()
    percents: int = 0
    # Codes of nine, ten and eleven digits, and how many of each pass as a GTIN whose zeros are back.
    nine: int = 0
    nine_valid: int = 0
    ten: int = 0
    ten_valid: int = 0
    eleven: int = 0
    eleven_valid: int = 0
    # Codes of eight digits; those that pass as GTIN-8; those that may be UPC-E only, and pass.
    eight: int = 0
    eight_valid: int = 0
    upc_e: int = 0
    upc_e_valid: int = 0
    # Numbers with a fraction, and those whose fraction is zeros.
    dotted: int = 0
    dotted_zero: int = 0
    # Of values at the beginning, and how many of them are integers: days in digits, values written like one, numbers that
    # spreadsheets keep days as, other values that begin like these, and values that spreadsheets take for dates (`3-1`).
    looked: int = 0
    looked_integers: int = 0
    days: int = 0
    day_shapes: int = 0
    serials: int = 0
    serial_stems: int = 0
    pairs: int = 0
    # Of the same values those that are a day in digits, also eight ones without marks, with or without a time.
    dated: int = 0
    # Values that are days or periods; how many ended before the day the file was looked at, how many begin behind it.
    periods: int = 0
    over: int = 0
    ahead: int = 0
    over_examples: tuple[str, ...] = ()
    ahead_examples: tuple[str, ...] = ()
    # All its values and how many rows have each, where they are short and few, such as units; none where they are more.
    few: tuple[tuple[str, int], ...] = ()
    # Where units are more: those beside which a price may be for several pieces, short ones, and in how many rows contents
    # stand (`500 g`).
    several: tuple[tuple[str, int], ...] = ()
    contents: int = 0
    # Some of its short texts with a word for prices in it.
    spoken: tuple[str, ...] = ()
    # Numbers with a plus or a minus in front.
    plus: int = 0
    minus: int = 0
    # Numbers with a fraction that nobody takes for a thousand, and their sum.
    fractions: int = 0
    fractions_total: float = 0.0
    style: NumberStyle = field(default_factory=NumberStyle)
    # The values that decide the style all say the same.
    settled: bool = False
    # What its cells name beside digits or alone: the codes a sign may stand for ("" for none), and how many cells.
    signs: tuple[tuple[str, int], ...] = ()
    # What stands in front of every code.
    label: str | None = None
    separator: str | None = None
    # What may divide levels of categories, or be a part of their names.
    doubtful_separator: str | None = None
    # What stands between several of its category paths in one cell.
    listed: str | None = None

    @property
    def units(self) -> tuple[tuple[str, int], ...]:
        """Its values where they are few; of units that are more those that may say for how many pieces a price is."""
        return self.few or self.several

    def share(self, count: int) -> float:
        """`count` as a share of the non-empty values, 0 for an empty column."""
        return count / self.values if self.values else 0.0

    @property
    def mean_length(self) -> float:
        """Mean length of the non-empty values in bytes of UTF-8."""
        return self.share(self.total_length)

    @property
    def is_isbn(self) -> bool:
        """Whether the codes shorter than a GTIN are ISBN-10: chance alone makes one in eleven pass."""
        return self.short_codes > 0 and (self.isbn10 + self.isbn10_padded) / self.short_codes >= 0.8

    @property
    def is_dated(self) -> bool:
        """Whether its values are days, nearly all of them: no codes, whatever their check digits say."""
        return self.looked > 0 and self.dated >= 0.9 * self.looked

    @property
    def short_gtins(self) -> frozenset[int]:
        """Lengths of codes that lost their zeros: chance alone makes one in ten pass."""
        lengths = ((9, self.nine, self.nine_valid), (10, self.ten, self.ten_valid), (11, self.eleven, self.eleven_valid))
        proven = [(length, valid) for length, count, valid in lengths if valid and valid >= 0.9 * count]
        passed = sum(valid for _, valid in proven)
        # Of a short list all codes are sound: those of a GTIN's length, those without their zeros, and there are no others.
        alike = passed == sum(count for _, count, _ in lengths) and self.gtin_valid == self.gtin_length
        whole = alike and self.values == self.gtin_length + passed
        enough = 5 if not whole else 2 if self.gtin_length else 3
        return frozenset(length for length, _ in proven) if passed >= enough else frozenset()

    @property
    def has_eight(self) -> bool:
        """Whether eight digits that pass as GTIN-8 are some."""
        return (self.eight_valid + self.upc_e_valid) >= 0.5 * self.eight

    @property
    def has_upc_e(self) -> bool:
        """Whether eight digits that pass as UPC-E only are some."""
        return self.has_eight and self.upc_e_valid >= 0.8 * self.upc_e

    @property
    def is_floats(self) -> bool:
        """Whether its codes are whole numbers that a program wrote with a fraction: `1000.0`, all of them."""
        return 0 < self.values == self.dotted_zero and not self.either_point + self.either_comma

    @property
    def is_dotted(self) -> bool:
        """Whether its codes are written with dots: not all of them end in zeros, as numbers of a spreadsheet do."""
        return self.dotted >= 0.5 * self.values and self.dotted - self.dotted_zero >= 0.1 * self.dotted > 0


@dataclass(frozen=True)
class Profile(Stored):
    """What the rows of a file look like, column by column, over all values; over those at its beginning unless `whole`."""

    rows: int
    rejected: int
    columns: tuple[ColumnProfile, ...]
    whole: bool = True

    @property
    def code_damage(self) -> bool:
        """Whether a spreadsheet rewrote codes as numbers somewhere in the file (scientific notation)."""
        return any(column.scientific for column in self.columns)

    def lost_zeros(self, column: int) -> bool:
        """Whether leading zeros of this column may be put back: codes were damaged and not one zero survived."""
        return self.code_damage and not self.columns[column].leading_zero
