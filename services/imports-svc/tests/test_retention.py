"""What is kept of imports that are over, and what is removed."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from chassis.storage import ObjectNotFound
from chassis.times import now
from imports_svc.jobs.models import File, Job, Template
from imports_svc.jobs.uploads import BUCKET
from imports_svc.pipeline.retention import Retention


@pytest.fixture
def old_job(committing, storage, new_job, save):
    """Writes an applied job that ended so many days ago, with its upload."""

    async def write(days: int, **values: object) -> Job:
        ended = now() - timedelta(days=days)
        job = new_job(**({"state": "applied", "end_time": ended} | values))
        await save(committing, job)

        async def chunks():
            yield b"ref;price\n1;2\n"

        async with committing.transaction() as session:
            file = await session.get_one(File, job.file_id)
            await storage.put(BUCKET, file.key, chunks())
        return job

    return write


async def exists(committing, model: type, id: object) -> bool:
    async with committing.transaction() as session:
        return await session.get(model, id) is not None


async def uploaded(committing, storage, job: Job, tmp_path) -> bool:
    async with committing.transaction() as session:
        file = await session.get_one(File, job.file_id)
    try:
        await storage.download(BUCKET, file.key, tmp_path / "back")
    except ObjectNotFound:
        assert file.remove_time is not None
        return False
    assert file.remove_time is None
    return True


async def test_old_uploads_are_removed_and_their_jobs_kept(committing, storage, old_job, tmp_path) -> None:
    old, young = await old_job(30), await old_job(3)
    waiting = await old_job(30, state="held", end_time=None)
    await Retention(committing, storage, upload_days=7, job_days=0).run()
    assert [await uploaded(committing, storage, job, tmp_path) for job in (old, young, waiting)] == [False, True, True]
    assert await exists(committing, Job, old.id)
    await Retention(committing, storage, upload_days=0, job_days=0).run()
    assert await uploaded(committing, storage, young, tmp_path)


async def test_old_jobs_are_forgotten_but_those_that_later_imports_ask_for(committing, storage, old_job, save) -> None:
    forgotten, named, latest = await old_job(90), await old_job(80), await old_job(70)
    failed, young = await old_job(60, state="failed"), await old_job(3, state="cancelled")
    await save(committing, Template(supplier_name="acme", header_hash="x", mapping={}, job_id=named.id))
    await Retention(committing, storage, upload_days=7, job_days=30).run()
    kept = [await exists(committing, Job, job.id) for job in (forgotten, named, latest, failed, young)]
    assert kept == [False, True, True, False, True]
    assert not await exists(committing, File, forgotten.file_id)
    assert await exists(committing, File, named.file_id)


async def test_a_job_whose_upload_is_still_kept_is_not_forgotten(committing, storage, old_job) -> None:
    await old_job(20)
    old = await old_job(90)
    await Retention(committing, storage, upload_days=365, job_days=30).run()
    assert await exists(committing, Job, old.id)
    async with committing.transaction() as session:
        await session.execute(update(File).where(File.id == old.file_id).values(remove_time=now()))
    await Retention(committing, storage, upload_days=365, job_days=30).run()
    assert not await exists(committing, Job, old.id)
