"""What all rows of a file say together, once the plan is made."""

import pytest

from imports_svc.jobs.models import Job
from imports_svc.pipeline.judging import with_judged


@pytest.mark.parametrize(("conflicts", "holds"), [(3, []), (40, ["our_skus_refused"])])
def test_a_supplier_s_own_numbers_read_as_our_skus_hold(conflicts: int, holds: list[str]) -> None:
    job = Job(
        accepted=[],
        doubts=[],
        read=100,
        rejected=0,
        created=0,
        updated=0,
        unchanged=0,
        products_created=0,
        confirmed=True,
        mapping={"fields": {"ref": {"column": 0}, "title": {"column": 1}, "our_sku": {"column": 2}}},
        inspection={"shape": {"columns": ["ref", "name", "our no"]}},
        reasons={"our_sku_conflict": conflicts},
    )
    assert [doubt.name for doubt in with_judged(job) if doubt.holds] == holds


@pytest.mark.parametrize(
    ("said", "usual", "holds"),
    [("", ("EUR",), True), ("", (), True), ("", ("CHF",), False), ("CHF", ("EUR",), False), ("EUR", ("CHF",), True)],
)
def test_a_line_that_says_another_currency_than_prices_are_read_in_holds(said: str, usual: tuple[str, ...], holds: bool) -> None:
    job = Job(
        accepted=[],
        doubts=[],
        read=100,
        rejected=1,
        products_created=0,
        confirmed=True,
        currency=said,
        mapping={"fields": {"ref": {"column": 0}, "title": {"column": 1}, "price": {"column": 2}}},
        inspection={"shape": {"columns": ["ref", "name", "price"]}},
        reasons={"remark_in_CHF": 1},
    )
    assert [doubt.name for doubt in with_judged(job, usual) if doubt.holds] == (["price_remark:in CHF"] if holds else [])
