"""What cells say in words and signs: currencies, nothing, stock, units, tax, labels of codes."""

import re
import tomllib
import unicodedata
from functools import cache
from html import unescape
from html.entities import html5
from pathlib import Path

from chassis.currencies import CODES

_DATA = tomllib.loads((Path(__file__).parent / "values.toml").read_text(encoding="utf-8"))
_HEADERS = tomllib.loads((Path(__file__).parent / "words.toml").read_text(encoding="utf-8"))
# Codes of currencies that are words, too: in small letters they name no currency.
CODES_LIKE_WORDS = frozenset(_HEADERS["currencies"]["words"].split() + _HEADERS["currencies"]["alone"].split())


# Of capitals and small letters, and one word.
_ONE_WORD = re.compile(r"(?P<before>[^\W\d_])?(?P<word>MwSt|eBay|iPhone|kWh|GmbH)(?![^\W\d_])")


@cache
def spaced(header: str) -> str:
    """A header with a blank where camelCase begins a word: `prixVenteHT`, `EANCode`, `ценаЗакупки`."""
    whole = _ONE_WORD.sub(lambda found: f"{f'{before} ' if (before := found['before']) else ''}{found['word'].lower()}", header)
    return "".join(f" {letter}" if letter.isupper() and _begins(whole, at) else letter for at, letter in enumerate(whole))


def _begins(text: str, at: int) -> bool:
    """Whether a capital begins a word: behind a small letter, or as the last one of several before small letters."""
    if at == 0 or not text[at - 1].isalpha():
        return False
    behind = text[at + 1 : at + 3]
    return text[at - 1].islower() or (text[at - 1].isupper() and len(behind) > 1 and behind.isalpha() and behind.islower())


@cache
def plain(text: str) -> str:
    """Words for comparison: small letters without accents, dots, stars and outer marks, one blank between."""
    lowered = unicodedata.normalize("NFKD", text.strip().casefold().replace("ß", "ss"))
    # Accents of letters only: what stands on Arabic and Japanese ones makes other letters of them.
    bare = "".join(c for c in lowered if not "\u0300" <= c <= "\u036f" and unicodedata.category(c) != "Cf")
    bare = (
        unicodedata.normalize("NFC", bare)
        .replace("ł", "l")
        .replace("đ", "d")
        .replace("ı", "i")
        .replace("״", '"')
        .replace("’", "'")
    )
    return " ".join(re.sub(r"[.*:]", " ", bare).split())


def phrases(text: str) -> frozenset[str]:
    """The phrases of a list, as `plain` leaves them."""
    return frozenset(plain(phrase) for phrase in text.split(",") if phrase.strip())


def _signs() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for signs, codes in _DATA["signs"].items():
        for sign in map(plain, signs.split(",")):
            # One writing for two is a sign for both.
            found[sign] = tuple(dict.fromkeys((*found.get(sign, ()), *(code for code in codes.split() if code in CODES))))
    return found


SIGNS = _signs()
"""Currency signs and words to the codes they may stand for; none for currencies without a code."""
DOLLARS = SIGNS["$"]
USUAL = {SIGNS["$"]: "USD", SIGNS["руб"]: "RUB"}
"""Signs of several currencies of which one is meant nearly always: it is taken, and that is said of the column."""


@cache
def currencies_of(text: str) -> tuple[str, ...] | None:
    """The codes that a sign, a word or a code alone may stand for; () for a currency without a code, None for no currency."""
    stripped = text.strip()
    upper = stripped.upper()
    if upper in CODES and (stripped == upper or upper not in CODES_LIKE_WORDS):
        return (upper,)
    found = SIGNS.get(plain(text))
    if found is None and (word := plain(text).strip("()[]- ")) != plain(text):
        found = SIGNS.get(word)
    if found is None and len(stripped) == 1 and unicodedata.category(stripped) == "Sc":
        return ()
    return found


# Nothing in any column; nothing where it is no name; nothing as a brand; said, because it may be a name; nothing as a code.
NOTHING = phrases(_DATA["nothing"]["sure"])
NO_VALUE = NOTHING | phrases(_DATA["nothing"]["words"])
NO_BRAND = NO_VALUE | phrases(_DATA["nothing"]["brands"])
DOUBTFUL = phrases(_DATA["nothing"]["doubtful"])
NO_CODE = NO_VALUE | phrases(_DATA["nothing"]["codes"])

OUT_OF_STOCK = phrases(_DATA["stock"]["none"])
IN_STOCK = phrases(_DATA["stock"]["available"])
LATER = phrases(_DATA["stock"]["later"])
AT_LEAST = phrases(_DATA["stock"]["least"])
ABOUT = phrases(_DATA["stock"]["about"])

PIECES = phrases(_DATA["pieces"]["words"])
THERE = phrases(_DATA["pieces"]["there"])
PER = phrases(_DATA["pieces"]["per"])
HUNDRED = phrases(_DATA["pieces"]["hundred"])
THOUSAND = phrases(_DATA["pieces"]["thousand"])
DOZEN = phrases(_DATA["pieces"]["dozen"])
GROSSES = phrases(_DATA["pieces"]["gross"])
LENGTHS = phrases(_DATA["pieces"]["lengths"])
PACKS = phrases(_DATA["pieces"]["packs"])
OF = phrases(_DATA["pieces"]["of"])
CONTENTS = phrases(_DATA["pieces"]["contents"])

NET = phrases(_DATA["net"]["words"])
GROSS = phrases(_DATA["gross"]["words"])
LABELS = phrases(_DATA["labels"]["words"])
_LABEL = "|".join(sorted((re.escape(label.strip()) for label in _DATA["labels"]["words"].split(",")), key=len, reverse=True))
LABEL = rf"(?i)^(?:{_LABEL})\.?\s*[:#=]\s*"
"""A label in front of a code."""


def decoded(text: str) -> str:
    """Text with its HTML entities as characters; only entities that are written in full, however often they were encoded."""
    for _ in range(3):
        found = re.sub(r"&(#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});", _character, text)
        if found == text:
            return found
        text = found
    return text


def _character(entity: re.Match[str]) -> str:
    name = entity[1]
    if name.startswith("#"):
        return unescape(entity[0])
    for known in (name, name.lower() if name.isupper() else name):
        if f"{known};" in html5:
            return html5[f"{known};"]
    return entity[0]


_HEADER_SIGNS = phrases(_DATA["headers"]["signs"])
_UNLESS = {word: phrases(said) for word, said in _DATA["unless"].items()}


def is_header_sign(word: str) -> bool:
    """Whether a word of a header is the sign of a currency, or of several."""
    # `fr` alone is a language or a country.
    return plain(word) in _HEADER_SIGNS or word == "Fr."


@cache
def without_units(text: str) -> str:
    """A header or a line without those of its words that are a unit beside the others, and no currency."""
    text = re.sub(r"(?<!\w)cad\.", " ", text)
    said = re.findall(r"[^\W\d_]+", text.casefold())
    units = [word for word, others in _UNLESS.items() if word in said and not others.isdisjoint(said)]
    return re.sub(rf"(?i)(?<![^\W\d_])(?:{'|'.join(units)})\b\.?", " ", text) if units else text


@cache
def header_currencies(header: str) -> tuple[str, ...] | None:
    """The codes that a sign in a header may stand for; None when it names none, or signs that do not agree."""
    found: list[tuple[str, ...]] = []
    for word in re.findall(r"[^\s()\[\]{}/,;:_|-]+", without_units(header)):
        signed = any(unicodedata.category(c) == "Sc" for c in word)
        codes = currencies_of(word) if signed or is_header_sign(word) else None
        if codes is None and signed:
            # `Price€`
            codes = currencies_of(re.sub(r"[^\W\d_]{3,}", "", word))
        if codes is not None:
            found.append(codes)
    return found[0] if found and all(codes == found[0] for codes in found) else None


ERRORS = phrases(_DATA["errors"]["words"])


_ALIKE = "aàáâãäåąă cçćč eèéêëęěē iìíîïıī lłľĺ nñńň oòóôõöøőō rř sśšşș uùúûüůűū yýÿ zźżž dďđ tťț αά εέ ηή ιίϊ οό υύϋ ωώ"
ACCENTED = {accented: letters[0] for letters in _ALIKE.split() for accented in letters[1:]}
"""Letters with accents, small ones, to those without: words for nothing are written with any."""


def _wordless(*lists: str) -> frozenset[str]:
    written = {phrase.strip().casefold() for text in lists for phrase in text.split(",") if phrase.strip()}
    accents = {ord(letter): bare for letter, bare in ACCENTED.items()}
    bare = {phrase.translate(accents).rstrip(".") for phrase in written | {plain(phrase) for phrase in written}}
    return frozenset(bare - {""})


WORDLESS = _wordless(*_DATA["nothing"].values(), _DATA["errors"]["words"])
"""What may mean nothing, in small letters without accents and last dots: words for nothing, and errors of spreadsheets."""


def is_error(text: str) -> bool:
    """Whether a cell is what a spreadsheet shows in place of a value."""
    return plain(text) in ERRORS or re.fullmatch("#{3,}", text.strip()) is not None


def is_marks(text: str) -> bool:
    """Whether a cell holds nothing but marks."""
    return not any(c.isalnum() for c in text) and re.fullmatch(r"[-\u2010-\u2015\u2212_.*/\\?·•…~\s]+", text) is not None


@cache
def is_nothing(text: str) -> bool:
    """Whether a cell says nothing whatever its column is."""
    return is_marks(text) or is_error(text) or plain(text) in NOTHING


DISCOUNTS = phrases(_DATA["discounts"]["words"])
NO_DISCOUNT = phrases(_DATA["discounts"]["never"])
PAID = phrases(_DATA["discounts"]["paid"])
AFTER_DISCOUNT = phrases(_DATA["discounts"]["after"])
BEFORE_DISCOUNT = phrases(_DATA["discounts"]["before"])
CENTS = phrases(_DATA["cents"]["words"])
IS_THERE = phrases(_DATA["available"]["words"])


def words_of(header: str) -> list[str]:
    """The words of a header, for comparison."""
    return re.findall(r"[^\W_]+", plain(spaced(header).replace("_", " ")))
