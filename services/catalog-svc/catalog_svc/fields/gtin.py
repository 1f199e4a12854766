"""GTINs are kept zero-padded to 14 digits; people type them as they are printed."""

import re
from contextlib import suppress

from biip import ParseError
from biip.gtin import Gtin
from biip.upc import Upc

from catalog_svc.fields.errors import InvalidGtin
from catalog_svc.fields.scans import of_isbn_10, unwrapped

PRINTED_LENGTHS = (8, 12, 13, 14)
UPC_E_LENGTHS = (6, 7, 8)
# GTIN-12 and 13 that a spreadsheet took for numbers.
WITHOUT_ZEROS = (9, 10, 11)
END_LENGTHS = (6, 7, 8)

_MARKS = re.compile("[- \u00a0\u2010\u2011\u2013]")


def check_gtin(gtin: str, field: str) -> None:
    """Raise InvalidGtin, naming `field`, unless `gtin` is empty or its check digit is right (GS1 General Specifications 7.9)."""
    try:
        valid = not gtin or (int(gtin) > 0 and bool(Gtin.parse(gtin)))
    except ParseError:
        valid = False
    if not valid:
        raise InvalidGtin(gtin, field)


def candidates(code: str) -> list[str]:
    """The 14 digits that a typed or scanned code may stand for.

    Eight digits may be a GTIN-8 or a shortened UPC-E, ten an ISBN; zeros in front that got lost are put back where the check
    digit says so.
    """
    digits = _MARKS.sub("", unwrapped(code))
    isbn = of_isbn_10(digits)
    found = [isbn.zfill(14)] if isbn else []
    if not (digits.isascii() and digits.isdigit()):
        return found
    if len(digits) in PRINTED_LENGTHS or (len(digits) in WITHOUT_ZEROS and _checks(digits)):
        found.append(digits.zfill(14))
    if len(digits) in UPC_E_LENGTHS:
        with suppress(ParseError):
            found.append(Upc.parse(digits).as_upc_a().zfill(14))
    return found


def of_end(code: str) -> tuple[int, int] | None:
    """Between which numbers the last eight digits of a GTIN, read from the end, are when it ends with `code`; None for others.

    People read six to eight digits off a label.
    """
    digits = _MARKS.sub("", code)
    if not (digits.isascii() and digits.isdigit() and len(digits) in END_LENGTHS):
        return None
    room = 10 ** (max(END_LENGTHS) - len(digits))
    first = int(digits[::-1]) * room
    return first, first + room - 1


def of_beginning(code: str) -> list[str]:
    """What the 14 digits may begin with when the printed code begins with these."""
    digits = code.replace("-", "")
    if not (digits.isascii() and digits.isdigit()):
        return []
    return ["0" * (max(PRINTED_LENGTHS) - length) + digits for length in PRINTED_LENGTHS if len(digits) < length]


def _checks(digits: str) -> bool:
    try:
        return bool(Gtin.parse(digits.zfill(14)))
    except ParseError:
        return False
