"""What column headers are called, in many languages and scripts, and which currency they name."""

import re
import tomllib
import unicodedata
from functools import cache
from pathlib import Path
from typing import Literal

from chassis.currencies import CODES
from imports_svc.feeds.fields import Field
from imports_svc.vocabulary import another, values

_DATA = tomllib.loads((Path(__file__).parent / "words.toml").read_text(encoding="utf-8"))
_OTHER = frozenset(_DATA["other"]["words"].split())
_KINDS = frozenset(_DATA["kinds"]["words"].split())
_ARTICLES = frozenset(_DATA["articles"]["words"].split())
CODES_OF_HEADERS = CODES - frozenset(_DATA["currencies"]["words"].split())
"""Codes of currencies that name one in a header in small letters, too."""
_SIGNS: dict[str, str] = _DATA["signs"]
SIGNS_LOWER = frozenset(_SIGNS) | {code.lower() for code in CODES}

# A code that is a word, too, is none unless it is written as one: `Price (TRY)`, `Price in TRY`.
_STANDS_OUT = re.compile(r"[(\[]\s*([A-Z]{3})\s*[)\]/]|(?<=\s)(TRY|ANG|AWG|BOB|MUR|SVC)\s*$")

# Letters that hold no mark of their own.
_LETTERS = str.maketrans({"ł": "l", "đ": "d", "ı": "i", "ø": "o", "æ": "ae"})


# Without its sign `Cat. #` is a category.
_NUMBER_SIGN = re.compile(r"(?i)\b(cat|catalog|catalogue|part)\.?\s*#")

_WEAK = 0.85
# Shorter words that are run together may be others.
_JOINED = 6

TIER = frozenset(_DATA["tiers"]["words"].split())
"""Words of headers that make a number a quantity."""
PACKS = frozenset(_DATA["packs"]["words"].split())
"""Words of headers for a pack: a price, a stock or a code below is the pack's."""

PIECES = frozenset(_DATA["packs"]["pieces"].split())
"""Words beside which a pack only says how many come together."""

NO_LOCATION = frozenset(_DATA["locations"]["never"].split())
"""Words that say what else a stock's header may be about."""


@cache
def normalise(header: str) -> str:
    """A header for comparison: case, accents, punctuation, camelCase and currency names removed."""
    numbered = _NUMBER_SIGN.sub(r"\1 no", values.spaced(header))
    plain = "".join(c for c in unicodedata.normalize("NFKD", numbered.casefold()) if not unicodedata.combining(c))
    words = re.findall(r"[^\W_]+", plain.translate(_LETTERS))
    return " ".join(word for word in words if len(words) == 1 or not _is_currency(word))


def _is_currency(word: str) -> bool:
    return word.upper() in CODES_OF_HEADERS or word in _SIGNS or values.is_header_sign(word)


@cache
def _dictionary() -> dict[str, Field]:
    known = {normalise(phrase): name for name, phrases in _DATA["fields"].items() for phrase in phrases.split(",")}
    return dict.fromkeys(phrases_of("ours"), "our_sku") | known


@cache
def _joined() -> dict[str, str]:
    """Phrases by their words run together, without those that two fields have."""
    found: dict[str, set[str]] = {}
    for phrase in _dictionary():
        found.setdefault(phrase.replace(" ", ""), set()).add(phrase)
    return {
        joined: phrases.pop()
        for joined, phrases in found.items()
        if len(joined) >= _JOINED and len({_dictionary()[phrase] for phrase in phrases}) == 1
    }


def phrase_of(text: str) -> str:
    """The phrase of the dictionary that normalised words are, however they are run together: `verkaufs preis`."""
    return text if text in _dictionary() else _joined().get(text.replace(" ", ""), text)


def field_of(header: str) -> Field | None:
    """The field a header names as a whole, None when it is not in the dictionary."""
    return _dictionary().get(phrase_of(normalise(header)))


@cache
def phrases_of(section: str, key: str = "words") -> frozenset[str]:
    return frozenset(normalise(phrase) or phrase.strip() for phrase in _DATA[section][key].split(","))


@cache
def is_ours(header: str) -> bool:
    """Whether a header says of a number that it is ours: the shop's where the shop wrote it, the supplier's where he did."""
    return normalise(header) in phrases_of("ours")


@cache
def is_part_number(header: str) -> bool:
    """Whether a header names a number of parts without saying whose: the maker's, or the supplier's own."""
    return normalise(header) in phrases_of("parts")


@cache
def is_article(header: str) -> bool:
    """Whether a header names the article, and not whether by its number or by its name."""
    return normalise(header) in phrases_of("articles_or_names")


@cache
def is_suppliers(header: str) -> bool:
    """Whether a header is about the supplier, such as his own number of an article."""
    text = normalise(header)
    return any(word.startswith(stem) for word in text.split() for stem in phrases_of("suppliers"))


@cache
def is_unit(text: str) -> bool:
    """Whether a line below the header says this of a column: a unit, a kind of values, whether it is required."""
    bare = text.strip().strip("[]()").casefold()
    if bare in SIGNS_LOWER or (normalise(bare) or bare) in phrases_of("units"):
        return True
    said = normalise(bare).split()
    known = phrases_of("units") | phrases_of("units", "beside") | PACKS | SIGNS_LOWER
    return bool(said) and any(not word.isdecimal() for word in said) and all(word.isdecimal() or word in known for word in said)


@cache
def says_of_amounts(text: str) -> bool:
    """Whether a unit is one of money, tax or packs."""
    said = set(normalise(text).split()) | {text.strip().casefold()}
    return bool(said & (SIGNS_LOWER | PACKS | phrases_of("units", "taxes"))) or any(word.isdecimal() for word in said)


@cache
def age_of(header: str) -> Literal["old", "new"] | None:
    """Whether a header says that a number is one of before, or the one of now."""
    said = set(normalise(header).split())
    if said & phrases_of("ages", "old"):
        return "old"
    return "new" if said & phrases_of("ages", "new") else None


@cache
def are_variants(name: str) -> bool:
    """Whether a list within a record is called that of its variants."""
    return normalise(name) in phrases_of("variants")


@cache
def is_short_price(header: str) -> bool:
    """Whether a header is two letters for a price that may be something else: `PU` is a packing unit, too."""
    return normalise(header) in phrases_of("short")


def are_of_languages(one: str, other: str) -> bool:
    """Whether two headers are the same but for the language they name: `name_de`, `name_fr`."""
    (rest, said), (same, too) = _language_of(one), _language_of(other)
    return bool(said) and bool(too) and said != too and rest == same


def are_levels(one: str, other: str) -> bool:
    """Whether two headers are the same but for their numbers: `Price 1`, `Price 2`."""
    bare, same = (re.sub(r"[0-9]+", "0", header).casefold() for header in (one, other))
    return "0" in bare and bare == same


@cache
def _language_of(header: str) -> tuple[tuple[str, ...], frozenset[str]]:
    """The header's other words, and those that are languages."""
    words = normalise(header).split()
    languages = phrases_of("languages")
    return tuple(word for word in words if word not in languages), frozenset(words) & languages


@cache
def is_quantity(header: str) -> bool:
    """Whether a header says that numbers are quantities, and not of what."""
    return normalise(header) in phrases_of("quantities")


@cache
def is_unit_column(header: str) -> bool:
    """Whether a column says what a row's price and quantity are counted in."""
    return normalise(header) in phrases_of("unit_columns")


@cache
def _totals() -> frozenset[str]:
    return frozenset(" ".join(phrase.split()) for phrase in _DATA["totals"]["words"].split(","))


@cache
def totals() -> str:
    """The pattern of a cell that says a row sums others up: such a word, with numbers and marks around it only."""
    return rf"(?i)^[\W\d]*(?:{_any_total()})(?:[^\w]*|[\s:=(][\W\d]*(?:(?:eur|usd|gbp|chf|pos|stk|pcs)[\W\d]*)?)$"


@cache
def part_totals() -> str:
    """The pattern of a cell that begins with such a word: `Zwischensumme Schrauben`."""
    return rf"(?i)^\W*(?:{_any_total()})(?:\W|$)"


def _any_total() -> str:
    spaced = (r"[\s\-]*".join(map(_with_marks, phrase.split())) for phrase in sorted(_totals(), key=len, reverse=True))
    return "|".join(spaced)


@cache
def begins_of_totals() -> tuple[str, ...]:
    """The first letters of these words: a cell of ASCII with none of them sums nothing up."""
    return tuple(sorted({phrase.split()[0][:3] for phrase in _totals() if phrase.isascii()}))


@cache
def _marked() -> dict[str, str]:
    """Of each letter, those that are it with a mark: `e` with `é`, `ě` and so on."""
    found: dict[str, str] = {"l": "ł", "i": "ı", "d": "đ", "o": "ø"}
    for code in (*range(0xC0, 0x250), *range(0x386, 0x3CF), *range(0x400, 0x460)):
        letter, *marks = list(unicodedata.normalize("NFKD", chr(code).lower()))
        if marks and all(map(unicodedata.combining, marks)):
            found[letter] = found.get(letter, "") + chr(code).lower()
    return found


def _with_marks(word: str) -> str:
    """The pattern of a word without marks, as people write it with them."""
    marked = _marked()
    return "".join(
        f"[{letter}{''.join(sorted(set(marked[letter])))}]" if letter in marked else re.escape(letter) for letter in word
    )


@cache
def _weak() -> dict[str, frozenset[str]]:
    return {name: frozenset(normalise(phrase) for phrase in phrases.split(",")) for name, phrases in _DATA["weak"].items()}


def fields_within(header: str) -> dict[Field, float]:
    """Fields a header speaks of, with the strength of the evidence: 1 for the whole header, less for a part of it."""
    text = phrase_of(normalise(header))
    if exact := _dictionary().get(text):
        return {exact: _WEAK if text in _weak().get(exact, ()) else 1.0}
    words = text.split()
    others = _OTHER.intersection(words)
    found: dict[Field, float] = {}
    for start in range(len(words)):
        for end in range(start + 1, len(words) + 1):
            name = _dictionary().get(phrase_of(" ".join(words[start:end])))
            if name is None or not others.issubset(words[start:end]) or _KINDS.issuperset(words[start:end]):
                continue
            if not another.turns(name, words, start, end):
                found[name] = max(found.get(name, 0.0), 0.4 + 0.3 * (end - start) / len(words))
    if _ARTICLES.intersection(words):
        found.pop("supplier", None)
    return found


@cache
def _price_types() -> dict[str, str]:
    return {normalise(phrase): kind for kind, phrases in _DATA["prices"].items() for phrase in phrases.split(",")}


def price_type(text: str) -> str | None:
    """The type of price a normalised text names as a whole."""
    plain = {"price": "purchase", "list_price": "list"}.get(_dictionary().get(phrase_of(text), ""))
    return _price_types().get(text, _price_types().get(phrase_of(text), plain))


def currency_within(header: str) -> str | None:
    """The one currency a header names, codes in any case included."""
    header = values.without_units(header)
    found: set[str] = {word.upper() for word in re.findall(r"[^\W\d_]+", header)} & CODES_OF_HEADERS
    if not found and (code := _STANDS_OUT.search(header)) and not header.isupper():
        found = {code[1] or code[2]} & CODES
    if len(found) == 1:
        return found.pop()
    signed: tuple[str, ...] = values.header_currencies(header) or ()
    if len(signed) == 1:
        return signed[0]
    return currency_of(header)


def currency_of(text: str) -> str | None:
    """The ISO 4217 code of the one currency a header or value names by code or sign; `$` alone names none."""
    lowered = text.casefold()
    found = {code for sign, code in _SIGNS.items() if re.search(rf"(?<![^\W\d_]){re.escape(sign)}(?![^\W\d_])", lowered)}
    found |= {word for word in re.findall(r"(?<![A-Za-z])[A-Z]{3}(?![A-Za-z])", text) if word in CODES_OF_HEADERS}
    return found.pop() if len(found) == 1 else None
