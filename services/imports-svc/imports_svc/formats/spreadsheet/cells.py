"""What the cells of an XLSX sheet say, by their type and style."""

import math
from collections.abc import Callable, Sequence

from imports_svc.feeds.errors import FileDamaged
from imports_svc.formats.converted import cell
from imports_svc.formats.spreadsheet.numbers import GENERAL, MOST_DIGITS, Format, is_odd, shown
from imports_svc.formats.spreadsheet.shared_texts import SharedTexts, unescaped
from imports_svc.formats.spreadsheet.workbook import Notes

_MOST_KEPT = 50_000


class Numbers:
    """Numbers by style as people see them; what was seen before is not worked out again."""

    def __init__(self, formats: Sequence[Format], notes: Notes, *, epoch_1904: bool) -> None:
        self._formats = formats
        self._notes = notes
        self._epoch_1904 = epoch_1904
        self._kept: dict[tuple[int, bytes], tuple[bytes, bool]] = {}
        # By style as a file writes it: digits at least, and what stands behind them, for whole numbers shown as they are.
        self.whole: dict[bytes, tuple[int, bytes]] = {
            str(style).encode(): (form.zeros, form.suffix) for style, form in enumerate(formats) if form.zeros is not None
        }
        if b"0" in self.whole:
            self.whole[b""] = self.whole[b"0"]

    def seen(self, style: int, text: bytes, where: Callable[[], str]) -> bytes:
        """The cell of a number written `text` in a file."""
        form = self._formats[style] if 0 <= style < len(self._formats) else GENERAL
        if form.is_plain and len(text) <= MOST_DIGITS + 1:
            whole, _, decimals = text.partition(b".")
            if (
                whole.isdigit()
                and (not decimals or (decimals.isdigit() and decimals[-1:] != b"0"))
                and (form.decimals is None or form.decimals >= len(decimals))
            ):
                # Nothing is hidden and nothing added: as it stands, and as most are.
                return text + form.suffix
        found = self._kept.get((style, text))
        if found is None:
            if len(self._kept) > _MOST_KEPT:
                self._kept.clear()
            found = self._kept[(style, text)] = self._worked_out(form, text)
        if found[1]:
            self._notes.number(float(text), form, where())
        return found[0]

    def _worked_out(self, form: Format, text: bytes) -> tuple[bytes, bool]:
        try:
            value = float(text)
        except ValueError:
            return cell(text), False
        if not math.isfinite(value):
            return b"", False
        return shown(value, form, epoch_1904=self._epoch_1904).encode(), is_odd(value, form)


class Cells:
    """The cells of one sheet."""

    def __init__(self, texts: SharedTexts, formats: Sequence[Format], notes: Notes, *, epoch_1904: bool) -> None:
        self.texts = texts
        self.notes = notes
        self.numbers = Numbers(formats, notes, epoch_1904=epoch_1904)

    def value(self, kind: str, style: int, text: str, where: Callable[[], str]) -> bytes:
        """A cell of a type (`s`, `n`, `b`, `e`, `d`, `str`, `inlineStr`) whose value is written `text`. Raises FileDamaged."""
        if kind == "s":
            return self._shared(text, where)
        if kind == "n":
            return self.numbers.seen(style, text.strip().encode(), where)
        if kind == "b":
            return b"TRUE" if text.strip() in ("1", "true") else b"FALSE"
        if kind == "e":
            self.notes.note("error_cells", f"{where()} {text}")
            return b""
        if kind == "d":
            return cell(text.replace("T", " ").removesuffix(" 00:00:00"))
        return cell(unescaped(text))

    def _shared(self, text: str, where: Callable[[], str]) -> bytes:
        try:
            return self.texts[int(text)]
        except (ValueError, IndexError):
            raise FileDamaged(
                f"The cell {where()} refers to a text that the workbook does not hold: it is damaged. Save it again."
            ) from None
