from pathlib import Path

import polars as pl
import pytest

from imports_svc.feeds.reader import inspect, read

HEADER = "SKU;Name;EAN;Price;Stock"
ROWS = [f"A-{i};Lamp no. {i};;{i},50;{i}" for i in range(1, 9)]


def _outcomes(tmp_path: Path, lines: list[str]) -> tuple[list[str], dict[int, list[str]]]:
    path = tmp_path / "list.csv"
    path.write_text("\n".join([HEADER, *lines]) + "\n", encoding="utf-8")
    seen = inspect(path)
    blocks = list(read(path, seen.shape, seen.mapping, seen.profile))
    refs = [ref for block in blocks for ref in block.accepted["ref"].to_list()]
    rejected = {
        row["row_no"]: row["reasons"] for b in blocks for row in b.problems.rows(named=True) if row["outcome"] == "rejected"
    }
    return refs, rejected


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (HEADER, "header_repeated"),
        (HEADER.upper(), "header_repeated"),
        ("\ufeff" + HEADER, "header_repeated"),
        (" SKU ; Name ; EAN ; Price ; Stock ", "header_repeated"),
        ("Art.-Nr.;Bezeichnung;Marke;Preis;Bestand", "other_header"),
        ("TOTAL;8 articles;;36,00;36", "total_row"),
        ("Zwischensumme:;;;12,00;", "total_row"),
        ("Итого;;;36,00;36", "total_row"),
        ("** Grand total **;;;36,00;", "total_row"),
        ("Sub-total (3);;;36,00;", "total_row"),
        ("Součet;;;36,00;36", "total_row"),
        ("ΣΎΝΟΛΟ;;;36,00;36", "total_row"),
        ("סה״כ;;;36,00;36", "total_row"),
        ("Totale generale;;;36,00;36", "total_row"),
        ("Page 2 of 3;;;;", "total_row"),
        ("Seite 2/3;;;;Stand 01.02.", "total_row"),
        ("Printed on Monday 08:15, page 1 of 1;;;;", "remark_row"),
        ("--- Accessories ---;;;;", "remark_row"),
        ("Werkzeug;;;;", "remark_row"),
        (";Werkzeug und Zubehör;;;", "remark_row"),
        ("# no longer made;;;;", "remark_row"),
        (";;;;all prices net", "remark_row"),
    ],
)
def test_what_is_no_offer_is_told_and_not_taken(tmp_path: Path, line: str, reason: str) -> None:
    refs, rejected = _outcomes(tmp_path, [*ROWS[:3], line, *ROWS[3:]])
    assert refs == [row.split(";")[0] for row in ROWS]
    assert rejected == {4: [reason]}


@pytest.mark.parametrize(
    "line",
    [
        "A-99;;;;",
        "TOTAL-5W30;Motor oil Total Quartz;;9,50;3",
        "SUM-41;Summit lamp;;9,50;3",
        "A-99;Total;;9,50;3",
        "PAGE-2;Page holder;;9,50;3",
        "A-99;Price;;on request;",
        "A-99;Lamp;;price;0",
    ],
)
def test_what_only_looks_like_it_is_an_offer(tmp_path: Path, line: str) -> None:
    refs, rejected = _outcomes(tmp_path, [*ROWS, line])
    assert refs[-1] == line.split(";")[0]
    assert rejected == {}


def test_references_without_digits_stand_alone(tmp_path: Path) -> None:
    rows = [f"{name};Lamp {name};;1,50;2" for name in ("ALPHA", "BETA", "GAMMA", "DELTA")]
    assert _outcomes(tmp_path, [*rows, "OMEGA;;;;"]) == (["ALPHA", "BETA", "GAMMA", "DELTA", "OMEGA"], {})


def test_in_two_columns_one_cell_is_a_row(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("SKU;Name\nA-1;Lamp\nA-2;Pump\nOld stock;\n", encoding="utf-8")
    seen = inspect(path)
    assert [ref for b in read(path, seen.shape, seen.mapping, seen.profile) for ref in b.accepted["ref"]] == [
        "A-1",
        "A-2",
        "Old stock",
    ]


def test_a_repeated_header_is_known_in_letters_that_fold(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    header = "Κωδικός;Ονομασία;Κατασκευαστής;Τιμή;Απόθεμα"
    rows = [f"A-{i};Φλιτζάνι {i};Bosch;{i},50;3" for i in range(1, 8)]
    path.write_text("\n".join([header, *rows, header, *rows, ""]), encoding="utf-8")
    seen = inspect(path)
    problems = pl.concat([block.problems for block in read(path, seen.shape, seen.mapping, seen.profile)])
    assert problems["reasons"].to_list() == [["header_repeated"]]
