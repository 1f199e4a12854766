"""Encodings that a person may say a file is in. The server knows their names, and nothing that reads files."""

import codecs
from typing import NamedTuple

_SHOWN = (
    *("utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32"),
    *("cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258"),
    *("iso-8859-1", "iso-8859-2", "iso-8859-3", "iso-8859-4", "iso-8859-5", "iso-8859-6", "iso-8859-7", "iso-8859-8"),
    *("iso-8859-9", "iso-8859-10", "iso-8859-13", "iso-8859-14", "iso-8859-15", "iso-8859-16"),
    *("mac-roman", "mac-latin2", "mac-cyrillic", "mac-greek", "mac-turkish"),
    *("cp437", "cp737", "cp775", "cp850", "cp852", "cp855", "cp857", "cp862", "cp864", "cp865", "cp866", "cp874"),
    *("koi8-r", "koi8-u", "shift-jis", "cp932", "euc-jp", "gb18030", "gbk", "big5", "euc-kr", "cp949"),
)
# By the name that Python gives to all its spellings (`windows-1250`, `latin2`). Where files are read it is written with `_`.
_KNOWN = {
    codecs.lookup(name).name: name if name.startswith("utf") else name.replace("iso-8859", "iso8859").replace("-", "_")
    for name in _SHOWN
}
KNOWN = _SHOWN
"""The names that are shown to people; every spelling that Python knows of one will do."""


class Letters(NamedTuple):
    """`said`: the encoding a person said for this file, "" for nothing. `earlier`: the one said for earlier ones."""

    said: str = ""
    earlier: str = ""


NOTHING_SAID = Letters()


def known(name: str) -> str | None:
    """The encoding as it is called where files are read; None for one that nobody knows."""
    try:
        return _KNOWN.get(codecs.lookup(name.strip()).name)
    except (LookupError, ValueError):
        # Also a name with a NUL.
        return None


def shown(encoding: str) -> str:
    """The encoding as it is called to people."""
    return next((name for name in _SHOWN if known(name) == encoding), encoding)
