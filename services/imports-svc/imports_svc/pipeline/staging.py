"""One pass over a file that gives the catalogue what it does not have yet and writes down the problems.

It may be interrupted anywhere and begun again: rows whose problems are written (`Job.checked_rows`), chunks that are staged
(`import_chunks`) and suppliers that are applied are passed over.
"""

from contextlib import aclosing
from pathlib import Path
from uuid import UUID

from imports_svc.jobs.errors import TooManySuppliers
from imports_svc.jobs.models import Job, Run
from imports_svc.pipeline.catalogue import Catalogue
from imports_svc.pipeline.errors import PlanOutdated, StagingLost
from imports_svc.pipeline.leases import Lease
from imports_svc.pipeline.mapping import reading_of
from imports_svc.pipeline.repository import PipelineRepository
from imports_svc.reading.chunks import Chunk, Piece
from imports_svc.reading.reader import Reader

MAX_SUPPLIERS = 500


class Staging:
    def __init__(self, lease: Lease, catalogue: Catalogue, reader: Reader, job: Job) -> None:
        self._lease = lease
        self._catalogue = catalogue
        self._reader = reader
        self._reading = reading_of(job)
        self._supplier_name = job.supplier_name
        self._created_by = job.created_by
        self._runs: dict[str, Run] = {}
        self._opened: set[UUID] = set()
        # What is known of chunks: digest, and whether the catalogue has it.
        self._known: dict[tuple[UUID, int], tuple[bytes, bool]] = {}

    async def run(self, path: Path) -> None:
        """Read the plain file to its end, one block ahead of the catalogue.

        Raises FeedError, SampleMisleads, TooManySuppliers, PlanOutdated, ReaderDied, ReaderFailed.
        """
        await self._resume()
        rows = 0
        async with aclosing(self._reader.pieces(path, self._reading, self._supplier_name)) as pieces:
            async for piece in pieces:
                await self._take(piece)
                rows = piece.rows
        if self._reading.inspection.estimated:
            async with self._lease.transaction() as (_, job):
                job.inspection = (job.inspection or {}) | {"rows": rows, "estimated": False}

    async def _resume(self) -> None:
        async with self._lease.transaction() as (session, job):
            repository = PipelineRepository(session)
            if not job.checked_rows:
                await repository.delete_problems(job.id)
                await repository.delete_lines(job.id)
            self._runs = {run.supplier_name.lower(): run for run in await repository.runs(job.id)}
            chunks = await repository.chunks(job.id)
            self._known = {key: (chunk.sha256, chunk.staged) for key, chunk in chunks.items()}

    async def _take(self, piece: Piece) -> None:
        await self._ensure_runs(piece.suppliers)
        staged = [chunk for chunk in piece.chunks if await self._stage(chunk)]
        async with self._lease.transaction() as (session, job):
            repository = PipelineRepository(session)
            await repository.record_chunks(
                [{"run_id": self._runs[chunk.supplier].id, "seq": chunk.seq, "sha256": chunk.sha256} for chunk in staged]
            )
            await repository.keep_lines(job.id, piece.lines)
            if piece.rows > job.checked_rows:
                await repository.copy_problems(self._problems_csv(piece.problems, job.id))
                job.checked_rows = piece.rows
                job.got_on()
            job.progress("reading", piece.rows, max(piece.rows, self._reading.inspection.rows))

    async def _ensure_runs(self, suppliers: dict[str, str]) -> None:
        fresh = {key: name for key, name in suppliers.items() if key not in self._runs}
        if not fresh:
            return
        if len(self._runs) + len(fresh) > MAX_SUPPLIERS:
            column = self._reading.choices["supplier"]
            raise TooManySuppliers(column, len(self._runs) + len(fresh), MAX_SUPPLIERS)
        async with self._lease.transaction() as (session, job):
            runs = {key: Run(job_id=job.id, supplier_name=name) for key, name in fresh.items()}
            session.add_all(runs.values())
        self._runs |= runs

    async def _stage(self, chunk: Chunk) -> bool:
        """Stage a chunk; False when there was nothing to do."""
        run = self._runs[chunk.supplier]
        if run.state == "applied":
            return False
        known, staged = self._known.get((run.id, chunk.seq), (b"", False))
        if known and known != chunk.sha256:
            raise PlanOutdated("The file reads differently than before: its plan is made anew.")
        if staged:
            return False
        await self._open(run)
        try:
            await self._catalogue.stage(run.id, chunk)
        except StagingLost:
            if chunk.seq:
                raise
            # The catalogue says so once per run; begun again from its first chunk, nothing of this run is missing.
            await self._catalogue.stage(run.id, chunk)
        return True

    async def _open(self, run: Run) -> None:
        if run.id in self._opened:
            return
        async with self._lease.transaction() as (session, _):
            (await PipelineRepository(session).run(run.id)).open = True
        partial = self._reading.mapping.missing_offers == "keep"
        opened = await self._catalogue.open_run(
            run.id, run.supplier_name, self._reading.columns, self._created_by, partial=partial
        )
        async with self._lease.transaction() as (session, _):
            (await PipelineRepository(session).run(run.id)).supplier_id = opened.supplier_id
        self._opened.add(run.id)

    def _problems_csv(self, problems: dict[str, bytes], job_id: UUID) -> bytes:
        """The problems as rows of import_errors, but those of suppliers that are applied."""
        return b"".join(
            _behind(f"{job_id},{self._runs[key].id},".encode(), lines)
            for key, lines in problems.items()
            if self._runs[key].state != "applied"
        )


def _behind(prefix: bytes, lines: bytes) -> bytes:
    """Each line behind the prefix."""
    return b"".join(prefix + line + b"\n" for line in lines.splitlines())
