"""What is kept of imports that are over: uploads for a while, jobs longer, what later imports ask for without end."""

from datetime import timedelta

import structlog
from sqlalchemy import delete, exists, select, update

from chassis.db import Database
from chassis.storage import Storage
from chassis.times import now
from imports_svc.jobs.kind import IMPORTS
from imports_svc.jobs.models import FINAL, File, Job
from jobs.retention import forget_ended

log = structlog.get_logger(__name__)

# Uploads of one look.
SLICE = 200


class Retention:
    """Removes what is older than its time, in days; 0 keeps it without end."""

    def __init__(self, database: Database, storage: Storage, *, upload_days: int, job_days: int) -> None:
        self._database = database
        self._storage = storage
        self._upload_days = upload_days
        self._job_days = job_days

    async def run(self) -> None:
        """Remove all that is due. A worker that dies in it has done a part; two at once do no harm."""
        uploads = await self._remove_uploads() if self._upload_days else 0
        jobs = await self._forget_jobs() if self._job_days else 0
        if uploads or jobs:
            log.info("old imports removed", uploads=uploads, jobs=jobs)

    async def _remove_uploads(self) -> int:
        """Delete the objects of imports that ended so long ago: first the object, then word of it."""
        removed = 0
        ended = Job.state.in_(FINAL) & (Job.end_time < now() - timedelta(days=self._upload_days))
        due = select(File.id, File.bucket, File.key).join(Job, Job.file_id == File.id).where(ended, File.remove_time.is_(None))
        while True:
            async with self._database.transaction() as session:
                files = (await session.execute(due.order_by(File.id).limit(SLICE))).all()
            for _, bucket, key in files:
                await self._storage.remove(bucket, key)
            async with self._database.transaction() as session:
                ids = [file.id for file in files]
                await session.execute(update(File).where(File.id.in_(ids)).values(remove_time=now()))
            removed += len(files)
            if len(files) < SLICE:
                return removed

    async def _forget_jobs(self) -> int:
        forgotten = await forget_ended(self._database, IMPORTS, timedelta(days=self._job_days))
        async with self._database.transaction() as session:
            unused = File.remove_time.is_not(None) & ~exists().where(Job.file_id == File.id)
            await session.execute(delete(File).where(unused))
        return forgotten
