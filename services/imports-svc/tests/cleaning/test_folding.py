from pathlib import Path

import pytest

from imports_svc.feeds.reader import inspect, read
from imports_svc.formats.delimited.blocks import blocks
from imports_svc.pipeline.mapping import mapped

FIXTURES = Path(__file__).parent.parent / "cases"


def _rows(path: Path) -> tuple[list[tuple[object, ...]], dict[int, list[str]]]:
    seen = inspect(path)
    mapping = mapped(seen, {}, {"repeated_rows": "first"})
    found = list(read(path, seen.shape, mapping, seen.profile))
    rows = [(r["row_no"], r["ref"], r["title"], r["price"], r["stock"]) for b in found for r in b.accepted.rows(named=True)]
    return rows, {r["row_no"]: r["reasons"] for b in found for r in b.problems.rows(named=True) if r["outcome"] == "rejected"}


def test_rows_per_language_complete_the_first() -> None:
    rows, rejected = _rows(FIXTURES / "38_one_article_once_per_language.csv")
    assert rows[0] == (1, "WT-1", "Wall clock 1", "19", 11)
    assert [row[1] for row in rows] == ["WT-1", "WT-2", "WT-3", "WT-4"]
    assert len(rejected) == 8
    assert set(map(tuple, rejected.values())) == {("row_folded",)}


@pytest.mark.parametrize("size", [20, 60, 200, 1 << 20])
def test_where_blocks_end_does_not_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    path = tmp_path / "list.csv"
    lines = [
        f"A-{i // 3};{'Lamp' if i % 3 == 1 else ''};{i // 3 if i % 3 == 0 else ''},5;{i // 3 if i % 3 == 2 else ''}\n"
        for i in range(60)
    ]
    path.write_text("sku;name;price;stock\n" + "".join(line.replace(";,5;", ";;") for line in lines), encoding="utf-8")
    monkeypatch.setattr(
        "imports_svc.feeds.reader.blocks", lambda path, shape, limits, **_: blocks(path, shape, size=size, limits=limits)
    )
    rows, rejected = _rows(path)
    assert rows == [(3 * i + 1, f"A-{i}", "Lamp", f"{i}.5", i) for i in range(20)]
    assert len(rejected) == 40


def test_rows_that_contradict_each_other_stay(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("sku;name;price;stock\nA;Lamp;1,5;\nA;;2,5;3\nB;Pump;4,5;\nB;;;7\n", encoding="utf-8")
    rows, rejected = _rows(path)
    assert [row[:2] for row in rows] == [(1, "A"), (2, "A"), (3, "B")]
    assert rows[2][4] == 7
    assert rejected == {4: ["row_folded"]}


def test_lines_that_are_no_rows_are_told_in_their_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "list.csv"
    path.write_text("sku;name;price;stock\nA;Lamp;1,5;\nA;;;3\nno row\nB;Pump;4,5;\nno row\nB;;;7\nno row\n", encoding="utf-8")
    seen = inspect(path)
    mapping = mapped(seen, {}, {"repeated_rows": "first"})
    for size in (10, 25, 1 << 20):
        monkeypatch.setattr(
            "imports_svc.feeds.reader.blocks", lambda p, s, limits, wanted=size, **_: blocks(p, s, size=wanted, limits=limits)
        )
        told: list[int] = []
        for block in read(path, seen.shape, mapping, seen.profile):
            seen_rows = [*block.accepted["row_no"], *block.problems["row_no"]]
            assert not told or min(seen_rows, default=99) > max(told)
            told += seen_rows
        assert sorted(set(told)) == [1, 2, 3, 4, 5, 6, 7]
