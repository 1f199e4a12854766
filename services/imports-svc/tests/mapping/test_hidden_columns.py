"""A hidden column that is read holds where one that people see may be the same field: it may be an old one."""

from pathlib import Path
from typing import Any

import pytest

from imports_svc.feeds.model import Doubt
from imports_svc.feeds.reader import inspect
from imports_svc.formats.opening import open_feed
from imports_svc.mapping.doubts import doubts_of
from imports_svc.pipeline.mapping import mapped
from imports_svc.understanding.workbooks import Sheet, xlsx

HEADER = ["Artikelnr", "Bezeichnung", "Preis", "Preis 2027", "Bestand"]


def _rows(header: list[str], start: int = 100) -> list[list[Any]]:
    return [header, *([f"HC{at}", f"Hammer {at}", 9.5 + at, 10.5 + at, at % 7] for at in range(start, start + 9))]


def _doubts(tmp_path: Path, sheets: dict[str, Sheet], overrides: dict[str, str] | None = None, table: str = "") -> list[Doubt]:
    path = tmp_path / "list.xlsx"
    path.write_bytes(xlsx(sheets))
    seen = inspect(open_feed(path, tmp_path, table))
    return list(doubts_of(seen, mapped(seen, overrides or {})))


def _holding(doubts: list[Doubt]) -> list[str]:
    return [doubt.name for doubt in doubts if doubt.holds]


def test_a_hidden_price_beside_a_visible_one_holds_and_names_both(tmp_path: Path) -> None:
    doubts = _doubts(tmp_path, {"Preise": Sheet(_rows(HEADER), hidden_columns=[3])})
    assert _holding(doubts) == ["hidden_column_read:Preis"]
    message = next(doubt.message for doubt in doubts if doubt.holds)
    assert ("'Preis'" in message, "'Preis 2027'" in message) == (True, True)


@pytest.mark.parametrize("hidden", [[2], [4], [5]])
def test_hidden_columns_that_are_not_read_or_have_no_other_in_their_place_are_told(tmp_path: Path, hidden: list[int]) -> None:
    doubts = _doubts(tmp_path, {"Preise": Sheet(_rows(HEADER), hidden_columns=hidden)})
    assert (_holding(doubts), [doubt.code for doubt in doubts]) == ([], ["hidden_columns"])


def test_the_visible_price_is_taken_when_a_person_says_so(tmp_path: Path) -> None:
    sheets = {"Preise": Sheet(_rows(HEADER), hidden_columns=[3])}
    assert _holding(_doubts(tmp_path, sheets, {"price": "Preis 2027"})) == []


def test_a_column_hidden_in_one_of_several_sheets_holds_too(tmp_path: Path) -> None:
    sheets = {"Makita": Sheet(_rows(HEADER)), "Bosch": Sheet(_rows(HEADER, 200), hidden_columns=[3])}
    assert "hidden_column_read:Preis" in _holding(_doubts(tmp_path, sheets, table="*"))
