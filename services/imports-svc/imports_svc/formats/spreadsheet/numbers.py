"""What a person sees in a cell that holds a number: by its value and its number format.

A spreadsheet keeps 9520001000010 as a binary number and shows it by a format such as `0000000000000`. The number is what it says
to 15 digits; codes keep the zeros their format shows, dates become ISO 8601, and an amount names the currency of its format.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, cached_property
from typing import Literal

from imports_svc.vocabulary import values

Kind = Literal["number", "date", "time", "duration", "percent", "text"]

_BUILT_IN = {
    1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00", 12: "# ?/?", 13: "# ??/??",
    14: "yyyy-mm-dd", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 18: "h:mm AM/PM", 19: "h:mm:ss AM/PM", 20: "h:mm", 21: "h:mm:ss",
    22: "yyyy-mm-dd h:mm", 37: "#,##0", 38: "#,##0", 39: "#,##0.00", 40: "#,##0.00", 45: "mm:ss", 46: "[h]:mm:ss", 47: "mm:ss.0",
    48: "##0.0E+0", 49: "@", **dict.fromkeys((*range(27, 37), *range(50, 59)), "yyyy-mm-dd"),
}  # fmt: skip
# A literal in quotes, an escaped character, a padding or filling one, something in brackets, or any other character.
_TOKEN = re.compile(r'"([^"]*)"?|\\(.)|_(.)|\*(.)|\[([^\]]*)\]?|(.)', re.DOTALL)
_SIGNS = "$€£¥₽₴₪₹₺₩₫₦₱฿"
_PLACES = "0#?"
MOST_DIGITS = 15


@dataclass(frozen=True)
class Format:
    """A number format, as far as it decides what a cell says.

    `places`: the digits and marks of the part before the decimal mark where it shows leading zeros (`000-000`), else empty.
    `decimals`: how many are shown, None where as many as there are. `words`: what else is shown beside the number.
    """

    kind: Kind = "number"
    currency: str = ""
    places: str = ""
    decimals: int | None = None
    words: str = ""

    @cached_property
    def is_plain(self) -> bool:
        """Whether digits are shown as they are."""
        return self.kind == "number" and not self.places and not self.words

    @cached_property
    def zeros(self) -> int | None:
        """How many digits are shown at least, as far as nothing else is shown but the currency; None for other formats."""
        if self.kind != "number" or self.words or self.places.strip("0"):
            return None
        return len(self.places)

    @cached_property
    def suffix(self) -> bytes:
        """What is written behind the digits."""
        return f" {self.currency}".encode() if self.currency else b""


GENERAL = Format()


def built_in(number: int) -> str:
    """The format of a number that every workbook knows, "General" for others."""
    return _BUILT_IN.get(number, "General")


@cache
def read_format(code: str) -> Format:
    """A format as spreadsheets write it; what is shown of negative numbers and texts is left aside."""
    if code.strip().casefold() in ("", "general", "standard"):
        return GENERAL
    if code.strip() == "@":
        return Format("text")
    bare, literals, brackets = _parts(code)
    kind = _kind(bare, brackets)
    if kind != "number":
        return Format(kind)
    currency = _currency(bare, literals, brackets)
    words = " ".join(word for text in literals for word in text.split() if word != currency)
    words = words if any(c.isalnum() or c in "%‰¢" for c in words) else ""
    if "general" in bare.casefold():
        return Format("number", currency_code(currency), words=words)
    places, _, after = bare.partition(".")
    whole = places.replace(",", "")
    scientific = "e" in bare.casefold()
    leading = whole.count("0") > 1 and "#" not in whole and not scientific
    decimals = None if scientific or "/" in bare else sum(c in _PLACES for c in after)
    return Format("number", currency_code(currency), _template(code) if leading and not decimals else "", decimals, words)


def _kind(bare: str, brackets: list[str]) -> Kind:
    if any(re.fullmatch("[hms]+", part, re.IGNORECASE) for part in brackets):
        return "duration"
    letters = set(re.sub(r"e[+-]|general", "", bare.casefold().replace("am/pm", "h").replace("a/p", "h")))
    if letters & set("ydhsmeg") and not letters & set("#?"):
        return "date" if letters & set("ydeg") or not letters & set("hs") else "time"
    return "percent" if "%" in bare else "number"


def _currency(bare: str, literals: list[str], brackets: list[str]) -> str:
    """The sign or code that a format shows, "" for none."""
    for part in brackets:
        if part.startswith("$") and (sign := part[1:].partition("-")[0].strip()):
            return sign
    said = [word for text in literals for word in re.split(r"[\s/]+", text) if word]
    for word in (*said, *(c for c in bare if c in _SIGNS)):
        # Of letters alone, only that of the rand is never a unit.
        if values.currencies_of(word) is not None and (len(word) > 1 or not word.isascii() or word in "$R"):
            return word
    return ""


def _parts(code: str) -> tuple[str, list[str], list[str]]:
    """The first section without its literals, these, and what stands in brackets."""
    bare, literals, brackets = "", [], []
    for quoted, escaped, padding, filling, bracket, plain in _TOKEN.findall(code):
        if plain == ";":
            break
        if quoted or escaped:
            literals.append(quoted or escaped)
        elif bracket:
            brackets.append(bracket)
        elif not padding and not filling:
            bare += plain
    return bare, _joined(literals), brackets


def _joined(literals: list[str]) -> list[str]:
    """Single escaped characters (`\\k\\g`) together."""
    if literals and all(len(text) == 1 for text in literals):
        return ["".join(literals)]
    return literals


def currency_code(sign: str) -> str:
    """The ISO 4217 code of a sign, the sign itself where several have it."""
    codes = values.currencies_of(sign) or ()
    return codes[0] if len(codes) == 1 else sign


def _template(code: str) -> str:
    """Digits as `0`, what is shown between, before and behind them as it is: `"ART-"000\\-000` is `ART-000-000`."""
    found = ""
    for quoted, escaped, _padding, _filling, _bracket, plain in _TOKEN.findall(code):
        if plain in (";", "."):
            break
        found += quoted or escaped or (plain if plain in "0-/ " else "")
    return found


def shown(value: float, form: Format, *, epoch_1904: bool = False) -> str:
    """The number as its cell says it: `9.52`, `00120`, `12.5 EUR`, `15%`, `2026-03-01`."""
    if form.kind in ("date", "time", "duration"):
        return _moment(value, form.kind, epoch_1904=epoch_1904)
    if form.kind == "percent":
        return f"{plain(value * 100)}%"
    if form.places and value >= 0 and value == int(value):
        return _placed(str(int(value)), form.places)
    text = plain(_as_seen(value, form))
    return f"{text} {form.currency}" if form.currency else text


def _as_seen(value: float, form: Format) -> float:
    """An amount that was calculated is what is seen of it, as long as that is nearly all of it."""
    if form.decimals is None or form.decimals < 2 or abs(value) < 1:
        return value
    return round(value, form.decimals)


def is_rounded(value: float, form: Format) -> bool:
    """Whether less is seen than the cell holds."""
    return form.kind == "number" and form.decimals is not None and round(value, form.decimals) != float(f"{value:.15g}")


def is_odd(value: float, form: Format) -> bool:
    """Whether the number is noted: it is a date, lost digits, or its format says something that is not read."""
    return form.kind == "date" or bool(form.words and not form.places) or abs(value) >= 10**MOST_DIGITS or is_rounded(value, form)


def plain(value: float) -> str:
    """The number to 15 digits, as spreadsheets show it; one with more is given with an exponent: its last digits are lost."""
    if value == int(value) if abs(value) < 1e300 else False:
        return str(int(value)) if abs(value) < 10**MOST_DIGITS else f"{value:.14E}"
    text = f"{value:.15g}"
    if "e" not in text:
        return text
    return f"{value:.20f}".rstrip("0") if abs(value) < 1 else text


def _placed(digits: str, template: str) -> str:
    """The digits from the right into the places of the template; more digits than places stand before the first."""
    if template == "0" * len(template):
        return digits.zfill(len(template))
    left = list(digits)
    out: list[str] = []
    first = template.index("0")
    for at in range(len(template) - 1, -1, -1):
        if template[at] != "0":
            out.append(template[at])
            continue
        out.append(left.pop() if left else "0")
        if at == first:
            while left:
                out.append(left.pop())
    return "".join(reversed(out))


def _moment(value: float, kind: Kind, *, epoch_1904: bool) -> str:
    if value < 0 or value >= 2_958_466:
        return plain(value)
    if kind == "duration":
        return _clock(timedelta(days=value))
    if kind == "time" and value < 1:
        return _clock(timedelta(days=value))
    # Day 60 of the usual calendar is 29 February 1900, which never was.
    begin = datetime(1904, 1, 1) if epoch_1904 else datetime(1899, 12, 30) if value >= 60 else datetime(1899, 12, 31)
    moment = begin + timedelta(seconds=round(value * 86_400))
    day = f"{moment:%Y-%m-%d}"
    return day if moment.time() == datetime.min.time() else f"{day} {moment:%H:%M:%S}"


def _clock(span: timedelta) -> str:
    seconds = round(span.total_seconds())
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
