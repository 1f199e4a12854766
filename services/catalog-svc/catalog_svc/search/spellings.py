"""What is written in one word or in several: `3m` and `3 m`, `M8x40` and `M8 x 40`, `wifi` and `wi-fi`.

Documents keep what was written. A query asks for the other spellings too, as phrases of what the parser makes of them.
"""

import re
from dataclasses import dataclass
from itertools import pairwise

from catalog_svc.search.scripts import has_no_blanks, in_pairs

# A unit is short; longer words beside a number are looked for as words.
UNIT_LETTERS = 3
# Of more pieces only the spellings with all blanks and with none are tried.
PIECES = 4
# Words of letters that may have been written in two: longer ones are hardly, and each place to cut costs a look.
CUT_FROM, CUT_TO = 4, 10
# Who writes two words for one has a short one among them.
SHORT_LETTERS = 2

_PIECE = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+")
_TIMES = re.compile(r"(?<=\d)\s*[×✕*]\s*(?=\d)")
_BETWEEN_NUMBERS = re.compile(r"(?<=\d)\s*[xх]\s*(?=\d)", re.IGNORECASE)
_DECIMAL = re.compile(r"(?<=\d)[.,](?=\d)")
_X = ("x", "х")


@dataclass(frozen=True)
class Spelled:
    """The words of a query from place `start` to `end`, which are one; `others` are more ways to write it."""

    start: int
    end: int
    others: tuple[str, ...]
    # Whether a spelling counts only when the dictionary knows all its words: of letters too much could be meant.
    must_be_known: bool = False


def with_x(query: str) -> str:
    """The query with the letter that people type for a sign of multiplication."""
    return _TIMES.sub("x", query)


def measures(words: list[str]) -> list[Spelled]:
    """Numbers with what belongs to them: a unit, a letter in front, what they are multiplied by."""
    found, place = [], 0
    while place < len(words):
        end = None if has_no_blanks(words[place]) else _end_of_measure(words, place)
        if end is None:
            place += 1
            continue
        if others := _otherwise(words[place:end]):
            found.append(Spelled(place, end, others))
        place = end
    return found


def joined(words: list[str], marked: set[int] | None = None) -> list[Spelled]:
    """Two neighbours that may be one word. With `marked`, the places behind a mark, only those with a mark between or a short
    one among them, of letters alone.
    """
    found = []
    for place, (word, following) in enumerate(pairwise(words)):
        if has_no_blanks(word + following):
            continue
        are_letters = word.isalpha() and following.isalpha()
        is_short = min(len(word), len(following)) <= SHORT_LETTERS
        if marked is None or (are_letters and (is_short or place + 1 in marked)):
            found.append(Spelled(place, place + 2, (word + following,), must_be_known=are_letters))
    return found


def inside_names(words: list[str]) -> list[Spelled]:
    """Words of scripts without blanks as they stand inside longer names."""
    return [
        Spelled(place, place + 1, (pairs,))
        for place, word in enumerate(words)
        if has_no_blanks(word) and (pairs := in_pairs(word)) != word
    ]


def _end_of_measure(words: list[str], start: int) -> int | None:
    """Behind the last word of the measure that begins here; None when none does."""
    end = start + 1
    if not _has_digit(words[start]):
        # A letter in front: `M 8`, `A 4`.
        if len(words[start]) > 1 or not words[start].isalpha() or end == len(words) or not words[end][0].isdigit():
            return None
        end += 1
    while end < len(words):
        last, word = words[end - 1].lower(), words[end].lower()
        goes_on = (
            (last[-1].isdigit() and word in _X and end + 1 < len(words) and words[end + 1][0].isdigit())
            or (last[-1].isdigit() and word[0] in _X and word[1:2].isdigit())
            or (last[-1] in _X and last[:-1][-1:].isdigit() and word[0].isdigit())
            or (last in _X and word[0].isdigit())
        )
        if not goes_on:
            break
        end += 1
    if (
        end < len(words)
        and words[end - 1][-1].isdigit()
        and words[end].isalpha()
        and len(words[end]) <= UNIT_LETTERS
        and not has_no_blanks(words[end])
    ):
        end += 1
    return end


def _otherwise(words: list[str]) -> tuple[str, ...]:
    pieces = [piece for word in words for piece in _PIECE.findall(word)]
    ways = {"".join(pieces), " ".join(pieces)}
    if len(pieces) <= PIECES:
        for cuts in range(2 ** (len(pieces) - 1)):
            ways.add("".join(piece + " " * (cuts >> at & 1) for at, piece in enumerate(pieces)).strip())
    # What stands for the sign itself is no word to the parser.
    ways |= {_BETWEEN_NUMBERS.sub(" ", way) for way in ways}
    ways |= {_DECIMAL.sub("." if "," in way else ",", way) for way in ways}
    return tuple(sorted(ways - {" ".join(words)}))


def _has_digit(word: str) -> bool:
    return any(map(str.isdigit, word))
