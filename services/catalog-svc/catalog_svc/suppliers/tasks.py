"""The loop that ranks the offers of very large suppliers again, slice by slice, behind the call that gave them another rank."""

from functools import partial

from catalog_svc.slices import Slices
from catalog_svc.suppliers.service import Reranker
from chassis.db import Database, uncontended


async def rank_slice(database: Database) -> bool:
    """Rank one slice again; False when nothing is to be done. Raises Contended."""

    async def work() -> bool:
        async with database.writing() as connection:
            return await Reranker(connection).next_slice()

    return await uncontended(work)


class Reranking(Slices):
    """The loop over all suppliers that are to be ranked again."""

    def __init__(self, database: Database) -> None:
        super().__init__(partial(rank_slice, database), "ranking again")
