"""Rewrites text of an unusual dialect, whole lines at a time, to the one that is read: one-byte delimiter, doubled quotes."""

import re
from collections.abc import Callable

from imports_svc.feeds.model import UNIT
from imports_svc.formats.delimited.encoding import STRAYS
from imports_svc.formats.delimited.strays import read_alone, taken_back

_BOM = b"\xef\xbb\xbf"
_ESCAPED = re.compile(rb'\\(["\\])')


def rewriter(encoding: str, delimiter: str, *, escape: bool, blanks: bool, twice: bool = False) -> Callable[[bytes], bytes]:
    """What makes whole lines of this dialect plain UTF-8. Marks of byte order inside a file of glued parts go, too."""
    steps: list[Callable[[bytes], bytes]] = [_without_marks]
    if encoding.startswith(STRAYS):
        steps.append(read_alone(encoding.removeprefix(STRAYS)))
    if twice:
        steps.append(taken_back)
    if escape:
        steps.append(_unescaped)
    if blanks:
        steps.append(_closed_up(delimiter))
    long = delimiter.encode()
    if len(long) > 1:
        steps.append(lambda lines: lines.replace(long, UNIT.encode()))

    def rewrite(lines: bytes) -> bytes:
        for step in steps:
            lines = step(lines)
        return lines

    return rewrite


def _without_marks(lines: bytes) -> bytes:
    return lines if lines.isascii() else lines.replace(_BOM, b"")


def _unescaped(lines: bytes) -> bytes:
    if b"\\" not in lines:
        return lines
    return _ESCAPED.sub(lambda match: b'""' if match[1] == b'"' else b"\\", lines)


def _closed_up(delimiter: str) -> Callable[[bytes], bytes]:
    """Quotes that stand right beside the delimiter: `, "a" ,` becomes `,"a",`."""
    mark = re.escape(delimiter.encode())
    before = re.compile(rb"(?:^|(?<=" + mark + rb'))[ \t]+(?="(?!")|""(?:' + mark + rb"|$))", re.MULTILINE)
    behind = re.compile(rb'(?<=")[ \t]+(?=' + mark + rb"|$)", re.MULTILINE)
    return lambda lines: behind.sub(b"", before.sub(b"", lines))
