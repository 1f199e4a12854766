from typing import Any
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession

from catalog_svc.bulk.columns import HELD, JOINED, MAX_STOCK, shown
from catalog_svc.changes.models import CREATED
from catalog_svc.changes.repository import OFFERS, ChangeWriter, merged
from catalog_svc.offers.errors import CurrenciesDiffer
from catalog_svc.offers.models import Offer
from catalog_svc.offers.our_skus import Judged, Said, judge
from catalog_svc.offers.renamed import gtin_warning
from catalog_svc.offers.repository import NOBODY, OfferRepository, OurWord
from catalog_svc.offers.sets import SetRepository, amount, offer_prices, offer_stocks
from catalog_svc.products.changed_gtins import ChangedGtin, of_offer
from catalog_svc.products.errors import GtinTaken
from catalog_svc.products.golden import TOUCHED, lock_products, refresh_best, refresh_golden
from catalog_svc.products.gtin import check_gtin
from catalog_svc.products.repository import ProductRepository, tell_changed
from catalog_svc.products.skus import assign_skus, expect_skus_given
from catalog_svc.search.refresh import refresh_search
from catalog_svc.suppliers.errors import SupplierNotFound
from catalog_svc.taxonomy.paths import canonical
from catalog_svc.taxonomy.repository import TaxonomyRepository
from chassis import auth
from chassis.db import Connection, note_change
from chassis.ids import uuid7
from pm.catalog.v1 import offers_pb2 as pb

TEXTS = tuple(column.name for column in HELD if column.kind == "text" and column.name != "currency")


class OfferEditor:
    """Puts one offer by the rules of an import, inside one transaction: `connection` is the one under `session`."""

    def __init__(self, session: AsyncSession, connection: Connection) -> None:
        self._offers = OfferRepository(session)
        self._products = ProductRepository(connection)
        self._taxonomy = TaxonomyRepository(connection)
        self._sets = SetRepository(connection)
        self._connection = connection

    async def put(self, wanted: pb.Offer) -> tuple[UUID, list[pb.OfferWarning]]:
        """Add or replace the offer of (supplier, ref). An offer that says the same already is not written.

        Returns its id, and what it says and the catalogue does not follow.

        Raises SupplierNotFound, InvalidGtin, UnknownCurrency, CurrenciesDiffer, NegativePrice, PriceTypeMissing, GivenTwice,
        CategoryTooDeep, OurSkuConflict, TieConflict, SkusBeingGiven, OfferMoved.
        """
        values = offer_values(wanted)
        prices, stocks = offer_prices(wanted), offer_stocks(wanted)
        if values["stock"] is None and stocks:
            values["stock"] = min(sum(stock.quantity for stock in stocks), MAX_STOCK)
        supplier_id = UUID(wanted.supplier_id)
        ours = await self._offers.our_word(supplier_id, wanted.ref)
        if ours is None:
            raise SupplierNotFound(supplier_id)
        own_list = ours.own_list
        brand_id = await self._taxonomy.brand(values["brand"])
        category_id = await self._taxonomy.category(values["category"])
        offer = await self._offers.lock(supplier_id, wanted.ref)
        renamed = await self._renamed(offer, values["gtin"])
        sku = wanted.ref if own_list else values["our_sku"] or ours.tied_sku
        said = await self._said(sku, values["gtin"], offer, ours) if sku is not None else None
        judged = judge(said) if said else Judged()
        if said and judged.left_out:
            raise said.refusal()
        created = False
        if offer is None:
            offer = Offer(id=uuid7(), supplier_id=supplier_id, supplier_ref=wanted.ref, **values)
            if judged.product:
                offer.product_id = judged.product
            else:
                new_sku = sku if own_list else None
                offer.product_id, created = await self._product(offer, brand_id, category_id, new_sku, apart=judged.apart)
            touched = {offer.product_id}
            concerned = touched
            fields = shown(column for column, value in values.items() if value is not None) | JOINED
        else:
            sets = await self._sets.differing(offer.id, prices, stocks)
            touched, fields = await self._change(offer, values, sets, judged.product)
            concerned = {*touched}
            if own_list and not judged.conflict and await self._products.lacks_sku(offer.product_id):
                touched.add(offer.product_id)
        if touched:
            # Products before what is still to be written: the other way round two calls could wait for each other.
            await lock_products(self._connection, TOUCHED, sorted(touched))
            await self._offers.save(offer)
            await self._sets.replace(offer.id, prices, stocks)
            followed = await self._refresh(touched, own_list=own_list)
            fields = fields | ({"sku"} if any("sku" in changed for changed in followed.values()) else set())
            feed = ChangeWriter(self._connection, user_id=auth.current().user_id)
            if created:
                await feed.note({offer.product_id: set()}, CREATED)
            else:
                await feed.note(merged(followed, {product_id: {OFFERS} for product_id in concerned}))
            # Whose offers are counted.
            note_change("suppliers")
        if fields:
            await tell_changed(self._connection, touched, fields, auth.current().user_id)
        return offer.id, [*_warnings(said, judged), *([gtin_warning(renamed)] if renamed else [])]

    async def _renamed(self, offer: Offer | None, gtin: str | None) -> ChangedGtin | None:
        """What becomes of the product when a known offer has another GTIN than before."""
        if offer is None or not gtin or not offer.gtin or gtin == offer.gtin:
            return None
        return await of_offer(self._connection, offer.supplier_ref, offer.id, offer.product_id, before=offer.gtin, after=gtin)

    async def _said(self, sku: str, gtin: str | None, offer: Offer | None, ours: OurWord) -> Said:
        """What our SKU and the GTIN say of an offer. Raises SkusBeingGiven."""
        by_sku, by_gtin = await self._offers.known("sku", sku), await self._offers.known("gtin", gtin)
        if by_sku is NOBODY:
            await expect_skus_given(self._connection)
        if by_sku is NOBODY and ours.own_list and offer is None:
            claimed = await self._offers.claimed(sku)
            fits = by_gtin.id in (None, claimed.id) and (not gtin or claimed.gtin in (None, gtin))
            by_sku = claimed if fits else by_sku
        other = ours.own_list and offer is not None and await self._offers.is_other_article(offer)
        held = None if offer is None else offer.product_id
        return Said(sku, gtin, ours.own_list, held, by_sku, by_gtin, other, ours.tied_sku)

    async def _product(
        self, offer: Offer, brand_id: UUID | None, category_id: UUID | None, sku: str | None, *, apart: bool
    ) -> tuple[UUID, bool]:
        """The product a new offer belongs to, and whether it is new: that of its GTIN, else one that says what the offer says.

        With `apart` a new one without the GTIN.
        """
        known = None if apart else await self._offers.product_of(offer.gtin)
        if known is not None:
            return known, False
        product_id = uuid7()
        values = {column: getattr(offer, column) for column in ("gtin", "description", "mpn", "image_url")}
        values |= {"sku": sku} | ({"gtin": None} if apart else {})
        values |= {"title": offer.title or "", "brand_id": brand_id, "category_id": category_id, "winning_offer_id": offer.id}
        try:
            await self._products.add({"id": product_id, **values})
        except GtinTaken:
            # Somebody else created it since we looked.
            known = await self._offers.product_of(offer.gtin)
            assert known is not None, "the product that has the GTIN was committed"
            return known, False
        return product_id, True

    async def _change(
        self, offer: Offer, values: dict[str, Any], sets: dict[str, str], decided: UUID | None
    ) -> tuple[set[UUID], set[str]]:
        """Give a known offer its new values and record the old ones; returns the products this concerns, and their fields.

        `sets` are those that will change, by name, as they are now.

        It stays with its product unless our SKU or its GTIN has become that of another one; `decided` is our SKU's.
        """
        changed = {column for column, value in values.items() if getattr(offer, column) != value}
        if not changed and not sets and offer.active and decided in (None, offer.product_id):
            return set(), set()
        left = offer.product_id
        joined = decided or (await self._offers.product_of(values["gtin"]) if "gtin" in changed else None)
        await self._products.note(
            left,
            auth.current().user_id,
            {column: _text(getattr(offer, column)) for column in changed} | sets,
            offer_id=offer.id,
        )
        for column in changed:
            setattr(offer, column, values[column])
        offer.product_id = joined or left
        fields = shown(changed) | (set() if offer.active and offer.product_id == left else JOINED)
        offer.active = True
        offer.run_id = offer.file_row = None
        offer.version += 1
        offer.update_time = func.now()
        return {left, offer.product_id}, fields

    async def _refresh(self, touched: set[UUID], *, own_list: bool) -> dict[UUID, set[str]]:
        """Let products follow their offers; returns which of their fields that changes."""
        ids, user_id = sorted(touched), UUID(auth.current().user_id)
        golden = await refresh_golden(self._connection, TOUCHED, ids, user_id=user_id)
        best = await refresh_best(self._connection, TOUCHED, ids)
        named = await assign_skus(self._connection, TOUCHED, ids, user_id=user_id) if own_list else []
        await refresh_search(self._connection, TOUCHED, ids)
        return merged(golden, best.fields, {product_id: ["sku"] for product_id in named})


def offer_values(wanted: pb.Offer) -> dict[str, Any]:
    """The columns an offer's message fills; what it leaves out is empty.

    Raises InvalidGtin, UnknownCurrency, CurrenciesDiffer, NegativePrice, CategoryTooDeep.
    """
    check_gtin(wanted.gtin, "offer.gtin")
    values: dict[str, Any] = {name: getattr(wanted, name) or None for name in TEXTS}
    values["category"] = canonical(wanted.category) or None
    values["stock"] = wanted.stock if wanted.HasField("stock") else None
    values["pack_size"] = wanted.pack_size if wanted.HasField("pack_size") else None
    values["price"] = amount(wanted.price, "offer.price") if wanted.HasField("price") else None
    values["list_price"] = amount(wanted.list_price, "offer.list_price") if wanted.HasField("list_price") else None
    if wanted.HasField("price") and wanted.HasField("list_price") and wanted.price.currency != wanted.list_price.currency:
        raise CurrenciesDiffer(wanted.price.currency, wanted.list_price.currency)
    values["currency"] = wanted.price.currency or wanted.list_price.currency or None
    return values


def _warnings(said: Said | None, judged: Judged) -> list[pb.OfferWarning]:
    """What an import would tell of the offer as a row."""
    if said is None or not (judged.conflict or judged.unknown):
        return []
    if judged.unknown:
        text = f"No product has our SKU {said.sku}: GTIN and reference decided."
        return [pb.OfferWarning(reason=pb.OfferWarning.REASON_OUR_SKU_UNKNOWN, message=text)]
    conflict = said.refusal()
    return [
        pb.OfferWarning(
            reason=pb.OfferWarning.REASON_OUR_SKU_CONFLICT,
            message=conflict.message,
            sku_product_id=conflict.metadata.get("sku_product_id", ""),
            gtin_product_id=conflict.metadata.get("gtin_product_id", ""),
        )
    ]


def _text(value: object) -> str:
    return "" if value is None else str(value)
