from catalog_client import NOWHERE, Catalog

from pm.catalog.v1 import products_pb2
from pm.catalog.v1 import taxonomy_pb2 as pb


async def listed(catalog, **filters):
    return (await catalog("ListCategories", pb.ListCategoriesRequest(**filters))).categories


async def paths(catalog, **filters):
    return [category.path for category in await listed(catalog, **filters)]


async def found(catalog, category_id):
    return {hit.product.id for hit in (await catalog.search(category_id=category_id)).hits}


async def create(catalog, name, parent_id=""):
    category = pb.Category(name=name, parent_id=parent_id)
    return await catalog("CreateCategory", pb.CreateCategoryRequest(category=category))


async def rename(catalog, id, name):
    return await catalog("UpdateCategory", pb.UpdateCategoryRequest(category=pb.Category(id=id, name=name)))


async def move(catalog, id, parent_id):
    return await catalog("MoveCategory", pb.MoveCategoryRequest(id=id, parent_id=parent_id))


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


async def test_a_path_is_created_with_its_ancestors(catalog):
    await catalog.product(title="x", category="Tools > Saws")
    await catalog.product(title="x", category=" tools >drill> Hand ")
    await catalog.product(title="x", category="TOOLS >  > Drills > ")
    page = {category.path: category for category in await listed(catalog)}
    assert {path: (c.name, c.depth, c.child_count) for path, c in page.items()} == {
        "Tools": ("Tools", 1, 2),
        "tools >drill> Hand": ("tools >drill> Hand", 1, 0),
        "Tools > Drills": ("Drills", 2, 0),
        "Tools > Saws": ("Saws", 2, 0),
    }
    assert page["Tools > Drills"].parent_id == page["Tools > Saws"].parent_id == page["Tools"].id


async def test_categories_page_by_page(catalog):
    for category in ("Tools > Saws", "Pens", "Tools > Drills > Hand"):
        await catalog.product(title="x", category=category)
    by_path = {category.path: category for category in await listed(catalog)}
    assert list(by_path) == ["Pens", "Tools", "Tools > Drills", "Tools > Drills > Hand", "Tools > Saws"]
    assert await paths(catalog, prefix="tools > D") == ["Tools > Drills", "Tools > Drills > Hand"]
    assert await paths(catalog, depth=1) == ["Pens", "Tools"]
    assert await paths(catalog, parent_id=by_path["Tools"].id) == ["Tools > Drills", "Tools > Saws"]
    first = await catalog("ListCategories", pb.ListCategoriesRequest(depth=2, page_size=1))
    rest = pb.ListCategoriesRequest(depth=2, page_size=1, page_token=first.next_page_token)
    assert [c.name for c in (await catalog("ListCategories", rest)).categories] == ["Saws"]
    foreign = pb.ListCategoriesRequest(depth=1, page_token=first.next_page_token)
    assert (await catalog.refused("ListCategories", foreign)).reason == "INVALID_PAGE_TOKEN"


async def test_products_are_found_and_counted_from_every_ancestor(catalog):
    saw = await catalog.product(title="Saw", category="Tools > Saws > Hand")
    drill = await catalog.product(title="Drill", category="Tools > Drills")
    by_path = {c.path: c for c in await listed(catalog, with_product_counts=True)}
    assert {path: c.product_count for path, c in by_path.items()} == {
        "Tools": 2,
        "Tools > Drills": 1,
        "Tools > Saws": 1,
        "Tools > Saws > Hand": 1,
    }
    assert not (await listed(catalog))[0].HasField("product_count")
    assert await found(catalog, by_path["Tools"].id) == {saw.id, drill.id}
    assert await found(catalog, by_path["Tools > Saws"].id) == {saw.id}
    hand = await catalog("GetCategory", pb.GetCategoryRequest(id=by_path["Tools > Saws > Hand"].id))
    assert [(a.id, a.name) for a in hand.ancestors] == [
        (by_path["Tools"].id, "Tools"),
        (by_path["Tools > Saws"].id, "Saws"),
    ]
    assert hand.product_count == 1


async def test_a_category_is_created_by_hand(catalog):
    tools = await create(catalog, " Tools ")
    saws = await create(catalog, "Saws", tools.id)
    assert (saws.path, saws.depth, saws.parent_id) == ("Tools > Saws", 2, tools.id)
    product = await catalog.product(title="x", category="tools > SAWS")
    assert product.category == "Tools > Saws"
    for name, parent, reason in (
        ("saws", tools.id, "CATEGORY_TAKEN"),
        ("  ", tools.id, "CATEGORY_NAME_INVALID"),
        ("A > B", "", "CATEGORY_NAME_INVALID"),
        ("A", NOWHERE, "CATEGORY_NOT_FOUND"),
        ("x" * 999, saws.id, "CATEGORY_PATH_TOO_LONG"),
    ):
        request = pb.CreateCategoryRequest(category=pb.Category(name=name, parent_id=parent))
        assert (await catalog.refused("CreateCategory", request)).reason == reason, name


async def test_a_tree_has_twelve_levels(catalog):
    levels = [f"L{number}" for number in range(1, 14)]
    deep = await catalog.product(title="x", category=" > ".join(levels[:12]))
    assert deep.category.endswith("L12")
    too_deep = products_pb2.CreateProductRequest(product=products_pb2.Product(title="x", category=" > ".join(levels)))
    assert (await catalog.refused("CreateProduct", too_deep)).reason == "CATEGORY_TOO_DEEP"
    page = await listed(catalog)
    child = pb.CreateCategoryRequest(category=pb.Category(name="L13", parent_id=page[-1].id))
    assert (await catalog.refused("CreateCategory", child)).reason == "CATEGORY_TOO_DEEP"
    root = await create(catalog, "Root")
    move = pb.MoveCategoryRequest(id=page[0].id, parent_id=root.id)
    assert (await catalog.refused("MoveCategory", move)).reason == "CATEGORY_TOO_DEEP"


async def test_a_renamed_category_is_still_found_by_its_old_name(catalog):
    await catalog.product(title="Saw", category="Tools > Saws")
    [tools, saws] = await listed(catalog)
    renamed = await rename(catalog, tools.id, "Werkzeug")
    assert (renamed.path, renamed.id) == ("Werkzeug", tools.id)
    assert await paths(catalog) == ["Werkzeug", "Werkzeug > Saws"]
    # What a feed says in old words lands in the same tree, known branches and new ones alike.
    assert (await catalog.product(title="x", category="TOOLS > Saws")).category == "Werkzeug > Saws"
    assert (await catalog.product(title="x", category="Tools > Drills > Hand")).category == "Werkzeug > Drills > Hand"
    assert (await catalog.product(title="x", category="Werkzeug > Drills")).category == "Werkzeug > Drills"
    # A category of that name again takes the path over.
    again = await create(catalog, "Tools")
    assert (await catalog.product(title="x", category="Tools")).category == "Tools"
    assert again.id != tools.id
    taken = pb.UpdateCategoryRequest(category=pb.Category(id=again.id, name="werkzeug"))
    assert (await catalog.refused("UpdateCategory", taken)).reason == "CATEGORY_TAKEN"
    assert (await rename(catalog, saws.id, "saws")).name == "saws"


async def test_a_moved_category_takes_its_products_along(catalog):
    saw = await catalog.product(title="Saw", category="Tools > Saws > Hand")
    await create(catalog, "Garden")
    by_path = {c.path: c.id for c in await listed(catalog)}
    moved = await move(catalog, by_path["Tools > Saws"], by_path["Garden"])
    assert (moved.path, [a.name for a in moved.ancestors]) == ("Garden > Saws", ["Garden"])
    assert (await catalog.get(saw.id)).category == "Garden > Saws > Hand"
    assert await found(catalog, by_path["Garden"]) == {saw.id}
    assert await found(catalog, by_path["Tools"]) == set()
    assert (await catalog.product(title="x", category="Tools > Saws > Hand")).category == "Garden > Saws > Hand"
    assert (await move(catalog, by_path["Tools > Saws"], None)).path == "Saws"
    cycle = pb.MoveCategoryRequest(id=by_path["Tools > Saws"], parent_id=by_path["Tools > Saws > Hand"])
    assert (await catalog.refused("MoveCategory", cycle)).reason == "CATEGORY_CYCLE"
    itself = pb.MoveCategoryRequest(id=by_path["Tools"], parent_id=by_path["Tools"])
    assert (await catalog.refused("MoveCategory", itself)).reason == "CATEGORY_CYCLE"


async def test_a_used_category_is_not_deleted(catalog):
    nord, sud = await catalog.supplier("Nord", priority=1), await catalog.supplier("Sud", priority=2)
    first = await catalog.offer(nord, "N", gtin="04006381333931", category="Tools > Saws")
    await catalog.offer(sud, "S", gtin="04006381333931", category="Hand tools")
    by_path = {c.path: c.id for c in await listed(catalog)}
    for path, why in (("Tools", "below"), ("Tools > Saws", "product"), ("Hand tools", "Sud")):
        refused = await catalog.refused("DeleteCategory", pb.DeleteCategoryRequest(id=by_path[path]))
        assert (refused.reason, why in refused.message) == ("CATEGORY_USED", True)
    await catalog.offer(sud, "S", gtin="04006381333931")
    await catalog("DeleteCategory", pb.DeleteCategoryRequest(id=by_path["Hand tools"]))
    assert await paths(catalog) == ["Tools", "Tools > Saws"]
    assert (await catalog.get(first.product_id)).category == "Tools > Saws"
    missing = pb.DeleteCategoryRequest(id=NOWHERE)
    assert (await catalog.refused("DeleteCategory", missing)).reason == "CATEGORY_NOT_FOUND"


async def test_permissions(channel, as_user):
    stranger = Catalog(channel, as_user("catalog.suppliers.read"))
    assert (await stranger.refused("ListBrands", pb.ListBrandsRequest())).reason == "MISSING_PERMISSION"
    assert (await stranger.refused("ListCategories", pb.ListCategoriesRequest())).reason == "MISSING_PERMISSION"
    reader = Catalog(channel, as_user("catalog.products.read"))
    for method, request in (
        ("CreateCategory", pb.CreateCategoryRequest(category=pb.Category(name="Tools"))),
        ("UpdateCategory", pb.UpdateCategoryRequest(category=pb.Category(id=NOWHERE, name="Tools"))),
        ("MoveCategory", pb.MoveCategoryRequest(id=NOWHERE)),
        ("DeleteCategory", pb.DeleteCategoryRequest(id=NOWHERE)),
    ):
        assert (await reader.refused(method, request)).reason == "MISSING_PERMISSION", method
