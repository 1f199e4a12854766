import asyncio
import gzip
import tempfile
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from gate import Gate
from sqlalchemy import update

from chassis.db import Database
from chassis.storage import Storage
from chassis.times import now
from imports_svc.jobs.kind import SMALL_BYTES
from imports_svc.jobs.models import PLAN_LIFE, Job, Run
from imports_svc.pipeline.leases import claim
from imports_svc.pipeline.tasks import Importer
from imports_svc.reading.reader import Readers
from jobs.columns import RETRY_DELAYS
from jobs.errors import LeaseLost, TurnOver
from jobs.kinds import MAX_TAKEOVERS


async def expire(database: Database, id: UUID) -> None:
    async with database.transaction() as session:
        await session.execute(update(Job).where(Job.id == id).values(lease_expires=now() - timedelta(seconds=1)))


async def test_of_many_workers_one_gets_the_job(committing: Database, new_job, save) -> None:
    job = new_job()
    await save(committing, job)
    leases = [lease for lease in await asyncio.gather(*(claim(committing) for _ in range(5))) if lease]
    assert [lease.job_id for lease in leases] == [job.id]


async def test_what_no_worker_moves_on_is_left_alone(committing: Database, new_job, save) -> None:
    waiting = [new_job(state=state) for state in ("planned", "held", "stale", "applied", "cancelled", "failed")]
    later = new_job(next_attempt_time=now() + timedelta(minutes=1))
    await save(committing, *waiting, later)
    assert await claim(committing) is None


async def test_a_dead_workers_job_is_taken_over_and_the_dead_can_not_write(committing: Database, new_job, save, load) -> None:
    job = new_job()
    await save(committing, job)
    first = await claim(committing)
    assert first is not None
    assert await claim(committing) is None
    await expire(committing, job.id)
    second = await claim(committing)
    assert second is not None
    assert second.owner != first.owner
    with pytest.raises(LeaseLost):
        async with first.transaction():
            pass
    async with second.transaction() as (_, mine):
        mine.enter("sniffed")
    assert (await load(committing, job.id)).state == "sniffed"


async def test_a_lease_is_renewed_while_it_is_held_and_given_back(
    committing: Database, monkeypatch: pytest.MonkeyPatch, new_job, save, load
) -> None:
    monkeypatch.setattr("jobs.leases.HEARTBEAT_SECONDS", 0.05)
    job = new_job()
    await save(committing, job)
    lease = await claim(committing)
    assert lease is not None
    await expire(committing, job.id)
    async with lease.held():
        while (await load(committing, job.id)).lease_expires <= now():  # noqa: ASYNC110  # the row has no event
            await asyncio.sleep(0.05)
    assert (await load(committing, job.id)).lease_owner is None
    assert await claim(committing) is not None


async def test_a_lease_is_renewed_again_after_the_database_has_restarted(
    committing: Database, database_url: str, monkeypatch: pytest.MonkeyPatch, new_job, save, load
) -> None:
    monkeypatch.setattr("jobs.leases.HEARTBEAT_SECONDS", 0.05)
    monkeypatch.setattr("jobs.leases.WATCH_SECONDS", 0.05)
    job = new_job()
    await save(committing, job)
    gate = Gate(database_url)
    async with gate.opened() as port:
        database = Database.connect(gate.url(port), pool_size=2)
        lease = await claim(database)
        assert lease is not None
        async with lease.held():
            gate.close()
            while gate.turned_away < 3:  # noqa: ASYNC110  # nothing tells it
                await asyncio.sleep(0.05)
            gate.open()
            await expire(committing, job.id)
            while (await load(committing, job.id)).lease_expires <= now():  # noqa: ASYNC110  # the row has no event
                await asyncio.sleep(0.05)
        await database.close()
    assert (await load(committing, job.id)).lease_owner is None


async def test_a_job_at_which_every_worker_dies_is_given_up(committing: Database, new_job, save, load) -> None:
    job = new_job()
    await save(committing, job)
    for _ in range(MAX_TAKEOVERS + 1):
        assert await claim(committing) is not None
        await expire(committing, job.id)
    assert await claim(committing) is None
    given_up = await load(committing, job.id)
    assert (given_up.state, given_up.failure_reason) == ("failed", "WORKER_LOST")


async def test_failures_are_retried_later_and_later_then_final(committing: Database, new_job, save, load) -> None:
    job = new_job()
    await save(committing, job)
    lease = await claim(committing)
    assert lease is not None
    for attempt, delay in enumerate(RETRY_DELAYS, start=1):
        async with lease.transaction() as (_, mine):
            mine.postpone("UNAVAILABLE", "Nobody answers.")
        kept = await load(committing, job.id)
        assert (kept.state, kept.attempt, kept.failure_reason) == ("uploaded", attempt, "UNAVAILABLE")
        assert abs(kept.next_attempt_time - now() - delay) < timedelta(seconds=4)
    async with lease.transaction() as (_, mine):
        mine.postpone("UNAVAILABLE", "Nobody answers.")
    assert (await load(committing, job.id)).state == "failed"


async def test_a_job_waits_as_long_as_something_is_away(
    committing: Database, new_job, save, load, tmp_path, unused_storage: Storage
) -> None:
    job = new_job()
    await save(committing, job)
    readers = Readers()
    for _ in range(len(RETRY_DELAYS) + 2):
        async with committing.transaction() as session:
            await session.execute(update(Job).where(Job.id == job.id).values(next_attempt_time=now()))
        assert await Importer(committing, unused_storage, None, readers, tmp_path).work()
    await readers.close()
    kept = await load(committing, job.id)
    assert (kept.state, kept.attempt, kept.failure_reason) == ("uploaded", 0, "STORAGE_AWAY")
    assert timedelta() < kept.next_attempt_time - now() <= RETRY_DELAYS[0]


async def test_a_job_waits_for_room_where_its_file_is_unpacked(
    committing: Database, storage: Storage, upload, load, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = await upload(gzip.compress(b"sku;name\n1;Pen\n"))
    folder = tmp_path / "work"
    folder.mkdir()

    class Full(tempfile.TemporaryDirectory):
        """A folder in which the first file that is unpacked finds no room."""

        def __enter__(self) -> str:
            path = super().__enter__()
            (Path(path) / "feed.csv.plain").symlink_to("/dev/full")
            return path

    monkeypatch.setattr(tempfile, "TemporaryDirectory", Full)
    readers = Readers()
    assert await Importer(committing, storage, None, readers, folder).work()
    await readers.close()
    kept = await load(committing, id)
    assert (kept.state, kept.attempt, kept.failure_reason) == ("uploaded", 0, "DISK_FULL")


async def test_work_is_cancelled_when_its_job_is_taken_away(
    committing: Database, monkeypatch: pytest.MonkeyPatch, new_job, save, load
) -> None:
    monkeypatch.setattr("jobs.leases.WATCH_SECONDS", 0.05)
    job = new_job(state="mapped")
    await save(committing, job)
    lease = await claim(committing)
    assert lease is not None
    with pytest.raises(LeaseLost):
        async with lease.held():
            async with committing.transaction() as session:
                (await session.get_one(Job, job.id)).pause()
            await asyncio.sleep(60)
    paused = await load(committing, job.id)
    assert (paused.state, paused.resume_state, paused.lease_owner) == ("paused", "mapped", None)
    assert await claim(committing) is None
    async with committing.transaction() as session:
        (await session.get_one(Job, job.id)).resume()
    resumed = await claim(committing)
    assert resumed is not None
    assert (await load(committing, job.id)).state == "mapped"


async def test_a_small_job_is_taken_beside_a_large_one(committing: Database, new_job, save) -> None:
    large, larger, small = new_job(), new_job(supplier_name="Beta"), new_job(supplier_name="Gamma")
    large.file.size = larger.file.size = SMALL_BYTES + 1
    await save(committing, large, larger, small)
    first = await claim(committing)
    assert first is not None
    assert (first.job_id, first.small) == (large.id, False)
    beside = await claim(committing, small=True)
    assert beside is not None
    assert (beside.job_id, beside.small) == (small.id, True)
    assert await claim(committing, small=True) is None


async def test_a_job_that_had_its_time_lets_another_large_one_go_first(
    committing: Database, monkeypatch: pytest.MonkeyPatch, new_job, save
) -> None:
    waiting = new_job(supplier_name="Beta")
    waiting.file.size = SMALL_BYTES + 1
    await save(committing, new_job())
    lease = await claim(committing)
    assert lease is not None
    monkeypatch.setattr("jobs.leases.TURN_SECONDS", 0)
    await lease.offer_turn()
    await save(committing, waiting)
    with pytest.raises(TurnOver):
        await lease.offer_turn()
    monkeypatch.setattr("jobs.leases.TURN_SECONDS", 60)
    await lease.offer_turn()


async def test_a_plan_nobody_decides_about_expires(committing: Database, new_job, save, load, tmp_path) -> None:
    old = new_job(state="planned", plan_hash="aa", update_time=now() - PLAN_LIFE - timedelta(minutes=1))
    fresh = new_job(state="planned", plan_hash="aa", supplier_name="Beta")
    run = Run(job_id=old.id, supplier_name="Acme", state="planned")
    await save(committing, old, fresh, run)
    assert not await Importer(committing, None, None, None, tmp_path).work()
    assert ((await load(committing, old.id)).state, (await load(committing, fresh.id)).state) == ("stale", "planned")
    assert "7 days" in (await load(committing, old.id)).hold_reason
    async with committing.transaction() as session:
        assert (await session.get_one(Run, run.id)).state == "superseded"
