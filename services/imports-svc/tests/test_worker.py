"""The worker as the stack starts it, and what wakes it."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from jobs.waking import NoWorker, Waker, celery_app, worker_probe

PDF = b"%PDF-1.7\n1 0 obj\n"
DEAD_BROKER = "redis://127.0.0.1:1/1"
PATIENCE_SECONDS = 60


@asynccontextmanager
async def worker(environment: dict[str, str], folder: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """Runs until the block ends; it must then stop by itself."""
    arguments = ("-A", "imports_svc.worker", "worker", "--pool", "solo", "-B", "--schedule", str(folder / "beat"))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "celery", *arguments), env=os.environ | environment, cwd=folder
    )
    try:
        yield process
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), PATIENCE_SECONDS) == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@pytest.fixture
def environment(database_url: str, s3_server, keys_dir: Path, tmp_path: Path) -> dict[str, str]:
    return {
        "PM_DATABASE_URL": database_url,
        "PM_KEYS_DIR": str(keys_dir),
        "PM_S3_ENDPOINT": s3_server.endpoint,
        "PM_S3_ACCESS_KEY": s3_server.access_key,
        "PM_S3_SECRET_KEY": s3_server.secret_key,
        "PM_WORK_DIR": str(tmp_path / "work"),
    }


@pytest.fixture
async def pdf_job(committing, storage, new_job, save):
    """A job that ends by itself: its file is no feed."""

    async def chunks() -> AsyncIterator[bytes]:
        yield PDF

    job = new_job()
    await storage.put(job.file.bucket, job.file.key, chunks())
    await save(committing, job)
    return job


async def ended(load, database, id) -> object:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (job := await load(database, id)).end_time is None:  # noqa: ASYNC110  # the row has no event
            await asyncio.sleep(0.1)
    return job


async def test_a_worker_answers_pings_takes_jobs_and_leaves_nothing(
    environment, valkey_server, committing, load, pdf_job, tmp_path
) -> None:
    queue = celery_app("imports", valkey_server)
    probe = worker_probe(queue)
    with pytest.raises(NoWorker):
        await probe()
    async with worker(environment | {"PM_BROKER_URL": valkey_server}, tmp_path):
        job = await ended(load, committing, pdf_job.id)
        assert (job.state, job.failure_reason) == ("failed", "UNSUPPORTED_FORMAT")
        assert "PDF" in job.failure_message
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                try:
                    await probe()
                    break
                except NoWorker:
                    await asyncio.sleep(0.1)
    assert list((tmp_path / "work").iterdir()) == []


async def test_without_redis_a_worker_still_takes_jobs(environment, committing, load, pdf_job, tmp_path) -> None:
    async with worker(environment | {"PM_BROKER_URL": DEAD_BROKER}, tmp_path):
        assert (await ended(load, committing, pdf_job.id)).state == "failed"


async def test_what_a_killed_worker_left_on_disk_is_removed_by_the_next(
    environment, valkey_server, committing, load, pdf_job, tmp_path
) -> None:
    left = tmp_path / "work" / "killed"
    left.mkdir(parents=True)
    (left / ".lock").touch()
    (left / "feed.csv").write_bytes(b"1")
    async with worker(environment | {"PM_BROKER_URL": valkey_server}, tmp_path):
        await ended(load, committing, pdf_job.id)
        assert not left.exists()


async def test_waking_never_fails_without_redis() -> None:
    await Waker(celery_app("imports", DEAD_BROKER)).wake()


def test_a_worker_loads_nothing_of_a_server() -> None:
    """What only a server needs would stand in its memory for good."""
    loaded = "import imports_svc.worker, sys; print({'chassis.server', 'protovalidate'} & sys.modules.keys())"
    found = subprocess.run([sys.executable, "-c", loaded], check=True, capture_output=True, text=True)
    assert found.stdout == "set()\n"
