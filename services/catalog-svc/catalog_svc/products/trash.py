"""The trash: a state of a product that people give it, whatever its offers do."""

from uuid import UUID

from catalog_svc.changes.facts import product_changed
from catalog_svc.changes.models import RESTORED, TRASHED
from catalog_svc.changes.repository import ChangeWriter
from catalog_svc.golden.survivorship import lock_products
from catalog_svc.history.repository import HistoryWriter
from catalog_svc.products.repository import ProductRepository
from catalog_svc.products.service import ONE_PRODUCT
from catalog_svc.search.refresh import refresh_search
from chassis import auth
from chassis.db import Connection
from chassis.errors import VersionConflict
from chassis.times import now
from events.outbox import emit_on

_HOLD_INDEXING = """
SELECT FROM run_batches WHERE run_id = (SELECT run_created FROM products WHERE id = $1)
  AND apply_time IS NOT NULL AND index_time IS NULL ORDER BY batch FOR UPDATE
"""


class ProductTrash:
    """Puts products into the trash and takes them out, over a plain connection inside a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._products = ProductRepository(connection)

    async def move(self, product_id: UUID, *, trash: bool, version: int | None = None) -> None:
        """Into the trash or out of it; one that is there already is left as it is. Raises ProductNotFound, VersionConflict."""
        # An import that creates it gives it a search row later, without a look: that is waited for, or waits.
        await self._connection.execute(_HOLD_INDEXING, product_id)
        await lock_products(self._connection, ONE_PRODUCT, product_id)
        product = await self._products.lock(product_id)
        if version is not None and version != product["version"]:
            raise VersionConflict(expected=version, actual=product["version"])
        if trash == (product["trash_time"] is not None):
            return
        user_id = auth.current().user_id
        await HistoryWriter(self._connection, user_id).product(product_id, ("state",), TRASHED if trash else RESTORED)
        await self._products.change(product_id, {"trash_time": now() if trash else None})
        await refresh_search(self._connection, ONE_PRODUCT, product_id)
        await ChangeWriter(self._connection, user_id=user_id).note({product_id: {"state"}}, TRASHED if trash else RESTORED)
        await emit_on(self._connection, product_changed(product_id, product["version"] + 1, ("state",), user_id))
