"""What all rows of a file say together, once the plan is made."""

import pytest

from imports_svc.jobs.models import Job, Run
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


@pytest.mark.parametrize(
    ("vanished", "unread", "missing", "holds"),
    [
        (0, 5, "vanish", False),
        (2, 0, "vanish", False),
        (2, 1, "vanish", True),
        (19, 0, "vanish", False),
        (19, 9, "vanish", False),
        (19, 10, "vanish", True),
        (20, 0, "vanish", True),
        (90, 40, "keep", False),
        (90, 0, None, True),
    ],
)
def test_a_list_that_lost_many_offers_may_be_a_part(vanished: int, unread: int, missing: str | None, *, holds: bool) -> None:
    """`missing` is None in the mapping of a job of before."""
    mapping = {"fields": {"ref": {"column": 0}, "title": {"column": 1}}} | ({"missing_offers": missing} if missing else {})
    job = Job(
        accepted=[],
        doubts=[],
        read=200,
        rejected=unread,
        products_created=0,
        confirmed=True,
        mapping=mapping,
        inspection={"shape": {"columns": ["ref", "name"]}},
        reasons={"field_count": unread} if unread else {},
    )
    run = Run(supplier_name="Nord", created=30, updated=10, unchanged=90 - vanished, vanished=vanished)
    # What a large supplier keeps is nothing to the small one beside it.
    other = Run(supplier_name="Sud", created=0, updated=0, unchanged=9_000, vanished=0)
    doubts = [doubt for doubt in with_judged(job, runs=[run, other]) if doubt.holds]
    assert [(doubt.name, doubt.rows) for doubt in doubts] == ([("offers_vanished", vanished)] if holds else [])
    assert all(f"{vanished} of 100 known offers of Nord:" in doubt.message for doubt in doubts)
