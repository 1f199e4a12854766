"""Lines whose letters are not those of their file: a line of another encoding, a letter cut in half, letters converted twice."""

import re
from collections.abc import Callable

STRAY = "\x03"
"""Behind letters of a line that was read alone: its row is told."""

# A first byte of two that stands alone was cut off; as letters of Windows-1252 these are hardly ever met.
_CUT = re.compile(rb"[\xc2-\xc5\xd0\xd1](?![\x80-\xbf])")
_HIGH_BYTE = re.compile(rb"[\x80-\xff]")
_HIGH = re.compile("[^\x00-\x7f]+")
_LOST = re.compile("\ufffd+")
_TWICE = re.compile("[\u00c2-\u00f4][\u0080-\u00bf\u0152-\u2122]")
# What Windows-1252 has in place of the controls between 0x80 and 0x9f.
_WINDOWS = {bytes([byte]).decode("cp1252", "ignore") or chr(byte): byte for byte in range(0x80, 0xA0)}
_ENOUGH = 3


def read_alone(encoding: str) -> Callable[[bytes], bytes]:
    """What makes lines UTF-8 that are not, each alone: in `encoding` when all its letters are, else without what was cut."""

    def line_of(line: bytes) -> bytes:
        try:
            line.decode()
        except UnicodeDecodeError:
            return _told(_read(line, encoding)).encode()
        return line

    def rewrite(lines: bytes) -> bytes:
        try:
            lines.decode()
        except UnicodeDecodeError:
            return b"\n".join(map(line_of, lines.split(b"\n")))
        return lines

    return rewrite


def _read(line: bytes, encoding: str) -> str:
    partly = line.decode(errors="ignore")
    if not partly.isascii() or (_CUT.search(line) and len(_HIGH_BYTE.findall(line)) == 1):
        # The rest of the line is UTF-8, so that only the letter at fault is lost.
        return line.decode(errors="replace")
    return line.decode(encoding, errors="replace")


def _told(line: str) -> str:
    letters = _LOST if "\ufffd" in line else _HIGH
    return letters.sub(lambda match: match[0] + STRAY, line)


def converted_twice(text: str) -> bool:
    """Whether nearly every letter beyond ASCII shows that UTF-8 was taken for Windows-1252 and converted once more."""
    lines = [line for line in text.split("\n") if not line.isascii()]
    seen = [line for line in lines if _TWICE.search(line)]
    return len(seen) >= _ENOUGH and len(seen) >= 0.9 * len(lines) and sum(once(line) != line for line in seen) >= 0.9 * len(seen)


def once(line: str) -> str:
    """The line with one conversion taken back; as it is where that does not come out."""
    try:
        return bytes(_WINDOWS.get(letter, ord(letter)) for letter in line).decode()
    except ValueError:
        # Other letters than of one byte, or no UTF-8.
        return line


def taken_back(lines: bytes) -> bytes:
    """`once` for whole lines of UTF-8."""
    return b"\n".join(line if line.isascii() else once(line.decode(errors="replace")).encode() for line in lines.split(b"\n"))
