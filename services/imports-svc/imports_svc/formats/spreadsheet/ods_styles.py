"""How ODS says what a number looks like: cell styles name number styles, which may stand on their parents."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from imports_svc.formats.spreadsheet.numbers import GENERAL, Format, currency_code
from imports_svc.formats.xml import Tags, fed, local, new_parser


@dataclass
class _NumberStyle:
    digits: int = 1
    decimals: int | None = None
    grouped: bool = False
    currency: str = ""
    words: list[str] = field(default_factory=list)


class Styles:
    """The number formats of a workbook by the name of the cell's style."""

    def __init__(self) -> None:
        self._data: dict[str, str] = {}
        self._parents: dict[str, str] = {}
        self._numbers: dict[str, _NumberStyle] = {}
        self._formats: dict[str, Format] = {}

    def read(self, text: Iterable[bytes], others: Tags, what: str) -> None:
        """Take the styles of a part, and hand other elements on by their local names."""
        parser = new_parser()
        style: _NumberStyle | None = None
        said: list[str] = []

        def start(name: str, given: dict[str, str]) -> None:
            nonlocal style
            kind = local(name)
            if kind in others:
                others[kind](given)
            if kind == "style":
                own = given.get("style:name", "")
                self._data[own] = given.get("style:data-style-name", "")
                self._parents[own] = given.get("style:parent-style-name", "")
            elif kind in ("number-style", "currency-style"):
                style = self._numbers[given.get("style:name", "")] = _NumberStyle()
            elif style is not None:
                _take(style, kind, given)
                if kind in ("currency-symbol", "text"):
                    said.clear()
                    parser.CharacterDataHandler = said.append

        def end(name: str) -> None:
            nonlocal style
            kind = local(name)
            if kind in ("number-style", "currency-style"):
                style = None
            elif style is not None and kind in ("currency-symbol", "text"):
                parser.CharacterDataHandler = None
                if kind == "currency-symbol":
                    style.currency = "".join(said).strip()
                else:
                    style.words.append("".join(said).strip())

        parser.StartElementHandler, parser.EndElementHandler = start, end
        for _ in fed(parser, text, what):
            pass

    def format(self, style: str) -> Format:
        """The format of cells of this style."""
        if style not in self._formats:
            self._formats[style] = self._found(style)
        return self._formats[style]

    def _found(self, style: str) -> Format:
        for _ in range(10):
            if data := self._data.get(style):
                break
            style = self._parents.get(style, "")
        else:
            return GENERAL
        number = self._numbers.get(data)
        if number is None:
            return GENERAL
        words = " ".join(word for word in number.words if any(c.isalnum() for c in word))
        places = "0" * number.digits if number.digits > 1 and not number.grouped and not number.decimals else ""
        return Format("number", currency_code(number.currency), places, number.decimals, words)


def _take(style: _NumberStyle, kind: str, given: dict[str, str]) -> None:
    if kind == "number":
        digits = given.get("number:min-integer-digits", "1")
        style.digits = min(int(digits), 30) if digits.isdigit() else 1
        decimals = given.get("number:decimal-places", "")
        style.decimals = int(decimals) if decimals.isdigit() else None
        style.grouped = given.get("number:grouping") == "true"
