"""Codes without what people and programs put around them, alike for references, part numbers and trade item codes.

Spreadsheets' wrapping (`="00120"`, `'00120`), quotes, invisible characters, full-width letters, digits of other scripts; for
trade item codes also labels, blanks and hyphens between digits, and the element strings that scanners send.
"""

import re
import unicodedata

import polars as pl

from imports_svc.vocabulary import values

_DIGITS = {chr(code): str(unicodedata.decimal(chr(code))) for code in range(0x80, 0x20000) if chr(code).isdecimal()}
_WIDE = r"[\x{ff01}-\x{ffee}\x{fb00}-\x{fb06}\x{fb13}-\x{fb17}\x{fb50}-\x{fdff}\x{fe70}-\x{fefc}\x{3000}]"
# Composed characters that mean something else when taken apart: 10² is not 102.
_SPECIAL = r"[\x{b2}\x{b3}\x{b9}\x{bc}-\x{be}\x{2070}-\x{209f}\x{2122}\x{2150}-\x{218f}\x{2460}-\x{24ff}]"
_WRAPPED = (
    r'^=\s*"+([^"]*)"+$',
    r"^=\s*([0-9]+)$",
    r'^"+([^"]+)"+$',
    r"^[\x{201c}\x{201e}\x{ab}]([^\x{201c}\x{201d}\x{bb}]+)[\x{201c}\x{201d}\x{bb}]$",
    r"^['\x{2018}\x{2019}`\x{b4}]+(.*?)['\x{2019}]?$",
)
_ELEMENT = (
    r"\(01\)\s*([0-9]{8,14})(?:$|[^0-9])",
    r"^https?://\S+/01/([0-9]{8,14})(?:$|[/?#])",
    # Without brackets: what follows the item must be another identifier.
    r"^\][A-Za-z][0-9]01([0-9]{14})(?:$|\D|1[0-7]|2[0-2]|24|25|3[0-9]|4[0-3]|7[0-9]|8[0-2]|9[0-9])",
    r"^01([0-9]{14})(?:$|\x{1d}|10.|1[1-7][0-9]{6}|20[0-9]{2}|21.|22.|24[0-3].|25[0-5].|30[0-9]|3[1-9][0-9]{2}|37[0-9]|9[0-9].)",
)
SEVERAL = re.compile(
    r"(?<=[0-9]{8})[-–](?=[0-9]{8})|[,;|/&+\n\r\t]+|\s{2,}|\s(?=[0-9]{8,14}(?:\D|$))|\s+(?:and|und|et|y|e|i|и|or|oder|ou)\s+"
)

ANOTHER = (
    r"(?i)[(\[{]\s*(?:alt(?:ernativ)?|old|ex|former(?:ly)?|was|früher|vorher|bisher|ehem(?:als)?|ersetzt|replaces|repl|neu|new|"
    r"ancien|anc|avant|nouveau|antes|viejo|vecchio|gi[aà]|dawniej|star[yá]|oud|voorheen|aka|oder|auch)(?:[.:]|\s)\s*:?\s*\S*[0-9]"
)
"""A reference that names another one in brackets: `TC103 (alt: TC99)`."""

NO_OTHER = (
    r"(?i)[^\W\d]\S*\s*[(\[{]\s*(?:neu|new|nouveau)[.:]?\s+(?:19|20)[0-9]{2}\s*[)\]}]"
    r"|[(\[{]\s*(?:alt|old|neu|new|ancien|nouveau|oud)[.:]?\s+[0-9]{1,4}\s*[^\W\d]{2,}\s*[)\]}]"
)
"""One that says in brackets of which year it is, or how many come together: `TC103 (neu 2026)`, `TC103 (new 12 pack)`."""

FRACTION = r"[.,]0+$"
"""What a program leaves behind a code that it took for a number: `1000.0`."""


def bare(cells: pl.Series) -> pl.Series:
    """Codes without wrapping, quotes around them and invisible characters; null for nothing."""
    text = pl.col("code")
    frame = cells.alias("code").to_frame()
    if cells.str.contains(r"[^\x00-\x7f]").any():
        frame = frame.with_columns(text.str.replace_many(_DIGITS))
        wide = text.str.contains(_WIDE) & ~text.str.contains(_SPECIAL)
        frame = frame.with_columns(pl.when(wide).then(text.str.normalize("NFKC")).otherwise(text))
        frame = frame.with_columns(text.str.replace_all(r"[\p{Cf}\x{fe0f}]", "").str.replace_all(r"[\p{Zs}\p{Zl}\p{Zp}]", " "))
    frame = frame.with_columns(text.str.replace_all(r"\p{Cc}+", " ").str.strip_chars())
    for wrapping in _WRAPPED:
        frame = frame.with_columns(text.str.replace(wrapping, "${1}").str.strip_chars())
    return frame.select(pl.when(text != "").then(text)).to_series()


def undecorated(cells: pl.Series) -> pl.Series:
    """Trade item codes as digits where they are some: also without labels and without blanks and hyphens between digits.

    A code with letters keeps its inner blanks and hyphens: they may be part of it.
    """
    text = pl.col("code")
    elements = (
        cells.alias("code").to_frame().select(pl.coalesce(text.str.extract(pattern, 1) for pattern in _ELEMENT)).to_series()
    )
    frame = bare(cells).alias("code").to_frame().with_columns(element=elements)
    frame = frame.with_columns(text.str.replace(r"^\][A-Za-z][0-9]", "").str.replace(values.LABEL, "").str.strip_chars(" '\";,."))
    frame = frame.with_columns(text.str.replace(r"(?i)^(?:ean|gtin|upc|isbn|jan)(?:-?1[0-4]|-?8|-?a)?\s+([0-9])", "${1}"))
    digits = text.str.replace_all(r"[\s\p{Zs}\p{Pd}\p{Cf}]", "")
    grouped = text.str.contains(r"^[0-9]{1,3}(?:,[0-9]{3}){2,}$")
    cleaned = (
        pl.when(pl.col("element").is_not_null())
        .then("element")
        .when(digits.str.contains(r"^[0-9]+[0-9Xx]$"))
        .then(digits)
        .when(grouped)
        .then(text.str.replace_all(",", ""))
        .otherwise(text)
    )
    return frame.select(pl.when(cleaned != "").then(cleaned)).to_series()


def label_of(cells: pl.Series) -> pl.Series:
    """The label in front of each code, as `values.plain` leaves it, "" for none."""
    found = cells.str.extract(f"({values.LABEL})".replace("((?i)^", "(?i)^("), 1)
    return found.str.strip_chars(" :#=").str.to_lowercase().fill_null("")
