"""All images of an article, from wherever a file has them, in their order."""

import json
from pathlib import Path
from typing import Any

import pytest

from imports_svc.feeds.reader import inspect, read
from imports_svc.formats.opening import open_feed
from imports_svc.mapping.doubts import doubts_of
from imports_svc.pipeline.mapping import mapped
from imports_svc.reading.reading import Reading


def address(number: object) -> str:
    return f"https://a.example/{number}.jpg"


def images(*numbers: object) -> str:
    return "\n".join(map(address, numbers))


def _read(
    tmp_path: Path, content: str, overrides: dict[str, str] | None = None
) -> tuple[list[Any], dict[int, list[str]], Reading]:
    path = tmp_path / "feed.dat"
    path.write_text(content, encoding="utf-8")
    text = open_feed(path, tmp_path)
    seen = inspect(text)
    mapping = mapped(seen, overrides or {})
    assert [doubt.name for doubt in doubts_of(seen, mapping) if doubt.holds] == []
    blocks = list(read(text, seen.shape, mapping, seen.profile))
    rows = [row["image_url"] for block in blocks for row in block.accepted.rows(named=True)]
    told = {row["row_no"]: row["reasons"] for block in blocks for row in block.problems.rows(named=True)}
    return rows, told, Reading(seen, mapping, "")


def _list(header: str, *cells: str) -> str:
    rows = [f"A-{at};Lamp {at};{at}.50;{cell}\n" for at, cell in enumerate(cells, 1)]
    return f"sku;name;price;{header}\n" + "".join(rows)


@pytest.mark.parametrize(
    "header",
    [
        "image 1;image 2;image 3",
        "image;image_2;image_3",
        "Bild1;Bild2;Bild3",
        "Bild;weitere Bilder;Bild 3 URL",
        "image_url;additional_image_1;additional_image_2",
        "Image;Image;Image",
        "image_3;image_1;image_2",
        "photo1_url;photo2_url;photo3_url",
        "main image;gallery image 1;gallery image 2",
    ],
)
def test_columns_of_images_are_one_list(tmp_path: Path, header: str) -> None:
    by_number = {"image_3": 3, "image_1": 1, "image_2": 2, "Bild;weitere Bilder;Bild 3 URL": 0}
    numbers = [by_number.get(name, at) for at, name in enumerate(header.split(";"), 1)] if "image_3;" in header else [1, 2, 3]
    if "weitere" in header:
        # Numbered ones come before those that are only called further ones.
        numbers = [1, 3, 2]
    rows = [";".join(address(f"{number}-{at}") for number in numbers) for at in range(1, 7)]
    found, told, reading = _read(tmp_path, _list(header, *rows))
    assert found == [images(*(f"{number}-{at}" for number in (1, 2, 3))) for at in range(1, 7)]
    assert told == {}
    assert reading.columns.count("image_url") == 1
    assert not any("[" in name for name in reading.columns)


def test_a_row_has_those_that_it_says(tmp_path: Path) -> None:
    cells = [
        f"{address(1)};{address(2)}",
        f"{address(1)};",
        f";{address(2)}",
        ";",
        f"{address(1)};{address(1)}",
        f"{address(1)};n/a",
        f"{address(1)};picture two.jpg",
        f"b.jpg;{address(2)}",
    ]
    found, told, reading = _read(tmp_path, _list("image;image_2", *cells))
    assert found == [images(1, 2), images(1), images(2), None, images(1), images(1), images(1), images(2)]
    assert told == {7: ["image_url_invalid"], 8: ["image_url_invalid"]}
    assert reading.choices["image_url[2]"] == "image_2"
    found, _, reading = _read(tmp_path, _list("image;image_2", *cells), {"image_url[2]": ""})
    assert found[0] == images(1)
    assert reading.choices["image_url[2]"] == ""
    found, _, _ = _read(tmp_path, _list("image;image_2", *cells), {"image_url": ""})
    assert not any(found)
    found, _, _ = _read(tmp_path, _list("image;image_2", *cells), {"image_url": "image_2", "image_url[2]": "image"})
    assert found[0] == images(2, 1)


@pytest.mark.parametrize(
    ("cell", "expected", "told"),
    [
        (f"{address(1)}, {address(2)}", images(1, 2), []),
        (f"{address(1)},{address(2)},{address(1)}", images(1, 2), []),
        (f"{address(1)}|{address(2)}", images(1, 2), []),
        (f"{address(1)} {address(2)}", images(1, 2), []),
        (f"{address(1)};{address(2)}", images(1, 2), []),
        (f"{address(1)}\n{address(2)}\n", images(1, 2), []),
        (json.dumps([address(1), address(2)]).replace("/", "\\/"), images(1, 2), []),
        (json.dumps([{"src": address(1), "position": 1}, {"src": address(2)}]), images(1, 2), []),
        (f"{address(1)}|b.jpg", images(1), ["image_url_invalid"]),
        ("a.jpg|b.jpg", None, ["image_url_invalid"]),
        ("https://a.example/i?u=1,2", "https://a.example/i?u=1,2", []),
        ("https://a.example/my picture.jpg", None, ["image_url_invalid"]),
        ("|".join(map(address, range(60))), images(*range(50)), ["images_left_out"]),
        (f"{address('x' * 2100)}|{address(2)}", images(2), ["image_url_too_long"]),
    ],
)
def test_several_in_one_cell(tmp_path: Path, cell: str, expected: str | None, told: list[str]) -> None:
    quoted = '"' + cell.replace('"', '""') + '"'
    found, problems, _ = _read(tmp_path, _list("image", quoted, address(7), *([address(8)] * 4)))
    assert found == [expected, images(7), *[images(8)] * 4]
    assert problems == ({1: told} if told else {})


def test_shopify_gathers_the_images_of_a_product_for_each_variant(tmp_path: Path) -> None:
    header = "Handle,Title,Vendor,Option1 Value,Variant SKU,Variant Price,Image Src,Variant Image\n"
    rows = []
    for at in range(1, 5):
        rows.append(f"tray-{at},Tray {at},Acme,Small,T-{at}-S,9.5,{address(f'{at}-1')},{address(f'{at}-2')}\n")
        rows.append(f"tray-{at},,,Large,T-{at}-L,19.5,{address(f'{at}-2')},\n")
        rows.append(f"tray-{at},,,,,,{address(f'{at}-3')},\n")
    found, told, _ = _read(tmp_path, header + "".join(rows))
    expected = []
    for at in range(1, 5):
        expected += [images(f"{at}-2", f"{at}-1", f"{at}-3"), images(f"{at}-1", f"{at}-2", f"{at}-3")]
    assert found == expected
    assert set(map(tuple, told.values())) == {("picture_row",)}


def test_a_product_of_very_many_image_rows_keeps_fifty_and_says_so(tmp_path: Path) -> None:
    header = "Handle,Title,Vendor,Option1 Value,Variant SKU,Variant Price,Image Src,Variant Image\n"
    rows = [f"tray,Tray,Acme,S{at},T-{at},9.5,{address(at)},\n" for at in range(1, 1001)]
    found, told, _ = _read(tmp_path, header + "".join(rows))
    assert found == [images(*range(1, 51))] * 1000
    assert set(map(tuple, told.values())) == {("images_left_out",)}
    assert len(told) == 1000


def test_rows_once_per_image_are_one_with_all(tmp_path: Path) -> None:
    text = "sku;name;price;image\n" + "".join(f"A-{at};Lamp {at};{at}.50;{address(n)}\n" for at in range(1, 5) for n in (1, 2, 3))
    found, _, _ = _read(tmp_path, text, {"repeated_rows": "first"})
    assert found == [images(1, 2, 3)] * 4


def test_magento_and_woocommerce(tmp_path: Path) -> None:
    rows = [f'M-{at},,Lamp {at},{at}.5,{address(1)},"{address(2)},{address(3)}"\n' for at in range(1, 6)]
    found, _, _ = _read(tmp_path, "sku,store_view_code,name,price,base_image,additional_images\n" + "".join(rows))
    assert found == [images(1, 2, 3)] * 5
    rows = [f'{at},simple,W-{at},Lamp {at},1,{at}.5,Lamps,"{address(1)}, {address(2)}"\n' for at in range(1, 6)]
    found, _, _ = _read(tmp_path, "ID,Type,SKU,Name,Published,Regular price,Categories,Images\n" + "".join(rows))
    assert found == [images(1, 2)] * 5


@pytest.mark.parametrize(
    "parts",
    [
        f"<image>{address(1)}</image><image>{address(2)}</image>",
        f"<images><image>{address(1)}</image><image>{address(2)}</image></images>",
        f'<images><image id="1">{address(1)}</image><image id="2">{address(2)}</image></images>',
        f"<image>{address(1)}</image><additional_image_link>{address(2)}</additional_image_link>",
        f"<picture>{address(1)}</picture><picture>{address(2)}</picture>",
    ],
)
def test_repeated_elements(tmp_path: Path, parts: str) -> None:
    items = "".join(
        f"<product><code>XB{at}</code><name>Drill {at}</name><price>{at}.5</price>{parts}</product>" for at in range(1, 7)
    )
    found, told, _ = _read(tmp_path, f"<products>{items}</products>")
    assert (found, told) == ([images(1, 2)] * 6, {})


@pytest.mark.parametrize(
    "said",
    [
        {"images": [address(1), address(2)]},
        {"images": [{"src": address(1), "id": 4}, {"src": address(2), "id": 5}]},
        {"image": address(1), "additional_images": [address(2)]},
        {"image_1": address(1), "image_2": address(2)},
    ],
)
def test_lists_of_records(tmp_path: Path, said: dict[str, Any]) -> None:
    records = [{"sku": f"A-{at}", "name": f"Drill {at}", "price": 9.5} | said for at in range(6)]
    found, told, reading = _read(tmp_path, json.dumps(records))
    assert (found, told) == ([images(1, 2)] * 6, {})
    assert not [doubt for doubt in reading.inspection.shape.doubts if doubt.code == "repeated_values"]
