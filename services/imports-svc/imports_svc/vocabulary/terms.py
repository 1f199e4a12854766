"""For how many pieces, and in which part of a currency, something beside a price says it is: `EUR/100 Stk`, `x 1000`, `(Rappen)`.

What is not understood there is told as it stands: a price may be for anything then.
"""

import re
import tomllib
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from imports_svc.vocabulary import values

_DATA = tomllib.loads((Path(__file__).parent / "terms.toml").read_text(encoding="utf-8"))


def _phrases(section: str, key: str = "words") -> frozenset[str]:
    return values.phrases(_DATA[section][key])


HUNDREDS = frozenset(word for word in values.HUNDRED | _phrases("quantities", "hundred") if len(word) > 1)
THOUSANDS = frozenset(word for word in values.THOUSAND | _phrases("quantities", "thousand") if len(word) > 1)
CENTS = values.CENTS | _phrases("cents")
OPEN_CENTS = _phrases("cents", "open")
_GERMAN = _phrases("cents", "german")
# Headers of numbers that prices may be for; of others; words that say nothing beside the first ones.
_FACTORS = _phrases("factors")
_NO_FACTORS = _phrases("factors", "never")
_WITH_FACTORS = frozenset({"quantity", "qty", "unit", "units"})
PRICED = sorted(_DATA["lines"]["priced"].split(", "))
"""How words for prices begin, in small letters."""
# Of lines around a table: words for a discount, what says that it is to be taken off, and when it is not; words for validity.
DISCOUNTS = _phrases("lines", "discounts")
OFF = _phrases("lines", "off")
PAYMENT = _phrases("lines", "payment")
VALID = _phrases("lines", "valid")
STOCKS = _phrases("lines", "stocks")
# Of columns of units: what is sold one by one, and measures.
_SINGLES = _phrases("singles")
SINGLES = _SINGLES | _phrases("singles", "services")
MEASURES = _phrases("singles", "measures") | values.CONTENTS | values.LENGTHS
EACH = (values.PIECES | _phrases("each") | {word for word in _SINGLES if len(word) > 3}) - OPEN_CENTS - {"qty", "par"}
_MANY = (values.PACKS | values.DOZEN) - SINGLES - EACH
HARMLESS = _phrases("harmless") | values.NET | values.GROSS | values.AFTER_DISCOUNT | values.BEFORE_DISCOUNT
_STRONG = _phrases("per", "strong")
_WEAK = _phrases("per", "weak")
_NEVER = _phrases("per", "never")
_OTHER_WORDS = frozenset({"hu", "cen", "hun", "mil", "mila", "mie", "sta", "sto", "ezer"})
_SURE = frozenset({"millar", "millares"})
_COUNTS = frozenset({1, 10, 100, 1_000, 10_000})
_LONGEST_PHRASE = 3
_TOKENS = re.compile(
    r"(?P<open>[(\[{])|(?P<close>[)\]}])|(?P<per>/)|(?P<sign>[%‰])|(?P<number>[0-9]{1,3}(?:[., '][0-9]{3})+(?![0-9])|[0-9]+)"
    r"|(?P<word>[^\W\d_]+(?:['’][^\W\d_]+)?\.?|[^\w\s(\[{)\]}/%‰,;:|.+&*#@'\"=<>~!?-]+)"
)
_SIGNS = {"%": 100, "‰": 1_000}
# `TCHF`
_THOUSANDS_OF = re.compile(r"[TtKk](?:EUR|CHF|USD|GBP|PLN|€|\$|£)")
_IN = frozenset({"in", "en", "w", "v", "i"})
_DAY = re.compile(r"[0-9]{1,4}[./-][0-9]{1,2}[./-][0-9]{1,4}|[0-9]{1,2}\.[0-9]{1,2}\.")


class Terms(NamedTuple):
    """What is said of a price: for how many pieces, whether in hundredths of its currency, and what of it nobody understands."""

    quantity: int = 1
    cents: bool = False
    unknown: str = ""


class _Token(NamedTuple):
    kind: str
    text: str
    at: int


def _tokens(text: str) -> list[_Token]:
    signed = re.sub(r"%\s?o(?!\w)|0/00(?!\d)|o/oo(?!\w)", "‰", text)
    signed = re.sub(r"(?<![\w/])0/0(?!\d)", "%", signed)
    return [_Token(found.lastgroup or "", found[0], found.start()) for found in _TOKENS.finditer(_DAY.sub(" ", signed))]


class _Reading:
    """One text on its way.

    What stands in the open says something only behind a word such as `per`, unless it is `whole` a unit; in a `line` of prose
    what is in brackets says no more than the rest.
    """

    def __init__(self, text: str, *, whole: bool = False, line: bool = False) -> None:
        self.tokens = _tokens(text)
        self.whole, self.line = whole, line
        self.rest: list[str] = []
        self.per = ""
        self.depth = 0
        self.quantity: int | None = None
        self.cents = False
        self.for_many = False
        self.unknown: list[str] = []
        self.german = any(values.plain(token.text) in _GERMAN for token in self.tokens)

    @property
    def matters(self) -> bool:
        return self.whole or (self.depth > 0 and not self.line) or bool(self.per)

    def read(self) -> Terms:
        at = 0
        while at < len(self.tokens):
            at += self._step(at)
        if self.quantity is not None and self.quantity > 1 and not self.for_many:
            # `Preis (100 Stk)` may be one from a hundred on.
            self.unknown.append(f"{self.quantity}")
        if self.cents and self.quantity not in (None, 1):
            self.unknown.append(f"{self.quantity}")
        return Terms(self.quantity or 1, self.cents, " ".join(dict.fromkeys(self.unknown)))

    def _step(self, at: int) -> int:
        """Reads what stands there; how many tokens it is."""
        token = self.tokens[at]
        match token.kind:
            case "open":
                self.depth, self.per = self.depth + 1, ""
            case "close":
                self.depth, self.per = max(0, self.depth - 1), ""
            case "per":
                # `Preise 2025/2026`
                money = at > 0 and values.currencies_of(self.tokens[at - 1].text.rstrip(".")) is not None
                self.per = "/" if money or not self.line else "les"
            case "sign" if self.per or not self.line:
                self._count(_SIGNS[token.text], token.text, sure=bool(self.per))
            case "number":
                self._number(token, at)
            case "word":
                return self._words(at)
        return 1

    def _number(self, token: _Token, at: int) -> None:
        number = int(re.sub(r"\D", "", token.text))
        if not (self.matters and number in _COUNTS):
            self.rest.append(token.text)
        if not self.matters and self.line:
            return
        if not self.matters:
            # `Preis 100 St.`
            following = self.tokens[at + 1] if at + 1 < len(self.tokens) else None
            counted = following is not None and following.kind == "word" and values.plain(following.text) in EACH - {"a"}
            if number in _COUNTS and number > 1 and (counted or (following is not None and following.text in ("s", "er"))):
                self._count(number, token.text, sure=False)
            return
        if number in _COUNTS:
            self._count(number, token.text, sure=bool(self.per))
        elif self.per and not self.line:
            self.unknown.append(token.text)
        if self.per in _WEAK:
            self.per = ""

    def _count(self, number: int, text: str, *, sure: bool) -> None:
        if self.quantity not in (None, 1):
            self.unknown.append(text)
            return
        self.quantity = number
        self.for_many = self.for_many or sure

    def _words(self, at: int) -> int:
        longest = 1
        while longest < _LONGEST_PHRASE and at + longest < len(self.tokens) and self.tokens[at + longest].kind == "word":
            longest += 1
        for length in range(longest, 0, -1):
            typed = " ".join(token.text for token in self.tokens[at : at + length])
            if self._understands(values.plain(typed), typed, at, length):
                return length
        typed = self.tokens[at].text
        if (self.matters and self.per not in _WEAK) or _THOUSANDS_OF.fullmatch(typed):
            self.unknown.append(typed)
        else:
            self.rest.append(typed)
        self.per = "" if self.line or self.per in _WEAK else self.per
        return 1

    def _understands(self, said: str, typed: str, at: int, length: int) -> bool:
        if self._is_per(said, at, length):
            packs = said in _WEAK and values.plain(self.tokens[at + 1].text) in _MANY
            # `prix par colis`: what is no piece is told behind a strong word.
            self.per = "per" if packs else said
            return True
        if said in HUNDREDS | THOUSANDS and (self.per or said not in CENTS | values.NO_VALUE):
            return self._counts(said, typed)
        if said in CENTS:
            self.cents = self.cents or self.per != "/"
            return self.per != "/"
        if said in OPEN_CENTS:
            return self._is_open(said, typed, at, length)
        return self._is_usual(said, typed)

    def _counts(self, said: str, typed: str) -> bool:
        """A word for a hundred or a thousand; some of them are something else, too."""
        if not self.matters and said in _OTHER_WORDS:
            return False
        self.quantity = None if self.quantity == 1 else self.quantity
        self._count(100 if said in HUNDREDS else 1_000, typed, sure=bool(self.per) or said in _SURE)
        return True

    def _is_usual(self, said: str, typed: str) -> bool:
        """A currency, one piece, or what says nothing of a price's unit."""
        if said in values.LENGTHS and self.quantity not in (None, 1):
            # Of a hundred feet, and no forint.
            return False
        each = said in EACH
        plain = said in HARMLESS or (self.per in _STRONG - {"x"} and said in _NEVER)
        if not (each or plain or values.currencies_of(typed.rstrip(".")) is not None):
            return False
        if not each or (not self.per and self.quantity is None):
            self.rest.append(typed)
        self.per = self.per if self.per == "/" and not each else ""
        return True

    def _is_per(self, said: str, at: int, length: int) -> bool:
        following = self.tokens[at + length] if at + length < len(self.tokens) else None
        if following is None or length > 1:
            return False
        numbered = following.kind in {"number", "sign"}
        counted = values.plain(following.text) in HUNDREDS | THOUSANDS
        if said in ("x", "×", "p", "pz", "a", "à"):
            return numbered or (following.kind == "per" and said == "p")
        if said in _STRONG:
            return following.kind in ("number", "sign", "word", "per")
        return said in _WEAK and (numbered or counted or values.plain(following.text) in EACH | _MANY)

    def _is_open(self, said: str, typed: str, at: int, length: int) -> bool:
        """Letters that may be a part of a currency: as the last word, in brackets, or below a price."""
        last = at + length == len(self.tokens) or self.tokens[at + length].kind == "close"
        if self.line:
            last = at > 0 and (values.plain(self.tokens[at - 1].text) in _IN or self.tokens[at - 1].text.casefold() in _GERMAN)
        if said == "rp" and not self.german:
            return True
        if self.matters or (last and said in ("ct", "cts", "p", "c", "rp", "gr", "¢", "kop", "коп")):
            self.unknown.append(typed)
            return True
        return False


@lru_cache(maxsize=4_000)
def beside(header: str) -> Terms:
    """What stands in a header beside the name of its price; other words of it say nothing."""
    return _Reading(values.spaced(header).replace("_", " ")).read()


@lru_cache(maxsize=4_000)
def unit(text: str, header: str = "") -> Terms:
    """What a text says that is nothing but a unit, such as the cell below a header."""
    reading = _Reading(text, whole=True)
    reading.german = reading.german or any(values.plain(word) in _GERMAN for word in header.split())
    return reading.read()


@lru_cache(maxsize=4_000)
def line(text: str) -> Terms:
    """What a line of prose says of prices."""
    return _Reading(text, line=True).read()


@lru_cache(maxsize=4_000)
def without(header: str) -> str:
    """The header without its words for a quantity or a part of a currency."""
    reading = _Reading(values.spaced(header).replace("_", " "))
    reading.read()
    return " ".join(reading.rest)


def is_unit(text: str) -> bool:
    """Whether a text is a currency, a quantity, or one for the other, understood or not: `EUR/100`, `$/dz`, `Cent`."""
    tokens = [token for token in _tokens(text) if token.kind not in ("open", "close")]
    if not tokens or len(tokens) > 6:
        return False
    if not (terms := unit(text)).unknown:
        return terms != Terms() or any(values.currencies_of(token.text.rstrip(".")) is not None for token in tokens)
    first = values.currencies_of(tokens[0].text.rstrip(".")) is not None and len(tokens) > 1
    return first and any(token.kind == "per" or values.plain(token.text) in _STRONG for token in tokens[1:-1])


@cache
def is_factor(header: str) -> bool | None:
    """Whether numbers below a header may be those that prices are for: True where it says so, None where it says nothing else."""
    said = values.words_of(header)
    if not _FACTORS.isdisjoint(said) and _NO_FACTORS.isdisjoint(set(said) - _WITH_FACTORS):
        return True
    return None if _NO_FACTORS.isdisjoint(said) else False
