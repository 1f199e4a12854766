"""Which single-byte encoding gives text that Western and Central European languages write: by how usual its letters are there.

Code pages that agree on most bytes (1250, 1252, MacRoman, those of DOS) are told apart by what the other bytes would be: a letter
inside of a word is likely, a sign of mathematics or a capital between small letters is not.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable

from imports_svc.formats.delimited.scripts import SCRIPTS, THOUSANDS, judged

# In the order in which they are believed when they say the same.
EUROPEAN = (
    *("cp1252", "iso8859_15", "cp1250", "mac_roman", "cp850", "cp437", "iso8859_2", "cp852", "mac_latin2", "cp1254", "cp1257"),
    *("cp865", "cp775"),
)
# How often letters beyond ASCII are met in running text, in no unit: only their relations count.
_USUAL = {
    **dict.fromkeys("é", 10.0),
    **dict.fromkeys("üöäáó", 6.0),
    **dict.fromkeys("èàíåøã", 5.0),
    **dict.fromkeys("ñłšžç", 4.0),
    **dict.fromkeys("čêßúąęěřćśżýğışőõ", 3.0),
    **dict.fromkeys("ôæâµ°”“’–", 2.0),
    **dict.fromkeys("îûù«»ůńźűťășțţđ€®…", 1.0),
    **dict.fromkeys("ïëœòìď‘—„•²³½×™©", 0.6),
    **dict.fromkeys("ļņķāēīūģėįųňľĺŕ", 0.5),
}
# The letters of each language, or of those that have nearly the same: a text is mostly in one.
_ALPHABETS = tuple(
    frozenset(letters)
    for letters in (
        "äöüß", "éèêëàâçîïôùûüœæÿ", "áéíóúüñ", "àèéìíòóùú", "áàâãçéêíóôõúü", "åäöé", "æøåéòôó", "áéíóöőúüű", "ąćęłńóśźż",
        "áčďéěíňóřšťúůýž", "áäčďéíĺľňóôŕšťúýž", "čćđšž", "ăâîșțşţ", "çğıöşüâîû", "áðéíóúýþæö", "äõöüšž", "āčēģīķļņšūž",
        "ąčęėįšųūž", "éëïöüáóúè", "àçéèíïóòúü",
    )
)  # fmt: skip
# What a letter of no such language costs, as a logarithm.
_FOREIGN = 2.0
_CAPITAL = 0.25
_LETTER, _SIGN, _CONTROL = 0.03, 0.01, 1e-5
# A capital behind a small letter, or a sign between letters.
_OUT_OF_PLACE = 0.02
# A small letter there is what some keyboards write: `CRèME`.
_BETWEEN_CAPITALS = 0.1
# Hardly ever met: a letter or two do not speak for one of these.
_RARE = ("mac_latin2", "cp775", "cp865")
_AGAINST_RARE = 4.0
# Met less often than those of Windows, as a logarithm of the whole text: it decides for a letter or two only.
_AGAINST = {"mac_roman": 0.7, "cp437": 0.9, "cp850": 0.5, "cp852": 0.7, "iso8859_2": 0.5, "iso8859_15": 0.5, "cp1250": 0.2}
_PLAUSIBLE = math.log(0.35)
_HIGH = re.compile("[^\x00-\x7f]")
# With a digit beside it: of the same byte it makes a mark likelier than a letter.
_WORD = re.compile(rb"(?:[0-9] ?)?[A-Za-z]*[\x80-\xff][A-Za-z\x80-\xff]*(?:[-.]?[0-9]{1,3})?")
_DIGIT = re.compile(rb"[0-9]")
# Signs of money and parts of a number stand alone or beside digits, others behind a word.
_OF_NUMBERS, _BEHIND_WORDS = "£€½¼¾", "©®™"
_USUAL_MARK = 3.0
# Letters that are words, or the diameter of something.
_WORDS = frozenset("àèéóíáâåøýyöæü")
_ALONE, _SMALL_IN_CODE, _IN_NUMBER = 0.1, 0.05, 0.05
# Of text in another script some may stand beside Latin letters.
_ODD = 0.2
_EVIDENCE = 20_000
# High bytes side by side.
_LONGEST_RUN = 3


def european(evidence: bytes) -> list[str]:
    """The encodings whose letters fit best, best first; none where high bytes stand side by side as in other scripts.

    `evidence`: lines with bytes above ASCII.
    """
    runs = [len(run) for run in re.findall(rb"[\x80-\xff]+", evidence)]
    high = sum(runs)
    # `żółty` has three; words of other scripts have more.
    if not high or runs.count(1) < 0.3 * high or sum(length for length in runs if length <= _LONGEST_RUN) < 0.9 * high:
        return []
    words = words_of(evidence)
    scores = {name: score for name in EUROPEAN if (score := _score(words, name)) is not None}
    best = max(scores.values(), default=-math.inf)
    if best < _PLAUSIBLE:
        return []
    order = {name: at for at, name in enumerate(EUROPEAN)}
    return sorted(scores, key=lambda name: (-round(scores[name], 3), order[name]))


def words_of(evidence: bytes) -> bytes:
    """Words with bytes above ASCII, each once: a brand that stands in every row says no more than one that stands there once."""
    return b" ".join(dict.fromkeys(_DIGIT.sub(b"0", word) for word in _WORD.findall(evidence)))[:_EVIDENCE]


def likelihood(words: bytes, encoding: str) -> float | None:
    """How likely such words are in an encoding, as a logarithm; None where they are no text in it. Compare those of the same."""
    if encoding in SCRIPTS:
        of_script = judged(words, encoding)
        return of_script.likelihood if of_script is not None and of_script.odd <= _ODD * of_script.letters else None
    mean = _score(words, encoding)
    return None if mean is None else mean * len(_HIGH.findall(words.decode(encoding)))


def repeated(words: bytes, encoding: str, other: str) -> float:
    """How much of the likelihood beside another encoding is that the same letters stand there again: `NOËL` beside `CITROËN`.

    A letter that is met in several words may be as unusual in all of them.
    """
    read, otherwise = words.decode(encoding), words.decode(other)
    differences: dict[str, list[float]] = {}
    for at, (one, another) in enumerate(zip(read, otherwise, strict=True)):
        if one != another:
            differences.setdefault(one, []).append(math.log(_weight(read, at)) - math.log(_weight(otherwise, at)))
    return sum(sum(each) * (1 - 1 / len(each)) for each in differences.values())


def _score(evidence: bytes, encoding: str) -> float | None:
    """The mean logarithm of how usual each letter beyond ASCII is; None where the bytes are not of the encoding."""
    try:
        text = evidence.decode(encoding)
    except UnicodeError:
        return None
    found = [_weight(text, match.start()) for match in _HIGH.finditer(text)]
    against = _AGAINST_RARE if encoding in _RARE else _AGAINST.get(encoding, 0.0)
    against += _FOREIGN * _foreign(letter for letter in map(str.lower, text) if not letter.isascii() and letter.isalpha())
    return (sum(map(math.log, found)) - against) / len(found) if found else None


def _foreign(letters: Iterable[str]) -> int:
    """How many of the letters are none of the language that has most of them."""
    often = Counter(letters)
    return often.total() - max(sum(count for letter, count in often.items() if letter in own) for own in _ALPHABETS)


def _weight(text: str, at: int) -> float:
    letter = text[at]
    before, behind = text[at - 1 : at] if at else "", text[at + 1 : at + 2]
    inside = before.isalpha() and behind.isalpha()
    if letter.isalpha() and letter not in "ªº":
        usual = _USUAL.get(letter) or (_USUAL.get(letter.lower(), 0.0) * _CAPITAL if letter.isupper() else 0.0) or _LETTER
        misplaced = letter.isupper() and before.islower()
        # `MŘller`.
        within = letter.isupper() and before.isupper() and behind.islower()
        between = within or (letter.islower() and before.isupper() and behind.isupper())
        return usual * (_OUT_OF_PLACE if misplaced else _BETWEEN_CAPITALS if between else 1.0) * _by_digits(text, at)
    if not letter.isprintable() and letter != "\xa0":
        return _CONTROL
    if letter == "\xa0" and before.isdigit() and THOUSANDS.match(text, at + 1):
        return _USUAL_MARK
    if letter in _OF_NUMBERS and not (before.isalpha() or behind.isalpha()):
        return _USUAL_MARK
    if letter in _BEHIND_WORDS and text[max(at - 3, 0) : at].isalpha() and at >= 3 and not behind.isalnum():
        return _USUAL_MARK
    usual = _USUAL.get(letter, 1.0 if letter == "\xa0" else _SIGN)
    return usual * (_OUT_OF_PLACE if inside and letter not in "’–" else 1.0)


def _by_digits(text: str, at: int) -> float:
    """What a letter loses beside digits: alone there it may be a mark, and codes have capitals."""
    letter, before, behind = text[at], text[at - 1 : at] if at else "", text[at + 1 : at + 2]
    in_code = behind.isdigit() or (behind in ("-", ".") and text[at + 2 : at + 3].isdigit())
    if not (before.isalpha() or behind.isalpha()):
        if letter == "Ø" and behind.isdigit():
            return _USUAL_MARK
        if before.isdigit() and THOUSANDS.match(text, at + 1):
            return _IN_NUMBER
        if in_code:
            return _SMALL_IN_CODE if letter.islower() else 1.0
        return 1.0 if letter.lower() in _WORDS else _ALONE
    return _SMALL_IN_CODE if letter.islower() and in_code and before.isupper() else 1.0
