"""What the words of a query stand for: their inflections, what they begin, what was meant.

Documents are indexed as they are written. Languages, typing errors and beginnings are matters of the query, and the dictionary
of all words that occur answers them.
"""

import re
import time
from dataclasses import replace

from catalog_svc.search.corrections import LOOSE_TWO_ERRORS_FROM, beside, nearer_than_stems, nearest
from catalog_svc.search.scripts import has_no_blanks
from catalog_svc.search.spellings import CUT_FROM, CUT_TO, Spelled, inside_names, joined, measures, with_x
from catalog_svc.search.terms import Term, Terms, Together
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
# A word so rare also finds the two that it may have been written in.
CUT_BELOW = 1_000
# Seconds for which a known word is not looked up again, and how many are remembered.
REMEMBERED_SECONDS = 60
REMEMBERED_WORDS = 20_000

_SEPARATORS = re.compile(r"[-/'’]")

_LOOK_UP = f"""
SELECT t.place, lexeme, f.forms, f.ndoc, f.is_word, c.cuts, c.cut_ndoc
FROM unnest($1::text[]) WITH ORDINALITY AS t(word, place),
     unnest(tsvector_to_array(to_tsvector('words', t.word))) AS lexeme,
     LATERAL (
       SELECT array_agg(word ORDER BY ndoc DESC, word) AS forms, coalesce(sum(ndoc), 0)::int AS ndoc,
              coalesce(bool_or(word = lexeme), false) AS is_word
       FROM (
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
     ) f,
     -- Of a rare word, where it may be cut in two: `wifi` is also `Wi-Fi`. Two look-ups a place, and no join over all words.
     LATERAL (
       SELECT array_agg(ARRAY[head, rest]) AS cuts, coalesce(sum(least(head_ndoc, rest_ndoc)), 0)::int AS cut_ndoc
       FROM (
         SELECT place, head, rest, (SELECT ndoc FROM search_words WHERE word = head) AS head_ndoc,
                (SELECT ndoc FROM search_words WHERE word = rest) AS rest_ndoc
         FROM generate_series(1, CASE WHEN f.ndoc < {CUT_BELOW} AND char_length(lexeme) BETWEEN {CUT_FROM} AND {CUT_TO}
                                           AND lexeme !~ '[^[:alpha:]]' THEN char_length(lexeme) - 1 ELSE 0 END) AS place,
              LATERAL (SELECT left(lexeme, place) AS head, substr(lexeme, place + 1) AS rest) cut
         OFFSET 0
       ) x
       WHERE (head_ndoc IS NOT NULL OR place = 1) AND (rest_ndoc IS NOT NULL OR char_length(rest) = 1)
     ) c
ORDER BY t.place
"""
# Other spellings of words that belong together, as phrases; and about how many products have one at most.
_SPELLINGS = """
SELECT s.place, phrase::text AS phrase, ndoc
FROM unnest($1::text[]) WITH ORDINALITY AS s(spelling, place),
     LATERAL (SELECT phraseto_tsquery('words', s.spelling) AS phrase) p,
     LATERAL (
       SELECT min(coalesce(w.ndoc, 0)) AS ndoc
       FROM unnest(tsvector_to_array(to_tsvector('words', s.spelling))) AS lexeme LEFT JOIN search_words w ON w.word = lexeme
     ) n
WHERE numnode(phrase) > 0
"""
_OCCURS = "SELECT EXISTS (SELECT FROM product_search WHERE fts @@ $1::text::tsquery)"
# Behind every letter, in the order of bytes.
LAST = "U&'\\+10FFFF'"
_BEGINNING = f"""
SELECT coalesce(sum(ndoc), 0)::int FROM (
  SELECT ndoc FROM search_words WHERE word > $1 AND word < $1 || {LAST} LIMIT 1000
) x
"""
_PARTS = f"""
SELECT word, ndoc FROM search_words WHERE word LIKE '%' || $1 || '%' AND word <> $1 ORDER BY ndoc DESC, word LIMIT {PARTS}
"""


class Dictionary:
    """Understands queries; remembers known words for a minute."""

    def __init__(self) -> None:
        self._remembered: dict[str, tuple[float, list[Term]]] = {}

    async def understand(self, connection: Connection, query: str, *, complete: bool = True, correct: bool = True) -> Terms:
        """The terms of a query. `complete` takes the last word also as a beginning, and `correct` takes a word that nothing has
        for the nearest one that something has.
        """
        words = split(query)
        asked: list[list[Term]] = []
        by_stem_alone = set()
        for place, known in enumerate(await self._known(connection, words)):
            found = known
            if complete and place == len(words) - 1:
                found = [await self._completed(connection, words[place], term) for term in known]
            if correct and len(found) == 1 and not found[0].ndoc:
                found = [await self._occurring(connection, found[0])]
                if not found[0].ndoc:
                    found = [await self._with_parts(connection, found[0])]
            asked.append(found)
            if len(known) == 1 and known[0].ndoc == found[0].ndoc and not known[0].is_word and not known[0].cuts:
                by_stem_alone.add(place)
        terms, corrections = await self._meant(connection, asked, by_stem_alone) if correct else (asked, {})
        spelled = [*inside_names(words), *measures(words), *joined(words, _marked(query))]
        # Where one word stays unknown nothing would be found either, and the person's own words are the better answer.
        if not corrections or not all(term.ndoc for found in terms for term in found):
            return Terms(await self._together(connection, asked, spelled))
        corrected = " ".join(corrections.get(place, word) for place, word in enumerate(words))
        return Terms(await self._together(connection, terms, spelled), corrected)

    async def loosened(self, connection: Connection, query: str) -> Terms:
        """The terms of a query by which nothing was found: each word also as a part of longer ones, the last as a beginning, and
        any two neighbours as one word.
        """
        words = split(query)
        terms: list[list[Term]] = []
        for place, known in enumerate(await self._known(connection, words)):
            terms.append([])
            for term in known:
                found = await self._with_parts(connection, term)
                if place == len(words) - 1 and len(words[place]) >= LOOSE_PREFIX_LETTERS:
                    found = await self._beginning(connection, found)
                terms[-1].append(found)
        return Terms(await self._together(connection, terms, [*inside_names(words), *measures(words), *joined(words)]))

    async def _together(
        self, connection: Connection, terms: list[list[Term]], spelled: list[Spelled]
    ) -> tuple[Term | Together, ...]:
        """The terms of all words, those that belong together with their other spellings."""
        phrases: dict[tuple[int, int], list[tuple[str, int]]] = {}
        if spelled:
            tried = [(one, other) for one in spelled for other in one.others]
            for row in await connection.fetch(_SPELLINGS, [other for _, other in tried]):
                one = tried[row["place"] - 1][0]
                if row["ndoc"] or not one.must_be_known:
                    phrases.setdefault((one.start, one.end), []).append((row["phrase"], row["ndoc"]))
        found: list[Term | Together] = []
        place = 0
        ends = {one.start: one.end for one in reversed(spelled) if (one.start, one.end) in phrases}
        while place < len(terms):
            end = ends.get(place, place + 1)
            inside = tuple(term for at in terms[place:end] for term in at)
            if inside and place in ends:
                others = phrases[place, end]
                ndoc = min(term.ndoc for term in inside) + sum(ndoc for _, ndoc in others)
                found.append(Together(inside, tuple(phrase for phrase, _ in others), ndoc))
            else:
                found += inside
            place = end
        return tuple(dict.fromkeys(found))

    async def _occurring(self, connection: Connection, term: Term) -> Term:
        """A word that nothing has, as two where some product has them side by side: not everything that can be cut is."""
        if not term.cuts:
            return term
        whole = replace(term, cuts=())
        cuts = tuple([cut for cut in term.cuts if await connection.fetchval(_OCCURS, replace(whole, cuts=(cut,)).tsquery())])
        return replace(term, cuts=cuts, ndoc=1 if cuts else 0)

    async def likenesses(self, connection: Connection, query: str) -> list[dict[str, int]]:
        """For each word of a query what may have been meant, and how many letters are wrong: the word as it is indexed, then
        those that look like it. A word that something has was meant, unless something has each of them.
        """
        words = [known for known in await self._known(connection, split(query)) if known]
        if any(len(known) > 1 for known in words):
            return []
        are_words = all(term.is_word for [term] in words)
        return [
            {term.forms[0]: 0}
            | ({} if term.is_word and not are_words else await nearest(connection, term.forms[0], LOOSE_TWO_ERRORS_FROM))
            for [term] in words
        ]

    async def _meant(
        self, connection: Connection, asked: list[list[Term]], by_stem_alone: set[int]
    ) -> tuple[list[list[Term]], dict[int, str]]:
        """The terms with what was meant in the place of what nothing has; and by place the words that were meant."""
        terms, corrections = [*asked], {}
        for place, found in enumerate(asked):
            if len(found) != 1:
                continue
            [typed] = found
            if not typed.ndoc:
                candidates = await nearest(connection, typed.forms[0])
            elif place in by_stem_alone:
                candidates = await nearer_than_stems(connection, typed.forms[0], typed.forms[1:])
            else:
                continue
            others = [term.tsquery() for at, known in enumerate(asked) for term in known if at != place and term.ndoc]
            meant = next(iter(candidates), "")
            if candidates and others:
                # Nothing was found by a word that nothing has; one that a stem makes known stays, unless another fits.
                meant = await beside(connection, candidates, others) or ("" if typed.ndoc else meant)
            if meant:
                corrections[place] = meant
                terms[place] = await self._corrected(connection, typed, meant)
        return terms, corrections

    async def _corrected(self, connection: Connection, typed: Term, meant: str) -> list[Term]:
        """The terms of the word that was meant; the one that was typed remains a form, should a product just bring it.

        Where that is known by its stem, what is meant comes first.
        """
        [terms] = await self._known(connection, [meant])
        return [Term((*term.forms, *typed.forms), term.ndoc, meant=term.forms if typed.ndoc else ()) for term in terms]

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
            cuts = tuple((head, rest) for head, rest in row["cuts"] or ())
            ndoc = row["ndoc"] and row["ndoc"] + row["cut_ndoc"]
            found[row["place"] - 1].append(Term((row["lexeme"], *others), ndoc, cuts=cuts, is_word=row["is_word"]))
        return found

    async def _completed(self, connection: Connection, typed: str, term: Term) -> Term:
        """The term also as the beginning of longer words, when it is long enough and not common itself."""
        # A letter that is a word of its own begins every two that it is the first of.
        is_letter = len(typed) == 1 and has_no_blanks(typed)
        if (len(typed) < PREFIX_LETTERS or term.ndoc >= PREFIX_BELOW) and not is_letter:
            return term
        return await self._beginning(connection, term)

    async def _beginning(self, connection: Connection, term: Term) -> Term:
        longer = await connection.fetchval(_BEGINNING, term.forms[0])
        return replace(term, ndoc=term.ndoc + longer, is_beginning=True)

    async def _with_parts(self, connection: Connection, term: Term) -> Term:
        """The term also as a part of longer words, when it is a word of letters and long enough."""
        word = term.forms[0]
        if len(word) < PART_LETTERS or not word.isalpha() or has_no_blanks(word):
            return term
        rows = await connection.fetch(_PARTS, word)
        forms = dict.fromkeys((*term.forms, *(row["word"] for row in rows)))
        return replace(term, forms=tuple(forms), ndoc=term.ndoc + sum(row["ndoc"] for row in rows))


def split(query: str) -> list[str]:
    """The words of a query; marks inside words separate them, as they do in the documents."""
    return _SEPARATORS.sub(" ", with_x(query)).split()


def _marked(query: str) -> set[int]:
    """The places of words that stand behind a mark and not behind a blank."""
    places: set[int] = set()
    place = 0
    for word in with_x(query).split():
        parts = len(_SEPARATORS.sub(" ", word).split())
        places.update(range(place + 1, place + parts))
        place += parts
    return places
