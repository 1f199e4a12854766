"""What values alone say of columns that no header names; and the doubt about a file that has no header at all."""

from collections.abc import Iterator

from chassis.currencies import CODES
from imports_svc.feeds.model import ColumnProfile, Doubt, Mapping, Profile, Shape
from imports_svc.mapping.likeness import distinct, present, ref, title
from imports_svc.mapping.ties import Candidate
from imports_svc.vocabulary.parameters import base
from imports_svc.vocabulary.values import CODES_LIKE_WORDS

CURRENCIES = "the values are currencies"
_DISTINCT = 0.94
_LONGEST_CODE = 24
# Codes of one form differ in length by no more.
_UNEVEN = 3
# Whole numbers that are shorter count something.
_COUNTS = 4.5
_WEAK = 0.2
# Fewer of all values are kinds of something.
_TITLES = 0.3
# What a check digit or an address shows is no guess.
_SHOWN = ("gtin", "image_url", "category_separator")


def candidates(profile: Profile, taken: set[int], *, header: bool, known: bool) -> Iterator[Candidate]:
    """The fields that columns beside those `taken` may be; `header`: one names them, and nobody knows the names. `known`: a
    GTIN tells rows apart, so that what may count something is no reference.
    """
    for index, column in enumerate(profile.columns):
        if index in taken:
            continue
        strength = _code(column, profile.rows, header=header)
        if strength > (_WEAK if known else 0.0):
            share = min(ref_share(column, profile.rows), 1.0)
            yield Candidate(strength, "ref", index, f"{share:.0%} of the values are present and distinct, and look like codes")
        worth = title(column, profile.rows)
        if worth > 0.2 and present(column, profile.rows) > 0.5 and distinct(column) > _TITLES:
            yield Candidate(0.2 + 0.4 * worth, "title", index, "the most distinct text of a title's length")
        if (share := _priced(column)) and (column.distinct > 10 or not header):
            yield Candidate(0.3 + 0.1 * share, "price", index, f"{share:.0%} of the values are decimal numbers")
        if column.share(column.image_urls) > 0.5:
            yield Candidate(0.6, "image_url", index, "the values are links to images")
        signed = not header and not column.digits and sum(count for _, count in column.signs) >= 0.95 * column.values > 0
        if signed or are_currencies(column):
            yield Candidate(0.5, "currency", index, CURRENCIES)


def no_header(shape: Shape, profile: Profile, mapping: Mapping, chosen: str) -> Iterator[Doubt]:
    """That columns without names are taken for what their values look like. `chosen`: why a column is that a person named."""
    if shape.header or not shape.columns:
        return
    guessed = {
        field: choice.column
        for field, choice in mapping.fields.items()
        if base(field) not in _SHOWN and choice.why != chosen and choice.column != mapping.column("gtin")
    }
    only_gtin = mapping.column("ref") is not None and mapping.column("ref") == mapping.column("gtin")
    if not guessed and not only_gtin:
        return
    used = {choice.column for choice in mapping.fields.values()}
    others = [name for at, name in enumerate(shape.columns) if at not in used and profile.columns[at].values]
    said = ", ".join(f"{field} is {shape.columns[column]!r}" for field, column in guessed.items())
    rest = f" Not read: {', '.join(others[:20])}{', ...' if others[20:] else ''}." if others else ""
    yield Doubt(
        "no_header",
        "The file has no header line, so its columns are known by their values only:"
        f" {said or 'the GTIN is the reference'}.{rest}"
        " Map FIELD=COLUMN where that is wrong, or accept this: it is remembered for this supplier.",
        examples=tuple(others[:3]),
    )


def are_currencies(column: ColumnProfile) -> bool:
    """Whether all values are codes of currencies, and not only such as are words, too."""
    said = {value for value, _ in column.few}
    return bool(said - CODES_LIKE_WORDS) and said <= CODES


def looks_like_references(column: ColumnProfile, rows: int) -> bool:
    """Whether values are present, distinct and of the form of codes, and count nothing."""
    return _code(column, rows, header=False) > _WEAK


def ref_share(column: ColumnProfile, rows: int) -> float:
    """Share of rows with a value that no other row has."""
    return distinct(column) * present(column, rows)


def _code(column: ColumnProfile, rows: int, *, header: bool) -> float:
    """How surely values are references, 0 for those that are none: present and distinct, and written like codes."""
    if column.is_dated:
        return 0.0
    counted = column.integers >= 0.95 * column.values and column.mean_length < _COUNTS and not column.leading_zero
    if header:
        share = ref(column, rows)
        # Small numbers below a name that nobody knows count something: sizes, pieces, rows.
        return 0.5 * share if share > _DISTINCT and not column.texts and not counted else 0.0
    share = ref_share(column, rows)
    if share <= _DISTINCT or column.urls or column.decimals > 0.05 * column.values or column.digits < 0.95 * column.values:
        return 0.0
    even = column.max_length <= min(column.mean_length + _UNEVEN, _LONGEST_CODE)
    if column.integers >= 0.95 * column.values:
        return (_WEAK if counted else 0.5 if even else 0.4) * share
    coded = column.codes + column.integers >= 0.95 * column.values and column.mean_length <= _LONGEST_CODE
    return (0.6 if coded and not column.texts else 0.58 if coded or even else 0.0) * share


def _priced(column: ColumnProfile) -> float:
    share = column.share(column.decimals)
    return share if share > 0.9 else 0.0
