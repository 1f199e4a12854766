from catalog_client import Catalog

from pm.catalog.v1 import taxonomy_pb2 as pb


async def test_brands_by_name(catalog):
    for brand in ("bosch", "Élan", "Acme", "Borg"):
        await catalog.product(title="x", brand=brand)
    first = await catalog("ListBrands", pb.ListBrandsRequest(page_size=3))
    rest = await catalog("ListBrands", pb.ListBrandsRequest(page_size=3, page_token=first.next_page_token))
    assert [brand.name for brand in (*first.brands, *rest.brands)] == ["Acme", "Borg", "bosch", "Élan"]
    assert rest.next_page_token == ""
    for prefix, names in (("BO", ["Borg", "bosch"]), ("é", ["Élan"]), ("%", [])):
        found = await catalog("ListBrands", pb.ListBrandsRequest(prefix=prefix))
        assert [brand.name for brand in found.brands] == names


async def test_categories_by_path(catalog):
    for category in ("Tools/Saws", "Pens", "tools/Drills"):
        await catalog.product(title="x", category=category)
    page = await catalog("ListCategories", pb.ListCategoriesRequest(prefix="Tools/"))
    assert [category.path for category in page.categories] == ["tools/Drills", "Tools/Saws"]
    first = await catalog("ListCategories", pb.ListCategoriesRequest(page_size=1))
    foreign = pb.ListCategoriesRequest(prefix="x", page_token=first.next_page_token)
    assert (await catalog.refused("ListCategories", foreign)).reason == "INVALID_PAGE_TOKEN"


async def test_permissions(channel, as_user):
    stranger = Catalog(channel, as_user("catalog.suppliers.read"))
    assert (await stranger.refused("ListBrands", pb.ListBrandsRequest())).reason == "MISSING_PERMISSION"
    assert (await stranger.refused("ListCategories", pb.ListCategoriesRequest())).reason == "MISSING_PERMISSION"
