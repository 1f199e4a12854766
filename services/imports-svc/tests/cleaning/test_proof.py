"""A file profiled by its beginning reads as one profiled as a whole, or says that it may not."""

import resource
import sys
from collections.abc import Iterable
from pathlib import Path

import polars as pl
import pytest

from imports_svc.cleaning.gtin import Column
from imports_svc.cleaning.proof import Proof
from imports_svc.feeds.errors import SampleMisleads
from imports_svc.feeds.model import ColumnProfile
from imports_svc.feeds.reader import inspect, read
from imports_svc.mapping.doubts import doubts_of

HEADER = "SKU;EAN;Name;Price\n"
ENOUGH = 130_000


def _feed(tmp_path: Path, price: str, *last: str) -> Path:
    """More rows than are profiled, then the `last` ones."""
    path = tmp_path / "feed.csv"
    with path.open("w", encoding="utf-8") as feed:
        feed.write(HEADER)
        feed.writelines(f"A{at};4006381333931;Long name of a lamp {at};{price}\n" for at in range(ENOUGH))
        feed.writelines(f"{row}\n" for row in last)
    return path


def _read(path: Path, *, whole: bool) -> pl.DataFrame:
    seen = inspect(path, whole=whole)
    assert seen.profile.whole is whole
    return pl.concat(block.accepted for block in read(path, seen.shape, seen.mapping, seen.profile))


@pytest.mark.parametrize(
    ("price", "last"),
    [
        ("1.234", ["B1;4006381333931;Lamp;12,50"]),
        ("12.50", ["B1;4006381333931;Lamp;12,50"]),
        ("12.50", ["B1;4006381333931;Lamp;1.234.567"]),
        ("7", ["B1;4006381333931;Lamp;1,234"]),
        ("12.50", ["B1;4006381333931;Lamp;12.50 PLN"]),
        ("12.50", ["B1;439023483;Lamp;12.50"]),
        ("12.50", ["B1;43902348X;Lamp;12.50", "B2;61120081;Lamp;1"]),
    ],
)
def test_a_late_row_that_could_change_the_reading_of_others_is_seen(tmp_path: Path, price: str, last: Iterable[str]) -> None:
    path = _feed(tmp_path, price, *last)
    with pytest.raises(SampleMisleads):
        _read(path, whole=False)
    assert _read(path, whole=True).height == ENOUGH + len(list(last))


@pytest.mark.parametrize(
    ("price", "last"),
    [
        ("12.50", ["B1;4006381333931;Lamp;1.234", "B2;4006381333931;Lamp;1,234.50", "B3;;Lamp;-", "B4;96385074;Lamp;n/a"]),
        ("1.234,50", ["B1;4006381333931;Lamp;1.234", "B2;1234;Lamp;12,5"]),
        ("7", ["B1;ABC;Lamp;on request", "B2;4.00638E+12;Lamp;8"]),
    ],
)
def test_without_a_doubt_both_read_the_same(tmp_path: Path, price: str, last: Iterable[str]) -> None:
    path = _feed(tmp_path, price, *last)
    assert _read(path, whole=False).equals(_read(path, whole=True))


@pytest.mark.parametrize(
    ("header", "first", "last", "doubt"),
    [
        ("discontinued", "no", "yes", "state_unread"),
        ("discontinued", "", "x", "state_unread"),
        ("status", "active", "deleted", "state_unread"),
        ("active", "yes", "", "state_unread"),
        ("valid until", "2099-12-31", "2020-12-31", "price_validity"),
        ("valid until", "2099-12-31 10:00", "2020-12-31 10:00", "price_validity"),
        ("UOM", "each", "C", "price_unit_unread"),
        ("sales price", "", "25.00", ""),
    ],
)
def test_columns_beside_the_mapped_ones_are_watched(tmp_path: Path, header: str, first: str, last: str, doubt: str) -> None:
    path = tmp_path / "feed.csv"
    with path.open("w", encoding="utf-8") as feed:
        feed.write(f"SKU;EAN;Name;Price;{header}\n")
        feed.writelines(f"A{at};4006381333931;Long name of a lamp {at};12.50;{first}\n" for at in range(ENOUGH))
        feed.write(f"B1;4006381333931;Lamp;12.50;{last}\n")
    beginning = inspect(path)
    assert not beginning.profile.whole
    assert doubt not in {found.code for found in doubts_of(beginning, beginning.mapping) if found.holds}
    with pytest.raises(SampleMisleads):
        _read(path, whole=False)
    seen = inspect(path, whole=True)
    found = {found.code for found in doubts_of(seen, seen.mapping)}
    assert doubt in found if doubt else "list_price" in seen.mapping.fields
    for block in read(path, seen.shape, seen.mapping, seen.profile):
        assert block.accepted.height


@pytest.mark.parametrize(
    ("header", "first", "last"),
    [("discontinued", "no", "n/a"), ("active", "yes", "yes"), ("valid until", "2099-12-31", "2098-12-31"), ("UOM", "each", "-")],
)
def test_what_is_not_doubted_needs_no_second_look(tmp_path: Path, header: str, first: str, last: str) -> None:
    path = tmp_path / "feed.csv"
    with path.open("w", encoding="utf-8") as feed:
        feed.write(f"SKU;EAN;Name;Price;{header}\n")
        feed.writelines(f"A{at};4006381333931;Long name of a lamp {at};12.50;{first}\n" for at in range(ENOUGH))
        feed.write(f"B1;4006381333931;Lamp;12.50;{last}\n")
    assert _read(path, whole=False).height == ENOUGH + 1


def test_a_remark_behind_the_beginning_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "feed.csv"
    with path.open("w", encoding="utf-8") as feed:
        feed.write("SKU;EAN;Name;Price;Remark\n")
        feed.writelines(f"A{at};4006381333931;Long name of a lamp {at};12.50;price list {at % 90}\n" for at in range(ENOUGH))
        feed.write("B1;4006381333931;Lamp;12.50;price per 100 pcs\n")
    with pytest.raises(SampleMisleads):
        _read(path, whole=False)
    seen = inspect(path, whole=True)
    [doubt] = [doubt for doubt in doubts_of(seen, seen.mapping) if doubt.code == "price_terms"]
    assert (doubt.name, doubt.examples, doubt.holds) == ("price_terms:Remark", ("price per 100 pcs",), True)


def test_rows_are_estimated_from_the_beginning(tmp_path: Path) -> None:
    seen = inspect(_feed(tmp_path, "12.50"))
    assert seen.estimated
    assert seen.rows == pytest.approx(ENOUGH, rel=0.05)


def test_an_odd_value_keeps_no_block_in_memory() -> None:
    proof = Proof({"price": ColumnProfile()}, Column(), carries_currency=True)
    before = _peak_mb()
    for block in range(400):
        # A megabyte.
        proof.add(pl.DataFrame({"price": [*(f"{row:01000}" for row in range(1_000)), f"{block} on request, please call us"]}))
    proof.close()
    assert _peak_mb() - before < 100


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)
