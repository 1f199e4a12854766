"""Work that looks at all search rows: popularity as it is today, which rows are hot, how common each word is."""

from uuid import UUID

from catalog_svc.search.refresh import popularity
from catalog_svc.search.repository import SAMPLE
from chassis.db import Connection

# A row becomes hot among so many of the most popular, and stays hot among so many: few rows cross, as each one that does enters
# every index anew.
ENTER_SHARE, STAY_SHARE = 0.02, 0.03
# Below, everything is hot.
LEAST_HOT = 1_000
# Rows of one transaction, so that an edit never waits long.
BATCH = 2_000
# What is worked out again when so large a part of the rows was written since.
WRITTEN_SHARE = 0.2

_DUE = f"""
SELECT s.n_tup_ins + s.n_tup_upd AS written
FROM pg_stat_user_tables s LEFT JOIN search_upkeep u ON true
WHERE s.relid = 'product_search'::regclass
  AND (u.rank_time IS NULL OR abs(s.n_tup_ins + s.n_tup_upd - u.written) > {WRITTEN_SHARE} * s.n_live_tup
       OR u.rank_time < now() - interval '1 day' AND s.n_tup_ins + s.n_tup_upd <> u.written)
"""
_DONE = """
INSERT INTO search_upkeep (id, written, rank_time) VALUES (1, $1, now())
ON CONFLICT (id) DO UPDATE SET written = excluded.written, rank_time = excluded.rank_time
"""
_STALE = f"""
SELECT t.product_id FROM product_search t JOIN products p ON p.id = t.product_id
LEFT JOIN product_best b ON b.product_id = t.product_id
WHERE abs(t.popularity - {popularity("b.offer_count", "b.stock > 0")}) > 0.001
"""
_RANK = f"""
UPDATE product_search t SET popularity = {popularity("b.offer_count", "b.stock > 0")}
FROM products p LEFT JOIN product_best b ON b.product_id = p.id
WHERE t.product_id = p.id AND t.product_id IN (SELECT product_id FROM product_search WHERE product_id = ANY ($1::uuid[])
                                               ORDER BY product_id FOR UPDATE)
"""
_CUT = "SELECT popularity FROM product_search ORDER BY popularity DESC OFFSET $1 LIMIT 1"
_ENTERING = "SELECT product_id FROM product_search WHERE NOT hot AND popularity > $1"
_LEAVING = "SELECT product_id FROM product_search WHERE hot AND popularity <= $1"
_MARK = """
UPDATE product_search SET hot = $2 WHERE product_id IN (
  SELECT product_id FROM product_search WHERE product_id = ANY ($1::uuid[]) ORDER BY product_id FOR UPDATE
)
"""
# Rare words keep the count of the batch that brought them, and numbers that are rare stay out.
_COUNT_WORDS = f"""
INSERT INTO search_words AS t (word, ndoc, stems)
SELECT word, {SAMPLE} * ndoc, stems_of(word)
FROM ts_stat('SELECT fts FROM product_search WHERE in_sample')
WHERE ndoc >= 3 AND char_length(word) <= 40 AND (ndoc >= 16 OR word !~ '[0-9]')
ORDER BY word
ON CONFLICT (word) DO UPDATE SET ndoc = excluded.ndoc WHERE abs(t.ndoc - excluded.ndoc) > 0.25 * t.ndoc
"""


async def rank_if_due(connection: Connection) -> None:
    """Do all of this module's work when enough was written since the last time, or a day has passed."""
    written = await connection.fetchval(_DUE)
    if written is not None:
        await rank(connection)
        await connection.execute(_DONE, written)


async def rank(connection: Connection) -> None:
    """Bring popularity up to date, choose the hot rows and count words, in many short transactions. May be repeated."""
    await _write(connection, _RANK, await _ids(connection, _STALE))
    rows = await connection.fetchval("SELECT count(*) FROM product_search")
    enter, stay = [await _cut(connection, max(LEAST_HOT, int(share * rows))) for share in (ENTER_SHARE, STAY_SHARE)]
    await _write(connection, _MARK, await _ids(connection, _ENTERING, enter), True)
    await _write(connection, _MARK, await _ids(connection, _LEAVING, stay), False)
    await connection.execute(_COUNT_WORDS)


async def _cut(connection: Connection, rows: int) -> float:
    """The popularity that so many rows exceed; below all when there are not so many."""
    found = await connection.fetchval(_CUT, rows)
    return -1.0 if found is None else float(found)


async def _ids(connection: Connection, query: str, *parameters: object) -> list[UUID]:
    return [row["product_id"] for row in await connection.fetch(query, *parameters)]


async def _write(connection: Connection, statement: str, ids: list[UUID], *parameters: object) -> None:
    ids.sort()
    for start in range(0, len(ids), BATCH):
        await connection.execute(statement, ids[start : start + BATCH], *parameters)
