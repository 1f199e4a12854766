"""What the words of a query stand for: their inflections, what they begin, what was meant.

Documents are indexed as they are written. Languages, typing errors and beginnings are matters of the query, and the dictionary
of all words that occur answers them.
"""

import re
import time
from dataclasses import dataclass

from chassis.db import Connection

# Inflections that are searched for together with a word, the commonest first.
FORMS = 8
# A shorter last word would match too much as the beginning of one, and a common one is complete; unless nothing is found so.
PREFIX_LETTERS, LOOSE_PREFIX_LETTERS = 4, 3
PREFIX_BELOW = 1_000
# What is no word but for its beginning: `glittering` by `ttering`; and how many such words are searched for.
PART_LETTERS = 4
PARTS = 64
# A word so long, and rare, also finds compounds that end in it, the commonest: `Kaffeemaschine` by `maschine`. What stands before
# has three letters or more, or `citalopram` finds `escitalopram`.
HEAD_LETTERS = 5
HEAD_BELOW = 1_000
COMPOUNDS = 8
# How many letters may be wrong, by the length of the word; shorter ones are never corrected.
ONE_ERROR_FROM, TWO_ERRORS_FROM = 4, 6
# Among several words that must occur together more may be wrong, and more are tried.
LOOSE_TWO_ERRORS_FROM = 5
MEANT = 8
# Seconds for which a known word is not looked up again, and how many are remembered.
REMEMBERED_SECONDS = 60
REMEMBERED_WORDS = 20_000

_SEPARATORS = re.compile(r"[-/'’]")
_DIGIT = re.compile(r"\d")

_LOOK_UP = f"""
SELECT t.place, lexeme, f.forms, f.ndoc
FROM unnest($1::text[]) WITH ORDINALITY AS t(word, place),
     unnest(tsvector_to_array(to_tsvector('words', t.word))) AS lexeme,
     LATERAL (
       SELECT array_agg(word ORDER BY ndoc DESC, word) AS forms, coalesce(sum(ndoc), 0)::int AS ndoc FROM (
         SELECT word, ndoc FROM search_words WHERE word = lexeme
         UNION ALL
         (SELECT word, ndoc FROM search_words WHERE stems && stems_of(lexeme) AND word <> lexeme
          ORDER BY ndoc DESC, word LIMIT {FORMS - 1})
         UNION ALL
         (SELECT word, ndoc FROM search_words
          WHERE char_length(lexeme) >= {HEAD_LETTERS} AND lexeme !~ '[^[:alpha:]]' AND word LIKE '___%' || lexeme
            AND coalesce((SELECT ndoc FROM search_words WHERE word = lexeme), 0) < {HEAD_BELOW}
          ORDER BY ndoc DESC, word LIMIT {COMPOUNDS})
       ) x
     ) f
ORDER BY t.place
"""
# Behind every letter, in the order of bytes.
LAST = "U&'\\+10FFFF'"
_BEGINNING = f"""
SELECT coalesce(sum(ndoc), 0)::int FROM (
  SELECT ndoc FROM search_words WHERE word > $1 AND word < $1 || {LAST} LIMIT 1000
) x
"""
# Trigrams find words that look alike, but hardly short ones with two letters swapped, which $4 names. Of all these the nearest,
# and of equally near ones rather a common word.
_NEAREST = """
SELECT word FROM (
  SELECT word, ndoc, levenshtein(word, $1) AS distance FROM search_words
  WHERE word % $1 AND levenshtein_less_equal(word, $1, $2) <= $2
  UNION ALL SELECT word, ndoc, 1 FROM search_words WHERE word = ANY ($4)
) alike WHERE word <> $1
GROUP BY word, ndoc ORDER BY min(distance) - 0.15 * ln(ndoc), word LIMIT $3
"""
_PARTS = f"""
SELECT word, ndoc FROM search_words WHERE word LIKE '%' || $1 || '%' AND word <> $1 ORDER BY ndoc DESC, word LIMIT {PARTS}
"""


@dataclass(frozen=True)
class Term:
    """One word of a query. `ndoc` is about how many products have one of its forms."""

    forms: tuple[str, ...]
    ndoc: int
    is_beginning: bool = False

    def tsquery(self) -> str:
        """This term as PostgreSQL reads a tsquery."""
        alternatives = [_quoted(form) for form in self.forms]
        if self.is_beginning:
            alternatives.append(f"{_quoted(self.forms[0])}:*")
        return f"({' | '.join(alternatives)})"


@dataclass(frozen=True)
class Terms:
    """A query understood: every term must occur. `corrected` is the query that was searched instead of the typed one."""

    all: tuple[Term, ...]
    corrected: str = ""

    @property
    def ndoc(self) -> int:
        """At most so many products match, as far as the dictionary knows."""
        return min((term.ndoc for term in self.all), default=0)

    def tsqueries(self) -> list[str]:
        """What must occur, term by term, the rarest first."""
        return [term.tsquery() for term in sorted(self.all, key=lambda term: term.ndoc)]

    def tsquery(self) -> str:
        """The same as one, for ranking."""
        return " & ".join(self.tsqueries())

    def typed(self) -> str:
        """Any of the words as they were typed, for ranking; empty when nothing else is searched for."""
        if all(len(term.forms) == 1 and not term.is_beginning for term in self.all):
            return ""
        return " | ".join(_quoted(term.forms[0]) for term in self.all)


class Dictionary:
    """Understands queries; remembers known words for a minute."""

    def __init__(self) -> None:
        self._remembered: dict[str, tuple[float, list[Term]]] = {}

    async def understand(self, connection: Connection, query: str, *, complete: bool = True, correct: bool = True) -> Terms:
        """The terms of a query. `complete` takes the last word also as a beginning, and `correct` takes a word that nothing has
        for the nearest one that something has.
        """
        words = split(query)
        asked: list[Term] = []
        terms: list[Term] = []
        corrections: dict[int, str] = {}
        for place, known in enumerate(await self._known(connection, words)):
            found = known
            if complete and place == len(words) - 1:
                found = [await self._completed(connection, words[place], term) for term in known]
            asked += found
            if correct and len(found) == 1 and not found[0].ndoc:
                [typed] = found
                widened = await self._with_parts(connection, typed)
                if widened.ndoc:
                    asked[-1] = widened
                    found = [widened]
                elif meant := await self._nearest(connection, typed.forms[0]):
                    corrections[place] = meant[0]
                    found = await self._corrected(connection, typed, meant[0])
            terms += found
        # Where one word stays unknown nothing would be found either, and the person's own words are the better answer.
        if not corrections or not all(term.ndoc for term in terms):
            return Terms(tuple(dict.fromkeys(asked)))
        corrected = " ".join(corrections.get(place, word) for place, word in enumerate(words))
        return Terms(tuple(dict.fromkeys(terms)), corrected)

    async def loosened(self, connection: Connection, query: str) -> Terms:
        """The terms of a query by which nothing was found: each word also as a part of longer ones, the last as a beginning."""
        words = split(query)
        terms: list[Term] = []
        for place, known in enumerate(await self._known(connection, words)):
            for term in known:
                found = await self._with_parts(connection, term)
                if place == len(words) - 1 and len(words[place]) >= LOOSE_PREFIX_LETTERS:
                    found = await self._beginning(connection, found)
                terms.append(found)
        return Terms(tuple(dict.fromkeys(terms)))

    async def likenesses(self, connection: Connection, query: str) -> list[list[str]]:
        """For each word of a query what may have been meant: the word as it is indexed, then those that look like it."""
        found = []
        for known in await self._known(connection, split(query)):
            alike = [term.forms[0] for term in known]
            if len(alike) == 1:
                alike += await self._nearest(connection, alike[0], LOOSE_TWO_ERRORS_FROM, MEANT)
                found.append(alike)
            elif alike:
                return []
        return found

    async def _corrected(self, connection: Connection, typed: Term, meant: str) -> list[Term]:
        """The terms of the word that was meant; the one that was typed remains a form, should a product just bring it."""
        [terms] = await self._known(connection, [meant])
        return [Term((*term.forms, *typed.forms), term.ndoc) for term in terms]

    async def _known(self, connection: Connection, words: list[str]) -> list[list[Term]]:
        """The terms of each word: none for a mark, several for what the parser takes apart."""
        now = time.monotonic()
        if len(self._remembered) > REMEMBERED_WORDS:
            self._remembered.clear()
        known = {word: self._remembered[word] for word in words if word in self._remembered}
        missing = [word for word in dict.fromkeys(words) if word not in known or known[word][0] < now]
        if missing:
            for word, terms in zip(missing, await self._look_up(connection, missing), strict=True):
                known[word] = (now + REMEMBERED_SECONDS, terms)
                # A word that nothing has may come with the next product.
                if all(term.ndoc for term in terms):
                    self._remembered[word] = known[word]
        return [known[word][1] for word in words]

    async def _look_up(self, connection: Connection, words: list[str]) -> list[list[Term]]:
        found: list[list[Term]] = [[] for _ in words]
        for row in await connection.fetch(_LOOK_UP, words):
            others = [form for form in row["forms"] or () if form != row["lexeme"]]
            found[row["place"] - 1].append(Term((row["lexeme"], *others), row["ndoc"]))
        return found

    async def _completed(self, connection: Connection, typed: str, term: Term) -> Term:
        """The term also as the beginning of longer words, when it is long enough and not common itself."""
        if len(typed) < PREFIX_LETTERS or term.ndoc >= PREFIX_BELOW:
            return term
        return await self._beginning(connection, term)

    async def _beginning(self, connection: Connection, term: Term) -> Term:
        longer = await connection.fetchval(_BEGINNING, term.forms[0])
        return Term(term.forms, term.ndoc + longer, is_beginning=True)

    async def _with_parts(self, connection: Connection, term: Term) -> Term:
        """The term also as a part of longer words, when it is a word of letters and long enough."""
        word = term.forms[0]
        if len(word) < PART_LETTERS or not word.isalpha():
            return term
        rows = await connection.fetch(_PARTS, word)
        forms = dict.fromkeys((*term.forms, *(row["word"] for row in rows)))
        return Term(tuple(forms), term.ndoc + sum(row["ndoc"] for row in rows), term.is_beginning)

    async def _nearest(self, connection: Connection, word: str, two_from: int = TWO_ERRORS_FROM, limit: int = 1) -> list[str]:
        """The words that look most like this one, nearest first."""
        errors = 0 if len(word) < ONE_ERROR_FROM or _DIGIT.search(word) else 1 if len(word) < two_from else 2
        if not errors:
            return []
        rows = await connection.fetch(_NEAREST, word, errors, limit, _swapped(word))
        return [row["word"] for row in rows]


def split(query: str) -> list[str]:
    """The words of a query; marks inside words separate them, as they do in the documents."""
    return _SEPARATORS.sub(" ", query).split()


def _swapped(word: str) -> list[str]:
    """The word with two neighbouring letters in each other's place, for every two."""
    return [word[:at] + word[at + 1] + word[at] + word[at + 2 :] for at in range(len(word) - 1)]


def _quoted(lexeme: str) -> str:
    return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'"
