"""Codes that a spreadsheet turned into dates are told, with what they may have been; codes that only look like it are not."""

import json
from pathlib import Path

import polars as pl
import pytest

from imports_svc.cleaning.dates import SERIAL, SURE, Dates, may_have_been
from imports_svc.feeds.model import ColumnProfile
from imports_svc.feeds.reader import inspect, read
from imports_svc.jobs.models import Job
from imports_svc.pipeline.judging import with_judged


def told(tmp_path: Path, codes: list[str], header: str = "SKU;Name;Price") -> dict[str, dict[str, str]]:
    """The values told of each row whose reference or part number may have been something else, by its name."""
    path = tmp_path / "feed.csv"
    lines = [f"{code};Part {at};1.50" for at, code in enumerate(codes)]
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    seen = inspect(path)
    found = {}
    for block in read(path, seen.shape, seen.mapping, seen.profile):
        for problem in block.problems.rows(named=True):
            if any(reason.endswith("_like_date") for reason in problem["reasons"]):
                found[codes[problem["row_no"] - 1]] = json.loads(problem["values"])
    return found


CODES = [f"K-{at}" for at in range(100, 140)]


@pytest.mark.parametrize(
    ("code", "before"),
    [
        ("03-Mar", "3-3, MAR3"),
        ("1-Dec", "1-12, 12-1, DEC1"),
        ("Mar-03", "3-3, MAR3"),
        ("Sep-2021", "2021-9, 9-2021, SEP2021"),
        ("03-Mar-2003", "3-3, MAR3"),
        ("01. Mrz", "1-3, 3-1, MAR1"),
        ("Dez 01", "1-12, 12-1, DEC1"),
        ("01-mars", "1-3, 3-1, MAR1"),
        ("07-déc", "7-12, 12-7, DEC7"),
        ("03-set", "3-9, 9-3, SEP3"),
        ("05/mai", "5-5, MAY5"),
        ("05.мар", "5-3, 3-5, MAR5"),
        ("2003-03-01 00:00:00", "1-3, 3-1, MAR1, 3-2003"),
        ("2003-03-01T00:00:00", "1-3, 3-1, MAR1, 3-2003"),
        ("3/1/2003 12:00:00 AM", "3-1, 1-3, JAN3"),
        ("2003-03-02", "2-3, 3-2, MAR2"),
        ("01.03.2003", "1-3, 3-1, MAR1"),
    ],
)
def test_a_date_among_references_is_told_with_what_it_may_have_been(tmp_path: Path, code: str, before: str) -> None:
    assert told(tmp_path, [*CODES, code]) == {code: {"SKU": code, "SKU may have been": before}}


@pytest.mark.parametrize(
    "codes",
    [
        [f"{at}-{at % 12 + 1}" for at in range(1, 40)],
        [f"{at % 12 + 1:02d}/{2000 + at}" for at in range(40)],
        [f"{at}-MAR" for at in range(1, 20)],
        [f"MAR{at}" for at in range(1, 30)],
        ["Set-1", "Set-02", "Gen-2", "Out-3", "Mark-03", "Marine-01", "DECO-1", "3-Set", "12-Abc"],
        [f"{at:02d}.{at % 20:02d}.{1990 + at}" for at in range(40)],
        [str(number) for number in range(44000, 44040)],
        ["44256", *(f"{number}-B" for number in range(44000, 44040))],
        ["44256", *CODES],
        ["44256", "99120", "17", *(f"{at}-{at + 40}" for at in range(1, 40))],
        [f"2024-{at % 12 + 1:02d}-{at % 28 + 1:02d}" for at in range(40)],
    ],
)
def test_codes_that_only_look_like_dates_are_not_told(tmp_path: Path, codes: list[str]) -> None:
    assert told(tmp_path, codes) == {}


def test_days_as_numbers_are_told_beside_codes_that_become_dates(tmp_path: Path) -> None:
    pairs = [f"{at}-{at + 31}" for at in range(1, 40)]
    assert told(tmp_path, [*pairs, "44256"]) == {"44256": {"SKU": "44256", "SKU may have been": "1-3, 3-1, MAR1, 3-2021"}}
    assert set(told(tmp_path, [*CODES, "44256", "44271", "44300"])) == {"44256", "44271", "44300"}


def test_part_numbers_are_told_and_an_only_code_is(tmp_path: Path) -> None:
    path = tmp_path / "feed.csv"
    rows = "".join(f"A-{at};Nut {at};{'1-Dec' if at == 7 else f'N-{at}'};2.50\n" for at in range(30))
    path.write_text(f"SKU;Name;MPN;Price\n{rows}", encoding="utf-8")
    seen = inspect(path)
    problems = [row for b in read(path, seen.shape, seen.mapping, seen.profile) for row in b.problems.rows(named=True)]
    assert [(row["row_no"], row["reasons"]) for row in problems] == [(8, ["mpn_like_date"])]
    eans = [f"{4006381000000 + at}" for at in range(30)]
    told_alone = told(tmp_path, [*eans, "1-Dec"], "EAN;Name;Price")
    assert told_alone.get("1-Dec", {}).get("EAN may have been") == "1-12, 12-1, DEC1"


def test_nothing_is_nothing() -> None:
    dates = Dates(ColumnProfile())
    assert dates.found(pl.Series([None, "", "A"], dtype=pl.String)).to_list() == [False, False, False]
    assert may_have_been(pl.Series([None], dtype=pl.String)).to_list() == [None]
    assert SURE.startswith("^") and SERIAL.startswith("^"), "a code is looked at from its first character on"


@pytest.mark.parametrize(("dates", "rows", "holds"), [(1, 20, True), (1, 199, True), (1, 300, False), (3, 100_000, True)])
def test_more_dates_among_references_than_chance_gives_hold(dates: int, rows: int, holds: bool) -> None:
    fields = {"ref": {"column": 1}, "title": {"column": 0}}
    inspection = {"shape": {"columns": ["Name", "SKU"]}, "profile": {"columns": []}}
    job = Job(mapping={"fields": fields}, inspection=inspection, read=rows, rejected=0, products_created=0, doubts=[])
    job.reasons = {"ref_like_date": dates}
    [doubt] = with_judged(job)
    assert (doubt.name, doubt.rows, doubt.holds) == ("dates_among_codes:SKU", dates, holds)
