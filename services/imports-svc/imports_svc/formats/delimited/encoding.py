"""Finds the encoding of a file from all of its bytes: strict UTF-8 first, then a judged guess that must decode everything."""

import codecs
import re
from collections.abc import Iterator
from pathlib import Path

import charset_normalizer

from imports_svc.feeds.errors import UnreadableText
from imports_svc.formats.delimited.letters import EUROPEAN, european, words_of
from imports_svc.formats.delimited.scripts import by_script
from imports_svc.vocabulary.words import field_of

STRAYS = "utf-8+"
"""Before the name of an encoding: the file is UTF-8, but some lines are not, and are read in that one."""

_STEP = 1 << 20
# A file with one other line among so many of UTF-8 is UTF-8: text of other encodings hardly ever passes as it.
_STRAY_SHARE = 2
_EVIDENCE = 1 << 17
_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
MULTI_BYTE = ("shift_jis", "cp932", "euc_jp", "gb18030", "big5", "euc_kr", "cp949")
_SINGLE_BYTE = (
    "cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "koi8_r", "koi8_u",
    "iso8859_2", "iso8859_5", "iso8859_7", "iso8859_8", "iso8859_9", "cp866", "cp852", "cp850",
)  # fmt: skip
_JAPANESE = ("cp932", "shift_jis", "euc_jp")
_SOME_KANA = 0.1
# Of one alphabet, so that chance leaves out no part of it.
_ENOUGH_LETTERS, _MANY_LETTERS = 40, 8
_NOT_EAST_ASIAN = re.compile(
    "[^\x00-\x7f\u3000-\u30ff\u4e00-\u9fff\uac00-\ud7a3\uff01-\uff60\u2010-\u2122\u00d7\u00f7\u00b7\u00b0\u00b1\u00b4\u00a8\u00a7\u00b6\u2460-\u2473]"
)
_CELL = re.compile(rb"[;,\t|]")
_HEADER_LINES = 20
_LIKELY = 5
# Within a word.
_SIGN_WITHIN = re.compile(b"(?<=[A-Za-z])[" + re.escape("€“”…°®™«»½±•".encode("cp1252")) + b"](?=[A-Za-z])")
_HIGH_LINE = re.compile(rb"[^\n]*[\x80-\xff][^\n]*\n?")


def find_encoding(path: Path) -> str:
    """The Python codec name that decodes every byte of the file. Raises UnreadableText, also for NUL bytes within 8-bit text."""
    with path.open("rb") as source:
        head = source.read(_STEP)
    for bom, name in _BOMS:
        if head.startswith(bom):
            _must_decode(path, name)
            return name
    wide = _wide_without_bom(head)
    if wide is not None:
        _must_decode(path, wide)
        return wide
    if misfit(path, "utf-8") is None:
        return "utf-8"
    evidence, strangers = evidence_of(path)
    if strangers * _STRAY_SHARE <= _utf8_lines(path, strangers * _STRAY_SHARE):
        return STRAYS + _like_the_rest(path, evidence)
    for name in _candidates(evidence):
        if misfit(path, name) is None:
            return name
    raise UnreadableText("The text is in no known encoding. Export it as UTF-8.")


def _like_the_rest(path: Path, strays: bytes) -> str:
    """The encoding in which lines that are no UTF-8 have the letters of those that are; of equals, the likeliest by itself."""
    known: set[str] = set()
    seen = 0
    for line in _high_lines(path):
        if _is_utf8(line):
            known.update(line.decode())
            seen += len(line)
        if seen > _EVIDENCE:
            break

    def shared(name: str) -> float:
        try:
            text = strays.decode(name)
        except UnicodeDecodeError:
            return -1.0
        letters = [letter for letter in text if not letter.isascii()]
        return sum(letter in known for letter in letters) / len(letters) if letters else 0.0

    return max(dict.fromkeys([*european(strays)[:1], "cp1252", *_SINGLE_BYTE]), key=shared)


def _wide_without_bom(head: bytes) -> str | None:
    """UTF-16 shows as NUL in one half of the bytes: in European text nearly all, in any text the line ends and digits."""
    sample = head[: len(head) // 2 * 2]
    pairs = len(sample) // 2
    if pairs < 2:
        return None
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if odd > 0.2 * pairs and even < 0.02 * odd:
        return "utf-16-le"
    if even > 0.2 * pairs and odd < 0.02 * even:
        return "utf-16-be"
    return None


def _must_decode(path: Path, name: str) -> None:
    if (offset := misfit(path, name)) is not None:
        raise UnreadableText(f"The file says it is {name} but near byte {offset} it is not. Export it again as UTF-8.")


def misfit(path: Path, name: str) -> int | None:
    """Decodes the whole file: None when every byte fits, else where about the first is that does not. Raises UnreadableText."""
    decoder = codecs.getincrementaldecoder(name)(errors="strict")
    narrow = not name.startswith(("utf-16", "utf-32"))
    offset = 0
    for piece in _pieces(path):
        if narrow and (at := piece.find(0)) >= 0:
            raise UnreadableText(
                f"The file holds a NUL byte at offset {offset + at}: it is no text or was damaged. Send it again."
            )
        # Bytes of a letter that ended within the piece before.
        held = len(decoder.getstate()[0])
        try:
            decoder.decode(piece)
        except UnicodeError as error:
            return max(offset + getattr(error, "start", 0) - held, 0)
        offset += len(piece)
    try:
        decoder.decode(b"", final=True)
    except UnicodeError:
        return offset
    return None


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as source:
        while piece := source.read(_STEP):
            yield piece


def evidence_of(path: Path) -> tuple[bytes, int]:
    """Lines that hold bytes above ASCII, from the whole file, and how many: only they tell encodings apart.

    Lines of UTF-8 in a file that is not are strangers there: they say nothing about the others.
    """
    found = bytearray()
    count = 0
    for line in _high_lines(path):
        if _is_utf8(line):
            continue
        count += 1
        found += line[:2_000]
        if len(found) >= _EVIDENCE:
            break
    return bytes(found), count


def utf8_lines(path: Path) -> bytes:
    """Lines with letters beyond ASCII, the first of them."""
    found = bytearray()
    for line in _high_lines(path):
        found += line[:2_000]
        if len(found) >= _EVIDENCE:
            break
    return bytes(found)


def _utf8_lines(path: Path, enough: int) -> int:
    """How many lines are UTF-8 and no ASCII; counting ends at `enough`."""
    count = 0
    for line in _high_lines(path):
        count += _is_utf8(line)
        if count >= enough:
            break
    return count


def _high_lines(path: Path) -> Iterator[bytes]:
    """Lines with bytes above ASCII; one that lies across two pieces is left out."""
    for piece in _pieces(path):
        for match in _HIGH_LINE.finditer(piece):
            if (match.start() and match.end() < len(piece)) or len(piece) < _STEP:
                yield match.group()


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def utf8_read_as(encoding: str) -> str | None:
    """The pattern of text that is UTF-8 read in a single-byte encoding (`cafÃ©`); None for encodings of other kinds."""
    if encoding not in (*_SINGLE_BYTE, *EUROPEAN, "iso8859_1"):
        return None

    def any_of(first: int, last: int) -> str:
        text = bytes(range(first, last + 1)).decode(encoding, errors="ignore")
        return "[" + "".join(f"\\x{{{ord(c):x}}}" for c in text) + "]"

    tail = any_of(0x80, 0xBF)
    strange = f"(?:{any_of(0xC2, 0xDF)}{tail}|{any_of(0xE0, 0xEF)}{tail}{tail})"
    return f"^[\\x00-\\x7f]*{strange}(?:[\\x00-\\x7f]|{strange})*$"


def _candidates(evidence: bytes) -> list[str]:
    """Encodings to try, best first. Latin-1 decodes any byte, so it ends the list."""
    if _is_turkish(evidence):
        return ["cp1254", "iso8859_9"]
    if _is_western(evidence) or _is_icelandic(evidence):
        return _by_names(["cp1252", *european(evidence)[:_LIKELY], "iso8859_1"], evidence)
    if likely := european(evidence):
        return _by_names([*likely, "cp1252", "iso8859_1"], evidence)
    if _is_hebrew(evidence):
        return ["cp1255", "iso8859_8", "iso8859_1"]
    multi = [name for name in MULTI_BYTE if _is_east_asian(evidence, name)]
    if kana := _with_kana(evidence, multi):
        return [*kana, "iso8859_1"]
    scripts = by_script(words_of(evidence))
    judged = [m.encoding for m in charset_normalizer.from_bytes(evidence, cp_isolation=[*multi, *_SINGLE_BYTE])]
    return list(dict.fromkeys([*scripts, *judged, *multi, "cp1252", "iso8859_1"]))


def _by_names(names: list[str], evidence: bytes) -> list[str]:
    """The encodings, that one in front in which more cells of the first lines are names of columns."""
    cells = {cell.strip(b'" \r') for line in evidence.split(b"\n")[:_HEADER_LINES] for cell in _CELL.split(line)}
    high = [cell for cell in cells if not cell.isascii()]

    def known(name: str) -> int:
        return sum(field_of(cell.decode(name, errors="replace")) is not None for cell in high)

    best = max(names, key=known)
    # One may be a word by chance.
    return [best, *(name for name in names if name != best)] if known(best) > known(names[0]) + 1 else names


def _is_east_asian(evidence: bytes, name: str) -> bool:
    """Whether the bytes decode to Chinese, Japanese or Korean and nothing rare: wrong guesses show half-width kana."""
    try:
        text = evidence.decode(name)
    except UnicodeError:
        return False
    return not _NOT_EAST_ASIAN.search(text)


def _with_kana(evidence: bytes, names: list[str]) -> list[str]:
    """Encodings of Japanese when only they show kana, which no Japanese text is without: read as Chinese it is rare signs."""
    shares = {name: _kana(evidence.decode(name)) for name in names}
    others = max((share for name, share in shares.items() if name not in _JAPANESE), default=0.0)
    return [name for name in _JAPANESE if shares.get(name, 0.0) >= max(_SOME_KANA, 2 * others)]


def _kana(text: str) -> float:
    letters = re.findall("[^\x00-\x7f]", text)
    return sum("\u3041" <= letter <= "\u30ff" for letter in letters) / len(letters) if letters else 0.0


def _is_hebrew(evidence: bytes) -> bool:
    """Whether all letters are those of cp1255: as Cyrillic, text of any length has capitals, or `ы` to `я`, too."""
    high = [byte for byte in evidence if byte >= 0x80]
    letters = [byte for byte in high if byte >= 0xC0]
    enough = len(letters) >= max(_ENOUGH_LETTERS, 0.9 * len(high)) and len(set(letters)) >= _MANY_LETTERS
    return enough and all(0xE0 <= byte <= 0xFA for byte in letters)


def _is_turkish(evidence: bytes) -> bool:
    """Whether the six letters in which cp1254 differs from cp1252 are Turkish: Icelandic has `áíóúæ` as often."""
    counts = {byte: evidence.count(byte) for byte in b"\xd0\xdd\xde\xf0\xfd\xfe"}
    sure = sum(counts.values()) - counts[0xFD]
    northern = sum(map(evidence.count, "áíóúæ".encode("cp1252")))
    high = sum(byte >= 0x80 for byte in evidence)
    usual = sum(map(evidence.count, "öüçÖÜÇâî".encode("cp1254"))) + sum(counts.values())
    return (sure > 0 or counts[0xFD] >= 3) and sum(counts.values()) > 2 * northern and usual >= 0.6 * high


def _is_icelandic(evidence: bytes) -> bool:
    """Whether `þ` and `ð` stand among the letters of Icelandic and no others: those of the Baltic at their places have more."""
    high = [byte for byte in evidence if byte >= 0x80]
    own, others = set("þðÞÐ".encode("cp1252")), set("áéíóúýæöÁÉÍÓÚÝÆÖ".encode("cp1252"))
    told = sum(byte in own for byte in high)
    usual = sum(byte in others for byte in high)
    return 0 < told < 2 * usual and told + usual >= 0.95 * len(high)


def _is_western(evidence: bytes) -> bool:
    """Whether the high bytes are what cp1252 text of a Western European language has between ASCII letters.

    Code pages that differ in a few letters (1250, 1252, 1254) cannot be told apart by plausibility alone.
    """
    high = [byte for byte in evidence if byte >= 0x80]
    usual = set("éèêëàâäçîïôöùûüœæñáíóúßåøÉÈÀÇÖÜÄÅØ’‘“”–—…€°²³®™«» ×µ½±•".encode("cp1252"))
    within = len(_SIGN_WITHIN.findall(evidence))
    isolated = len(re.findall(rb"(?<![\x80-\xff])[\x80-\xff](?![\x80-\xff])", evidence))
    return sum(byte in usual for byte in high) - within >= 0.9 * len(high) and isolated >= 0.8 * len(high)
