"""What follows from a supplier's new rank: its products are worked out again, at once or in slices behind the call."""

from collections.abc import Sequence
from uuid import UUID

from catalog_svc.changes.facts import tell_changed
from catalog_svc.changes.repository import ChangeWriter, merged
from catalog_svc.fields.registry import REGISTRY
from catalog_svc.golden.skus import assign_skus
from catalog_svc.golden.survivorship import TOUCHED, lock_products, refresh_best, refresh_golden
from catalog_svc.search.refresh import refresh_search
from catalog_svc.settings import DOMAIN
from catalog_svc.suppliers.repository import RerankingRepository
from chassis.db import Connection, note_change

# What can be ranked again well within a call's deadline.
RERANKED_OFFERS = 20_000
# Of what can't, so many in one transaction.
SLICE_OFFERS = 2_000


class Reranker:
    """Ranks a supplier's offers again inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rerankings = RerankingRepository(connection)

    async def follow(self, supplier_id: UUID, offers: int, user_id: UUID, *, own_list: bool) -> int:
        """Let the supplier's new rank decide who wins; returns how many of its `offers` are left to the slices.

        What was left of an earlier new rank is included. `own_list`: its products get its references as SKUs.
        """
        if offers > RERANKED_OFFERS:
            await self._rerankings.begin(supplier_id, offers, user_id)
            return offers
        # Waits for a slice that began with the rank before.
        await self._rerankings.end(supplier_id)
        await self._rank(await self._rerankings.products(supplier_id), user_id, own_list=own_list)
        return 0

    async def next_slice(self) -> bool:
        """Rank the next offers of a supplier that are still to be ranked again; False when there are none that nobody is at."""
        reranking = await self._rerankings.claim()
        if reranking is None:
            return False
        supplier_id = reranking["supplier_id"]
        offers = await self._rerankings.slice(supplier_id, reranking["after_ref"], SLICE_OFFERS)
        products = sorted({offer["product_id"] for offer in offers})
        await self._rank(products, reranking["user_id"], own_list=await self._rerankings.is_own_list(supplier_id))
        if len(offers) < SLICE_OFFERS:
            await self._rerankings.end(supplier_id)
        else:
            await self._rerankings.advance(supplier_id, offers[-1]["supplier_ref"], len(offers))
        note_change("suppliers")
        return True

    async def _rank(self, products: Sequence[UUID], user_id: UUID, *, own_list: bool) -> None:
        note_change(DOMAIN)
        await lock_products(self._connection, TOUCHED, products)
        changed = await refresh_golden(self._connection, TOUCHED, products, user_id=user_id)
        offered = await refresh_best(self._connection, TOUCHED, products)
        named = await assign_skus(self._connection, TOUCHED, products, user_id=user_id) if own_list else []
        await refresh_search(self._connection, TOUCHED, list(changed))
        given = {product_id: ["sku"] for product_id in named}
        await ChangeWriter(self._connection, user_id=user_id).note(merged(changed, offered.fields, given))
        golden = (field.code for field in REGISTRY.lockable)
        fields = (*golden, "price", "winning_offer_id", *(["sku"] if named else []))
        await tell_changed(self._connection, {*changed, *offered.otherwise, *named}, fields, str(user_id))
