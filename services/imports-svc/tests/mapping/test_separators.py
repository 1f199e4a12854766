from pathlib import Path

from imports_svc.feeds.reader import inspect
from imports_svc.mapping.doubts import doubts_of
from imports_svc.pipeline.mapping import mapped


def test_a_mark_that_may_divide_categories_is_told_until_somebody_says(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    rows = "".join(
        f"A-{i};Lamp {i};{category};{i},50\n" for i, category in enumerate(["Garden/Hoses", "AC/DC", "Home/Light"] * 3)
    )
    path.write_text("sku;name;category;price\n" + rows, encoding="utf-8")
    seen = inspect(path)
    [doubt] = doubts_of(seen, mapped(seen, {}, {}))
    assert (doubt.name, doubt.holds, "category_separator=/" in doubt.message) == ("category_levels:category", False, True)
    for said in ("/", ""):
        assert doubts_of(seen, mapped(seen, {}, {"category_separator": said})) == ()
