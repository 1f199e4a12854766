"""Variations that name their product's row, as WooCommerce and Amazon write them, inherit what only that row says."""

from pathlib import Path

import pytest

from imports_svc.feeds.reader import inspect, read

HEADER = (
    "ID,Type,SKU,Name,Published,Description,Stock,Regular price,Sale price,Categories,Brands,Images,Parent,"
    "Attribute 1 name,Attribute 1 value(s),Attribute 2 name,Attribute 2 value(s)\n"
)
PARENT = '11,variable,tee,T-Shirt,1,Soft cotton,,,,Clothing > Tees,Acme,https://x/1.jpg,,Color,"Blue, Red",Size,"L, M"\n'


def rows_of(tmp_path: Path, text: str) -> tuple[list[dict[str, object]], dict[int, list[str]]]:
    path = tmp_path / "export.csv"
    path.write_text(text, encoding="utf-8")
    seen = inspect(path)
    blocks = list(read(path, seen.shape, seen.mapping, seen.profile))
    rows = [row for block in blocks for row in block.accepted.rows(named=True)]
    return rows, {row["row_no"]: row["reasons"] for block in blocks for row in block.problems.rows(named=True)}


def said(rows: list[dict[str, object]], *names: str) -> list[tuple[object, ...]]:
    return [tuple(row[name] for name in names) for row in rows]


@pytest.mark.parametrize("parent", ["tee", "id:11", "ID: 11"])
@pytest.mark.parametrize("behind", [False, True])
def test_a_variation_inherits_wherever_its_parent_stands(tmp_path: Path, parent: str, behind: bool) -> None:
    simple = "10,simple,cap,Cap,1,Warm,5,18,,Clothing > Caps,Bolt,,,,,,\n"
    variations = f"12,variation,tee-b,T-Shirt - Blue,1,,3,25,20,,,,{parent},Color,Blue,,\n" + (
        f"13,variation,tee-r,,1,Own words,4,26,,,Other,https://x/2.jpg,{parent},Color,Red,Size,L\n"
    )
    rows, problems = rows_of(tmp_path, HEADER + simple + (variations + PARENT if behind else PARENT + variations))
    assert said(rows, "ref", "title", "description", "brand", "category", "price", "stock", "image_url") == [
        ("cap", "Cap", "Warm", "Bolt", "Clothing > Caps", "18", 5, None),
        ("tee-b", "T-Shirt - Blue", "Soft cotton", "Acme", "Clothing > Tees", "25", 3, "https://x/1.jpg"),
        ("tee-r", "T-Shirt - Red, L", "Own words", "Other", "Clothing > Tees", "26", 4, "https://x/2.jpg"),
    ]
    assert problems == {4 if behind else 2: ["parent_row"]}


@pytest.mark.parametrize(("own", "ref"), [("", "tee / Blue / M"), ("tee", "tee / Blue / M"), ("tee-1", "tee-1")])
def test_a_variation_without_a_reference_of_its_own_is_known_by_its_parent_and_options(
    tmp_path: Path, own: str, ref: str
) -> None:
    rows, _ = rows_of(tmp_path, HEADER + PARENT + f"12,variation,{own},T-Shirt,1,,3,25,,,,,id:11,Color,Blue,Size,M\n")
    assert said(rows, "ref") == [(ref,)]
    parent = PARENT.replace(",tee,", ",,")
    rows, _ = rows_of(tmp_path, HEADER + parent + "12,variation,,T-Shirt,1,,3,25,,,,,id:11,,,,\n20,simple,a,A,1,,1,1,,,,,,,,,\n")
    assert said(rows, "ref") == [("id:12",), ("a",)]


def test_a_stock_that_variations_share_is_told(tmp_path: Path) -> None:
    parent = PARENT.replace("Soft cotton,,", "Soft cotton,7,")
    rows, problems = rows_of(tmp_path, HEADER + parent + "12,variation,tee-b,T-Shirt,1,,parent,25,,,,,tee,Color,Blue,,\n")
    assert (said(rows, "stock"), problems) == ([(7,)], {1: ["parent_row"], 2: ["stock_shared"]})


def test_a_variation_without_its_parent_and_a_parent_with_a_price_are_what_they_are(tmp_path: Path) -> None:
    lone = "12,variation,tee-b,T-Shirt - Blue,1,,3,25,,,,,tee,Color,Blue,,\n"
    rows, problems = rows_of(tmp_path, HEADER + lone)
    assert (said(rows, "ref", "category"), problems) == ([("tee-b", None)], {1: ["parent_missing"]})
    rows, problems = rows_of(tmp_path, HEADER + PARENT.replace("Soft cotton,,,", "Soft cotton,,30,") + lone)
    assert (said(rows, "ref"), problems) == ([("tee",), ("tee-b",)], {})


def test_parents_in_other_blocks_are_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    variations = "".join(
        f"{at},variation,v-{at},,1,,1,2,,,,,id:{at - at % 5},Color,C{at},,\n" for at in range(100, 160) if at % 5
    )
    parents = "".join(f"{at},variable,p-{at},Product {at},1,,,,,A > B,Acme,,,,,,\n" for at in range(100, 160, 5))
    from imports_svc.formats.delimited.blocks import blocks

    monkeypatch.setattr(
        "imports_svc.feeds.reader.blocks", lambda path, shape, limits, **_: blocks(path, shape, size=200, limits=limits)
    )
    rows, problems = rows_of(tmp_path, HEADER + variations + parents)
    assert said(rows, "ref", "title") == [(f"v-{at}", f"Product {at - at % 5} - C{at}") for at in range(100, 160) if at % 5]
    assert set(map(tuple, problems.values())) == {("parent_row",)}


def test_amazon_s_children_inherit_too(tmp_path: Path) -> None:
    text = (
        "feed_product_type,item_sku,item_name,external_product_id,brand_name,standard_price,quantity,parent_child,parent_sku,color_name\n"
        "shirt,P-1,Shirt,,Acme,,,parent,,\nshirt,C-1,,4006381333931,,9.50,3,child,P-1,red\n"
    )
    rows, problems = rows_of(tmp_path, text)
    assert said(rows, "ref", "title", "brand", "price") == [("C-1", "Shirt - red", "Acme", "9.5")]
    assert problems == {1: ["parent_row"]}
