"""Encodings, and letters that were damaged on the way."""

import html
import re
import unicodedata
from collections.abc import Callable
from random import Random

from imports_svc.feeds.encodings import Letters
from imports_svc.understanding.draft import Draft, typed_price
from imports_svc.understanding.kinds.registry import kind
from imports_svc.understanding.languages import LANGUAGES
from imports_svc.understanding.tables import Table, make

_WINDOWS = [bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in range(256)]
"""What Windows takes each byte for."""


def _written_in(codepage: str) -> Callable[[Random], Table]:
    def table(random: Random) -> Table:
        return make(random, language=random.choice([name for name, one in LANGUAGES.items() if codepage in one.codepages]))

    return table


def _encoded(draft: Draft, codepage: str) -> None:
    """In a code page; letters it does not have are written without their marks."""
    draft.encoding = codepage
    for row, truth in zip(draft.rows, draft.truth, strict=True):
        for at, name in enumerate(draft.fields):
            if name in ("title", "brand", "category"):
                plain = _within(row[at], codepage)
                row[at], truth[name] = plain, plain
    draft.header = [_within(cell, codepage) for cell in draft.header]


def _within(text: str, codepage: str) -> str:
    def letter(one: str) -> str:
        try:
            one.encode(codepage)
        except UnicodeEncodeError:
            return unicodedata.normalize("NFKD", one).encode("ascii", "ignore").decode() or "o"
        return one

    return "".join(map(letter, text))


@kind(table=_written_in("mac_roman"))
def macroman(draft: Draft) -> None:
    """Excel for Mac."""
    _encoded(draft, "mac_roman")


@kind(table=_written_in("cp850"))
def cp850(draft: Draft) -> None:
    """DOS in Western Europe."""
    _encoded(draft, "cp850")


@kind(table=_written_in("cp1250"))
def cp1250(draft: Draft) -> None:
    """Windows in Central Europe."""
    _encoded(draft, "cp1250")


@kind(table=_written_in("cp1251"))
def cp1251(draft: Draft) -> None:
    """Windows with Cyrillic letters."""
    _encoded(draft, "cp1251")


@kind(table=_written_in("cp866"))
def cp866(draft: Draft) -> None:
    """DOS with Cyrillic letters."""
    _encoded(draft, "cp866")


@kind(table=_written_in("koi8_r"))
def koi8_r(draft: Draft) -> None:
    """Unix with Cyrillic letters."""
    _encoded(draft, "koi8_r")


@kind(table=_written_in("cp1252"))
def cp1252(draft: Draft) -> None:
    """Windows in Western Europe."""
    _encoded(draft, "cp1252")


@kind(table=_written_in("cp1253"))
def cp1253(draft: Draft) -> None:
    """Windows with Greek letters."""
    _encoded(draft, "cp1253")


@kind(table=_written_in("cp1254"))
def cp1254(draft: Draft) -> None:
    """Windows with Turkish letters."""
    _encoded(draft, "cp1254")


@kind(table=_written_in("cp1255"))
def cp1255(draft: Draft) -> None:
    """Windows with Hebrew letters."""
    _encoded(draft, "cp1255")


_UNUSUAL = {
    **dict.fromkeys(("cp1252", "cp850", "cp437", "mac_roman", "iso8859_15"), ("CITROËN", "SEÑAL", "ÉTÉ", "GRÖSSE", "GARÇON")),
    **dict.fromkeys(("cp1250", "iso8859_2", "cp852"), ("ŁÓDŹ", "ŽÁROVKA", "ČAJ", "ŚRUBA", "FŰRÉSZ")),
    "cp1257": ("ŠALTAS", "ĄŽUOLAS", "ŪDENS"),
    "cp1254": ("ŞEKER", "IŞIK", "DÜĞME"),
    **dict.fromkeys(("cp1251", "koi8_r", "cp866"), ("ВИНТ", "ЩИТ", "ГОСТ", "Ж")),
    **dict.fromkeys(("cp1253", "iso8859_7"), ("ΛΑΜΠΑ", "ΒΙΔΑ", "Ω")),
}
"""Words of which a letter or two is all that tells the code page of a list."""


def _english(random: Random) -> Table:
    return make(random, language="en")


def _one_word(draft: Draft, codepage: str) -> None:
    """A list in ASCII but for one word, in a reference, a brand or a title."""
    _encoded(draft, "ascii")
    draft.encoding = codepage
    name = draft.random.choice(("ref", "brand", "title"))
    word = draft.random.choice([one for one in _UNUSUAL[codepage] if _within(one, codepage) == one])
    chosen = draft.random.randrange(len(draft.rows))
    draft.rows[chosen][draft.at(name)] = draft.truth[chosen][name] = f"{word}-{chosen}" if name == "ref" else word


@kind(doubtful=True, table=_english)
def one_unusual_letter(draft: Draft) -> None:
    """One word tells the code page, and may be another one in another."""
    _one_word(draft, draft.random.choice(sorted(_UNUSUAL)))


@kind(table=_english)
def one_unusual_letter_and_its_code_page_said(draft: Draft) -> None:
    """Who knows says it."""
    _one_word(draft, draft.random.choice(sorted(_UNUSUAL)))
    draft.letters = Letters(said=draft.encoding)


@kind(table=_english)
def letters_of_earlier_files(draft: Draft) -> None:
    """The code page was said of an earlier file, and is that of this one, too."""
    one_unusual_letter(draft)
    draft.letters = Letters(earlier=draft.encoding)


@kind(doubtful=True, table=_written_in("cp1250"))
def other_letters_than_those_of_earlier_files(draft: Draft) -> None:
    """The code page that was said of an earlier file reads this one, and it is in another."""
    cp1250(draft)
    draft.letters = Letters(earlier=draft.random.choice(("cp1252", "iso8859_15", "cp1251", "cp1253", "cp850", "mac_roman")))


@kind(doubtful=True)
def unicode_said_to_be_another_encoding(draft: Draft) -> None:
    """A person says a code page, and the file is UTF-8."""
    draft.encoding, draft.letters = "utf-8", Letters(said=draft.random.choice(("cp1250", "cp1252", "cp850", "iso8859_15")))


@kind(table=_written_in("cp1252"))
def thousands_parted_by_a_no_break_blank(draft: Draft) -> None:
    """`1 250,50` with the byte that each code page has for it."""
    _encoded(draft, draft.random.choice(("cp1252", "mac_roman", "cp850", "cp437")))
    mark = draft.table.language.mark
    for truth in draft.truth[:4]:
        truth["price"] = f"{draft.random.randrange(1_000, 90_000)}.{draft.random.randrange(10)}{draft.random.randrange(1, 10)}"
    draft.retype("price", lambda truth, _: typed_price(str(truth["price"]), mark, grouped="\xa0"))


@kind(table=_written_in("shift_jis"))
def shift_jis(draft: Draft) -> None:
    """Windows in Japan."""
    _encoded(draft, "shift_jis")


@kind()
def utf16(draft: Draft) -> None:
    """What Excel calls Unicode text."""
    draft.encoding, draft.delimiter = draft.random.choice(("utf-16", "utf-16-le", "utf-16-be")), "\t"
    marks = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}
    mark = marks.get(draft.encoding, b"")
    draft.of_bytes.append(lambda content: mark + content)


@kind(table=_written_in("cp1252"))
def a_latin_row_in_utf8(draft: Draft) -> None:
    """One row was added by another program."""
    _encoded(draft, "cp1252")
    draft.encoding = "utf-8"
    ending = draft.line_end.encode()
    chosen = draft.random.randrange(len(draft.rows))

    def spoil(content: bytes) -> bytes:
        lines = content.split(ending)
        lines[chosen + 1] = lines[chosen + 1].decode().encode("cp1252")
        return ending.join(lines)

    draft.of_bytes.append(spoil)


@kind(doubtful=True)
def a_letter_cut_in_half(draft: Draft) -> None:
    """A field of so many bytes ends within a letter: the rest of it is lost, and nobody knows what it was."""
    column, chosen = draft.at("title"), draft.random.randrange(len(draft.rows))
    draft.encoding = "utf-8"
    draft.rows[chosen][column] = draft.truth[chosen]["title"] = f"{draft.rows[chosen][column]} xné"
    draft.of_bytes.append(lambda content: content.replace(" xné".encode(), b" xn\xc3", 1))


@kind(table=_written_in("cp1252"))
def letters_converted_twice(draft: Draft) -> None:
    """UTF-8 that was taken for Windows-1252 and converted once more."""
    _encoded(draft, "cp1252")
    draft.encoding = "utf-8"
    draft.of_bytes.append(lambda content: "".join(_WINDOWS[byte] for byte in content).encode())


@kind()
def html_entities(draft: Draft) -> None:
    """Texts escaped for the web."""
    named = draft.random.random() < 0.5
    for name in ("title", "brand", "category"):
        for row in draft.rows:
            cell = html.escape(row[draft.at(name)])
            row[draft.at(name)] = cell if named else re.sub(r"[^\x00-\x7f]", lambda match: f"&#{ord(match[0])};", cell)
    draft.quoting = "all"


@kind()
def decomposed_letters(draft: Draft) -> None:
    """Letters and their marks apart, as macOS writes names of files."""
    for name in ("title", "brand"):
        for row in draft.rows:
            row[draft.at(name)] = unicodedata.normalize("NFD", row[draft.at(name)])


@kind()
def odd_blanks(draft: Draft) -> None:
    """No-break and other blanks in texts and at their ends."""
    for name in ("title", "brand"):
        for row in draft.rows:
            if draft.random.random() < 0.4:
                blank = draft.random.choice(("\xa0", "\u2009", "\u3000"))
                row[draft.at(name)] = draft.random.choice(("", " ", "\xa0")) + row[draft.at(name)].replace(" ", blank, 1)


@kind()
def invisible_in_titles(draft: Draft) -> None:
    """Zero-width blanks, soft hyphens, marks of direction and separators of lines in titles."""
    for row in draft.rows:
        if draft.random.random() < 0.4:
            title = row[draft.at("title")]
            row[draft.at("title")] = title[:2] + draft.random.choice(("\u200b", "\xad", "\u200e", "\ufeff", "\u2060")) + title[2:]
