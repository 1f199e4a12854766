"""References that name another one beside themselves."""

from pathlib import Path

import pytest

from imports_svc.feeds.reader import inspect, read


@pytest.mark.parametrize(
    ("ref", "told"),
    [
        ("TC103 (alt: TC99)", True),
        ("TC103 (old TC99)", True),
        ("TC103 [ersetzt TC99]", True),
        ("TC103 (ex. 99-1)", True),
        ("TC103 (ancien TC99)", True),
        ("TC103 (neu)", False),
        ("TC103 (blau)", False),
        ("TC103 (alto 10)", False),
        ("TC103/99", False),
        ("TC103 (neu 2026)", False),
        ("TC103 (new 12 pack)", False),
        ("2025 (neu 2026)", True),
        ("TC103 (old 12 345)", True),
        ("TC103 (alt 2025)", True),
        ("TC103 (new 99-B)", True),
    ],
)
def test_a_reference_with_another_one_in_brackets_is_told(tmp_path: Path, ref: str, told: bool) -> None:
    path = tmp_path / "feed.csv"
    path.write_text(f"Artikelnr;Name;Preis\n{ref};Saw;5,50\nTC104;Axe;6,50\nTC105;Hoe;7,50\n")
    seen = inspect(path)
    [block] = read(path, seen.shape, seen.mapping, seen.profile, default_currency="EUR")
    assert block.accepted["ref"][0] == ref
    assert [row["reasons"] for row in block.problems.rows(named=True)] == ([["ref_several"]] if told else [])
