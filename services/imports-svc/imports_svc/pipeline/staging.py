"""One pass over a file that gives the catalogue what it does not have yet and writes down the problems.

It may be interrupted anywhere and begun again: rows whose problems are written (`Job.checked_rows`), chunks that are staged
(`import_chunks`) and suppliers that are applied are passed over.
"""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from uuid import UUID

import polars as pl

from chassis.threads import in_thread
from imports_svc.jobs.errors import TooManySuppliers
from imports_svc.jobs.models import Run
from imports_svc.pipeline.catalogue import Catalogue
from imports_svc.pipeline.chunks import Chunk, Cutter, Piece
from imports_svc.pipeline.errors import PlanOutdated, StagingLost
from imports_svc.pipeline.leases import Lease
from imports_svc.pipeline.reading import Reading
from imports_svc.pipeline.repository import PipelineRepository

MAX_SUPPLIERS = 500


class Staging:
    def __init__(self, lease: Lease, catalogue: Catalogue, reading: Reading, supplier_name: str, created_by: str) -> None:
        self._lease = lease
        self._catalogue = catalogue
        self._reading = reading
        self._supplier_name = supplier_name
        self._created_by = created_by
        self._runs: dict[str, Run] = {}
        self._opened: set[UUID] = set()
        # What is known of chunks: digest, and whether the catalogue has it.
        self._known: dict[tuple[UUID, int], tuple[bytes, bool]] = {}

    async def run(self, path: Path) -> None:
        """Read the plain file to its end, one block ahead of the catalogue.

        Raises FeedError, SampleMisleads, TooManySuppliers, PlanOutdated.
        """
        await self._resume()
        cutter = Cutter(self._reading.columns, self._supplier_name)
        pieces = cutter.pieces(self._reading.blocks(path))
        rows = 0
        # One thread for all blocks: each would leave memory of its own behind.
        with ThreadPoolExecutor(1, "reading") as thread:
            ahead = _read_ahead(pieces, thread)
            try:
                while (piece := await ahead) is not None:
                    ahead = _read_ahead(pieces, thread)
                    await self._take(piece)
                    rows = piece.rows
            finally:
                ahead.cancel()
                await asyncio.wait([ahead])
        if self._reading.inspection.estimated:
            async with self._lease.transaction() as (_, job):
                job.inspection = (job.inspection or {}) | {"rows": rows, "estimated": False}

    async def _resume(self) -> None:
        async with self._lease.transaction() as (session, job):
            repository = PipelineRepository(session)
            if not job.checked_rows:
                await repository.delete_problems(job.id)
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
        opened = await self._catalogue.open_run(run.id, run.supplier_name, self._reading.columns, self._created_by)
        async with self._lease.transaction() as (session, _):
            (await PipelineRepository(session).run(run.id)).supplier_id = opened.supplier_id
        self._opened.add(run.id)

    def _problems_csv(self, problems: pl.DataFrame, job_id: UUID) -> bytes:
        """The problems as rows of import_errors, but those of suppliers that are applied."""
        pending = {key: str(run.id) for key, run in self._runs.items() if run.state != "applied"}
        if problems.is_empty() or not pending:
            return b""
        return (
            problems.filter(pl.col("key").is_in(list(pending)))
            .select(
                pl.lit(str(job_id)).alias("job_id"),
                pl.col("key").replace_strict(pending, return_dtype=pl.String).alias("run_id"),
                "row_no",
                "outcome",
                pl.format("{{{}}}", pl.col("reasons").list.join(",")).alias("reasons"),
                "values",
            )
            .write_csv(include_header=False)
            .encode()
        )


def _read_ahead(pieces: Iterator[Piece], thread: ThreadPoolExecutor) -> asyncio.Task[Piece | None]:
    """The next piece, None behind the last one."""
    return asyncio.create_task(in_thread(partial(next, pieces, None), thread))
