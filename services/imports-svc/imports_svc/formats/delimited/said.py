"""The encoding of a file where a person said one, for it or for earlier ones of its supplier."""

import codecs
from pathlib import Path
from typing import NamedTuple

from imports_svc.feeds.encodings import Letters, known, shown
from imports_svc.feeds.errors import UnreadableText
from imports_svc.feeds.model import Doubt
from imports_svc.formats.delimited.encoding import STRAYS, find_encoding, misfit
from imports_svc.formats.delimited.fitting import first_read_otherwise, fit
from imports_svc.formats.delimited.rivals import rivals_of

_SHOWN_BYTES = 4
_STEP = 1 << 20
_UNICODE = ("utf-8", "utf-16", "utf-32")
# What says Latin-1 is Windows, as browsers read it.
_WINDOWS = {"iso8859_1": "cp1252"}


class Found(NamedTuple):
    """The encoding a file is read in, and the one a person said, to be remembered: "" for none; rivals of one that was found."""

    encoding: str
    letters: str = ""
    doubts: tuple[Doubt, ...] = ()
    rivals: tuple[str, ...] = ()


def encoding_of(path: Path, letters: Letters, declared: str = "") -> Found:
    """What a person said of this file; else what it declares or he said of earlier ones, where its letters are such; else found.

    A Unicode is always known. Raises UnreadableText, also where what he said can't read the file.
    """
    if letters.said:
        said = _as_said(path, letters.said)
        return Found(said, letters.said, _beside_utf8(path, said))
    found = find_encoding(path)
    if found.startswith(_UNICODE) and not found.startswith(STRAYS):
        return Found(found, letters.earlier)
    earlier = known(letters.earlier) if letters.earlier else None
    own = _WINDOWS.get(known(declared) or "", known(declared))
    if own is not None and not own.startswith(_UNICODE) and misfit(path, own) is None:
        return _declared(path, own, found.removeprefix(STRAYS), earlier)._replace(letters=letters.earlier)
    if earlier is None:
        return Found(found, letters.earlier, rivals=rivals_of(path, found))
    if misfit(path, earlier) is None:
        return Found(earlier, letters.earlier, _beside_found(path, earlier, found.removeprefix(STRAYS)))
    message = (
        f"Earlier files of this supplier are {shown(earlier)}, as a person said. This one can't be: it is read as"
        f" {shown(found.removeprefix(STRAYS))}. Say which encoding it is in (--encoding) if letters beyond ASCII are wrong."
    )
    doubt = Doubt("encoding_other", message, holds=False, encoding=shown(found.removeprefix(STRAYS)))
    return Found(found, letters.earlier, (doubt,))


def _beside_found(path: Path, earlier: str, found: str) -> tuple[Doubt, ...]:
    """That the letters of this file look like another encoding than that of earlier ones; it holds where nobody writes so."""
    fits = fit(path, earlier, found)
    if fits not in ("less", "wrong"):
        return ()
    read, other = first_read_otherwise(path, earlier, found)
    message = (
        f"Earlier files of this supplier are {shown(earlier)}, as a person said, and this one is read so. Its letters look like"
        f" {shown(found)}: {read!r} would be {other!r}. Say --encoding {shown(found)} (encoding={shown(found)}) if that is right,"
        f" --encoding {shown(earlier)} if this is."
    )
    # A yes is no yes to the next encoding.
    return (Doubt("encoding_other", message, examples=(read, other), holds=fits == "wrong", encoding=shown(found)),)


def _beside_utf8(path: Path, own: str) -> tuple[Doubt, ...]:
    """That a file is read as a person said, and its letters are those of UTF-8: no text of other letters is that by chance."""
    if own.startswith(_UNICODE) or misfit(path, "utf-8") is not None:
        return ()
    read, other = first_read_otherwise(path, own, "utf-8", in_utf8=True)
    if not read:
        return ()
    message = (
        f"The file is read as {shown(own)}, as was said, and its letters are those of utf-8: {read!r} would be {other!r}. Say"
        " --encoding utf-8 (encoding=utf-8) if that is right; accept this if it is not."
    )
    return (Doubt("encoding_other", message, examples=(read, other), encoding="utf-8"),)


def _declared(path: Path, declared: str, found: str, earlier: str | None) -> Found:
    """What a file declares, unless what a person said before, or what is found, is surely likelier; that is told."""
    if earlier is not None and misfit(path, earlier) is None:
        fits = fit(path, earlier, declared)
        if fits == "same":
            return Found(earlier)
        taken, left = (earlier, declared) if fits == "likelier" else (declared, earlier)
        said = f"Earlier files of this supplier are {shown(earlier)}, as a person said"
    elif declared != found and fit(path, declared, found) == "wrong":
        taken, left, said = found, declared, "Its letters look otherwise"
    else:
        return Found(declared)
    read, other = first_read_otherwise(path, taken, left)
    message = (
        f"The file says it is {shown(declared)}. {said}. It is read as {shown(taken)}: {read!r} would be"
        f" {other!r} in {shown(left)}. Say which encoding it is in (--encoding) if that is wrong."
    )
    return Found(taken, doubts=(Doubt("encoding_other", message, examples=(read, other), holds=False, encoding=shown(left)),))


def _as_said(path: Path, said: str) -> str:
    encoding = known(said)
    if encoding is None:
        raise UnreadableText(f"There is no encoding {said!r}.")
    with path.open("rb") as source:
        head = source.read(4)
    if encoding == "utf-8" and head.startswith(codecs.BOM_UTF8):
        encoding = "utf-8-sig"
    elif encoding.startswith("utf-16-") and head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    at = misfit(path, encoding)
    if at is None:
        return encoding
    line, text = _around(path, at)
    raise UnreadableText(
        f"The file is not {shown(encoding)}, as was said: line {line:,} has the bytes {text}, which are no letters there. Say"
        " another encoding (--encoding), or none to have it found."
    )


def _around(path: Path, at: int) -> tuple[int, str]:
    """The line of a place in the file, and its bytes as hexadecimal numbers."""
    line, position = 1, 0
    with path.open("rb") as source:
        while position < at and (piece := source.read(min(_STEP, at - position))):
            line += piece.count(b"\n")
            position += len(piece)
        return line, source.read(_SHOWN_BYTES).hex(" ")
