"""What one cell of a table is, as far as telling headers, rows and remarks apart needs it."""

import re

_NUMBER = re.compile(r"^[-+(]?[\d\s.,'’%€$£₪)]*\d[\d\s.,'’%€$£₪)]*(?:[eE][-+]?\d+)?$")
_DATE = re.compile(r"^\d{1,4}[./-]\d{1,2}[./-]\d{1,4}\b")
_LONGEST_NAME = 60
_MACHINE_NAME = re.compile(r"^[a-z0-9]+(?:_[a-z0-9]+)+$|^[a-z]+(?:[A-Z][a-z0-9]+)+$")

_KINDS = frozenset(
    {
        "text", "texte", "texto", "testo", "tekst", "текст", "string", "str", "char", "varchar", "alphanumeric", "alphanum",
        "num", "numeric", "nombre", "number", "zahl", "numero", "int", "integer", "decimal", "float", "double", "date", "datum",
        "boolean", "bool",
    }
)  # fmt: skip


def is_value(cell: str) -> bool:
    """Whether the cell is a number, a date or an address: no header says that."""
    cell = cell.strip()
    return bool(_NUMBER.match(cell) or _DATE.match(cell) or "://" in cell)


def is_name(cell: str) -> bool:
    """Whether the cell may name a column: no value, and no sentence."""
    cell = cell.strip()
    return bool(cell) and not is_value(cell) and len(cell) <= _LONGEST_NAME


def is_machine_name(cell: str) -> bool:
    """Whether the cell is the name a program gives a column: `item_sku`, `itemSku`."""
    return bool(_MACHINE_NAME.match(cell.strip()))


def stripped(row: list[str]) -> list[str]:
    """The row's cells without blanks and byte-order marks around them."""
    return [cell.strip(" \t\r\n\ufeff\x0b\x1a\xa0") for cell in row]


def filled(row: list[str]) -> list[str]:
    """The row's cells that hold something."""
    return [cell for cell in stripped(row) if cell]


def is_kind(cell: str) -> bool:
    """Whether a cell says of which kind values are: `text`, `decimal`."""
    return cell.strip("()[]<> ").casefold() in _KINDS
