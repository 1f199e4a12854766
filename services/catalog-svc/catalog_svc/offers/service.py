from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg

from catalog_svc.changes.facts import tell_changed
from catalog_svc.changes.models import CREATED
from catalog_svc.changes.repository import ChangeWriter, merged
from catalog_svc.fields import lists
from catalog_svc.fields.kinds import Kind
from catalog_svc.fields.registry import OFFERS, REGISTRY
from catalog_svc.fields.sets import MAX_STOCK
from catalog_svc.golden.skus import assign_skus, expect_skus_given
from catalog_svc.golden.survivorship import TOUCHED, lock_products, refresh_best, refresh_golden
from catalog_svc.history.images import ACTIVE
from catalog_svc.history.merging import note_merged
from catalog_svc.history.repository import HistoryWriter
from catalog_svc.offers.errors import CurrenciesDiffer
from catalog_svc.offers.our_skus import Judged, Said, judge
from catalog_svc.offers.renamed import gtin_warning
from catalog_svc.offers.repository import NOBODY, OfferRepository, OurWord
from catalog_svc.offers.sets import SetRepository, amount, offer_prices, offer_stocks
from catalog_svc.products.changed_gtins import ChangedGtin, of_offer
from catalog_svc.products.errors import GtinTaken
from catalog_svc.products.repository import ProductRepository
from catalog_svc.search.refresh import refresh_search
from catalog_svc.suppliers.errors import SupplierNotFound
from catalog_svc.taxonomy.repository import TaxonomyRepository
from chassis import auth
from chassis.db import Connection, note_change
from chassis.ids import uuid7
from pm.catalog.v1 import offers_pb2 as pb


class Edit(NamedTuple):
    """What is to be written of an offer: its columns, the products that follow it, and which of their fields may change."""

    offer_id: UUID
    product_id: UUID
    columns: Mapping[str, object]
    touched: set[UUID]
    fields: set[str]
    new: bool = False
    # Whether the product was made for it.
    created: bool = False


class OfferEditor:
    """Puts one offer by the rules of an import, over a plain connection inside a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._offers = OfferRepository(connection)
        self._products = ProductRepository(connection)
        self._taxonomy = TaxonomyRepository(connection)
        self._sets = SetRepository(connection)
        self._connection = connection

    async def put(self, wanted: pb.Offer) -> tuple[UUID, list[pb.OfferWarning]]:
        """Add or replace the offer of (supplier, ref). An offer that says the same already is not written.

        Returns its id, and what it says and the catalogue does not follow.

        Raises SupplierNotFound, InvalidGtin, UnknownCurrency, CurrenciesDiffer, NegativePrice, PriceTypeMissing, GivenTwice,
        CategoryTooDeep, FirstDiffers, OurSkuConflict, TieConflict, SkusBeingGiven, OfferMoved.
        """
        values = offer_values(wanted)
        prices, stocks = offer_prices(wanted), offer_stocks(wanted)
        if values["stock"] is None and stocks:
            values["stock"] = min(sum(stock.quantity for stock in stocks), MAX_STOCK)
        supplier_id = UUID(wanted.supplier_id)
        ours = await self._offers.our_word(supplier_id, wanted.ref)
        if ours is None:
            raise SupplierNotFound(supplier_id)
        named = {
            field.reference.column: await self._taxonomy.id_of(field, values[field.code])
            for field in REGISTRY.golden
            if field.reference
        }
        held = await self._offers.lock(supplier_id, wanted.ref)
        renamed = await self._renamed(held, values["gtin"])
        sku = wanted.ref if ours.own_list else values["our_sku"] or ours.tied_sku
        said = await self._said(sku, values["gtin"], held, ours) if sku is not None else None
        judged = judge(said) if said else Judged()
        if said and judged.left_out:
            raise said.refusal()
        if held is None:
            edit = await self._new(wanted, values, named, judged, sku if ours.own_list else None)
        else:
            sets = await self._sets.differing(held["id"], prices, stocks)
            edit = await self._change(held, values, sets, judged.product)
        concerned = {*edit.touched}
        if not edit.new and ours.own_list and not judged.conflict and await self._products.lacks_sku(edit.product_id):
            edit.touched.add(edit.product_id)
        fields = edit.fields
        into: dict[UUID, UUID] = {}
        if edit.touched:
            # Products before what is still to be written: the other way round two calls could wait for each other.
            await lock_products(self._connection, TOUCHED, sorted(edit.touched))
            await self._write(edit, wanted.ref)
            await self._sets.replace(edit.offer_id, prices, stocks)
            followed = await self._refresh(edit.touched, own_list=ours.own_list)
            fields = fields | ({"sku"} if any("sku" in changed for changed in followed.values()) else set())
            user_id = auth.current().user_id
            into = await note_merged(self._connection, [*(concerned - {edit.product_id})], user_id=user_id)
            feed = ChangeWriter(self._connection, user_id=user_id)
            if edit.created:
                await feed.note({edit.product_id: set()}, CREATED)
            else:
                await feed.note(merged(followed, {product_id: {OFFERS} for product_id in concerned}))
            await feed.note_merged(into)
            # Whose offers are counted.
            note_change("suppliers")
        if fields:
            await tell_changed(self._connection, edit.touched, fields, auth.current().user_id, into)
        warnings = _warnings(said, judged)
        if renamed:
            warnings.append(gtin_warning(renamed, await self._products.gtin(renamed.product_id)))
        return edit.offer_id, warnings

    async def _renamed(self, offer: asyncpg.Record | None, gtin: str | None) -> ChangedGtin | None:
        """What becomes of the product when a known offer has another GTIN than before."""
        if offer is None or not gtin or gtin == offer["gtin"]:
            return None
        before, ids = offer["gtin"] or "", (offer["id"], offer["product_id"])
        found = await of_offer(self._connection, offer["supplier_ref"], *ids, before=before, after=gtin)
        # One that had none says nothing new of a product that has none, or the same.
        return found if before or found.held not in (None, gtin) else None

    async def exclude(self, offer_id: UUID, *, excluded: bool) -> None:
        """Let an offer count no longer, or again; one of which that is true stays as it is. Raises OfferNotFound."""
        found = await self._offers.find(offer_id)
        ours = await self._offers.our_word(found["supplier_id"], found["supplier_ref"])
        offer = await self._offers.lock(found["supplier_id"], found["supplier_ref"])
        assert ours is not None, "an offer has its supplier"
        assert offer is not None, "offers are never deleted"
        if excluded == (offer["exclude_time"] is not None):
            return
        touched, user_id = {offer["product_id"]}, auth.current().user_id
        await lock_products(self._connection, TOUCHED, sorted(touched))
        await HistoryWriter(self._connection, user_id).offer(offer_id, {ACTIVE})
        await self._offers.exclude(offer_id, excluded=excluded)
        followed = await self._refresh(touched, own_list=ours.own_list)
        fields = merged(followed, {product_id: {OFFERS} for product_id in touched})
        await ChangeWriter(self._connection, user_id=user_id).note(fields)
        # Whose offers are counted.
        note_change("suppliers")
        await tell_changed(self._connection, touched, {*REGISTRY.joined, *followed.get(offer["product_id"], ())}, user_id)

    async def _said(self, sku: str, gtin: str | None, offer: asyncpg.Record | None, ours: OurWord) -> Said:
        """What our SKU and the GTIN say of an offer. Raises SkusBeingGiven."""
        by_sku, by_gtin = await self._offers.known("sku", sku), await self._offers.known("gtin", gtin)
        if by_sku is NOBODY:
            await expect_skus_given(self._connection)
        if by_sku is NOBODY and ours.own_list and offer is None:
            claimed = await self._offers.claimed(sku)
            fits = by_gtin.id in (None, claimed.id) and (not gtin or claimed.gtin in (None, gtin))
            by_sku = claimed if fits else by_sku
        other = ours.own_list and offer is not None and await self._offers.is_other_article(offer)
        held = None if offer is None else offer["product_id"]
        return Said(sku, gtin, ours.own_list, held, by_sku, by_gtin, other, ours.tied_sku)

    async def _new(
        self, wanted: pb.Offer, values: dict[str, Any], named: dict[str, UUID | None], judged: Judged, sku: str | None
    ) -> Edit:
        """An offer that was not there; `named` is what products hold of its words, `sku` what a product made for it is given."""
        offer_id, created = uuid7(), False
        if judged.product:
            product_id = judged.product
        else:
            shown = {field.code: values[field.code] for field in REGISTRY.golden if not field.reference} | {"sku": sku} | named
            product_id, created = await self._product(offer_id, shown, apart=judged.apart)
        key = {"id": offer_id, "supplier_id": UUID(wanted.supplier_id), "supplier_ref": wanted.ref, "product_id": product_id}
        fields = REGISTRY.shown(code for code, value in values.items() if value is not None) | REGISTRY.joined
        return Edit(offer_id, product_id, key | _columns(values), {product_id}, fields, new=True, created=created)

    async def _product(self, offer_id: UUID, shown: dict[str, Any], *, apart: bool) -> tuple[UUID, bool]:
        """The product a new offer belongs to, and whether it is new: that of its GTIN, else one that shows what the offer says.

        With `apart` a new one without the GTIN.
        """
        known = None if apart else await self._offers.product_of(shown["gtin"])
        if known is not None:
            return known, False
        product_id = uuid7()
        required = {field.code: shown[field.code] or "" for field in REGISTRY.golden if field.required}
        values = shown | required | ({"gtin": None} if apart else {}) | {"winning_offer_id": offer_id}
        try:
            await self._products.add({"id": product_id, **values})
            await HistoryWriter(self._connection, auth.current().user_id).created(product_id)
        except GtinTaken:
            # Somebody else created it since we looked.
            known = await self._offers.product_of(shown["gtin"])
            assert known is not None, "the product that has the GTIN was committed"
            return known, False
        return product_id, True

    async def _change(self, offer: asyncpg.Record, values: dict[str, Any], sets: set[str], decided: UUID | None) -> Edit:
        """Give a known offer its new values and record the old ones.

        `sets` are the names of those that will change.

        It stays with its product unless our SKU or its GTIN has become that of another one; `decided` is our SKU's.
        """
        left = offer["product_id"]
        changed = {code for code, value in values.items() if offer[REGISTRY[code].offer_column] != value}
        # An excluded one stays so, but did not vanish.
        back = (not offer["active"] and offer["exclude_time"] is None) or offer["vanish_time"] is not None
        if not changed and not sets and not back and decided in (None, left):
            return Edit(offer["id"], left, {}, set(), set())
        joined = decided or (await self._offers.product_of(values["gtin"]) if "gtin" in changed else None)
        product_id = joined or left
        told = changed | sets | ({ACTIVE} if back else set())
        await HistoryWriter(self._connection, auth.current().user_id).offer(offer["id"], told, moved=product_id != left)
        fields = REGISTRY.shown(changed) | (REGISTRY.joined if back or product_id != left else set())
        columns = _columns({code: values[code] for code in changed}) | {"product_id": product_id}
        return Edit(offer["id"], product_id, columns, {left, product_id}, fields)

    async def _write(self, edit: Edit, ref: str) -> None:
        """Raises OfferMoved."""
        if edit.new:
            await self._offers.add(ref, edit.columns)
            await HistoryWriter(self._connection, auth.current().user_id).created(edit.product_id, edit.offer_id)
        elif edit.columns:
            await self._offers.change(edit.offer_id, edit.columns)

    async def _refresh(self, touched: set[UUID], *, own_list: bool) -> dict[UUID, set[str]]:
        """Let products follow their offers; returns which of their fields that changes."""
        ids, user_id = sorted(touched), UUID(auth.current().user_id)
        golden = await refresh_golden(self._connection, TOUCHED, ids, user_id=user_id)
        best = await refresh_best(self._connection, TOUCHED, ids)
        named = await assign_skus(self._connection, TOUCHED, ids, user_id=user_id) if own_list else []
        await refresh_search(self._connection, TOUCHED, ids)
        return merged(golden, best.fields, {product_id: ["sku"] for product_id in named})


def offer_values(wanted: pb.Offer) -> dict[str, Any]:
    """The fields of an offer's message by their codes; what it leaves out is None.

    Raises InvalidGtin, UnknownCurrency, CurrenciesDiffer, NegativePrice, CategoryTooDeep, FirstDiffers.
    """
    values: dict[str, Any] = {}
    for field in REGISTRY.offer_texts:
        said = lists.said(wanted, field, "offer") if field.listed_as else getattr(wanted, field.code)
        values[field.code] = field.normalise(said, f"offer.{field.code}") or None
    for field in REGISTRY.values:
        if field.kind is not Kind.TEXT:
            given = wanted.HasField(field.code)  # type: ignore[arg-type]  # the names are the registry's
            value = getattr(wanted, field.code) if given else None
            values[field.code] = amount(value, f"offer.{field.code}") if value and field.kind is Kind.AMOUNT else value
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


def _columns(values: Mapping[str, object]) -> dict[str, object]:
    """Fields of an offer as its columns."""
    return {REGISTRY[code].offer_column: value for code, value in values.items()}
