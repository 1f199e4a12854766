"""GTINs are kept zero-padded to 14 digits; people type them as they are printed."""

from contextlib import suppress

from biip import ParseError
from biip.gtin import Gtin
from biip.upc import Upc

from catalog_svc.products.errors import InvalidGtin

PRINTED_LENGTHS = (8, 12, 13, 14)
UPC_E_LENGTHS = (6, 7, 8)


def check_gtin(gtin: str, field: str) -> None:
    """Raise InvalidGtin, naming `field`, unless `gtin` is empty or its check digit is right (GS1 General Specifications 7.9)."""
    try:
        valid = not gtin or (int(gtin) > 0 and bool(Gtin.parse(gtin)))
    except ParseError:
        valid = False
    if not valid:
        raise InvalidGtin(gtin, field)


def candidates(code: str) -> list[str]:
    """The 14 digits a typed code may stand for; eight digits may be a GTIN-8 or a shortened UPC-E."""
    digits = code.replace(" ", "").replace("-", "")
    if not (digits.isascii() and digits.isdigit()):
        return []
    found = [digits.zfill(14)] if len(digits) in PRINTED_LENGTHS else []
    if len(digits) in UPC_E_LENGTHS:
        with suppress(ParseError):
            found.append(Upc.parse(digits).as_upc_a().zfill(14))
    return found


def of_beginning(code: str) -> list[str]:
    """What the 14 digits may begin with when the printed code begins with these."""
    digits = code.replace("-", "")
    if not (digits.isascii() and digits.isdigit()):
        return []
    return ["0" * (max(PRINTED_LENGTHS) - length) + digits for length in PRINTED_LENGTHS if len(digits) < length]
