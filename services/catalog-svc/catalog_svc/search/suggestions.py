"""Completions of what is being typed: from the dictionary and the hot rows alone, so that a key costs next to nothing."""

import asyncpg

from catalog_svc.search.conditions import Conditions
from catalog_svc.search.dictionary import LAST, Dictionary, split
from catalog_svc.search.repository import RankQuery, SearchRepository, Tier
from catalog_svc.search.scripts import LETTERS
from catalog_svc.search.terms import Term, Terms
from chassis.db import Connection
from pm.catalog.v1 import products_pb2 as pb

QUERIES = 8
PRODUCTS = 5
# A single letter begins too many words.
LEAST_LETTERS = 2

# The word itself first, then the commonest; two letters of a script without blanks are a piece of a name.
_COMPLETIONS = f"""
SELECT word FROM search_words WHERE word >= $1 AND word < $1 || {LAST} AND (char_length(word) > 2 OR word !~ '[{LETTERS}]')
ORDER BY word = $1 DESC, ndoc DESC, word LIMIT {QUERIES}
"""
_LEXEMES = "SELECT tsvector_to_array(to_tsvector('words', $1))"
_TITLES = "SELECT id, title FROM unnest($1::uuid[]) WITH ORDINALITY AS t(id, place) JOIN products USING (id) ORDER BY place"


async def suggest(connection: Connection, dictionary: Dictionary, query: str) -> tuple[list[str], list[asyncpg.Record]]:
    """Whole queries that go on like this one, and popular products (id, title) that match it already."""
    *head, last = split(query) or [""]
    beginnings = await connection.fetchval(_LEXEMES, last)
    if len(beginnings) != 1 or len(last) < LEAST_LETTERS:
        return [], []
    [beginning] = beginnings
    words = [row["word"] for row in await connection.fetch(_COMPLETIONS, beginning)]
    known = await dictionary.understand(connection, " ".join(head), complete=False)
    terms = Terms((*known.all, Term((beginning,), 0, is_beginning=True)))
    conditions = Conditions(pb.SearchProductsRequest())
    conditions.require(conditions.words(terms.tsqueries()))
    ids = await SearchRepository(connection).tier(
        conditions, Tier.HOT, RankQuery(terms.tsquery(), terms.typed()), window=PRODUCTS, end=PRODUCTS
    )
    return [" ".join([*head, word]) for word in words], list(await connection.fetch(_TITLES, ids))
