"""Brands that are one under several names: suggested, decided by people, and never merged in silence."""

import pytest
from bulk_client import BulkClient, offer
from catalog_client import NOWHERE, PERMISSIONS, Catalog

from catalog_svc.main import registrations
from chassis.client import DecodeErrors
from chassis.testing import serving
from pm.catalog.v1 import taxonomy_pb2 as pb


async def brands(catalog):
    return {brand.name: brand for brand in (await catalog("ListBrands", pb.ListBrandsRequest(page_size=500))).brands}


async def suggested(catalog):
    found = (await catalog("ListBrandSuggestions", pb.ListBrandSuggestionsRequest())).suggestions
    return [(one.brand.name, [other.name for other in one.others]) for one in found]


async def merge(catalog, name, into):
    known = await brands(catalog)
    return await catalog("MergeBrand", pb.MergeBrandRequest(id=known[name].id, into_id=known[into].id))


async def test_names_that_differ_in_marks_and_legal_forms_are_suggested_and_nothing_is_merged(catalog):
    spellings = [
        *(
            "Bosch",
            "Bosch",
            "BOSCH GmbH",
            "Bösch",
            "Robert Bosch",
            "Black & Decker",
            "Black+Decker",
            "BlackDecker",
            "A.E.G.",
            "AEG",
        ),
        *("ООО Ромашка", "Ромашка", "Möbel Müller Co. KG", "Mobel Muller", "GmbH", "AG"),
    ]
    for brand in spellings:
        await catalog.product(title="x", brand=brand)
    assert sorted((first, sorted(others)) for first, others in await suggested(catalog)) == [
        ("A.E.G.", ["AEG"]),
        ("Black & Decker", ["Black+Decker", "BlackDecker"]),
        ("Bosch", ["BOSCH GmbH", "Bösch"]),
        ("Möbel Müller Co. KG", ["Mobel Muller"]),
        ("ООО Ромашка", ["Ромашка"]),
    ]
    [bosch] = [
        one
        for one in (await catalog("ListBrandSuggestions", pb.ListBrandSuggestionsRequest())).suggestions
        if one.brand.name == "Bosch"
    ]
    assert (bosch.brand.product_count, [other.product_count for other in bosch.others]) == (2, [1, 1])
    assert {brand.merged_into_id for brand in (await brands(catalog)).values()} == {""}


async def test_suggestions_page_by_page(catalog):
    for brand in ("Acme", "Acme Ltd", "Bolt", "Bolt Inc.", "Cord", "Cord AG"):
        await catalog.product(title="x", brand=brand)
    first = await catalog("ListBrandSuggestions", pb.ListBrandSuggestionsRequest(page_size=2))
    rest = await catalog("ListBrandSuggestions", pb.ListBrandSuggestionsRequest(page_size=2, page_token=first.next_page_token))
    assert [one.brand.name for one in (*first.suggestions, *rest.suggestions)] == ["Acme", "Bolt", "Cord"]
    assert rest.next_page_token == ""


async def test_a_merged_brand_is_the_other_one_from_then_on(catalog):
    old = await catalog.product(title="Drill", brand="BOSCH GmbH")
    await catalog.product(title="Saw", brand="Bosch")
    supplier = await catalog.supplier("Nord")
    merged = await merge(catalog, "BOSCH GmbH", "Bosch")
    known = await brands(catalog)
    assert merged.merged_into_id == known["BOSCH GmbH"].merged_into_id == known["Bosch"].id
    assert await suggested(catalog) == []

    shown = await catalog.get(old.id)
    assert (shown.brand, shown.version) == ("Bosch", old.version + 1)
    [change] = [change for change in await catalog.changes(old.id) if "brand" in change.fields]
    assert dict(change.before) == {"brand": "BOSCH GmbH"}
    for brand in (known["Bosch"].id, known["BOSCH GmbH"].id):
        assert {hit.product.title for hit in (await catalog.search(brand_id=brand)).hits} == {"Drill", "Saw"}

    later = await catalog.product(title="Sander", brand="bosch gmbh")
    assert (await catalog.get(later.id)).brand == "Bosch"
    offer = await catalog.offer(supplier, "N-1", title="Planer", brand="Bosch GmbH")
    assert ((await catalog.get(offer.product_id)).brand, offer.brand) == ("Bosch", "Bosch GmbH")


async def test_synonyms_of_a_merged_brand_go_with_it_and_a_split_takes_it_back(catalog):
    supplier = await catalog.supplier("Nord")
    offer = await catalog.offer(supplier, "N-1", title="Drill", brand="Bosch GmbH")
    for brand in ("Bosch", "Robert Bosch"):
        await catalog.product(title="x", brand=brand)
    await merge(catalog, "Bosch GmbH", "Bosch")
    await merge(catalog, "Bosch", "Robert Bosch")
    assert (await catalog.get(offer.product_id)).brand == "Robert Bosch"
    known = await brands(catalog)
    assert known["Bosch GmbH"].merged_into_id == known["Robert Bosch"].id
    split = await catalog("SplitBrand", pb.SplitBrandRequest(id=known["Bosch GmbH"].id))
    assert (split.merged_into_id, (await catalog.get(offer.product_id)).brand) == ("", "Bosch GmbH")


async def test_what_was_rejected_is_not_suggested_again(catalog):
    for brand in ("Acme", "Acme", "Acme Ltd", "ACME Inc"):
        await catalog.product(title="x", brand=brand)
    known = await brands(catalog)
    request = pb.RejectBrandSuggestionRequest(id=known["Acme Ltd"].id, other_id=known["Acme"].id)
    for _ in range(2):
        await catalog("RejectBrandSuggestion", request)
    assert await suggested(catalog) == [("Acme", ["ACME Inc"])]
    assert {brand.merged_into_id for brand in (await brands(catalog)).values()} == {""}


async def test_what_can_not_be_merged_is_refused_by_name(catalog):
    for brand in ("Acme", "Acme Ltd", "Bolt"):
        await catalog.product(title="x", brand=brand)
    known = await brands(catalog)
    acme, ltd, bolt = (known[name].id for name in ("Acme", "Acme Ltd", "Bolt"))
    await merge(catalog, "Acme Ltd", "Acme")
    refusals = [
        ("MergeBrand", pb.MergeBrandRequest(id=bolt, into_id=ltd), "BRAND_MERGED"),
        ("MergeBrand", pb.MergeBrandRequest(id=bolt, into_id=bolt), "BRAND_ITSELF"),
        ("MergeBrand", pb.MergeBrandRequest(id=NOWHERE, into_id=acme), "BRAND_NOT_FOUND"),
        ("SplitBrand", pb.SplitBrandRequest(id=acme), "BRAND_NOT_MERGED"),
        ("RejectBrandSuggestion", pb.RejectBrandSuggestionRequest(id=acme, other_id=NOWHERE), "BRAND_NOT_FOUND"),
    ]
    for method, request, reason in refusals:
        assert (await catalog.refused(method, request)).reason == reason


async def test_too_many_products_are_refused(catalog, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("catalog_svc.taxonomy.brands.MERGED_PRODUCTS", 1)
    for brand in ("Acme", "Acme", "Acme Ltd"):
        await catalog.product(title="x", brand=brand)
    known = await brands(catalog)
    request = pb.MergeBrandRequest(id=known["Acme"].id, into_id=known["Acme Ltd"].id)
    assert (await catalog.refused("MergeBrand", request)).reason == "BRAND_TOO_LARGE"
    await merge(catalog, "Acme Ltd", "Acme")


async def test_an_import_finds_the_brand_by_its_synonym(committed_database, keys_dir, as_user, bulk: BulkClient):
    async with serving("catalog-svc", keys_dir, registrations(committed_database, "EUR"), DecodeErrors()) as channel:
        catalog = Catalog(channel, as_user(*PERMISSIONS))
        await bulk.load("Nord", [offer("A", brand="Bosch"), offer("B", brand="BOSCH GmbH"), offer("C", brand="Bosch GmbH")])
        assert await suggested(catalog) == [("BOSCH GmbH", ["Bosch"])]
        await merge(catalog, "BOSCH GmbH", "Bosch")
        rows = [offer("B", brand="Bosch GmbH", title="New"), offer("D", brand="bosch gmbh"), offer("E", brand="Bosch")]
        await bulk.load("Nord", rows)
        hits = (await catalog.search(page_size=50)).hits
        assert {hit.product.title: hit.product.brand for hit in hits} == dict.fromkeys(
            ("Title of A", "New", "Title of C", "Title of D", "Title of E"), "Bosch"
        )
        assert sorted(await brands(catalog)) == ["BOSCH GmbH", "Bosch"]


async def test_a_synonym_is_split_before_it_is_merged_elsewhere(catalog):
    for name in ("Bosch", "BOSCH GmbH", "Cord"):
        await catalog.product(title="x", brand=name)
    await merge(catalog, "BOSCH GmbH", "Bosch")
    with pytest.raises(Exception, match="synonym of another brand"):
        await merge(catalog, "BOSCH GmbH", "Cord")
