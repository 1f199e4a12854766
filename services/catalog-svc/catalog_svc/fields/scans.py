"""What scanners, books and labels show of a GTIN: GS1 element strings, GS1 links, ISBN-10, the words before a number."""

import re

from biip.checksums import gs1_standard_check_digit

ISBN_10_LENGTH = 10
# "EAN: 4006...", "ISBN-13 978...".
_LABEL = re.compile(r"^\s*(?:GTIN|EAN|UPC|ISBN|JAN)(?:[-\s]?(?:8|10|12|13|14))?\s*[:#.]?\s*(?=[\dX(])", re.IGNORECASE)
# What a scanner sends before the data says which symbol it read; FNC1 comes as a control character.
_SYMBOLOGY = re.compile(r"^\](?:[CeQd]\d|E[0-4])")
_ELEMENT = re.compile(r"^\(01\)\s*(\d{14})(?!\d)")
# Without brackets a batch or an expiry may follow at once; alone it has sixteen digits, which is no GTIN of its own.
_BARE_ELEMENT = re.compile(r"^01(\d{14})(?:\D.*|(?:1[0-7]|2[01]|3[0-9]).*)?$", re.DOTALL)
_LINK = re.compile(r"^https?://[^\s?#]+/01/(\d{8,14})(?:[/?#].*)?$", re.IGNORECASE)


def unwrapped(code: str) -> str:
    """The digits of the GTIN that a scanned text carries; a text that carries none comes back without its label."""
    text = _SYMBOLOGY.sub("", code.strip()).strip("\x1d")
    compact = text.replace(" ", "")
    for pattern in (_ELEMENT, _BARE_ELEMENT, _LINK):
        if (match := pattern.match(compact)) and (pattern is not _BARE_ELEMENT or _checks(match[1])):
            return match[1]
    return _LABEL.sub("", text)


def of_isbn_10(code: str) -> str:
    """The 13 digits of an ISBN-10 whose check digit is right; empty for anything else."""
    if len(code) != ISBN_10_LENGTH or not (code.isascii() and code[:-1].isdigit() and code[-1].upper() in "0123456789X"):
        return ""
    digits = [*(int(digit) for digit in code[:-1]), 10 if code[-1].upper() == "X" else int(code[-1])]
    if sum(weight * digit for weight, digit in zip(range(10, 0, -1), digits, strict=True)) % 11:
        return ""
    body = "978" + code[:-1]
    return body + str(gs1_standard_check_digit(body))


def _checks(gtin: str) -> bool:
    return gs1_standard_check_digit(gtin[:-1]) == int(gtin[-1])
