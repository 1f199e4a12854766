"""Which single-byte encoding gives text in Cyrillic or Greek letters: by how often each letter is met, and where capitals stand.

Weights are in the unit of `letters`, so that texts of all single-byte encodings are compared.
"""

import math
import re
from typing import NamedTuple

# How often letters are met in running text: the percent of all.
_RUSSIAN = {
    **dict.fromkeys("о", 11.0),
    **dict.fromkeys("еаи", 8.0),
    **dict.fromkeys("нтс", 6.0),
    **dict.fromkeys("рвл", 4.5),
    **dict.fromkeys("кмдпу", 3.0),
    **dict.fromkeys("яыьгзб", 1.8),
    **dict.fromkeys("чйхжш", 1.0),
    **dict.fromkeys("юцщэфё", 0.4),
    **dict.fromkeys("ъ", 0.1),
}
_CYRILLIC = _RUSSIAN | dict.fromkeys("і", 0.8) | dict.fromkeys("їєјњћ", 0.2) | dict.fromkeys("ґўљђџ", 0.05)
_GREEK = {
    **dict.fromkeys("αοιτε", 8.0),
    **dict.fromkeys("νσηυρπκςλμ", 4.0),
    **dict.fromkeys("ωγδάέήίό", 1.8),
    **dict.fromkeys("θχφβύώ", 1.0),
    **dict.fromkeys("ξζψ", 0.4),
    **dict.fromkeys("ϊϋΐΰ", 0.1),
}
# In the order in which they are believed when they say the same; what is met less often is believed less, as a logarithm.
_OF = {
    **{"cp1251": (_CYRILLIC, 0.0), "koi8_r": (_RUSSIAN, 0.4), "cp866": (_CYRILLIC, 0.4)},
    **{"koi8_u": (_CYRILLIC, 0.8), "iso8859_5": (_CYRILLIC, 1.5), "mac_cyrillic": (_CYRILLIC, 1.5)},
    **{"cp1253": (_GREEK, 0.0), "iso8859_7": (_GREEK, 0.2), "cp737": (_GREEK, 2.0)},
}
SCRIPTS = tuple(_OF)
_MARKS = {"№": 2.0, **dict.fromkeys("«»\xa0–—°€", 1.0), **dict.fromkeys("“”’®", 0.6)}
_CAPITAL = 0.25
_ALONE, _CAPITAL_ALONE, _IN_NUMBER, _USUAL_MARK = 0.1, 0.5, 0.05, 3.0
# Between thousands a blank is likelier than a letter: `1 250`.
THOUSANDS = re.compile("[0-9]{3}(?![A-Za-z])")
_OTHER_LETTER, _SIGN, _CONTROL = 0.03, 0.01, 1e-5
# A letter of another alphabet beside it, a capital behind a small letter, a sign within a word, a letter of the end within.
_OUT_OF_PLACE = 0.02
# Enough to tell them apart.
_EVIDENCE = 4_000


class Judged(NamedTuple):
    """How likely words are in an encoding, as a logarithm; how many signs beyond ASCII they have, and how many out of place."""

    likelihood: float
    letters: int
    odd: int


def judged(words: bytes, encoding: str) -> Judged | None:
    """None where the bytes are not of the encoding."""
    try:
        text = words[:_EVIDENCE].decode(encoding)
    except UnicodeError:
        return None
    alphabet, against = _OF[encoding]
    total, count, odd = -against, 0, 0
    for word in text.split(" "):
        capitals = word.upper() == word
        first = True
        for at, letter in enumerate(word):
            if letter.isascii():
                continue
            weight, misplaced = _weight(word, at, alphabet)
            if letter.isupper() and (first or not capitals):
                weight *= _CAPITAL
            first = False
            total += math.log(weight * (_OUT_OF_PLACE if misplaced else 1.0))
            count += 1
            odd += misplaced or weight <= _OTHER_LETTER
    if not count:
        return None
    # Of all words, as that of other encodings.
    return Judged(total * sum(byte >= 0x80 for byte in words) / count, count, odd)


def _weight(word: str, at: int, alphabet: dict[str, float]) -> tuple[float, bool]:
    letter, before, behind = word[at], word[at - 1 : at] if at else "", word[at + 1 : at + 2]
    thousands = before.isdigit() and THOUSANDS.match(word, at + 1) is not None
    if letter == "\xa0" and thousands:
        return _USUAL_MARK, False
    if letter.isalpha():
        usual = alphabet.get(letter.lower(), _OTHER_LETTER)
        if not (before.isalpha() or behind.isalpha()):
            usual *= _IN_NUMBER if thousands else _CAPITAL_ALONE if letter.isupper() else _ALONE
        latin = any(one.isascii() and one.isalpha() for one in (before, behind))
        return usual, latin or (letter.isupper() and before.islower()) or (letter == "ς" and behind.isalpha())
    if not letter.isprintable() and letter != "\xa0":
        return _CONTROL, True
    within = before.isalpha() and behind.isalpha()
    # What opens a word is no sign of the end of one.
    opens = not before and behind.isalpha()
    return _MARKS.get(letter, _SIGN), within or (opens and (letter in "’”»°®" or behind.isascii()))


def by_script(words: bytes) -> list[str]:
    """The encodings in which words are such text, best first; none where it is none in any."""
    found = {name: one for name in SCRIPTS if (one := judged(words, name)) is not None}
    plausible = {name: one for name, one in found.items() if one.likelihood >= 0 and one.odd <= 0.1 * one.letters}
    order = {name: at for at, name in enumerate(SCRIPTS)}
    return sorted(plausible, key=lambda name: (-round(plausible[name].likelihood, 3), order[name]))
