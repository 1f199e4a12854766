"""The search catches up with an applied batch, in a transaction of its own beside the one that applies the next."""

from uuid import UUID

from catalog_svc.bulk.plan import CONFLICT, plan_table
from catalog_svc.golden.survivorship import TOUCHED, lock_products
from catalog_svc.search.refresh import index_created, refresh_search
from chassis.db import Connection


async def index_batch(connection: Connection, run_id: UUID, rows: tuple[int, int], reindex: list[UUID]) -> None:
    """Give search rows to the products that a batch created and bring those of `reindex` up to date."""
    created = f"SELECT product_id FROM {plan_table(run_id)} WHERE row_no BETWEEN $1 AND $2 AND kind <> {CONFLICT} AND creates"
    await index_created(connection, created, "SELECT supplier_id FROM runs WHERE id = $3", *rows, run_id)
    if reindex:
        # Whoever edits one of them meanwhile waits, so that what is read here is not written over what they wrote.
        await lock_products(connection, TOUCHED, reindex)
        await refresh_search(connection, TOUCHED, reindex)
