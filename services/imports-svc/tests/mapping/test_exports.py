from pathlib import Path

import pytest

from imports_svc.feeds.reader import inspect, read

FIXTURES = Path(__file__).parent.parent / "cases"


def _read(path: Path) -> tuple[dict[str, str], list[dict[str, object]], dict[int, list[str]]]:
    seen = inspect(path)
    fields = {name: seen.shape.columns[choice.column] for name, choice in seen.mapping.fields.items()}
    blocks = list(read(path, seen.shape, seen.mapping, seen.profile))
    rows = [row for block in blocks for row in block.accepted.rows(named=True)]
    return fields, rows, {row["row_no"]: row["reasons"] for block in blocks for row in block.problems.rows(named=True)}


def _written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "export.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_shopify_variants_inherit_what_their_product_says_and_pictures_are_no_offers() -> None:
    fields, rows, problems = _read(FIXTURES / "more_01_shopify_variant_and_image_rows.csv")
    assert (fields["ref"], fields["price"], fields["stock"]) == ("Handle", "Variant Price", "Variant Inventory Qty")
    told = [(row["ref"], row["title"], row["category"], row["price"], row["stock"]) for row in rows]
    assert told == [
        ("oak-tray / Small", "Oak tray", "Tray", "19.5", 4),
        ("oak-tray / Large", "Oak tray", "Tray", "29.5", 7),
        ("wool-throw", "Wool throw", "Throw", "49", 3),
        ("tin-mug", "Tin mug", "Mug", "7.25", 9),
    ]
    assert problems[4] == ["picture_row"]


def test_shopify_variants_with_references_keep_them() -> None:
    fields, rows, _ = _read(FIXTURES / "42_export_of_shopify.csv")
    assert fields["ref"] == "Variant SKU"
    assert [(row["ref"], row["title"], row["brand"]) for row in rows[:3]] == [
        ("LS-1-S", "Linen shirt 1", "Flaxhaus"),
        ("LS-1-M", "Linen shirt 1", "Flaxhaus"),
        ("LS-2-S", "Linen shirt 2", "Flaxhaus"),
    ]


def test_a_product_s_rows_may_lie_in_two_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    header = "Handle,Title,Vendor,Option1 Value,Variant SKU,Variant Price\n"
    lines = [
        f"h{i // 3},{f'Title {i // 3}' if i % 3 == 0 else ''},{'Acme' if i % 3 == 0 else ''},S{i % 3},S-{i},{i}.5\n"
        for i in range(90)
    ]
    path = _written(tmp_path, header + "".join(lines))
    seen = inspect(path)
    monkeypatch.setattr("imports_svc.feeds.reader.blocks", _small_blocks)
    rows = [row for b in read(path, seen.shape, seen.mapping, seen.profile) for row in b.accepted.rows(named=True)]
    assert [(row["ref"], row["title"], row["brand"]) for row in rows] == [
        (f"S-{i}", f"Title {i // 3}", "Acme") for i in range(90)
    ]


def _small_blocks(path, shape, limits):  # type: ignore[no-untyped-def]
    from imports_svc.formats.delimited.blocks import blocks

    return blocks(path, shape, size=100, limits=limits)


def test_woocommerce() -> None:
    fields, rows, _ = _read(FIXTURES / "15_export_of_woocommerce.csv")
    assert fields["ref"] == "SKU"
    assert fields["gtin"] == "GTIN, UPC, EAN, or ISBN"
    assert (fields["stock"], fields["category"], fields["price[type=sale]"]) == ("Stock", "Categories", "Sale price")
    assert (rows[0]["stock"], rows[0]["category"]) == (37, "Kitchen > Bowls")


def test_magento_says_one_product_in_several_languages(tmp_path: Path) -> None:
    seen = inspect(FIXTURES / "38_one_article_once_per_language.csv")
    assert (seen.mapping.template, seen.mapping.repeated_rows) == ("a product export of Magento", "first")


@pytest.mark.parametrize(
    ("header", "row", "expected"),
    [
        (
            "id\ttitle\tlink\timage_link\tprice\tavailability\tgtin\tproduct_type",
            "G-%d\tLamp %d\thttps://shop.example/%d\thttps://shop.example/%d.jpg\t12.90 EUR\tin stock\t\tLamps > Floor",
            {"ref": "id", "title": "title", "price": "price", "category": "product_type", "image_url": "image_link"},
        ),
        (
            "feed_product_type\titem_sku\texternal_product_id\texternal_product_id_type\titem_name\tbrand_name\tstandard_price\tquantity",
            "lamp\tA-%d\t952000100001%d\tEAN\tLamp %d\tAcme\t12.9%d\t4",
            {"ref": "item_sku", "title": "item_name", "brand": "brand_name", "price": "standard_price", "stock": "quantity"},
        ),
        (
            "*Action\tCustomLabel\t*Title\t*StartPrice\t*Quantity\t*Duration\tPicURL",
            "Add\tE-%d\tLamp %d\t12.9%d\t%d\tGTC\thttps://shop.example/1.jpg",
            {"ref": "CustomLabel", "title": "*Title", "price": "*StartPrice", "stock": "*Quantity", "image_url": "PicURL"},
        ),
    ],
)
def test_marketplaces(tmp_path: Path, header: str, row: str, expected: dict[str, str]) -> None:
    text = "\n".join([header, *(row % ((i,) * row.count("%d")) for i in range(1, 9))]) + "\n"
    fields, _, _ = _read(_written(tmp_path, text))
    assert {name: fields.get(name) for name in expected} == expected


def test_several_categories_in_one_cell() -> None:
    _, rows, problems = _read(FIXTURES / "19_several_categories_in_one_cell.csv")
    assert [row["category"] for row in rows] == [
        *("Clothing > Jumpers", "Clothing > Jumpers", "Clothing > Caps", "Clothing > Scarves", "Bed, Bath & Table"),
        "Clothing > Socks",
    ]
    assert {at for at, reasons in problems.items() if "categories_left_out" in reasons} == {1, 2, 4}


def test_the_reference_is_the_column_with_the_name_of_one(tmp_path: Path) -> None:
    text = "ID;SKU;Name;Price\n" + "".join(f"{7300 + i};KW-{i};Bowl {i};{i},50\n" for i in range(9))
    assert _read(_written(tmp_path, text))[0]["ref"] == "SKU"


def test_a_tie_is_a_doubt_and_a_choice_ends_it(tmp_path: Path) -> None:
    from imports_svc.mapping.doubts import doubts_of
    from imports_svc.pipeline.mapping import mapped

    path = _written(tmp_path, "SKU;Name;Preis;Prix\n" + "".join(f"K-{i};Bowl {i};{i},50;{i},75\n" for i in range(9)))
    seen = inspect(path)
    assert [d.name for d in doubts_of(seen, mapped(seen, {}, {}))] == ["column_tie:Preis"]
    assert doubts_of(seen, mapped(seen, {}, {"price": "Preis"})) == ()
    assert doubts_of(seen, mapped(seen, {}, {"price": "Prix"})) == ()


def test_a_short_description_is_the_title_where_no_column_is(tmp_path: Path) -> None:
    text = "Part No;Description;Manufacturer;Qty available;Unit Price\n" + "".join(
        f"PL-{i};Bearing type {i};Rollwerk;{i};{i},45\n" for i in range(9)
    )
    fields, _, _ = _read(_written(tmp_path, text))
    assert fields == {
        "ref": "Part No",
        "title": "Description",
        "brand": "Manufacturer",
        "price": "Unit Price",
        "stock": "Qty available",
    }
