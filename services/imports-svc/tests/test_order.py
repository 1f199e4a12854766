"""A supplier's files are taken in as they came."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from chassis.db import Database
from chassis.times import now
from imports_svc.jobs.models import Job, Run
from imports_svc.pipeline.leases import claim
from jobs.errors import TurnOver


async def test_the_files_of_a_supplier_are_taken_in_their_order(committing: Database, new_job, save) -> None:
    first, second = new_job(next_attempt_time=now() - timedelta(seconds=5)), new_job(supplier_name="ACME")
    second.next_attempt_time = now() - timedelta(seconds=9)
    await save(committing, first, second)
    lease = await claim(committing)
    assert lease is not None
    assert lease.job_id == first.id
    assert await claim(committing) is None
    async with lease.transaction() as (_, job):
        job.enter("applied")
    after = await claim(committing)
    assert after is not None
    assert after.job_id == second.id


async def test_suppliers_take_turns_however_many_files_one_sends(committing: Database, new_job, save) -> None:
    due = [now() - timedelta(minutes=minutes) for minutes in (9, 8, 7, 6)]
    many = [new_job(next_attempt_time=moment) for moment in due[:3]]
    one = new_job(supplier_name="Patient", next_attempt_time=due[3])
    await save(committing, *many, one)
    taken = []
    while (lease := await claim(committing)) is not None:
        taken.append(lease.job_id)
        async with lease.transaction() as (_, job):
            job.enter("planned")
        async with lease.held():
            pass
    assert taken == [many[0].id, one.id, many[1].id, many[2].id]


async def test_a_file_that_is_put_off_keeps_its_place_before_later_ones(committing: Database, new_job, save) -> None:
    """As an outage, a retry and a replan put it off: an older list never overwrites a newer one."""
    put_off, later = new_job(next_attempt_time=now() + timedelta(hours=4)), new_job(supplier_name="ACME")
    await save(committing, put_off, later)
    assert await claim(committing) is None
    async with committing.transaction() as session:
        (await session.get_one(Job, put_off.id)).cancel()
    lease = await claim(committing)
    assert lease is not None
    assert lease.job_id == later.id


async def test_the_suppliers_inside_a_file_have_their_order_too(committing: Database, new_job, save) -> None:
    market = new_job(supplier_name="Market", state="applying", next_attempt_time=now() + timedelta(hours=4))
    found = Run(job_id=market.id, supplier_name="ACME", state="planned")
    later = new_job()
    await save(committing, market, found, later)
    assert await claim(committing) is None
    async with committing.transaction() as session:
        (await session.get_one(Run, found.id)).state = "applied"
    lease = await claim(committing)
    assert lease is not None
    assert lease.job_id == later.id


async def test_a_file_in_which_an_earlier_ones_supplier_is_found_waits_for_that_one(committing: Database, new_job, save) -> None:
    put_off = new_job(next_attempt_time=now() + timedelta(hours=4))
    market = new_job(supplier_name="Market", state="mapped")
    await save(committing, put_off, market)
    lease = await claim(committing)
    assert lease is not None
    await lease.keep_order()
    found = Run(job_id=market.id, supplier_name="acme", state="planned")
    await save(committing, found)
    with pytest.raises(TurnOver):
        await lease.keep_order()
    async with committing.transaction() as session:
        await session.execute(update(Job).where(Job.id == market.id).values(lease_expires=now() - timedelta(seconds=1)))
    assert await claim(committing) is None
    async with committing.transaction() as session:
        (await session.get_one(Run, found.id)).state = "applying"
    begun = await claim(committing)
    assert begun is not None, "what has begun to apply goes on"
    await begun.keep_order()


async def test_what_others_have_begun_to_apply_changes_no_order(committing: Database, new_job, save) -> None:
    first, second = new_job(next_attempt_time=now() + timedelta(hours=4)), new_job(supplier_name="ACME")
    other = new_job(supplier_name="Beta", state="paused")
    await save(committing, first, second, other, Run(job_id=other.id, supplier_name="Beta", state="applying"))
    assert await claim(committing) is None


async def test_a_supplier_of_others_is_not_waited_for(committing: Database, new_job, save) -> None:
    first, second = new_job(next_attempt_time=now() + timedelta(hours=4)), new_job(supplier_name="Beta")
    other = new_job(supplier_name="Market", state="planned")
    await save(committing, first, second, other, Run(job_id=other.id, supplier_name="Acme", state="planned"))
    lease = await claim(committing)
    assert lease is not None
    assert lease.job_id == second.id
