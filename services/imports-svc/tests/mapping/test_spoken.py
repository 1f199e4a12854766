"""What columns that are not read say in words of the prices beside them."""

from pathlib import Path

import pytest

from imports_svc.feeds.model import Doubt
from imports_svc.feeds.reader import inspect
from imports_svc.mapping.doubts import doubts_of


def _holding(tmp_path: Path, header: str, cells: list[str], *, behind: bool = True) -> list[str]:
    names = f"Price;Stock;{header}" if behind else f"Price;{header};Stock"
    lines = [
        f"T-{at};Hex bolt M{at};{at}3,90;{at}01;{cells[at % len(cells)]}"
        if behind
        else f"T-{at};Hex bolt M{at};{at}3,90;{cells[at % len(cells)]};{at}01"
        for at in range(1, 13)
    ]
    (tmp_path / "feed.csv").write_text("\n".join([f"SKU;Title;{names}", *lines]) + "\n", encoding="utf-8")
    seen = inspect(tmp_path / "feed.csv")
    found: dict[str, Doubt] = {doubt.name: doubt for doubt in doubts_of(seen, seen.mapping)}
    return [doubt.name for doubt in found.values() if doubt.holds]


@pytest.mark.parametrize(
    "cell",
    ["Preis per 100", "Preis je VE à 50", "price per dozen", "price in USD", "cena za 100 szt.", "Preis inkl. MwSt.",
     "Preis gültig bis 31.12.2024", "price before 20% discount"],
)  # fmt: skip
def test_a_remark_that_says_other_terms_of_a_price_holds(tmp_path: Path, cell: str) -> None:
    for cells in ([cell, "", "", ""], [cell]):
        assert _holding(tmp_path, "Hinweis", cells) == ["price_terms:Hinweis"]


@pytest.mark.parametrize(
    "cell",
    ["price on request", "Preis pro Stück", "neu", "ab Lager", "100% Baumwolle", "100 Tage", "best price", "VPE 10", "rot"],
)
def test_other_remarks_hold_nothing(tmp_path: Path, cell: str) -> None:
    for cells in ([cell, "", "", ""], [cell]):
        assert _holding(tmp_path, "Hinweis", cells) == []


def test_a_note_beside_the_names_of_columns_holds(tmp_path: Path) -> None:
    assert _holding(tmp_path, "Alle Preise per 100 Stück", [""]) == ["price_terms:for 100 pieces"]


@pytest.mark.parametrize(
    ("cells", "names"),
    [
        (["per 100", "per 1"], ["price_unit_unread:column_4"]),
        (["VPE", "Stk"], ["price_unit_unread:column_4"]),
        (["Stk"], []),
        (["EUR"], []),
        (["pcs", "m"], []),
    ],
)
def test_what_stands_behind_a_price_without_a_name_is_its_unit(tmp_path: Path, cells: list[str], names: list[str]) -> None:
    """tresorone/tresor-import#4763."""
    assert _holding(tmp_path, "", cells, behind=False) == names


def test_a_unit_without_a_name_anywhere_holds(tmp_path: Path) -> None:
    assert _holding(tmp_path, "", ["per 100", "per 1"]) == ["price_unit_unread:column_5"]
    assert _holding(tmp_path, "", ["neu", "alt"]) == []


@pytest.mark.parametrize("remark", ["price incl. VAT", "zz Preis per 100", "price in USD", "zz price before 20% discount"])
@pytest.mark.parametrize("label", ["Price label {}", "Price label no. {}", "price tag {}x30", "price {}% better"])
def test_a_late_remark_among_many_labels_of_prices_holds(tmp_path: Path, remark: str, label: str) -> None:
    cells = [label.format(at) for at in range(700)] + [remark]
    lines = [f"T-{at};Hex bolt M{at};{at}3,90;{cell}" for at, cell in enumerate(cells)]
    path = tmp_path / "feed.csv"
    path.write_text("\n".join(["SKU;Title;Price;Hinweis", *lines]) + "\n", encoding="utf-8")
    seen = inspect(path)
    [doubt] = [doubt for doubt in doubts_of(seen, seen.mapping) if doubt.holds]
    assert (doubt.name, doubt.examples[-1:]) == ("price_terms:Hinweis", (remark,))
