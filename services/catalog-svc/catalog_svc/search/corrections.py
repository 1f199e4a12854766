"""What was meant by a word that nothing has: the nearest words, and of these the ones that occur with the rest of the query."""

import re
from collections.abc import Sequence
from itertools import groupby

from catalog_svc.search.scripts import has_no_blanks
from catalog_svc.search.terms import quoted
from chassis.db import Connection

# How many letters may be wrong, by the length of the word; shorter ones are never corrected.
ONE_ERROR_FROM, TWO_ERRORS_FROM = 4, 6
# No word is longer, and `levenshtein` refuses 256 letters.
LONGEST = 64
# Among several words that must occur together more may be wrong, and more are tried.
LOOSE_TWO_ERRORS_FROM = 5
MEANT = 24
# Products among which the candidates that occur with the other words are counted.
BESIDE = 200

_DIGIT = re.compile(r"\d")

# Trigrams find words that look alike, but hardly short ones with two letters swapped, which $4 names. Of all these the nearest,
# and of equally near ones the commonest.
_NEAREST = """
SELECT word, min(distance) AS distance FROM (
  SELECT word, ndoc, levenshtein(word, $1) AS distance FROM search_words
  WHERE word % $1 AND levenshtein_less_equal(word, $1, $2) <= $2
  UNION ALL SELECT word, ndoc, 1 FROM search_words WHERE word = ANY ($4)
) alike WHERE word <> $1
GROUP BY word, ndoc ORDER BY min(distance), ndoc DESC, word LIMIT $3
"""
_DISTANCE = "SELECT min(levenshtein(form, $1)) FROM unnest($2::text[]) AS form"


async def nearest(connection: Connection, word: str, two_from: int = TWO_ERRORS_FROM) -> dict[str, int]:
    """The words that look most like this one and how many letters are wrong, nearest first; empty for numbers and short words."""
    is_name = _DIGIT.search(word) or has_no_blanks(word)
    is_word = ONE_ERROR_FROM <= len(word) <= LONGEST and not is_name
    errors = 0 if not is_word else 1 if len(word) < two_from else 2
    if not errors:
        return {}
    rows = await connection.fetch(_NEAREST, word, errors, MEANT, _swapped(word))
    return {row["word"]: row["distance"] for row in rows}


async def nearer_than_stems(connection: Connection, word: str, forms: Sequence[str]) -> dict[str, int]:
    """Words one letter away, when those that share a stem with this one are farther: `gobit` is `gobbit` rather than `gob`."""
    if not ONE_ERROR_FROM <= len(word) <= LONGEST or _DIGIT.search(word) or not forms:
        return {}
    if await connection.fetchval(_DISTANCE, word, list(forms)) < 2:
        return {}
    return {near: distance for near, distance in (await nearest(connection, word)).items() if distance == 1 and near not in forms}


async def beside(connection: Connection, candidates: dict[str, int], others: Sequence[str]) -> str:
    """The candidate that occurs with all `others` (tsqueries): of the nearest that do, the one with the most products; empty when
    none does.
    """
    for _, group in groupby(candidates, key=lambda word: candidates[word]):
        words = list(group)
        required = [" | ".join(map(quoted, words)), *others]
        conditions = " AND ".join(f"fts @@ (SELECT ${place}::text::tsquery)" for place in range(2, len(required) + 2))
        row = await connection.fetchrow(
            f"""
            SELECT lexeme FROM (SELECT fts FROM product_search WHERE {conditions} LIMIT {BESIDE}) s,
                   unnest(tsvector_to_array(fts)) AS lexeme
            WHERE lexeme = ANY ($1) GROUP BY lexeme ORDER BY count(*) DESC, array_position($1, lexeme) LIMIT 1""",
            words,
            *required,
        )
        if row:
            return str(row["lexeme"])
    return ""


def _swapped(word: str) -> list[str]:
    """The word with two neighbouring letters in each other's place, for every two."""
    return [word[:at] + word[at + 1] + word[at] + word[at + 2 :] for at in range(len(word) - 1)]
