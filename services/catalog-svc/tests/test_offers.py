import asyncio

from catalog_client import NOWHERE, PERMISSIONS, Catalog

from catalog_svc.main import registrations
from chassis.client import DecodeErrors
from chassis.testing import serving
from pm.catalog.v1 import offers_pb2 as pb
from pm.catalog.v1 import products_pb2
from pm.common.v1.money_pb2 import Money

PEN = "04006381333931"
INK = "04006381333948"
USER = "01890000-0000-7000-8000-000000000001"


def euros(amount):
    return Money(amount=amount, currency="EUR")


def put(supplier, ref, **fields):
    return pb.PutOfferRequest(offer=pb.Offer(supplier_id=supplier.id, ref=ref, **fields))


async def test_new_offer_makes_its_product(catalog):
    nord = await catalog.supplier("Nord")
    offer = await catalog.offer(
        nord, "N-1", gtin=PEN, title="Pen", brand="Acme", category="Pens", price=euros("1.5"), list_price=euros("2"), stock=4
    )
    assert (offer.ref, offer.price, offer.list_price, offer.stock) == ("N-1", euros("1.50"), euros("2.00"), 4)
    assert not offer.HasField("pack_size")
    product = await catalog.get(offer.product_id)
    assert (product.gtin, product.title, product.brand, product.category) == (PEN, "Pen", "Acme", "Pens")
    assert (product.price, product.stock, product.offer_count) == (euros("1.50"), 4, 1)
    assert product.winning_offer_id == offer.id
    assert [hit.product.id for hit in (await catalog.search("pen")).hits] == [product.id]


async def test_offers_of_one_gtin_share_a_product(catalog):
    made = await catalog.product(gtin=PEN, title="By hand")
    nord, sud = await catalog.supplier("Nord"), await catalog.supplier("Sud", priority=1)
    first = await catalog.offer(nord, "N-1", gtin=PEN, title="Nord's pen", mpn="M1", price=euros("1"), stock=1)
    second = await catalog.offer(sud, "S-1", gtin=PEN, title="Sud's pen", price=euros("2"), stock=2)
    assert first.product_id == second.product_id == made.id
    product = await catalog.get(made.id)
    assert (product.title, product.mpn) == ("By hand", "M1")
    assert (product.price, product.stock, product.offer_count) == (euros("2.00"), 3, 2)
    assert product.winning_offer_id == second.id


async def test_replaced_offer_is_recorded(catalog):
    nord = await catalog.supplier("Nord")
    offer = await catalog.offer(nord, "N-1", title="Pen", price=euros("1"), stock=3)
    again = await catalog.offer(nord, "N-1", title="Better pen", price=euros("2"))
    assert (again.id, again.version, again.HasField("stock")) == (offer.id, 2, False)
    product = await catalog.get(offer.product_id)
    assert (product.title, product.price, product.HasField("stock")) == ("Better pen", euros("2.00"), False)
    golden, of_offer = await catalog.changes(offer.product_id)
    assert (of_offer.offer_id, of_offer.user_id) == (offer.id, USER)
    assert dict(of_offer.before) == {"title": "Pen", "price": "1.000000", "stock": "3"}
    assert (golden.offer_id, golden.user_id, dict(golden.before)) == ("", USER, {"title": "Pen"})


async def test_the_same_offer_again_writes_nothing(catalog):
    nord = await catalog.supplier("Nord")
    offer = await catalog.offer(nord, "N-1", title="Pen", price=euros("1.5"))
    assert await catalog.offer(nord, "N-1", title="Pen", price=euros("1.50")) == offer
    assert await catalog.changes(offer.product_id) == []


async def test_changed_gtin_moves_the_offer_to_that_product(catalog):
    nord = await catalog.supplier("Nord")
    ink = await catalog.product(gtin=INK, title="Ink")
    offer = await catalog.offer(nord, "N-1", gtin=PEN, title="Pen")
    moved = await catalog.offer(nord, "N-1", gtin=INK, title="Pen")
    assert (moved.id, moved.product_id) == (offer.id, ink.id)
    assert (await catalog.get(ink.id)).winning_offer_id == offer.id
    left = await catalog.get(offer.product_id)
    assert (left.winning_offer_id, left.offer_count) == ("", 0)


async def test_unknown_gtin_leaves_the_offer_where_it_is(catalog):
    nord = await catalog.supplier("Nord")
    offer = await catalog.offer(nord, "N-1", title="Pen")
    again = await catalog.offer(nord, "N-1", gtin=PEN, title="Pen")
    assert again.product_id == offer.product_id
    assert (await catalog.get(offer.product_id)).gtin == PEN


async def test_put_refusals(catalog):
    nord = await catalog.supplier("Nord")
    mixed = put(nord, "N", price=euros("1"), list_price=Money(amount="1", currency="USD"))
    assert (await catalog.refused("PutOffer", mixed)).reason == "CURRENCIES_DIFFER"
    unknown = put(nord, "N", price=Money(amount="1", currency="QQQ"))
    assert (await catalog.refused("PutOffer", unknown)).reason == "UNKNOWN_CURRENCY"
    assert (await catalog.refused("PutOffer", put(nord, "N", image_url="ftp://a/b.jpg"))).reason == "INVALID_MESSAGE"
    assert (await catalog.refused("PutOffer", put(nord, "N", price=euros("-1")))).reason == "NEGATIVE_PRICE"
    assert (await catalog.refused("PutOffer", put(nord, "N", gtin="04006381333930"))).reason == "INVALID_GTIN"
    assert (await catalog.refused("PutOffer", put(nord, ""))).reason == "INVALID_MESSAGE"
    unknown = pb.PutOfferRequest(offer=pb.Offer(supplier_id=NOWHERE, ref="N"))
    assert (await catalog.refused("PutOffer", unknown)).reason == "SUPPLIER_NOT_FOUND"
    assert (await catalog("ListProducts", products_pb2.ListProductsRequest())).products == []


async def test_offers_of_a_product_winning_first(catalog):
    ids = []
    for number, priority in enumerate((50, 1, 50, 7)):
        supplier = await catalog.supplier(f"s{number}", priority=priority)
        ids.append((await catalog.offer(supplier, "R", gtin=PEN)).id)
    product_id = (await catalog.offer(supplier, "R", gtin=PEN)).product_id
    seen, token = [], ""
    for _ in range(2):
        page = await catalog("ListOffers", pb.ListOffersRequest(product_id=product_id, page_size=2, page_token=token))
        seen += [offer.id for offer in page.offers]
        token = page.next_page_token
    assert (seen, token) == ([ids[1], ids[3], ids[0], ids[2]], "")
    assert (await catalog.get(product_id)).winning_offer_id == ids[1]
    of_one = await catalog("ListOffers", pb.ListOffersRequest(product_id=product_id, supplier_id=supplier.id))
    assert [offer.id for offer in of_one.offers] == [ids[3]]


async def test_offers_of_a_supplier_by_reference(catalog):
    nord, sud = await catalog.supplier("Nord"), await catalog.supplier("Sud")
    for ref in ("b", "c", "a"):
        await catalog.offer(nord, ref)
    await catalog.offer(sud, "d")
    seen, token = [], ""
    for _ in range(2):
        page = await catalog("ListOffers", pb.ListOffersRequest(supplier_id=nord.id, page_size=2, page_token=token))
        seen += [offer.ref for offer in page.offers]
        token = page.next_page_token
    assert (seen, token) == (["a", "b", "c"], "")
    assert (await catalog.refused("ListOffers", pb.ListOffersRequest())).reason == "OWNER_MISSING"


async def test_list_asks_once(catalog, asked):
    nord = await catalog.supplier("Nord")
    counts = set()
    for number in range(1, 5):
        offer = await catalog.offer(nord, f"r{number}", gtin=PEN)
        with asked() as by_product:
            page = await catalog("ListOffers", pb.ListOffersRequest(product_id=offer.product_id))
        assert len(page.offers) == number
        with asked() as by_supplier:
            page = await catalog("ListOffers", pb.ListOffersRequest(supplier_id=nord.id))
        assert len(page.offers) == number
        counts |= {len(by_product), len(by_supplier)}
    assert len(counts) == 1


async def test_permissions(channel, as_user, catalog):
    nord = await catalog.supplier("Nord")
    reader = Catalog(channel, as_user("catalog.products.read"))
    assert (await reader.refused("PutOffer", put(nord, "N"))).reason == "MISSING_PERMISSION"
    assert (await reader("ListOffers", pb.ListOffersRequest(supplier_id=nord.id))).offers == []


async def test_offers_put_at_once_meet(committed_database, keys_dir, as_user):
    """Real commits: two suppliers' offers make one product, and survivorship has always seen both."""
    async with serving("catalog-svc", keys_dir, registrations(committed_database, "EUR"), DecodeErrors()) as channel:
        catalog = Catalog(channel, as_user(*PERMISSIONS))
        first, second = await catalog.supplier("first", priority=1), await catalog.supplier("second", priority=2)
        for stock in range(1, 16):
            offers = await asyncio.gather(
                catalog.offer(second, "S", gtin=PEN, title="second", mpn=f"M{stock}", stock=stock),
                catalog.offer(first, "F", gtin=PEN, title=f"first {stock}", stock=stock),
            )
            assert len({offer.product_id for offer in offers}) == 1
            product = await catalog.get(offers[0].product_id)
            assert (product.title, product.mpn, product.stock) == (f"first {stock}", f"M{stock}", 2 * stock)
